//! Where addresses are.

use std::collections::BTreeMap;

use underlay_hal::{Cx, MacAddress, MacEntry, MacEntryKind, PortId, Result};
use underlay_snmp_mib::net::bridge;

use super::{bridge_ports, ports::Ports, vlans::vlan_of};
use crate::{
    table::{Column, column, number},
    transport::{Transport, Value},
};

/// The address in the last six numbers of a row.
fn address(row: &[u32]) -> Option<MacAddress> {
    let octets: Vec<u8> =
        row.iter().rev().take(6).rev().map(|part| u8::try_from(*part)).collect::<Result<_, _>>().ok()?;
    <[u8; 6]>::try_from(octets).ok().map(MacAddress)
}

/// `dot1qTpFdbStatus`; nothing for an entry that is no longer valid.
fn kind(status: Option<i64>) -> Option<MacEntryKind> {
    match status {
        Some(2) => None,
        Some(3) => Some(MacEntryKind::Dynamic),
        Some(4) => Some(MacEntryKind::Own),
        Some(5) => Some(MacEntryKind::Static),
        _ => Some(MacEntryKind::Other),
    }
}

pub(super) async fn read(
    cx: &Cx,
    transport: &dyn Transport,
    ports: &Ports,
    by_vlan: bool,
) -> Result<Vec<MacEntry>> {
    let columns = match by_vlan {
        true => [bridge::VLAN_ADDRESS_PORT, bridge::VLAN_ADDRESS_STATUS],
        false => [bridge::ADDRESS_PORT, bridge::ADDRESS_STATUS],
    };
    let at = column(cx, transport, columns[0]).await?;
    let statuses = column(cx, transport, columns[1]).await?;
    let tables =
        if by_vlan { vlans(&column(cx, transport, bridge::VLAN_TABLE).await?) } else { BTreeMap::new() };
    let ports = bridge_ports(cx, transport, ports).await?;
    Ok(entries(&at, &statuses, &tables, &ports, by_vlan))
}

/// The VLAN of each table of addresses that belongs to one alone.
fn vlans(tables: &Column) -> BTreeMap<u32, Option<u16>> {
    let mut found: BTreeMap<u32, Option<u16>> = BTreeMap::new();
    for (row, table) in tables {
        let Some(table) = table.number().and_then(|table| u32::try_from(table).ok()) else { continue };
        found.entry(table).and_modify(|vlan| *vlan = None).or_insert_with(|| vlan_of(row));
    }
    found
}

fn entries(
    at: &Column,
    statuses: &Column,
    tables: &BTreeMap<u32, Option<u16>>,
    ports: &[(u32, PortId)],
    by_vlan: bool,
) -> Vec<MacEntry> {
    let entry = |(row, number_of): (&Vec<u32>, &Value)| {
        let kind = kind(number(statuses, row))?;
        let number = u32::try_from(number_of.number()?).ok()?;
        let named = ports.iter().find(|(known, _)| *known == number).map(|(_, name)| name.clone());
        // 0: it is known, and not where.
        let port = named.or_else(|| (number > 0).then(|| PortId::from(number.to_string())))?;
        let table = row.first().filter(|_| by_vlan);
        // Where the switch does not tell, most number their tables as their VLANs.
        let vlan = table.and_then(|table| tables.get(table).copied().unwrap_or_else(|| vlan_of(&[*table])));
        Some(MacEntry { mac: address(row)?, vlan, port, kind })
    };
    at.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_port_and_the_vlan_of_its_table() {
        let row = |table: u32, last: u32| vec![table, 2, 0, 0, 0, 0, last];
        let at = Column::from([
            (row(5, 1), Value::Number(1)),
            (row(5, 2), Value::Number(0)),
            (row(9, 3), Value::Number(7)),
            (row(5, 999), Value::Number(1)),
        ]);
        let statuses = Column::from([(row(5, 1), Value::Number(3)), (row(9, 3), Value::Number(3))]);
        let tables = vlans(&Column::from([
            (vec![0, 100], Value::Number(5)),
            (vec![0, 7], Value::Number(9)),
            (vec![0, 8], Value::Number(9)),
        ]));
        let seen = entries(&at, &statuses, &tables, &[(1, "Et1".into())], true);
        let seen: Vec<_> =
            seen.iter().map(|entry| (entry.mac.to_string(), entry.vlan, entry.port.as_str())).collect();
        let wanted =
            [("02:00:00:00:00:01".to_owned(), Some(100), "Et1"), ("02:00:00:00:00:03".to_owned(), None, "7")];
        assert_eq!(seen, wanted, "not where nobody knows, nothing that is no address, and no VLAN of two");
    }
}
