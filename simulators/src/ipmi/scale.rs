//! From a value to the one byte of an IPMI reading, and the factors that go into its record.
use crate::persona::{SensorData, SensorKind, Thresholds};

/// Factors of the linear reading formula: value = M · raw · 10^exponent (IPMI 2.0, section 36.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) m: u16,
    pub(super) exponent: i8,
    pub(super) signed: bool,
}

impl Scale {
    /// The finest scale that holds every value and threshold of a sensor, with room above.
    pub(super) fn of(data: &SensorData) -> Self {
        let t = &data.thresholds;
        let limits = [
            t.lower_caution,
            t.lower_critical,
            t.lower_fatal,
            t.upper_caution,
            t.upper_critical,
            t.upper_fatal,
            data.off,
            Some(data.on),
        ];
        let highest = limits.iter().flatten().fold(0.0_f64, |high, value| high.max(*value));
        let signed = limits.iter().flatten().any(|value| *value < 0.0);
        if data.kind == SensorKind::Temperature {
            return Self { m: 1, exponent: 0, signed };
        }
        let steps = if signed { 127.0 } else { 255.0 };
        let step = highest * 1.2 / steps;
        for exponent in [-3_i8, -2, -1, 0, 1, 2] {
            let m = (step / 10_f64.powi(i32::from(exponent))).ceil();
            if m <= 100.0 {
                // At most 100, so nothing is cut off.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let m = m.max(1.0) as u16;
                return Self { m, exponent, signed };
            }
        }
        Self { m: 100, exponent: 2, signed }
    }

    /// The nearest raw byte; out of range sticks to the end of the range.
    pub(super) fn raw(self, value: f64) -> u8 {
        let steps = (value / (f64::from(self.m) * 10_f64.powi(i32::from(self.exponent)))).round();
        // Clamped to the byte's range first.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        if self.signed {
            (steps.clamp(-128.0, 127.0) as i8).cast_unsigned()
        } else {
            steps.clamp(0.0, 255.0) as u8
        }
    }
}

/// Sensor type and base unit (IPMI 2.0, tables 42-3 and 43-15).
pub(super) fn type_and_unit(kind: SensorKind) -> (u8, u8) {
    match kind {
        SensorKind::Temperature => (0x01, 1),
        SensorKind::Voltage => (0x02, 4),
        SensorKind::Current => (0x03, 5),
        SensorKind::Fan => (0x04, 18),
        SensorKind::Power => (0x0B, 6),
    }
}

/// Thresholds in the order of the bits that stand for them, lower non-critical first.
pub(super) fn in_order(thresholds: &Thresholds) -> [Option<f64>; 6] {
    [
        thresholds.lower_caution,
        thresholds.lower_critical,
        thresholds.lower_fatal,
        thresholds.upper_caution,
        thresholds.upper_critical,
        thresholds.upper_fatal,
    ]
}

/// One bit for each threshold that exists.
pub(super) fn mask(thresholds: &Thresholds) -> u8 {
    in_order(thresholds).iter().zip(0..).fold(0, |mask, (limit, bit)| mask | u8::from(limit.is_some()) << bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persona::PersonaSet;

    #[test]
    fn every_sensor_of_every_persona_survives_the_byte() {
        let set = PersonaSet::embedded().unwrap_or_else(|error| panic!("{error}"));
        for name in set.names() {
            for data in &set.get(name).unwrap_or_else(|| panic!("{name}")).sensors {
                let scale = Scale::of(data);
                for value in in_order(&data.thresholds).into_iter().flatten().chain([data.on]) {
                    let raw = scale.raw(value);
                    let steps = if scale.signed { f64::from(raw.cast_signed()) } else { f64::from(raw) };
                    let unit = f64::from(scale.m) * 10_f64.powi(i32::from(scale.exponent));
                    assert!(
                        (steps * unit - value).abs() <= unit / 2.0 + 1e-9,
                        "{name} {}: {value}",
                        data.name
                    );
                }
            }
        }
    }
}
