//! Limits of what is measured, where the device tells them.

use std::collections::BTreeMap;

use underlay_hal::Thresholds;
use underlay_snmp_mib::{Limits, Scale};

use crate::{
    table::{Column, number},
    transport::Value,
};

/// Columns by name, as far as they could be read.
pub(crate) type Columns = BTreeMap<&'static str, Column>;

/// The columns that limits are read from.
pub(crate) fn columns(limits: &Limits) -> impl Iterator<Item = &'static str> {
    let digits = match limits.one {
        Scale::Fixed(_) => None,
        Scale::Digits(column) => Some(column),
    };
    limits.columns().into_iter().chain(digits).chain(limits.enabled)
}

/// What one unit of a row's value is; `None` where it should be told and is not: the value could mean anything.
pub(crate) fn one(scale: Scale, columns: &Columns, row: &[u32]) -> Option<f64> {
    match scale {
        Scale::Fixed(one) => Some(one),
        Scale::Digits(column) => {
            let digits = number(columns.get(column)?, row).filter(|digits| (0..=9).contains(digits))?;
            Some(10_f64.powi(-i32::try_from(digits).ok()?))
        }
    }
}

/// The limits of one row. A negative one is none, unless what is measured can be below zero.
pub(crate) fn thresholds(limits: &Limits, columns: &Columns, row: &[u32], signed: bool) -> Thresholds {
    let Some(one) = one(limits.one, columns, row) else { return Thresholds::default() };
    let enabled = limits.enabled.and_then(|column| columns.get(column)?.get(row)).and_then(bits);
    let limit = |column: &str, bit: u8| {
        let raw = number(columns.get(column)?, row)?;
        let counts = limits.enabled.is_none() || enabled.is_some_and(|bits| bits & (0x80 >> bit) != 0);
        let told = (signed && raw != i64::from(i32::MAX)) || raw >= 0;
        #[allow(clippy::cast_precision_loss, reason = "limits are small numbers")]
        (counts && told && raw.abs() < 1 << 31).then_some(raw as f64 * one)
    };
    Thresholds {
        lower_critical: limit(limits.lower_critical, 0),
        lower_caution: limit(limits.lower_caution, 1),
        upper_caution: limit(limits.upper_caution, 2),
        upper_critical: limit(limits.upper_critical, 3),
        ..Thresholds::default()
    }
}

/// The first octet of `BITS`.
fn bits(value: &Value) -> Option<u8> {
    match value {
        Value::Bytes(bytes) => bytes.first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        lower_critical: "1.1",
        lower_caution: "1.2",
        upper_critical: "1.3",
        upper_caution: "1.4",
        one: Scale::Digits("1.5"),
        enabled: Some("1.6"),
    };

    fn told(values: [i64; 4], digits: Option<i64>, enabled: u8, signed: bool) -> Thresholds {
        let row = |value: Value| Column::from([(vec![7], value)]);
        let mut columns = Columns::new();
        for (column, value) in ["1.1", "1.2", "1.3", "1.4"].into_iter().zip(values) {
            columns.insert(column, row(Value::Number(value)));
        }
        if let Some(digits) = digits {
            columns.insert("1.5", row(Value::Number(digits)));
        }
        columns.insert("1.6", row(Value::Bytes(vec![enabled, 0])));
        thresholds(&LIMITS, &columns, &[7], signed)
    }

    #[test]
    fn only_limits_that_count_are_told_and_in_their_unit() {
        let upper =
            Thresholds { upper_caution: Some(6.5), upper_critical: Some(8.0), ..Thresholds::default() };
        assert_eq!(told([0, 1000, 8000, 6500], Some(3), 0x30, false), upper);
        assert_eq!(told([0, 1000, 8000, 6500], Some(3), 0x00, false), Thresholds::default());
        assert_eq!(told([0, 1000, 8000, 6500], None, 0xF0, false), Thresholds::default(), "no digits");
        assert_eq!(told([0, 1000, 8000, 6500], Some(12), 0xF0, false), Thresholds::default(), "odd digits");
    }

    #[test]
    fn a_negative_limit_is_one_only_where_it_is_cold() {
        assert_eq!(told([-100, -1, -1, -1], Some(1), 0xF0, false), Thresholds::default());
        assert_eq!(told([-100, -1, 350, 300], Some(1), 0xF0, true).lower_critical, Some(-10.0));
    }
}
