//! Following a task to its end, over restarts of the controller that works on it.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Cx, Device, Effect, Error, ErrorKind, Result, TaskRef, TaskState, TaskStatus};

/// How patiently a task is followed.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Pause between two looks, if the device gives no advice.
    pub poll: Duration,
    /// The longest pause, whatever the device advises.
    pub ceiling: Duration,
    /// How long the controller may be away: restarting, or too busy to answer.
    pub outage: Duration,
    /// For how long a task that the device does not know may turn up yet.
    pub unknown: Duration,
}

impl Default for Patience {
    /// 2 s, 30 s, 10 minutes (controllers take five for their own update), 20 s.
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            ceiling: Duration::from_secs(30),
            outage: Duration::from_secs(600),
            unknown: Duration::from_secs(20),
        }
    }
}

/// How a task that was followed ended, as far as the device can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In a final state.
    Final(TaskStatus),
    /// It waits for something that the caller has to supply.
    Blocked(TaskStatus),
    /// The device no longer knows it; read back what it was to achieve.
    Forgotten,
}

/// Polls a task until it is final, waits for somebody, or is forgotten. `seen` is told every look at it.
///
/// - A controller that does not answer is waited for, as long as [`Patience::outage`] says: it may be restarting for
///   the very task. A refused password is not waited for.
/// - A task that is unknown is asked for again for [`Patience::unknown`]; some devices list it only later.
/// - Everything ends with the deadline of the context, at the latest; the task itself goes on.
///
/// # Errors
/// `Unsupported` if the device has no tasks; the last failure to poll, once the patience is used up; `Timeout` or
/// `Cancelled` with the context. The effect is `Unknown`: the task goes on.
pub async fn follow(
    device: &dyn Device,
    cx: &Cx,
    task: &TaskRef,
    patience: Patience,
    mut seen: impl FnMut(&TaskStatus) + Send,
) -> Result<Ending> {
    const FOLLOW: &str = "tasks.follow";
    let lost = |error: Error| error.with_effect(Effect::Unknown).during(FOLLOW).on(&device.info().id);
    let tasks = device.tasks().ok_or_else(|| Error::unsupported("tasks.poll").on(&device.info().id))?;
    let mut away_since: Option<Instant> = None;
    let mut unknown_since: Option<Instant> = None;
    loop {
        let mut pause = patience.poll;
        match tasks.poll(cx, task).await {
            Ok(status) => {
                away_since = None;
                pause = status.poll_after.unwrap_or(pause);
                seen(&status);
                match status.state {
                    TaskState::Blocked(_) => return Ok(Ending::Blocked(status)),
                    state if state.is_final() => return Ok(Ending::Final(status)),
                    TaskState::Unknown => {
                        if unknown_since.get_or_insert_with(Instant::now).elapsed() >= patience.unknown {
                            return Ok(Ending::Forgotten);
                        }
                    }
                    _ => unknown_since = None,
                }
            }
            Err(error) if may_pass(&error) => {
                let since = *away_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= patience.outage {
                    return Err(lost(error));
                }
            }
            Err(error) => return Err(lost(error)),
        }
        cx.sleep(pause.min(patience.ceiling)).await.map_err(|over| lost(over.into_error(Effect::Unknown)))?;
    }
}

/// May the controller be about to answer again: restarting, or busy? Then looking once more is worth the time.
#[must_use]
pub fn may_pass(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::Busy
            | ErrorKind::RateLimited
            | ErrorKind::ResourceExhausted
            | ErrorKind::Protocol
            | ErrorKind::DeviceFault
            // While its services start, a controller has not found its own resources yet.
            | ErrorKind::NotFound
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        Needs,
        mock::{MockDevice, MockTasks},
    };

    fn status(state: TaskState) -> TaskStatus {
        TaskStatus { state, percent: None, messages: Vec::new(), poll_after: None }
    }

    fn task() -> TaskRef {
        TaskRef {
            device: "n1".into(),
            driver: "mock".into(),
            id: "7".into(),
            operation: "firmware.update".into(),
        }
    }

    fn device(answers: Vec<Result<TaskStatus, ErrorKind>>) -> Arc<dyn Device> {
        let mut tasks = MockTasks::new();
        let mut answers = answers.into_iter();
        let mut last = Ok(status(TaskState::Running));
        tasks.expect_poll().returning(move |_, _| {
            if let Some(next) = answers.next() {
                last = next;
            }
            last.clone().map_err(|kind| Error::new(kind, "away"))
        });
        Arc::new(MockDevice { tasks: Some(tasks), ..MockDevice::new("n1") })
    }

    async fn followed(answers: Vec<Result<TaskStatus, ErrorKind>>) -> Result<Ending> {
        let cx = Cx::new("test", "1").within(Duration::from_secs(3600));
        follow(&*device(answers), &cx, &task(), Patience::default(), |_| {}).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_restart_in_the_middle_is_borne() {
        let running = || Ok(status(TaskState::Running));
        let ending = followed(vec![
            running(),
            Err(ErrorKind::Unreachable),
            Err(ErrorKind::Timeout),
            Err(ErrorKind::Busy),
            running(),
            Ok(status(TaskState::Succeeded)),
        ]);
        assert_eq!(ending.await.unwrap(), Ending::Final(status(TaskState::Succeeded)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_controller_that_stays_away_ends_the_patience() {
        let begun = Instant::now();
        let error = followed(vec![Err(ErrorKind::Unreachable)]).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::Unknown));
        assert!(begun.elapsed() >= Duration::from_secs(600) && begun.elapsed() < Duration::from_secs(640));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_password_is_not_asked_again() {
        let begun = Instant::now();
        let error = followed(vec![Err(ErrorKind::Unauthenticated)]).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (ErrorKind::Unauthenticated, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_waits_is_the_callers_business_and_one_that_is_gone_is_forgotten() {
        let blocked = status(TaskState::Blocked(Needs::HostPowerCycle));
        assert_eq!(followed(vec![Ok(blocked.clone())]).await.unwrap(), Ending::Blocked(blocked));
        assert_eq!(followed(vec![Ok(status(TaskState::Unknown))]).await.unwrap(), Ending::Forgotten);
        // The control: unknown at first, and then there.
        let late = followed(vec![Ok(status(TaskState::Unknown)), Ok(status(TaskState::Failed))]);
        assert_eq!(late.await.unwrap(), Ending::Final(status(TaskState::Failed)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_it_and_the_task_goes_on() {
        let cx = Cx::new("test", "1").within(Duration::from_secs(30));
        let device = device(Vec::new());
        let error = follow(&*device, &cx, &task(), Patience::default(), |_| {}).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    }
}
