//! What flows through inlets, phases, banks and outlets.

use std::collections::BTreeMap;

use underlay_hal::{Circuit, Cx, ErrorKind, PduMetrics, Result, Skipped};
use underlay_snmp_mib::{Family, MeterKind, Quantity};

/// Every circuit's row, in the order of the circuits.
pub(super) type Rows = Vec<(MeterKind, Index)>;

use super::{SnmpPdu, circuit_kind};
use crate::{
    index::{Index, names},
    table::{Column, number},
    transport::Value,
};

/// The columns that measure outlets.
pub(super) fn outlet_columns(family: &Family) -> impl Iterator<Item = &'static str> {
    let meters = family.meters.iter().filter(|meter| meter.kind == MeterKind::Outlet);
    let sensors = family.sensors.iter().filter(|sensors| sensors.kind == MeterKind::Outlet);
    meters
        .flat_map(|meter| meter.columns)
        .map(|(_, column, _)| *column)
        .chain(sensors.map(|sensors| sensors.value))
}

/// A reading, unless it is one of the values that stand for none: negative ones, and the largest of 31 and 32 bits.
pub(crate) fn reading(raw: i64, one: f64) -> Option<f64> {
    const NONE: [i64; 2] = [i32::MAX as i64, u32::MAX as i64];
    // No reading of a unit needs more than the 53 bits that stay exact.
    #[allow(clippy::cast_precision_loss, reason = "the range is checked")]
    (0..1_i64 << 53).contains(&raw).then_some(raw as f64 * one).filter(|_| !NONE.contains(&raw))
}

/// A reading with its power of ten, which is one of those that have names: yocto to yotta.
fn scaled(raw: i64, power: i64) -> Option<f64> {
    let power = i32::try_from(power).ok().filter(|power| (-24..=24).contains(power))?;
    // One division or multiplication by an exact power keeps short decimals short.
    reading(raw, 1.0).map(|raw| if power < 0 { raw / 10_f64.powi(-power) } else { raw * 10_f64.powi(power) })
}

fn put(circuit: &mut Circuit, quantity: Quantity, value: f64) {
    let place = match quantity {
        Quantity::Amperes => &mut circuit.amperes,
        Quantity::Volts => &mut circuit.volts,
        Quantity::Watts => &mut circuit.watts,
        Quantity::VoltAmperes => &mut circuit.volt_amperes,
        Quantity::PowerFactor => &mut circuit.power_factor,
        Quantity::Hertz => &mut circuit.hertz,
        Quantity::WattHours => &mut circuit.watt_hours,
    };
    // A power factor above one is a unit's own arithmetic.
    *place = Some(value).filter(|value| quantity != Quantity::PowerFactor || *value <= 1.0);
}

/// Readings by row.
type Measured = BTreeMap<Index, Vec<(Quantity, f64)>>;

impl SnmpPdu {
    /// One column; a failure of it is noted, unless nobody would get an answer.
    pub(super) async fn tolerated(
        &self,
        cx: &Cx,
        column: &str,
        skipped: &mut Vec<Skipped>,
    ) -> Result<Column> {
        match self.column(cx, column).await {
            Ok(rows) => Ok(rows),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::DeviceFault | ErrorKind::PermissionDenied | ErrorKind::Protocol
                ) =>
            {
                skipped.push(Skipped { what: column.to_owned(), why: error.message().to_owned() });
                Ok(Column::new())
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn measure(&self, cx: &Cx) -> Result<PduMetrics> {
        let mut metrics = PduMetrics::default();
        let mut rows = Rows::new();
        for meter in self.family.meters {
            let mut measured = Measured::new();
            let mut more = [Column::new(), Column::new()];
            for (place, column) in more.iter_mut().zip([meter.rows.column(), meter.power_of_ten]) {
                if let Some(column) = column {
                    *place = self.tolerated(cx, column, &mut metrics.skipped).await?;
                }
            }
            let [kinds, powers] = more;
            for (quantity, column, one) in meter.columns {
                for (row, value) in self.tolerated(cx, column, &mut metrics.skipped).await? {
                    let Some(raw) = value.number() else { continue };
                    if !meter.rows.meant(number(&kinds, &row)) {
                        continue;
                    }
                    let value = match meter.power_of_ten {
                        // Without it a value could mean anything.
                        Some(_) => number(&powers, &row).and_then(|power| scaled(raw, power)),
                        None => reading(raw, *one),
                    };
                    let readings = measured.entry(row).or_default();
                    readings.extend(value.map(|value| (*quantity, value)));
                }
            }
            self.circuits(meter.kind, measured, &mut metrics.circuits, &mut rows);
        }
        for sensors in self.family.sensors {
            let digits = self.tolerated(cx, sensors.digits, &mut metrics.skipped).await?;
            let mut measured = Measured::new();
            for (row, value) in self.tolerated(cx, sensors.value, &mut metrics.skipped).await? {
                let (Some((number, circuit)), Some(raw)) = (row.split_last(), value.number()) else {
                    continue;
                };
                let known = sensors.numbers.iter().find(|(known, _)| known == number);
                // Without its digits a value could mean anything.
                let digits =
                    digits.get(&row).and_then(Value::number).filter(|digits| (0..=9).contains(digits));
                let (Some((_, quantity)), Some(digits)) = (known, digits) else { continue };
                let one = 10_f64.powi(-i32::try_from(digits).unwrap_or(0));
                let readings = measured.entry(circuit.to_vec()).or_default();
                readings.extend(reading(raw, one).map(|value| (*quantity, value)));
            }
            self.circuits(sensors.kind, measured, &mut metrics.circuits, &mut rows);
        }
        self.limits(cx, &rows, &mut metrics).await?;
        Ok(metrics)
    }

    /// A circuit of each row; an outlet's is called as the outlet.
    fn circuits(&self, kind: MeterKind, measured: Measured, circuits: &mut Vec<Circuit>, rows: &mut Rows) {
        let own = names(measured.keys());
        for (row, readings) in measured {
            let outlet = self.rows.iter().find(|(known, _)| kind == MeterKind::Outlet && *known == row);
            let id = outlet.map(|(_, id)| id.as_str()).or_else(|| own.get(&row).map(String::as_str));
            let id = id.filter(|id| !id.is_empty()).unwrap_or("1");
            let mut circuit = Circuit::new(id, circuit_kind(kind));
            for (quantity, value) in readings {
                put(&mut circuit, quantity, value);
            }
            let taken = |known: &Circuit| (known.kind, &known.id) == (circuit.kind, &circuit.id);
            if !circuits.iter().any(taken) {
                circuits.push(circuit);
                rows.push((kind, row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_nothing_is_no_reading() {
        assert_eq!((reading(0, 0.1), reading(23, 0.1)), (Some(0.0), Some(23.0 * 0.1)));
        for raw in [-1, -2731, i64::from(i32::MAX), i64::from(u32::MAX), i64::MAX, i64::MIN] {
            assert_eq!(reading(raw, 1.0), None, "{raw}");
        }
    }

    #[test]
    fn a_power_of_ten_counts_if_it_has_a_name() {
        assert_eq!(
            (scaled(1234, -1), scaled(1234, 0), scaled(3, 3)),
            (Some(123.4), Some(1234.0), Some(3000.0))
        );
        assert_eq!((scaled(1, 25), scaled(1, i64::MIN), scaled(-1, 0)), (None, None, None));
    }

    #[test]
    fn a_power_factor_is_at_most_one() {
        let mut circuit = Circuit::new("1", underlay_hal::CircuitKind::Outlet);
        put(&mut circuit, Quantity::PowerFactor, 1.2);
        assert_eq!(circuit.power_factor, None);
        put(&mut circuit, Quantity::PowerFactor, 0.98);
        assert_eq!(circuit.power_factor, Some(0.98));
    }
}
