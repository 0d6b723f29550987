//! One volume.

use serde_json::{Value, json};
use underlay_hal::Initialize;

use super::{StorageNames, apply_time_support};
use crate::persona::RaidData;
use crate::plant::{Condition, StorageWork, VolumeView};
use crate::redfish::tree::{Scene, link, with};

/// `InitializeType` of a way to initialise.
fn initialize_word(how: Initialize) -> &'static str {
    match how {
        Initialize::Fast => "Fast",
        Initialize::Slow => "Slow",
    }
}

/// What is done to a volume, in the vendors' words.
fn operation_name(work: &StorageWork) -> &'static str {
    match work {
        StorageWork::Initialize(..) => "Initialize",
        StorageWork::Delete(_) => "Delete",
        StorageWork::Rebuild { .. } => "Rebuild",
        _ => "Change",
    }
}

pub(super) fn render(
    scene: &Scene<'_>,
    names: &StorageNames<'_>,
    path: &str,
    volume: &VolumeView,
    raid: &RaidData,
) -> Value {
    let drives = |drives: &[usize]| -> Vec<Value> {
        drives.iter().map(|drive| link(&names.drive_path(*drive))).collect()
    };
    let (state, health) = match volume.condition {
        Condition::Optimal => ("Enabled", "OK"),
        Condition::Degraded => ("Enabled", "Warning"),
        Condition::Failed => ("UnavailableOffline", "Critical"),
    };
    let operations: Vec<Value> = volume
        .operations
        .iter()
        .map(|(_, work, percent)| {
            json!({ "OperationName": operation_name(work), "PercentageComplete": percent })
        })
        .collect();
    let mut fields = with(
        scene.resource(path, "Volume", &names.volume(volume), &volume.name),
        json!({
            "DisplayName": volume.name,
            "RAIDType": volume.level.as_str().to_uppercase(),
            "CapacityBytes": volume.bytes,
            "BlockSizeBytes": 512,
            "StripSizeBytes": volume.strip,
            "Encrypted": volume.encrypted,
            "Identifiers": [{ "DurableName": volume.wwn.to_uppercase(), "DurableNameFormat": "NAA" }],
            "Operations": operations,
            "Links": {
                "Drives": drives(&volume.drives),
                "Drives@odata.count": volume.drives.len(),
                "DedicatedSpareDrives": drives(&volume.spares),
            },
            "Status": { "State": state, "Health": health },
        }),
    );
    if volume.encrypted {
        fields["EncryptionTypes"] = json!(["ControllerAssisted"]);
    }
    if raid.writable {
        fields["@Redfish.OperationApplyTimeSupport"] = apply_time_support(&raid.apply_times);
    }
    if raid.writable && !raid.initialize.is_empty() {
        let ways: Vec<&str> = raid.initialize.iter().map(|how| initialize_word(*how)).collect();
        fields["Actions"] = json!({ "#Volume.Initialize": {
            "target": format!("{path}/Actions/Volume.Initialize"),
            "InitializeType@Redfish.AllowableValues": ways,
            "@Redfish.OperationApplyTimeSupport": apply_time_support(&raid.apply_times),
        }});
    }
    fields
}
