//! One drive.

use serde_json::{Value, json};
use underlay_hal::DriveUse;

use super::StorageNames;
use crate::plant::{Part, SpareFor};
use crate::redfish::oem::dell;
use crate::redfish::quirks::Quirk;
use crate::redfish::tree::{Scene, link, tasks, with};

/// `HotspareType` of a drive.
fn hotspare_type(spare: &SpareFor) -> &'static str {
    match spare {
        SpareFor::Nothing => "None",
        SpareFor::Any => "Global",
        SpareFor::Volumes(_) => "Dedicated",
    }
}

/// The words that `HotspareType` can be written with on a drive of this controller.
pub(crate) fn hotspare_types(scene: &Scene<'_>, controller: usize) -> Vec<&'static str> {
    let global = super::raid(scene, controller).is_some_and(|raid| raid.writable && raid.global_spares);
    if global { vec!["None", "Global"] } else { vec!["None"] }
}

/// An identifier as DSP0268 writes it (`Resource.Identifier.DurableName`).
fn identifier(wwn: &str, protocol: &str) -> Value {
    let upper = wwn.to_uppercase();
    if protocol != "NVMe" {
        return json!({ "DurableName": upper, "DurableNameFormat": "NAA" });
    }
    let pairs: Vec<&str> = (0..upper.len()).step_by(2).filter_map(|at| upper.get(at..at + 2)).collect();
    json!({ "DurableName": pairs.join("-"), "DurableNameFormat": "EUI" })
}

pub(super) fn render(scene: &Scene<'_>, names: &StorageNames<'_>, path: &str, at: usize) -> Option<Value> {
    let data = scene.spec().drives.get(at)?;
    let view = scene.storage().drives.get(at).filter(|view| view.present)?;
    let state = match view.usage {
        DriveUse::GlobalSpare | DriveUse::DedicatedSpare => "StandbySpare",
        _ => "Enabled",
    };
    let health = match (&view.usage, view.failure_predicted) {
        (DriveUse::Failed, _) => "Critical",
        (_, true) => "Warning",
        _ => "OK",
    };
    let mut status = json!({ "State": state, "Health": health });
    if let (true, Some(fields)) = (scene.quirks.has(Quirk::NoDriveState), status.as_object_mut()) {
        fields.remove("State");
    }
    let volume = scene.volumes().find(|volume| volume.drives.contains(&at));
    let volumes: Vec<Value> = volume.map(|volume| link(&names.volume_path(volume))).into_iter().collect();
    let mut operations = Vec::new();
    if let Some(percent) = view.rebuilding {
        operations.push(json!({ "OperationName": "Rebuilding", "PercentageComplete": percent }));
        let rebuilds = |operation: &&(u32, _, _)| matches!(operation.1, crate::plant::StorageWork::Rebuild { by, .. } if by == at);
        let job = scene.storage().volumes.iter().flat_map(|volume| &volume.operations).find(rebuilds);
        if let (Some((job, ..)), Some(last)) = (job, operations.last_mut()) {
            last["AssociatedTask"] = link(&tasks::uri(scene, *job));
        }
    }
    let mut fields = with(
        scene.resource(path, "Drive", &names.drive(at), &format!("Drive {}", at + 1)),
        json!({
            "Manufacturer": data.manufacturer,
            "Model": data.model,
            "SerialNumber": data.serial,
            "Revision": super::version(scene, Part::Drive, at),
            "CapacityBytes": data.bytes,
            "BlockSizeBytes": 512,
            "MediaType": data.media,
            "Protocol": data.protocol,
            "Identifiers": [identifier(&data.wwn, &data.protocol)],
            "FailurePredicted": view.failure_predicted,
            "HotspareType": hotspare_type(&view.spare),
            "HotspareType@Redfish.AllowableValues": hotspare_types(scene, data.controller),
            "Operations": operations,
            "PhysicalLocation": { "PartLocation": {
                "LocationType": "Bay",
                "LocationOrdinalValue": at,
                "ServiceLabel": format!("Bay {}", at + 1),
            }},
            "Links": { "Chassis": link(&scene.chassis()), "Volumes": volumes },
            "Status": status,
        }),
    );
    if let Some(oem) = dell::drive_oem(scene, at) {
        fields["Oem"] = oem;
    }
    Some(fields)
}
