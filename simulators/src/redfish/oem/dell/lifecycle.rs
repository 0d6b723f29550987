//! The lifecycle log, and the service that says whether the lifecycle controller is ready.

use serde_json::{Map, Value, json};

use crate::plant::{HostPhase, JournalEntry, Origin, PowerState};
use crate::redfish::oem::Extension;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, collection_of, date, link, with};
use crate::redfish::write::{Call, Handler, only_parameters};

const STATUS: &str = "DellLCService.GetRemoteServicesAPIStatus";
/// The lifecycle controller needs so long after the manager has started.
const STARTING: i64 = 20;

/// Whether the lifecycle controller takes work: not while it starts, and not in the self test.
pub(crate) fn is_ready(scene: &Scene<'_>) -> bool {
    let age = scene.snapshot.date.as_second() - scene.snapshot.bmc_started.as_second();
    let started = scene.snapshot.bmc_generation <= 1 || age >= STARTING;
    started && scene.snapshot.phase != HostPhase::Post
}

/// Whether storage takes work that is done at once: the controllers have power, and the self test is over.
pub(crate) fn is_real_time_ready(scene: &Scene<'_>) -> bool {
    matches!(scene.snapshot.phase, HostPhase::Booting | HostPhase::Running | HostPhase::Setup)
}

/// Whether the machine has a lifecycle controller to be asked.
fn has_service(scene: &Scene<'_>) -> bool {
    scene.data.extends(Extension::Dell)
        || scene.quirks.has(Quirk::DeleteNeedsReady)
        || scene.quirks.has(Quirk::NeedsRealTime)
}

pub(super) fn service_path(scene: &Scene<'_>) -> Option<String> {
    has_service(scene).then(|| format!("{}/Oem/Dell/DellLCService", scene.manager()))
}

fn log_path(scene: &Scene<'_>) -> Option<String> {
    scene
        .data
        .extends(Extension::Dell)
        .then(|| format!("{}/LogServices/{}", scene.manager(), super::LIFECYCLE_LOG))
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if service_path(scene).is_some_and(|service| service == path) {
        return Some(with(
            scene.resource(path, "DellLCService", "DellLCService", "DellLCService"),
            json!({ "Actions": { format!("#{STATUS}"): { "target": format!("{path}/Actions/{STATUS}") } } }),
        ));
    }
    let log = log_path(scene)?;
    if path == log {
        return Some(with(
            scene.resource(path, "LogService", super::LIFECYCLE_LOG, "LifeCycle Controller Log Service"),
            json!({
                "ServiceEnabled": true,
                "LogEntryType": "OEM",
                "OverWritePolicy": "WrapsWhenFull",
                "MaxNumberOfRecords": 500_000,
                "DateTime": date(scene.snapshot.date),
                "DateTimeLocalOffset": "+00:00",
                "Entries": link(&format!("{path}/Entries")),
            }),
        ));
    }
    let rest = path.strip_prefix(&log)?.strip_prefix("/Entries")?;
    let counters = scene.service.server.counters();
    // Numbers go on though the journal keeps the latest only.
    let journal: Vec<&JournalEntry> = counters.journal().collect();
    let first = counters.recorded().saturating_sub(journal.len() as u64) + 1;
    let entries = || (first..).zip(journal.iter().copied());
    match rest.strip_prefix('/') {
        None if rest.is_empty() => {
            let mut members: Vec<Value> =
                entries().map(|(number, written)| entry(scene, path, number, written)).collect();
            members.reverse();
            Some(collection_of(path, "LogEntry", "Log Entry Collection", members))
        }
        None => None,
        Some(id) => {
            let (number, written) = entries().find(|(number, _)| number.to_string() == id)?;
            let (collection, _) = path.rsplit_once('/')?;
            Some(entry(scene, collection, number, written))
        }
    }
}

fn entry(scene: &Scene<'_>, collection: &str, number: u64, written: &JournalEntry) -> Value {
    let id = number.to_string();
    let by = match written.origin {
        Origin::Redfish => "REDFISH",
        Origin::Ipmi => "IPMI",
        _ => "SYSTEM",
    };
    let at = scene.service.server.plant().date(written.at);
    with(
        scene.resource(&format!("{collection}/{id}"), "LogEntry", &id, &format!("Log Entry {id}")),
        json!({
            "EntryType": "Oem",
            "OemRecordFormat": "Dell",
            "Severity": "OK",
            "Created": date(at),
            "Message": format!("{:?} {} by {by}.", written.kind, written.detail).replace("  ", " "),
        }),
    )
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    (service_path(scene)? == owner && action == STATUS).then_some(status)
}

fn status(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(STATUS, body, &[])?;
    let scene = call.scene;
    let word = |ready: bool| if ready { "Ready" } else { "NotReady" };
    let server = match (scene.snapshot.power, scene.snapshot.phase) {
        (PowerState::Off, _) => "PoweredOff",
        (_, HostPhase::Post) => "InPOST",
        _ => "OutOfPOST",
    };
    let (controller, real_time) = (is_ready(scene), is_real_time_ready(scene));
    Ok(Reply::document(json!({
        "LCStatus": word(controller),
        "RTStatus": word(real_time),
        "ServerStatus": server,
        "Status": word(controller && real_time),
    })))
}
