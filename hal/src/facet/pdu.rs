//! Power distribution units: outlets that are switched, and what flows through them.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Health, Outcome, OutletGroupId, OutletId, Result, Skipped, Thresholds};

/// How a device comes by an ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Support {
    /// The device does it itself.
    Native,
    /// The driver does it in several steps: it can end between them, and says so.
    Emulated,
    /// It can be read, and not changed.
    ReadOnly,
}

impl Support {
    /// Can it be changed?
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Native | Self::Emulated)
    }
}

/// What an outlet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutletState {
    /// Gives power.
    On,
    /// Gives none.
    Off,
    /// Off, and will be on.
    PendingOn,
    /// On, and will be off.
    PendingOff,
    /// Will be off and on again, or is between the two.
    Cycling,
    /// A blown fuse, a tripped breaker, a relay that does not follow, a module that does not answer.
    Fault,
    /// A state that the driver has no word for; [`Outlet::raw_state`] has the device's.
    Unknown,
}

impl OutletState {
    /// The state in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::PendingOn => "pending_on",
            Self::PendingOff => "pending_off",
            Self::Cycling => "cycling",
            Self::Fault => "fault",
            Self::Unknown => "unknown",
        }
    }

    /// Does a change wait that can be cancelled?
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::PendingOn | Self::PendingOff | Self::Cycling)
    }
}

impl fmt::Display for OutletState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an outlet is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutletAction {
    /// Give power.
    On,
    /// Give none.
    Off,
    /// Off, and on again. An outlet that is off is not cycled: many devices would turn it on.
    Cycle,
}

impl OutletAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::On, Self::Off, Self::Cycle];

    /// The action in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Cycle => "cycle",
        }
    }
}

impl fmt::Display for OutletAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// When an outlet is to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutletDelay {
    /// At once.
    #[default]
    None,
    /// After the delay that the outlet is configured with.
    Configured,
    /// After so many seconds.
    Seconds(u32),
}

/// Which delays a device takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelayStyle {
    /// None.
    #[default]
    None,
    /// The configured one.
    Configured,
    /// Any number of seconds, said with the request.
    Inline,
}

/// What an outlet does when power comes back (DSP0268 `Outlet.PowerRestorePolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RestorePolicy {
    /// On.
    AlwaysOn,
    /// Off.
    AlwaysOff,
    /// What it was.
    LastState,
}

/// One outlet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outlet {
    /// The device's name of it, unique on the device: a number, or unit and number (`2.7`) where units are chained.
    pub id: OutletId,
    /// The name that people gave it.
    pub label: Option<String>,
    /// What it does.
    pub state: OutletState,
    /// The device's own word or number for the state, where `state` is `Unknown` or `Fault`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_state: Option<String>,
    /// Held in its state until somebody unlocks it.
    pub locked: bool,
    /// Can it be switched at all?
    pub switchable: bool,
    /// What it does when power comes back.
    pub restore_policy: Option<RestorePolicy>,
    /// The configured delay before it goes on.
    pub on_delay: Option<Duration>,
    /// The configured delay before it goes off.
    pub off_delay: Option<Duration>,
    /// How long it stays off in a cycle.
    pub cycle_off_time: Option<Duration>,
}

impl Outlet {
    /// An outlet that can be switched, of which only name and state are known.
    #[must_use]
    pub fn new(id: OutletId, state: OutletState) -> Self {
        Self {
            id,
            label: None,
            state,
            raw_state: None,
            locked: false,
            switchable: true,
            restore_policy: None,
            on_delay: None,
            off_delay: None,
            cycle_off_time: None,
        }
    }
}

/// Outlets that are switched together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletGroup {
    /// The device's name of it.
    pub id: OutletGroupId,
    /// The name that people gave it.
    pub label: Option<String>,
    /// Its outlets; empty where the device does not tell.
    pub outlets: Vec<OutletId>,
}

/// Where a circuit is measured, from the wall to the plug (DSP0268 `Circuit`, `Outlet`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CircuitKind {
    /// The cord that feeds the unit.
    Inlet,
    /// One phase of it.
    Phase,
    /// The outlets behind one breaker.
    Bank,
    /// One outlet.
    Outlet,
}

/// What flows through one circuit. What the device does not tell, or cannot measure now, is absent and never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Circuit {
    /// The device's name of it, unique among circuits of its kind; for an outlet its [`Outlet::id`].
    pub id: String,
    /// Where it is measured.
    pub kind: CircuitKind,
    /// Current, in amperes.
    pub amperes: Option<f64>,
    /// Voltage, in volts.
    pub volts: Option<f64>,
    /// Active power, in watts.
    pub watts: Option<f64>,
    /// Apparent power, in volt-amperes.
    pub volt_amperes: Option<f64>,
    /// Active to apparent power, 0 to 1.
    pub power_factor: Option<f64>,
    /// Frequency, in hertz.
    pub hertz: Option<f64>,
    /// Energy since the counter began, in watt-hours.
    pub watt_hours: Option<f64>,
    /// What it is rated for, in amperes.
    pub rated_amperes: Option<f64>,
    /// How the load stands to its limits, where the device tells.
    pub health: Option<Health>,
    /// The limits of the current, in amperes.
    pub thresholds: Thresholds,
}

impl Circuit {
    /// A circuit of which nothing is measured.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: CircuitKind) -> Self {
        Self {
            id: id.into(),
            kind,
            amperes: None,
            volts: None,
            watts: None,
            volt_amperes: None,
            power_factor: None,
            hertz: None,
            watt_hours: None,
            rated_amperes: None,
            health: None,
            thresholds: Thresholds::default(),
        }
    }
}

/// What flows through the unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PduMetrics {
    /// Inlets, phases, banks, outlets.
    pub circuits: Vec<Circuit>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
}

/// What a unit can do, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PduAbilities {
    /// Outlets on and off. `ReadOnly`: their state is told. `None`: it has no state to tell.
    pub switch: Option<Support>,
    /// Off and on again.
    pub cycle: Option<Support>,
    /// Which delays a request may have.
    pub delay: DelayStyle,
    /// Taking back a change that waits.
    pub cancel: Option<Support>,
    /// The names of outlets.
    pub label: Option<Support>,
    /// What outlets do when power comes back, and their delays.
    pub policy: Option<Support>,
    /// Groups of outlets.
    pub groups: Option<Support>,
    /// Measuring, and where.
    pub metered_outlets: bool,
}

impl PduAbilities {
    /// Of a unit that can nothing.
    pub const NONE: Self = Self {
        switch: None,
        cycle: None,
        delay: DelayStyle::None,
        cancel: None,
        label: None,
        policy: None,
        groups: None,
        metered_outlets: false,
    };
}

/// A change of an outlet's configuration; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletConfig {
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it does when power comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_policy: Option<RestorePolicy>,
    /// The delay before it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_delay: Option<Duration>,
    /// The delay before it goes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_delay: Option<Duration>,
    /// How long it stays off in a cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle_off_time: Option<Duration>,
}

/// A power distribution unit (DSP0268 `PowerDistribution`, `Outlet`, `Circuit`).
///
/// - A change is told as made when it was *read back*; what a device accepts and does not do is `NoEffect`.
/// - What [`Pdu::abilities`] does not list as writable is `Unsupported`, and nothing is sent.
/// - An outlet that is not there is `NotFound`, one that is locked or cannot be switched is `Conflict`; nothing is sent.
/// - Environment sensors are in [`crate::Sensors`] of the same device.
#[async_trait]
pub trait Pdu: fmt::Debug + Send + Sync {
    /// What it can do, decided at open.
    fn abilities(&self) -> &PduAbilities;

    /// Every outlet, in the device's order.
    ///
    /// # Errors
    /// As every read.
    async fn outlets(&self, cx: &Cx) -> Result<Vec<Outlet>>;

    /// The groups; empty where there are none.
    ///
    /// # Errors
    /// As every read.
    async fn groups(&self, cx: &Cx) -> Result<Vec<OutletGroup>>;

    /// What flows through inlets, phases, banks and outlets.
    ///
    /// # Errors
    /// As every read; what cannot be read is in [`PduMetrics::skipped`].
    async fn meter(&self, cx: &Cx) -> Result<PduMetrics>;

    /// Switches one outlet.
    ///
    /// - Without delay: `Made` once the outlet reads as asked, which takes seconds on many devices; after a cycle it
    ///   reads on again.
    /// - With delay: `Made` once the outlet reads as pending, or already as asked.
    /// - `AlreadySo`, and nothing sent, if it reads as asked and nothing is pending.
    ///
    /// # Errors
    /// - `PreconditionFailed` for a cycle of an outlet that is off; nothing is sent.
    /// - `NoEffect` if the device said yes and the outlet still reads as before, when the device has had its time.
    /// - An emulated cycle that ends between off and on says so, with effect `Applied`.
    async fn switch(
        &self,
        cx: &Cx,
        outlet: &OutletId,
        action: OutletAction,
        delay: OutletDelay,
    ) -> Result<Outcome<Change>>;

    /// Switches every outlet of a group, at once; as [`Pdu::switch`] of each.
    ///
    /// # Errors
    /// As [`Pdu::switch`].
    async fn switch_group(
        &self,
        cx: &Cx,
        group: &OutletGroupId,
        action: OutletAction,
    ) -> Result<Outcome<Change>>;

    /// Takes back a change that waits. `AlreadySo` if none does.
    ///
    /// # Errors
    /// As every mutation.
    async fn cancel(&self, cx: &Cx, outlet: &OutletId) -> Result<Outcome<Change>>;

    /// Changes an outlet's configuration. `Made` once it reads so; what the device rounds is told as `NoEffect` with the
    /// value that it took.
    ///
    /// # Errors
    /// - `InvalidInput` for a label or time that the device cannot take; nothing is sent.
    async fn configure(&self, cx: &Cx, outlet: &OutletId, config: &OutletConfig) -> Result<Outcome<Change>>;
}
