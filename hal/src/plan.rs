//! Observe, plan purely, apply: the data between the steps.

use serde::{Deserialize, Serialize};

use crate::Needs;

/// Names the observation that a plan was made from; `apply` refuses with `PreconditionFailed` if it has moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// What would change, computed from an observation without touching the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<C> {
    /// The observation this was computed from.
    pub basis: Fingerprint,
    /// The changes, in the order they are applied.
    pub changes: Vec<C>,
    /// What the device will wait for before they take effect.
    pub needs: Needs,
}

impl<C> Plan<C> {
    /// Is there nothing to do?
    #[must_use]
    pub fn is_noop(&self) -> bool {
        self.changes.is_empty()
    }
}
