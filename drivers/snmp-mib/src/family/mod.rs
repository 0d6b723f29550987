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
mod standard;
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
    /// What `sysObjectID` begins with; the longest that fits decides. Empty in [`STANDARD`], which anybody may serve.
    pub object_ids: &'static [&'static str],
    /// What says which unit it is.
    pub identity: Identity,
    /// The outlets.
    pub outlets: Outlets,
    /// What is measured.
    pub meters: &'static [Meter],
    /// What is measured, where one table has every sensor.
    pub sensors: &'static [Sensors],
    /// Outlets that are switched together.
    pub groups: Option<Groups>,
    /// How circuits stand to their limits.
    pub loads: &'static [Load],
    /// Temperature and humidity around it.
    pub probes: &'static [Probe],
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

/// Which rows of a table are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every row.
    All,
    /// Those with this value in this column.
    With(&'static str, i64),
    /// Those with another value in it, or with none.
    Without(&'static str, i64),
}

impl Rows {
    /// The column that decides.
    #[must_use]
    pub const fn column(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::With(column, _) | Self::Without(column, _) => Some(column),
        }
    }

    /// Is a row with this value in that column meant?
    #[must_use]
    pub fn meant(self, value: Option<i64>) -> bool {
        match self {
            Self::All => true,
            Self::With(_, known) => value == Some(known),
            Self::Without(_, known) => value != Some(known),
        }
    }
}

/// The outlets of a family.
#[derive(Debug)]
pub struct Outlets {
    /// The column of states.
    pub state: &'static str,
    /// Which of its rows are outlets.
    pub rows: Rows,
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
            rows: Rows::All,
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
    /// Which of them are meant.
    pub rows: Rows,
    /// A column with the power of ten that a row's values are to be multiplied with.
    pub power_of_ten: Option<&'static str>,
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

/// Outlets that are switched together; commands take seconds, 0 is at once.
#[derive(Debug)]
pub struct Groups {
    /// The column of names; every row is a group.
    pub label: &'static str,
    /// The column of states.
    pub state: &'static str,
    /// Its value if every outlet is on.
    pub is_on: i64,
    /// Its value if every outlet is off.
    pub is_off: i64,
    /// On.
    pub on: &'static str,
    /// Off.
    pub off: &'static str,
    /// What is in it: a row of a group is followed by a number; the value is an object of the member.
    pub members: &'static str,
    /// What tells that a member is an outlet, and its value then.
    pub kinds: (&'static str, i64),
}

/// How a circuit stands to its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Within.
    Normal,
    /// Near one.
    Warning,
    /// Beyond one.
    Critical,
}

/// How the circuits of one table stand to their limits, and which these are.
#[derive(Debug)]
pub struct Load {
    /// What its rows are.
    pub kind: MeterKind,
    /// A column, and what its values mean.
    pub standing: Option<(&'static str, &'static [(i64, Standing)])>,
    /// What it is rated for, and what one unit of it is in amperes.
    pub rated: Option<(&'static str, f64)>,
    /// The limits of its current.
    pub limits: Option<Limits>,
    /// The number of the current behind the row, where one table has every sensor.
    pub number: Option<u32>,
}

impl Load {
    /// Of circuits that tell nothing.
    const fn new(kind: MeterKind) -> Self {
        Self { kind, standing: None, rated: None, limits: None, number: None }
    }
}

/// Four columns of limits; negative is none.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Warning when below.
    pub lower_caution: &'static str,
    /// Critical when below.
    pub lower_critical: &'static str,
    /// Warning when above.
    pub upper_caution: &'static str,
    /// Critical when above.
    pub upper_critical: &'static str,
    /// What one unit of them is.
    pub one: Scale,
    /// A column of bits that says which of them count, the highest first: lower critical, lower caution, upper
    /// caution, upper critical.
    pub enabled: Option<&'static str>,
}

impl Limits {
    /// The columns.
    #[must_use]
    pub const fn columns(&self) -> [&'static str; 4] {
        [self.lower_critical, self.lower_caution, self.upper_caution, self.upper_critical]
    }
}

/// What one unit of a column is.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    /// That.
    Fixed(f64),
    /// So many decimal digits, as another column says.
    Digits(&'static str),
}

/// What a probe measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Degrees Celsius.
    Temperature,
    /// Percent.
    Humidity,
}

/// One table of probes.
#[derive(Debug)]
pub struct Probe {
    /// What is measured.
    pub kind: ProbeKind,
    /// The values.
    pub value: &'static str,
    /// What one unit of them is.
    pub one: Scale,
    /// Names.
    pub label: Option<&'static str>,
    /// A column, and its value in the rows that are meant.
    pub present: Option<(&'static str, i64)>,
    /// An object that says the scale, of the row or of the unit, and its value for degrees Fahrenheit.
    pub fahrenheit: Option<(&'static str, i64)>,
    /// The limits.
    pub limits: Option<Limits>,
}

impl Probe {
    /// Of which only the value is told.
    const fn new(kind: ProbeKind, value: &'static str, one: f64) -> Self {
        Self {
            kind,
            value,
            one: Scale::Fixed(one),
            label: None,
            present: None,
            fahrenheit: None,
            limits: None,
        }
    }
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
    STANDARD,
];

/// What units of any vendor tell by the standards' modules; for those that no other family fits.
pub const STANDARD: &Family = &standard::STANDARD;

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
