//! One event, from the form of the wire to that of the HAL (DSP0268 `Event`).

use std::collections::BTreeMap;

use serde_json::Value;
use underlay_hal::{Event, Severity};

use crate::json::{Lenient as _, plain};

/// Records of one message that are looked at.
const RECORDS: usize = 256;

fn severity(record: &Value) -> Severity {
    let word = record.text(&["MessageSeverity"]).or_else(|| record.text(&["Severity"])).unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "warning" | "caution" => Severity::Warning,
        _ => Severity::Ok,
    }
}

fn event(record: &Value, context: Option<&str>) -> Event {
    let text = record.text(&["Message"]).or_else(|| record.text(&["MessageId"]));
    let mut event = Event::new(text.unwrap_or_else(|| plain(&record.to_string(), 500)));
    event.id = record.text(&["EventId"]).or_else(|| record.text(&["MemberId"]));
    event.at = record.time(&["EventTimestamp"]);
    event.severity = severity(record);
    event.code = record.text(&["MessageId"]);
    // A link by the standard; its text alone from older services.
    event.origin = record.link(&["OriginOfCondition"]).or_else(|| record.text(&["OriginOfCondition"]));
    event.origin = event.origin.map(|origin| plain(&origin, 512));
    let mut details = BTreeMap::new();
    for (number, argument) in record.texts(&["MessageArgs"]).into_iter().take(16).enumerate() {
        details.insert(format!("argument{}", number + 1), argument);
    }
    for (name, path) in [("type", "EventType"), ("group", "EventGroupId")] {
        if let Some(value) = record.text(&[path]) {
            details.insert(name.to_owned(), value);
        }
    }
    if let Some(context) = context {
        details.insert("context".to_owned(), context.to_owned());
    }
    event.details = details;
    event
}

/// The events of one message, and the word that its subscriber gave. A message of another kind, such as a metric
/// report, has none.
pub(crate) fn events(message: &Value) -> (Vec<Event>, Option<String>) {
    let context = message.text(&["Context"]);
    let records = message.at(&["Events"]).as_array();
    let of = |record: &Value| event(record, record.text(&["Context"]).as_deref().or(context.as_deref()));
    (records.into_iter().flatten().take(RECORDS).map(of).collect(), context.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_are_read_also_without_what_the_standard_demands() {
        let (events, context) = events(&json!({
            "Context": "us",
            "Events": [
                {
                    "EventId": "9", "EventTimestamp": "2024-06-11T00:14:47-0500", "Severity": "Critical",
                    "Message": "Supply 1 lost its input.", "MessageId": "ResourceEvent.1.0.ResourceErrorsDetected",
                    "MessageArgs": ["PSU1"], "OriginOfCondition": {"@odata.id": "/redfish/v1/Chassis/1"},
                },
                {"OriginOfCondition": "/redfish/v1/Systems/1"}, 7,
            ],
        }));
        assert_eq!((events.len(), context.as_deref()), (3, Some("us")));
        assert_eq!(events[0].at.map(|at| at.to_string()).as_deref(), Some("2024-06-11T05:14:47Z"));
        assert_eq!(
            (events[0].severity, events[0].origin.as_deref()),
            (Severity::Critical, Some("/redfish/v1/Chassis/1"))
        );
        assert_eq!(events[0].details["argument1"], "PSU1");
        assert_eq!(events[1].origin.as_deref(), Some("/redfish/v1/Systems/1"));
        assert_eq!(super::events(&json!({"MetricValues": []})).0, []);
    }
}
