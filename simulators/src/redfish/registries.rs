//! DMTF's registries of events beside `Base` (DSP8011), as far as this view uses them.
//!
//! Prefixes, keys and arguments are those of the standard; the sentences are our own. Every event and task message
//! comes from [`Event`], so none names a message that the served registries do not hold.

use serde_json::{Value, json};

use super::messages::{Message, Row, registry};

macro_rules! events {
    ($($prefix:ident $version:literal { $($name:ident, $severity:literal, $arguments:literal, $text:literal;)* })*) => {
        /// A key of one of the registries.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Event { $($($name,)*)* }

        /// Prefix and version of each registry.
        const REGISTRIES: &[(&str, &str)] = &[$((stringify!($prefix), $version),)*];

        const ROWS: &[(&str, Row)] = &[$($((stringify!($prefix), Row {
            key: stringify!($name), severity: $severity, arguments: $arguments, text: $text, resolution: "None.",
        }),)*)*];
    };
}

events! {
    ResourceEvent "1.3.0" {
        ResourceChanged, "OK", 0, "Properties of the resource changed.";
        ResourcePoweredOn, "OK", 1, "The resource %1 was powered on.";
        ResourcePoweredOff, "OK", 1, "The resource %1 was powered off.";
        ResourceStateChanged, "OK", 2, "The state of the resource %1 changed to %2.";
        ResourceStatusChangedOK, "OK", 2, "The health of the resource %1 changed to %2.";
        ResourceStatusChangedWarning, "Warning", 2, "The health of the resource %1 has changed to %2.";
        ResourceStatusChangedCritical, "Critical", 2, "The health of the resource %1 is now %2.";
        TestMessage, "OK", 0, "This event is a test.";
    }
    SensorEvent "1.0.1" {
        ReadingAboveUpperCautionThreshold, "Warning", 4, "Sensor %1 reads %2 %3, above its upper caution threshold of %4.";
        ReadingAboveUpperCriticalThreshold, "Critical", 4, "Sensor %1 reads %2 %3, above its upper critical threshold of %4.";
        ReadingAboveUpperFatalThreshold, "Critical", 4, "Sensor %1 reads %2 %3, above its upper fatal threshold of %4.";
        ReadingBelowLowerCautionThreshold, "Warning", 4, "Sensor %1 reads %2 %3, below its lower caution threshold of %4.";
        ReadingBelowLowerCriticalThreshold, "Critical", 4, "Sensor %1 reads %2 %3, below its lower critical threshold of %4.";
        ReadingBelowLowerFatalThreshold, "Critical", 4, "Sensor %1 reads %2 %3, below its lower fatal threshold of %4.";
        SensorReadingNormalRange, "OK", 3, "Sensor %1 reads %2 %3, which is normal again.";
    }
    StorageDevice "1.2.1" {
        DriveInserted, "OK", 1, "A drive was inserted at %1.";
        DriveRemoved, "Critical", 1, "The drive at %1 was removed.";
        DrivePredictiveFailure, "Warning", 1, "The drive at %1 predicts its failure.";
    }
    TaskEvent "1.0.3" {
        TaskStarted, "OK", 1, "The task %1 has started.";
        TaskCompletedOK, "OK", 1, "The task %1 has completed.";
        TaskAborted, "Critical", 1, "The task %1 has failed.";
        TaskCancelled, "Warning", 1, "The task %1 was stopped on request.";
        TaskPaused, "Warning", 1, "The task %1 waits.";
    }
    Update "1.0.2" {
        VerificationFailed, "Critical", 2, "The image %1 was not accepted by %2.";
    }
}

/// A message of one of the registries with its arguments, in order.
pub(crate) fn event_message(event: Event, arguments: &[&str]) -> Message {
    // The enum and the table come from one macro, in one order.
    let (prefix, row) = &ROWS[event as usize];
    let version = REGISTRIES.iter().find(|(known, _)| known == prefix).map_or("1.0", |(_, version)| version);
    Message::of(&format!("{prefix}.{}", short(version)), row, arguments)
}

/// Major and minor version.
fn short(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(short, _)| short)
}

/// The prefixes of the registries, as ids of their files.
pub(crate) fn prefixes() -> impl Iterator<Item = String> {
    REGISTRIES.iter().map(|(prefix, _)| (*prefix).to_owned())
}

/// Where a registry itself lies.
fn uri(prefix: &str) -> String {
    format!("/redfish/v1/Registries/{prefix}/{prefix}.json")
}

/// What a registry's file says of it, beside id and name.
pub(crate) fn file(prefix: &str) -> Option<Value> {
    let (prefix, version) = REGISTRIES.iter().find(|(known, _)| *known == prefix)?;
    Some(json!({
        "Registry": format!("{prefix}.{}", short(version)),
        "Languages": ["en"],
        "Location": [{ "Language": "en", "Uri": uri(prefix) }],
    }))
}

/// The registry at a path.
pub(crate) fn at(path: &str) -> Option<Value> {
    let (prefix, version) = REGISTRIES.iter().find(|(prefix, _)| uri(prefix) == path)?;
    let rows = ROWS.iter().filter(|(of, _)| of == prefix).map(|(_, row)| row);
    Some(registry(prefix, version, "The events of this kind that this service knows", rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_uses_exactly_its_arguments_and_stands_in_its_registry() {
        for (prefix, row) in ROWS {
            for position in 1..=4_u8 {
                let used = row.text.contains(&format!("%{position}"));
                assert_eq!(used, position <= row.arguments, "{}", row.key);
            }
            let document = at(&uri(prefix)).unwrap_or_else(|| panic!("{prefix}"));
            assert_eq!(document["Messages"][row.key]["NumberOfArgs"], row.arguments);
        }
    }

    #[test]
    fn an_id_has_registry_version_and_key() {
        let message = event_message(Event::TaskStarted, &["7"]).render();
        assert_eq!(message["MessageId"], "TaskEvent.1.0.TaskStarted");
        assert_eq!(message["MessageArgs"], json!(["7"]));
    }
}
