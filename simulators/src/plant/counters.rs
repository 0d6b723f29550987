//! What was asked of a machine, by whom, and accepted.
use std::collections::{BTreeMap, VecDeque};

use super::SimTime;

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The Redfish view.
    Redfish,
    /// The IPMI view.
    Ipmi,
    /// A test's back door; counted apart so that it never hides what a client did.
    Test,
    /// The machine itself: timers, power loss, boot.
    Machine,
}

/// A kind of accepted, state-changing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MutationKind {
    /// Power on, off, or an orderly shutdown.
    Power,
    /// Reset or power cycle of a running host.
    Reset,
    /// A diagnostic interrupt.
    Interrupt,
    /// Boot override set or cleared.
    BootOverride,
    /// Event log cleared.
    LogClear,
    /// Entry added to the event log by request.
    LogAppend,
    /// Management controller restarted.
    BmcReset,
    /// Identify light changed.
    Identify,
    /// What happens after power loss changed.
    RestorePolicy,
    /// An account changed.
    Account,
    /// The management controller's configuration changed.
    Manager,
    /// The management controller was set as it was delivered.
    FactoryReset,
    /// The controller's clock was set.
    Clock,
    /// A job was started.
    Job,
    /// A subscription of events was made, changed or ended.
    Subscription,
    /// An event that says it is a test was asked for.
    TestEvent,
    /// Jobs of everybody were deleted.
    JobQueueClear,
    /// Virtual media were inserted or ejected.
    Media,
    /// A firmware image was taken, or ordered to be fetched.
    Firmware,
    /// Work of a storage controller was asked for.
    Storage,
    /// Any other setting.
    Setting,
}

/// One accepted request.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// When.
    pub at: SimTime,
    /// By which road.
    pub origin: Origin,
    /// Of which kind.
    pub kind: MutationKind,
    /// In words.
    pub detail: String,
}

/// Entries the journal keeps; counters go on.
const JOURNAL: usize = 4096;

/// Accepted requests of one machine: counters for ever, the latest in full.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    by: BTreeMap<(Origin, MutationKind), u64>,
    journal: VecDeque<JournalEntry>,
    logins: BTreeMap<Origin, u64>,
    failed_logins: BTreeMap<Origin, u64>,
    disruptions: u64,
}

impl Counters {
    /// Requests of this kind by this road.
    #[must_use]
    pub fn of(&self, origin: Origin, kind: MutationKind) -> u64 {
        self.by.get(&(origin, kind)).copied().unwrap_or(0)
    }

    /// Requests of this kind that came over a protocol.
    #[must_use]
    pub fn kind(&self, kind: MutationKind) -> u64 {
        self.of(Origin::Redfish, kind) + self.of(Origin::Ipmi, kind)
    }

    /// All requests that came over a protocol.
    #[must_use]
    pub fn mutations(&self) -> u64 {
        let over_protocol = |origin: &Origin| matches!(origin, Origin::Redfish | Origin::Ipmi);
        self.by.iter().filter(|((origin, _), _)| over_protocol(origin)).map(|(_, count)| count).sum()
    }

    /// Requests over a protocol that reset, cycled, shut down or cut the host.
    #[must_use]
    pub fn disruptions(&self) -> u64 {
        self.disruptions
    }

    /// Successful logins by this road.
    #[must_use]
    pub fn logins(&self, origin: Origin) -> u64 {
        self.logins.get(&origin).copied().unwrap_or(0)
    }

    /// Refused logins by this road.
    #[must_use]
    pub fn failed_logins(&self, origin: Origin) -> u64 {
        self.failed_logins.get(&origin).copied().unwrap_or(0)
    }

    /// All requests ever recorded, also those that the journal no longer has.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.by.values().sum()
    }

    /// The latest accepted requests, oldest first.
    pub fn journal(&self) -> impl Iterator<Item = &JournalEntry> {
        self.journal.iter()
    }

    pub(super) fn record(&mut self, at: SimTime, origin: Origin, kind: MutationKind, detail: String) {
        *self.by.entry((origin, kind)).or_default() += 1;
        if self.journal.len() == JOURNAL {
            self.journal.pop_front();
        }
        self.journal.push_back(JournalEntry { at, origin, kind, detail });
    }

    pub(super) fn disrupted(&mut self, origin: Origin) {
        self.disruptions += u64::from(matches!(origin, Origin::Redfish | Origin::Ipmi));
    }

    pub(super) fn login(&mut self, origin: Origin, accepted: bool) {
        let map = if accepted { &mut self.logins } else { &mut self.failed_logins };
        *map.entry(origin).or_default() += 1;
    }
}
