//! Inserting and ejecting: by the actions, or by PATCH where a service has none.

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::read::{Speech, medium};
use super::tree::shown;
use super::{Quirk, Scene, Slot, Use, slot_at};
use crate::plant::{MediaRefusal, SimTime};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::persona::PatchReply;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::write::{Call, Handler, done, only_parameters, refused};

const INSERT: &str = "VirtualMedia.InsertMedia";
const EJECT: &str = "VirtualMedia.EjectMedia";
const PARAMETERS: &[&str] = &[
    "Image",
    "Inserted",
    "WriteProtected",
    "UserName",
    "Password",
    "TransferMethod",
    "TransferProtocolType",
];
/// For so long after an eject a slot cannot take another image (Q15a).
const EJECTING: SimTime = SimTime::from_secs(6);

pub(crate) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let path = format!("/redfish/v1/{}", segments.join("/"));
    let by_patch = |slot: Slot<'_>| matches!(slot.usage, Use::Patch | Use::PatchInstead);
    let clears = scene.quirks.has(Quirk::ImageStays);
    if slot_at(scene, &path).is_some_and(|slot| by_patch(slot) || clears) { &[Method::PATCH] } else { &[] }
}

pub(crate) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let slot = slot_at(scene, owner)?;
    match (slot.usage, action) {
        (Use::Actions, INSERT) => Some(insert),
        (Use::Actions, EJECT) => Some(eject),
        (Use::Internal, INSERT | EJECT) => {
            Some(|_, _| Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::ResourceInUse, &[])))
        }
        (Use::Closed, INSERT | EJECT) => Some(|_, _| Err(Reply::not_allowed(&[Method::GET, Method::HEAD]))),
        _ => None,
    }
}

fn owner<'a>(call: &'a Call<'_>) -> Result<Slot<'a>, Box<Reply>> {
    let path = call.path.split_once("/Actions/").map_or(call.path, |(owner, _)| owner);
    slot_at(call.scene, path).ok_or_else(|| Reply::not_found(path))
}

fn insert(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let (scene, slot) = (call.scene, owner(call)?);
    only_parameters(INSERT, body, PARAMETERS)?;
    let speech = Speech::Action(INSERT);
    let extra = ["Inserted", "WriteProtected"].into_iter().find(|name| body.contains_key(*name));
    if let Some(name) = extra.filter(|_| scene.quirks.has(Quirk::RefusesInserted)) {
        return Err(Reply::error(StatusCode::BAD_REQUEST, &[speech.unknown(name)]));
    }
    put(call, &slot, body, speech)?;
    Ok(done(scene))
}

/// Puts an image into a slot, or refuses.
fn put(
    call: &Call<'_>,
    slot: &Slot<'_>,
    fields: &Map<String, Value>,
    speech: Speech,
) -> Result<(), Box<Reply>> {
    let scene = call.scene;
    let bad = |messages: Vec<Message>| Reply::error(StatusCode::BAD_REQUEST, &messages);
    let medium = medium(scene, slot, fields, speech).map_err(bad)?;
    let ejecting = slot
        .view
        .last
        .as_ref()
        .is_some_and(|(_, since)| scene.snapshot.now.saturating_sub(*since) < EJECTING);
    if ejecting && scene.quirks.has(Quirk::EjectTakesTime) {
        return Err(Reply::refuse(StatusCode::INTERNAL_SERVER_ERROR, Key::InternalError, &[]));
    }
    let stays = slot.view.medium.is_none() && shown(scene, slot.view).0.is_some();
    if stays && scene.quirks.has(Quirk::ImageStays) {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::ResourceInUse, &[]));
    }
    call.scene.server.insert_media(slot.at, medium, ORIGIN).map_err(|refusal| match refusal {
        MediaRefusal::Other(refusal) => refused(refusal),
        MediaRefusal::NotFound => Reply::not_found(call.path),
        _ => Reply::refuse(StatusCode::CONFLICT, Key::ResourceInUse, &[]),
    })
}

fn eject(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let (scene, slot) = (call.scene, owner(call)?);
    if call.request.body.is_empty() && scene.quirks.has(Quirk::EjectNeedsBody) {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::MalformedJSON, &[]));
    }
    only_parameters(EJECT, body, &[])?;
    take(call, &slot)?;
    Ok(done(scene))
}

fn take(call: &Call<'_>, slot: &Slot<'_>) -> Result<(), Box<Reply>> {
    let ejected = call.scene.server.eject_media(slot.at, ORIGIN);
    ejected.map(|_| ()).map_err(|refusal| match refusal {
        MediaRefusal::Other(refusal) => refused(refusal),
        _ => Reply::not_found(call.path),
    })
}

pub(crate) fn patcher(call: &Call<'_>) -> Option<Handler> {
    slot_at(call.scene, call.path).map(|_| patch as Handler)
}

/// PATCH of a slot: all of its properties together, or none.
fn patch(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let (scene, slot) = (call.scene, owner(call)?);
    let bad = |messages: Vec<Message>| Err(Reply::error(StatusCode::BAD_REQUEST, &messages));
    let fields: Map<String, Value> = body
        .iter()
        .filter(|(name, _)| !name.starts_with('@'))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if fields.is_empty() {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::NoOperation, &[]));
    }
    let document = scene.document(call.path).unwrap_or_default();
    let by_patch = matches!(slot.usage, Use::Patch | Use::PatchInstead);
    let ejects = fields.get("Image").is_some_and(|image| image.is_null() || *image == "")
        || fields.get("Inserted") == Some(&Value::Bool(false));
    let writable = |name: &str| match slot.usage {
        Use::Patch => PARAMETERS.contains(&name),
        Use::PatchInstead => name == "Image",
        // Where images stay after an eject, taking them away is all that PATCH is for.
        _ => name == "Image" && ejects,
    };
    let problems: Vec<Message> = fields
        .keys()
        .filter(|name| !writable(name))
        .map(|name| {
            // One service does not know its own properties (Q39).
            let known = document.get(name.as_str()).is_some() && slot.usage != Use::PatchInstead;
            let key = if known { Key::PropertyNotWritable } else { Key::PropertyUnknown };
            Message::base(key, &[name]).about(name)
        })
        .collect();
    if !problems.is_empty() {
        return bad(problems);
    }
    if ejects {
        take(call, &slot)?;
    } else if by_patch {
        if scene.quirks.has(Quirk::PatchNeedsInserted) && !fields.contains_key("Inserted") {
            return bad(vec![Message::base(Key::PropertyMissing, &["Inserted"]).about("Inserted")]);
        }
        put(call, &slot, &fields, Speech::Property)?;
    }
    Ok(match scene.data.patch_reply {
        PatchReply::Document => Reply::document(Value::Object(Map::new())),
        PatchReply::NoContent => Reply::no_content(),
    })
}
