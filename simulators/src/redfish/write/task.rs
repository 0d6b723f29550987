//! Tasks: their monitors, and their end.

use http::{Method, StatusCode, header};

use super::{Call, DELETE, GET, refused};
use crate::redfish::ORIGIN;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Body, Reply};
use crate::redfish::service::Service;
use crate::redfish::tree::{Scene, tasks};

const TASKS: &str = "/redfish/v1/TaskService/Tasks";

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["TaskService", "Tasks", _] => DELETE,
        _ => GET,
    }
}

/// The answer to a request that became a job: 202 with the task, and where to follow it.
pub(in crate::redfish) fn accepted(service: &Service, job: u32) -> Reply {
    let now = Scene::new(service);
    let task = tasks::find(&now, &job.to_string()).map(|job| tasks::task(&now, job));
    let body = task.map_or(Body::None, Body::Json);
    let mut reply = Reply { status: StatusCode::ACCEPTED, headers: Vec::new(), body };
    if !now.quirks.has(Quirk::NoTaskLocation) {
        reply.push(header::LOCATION, &tasks::monitor(job));
    }
    reply.push(header::RETRY_AFTER, "1");
    reply
}

/// Deleting a task that is not finished stops it; deleting a finished one forgets it.
pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let (service, scene) = (call.service, call.scene);
    let id = call.path.strip_prefix(TASKS)?.strip_prefix('/')?;
    let Some(job) = tasks::find(scene, id) else { return Some(Err(Reply::not_found(call.path))) };
    if job.state.is_final() {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
    } else if let Err(refusal) = service.server.cancel_job(job.id, ORIGIN) {
        return Some(Err(refused(refusal)));
    }
    Some(Ok(Reply::no_content()))
}

/// The answer to a GET of a task's monitor, if the path is one.
///
/// - 202 with the task while it runs, 200 with it afterwards.
pub(crate) fn task_monitor(service: &Service, scene: &Scene<'_>, path: &str) -> Option<Answer> {
    let id = path.strip_prefix("/redfish/v1/TaskService/TaskMonitors/")?;
    let Some(job) = tasks::find(scene, id) else { return Some(Err(Reply::not_found(path))) };
    let mut reply = Reply::document(tasks::task(scene, job)).with(header::ALLOW, "GET, HEAD");
    if !tasks::shown_state(scene, job).is_final() {
        reply.status = StatusCode::ACCEPTED;
        reply.push(header::LOCATION, path);
        reply.push(header::RETRY_AFTER, "1");
    } else if service.quirks().has(Quirk::MonitorForgets) {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
    }
    Some(Ok(reply))
}
