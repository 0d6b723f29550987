//! Asking for secure boot, and changing its keys.

use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::{
    Call, DELETE, GET, Handler, PATCH, POST, Written, bios, done, only_parameters, refused, task, word,
};
use crate::plant::{BiosCommit, KeyReset, Refusal};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, secure_boot};

const ENABLE: &str = "SecureBootEnable";
const RESET: &str = "SecureBoot.ResetKeys";
const DATABASE_RESET: &str = "SecureBootDatabase.ResetKeys";
const TYPE: &str = "ResetKeysType";

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["Systems", _, "SecureBoot"] => PATCH,
        ["Systems", _, "SecureBoot", "SecureBootDatabases", _, "Certificates"] => POST,
        ["Systems", _, "SecureBoot", "SecureBootDatabases", _, "Certificates", _] => DELETE,
        _ => GET,
    }
}

/// Writes `SecureBootEnable`.
pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    (name == ENABLE && call.path == secure_boot::path(call.scene)).then(|| {
        let enabled = value.as_bool().ok_or_else(|| super::patch::wrong_type(name, value))?;
        enable(call, enabled).map(|_| ()).map_err(|_| vec![conflict()])
    })
}

/// With quirk Q20a the change is a job of the firmware's settings, and answered as one; a conflict has its own status.
pub(super) fn patcher(call: &Call<'_>) -> Option<Handler> {
    (call.path == secure_boot::path(call.scene)).then_some(|call, body| {
        let scene = call.scene;
        if let Some(refused) = secure_boot::instead(scene, call.path) {
            return Err(Box::new(refused));
        }
        let names: Vec<_> = body.keys().filter(|name| !name.starts_with('@')).collect();
        let Some(enabled) = body.get(ENABLE).and_then(Value::as_bool).filter(|_| names.len() == 1) else {
            return super::patch::apply(call, body);
        };
        bios::refused_now(scene)?;
        let job = enable(call, enabled).map_err(|refusal| match refusal {
            Refusal::Conflict => Reply::error(StatusCode::CONFLICT, &[conflict()]),
            other => refused(other),
        })?;
        match job.filter(|_| scene.quirks.has(Quirk::SecureBootIsBiosJob)) {
            Some(job) => Ok(task::accepted(call.service, job)),
            None => Ok(super::patch::written(scene)),
        }
    })
}

fn enable(call: &Call<'_>, enabled: bool) -> Result<Option<u32>, Refusal> {
    let scene = call.scene;
    let commit =
        if scene.quirks.has(Quirk::SecureBootIsBiosJob) { BiosCommit::Job } else { BiosCommit::Reset };
    call.scene.server.set_secure_boot(enabled, commit, &scene.data.bios.job_name, ORIGIN)
}

fn conflict() -> Message {
    Message::base(Key::PropertyValueConflict, &[ENABLE, "SecureBootMode"]).about(ENABLE)
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let path = secure_boot::path(scene);
    scene.spec().persona.secure_boot?;
    match action {
        RESET if owner == path => Some(|call, body| {
            let how = reset_type(RESET, body, &secure_boot::RESETS)?;
            let (database, how) = match how {
                "ResetAllKeysToDefault" => (None, KeyReset::Delivered),
                "DeletePK" => (Some("PK"), KeyReset::Deleted),
                _ => (None, KeyReset::Deleted),
            };
            reset(call, database, how)
        }),
        DATABASE_RESET => {
            let database = owner.strip_prefix(&path)?.strip_prefix("/SecureBootDatabases/")?;
            let view = scene.server.secure_boot()?;
            view.databases.iter().find(|known| known.id == database)?;
            Some(|call, body| {
                let how = match reset_type(DATABASE_RESET, body, &secure_boot::DATABASE_RESETS)? {
                    "ResetAllKeysToDefault" => KeyReset::Delivered,
                    _ => KeyReset::Deleted,
                };
                let owner = call.path.split("/Actions/").next().unwrap_or_default();
                reset(call, owner.rsplit('/').next(), how)
            })
        }
        _ => None,
    }
}

fn reset_type<'a>(action: &str, body: &'a Map<String, Value>, types: &[&str]) -> Result<&'a str, Box<Reply>> {
    only_parameters(action, body, &[TYPE])?;
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    word(action, body, TYPE, &types)
}

fn reset(call: &Call<'_>, database: Option<&str>, how: KeyReset) -> Answer {
    if let Some(refused) = secure_boot::instead(call.scene, &secure_boot::path(call.scene)) {
        return Err(Box::new(refused));
    }
    call.scene.server.reset_keys(database, how, ORIGIN).map_err(refused)?;
    Ok(done(call.scene))
}

/// The database whose certificates lie at a path.
fn database(path: &str) -> Option<&str> {
    let (owner, rest) = path.split_once("/SecureBootDatabases/")?;
    let (database, rest) = rest.split_once("/Certificates")?;
    (owner.ends_with("/SecureBoot") && (rest.is_empty() || rest.starts_with('/'))).then_some(database)
}

pub(super) fn creator(call: &Call<'_>) -> Option<Handler> {
    database(call.path)?;
    Some(create)
}

fn create(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const STRING: &str = "CertificateString";
    let bad = |messages: &[Message]| Err(Reply::error(StatusCode::BAD_REQUEST, messages));
    let known = [STRING, "CertificateType", "UefiSignatureOwner"];
    let unknown = body.keys().filter(|name| !known.contains(&name.as_str()));
    let unknown: Vec<_> =
        unknown.map(|name| Message::base(Key::PropertyUnknown, &[name]).about(name)).collect();
    if !unknown.is_empty() {
        return bad(&unknown);
    }
    for name in [STRING, "CertificateType"] {
        match body.get(name) {
            None => return bad(&[Message::base(Key::PropertyMissing, &[name]).about(name)]),
            Some(Value::String(_)) => {}
            Some(other) => {
                return Err(Reply::error(StatusCode::BAD_REQUEST, &super::patch::wrong_type(name, other)));
            }
        }
    }
    if body.get("CertificateType").and_then(Value::as_str) != Some("PEM") {
        let given = body.get("CertificateType").and_then(Value::as_str).unwrap_or_default();
        return bad(&super::patch::not_listed("CertificateType", given));
    }
    let pem = body.get(STRING).and_then(Value::as_str).unwrap_or_default();
    let id = database(call.path).unwrap_or_default();
    let number = call.scene.server.add_key(id, pem, ORIGIN).map_err(|refusal| match refusal {
        Refusal::Invalid => {
            let message = Message::base(Key::PropertyValueError, &[STRING]).about(STRING);
            Reply::error(StatusCode::BAD_REQUEST, &[message])
        }
        Refusal::Conflict => {
            let key = Key::ResourceAlreadyExists;
            Reply::refuse(StatusCode::CONFLICT, key, &["Certificate", STRING, "of the request"])
        }
        other => refused(other),
    })?;
    let path = format!("{}/{number}", call.path);
    let document = Scene::new(call.service).document(&path).ok_or_else(|| Reply::not_found(&path))?;
    let mut reply = Reply::document(document);
    reply.status = StatusCode::CREATED;
    reply.push(header::LOCATION, &path);
    Ok(reply)
}

pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let database = database(call.path)?;
    let number = call.path.rsplit('/').next()?.parse().ok();
    let removed = number.map(|number| call.scene.server.remove_key(database, number, ORIGIN));
    Some(match removed {
        Some(Ok(_)) => Ok(Reply::no_content()),
        Some(Err(refusal)) => Err(refused(refusal)),
        None => Err(Reply::not_found(call.path)),
    })
}
