//! What will happen, and when.
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{SimTime, clock::seconds};

/// Something due. A token that is no longer current makes an event void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The host's phase ends.
    Host(u64),
    /// Boot flags set over IPMI lose their validity.
    BootExpires(u64),
    /// The management controller has started.
    BmcUp(u64),
    /// The identify light goes dark.
    IdentifyEnds(u64),
    /// The controller restarts in the middle of the update that this job is.
    UpdateRestarts(u32),
    /// A job ends.
    JobEnds(u32),
    /// An outlet (from 0) of the unit that stands in the machine's place acts.
    Outlet(usize, u64),
    /// A change of the switch that stands in the machine's place was not confirmed in time.
    Undo(u64),
}

/// Events of all machines in order of time, then of arrival.
#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BTreeMap<(SimTime, u64), (usize, Event)>,
    arrivals: u64,
}

impl Queue {
    pub(super) fn add(&mut self, at: SimTime, server: usize, event: Event) {
        self.arrivals += 1;
        self.due.insert((at, self.arrivals), (server, event));
    }

    /// Takes the earliest event that is due at `now`.
    pub(super) fn pop(&mut self, now: SimTime) -> Option<(SimTime, usize, Event)> {
        let first = self.due.first_entry()?;
        let at = first.key().0;
        if at > now {
            return None;
        }
        let (server, event) = first.remove();
        Some((at, server, event))
    }

    /// When the earliest event is due.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }
}

/// The moment at which a machine acts.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) now: SimTime,
    pub(super) date: Timestamp,
    pub(super) queue: &'a mut Queue,
    pub(super) server: usize,
}

impl Step<'_> {
    /// Plans an event for this machine.
    pub(super) fn after(&mut self, delay: f64, event: Event) {
        let at = self.now.saturating_add(seconds(delay));
        self.queue.add(at, self.server, event);
    }
}
