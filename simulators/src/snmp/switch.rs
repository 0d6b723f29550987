//! A switch as an agent: every object at one moment. Pure: ports in, a map out.

use std::collections::BTreeMap;

use underlay_snmp_mib::{
    Oid,
    net::{bridge, entity, interfaces, lldp},
    system,
};

use super::tree::Cell;
use crate::plant::{PortView, SimTime, SwitchSetup};

/// What a switch is called and how it numbers what it has.
#[derive(Debug)]
pub(crate) struct Model {
    /// The persona.
    pub(crate) persona: &'static str,
    vendor: &'static str,
    model: &'static str,
    software: &'static str,
    object_id: &'static str,
    /// What stands before a port's number in its name.
    port: &'static str,
    /// The first `ifIndex`.
    first_interface: u32,
    /// Whether it tells of VLANs (Q-BRIDGE-MIB), or of addresses alone (BRIDGE-MIB).
    vlans: bool,
    /// Whether LLDP calls a local port by its interface's name, or by its number.
    lldp_names: bool,
}

/// The switches that are simulated.
pub(crate) const MODELS: &[Model] = &[
    Model {
        persona: "standard-switch",
        vendor: "Contoso",
        model: "CS-48",
        software: "1.4.2",
        object_id: "8072.3.2.10",
        port: "Ethernet",
        first_interface: 1,
        vlans: true,
        lldp_names: true,
    },
    Model {
        persona: "bridge-switch",
        vendor: "Fabrikam",
        model: "FS-2400",
        software: "9.1",
        object_id: "8072.3.2.255",
        port: "GigabitEthernet1/0/",
        first_interface: 10_101,
        vlans: false,
        lldp_names: false,
    },
];

impl Model {
    /// What a port (from 1) is called.
    pub(crate) fn port_name(&self, number: u32) -> String {
        format!("{}{number}", self.port)
    }
}

/// What a switch is and does at one moment.
#[derive(Debug)]
pub(crate) struct Switch<'s> {
    pub(crate) model: &'static Model,
    pub(crate) name: &'s str,
    pub(crate) serial: &'s str,
    pub(crate) mac: [u8; 6],
    pub(crate) now: SimTime,
    pub(crate) ports: &'s [PortView],
    pub(crate) setup: &'s SwitchSetup,
}

/// Bits of these ports, the first in the highest.
fn bits(ports: impl Iterator<Item = u32>, most: usize) -> Vec<u8> {
    let mut bytes = vec![0_u8; most.div_ceil(8)];
    for number in ports {
        let at = number as usize - 1;
        if let Some(byte) = bytes.get_mut(at / 8) {
            *byte |= 0x80 >> (at % 8);
        }
    }
    bytes
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Every object, in order.
pub(crate) fn objects(switch: &Switch<'_>) -> BTreeMap<Oid, Cell> {
    let mut all = BTreeMap::new();
    let mut put =
        |column: &str, index: &[u32], cell: Cell| drop(all.insert(Oid::table(column).join(index), cell));
    let model = switch.model;
    for (object, cell) in [
        (system::DESCRIPTION, text(&format!("{} {} {}", model.vendor, model.model, model.software))),
        (system::OBJECT_ID, Cell::Oid(Oid::table(model.object_id))),
        (system::UP_TIME, Cell::Ticks(u32::try_from(switch.now.as_millis() / 10).unwrap_or(u32::MAX))),
        (system::NAME, text(switch.name)),
        (system::LOCATION, text("")),
        (system::SERVICES, Cell::Integer(2)),
    ] {
        put(object, &[], cell);
    }
    for (column, cell) in [
        (entity::DESCRIPTION, text(model.model)),
        (entity::CLASS, Cell::Integer(3)),
        (entity::NAME, text("chassis")),
        (entity::SOFTWARE, text(model.software)),
        (entity::SERIAL, text(switch.serial)),
        (entity::MANUFACTURER, text(model.vendor)),
        (entity::MODEL, text(model.model)),
    ] {
        put(column, &[1], cell);
    }
    // Beside the ports there is what is none.
    put(interfaces::DESCRIPTION, &[9999], text("lo"));
    put(interfaces::NAME, &[9999], text("lo"));
    put(interfaces::TYPE, &[9999], Cell::Integer(24));
    for port in switch.ports {
        let interface = model.first_interface + port.number - 1;
        let name = model.port_name(port.number);
        let config = switch.setup.ports.get(&port.number);
        let mtu =
            config.and_then(|config| config.mtu).and_then(|mtu| i32::try_from(mtu).ok()).unwrap_or(9214);
        let [first, .., last] = switch.mac;
        let own =
            [first, switch.mac[1], switch.mac[2], switch.mac[3], 0x80, last.wrapping_add(low(port.number))];
        for (column, cell) in [
            (interfaces::DESCRIPTION, text(&name)),
            (interfaces::NAME, text(&name)),
            (interfaces::ALIAS, text(config.and_then(|config| config.description.as_deref()).unwrap_or(""))),
            (interfaces::TYPE, Cell::Integer(6)),
            (interfaces::MTU, Cell::Integer(mtu)),
            (interfaces::SPEED, Cell::Gauge(if port.link { 25_000 } else { 0 })),
            (interfaces::ADDRESS, Cell::Bytes(own.to_vec())),
            (interfaces::ADMIN, Cell::Integer(if port.enabled { 1 } else { 2 })),
            (interfaces::OPER, Cell::Integer(if port.link { 1 } else { 2 })),
            (interfaces::IN_OCTETS, Cell::Counter(0)),
            (interfaces::OUT_OCTETS, Cell::Counter(0)),
        ] {
            put(column, &[interface], cell);
        }
        put(
            bridge::PORT_INTERFACE,
            &[port.number],
            Cell::Integer(i32::try_from(interface).unwrap_or(i32::MAX)),
        );
        let kind = if model.lldp_names { 5 } else { 7 };
        let id = if model.lldp_names { name } else { interface.to_string() };
        put(lldp::LOCAL_KIND, &[port.number], Cell::Integer(kind));
        put(lldp::LOCAL_ID, &[port.number], text(&id));
        let Some((machine, nic, mac)) = port.peer.as_ref().filter(|_| port.link) else { continue };
        let octets = mac.map(u32::from);
        let index = [0, port.number, 1];
        put(lldp::CHASSIS_KIND, &index, Cell::Integer(4));
        put(lldp::CHASSIS_ID, &index, Cell::Bytes(mac.to_vec()));
        put(lldp::PORT_KIND, &index, Cell::Integer(5));
        put(lldp::PORT_ID, &index, text(nic));
        put(lldp::SYSTEM_NAME, &index, text(machine));
        let number = Cell::Integer(i32::try_from(port.number).unwrap_or(i32::MAX));
        // An address is learned in the VLAN of packets without a tag.
        let Some(vlan) = switch.setup.untagged(port.number) else { continue };
        if model.vlans {
            let index = [&[u32::from(vlan)], octets.as_slice()].concat();
            put(bridge::VLAN_ADDRESS_PORT, &index, number);
            put(bridge::VLAN_ADDRESS_STATUS, &index, Cell::Integer(3));
        } else {
            put(bridge::ADDRESS_PORT, &octets, number);
            put(bridge::ADDRESS_STATUS, &octets, Cell::Integer(3));
        }
    }
    if model.vlans {
        for (vlan, title) in &switch.setup.vlans {
            let numbers = || switch.ports.iter().map(|port| port.number);
            let egress =
                bits(numbers().filter(|port| switch.setup.carries(*port, *vlan)), switch.ports.len());
            let untagged = bits(
                numbers().filter(|port| switch.setup.untagged(*port) == Some(*vlan)),
                switch.ports.len(),
            );
            let name = title.clone().unwrap_or_else(|| match vlan {
                1 => "default".to_owned(),
                vlan => format!("VLAN{vlan:04}"),
            });
            let vlan = u32::from(*vlan);
            put(bridge::VLAN_NAME, &[vlan], text(&name));
            for (column, members) in [(bridge::STATIC_EGRESS, &egress), (bridge::STATIC_UNTAGGED, &untagged)]
            {
                put(column, &[vlan], Cell::Bytes(members.clone()));
            }
            for (column, members) in
                [(bridge::CURRENT_EGRESS, &egress), (bridge::CURRENT_UNTAGGED, &untagged)]
            {
                put(column, &[0, vlan], Cell::Bytes(members.clone()));
            }
            put(bridge::VLAN_TABLE, &[0, vlan], Cell::Gauge(vlan));
        }
    }
    all
}

/// The lowest octet of a number.
fn low(number: u32) -> u8 {
    number.to_be_bytes()[3]
}
