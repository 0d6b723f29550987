//! The readers of foreign bytes, as plain functions for the fuzz targets. No part of the interface.
//!
//! Each panics if a reader breaks a promise; that is what the fuzzer looks for.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_snmp::{compatibility::DecodeConfig, message::Message};
use async_trait::async_trait;
use underlay_hal::{Cx, DeviceId, Pdu as _, Result, Sensors as _, Switch as _};
use underlay_snmp_mib::{FAMILIES, Oid};

use crate::{
    pdu::SnmpPdu,
    sensors::SnmpSensors,
    switch::SnmpSwitch,
    transport::{Transport, Value, value},
    traps::event,
};

/// An agent that has these objects and takes every change without doing it.
#[derive(Debug, Default)]
struct Told(BTreeMap<Oid, Value>);

#[async_trait]
impl Transport for Told {
    async fn get(&self, _: &Cx, objects: &[Oid]) -> Result<Vec<Option<Value>>> {
        Ok(objects.iter().map(|object| self.0.get(object).cloned()).collect())
    }

    async fn walk(&self, _: &Cx, below: &Oid) -> Result<Vec<(Oid, Value)>> {
        let within = self.0.iter().filter(|(object, _)| object.starts_with(below));
        Ok(within.map(|(object, value)| (object.clone(), value.clone())).collect())
    }

    async fn has_rows(&self, cx: &Cx, below: &Oid) -> Result<bool> {
        Ok(!self.walk(cx, below).await?.is_empty())
    }

    async fn set(&self, _: &Cx, _: &Oid, _: Value) -> Result<()> {
        Ok(())
    }
}

/// A message from anywhere: what the library makes of it, and what this crate makes of that.
pub fn replies(data: &[u8]) {
    let Ok(message) = Message::decode(data.to_vec().into(), DecodeConfig::default()) else { return };
    let Some(pdu) = message.value.into_pdu() else { return };
    let mut told = Told::default();
    for bound in pdu.varbinds() {
        let Some(read) = value(&bound.value) else { continue };
        assert!(read.text().is_none_or(|text| !text.is_empty() && !text.chars().any(char::is_control)));
        let _ = read.number();
        told.0.insert(Oid::new(bound.oid.arcs()), read);
    }
    all(told);
}

/// Rows at will below the columns that the readers know: each eight octets are column, row, kind and value.
pub fn rows(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let family = FAMILIES[usize::from(*first) % FAMILIES.len()];
    let columns = columns(family);
    let mut told = Told::default();
    for cell in rest.chunks_exact(8).take(256) {
        let column = columns[usize::from(cell[0]) % columns.len()];
        let row = [u32::from(cell[1] & 3), u32::from(cell[2] & 7)];
        let row = &row[usize::from(cell[1] >> 7)..];
        let raw = i64::from(i32::from_le_bytes([cell[4], cell[5], cell[6], cell[7]]));
        let value = match cell[3] % 5 {
            0 => Value::Number(raw),
            1 => Value::Number(i64::from(cell[4] % 8)),
            2 => Value::Bytes(cell[4..].to_vec()),
            3 => Value::Oid(Oid::table(column).join(row)),
            _ => Value::Other,
        };
        told.0.insert(Oid::table(column).join(row), value);
    }
    all(told);
}

/// Every column of a family, and those of the standards.
fn columns(family: &'static underlay_snmp_mib::Family) -> Vec<&'static str> {
    use underlay_snmp_mib::net::{bridge, entity, interfaces, lldp};
    let outlets = &family.outlets;
    let mut columns = vec![outlets.state];
    columns.extend([outlets.label, outlets.on_delay, outlets.off_delay].into_iter().flatten());
    columns.extend(family.meters.iter().flat_map(|meter| meter.columns).map(|(_, column, _)| *column));
    columns.extend(family.sensors.iter().flat_map(|sensors| [sensors.value, sensors.digits]));
    columns.extend(family.loads.iter().filter_map(|load| load.limits).flat_map(|limits| limits.columns()));
    columns.extend(family.probes.iter().map(|probe| probe.value));
    columns.extend(family.groups.iter().flat_map(|groups| [groups.label, groups.members, groups.kinds.0]));
    columns.extend([interfaces::DESCRIPTION, interfaces::NAME, interfaces::TYPE, interfaces::SPEED]);
    columns.extend([bridge::PORT_INTERFACE, bridge::CURRENT_EGRESS, bridge::STATIC_EGRESS]);
    columns.extend([bridge::VLAN_ADDRESS_PORT, bridge::ADDRESS_PORT, lldp::CHASSIS_ID, lldp::PORT_ID]);
    columns.extend([lldp::CHASSIS_KIND, lldp::PORT_KIND, lldp::LOCAL_ID, lldp::LOCAL_KIND]);
    columns.extend([entity::SENSOR_VALUE, entity::SENSOR_SCALE, entity::SENSOR_PRECISION]);
    columns
}

/// Every reader on one agent.
fn all(told: Told) {
    let transport: Arc<dyn Transport> = Arc::new(told);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let cx = Cx::new("fuzz", "fuzz").within(Duration::from_secs(10));
        let id = DeviceId::from("fuzz");
        for family in FAMILIES {
            let opened = SnmpPdu::open(&cx, id.clone(), Arc::clone(&transport), family).await;
            let Ok(pdu) = opened else { continue };
            let outlets = pdu.outlets(&cx).await.unwrap_or_default();
            let ids: std::collections::BTreeSet<_> = outlets.iter().map(|outlet| &outlet.id).collect();
            assert_eq!(ids.len(), outlets.len(), "two outlets of one name");
            let metrics = pdu.meter(&cx).await.unwrap_or_default();
            for circuit in &metrics.circuits {
                let values = [circuit.amperes, circuit.volts, circuit.watts, circuit.rated_amperes];
                assert!(values.into_iter().flatten().all(|value| value.is_finite() && value >= 0.0));
            }
            let groups = pdu.groups(&cx).await.unwrap_or_default();
            assert!(groups.iter().flat_map(|group| &group.outlets).all(|outlet| ids.contains(outlet)));
            let sensors = SnmpSensors::open(&cx, id.clone(), Arc::clone(&transport), Some(family)).await;
            if let Ok(Some(sensors)) = sensors {
                let readings = sensors.read_all(&cx).await.unwrap_or_default();
                assert!(readings.iter().filter_map(|reading| reading.value).all(f64::is_finite));
            }
        }
        if let Ok(Some(switch)) = SnmpSwitch::open(&cx, id, transport).await {
            let _ = (switch.facts(&cx).await, switch.ports(&cx).await, switch.neighbors(&cx).await);
            let _ = (switch.vlans(&cx).await, switch.macs(&cx).await);
            let poe = switch.poe(&cx).await.unwrap_or_default();
            assert!(poe.iter().filter_map(|port| port.watts).all(|watts| watts.is_finite() && watts >= 0.0));
        }
    });
}

/// A notification with variables at will.
pub fn traps(data: &[u8]) {
    let Ok(message) = Message::decode(data.to_vec().into(), DecodeConfig::default()) else { return };
    let Some(pdu) = message.value.into_pdu() else { return };
    let variables: Vec<_> = pdu
        .varbinds()
        .iter()
        .filter_map(|bound| Some((Oid::new(bound.oid.arcs()), value(&bound.value)?)))
        .collect();
    let oid = variables.first().map(|(oid, _)| oid.clone()).unwrap_or_default();
    let (told, _) = event(&oid, 0, &variables);
    assert!(!told.text.is_empty() && told.details.len() <= 66);
}
