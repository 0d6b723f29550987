//! The event log.

use async_trait::async_trait;
use underlay_hal::{Change, Cx, EntryId, EventLog, LogEntry, LogPage, Outcome, Result, Severity, Timestamp};

use super::{device::ModelDevice, world::State};

#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<LogEntry>,
    /// Events so far.
    events: i64,
}

impl State {
    /// Something happens that is logged; gives its text.
    pub(super) fn log_event(&mut self, severity: Severity) -> String {
        self.log.events += 1;
        let number = self.log.events;
        // One second for each event, so that no two have the same date.
        let second = number + i64::try_from(self.now.as_secs()).unwrap_or(0);
        let text = format!("event-{number}.");
        self.log.entries.push(LogEntry {
            id: number.to_string().into(),
            at: Timestamp::from_second(second).ok(),
            severity,
            text: text.clone(),
            sensor: None,
            code: None,
        });
        self.emit(severity, &text);
        text
    }
}

#[async_trait]
impl EventLog for ModelDevice {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        self.enter(cx, "event_log.read").await?;
        let mut log = self.world.state().log.entries.clone();
        if self.breaks("event_log::an_event_appears_once_and_last") {
            log.extend(log.last().cloned());
        }
        if self.breaks("event_log::severity_is_told") {
            log.iter_mut().for_each(|entry| entry.severity = Severity::Ok);
        }
        if self.breaks("event_log::oldest_first") {
            log.reverse();
        }
        let place = after.as_ref().map(|id| log.iter().position(|entry| entry.id == *id));
        let (start, gap) = match place {
            None => (0, false),
            Some(Some(at)) if self.breaks("event_log::pages_give_what_one_read_gives") => (at, false),
            Some(Some(at)) => (at + 1, false),
            Some(None) => (0, !self.breaks("event_log::a_lost_cursor_is_a_gap")),
        };
        let entries: Vec<_> = log.iter().skip(start).take(limit).cloned().collect();
        let mut more = start + entries.len() < log.len();
        if self.breaks("event_log::pages_give_what_one_read_gives") && entries.len() < 2 {
            more = false;
        }
        Ok(LogPage { more, gap, entries })
    }
    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "event_log.clear").await?;
        self.mutate();
        if !self.breaks("event_log::clear_leaves_nothing_from_before") {
            self.world.state().log.entries.clear();
        }
        Ok(Outcome::Done(Change::Made))
    }
}
