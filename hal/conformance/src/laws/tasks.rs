//! Laws of [`underlay_hal::Tasks`].

use underlay_hal::{ErrorKind, FacetKind, TaskRef, TaskState, Tasks};

use super::{Law, ends_in_silence, ensure, law, refused, why};
use crate::World;

const TASKS: Option<FacetKind> = Some(FacetKind::Tasks);

fn tasks(world: &World) -> Result<&dyn Tasks, String> {
    world.device.tasks().ok_or_else(|| "tasks is absent".to_owned())
}

/// A reference that looks right and names no task.
fn forgotten(world: &World) -> TaskRef {
    TaskRef {
        device: world.device.info().id.clone(),
        driver: world.device.info().driver.clone().into(),
        id: "/redfish/v1/TaskService/Tasks/no-such-task".into(),
        operation: "power.set".into(),
    }
}

pub(super) const LAWS: &[Law] = &[
    law!("tasks::a_forgotten_task_is_unknown_and_no_error", TASKS, None, ReadOnly, |world, cx| {
        let status = tasks(world)?.poll(cx, &forgotten(world)).await.map_err(why)?;
        ensure!(status.state == TaskState::Unknown, "a task that does not exist is {:?}", status.state);
        Ok(())
    }),
    law!("tasks::another_device's_task_is_refused", TASKS, None, ReadOnly, |world, cx| {
        let foreign = TaskRef { device: "somebody-else".into(), ..forgotten(world) };
        refused(tasks(world)?.poll(cx, &foreign).await, ErrorKind::InvalidInput, "another device's task")
    }),
    law!("tasks::silence_ends_by_the_deadline", TASKS, None, ReadOnly, |world, cx| {
        let facet = tasks(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.list(&cx).await }).await
    }),
];
