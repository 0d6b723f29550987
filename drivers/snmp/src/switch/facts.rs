//! What a switch is.

use std::time::Duration;

use underlay_hal::{Cx, Result, SwitchFacts};
use underlay_snmp_mib::{Oid, net::entity, system};

use crate::{
    table::{column, number, text},
    transport::{Transport, Value},
};

/// `entPhysicalClass`: the chassis.
const CHASSIS: i64 = 3;

pub(super) async fn read(cx: &Cx, transport: &dyn Transport) -> Result<SwitchFacts> {
    let objects = [system::DESCRIPTION, system::NAME, system::UP_TIME, system::LOCATION].map(Oid::table);
    let values = transport.get(cx, &objects).await?;
    let value = |at: usize| values.get(at).and_then(Option::as_ref);
    let mut facts = SwitchFacts::default();
    facts.host_name = value(1).and_then(Value::text);
    facts.location = value(3).and_then(Value::text);
    // Hundredths of a second.
    let ticks = value(2).and_then(Value::number).and_then(|ticks| u64::try_from(ticks).ok());
    facts.uptime = ticks.map(|ticks| Duration::from_millis(ticks * 10));
    let of = async |name: &str| column(cx, transport, name).await;
    let classes = of(entity::CLASS).await?;
    let (models, serials) = (of(entity::MODEL).await?, of(entity::SERIAL).await?);
    let (makers, software) = (of(entity::MANUFACTURER).await?, of(entity::SOFTWARE).await?);
    let chassis = classes.keys().find(|row| number(&classes, row) == Some(CHASSIS));
    if let Some(row) = chassis {
        facts.model = text(&models, row);
        facts.serial_number = text(&serials, row);
        facts.vendor = text(&makers, row);
        facts.software_version = text(&software, row);
    }
    let description = value(0).and_then(Value::text);
    facts.model = facts.model.or_else(|| description.clone());
    facts.vendor = facts.vendor.or_else(|| description?.split_whitespace().next().map(str::to_owned));
    Ok(facts)
}
