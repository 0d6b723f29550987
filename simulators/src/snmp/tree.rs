//! Every object of a unit at one moment. Pure: a unit in, a map out.

use std::collections::BTreeMap;

use underlay_snmp_mib::{Family, MeterKind, Oid, Policy, Quantity, State, Switching, system};

use super::shape::Shape;
use crate::plant::{OutletAction, OutletPolicy, OutletTurn, OutletView, SimTime};

/// Volts at every outlet.
pub(crate) const VOLTS: f64 = 230.0;
/// Active to apparent power.
const FACTOR: f64 = 0.98;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// `INTEGER`.
    Integer(i32),
    /// `Gauge32`.
    Gauge(u32),
    /// `TimeTicks`.
    Ticks(u32),
    /// `Counter32`.
    Counter32(u32),
    /// `Counter64`.
    Counter(u64),
    /// `IpAddress`.
    Address([u8; 4]),
    /// `OCTET STRING` for people.
    Text(String),
    /// `OCTET STRING`.
    Bytes(Vec<u8>),
    /// `OBJECT IDENTIFIER`.
    Oid(Oid),
}

/// What a unit is and does at one moment.
#[derive(Debug)]
pub(crate) struct Unit<'u> {
    pub(crate) family: &'static Family,
    pub(crate) shape: &'static Shape,
    pub(crate) name: &'u str,
    pub(crate) serial: &'u str,
    pub(crate) now: SimTime,
    pub(crate) outlets: &'u [OutletView],
}

/// The policy in the table's words.
fn policy(policy: OutletPolicy) -> Policy {
    match policy {
        OutletPolicy::AlwaysOn => Policy::AlwaysOn,
        OutletPolicy::AlwaysOff => Policy::AlwaysOff,
        OutletPolicy::LastState => Policy::LastState,
    }
}

/// The state in the table's words: what waits is told in it where the table has a word for that.
fn state(unit: &Unit<'_>, outlet: &OutletView) -> i64 {
    let table = &unit.family.outlets;
    let plain = table.value(if outlet.on { State::On } else { State::Off }).unwrap_or(0);
    let waits = outlet.turn.map(|turn| match (turn.action, outlet.on) {
        (OutletAction::On, _) => State::PendingOn,
        (OutletAction::Off | OutletAction::Cycle, _) => State::PendingOff,
    });
    waits.and_then(|state| table.value(state)).unwrap_or(plain)
}

fn integer(value: i64) -> Cell {
    Cell::Integer(i32::try_from(value).unwrap_or(i32::MAX))
}

/// A measured value in the column's unit.
fn measured(value: f64, one: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "watts and amperes of one unit")]
    let rounded = (value / one).round() as i64;
    rounded
}

fn quantity(quantity: Quantity, watts: f64) -> f64 {
    let apparent = watts / FACTOR;
    match quantity {
        Quantity::Watts => watts,
        Quantity::VoltAmperes => apparent,
        Quantity::Amperes => apparent / VOLTS,
        Quantity::Volts => VOLTS,
        Quantity::PowerFactor => FACTOR,
        Quantity::Hertz => 50.0,
        // What a day at this load takes: the counter is no clock.
        Quantity::WattHours => watts * 24.0,
    }
}

/// Seconds until then.
fn left(turn: Option<OutletTurn>, action: OutletAction, now: SimTime) -> Option<i64> {
    let turn = turn.filter(|turn| turn.action == action)?;
    i64::try_from(turn.at.saturating_sub(now).as_secs()).ok()
}

/// Every object, in order.
pub(crate) fn objects(unit: &Unit<'_>) -> BTreeMap<Oid, Cell> {
    let mut all = BTreeMap::new();
    let mut put =
        |column: &str, index: &[u32], cell: Cell| drop(all.insert(Oid::table(column).join(index), cell));
    let (family, shape, table) = (unit.family, unit.shape, &unit.family.outlets);
    for (object, cell) in [
        (system::DESCRIPTION, Cell::Text(format!("{} {} {}", family.title, shape.model, shape.firmware))),
        (system::OBJECT_ID, Cell::Oid(Oid::table(shape.object_id))),
        (system::UP_TIME, Cell::Ticks(u32::try_from(unit.now.as_millis() / 10).unwrap_or(u32::MAX))),
        (system::CONTACT, Cell::Text(String::new())),
        (system::NAME, Cell::Text(unit.name.to_owned())),
        (system::LOCATION, Cell::Text(String::new())),
        (system::SERVICES, Cell::Integer(72)),
    ] {
        put(object, &[], cell);
    }
    let identity = [
        (family.identity.model, shape.model),
        (family.identity.serial, unit.serial),
        (family.identity.firmware, shape.firmware),
    ];
    for ((column, text), index) in identity.into_iter().zip(shape.identity) {
        if let Some(column) = column {
            put(column, index, Cell::Text(text.to_owned()));
        }
    }
    for outlet in unit.outlets {
        let index = [shape.before, &[outlet.number]].concat();
        match &table.switching {
            Some(Switching::Words { column, now, .. }) => {
                put(column, &index, integer(if outlet.on { now.on } else { now.off }));
            }
            Some(Switching::Seconds { on, off, cycle, cancel }) => {
                let wait = |action| integer(left(outlet.turn, action, unit.now).unwrap_or(*cancel));
                put(on, &index, wait(OutletAction::On));
                put(off, &index, wait(OutletAction::Off));
                if let Some(cycle) = cycle {
                    put(cycle, &index, wait(OutletAction::Cycle));
                }
            }
            None => {}
        }
        // After the commands: some tables have one column for both.
        put(table.state, &index, integer(state(unit, outlet)));
        for (column, text) in [(table.label, &outlet.label), (table.label_set, &outlet.label)] {
            if let Some(column) = column {
                put(column, &index, Cell::Text(text.clone()));
            }
        }
        if let Some((column, waits)) = table.pending {
            put(column, &index, integer(if outlet.turn.is_some() { waits } else { waits + 1 }));
        }
        let times = [
            (table.on_delay, outlet.on_delay),
            (table.off_delay, outlet.off_delay),
            (table.cycle_off_time, outlet.cycle_off_time),
        ];
        for (column, seconds) in times {
            if let Some(column) = column {
                put(column, &index, integer(i64::from(seconds)));
            }
        }
        if let Some((column, words)) = table.policy {
            let word =
                words.iter().find(|(_, known)| *known == policy(outlet.policy)).map_or(0, |(word, _)| *word);
            put(column, &index, integer(word));
        }
        if let Some((column, fixed)) = table.fixed {
            put(column, &index, integer(if fixed == 1 { 2 } else { 1 }));
        }
    }
    measure(unit, &mut put);
    all
}

/// What flows: each outlet, and all of them at the inlet and on its one phase.
fn measure(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    let total: f64 = unit.outlets.iter().map(|outlet| outlet.watts).sum();
    let outlets: Vec<(Vec<u32>, f64)> = unit
        .outlets
        .iter()
        .map(|outlet| ([unit.shape.before, &[outlet.number]].concat(), outlet.watts))
        .collect();
    let rows = |kind: MeterKind| match kind {
        MeterKind::Outlet => outlets.clone(),
        MeterKind::Inlet => vec![(unit.shape.inlet.to_vec(), total)],
        MeterKind::Phase => vec![([unit.shape.inlet, &[1]].concat(), total)],
        MeterKind::Bank => Vec::new(),
    };
    for meter in unit.family.meters {
        for (index, watts) in rows(meter.kind) {
            for (what, column, one) in meter.columns {
                let value = measured(quantity(*what, watts), *one);
                put(column, &index, Cell::Gauge(u32::try_from(value).unwrap_or(u32::MAX)));
            }
        }
    }
    for sensors in unit.family.sensors {
        for (index, watts) in rows(sensors.kind) {
            for (number, what) in sensors.numbers {
                let digits: u8 = match what {
                    Quantity::Amperes => 3,
                    Quantity::PowerFactor => 2,
                    _ => 0,
                };
                let index = [index.as_slice(), &[*number]].concat();
                let value = measured(quantity(*what, watts), 10_f64.powi(-i32::from(digits)));
                put(sensors.digits, &index, Cell::Integer(i32::from(digits)));
                put(sensors.value, &index, Cell::Gauge(u32::try_from(value).unwrap_or(u32::MAX)));
            }
        }
    }
}
