//! Network cards, their ports, and what is at the other end of the cables.

use serde_json::Value;
use underlay_hal::{LldpNeighbor, MacAddress, NetworkAdapter, NetworkPort, Nic};

use crate::json::Lenient as _;

/// Addresses of one port that are looked at.
const ADDRESSES: usize = 64;

pub(crate) fn nic(body: &Value) -> Nic {
    let address = |property| body.text(&[property]).and_then(|text| text.parse::<MacAddress>().ok());
    let mut nic = Nic::default();
    nic.id = body.text(&["Id"]).unwrap_or_default();
    nic.mac = address("PermanentMACAddress").or_else(|| address("MACAddress"));
    nic.link_up = match body.text(&["LinkStatus"]).as_deref() {
        Some("LinkUp") => Some(true),
        Some("LinkDown" | "NoLink") => Some(false),
        _ => None,
    };
    nic.speed_mbps = body.whole(&["SpeedMbps"]);
    nic.health = body.health();
    nic
}

pub(crate) fn network_adapter(body: &Value) -> NetworkAdapter {
    let mut adapter = NetworkAdapter::default();
    adapter.id = body.text(&["Id"]).unwrap_or_default();
    adapter.manufacturer = body.text(&["Manufacturer"]);
    adapter.model = body.text(&["Model"]);
    adapter.part_number = body.text(&["PartNumber"]);
    adapter.serial_number = body.text(&["SerialNumber"]);
    let controllers = body.list(&["Controllers"]);
    adapter.firmware_version = controllers.iter().find_map(|one| one.text(&["FirmwarePackageVersion"]));
    adapter.health = body.health();
    adapter
}

/// A port in the newer form (`Port`) or the older one (`NetworkPort`).
pub(crate) fn network_port(body: &Value) -> NetworkPort {
    let mut port = NetworkPort::default();
    port.id = body.text(&["Id"]).unwrap_or_default();
    let lists =
        [body.texts(&["Ethernet", "AssociatedMACAddresses"]), body.texts(&["AssociatedNetworkAddresses"])];
    let macs = lists.iter().flatten().take(ADDRESSES).filter_map(|text| text.parse::<MacAddress>().ok());
    port.macs = macs.filter(|mac| mac.0 != [0; 6]).collect();
    port.link_up = match body.text(&["LinkStatus"]).as_deref() {
        Some("LinkUp" | "Up") => Some(true),
        Some("LinkDown" | "Down" | "NoLink") => Some(false),
        _ => None,
    };
    let gbps = body.number(&["CurrentSpeedGbps"]).filter(|speed| (0.0..100_000.0).contains(speed));
    port.speed_mbps =
        gbps.map(mbps).or_else(|| body.whole(&["CurrentLinkSpeedMbps"])).filter(|speed| *speed > 0);
    port.neighbor = neighbor(body.at(&["Ethernet", "LLDPReceive"]));
    port.health = body.health();
    port
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn mbps(gbps: f64) -> u64 {
    (gbps * 1000.0).round() as u64
}

/// What came by LLDP (DSP0268 `Port.Ethernet.LLDPReceive`); nothing if nothing did.
fn neighbor(lldp: &Value) -> Option<LldpNeighbor> {
    let mut neighbor = LldpNeighbor::default();
    neighbor.chassis_id = lldp.text(&["ChassisId"]);
    neighbor.system_name = lldp.text(&["SystemName"]);
    neighbor.port_id = lldp.text(&["PortId"]);
    neighbor.management_address =
        lldp.text(&["ManagementAddressIPv4"]).or_else(|| lldp.text(&["ManagementAddressIPv6"]));
    neighbor.vlan =
        lldp.whole(&["ManagementVlanId"]).and_then(|id| u16::try_from(id).ok()).filter(|id| *id < 4095);
    (neighbor.chassis_id.is_some() || neighbor.port_id.is_some()).then_some(neighbor)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ports_are_read_in_both_forms() {
        let new = network_port(&json!({
            "Id": "1", "LinkStatus": "LinkUp", "CurrentSpeedGbps": 25,
            "Ethernet": {
                "AssociatedMACAddresses": ["94:6D:AE:91:FB:22", "00:00:00:00:00:00", "odd"],
                "LLDPReceive": {"ChassisId": "b0:4f:13:31:dc:40", "PortId": "swp20", "ManagementVlanId": 4095},
            },
        }));
        assert_eq!((new.macs.len(), new.link_up, new.speed_mbps), (1, Some(true), Some(25_000)));
        let neighbor = new.neighbor.expect("a neighbour");
        assert_eq!((neighbor.port_id.as_deref(), neighbor.vlan), (Some("swp20"), None));
        let old = network_port(&json!({
            "LinkStatus": "Down", "CurrentLinkSpeedMbps": 0, "AssociatedNetworkAddresses": ["E4:3D:1A:13:27:F0"],
            "Ethernet": {"LLDPReceive": {"ChassisId": ""}},
        }));
        assert_eq!((old.macs.len(), old.link_up, old.speed_mbps, old.neighbor), (1, Some(false), None, None));
    }
}
