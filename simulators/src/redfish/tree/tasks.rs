//! Tasks: the plant's jobs as the task service shows them.

use serde_json::{Value, json};

use super::{Scene, collection, date, link, with};
use crate::plant::{JobState, JobView, Work};
use crate::redfish::enclosure::holder_of;
use crate::redfish::messages::{Key, Message};
use crate::redfish::oem::{Extension, dell};
use crate::redfish::quirks::Quirk;
use crate::redfish::registries::{Event, event_message};

/// Where tasks are.
pub(crate) const TASKS: &str = "/redfish/v1/TaskService/Tasks";
/// Where their monitors are.
pub(crate) const MONITORS: &str = "/redfish/v1/TaskService/TaskMonitors";

/// The id of a job's task.
pub(crate) fn name(scene: &Scene<'_>, id: u32) -> String {
    if scene.data.extends(Extension::Dell) { dell::job_name(id) } else { id.to_string() }
}

/// The path of a task.
pub(crate) fn uri(scene: &Scene<'_>, id: u32) -> String {
    format!("{TASKS}/{}", name(scene, id))
}

/// The path of a task's monitor.
pub(crate) fn monitor(scene: &Scene<'_>, id: u32) -> String {
    format!("{MONITORS}/{}", name(scene, id))
}

/// The jobs that the service knows, oldest first.
pub(crate) fn jobs<'a>(scene: &'a Scene<'_>) -> Vec<&'a JobView> {
    let forgotten = scene.service.memory().forgotten_tasks.clone();
    scene.snapshot.jobs.iter().filter(|job| !forgotten.contains(&job.id)).collect()
}

/// The job behind a task id.
pub(crate) fn find<'a>(scene: &'a Scene<'_>, id: &str) -> Option<&'a JobView> {
    jobs(scene).into_iter().find(|job| name(scene, job.id) == id)
}

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => Some(with(
            scene.resource(path, "TaskService", "TaskService", "Task Service"),
            json!({
                "ServiceEnabled": true,
                "CompletedTaskOverWritePolicy": "Oldest",
                "LifeCycleEventOnTaskStateChange": scene.data.events.offered,
                "DateTime": date(scene.snapshot.date),
                "Tasks": link(&format!("{path}/Tasks")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["Tasks"] => Some(collection(
            path,
            "Task",
            "Task Collection",
            jobs(scene).iter().map(|job| name(scene, job.id)),
        )),
        ["Tasks", id] => Some(task(scene, find(scene, id)?)),
        _ => None,
    }
}

/// Where a job is, as its task tells.
pub(crate) fn shown_state(scene: &Scene<'_>, job: &JobView) -> JobState {
    let staged = matches!(job.work, Work::Firmware(_)) && job.state == JobState::Waiting;
    match scene.quirks.has(Quirk::StagedIsCompleted) && staged {
        true => JobState::Completed,
        false => job.state,
    }
}

/// The Task resource of a job.
pub(crate) fn task(scene: &Scene<'_>, job: &JobView) -> Value {
    if let Some(home) = scene.elsewhere(holder_of(&scene.service.nodes, job.id)) {
        return task(&home, job);
    }
    let (state, status) = match shown_state(scene, job) {
        JobState::Waiting => (scene.data.waiting.as_str(), "OK"),
        JobState::Running => ("Running", "OK"),
        JobState::Completed => ("Completed", "OK"),
        JobState::Failed => ("Exception", "Critical"),
        JobState::Cancelled => ("Cancelled", "Warning"),
    };
    let mut fields = with(
        scene.resource(&uri(scene, job.id), "Task", &name(scene, job.id), &job.name),
        json!({
            "TaskState": state,
            "TaskStatus": status,
            "PercentComplete": job.percent,
            "StartTime": date(job.started),
            "Messages": messages(scene, job),
        }),
    );
    match job.ended {
        Some(ended) => fields["EndTime"] = date(ended).into(),
        None => fields["TaskMonitor"] = monitor(scene, job.id).into(),
    }
    if let Some(target) = super::bios::target(scene, &job.work) {
        fields["Payload"] = json!({ "TargetUri": target, "HttpOperation": "PATCH" });
    }
    fields
}

/// What a job has to say, and what it waits for.
fn messages(scene: &Scene<'_>, job: &JobView) -> Vec<Value> {
    let id = name(scene, job.id);
    let event = match job.state {
        JobState::Waiting => Event::TaskPaused,
        JobState::Running => Event::TaskStarted,
        JobState::Completed => Event::TaskCompletedOK,
        JobState::Failed => Event::TaskAborted,
        JobState::Cancelled => Event::TaskCancelled,
    };
    let of_job = || event_message(event, &[&id]);
    let mut messages: Vec<Value> = job.messages.iter().map(|text| of_job().saying(text).render()).collect();
    if messages.is_empty() && job.state != JobState::Waiting {
        messages.push(of_job().render());
    }
    if job.state == JobState::Waiting {
        let reset = format!("{}/Actions/ComputerSystem.Reset", scene.system());
        messages.push(Message::base(Key::ResetRequired, &[&reset, "ForceRestart"]).render());
    }
    messages
}
