//! Sensors: readings with units, thresholds and health.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cx, Health, Result};

/// What is measured, in Redfish words (`Sensor.ReadingType`) where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SensorKind {
    /// Temperature.
    Temperature,
    /// Fan speed.
    Fan,
    /// Voltage.
    Voltage,
    /// Current.
    Current,
    /// Power.
    Power,
    /// Energy.
    Energy,
    /// Humidity.
    Humidity,
    /// A set of states, not a number.
    Discrete,
    /// Anything else.
    Other,
}

impl SensorKind {
    /// The kind in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Fan => "fan",
            Self::Voltage => "voltage",
            Self::Current => "current",
            Self::Power => "power",
            Self::Energy => "energy",
            Self::Humidity => "humidity",
            Self::Discrete => "discrete",
            Self::Other => "other",
        }
    }
}

/// The unit of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Degrees Celsius.
    Celsius,
    /// Revolutions per minute.
    Rpm,
    /// Percent.
    Percent,
    /// Volts.
    Volts,
    /// Amperes.
    Amperes,
    /// Watts.
    Watts,
    /// Joules.
    Joules,
    /// Hertz.
    Hertz,
    /// Seconds.
    Seconds,
    /// A pure number, or a unit this crate has no word for.
    None,
}

impl Unit {
    /// The usual symbol; empty for [`Unit::None`].
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Celsius => "°C",
            Self::Rpm => "RPM",
            Self::Percent => "%",
            Self::Volts => "V",
            Self::Amperes => "A",
            Self::Watts => "W",
            Self::Joules => "J",
            Self::Hertz => "Hz",
            Self::Seconds => "s",
            Self::None => "",
        }
    }
}

/// Limits, in the unit of the reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Warning when below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_caution: Option<f64>,
    /// Critical when below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_critical: Option<f64>,
    /// Damage when below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_fatal: Option<f64>,
    /// Warning when above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_caution: Option<f64>,
    /// Critical when above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_critical: Option<f64>,
    /// Damage when above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_fatal: Option<f64>,
}

/// One sensor, read once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The device's name of the sensor; unique on the device.
    pub id: String,
    /// Human-readable name.
    pub name: String,
    /// What is measured.
    pub kind: SensorKind,
    /// In which unit.
    pub unit: Unit,
    /// The value; `None` when the sensor is not readable now (host off, part absent, not scanned).
    pub value: Option<f64>,
    /// Health, where the device tells or thresholds allow to say.
    pub health: Option<Health>,
    /// Asserted states of a discrete sensor, in words.
    pub states: Vec<String>,
    /// The limits the device uses.
    pub thresholds: Thresholds,
}

/// The sensors.
///
/// - One call reads all; a sensor that cannot be read is listed with `value: None`, never left out or zero.
/// - `id` is unique and stable between calls.
/// - Values are finite numbers in the unit told.
#[async_trait]
pub trait Sensors: fmt::Debug + Send + Sync {
    /// Reads every sensor, in the device's order.
    ///
    /// # Errors
    /// As every read; one broken sensor is no error.
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>>;
}
