//! The management controller itself.

use serde_json::{Value, json};

use super::{Scene, collection, date, enclosure, link, logs, manager_network, ok_status, with};
use crate::redfish::media;
use crate::redfish::oem;
use crate::redfish::persona::{Allowable, LogOwner};
use crate::redfish::update;

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let ids = &scene.data.ids;
    match rest {
        [] => Some(collection(path, "Manager", "Manager Collection", [ids.manager.clone()])),
        [id, ..] if *id != ids.manager => None,
        [_] => Some(manager(scene, path)),
        [_, "ResetActionInfo"] if scene.data.allowable != Allowable::Inline => Some(with(
            scene.resource(path, "ActionInfo", "ResetActionInfo", "Reset Action Info"),
            json!({ "Parameters": [{
                "Name": "ResetType",
                "Required": true,
                "DataType": "String",
                "AllowableValues": scene.manager_reset_types(),
            }]}),
        )),
        [_, "ResetToDefaultsActionInfo"] if scene.data.allowable != Allowable::Inline => {
            let allowed = scene.factory_resets();
            (!allowed.is_empty()).then(|| {
                let name = "Reset To Defaults Action Info";
                with(
                    scene.resource(path, "ActionInfo", "ResetToDefaultsActionInfo", name),
                    json!({ "Parameters": [{
                        "Name": "ResetType",
                        "Required": true,
                        "DataType": "String",
                        "AllowableValues": allowed,
                    }]}),
                )
            })
        }
        [_, "EthernetInterfaces"] => {
            let name = "Ethernet Interface Collection";
            Some(collection(path, "EthernetInterface", name, [ids.manager_ethernet.clone()]))
        }
        [_, "EthernetInterfaces", id] if *id == ids.manager_ethernet => {
            Some(manager_network::interface(scene, path, id))
        }
        [_, "NetworkProtocol", rest @ ..] => manager_network::protocols(scene, path, rest),
        [_, "LogServices", rest @ ..] if scene.data.log.owner == LogOwner::Manager => {
            logs::render(scene, path, rest)
        }
        _ => None,
    }
}

fn manager(scene: &Scene<'_>, path: &str) -> Value {
    let (data, bmc, now) = (scene.data, &scene.spec().persona.bmc, &scene.snapshot);
    let mut actions = json!({
        "#Manager.Reset": action(scene, path, "Reset", scene.manager_reset_types()),
    });
    let factory_resets = scene.factory_resets();
    if !factory_resets.is_empty() {
        actions["#Manager.ResetToDefaults"] = action(scene, path, "ResetToDefaults", factory_resets);
    }
    let mut manager = with(
        scene.resource(path, "Manager", &data.ids.manager, "Manager"),
        json!({
            "ManagerType": "BMC",
            "Manufacturer": scene.spec().persona.manufacturer,
            "Model": bmc.model,
            "FirmwareVersion": scene.service.server.bmc_version(),
            "UUID": scene.spec().uuid_text(),
            "DateTime": date(now.date),
            "DateTimeLocalOffset": "+00:00",
            "LastResetTime": date(now.bmc_started),
            "PowerState": "On",
            "Status": ok_status("Enabled"),
            "EthernetInterfaces": link(&format!("{path}/EthernetInterfaces")),
            "NetworkProtocol": link(&format!("{path}/NetworkProtocol")),
            "Links": {
                "ManagerForServers": enclosure::systems(scene),
                "ManagerForChassis": enclosure::all_chassis(scene),
                "ManagerInChassis": link(&scene.power_chassis()),
                "ActiveSoftwareImage": update::active_image(scene.service).map(|image| link(&image)),
            },
            "Actions": actions,
        }),
    );
    if let Some(media) = media::collection_path(scene).filter(|media| media.starts_with(path)) {
        manager["VirtualMedia"] = link(&media);
    }
    oem::extend_manager(scene, &mut manager);
    if data.log.owner == LogOwner::Manager {
        manager["LogServices"] = link(&format!("{path}/LogServices"));
    }
    manager
}

/// An action with a reset type.
fn action(scene: &Scene<'_>, path: &str, name: &str, allowed: Vec<String>) -> Value {
    let mut action = json!({ "target": format!("{path}/Actions/Manager.{name}") });
    if scene.data.allowable != Allowable::ActionInfo {
        action["ResetType@Redfish.AllowableValues"] = allowed.into();
    }
    if scene.data.allowable != Allowable::Inline {
        action["@Redfish.ActionInfo"] = format!("{path}/{name}ActionInfo").into();
    }
    action
}
