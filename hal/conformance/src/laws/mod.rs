//! The laws. Each is one sentence of a contract; each has a mutant in [`crate::model`] that breaks it.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use serde::Serialize;
use underlay_hal::{Change, Cx, Error, ErrorKind, FacetKind, Outcome, Result};

use crate::{Danger, World};

mod boot;
mod device;
mod event_log;
mod inventory;
mod manager;
mod power;
mod sensors;
mod tasks;

/// What a check says: nothing, or in which way the law was broken.
pub type Checked<'a> = Pin<Box<dyn Future<Output = std::result::Result<(), String>> + Send + 'a>>;

/// One law.
#[derive(Debug)]
pub struct Law {
    /// `facet::sentence`.
    pub name: &'static str,
    /// The facet it is about; `None` for the device as a whole.
    pub facet: Option<FacetKind>,
    /// The ability it needs, if not every protocol has it.
    pub needs: Option<&'static str>,
    /// What it does to the target.
    pub danger: Danger,
    /// The check.
    pub check: for<'a> fn(&'a World, &'a Cx) -> Checked<'a>,
}

/// How a law fared on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "why", rename_all = "snake_case")]
pub enum Verdict {
    /// Kept.
    Kept,
    /// Broken, in this way.
    Broken(String),
    /// Does not apply, for this reason.
    Skipped(String),
}

impl Verdict {
    /// One character for a table.
    #[must_use]
    pub const fn mark(&self) -> char {
        match self {
            Self::Kept => '+',
            Self::Broken(_) => 'X',
            Self::Skipped(_) => '-',
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("kept"),
            Self::Broken(why) | Self::Skipped(why) => f.write_str(why),
        }
    }
}

impl From<std::result::Result<(), String>> for Verdict {
    fn from(checked: std::result::Result<(), String>) -> Self {
        checked.map_or_else(Self::Broken, |()| Self::Kept)
    }
}

/// Every law.
pub const LAWS: &[Law] = {
    const PARTS: [&[Law]; 8] = [
        device::LAWS,
        power::LAWS,
        boot::LAWS,
        manager::LAWS,
        inventory::LAWS,
        sensors::LAWS,
        event_log::LAWS,
        tasks::LAWS,
    ];
    &flatten::<{ count(&PARTS) }>(&PARTS)
};

const fn count(parts: &[&[Law]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

const fn flatten<const N: usize>(parts: &[&[Law]]) -> [Law; N] {
    let mut all =
        [const { Law { name: "", facet: None, needs: None, danger: Danger::ReadOnly, check: nothing } }; N];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut law = 0;
        while law < parts[part].len() {
            let Law { name, facet, needs, danger, check } = parts[part][law];
            all[at] = Law { name, facet, needs, danger, check };
            at += 1;
            law += 1;
        }
        part += 1;
    }
    all
}

fn nothing<'a>(_: &'a World, _: &'a Cx) -> Checked<'a> {
    Box::pin(async { Err("a law without a check".to_owned()) })
}

/// Declares a law whose check is an `async` block over `world` and `cx`.
macro_rules! law {
    ($name:literal, $facet:expr, $needs:expr, $danger:ident, |$world:ident, $cx:ident| $body:block) => {
        crate::laws::Law {
            name: $name,
            facet: $facet,
            needs: $needs,
            danger: crate::Danger::$danger,
            check: |$world, $cx| Box::pin(async move { $body }),
        }
    };
}
use law;

/// Fails the law with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
use ensure;

/// A failed call as a reason; by value, to stand in `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn why(error: Error) -> String {
    format!("{} ({}, effect {})", error.report(), error.kind(), error.effect())
}

/// A mutation that must have finished.
fn finished(result: Result<Outcome<Change>>) -> std::result::Result<Change, String> {
    match result.map_err(why)? {
        Outcome::Done(change) => Ok(change),
        Outcome::Running(task) => Err(format!("still running as task {}", task.id)),
    }
}

/// Expects a refusal of this kind.
fn refused<T: fmt::Debug>(result: Result<T>, kind: ErrorKind, what: &str) -> std::result::Result<(), String> {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        other => Err(format!("{what} should be {kind}, but gave {other:?}")),
    }
}

/// Waits, in the world's time, until the condition holds.
async fn until<F>(world: &World, what: &str, mut holds: impl FnMut() -> F) -> std::result::Result<(), String>
where
    F: Future<Output = std::result::Result<bool, String>>,
{
    for _ in 0..240 {
        if holds().await? {
            return Ok(());
        }
        world.truth.pass(Duration::from_millis(500)).await;
    }
    Err(format!("two minutes passed and still not: {what}"))
}

/// Runs a read on a device that has gone silent: it must end by its deadline with the right kind of error.
async fn ends_in_silence<'a, T: fmt::Debug, F>(
    world: &'a World,
    cx: &Cx,
    read: impl FnOnce(Cx) -> F,
) -> std::result::Result<(), String>
where
    F: Future<Output = Result<T>> + 'a,
{
    world.truth.go_silent(true);
    let limit = Duration::from_millis(400);
    let slack = Duration::from_secs(2);
    let result = tokio::time::timeout(limit + slack, read(cx.within(limit))).await;
    world.truth.go_silent(false);
    match result {
        Err(_) => Err("the deadline passed and the call went on".to_owned()),
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unreachable) => Ok(()),
        Ok(other) => Err(format!("expected timeout or unreachable, got {other:?}")),
    }
}
