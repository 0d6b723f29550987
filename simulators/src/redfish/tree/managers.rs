//! The management controller itself.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Scene, collection, date, link, logs, mac, ok_status, with};
use crate::redfish::dell;
use crate::redfish::media;
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
        [_, "EthernetInterfaces"] => {
            let name = "Ethernet Interface Collection";
            Some(collection(path, "EthernetInterface", name, [ids.manager_ethernet.clone()]))
        }
        [_, "EthernetInterfaces", id] if *id == ids.manager_ethernet => Some(interface(scene, path, id)),
        [_, "NetworkProtocol"] => Some(protocols(scene, path)),
        [_, "LogServices", rest @ ..] if scene.data.log.owner == LogOwner::Manager => {
            logs::render(scene, path, rest)
        }
        _ => None,
    }
}

fn manager(scene: &Scene<'_>, path: &str) -> Value {
    let (data, bmc, now) = (scene.data, &scene.spec().persona.bmc, &scene.snapshot);
    let mut reset = json!({ "target": format!("{path}/Actions/Manager.Reset") });
    if data.allowable != Allowable::ActionInfo {
        reset["ResetType@Redfish.AllowableValues"] = scene.manager_reset_types().into();
    }
    if data.allowable != Allowable::Inline {
        reset["@Redfish.ActionInfo"] = format!("{path}/ResetActionInfo").into();
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
                "ManagerForServers": [link(&scene.system())],
                "ManagerForChassis": [link(&scene.chassis())],
                "ManagerInChassis": link(&scene.chassis()),
                "ActiveSoftwareImage": update::active_image(scene.service).map(|image| link(&image)),
            },
            "Actions": { "#Manager.Reset": reset },
        }),
    );
    if let Some(media) = media::collection_path(scene).filter(|media| media.starts_with(path)) {
        manager["VirtualMedia"] = link(&media);
    }
    if let Some(oem) = dell::manager_links(scene) {
        manager["Links"]["Oem"] = oem;
    }
    if data.log.owner == LogOwner::Manager {
        manager["LogServices"] = link(&format!("{path}/LogServices"));
    }
    manager
}

fn interface(scene: &Scene<'_>, path: &str, id: &str) -> Value {
    let address = scene.service.endpoint().address.ip();
    let bmc_mac = mac(scene.spec().bmc_mac);
    let mut interface = with(
        scene.resource(path, "EthernetInterface", id, "Manager Ethernet Interface"),
        json!({
            "MACAddress": bmc_mac,
            "PermanentMACAddress": bmc_mac,
            "SpeedMbps": 1000,
            "FullDuplex": true,
            "InterfaceEnabled": true,
            "LinkStatus": "LinkUp",
            "HostName": scene.spec().name.as_ref(),
            "Status": ok_status("Enabled"),
        }),
    );
    match address {
        IpAddr::V4(address) => {
            interface["IPv4Addresses"] = json!([{
                "Address": address.to_string(),
                "SubnetMask": "255.0.0.0",
                "AddressOrigin": "Static",
                "Gateway": null,
            }]);
        }
        IpAddr::V6(address) => {
            interface["IPv6Addresses"] = json!([{
                "Address": address.to_string(),
                "PrefixLength": 128,
                "AddressOrigin": "Static",
                "AddressState": "Preferred",
            }]);
        }
    }
    interface
}

fn protocols(scene: &Scene<'_>, path: &str) -> Value {
    let endpoint = scene.service.endpoint();
    let secure = endpoint.secure;
    let mut protocols = with(
        scene.resource(path, "ManagerNetworkProtocol", "NetworkProtocol", "Manager Network Protocol"),
        json!({
            "HostName": scene.spec().name.as_ref(),
            "HTTP": { "ProtocolEnabled": !secure },
            "HTTPS": { "ProtocolEnabled": secure },
            "IPMI": { "ProtocolEnabled": true },
            "SSDP": { "ProtocolEnabled": false },
            "Status": ok_status("Enabled"),
        }),
    );
    protocols[if secure { "HTTPS" } else { "HTTP" }]["Port"] = endpoint.address.port().into();
    protocols
}
