//! PATCH: which properties of which resource can be written.
//!
//! - Nothing good in the body: 400 with a message for each property, and nothing is changed.
//! - Some good, some not: the good ones are written; 200 with a message for each of the others (DSP0266, "PATCH").

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Call, GET, PATCH, PROPERTIES, Written, bios, boot, manager};
use crate::plant::{Identify, MutationKind, Refusal, RestorePolicy};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::persona::PatchReply;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::Service;
use crate::redfish::tree::{Scene, boot_options};

pub(super) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["Chassis", id] if scene.data.enclosure.as_deref() == Some(id) => GET,
        ["Systems" | "Chassis" | "Managers", _] | ["SessionService"] => PATCH,
        _ => GET,
    }
}

pub(super) fn apply(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let (scene, path) = (call.scene, call.path);
    let fields: Vec<(&String, &Value)> = body.iter().filter(|(name, _)| !name.starts_with('@')).collect();
    if fields.is_empty() {
        let key = if body.is_empty() { Key::EmptyJSON } else { Key::NoOperation };
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, key, &[]));
    }
    let current = scene.document(path).ok_or_else(|| Reply::not_found(path))?;
    let holder = boot_options::settings_path(scene).unwrap_or_else(|| scene.system());
    if boot_options::settings_path(scene).as_deref() == Some(path) {
        bios::apply_time(body, true)?;
    }
    if let Some(Value::Object(boot)) = body.get("Boot").filter(|_| path == holder) {
        boot::refused_now(scene, boot)?;
    }
    let mut problems = Vec::new();
    let mut good = 0;
    for (name, value) in &fields {
        match PROPERTIES.iter().find_map(|property| property(call, name, value)) {
            Some(Ok(())) => good += 1,
            Some(Err(mut messages)) => problems.append(&mut messages),
            None => {
                let key = if current.get(*name).is_some() {
                    Key::PropertyNotWritable
                } else {
                    Key::PropertyUnknown
                };
                problems.push(Message::base(key, &[name]).about(name));
            }
        }
    }
    if good == 0 {
        return Err(Reply::error(StatusCode::BAD_REQUEST, &problems));
    }
    problems.extend(manager::notes(call));
    if problems.is_empty() {
        return Ok(written(scene));
    }
    let notes: Vec<Value> = problems.iter().map(Message::render).collect();
    Ok(Reply::document(json!({ "@Message.ExtendedInfo": notes })))
}

/// The answer to a PATCH that was carried out; a document is filled in with what is there now.
pub(in crate::redfish) fn written(scene: &Scene<'_>) -> Reply {
    match scene.data.patch_reply {
        PatchReply::Document => Reply::document(json!({})),
        PatchReply::NoContent => Reply::no_content(),
    }
}

/// Writes one property; `None` if the resource has none of that name that can be written.
pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    let (service, scene, path) = (call.service, call.scene, call.path);
    let system = path == scene.system();
    let chassis = path == scene.chassis();
    let holder = boot_options::settings_path(scene).unwrap_or_else(|| scene.system());
    match name {
        "Boot" if path == holder && !scene.quirks.has(Quirk::NoBootOverride) => Some(match value {
            Value::Object(fields) => boot::apply(scene, fields),
            other => Err(wrong_type(name, other)),
        }),
        "PowerRestorePolicy" if system => Some(restore_policy(scene, name, value)),
        "LocationIndicatorActive" if (system || chassis) && !scene.data.indicator_led => {
            Some(match value.as_bool() {
                Some(true) => identify(scene, Identify::Blinking),
                Some(false) => identify(scene, Identify::Off),
                None => Err(wrong_type(name, value)),
            })
        }
        "IndicatorLED" if (system || chassis) && scene.data.indicator_led => Some(match value.as_str() {
            Some("Lit") => identify(scene, Identify::On),
            Some("Blinking") => identify(scene, Identify::Blinking),
            Some("Off") => identify(scene, Identify::Off),
            Some(other) => Err(not_listed(name, other)),
            None => Err(wrong_type(name, value)),
        }),
        "DateTime" if path == scene.manager() => Some(match value.as_str().map(str::parse::<Timestamp>) {
            Some(Ok(to)) => done(service.server.set_date(to, ORIGIN)),
            Some(Err(_)) => {
                let text = value.as_str().unwrap_or_default();
                Err(vec![Message::base(Key::PropertyValueFormatError, &[text, name]).about(name)])
            }
            None => Err(wrong_type(name, value)),
        }),
        "SessionTimeout" if path == "/redfish/v1/SessionService" => {
            Some(session_timeout(service, name, value))
        }
        _ => None,
    }
}

fn restore_policy(scene: &Scene<'_>, name: &str, value: &Value) -> Written {
    let policy = match value.as_str() {
        Some("AlwaysOff") => RestorePolicy::AlwaysOff,
        Some("LastState") => RestorePolicy::Previous,
        Some("AlwaysOn") => RestorePolicy::AlwaysOn,
        Some(other) => return Err(not_listed(name, other)),
        None => return Err(wrong_type(name, value)),
    };
    done(scene.server.set_restore_policy(policy, ORIGIN))
}

fn session_timeout(service: &Service, name: &str, value: &Value) -> Written {
    let Some(seconds) = value.as_u64() else { return Err(wrong_type(name, value)) };
    if !(30..=86400).contains(&seconds) {
        let text = seconds.to_string();
        return Err(vec![Message::base(Key::PropertyValueNotInList, &[&text, name]).about(name)]);
    }
    service.memory().sessions.idle = std::time::Duration::from_secs(seconds);
    service.server.count(ORIGIN, MutationKind::Setting, name);
    Ok(())
}

fn identify(scene: &Scene<'_>, to: Identify) -> Written {
    done(scene.server.set_identify(to, None, ORIGIN))
}

pub(super) fn done<T>(result: Result<T, Refusal>) -> Written {
    result.map(|_| ()).map_err(|_| vec![Message::base(Key::ServiceTemporarilyUnavailable, &["5"])])
}

pub(in crate::redfish) fn wrong_type(name: &str, value: &Value) -> Vec<Message> {
    vec![Message::base(Key::PropertyValueTypeError, &[&value.to_string(), name]).about(name)]
}

pub(in crate::redfish) fn not_listed(name: &str, value: &str) -> Vec<Message> {
    vec![Message::base(Key::PropertyValueNotInList, &[value, name]).about(name)]
}
