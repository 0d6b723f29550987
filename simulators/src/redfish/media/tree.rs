//! The slots as resources.

use serde_json::{Value, json};

use super::{MediaView, Quirk, Scene, Slot, Use, slot_at, word};
use crate::plant::{Medium, SimTime};
use crate::redfish::persona::LogOwner;
use crate::redfish::tree::{collection, with};

/// For so long an ejected image is still shown as inserted (Q15b).
const STALE: SimTime = SimTime::from_secs(30);

/// The path of the collection, if the machine has slots.
pub(crate) fn collection_path(scene: &Scene<'_>) -> Option<String> {
    if scene.spec().persona.media.is_empty() {
        return None;
    }
    let owner = match scene.data.media.owner {
        LogOwner::System => scene.system(),
        LogOwner::Manager => scene.manager(),
    };
    Some(format!("{owner}/VirtualMedia"))
}

pub(crate) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if path == collection_path(scene)? {
        let ids = scene.spec().persona.media.iter().map(|slot| slot.id.clone());
        return Some(collection(path, "VirtualMedia", "Virtual Media Collection", ids));
    }
    Some(slot(scene, path, &slot_at(scene, path)?))
}

/// What a slot shows: an image, and whether it is inserted.
pub(super) fn shown<'a>(scene: &Scene<'_>, view: &'a MediaView) -> (Option<&'a Medium>, bool) {
    if let Some(medium) = &view.medium {
        return (Some(medium), true);
    }
    match &view.last {
        // The service is slow to notice that it is gone.
        Some((medium, since)) if scene.quirks.has(Quirk::StaleAfterEject) => {
            let stale = scene.snapshot.now.saturating_sub(*since) < STALE;
            (stale.then_some(medium), stale)
        }
        Some((medium, _)) if scene.quirks.has(Quirk::ImageStays) => (Some(medium), false),
        _ => (None, false),
    }
}

/// What a slot says that it takes.
fn types(scene: &Scene<'_>, slot: &Slot<'_>) -> Vec<&'static str> {
    let words: Vec<_> = slot.data.kinds.iter().map(|kind| word(*kind)).collect();
    if scene.quirks.has(Quirk::DvdOnly) && words.contains(&"CD") {
        let others = words.into_iter().filter(|word| !matches!(*word, "CD" | "DVD"));
        return std::iter::once("DVD").chain(others).collect();
    }
    words
}

fn slot(scene: &Scene<'_>, path: &str, slot: &Slot<'_>) -> Value {
    let (medium, inserted) = shown(scene, slot.view);
    let uri = medium.map(|medium| medium.uri.as_str());
    let name = uri.and_then(|uri| uri.rsplit('/').next());
    let protocol = uri.and_then(|uri| uri.split_once("://")).map(|(scheme, _)| scheme.to_uppercase());
    let mut fields = with(
        scene.resource(path, "VirtualMedia", &slot.data.id, &slot.data.name),
        json!({
            "MediaTypes": types(scene, slot),
            "ConnectedVia": if inserted { "URI" } else { "NotConnected" },
            "Inserted": inserted,
            "Image": uri,
            "ImageName": name,
            "WriteProtected": medium.is_none_or(|medium| medium.write_protected),
            "TransferMethod": inserted.then_some("Stream"),
            "TransferProtocolType": protocol,
            "UserName": medium.and_then(|medium| medium.user.as_ref()),
            "Password": null,
        }),
    );
    let advertised = matches!(slot.usage, Use::Actions | Use::PatchInstead | Use::Internal | Use::Closed);
    if advertised {
        fields["Actions"] = json!({
            "#VirtualMedia.InsertMedia": { "target": format!("{path}/Actions/VirtualMedia.InsertMedia") },
            "#VirtualMedia.EjectMedia": { "target": format!("{path}/Actions/VirtualMedia.EjectMedia") },
        });
    }
    if slot.usage == Use::Uploads {
        fields["TransferMethod"] = "Upload".into();
    }
    fields
}
