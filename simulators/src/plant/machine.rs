//! One machine: host, controller, supplies, sensors, log, jobs and accounts, moved by requests and
//! by events that come due.
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{
    BootOverride, BootRecord, Change, Counters, HostPhase, Identify, LogEvent, MutationKind, Origin,
    Reachability, Refusal, ResetCause, RestorePolicy, ServerSpec, Severity, SimTime,
    accounts::Accounts,
    bios::Bios,
    boot_order::BootOrder,
    events::{EventFeed, Happening},
    firmware::Firmware,
    jobs::{JobState, Jobs, NewJob, Work},
    log::EventLog,
    manager::ManagerConfig,
    media::Media,
    meter::Meter,
    queue::{Event, Step},
    random,
    secure_boot::SecureBoot,
    sensors::{self, SensorReading, SensorState},
    storage::Storage,
};

/// Boot records kept; the count goes on.
const BOOTS: usize = 64;

/// How often each part changed. Never goes back while the plant runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Host power, boot override, identify light, restore policy.
    pub system: u64,
    /// Power supplies and other parts of the enclosure.
    pub chassis: u64,
    /// The management controller.
    pub manager: u64,
    /// The event log.
    pub log: u64,
    /// Accounts.
    pub accounts: u64,
    /// Jobs.
    pub jobs: u64,
    /// Network links.
    pub links: u64,
    /// Settings of the host's firmware.
    pub bios: u64,
    /// Controllers, drives and volumes.
    pub storage: u64,
    /// Firmware.
    pub firmware: u64,
    /// Virtual media.
    pub media: u64,
    /// Events and those who read them.
    pub events: u64,
}

/// What a change belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    System,
    Chassis,
    Manager,
    Log,
    Accounts,
    Jobs,
    Links,
    Bios,
    Storage,
    Firmware,
    Media,
    Events,
}

/// What follows the phase under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// Power on after the off time, or start again after the shutdown.
    Start,
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) phase: HostPhase,
    pub(super) since: SimTime,
    pub(super) token: u64,
    pub(super) then: Then,
    pub(super) cause: ResetCause,
    pub(super) last_reset: Option<Timestamp>,
    pub(super) boots: VecDeque<BootRecord>,
    pub(super) boot_count: u64,
    /// Set by a test: the operating system does not hear the power button.
    pub(super) deaf: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BmcPhase {
    Up,
    Booting,
    Unpowered,
}

#[derive(Debug)]
pub(super) struct Bmc {
    pub(super) phase: BmcPhase,
    /// Moves whenever it goes down; sessions of an older one are dead.
    pub(super) generation: u64,
    pub(super) started: Timestamp,
    token: u64,
    silent: bool,
    /// Power was lost, and the policy has not been applied yet.
    restore: bool,
}

#[derive(Debug)]
pub(super) struct BootSetting {
    pub(super) value: Option<BootOverride>,
    pub(super) expires: Option<SimTime>,
    token: u64,
}

#[derive(Debug)]
pub(super) struct Light {
    pub(super) value: Identify,
    token: u64,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) spec: Arc<ServerSpec>,
    pub(super) host: Host,
    pub(super) bmc: Bmc,
    pub(super) boot: BootSetting,
    pub(super) light: Light,
    pub(super) restore: RestorePolicy,
    was_on: bool,
    /// Input of each power supply.
    pub(super) supplies: Vec<bool>,
    pub(super) log: EventLog,
    pub(super) jobs: Jobs,
    pub(super) storage: Storage,
    pub(super) firmware: Firmware,
    pub(super) media: Media,
    pub(super) events: EventFeed,
    pub(super) accounts: Accounts,
    pub(super) manager: ManagerConfig,
    pub(super) bios: Bios,
    pub(super) secure_boot: SecureBoot,
    pub(super) boot_order: BootOrder,
    pub(super) counters: Counters,
    /// Protocol sessions open, as each view reports them.
    pub(super) sessions: BTreeMap<Origin, usize>,
    /// Set by a test: the answer to the next request that changes something is lost.
    pub(super) loses_answer: bool,
    /// The controller's clock minus the plant's.
    pub(super) clock_offset: SignedDuration,
    pub(super) sensors: Vec<SensorState>,
    pub(super) meter: Meter,
    pub(super) seed: u64,
    pub(super) stream: u64,
    pub(super) revisions: Revisions,
    pub(super) changed: watch::Sender<u64>,
}

impl Machine {
    pub(super) fn new(
        spec: Arc<ServerSpec>,
        seed: u64,
        on: bool,
        policy: RestorePolicy,
        date: Timestamp,
    ) -> Self {
        let phase = if on { HostPhase::Running } else { HostPhase::Off };
        let sensors = spec.sensors().iter().map(|data| SensorState::new(data, on)).collect();
        Self {
            host: Host {
                phase,
                since: SimTime::ZERO,
                token: 0,
                then: Then::Nothing,
                cause: ResetCause::Initial,
                last_reset: on.then_some(date),
                boots: VecDeque::new(),
                boot_count: 0,
                deaf: false,
            },
            bmc: Bmc {
                phase: BmcPhase::Up,
                generation: 1,
                started: date,
                token: 0,
                silent: false,
                restore: false,
            },
            boot: BootSetting { value: None, expires: None, token: 0 },
            light: Light { value: Identify::Off, token: 0 },
            restore: policy,
            was_on: on,
            supplies: vec![true; spec.power_supplies.count as usize],
            log: EventLog::new(spec.persona.log),
            jobs: Jobs::after(spec.jobs_begin()),
            storage: Storage::new(&spec),
            firmware: Firmware::new(&spec),
            media: Media::new(&spec),
            events: EventFeed::default(),
            accounts: Accounts::new(spec.persona.accounts),
            manager: ManagerConfig::new(&spec),
            bios: Bios::new(&spec),
            boot_order: BootOrder::new(&spec),
            secure_boot: SecureBoot::new(spec.persona.secure_boot),
            counters: Counters::default(),
            sessions: BTreeMap::new(),
            loses_answer: false,
            clock_offset: SignedDuration::ZERO,
            sensors,
            meter: Meter::default(),
            seed,
            stream: random::fnv(&spec.name),
            revisions: Revisions::default(),
            changed: watch::Sender::new(0),
            spec,
        }
    }

    pub(super) fn touch(&mut self, area: Area) {
        let revisions = &mut self.revisions;
        let counter = match area {
            Area::System => &mut revisions.system,
            Area::Chassis => &mut revisions.chassis,
            Area::Manager => &mut revisions.manager,
            Area::Log => &mut revisions.log,
            Area::Accounts => &mut revisions.accounts,
            Area::Jobs => &mut revisions.jobs,
            Area::Links => &mut revisions.links,
            Area::Bios => &mut revisions.bios,
            Area::Storage => &mut revisions.storage,
            Area::Firmware => &mut revisions.firmware,
            Area::Media => &mut revisions.media,
            Area::Events => &mut revisions.events,
        };
        *counter += 1;
        self.changed.send_modify(|total| *total += 1);
    }

    pub(super) fn reachability(&self) -> Reachability {
        match (self.bmc.silent, self.bmc.phase) {
            (true, _) => Reachability::Silent,
            (false, BmcPhase::Up) => Reachability::Ready,
            (false, BmcPhase::Booting) => Reachability::Booting,
            (false, BmcPhase::Unpowered) => Reachability::Unpowered,
        }
    }

    /// The date on the controller's own clock.
    pub(super) fn own_date(&self, date: Timestamp) -> Timestamp {
        date.checked_add(self.clock_offset).unwrap_or(date)
    }

    pub(super) fn note(&mut self, step: &Step<'_>, severity: Severity, event: LogEvent, text: String) {
        self.write_log(step, severity, event, text);
    }

    /// Adds an entry to the log, and tells of it; `None` if the log is full and keeps what it has.
    pub(super) fn write_log(
        &mut self,
        step: &Step<'_>,
        severity: Severity,
        event: LogEvent,
        text: String,
    ) -> Option<u32> {
        let date = self.own_date(step.date);
        let id = self.log.push(date, severity, event, text);
        if let Some(entry) = self.log.last().cloned().filter(|_| id.is_some()) {
            self.happened(date, Happening::Logged(entry));
        }
        self.touch(Area::Log);
        id
    }

    pub(super) fn count(&mut self, step: &Step<'_>, origin: Origin, kind: MutationKind, detail: String) {
        self.counters.record(step.now, origin, kind, detail);
    }

    /// Runs an event that came due.
    pub(super) fn event(&mut self, step: &mut Step<'_>, event: Event) {
        match event {
            Event::Host(token) if token == self.host.token => self.phase_ends(step),
            Event::BootExpires(token) if token == self.boot.token => self.drop_override(),
            Event::BmcUp(token) if token == self.bmc.token => self.bmc_up(step),
            Event::IdentifyEnds(token) if token == self.light.token => {
                self.light.value = Identify::Off;
                self.touch(Area::System);
            }
            Event::UpdateRestarts(id) => self.update_restarts(step, id),
            Event::JobEnds(id) => {
                self.end_job(step, id, JobState::Completed);
            }
            Event::Host(_)
            | Event::BootExpires(_)
            | Event::BmcUp(_)
            | Event::IdentifyEnds(_)
            | Event::Outlet(..)
            | Event::Undo(..) => {}
        }
    }

    // ── Jobs ─────────────────────────────────────────────────────────────────────────────────

    /// Starts work that takes so many seconds.
    pub(super) fn start_job(
        &mut self,
        step: &mut Step<'_>,
        name: String,
        work: Work,
        takes: f64,
        origin: Origin,
    ) -> u32 {
        let job = NewJob { name, work, origin, date: step.date };
        let id = self.jobs.start(job, super::clock::seconds(takes), step.now);
        step.after(takes, Event::JobEnds(id));
        self.job_changed(step.date, id, JobState::Running);
        self.touch(Area::Jobs);
        id
    }

    /// Queues work for the next self test of the host.
    pub(super) fn stage_job(&mut self, step: &Step<'_>, name: String, work: Work, origin: Origin) -> u32 {
        let id = self.jobs.stage(NewJob { name, work, origin, date: step.date });
        self.job_changed(step.date, id, JobState::Waiting);
        self.touch(Area::Jobs);
        id
    }

    /// Ends a job; `false` if none of that id waits or runs.
    pub(super) fn end_job(&mut self, step: &mut Step<'_>, id: u32, state: JobState) -> bool {
        let work = self.jobs.open().find(|job| job.id == id).map(|job| job.work.clone());
        if let Some(why) = work.as_ref().and_then(|work| self.unfit(work)) {
            self.jobs.doom(id, why);
        }
        let Ok((work, state)) = self.jobs.end(id, state, step.date) else { return false };
        self.job_changed(step.date, id, state);
        self.touch(Area::Jobs);
        match state {
            JobState::Completed => self.finish(step, work),
            _ => self.abandon(step, &work, state),
        }
        true
    }

    /// Why work that was accepted can no longer be done.
    fn unfit(&self, work: &Work) -> Option<&'static str> {
        match work {
            Work::Storage(work) => self.storage_unfit(work),
            Work::Nothing | Work::BiosSettings(_) | Work::Firmware(_) => None,
        }
    }

    /// What a job that ended well does to the machine.
    fn finish(&mut self, step: &mut Step<'_>, work: Work) {
        match work {
            Work::Nothing => {}
            Work::BiosSettings(batch) => self.apply_bios(step, batch),
            Work::Storage(work) => self.finish_storage(step, work),
            Work::Firmware(work) => self.finish_firmware(step, &work),
        }
    }

    /// What is left of a job that failed or was stopped.
    fn abandon(&mut self, step: &Step<'_>, work: &Work, state: JobState) {
        match work {
            Work::Nothing | Work::Storage(_) | Work::Firmware(_) => {}
            Work::BiosSettings(batch) => self.drop_bios(step, *batch, state),
        }
    }

    /// The self test begins.
    pub(super) fn post_begins(&mut self, step: &Step<'_>) {
        let waiting = self.jobs.in_state(JobState::Waiting);
        if self.jobs.post_begins() {
            waiting.into_iter().for_each(|id| self.job_changed(step.date, id, JobState::Running));
            self.touch(Area::Jobs);
        }
    }

    /// The self test was broken off.
    pub(super) fn post_broken(&mut self) {
        if self.jobs.post_broken() {
            self.touch(Area::Jobs);
        }
    }

    /// The self test is over: what waited for it is in force, before a boot device is chosen.
    pub(super) fn post_ends(&mut self, step: &mut Step<'_>) {
        for id in self.jobs.post_ended() {
            self.end_job(step, id, JobState::Completed);
        }
        self.bios_after_post(step);
        self.secure_boot_after_post();
        self.boot_order_after_post();
    }

    // ── Boot override ────────────────────────────────────────────────────────────────────────

    pub(super) fn set_override(
        &mut self,
        step: &mut Step<'_>,
        to: Option<BootOverride>,
        expires: Option<f64>,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.need_bmc(origin)?;
        self.boot.value = to;
        self.keep_override();
        if let (Some(delay), Some(_)) = (expires, to) {
            self.boot.expires = step.now.checked_add(super::clock::seconds(delay));
            step.after(delay, Event::BootExpires(self.boot.token));
        }
        let detail =
            to.map_or_else(|| "cleared".to_owned(), |to| format!("{:?} {:?}", to.target, to.persistence));
        self.count(step, origin, MutationKind::BootOverride, detail);
        self.touch(Area::System);
        Ok(Change::Made)
    }

    /// Makes an override that would expire stay: a power command came in time.
    pub(super) fn keep_override(&mut self) {
        self.boot.token += 1;
        self.boot.expires = None;
    }

    pub(super) fn drop_override(&mut self) {
        self.boot.value = None;
        self.keep_override();
        self.touch(Area::System);
    }

    pub(super) fn remember_boot(&mut self, record: BootRecord) {
        if self.host.boots.len() == BOOTS {
            self.host.boots.pop_front();
        }
        self.host.boots.push_back(record);
    }

    /// Whether there is something to boot from in the virtual optical drive.
    pub(super) fn has_boot_medium(&self) -> bool {
        self.has_boot_target(super::BootTarget::Cd)
    }

    // ── Controller ───────────────────────────────────────────────────────────────────────────

    /// The controller must run to take a request that came over a protocol.
    pub(super) fn need_bmc(&self, origin: Origin) -> Result<(), Refusal> {
        let by_hand = matches!(origin, Origin::Test | Origin::Machine);
        if by_hand || self.bmc.phase == BmcPhase::Up { Ok(()) } else { Err(Refusal::BmcDown) }
    }

    pub(super) fn reset_bmc(&mut self, step: &mut Step<'_>, origin: Origin) -> Result<Change, Refusal> {
        self.need_bmc(origin)?;
        self.count(step, origin, MutationKind::BmcReset, String::new());
        self.restart_bmc(step);
        Ok(Change::Made)
    }

    /// The controller is away for its boot time; one without power stays away.
    pub(super) fn restart_bmc(&mut self, step: &mut Step<'_>) {
        if self.bmc.phase == BmcPhase::Unpowered {
            return;
        }
        self.bmc_down(BmcPhase::Booting);
        step.after(self.spec.timing.bmc_boot, Event::BmcUp(self.bmc.token));
    }

    fn bmc_down(&mut self, to: BmcPhase) {
        self.bmc.phase = to;
        self.bmc.generation += 1;
        self.bmc.token += 1;
        self.sessions.clear();
        self.touch(Area::Manager);
    }

    fn bmc_up(&mut self, step: &mut Step<'_>) {
        self.bmc.phase = BmcPhase::Up;
        self.bmc.started = step.date;
        self.manager.start();
        self.touch(Area::Manager);
        let text = "The management controller started.".to_owned();
        self.note(step, Severity::Ok, LogEvent::BmcStarted, text);
        if !self.bmc.restore {
            return;
        }
        self.bmc.restore = false;
        self.note(step, Severity::Critical, LogEvent::AcLost, "All power input was lost.".to_owned());
        match self.restore {
            RestorePolicy::AlwaysOn => self.start(step, ResetCause::PolicyAlwaysOn),
            RestorePolicy::Previous if self.was_on => self.start(step, ResetCause::PolicyPrevious),
            RestorePolicy::Previous | RestorePolicy::AlwaysOff => {}
        }
    }

    pub(super) fn set_silent(&mut self, silent: bool) {
        self.bmc.silent = silent;
        self.touch(Area::Manager);
    }

    pub(super) fn set_identify(
        &mut self,
        step: &mut Step<'_>,
        to: Identify,
        seconds: Option<f64>,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.need_bmc(origin)?;
        if self.light.value == to && seconds.is_none() {
            return Ok(Change::AlreadySo);
        }
        self.light.value = to;
        self.light.token += 1;
        if let Some(delay) = seconds {
            step.after(delay, Event::IdentifyEnds(self.light.token));
        }
        self.count(step, origin, MutationKind::Identify, format!("{to:?}"));
        self.touch(Area::System);
        Ok(Change::Made)
    }

    // ── Power input ──────────────────────────────────────────────────────────────────────────

    /// Power supply `index` (from 0) gains or loses its input.
    pub(super) fn set_input(&mut self, step: &mut Step<'_>, index: usize, live: bool) {
        self.read_meter(step.now);
        let Some(input) = self.supplies.get_mut(index) else { return };
        if *input == live {
            return;
        }
        *input = live;
        let supply = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let any = self.supplies.iter().any(|input| *input);
        if !any {
            self.lose_power(step);
        } else if self.bmc.phase == BmcPhase::Unpowered {
            self.bmc_down(BmcPhase::Booting);
            step.after(self.spec.timing.bmc_boot, Event::BmcUp(self.bmc.token));
        } else if live {
            let text = format!("Power supply {supply} has input again.");
            self.note(step, Severity::Ok, LogEvent::SupplyInputRestored(supply), text);
        } else {
            let text = format!("Power supply {supply} lost its input.");
            self.note(step, Severity::Critical, LogEvent::SupplyInputLost(supply), text);
        }
        self.retarget(step.now);
        self.touch(Area::Chassis);
    }

    fn lose_power(&mut self, step: &mut Step<'_>) {
        let host = &mut self.host;
        self.was_on = match host.phase {
            HostPhase::Off | HostPhase::PoweringOff => host.then == Then::Start,
            HostPhase::ShuttingDown => host.then == Then::Start,
            HostPhase::PoweringOn
            | HostPhase::Post
            | HostPhase::Booting
            | HostPhase::Running
            | HostPhase::Setup => true,
        };
        host.phase = HostPhase::Off;
        host.since = step.now;
        host.then = Then::Nothing;
        host.token += 1;
        self.post_broken();
        self.bmc.restore = true;
        self.bmc_down(BmcPhase::Unpowered);
        self.light.value = Identify::Off;
        self.touch(Area::System);
    }

    // ── Sensors ──────────────────────────────────────────────────────────────────────────────

    fn supplied(&self, instance: u8) -> bool {
        let index = usize::from(instance.max(1)) - 1;
        self.supplies.get(index).copied().unwrap_or(true)
    }

    pub(super) fn retarget(&mut self, now: SimTime) {
        self.read_meter(now);
        let powered = self.host.phase.is_powered();
        let spec = Arc::clone(&self.spec);
        let supplied: Vec<bool> = spec.sensors().iter().map(|data| self.supplied(data.instance)).collect();
        for ((state, data), supplied) in self.sensors.iter_mut().zip(spec.sensors()).zip(supplied) {
            state.retarget(data, now, powered, supplied);
        }
    }

    /// Lets every sensor reach where it aims.
    pub(super) fn settle(&mut self, now: SimTime) {
        self.retarget(now);
        self.sensors.iter_mut().for_each(SensorState::arrive);
    }

    pub(super) fn readings(&self, now: SimTime) -> Vec<SensorReading> {
        let pairs = self.sensors.iter().zip(self.spec.sensors()).enumerate();
        pairs
            .map(|(index, (state, data))| {
                let value = state.value(data, now, self.seed, self.stream);
                let crossed = value.and_then(|value| sensors::crossing(value, &data.thresholds));
                SensorReading { index, value, crossed }
            })
            .collect()
    }

    /// Sets a reading by hand, or gives it back to the model; crossings go to the log.
    pub(super) fn force_sensor(
        &mut self,
        step: &Step<'_>,
        name: &str,
        value: Option<f64>,
    ) -> Result<(), Refusal> {
        self.read_meter(step.now);
        let spec = Arc::clone(&self.spec);
        let found = spec.sensors().iter().position(|data| data.name == name).ok_or(Refusal::NotFound)?;
        let (Some(data), Some(state)) = (spec.sensors().get(found), self.sensors.get_mut(found)) else {
            return Err(Refusal::NotFound);
        };
        state.force(value);
        let reading = state.value(data, step.now, self.seed, self.stream);
        let now = reading.and_then(|value| sensors::crossing(value, &data.thresholds));
        let before = std::mem::replace(&mut state.logged, now);
        if before == now {
            return Ok(());
        }
        for (crossing, asserted) in before.map(|was| (was, false)).into_iter().chain(now.map(|is| (is, true)))
        {
            let limit = sensors::limit(crossing, &data.thresholds);
            let reading = reading.unwrap_or_default();
            let (severity, verb) = match asserted {
                true => (Severity::Critical, "crossed"),
                false => (Severity::Ok, "returned from"),
            };
            let text = format!("Sensor {} at {reading} {verb} its threshold of {limit}.", data.name);
            let event = LogEvent::Threshold { sensor: found, crossing, asserted, reading, limit };
            self.note(step, severity, event, text);
        }
        self.touch(Area::Chassis);
        Ok(())
    }
}
