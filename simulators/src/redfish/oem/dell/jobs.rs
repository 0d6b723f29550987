//! The job queue: every job under the vendor's own names, and the service that empties it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::plant::{FirmwareWork, JobState, JobView, MutationKind, Work};
use crate::redfish::ORIGIN;
use crate::redfish::messages::Key;
use crate::redfish::oem::Extension;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, collection, tasks, with};
use crate::redfish::write::{Call, Handler, done, only_parameters, refused};

const CLEAR: &str = "DellJobService.DeleteJobQueue";
/// The numbers of jobs begin here.
const FIRST: u64 = 471_369_252_000;

/// `JID_` with twelve digits.
pub(crate) fn job_name(id: u32) -> String {
    format!("JID_{:012}", FIRST + u64::from(id))
}

fn jobs_path(scene: &Scene<'_>) -> String {
    format!("{}/Oem/Dell/Jobs", scene.manager())
}

fn service_path(scene: &Scene<'_>) -> String {
    format!("{}/Oem/Dell/DellJobService", scene.manager())
}

/// The path of a job.
pub(crate) fn job_path(scene: &Scene<'_>, id: u32) -> String {
    format!("{}/{}", jobs_path(scene), job_name(id))
}

/// The id in the path of a job.
pub(crate) fn job_of<'p>(scene: &Scene<'_>, path: &'p str) -> Option<&'p str> {
    let id = path.strip_prefix(&jobs_path(scene))?.strip_prefix('/')?;
    scene.data.extends(Extension::Dell).then_some(id)
}

/// Links for the manager.
pub(super) fn paths(scene: &Scene<'_>) -> [(&'static str, String); 2] {
    [("Jobs", jobs_path(scene)), ("DellJobService", service_path(scene))]
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if path == jobs_path(scene) {
        let names = tasks::jobs(scene).into_iter().map(|job| job_name(job.id));
        return Some(collection(path, "DellJob", "JobQueue", names));
    }
    if path == service_path(scene) {
        return Some(with(
            scene.resource(path, "DellJobService", "Job Service", "DellJobService"),
            json!({
                "CurrentNumberOfJobs": tasks::jobs(scene).len(),
                "MaximumNumberOfJobs": 256,
                "Actions": { "#DellJobService.DeleteJobQueue": { "target": format!("{path}/Actions/{CLEAR}") } },
            }),
        ));
    }
    Some(job(scene, path, tasks::find(scene, job_of(scene, path)?)?))
}

fn job(scene: &Scene<'_>, path: &str, job: &JobView) -> Value {
    let (state, message, id) = match tasks::shown_state(scene, job) {
        JobState::Waiting => ("Scheduled", "Task successfully scheduled.", "JCP001"),
        JobState::Running => ("Running", "Job in progress.", "JCP000"),
        JobState::Completed => ("Completed", "Job completed successfully.", "PR19"),
        JobState::Failed => ("Failed", "Job failed.", "PR21"),
        JobState::Cancelled => ("Failed", "The job was deleted before it was done.", "JCP042"),
    };
    let date = |at: jiff::Timestamp| crate::redfish::tree::date(at).trim_end_matches('Z').to_owned();
    with(
        scene.resource(path, "DellJob", &job_name(job.id), &job.name),
        json!({
            "JobState": state,
            "JobType": job_type(&job.work),
            "Message": job.messages.last().map_or(message, String::as_str),
            "MessageArgs": [],
            "MessageId": id,
            "PercentComplete": job.percent,
            "StartTime": date(job.started),
            "ActualRunningStopTime": job.ended.map(date),
            "CompletionTime": job.ended.map(date),
            "EndTime": "TIME_NA",
            "TargetSettingsURI": null,
        }),
    )
}

/// The vendor's word for the kind of a job.
fn job_type(work: &Work) -> &'static str {
    match work {
        Work::BiosSettings(_) => "BIOSConfiguration",
        Work::Storage(_) => "RAIDConfiguration",
        Work::Firmware(FirmwareWork::Fetch | FirmwareWork::Write { .. }) => "FirmwareUpdate",
        Work::Nothing => "Unknown",
    }
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    (owner == service_path(scene) && action == CLEAR).then_some(clear)
}

/// Deletes one job, or every job of everybody.
fn clear(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(CLEAR, body, &["JobID"])?;
    let bad = |key, arguments: &[&str]| Err(Reply::refuse(StatusCode::BAD_REQUEST, key, arguments));
    let Some(asked) = body.get("JobID").and_then(Value::as_str) else {
        return bad(Key::ActionParameterMissing, &[CLEAR, "JobID"]);
    };
    let all = matches!(asked, "JID_CLEARALL" | "JID_CLEARALL_FORCE");
    let jobs = tasks::jobs(call.scene);
    let chosen: Vec<&JobView> = jobs.into_iter().filter(|job| all || job_name(job.id) == asked).collect();
    if chosen.is_empty() && !all {
        return bad(Key::ActionParameterValueNotInList, &[asked, "JobID", CLEAR]);
    }
    let server = &call.service.server;
    for job in chosen {
        if !job.state.is_final() {
            server.cancel_job(job.id, ORIGIN).map_err(refused)?;
        }
        call.service.memory().forget_task(job.id, &call.scene.snapshot.jobs);
    }
    server.count(ORIGIN, MutationKind::JobQueueClear, asked);
    Ok(done(call.scene))
}
