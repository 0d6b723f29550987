//! Power distribution units: outlets that are named, switched, delayed and cycled.
use std::time::Duration;

use super::{OutletView, Plant, Refusal, SimTime};

/// What an outlet is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutletAction {
    /// Give power.
    On,
    /// Give none.
    Off,
    /// Off, and on again.
    Cycle,
}

/// When it is to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutletWhen {
    /// At once.
    Now,
    /// After its configured delay.
    Configured,
    /// After so many seconds.
    After(u32),
}

/// What an outlet does when power comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutletPolicy {
    /// On.
    AlwaysOn,
    /// Off.
    AlwaysOff,
    /// As it was.
    #[default]
    LastState,
}

/// A change that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutletTurn {
    /// What will be done.
    pub action: OutletAction,
    /// When.
    pub at: SimTime,
}

/// A change of an outlet's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutletSetting {
    /// Its name.
    Label(String),
    /// Seconds before it goes on.
    OnDelay(u32),
    /// Seconds before it goes off.
    OffDelay(u32),
    /// Seconds that it stays off in a cycle.
    CycleOffTime(u32),
    /// What it does when power comes back.
    Policy(OutletPolicy),
}

/// One outlet.
#[derive(Debug)]
pub(super) struct OutletState {
    pub(super) on: bool,
    /// Machine and power supply, from 0.
    pub(super) load: Option<(usize, usize)>,
    pub(super) label: String,
    /// What waits, and the token of its event: an event with another is void.
    pub(super) turn: Option<OutletTurn>,
    pub(super) token: u64,
    pub(super) cuts: u64,
    pub(super) on_delay: u32,
    pub(super) off_delay: u32,
    pub(super) cycle_off_time: u32,
    pub(super) policy: OutletPolicy,
}

impl OutletState {
    pub(super) fn new(number: u32) -> Self {
        Self {
            on: true,
            load: None,
            label: format!("Outlet {number}"),
            turn: None,
            token: 0,
            cuts: 0,
            on_delay: 0,
            off_delay: 0,
            cycle_off_time: 5,
            policy: OutletPolicy::default(),
        }
    }

    /// Puts the relay; whether it moved.
    pub(super) fn put(&mut self, on: bool) -> bool {
        let moved = self.on != on;
        self.cuts += u64::from(moved && !on);
        self.on = on;
        moved
    }

    /// Forgets what waits.
    pub(super) fn settle(&mut self) {
        self.turn = None;
        self.token += 1;
    }

    pub(super) fn set(&mut self, setting: OutletSetting) {
        match setting {
            OutletSetting::Label(label) => self.label = label,
            OutletSetting::OnDelay(seconds) => self.on_delay = seconds,
            OutletSetting::OffDelay(seconds) => self.off_delay = seconds,
            OutletSetting::CycleOffTime(seconds) => self.cycle_off_time = seconds,
            OutletSetting::Policy(policy) => self.policy = policy,
        }
    }

    /// How long it waits before it does that.
    pub(super) fn delay(&self, action: OutletAction, when: OutletWhen) -> Duration {
        let configured = match action {
            OutletAction::On => self.on_delay,
            OutletAction::Off | OutletAction::Cycle => self.off_delay,
        };
        let seconds = match when {
            OutletWhen::Now => 0,
            OutletWhen::Configured => configured,
            OutletWhen::After(seconds) => seconds,
        };
        Duration::from_secs(u64::from(seconds))
    }
}

/// One power distribution unit. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PduUnit {
    plant: Plant,
    name: String,
}

impl Plant {
    /// The unit of that name.
    #[must_use]
    pub fn pdu(&self, name: &str) -> Option<PduUnit> {
        self.outlets(name).map(|_| PduUnit { plant: self.clone(), name: name.to_owned() })
    }
}

impl PduUnit {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The world that it stands in.
    #[must_use]
    pub fn plant(&self) -> &Plant {
        &self.plant
    }

    /// Whether its feed is live: without, nobody answers.
    #[must_use]
    pub fn is_fed(&self) -> bool {
        self.plant.read(|world, _| world.is_fed(&self.name))
    }

    /// The outlets.
    #[must_use]
    pub fn outlets(&self) -> Vec<OutletView> {
        self.plant.outlets(&self.name).unwrap_or_default()
    }

    /// Tells an outlet (from 1) to act; what waited there is forgotten.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn command(&self, outlet: u32, action: OutletAction, when: OutletWhen) -> Result<(), Refusal> {
        self.plant
            .change(|world, now, clock| world.command_outlet(&self.name, outlet, action, when, now, clock))
    }

    /// Takes back what waits at an outlet.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn cancel(&self, outlet: u32) -> Result<(), Refusal> {
        self.plant.change(|world, _, _| world.change_outlet(&self.name, outlet, OutletState::settle))
    }

    /// Configures an outlet.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set(&self, outlet: u32, setting: OutletSetting) -> Result<(), Refusal> {
        self.plant.change(|world, _, _| world.change_outlet(&self.name, outlet, |state| state.set(setting)))
    }

    /// The next change is accepted, and nothing is done.
    pub fn ignore_next(&self) {
        self.plant.change(|world, _, _| world.ignore_next(&self.name));
    }

    /// Changes accepted so far.
    #[must_use]
    pub fn mutations(&self) -> u64 {
        self.plant.read(|world, _| world.pdu_mutations(&self.name))
    }
}
