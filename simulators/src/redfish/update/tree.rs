//! `UpdateService` and its `FirmwareInventory`.

use serde_json::{Value, json};

use super::inventory::{Entry, ImageState, Inventory};
use super::{SERVICE, Service};
use crate::plant::Part;
use crate::redfish::quirks::Quirk;
use crate::redfish::tree::{Scene, StorageNames, apply_time_support, collection, link, with};

pub(crate) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    if !scene.data.update.offered {
        return None;
    }
    match rest {
        [] => Some(service(scene, path)),
        ["FirmwareInventory"] => {
            let ids = inventory(scene).0.into_iter().map(|entry| entry.id);
            Some(collection(path, "SoftwareInventory", "Firmware Inventory Collection", ids))
        }
        ["FirmwareInventory", id] => Some(entry(scene, path, inventory(scene).find(id)?)),
        _ => None,
    }
}

fn inventory(scene: &Scene<'_>) -> Inventory {
    Inventory::of(scene.service)
}

fn service(scene: &Scene<'_>, path: &str) -> Value {
    let place = &scene.data.update;
    let mut service = with(
        scene.resource(path, "UpdateService", "UpdateService", "Update Service"),
        json!({
            "ServiceEnabled": true,
            "MaxImageSizeBytes": scene.service.most_image_bytes(),
            "FirmwareInventory": link(&format!("{path}/FirmwareInventory")),
            "Status": { "State": "Enabled", "Health": "OK" },
            "Actions": {},
        }),
    );
    for (name, uri) in [("MultipartHttpPushUri", &place.multipart_uri), ("HttpPushUri", &place.push_uri)] {
        if !uri.is_empty() {
            service[name] = uri.as_str().into();
        }
    }
    if place.simple_update {
        service["Actions"]["#UpdateService.SimpleUpdate"] = json!({
            "target": format!("{path}/Actions/UpdateService.SimpleUpdate"),
            "TransferProtocol@Redfish.AllowableValues": ["HTTP"],
            "@Redfish.OperationApplyTimeSupport":
                apply_time_support(&scene.spec().persona.firmware.apply_times),
        });
    }
    service
}

fn entry(scene: &Scene<'_>, path: &str, entry: &Entry) -> Value {
    if let Some(home) = scene.elsewhere(entry.slot) {
        return self::entry(&home, path, entry);
    }
    let component = &entry.component;
    let state = match entry.state {
        ImageState::Current => "Enabled",
        ImageState::Previous | ImageState::Staged => "StandbySpare",
    };
    let mut fields = with(
        scene.resource(path, "SoftwareInventory", &entry.id, &component.model),
        json!({
            "Version": entry.version,
            "Manufacturer": component.manufacturer,
            "SoftwareId": format!("{}-{}", component.part.word(), component.model.replace(' ', "-")),
            "Updateable": true,
            "Status": { "State": state, "Health": "OK" },
        }),
    );
    if let Some(related) = related(scene, component.part, component.at) {
        fields["RelatedItem"] = json!([link(&related)]);
        fields["RelatedItem@odata.count"] = 1.into();
    }
    if component.part == Part::Drive && scene.quirks.has(Quirk::ZeroDates) {
        fields["ReleaseDate"] = "00:00:00Z".into();
    }
    fields
}

/// The resource whose firmware it is.
fn related(scene: &Scene<'_>, part: Part, at: usize) -> Option<String> {
    let names = StorageNames::of(scene);
    let id = |pattern: &str| crate::redfish::persona::id_of(pattern, at);
    match part {
        Part::Bmc => Some(scene.manager()),
        Part::Bios => Some(scene.system()),
        Part::Controller => Some(format!("{}/Controllers/{}", names.storage_path(at), names.controller(at))),
        Part::Drive => {
            let present = scene.storage().drives.get(at).is_some_and(|drive| drive.present);
            present.then(|| names.drive_path(at))
        }
        Part::Nic => Some(format!("{}/NetworkAdapters/{}", scene.chassis(), id(&scene.data.ids.adapter))),
        Part::PowerSupply => scene.data.subsystems.then(|| {
            format!(
                "{}/PowerSubsystem/PowerSupplies/{}",
                scene.power_chassis(),
                id(&scene.data.ids.power_supply)
            )
        }),
    }
}

/// The inventory's entry of the management controller's image, for `Links.ActiveSoftwareImage`.
pub(crate) fn active_image(service: &Service) -> Option<String> {
    let inventory = Inventory::of(service);
    let entry = inventory.current(Part::Bmc).filter(|_| service.data.update.offered)?;
    Some(format!("{SERVICE}/FirmwareInventory/{}", entry.id))
}
