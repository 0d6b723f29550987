//! Policies around every call.

use serde::{Deserialize, Serialize};

/// How dangerous a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// Changes nothing.
    Read,
    /// Changes state; twice is the same as once.
    Idempotent,
    /// Changes state; twice is not the same as once.
    Mutating,
    /// Loses something that cannot be brought back.
    Destructive,
}
