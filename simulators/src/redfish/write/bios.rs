//! Changing the firmware's settings: PATCH of the settings object, and the actions of `Bios`.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{Call, GET, Handler, PATCH, done, only_parameters, refused, task, word};
use crate::persona::BiosValue;
use crate::plant::{BiosChange, BiosCommit, BiosProblem, BiosRefusal, HostPhase, Refusal, Work};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::vendor_or;
use crate::redfish::tree::{Scene, bios};

const APPLY_TIME: &str = "@Redfish.SettingsApplyTime";
const RESET: &str = "Bios.ResetBios";
const PASSWORD: &str = "Bios.ChangePassword";

pub(super) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let path = format!("/redfish/v1/{}", segments.join("/"));
    if path == bios::settings_path(scene) { PATCH } else { GET }
}

pub(super) fn patcher(call: &Call<'_>) -> Option<Handler> {
    (call.path == bios::settings_path(call.scene)).then_some(patch)
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let on_settings = scene.quirks.has(Quirk::PasswordsOnSettings);
    if owner == bios::path(scene) {
        return match action {
            RESET => Some(reset),
            PASSWORD if !on_settings => Some(change_password),
            _ => None,
        };
    }
    if owner != bios::settings_path(scene) {
        return None;
    }
    match action {
        "Bios.ChangePasswords" if on_settings => Some(change_password),
        "Oem/DellManager.ClearPending" if scene.quirks.has(Quirk::StagesWithoutApplyTime) => Some(clear),
        _ => None,
    }
}

/// Stages settings: all of the attributes or none.
fn patch(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let scene = call.scene;
    let place = &scene.data.bios;
    let asked = apply_time(body, place.apply_time)?;
    let names: Vec<&String> = body.keys().filter(|name| !name.starts_with('@')).collect();
    if names.is_empty() {
        let key = if body.is_empty() { Key::EmptyJSON } else { Key::NoOperation };
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, key, &[]));
    }
    let known = scene.document(call.path);
    let others = names.iter().filter(|name| **name != "Attributes").map(|name| {
        let is_there = known.as_ref().is_some_and(|known| known.get(name.as_str()).is_some());
        let key = if is_there { Key::PropertyNotWritable } else { Key::PropertyUnknown };
        Message::base(key, &[name]).about(name)
    });
    let others: Vec<Message> = others.collect();
    let attributes = match body.get("Attributes") {
        None => return Err(Reply::error(StatusCode::BAD_REQUEST, &others)),
        Some(Value::Object(attributes)) => attributes,
        Some(other) => {
            let problem = Message::base(Key::PropertyValueTypeError, &[&other.to_string(), "Attributes"]);
            return Err(Reply::error(StatusCode::BAD_REQUEST, &[problem.about("Attributes")]));
        }
    };
    if attributes.is_empty() {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::NoOperation, &[]));
    }
    refused_now(scene)?;
    let quirks = scene.quirks;
    let commit = match (place.job, asked) {
        (_, false) if quirks.has(Quirk::StagesWithoutApplyTime) => BiosCommit::Later,
        (true, _) => BiosCommit::Job,
        (false, _) => BiosCommit::Reset,
    };
    let change = BiosChange {
        values: values(call, attributes)?,
        commit,
        job: place.job_name.clone(),
        lenient: quirks.has(Quirk::OverridesSilently),
        keeps_equal: quirks.has(Quirk::NoAttributesWhenNonePending),
    };
    let staged = call.scene.server.stage_bios(change, ORIGIN).map_err(|refusal| match refusal {
        BiosRefusal::Machine(refusal) => refused(refusal),
        // They were judged before, and nothing else writes meanwhile but another protocol.
        BiosRefusal::Values(_) => refused(Refusal::Invalid),
    })?;
    if let Some(job) = staged.job.filter(|_| place.answers_with_task) {
        return Ok(task::accepted(call.service, job));
    }
    if !others.is_empty() {
        let notes: Vec<Value> = others.iter().map(Message::render).collect();
        return Ok(Reply::document(json!({ "@Message.ExtendedInfo": notes })));
    }
    Ok(super::patch::written(scene))
}

/// Whether the client asks for an apply time; one that this service does not have is refused.
pub(super) fn apply_time(body: &Map<String, Value>, offered: bool) -> Result<bool, Box<Reply>> {
    let Some(wanted) = body.get(APPLY_TIME) else { return Ok(false) };
    let bad = |key, arguments: &[&str]| {
        let message = Message::base(key, arguments).about(&format!("{APPLY_TIME}/ApplyTime"));
        Err(Reply::error(StatusCode::BAD_REQUEST, &[message]))
    };
    if !offered {
        return bad(Key::PropertyUnknown, &[APPLY_TIME]);
    }
    match wanted.get("ApplyTime").map(|time| (time, time.as_str())) {
        Some((_, Some("OnReset"))) => Ok(true),
        Some((_, Some(other))) => bad(Key::PropertyValueNotInList, &[other, "ApplyTime"]),
        Some((other, None)) => bad(Key::PropertyValueTypeError, &[&other.to_string(), "ApplyTime"]),
        None => bad(Key::PropertyMissing, &["ApplyTime"]),
    }
}

/// Refuses, before any value is looked at, what the service does not take now.
pub(super) fn refused_now(scene: &Scene<'_>) -> Result<(), Box<Reply>> {
    let messages = &scene.data.messages;
    if scene.quirks.has(Quirk::BootRefusedInPost) && scene.snapshot.phase == HostPhase::Post {
        let text = "The setting cannot be changed while the system is in POST.";
        let message = vendor_or(messages.in_post.as_ref(), text, Key::ResourceInUse);
        return Err(Reply::error(StatusCode::BAD_REQUEST, &[message]));
    }
    let open = |work: &Work| matches!(work, Work::BiosSettings(_));
    let waits = scene.snapshot.jobs.iter().any(|job| !job.state.is_final() && open(&job.work));
    if waits && scene.quirks.has(Quirk::OneBiosJob) {
        let text = "Pending configuration values are already committed; wait until they are applied.";
        let message = vendor_or(messages.job_exists.as_ref(), text, Key::ResourceInUse);
        return Err(Reply::error(StatusCode::BAD_REQUEST, &[message]));
    }
    Ok(())
}

/// The attributes as the plant knows them, or a message for everything that is wrong with them.
fn values(
    call: &Call<'_>,
    attributes: &Map<String, Value>,
) -> Result<BTreeMap<String, Option<BiosValue>>, Box<Reply>> {
    let scene = call.scene;
    let mut values = BTreeMap::new();
    let mut problems = Vec::new();
    for (served, value) in attributes {
        let value = match value {
            Value::Bool(truth) => Some(BiosValue::Boolean(*truth)),
            Value::Number(number) => number.as_i64().map(BiosValue::Integer),
            Value::String(text) => Some(BiosValue::Text(text.clone())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        match bios::attribute(scene, served) {
            Some(data) => drop(values.insert(data.name.clone(), value)),
            None => problems.push((served.clone(), BiosProblem::Unknown)),
        }
    }
    problems.extend(call.scene.server.judge_bios(&values, scene.quirks.has(Quirk::OverridesSilently)));
    let told = problems.iter().map(|(name, problem)| told(scene, attributes, name, *problem));
    let messages: Vec<Message> = told.collect();
    if messages.is_empty() { Ok(values) } else { Err(Reply::error(StatusCode::BAD_REQUEST, &messages)) }
}

/// What is wrong with an attribute, in the words of the Base registry.
fn told(scene: &Scene<'_>, attributes: &Map<String, Value>, name: &str, problem: BiosProblem) -> Message {
    let name = bios::served_name(scene, name);
    let value = match attributes.get(&name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let message = match problem {
        BiosProblem::Unknown => Message::base(Key::PropertyUnknown, &[&name]),
        BiosProblem::NotWritable => Message::base(Key::PropertyNotWritable, &[&name]),
        BiosProblem::WrongType => Message::base(Key::PropertyValueTypeError, &[&value, &name]),
        BiosProblem::NotListed => Message::base(Key::PropertyValueNotInList, &[&value, &name]),
        BiosProblem::OutOfRange => Message::base(Key::PropertyValueOutOfRange, &[&value, &name]),
        BiosProblem::WrongForm => Message::base(Key::PropertyValueFormatError, &[&value, &name]),
    };
    message.about(&format!("Attributes/{name}"))
}

fn reset(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(RESET, body, &[])?;
    refused_now(call.scene)?;
    let place = &call.scene.data.bios;
    let commit = if place.job { BiosCommit::Job } else { BiosCommit::Reset };
    call.scene.server.reset_bios(commit, &place.job_name, ORIGIN).map_err(refused)?;
    Ok(done(call.scene))
}

fn clear(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters("DellManager.ClearPending", body, &[])?;
    call.scene.server.clear_bios(ORIGIN).map_err(refused)?;
    Ok(done(call.scene))
}

fn change_password(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let scene = call.scene;
    only_parameters(PASSWORD, body, &["PasswordName", "OldPassword", "NewPassword"])?;
    let served = word(PASSWORD, body, "PasswordName", &bios::passwords(scene))?;
    let name = bios::attribute(scene, served).map_or(served, |data| data.name.as_str());
    let old = secret(body, "OldPassword")?.unwrap_or_default();
    let Some(new) = secret(body, "NewPassword")? else {
        let key = Key::ActionParameterMissing;
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, key, &[PASSWORD, "NewPassword"]));
    };
    let server = &call.scene.server;
    let wrong = |parameter: &str| {
        // The value is a secret, so it is not repeated.
        Reply::refuse(StatusCode::BAD_REQUEST, Key::ActionParameterValueError, &[parameter, PASSWORD])
    };
    let empty = new.expose_secret().is_empty();
    if empty && scene.quirks.has(Quirk::PasswordStays) && !server.has_bios_password(name, &"".into()) {
        return Err(wrong("NewPassword"));
    }
    server.set_bios_password(name, &old, &new, ORIGIN).map_err(|refusal| match refusal {
        Refusal::Denied => wrong("OldPassword"),
        Refusal::Invalid => wrong("NewPassword"),
        other => refused(other),
    })?;
    Ok(done(scene))
}

/// A parameter that is a secret; absent or null is none.
fn secret(body: &Map<String, Value>, name: &str) -> Result<Option<SecretString>, Box<Reply>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().into())),
        Some(_) => {
            let key = Key::ActionParameterValueTypeError;
            Err(Reply::refuse(StatusCode::BAD_REQUEST, key, &["", name, PASSWORD]))
        }
    }
}
