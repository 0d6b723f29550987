//! The host's power machine: what each request does in each phase, and what each phase leads to.
use super::{
    BootRecord, BootTarget, Change, HostPhase, LogEvent, MutationKind, Origin, Persistence, PowerAction,
    Refusal, ResetCause, Severity,
    machine::{Area, Machine, Then},
    queue::{Event, Step},
};

impl Machine {
    /// Takes a power request, or says why not. Only an accepted change is counted.
    pub(super) fn power(
        &mut self,
        step: &mut Step<'_>,
        action: PowerAction,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.need_bmc(origin)?;
        if !self.supplies.iter().any(|input| *input) {
            return Err(Refusal::InTransition);
        }
        let change = match action {
            PowerAction::On => self.ask_on(step),
            PowerAction::ForceOff => self.ask_off(step),
            PowerAction::GracefulOff => self.ask_shutdown(step),
            PowerAction::ForceReset => self.ask_reset(step),
            PowerAction::GracefulReset => self.ask_restart(step),
            PowerAction::Cycle => self.ask_cycle(step),
            PowerAction::Nmi => self.ask_interrupt(step),
        }?;
        if change == Change::Made {
            let kind = match action {
                PowerAction::On | PowerAction::ForceOff | PowerAction::GracefulOff => MutationKind::Power,
                PowerAction::ForceReset | PowerAction::GracefulReset | PowerAction::Cycle => {
                    MutationKind::Reset
                }
                PowerAction::Nmi => MutationKind::Interrupt,
            };
            self.count(step, origin, kind, format!("{action:?}"));
            self.keep_override();
            if !matches!(action, PowerAction::On | PowerAction::Nmi) {
                self.counters.disrupted(origin);
            }
        }
        Ok(change)
    }

    fn ask_on(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match (self.host.phase, self.host.then) {
            (HostPhase::Off, Then::Nothing) => {
                self.start(step, ResetCause::Command);
                Ok(Change::Made)
            }
            (HostPhase::PoweringOff | HostPhase::ShuttingDown, Then::Nothing) => Err(Refusal::InTransition),
            _ => Ok(Change::AlreadySo),
        }
    }

    fn ask_off(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match (self.host.phase, self.host.then) {
            (HostPhase::Off | HostPhase::PoweringOff, Then::Nothing) => return Ok(Change::AlreadySo),
            // A power cycle under way stays off instead.
            (HostPhase::Off, Then::Start) => {
                self.host.then = Then::Nothing;
                self.host.token += 1;
            }
            (HostPhase::PoweringOff, Then::Start) => self.host.then = Then::Nothing,
            _ => {
                self.host.then = Then::Nothing;
                self.enter(step, HostPhase::PoweringOff);
            }
        }
        Ok(Change::Made)
    }

    fn ask_shutdown(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match (self.host.phase, self.host.then) {
            (HostPhase::Off | HostPhase::PoweringOff | HostPhase::ShuttingDown, Then::Nothing) => {
                return Ok(Change::AlreadySo);
            }
            (HostPhase::Off | HostPhase::PoweringOff | HostPhase::ShuttingDown, Then::Start) => {
                return Err(Refusal::InTransition);
            }
            (HostPhase::Running, _) => self.shut_down(step, Then::Nothing),
            // Nobody is there to shut down; firmware takes the button as an order.
            (HostPhase::PoweringOn | HostPhase::Post | HostPhase::Booting | HostPhase::Setup, _) => {
                self.enter(step, HostPhase::PoweringOff);
            }
        }
        Ok(Change::Made)
    }

    fn ask_reset(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match self.host.phase {
            HostPhase::Off => Err(Refusal::HostOff),
            HostPhase::PoweringOn | HostPhase::PoweringOff => Err(Refusal::InTransition),
            HostPhase::Post
            | HostPhase::Booting
            | HostPhase::Running
            | HostPhase::Setup
            | HostPhase::ShuttingDown => {
                self.restart(step, ResetCause::Command);
                Ok(Change::Made)
            }
        }
    }

    fn ask_restart(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match (self.host.phase, self.host.then) {
            (HostPhase::Running, _) => {
                self.shut_down(step, Then::Start);
                Ok(Change::Made)
            }
            (HostPhase::ShuttingDown, Then::Start) => Ok(Change::AlreadySo),
            (HostPhase::ShuttingDown, Then::Nothing) => Err(Refusal::InTransition),
            _ => self.ask_reset(step),
        }
    }

    fn ask_cycle(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        match self.host.phase {
            HostPhase::Off => Err(Refusal::HostOff),
            HostPhase::PoweringOn | HostPhase::PoweringOff => Err(Refusal::InTransition),
            HostPhase::Post
            | HostPhase::Booting
            | HostPhase::Running
            | HostPhase::Setup
            | HostPhase::ShuttingDown => {
                self.host.then = Then::Start;
                self.host.cause = ResetCause::Command;
                self.enter(step, HostPhase::PoweringOff);
                Ok(Change::Made)
            }
        }
    }

    fn ask_interrupt(&mut self, step: &mut Step<'_>) -> Result<Change, Refusal> {
        if !self.host.phase.is_powered() {
            return Err(Refusal::HostOff);
        }
        let text = "A diagnostic interrupt was sent to the host.".to_owned();
        self.note(step, Severity::Warning, LogEvent::Interrupt, text);
        Ok(Change::Made)
    }

    /// Puts the host into a settled state at once, as if it had always been so.
    pub(super) fn place(&mut self, step: &mut Step<'_>, on: bool) {
        let to = if on { HostPhase::Running } else { HostPhase::Off };
        if self.host.phase == to && self.host.then == Then::Nothing {
            return;
        }
        self.host.then = Then::Nothing;
        if on && self.host.phase != HostPhase::Running {
            self.host.last_reset = Some(step.date);
        }
        let starts = on && self.host.phase != HostPhase::Running;
        self.enter(step, to);
        if starts {
            // It went through its self test, with all that this brings.
            self.post_begins(step);
            self.post_ends(step);
        }
        self.settle(step.now);
    }

    /// Power on from off.
    pub(super) fn start(&mut self, step: &mut Step<'_>, cause: ResetCause) {
        self.host.then = Then::Nothing;
        self.host.cause = cause;
        self.enter(step, HostPhase::PoweringOn);
    }

    /// Firmware starts anew without losing power.
    pub(super) fn restart(&mut self, step: &mut Step<'_>, cause: ResetCause) {
        self.host.then = Then::Nothing;
        self.host.cause = cause;
        self.enter(step, HostPhase::Post);
    }

    fn shut_down(&mut self, step: &mut Step<'_>, then: Then) {
        let text = "The operating system was asked to shut down.".to_owned();
        self.note(step, Severity::Ok, LogEvent::ShutdownRequested, text);
        if self.host.deaf {
            return;
        }
        self.host.then = then;
        self.host.cause = ResetCause::Command;
        self.enter(step, HostPhase::ShuttingDown);
    }

    /// The phase under way has run its time.
    pub(super) fn phase_ends(&mut self, step: &mut Step<'_>) {
        match (self.host.phase, self.host.then) {
            (HostPhase::Off, Then::Start) => {
                let cause = self.host.cause;
                self.start(step, cause);
            }
            (HostPhase::PoweringOn, _) => self.enter(step, HostPhase::Post),
            (HostPhase::Post, _) => {
                self.post_ends(step);
                self.choose_boot_device(step);
            }
            (HostPhase::Booting, _) => self.enter(step, HostPhase::Running),
            (HostPhase::ShuttingDown, Then::Start) => {
                let cause = self.host.cause;
                self.restart(step, cause);
            }
            (HostPhase::ShuttingDown, Then::Nothing) | (HostPhase::PoweringOff, _) => {
                self.enter(step, HostPhase::Off);
            }
            (HostPhase::Off, Then::Nothing) | (HostPhase::Running | HostPhase::Setup, _) => {}
        }
    }

    /// Enters a phase: its log entries, its sensors' aims and the event that ends it.
    fn enter(&mut self, step: &mut Step<'_>, phase: HostPhase) {
        let had_power = self.host.phase.is_powered();
        if self.host.phase == HostPhase::Post && !matches!(phase, HostPhase::Booting | HostPhase::Setup) {
            self.post_broken();
        }
        self.host.phase = phase;
        self.host.since = step.now;
        self.host.token += 1;
        let timing = self.spec.timing;
        let lasts = match (phase, self.host.then) {
            (HostPhase::Off, Then::Start) => Some(timing.off_time),
            (HostPhase::PoweringOn, _) => Some(timing.power_on),
            (HostPhase::Post, _) => Some(timing.post),
            (HostPhase::Booting, _) => Some(timing.os_boot),
            (HostPhase::ShuttingDown, _) => Some(timing.shutdown),
            (HostPhase::PoweringOff, _) => Some(timing.power_off),
            (HostPhase::Off, Then::Nothing) | (HostPhase::Running | HostPhase::Setup, _) => None,
        };
        if let Some(seconds) = lasts {
            step.after(seconds, Event::Host(self.host.token));
        }
        let has_power = phase.is_powered();
        match (had_power, has_power) {
            (false, true) => {
                self.note(step, Severity::Ok, LogEvent::PowerOn, "The host was powered on.".to_owned());
            }
            (true, false) => {
                self.note(step, Severity::Ok, LogEvent::PowerOff, "The host was powered off.".to_owned());
            }
            _ => {}
        }
        if had_power != has_power {
            self.retarget(step.now);
            self.touch(Area::Links);
        }
        match phase {
            HostPhase::Post => {
                self.host.last_reset = Some(step.date);
                let cause = self.host.cause;
                let text = format!("The host started ({}).", describe(cause));
                self.note(step, Severity::Ok, LogEvent::SystemRestart(cause), text);
                self.post_begins(step);
            }
            HostPhase::Running => {
                let text = "The operating system is running.".to_owned();
                self.note(step, Severity::Ok, LogEvent::OsRunning, text);
            }
            _ => {}
        }
        self.touch(Area::System);
    }

    /// End of POST: the override decides if it finds something to boot from, else the machine's own order.
    fn choose_boot_device(&mut self, step: &mut Step<'_>) {
        let chosen = self.boot.value;
        let found = chosen.filter(|chosen| self.has_boot_target(chosen.target));
        let option = self.boot_option(found.map(|found| found.target));
        let none = if self.spec.drives.is_empty() { BootTarget::Pxe } else { BootTarget::Disk };
        let own = option.map_or(none, |option| option.source.target());
        let source = found.map_or(own, |found| found.target);
        let mode = found.and_then(|found| found.mode).unwrap_or_else(|| self.boot_mode());
        if chosen.is_some_and(|chosen| chosen.persistence == Persistence::Once) {
            self.drop_override();
        }
        self.host.boot_count += 1;
        let record = BootRecord {
            number: self.host.boot_count,
            at: step.date,
            source,
            mode,
            by_override: found.map(|chosen| chosen.persistence),
            cause: self.host.cause,
            option: option.map(|option| option.number),
        };
        self.remember_boot(record);
        let text = format!("The host boots from {source:?} ({mode:?}).");
        self.note(step, Severity::Ok, LogEvent::Boot(source), text);
        let next = if source == BootTarget::BiosSetup { HostPhase::Setup } else { HostPhase::Booting };
        self.enter(step, next);
    }
}

fn describe(cause: ResetCause) -> &'static str {
    match cause {
        ResetCause::Initial => "unknown",
        ResetCause::Command => "management command",
        ResetCause::PolicyAlwaysOn => "power returned, policy always on",
        ResetCause::PolicyPrevious => "power returned, previous state",
        ResetCause::OperatingSystem => "operating system",
    }
}
