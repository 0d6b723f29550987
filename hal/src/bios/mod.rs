//! The BIOS abstraction without a device: values, what is known of them, and pure planning.
//!
//! Nothing here does input or output. Drivers fill [`crate::BiosState`]; [`plan`] compares it with what is wanted
//! and gives either the changes to send or every reason why it cannot be.

mod dependency;
mod planner;
mod rule;
mod value;

pub use dependency::{Condition, Dependency, Effect as DependencyEffect, Join, Property, Term};
pub use planner::{BiosChange, BiosProblem, difference, plan};
pub use rule::{AllowedValue, AttributeKind, AttributeRule};
pub use value::SettingValue;
