//! The event log: one log service, its entries written out in the collection as services do.

use serde_json::{Value, json};

use super::{Scene, collection, collection_of, date, link, with};
use crate::plant::{LogEntry, LogEvent, Severity};
use crate::redfish::oem::{Extension, dell::LIFECYCLE_LOG};
use crate::redfish::persona::LogOwner;

/// The paths of the log service.
pub(crate) struct LogUri(pub(crate) String);

impl LogUri {
    /// Where the persona has its log service.
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let owner = match scene.data.log.owner {
            LogOwner::System => scene.system(),
            LogOwner::Manager => scene.manager(),
        };
        Self(format!("{owner}/LogServices/{}", scene.data.log.id))
    }
}

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let place = &scene.data.log;
    match rest {
        [] => {
            let more = scene.data.extends(Extension::Dell).then(|| LIFECYCLE_LOG.to_owned());
            let ids = [place.id.clone()].into_iter().chain(more);
            Some(collection(path, "LogService", "Log Service Collection", ids))
        }
        [id, ..] if *id != place.id => None,
        [id] => Some(with(
            scene.resource(path, "LogService", id, &place.name),
            json!({
                "ServiceEnabled": true,
                "LogEntryType": if place.entry_type == "SEL" { "SEL" } else { "Event" },
                "OverWritePolicy": match scene.spec().persona.log.overflow {
                    crate::persona::Overflow::Wrap => "WrapsWhenFull",
                    crate::persona::Overflow::Stop => "NeverOverWrites",
                },
                "MaxNumberOfRecords": scene.snapshot.log.capacity,
                "DateTime": date(scene.snapshot.date),
                "DateTimeLocalOffset": "+00:00",
                "Entries": link(&format!("{path}/Entries")),
                "Status": { "State": "Enabled", "Health": "OK" },
                "Actions": {
                    "#LogService.ClearLog": { "target": format!("{path}/Actions/LogService.ClearLog") },
                    "#LogService.CollectDiagnosticData": {
                        "target": format!("{path}/Actions/LogService.CollectDiagnosticData"),
                        "DiagnosticDataType@Redfish.AllowableValues": ["Manager"],
                    },
                },
            }),
        )),
        [_, "Entries"] => {
            let entries = scene.entries().iter().map(|entry| self::entry(scene, path, entry)).collect();
            Some(collection_of(path, "LogEntry", "Log Entry Collection", entries))
        }
        [_, "Entries", id] => {
            let (collection, _) = path.rsplit_once('/')?;
            let found = scene.entries().iter().find(|entry| entry.id.to_string() == *id)?;
            Some(entry(scene, collection, found))
        }
        _ => None,
    }
}

fn entry(scene: &Scene<'_>, collection: &str, entry: &LogEntry) -> Value {
    let id = entry.id.to_string();
    let kind = scene.data.log.entry_type.as_str();
    let mut fields = with(
        scene.resource(&format!("{collection}/{id}"), "LogEntry", &id, &format!("Log Entry {id}")),
        json!({
            "EntryType": kind,
            "Severity": severity(entry.severity),
            "Created": date(entry.at),
            "Message": entry.message,
        }),
    );
    if kind == "Oem" {
        fields["OemRecordFormat"] = scene.spec().persona.manufacturer.clone().into();
    }
    if let LogEvent::Threshold { sensor, asserted, .. } = entry.event
        && let (Some(data), "SEL") = (scene.spec().sensors().get(sensor), kind)
    {
        fields["SensorNumber"] = data.number.into();
        fields["EntryCode"] = (if asserted { "Assert" } else { "Deassert" }).into();
    }
    fields
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "OK",
        Severity::Warning => "Warning",
        Severity::Critical => "Critical",
    }
}
