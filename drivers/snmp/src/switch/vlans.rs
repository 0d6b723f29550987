//! VLANs and their members: bits of the bridge's own port numbers, the first port in the highest bit.

use std::collections::BTreeMap;

use underlay_hal::{Cx, PortId, Result, Vlan};
use underlay_snmp_mib::net::bridge;

use super::{bridge_ports, ports::Ports};
use crate::{
    table::{Column, column},
    transport::{Transport, Value},
};

/// The ports whose bits are set.
fn members(bits: Option<&Value>, ports: &[(u32, PortId)]) -> Vec<PortId> {
    let Some(Value::Bytes(bytes)) = bits else { return Vec::new() };
    let is_set = |number: u32| {
        let at = number.checked_sub(1)?;
        let byte = bytes.get(usize::try_from(at / 8).ok()?)?;
        Some(byte & (0x80 >> (at % 8)) != 0)
    };
    ports.iter().filter(|(number, _)| is_set(*number) == Some(true)).map(|(_, name)| name.clone()).collect()
}

/// The VLAN in the last number of a row.
pub(super) fn vlan_of(row: &[u32]) -> Option<u16> {
    row.last().and_then(|vlan| u16::try_from(*vlan).ok()).filter(|vlan| (1..=4094).contains(vlan))
}

pub(super) async fn read(cx: &Cx, transport: &dyn Transport, ports: &Ports) -> Result<Vec<Vlan>> {
    let ports = bridge_ports(cx, transport, ports).await?;
    let names = column(cx, transport, bridge::VLAN_NAME).await?;
    // What is in force, and else what is configured.
    let mut egress = column(cx, transport, bridge::CURRENT_EGRESS).await?;
    let mut untagged = column(cx, transport, bridge::CURRENT_UNTAGGED).await?;
    if egress.is_empty() {
        egress = column(cx, transport, bridge::STATIC_EGRESS).await?;
        untagged = column(cx, transport, bridge::STATIC_UNTAGGED).await?;
    }
    Ok(vlans(&names, &egress, &untagged, &ports))
}

fn vlans(names: &Column, egress: &Column, untagged: &Column, ports: &[(u32, PortId)]) -> Vec<Vlan> {
    let mut all: BTreeMap<u16, Vlan> = BTreeMap::new();
    for (row, name) in names {
        let Some(id) = vlan_of(row) else { continue };
        all.entry(id).or_insert_with(|| Vlan::new(id)).name = name.text();
    }
    for (row, bits) in egress {
        let Some(id) = vlan_of(row) else { continue };
        let vlan = all.entry(id).or_insert_with(|| Vlan::new(id));
        // RFC 4363: who sends it without a tag is one of those who send it.
        let plain = members(untagged.get(row), ports);
        (vlan.untagged, vlan.tagged) =
            members(Some(bits), ports).into_iter().partition(|port| plain.contains(port));
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_ports_from_the_highest_and_an_untagged_member_is_a_member_and_not_tagged_too() {
        let ports: Vec<_> = (1..=12).map(|number| (number, PortId::from(number.to_string()))).collect();
        let bits = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let egress =
            Column::from([(vec![0, 10], bits(&[0b1100_0000, 0b0001_0000])), (vec![0, 4095], bits(&[0xFF]))]);
        let untagged = Column::from([(vec![0, 10], bits(&[0b0110_0000]))]);
        let names = Column::from([(vec![20], bits(b"spare"))]);
        let vlans = vlans(&names, &egress, &untagged, &ports);
        let ids: Vec<_> = vlans.iter().map(|vlan| vlan.id).collect();
        assert_eq!(ids, [10, 20], "4095 is none");
        assert_eq!(
            (&*vlans[0].tagged, &*vlans[0].untagged),
            (&["1".into(), "12".into()][..], &["2".into()][..])
        );
        assert_eq!((vlans[1].name.as_deref(), vlans[1].tagged.len()), (Some("spare"), 0));
    }
}
