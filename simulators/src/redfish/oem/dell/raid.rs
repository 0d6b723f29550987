//! What storage needs as explicit steps of the vendor's own: foreign configurations, conversions, spares, modes.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use underlay_hal::{ApplyTime, ControllerMode, DriveUse};

use crate::plant::{SpareFor, StorageWork};
use crate::redfish::messages::{Key, Message};
use crate::redfish::oem::Extension;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, StorageNames, link, raid, with};
use crate::redfish::write::{Call, Handler, ask_storage, only_parameters};

const SERVICE: &str = "DellRaidService";
/// The actions that are served, without the service's name.
const ACTIONS: &[(&str, Handler)] = &[
    ("ClearForeignConfig", clear_foreign),
    ("ConvertToRAID", to_raid),
    ("ConvertToNonRAID", to_non_raid),
    ("AssignSpare", assign_spare),
    ("UnassignSpare", unassign_spare),
];
const MODE: &str = "ControllerMode";

fn service_path(scene: &Scene<'_>) -> String {
    format!("{}/Oem/Dell/{SERVICE}", scene.system())
}

/// The controller whose settings object has this path.
fn settings_of(scene: &Scene<'_>, path: &str) -> Option<usize> {
    let names = StorageNames::of(scene);
    let controller = path.strip_suffix("/Settings")?;
    let at = names.controller_of(controller)?;
    (scene.data.extends(Extension::Dell) && raid(scene, at).is_some()).then_some(at)
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if let Some(at) = settings_of(scene, path) {
        let names = StorageNames::of(scene);
        let id = names.controller(at);
        return Some(with(
            scene.resource(path, "StorageController", &id, &id),
            json!({ "Oem": { "Dell": {
                "@odata.type": "#DellOemStorageController.v1_0_0.DellOemStorageController",
                "DellStorageController": {},
            }}}),
        ));
    }
    if path != service_path(scene) || !scene.data.extends(Extension::Dell) {
        return None;
    }
    let actions: Map<String, Value> = ACTIONS
        .iter()
        .map(|(name, _)| {
            let target = format!("{path}/Actions/{SERVICE}.{name}");
            (format!("#{SERVICE}.{name}"), json!({ "target": target }))
        })
        .collect();
    Some(with(scene.resource(path, SERVICE, SERVICE, SERVICE), json!({ "Actions": actions })))
}

/// A link to the service, for the system.
pub(crate) fn system_links(scene: &Scene<'_>) -> Option<Value> {
    scene.data.extends(Extension::Dell).then(|| {
        json!({ "Dell": {
            "@odata.type": "#DellOem.v1_3_0.DellOemLinks",
            SERVICE: link(&service_path(scene)),
        }})
    })
}

/// What a controller says in the vendor's words.
pub(crate) fn controller_oem(scene: &Scene<'_>, at: usize) -> Option<Value> {
    let mode = (*scene.storage().modes.get(at)?).filter(|_| scene.data.extends(Extension::Dell))?;
    let staged = scene.snapshot.jobs.iter().find_map(|job| match job.work {
        crate::plant::Work::Storage(StorageWork::Mode(of, mode)) if of == at && !job.state.is_final() => {
            Some(mode)
        }
        _ => None,
    });
    Some(json!({ "Dell": {
        "@odata.type": "#DellOemStorageController.v1_0_0.DellOemStorageController",
        "DellStorageController": {
            MODE: mode_word(staged.unwrap_or(mode)),
            "CurrentControllerMode": mode_word(mode),
            "RealtimeCapability": "Capable",
        },
    }}))
}

/// What a drive says in the vendor's words.
pub(crate) fn drive_oem(scene: &Scene<'_>, at: usize) -> Option<Value> {
    let view = scene.storage().drives.get(at).filter(|_| scene.data.extends(Extension::Dell))?;
    let status = match view.usage {
        DriveUse::Free | DriveUse::GlobalSpare | DriveUse::DedicatedSpare => "Ready",
        DriveUse::Member if view.rebuilding.is_some() => "Rebuilding",
        DriveUse::Member => "Online",
        DriveUse::PassThrough => "NonRAID",
        DriveUse::Foreign => "Foreign",
        DriveUse::Failed => "Failed",
        _ => "Unknown",
    };
    Some(json!({ "Dell": {
        "@odata.type": "#DellOem.v1_3_0.DellOemResources",
        "DellPhysicalDisk": { "RaidStatus": status },
    }}))
}

fn mode_word(mode: ControllerMode) -> &'static str {
    match mode {
        ControllerMode::Hba => "HBA",
        _ => "RAID",
    }
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    if owner != service_path(scene) || !scene.data.extends(Extension::Dell) {
        return None;
    }
    let name = action.strip_prefix(SERVICE)?.strip_prefix('.')?;
    ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, handler)| *handler)
}

pub(super) fn methods(scene: &Scene<'_>, path: &str) -> &'static [Method] {
    if settings_of(scene, path).is_some() { &[Method::PATCH] } else { &[] }
}

pub(super) fn patcher(call: &Call<'_>) -> Option<Handler> {
    settings_of(call.scene, call.path).map(|_| set_mode as Handler)
}

fn bad(key: Key, arguments: &[&str]) -> Box<Reply> {
    Reply::refuse(StatusCode::BAD_REQUEST, key, arguments)
}

/// The text of a parameter that has to be there.
fn text<'a>(action: &str, body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Box<Reply>> {
    let found = body.get(name).and_then(Value::as_str);
    found.ok_or_else(|| bad(Key::ActionParameterMissing, &[action, name]))
}

/// The drives of a list of ids; the first is needed.
fn drives(
    call: &Call<'_>,
    action: &str,
    body: &Map<String, Value>,
    name: &str,
) -> Result<Vec<usize>, Box<Reply>> {
    let names = StorageNames::of(call.scene);
    let list = body.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| bad(Key::ActionParameterMissing, &[action, name]))?;
    let find = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        let count = call.scene.spec().drives.len();
        let found = (0..count).find(|drive| names.drive(*drive) == id);
        found.ok_or_else(|| bad(Key::ActionParameterValueNotInList, &[id, name, action]))
    };
    list.iter().map(find).collect()
}

fn clear_foreign(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const ACTION: &str = "DellRaidService.ClearForeignConfig";
    only_parameters(ACTION, body, &["TargetFQDD"])?;
    let id = text(ACTION, body, "TargetFQDD")?;
    let names = StorageNames::of(call.scene);
    let found = (0..call.scene.spec().controllers.len()).find(|at| names.controller(*at) == id);
    let at = found.ok_or_else(|| bad(Key::ActionParameterValueNotInList, &[id, "TargetFQDD", ACTION]))?;
    ask_storage(call, "ClearForeign", StorageWork::ClearForeign(at), first_time(call.scene, at))
}

fn to_raid(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    convert(call, "DellRaidService.ConvertToRAID", body, false)
}

fn to_non_raid(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    convert(call, "DellRaidService.ConvertToNonRAID", body, true)
}

fn convert(call: &Call<'_>, action: &str, body: &Map<String, Value>, away: bool) -> Answer {
    only_parameters(action, body, &["PDArray"])?;
    let drives = drives(call, action, body, "PDArray")?;
    let when = first_time(call.scene, controller_of(call.scene, &drives));
    ask_storage(call, "Convert", StorageWork::PassThrough(drives, away), when)
}

fn assign_spare(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const ACTION: &str = "DellRaidService.AssignSpare";
    const VOLUMES: &str = "VirtualDiskArray";
    only_parameters(ACTION, body, &["TargetFQDD", VOLUMES])?;
    let names = StorageNames::of(call.scene);
    let volume = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        let found = call.scene.volumes().find(|volume| names.volume(volume) == id);
        found
            .map(|volume| volume.id)
            .ok_or_else(|| bad(Key::ActionParameterValueNotInList, &[id, VOLUMES, ACTION]))
    };
    let to = match body.get(VOLUMES).and_then(Value::as_array) {
        Some(list) if !list.is_empty() => {
            SpareFor::Volumes(list.iter().map(volume).collect::<Result<Vec<_>, _>>()?)
        }
        _ => SpareFor::Any,
    };
    spare(call, ACTION, body, to)
}

fn unassign_spare(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const ACTION: &str = "DellRaidService.UnassignSpare";
    only_parameters(ACTION, body, &["TargetFQDD"])?;
    spare(call, ACTION, body, SpareFor::Nothing)
}

fn spare(call: &Call<'_>, action: &str, body: &Map<String, Value>, to: SpareFor) -> Answer {
    let id = text(action, body, "TargetFQDD")?;
    let names = StorageNames::of(call.scene);
    let found = (0..call.scene.spec().drives.len()).find(|drive| names.drive(*drive) == id);
    let drive = found.ok_or_else(|| bad(Key::ActionParameterValueNotInList, &[id, "TargetFQDD", action]))?;
    let when = first_time(call.scene, controller_of(call.scene, &[drive]));
    ask_storage(call, "Spare", StorageWork::Spare(drive, to), when)
}

fn controller_of(scene: &Scene<'_>, drives: &[usize]) -> usize {
    drives.first().and_then(|drive| scene.spec().drives.get(*drive)).map_or(0, |data| data.controller)
}

/// When a controller does what it was not told when to do.
fn first_time(scene: &Scene<'_>, at: usize) -> ApplyTime {
    let times = raid(scene, at).map(|raid| raid.apply_times.as_slice()).unwrap_or_default();
    times.first().copied().unwrap_or(ApplyTime::Immediate)
}

/// PATCH of a controller's settings: its mode, with the next reset.
fn set_mode(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const PATH: &str = "Oem/Dell/DellStorageController/ControllerMode";
    let at = settings_of(call.scene, call.path).ok_or_else(|| Reply::not_found(call.path))?;
    let asked = body.get("@Redfish.SettingsApplyTime").and_then(|time| time.get("ApplyTime"));
    if asked.is_some_and(|asked| asked != "OnReset") {
        let name = "@Redfish.SettingsApplyTime";
        let text = asked.map(Value::to_string).unwrap_or_default();
        return Err(bad(Key::PropertyValueNotInList, &[&text, name]));
    }
    let settings = body.get("Oem").and_then(|oem| oem.pointer("/Dell/DellStorageController"));
    let Some(settings) = settings.and_then(Value::as_object) else {
        return Err(bad(Key::PropertyMissing, &[PATH]));
    };
    let unknown = settings.keys().find(|name| *name != MODE);
    if let Some(name) = unknown {
        return Err(bad(Key::PropertyUnknown, &[name]));
    }
    let mode = match settings.get(MODE).and_then(Value::as_str) {
        Some("RAID") => ControllerMode::Raid,
        Some("HBA") => ControllerMode::Hba,
        Some(other) => {
            let message = Message::base(Key::PropertyValueNotInList, &[other, MODE]).about(PATH);
            return Err(Reply::error(StatusCode::BAD_REQUEST, &[message]));
        }
        None => return Err(bad(Key::PropertyMissing, &[PATH])),
    };
    ask_storage(call, "ControllerMode", StorageWork::Mode(at, mode), ApplyTime::OnReset)
}
