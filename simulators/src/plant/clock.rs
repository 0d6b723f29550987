//! Plant time: real, scaled, or stepped by hand.
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

/// Time since the plant started, in plant time.
pub type SimTime = Duration;

/// Where a stepped plant's calendar starts, so that two runs write the same dates.
const STEPPED_EPOCH: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z

/// How plant time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ClockMode {
    /// One plant second per second.
    #[default]
    Real,
    /// This many plant seconds per second; not finite or not positive is taken as 1.
    Scaled(f64),
    /// Only when a test says so.
    Stepped,
}

/// The plant's clock.
#[derive(Debug)]
pub(super) struct Clock {
    mode: ClockMode,
    started: Instant,
    epoch: Timestamp,
    stepped: Mutex<SimTime>,
}

impl Clock {
    pub(super) fn new(mode: ClockMode) -> Self {
        let mode = match mode {
            ClockMode::Scaled(factor) if !(factor.is_finite() && factor > 0.0) => ClockMode::Real,
            other => other,
        };
        let epoch = match mode {
            ClockMode::Stepped => Timestamp::from_second(STEPPED_EPOCH).unwrap_or(Timestamp::UNIX_EPOCH),
            ClockMode::Real | ClockMode::Scaled(_) => Timestamp::now(),
        };
        Self { mode, started: Instant::now(), epoch, stepped: Mutex::new(Duration::ZERO) }
    }

    /// Plant time now.
    pub(super) fn now(&self) -> SimTime {
        match self.mode {
            ClockMode::Real => self.started.elapsed(),
            ClockMode::Scaled(factor) => scale(self.started.elapsed(), factor),
            ClockMode::Stepped => *self.stepped(),
        }
    }

    /// Time as a client feels it: real, except that a stepped plant has only its own.
    pub(super) fn client_now(&self) -> Duration {
        match self.mode {
            ClockMode::Real | ClockMode::Scaled(_) => self.started.elapsed(),
            ClockMode::Stepped => *self.stepped(),
        }
    }

    /// The real instant at which plant time will be `at`; `None` if only a step gets there.
    pub(super) fn real_instant(&self, at: SimTime) -> Option<Instant> {
        match self.mode {
            ClockMode::Real => self.started.checked_add(at),
            ClockMode::Scaled(factor) => self.started.checked_add(scale(at, 1.0 / factor)),
            ClockMode::Stepped => None,
        }
    }

    /// Moves a stepped clock to `at`, never backwards; does nothing to the others.
    pub(super) fn step_to(&self, at: SimTime) {
        let mut stepped = self.stepped();
        *stepped = (*stepped).max(at);
    }

    pub(super) fn is_stepped(&self) -> bool {
        self.mode == ClockMode::Stepped
    }

    /// The calendar date of a plant time.
    pub(super) fn date(&self, at: SimTime) -> Timestamp {
        let offset = SignedDuration::try_from(at).unwrap_or(SignedDuration::ZERO);
        self.epoch.checked_add(offset).unwrap_or(self.epoch)
    }

    fn stepped(&self) -> std::sync::MutexGuard<'_, SimTime> {
        self.stepped.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn scale(real: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(real.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// Seconds from a data file as a duration; nonsense becomes zero.
pub(super) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or(Duration::ZERO)
}
