//! Progress while a person watches; plain lines, or nothing, when nobody does.

mod lines;
mod steps;
mod tasks;

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use lines::Lines;
pub(crate) use steps::Steps;
pub(crate) use tasks::{TaskBars, state_words};

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
