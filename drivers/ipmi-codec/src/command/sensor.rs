//! Sensor reading and thresholds (IPMI 2.0, sections 35.9 and 35.14).

use super::{Command, command};
use crate::{DecodeError, Reader};

/// Get Sensor Reading.
#[derive(Clone, Copy, Debug)]
pub struct GetSensorReading {
    /// The sensor's number.
    pub sensor: u8,
}

/// A raw reading and states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SensorReading {
    /// The raw reading; convert it with the sensor's record.
    pub raw: u8,
    /// Does the BMC scan the sensor?
    pub scanning: bool,
    /// Does the BMC say that reading and states do not count now?
    pub unavailable: bool,
    /// States as bits 0 to 14, or threshold comparisons as bits 0 to 5; absent in short answers.
    pub states: Option<u16>,
}

impl SensorReading {
    /// Do reading and states count?
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.scanning && !self.unavailable
    }
}

impl Command for GetSensorReading {
    type Answer = SensorReading;
    command!("Get Sensor Reading", SENSOR, 0x2D, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.sensor);
    }

    fn decode(&self, data: &[u8]) -> Result<SensorReading, DecodeError> {
        let mut reader = Reader::new(data);
        let [raw, flags] = reader.array("sensor reading")?;
        let states =
            reader.u8("sensor states").ok().map(|low| u16::from_le_bytes([low, reader.u8_or(0) & 0x7F]));
        Ok(SensorReading { raw, scanning: flags & 0x40 != 0, unavailable: flags & 0x20 != 0, states })
    }
}

/// Get Sensor Thresholds.
#[derive(Clone, Copy, Debug)]
pub struct GetSensorThresholds {
    /// The sensor's number.
    pub sensor: u8,
}

/// Raw thresholds; convert them as the reading. A threshold the BMC does not tell is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawThresholds {
    /// Lower non-critical.
    pub lower_non_critical: Option<u8>,
    /// Lower critical.
    pub lower_critical: Option<u8>,
    /// Lower non-recoverable.
    pub lower_non_recoverable: Option<u8>,
    /// Upper non-critical.
    pub upper_non_critical: Option<u8>,
    /// Upper critical.
    pub upper_critical: Option<u8>,
    /// Upper non-recoverable.
    pub upper_non_recoverable: Option<u8>,
}

impl Command for GetSensorThresholds {
    type Answer = RawThresholds;
    command!("Get Sensor Thresholds", SENSOR, 0x27, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.sensor);
    }

    fn decode(&self, data: &[u8]) -> Result<RawThresholds, DecodeError> {
        let [readable, lnc, lcr, lnr, unc, ucr, unr] = Reader::new(data).array("sensor thresholds")?;
        let told = |bit: u8, raw: u8| (readable >> bit & 1 == 1).then_some(raw);
        Ok(RawThresholds {
            lower_non_critical: told(0, lnc),
            lower_critical: told(1, lcr),
            lower_non_recoverable: told(2, lnr),
            upper_non_critical: told(3, unc),
            upper_critical: told(4, ucr),
            upper_non_recoverable: told(5, unr),
        })
    }
}
