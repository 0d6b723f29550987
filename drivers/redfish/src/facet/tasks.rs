//! Tasks and jobs: what the service is working on.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Change, Cx, Device as _, Error, ErrorKind, Needs, Outcome, Result, TaskRef, TaskState, TaskStatus, Tasks,
};

use crate::{
    accepted::{is_task, waits_for_reset},
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    transport::Request,
};

/// Messages that say that work waits for the host: of the DMTF Base and Update registries, and Dell's word for a job
/// that is scheduled for the next reset.
const WAITS: [&str; 4] = ["ResetRequired", "AwaitToActivate", "AwaitToUpdate", "JCP001"];

/// DSP2046 `TaskState` and `JobState`, and Dell's words for its jobs; a word we do not know is `Unknown`, never a
/// success.
fn state(task: &Value) -> TaskState {
    let word = task.text(&["TaskState"]).or_else(|| task.text(&["JobState"]));
    let healthy = |state| match task.text(&["TaskStatus"]).or_else(|| task.text(&["JobStatus"])).as_deref() {
        Some("Critical") => TaskState::Failed,
        _ => state,
    };
    match word.as_deref() {
        Some(
            "New" | "Pending" | "Starting" | "Suspended" | "Scheduling" | "ReadyForExecution" | "Waiting"
            | "Paused" | "Validating" | "Continue",
        ) => TaskState::Queued,
        // Dell's, of jobs that the host's next self test runs.
        Some("Scheduled" | "RebootPending" | "PendingActivation") => {
            TaskState::Blocked(Needs::HostPowerCycle)
        }
        Some(
            "Running" | "Stopping" | "Cancelling" | "Service" | "Interrupted" | "Downloading" | "Downloaded"
            | "UserIntervention",
        ) => TaskState::Running,
        Some("Completed" | "RebootCompleted") => healthy(TaskState::Succeeded),
        Some("Exception" | "Failed" | "CompletedWithErrors" | "RebootFailed" | "Invalid") => {
            TaskState::Failed
        }
        Some("Killed" | "Cancelled") => TaskState::Cancelled,
        _ => TaskState::Unknown,
    }
}

pub(crate) fn status(task: &Value) -> TaskStatus {
    let percent = task.whole(&["PercentComplete"]).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100);
    let list = task.list(&["Messages"]);
    let told =
        list.iter().filter_map(|message| message.text(&["Message"]).or_else(|| message.text(&["MessageId"])));
    // Dell's jobs have one message, beside the list.
    let messages = told.chain(task.text(&["Message"])).take(100).collect();
    let mut state = state(task);
    let mut ids = list.iter().rev().filter_map(|message| message.text(&["MessageId"]));
    let waits = |id: String| WAITS.contains(&id.rsplit('.').next().unwrap_or_default());
    if matches!(state, TaskState::Queued | TaskState::Running) && ids.next().is_some_and(waits) {
        state = TaskState::Blocked(Needs::HostPowerCycle);
    }
    let poll_after = (!state.is_final()).then_some(Duration::from_secs(1));
    TaskStatus { state, percent, messages, poll_after }
}

fn bare(state: TaskState) -> TaskStatus {
    TaskStatus { state, percent: None, messages: Vec::new(), poll_after: None }
}

impl RedfishDevice {
    /// Every task that the service lists, as it lists them.
    pub(crate) async fn listed_tasks(&self, cx: &Cx) -> Result<Vec<crate::resource::Resource>> {
        let service = self.tasks.as_ref().ok_or_else(|| Error::unsupported("tasks.list"))?;
        let service = self.client.get(cx, service).await?;
        let collection = self.client.linked(&service.body, &["Tasks"])?;
        let mut all = Vec::new();
        for member in self.client.members(cx, &collection).await? {
            // A finished task may be forgotten between the list and the look.
            all.extend(tolerate(self.client.member(cx, member).await)?);
        }
        Ok(all)
    }

    async fn look(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        // What is no address of this service is no task of it.
        let Ok(link) = self.client.link(task.id.as_str()) else { return Ok(bare(TaskState::Unknown)) };
        let reply = match self.client.send(cx, &Request::get(&link)).await {
            Ok(reply) => reply,
            // Services forget finished tasks, above all after their own update; the caller reads back the result.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(bare(TaskState::Unknown)),
            Err(error) => return Err(error),
        };
        // What a monitor answers at the end may have no body; a body that is no JSON says nothing, and least of all that
        // the work is done.
        let body = if reply.body.is_empty() { Value::Null } else { reply.json(&link)? };
        let mut seen = if is_task(&body) || body.get("TaskState").is_some() || body.get("JobState").is_some()
        {
            status(&body)
        } else {
            // A monitor (DSP0266, "Asynchronous operations"): 202 while the work goes on, then the answer to the
            // request that began it.
            bare(if reply.status.as_u16() == 202 { TaskState::Running } else { TaskState::Succeeded })
        };
        if seen.state == TaskState::Queued && waits_for_reset(task) {
            seen.state = TaskState::Blocked(Needs::HostPowerCycle);
        }
        if !seen.state.is_final() {
            seen.poll_after = reply.retry_after.or(Some(Duration::from_secs(1)));
        }
        Ok(seen)
    }
}

#[async_trait]
impl Tasks for RedfishDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        let listed = self.named("tasks.list", self.listed_tasks(cx).await)?;
        let reference = |link: &crate::transport::Link| TaskRef {
            device: self.info().id.clone(),
            driver: "redfish".into(),
            id: link.as_str().into(),
            operation: "".into(),
        };
        Ok(listed.iter().map(|task| (reference(&task.link), status(&task.body))).collect())
    }

    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        const POLL: &str = "tasks.poll";
        if task.device != self.info().id || task.driver != "redfish" {
            let message = format!("this task belongs to {} by {}", task.device, task.driver);
            return self.named(POLL, Err(Error::new(ErrorKind::InvalidInput, message)));
        }
        self.named(POLL, self.look(cx, task).await)
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

    #[test]
    fn jobs_are_read_like_tasks() {
        let job = status(&json!({
            "JobState": "Scheduled", "PercentComplete": 0, "Message": "Task successfully scheduled.",
        }));
        assert_eq!((job.state, job.percent), (TaskState::Blocked(Needs::HostPowerCycle), Some(0)));
        assert_eq!(job.messages, ["Task successfully scheduled."]);
        assert_eq!(state(&json!({"JobState": "CompletedWithErrors"})), TaskState::Failed);
        assert_eq!(state(&json!({"JobState": "RebootPending"})), TaskState::Blocked(Needs::HostPowerCycle));
    }

    #[test]
    fn work_that_says_it_waits_for_the_host_is_blocked_until_it_says_something_else() {
        let told = |last: &str| {
            let messages = json!([{"MessageId": "Base.1.18.ResetRequired"}, {"MessageId": last}]);
            state_of(&json!({"TaskState": "Running", "Messages": messages}))
        };
        assert_eq!(told("Update.1.0.AwaitToActivate"), TaskState::Blocked(Needs::HostPowerCycle));
        assert_eq!(told("Update.1.0.InstallingOnComponent"), TaskState::Running);
    }

    fn state_of(task: &Value) -> TaskState {
        status(task).state
    }
}
