//! A unit that is open.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{Cx, Device, DeviceId, DeviceInfo, Events, Oem, Pdu, Result, Sensors, Switch};
use underlay_snmp_mib::{Family, Oid, family_of, system};

use crate::{
    pdu::SnmpPdu,
    sensors::SnmpSensors,
    settings::Settings,
    switch::SnmpSwitch,
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
        let family = family(cx, &*transport, object_id, settings).await?;
        tracing::debug!(device = %id, family = family.map(|family| family.id), "classified");
        let mut pdu = None;
        let mut switch = None;
        let sensors = SnmpSensors::open(cx, id.clone(), Arc::clone(&transport), family).await?;
        if let Some(family) = family {
            for (place, column) in [
                (&mut info.model, family.identity.model),
                (&mut info.serial_number, family.identity.serial),
                (&mut info.firmware_version, family.identity.firmware),
            ] {
                let Some(column) = column else { continue };
                let rows = transport.walk(cx, &Oid::table(column)).await?;
                let told = rows.iter().find_map(|(_, value)| match value {
                    Value::Number(number) => Some(number.to_string()),
                    other => other.text(),
                });
                *place = told.or(place.take());
            }
            info.vendor = family.title.split_whitespace().next().map(str::to_owned);
            pdu = Some(SnmpPdu::open(cx, id, transport, family).await?);
        } else {
            switch = SnmpSwitch::open(cx, id, transport).await?;
            if let Some(switch) = &switch {
                let facts = switch.facts(cx).await?;
                info.vendor = facts.vendor;
                info.model = facts.model.or(info.model);
                info.serial_number = facts.serial_number;
                info.firmware_version = facts.software_version;
            }
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
