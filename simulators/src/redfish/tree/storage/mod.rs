//! Storage: a subsystem for each controller, with its drives and volumes.

mod drive;
mod names;
mod volume;

use serde_json::{Value, json};
use underlay_hal::ApplyTime;

use super::{Scene, collection, collection_of, link, ok_status, with};
use crate::persona::RaidData;
use crate::plant::{Condition, DriveView, Part, VolumeView};
use crate::redfish::oem::{Extension, dell};

pub(crate) use drive::hotspare_types;
pub(crate) use names::StorageNames;

/// How long a volume that is made stays out of sight (quirk Q32c).
const LATE: std::time::Duration = std::time::Duration::from_secs(60);

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let names = StorageNames::of(scene);
    let Some((id, rest)) = rest.split_first() else {
        return Some(collection(path, "Storage", "Storage Collection", names.storages()));
    };
    let at = names.storage_at(id)?;
    let raid = raid(scene, at);
    match rest {
        [] => Some(storage(scene, &names, path, at)),
        ["Controllers"] => {
            let present = scene.spec().controllers.get(at).map(|_| names.controller(at));
            Some(collection(path, "StorageController", "Storage Controller Collection", present))
        }
        ["Controllers", id] if *id == names.controller(at) => controller(scene, path, id, at),
        ["Volumes"] => Some(volumes(scene, &names, path, at, raid?)),
        ["Volumes", id] => {
            let volume = volumes_of(scene, at).find(|volume| names.volume(volume) == *id)?;
            Some(volume::render(scene, &names, path, volume, raid?))
        }
        ["Drives", id] => drive::render(scene, &names, path, names.drive_at(at, id)?),
        _ => None,
    }
}

/// What a controller does with volumes, if it knows them.
pub(crate) fn raid<'a>(scene: &'a Scene<'_>, at: usize) -> Option<&'a RaidData> {
    scene.spec().controllers.get(at)?.data.raid.as_ref()
}

/// The volumes of a controller that can be seen.
pub(crate) fn volumes_of<'a>(scene: &'a Scene<'_>, at: usize) -> impl Iterator<Item = &'a VolumeView> {
    scene.volumes().filter(move |volume| volume.controller == at)
}

/// The drives behind a controller that are in their bays, each with its index.
fn drives_of<'a>(scene: &'a Scene<'_>, at: usize) -> impl Iterator<Item = (usize, &'a DriveView)> {
    let behind =
        move |drive: &usize| scene.spec().drives.get(*drive).is_some_and(|data| data.controller == at);
    let views = scene.storage().drives.iter();
    views.enumerate().filter(move |(drive, view)| view.present && behind(drive))
}

/// Links to every drive of the machine that is in its bay.
pub(super) fn drive_links(scene: &Scene<'_>) -> Vec<Value> {
    let names = StorageNames::of(scene);
    let present = scene.storage().drives.iter().enumerate().filter(|(_, view)| view.present);
    present.map(|(drive, _)| link(&names.drive_path(drive))).collect()
}

fn storage(scene: &Scene<'_>, names: &StorageNames<'_>, path: &str, at: usize) -> Value {
    let links: Vec<Value> = drives_of(scene, at).map(|(drive, _)| link(&names.drive_path(drive))).collect();
    let health = health(scene, at);
    let mut storage = with(
        scene.resource(path, "Storage", &names.storage(at), "Storage"),
        json!({
            "Controllers": link(&format!("{path}/Controllers")),
            "Drives@odata.count": links.len(),
            "Drives": links,
            "Links": { "Enclosures": [link(&scene.chassis())] },
            "Status": { "State": "Enabled", "Health": health, "HealthRollup": health },
        }),
    );
    if raid(scene, at).is_some() {
        storage["Volumes"] = link(&format!("{path}/Volumes"));
    }
    if scene.data.storage.embedded_controllers
        && let Some(mut embedded) = controller_fields(scene, at)
    {
        embedded["@odata.id"] = format!("{path}#/StorageControllers/0").into();
        embedded["MemberId"] = "0".into();
        storage["StorageControllers"] = json!([embedded]);
    }
    storage
}

/// The worst of the subsystem's volumes and drives.
fn health(scene: &Scene<'_>, at: usize) -> &'static str {
    let worst = volumes_of(scene, at).map(|volume| volume.condition).max_by_key(|condition| *condition as u8);
    let predicted = drives_of(scene, at).any(|(_, drive)| drive.failure_predicted);
    match worst {
        Some(Condition::Failed) => "Critical",
        Some(Condition::Degraded) => "Warning",
        _ if predicted => "Warning",
        _ => "OK",
    }
}

fn controller(scene: &Scene<'_>, path: &str, id: &str, at: usize) -> Option<Value> {
    let data = &scene.spec().controllers.get(at)?.data;
    let mut fields =
        with(scene.resource(path, "StorageController", id, &data.model), controller_fields(scene, at)?);
    if scene.data.extends(Extension::Dell) && raid(scene, at).is_some() {
        fields["@Redfish.Settings"] = json!({
            "@odata.type": format!("#Settings.{}.Settings", scene.schema("Settings")),
            "SettingsObject": link(&format!("{path}/Settings")),
            "SupportedApplyTimes": ["OnReset"],
        });
    }
    Some(fields)
}

/// The firmware in force on a controller or drive.
fn version(scene: &Scene<'_>, part: Part, at: usize) -> Option<String> {
    let components = scene.server.components();
    components.into_iter().find(|known| (known.part, known.at) == (part, at)).map(|known| known.version)
}

/// What a controller says of itself, both where it stands alone and inside `Storage`.
fn controller_fields(scene: &Scene<'_>, at: usize) -> Option<Value> {
    let spec = scene.spec().controllers.get(at)?;
    let mut fields = json!({
        "Name": spec.data.model,
        "Manufacturer": spec.data.manufacturer,
        "Model": spec.data.model,
        "SerialNumber": spec.serial,
        "FirmwareVersion": version(scene, Part::Controller, at),
        "SupportedControllerProtocols": ["PCIe"],
        "SupportedDeviceProtocols": ["SAS", "SATA", "NVMe"],
        "Status": ok_status("Enabled"),
    });
    if let Some(raid) = raid(scene, at) {
        let levels: Vec<String> = raid.levels.iter().map(|level| level.as_str().to_uppercase()).collect();
        fields["SupportedRAIDTypes"] = levels.into();
    }
    if let Some(oem) = dell::controller_oem(scene, at) {
        fields["Oem"] = oem;
    }
    Some(fields)
}

fn volumes(scene: &Scene<'_>, names: &StorageNames<'_>, path: &str, at: usize, raid: &RaidData) -> Value {
    let members = volumes_of(scene, at).map(|volume| link(&format!("{path}/{}", names.volume(volume))));
    let mut collection = collection_of(path, "Volume", "Volume Collection", members.collect());
    if raid.writable {
        collection["@Redfish.OperationApplyTimeSupport"] = apply_time_support(&raid.apply_times);
    }
    collection
}

/// When a long operation on a resource can take effect (DSP0266, "Operation apply time").
pub(crate) fn apply_time_support(times: &[ApplyTime]) -> Value {
    json!({
        "@odata.type": "#Settings.v1_3_5.OperationApplyTimeSupport",
        "SupportedValues": times.iter().map(|time| apply_time_word(*time)).collect::<Vec<_>>(),
    })
}

/// An apply time as Redfish has it.
pub(crate) fn apply_time_word(time: ApplyTime) -> &'static str {
    match time {
        ApplyTime::OnReset => "OnReset",
        _ => "Immediate",
    }
}

impl Scene<'_> {
    /// The volumes that the service shows.
    pub(crate) fn volumes(&self) -> impl Iterator<Item = &VolumeView> {
        let late = self.quirks.has(crate::redfish::quirks::Quirk::LateVolumes);
        let age = |volume: &VolumeView| self.snapshot.now.saturating_sub(volume.made);
        self.storage().volumes.iter().filter(move |volume| !late || age(volume) >= LATE)
    }
}
