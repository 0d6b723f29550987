//! Volumes and spares: made, deleted and emptied by controllers, as jobs.

mod create;
mod spare;

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use underlay_hal::{ApplyTime, Initialize};

use super::task::accepted;
use super::{Call, GET, Handler, PATCH, POST, object, only_parameters, refused, word};
use crate::persona::RaidData;
use crate::plant::{StorageRefusal, StorageWork};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::oem::dell;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::vendor_or;
use crate::redfish::tree::{Scene, StorageNames, apply_time_word, raid};

pub(super) use create::creator;
pub(super) use spare::property;

/// The annotation that says when an operation takes effect.
pub(super) const APPLY_TIME: &str = "@Redfish.OperationApplyTime";

const INITIALIZE: &str = "Volume.Initialize";
const INITIALIZE_TYPE: &str = "InitializeType";

pub(super) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let writable = |storage: &str| {
        let at = StorageNames::of(scene).storage_at(storage);
        at.and_then(|at| raid(scene, at)).is_some_and(|raid| raid.writable)
    };
    match segments {
        ["Systems", _, "Storage", storage, rest @ ..] if writable(storage) => match rest {
            ["Volumes"] => POST,
            ["Volumes", _] => &[Method::PATCH, Method::DELETE],
            ["Drives", _] => PATCH,
            _ => GET,
        },
        _ => GET,
    }
}

/// The volume at a path, and what its controller does.
fn volume_at<'a>(scene: &'a Scene<'_>, path: &str) -> Option<(u32, &'a RaidData)> {
    let names = StorageNames::of(scene);
    let (at, id) = names.volumes_at(path)?;
    let mut volumes = scene.volumes().filter(|volume| volume.controller == at);
    let volume = volumes.find(|volume| names.volume(volume) == id)?;
    Some((volume.id, raid(scene, at).filter(|raid| raid.writable)?))
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    volume_at(scene, owner).filter(|(_, raid)| action == INITIALIZE && !raid.initialize.is_empty())?;
    Some(initialize)
}

fn initialize(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(INITIALIZE, body, &[INITIALIZE_TYPE, APPLY_TIME])?;
    let owner = call.path.split_once("/Actions/").map_or(call.path, |(owner, _)| owner);
    let (id, raid) = volume_at(call.scene, owner).ok_or_else(|| Reply::not_found(owner))?;
    let ways = [("Fast", Initialize::Fast), ("Slow", Initialize::Slow)];
    let offered =
        ways.iter().filter(|(_, how)| raid.initialize.contains(how)).map(|(word, _)| (*word).to_owned());
    let asked = word(INITIALIZE, body, INITIALIZE_TYPE, &offered.collect::<Vec<_>>())?;
    let how = if asked == "Slow" { Initialize::Slow } else { Initialize::Fast };
    let when = apply_time(body, raid)?;
    ask(call, &format!("Initialize volume {id}"), StorageWork::Initialize(id, how), when)
}

pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let (id, raid) = volume_at(call.scene, call.path)?;
    Some(object(call.request, true).and_then(|body| {
        let unknown = body.keys().find(|name| *name != APPLY_TIME);
        if let Some(name) = unknown {
            return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::PropertyUnknown, &[name]));
        }
        let when = apply_time(&body, raid)?;
        ask(call, &format!("Delete volume {id}"), StorageWork::Delete(id), when)
    }))
}

/// When it shall take effect: as asked, or the controller's first choice.
fn apply_time(body: &Map<String, Value>, raid: &RaidData) -> Result<ApplyTime, Box<Reply>> {
    let Some(asked) = body.get(APPLY_TIME) else {
        return Ok(raid.apply_times.first().copied().unwrap_or(ApplyTime::Immediate));
    };
    let wrong = |key, text: &str| {
        let message = Message::base(key, &[text, APPLY_TIME]).about(APPLY_TIME);
        Reply::error(StatusCode::BAD_REQUEST, &[message])
    };
    let Some(text) = asked.as_str() else {
        return Err(wrong(Key::PropertyValueTypeError, &asked.to_string()));
    };
    let offered = raid.apply_times.iter().find(|time| apply_time_word(**time) == text);
    offered.copied().ok_or_else(|| wrong(Key::PropertyValueNotInList, text))
}

/// Refuses what this vendor's controllers do not do in the present state (Q14a, Q14b).
fn refused_now(scene: &Scene<'_>, work: &StorageWork, when: ApplyTime) -> Result<(), Box<Reply>> {
    let deletes = matches!(work, StorageWork::Delete(_));
    let waits = matches!(work, StorageWork::Mode(..)) || when == ApplyTime::OnReset;
    let text = if deletes && scene.quirks.has(Quirk::DeleteNeedsReady) && !dell::is_ready(scene) {
        "The lifecycle controller is not ready."
    } else if !waits && scene.quirks.has(Quirk::NeedsRealTime) && !dell::is_real_time_ready(scene) {
        "The controller is not ready for operations in real time."
    } else {
        return Ok(());
    };
    let message = vendor_or(scene.data.messages.not_ready.as_ref(), text, Key::ResourceInUse);
    Err(Reply::error(StatusCode::BAD_REQUEST, &[message.saying(text)]))
}

/// Asks the controller, and answers with the task or with the refusal.
pub(in crate::redfish) fn ask(call: &Call<'_>, name: &str, work: StorageWork, when: ApplyTime) -> Answer {
    refused_now(call.scene, &work, when)?;
    let job = call.scene.server.ask_storage(name, work, when, ORIGIN);
    let asked = serde_json::from_slice(&call.request.body).unwrap_or_default();
    job.map(|job| accepted(call.service, job)).map_err(|refusal| refusal_reply(call.scene, &refusal, &asked))
}

/// What a controller's refusal of what was asked is in Redfish.
fn refusal_reply(scene: &Scene<'_>, refusal: &StorageRefusal, asked: &Value) -> Box<Reply> {
    const DRIVES: &str = "Links/Drives";
    let names = StorageNames::of(scene);
    let bad = |key, arguments: &[&str], about: &str| {
        Reply::error(StatusCode::BAD_REQUEST, &[Message::base(key, arguments).about(about)])
    };
    let not_this = |key, property: &str| {
        bad(key, &[&asked.get(property).unwrap_or_default().to_string(), property], property)
    };
    match refusal {
        StorageRefusal::Other(refusal) => refused(*refusal),
        StorageRefusal::InUse(drive) => {
            let path = names.drive_path(*drive);
            let message = Message::base(Key::PropertyValueResourceConflict, &[DRIVES, &path, &path]);
            Reply::error(StatusCode::CONFLICT, &[message.about(DRIVES)])
        }
        StorageRefusal::Elsewhere(drive) | StorageRefusal::Unlike(drive) | StorageRefusal::Twice(drive) => {
            bad(Key::PropertyValueConflict, &[DRIVES, &names.drive_path(*drive)], DRIVES)
        }
        StorageRefusal::Level => not_this(Key::PropertyValueNotInList, "RAIDType"),
        StorageRefusal::DoesNotFit => bad(Key::PropertyValueConflict, &[DRIVES, "RAIDType"], DRIVES),
        StorageRefusal::Strip => not_this(Key::PropertyValueNotInList, "StripSizeBytes"),
        StorageRefusal::Encryption => not_this(Key::PropertyValueNotInList, "Encrypted"),
        StorageRefusal::Spare => {
            let about = "Links/DedicatedSpareDrives";
            bad(Key::PropertyValueConflict, &[about, DRIVES], about)
        }
        StorageRefusal::TooLarge(_) | StorageRefusal::TooSmall(_) => {
            not_this(Key::PropertyValueOutOfRange, "CapacityBytes")
        }
        StorageRefusal::Full => {
            Reply::refuse(StatusCode::BAD_REQUEST, Key::CreateLimitReachedForResource, &[])
        }
        StorageRefusal::Initialize => {
            let arguments = ["", INITIALIZE_TYPE, INITIALIZE];
            Reply::refuse(StatusCode::BAD_REQUEST, Key::ActionParameterValueNotInList, &arguments)
        }
        StorageRefusal::ApplyTime(time) => {
            bad(Key::PropertyValueNotInList, &[apply_time_word(*time), APPLY_TIME], APPLY_TIME)
        }
        StorageRefusal::NotFound => {
            Reply::refuse(StatusCode::NOT_FOUND, Key::ResourceMissingAtURI, &["the URI"])
        }
        StorageRefusal::NotWritable => {
            Reply::refuse(StatusCode::FORBIDDEN, Key::ResourceCannotBeDeleted, &[])
        }
        _ => Reply::refuse(StatusCode::CONFLICT, Key::ResourceInUse, &[]),
    }
}
