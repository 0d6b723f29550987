//! What the tests of this crate share: machines in memory that do as a script says, and plans to work on them.

#![allow(dead_code)] // Each test file uses its own part of this.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use underlay_hal::{
    Boot, BootMark, BootOverride, BootStage, BootStatus, BootTarget, Change, CredentialSource, Cx, Device,
    DeviceId, DeviceInfo, Driver, Effect, Endpoint, Error, ErrorKind, Oem, Outcome, Persistence, Power,
    PowerAction, PowerState, Registry, Result, Retry, Sighting,
};
use underlay_orchestrator::{
    Fleet, Intent, Memory, Plan, PlannedStep, Progress, RunOptions, RunReport, SqliteStore, Store as _,
    StoreError, execute, observe, plan, schedule::StepState, store::RunId,
};
use underlay_rack::{Rack, RackCredentials, ReadOptions};

/// What a machine does with the next mutation in place of the right thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trick {
    /// None: does the right thing. It stands before a trick that is meant for a later mutation.
    Honest,
    /// Acts, and the answer is lost.
    ActsAndIsSilent,
    /// Does not act, and the answer is lost: from outside the same as the one above.
    DropsAndIsSilent,
    /// Says that it is busy; nothing was done.
    Busy,
    /// Refuses for good; nothing was done.
    Refuses,
    /// Says yes, and does not act.
    SaysYes,
}

/// A machine in memory.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub(crate) serial: String,
    pub(crate) on: bool,
    pub(crate) boots: u32,
    pub(crate) source: Option<BootTarget>,
    pub(crate) boot: Option<BootOverride>,
    /// Looks that a self test lasts.
    pub(crate) post: u32,
    /// Looks of the self test that are left.
    pub(crate) in_post: u32,
    /// Looks until a graceful shutdown is over; 0 is at once.
    pub(crate) shutdown: u32,
    pub(crate) shutting_down: Option<u32>,
    /// Tells neither marks nor its stage, as the poorest controllers do.
    pub(crate) blind: bool,
    pub(crate) tricks: VecDeque<Trick>,
    /// Looks that fail before one succeeds again.
    pub(crate) unreachable: u32,
    pub(crate) power_requests: Vec<PowerAction>,
    pub(crate) boot_requests: u32,
}

impl Machine {
    pub(crate) fn named(serial: &str, on: bool) -> Self {
        Self { serial: serial.to_owned(), on, post: 3, ..Self::default() }
    }

    fn begin_boot(&mut self) {
        self.on = true;
        self.boots += 1;
        self.in_post = self.post;
        self.source = Some(self.boot.as_ref().map_or(BootTarget::Hdd, |boot| boot.target));
    }

    /// Time passes with every look; the override is used at the end of the self test.
    fn pass(&mut self) {
        if self.in_post > 0 {
            self.in_post -= 1;
        }
        if self.on && self.in_post == 0 && self.source == Some(BootTarget::Pxe) {
            self.boot = self.boot.take().filter(|boot| boot.persistence == Persistence::Continuous);
        }
        match self.shutting_down {
            Some(0) => (self.on, self.shutting_down) = (false, None),
            Some(left) => self.shutting_down = Some(left - 1),
            None => {}
        }
    }
}

/// One machine, shared between a test and the device that the driver opened.
#[derive(Clone, Debug)]
pub(crate) struct Handle(Arc<Mutex<Machine>>);

impl Handle {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    /// Fails as often as the script says.
    fn look(&self) -> Result<MutexGuard<'_, Machine>> {
        let mut machine = self.lock();
        if machine.unreachable > 0 {
            machine.unreachable -= 1;
            return Err(Error::new(ErrorKind::Unreachable, "no route to host"));
        }
        machine.pass();
        Ok(machine)
    }

    fn mutate(&self, act: impl FnOnce(&mut Machine)) -> Result<Outcome<Change>> {
        let mut machine = self.lock();
        let trick = machine.tricks.pop_front();
        if matches!(trick, None | Some(Trick::Honest | Trick::ActsAndIsSilent)) {
            act(&mut machine);
        }
        let silence = Error::new(ErrorKind::Timeout, "no answer").with_effect(Effect::Unknown);
        match trick {
            None | Some(Trick::Honest | Trick::SaysYes) => Ok(Outcome::Done(Change::Made)),
            Some(Trick::ActsAndIsSilent | Trick::DropsAndIsSilent) => Err(silence),
            Some(Trick::Busy) => {
                Err(Error::new(ErrorKind::Busy, "busy")
                    .with_retry(Retry::After(Some(Duration::from_millis(5)))))
            }
            Some(Trick::Refuses) => Err(Error::new(ErrorKind::PermissionDenied, "not with this account")),
        }
    }
}

#[derive(Debug)]
struct Opened {
    info: DeviceInfo,
    oem: Oem,
    machine: Handle,
}

#[async_trait]
impl Device for Opened {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn power(&self) -> Option<&dyn Power> {
        Some(self)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        Some(self)
    }
    async fn close(&self, _cx: &Cx) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Opened {
    fn actions(&self) -> &[PowerAction] {
        &[PowerAction::On, PowerAction::ForceOff, PowerAction::GracefulOff, PowerAction::ForceReset]
    }
    async fn state(&self, _cx: &Cx) -> Result<PowerState> {
        Ok(if self.machine.look()?.on { PowerState::On } else { PowerState::Off })
    }
    async fn set(&self, _cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        self.machine.lock().power_requests.push(action);
        self.machine.mutate(|machine| match action {
            PowerAction::ForceOff => machine.on = false,
            PowerAction::GracefulOff => machine.shutting_down = Some(machine.shutdown),
            _ => machine.begin_boot(),
        })
    }
    async fn boot_status(&self, _cx: &Cx) -> Result<BootStatus> {
        let machine = self.machine.look()?;
        if machine.blind {
            return Ok(BootStatus { stage: BootStage::Unknown, mark: None });
        }
        let stage = match (machine.on, machine.in_post) {
            (false, _) => BootStage::Off,
            (true, 0) => BootStage::Booted,
            (true, _) => BootStage::Post,
        };
        Ok(BootStatus { stage, mark: Some(BootMark(machine.boots.to_string())) })
    }
}

#[async_trait]
impl Boot for Opened {
    fn targets(&self) -> &[BootTarget] {
        &[BootTarget::Pxe, BootTarget::Hdd]
    }
    fn persistences(&self) -> &[Persistence] {
        &[Persistence::Once, Persistence::Continuous]
    }
    fn takes_http_uri(&self) -> bool {
        false
    }
    async fn get(&self, _cx: &Cx) -> Result<Option<BootOverride>> {
        Ok(self.machine.look()?.boot.clone())
    }
    async fn set(&self, _cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        self.machine.lock().boot_requests += 1;
        self.machine.mutate(|machine| machine.boot = to)
    }
}

/// Opens the machines of a world; its name is a scheme that rack files know.
#[derive(Debug)]
struct InMemory(BTreeMap<String, Handle>);

#[async_trait]
impl Driver for InMemory {
    fn name(&self) -> &'static str {
        "redfish"
    }
    fn default_port(&self) -> u16 {
        443
    }
    async fn probe(&self, _cx: &Cx, _at: &Endpoint) -> Result<Option<Sighting>> {
        Ok(None)
    }
    async fn open(
        &self,
        _cx: &Cx,
        id: DeviceId,
        _at: &Endpoint,
        _credentials: Arc<dyn CredentialSource>,
    ) -> Result<Arc<dyn Device>> {
        let machine = self.0.get(id.as_str()).cloned();
        let machine = machine.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such machine"))?;
        let serial = machine.look()?.serial.clone();
        let mut info = DeviceInfo::new(id, "redfish");
        info.serial_number = Some(serial);
        Ok(Arc::new(Opened { info, oem: Oem::default(), machine }))
    }
}

/// A rack of `node1`, `node2`, … in memory.
pub(crate) fn rack(machines: usize) -> Rack {
    let mut text =
        "[rack]\nname = \"r\"\n[credentials.bmc]\nusername = \"admin\"\npassword = { env = \"X\" }\n"
            .to_owned();
    for number in 1..=machines {
        text.push_str(&format!(
            "[[device]]\nname = \"node{number}\"\nkind = \"server\"\ncredential = \"bmc\"\n\
             redfish = {{ address = \"127.0.0.1:{number}\", tls = \"http\" }}\n"
        ));
    }
    underlay_rack::read(&text, &ReadOptions { file: "rack.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// An intent about every machine.
pub(crate) fn intent(rack: &Rack, wants: &str) -> Intent {
    let text = format!("[intent]\nname = \"i\"\n[[profile]]\nname = \"p\"\nselect = \"all\"\n{wants}\n");
    Intent::read(&text, "intent.toml", rack).unwrap_or_else(|problems| panic!("{problems}"))
}

pub(crate) const BOOT: &str = "power = \"on\"\nboot = { once = \"pxe\", generation = 1 }";

/// Machines, a store and everything to run a plan with.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) machines: Vec<Handle>,
    pub(crate) fleet: Fleet,
    pub(crate) store: SqliteStore,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) options: RunOptions,
}

impl World {
    pub(crate) async fn new(machines: Vec<Machine>) -> Self {
        let rack = Arc::new(rack(machines.len()));
        let machines: Vec<_> = machines.into_iter().map(|m| Handle(Arc::new(Mutex::new(m)))).collect();
        let names = rack.devices.iter().map(|device| device.name.clone());
        let mut registry = Registry::default();
        registry.register(Arc::new(InMemory(names.zip(machines.clone()).collect()))).expect("a free name");
        let credentials = Arc::new(RackCredentials::new(rack.clone()));
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("state.db")).await.expect("a store");
        let ms = Duration::from_millis;
        let options = RunOptions {
            parallel: 8,
            poll: ms(5),
            settle: ms(20),
            unclear: ms(150),
            step_limit: Duration::from_secs(20),
            call_limit: Duration::from_secs(5),
            attempts: 3,
        };
        Self { machines, fleet: Fleet::new(rack, registry, credentials), store, folder, options }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.fleet.rack().devices.iter().map(|device| device.name.clone()).collect()
    }

    pub(crate) async fn plan(&self, wants: &str) -> Plan {
        let rack = self.fleet.rack();
        let observed = observe(&cx(), &self.fleet, &self.names()).await;
        let memory: Memory = self.store.memory(&rack.name).await.expect("memory");
        plan(&rack.name, &intent(rack, wants), &observed, &memory).expect("a plan")
    }

    pub(crate) async fn create(&self, plan: &Plan) -> RunId {
        self.store.create_run(plan, "test").await.expect("a run")
    }

    pub(crate) async fn execute(&self, run: RunId) -> std::result::Result<RunReport, StoreError> {
        self.execute_in(&cx(), run).await
    }

    pub(crate) async fn execute_in(&self, cx: &Cx, run: RunId) -> std::result::Result<RunReport, StoreError> {
        let lease = self.store.lease(run).await?;
        execute(cx, &self.fleet, &self.store, &lease, self.options, &Quiet).await
    }

    pub(crate) async fn apply(&self, wants: &str) -> RunReport {
        let plan = self.plan(wants).await;
        self.execute(self.create(&plan).await).await.expect("a report")
    }
}

pub(crate) fn cx() -> Cx {
    Cx::new("test", "1").within(Duration::from_secs(60))
}

/// Nobody watches.
#[derive(Debug)]
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn step(&self, _step: &PlannedStep, _state: StepState, _words: &str) {}
}
