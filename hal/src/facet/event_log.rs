//! The device's event log.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, EntryId, Outcome, Result, Timestamp};

/// How bad an event is, in Redfish words (`LogEntry.Severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Informational.
    Ok,
    /// Needs attention.
    Warning,
    /// Needs attention at once.
    Critical,
}

impl Severity {
    /// The severity in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The device's name of the entry.
    pub id: EntryId,
    /// When it happened by the device's clock; `None` if its clock was not set.
    pub at: Option<Timestamp>,
    /// How bad.
    pub severity: Severity,
    /// What happened, in words.
    pub text: String,
    /// The sensor concerned.
    pub sensor: Option<String>,
    /// The device's code: a Redfish `MessageId`, or IPMI event bytes in hex.
    pub code: Option<String>,
}

/// Some entries, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// There are more after these.
    pub more: bool,
    /// The entry asked to start after no longer exists: something may have been lost, and these are the oldest.
    pub gap: bool,
}

/// The event log that is about the hardware (the SEL, where there are several).
///
/// - Entries come oldest first, each once; an entry keeps its id and text until the log is cleared.
/// - `read(after, limit)` gives at most `limit` entries newer than `after`; reading in pages gives the same
///   entries as reading at once.
/// - After [`EventLog::clear`], no entry from before is left. The device may add one that says so.
#[async_trait]
pub trait EventLog: fmt::Debug + Send + Sync {
    /// Entries newer than `after`, or from the oldest on.
    ///
    /// # Errors
    /// As every read. An entry that cannot be decoded is given with its raw bytes as text, not left out.
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage>;

    /// Erases every entry. Destructive: the context must consent.
    ///
    /// # Errors
    /// `Unsupported` where the device cannot; `Timeout` with effect `Unknown` when the answer was lost.
    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>>;
}
