//! Long-running tasks on the device.

use std::fmt;

use async_trait::async_trait;

use crate::{Change, Cx, Outcome, Result, TaskRef, TaskStatus};

/// The device's tasks.
///
/// - A [`TaskRef`] from a mutation can be polled here until its state is final, also after a restart.
/// - A task that the device no longer knows is [`crate::TaskState::Unknown`], not an error: devices forget finished
///   tasks, and the caller reads back what the task was to achieve.
/// - Polling changes nothing; it never deletes a finished task where the driver can avoid it.
#[async_trait]
pub trait Tasks: fmt::Debug + Send + Sync {
    /// The tasks that the device lists now.
    ///
    /// # Errors
    /// As every read.
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>>;

    /// Where this task stands.
    ///
    /// # Errors
    /// `InvalidInput` if the reference belongs to another device or driver.
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus>;

    /// Asks the device to stop the task.
    ///
    /// # Errors
    /// `Unsupported` where the device cannot; `AlreadyInState` when it is finished.
    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>>;
}
