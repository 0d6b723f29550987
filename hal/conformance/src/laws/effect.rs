//! Bringing a change into effect: following its task, and giving the device what it waits for.
//!
//! Devices differ in how they work: at once, in a task, in a task that they forget, or at the next reset. A law that
//! is about something else goes through here and does not care.

use std::{convert::Infallible, time::Duration};

use underlay_hal::{
    Change, Cx, Ending, ErrorKind, Needs, Outcome, Patience, PowerAction, PowerState, Result, Staged,
    TaskRef, TaskState, follow,
};

use super::{
    ensure,
    help::{Said, finished, until, until_for, why},
};
use crate::World;

/// How a change stands once its task was followed as far as it goes by itself.
#[derive(Debug)]
pub(super) struct Settled {
    /// Was anything changed by us?
    pub(super) change: Change,
    /// What the device waits for now.
    pub(super) needs: Needs,
    /// The task that brings it about, if there is one.
    pub(super) task: Option<TaskRef>,
    /// How that task ended, where the device told.
    pub(super) ended: Option<TaskState>,
    /// There was a task, and the device no longer knows it.
    pub(super) task_forgotten: bool,
    /// What the device had to say of it.
    pub(super) messages: Vec<String>,
}

impl Settled {
    fn new(change: Change, needs: Needs) -> Self {
        Self { change, needs, task: None, ended: None, task_forgotten: false, messages: Vec::new() }
    }

    /// The same, unless its task ended badly.
    pub(super) fn well(self) -> Said<Self> {
        match self.ended {
            Some(state @ (TaskState::Failed | TaskState::Cancelled)) => {
                Err(format!("its task ended as {state:?}: {}", self.messages.join("; ")))
            }
            _ => Ok(self),
        }
    }
}

/// Follows what was started as far as it goes by itself. A refusal is a broken law; a task that fails is not yet one.
pub(super) async fn settled(world: &World, cx: &Cx, outcome: Result<Outcome<Staged>>) -> Said<Settled> {
    match outcome.map_err(why)? {
        Outcome::Done(Staged { change, needs }) => Ok(Settled::new(change, needs)),
        Outcome::Running(task) => followed(world, cx, task).await,
    }
}

/// Follows what was started to its very end, supplying whatever the device waits for on the way.
pub(super) async fn concluded(world: &World, cx: &Cx, outcome: Result<Outcome<Staged>>) -> Said<Settled> {
    let mut now = settled(world, cx, outcome).await?;
    for _ in 0..3 {
        if now.needs == Needs::Nothing {
            return Ok(now);
        }
        supply(world, cx, now.needs).await?;
        now = match now.task.take() {
            Some(task) => followed(world, cx, task).await?,
            None => Settled { needs: Needs::Nothing, ..now },
        };
    }
    Err(format!("it has what it waited for, and asks for it again: {:?}", now.needs))
}

/// The same, and it must have ended well.
pub(super) async fn in_effect(world: &World, cx: &Cx, outcome: Result<Outcome<Staged>>) -> Said<Change> {
    Ok(concluded(world, cx, outcome).await?.well()?.change)
}

/// What a mutation without stages gave, once it is over. `None` where a task brought it about and tells no value.
pub(super) async fn over<T: Send>(world: &World, cx: &Cx, outcome: Result<Outcome<T>>) -> Said<Option<T>> {
    match outcome.map_err(why)? {
        Outcome::Done(value) => Ok(Some(value)),
        Outcome::Running(task) => {
            let end = followed(world, cx, task).await?.well()?;
            ensure!(end.needs == Needs::Nothing, "it waits for {:?}", end.needs);
            Ok(None)
        }
    }
}

/// A mutation that must end well, whether at once or in a task.
pub(super) async fn changed(world: &World, cx: &Cx, outcome: Result<Outcome<Change>>) -> Said<Change> {
    Ok(over(world, cx, outcome).await?.unwrap_or(Change::Made))
}

/// Follows a task as far as it goes by itself.
pub(super) async fn followed(world: &World, cx: &Cx, task: TaskRef) -> Said<Settled> {
    let patience = Patience {
        poll: Duration::from_millis(20),
        ceiling: Duration::from_millis(100),
        outage: Duration::from_secs(30),
        unknown: Duration::from_millis(500),
    };
    let cx = cx.within(Duration::from_secs(40));
    let ending = tokio::select! {
        ending = follow(&*world.device, &cx, &task, patience, |_| {}) => ending.map_err(why)?,
        never = time_goes_on(world) => match never {},
    };
    let mut now = Settled::new(Change::Made, Needs::Nothing);
    match ending {
        Ending::Final(status) => {
            now.ended = Some(status.state);
            now.messages = status.messages;
        }
        Ending::Blocked(status) => {
            if let TaskState::Blocked(needs) = status.state {
                now.needs = needs;
            }
            ensure!(now.needs != Needs::Nothing, "task {} waits, and for nothing", task.id);
            now.task = Some(task);
        }
        // Devices forget finished tasks; the law looks at what the task was to achieve.
        Ending::Forgotten => now.task_forgotten = true,
    }
    Ok(now)
}

/// Keeps the world's time going while something else waits in ours.
async fn time_goes_on(world: &World) -> Infallible {
    loop {
        world.truth.pass(Duration::from_millis(250)).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Gives the device what it waits for.
pub(super) async fn supply(world: &World, cx: &Cx, needs: Needs) -> Said {
    match needs {
        Needs::Nothing => Ok(()),
        Needs::HostPowerCycle => reboot(world, cx).await,
        Needs::HostPowerOff => {
            world.truth.put_power(PowerState::Off).await;
            Ok(())
        }
        Needs::BmcReset => {
            restart(world, cx).await?;
            answers(world, cx).await
        }
    }
}

/// Restarts the management controller, and does not wait for it.
pub(super) async fn restart(world: &World, cx: &Cx) -> Said {
    let manager = world.device.manager().ok_or("it waits for a restart, and there is no manager")?;
    let how = *manager.resets().first().ok_or("it waits for a restart, and none is listed")?;
    finished(manager.reset(cx, how).await).map(drop)
}

/// Waits until the management controller answers again.
pub(super) async fn answers(world: &World, cx: &Cx) -> Said {
    let manager = world.device.manager().ok_or("there is no manager to ask")?;
    until_for(world, Duration::from_secs(600), "an answer of the management controller", || async {
        match manager.info(&cx.within(Duration::from_secs(1))).await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Busy => Ok(false),
                // It answers, and proves itself with a certificate that it got meanwhile.
                ErrorKind::Untrusted => Ok(true),
                _ => Err(why(error)),
            },
        }
    })
    .await
}

/// Asks for a reset of the host, and does not wait for it.
pub(super) async fn reset(world: &World, cx: &Cx) -> Said {
    let power = world.device.power().ok_or("this law needs power")?;
    let action = *[PowerAction::ForceReset, PowerAction::Cycle]
        .iter()
        .find(|action| power.actions().contains(action))
        .ok_or("the device can neither reset nor cycle")?;
    finished(power.set(cx, action).await).map(drop)
}

/// Resets the host and waits until it is past its self test.
pub(super) async fn reboot(world: &World, cx: &Cx) -> Said {
    let boots = world.truth.boots();
    reset(world, cx).await?;
    until(world, "a boot", || async { Ok(world.truth.boots() > boots) }).await?;
    world.truth.put_power(PowerState::On).await;
    Ok(())
}
