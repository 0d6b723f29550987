//! Optics and environment, by ENTITY-SENSOR-MIB and by the tables of units of power.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{Cx, DeviceId, Reading, Result, SensorKind, Sensors, Thresholds, Unit};
use underlay_snmp_mib::{Family, Oid, net::entity};

use crate::{
    probes,
    table::{Column, column, number, text},
    transport::Transport,
};

/// The sensors of one agent.
#[derive(Debug)]
pub(crate) struct SnmpSensors {
    device: DeviceId,
    transport: Arc<dyn Transport>,
    /// Whether the standard's table has rows.
    standard: bool,
    /// The family whose probes it has.
    probes: Option<&'static Family>,
}

/// What a number of the standard means (RFC 3433 `EntitySensorDataType`).
fn kind(value: Option<i64>) -> (SensorKind, Unit) {
    match value {
        Some(3 | 4) => (SensorKind::Voltage, Unit::Volts),
        Some(5) => (SensorKind::Current, Unit::Amperes),
        Some(6) => (SensorKind::Power, Unit::Watts),
        Some(7) => (SensorKind::Other, Unit::Hertz),
        Some(8) => (SensorKind::Temperature, Unit::Celsius),
        Some(9) => (SensorKind::Humidity, Unit::Percent),
        Some(10) => (SensorKind::Fan, Unit::Rpm),
        _ => (SensorKind::Other, Unit::None),
    }
}

/// The value in its unit: each step of the scale is a thousand, each digit of precision a tenth.
fn value(raw: i64, scale: i64, precision: i64) -> Option<f64> {
    // The bounds of RFC 3433; what is beyond them is one of the agent's words for "none".
    if !(-1_000_000_000..=1_000_000_000).contains(&raw)
        || !(1..=17).contains(&scale)
        || !(-8..=9).contains(&precision)
    {
        return None;
    }
    let exponent = i32::try_from((scale - 9) * 3 - precision).ok()?;
    #[allow(clippy::cast_precision_loss, reason = "the range is checked")]
    let shown = raw as f64;
    // One division or multiplication by an exact power keeps short decimals short.
    Some(if exponent < 0 { shown / 10_f64.powi(-exponent) } else { shown * 10_f64.powi(exponent) })
}

impl SnmpSensors {
    /// The sensors, if the agent has some.
    pub(crate) async fn open(
        cx: &Cx,
        device: DeviceId,
        transport: Arc<dyn Transport>,
        family: Option<&'static Family>,
    ) -> Result<Option<Self>> {
        let standard = transport.has_rows(cx, &Oid::table(entity::SENSOR_VALUE)).await?;
        let mut probes = None;
        if let Some(family) = family
            && probes::is_there(cx, &*transport, family).await?
        {
            probes = Some(family);
        }
        let there = standard || probes.is_some();
        Ok(there.then_some(Self { device, transport, standard, probes }))
    }

    async fn all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        let mut all = if self.standard { self.read(cx).await? } else { Vec::new() };
        if let Some(family) = self.probes {
            all.extend(probes::read(cx, &*self.transport, family).await?);
        }
        Ok(all)
    }

    async fn read(&self, cx: &Cx) -> Result<Vec<Reading>> {
        let of = async |name: &str| column(cx, &*self.transport, name).await;
        let values = of(entity::SENSOR_VALUE).await?;
        let (types, scales) = (of(entity::SENSOR_TYPE).await?, of(entity::SENSOR_SCALE).await?);
        let (precisions, statuses) = (of(entity::SENSOR_PRECISION).await?, of(entity::SENSOR_STATUS).await?);
        let (names, descriptions) = (of(entity::NAME).await?, of(entity::DESCRIPTION).await?);
        let or = |column: &Column, row: &[u32], other: i64| number(column, row).unwrap_or(other);
        let reading = |row: &Vec<u32>| {
            let id = row.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
            let (kind, unit) = kind(number(&types, row));
            let works = or(&statuses, row, 1) == 1;
            let raw = number(&values, row).filter(|_| works);
            Reading {
                name: text(&names, row).or_else(|| text(&descriptions, row)).unwrap_or_else(|| id.clone()),
                id,
                kind,
                unit,
                value: raw.and_then(|raw| value(raw, or(&scales, row, 9), or(&precisions, row, 0))),
                health: None,
                states: Vec::new(),
                thresholds: Thresholds::default(),
            }
        };
        Ok(values.keys().map(reading).collect())
    }
}

#[async_trait]
impl Sensors for SnmpSensors {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        self.all(cx).await.map_err(|error| error.during("sensors.read_all").on(&self.device))
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn scale_and_precision_are_powers_of_ten() {
        assert_eq!(value(415, 9, 1), Some(41.5));
        assert_eq!(value(3300, 8, 0), Some(3.3), "milli");
        assert_eq!(value(12, 10, 0), Some(12_000.0), "kilo");
        assert_eq!((value(1_000_000_001, 9, 0), value(1, 0, 0), value(1, 9, 10)), (None, None, None));
    }
}
