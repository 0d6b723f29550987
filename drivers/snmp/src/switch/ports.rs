//! Ports: which interfaces are some, what they are called, how they stand.

use std::collections::{BTreeMap, BTreeSet};

use underlay_hal::{Cx, MacAddress, PoePort, PoeStatus, PortId, PortStatus, Result, SwitchPort};
use underlay_snmp_mib::net::{interfaces, lag, poe as power};

use super::bridge_ports;
use crate::{
    table::{Column, column, number, text},
    transport::{Transport, Value},
};

/// The ports by `ifIndex`.
#[derive(Debug)]
pub(super) struct Ports(BTreeMap<u32, PortId>);

impl Ports {
    pub(super) async fn read(cx: &Cx, transport: &dyn Transport) -> Result<Self> {
        let kinds = column(cx, transport, interfaces::TYPE).await?;
        let [names, descriptions] = super::NAMES;
        let names = column(cx, transport, names).await?;
        let descriptions = column(cx, transport, descriptions).await?;
        Ok(Self::of(&kinds, &names, &descriptions))
    }

    /// A port is called by its name, by its description where that is empty or not its own, and else by its number.
    fn of(kinds: &Column, names: &Column, descriptions: &Column) -> Self {
        let ports = kinds.iter().filter_map(|(row, kind)| {
            let [interface] = row.as_slice() else { return None };
            interfaces::PORT_TYPES.contains(&kind.number()?).then_some(*interface)
        });
        let mut taken = BTreeSet::new();
        let named = ports.map(|interface| {
            let words = [text(names, &[interface]), text(descriptions, &[interface])];
            let own = words.into_iter().flatten().find(|word| !taken.contains(word));
            let name = own.unwrap_or_else(|| interface.to_string());
            taken.insert(name.clone());
            (interface, PortId::from(name))
        });
        Self(named.collect())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &PortId)> {
        self.0.iter().map(|(interface, name)| (*interface, name))
    }

    /// What the port with this `ifIndex` is called.
    pub(super) fn name(&self, interface: u32) -> Option<&PortId> {
        self.0.get(&interface)
    }

    /// The port that is called so.
    pub(super) fn called(&self, name: &str) -> Option<&PortId> {
        self.0.values().find(|port| port.as_str() == name)
    }

    /// Everything that is told of them.
    pub(super) async fn details(&self, cx: &Cx, transport: &dyn Transport) -> Result<Vec<SwitchPort>> {
        let of = async |name: &str| column(cx, transport, name).await;
        let (admin, oper) = (of(interfaces::ADMIN).await?, of(interfaces::OPER).await?);
        let (alias, mtu) = (of(interfaces::ALIAS).await?, of(interfaces::MTU).await?);
        let (speed, address) = (of(interfaces::SPEED).await?, of(interfaces::ADDRESS).await?);
        let octets = [of(interfaces::IN_OCTETS).await?, of(interfaces::OUT_OCTETS).await?];
        let errors = [of(interfaces::IN_ERRORS).await?, of(interfaces::OUT_ERRORS).await?];
        let discards = [of(interfaces::IN_DISCARDS).await?, of(interfaces::OUT_DISCARDS).await?];
        let attached = of(lag::ATTACHED).await?;
        let port = |(interface, id): (u32, &PortId)| {
            let row = [interface];
            let enabled = number(&admin, &row) != Some(2);
            let mut port = SwitchPort::new(id.clone(), enabled, status(number(&oper, &row)));
            port.description = text(&alias, &row);
            port.mtu = number(&mtu, &row).and_then(|mtu| u32::try_from(mtu).ok()).filter(|mtu| *mtu > 0);
            port.speed_mbps =
                number(&speed, &row).and_then(|mbps| u64::try_from(mbps).ok()).filter(|mbps| *mbps > 0);
            port.mac = address.get(row.as_slice()).and_then(mac);
            let group = number(&attached, &row).and_then(|group| u32::try_from(group).ok());
            port.lag = group.filter(|group| *group != interface).and_then(|group| self.name(group)).cloned();
            let count = |column: &Column| number(column, &row).and_then(|count| u64::try_from(count).ok());
            (port.counters.in_octets, port.counters.out_octets) = (count(&octets[0]), count(&octets[1]));
            (port.counters.in_errors, port.counters.out_errors) = (count(&errors[0]), count(&errors[1]));
            (port.counters.in_discards, port.counters.out_discards) =
                (count(&discards[0]), count(&discards[1]));
            port
        };
        Ok(self.all().map(port).collect())
    }
}

/// `ifOperStatus` (RFC 2863).
fn status(value: Option<i64>) -> PortStatus {
    match value {
        Some(1) => PortStatus::Up,
        Some(2) => PortStatus::Down,
        Some(3) => PortStatus::Testing,
        Some(5) => PortStatus::Dormant,
        Some(6) => PortStatus::NotPresent,
        Some(7) => PortStatus::LowerLayerDown,
        _ => PortStatus::Unknown,
    }
}

/// An address, unless it is all zeros.
pub(super) fn mac(value: &Value) -> Option<MacAddress> {
    let Value::Bytes(bytes) = value else { return None };
    let octets = <[u8; 6]>::try_from(bytes.as_slice()).ok()?;
    (octets != [0; 6]).then_some(MacAddress(octets))
}

/// Power over Ethernet; a port without a name of its own is called by its group and number.
pub(super) async fn poe(cx: &Cx, transport: &dyn Transport, ports: &Ports) -> Result<Vec<PoePort>> {
    let bridge = bridge_ports(cx, transport, ports).await?;
    let classes = column(cx, transport, power::CLASS).await?;
    let rows = column(cx, transport, power::STATUS).await?;
    let port = |(row, value): (&Vec<u32>, &Value)| {
        let [group, port] = row.as_slice() else { return None };
        let named =
            bridge.iter().find(|(number, _)| *group == 1 && number == port).map(|(_, name)| name.clone());
        let status = match value.number()? {
            1 => PoeStatus::Disabled,
            2 => PoeStatus::Searching,
            3 => PoeStatus::Delivering,
            5 => PoeStatus::Testing,
            _ => PoeStatus::Fault,
        };
        let class =
            number(&classes, row).and_then(|class| u8::try_from(class - 1).ok()).filter(|class| *class <= 8);
        Some(PoePort {
            port: named.unwrap_or_else(|| PortId::from(format!("{group}/{port}"))),
            status,
            class: class.filter(|_| status == PoeStatus::Delivering),
            watts: None,
        })
    };
    Ok(rows.iter().filter_map(port).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<T>(values: &[(u32, T)], value: impl Fn(&T) -> Value) -> Column {
        values.iter().map(|(row, own)| (vec![*row], value(own))).collect()
    }

    #[test]
    fn loopbacks_are_no_ports_and_names_are_unique() {
        let kinds = rows(&[(1, 6), (2, 24), (3, 6), (4, 161), (5, 6)], |kind| Value::Number(*kind));
        let text = |text: &&str| Value::Bytes(text.as_bytes().to_vec());
        let names = rows(&[(1, "Et1"), (2, "Lo0"), (3, "Et1"), (4, "Po1")], text);
        let descriptions = rows(&[(1, "Ethernet1"), (3, "Ethernet3")], text);
        let ports = Ports::of(&kinds, &names, &descriptions);
        let names: Vec<_> = ports.all().map(|(interface, name)| (interface, name.as_str())).collect();
        assert_eq!(names, [(1, "Et1"), (3, "Ethernet3"), (4, "Po1"), (5, "5")]);
    }
}
