//! What laws do again and again: expect, expect a refusal, wait.

use std::{fmt, future::Future, time::Duration};

use underlay_hal::{Change, Cx, Effect, Error, ErrorKind, Outcome, Result};

use super::ensure;
use crate::World;

/// What a check says.
pub(super) type Said<T = ()> = std::result::Result<T, String>;

/// A failed call as a reason; by value, to stand in `map_err`.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn why(error: Error) -> String {
    format!("{} ({}, effect {})", error.report(), error.kind(), error.effect())
}

/// A mutation that must have finished.
pub(super) fn finished(result: Result<Outcome<Change>>) -> Said<Change> {
    match result.map_err(why)? {
        Outcome::Done(change) => Ok(change),
        Outcome::Running(task) => Err(format!("still running as task {}", task.id)),
    }
}

/// Expects a refusal of this kind.
pub(super) fn refused<T: fmt::Debug>(result: Result<T>, kind: ErrorKind, what: &str) -> Said {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        other => Err(format!("{what} should be {kind}, but gave {other:?}")),
    }
}

/// Expects a refusal of this kind that says that nothing happened, when nothing happened.
pub(super) async fn without_effect<T: fmt::Debug>(
    world: &World,
    kind: ErrorKind,
    what: &str,
    call: impl Future<Output = Result<T>>,
) -> Said {
    let before = world.truth.mutations();
    match call.await {
        Err(error) if error.kind() == kind && error.effect() == Effect::None => {}
        other => return Err(format!("{what} should be {kind} without effect, but gave {other:?}")),
    }
    let made = world.truth.mutations().saturating_sub(before);
    ensure!(made == 0, "{what} was refused, and changed the device {made} times all the same");
    Ok(())
}

/// Expects a refusal of this kind that the device hears nothing of.
pub(super) async fn untried<T: fmt::Debug>(
    world: &World,
    kind: ErrorKind,
    what: &str,
    call: impl Future<Output = Result<T>>,
) -> Said {
    let before = world.truth.attempts();
    without_effect(world, kind, what, call).await?;
    let sent = world.truth.attempts().saturating_sub(before);
    ensure!(sent == 0, "{what} was refused, and {sent} requests reached the device all the same");
    Ok(())
}

/// Waits, in the world's time, until the condition holds: two minutes at most.
pub(super) async fn until<F>(world: &World, what: &str, holds: impl FnMut() -> F) -> Said
where
    F: Future<Output = Said<bool>>,
{
    until_for(world, Duration::from_secs(120), what, holds).await
}

/// Waits, in the world's time, until the condition holds, for as long as is said.
pub(super) async fn until_for<F>(
    world: &World,
    limit: Duration,
    what: &str,
    mut holds: impl FnMut() -> F,
) -> Said
where
    F: Future<Output = Said<bool>>,
{
    let step = Duration::from_millis(500);
    let mut passed = Duration::ZERO;
    while passed < limit {
        if holds().await? {
            return Ok(());
        }
        world.truth.pass(step).await;
        passed += step;
    }
    Err(format!("{limit:?} passed and still not: {what}"))
}

/// Runs a read on a device that has gone silent: it must end by its deadline with the right kind of error.
pub(super) async fn ends_in_silence<'a, T: fmt::Debug, F>(
    world: &'a World,
    cx: &Cx,
    read: impl FnOnce(Cx) -> F,
) -> Said
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
