//! The steps of a run, as they go.

use std::{
    fmt,
    time::{Duration, Instant},
};

use underlay_orchestrator::{PlannedStep, Progress, schedule::StepState};

use super::Lines;

/// The steps of a run: a line per machine on a terminal, a line per event elsewhere.
pub(crate) struct Steps {
    begun: Instant,
    lines: Lines,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), lines: Lines::new() }
    }

    /// Leaves the last state of each machine on the screen.
    pub(crate) fn finish(&self) {
        self.lines.abandon();
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
        let Some(line) = self.lines.line(&step.device) else {
            eprintln!(
                "{:6.1}s  {:10}  step {:<3} {text}",
                self.begun.elapsed().as_secs_f64(),
                step.device,
                step.id.0
            );
            return;
        };
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
