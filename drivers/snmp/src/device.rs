//! A unit that is open.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{Cx, Device, DeviceId, DeviceInfo, Oem, Pdu, Result};
use underlay_snmp_mib::{Family, Oid, family_of, system};

use crate::{
    pdu::SnmpPdu,
    settings::Settings,
    transport::{Transport, Value},
};

#[derive(Debug)]
pub(crate) struct SnmpDevice {
    info: DeviceInfo,
    oem: Oem,
    pdu: Option<SnmpPdu>,
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
    ) -> Result<Self> {
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
        }
        Ok(Self { info, oem: Oem::default(), pdu })
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

    /// Nothing is held open.
    async fn close(&self, _: &Cx) -> Result<()> {
        Ok(())
    }
}
