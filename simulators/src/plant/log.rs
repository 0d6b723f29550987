//! The event log: what happened to the machine, as facts that each view words its own way.
use std::collections::VecDeque;

use jiff::Timestamp;

use super::{BootTarget, Part, ResetCause};
use crate::persona::{LogData, Overflow};

/// How bad an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Somebody should look.
    Warning,
    /// Somebody must act.
    Critical,
}

/// Which threshold a sensor crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crossing {
    /// Below lower non-critical.
    LowerCaution,
    /// Below lower critical.
    LowerCritical,
    /// Below lower non-recoverable.
    LowerFatal,
    /// Above upper non-critical.
    UpperCaution,
    /// Above upper critical.
    UpperCritical,
    /// Above upper non-recoverable.
    UpperFatal,
}

/// What happened to a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveEvent {
    /// It was put into its bay.
    Inserted,
    /// It was taken out of its bay.
    Removed,
    /// It says that it will fail.
    FailurePredicted,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LogEvent {
    /// Host power came on.
    PowerOn,
    /// Host power went off.
    PowerOff,
    /// The operating system was asked to shut down.
    ShutdownRequested,
    /// The host was reset or started, and why.
    SystemRestart(ResetCause),
    /// The host chose a boot device.
    Boot(BootTarget),
    /// The operating system runs.
    OsRunning,
    /// A diagnostic interrupt was sent.
    Interrupt,
    /// All power was lost.
    AcLost,
    /// Power supply (from 1) lost its input.
    SupplyInputLost(u8),
    /// Power supply (from 1) has its input again.
    SupplyInputRestored(u8),
    /// The management controller restarted.
    BmcStarted,
    /// The log was cleared.
    LogCleared,
    /// An account was locked.
    AccountLocked(String),
    /// The firmware of a part of this kind was updated.
    FirmwareUpdated(Part),
    /// Drive (from 0) came, went, or has something to say.
    Drive(usize, DriveEvent),
    /// A sensor crossed a threshold, or came back.
    Threshold {
        /// Index into the persona's sensors.
        sensor: usize,
        /// Which one.
        crossing: Crossing,
        /// Crossed, or came back.
        asserted: bool,
        /// The reading then.
        reading: f64,
        /// The threshold.
        limit: f64,
    },
    /// Added by request, in the writer's words.
    Message(String),
    /// Added over IPMI, as it came: bytes 3 to 16 of the record, without id.
    Raw([u8; 14]),
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Never used again while the machine lives; from 1.
    pub id: u32,
    /// When, by the machine's clock.
    pub at: Timestamp,
    /// How bad.
    pub severity: Severity,
    /// What, for views.
    pub event: LogEvent,
    /// What, in words.
    pub message: String,
}

/// Numbers about the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSummary {
    /// Entries in it.
    pub entries: usize,
    /// Entries it holds at most.
    pub capacity: usize,
    /// An entry was dropped because it was full.
    pub overflow: bool,
    /// Time of the last entry.
    pub last_added: Option<Timestamp>,
    /// Time of the last clear.
    pub last_cleared: Option<Timestamp>,
    /// Moves with every change.
    pub revision: u64,
}

/// The log itself.
#[derive(Debug)]
pub(super) struct EventLog {
    entries: VecDeque<LogEntry>,
    data: LogData,
    next_id: u32,
    overflow: bool,
    last_added: Option<Timestamp>,
    last_cleared: Option<Timestamp>,
    revision: u64,
}

impl EventLog {
    pub(super) fn new(data: LogData) -> Self {
        Self {
            entries: VecDeque::new(),
            data,
            next_id: 1,
            overflow: false,
            last_added: None,
            last_cleared: None,
            revision: 0,
        }
    }

    /// Adds an entry; a full log drops the oldest or this one, as its data says.
    pub(super) fn push(
        &mut self,
        at: Timestamp,
        severity: Severity,
        event: LogEvent,
        message: String,
    ) -> Option<u32> {
        if self.entries.len() >= self.data.capacity.max(1) {
            self.overflow = true;
            self.revision += 1;
            match self.data.overflow {
                Overflow::Wrap => drop(self.entries.pop_front()),
                Overflow::Stop => return None,
            }
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1).max(1);
        self.entries.push_back(LogEntry { id, at, severity, event, message });
        self.last_added = Some(at);
        self.revision += 1;
        Some(id)
    }

    pub(super) fn clear(&mut self, at: Timestamp) {
        self.entries.clear();
        self.overflow = false;
        self.last_cleared = Some(at);
        self.revision += 1;
        if self.data.records_clear {
            self.push(at, Severity::Ok, LogEvent::LogCleared, "The event log was cleared.".to_owned());
        }
    }

    pub(super) fn remove(&mut self, id: u32) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.id != id);
        let removed = self.entries.len() != before;
        self.revision += u64::from(removed);
        removed
    }

    pub(super) fn last(&self) -> Option<&LogEntry> {
        self.entries.back()
    }

    pub(super) fn entries(&self) -> Vec<LogEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn summary(&self) -> LogSummary {
        LogSummary {
            entries: self.entries.len(),
            capacity: self.data.capacity,
            overflow: self.overflow,
            last_added: self.last_added,
            last_cleared: self.last_cleared,
            revision: self.revision,
        }
    }
}
