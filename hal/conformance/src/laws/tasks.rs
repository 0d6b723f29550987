//! Laws of [`underlay_hal::Tasks`].

use underlay_hal::{Cx, ErrorKind, TaskRef, TaskState};

use super::{
    Law,
    effect::{changed, followed},
    ensure, facet,
    help::{Said, ends_in_silence, refused, until, why},
    law,
};
use crate::World;

facet!(Tasks, tasks, TasksTruth);

/// A reference that looks right and names no task.
fn forgotten(world: &World) -> TaskRef {
    TaskRef {
        device: world.device.info().id.clone(),
        driver: world.device.info().driver.clone().into(),
        id: "/redfish/v1/TaskService/Tasks/no-such-task".into(),
        operation: "power.set".into(),
    }
}

/// Work that takes so many seconds and that nobody asked for: its word behind the back door, and its reference.
async fn work(world: &World, cx: &Cx, seconds: f64) -> Said<(String, TaskRef)> {
    let before = facet(world)?.list(cx).await.map_err(why)?;
    let word = real(world)?.start(seconds);
    let after = facet(world)?.list(cx).await.map_err(why)?;
    let mut new = after.into_iter().filter(|(task, _)| before.iter().all(|(known, _)| known.id != task.id));
    match (new.next(), new.next()) {
        (Some((task, _)), None) => Ok((word, task)),
        (None, _) => Err(format!("{word} was started and is not listed")),
        (Some(one), Some(two)) => Err(format!("{word} was started and two are listed: {one:?}, {two:?}")),
    }
}

/// Lets time pass until the work of that word is over.
async fn is_over(world: &World, word: &str) -> Said {
    let real = real(world)?;
    until(world, "the end of the work", || async { Ok(!real.is_running(word)) }).await
}

pub(super) const LAWS: &[Law] = &[
    law!("tasks::a_forgotten_task_is_unknown_and_no_error", FACET, None, ReadOnly, |world, cx| {
        let status = facet(world)?.poll(cx, &forgotten(world)).await.map_err(why)?;
        ensure!(status.state == TaskState::Unknown, "a task that does not exist is {:?}", status.state);
        Ok(())
    }),
    law!("tasks::another_device's_task_is_refused", FACET, None, ReadOnly, |world, cx| {
        let foreign = TaskRef { device: "somebody-else".into(), ..forgotten(world) };
        refused(facet(world)?.poll(cx, &foreign).await, ErrorKind::InvalidInput, "another device's task")
    }),
    law!("tasks::running_work_is_listed", FACET, Some("tasks.list"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 600.0).await?;
        let listed = facet(world)?.list(cx).await.map_err(why)?;
        let status = listed.into_iter().find(|(one, _)| one.id == task.id).map(|(_, status)| status);
        let status = status.ok_or_else(|| format!("{word} is no longer listed"))?;
        ensure!(!status.state.is_final(), "{word} is under way and listed as {:?}", status.state);
        ensure!(task.device == world.device.info().id, "its reference names {:?}", task.device);
        Ok(())
    }),
    law!("tasks::work_under_way_is_not_over", FACET, Some("tasks.list"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 20.0).await?;
        let real = real(world)?;
        until(world, "the end of the work", || async {
            let status = facet(world)?.poll(cx, &task).await.map_err(why)?;
            // It was running when the device was asked, if it is running still.
            let runs = real.is_running(&word);
            ensure!(!runs || !status.state.is_final(), "{word} is under way and told as {:?}", status.state);
            ensure!(status.percent.is_none_or(|percent| percent <= 100), "{:?} percent", status.percent);
            Ok(!runs)
        })
        .await
    }),
    law!("tasks::work_reaches_its_end", FACET, Some("tasks.list"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 20.0).await?;
        let end = followed(world, cx, task).await?;
        ensure!(!real(world)?.is_running(&word), "{word} is under way and told as {:?}", end.ended);
        ensure!(matches!(end.ended, Some(TaskState::Succeeded) | None), "it ended as {:?}", end.ended);
        Ok(())
    }),
    law!("tasks::a_finished_task_can_be_polled_again", FACET, Some("tasks.kept"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 1.0).await?;
        is_over(world, &word).await?;
        let facet = facet(world)?;
        let first = facet.poll(cx, &task).await.map_err(why)?.state;
        let second = facet.poll(cx, &task).await.map_err(why)?.state;
        ensure!(first == TaskState::Succeeded, "{word} is over and told as {first:?}");
        ensure!(second == first, "asked once it is {first:?}, asked again {second:?}");
        Ok(())
    }),
    law!("tasks::a_task_is_known_after_close", FACET, Some("tasks.list"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 600.0).await?;
        world.device.close(cx).await.map_err(why)?;
        let state = facet(world)?.poll(cx, &task).await.map_err(why)?.state;
        ensure!(
            !state.is_final() && state != TaskState::Unknown,
            "{word} is under way; over a new session it is {state:?}"
        );
        Ok(())
    }),
    law!("tasks::cancelling_ends_it", FACET, Some("tasks.cancel"), Reversible, |world, cx| {
        let (word, task) = work(world, cx, 600.0).await?;
        let facet = facet(world)?;
        changed(world, cx, facet.cancel(cx, &task).await).await?;
        is_over(world, &word).await?;
        let state = facet.poll(cx, &task).await.map_err(why)?.state;
        ensure!(
            matches!(state, TaskState::Cancelled | TaskState::Unknown),
            "cancelled, and told as {state:?}"
        );
        Ok(())
    }),
    law!(
        "tasks::cancelling_what_is_over_is_already_in_state",
        FACET,
        Some("tasks.cancel"),
        Reversible,
        |world, cx| {
            let (word, task) = work(world, cx, 1.0).await?;
            is_over(world, &word).await?;
            let facet = facet(world)?;
            // What the device has forgotten already it cannot tell of.
            if facet.poll(cx, &task).await.map_err(why)?.state == TaskState::Unknown {
                return Ok(());
            }
            refused(facet.cancel(cx, &task).await, ErrorKind::AlreadyInState, "cancelling what is over")
        }
    ),
    law!("tasks::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.list(&cx).await }).await
    }),
];
