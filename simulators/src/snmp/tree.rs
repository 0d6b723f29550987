//! Every object of a unit at one moment. Pure: a unit in, a map out.

use std::collections::BTreeMap;

use underlay_snmp_mib::{
    Family, Limits, MeterKind, Oid, Policy, Probe, ProbeKind, Quantity, STANDARD, Scale, Standing, State,
    Switching, net::entity, system, ups,
};

use super::shape::{Shape, numbers};
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
    let outlets = i32::try_from(unit.outlets.len()).unwrap_or(i32::MAX);
    for (object, number) in numbers(family.id, outlets) {
        put(object, &[], Cell::Integer(number));
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
    together(unit, &mut put);
    measure(unit, &mut put);
    limits(unit, &mut put);
    around(unit, &mut put);
    if family.id == STANDARD.id {
        standard(unit, &mut put);
    }
    all
}

/// What the standards' modules tell of a unit beyond its table: every physical entity's class, and what a UPS says.
fn standard(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    const MAKER: &str = "Contoso";
    /// `entPhysicalClass`.
    const CHASSIS: i32 = 3;
    const ENERGY_OBJECT: i32 = 13;
    let text = |text: &str| Cell::Text(text.to_owned());
    put(entity::CLASS, unit.shape.inlet, Cell::Integer(CHASSIS));
    put(entity::NAME, unit.shape.inlet, text(unit.name));
    put(entity::MANUFACTURER, unit.shape.inlet, text(MAKER));
    let on = unit.family.outlets.value(State::On).unwrap_or(0);
    put(unit.family.outlets.state, unit.shape.inlet, integer(on));
    for outlet in unit.outlets {
        put(entity::CLASS, &[outlet.number], Cell::Integer(ENERGY_OBJECT));
    }
    let watts: f64 = unit.outlets.iter().map(|outlet| outlet.watts).sum();
    let load = measured(quantity(Quantity::Amperes, watts) / rated(MeterKind::Inlet), 0.01);
    for (object, cell) in [
        (ups::MANUFACTURER, text(MAKER)),
        (ups::MODEL, text(unit.shape.model)),
        (ups::FIRMWARE, text(unit.shape.firmware)),
        (ups::OUTPUT_SOURCE, Cell::Integer(3)),
    ] {
        put(object, &[], cell);
    }
    put(ups::OUTPUT_LOAD, &[1], integer(load));
}

/// The groups of a unit: its first half, and its second.
pub(crate) fn groups(outlets: u32) -> [(u32, &'static str, std::ops::RangeInclusive<u32>); 2] {
    let half = outlets.div_ceil(2);
    [(1, "Section A", 1..=half), (2, "Section B", half + 1..=outlets)]
}

/// Outlets that are switched together.
fn together(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    let (Some(table), Some(label)) = (&unit.family.groups, unit.family.outlets.label) else { return };
    let outlets = u32::try_from(unit.outlets.len()).unwrap_or(0);
    for (number, name, within) in groups(outlets) {
        let index = [unit.shape.before, &[number]].concat();
        let on = unit.outlets.iter().filter(|outlet| within.contains(&outlet.number)).map(|outlet| outlet.on);
        let states: Vec<bool> = on.collect();
        let state = match (states.contains(&true), states.contains(&false)) {
            (true, false) => table.is_on,
            (false, _) => table.is_off,
            (true, true) => 3,
        };
        put(table.label, &index, Cell::Text(name.to_owned()));
        put(table.state, &index, integer(state));
        for column in [table.on, table.off] {
            put(column, &index, Cell::Integer(-1));
        }
        for (child, outlet) in (1..).zip(within) {
            let at = [index.as_slice(), &[child]].concat();
            put(table.kinds.0, &at, integer(table.kinds.1));
            let row = [unit.shape.before, &[outlet]].concat();
            put(table.members, &at, Cell::Oid(Oid::table(label).join(&row)));
        }
    }
}

/// The circuits of a kind, and the watts of each: all outlets are behind one inlet with one phase.
fn rows(unit: &Unit<'_>, kind: MeterKind) -> Vec<(Vec<u32>, f64)> {
    let total: f64 = unit.outlets.iter().map(|outlet| outlet.watts).sum();
    let outlet = |outlet: &OutletView| ([unit.shape.before, &[outlet.number]].concat(), outlet.watts);
    match kind {
        MeterKind::Outlet => unit.outlets.iter().map(outlet).collect(),
        MeterKind::Inlet => vec![(unit.shape.inlet.to_vec(), total)],
        MeterKind::Phase => {
            let first = [unit.shape.inlet, &[1]].concat();
            vec![(unit.shape.phase.map_or(first, <[u32]>::to_vec), total)]
        }
        MeterKind::Bank => Vec::new(),
    }
}

/// What a circuit of a kind may carry, in amperes.
fn rated(kind: MeterKind) -> f64 {
    if kind == MeterKind::Outlet { 10.0 } else { 32.0 }
}

/// From so many parts of the rating on it is a warning.
const CAUTION: f64 = 0.8;

/// How a table of limits is filled: nothing below, caution and critical above.
fn bounds(
    limits: &Limits,
    row: &[u32],
    digits: i32,
    (caution, critical): (f64, f64),
    put: &mut impl FnMut(&str, &[u32], Cell),
) {
    let one = match limits.one {
        Scale::Fixed(one) => one,
        Scale::Digits(column) => {
            put(column, row, Cell::Integer(digits));
            10_f64.powi(-digits)
        }
    };
    // Without a column that says which of them count, a negative one is none.
    let none = if limits.enabled.is_some() { 0 } else { -1 };
    for column in [limits.lower_caution, limits.lower_critical] {
        put(column, row, Cell::Integer(none));
    }
    put(limits.upper_caution, row, integer(measured(caution, one)));
    put(limits.upper_critical, row, integer(measured(critical, one)));
    if let Some(column) = limits.enabled {
        put(column, row, Cell::Bytes(vec![0x30]));
    }
}

/// How the circuits stand to their limits.
fn limits(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    for load in unit.family.loads {
        for (row, watts) in rows(unit, load.kind) {
            let own = [row.as_slice(), load.number.as_slice()].concat();
            let rated = rated(load.kind);
            let standing = match quantity(Quantity::Amperes, watts) / rated {
                part if part > 1.0 => Standing::Critical,
                part if part > CAUTION => Standing::Warning,
                _ => Standing::Normal,
            };
            if let Some((column, words)) = load.standing {
                // Several words may mean the same; the last is the one for what is too high.
                let word = words.iter().rev().find(|(_, known)| *known == standing);
                let normal = words.iter().find(|(_, known)| *known == Standing::Normal);
                let word = if standing == Standing::Normal { normal } else { word };
                put(column, &own, integer(word.map_or(0, |(word, _)| *word)));
            }
            if let Some((column, one)) = load.rated {
                put(column, &row, integer(measured(rated, one)));
            }
            if let Some(limits) = &load.limits {
                bounds(limits, &own, 3, (rated * CAUTION, rated), put);
            }
        }
    }
}

/// What one probe says.
pub(crate) struct Around {
    /// What it is called, in the table or else by its row.
    pub(crate) name: String,
    pub(crate) kind: ProbeKind,
    pub(crate) value: f64,
    index: Vec<u32>,
    limits: (f64, f64),
}

/// One probe of each kind that the family has, at the air inlet of the rack.
pub(crate) fn probes(family: &'static Family, shape: &Shape) -> Vec<(&'static Probe, Around)> {
    // Of one table with every kind, the rows must differ.
    let shared = family.probes.iter().any(|probe| matches!(probe.one, Scale::Digits(_)));
    let probe = |(number, probe): (u32, &'static Probe)| {
        let index = [shape.before, &[if shared { number } else { 1 }]].concat();
        let (value, word, title, limits) = match probe.kind {
            ProbeKind::Temperature => (23.5, "temperature", "Inlet temperature", (30.0, 35.0)),
            ProbeKind::Humidity => (44.0, "humidity", "Inlet humidity", (70.0, 80.0)),
        };
        let row: Vec<_> = index.iter().map(u32::to_string).collect();
        let name = match probe.label {
            Some(_) if shared => title.to_owned(),
            Some(_) => "Rack inlet".to_owned(),
            None => format!("{word}.{}", row.join(".")),
        };
        (probe, Around { name, kind: probe.kind, value, index, limits })
    };
    (1..).zip(family.probes).map(probe).collect()
}

/// The probes' rows.
fn around(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    for (probe, Around { name, value, index, limits, .. }) in probes(unit.family, unit.shape) {
        let digits = 1;
        let one = match probe.one {
            Scale::Fixed(one) => one,
            Scale::Digits(column) => {
                put(column, &index, Cell::Integer(digits));
                10_f64.powi(-digits)
            }
        };
        put(probe.value, &index, integer(measured(value, one)));
        if let Some(column) = probe.label {
            put(column, &index, Cell::Text(name));
        }
        if let Some((column, meant)) = probe.present {
            put(column, &index, integer(meant));
        }
        if let Some((column, fahrenheit)) = probe.fahrenheit {
            put(column, &index, integer(1 - fahrenheit));
        }
        if let Some(table) = &probe.limits {
            bounds(table, &index, digits, limits, put);
        }
    }
}

/// What flows: each outlet, and all of them at the inlet and on its one phase.
fn measure(unit: &Unit<'_>, put: &mut impl FnMut(&str, &[u32], Cell)) {
    let standard = unit.family.id == STANDARD.id;
    for meter in unit.family.meters {
        for (index, watts) in rows(unit, meter.kind) {
            for (what, column, one) in meter.columns {
                let one = if meter.power_of_ten.is_some() { 0.1 } else { *one };
                let value = measured(quantity(*what, watts), one);
                // The standards' modules have integers where vendors have gauges.
                let gauge = Cell::Gauge(u32::try_from(value).unwrap_or(u32::MAX));
                put(column, &index, if standard { integer(value) } else { gauge });
            }
            if let Some(column) = meter.power_of_ten {
                put(column, &index, Cell::Integer(-1));
            }
        }
    }
    for sensors in unit.family.sensors {
        for (index, watts) in rows(unit, sensors.kind) {
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
