//! Network ports of the host: as interfaces of the system and as adapters of the chassis.

use serde_json::{Value, json};

use super::{Scene, collection, ids, link, mac, ok_status, position, with};
use crate::plant::{NicSpec, NicView};
use crate::redfish::persona::id_of;
use crate::redfish::quirks::Quirk;

/// One adapter: neighbouring ports of one maker and model.
struct Adapter {
    first: usize,
    ports: usize,
}

fn adapters(nics: &[NicSpec]) -> Vec<Adapter> {
    let mut adapters: Vec<Adapter> = Vec::new();
    for (at, nic) in nics.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| nics.get(before));
        let same =
            before.is_some_and(|before| before.model == nic.model && before.manufacturer == nic.manufacturer);
        match adapters.last_mut() {
            Some(adapter) if same => adapter.ports += 1,
            _ => adapters.push(Adapter { first: at, ports: 1 }),
        }
    }
    adapters
}

fn nic<'a>(scene: &'a Scene<'_>, at: usize) -> Option<(&'a NicSpec, &'a NicView)> {
    Some((scene.spec().nics.get(at)?, scene.snapshot.nics.get(at)?))
}

pub(super) fn interface_id(scene: &Scene<'_>, at: usize) -> String {
    let name = scene.spec().nics.get(at).map_or("", |nic| nic.name.as_str());
    id_of(&scene.data.ids.ethernet, at).replace("{name}", name)
}

/// The interface of a port; `None` where the system lists none (quirk Q36d).
pub(super) fn interface_link(scene: &Scene<'_>, at: usize) -> Option<Value> {
    let there = !scene.quirks.has(Quirk::NoEthernetInterfaces);
    there.then(|| link(&format!("{}/EthernetInterfaces/{}", scene.system(), interface_id(scene, at))))
}

pub(super) fn interfaces(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let nics = &scene.spec().nics;
    match rest {
        _ if scene.quirks.has(Quirk::NoEthernetInterfaces) => None,
        [] => {
            let name = "Ethernet Interface Collection";
            Some(collection(
                path,
                "EthernetInterface",
                name,
                (0..nics.len()).map(|at| interface_id(scene, at)),
            ))
        }
        [id] => {
            let at = (0..nics.len()).find(|at| interface_id(scene, *at) == *id)?;
            let (nic, view) = nic(scene, at)?;
            Some(with(
                scene.resource(path, "EthernetInterface", id, &nic.name),
                json!({
                    "Description": format!("{} {}", nic.manufacturer, nic.model),
                    "MACAddress": mac(nic.mac),
                    "PermanentMACAddress": mac(nic.mac),
                    "SpeedMbps": view.link.then_some(nic.speed_mbps),
                    "FullDuplex": true,
                    "InterfaceEnabled": true,
                    "LinkStatus": if view.link { "LinkUp" } else { "LinkDown" },
                    "Status": ok_status("Enabled"),
                    "Links": { "Chassis": link(&scene.chassis()) },
                }),
            ))
        }
        _ => None,
    }
}

pub(super) fn network_adapters(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let nics = &scene.spec().nics;
    let adapters = adapters(nics);
    let pattern = &scene.data.ids.adapter;
    let (id, rest) = match rest {
        [] => {
            let name = "Network Adapter Collection";
            return Some(collection(path, "NetworkAdapter", name, ids(pattern, adapters.len())));
        }
        [id, rest @ ..] => (*id, rest),
    };
    let at = position(pattern, adapters.len(), id)?;
    let adapter = adapters.get(at)?;
    match rest {
        [] => {
            let first = nics.get(adapter.first)?;
            Some(with(
                scene.resource(path, "NetworkAdapter", id, &format!("Network Adapter {}", at + 1)),
                json!({
                    "Manufacturer": first.manufacturer,
                    "Model": first.model,
                    "Ports": link(&format!("{path}/Ports")),
                    "NetworkDeviceFunctions": link(&format!("{path}/NetworkDeviceFunctions")),
                    "Controllers": [{ "ControllerCapabilities": {
                        "NetworkPortCount": adapter.ports,
                        "NetworkDeviceFunctionCount": adapter.ports,
                    }}],
                    "Status": ok_status("Enabled"),
                }),
            ))
        }
        ["Ports"] => {
            Some(collection(path, "Port", "Port Collection", ids(&scene.data.ids.port, adapter.ports)))
        }
        ["Ports", id] => {
            let at = adapter.first + position(&scene.data.ids.port, adapter.ports, id)?;
            port(scene, path, id, at)
        }
        ["NetworkDeviceFunctions"] => {
            let name = "Network Device Function Collection";
            Some(collection(
                path,
                "NetworkDeviceFunction",
                name,
                ids(&scene.data.ids.function, adapter.ports),
            ))
        }
        ["NetworkDeviceFunctions", id] => {
            let within = position(&scene.data.ids.function, adapter.ports, id)?;
            function(scene, path, id, adapter.first + within, within)
        }
        _ => None,
    }
}

fn port(scene: &Scene<'_>, path: &str, id: &str, at: usize) -> Option<Value> {
    let (nic, view) = nic(scene, at)?;
    let gbps = f64::from(nic.speed_mbps) / 1000.0;
    let interface: Vec<_> = interface_link(scene, at).into_iter().collect();
    let mut port = with(
        scene.resource(path, "Port", id, &nic.name),
        json!({
            "PortId": id,
            "PortProtocol": "Ethernet",
            "PortType": "BidirectionalPort",
            "LinkNetworkTechnology": "Ethernet",
            "InterfaceEnabled": true,
            "LinkState": "Enabled",
            "LinkStatus": if view.link { "LinkUp" } else { "LinkDown" },
            "CurrentSpeedGbps": view.link.then_some(gbps),
            "MaxSpeedGbps": gbps,
            "Ethernet": { "AssociatedMACAddresses": [mac(nic.mac)] },
            "Links": { "EthernetInterfaces": interface },
            "Status": ok_status("Enabled"),
        }),
    );
    if scene.data.lldp {
        port["Ethernet"]["LLDPEnabled"] = true.into();
        // What was heard is forgotten when the link goes down; the time that it would still be kept is not simulated.
        let heard = view.cable.as_ref().filter(|_| view.link);
        port["Ethernet"]["LLDPReceive"] = heard.map_or_else(|| json!({}), |cable| neighbour(scene, cable));
    }
    Some(port)
}

/// What a switch says of itself (IEEE 802.1AB): its address, its name, and the number of the port.
fn neighbour(scene: &Scene<'_>, (switch, port): &(String, u32)) -> Value {
    json!({
        "ChassisId": mac(scene.server.plant().switch_mac(switch)),
        "ChassisIdSubtype": "MacAddr",
        "PortId": port.to_string(),
        "PortIdSubtype": "LocalAssign",
        "SystemName": switch,
    })
}

fn function(scene: &Scene<'_>, path: &str, id: &str, at: usize, within: usize) -> Option<Value> {
    let (nic, _) = nic(scene, at)?;
    let (adapter, _) = path.rsplit_once("/NetworkDeviceFunctions/")?;
    let port = format!("{adapter}/Ports/{}", id_of(&scene.data.ids.port, within));
    let interface: Vec<_> = interface_link(scene, at).into_iter().collect();
    Some(with(
        scene.resource(path, "NetworkDeviceFunction", id, &format!("{} function", nic.name)),
        json!({
            "NetDevFuncType": "Ethernet",
            "NetDevFuncCapabilities": ["Ethernet"],
            "DeviceEnabled": true,
            "Ethernet": { "MACAddress": mac(nic.mac), "PermanentMACAddress": mac(nic.mac) },
            "AssignablePhysicalNetworkPorts": [link(&port)],
            "Links": {
                "PhysicalNetworkPortAssignment": link(&port),
                "EthernetInterfaces": interface,
            },
            "Status": ok_status("Enabled"),
        }),
    ))
}
