//! The rack file: what stands in a rack, how it is cabled, and how to reach it.
mod model;

pub use model::*;
