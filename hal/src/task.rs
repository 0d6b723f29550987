//! Long-running work as data, so that it survives a restart of the program that started it.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{DeviceId, TaskId};

/// What a finished mutation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The device accepted the request and acted.
    Made,
    /// The device was already as asked; nothing that changes state was sent, or it was refused as needless.
    AlreadySo,
}

/// The reply to a mutation. Dropping one silently loses a running task.
#[must_use = "a mutation may still be running on the device; match on it and poll the task"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// Finished.
    Done(T),
    /// Accepted; the device works on it under this name.
    Running(TaskRef),
}

impl<T> Outcome<T> {
    /// The value, if finished.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Running(_) => None,
        }
    }
}

/// A task on a device. Plain data: store it, restart, and poll it through [`crate::Tasks`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaskRef {
    /// The device that works on it.
    pub device: DeviceId,
    /// The driver that started it; a [`crate::Composite`] routes by this.
    pub driver: Cow<'static, str>,
    /// The driver's name of the task.
    pub id: TaskId,
    /// The operation that started it, as `facet.method`.
    pub operation: Cow<'static, str>,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskState {
    /// Accepted, not started.
    Queued,
    /// In progress.
    Running,
    /// Waits for something that only the orchestrator may supply.
    Blocked(Needs),
    /// Finished well.
    Succeeded,
    /// Finished badly; the messages say why.
    Failed,
    /// Stopped on request.
    Cancelled,
    /// The device no longer knows it, or speaks a word we do not know.
    Unknown,
}

impl TaskState {
    /// Will it change no more?
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What a device waits for. The orchestrator supplies it; a driver never power-cycles on its own.
///
/// Exhaustive on purpose: a new need must break every orchestrator that ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A reset or power cycle of the host.
    HostPowerCycle,
    /// The host to be off.
    HostPowerOff,
    /// A restart of the management controller.
    BmcReset,
}

/// The state of a task, as the device tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStatus {
    /// Where it stands.
    pub state: TaskState,
    /// Progress, 0 to 100, where the device tells.
    pub percent: Option<u8>,
    /// The device's messages, oldest first, bounded by the driver.
    pub messages: Vec<String>,
    /// The device's advice when to ask again.
    pub poll_after: Option<Duration>,
}
