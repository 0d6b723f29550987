//! Orders to write an image: one that was pushed, and one that the service has to fetch.

use http::StatusCode;
use serde_json::{Map, Value};
use underlay_hal::ApplyTime;

use super::fetch::{Source, fetch};
use super::messages::bad_image;
use super::push::{Received, refused};
use super::{Inventory, SERVICE};
use crate::plant::{BadImage, ImageInfo, Part, Server, Update};
use crate::redfish::ORIGIN;
use crate::redfish::enclosure::node_of;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, apply_time_word};
use crate::redfish::write::{Call, Handler, accepted, only_parameters};

const SIMPLE_UPDATE: &str = "UpdateService.SimpleUpdate";
const APPLY_TIME: &str = "@Redfish.OperationApplyTime";

/// The handler of a pushed image, if the path takes them.
pub(crate) fn push_handler(scene: &Scene<'_>, path: &str) -> Option<Handler> {
    let place = &scene.data.update;
    let pushes = place.offered
        && !path.is_empty()
        && [&place.multipart_uri, &place.push_uri].contains(&&path.to_owned());
    pushes.then_some(pushed)
}

pub(crate) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let place = &scene.data.update;
    let offered = place.offered && place.simple_update;
    (offered && owner == SERVICE && action == SIMPLE_UPDATE).then_some(simple_update)
}

/// What is asked beside the image itself.
struct Order {
    /// The slot of the machine that it is for.
    slot: usize,
    targets: Vec<(Part, usize)>,
    when: Option<ApplyTime>,
    midway: bool,
}

impl Order {
    fn server(&self, call: &Call<'_>) -> Server {
        call.service.nodes.get(self.slot).map_or(&call.service.server, |node| &node.server).clone()
    }

    fn update(self, image: ImageInfo) -> Update {
        Update { image, targets: self.targets, when: self.when, midway: self.midway }
    }
}

fn pushed(call: &Call<'_>, _body: &Map<String, Value>) -> Answer {
    let Some(upload) = &call.request.upload else {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::UnrecognizedRequestBody, &[]));
    };
    let received: &Received = match &upload.result {
        Ok(received) => received,
        Err(refusal) => return Err(refusal.clone()),
    };
    let none = Map::new();
    let parameters = received.parameters.as_ref().unwrap_or(&none);
    let known = ["Targets", APPLY_TIME, "Oem", "ForceUpdate"];
    let unknown = parameters.keys().find(|name| !known.contains(&name.as_str()));
    if let Some(name) = unknown {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::PropertyUnknown, &[name]));
    }
    let order = order(call.scene, parameters)?;
    let server = order.server(call);
    let job = match &received.image {
        Ok(image) if !call.scene.data.update.verifies_in_task => {
            server.update_firmware(&order.update(image.clone()), ORIGIN).map_err(refused)?
        }
        Err(bad) if !call.scene.data.update.verifies_in_task => {
            return Err(Reply::error(StatusCode::BAD_REQUEST, &[bad_image(*bad)]));
        }
        // The task stands for the image before anybody has looked at it.
        image => {
            let job = server.begin_fetch(ORIGIN).map_err(refused)?;
            let update = image.clone().map(|image| order.update(image));
            server.fetched(job, update.as_ref().map_err(BadImage::words));
            job
        }
    };
    Ok(accepted(call.service, job))
}

fn simple_update(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const PARAMETERS: &[&str] =
        &["ImageURI", "TransferProtocol", "Targets", "Username", "Password", "ForceUpdate", APPLY_TIME];
    only_parameters(SIMPLE_UPDATE, body, PARAMETERS)?;
    let bad = |key, arguments: &[&str]| Reply::refuse(StatusCode::BAD_REQUEST, key, arguments);
    let text = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(bad(Key::ActionParameterValueTypeError, &["", name, SIMPLE_UPDATE])),
    };
    let uri =
        text("ImageURI")?.ok_or_else(|| bad(Key::ActionParameterMissing, &[SIMPLE_UPDATE, "ImageURI"]))?;
    if let Some(protocol) = text("TransferProtocol")?.filter(|protocol| *protocol != "HTTP") {
        let arguments = [protocol, "TransferProtocol", SIMPLE_UPDATE];
        return Err(bad(Key::ActionParameterValueNotInList, &arguments));
    }
    let uri = if uri.contains("://") { uri.to_owned() } else { format!("http://{uri}") };
    if uri.parse::<http::Uri>().is_err() || !uri.starts_with("http://") {
        return Err(bad(Key::ActionParameterValueNotInList, &["", "ImageURI", SIMPLE_UPDATE]));
    }
    let login = text("Username")?
        .map(|user| (user.to_owned(), text("Password").ok().flatten().unwrap_or_default().to_owned()));
    let order = order(call.scene, body)?;
    let server = order.server(call);
    let job = server.begin_fetch(ORIGIN).map_err(refused)?;
    let most = call.service.most_image_bytes();
    let source = Source { uri, login, most };
    tokio::spawn(fetch(server, job, source, move |image| order.update(image)));
    Ok(accepted(call.service, job))
}

/// Targets and apply time.
fn order(scene: &Scene<'_>, asked: &Map<String, Value>) -> Result<Order, Box<Reply>> {
    let bad = |key, text: &str, name: &str| {
        let message = Message::base(key, &[text, name]).about(name);
        Reply::error(StatusCode::BAD_REQUEST, &[message])
    };
    let when = match asked.get(APPLY_TIME) {
        None => None,
        Some(Value::String(word)) => {
            let offered = scene.spec().persona.firmware.apply_times.iter();
            let found = offered.copied().find(|time| apply_time_word(*time) == word);
            Some(found.ok_or_else(|| bad(Key::PropertyValueNotInList, word, APPLY_TIME))?)
        }
        Some(other) => return Err(bad(Key::PropertyValueTypeError, &other.to_string(), APPLY_TIME)),
    };
    let (mut targets, mut slot) = (Vec::new(), None);
    let list = match asked.get("Targets") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(list)) => list.as_slice(),
        Some(other) => return Err(bad(Key::PropertyValueTypeError, &other.to_string(), "Targets")),
    };
    for target in list {
        let path = target
            .as_str()
            .ok_or_else(|| bad(Key::PropertyValueTypeError, &target.to_string(), "Targets"))?;
        let (home, part, at) = find_target(scene, path).ok_or_else(|| {
            let message = Message::base(Key::ResourceMissingAtURI, &[path]).about("Targets");
            Reply::error(StatusCode::BAD_REQUEST, &[message])
        })?;
        // One image goes to one machine.
        if *slot.get_or_insert(home) != home {
            return Err(bad(Key::PropertyValueNotInList, path, "Targets"));
        }
        targets.push((part, at));
    }
    Ok(Order {
        slot: slot.unwrap_or_default(),
        targets,
        when,
        midway: scene.quirks.has(Quirk::RestartsMidway),
    })
}

/// A target may be an entry of the inventory, the manager, or a system: the slot, and what is in it.
fn find_target(scene: &Scene<'_>, path: &str) -> Option<(usize, Part, usize)> {
    let path = path.trim_end_matches('/');
    if path == scene.manager() {
        return Some((0, Part::Bmc, 0));
    }
    let slot = node_of(&scene.service.nodes, path);
    let home = scene.elsewhere(slot);
    let system = home.as_ref().unwrap_or(scene).system();
    if path == system || path == format!("{system}/Bios") {
        return Some((slot, Part::Bios, 0));
    }
    let id = path.strip_prefix(SERVICE)?.strip_prefix("/FirmwareInventory/")?;
    let inventory = Inventory::of(scene.service);
    inventory.find(id).map(|entry| (entry.slot, entry.component.part, entry.component.at))
}
