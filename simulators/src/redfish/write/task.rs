//! Tasks: their monitors, and their end.

use http::{Method, StatusCode, header};

use super::{Call, DELETE, GET, refused};
use crate::redfish::ORIGIN;
use crate::redfish::enclosure;
use crate::redfish::oem::{Extension, dell};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Body, Reply};
use crate::redfish::service::Service;
use crate::redfish::tree::{Scene, tasks};

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["TaskService", "Tasks", _] => DELETE,
        _ => GET,
    }
}

/// The answer to a request that became a job: 202 with the task, and where to follow it.
///
/// - One vendor names its own job instead, and answers without a body.
pub(in crate::redfish) fn accepted(service: &Service, job: u32) -> Reply {
    let now = Scene::new(service);
    let (body, place) = if now.data.extends(Extension::Dell) {
        (Body::None, dell::job_path(&now, job))
    } else {
        let view = now.snapshot.jobs.iter().find(|view| view.id == job);
        (view.map_or(Body::None, |view| Body::Json(tasks::task(&now, view))), tasks::monitor(&now, job))
    };
    let mut reply = Reply { status: StatusCode::ACCEPTED, headers: Vec::new(), body };
    if !now.quirks.has(Quirk::NoTaskLocation) {
        reply.push(header::LOCATION, &place);
    }
    reply.push(header::RETRY_AFTER, "1");
    reply
}

/// Deleting a task, its monitor or a vendor's job: what is not finished is stopped, and what is finished forgotten.
/// A vendor's job leaves its queue at once.
pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let (service, scene, path) = (call.service, call.scene, call.path);
    let below = |place: &str| path.strip_prefix(place)?.strip_prefix('/');
    let id = below(tasks::TASKS).or_else(|| below(tasks::MONITORS)).or_else(|| dell::job_of(scene, path))?;
    let Some(job) = tasks::find(scene, id) else { return Some(Err(Reply::not_found(path))) };
    if job.state.is_final() {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
        return Some(Ok(Reply::no_content()));
    }
    let holder = scene.elsewhere(enclosure::holder_of(&service.nodes, job.id));
    let server = holder.as_ref().unwrap_or(scene).server;
    if let Err(refusal) = server.cancel_job(job.id, ORIGIN) {
        return Some(Err(refused(refusal)));
    }
    if dell::job_of(scene, path).is_some() {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
    }
    Some(Ok(Reply::no_content()))
}

/// The methods of a task's monitor, which is no resource.
pub(in crate::redfish) fn monitor_methods(scene: &Scene<'_>, path: &str) -> Option<&'static [Method]> {
    let id = path.strip_prefix(tasks::MONITORS)?.strip_prefix('/')?;
    tasks::find(scene, id).map(|_| DELETE)
}

/// The answer to a GET of a task's monitor, if the path is one.
///
/// - 202 with the task while it runs, 200 with it afterwards.
pub(crate) fn task_monitor(service: &Service, scene: &Scene<'_>, path: &str) -> Option<Answer> {
    let id = path.strip_prefix(tasks::MONITORS)?.strip_prefix('/')?;
    let Some(job) = tasks::find(scene, id) else { return Some(Err(Reply::not_found(path))) };
    let mut reply = Reply::document(tasks::task(scene, job)).with(header::ALLOW, "GET, HEAD, DELETE");
    if !tasks::shown_state(scene, job).is_final() {
        reply.status = StatusCode::ACCEPTED;
        reply.push(header::LOCATION, path);
        reply.push(header::RETRY_AFTER, "1");
    } else if service.quirks().has(Quirk::MonitorForgets) {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
    }
    Some(Ok(reply))
}
