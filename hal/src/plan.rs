//! Observe, plan purely, apply: the data between the steps.

use serde::{Deserialize, Serialize};

use crate::{Change, Needs, TaskId};

/// Names the observation that a plan was made from; `apply` refuses with `PreconditionFailed` if it has moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// A fingerprint of plain data: equal data, equal fingerprint, also in another process and on another machine.
    ///
    /// It tells whether something moved, and is no protection against somebody who wants to deceive (FNV-1a, 64 bits,
    /// of the JSON form).
    #[must_use]
    pub fn of<T: Serialize + ?Sized>(data: &T) -> Self {
        Self(format!("{:016x}", fnv(&serde_json::to_vec(data).unwrap_or_default())))
    }
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

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

/// When a change takes effect, in Redfish words (`@Redfish.SettingsApplyTime`, `@Redfish.OperationApplyTime`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApplyTime {
    /// At once.
    Immediate,
    /// At the next reset of the host.
    OnReset,
}

impl ApplyTime {
    /// Every apply time.
    pub const ALL: [Self; 2] = [Self::Immediate, Self::OnReset];

    /// The apply time in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::OnReset => "on_reset",
        }
    }
}

/// What became of a change that may take effect later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Was anything changed by us?
    pub change: Change,
    /// What the device waits for before it takes effect.
    pub needs: Needs,
}

impl Staged {
    /// Nothing to do, and nothing to wait for.
    pub const ALREADY_SO: Self = Self { change: Change::AlreadySo, needs: Needs::Nothing };

    /// Made, and in effect.
    pub const IN_EFFECT: Self = Self { change: Change::Made, needs: Needs::Nothing };

    /// Made, and in effect once the device has what it waits for.
    #[must_use]
    pub const fn made(needs: Needs) -> Self {
        Self { change: Change::Made, needs }
    }
}

/// A job on a device that changes its configuration, whoever queued it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingJob {
    /// The driver's name of the task; [`crate::Tasks::poll`] takes it.
    pub id: TaskId,
    /// What it does, in the device's words.
    pub name: String,
    /// What it waits for; `Nothing` while it runs.
    pub needs: Needs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_moves_with_the_data_and_only_with_it() {
        assert_eq!(Fingerprint::of(&["a", "b"]), Fingerprint::of(&["a", "b"]));
        assert_ne!(Fingerprint::of(&["a", "b"]), Fingerprint::of(&["b", "a"]));
        // Vectors published with the function.
        assert_eq!((fnv(b""), fnv(b"a")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c));
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
