//! Progress while a person watches; plain lines, or nothing, when nobody does.

use std::{
    collections::BTreeMap,
    fmt,
    io::IsTerminal as _,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use underlay_orchestrator::{PlannedStep, Progress, schedule::StepState};

/// A bar over devices, on standard error, only on a terminal.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(crate) fn new(what: &'static str, length: usize) -> Self {
        if !std::io::stderr().is_terminal() || length < 2 {
            return Self(None);
        }
        let bar = ProgressBar::new(length as u64).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {prefix}") {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    pub(crate) fn one_more(&self, name: &str) {
        if let Some(bar) = &self.0 {
            bar.set_prefix(name.to_owned());
            bar.inc(1);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// The steps of a run: a line per machine on a terminal, a line per event elsewhere.
pub(crate) struct Steps {
    begun: Instant,
    terminal: Option<MultiProgress>,
    lines: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { begun: Instant::now(), terminal, lines: Mutex::default() }
    }

    /// Leaves the last state of each machine on the screen.
    pub(crate) fn finish(&self) {
        if let Ok(lines) = self.lines.lock() {
            lines.values().for_each(ProgressBar::abandon);
            if self.terminal.is_some() && !lines.is_empty() {
                // The cursor stands at the end of the last line.
                eprintln!();
            }
        }
    }
}

impl Progress for Steps {
    fn step(&self, step: &PlannedStep, state: StepState, words: &str) {
        let summary = step.action.summary();
        let text = match (state, words) {
            (StepState::Running, words) => format!("{summary}: {words}"),
            (other, "") => format!("{summary}: {}", other.as_str()),
            (other, words) => format!("{summary}: {} ({words})", other.as_str()),
        };
        let Some(terminal) = &self.terminal else {
            eprintln!(
                "{:6.1}s  {:10}  step {:<3} {text}",
                self.begun.elapsed().as_secs_f64(),
                step.device,
                step.id.0
            );
            return;
        };
        let Ok(mut lines) = self.lines.lock() else { return };
        let line = lines.entry(step.device.clone()).or_insert_with(|| {
            let line = terminal.add(ProgressBar::new_spinner());
            // `wide_msg` is cut at the edge of the terminal; a line that wraps would be drawn over and over.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:10} {wide_msg}") {
                line.set_style(style);
            }
            line.set_prefix(step.device.clone());
            line.enable_steady_tick(Duration::from_millis(120));
            line
        });
        if state.is_final() {
            line.abandon_with_message(text);
        } else {
            if line.is_finished() {
                line.reset();
                line.enable_steady_tick(Duration::from_millis(120));
            }
            line.set_message(text);
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}
