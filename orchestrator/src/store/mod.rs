//! Where runs live: a narrow trait, so that every backend passes the same tests.

use std::{fmt, fs::File};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use underlay_hal::{Effect, ErrorKind, Timestamp};

use crate::{
    plan::{Plan, StepId},
    planner::Memory,
    schedule::StepState,
    step::evidence::Sent,
};

pub mod sqlite;

/// A run's number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Being executed, or left by a process that died: `run resume` continues it.
    Executing,
    /// Every step is done.
    Succeeded,
    /// Some step failed.
    Failed,
}

impl RunState {
    /// The state in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Executing => "executing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// One line of the journal. What may change a machine is written *before* it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Work on the step begins, or begins again after a crash.
    Started,
    /// The mutation is about to be sent.
    Applying(Sent),
    /// The device accepted it.
    Applied,
    /// The goal is reached and verified.
    Done {
        /// Was anything sent for it in this run?
        changed: bool,
    },
    /// The step gave up.
    Failed {
        /// What went wrong.
        kind: ErrorKind,
        /// Did it happen?
        effect: Effect,
        /// In words.
        message: String,
    },
    /// A step before it failed.
    Blocked,
}

impl Event {
    /// The state that the step is in after this.
    #[must_use]
    pub const fn state(&self) -> StepState {
        match self {
            Self::Started | Self::Applying(_) | Self::Applied => StepState::Running,
            Self::Done { .. } => StepState::Done,
            Self::Failed { .. } => StepState::Failed,
            Self::Blocked => StepState::Blocked,
        }
    }
}

/// A step as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which.
    pub id: StepId,
    /// Where it stands.
    pub state: StepState,
    /// What was last about to be sent, and whether it was accepted.
    pub sent: Option<Sent>,
    /// Mutations sent for it so far, at most.
    pub attempts: u32,
    /// Why it failed.
    pub failure: Option<Event>,
}

/// A run as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// Who asked for it.
    pub actor: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The plan, as approved.
    pub plan: Plan,
    /// The steps, in the plan's order.
    pub steps: Vec<StepRecord>,
}

/// A line of the journal with its circumstances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Its place in the journal of all runs.
    pub sequence: i64,
    /// Which step.
    pub step: StepId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// The right to execute a run. Only one process has it at a time; it ends with the process, however that ends.
#[derive(Debug)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// Grows with every holder: a write of an earlier holder is refused.
    pub epoch: i64,
    /// The operating system releases this lock when the process dies.
    pub(crate) _lock: Option<File>,
}

/// What went wrong with the store.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// No such run.
    NoSuchRun(RunId),
    /// Another process executes this run.
    Held(RunId),
    /// Another process took the run over; this one must stop.
    Lost(RunId),
    /// The device is being worked on by another run, or was when that run's process died.
    DeviceBusy {
        /// The device.
        device: String,
        /// The run that holds it.
        by: RunId,
    },
    /// The database failed, or holds something this version cannot read.
    Backend(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchRun(run) => {
                write!(f, "there is no run {run}; `underlay run list` shows what there is")
            }
            Self::Held(run) => write!(f, "run {run} is being executed by another process"),
            Self::Lost(run) => write!(f, "run {run} was taken over by another process"),
            Self::DeviceBusy { device, by } => {
                write!(
                    f,
                    "{device} is held by run {by}; let it end, or continue it with `underlay run resume {by}`"
                )
            }
            Self::Backend(error) => write!(f, "the state database: {error}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Where runs live.
///
/// - Every write is durable when it returns, and all of it or nothing.
/// - Writes carry a [`Lease`]; one that is no longer the newest gets [`StoreError::Lost`].
/// - At most one step runs on a device, over all runs.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// Keeps a plan that was approved, as a run to be executed.
    ///
    /// # Errors
    /// `Backend`.
    async fn create_run(&self, plan: &Plan, actor: &str) -> Result<RunId, StoreError>;

    /// Takes the right to execute a run, which takes it from whoever had it and died.
    ///
    /// # Errors
    /// `NoSuchRun`, `Held` while its process lives.
    async fn lease(&self, run: RunId) -> Result<Lease, StoreError>;

    /// The run with its steps.
    ///
    /// # Errors
    /// `NoSuchRun`.
    async fn run(&self, run: RunId) -> Result<RunRecord, StoreError>;

    /// Every run, oldest first.
    ///
    /// # Errors
    /// `Backend`.
    async fn runs(&self) -> Result<Vec<RunRecord>, StoreError>;

    /// The journal of a run, oldest first.
    ///
    /// # Errors
    /// `NoSuchRun`.
    async fn journal_of(&self, run: RunId) -> Result<Vec<JournalLine>, StoreError>;

    /// Writes a line of the journal, moves the step, and remembers a goal that is reached by it, all at once.
    ///
    /// # Errors
    /// `Lost`, `DeviceBusy`.
    async fn journal(&self, lease: &Lease, step: StepId, event: &Event) -> Result<(), StoreError>;

    /// Ends a run.
    ///
    /// # Errors
    /// `Lost`.
    async fn end_run(&self, lease: &Lease, state: RunState) -> Result<(), StoreError>;

    /// The one-time goals reached at a site.
    ///
    /// # Errors
    /// `Backend`.
    async fn memory(&self, site: &str) -> Result<Memory, StoreError>;
}
