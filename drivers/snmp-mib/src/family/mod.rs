//! Families of power distribution units.
//!
//! A column is given without its index; a row's index is what stands behind the column's identifier. Rows of different
//! tables belong together if their index is the same.

mod apc;
mod baytech;
mod cis;
mod cyberpower;
mod eaton;
mod gude;
mod liebert;
mod raritan;
mod servertech;
mod vertiv;

use crate::Oid;

/// What an outlet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Gives power.
    On,
    /// Gives none.
    Off,
    /// Off, and will be on.
    PendingOn,
    /// On, and will be off.
    PendingOff,
    /// Between off and on again.
    Cycling,
    /// On, and held so.
    LockedOn,
    /// Off, and held so.
    LockedOff,
    /// Fuse, breaker, relay or communication.
    Fault,
}

/// What an outlet does when power comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// On.
    AlwaysOn,
    /// Off.
    AlwaysOff,
    /// As it was.
    LastState,
}

/// A family.
#[derive(Debug)]
pub struct Family {
    /// Its name in rack files and answers.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where its objects are defined.
    pub source: &'static str,
    /// What `sysObjectID` begins with; the longest that fits decides.
    pub object_ids: &'static [&'static str],
    /// What says which unit it is.
    pub identity: Identity,
    /// The outlets.
    pub outlets: Outlets,
    /// What is measured.
    pub meters: &'static [Meter],
    /// What is measured, where one table has every sensor.
    pub sensors: &'static [Sensors],
}

/// Columns or scalars; the first row counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity {
    /// The model.
    pub model: Option<&'static str>,
    /// The serial number.
    pub serial: Option<&'static str>,
    /// The firmware's version.
    pub firmware: Option<&'static str>,
}

/// The outlets of a family.
#[derive(Debug)]
pub struct Outlets {
    /// The column of states; every row is an outlet.
    pub state: &'static str,
    /// What its values mean.
    pub states: &'static [(i64, State)],
    /// A column that says that a change waits, and its value then.
    pub pending: Option<(&'static str, i64)>,
    /// Names for people: read, and written if that can be.
    pub label: Option<&'static str>,
    /// Where they are written.
    pub label_set: Option<&'static str>,
    /// How they are switched.
    pub switching: Option<Switching>,
    /// Seconds before an outlet goes on.
    pub on_delay: Option<&'static str>,
    /// Seconds before it goes off.
    pub off_delay: Option<&'static str>,
    /// Seconds that it stays off in a cycle.
    pub cycle_off_time: Option<&'static str>,
    /// What it does when power comes back.
    pub policy: Option<(&'static str, &'static [(i64, Policy)])>,
    /// A column that says whether the outlet can be switched, and its value if not.
    pub fixed: Option<(&'static str, i64)>,
}

impl Outlets {
    /// Nothing but states.
    const fn new(state: &'static str, states: &'static [(i64, State)]) -> Self {
        Self {
            state,
            states,
            pending: None,
            label: None,
            label_set: None,
            switching: None,
            on_delay: None,
            off_delay: None,
            cycle_off_time: None,
            policy: None,
            fixed: None,
        }
    }

    /// What a value of the column means.
    #[must_use]
    pub fn meaning(&self, value: i64) -> Option<State> {
        self.states.iter().find(|(known, _)| *known == value).map(|(_, state)| *state)
    }

    /// The value of a state.
    #[must_use]
    pub fn value(&self, state: State) -> Option<i64> {
        self.states.iter().find(|(_, known)| *known == state).map(|(value, _)| *value)
    }
}

/// How outlets are switched.
#[derive(Debug)]
pub enum Switching {
    /// One column takes words.
    Words {
        /// The column.
        column: &'static str,
        /// At once.
        now: Commands,
        /// After the delay that the outlet is configured with.
        later: Option<Commands>,
        /// Takes back what waits.
        cancel: Option<i64>,
    },
    /// A column for each, which takes seconds; 0 is at once.
    Seconds {
        /// On.
        on: &'static str,
        /// Off.
        off: &'static str,
        /// Off, and on again.
        cycle: Option<&'static str>,
        /// Takes back what waits; also what it reads if nothing does.
        cancel: i64,
    },
}

/// The words of one column.
#[derive(Clone, Copy, Debug)]
pub struct Commands {
    /// On.
    pub on: i64,
    /// Off.
    pub off: i64,
    /// Off, and on again.
    pub cycle: Option<i64>,
}

/// Where it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterKind {
    /// The cord that feeds the unit.
    Inlet,
    /// A phase of it.
    Phase,
    /// What is behind one breaker.
    Bank,
    /// An outlet.
    Outlet,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Amperes.
    Amperes,
    /// Volts.
    Volts,
    /// Watts.
    Watts,
    /// Volt-amperes.
    VoltAmperes,
    /// 0 to 1.
    PowerFactor,
    /// Hertz.
    Hertz,
    /// Watt-hours.
    WattHours,
}

/// One table of measurements: each row a circuit.
#[derive(Debug)]
pub struct Meter {
    /// What its rows are.
    pub kind: MeterKind,
    /// A column with what one unit of its value is.
    pub columns: &'static [(Quantity, &'static str, f64)],
}

/// One table of sensors: the last number of the index says which, and another table how many decimal digits a value has.
#[derive(Debug)]
pub struct Sensors {
    /// What the rows are, without the sensor's number.
    pub kind: MeterKind,
    /// The values.
    pub value: &'static str,
    /// Their decimal digits.
    pub digits: &'static str,
    /// What a sensor's number means.
    pub numbers: &'static [(u32, Quantity)],
}

/// Every family.
pub const FAMILIES: &[&Family] = &[
    &apc::MASTERSWITCH,
    &apc::RPDU,
    &apc::RPDU2,
    &apc::EASY,
    &raritan::PX1,
    &raritan::PDU2,
    &servertech::SENTRY3,
    &servertech::SENTRY4,
    &eaton::EPDU,
    &eaton::REVELATION,
    &cis::PANDUIT,
    &cis::NLOGIC,
    &cis::HPE3,
    &cis::HPE2,
    &vertiv::GEIST,
    &liebert::MPH,
    &cyberpower::EPDU2,
    &cyberpower::EPDU,
    &baytech::RPC,
    &gude::EPC1202,
];

/// The families that a unit may be of, the likeliest first. `sysObjectID` alone does not tell two generations of one
/// vendor apart, and older tables are served by newer units: the first whose outlets have rows is it.
pub fn family_of(object_id: &Oid) -> impl Iterator<Item = &'static Family> {
    let mut fitting: Vec<(usize, &'static Family)> = FAMILIES
        .iter()
        .filter_map(|family| {
            let prefixes = family.object_ids.iter().map(|prefix| Oid::table(prefix));
            let fits = prefixes.filter(|prefix| object_id.starts_with(prefix));
            Some((fits.map(|prefix| prefix.numbers().len()).max()?, *family))
        })
        .collect();
    // Stable: of two that fit as well, the table's order decides.
    fitting.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    fitting.into_iter().map(|(_, family)| family)
}

#[cfg(test)]
mod tests;
