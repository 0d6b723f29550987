//! The handle through which views and tests see and move one machine.
use std::{fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use super::{
    AccountSecret, AccountView, BootOverride, Change, Counters, Identify, JobView, LogEntry, LogEvent,
    LogSummary, LoginRefusal, MutationKind, Origin, Plant, PowerAction, Reachability, Refusal, RestorePolicy,
    Role, SensorReading, ServerSnapshot, ServerSpec, Severity, SimTime,
    jobs::{JobState, Work},
    machine::{Area, Machine},
};

/// One machine of a [`Plant`]. Cheap to clone.
///
/// - Every reading first runs what has come due, so it is never behind the clock.
/// - Requests over a protocol are refused with [`Refusal::BmcDown`] while the controller is down.
#[derive(Clone)]
pub struct Server {
    pub(super) plant: Plant,
    pub(super) index: usize,
    pub(super) spec: Arc<ServerSpec>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.spec.name).finish()
    }
}

impl Server {
    /// Name in the rack file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// What it is made of.
    #[must_use]
    pub fn spec(&self) -> &Arc<ServerSpec> {
        &self.spec
    }

    /// The plant it stands in.
    #[must_use]
    pub fn plant(&self) -> &Plant {
        &self.plant
    }

    /// Everything about it but sensors and log entries, at one moment.
    #[must_use]
    pub fn snapshot(&self) -> ServerSnapshot {
        self.plant.snapshot(self.index)
    }

    /// Whether its controller answers. A view drops or refuses whatever arrives unless this is
    /// [`Reachability::Ready`].
    #[must_use]
    pub fn reachability(&self) -> Reachability {
        self.read(Machine::reachability)
    }

    /// Whether its controller answers.
    #[must_use]
    pub fn is_bmc_reachable(&self) -> bool {
        self.reachability() == Reachability::Ready
    }

    /// Moves whenever the controller goes down; sessions made under another value are dead.
    #[must_use]
    pub fn bmc_generation(&self) -> u64 {
        self.read(|machine| machine.bmc.generation)
    }

    /// Moves with every change of this machine; wait on it in place of polling.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.read(|machine| machine.changed.subscribe())
    }

    /// Waits until a snapshot satisfies `wanted`, or returns `None` after `limit` of real time.
    ///
    /// - The plant must be driven by [`Plant::run`], or stepped, for timers to come due.
    pub async fn wait_for(
        &self,
        limit: Duration,
        wanted: impl Fn(&ServerSnapshot) -> bool,
    ) -> Option<ServerSnapshot> {
        let mut changed = self.subscribe();
        let found = async {
            loop {
                changed.borrow_and_update();
                let snapshot = self.snapshot();
                if wanted(&snapshot) {
                    return Some(snapshot);
                }
                changed.changed().await.ok()?;
            }
        };
        tokio::time::timeout(limit, found).await.ok().flatten()
    }

    // ── Power and boot ───────────────────────────────────────────────────────────────────────

    /// Asks the host's power for something.
    ///
    /// # Errors
    /// - [`Refusal::HostOff`]: reset, cycle or interrupt of a host that is off.
    /// - [`Refusal::InTransition`]: between on and off, or no input power.
    /// - [`Refusal::BmcDown`].
    pub fn power(&self, action: PowerAction, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| machine.power(step, action, origin))
    }

    /// Sets or clears the boot override. `expires` is IPMI's validity time in seconds; any power
    /// command that comes before makes it stay.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn set_boot_override(
        &self,
        to: Option<BootOverride>,
        expires: Option<f64>,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.act(|machine, step| machine.set_override(step, to, expires, origin))
    }

    /// Sets what happens when power returns.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn set_restore_policy(&self, to: RestorePolicy, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            machine.restore = to;
            machine.count(step, origin, MutationKind::RestorePolicy, format!("{to:?}"));
            machine.touch(Area::System);
            Ok(Change::Made)
        })
    }

    /// Sets the identify light, for `seconds` or until told otherwise.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn set_identify(
        &self,
        to: Identify,
        seconds: Option<f64>,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.act(|machine, step| machine.set_identify(step, to, seconds, origin))
    }

    /// Restarts the controller: it is away for its boot time, its sessions die, the host runs on.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn reset_bmc(&self, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| machine.reset_bmc(step, origin))
    }

    // ── Sensors ──────────────────────────────────────────────────────────────────────────────

    /// All readings, in the order of [`ServerSpec::sensors`].
    #[must_use]
    pub fn sensors(&self) -> Vec<SensorReading> {
        self.plant.read(|world, now| world.machine(self.index).readings(now))
    }

    /// One reading by IPMI sensor number.
    #[must_use]
    pub fn sensor(&self, number: u8) -> Option<SensorReading> {
        let index = self.spec.sensors().iter().position(|data| data.number == number)?;
        self.sensors().into_iter().nth(index)
    }

    // ── Event log ────────────────────────────────────────────────────────────────────────────

    /// All entries, oldest first.
    #[must_use]
    pub fn log_entries(&self) -> Vec<LogEntry> {
        self.read(|machine| machine.log.entries())
    }

    /// Numbers about the log.
    #[must_use]
    pub fn log_summary(&self) -> LogSummary {
        self.read(|machine| machine.log.summary())
    }

    /// Adds an entry; `None` if the log is full and keeps what it has.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn append_log(
        &self,
        severity: Severity,
        event: LogEvent,
        message: String,
        origin: Origin,
    ) -> Result<Option<u32>, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            machine.count(step, origin, MutationKind::LogAppend, String::new());
            Ok(machine.write_log(step, severity, event, message))
        })
    }

    /// Empties the log.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn clear_log(&self, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            machine.count(step, origin, MutationKind::LogClear, String::new());
            let date = machine.own_date(step.date);
            machine.log.clear(date);
            machine.touch(Area::Log);
            Ok(Change::Made)
        })
    }

    /// Removes one entry.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`], [`Refusal::BmcDown`].
    pub fn delete_log_entry(&self, id: u32, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            if !machine.log.remove(id) {
                return Err(Refusal::NotFound);
            }
            machine.count(step, origin, MutationKind::LogClear, format!("entry {id}"));
            machine.touch(Area::Log);
            Ok(Change::Made)
        })
    }

    /// The date on the controller's own clock.
    #[must_use]
    pub fn date(&self) -> Timestamp {
        self.snapshot().date
    }

    /// Sets the controller's own clock.
    ///
    /// # Errors
    /// - [`Refusal::Invalid`]: out of range. [`Refusal::BmcDown`].
    pub fn set_date(&self, to: Timestamp, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let offset = SignedDuration::from_secs(to.as_second() - step.date.as_second());
            step.date.checked_add(offset).map_err(|_| Refusal::Invalid)?;
            machine.clock_offset = offset;
            machine.count(step, origin, MutationKind::Clock, to.to_string());
            machine.touch(Area::Manager);
            Ok(Change::Made)
        })
    }

    // ── Jobs ─────────────────────────────────────────────────────────────────────────────────

    /// Starts work that takes `takes` seconds of plant time; gives its id.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn start_job(&self, name: &str, takes: f64, origin: Origin) -> Result<u32, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let id = machine.start_job(step, name.to_owned(), Work::Nothing, takes, origin);
            machine.count(step, origin, MutationKind::Job, name.to_owned());
            Ok(id)
        })
    }

    /// Stops a job that waits or runs.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: none of that id waits or runs. [`Refusal::BmcDown`].
    pub fn cancel_job(&self, id: u32, origin: Origin) -> Result<Change, Refusal> {
        self.end_job(id, JobState::Cancelled, origin)
    }

    fn end_job(&self, id: u32, state: JobState, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            if machine.end_job(step, id, state) { Ok(Change::Made) } else { Err(Refusal::NotFound) }
        })
    }

    /// All jobs that are remembered, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobView> {
        self.plant.read(|world, now| world.machine(self.index).jobs.views(now))
    }

    // ── Accounts ─────────────────────────────────────────────────────────────────────────────

    /// Checks a user name and password, counting failures; both protocols share the lockout.
    ///
    /// # Errors
    /// - [`LoginRefusal`], for tests and logs; tell a client no more than "refused".
    pub fn authenticate(
        &self,
        user: &str,
        password: &SecretString,
        origin: Origin,
    ) -> Result<AccountView, LoginRefusal> {
        self.act(|machine, step| {
            let checked = machine.accounts.check(user, password.expose_secret(), step.now);
            machine.counters.login(origin, checked.is_ok());
            checked.map_err(|(refusal, failure)| {
                if failure.locked_now {
                    locked(machine, step, user);
                }
                refusal
            })
        })
    }

    /// An account with its password, for a protocol that computes with it.
    #[must_use]
    pub fn account_secret(&self, user: &str) -> Option<AccountSecret> {
        self.plant.read(|world, now| world.machine(self.index).accounts.secret(user, now))
    }

    /// Reports the end of a login that the view itself judged.
    pub fn record_login(&self, user: &str, accepted: bool, origin: Origin) {
        self.act(|machine, step| {
            machine.counters.login(origin, accepted);
            if accepted {
                machine.accounts.succeeded(user);
            } else if machine.accounts.failed(user, step.now).locked_now {
                locked(machine, step, user);
            }
        });
    }

    /// Reports how many sessions a view has open. The controller going down closes them all.
    pub fn set_sessions(&self, origin: Origin, open: usize) {
        self.act(|machine, _| machine.sessions.insert(origin, open));
    }

    /// Sessions open, by every protocol.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.read(|machine| machine.sessions.values().sum())
    }

    /// All accounts, by slot.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountView> {
        self.plant.read(|world, now| world.machine(self.index).accounts.views(now))
    }

    /// Adds an account or replaces the one of that name.
    ///
    /// # Errors
    /// - [`Refusal::Invalid`]: every slot is taken.
    pub fn put_account(&self, name: &str, password: SecretString, role: Role) -> Result<(), Refusal> {
        self.act(|machine, _| {
            let added = machine.accounts.put(name, password, role);
            machine.touch(Area::Accounts);
            if added { Ok(()) } else { Err(Refusal::Invalid) }
        })
    }

    /// Lets an account log in, or not.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn set_account_enabled(&self, name: &str, enabled: bool) -> Result<(), Refusal> {
        self.act(|machine, _| {
            let found = machine.accounts.set_enabled(name, enabled);
            machine.touch(Area::Accounts);
            if found { Ok(()) } else { Err(Refusal::NotFound) }
        })
    }

    // ── For tests ────────────────────────────────────────────────────────────────────────────

    /// What was asked and accepted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.read(|machine| machine.counters.clone())
    }

    /// Counts an accepted request that the plant itself does not know, such as a setting a view keeps.
    pub fn count(&self, origin: Origin, kind: MutationKind, detail: &str) {
        self.act(|machine, step| machine.count(step, origin, kind, detail.to_owned()));
    }

    /// Cuts the controller off the network, or joins it again; inside it runs on.
    pub fn set_silent(&self, silent: bool) {
        self.act(|machine, _| machine.set_silent(silent));
    }

    /// Has the answer to the next request that changes something be lost, where a view can do that.
    pub fn lose_next_answer(&self) {
        self.act(|machine, _| machine.loses_answer = true);
    }

    /// Whether the answer of a request that changed something is to be lost; once for each time it was asked for.
    #[must_use]
    pub fn loses_answer(&self) -> bool {
        self.act(|machine, _| std::mem::take(&mut machine.loses_answer))
    }

    /// Puts the host into a settled state at once: running, or off. Not counted, no boot recorded.
    pub fn place(&self, on: bool) {
        self.act(|machine, step| machine.place(step, on));
    }

    /// Makes the operating system ignore orderly shutdowns, or hear them again.
    pub fn set_deaf(&self, deaf: bool) {
        self.act(|machine, _| machine.host.deaf = deaf);
    }

    /// Sets a reading by hand, or gives it back to the model with `None`; crossings are logged.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no sensor of that name.
    pub fn force_sensor(&self, name: &str, value: Option<f64>) -> Result<(), Refusal> {
        self.act(|machine, step| machine.force_sensor(step, name, value))
    }

    /// Plant time and dates go on while nobody looks; this is now, as this machine's views count it.
    #[must_use]
    pub fn client_now(&self) -> SimTime {
        self.plant.client_now()
    }

    pub(super) fn read<R>(&self, read: impl FnOnce(&Machine) -> R) -> R {
        self.plant.read(|world, _| read(world.machine(self.index)))
    }

    pub(super) fn act<R>(&self, act: impl FnOnce(&mut Machine, &mut super::queue::Step<'_>) -> R) -> R {
        self.plant.act(self.index, act)
    }
}

fn locked(machine: &mut Machine, step: &super::queue::Step<'_>, user: &str) {
    let text = format!("Account {user} was locked after repeated failures to log in.");
    machine.note(step, Severity::Warning, LogEvent::AccountLocked(user.to_owned()), text);
    machine.touch(Area::Accounts);
}
