//! Hostile UDP on demand: what a test tells a controller to do to its answers.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What happens to datagrams.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is answered and nothing has an effect.
    Silent,
    /// Requests have their effect; the answer of every n-th is lost. 1 loses all, 0 none.
    DropEvery(u32),
    /// Answers come this much later.
    Delay(Duration),
    /// Answers come twice.
    Duplicate,
    /// Random bytes in place of answers; requests have no effect.
    Garbage,
    /// Answers end after this many bytes.
    Truncate(usize),
    /// One bit of each answer's last byte is wrong: the authentication code, within a session.
    Corrupt,
    /// Each answer is preceded by this many datagrams of random bytes.
    Flood(u32),
    /// Commands in a session give this completion code and have no effect.
    Completion(u8),
    /// Open Session is refused with this status in two bytes, as some firmware does.
    ShortOpenError(u8),
    /// Presence pings are not answered.
    NoPong,
    /// Get Channel Cipher Suites is not answered.
    NoCipherSuites,
}

/// The knob, shared by whoever holds a clone.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    active: Vec<Fault>,
    answers: u32,
}

impl Faults {
    /// Turns a fault on, beside those that are on already.
    pub fn add(&self, fault: Fault) {
        self.state().active.push(fault);
    }

    /// Turns all faults off.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    pub(super) fn active(&self) -> Vec<Fault> {
        self.state().active.clone()
    }

    /// Counts an answer; whether it is the n-th.
    pub(super) fn is_nth(&self, n: u32) -> bool {
        let mut state = self.state();
        state.answers = state.answers.wrapping_add(1);
        n != 0 && state.answers.is_multiple_of(n)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
