use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use underlay_hal::{Cx, Health, Reading, Result, SensorKind, Sensors, Thresholds, Unit};
use underlay_ipmi_codec::command::sensor::{
    GetSensorReading, GetSensorThresholds, RawThresholds, SensorReading,
};
use underlay_ipmi_codec::event::{self, Level};
use underlay_ipmi_codec::sdr::UnitKind;

use super::manager::optional;
use super::repository::{Records, Repository, SensorEntry};
use crate::error::Failure;
use crate::transport::bmc::Bmc;

/// The sensors of the SDR repository.
///
/// * Sensors of other controllers behind the BMC are listed without a value: they are not asked.
/// * Thresholds are read once for each version of the repository.
#[derive(Debug)]
pub(crate) struct IpmiSensors {
    bmc: Bmc,
    repository: Repository,
    thresholds: Mutex<ThresholdCache>,
}

#[derive(Default)]
struct ThresholdCache {
    of: Option<Arc<Records>>,
    raw: HashMap<String, RawThresholds>,
}

impl fmt::Debug for ThresholdCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThresholdCache").field("sensors", &self.raw.len()).finish_non_exhaustive()
    }
}

impl IpmiSensors {
    pub(crate) fn new(bmc: Bmc, repository: Repository) -> Self {
        Self { bmc, repository, thresholds: Mutex::default() }
    }

    async fn thresholds(&self, cx: &Cx, sensor: &SensorEntry) -> Result<RawThresholds, Failure> {
        if !sensor.record.is_threshold() || sensor.record.readable_thresholds == 0 {
            return Ok(RawThresholds::default());
        }
        if let Some(raw) = self.thresholds.lock().await.raw.get(&sensor.id) {
            return Ok(*raw);
        }
        let command = GetSensorThresholds { sensor: sensor.key.number };
        let raw = optional(self.bmc.run_on(cx, sensor.key.lun, &command).await)?.unwrap_or_default();
        self.thresholds.lock().await.raw.insert(sensor.id.clone(), raw);
        Ok(raw)
    }
}

#[async_trait]
impl Sensors for IpmiSensors {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        let records = self.repository.records(cx).await?;
        {
            let mut cache = self.thresholds.lock().await;
            if !cache.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &records)) {
                *cache = ThresholdCache { of: Some(Arc::clone(&records)), raw: HashMap::new() };
            }
        }
        let mut readings = Vec::with_capacity(records.sensors().len());
        for sensor in records.sensors() {
            let (mut reading, mut limits) = (None, RawThresholds::default());
            if sensor.is_local() {
                let command = GetSensorReading { sensor: sensor.key.number };
                // Firmware has many codes for "not now": C9, CB, CD, CE, D3, FF.
                reading = optional(self.bmc.run_on(cx, sensor.key.lun, &command).await)?;
                limits = self.thresholds(cx, sensor).await?;
            }
            readings.push(describe(sensor, reading, &limits));
        }
        Ok(readings)
    }
}

/// One reading in the HAL's words.
fn describe(sensor: &SensorEntry, reading: Option<SensorReading>, limits: &RawThresholds) -> Reading {
    let (unit, factor) = unit(sensor.record.units.kind());
    let convert = |raw: u8| sensor.record.conversion.and_then(|c| c.value(raw)).and_then(factor);
    let valid = reading.filter(|reading| reading.is_valid());
    let states = valid.and_then(|reading| reading.states).unwrap_or(0);
    let is_threshold = sensor.record.is_threshold();
    let asserted: Vec<event::State> = if is_threshold {
        Vec::new()
    } else {
        (0..15u8)
            .filter(|offset| states >> offset & 1 == 1)
            .map(|offset| event::describe(sensor.record.sensor_type, sensor.record.event_type, offset))
            .collect()
    };
    let health = valid.map(|_| {
        if is_threshold {
            threshold_health(states)
        } else {
            asserted.iter().map(|state| state.level).max().map_or(Health::Ok, health)
        }
    });
    let limit = |raw: Option<u8>| raw.and_then(convert);
    Reading {
        id: sensor.id.clone(),
        name: if sensor.name.is_empty() { sensor.id.clone() } else { sensor.name.clone() },
        kind: kind(sensor, unit),
        unit,
        value: valid.and_then(|reading| convert(reading.raw)),
        health,
        states: asserted.iter().map(|state| state.text.to_owned()).collect(),
        thresholds: Thresholds {
            lower_caution: limit(limits.lower_non_critical),
            lower_critical: limit(limits.lower_critical),
            lower_fatal: limit(limits.lower_non_recoverable),
            upper_caution: limit(limits.upper_non_critical),
            upper_critical: limit(limits.upper_critical),
            upper_fatal: limit(limits.upper_non_recoverable),
        },
    }
}

/// The HAL's unit, and what turns a value into it; the function gives `None` for what is not finite.
fn unit(kind: UnitKind) -> (Unit, fn(f64) -> Option<f64>) {
    fn same(value: f64) -> Option<f64> {
        Some(value)
    }
    match kind {
        UnitKind::Celsius => (Unit::Celsius, same),
        UnitKind::Fahrenheit => (Unit::Celsius, |value| Some((value - 32.0) / 1.8)),
        UnitKind::Kelvin => (Unit::Celsius, |value| Some(value - 273.15)),
        UnitKind::Volts => (Unit::Volts, same),
        UnitKind::Amperes => (Unit::Amperes, same),
        UnitKind::Watts => (Unit::Watts, same),
        UnitKind::Joules => (Unit::Joules, same),
        UnitKind::Rpm => (Unit::Rpm, same),
        UnitKind::Hertz => (Unit::Hertz, same),
        UnitKind::Seconds => (Unit::Seconds, same),
        UnitKind::Percent => (Unit::Percent, same),
        _ => (Unit::None, same),
    }
}

fn kind(sensor: &SensorEntry, unit: Unit) -> SensorKind {
    if !sensor.record.is_threshold() {
        return SensorKind::Discrete;
    }
    match (sensor.record.sensor_type, unit) {
        (_, Unit::Watts) => SensorKind::Power,
        (_, Unit::Joules) => SensorKind::Energy,
        (0x01, _) => SensorKind::Temperature,
        (0x02, _) => SensorKind::Voltage,
        (0x03, _) => SensorKind::Current,
        (0x04, _) => SensorKind::Fan,
        _ => SensorKind::Other,
    }
}

/// Threshold comparison bits: 0 to 2 lower non-critical, critical, non-recoverable; 3 to 5 upper.
fn threshold_health(states: u16) -> Health {
    if states & 0b11_0110 != 0 {
        Health::Critical
    } else if states & 0b00_1001 != 0 {
        Health::Warning
    } else {
        Health::Ok
    }
}

fn health(level: Level) -> Health {
    match level {
        Level::Normal => Health::Ok,
        Level::Warning => Health::Warning,
        Level::Critical => Health::Critical,
    }
}
