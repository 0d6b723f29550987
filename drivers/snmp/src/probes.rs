//! Temperature and humidity around a unit of power, by its family's tables.

use underlay_hal::{Cx, Reading, Result, SensorKind, Unit};
use underlay_snmp_mib::{Family, Oid, Probe, ProbeKind, Scale};

use crate::{
    limits::{self, Columns},
    table::{column, number, text},
    transport::Transport,
};

/// The columns of a table of probes.
fn columns(probe: &Probe) -> Vec<&'static str> {
    let named = [probe.present, probe.fahrenheit].map(|column| column.map(|(column, _)| column));
    let digits = match probe.one {
        Scale::Fixed(_) => None,
        Scale::Digits(column) => Some(column),
    };
    let limits = probe.limits.iter().flat_map(limits::columns);
    let own = [Some(probe.value), probe.label, digits].into_iter().chain(named).flatten();
    own.chain(limits).collect()
}

/// Whether the family's unit has any row of them.
pub(crate) async fn is_there(cx: &Cx, transport: &dyn Transport, family: &Family) -> Result<bool> {
    for probe in family.probes {
        if transport.has_rows(cx, &Oid::table(probe.value)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

const fn words(kind: ProbeKind) -> (SensorKind, Unit, &'static str) {
    match kind {
        ProbeKind::Temperature => (SensorKind::Temperature, Unit::Celsius, "temperature"),
        ProbeKind::Humidity => (SensorKind::Humidity, Unit::Percent, "humidity"),
    }
}

/// A value that a probe can have: colder than ice in space, or wetter than water, is a unit's word for "none".
fn plausible(kind: ProbeKind, value: f64) -> bool {
    match kind {
        ProbeKind::Temperature => (-100.0..=200.0).contains(&value),
        ProbeKind::Humidity => (0.0..=100.0).contains(&value),
    }
}

/// The readings of one table.
fn readings(probe: &Probe, read: &Columns) -> Vec<Reading> {
    let (kind, unit, word) = words(probe.kind);
    let empty = crate::table::Column::new();
    let of = |column: &str| read.get(column).unwrap_or(&empty);
    let is_meant =
        |row: &[u32]| probe.present.is_none_or(|(column, value)| number(of(column), row) == Some(value));
    let rows = of(probe.value).keys().filter(|row| is_meant(row));
    rows.map(|row| {
        let fahrenheit = probe.fahrenheit.is_some_and(|(column, value)| {
            let rows = of(column);
            let of_unit = || row.first().and_then(|first| number(rows, &[*first]));
            number(rows, row).or_else(of_unit).or_else(|| number(rows, &[0])) == Some(value)
        });
        let celsius = |value: f64| if fahrenheit { (value - 32.0) / 1.8 } else { value };
        let raw = number(of(probe.value), row).filter(|raw| raw.abs() < 1 << 31);
        #[allow(clippy::cast_precision_loss, reason = "the range is checked")]
        let value = raw.zip(limits::one(probe.one, read, row)).map(|(raw, one)| celsius(raw as f64 * one));
        let number: Vec<_> = row.iter().map(u32::to_string).collect();
        let id = format!("{word}.{}", number.join("."));
        Reading {
            name: probe.label.and_then(|column| text(of(column), row)).unwrap_or_else(|| id.clone()),
            id,
            kind,
            unit,
            // Sentry3 writes -1 for what it does not measure.
            value: value.filter(|value| plausible(probe.kind, *value) && raw != Some(-1)),
            health: None,
            states: Vec::new(),
            thresholds: probe
                .limits
                .as_ref()
                .map(|limits| limits::thresholds(limits, read, row, probe.kind == ProbeKind::Temperature))
                .unwrap_or_default(),
        }
    })
    .collect()
}

/// Every probe that is plugged in.
pub(crate) async fn read(cx: &Cx, transport: &dyn Transport, family: &Family) -> Result<Vec<Reading>> {
    let mut all = Vec::new();
    for probe in family.probes {
        let mut read = Columns::new();
        for name in columns(probe) {
            read.insert(name, column(cx, transport, name).await?);
        }
        all.extend(readings(probe, &read));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use underlay_snmp_mib::FAMILIES;

    use super::*;
    use crate::transport::Value;

    fn family(id: &str) -> &'static Family {
        FAMILIES.iter().find(|family| family.id == id).copied().expect("a family")
    }

    fn told(id: &str, cells: &[(&'static str, &[u32], i64)]) -> Vec<(String, Option<f64>)> {
        let mut read = Columns::new();
        for (column, row, value) in cells {
            read.entry(*column).or_default().insert(row.to_vec(), Value::Number(*value));
        }
        let all = family(id).probes.iter().flat_map(|probe| readings(probe, &read));
        all.map(|reading| (reading.id, reading.value.map(|value| (value * 10.0).round() / 10.0))).collect()
    }

    #[test]
    fn a_probe_that_is_not_plugged_in_is_none() {
        let (value, status) = ("318.1.1.26.10.2.2.1.8", "318.1.1.26.10.2.2.1.6");
        assert_eq!(
            told("apc-rpdu2", &[(value, &[1], 235), (status, &[1], 2), (value, &[2], -1), (status, &[2], 1)]),
            [("temperature.1".to_owned(), Some(23.5))]
        );
    }

    #[test]
    fn degrees_fahrenheit_are_told_in_celsius_and_impossible_ones_not_at_all() {
        let (value, status, scale) = ("534.6.6.7.7.1.1.4", "534.6.6.7.7.1.1.3", "534.6.6.7.1.2.1.9");
        let with = |raw, in_fahrenheit| {
            told("eaton-epdu", &[(value, &[0, 1], raw), (status, &[0, 1], 1), (scale, &[0], in_fahrenheit)])
        };
        assert_eq!(with(212, 0)[0].1, Some(21.2));
        assert_eq!(with(770, 1)[0].1, Some(25.0));
        assert_eq!(with(-2731, 0)[0].1, None);
    }

    #[test]
    fn of_one_table_with_every_kind_each_row_is_its_kind() {
        let (value, kind, digits) = ("13742.6.5.5.3.1.4", "13742.6.3.6.3.1.2", "13742.6.3.6.3.1.17");
        let rows = [
            (value, [1_u32, 1].as_slice(), 231),
            (kind, &[1, 1], 10),
            (digits, &[1, 1], 1),
            (value, &[1, 2], 47),
            (kind, &[1, 2], 11),
            (digits, &[1, 2], 0),
            (value, &[1, 3], 1),
            (kind, &[1, 3], 43),
            (digits, &[1, 3], 0),
        ];
        let expected = [("temperature.1.1".to_owned(), Some(23.1)), ("humidity.1.2".to_owned(), Some(47.0))];
        assert_eq!(told("raritan-pdu2", &rows), expected);
    }
}
