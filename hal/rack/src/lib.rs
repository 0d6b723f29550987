//! The rack file: what stands in a rack, how it is cabled, and how to reach it.
//!
//! One TOML file describes a rack to drivers and to the simulator alike.
//!
//! - [`read`] checks it strictly and reports everything wrong with file, line, column and a hint.
//! - [`Rack::select`] finds the devices that a selector means.
//! - [`Device::endpoints`] and [`RackCredentials`] are what a driver needs to log in; passwords are
//!   references, resolved for each login and never kept.
//! - [`Rack::to_toml`] writes it back.
//!
//! Reading, selecting and writing are pure; only [`RackCredentials`] touches the outside.

mod address;
mod model;
mod names;
mod problem;
mod reach;
mod read;
mod section;
mod select;
mod write;

/// Strict reading of TOML with errors that point at the place, for other files of the same kind.
pub mod strict {
    pub use crate::section::{Section, Source, Span, read_strictly, wrong_type};
}

pub use model::*;
pub use problem::{Problem, Problems};
pub use reach::RackCredentials;
pub use read::{ReadOptions, read};
pub use select::SelectorError;
