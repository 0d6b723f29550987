//! The plant: one physical truth behind every protocol.
//!
//! Feeds give power to PDU outlets, outlets to power supplies, supplies to a machine's management
//! controller and host; network ports are cabled to switch ports. Views hold no state of their own
//! beyond their protocol's sessions: they read a [`ServerSnapshot`] and post requests.
//!
//! - Time is plant time ([`SimTime`]): real, scaled or stepped ([`ClockMode`]).
//! - Whoever reads or asks first sees everything run that has come due, in order of time.
//! - One seed gives the same identities, the same noise and, stepped, the same dates.

mod accounts;
mod bios;
mod boot_order;
mod clock;
mod counters;
mod enclosure;
mod events;
pub mod firmware;
mod host;
mod jobs;
mod log;
mod machine;
mod manager;
mod media;
mod meter;
mod pdu;
mod power;
mod queue;
mod random;
mod secure_boot;
mod sensors;
mod server;
mod snapshot;
mod spec;
mod storage;
mod switching;
mod topology;
mod world;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::watch;
use underlay_rack::Rack;

pub use accounts::{
    AccountChange, AccountRefusal, AccountSecret, AccountView, LoginRefusal, NewAccount, Role,
};
pub use bios::{BiosApplied, BiosChange, BiosCommit, BiosProblem, BiosRefusal, BiosStaged, BiosView};
pub use boot_order::{BootOption, BootOrderView, BootSource};
pub use clock::{ClockMode, SimTime};
pub use counters::{Counters, JournalEntry, MutationKind, Origin};
pub use enclosure::SlotSpec;
pub use events::{Happening, PlantEvent, TestEvent};
pub use firmware::{
    BadImage, ComponentView, FirmwareWork, ImageInfo, ImageReader, Part, Update, UpdateRefusal, Upload,
};
pub use host::{
    BootMode, BootOverride, BootRecord, BootTarget, Change, HostPhase, Identify, Persistence, PowerAction,
    PowerState, Reachability, Refusal, ResetCause, RestorePolicy,
};
pub use jobs::{JobState, JobView, Work};
pub use log::{Crossing, DriveEvent, LogEntry, LogEvent, LogSummary, Severity};
pub use machine::Revisions;
pub use manager::{FixedAddress, ManagerChange, ManagerNetwork, ManagerRefusal, ManagerService, ManagerView};
pub use media::{MediaRefusal, MediaView, Medium};
pub use meter::MeterView;
pub use pdu::{OutletAction, OutletPolicy, OutletSetting, OutletTurn, OutletWhen, PduUnit};
pub use secure_boot::{KeyDatabase, KeyMode, KeyReset, SecureBootView};
pub use sensors::SensorReading;
pub use server::Server;
pub use snapshot::{NicView, ServerSnapshot, SupplyView};
pub use spec::{ControllerSpec, DriveSpec, NicSpec, ServerSpec};
pub use storage::{
    Condition, DriveView, NewVolume, SpareFor, StorageRefusal, StorageView, StorageWork, VolumeView,
};
pub use switching::{PortSetup, SwitchSetup};
pub use topology::{OutletView, PortView};

use crate::persona::PersonaSet;
use clock::Clock;
use machine::Area;
use world::World;

/// All machines of a rack, their power and their cables. Cheap to clone.
#[derive(Clone)]
pub struct Plant(Arc<Inner>);

struct Inner {
    names: BTreeMap<Arc<str>, usize>,
    specs: Vec<Arc<ServerSpec>>,
    clock: Clock,
    seed: u64,
    world: Mutex<World>,
    changed: watch::Sender<u64>,
}

impl fmt::Debug for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plant").field("servers", &self.0.names.keys()).finish_non_exhaustive()
    }
}

/// A device names a persona that is not in the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPersona {
    /// The device.
    pub device: String,
    /// What it asks for.
    pub persona: String,
}

impl fmt::Display for UnknownPersona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device `{}` asks for the unknown persona `{}`", self.device, self.persona)
    }
}

impl std::error::Error for UnknownPersona {}

impl Plant {
    /// Builds the machines of a rack. Accounts are added afterwards with [`Server::put_account`].
    ///
    /// # Errors
    /// - [`UnknownPersona`].
    pub fn new(rack: &Rack, personas: &PersonaSet, clock: ClockMode) -> Result<Self, UnknownPersona> {
        let clock = Clock::new(clock);
        let plans = enclosure::plans(rack, personas)?;
        let world = Mutex::new(World::new(rack, &plans, &clock));
        let specs: Vec<_> = plans.into_iter().map(|plan| plan.spec).collect();
        let names = specs.iter().enumerate().map(|(index, spec)| (Arc::clone(&spec.name), index)).collect();
        let (seed, changed) = (rack.seed, watch::Sender::new(0));
        Ok(Self(Arc::new(Inner { names, specs, clock, seed, world, changed })))
    }

    /// The machine of that name; `name/2` is the one in the second slot of an enclosure.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<Server> {
        let index = *self.0.names.get(name)?;
        let spec = Arc::clone(self.0.specs.get(index)?);
        Some(Server { plant: self.clone(), index, spec })
    }

    /// All machines, in the rack file's order; those of an enclosure by slot.
    pub fn servers(&self) -> impl Iterator<Item = Server> + '_ {
        self.0.specs.iter().enumerate().map(|(index, spec)| Server {
            plant: self.clone(),
            index,
            spec: Arc::clone(spec),
        })
    }

    // ── Time ─────────────────────────────────────────────────────────────────────────────────

    /// Plant time now.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.0.clock.now()
    }

    /// Time as clients feel it, for what a protocol promises them (idle timeouts): real, unless the
    /// plant is stepped.
    #[must_use]
    pub fn client_now(&self) -> Duration {
        self.0.clock.client_now()
    }

    /// Real time until a plant time; zero if it has come, or if only a step gets there.
    #[must_use]
    pub fn real_time_until(&self, at: SimTime) -> Duration {
        let then = self.0.clock.real_instant(at);
        then.map_or(Duration::ZERO, |then| then.saturating_duration_since(std::time::Instant::now()))
    }

    /// The calendar date of a plant time.
    #[must_use]
    pub fn date(&self, at: SimTime) -> Timestamp {
        self.0.clock.date(at)
    }

    /// Steps a stepped clock forward, running every event at its own time; on other clocks only
    /// runs what is due.
    pub fn advance(&self, by: Duration) {
        let target = self.now().saturating_add(by);
        while self.0.clock.is_stepped()
            && let Some(next) = self.next_due().filter(|next| *next <= target)
        {
            self.0.clock.step_to(next);
            drop(self.lock());
        }
        self.0.clock.step_to(target);
        drop(self.lock());
        self.notify();
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        self.locked().queue.next()
    }

    /// Moves with every change anywhere in the plant.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Runs events as they come due, so that those who wait are woken. Never returns; drop it to
    /// stop. Readers do not depend on it.
    pub async fn run(&self) {
        let mut changed = self.subscribe();
        loop {
            changed.borrow_and_update();
            let due = self.next_due().and_then(|at| self.0.clock.real_instant(at));
            let sleep = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep => drop(self.lock()),
                moved = changed.changed() => if moved.is_err() { return },
            }
        }
    }

    // ── Power and cables ─────────────────────────────────────────────────────────────────────

    /// Cuts a feed or restores it.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set_feed(&self, name: &str, live: bool) -> Result<(), Refusal> {
        self.change(|world, now, clock| world.set_feed(name, live, now, clock))
    }

    /// Switches a PDU outlet (from 1).
    ///
    /// - A supply without input is dead; with the last one the controller falls silent and the host is off.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set_outlet(&self, pdu: &str, outlet: u32, on: bool) -> Result<(), Refusal> {
        self.change(|world, now, clock| world.set_outlet(pdu, outlet, on, now, clock))
    }

    /// The outlets of a PDU.
    #[must_use]
    pub fn outlets(&self, pdu: &str) -> Option<Vec<OutletView>> {
        self.read(|world, now| world.outlets(pdu, now))
    }

    /// Enables or disables a switch port (from 1).
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set_port_enabled(&self, switch: &str, port: u32, enabled: bool) -> Result<(), Refusal> {
        self.set_port(switch, port, |state| state.enabled = enabled)
    }

    /// Pulls the cable out of a switch port (from 1), or puts it back.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set_cable(&self, switch: &str, port: u32, plugged: bool) -> Result<(), Refusal> {
        self.set_port(switch, port, |state| state.pulled = !plugged)
    }

    /// The ports of a switch.
    #[must_use]
    pub fn ports(&self, switch: &str) -> Option<Vec<PortView>> {
        self.read(|world, _| world.ports(switch))
    }

    /// The address that a switch goes by: locally administered, of its name and the seed.
    #[must_use]
    pub fn switch_mac(&self, switch: &str) -> [u8; 6] {
        let digits = random::fnv(switch).wrapping_add(self.0.seed).to_be_bytes();
        let [first, second, third, fourth, fifth, sixth, ..] = digits;
        [(first & 0xFC) | 0x02, second, third, fourth, fifth, sixth]
    }

    fn set_port(
        &self,
        switch: &str,
        port: u32,
        set: impl FnOnce(&mut topology::PortState),
    ) -> Result<(), Refusal> {
        self.change(|world, now, clock| {
            if let Some(server) = world.set_port(switch, port, set)? {
                world.act(server, now, clock, |machine, _| machine.touch(Area::Links));
            }
            Ok(())
        })
    }

    /// Who is at the other end of a cable may see its link come or go.
    fn touch_links(&self) {
        self.change(|world, now, clock| {
            for server in world.cabled() {
                world.act(server, now, clock, |machine, _| machine.touch(Area::Links));
            }
        });
    }

    // ── Access ───────────────────────────────────────────────────────────────────────────────

    fn snapshot(&self, index: usize) -> ServerSnapshot {
        self.read(|world, now| world.snapshot(index, now, &self.0.clock))
    }

    fn read<R>(&self, read: impl FnOnce(&World, SimTime) -> R) -> R {
        let (world, now) = self.lock();
        read(&world, now)
    }

    fn act<R>(&self, index: usize, act: impl FnOnce(&mut machine::Machine, &mut queue::Step<'_>) -> R) -> R {
        self.change(|world, now, clock| world.act(index, now, clock, act))
    }

    fn change<R>(&self, change: impl FnOnce(&mut World, SimTime, &Clock) -> R) -> R {
        let (mut world, now) = self.lock();
        let answer = change(&mut world, now, &self.0.clock);
        drop(world);
        self.notify();
        answer
    }

    fn notify(&self) {
        self.0.changed.send_modify(|total| *total = total.wrapping_add(1));
    }

    /// The world with everything run that is due.
    fn lock(&self) -> (MutexGuard<'_, World>, SimTime) {
        let mut world = self.locked();
        let now = self.now();
        if world.catch_up(now, &self.0.clock) {
            self.notify();
        }
        (world, now)
    }

    fn locked(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere leaves no half-made change behind: every step is a plain assignment.
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
