//! The task service.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Change, Cx, Device as _, Error, ErrorKind, Outcome, Result, TaskRef, TaskState, TaskStatus, Tasks,
};

use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
};

/// DSP2046 `TaskState`; a word we do not know is `Unknown`, never a success.
fn state(task: &Value) -> TaskState {
    match task.text(&["TaskState"]).as_deref() {
        Some("New" | "Pending" | "Starting" | "Suspended") => TaskState::Queued,
        Some("Running" | "Stopping" | "Cancelling" | "Service" | "Interrupted") => TaskState::Running,
        Some("Completed") => match task.text(&["TaskStatus"]).as_deref() {
            Some("Critical") => TaskState::Failed,
            _ => TaskState::Succeeded,
        },
        Some("Exception") => TaskState::Failed,
        Some("Killed" | "Cancelled") => TaskState::Cancelled,
        _ => TaskState::Unknown,
    }
}

pub(crate) fn status(task: &Value) -> TaskStatus {
    let percent = task.whole(&["PercentComplete"]).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100);
    let messages = task
        .list(&["Messages"])
        .iter()
        .take(100)
        .filter_map(|message| message.text(&["Message"]).or_else(|| message.text(&["MessageId"])))
        .collect();
    let state = state(task);
    let poll_after = (!state.is_final()).then_some(Duration::from_secs(1));
    TaskStatus { state, percent, messages, poll_after }
}

#[async_trait]
impl Tasks for RedfishDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        const LIST: &str = "tasks.list";
        let service = self.named(LIST, self.tasks.as_ref().ok_or_else(|| Error::unsupported(LIST)))?;
        let service = self.named(LIST, self.client.get(cx, service).await)?;
        let collection = self.named(LIST, self.client.linked(&service.body, &["Tasks"]))?;
        let mut all = Vec::new();
        for member in self.named(LIST, self.client.members(cx, &collection).await)? {
            let Some(task) = self.named(LIST, tolerate(self.client.member(cx, member).await))? else {
                continue;
            };
            let reference = TaskRef {
                device: self.info().id.clone(),
                driver: "redfish".into(),
                id: task.link.as_str().into(),
                operation: "".into(),
            };
            all.push((reference, status(&task.body)));
        }
        Ok(all)
    }

    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        const POLL: &str = "tasks.poll";
        if task.device != self.info().id || task.driver != "redfish" {
            let message = format!("this task belongs to {} by {}", task.device, task.driver);
            return self.named(POLL, Err(Error::new(ErrorKind::InvalidInput, message)));
        }
        let link = self.named(POLL, self.client.link(task.id.as_str()))?;
        match self.client.get(cx, &link).await {
            Ok(task) => Ok(status(&task.body)),
            // Services forget finished tasks, above all after their own update; the caller reads back the result.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(TaskStatus {
                state: TaskState::Unknown,
                percent: None,
                messages: Vec::new(),
                poll_after: None,
            }),
            Err(error) => self.named(POLL, Err(error)),
        }
    }

    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>> {
        const CANCEL: &str = "tasks.cancel";
        let now = self.poll(cx, task).await?;
        if now.state == TaskState::Unknown {
            // Whatever this address names, it is no task under way; deleting it could do any harm.
            let message = "the service knows no such task";
            return self.named(CANCEL, Err(Error::new(ErrorKind::NotFound, message)));
        }
        if now.state.is_final() {
            let message = "the task is finished";
            return self.named(CANCEL, Err(Error::new(ErrorKind::AlreadyInState, message)));
        }
        let link = self.named(CANCEL, self.client.link(task.id.as_str()))?;
        self.named(CANCEL, self.client.delete(cx, &link).await)?;
        Ok(Outcome::Done(Change::Made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_word_nobody_knows_is_never_a_success() {
        assert_eq!(state(&json!({"TaskState": "Completed"})), TaskState::Succeeded);
        assert_eq!(state(&json!({"TaskState": "Completed", "TaskStatus": "Critical"})), TaskState::Failed);
        assert_eq!(state(&json!({"TaskState": "Done"})), TaskState::Unknown);
        assert_eq!(state(&json!({})), TaskState::Unknown);
        assert_eq!(status(&json!({"PercentComplete": 250})).percent, None);
    }
}
