//! Who is at the other end, by LLDP.

use underlay_hal::{Cx, LldpNeighbor, MacAddress, PortId, PortNeighbor, Result};
use underlay_snmp_mib::net::lldp;

use super::ports::Ports;
use crate::{
    table::{Column, column, number, text},
    transport::{Transport, Value},
};

/// `lldpRemChassisIdSubtype`: an address.
const CHASSIS_ADDRESS: i64 = 4;
/// `lldpRemPortIdSubtype`: an address.
const PORT_ADDRESS: i64 = 3;

/// An identifier: an address as addresses are written, anything else as text.
fn identifier(value: &Value, is_address: bool) -> Option<String> {
    if let (true, Value::Bytes(bytes)) = (is_address, value)
        && let Ok(octets) = <[u8; 6]>::try_from(bytes.as_slice())
    {
        return Some(MacAddress(octets).to_string());
    }
    value.text()
}

/// What LLDP's number of a local port is called: often the interface's number, but not always.
struct Local<'p> {
    ports: &'p Ports,
    ids: Column,
    descriptions: Column,
}

impl Local<'_> {
    fn name(&self, number: u32) -> PortId {
        let told = [text(&self.ids, &[number]), text(&self.descriptions, &[number])];
        let by_text = told.iter().flatten().find_map(|told| self.ports.called(told));
        let by_index = told.iter().flatten().find_map(|told| self.ports.name(told.parse().ok()?));
        let known = by_text.or(by_index).or_else(|| self.ports.name(number)).cloned();
        let [id, _] = told;
        known.unwrap_or_else(|| PortId::from(id.unwrap_or_else(|| number.to_string())))
    }
}

pub(super) async fn read(cx: &Cx, transport: &dyn Transport, ports: &Ports) -> Result<Vec<PortNeighbor>> {
    let of = async |name: &str| column(cx, transport, name).await;
    let local =
        Local { ports, ids: of(lldp::LOCAL_ID).await?, descriptions: of(lldp::LOCAL_DESCRIPTION).await? };
    let (chassis_kinds, chassis) = (of(lldp::CHASSIS_KIND).await?, of(lldp::CHASSIS_ID).await?);
    let (port_kinds, port_ids) = (of(lldp::PORT_KIND).await?, of(lldp::PORT_ID).await?);
    let names = of(lldp::SYSTEM_NAME).await?;
    let neighbor = |(row, id): (&Vec<u32>, &Value)| {
        let [_, port, _] = row.as_slice() else { return None };
        let mut neighbor = LldpNeighbor::default();
        neighbor.chassis_id = identifier(id, number(&chassis_kinds, row) == Some(CHASSIS_ADDRESS));
        let port_id = port_ids.get(row);
        neighbor.port_id =
            port_id.and_then(|id| identifier(id, number(&port_kinds, row) == Some(PORT_ADDRESS)));
        neighbor.system_name = text(&names, row);
        Some(PortNeighbor { port: local.name(*port), neighbor })
    };
    Ok(chassis.iter().filter_map(neighbor).collect())
}
