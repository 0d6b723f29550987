//! Execution: take what the scheduler picks, and bring each step to its goal.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};
use underlay_hal::{Cx, Device, Effect, Error, ErrorKind, Retry};

use crate::{
    fleet::Fleet,
    observe::{Observed, USED},
    plan::{PlannedStep, StepId},
    schedule::{StepState, pick},
    step::{Probe, evidence::Sent},
    store::{Event, Lease, RunId, RunRecord, RunState, StepRecord, Store, StoreError},
};

/// How a run is executed.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Steps at once, over all devices.
    pub parallel: usize,
    /// Pause between two looks at a step that takes its time.
    pub poll: Duration,
    /// How long to wait before a mutation whose fate is unknown is looked for: it may still be on its way.
    pub settle: Duration,
    /// How long to go on looking at a machine that shows no evidence, before a mutation whose fate is unknown is taken
    /// for not sent: longer than any self test.
    pub unclear: Duration,
    /// How long a step may take from its start to its goal.
    pub step_limit: Duration,
    /// How long a single look or mutation may take; a device that fell silent is asked again after it. Also how long
    /// a device that cannot be opened is tried again before its step fails.
    pub call_limit: Duration,
    /// How often a step's mutation may be sent, each time only after a look proved that the one before did nothing.
    pub attempts: u32,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            parallel: 16,
            poll: Duration::from_secs(2),
            settle: Duration::from_secs(5),
            unclear: Duration::from_secs(10 * 60),
            step_limit: Duration::from_secs(30 * 60),
            call_limit: Duration::from_secs(60),
            attempts: 3,
        }
    }
}

/// Somebody who watches.
pub trait Progress: fmt::Debug + Send + Sync {
    /// A step moved on.
    fn step(&self, step: &PlannedStep, state: StepState, words: &str);
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Which.
    pub step: StepId,
    /// On which device.
    pub device: String,
    /// What went wrong.
    pub kind: ErrorKind,
    /// Did it happen?
    pub effect: Effect,
    /// In words.
    pub message: String,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// Where it stands; `executing` when it was interrupted and can be resumed.
    pub state: RunState,
    /// Steps that are done.
    pub done: usize,
    /// Steps of the plan.
    pub steps: usize,
    /// Steps that failed.
    pub failures: Vec<Failure>,
    /// Steps never begun, because one before them failed.
    pub blocked: usize,
}

/// Why a step stopped.
enum Stop {
    /// The device, or the deadline.
    Failed(Error),
    /// The caller wants to stop; the step can be resumed.
    Interrupted,
    /// The store refused; nothing more may be done on any device.
    Store(StoreError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::Cancelled { Self::Interrupted } else { Self::Failed(error) }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is under way for a step, and what will have become of it.
type Working<'a> = Pin<Box<dyn Future<Output = (StepId, Result<StepState, Stop>)> + Send + 'a>>;

struct Execution<'a> {
    fleet: &'a Fleet,
    store: &'a dyn Store,
    lease: &'a Lease,
    options: RunOptions,
    progress: &'a dyn Progress,
    record: &'a RunRecord,
    open: Mutex<HashMap<String, Arc<dyn Device>>>,
}

/// Executes a run from where its journal stands, which for a new run is the beginning.
///
/// - Before each mutation the journal says so; after a crash the machine is looked at, and a mutation is sent again
///   only if the look proves that it did not happen.
/// - A cancelled context stops it where it is; the run stays `executing` and can be resumed.
/// - A failed step blocks what follows it; the other machines go on.
///
/// # Errors
/// [`StoreError`]: the journal cannot be written. No further mutation is sent then.
pub async fn execute(
    cx: &Cx,
    fleet: &Fleet,
    store: &dyn Store,
    lease: &Lease,
    options: RunOptions,
    progress: &dyn Progress,
) -> Result<RunReport, StoreError> {
    let record = store.run(lease.run).await?;
    let execution = Execution {
        fleet,
        store,
        lease,
        options,
        progress,
        record: &record,
        open: Mutex::new(HashMap::new()),
    };
    let result = execution.run(cx).await;
    execution.close(cx).await;
    result
}

impl Execution<'_> {
    async fn run(&self, cx: &Cx) -> Result<RunReport, StoreError> {
        let steps = &self.record.plan.steps;
        let mut states: BTreeMap<StepId, StepState> =
            self.record.steps.iter().map(|step| (step.id, step.state)).collect();
        // All writing happens in here: a future that is not polled may hold the store's connection, so that nothing
        // outside may wait for the store while one of these is under way.
        let mut working: FuturesUnordered<Working<'_>> = FuturesUnordered::new();
        // What a dead process left running comes first: those devices are held by it.
        for step in steps.iter().filter(|step| states.get(&step.id) == Some(&StepState::Running)) {
            working.push(Box::pin(self.work(cx, step)));
        }
        let mut interrupted = false;
        let mut refused = None;
        loop {
            if refused.is_none() && !interrupted && cx.check().is_ok() {
                let picked = pick(steps, &states, self.options.parallel);
                for step in steps.iter().filter(|step| picked.block.contains(&step.id)) {
                    states.insert(step.id, StepState::Blocked);
                    working.push(Box::pin(self.block(step)));
                }
                for step in steps.iter().filter(|step| picked.start.contains(&step.id)) {
                    states.insert(step.id, StepState::Running);
                    working.push(Box::pin(self.work(cx, step)));
                }
            }
            let Some((id, result)) = working.next().await else { break };
            match result {
                Ok(state) => {
                    states.insert(id, state);
                }
                Err(Stop::Interrupted) => interrupted = true,
                Err(Stop::Store(error)) => refused = Some(error),
                // `work` turns failures into a state.
                Err(Stop::Failed(_)) => {}
            }
        }
        match refused {
            // Another run holds a device: this one stops here and can be resumed when it is free.
            Some(error) => Err(error),
            None => self.report(&states).await,
        }
    }

    async fn report(&self, states: &BTreeMap<StepId, StepState>) -> Result<RunReport, StoreError> {
        let count = |wanted| states.values().filter(|state| **state == wanted).count();
        let finished = states.values().all(|state| state.is_final());
        let state = match (finished, count(StepState::Failed)) {
            (false, _) => RunState::Executing,
            (true, 0) => RunState::Succeeded,
            (true, _) => RunState::Failed,
        };
        if finished {
            self.store.end_run(self.lease, state).await?;
        }
        let now = self.store.run(self.lease.run).await?;
        let failures = now.steps.iter().filter_map(|step| match &step.failure {
            Some(Event::Failed { kind, effect, message }) => Some(Failure {
                step: step.id,
                device: now.plan.step(step.id).map(|step| step.device.clone()).unwrap_or_default(),
                kind: *kind,
                effect: *effect,
                message: message.clone(),
            }),
            _ => None,
        });
        Ok(RunReport {
            run: now.id,
            state,
            done: count(StepState::Done),
            steps: now.plan.steps.len(),
            failures: failures.collect(),
            blocked: count(StepState::Blocked),
        })
    }

    async fn close(&self, cx: &Cx) {
        let open: Vec<_> = self.open.lock().await.drain().collect();
        let cx = cx.for_cleanup(Duration::from_secs(5));
        let closing = open.iter().map(|(_, device)| device.close(&cx));
        for result in futures_util::future::join_all(closing).await {
            if let Err(error) = result {
                tracing::debug!("logout failed: {}", error.report());
            }
        }
    }

    /// A step that can never start.
    async fn block(&self, step: &PlannedStep) -> (StepId, Result<StepState, Stop>) {
        let written = self.store.journal(self.lease, step.id, &Event::Blocked).await;
        self.progress.step(step, StepState::Blocked, "a step before it failed");
        (step.id, written.map(|()| StepState::Blocked).map_err(Stop::from))
    }

    /// One step from its record to a final state.
    async fn work(&self, cx: &Cx, step: &PlannedStep) -> (StepId, Result<StepState, Stop>) {
        let cx = cx.within(self.options.step_limit);
        let result = match self.reach(&cx, step).await {
            Ok(changed) => {
                let done = self.store.journal(self.lease, step.id, &Event::Done { changed }).await;
                self.progress.step(step, StepState::Done, if changed { "" } else { "it was so already" });
                done.map(|()| StepState::Done).map_err(Stop::from)
            }
            Err(Stop::Failed(error)) => {
                let failed =
                    Event::Failed { kind: error.kind(), effect: error.effect(), message: error.report() };
                self.progress.step(step, StepState::Failed, &error.report());
                let written = self.store.journal(self.lease, step.id, &failed).await;
                written.map(|()| StepState::Failed).map_err(Stop::from)
            }
            Err(stop) => Err(stop),
        };
        (step.id, result)
    }

    /// Brings the machine to the step's goal; tells whether anything was sent for it.
    async fn reach(&self, cx: &Cx, step: &PlannedStep) -> Result<bool, Stop> {
        let record = self.record.steps.iter().find(|record| record.id == step.id);
        let mut sent = record.and_then(|record| record.sent.clone());
        let mut attempts = record.map_or(0, |record| record.attempts);
        self.store.journal(self.lease, step.id, &Event::Started).await?;
        self.progress.step(step, StepState::Running, "looking at the machine");
        let device = self.device(cx, step).await?;
        if sent.is_none() && self.is_first_on_device(step) {
            self.check_fingerprint(cx, step, &*device).await?;
        }
        // A mutation that was about to be sent when the process died may still be under way.
        if sent.as_ref().is_some_and(|sent| !sent.accepted) {
            self.progress.step(step, StepState::Running, "was interrupted; finding out what happened");
            self.pause(cx, self.options.settle).await?;
        }
        let mut told_waiting = false;
        let mut pause = self.options.poll;
        let mut decide_at = Instant::now() + self.options.unclear;
        loop {
            match self.look(cx, step, &*device, sent.as_ref()).await? {
                Probe::Satisfied => return Ok(sent.is_some()),
                Probe::Unclear if Instant::now() < decide_at => {
                    if !std::mem::replace(&mut told_waiting, true) {
                        self.progress.step(step, StepState::Running, "unclear whether it was sent; watching");
                    }
                    self.pause(cx, self.options.poll).await?;
                }
                Probe::InProgress => {
                    if !std::mem::replace(&mut told_waiting, true) {
                        self.progress.step(step, StepState::Running, "waiting for the machine");
                    }
                    self.pause(cx, self.options.poll).await?;
                }
                Probe::NotStarted | Probe::Unclear => {
                    decide_at = Instant::now() + self.options.unclear;
                    if attempts >= self.options.attempts {
                        let message = format!("the device did not act after {attempts} attempts");
                        return Err(Error::new(ErrorKind::DeviceFault, message).into());
                    }
                    attempts += 1;
                    match self.send(cx, step, &*device).await? {
                        Ok(now) => sent = Some(now),
                        Err((now, error)) => {
                            self.progress.step(step, StepState::Running, &error.report());
                            let wait = match (error.effect(), error.retry()) {
                                // Nobody knows: look, never resend.
                                (Effect::Unknown | Effect::Applied, _) => {
                                    sent = Some(now);
                                    self.options.settle
                                }
                                (Effect::None, Retry::After(advice)) => advice.unwrap_or(pause),
                                (Effect::None, _) => return Err(error.into()),
                            };
                            self.pause(cx, wait).await?;
                            pause = pause.saturating_mul(2);
                        }
                    }
                }
            }
        }
    }

    /// Journals that the mutation is about to be sent, and sends it.
    async fn send(
        &self,
        cx: &Cx,
        step: &PlannedStep,
        device: &dyn Device,
    ) -> Result<Result<Sent, (Sent, Error)>, Stop> {
        let before = self.observe(cx, device).await?;
        let mut sent = Sent {
            mark: before.boot_status.mark,
            through: before.through,
            power: before.power,
            accepted: false,
        };
        self.store.journal(self.lease, step.id, &Event::Applying(sent.clone())).await?;
        self.progress.step(step, StepState::Running, "sending");
        match step.action.apply(&cx.within(self.options.call_limit), device).await {
            Ok(()) => {
                self.store.journal(self.lease, step.id, &Event::Applied).await?;
                sent.accepted = true;
                Ok(Ok(sent))
            }
            Err(error) => Ok(Err((sent, error))),
        }
    }

    /// Looks, through whatever passes: a controller that restarts or is busy is asked again until the deadline.
    async fn look(
        &self,
        cx: &Cx,
        step: &PlannedStep,
        device: &dyn Device,
        sent: Option<&Sent>,
    ) -> Result<Probe, Stop> {
        loop {
            match step.action.probe(&cx.within(self.options.call_limit), device, sent).await {
                Err(error) if passes(&error) => self.pause(cx, self.options.poll).await?,
                other => return Ok(other?),
            }
        }
    }

    /// Reads the machine, through whatever passes.
    async fn observe(&self, cx: &Cx, device: &dyn Device) -> Result<Observed, Stop> {
        loop {
            match Observed::read(&cx.within(self.options.call_limit), device).await {
                Err(error) if passes(&error) => self.pause(cx, self.options.poll).await?,
                other => return Ok(other?),
            }
        }
    }

    /// The open device of a step; opened again and again until the deadline while it cannot be reached.
    async fn device(&self, cx: &Cx, step: &PlannedStep) -> Result<Arc<dyn Device>, Stop> {
        if let Some(device) = self.open.lock().await.get(&step.device) {
            return Ok(device.clone());
        }
        // One step runs on a device at a time, so nobody else opens this one meanwhile.
        let limit = Instant::now() + self.options.settle.max(self.options.call_limit);
        loop {
            match self.fleet.open_for(&cx.within(self.options.call_limit), &step.device, &USED).await {
                Ok(opened) => {
                    if let Err(stranger) = self.check_identity(step, &*opened.device) {
                        let cleanup = cx.for_cleanup(Duration::from_secs(5));
                        // Not touching the stranger is the point; a logout that fails is not.
                        let _ = opened.device.close(&cleanup).await;
                        return Err(stranger.into());
                    }
                    self.open.lock().await.insert(step.device.clone(), opened.device.clone());
                    return Ok(opened.device);
                }
                Err(error) if passes(&error) && Instant::now() < limit => {
                    self.pause(cx, self.options.poll).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn pause(&self, cx: &Cx, time: Duration) -> Result<(), Stop> {
        cx.sleep(time).await.map_err(|over| {
            let error = over.into_error(Effect::None);
            match error.kind() {
                ErrorKind::Cancelled => Stop::Interrupted,
                kind => Stop::Failed(Error::new(kind, "the step did not reach its goal in time")),
            }
        })
    }

    /// Has nothing been done on this device in this run?
    fn is_first_on_device(&self, step: &PlannedStep) -> bool {
        let touched = |record: &StepRecord| record.state == StepState::Done || record.sent.is_some();
        step.after.is_empty()
            && !self.record.steps.iter().any(|record| {
                let planned = self.record.plan.step(record.id);
                touched(record) && planned.is_some_and(|planned| planned.device == step.device)
            })
    }

    /// Refuses to work on another machine than the one that was planned for, also in a resumed run.
    ///
    /// Serial numbers are compared only if both were read through the same drivers: over IPMI some machines tell
    /// their board's, over Redfish their chassis'.
    fn check_identity(&self, step: &PlannedStep, device: &dyn Device) -> Result<(), Error> {
        let info = device.info();
        let Some(planned) = self.record.plan.device(&step.device) else { return Ok(()) };
        match (&planned.observed.serial_number, &info.serial_number) {
            (Some(planned_for), Some(found))
                if planned_for != found && planned.observed.through == info.driver =>
            {
                let message = format!(
                    "another machine answers here: the plan is for serial number {planned_for}, this one has {found}"
                );
                Err(Error::new(ErrorKind::PreconditionFailed, message).on(&info.id))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to work on a machine that is no longer as it was planned for.
    async fn check_fingerprint(&self, cx: &Cx, step: &PlannedStep, device: &dyn Device) -> Result<(), Stop> {
        let now = self.observe(cx, device).await?;
        let planned = self.record.plan.device(&step.device);
        if planned.is_some_and(|planned| planned.fingerprint != now.fingerprint()) {
            let message = "stale plan: the machine is not as it was when the plan was made; plan again";
            return Err(Error::new(ErrorKind::PreconditionFailed, message).into());
        }
        Ok(())
    }
}

/// Failures of a look that may pass by themselves.
fn passes(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Busy
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::RateLimited
            | ErrorKind::ResourceExhausted
            | ErrorKind::Protocol
    )
}
