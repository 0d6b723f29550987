//! How an event is worded: `Event` with one record (DSP0268).

use serde_json::{Map, Value, json};

use super::readers::Wants;
use crate::persona::SensorKind;
use crate::plant::{
    Crossing, DriveEvent, Happening, JobState, LogEntry, LogEvent, PlantEvent, Severity, TestEvent,
};
use crate::redfish::messages::Message;
use crate::redfish::quirks::Quirk;
use crate::redfish::registries::{Event, event_message};
use crate::redfish::tree::{LogUri, Scene, StorageNames, date, link, tasks};

/// One event as everybody gets it, but for the receiver's own word.
#[derive(Debug)]
pub(super) struct Record {
    id: u64,
    fields: Map<String, Value>,
    registry: String,
    message_id: String,
    resource_type: &'static str,
    event_type: &'static str,
}

impl Record {
    pub(super) fn of(scene: &Scene<'_>, event: &PlantEvent) -> Self {
        let home = scene.elsewhere(event.slot);
        let scene = home.as_ref().unwrap_or(scene);
        let told = tell(scene, &event.what);
        let rendered = told.message.render();
        let id = rendered["MessageId"].as_str().unwrap_or_default().to_owned();
        let severity = rendered["MessageSeverity"].clone();
        let mut fields = Map::new();
        fields.insert("MemberId".into(), "0".into());
        fields.insert("EventType".into(), told.event_type.into());
        fields.insert("EventId".into(), event.id.to_string().into());
        fields.insert("EventTimestamp".into(), timestamp(scene, event.at).into());
        fields.insert("Severity".into(), severity.clone());
        fields.insert("MessageSeverity".into(), severity);
        fields.insert("Message".into(), rendered["Message"].clone());
        fields.insert("MessageId".into(), id.clone().into());
        fields.insert("MessageArgs".into(), rendered["MessageArgs"].clone());
        if let Some(origin) = told.origin {
            fields.insert("OriginOfCondition".into(), link(&origin));
        }
        if let Happening::Logged(entry) = &event.what {
            let log = LogUri::of(scene).0;
            fields.insert("LogEntry".into(), link(&format!("{log}/Entries/{}", entry.id)));
        }
        if scene.quirks.has(Quirk::BareEvents) {
            fields.retain(|name, _| !matches!(name.as_str(), "MemberId" | "EventType"));
        }
        let registry = id.split('.').next().unwrap_or_default().to_owned();
        Self {
            id: event.id,
            fields,
            registry,
            message_id: id,
            resource_type: told.resource_type,
            event_type: told.event_type,
        }
    }

    /// That events were lost, told in place of them.
    pub(super) fn lost(scene: &Scene<'_>, id: u64) -> Self {
        let message = Message::base(crate::redfish::messages::Key::EventBufferExceeded, &[]);
        let rendered = message.render();
        let mut record = Self::of(
            scene,
            &PlantEvent { id, at: scene.snapshot.date, slot: 0, what: Happening::Test(TestEvent::default()) },
        );
        for name in ["MessageId", "Message", "MessageSeverity", "MessageArgs"] {
            record.fields.insert(name.into(), rendered[name].clone());
        }
        record.fields.insert("Severity".into(), rendered["MessageSeverity"].clone());
        record
    }

    /// Whether a reader wants it.
    pub(super) fn is_wanted(&self, wants: &Wants) -> bool {
        let listed = |list: &[String], word: &str| list.is_empty() || list.iter().any(|known| known == word);
        // Subscribers name messages with or without their registry's version.
        let key = self.message_id.rsplit('.').next().unwrap_or_default();
        let short = format!("{}.{key}", self.registry);
        listed(&wants.registries, &self.registry)
            && (listed(&wants.message_ids, &self.message_id) || listed(&wants.message_ids, &short))
            && listed(&wants.resource_types, self.resource_type)
            && listed(&wants.event_types, self.event_type)
    }

    /// The whole payload for a reader with this word.
    pub(super) fn payload(&self, scene: &Scene<'_>, context: &str) -> Value {
        json!({
            "@odata.type": format!("#Event.{}.Event", scene.schema("Event")),
            "Id": self.id.to_string(),
            "Name": "Event",
            "Context": context,
            "Events": [self.fields],
            "Events@odata.count": 1,
        })
    }
}

/// A date as this service writes it in events (Q18).
fn timestamp(scene: &Scene<'_>, at: jiff::Timestamp) -> String {
    if !scene.quirks.has(Quirk::ZeroDates) {
        return date(at);
    }
    let shifted = at.checked_sub(jiff::SignedDuration::from_hours(6)).unwrap_or(at);
    format!("{}-0600", date(shifted).trim_end_matches('Z'))
}

struct Told {
    message: Message,
    origin: Option<String>,
    resource_type: &'static str,
    event_type: &'static str,
}

fn tell(scene: &Scene<'_>, what: &Happening) -> Told {
    let told = |message, origin: String, resource_type, event_type| Told {
        message,
        origin: Some(origin),
        resource_type,
        event_type,
    };
    match what {
        Happening::Logged(entry) => logged(scene, entry),
        Happening::Job { id, state } => {
            let name = tasks::name(scene, *id);
            let event = match state {
                JobState::Waiting => Event::TaskPaused,
                JobState::Running => Event::TaskStarted,
                JobState::Completed => Event::TaskCompletedOK,
                JobState::Failed => Event::TaskAborted,
                JobState::Cancelled => Event::TaskCancelled,
            };
            told(event_message(event, &[&name]), tasks::uri(scene, *id), "Task", "StatusChange")
        }
        Happening::Test(test) => {
            let arguments: Vec<&str> = test.arguments.iter().map(String::as_str).collect();
            let text = test.message.as_deref().unwrap_or("This event is a test.");
            let message = match &test.message_id {
                Some(id) => Message::custom(id, text, &arguments, test.severity.as_deref()),
                None => event_message(Event::TestMessage, &[]).saying(text),
            };
            Told { message, origin: test.origin.clone(), resource_type: "EventService", event_type: "Alert" }
        }
    }
}

fn logged(scene: &Scene<'_>, entry: &LogEntry) -> Told {
    let (system, manager, chassis) = (scene.system(), scene.manager(), scene.chassis());
    let (event, arguments, origin, resource_type) = match &entry.event {
        LogEvent::PowerOn => (Event::ResourcePoweredOn, vec![system.clone()], system, "ComputerSystem"),
        LogEvent::PowerOff => (Event::ResourcePoweredOff, vec![system.clone()], system, "ComputerSystem"),
        LogEvent::Boot(_)
        | LogEvent::OsRunning
        | LogEvent::SystemRestart(_)
        | LogEvent::ShutdownRequested => {
            let state = entry.message.trim_end_matches('.').to_owned();
            (Event::ResourceStateChanged, vec![system.clone(), state], system, "ComputerSystem")
        }
        LogEvent::Threshold { sensor, crossing, asserted, reading, limit } => {
            let data = scene.spec().sensors().get(*sensor);
            let name = data.map_or_else(String::new, |data| data.name.clone());
            let unit = data.map_or("", |data| unit(data.kind)).to_owned();
            let mut arguments = vec![name, reading.to_string(), unit];
            let event = if *asserted { crossed(*crossing) } else { Event::SensorReadingNormalRange };
            if *asserted {
                arguments.push(limit.to_string());
            }
            (event, arguments, chassis, "Sensor")
        }
        LogEvent::Drive(drive, what) => {
            let event = match what {
                DriveEvent::Inserted => Event::DriveInserted,
                DriveEvent::Removed => Event::DriveRemoved,
                DriveEvent::FailurePredicted => Event::DrivePredictiveFailure,
            };
            let path = StorageNames::of(scene).drive_path(*drive);
            (event, vec![path.clone()], path, "Drive")
        }
        LogEvent::BmcStarted
        | LogEvent::LogCleared
        | LogEvent::AccountLocked(_)
        | LogEvent::FirmwareUpdated(_) => (Event::ResourceChanged, Vec::new(), manager, "Manager"),
        _ => {
            let (event, health) = match entry.severity {
                Severity::Ok => (Event::ResourceStatusChangedOK, "OK"),
                Severity::Warning => (Event::ResourceStatusChangedWarning, "Warning"),
                Severity::Critical => (Event::ResourceStatusChangedCritical, "Critical"),
            };
            (event, vec![chassis.clone(), health.to_owned()], chassis, "Chassis")
        }
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The log's own words say more than the registry's.
    let message = event_message(event, &arguments).saying(&entry.message);
    Told { message, origin: Some(origin), resource_type, event_type: "Alert" }
}

fn crossed(crossing: Crossing) -> Event {
    match crossing {
        Crossing::LowerCaution => Event::ReadingBelowLowerCautionThreshold,
        Crossing::LowerCritical => Event::ReadingBelowLowerCriticalThreshold,
        Crossing::LowerFatal => Event::ReadingBelowLowerFatalThreshold,
        Crossing::UpperCaution => Event::ReadingAboveUpperCautionThreshold,
        Crossing::UpperCritical => Event::ReadingAboveUpperCriticalThreshold,
        Crossing::UpperFatal => Event::ReadingAboveUpperFatalThreshold,
    }
}

fn unit(kind: SensorKind) -> &'static str {
    match kind {
        SensorKind::Temperature => "Cel",
        SensorKind::Fan => "{rev}/min",
        SensorKind::Voltage => "V",
        SensorKind::Power => "W",
        SensorKind::Current => "A",
    }
}
