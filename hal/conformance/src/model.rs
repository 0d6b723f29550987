//! A device in memory that keeps every law, and breaks exactly one on demand.

#![allow(clippy::missing_panics_doc)] // The only panics are poisoned locks, in a test double.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use underlay_hal::{
    Boot, BootMark, BootOverride, BootStage, BootStatus, BootTarget, Change, Cx, Device, DeviceInfo, Effect,
    EntryId, Error, ErrorKind, EventLog, FacetKind, Hardware, Interrupted, Inventory, LogEntry, LogPage,
    MacAddress, Manager, ManagerInfo, ManagerReset, Nic, Oem, Outcome, Persistence, Power, PowerAction,
    PowerState, Reading, Result, SensorKind, Sensors, Severity, Skipped, TaskRef, TaskState, TaskStatus,
    Tasks, Thresholds, Timestamp, Unit,
};

use crate::{Danger, Fact, Promise, Rig, Truth, World};

#[derive(Debug, Default)]
struct State {
    on: bool,
    in_post: u8,
    boots: u64,
    resets: u64,
    mutations: u64,
    manager_resets: u64,
    sessions: usize,
    source: Option<BootTarget>,
    boot: Option<BootOverride>,
    log: Vec<LogEntry>,
    serial: u64,
    silent: bool,
    clock: i64,
}

/// The world behind the model.
#[derive(Debug, Default)]
pub struct ModelWorld(Mutex<State>);

impl ModelWorld {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
    fn begin_boot(&self) {
        let mut state = self.state();
        state.on = true;
        state.in_post = 4;
        state.boots += 1;
        state.source = Some(state.boot.as_ref().map_or(BootTarget::Hdd, |b| b.target));
        if state.boot.as_ref().is_some_and(|b| b.persistence == Persistence::Once) {
            state.boot = None;
        }
    }
}

#[async_trait]
impl Truth for ModelWorld {
    fn power(&self) -> PowerState {
        if self.state().on { PowerState::On } else { PowerState::Off }
    }
    async fn put_power(&self, to: PowerState) {
        let was = self.state().on;
        match to {
            PowerState::On if !was => self.begin_boot(),
            PowerState::On => {}
            _ => self.state().on = false,
        }
        self.state().in_post = 0;
    }
    fn boots(&self) -> u64 {
        self.state().boots
    }
    fn last_boot_source(&self) -> Option<BootTarget> {
        self.state().source
    }
    fn mutations(&self) -> u64 {
        self.state().mutations
    }
    fn resets(&self) -> u64 {
        self.state().resets
    }
    fn boot_override(&self) -> Option<BootOverride> {
        self.state().boot.clone()
    }
    fn serial_number(&self) -> String {
        "MODEL1".to_owned()
    }
    fn macs(&self) -> Vec<MacAddress> {
        vec![MacAddress([2, 0, 0, 0, 0, 1])]
    }
    fn sensors(&self) -> Vec<Fact> {
        let value = self.state().on.then_some(1.2);
        vec![
            Fact { name: "Inlet".to_owned(), kind: SensorKind::Temperature, value: Some(21.0), jitter: 0.0 },
            Fact { name: "VCore".to_owned(), kind: SensorKind::Voltage, value, jitter: 0.0 },
        ]
    }
    fn log_length(&self) -> usize {
        self.state().log.len()
    }
    fn log_event(&self, severity: Severity) -> String {
        let mut state = self.state();
        state.serial += 1;
        state.clock += 1;
        let entry = LogEntry {
            id: state.serial.to_string().into(),
            at: Timestamp::from_second(state.clock).ok(),
            severity,
            text: format!("event-{}", state.serial),
            sensor: None,
            code: None,
        };
        let text = entry.text.clone();
        state.log.push(entry);
        text
    }
    fn open_sessions(&self) -> usize {
        self.state().sessions
    }
    fn refused_logins(&self) -> u64 {
        0
    }
    fn manager_resets(&self) -> u64 {
        self.state().manager_resets
    }
    fn go_silent(&self, silent: bool) {
        self.state().silent = silent;
    }
    async fn pass(&self, time: Duration) {
        let mut state = self.state();
        state.in_post = state.in_post.saturating_sub(1);
        state.clock += i64::try_from(time.as_secs()).unwrap_or(0);
    }
}

/// The model as a device.
#[derive(Debug)]
pub struct ModelDevice {
    world: Arc<ModelWorld>,
    info: DeviceInfo,
    oem: Oem,
    broken: Option<&'static str>,
}

const ACTIONS: [PowerAction; 3] = [PowerAction::On, PowerAction::ForceOff, PowerAction::ForceReset];
const TARGETS: [BootTarget; 2] = [BootTarget::Pxe, BootTarget::Hdd];

impl ModelDevice {
    fn breaks(&self, law: &str) -> bool {
        self.broken == Some(law)
    }

    /// What every call does first: open a session, and hang while the device is silent.
    async fn enter(&self, cx: &Cx, operation: &'static str, facet: &str) -> Result<()> {
        self.world.state().sessions = 1;
        if !self.world.state().silent {
            return Ok(());
        }
        let deaf_to_deadline = self.broken == Some(&format!("{facet}::silence_ends_by_the_deadline"));
        let deaf_to_cancel = self.breaks("device::a_cancelled_call_ends_at_once");
        let over = match cx.deadline() {
            _ if deaf_to_deadline => std::future::pending().await,
            Some(at) if deaf_to_cancel => {
                tokio::time::sleep_until(at).await;
                Interrupted::Deadline
            }
            _ => match cx.run(std::future::pending::<()>()).await {
                Err(over) => over,
                Ok(()) => Interrupted::Deadline,
            },
        };
        let error = over.into_error(Effect::None).during(operation);
        Err(if self.breaks("device::errors_name_the_device") { error } else { error.on(&self.info.id) })
    }

    fn mutate(&self) {
        self.world.state().mutations += 1;
    }

    fn unsupported(&self, operation: &'static str, laxity: &str) -> Result<Outcome<Change>> {
        if self.breaks(laxity) {
            self.mutate();
        }
        Err(Error::unsupported(operation).on(&self.info.id))
    }
}

#[async_trait]
impl Device for ModelDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn manager(&self) -> Option<&dyn Manager> {
        Some(self)
    }
    fn power(&self) -> Option<&dyn Power> {
        Some(self)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        Some(self)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        Some(self)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        Some(self)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        Some(self)
    }
    async fn close(&self, _cx: &Cx) -> Result<()> {
        let was_open = std::mem::take(&mut self.world.state().sessions) > 0;
        if self.breaks("device::close_leaves_no_session") {
            self.world.state().sessions = 1;
        }
        if self.breaks("device::works_again_after_close") && !was_open {
            return Err(Error::new(ErrorKind::NotFound, "there is no session").during("device.close"));
        }
        Ok(())
    }
}

#[async_trait]
impl Power for ModelDevice {
    fn actions(&self) -> &[PowerAction] {
        &ACTIONS
    }
    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        self.enter(cx, "power.state", "power").await?;
        if self.breaks("device::reads_change_nothing") {
            self.mutate();
        }
        if self.breaks("power::state_matches_truth") {
            return Ok(PowerState::On);
        }
        Ok(self.world.power())
    }
    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        self.enter(cx, "power.set", "power").await?;
        if !ACTIONS.contains(&action) {
            return self.unsupported("power.set", "power::unlisted_action_is_unsupported_and_untried");
        }
        if action.goal() == Some(self.world.power()) {
            let told = if self.breaks("power::already_so_is_told_and_sends_no_reset") {
                Change::Made
            } else {
                Change::AlreadySo
            };
            return Ok(Outcome::Done(told));
        }
        self.mutate();
        match action {
            PowerAction::On if self.breaks("power::on_turns_on") => {}
            PowerAction::ForceOff if self.breaks("power::force_off_turns_off") => {}
            PowerAction::On => self.world.begin_boot(),
            PowerAction::ForceOff => self.world.state().on = false,
            _ => {
                self.world.state().resets += 1;
                self.world.begin_boot();
                if self.breaks("power::one_reset_boots_once") {
                    self.world.state().resets += 1;
                    self.world.begin_boot();
                }
            }
        }
        Ok(Outcome::Done(Change::Made))
    }
    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        self.enter(cx, "power.boot_status", "power").await?;
        let state = self.world.state();
        let stage = match (state.on, state.in_post) {
            (false, _) if self.breaks("power::stage_follows_the_host") => BootStage::Booted,
            (false, _) => BootStage::Off,
            (true, 0) => BootStage::Booted,
            (true, _) if self.breaks("power::stage_tells_post") => BootStage::Booted,
            (true, _) => BootStage::Post,
        };
        let evidence = if self.breaks("power::mark_changes_with_each_boot_only") { state.clock } else { 0 };
        Ok(BootStatus { stage, mark: Some(BootMark(format!("{}-{evidence}", state.boots))) })
    }
}

#[async_trait]
impl Boot for ModelDevice {
    fn targets(&self) -> &[BootTarget] {
        &TARGETS
    }
    fn persistences(&self) -> &[Persistence] {
        &[Persistence::Once, Persistence::Continuous]
    }
    fn takes_http_uri(&self) -> bool {
        false
    }
    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        self.enter(cx, "boot.get", "boot").await?;
        let seen = self.world.state().boot.clone();
        Ok(seen.or_else(|| {
            self.breaks("boot::once_is_used_once").then_some(BootOverride::once(BootTarget::Pxe))
        }))
    }
    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        self.enter(cx, "boot.set", "boot").await?;
        if to.as_ref().is_some_and(|to| !TARGETS.contains(&to.target)) {
            return self.unsupported("boot.set", "boot::unlisted_target_is_unsupported_and_untried");
        }
        if self.world.state().boot == to && !self.breaks("boot::setting_twice_is_already_so") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        self.mutate();
        let mut stored = to.clone();
        if self.breaks("boot::what_was_set_reads_back") {
            stored = stored.map(|b| BootOverride { persistence: Persistence::Continuous, ..b });
        }
        if self.breaks("boot::continuous_stays") {
            stored = stored.map(|b| BootOverride { persistence: Persistence::Once, ..b });
        }
        if !(to.is_none() && self.breaks("boot::none_removes_the_override")) {
            self.world.state().boot = stored;
        }
        if self.breaks("boot::setting_does_not_boot") {
            self.world.begin_boot();
        }
        Ok(Outcome::Done(Change::Made))
    }
}

#[async_trait]
impl Manager for ModelDevice {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        self.enter(cx, "manager.info", "manager").await?;
        let mut info = ManagerInfo::default();
        if !self.breaks("manager::tells_its_firmware") {
            info.firmware_version = Some("1.0".to_owned());
        }
        info.protocol_version = Some("model".to_owned());
        Ok(info)
    }
    fn resets(&self) -> &[ManagerReset] {
        &[ManagerReset::Graceful]
    }
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        self.enter(cx, "manager.reset", "manager").await?;
        if how != ManagerReset::Graceful && !self.breaks("manager::unlisted_reset_is_unsupported_and_untried")
        {
            return Err(Error::unsupported("manager.reset").on(&self.info.id));
        }
        self.mutate();
        self.world.state().manager_resets += 1;
        if self.breaks("manager::reset_restarts_it_and_not_the_host") {
            self.world.begin_boot();
        }
        Ok(Outcome::Done(Change::Made))
    }
}

#[async_trait]
impl Inventory for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        self.enter(cx, "inventory.read", "inventory").await?;
        let mut hardware = Hardware::default();
        let unread = self.breaks("inventory::reads_while_the_host_is_off") && !self.world.state().on;
        if !unread {
            hardware.system.serial_number = Some(self.world.serial_number());
        }
        if self.breaks("inventory::serial_number_is_the_machine's") {
            hardware.system.serial_number = Some("To be filled by O.E.M.".to_owned());
        }
        let mut nic = Nic::default();
        nic.mac = self.world.macs().first().copied();
        if self.breaks("inventory::mac_addresses_are_the_machine's") {
            nic.mac = Some(MacAddress([0; 6]));
        }
        hardware.nics.push(nic);
        if self.breaks("inventory::nothing_is_skipped_on_a_healthy_machine") {
            hardware.skipped.push(Skipped { what: "memory".to_owned(), why: "not tried".to_owned() });
        }
        Ok(hardware)
    }
}

#[async_trait]
impl Sensors for ModelDevice {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        self.enter(cx, "sensors.read_all", "sensors").await?;
        let zero = self.breaks("sensors::unreadable_is_no_value_and_never_zero");
        let wrong = self.breaks("sensors::values_match_truth");
        let same = self.breaks("sensors::ids_are_unique_and_values_finite");
        Ok(self
            .world
            .sensors()
            .into_iter()
            .map(|fact| Reading {
                id: if same { "sensor".to_owned() } else { fact.name.clone() },
                name: fact.name,
                kind: fact.kind,
                unit: if fact.kind == SensorKind::Voltage { Unit::Volts } else { Unit::Celsius },
                value: fact
                    .value
                    .map(|value| if wrong { value * 9.0 } else { value })
                    .or(zero.then_some(0.0)),
                health: None,
                states: Vec::new(),
                thresholds: Thresholds::default(),
            })
            .collect())
    }
}

#[async_trait]
impl EventLog for ModelDevice {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        self.enter(cx, "event_log.read", "event_log").await?;
        let mut log = self.world.state().log.clone();
        if self.breaks("event_log::an_event_appears_once_and_last") {
            log.extend(log.last().cloned());
        }
        if self.breaks("event_log::severity_is_told") {
            log.iter_mut().for_each(|entry| entry.severity = Severity::Ok);
        }
        if self.breaks("event_log::oldest_first") {
            log.reverse();
        }
        let place = after.as_ref().map(|id| log.iter().position(|entry| entry.id == *id));
        let (start, gap) = match place {
            None => (0, false),
            Some(Some(at)) if self.breaks("event_log::pages_give_what_one_read_gives") => (at, false),
            Some(Some(at)) => (at + 1, false),
            Some(None) => (0, !self.breaks("event_log::a_lost_cursor_is_a_gap")),
        };
        let entries: Vec<_> = log.iter().skip(start).take(limit).cloned().collect();
        let mut more = start + entries.len() < log.len();
        if self.breaks("event_log::pages_give_what_one_read_gives") && entries.len() < 2 {
            more = false;
        }
        Ok(LogPage { more, gap, entries })
    }
    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "event_log.clear", "event_log").await?;
        self.mutate();
        if !self.breaks("event_log::clear_leaves_nothing_from_before") {
            self.world.state().log.clear();
        }
        Ok(Outcome::Done(Change::Made))
    }
}

#[async_trait]
impl Tasks for ModelDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        self.enter(cx, "tasks.list", "tasks").await?;
        Ok(Vec::new())
    }
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        self.enter(cx, "tasks.poll", "tasks").await?;
        if task.device != self.info.id && !self.breaks("tasks::another_device's_task_is_refused") {
            return Err(Error::new(ErrorKind::InvalidInput, "another device's task").during("tasks.poll"));
        }
        if self.breaks("tasks::a_forgotten_task_is_unknown_and_no_error") {
            return Err(Error::new(ErrorKind::NotFound, "no such task").during("tasks.poll"));
        }
        Ok(TaskStatus { state: TaskState::Unknown, percent: None, messages: Vec::new(), poll_after: None })
    }
    async fn cancel(&self, cx: &Cx, _task: &TaskRef) -> Result<Outcome<Change>> {
        self.enter(cx, "tasks.cancel", "tasks").await?;
        Err(Error::unsupported("tasks.cancel").on(&self.info.id))
    }
}

/// What the model offers so far.
const OFFERED: [FacetKind; 7] = [
    FacetKind::Manager,
    FacetKind::Power,
    FacetKind::Boot,
    FacetKind::Inventory,
    FacetKind::Sensors,
    FacetKind::EventLog,
    FacetKind::Tasks,
];

/// A rig over the model. `broken` names the one law that its device breaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelRig {
    /// The law to break.
    pub broken: Option<&'static str>,
}

#[async_trait]
impl Rig for ModelRig {
    fn name(&self) -> String {
        "model".to_owned()
    }
    fn promise(&self) -> Promise {
        Promise {
            facets: FacetKind::ALL.into_iter().filter(|facet| OFFERED.contains(facet)).collect(),
            abilities: BTreeSet::from(["power.stage", "power.mark", "boot.continuous", "inventory.nics"]),
            max_danger: Danger::DestroysData,
        }
    }
    async fn world(&self) -> Result<World> {
        let world = Arc::new(ModelWorld::default());
        let info = DeviceInfo::new("model1".into(), "model");
        let device = ModelDevice { world: world.clone(), info, oem: Oem::default(), broken: self.broken };
        Ok(World { device: Arc::new(device), truth: world, keep: Arc::new(()) })
    }
}
