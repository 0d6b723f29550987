//! A line for each device on a terminal.

use std::{collections::BTreeMap, io::IsTerminal as _, sync::Mutex, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Lines on standard error, one for each device that has something to say.
pub(super) struct Lines {
    terminal: Option<MultiProgress>,
    lines: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Lines {
    pub(super) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { terminal, lines: Mutex::default() }
    }

    /// Is there a person who watches?
    pub(super) fn are_watched(&self) -> bool {
        self.terminal.is_some()
    }

    /// The line of a device; `None` if nobody watches.
    pub(super) fn line(&self, device: &str) -> Option<ProgressBar> {
        let terminal = self.terminal.as_ref()?;
        let mut lines = self.lines.lock().ok()?;
        let line = lines.entry(device.to_owned()).or_insert_with(|| {
            let line = terminal.add(ProgressBar::new_spinner());
            // `wide_msg` is cut at the edge of the terminal; a line that wraps would be drawn over and over.
            set_style(&line, "{spinner} {prefix:10} {wide_msg}");
            line.set_prefix(device.to_owned());
            line.enable_steady_tick(Duration::from_millis(120));
            line
        });
        Some(line.clone())
    }

    /// Leaves the last state of each line on the screen.
    pub(super) fn abandon(&self) {
        if let Ok(lines) = self.lines.lock() {
            lines.values().for_each(ProgressBar::abandon);
            if self.terminal.is_some() && !lines.is_empty() {
                // The cursor stands at the end of the last line.
                eprintln!();
            }
        }
    }

    /// Removes the lines.
    pub(super) fn clear(&self) {
        if let Ok(lines) = self.lines.lock() {
            lines.values().for_each(ProgressBar::finish_and_clear);
        }
    }
}

/// Another look for a line.
pub(super) fn set_style(line: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        line.set_style(style.progress_chars("=> "));
    }
}
