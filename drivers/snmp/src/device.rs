//! A unit that is open.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{Cx, Device, DeviceId, DeviceInfo, Events, Oem, Pdu, Result, Sensors, Switch};
use underlay_snmp_mib::{Family, Oid, STANDARD, family_of, net::entity, system, ups};

use crate::{
    pdu::SnmpPdu,
    sensors::SnmpSensors,
    settings::Settings,
    switch::SnmpSwitch,
    table::column,
    transport::{Transport, Value},
    traps::{Hearing, SnmpEvents},
};

#[derive(Debug)]
pub(crate) struct SnmpDevice {
    info: DeviceInfo,
    oem: Oem,
    pdu: Option<SnmpPdu>,
    switch: Option<SnmpSwitch>,
    sensors: Option<SnmpSensors>,
    events: Option<SnmpEvents>,
}

/// The family whose outlets have rows, of those that the unit may be of; else the likeliest, which is measured only.
async fn family(
    cx: &Cx,
    transport: &dyn Transport,
    object_id: Option<&Oid>,
    settings: &Settings,
) -> Result<Option<&'static Family>> {
    if let Some(family) = settings.family {
        return Ok(Some(family));
    }
    let Some(object_id) = object_id else { return Ok(None) };
    let mut likeliest = None;
    for family in family_of(object_id) {
        if transport.has_rows(cx, &Oid::table(family.outlets.state)).await? {
            return Ok(Some(family));
        }
        likeliest = likeliest.or(Some(family));
    }
    Ok(likeliest)
}

/// Does a unit that is of no family tell of energy objects, or of a UPS's output?
async fn is_standard(cx: &Cx, transport: &dyn Transport) -> Result<bool> {
    Ok(transport.has_rows(cx, &Oid::table(STANDARD.outlets.state)).await?
        || transport.has_rows(cx, &Oid::table(ups::OUTPUT_VOLTAGE)).await?)
}

/// Who made it, of one that is of no vendor's family; a UPS without ENTITY-MIB says more by its own.
async fn introduce(cx: &Cx, transport: &dyn Transport, info: &mut DeviceInfo, named: bool) -> Result<()> {
    let rows = column(cx, transport, entity::MANUFACTURER).await?;
    info.vendor = rows.values().find_map(Value::text);
    let asked = [ups::MANUFACTURER, ups::MODEL, ups::FIRMWARE].map(Oid::table);
    let told = transport.get(cx, &asked).await?;
    let told = |at: usize| told.get(at).and_then(Option::as_ref).and_then(Value::text);
    info.vendor = info.vendor.take().or_else(|| told(0));
    if !named {
        info.model = told(1).or(info.model.take());
    }
    info.firmware_version = info.firmware_version.take().or_else(|| told(2));
    Ok(())
}

impl SnmpDevice {
    pub(crate) async fn open(
        cx: &Cx,
        id: DeviceId,
        transport: Arc<dyn Transport>,
        settings: &Settings,
        hearing: Hearing,
    ) -> Result<Self> {
        let events = SnmpEvents::new(id.clone(), hearing, settings);
        let mut info = DeviceInfo::new(id.clone(), "snmp");
        let asked = [system::OBJECT_ID, system::DESCRIPTION].map(Oid::table);
        let found = transport.get(cx, &asked).await?;
        let value = |at: usize| found.get(at).and_then(Option::as_ref);
        let object_id = value(0).and_then(|value| match value {
            Value::Oid(oid) => Some(oid),
            _ => None,
        });
        info.model = value(1).and_then(Value::text);
        let mut family = family(cx, &*transport, object_id, settings).await?;
        let mut switch = None;
        if family.is_none() {
            switch = SnmpSwitch::open(cx, id.clone(), Arc::clone(&transport)).await?;
            // A switch that tells what its ports draw is a switch.
            if switch.is_none() && is_standard(cx, &*transport).await? {
                family = Some(STANDARD);
            }
        }
        tracing::debug!(device = %id, family = family.map(|family| family.id), "classified");
        let mut pdu = None;
        let sensors = SnmpSensors::open(cx, id.clone(), Arc::clone(&transport), family).await?;
        if let Some(family) = family {
            let mut named = false;
            for (place, column) in [
                (&mut info.model, family.identity.model),
                (&mut info.serial_number, family.identity.serial),
                (&mut info.firmware_version, family.identity.firmware),
            ] {
                let Some(name) = column else { continue };
                let rows = transport.walk(cx, &Oid::table(name)).await?;
                let told = rows.iter().find_map(|(_, value)| match value {
                    Value::Number(number) => Some(number.to_string()),
                    other => other.text(),
                });
                named |= told.is_some() && column == family.identity.model;
                *place = told.or(place.take());
            }
            if family.id == STANDARD.id {
                introduce(cx, &*transport, &mut info, named).await?;
            } else {
                info.vendor = family.title.split_whitespace().next().map(str::to_owned);
            }
            pdu = Some(SnmpPdu::open(cx, id, transport, family).await?);
        } else if let Some(switch) = &switch {
            let facts = switch.facts(cx).await?;
            info.vendor = facts.vendor;
            info.model = facts.model.or(info.model);
            info.serial_number = facts.serial_number;
            info.firmware_version = facts.software_version;
        }
        Ok(Self { info, oem: Oem::default(), pdu, switch, sensors, events })
    }
}

#[async_trait]
impl Device for SnmpDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn oem(&self) -> &Oem {
        &self.oem
    }

    fn pdu(&self) -> Option<&dyn Pdu> {
        self.pdu.as_ref().map(|pdu| pdu as &dyn Pdu)
    }

    fn switch(&self) -> Option<&dyn Switch> {
        self.switch.as_ref().map(|switch| switch as &dyn Switch)
    }

    fn sensors(&self) -> Option<&dyn Sensors> {
        self.sensors.as_ref().map(|sensors| sensors as &dyn Sensors)
    }

    fn events(&self) -> Option<&dyn Events> {
        self.events.as_ref().map(|events| events as &dyn Events)
    }

    /// Nothing is held open; who listens for events stops with the driver.
    async fn close(&self, _: &Cx) -> Result<()> {
        Ok(())
    }
}
