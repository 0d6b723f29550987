//! The management controller's interface and services.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use super::{Scene, certificate_service, link, mac, ok_status, with};
use crate::plant::{FixedAddress, ManagerNetwork};
use crate::redfish::quirks::Quirk;

/// The mask of the address that a view is served at.
const LOOPBACK_MASK: Ipv4Addr = Ipv4Addr::new(255, 0, 0, 0);

/// The path of the interface.
pub(crate) fn interface_path(scene: &Scene<'_>) -> String {
    format!("{}/EthernetInterfaces/{}", scene.manager(), scene.data.ids.manager_ethernet)
}

/// The path of `NetworkProtocol`.
pub(crate) fn protocols_path(scene: &Scene<'_>) -> String {
    format!("{}/NetworkProtocol", scene.manager())
}

/// The fixed IPv4 address, which is the one that this view is served at unless another was set.
pub(crate) fn fixed(scene: &Scene<'_>, network: &ManagerNetwork) -> Option<FixedAddress> {
    let wire = match scene.service.endpoint().address.ip() {
        IpAddr::V4(address) => Some(FixedAddress { address, mask: LOOPBACK_MASK, gateway: None }),
        IpAddr::V6(_) => None,
    };
    network.fixed.or(wire.filter(|_| !network.dhcp))
}

pub(super) fn interface(scene: &Scene<'_>, path: &str, id: &str) -> Value {
    let config = scene.service.server.manager();
    let (set, in_force) = (&config.network, &config.in_force);
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
            "HostName": set.host_name,
            "FQDN": set.fqdn(),
            "DHCPv4": {
                "DHCPEnabled": set.dhcp,
                "UseDNSServers": false,
                "UseDomainName": false,
                "UseGateway": set.dhcp,
                "UseNTPServers": false,
                "UseStaticRoutes": false,
            },
            "IPv4Addresses": addresses(scene, in_force),
            "IPv4StaticAddresses": fixed(scene, set).iter().map(static_address).collect::<Vec<_>>(),
            "NameServers": name_servers(scene, in_force),
            "StaticNameServers": set.name_servers,
            "VLAN": { "VLANEnable": set.tagged, "VLANId": set.vlan },
            "Status": ok_status("Enabled"),
        }),
    );
    if scene.quirks.has(Quirk::NullNames) && fixed(scene, set).is_none() {
        let nothing = json!({ "Address": null, "SubnetMask": null, "Gateway": null });
        interface["IPv4StaticAddresses"] = Value::Array(vec![nothing]);
    }
    if let IpAddr::V6(address) = scene.service.endpoint().address.ip() {
        interface["IPv6Addresses"] = json!([{
            "Address": address.to_string(),
            "PrefixLength": 128,
            "AddressOrigin": "Static",
            "AddressState": "Preferred",
        }]);
    }
    if let Some(fields) = interface.as_object_mut() {
        fields.retain(|name, _| !scene.data.manager.interface_without.contains(name));
    }
    interface
}

fn static_address(fixed: &FixedAddress) -> Value {
    json!({ "Address": fixed.address, "SubnetMask": fixed.mask, "Gateway": fixed.gateway })
}

/// What the interface answers at, as far as its configuration goes.
fn addresses(scene: &Scene<'_>, network: &ManagerNetwork) -> Vec<Value> {
    let leased = FixedAddress { address: Ipv4Addr::UNSPECIFIED, mask: LOOPBACK_MASK, gateway: None };
    let address = match (network.dhcp, scene.service.endpoint().address.ip()) {
        (true, IpAddr::V4(address)) => Some(FixedAddress { address, ..leased }),
        (true, IpAddr::V6(_)) => None,
        (false, _) => fixed(scene, network),
    };
    let origin = if network.dhcp { "DHCP" } else { "Static" };
    let shown = address.iter().map(|address| {
        let mut shown = static_address(address);
        shown["AddressOrigin"] = origin.into();
        shown
    });
    shown.collect()
}

fn name_servers(scene: &Scene<'_>, network: &ManagerNetwork) -> Vec<String> {
    let servers = || network.name_servers.iter().map(ToString::to_string);
    if scene.quirks.has(Quirk::PadsNameServers) {
        // Two places for each family.
        let of = |wanted: fn(&IpAddr) -> bool, nothing: &str| {
            let servers = network.name_servers.iter().filter(|server| wanted(server));
            let servers = servers.map(ToString::to_string);
            servers.chain(std::iter::repeat(nothing.to_owned())).take(2).collect::<Vec<_>>()
        };
        return [of(IpAddr::is_ipv4, "0.0.0.0"), of(IpAddr::is_ipv6, "::")].concat();
    }
    if scene.quirks.has(Quirk::NullNames) {
        return servers().chain(std::iter::repeat("(null)".to_owned())).take(2).collect();
    }
    servers().collect()
}

pub(super) fn protocols(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => {}
        ["HTTPS", "Certificates", rest @ ..] => return certificate_service::served(scene, path, rest),
        _ => return None,
    }
    let endpoint = scene.service.endpoint();
    let secure = endpoint.secure;
    let config = scene.service.server.manager();
    let mut protocols = with(
        scene.resource(path, "ManagerNetworkProtocol", "NetworkProtocol", "Manager Network Protocol"),
        json!({
            "HostName": config.network.host_name,
            "FQDN": config.network.fqdn(),
            "HTTP": { "ProtocolEnabled": !secure },
            "HTTPS": { "ProtocolEnabled": secure },
            "NTP": { "ProtocolEnabled": config.ntp, "NTPServers": config.ntp_servers },
            "Status": ok_status("Enabled"),
        }),
    );
    for (name, service) in &config.services {
        protocols[name] = json!({ "ProtocolEnabled": service.enabled });
        if let Some(port) = service.port {
            protocols[name]["Port"] = port.into();
        }
    }
    protocols[if secure { "HTTPS" } else { "HTTP" }]["Port"] = endpoint.address.port().into();
    if scene.data.certificates.offered {
        protocols["HTTPS"]["Certificates"] = link(&certificate_service::collection_path(scene));
    }
    Some(protocols)
}
