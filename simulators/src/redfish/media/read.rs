//! Reading what a client wants inserted.

use serde_json::{Map, Value};
use underlay_hal::MediaKind;

use super::{Quirk, Scene, Slot};
use crate::plant::Medium;
use crate::redfish::messages::{Key, Message};

/// How the words of a refusal name things: parameters of an action, or properties.
#[derive(Debug, Clone, Copy)]
pub(super) enum Speech {
    Action(&'static str),
    Property,
}

impl Speech {
    fn missing(self, name: &str) -> Message {
        match self {
            Self::Action(action) => Message::base(Key::ActionParameterMissing, &[action, name]),
            Self::Property => Message::base(Key::PropertyMissing, &[name]).about(name),
        }
    }

    pub(super) fn unknown(self, name: &str) -> Message {
        match self {
            Self::Action(action) => Message::base(Key::ActionParameterUnknown, &[action, name]),
            Self::Property => Message::base(Key::PropertyUnknown, &[name]).about(name),
        }
    }

    fn wrong_type(self, name: &str, value: &Value) -> Message {
        let text = value.to_string();
        match self {
            Self::Action(action) => Message::base(Key::ActionParameterValueTypeError, &[&text, name, action]),
            Self::Property => Message::base(Key::PropertyValueTypeError, &[&text, name]).about(name),
        }
    }

    fn not_this(self, name: &str, value: &str) -> Message {
        match self {
            Self::Action(action) => Message::base(Key::ActionParameterValueNotInList, &[value, name, action]),
            Self::Property => Message::base(Key::PropertyValueNotInList, &[value, name]).about(name),
        }
    }
}

/// Schemes that controllers fetch by.
const SCHEMES: &[&str] = &["http", "https", "nfs", "cifs"];

/// What is to be inserted, or everything that is wrong with the request.
pub(super) fn medium(
    scene: &Scene<'_>,
    slot: &Slot<'_>,
    fields: &Map<String, Value>,
    speech: Speech,
) -> Result<Medium, Vec<Message>> {
    demands(scene, fields, speech)?;
    let mut problems = Vec::new();
    let mut text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            // A password in the wrong shape is not repeated.
            let shown = if name == "Password" { &Value::Null } else { other };
            problems.push(speech.wrong_type(name, shown));
            None
        }
    };
    let (uri, user, _password) = (text("Image"), text("UserName"), text("Password"));
    let (method, protocol) = (text("TransferMethod"), text("TransferProtocolType"));
    let mut flag = |name: &str, otherwise: bool| match fields.get(name) {
        None | Some(Value::Null) => otherwise,
        Some(Value::Bool(flag)) => *flag,
        Some(other) => {
            problems.push(speech.wrong_type(name, other));
            otherwise
        }
    };
    let (inserted, write_protected) = (flag("Inserted", true), flag("WriteProtected", true));
    if !inserted {
        problems.push(speech.not_this("Inserted", "false"));
    }
    if let Some(method) = method.filter(|method| method != "Stream") {
        problems.push(speech.not_this("TransferMethod", &method));
    }
    let Some(uri) = uri.filter(|uri| !uri.is_empty()) else {
        if problems.is_empty() {
            problems.push(speech.missing("Image"));
        }
        return Err(problems);
    };
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", &uri));
    let authority = rest.split('/').next().unwrap_or_default();
    let good = SCHEMES.contains(&scheme) && !authority.is_empty() && !authority.contains('@');
    if !good {
        // An address with a login in it is not repeated.
        problems.push(speech.not_this("Image", ""));
    }
    if let Some(protocol) = protocol.filter(|protocol| !protocol.eq_ignore_ascii_case(scheme)) {
        problems.push(speech.not_this("TransferProtocolType", &protocol));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let user = user.filter(|user| user != "none");
    Ok(Medium { kind: kind(slot, &uri), uri, write_protected, user })
}

/// What this service wants to be told, one thing at a time (Q41, Q33e).
fn demands(scene: &Scene<'_>, fields: &Map<String, Value>, speech: Speech) -> Result<(), Vec<Message>> {
    let transfer = scene.quirks.has(Quirk::DemandsTransfer);
    let login = scene.quirks.has(Quirk::DemandsLogin);
    let wanted = [
        (transfer, "TransferProtocolType"),
        (transfer, "TransferMethod"),
        (login, "UserName"),
        (login, "Password"),
    ];
    let missing = wanted.into_iter().find(|(demanded, name)| *demanded && !fields.contains_key(*name));
    missing.map_or(Ok(()), |(_, name)| Err(vec![speech.missing(name)]))
}

/// As what the machine sees an image: by its name, and otherwise as the slot's first kind.
fn kind(slot: &Slot<'_>, uri: &str) -> MediaKind {
    let first = slot.data.kinds.first().copied().unwrap_or(MediaKind::Cd);
    let raw = uri.rsplit_once('.').is_some_and(|(_, kind)| kind.eq_ignore_ascii_case("img"));
    let wanted = slot.data.kinds.iter().find(|kind| matches!(kind, MediaKind::Usb | MediaKind::Floppy));
    if raw { wanted.copied().unwrap_or(first) } else { first }
}
