//! Spares: `HotspareType` of a drive, and `DedicatedSpareDrives` of a volume.

use serde_json::Value;

use super::super::patch::{not_listed, wrong_type};
use super::create::drive_list;
use super::{Call, Key, Message, ORIGIN, StorageNames, StorageRefusal, volume_at};
use crate::plant::SpareFor;
use crate::redfish::tree::{Scene, hotspare_types};
use crate::redfish::write::Written;

const HOTSPARE_TYPE: &str = "HotspareType";

pub(in crate::redfish::write) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    match name {
        HOTSPARE_TYPE => {
            let drive = StorageNames::of(call.scene).drive_of(call.path)?;
            Some(hotspare_type(call, drive, value))
        }
        "Links" => {
            let (volume, _) = volume_at(call.scene, call.path)?;
            Some(dedicated(call, volume, value))
        }
        _ => None,
    }
}

fn hotspare_type(call: &Call<'_>, drive: usize, value: &Value) -> Written {
    let controller = call.scene.spec().drives.get(drive).map_or(0, |data| data.controller);
    let text = value.as_str().ok_or_else(|| wrong_type(HOTSPARE_TYPE, value))?;
    if !hotspare_types(call.scene, controller).contains(&text) {
        return Err(not_listed(HOTSPARE_TYPE, text));
    }
    let to = if text == "Global" { SpareFor::Any } else { SpareFor::Nothing };
    set(call, drive, to, HOTSPARE_TYPE)
}

/// The list of a volume's own spares: what is new becomes one, what is missing is freed.
fn dedicated(call: &Call<'_>, volume: u32, value: &Value) -> Written {
    const ABOUT: &str = "Links/DedicatedSpareDrives";
    let fields = value.as_object().ok_or_else(|| wrong_type("Links", value))?;
    if let Some(name) = fields.keys().find(|name| *name != "DedicatedSpareDrives") {
        return Err(vec![Message::base(Key::PropertyNotWritable, &[name]).about(&format!("Links/{name}"))]);
    }
    let Some(list) = fields.get("DedicatedSpareDrives") else { return Ok(()) };
    let wanted = drive_list(call.scene, ABOUT, list)?;
    let present = spares_of(call.scene, volume);
    for drive in present.iter().filter(|drive| !wanted.contains(drive)) {
        set(call, *drive, volumes_of(call.scene, *drive, |id| id != volume), ABOUT)?;
    }
    for drive in wanted.iter().filter(|drive| !present.contains(drive)) {
        let SpareFor::Volumes(mut ids) = volumes_of(call.scene, *drive, |_| true) else {
            set(call, *drive, SpareFor::Volumes(vec![volume]), ABOUT)?;
            continue;
        };
        ids.push(volume);
        set(call, *drive, SpareFor::Volumes(ids), ABOUT)?;
    }
    Ok(())
}

fn spares_of(scene: &Scene<'_>, volume: u32) -> Vec<usize> {
    scene.volumes().find(|known| known.id == volume).map_or_else(Vec::new, |known| known.spares.clone())
}

/// What a drive is spare for, of those volumes that are kept.
fn volumes_of(scene: &Scene<'_>, drive: usize, keep: impl Fn(u32) -> bool) -> SpareFor {
    match scene.storage().drives.get(drive).map(|view| &view.spare) {
        Some(SpareFor::Volumes(ids)) => {
            let left: Vec<u32> = ids.iter().copied().filter(|id| keep(*id)).collect();
            if left.is_empty() { SpareFor::Nothing } else { SpareFor::Volumes(left) }
        }
        _ => SpareFor::Nothing,
    }
}

fn set(call: &Call<'_>, drive: usize, to: SpareFor, about: &str) -> Written {
    let result = call.scene.server.set_spare(drive, to, ORIGIN);
    result.map_err(|refusal| {
        let path = StorageNames::of(call.scene).drive_path(drive);
        vec![match refusal {
            StorageRefusal::Other(_) => Message::base(Key::ServiceTemporarilyUnavailable, &["5"]),
            _ => Message::base(Key::PropertyValueResourceConflict, &[about, &path, &path]).about(about),
        }]
    })
}
