//! RAID without a device: levels and their arithmetic.

mod level;

pub use level::{Misfit, RaidLevel};
