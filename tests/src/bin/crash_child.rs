//! Plans and applies, or resumes, and dies by SIGKILL at a chosen boundary of the journal.
//!
//! `crash-child RACK INTENT STATE apply|resume|resume-forgetful BOUNDARY`; boundary 0 is none. Boundaries count every write of the
//! store twice: the moment before it (what was done on the machine is not in the journal) and the moment after it
//! (what is in the journal is not done on the machine). Prints `boundaries N` when it lives to the end.

use std::{
    error::Error,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use underlay_hal::Cx;
use underlay_orchestrator::{
    Fleet, Intent, Memory, Plan, PlannedStep, Progress, RunOptions, SqliteStore, StepId, Store, StoreError,
    execute, observe, plan,
    schedule::StepState,
    store::{Event, JournalLine, Lease, RunId, RunRecord, RunState},
};
use underlay_rack::{RackCredentials, ReadOptions};

#[derive(Debug)]
struct Deadly {
    inner: SqliteStore,
    passed: AtomicUsize,
    deadly: usize,
    /// Forgets what was about to be sent: the mutant that the kill test must catch.
    forgetful: bool,
}

impl Deadly {
    /// One boundary; the runtime has one thread, so nothing else moves while the signal is on its way.
    fn boundary(&self) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.deadly {
            let me = std::process::id().to_string();
            let _ = Command::new("sh").args(["-c", &format!("kill -9 {me}")]).status();
            std::thread::sleep(Duration::from_secs(60));
            std::process::abort();
        }
    }
}

#[async_trait]
impl Store for Deadly {
    async fn create_run(&self, plan: &Plan, actor: &str) -> Result<RunId, StoreError> {
        self.inner.create_run(plan, actor).await
    }
    async fn lease(&self, run: RunId) -> Result<Lease, StoreError> {
        self.inner.lease(run).await
    }
    async fn run(&self, run: RunId) -> Result<RunRecord, StoreError> {
        let mut record = self.inner.run(run).await?;
        if self.forgetful {
            record.steps.iter_mut().for_each(|step| step.sent = None);
        }
        Ok(record)
    }
    async fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.inner.runs().await
    }
    async fn journal_of(&self, run: RunId) -> Result<Vec<JournalLine>, StoreError> {
        self.inner.journal_of(run).await
    }
    async fn journal(&self, lease: &Lease, step: StepId, event: &Event) -> Result<(), StoreError> {
        self.boundary();
        let written = self.inner.journal(lease, step, event).await;
        self.boundary();
        written
    }
    async fn end_run(&self, lease: &Lease, state: RunState) -> Result<(), StoreError> {
        self.boundary();
        let written = self.inner.end_run(lease, state).await;
        self.boundary();
        written
    }
    async fn memory(&self, site: &str) -> Result<Memory, StoreError> {
        self.inner.memory(site).await
    }
}

#[derive(Debug)]
struct Quiet;

impl Progress for Quiet {
    fn step(&self, step: &PlannedStep, state: StepState, words: &str) {
        if std::env::var_os("CRASH_CHILD_VERBOSE").is_some() {
            eprintln!("{} step {} {}: {words}", step.device, step.id, state.as_str());
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rack, intent, state, mode, boundary] = arguments.as_slice() else {
        return Err("usage: crash-child RACK INTENT STATE apply|resume|resume-forgetful BOUNDARY".into());
    };
    let folder = Path::new(rack).parent();
    let options = ReadOptions { file: rack, folder, personas: None };
    let rack = Arc::new(underlay_rack::read(&std::fs::read_to_string(rack)?, &options)?);
    let credentials = Arc::new(RackCredentials::new(rack.clone()));
    let fleet = Fleet::new(rack.clone(), underlay_drivers::registry()?, credentials);
    let inner = SqliteStore::open(Path::new(state)).await?;
    let store = Deadly {
        inner,
        passed: AtomicUsize::new(0),
        deadly: boundary.parse()?,
        forgetful: mode.ends_with("forgetful"),
    };
    let cx = Cx::new("test", "crash").within(Duration::from_secs(120));
    let run = if mode == "apply" {
        let intent = Intent::read(&std::fs::read_to_string(intent)?, intent, &rack)?;
        let names: Vec<String> = rack.devices.iter().map(|device| device.name.clone()).collect();
        let observed = observe(&cx, &fleet, &names).await;
        let plan = plan(&rack.name, &intent, &observed, &store.memory(&rack.name).await?)?;
        if let Some(missing) = plan.unobserved.first() {
            return Err(format!("{}: {}", missing.device, missing.message).into());
        }
        store.create_run(&plan, "test").await?
    } else {
        store.runs().await?.last().ok_or("there is no run")?.id
    };
    let lease = store.lease(run).await?;
    let options = RunOptions {
        parallel: 8,
        poll: Duration::from_millis(40),
        settle: Duration::from_millis(400),
        // Longer than the simulated self test, which takes well under a second here.
        unclear: Duration::from_millis(4000),
        ..RunOptions::default()
    };
    let report = execute(&cx, &fleet, &store, &lease, options, &Quiet).await?;
    println!("boundaries {}", store.passed.load(Ordering::SeqCst));
    if report.state == RunState::Succeeded { Ok(()) } else { Err(format!("{report:?}").into()) }
}
