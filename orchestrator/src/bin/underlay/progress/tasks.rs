//! Transfers and tasks, as they go.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use underlay_hal::{Progress, TaskState, TaskStatus};

use super::{Lines, lines::set_style};

/// A bar for each device: bytes while something is sent, percent while the device works.
///
/// Where nobody watches, a line for each change of state and each tenth.
#[derive(Clone)]
pub(crate) struct TaskBars(Arc<Inner>);

struct Inner {
    lines: Lines,
    said: Mutex<BTreeMap<String, String>>,
}

impl TaskBars {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { lines: Lines::new(), said: Mutex::default() }))
    }

    /// So much has been sent.
    pub(crate) fn sent(&self, device: &str, progress: Progress) {
        let Some(line) = self.0.lines.line(device) else { return };
        if line.length() != Some(progress.total) {
            set_style(
                &line,
                "{spinner} {prefix:10} sending {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            );
            line.set_length(progress.total);
        }
        line.set_position(progress.done);
    }

    /// The device tells where its task stands.
    pub(crate) fn stands(&self, device: &str, status: &TaskStatus) {
        let words = state_words(status.state);
        let last = status.messages.last().map(String::as_str).unwrap_or_default();
        if let Some(line) = self.0.lines.line(device) {
            match status.percent {
                Some(percent) => {
                    set_style(&line, "{spinner} {prefix:10} {bar:30} {pos:>3} % {wide_msg}");
                    line.set_length(100);
                    line.set_position(percent.into());
                }
                None => set_style(&line, "{spinner} {prefix:10} {wide_msg}"),
            }
            line.set_message(if last.is_empty() { words.to_owned() } else { format!("{words}: {last}") });
            return;
        }
        // A line for each tenth is enough for a log.
        let tenth = status.percent.map(|percent| percent / 10);
        let text =
            tenth.map_or_else(|| words.to_owned(), |tenth| format!("{words}, {} %", u32::from(tenth) * 10));
        let Ok(mut said) = self.0.said.lock() else { return };
        if said.get(device) != Some(&text) {
            eprintln!("{device}: {text}");
            said.insert(device.to_owned(), text);
        }
    }

    /// The bars are no longer needed.
    pub(crate) fn finish(&self) {
        if self.0.lines.are_watched() {
            self.0.lines.clear();
        }
    }
}

/// Where a task stands, in words.
pub(crate) fn state_words(state: TaskState) -> &'static str {
    match state {
        TaskState::Queued => "queued",
        TaskState::Running => "running",
        TaskState::Blocked(_) => "waiting",
        TaskState::Succeeded => "succeeded",
        TaskState::Failed => "failed",
        TaskState::Cancelled => "cancelled",
        _ => "unknown",
    }
}

impl fmt::Debug for TaskBars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBars").finish_non_exhaustive()
    }
}
