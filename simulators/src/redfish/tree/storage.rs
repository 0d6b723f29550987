//! Storage: one subsystem with its controller and drives.

use serde_json::{Value, json};

use super::{Scene, collection, ids, link, ok_status, position, with};
use crate::redfish::quirks::Quirk;

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let ids_of = &scene.data.ids;
    let drives = &scene.spec().drives;
    match rest {
        [] => Some(collection(path, "Storage", "Storage Collection", [ids_of.storage.clone()])),
        [id, ..] if *id != ids_of.storage => None,
        [id] => Some(storage(scene, path, id)),
        [_, "Controllers"] => {
            let controllers = usize::from(scene.spec().controller.is_some());
            let name = "Storage Controller Collection";
            Some(collection(path, "StorageController", name, ids(&ids_of.controller, controllers)))
        }
        [_, "Controllers", id] => {
            position(&ids_of.controller, usize::from(scene.spec().controller.is_some()), id)?;
            controller(scene, path, id)
        }
        [_, "Volumes"] => Some(collection(path, "Volume", "Volume Collection", [])),
        [_, "Drives", id] => {
            let at = position(&ids_of.drive, drives.len(), id)?;
            drive(scene, path, id, at)
        }
        _ => None,
    }
}

fn storage(scene: &Scene<'_>, path: &str, id: &str) -> Value {
    let drives = scene.spec().drives.len();
    let links: Vec<Value> =
        ids(&scene.data.ids.drive, drives).map(|drive| link(&format!("{path}/Drives/{drive}"))).collect();
    with(
        scene.resource(path, "Storage", id, "Storage"),
        json!({
            "Controllers": link(&format!("{path}/Controllers")),
            "Volumes": link(&format!("{path}/Volumes")),
            "Drives@odata.count": links.len(),
            "Drives": links,
            "Links": { "Enclosures": [link(&scene.chassis())] },
            "Status": { "State": "Enabled", "Health": "OK", "HealthRollup": "OK" },
        }),
    )
}

fn controller(scene: &Scene<'_>, path: &str, id: &str) -> Option<Value> {
    let data = scene.spec().controller.as_ref()?;
    Some(with(
        scene.resource(path, "StorageController", id, &data.model),
        json!({
            "Manufacturer": data.manufacturer,
            "Model": data.model,
            "FirmwareVersion": data.firmware,
            "SupportedControllerProtocols": ["PCIe"],
            "SupportedDeviceProtocols": ["SAS", "SATA", "NVMe"],
            "Status": ok_status("Enabled"),
        }),
    ))
}

fn drive(scene: &Scene<'_>, path: &str, id: &str, at: usize) -> Option<Value> {
    let drive = scene.spec().drives.get(at)?;
    let status =
        if scene.quirks.has(Quirk::NoDriveState) { json!({ "Health": "OK" }) } else { ok_status("Enabled") };
    let fields = with(
        scene.resource(path, "Drive", id, &format!("Drive {}", at + 1)),
        json!({
            "Manufacturer": drive.manufacturer,
            "Model": drive.model,
            "SerialNumber": drive.serial,
            "CapacityBytes": drive.bytes,
            "BlockSizeBytes": 512,
            "MediaType": drive.media,
            "Protocol": drive.protocol,
            "FailurePredicted": false,
            "PhysicalLocation": { "PartLocation": {
                "LocationType": "Bay",
                "LocationOrdinalValue": at,
                "ServiceLabel": format!("Bay {}", at + 1),
            }},
            "Links": { "Chassis": link(&scene.chassis()) },
            "Status": status,
        }),
    );
    Some(fields)
}
