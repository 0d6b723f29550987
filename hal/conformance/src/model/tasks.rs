//! Tasks.

use async_trait::async_trait;
use underlay_hal::{Change, Cx, ErrorKind, Outcome, Result, TaskRef, TaskState, TaskStatus, Tasks};

use super::{
    device::ModelDevice,
    jobs::Job,
    world::{ModelWorld, State},
};
use crate::TasksTruth;

impl TasksTruth for ModelWorld {
    fn start(&self, seconds: f64) -> String {
        let mut state = self.state();
        let id = state.start("tasks.start", seconds, |_, _| {});
        format!("job-{id}")
    }
    fn is_running(&self, word: &str) -> bool {
        self.state().jobs.list.iter().any(|job| job.text == word && !job.state.is_final())
    }
}

impl State {
    fn job(&mut self, task: &TaskRef) -> Option<&mut Job> {
        self.jobs.list.iter_mut().find(|job| job.id.to_string() == task.id.as_str())
    }
}

#[async_trait]
impl Tasks for ModelDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        self.enter(cx, "tasks.list").await?;
        if self.breaks("tasks::running_work_is_listed") {
            return Ok(Vec::new());
        }
        let state = self.world.state();
        Ok(state.jobs.list.iter().map(|job| (self.task(job.id, job.operation), job.status())).collect())
    }
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        self.enter(cx, "tasks.poll").await?;
        if task.device != self.info.id && !self.breaks("tasks::another_device's_task_is_refused") {
            return Err(self.refuse("tasks.poll", ErrorKind::InvalidInput, "another device's task"));
        }
        let mut state = self.world.state();
        let in_post = state.host.post_ends.is_some();
        let was_closed = state.was_closed;
        let unknown =
            TaskStatus { state: TaskState::Unknown, percent: None, messages: Vec::new(), poll_after: None };
        let Some(job) = state.job(task) else {
            if self.breaks("tasks::a_forgotten_task_is_unknown_and_no_error") {
                return Err(self.refuse("tasks.poll", ErrorKind::NotFound, "no such task"));
            }
            return Ok(unknown);
        };
        if was_closed && self.breaks("tasks::a_task_is_known_after_close") {
            return Ok(unknown);
        }
        let mut status = job.status();
        if in_post && job.waits_for_post() {
            status.state = TaskState::Running;
        }
        if self.breaks("tasks::work_under_way_is_not_over") {
            status.state = TaskState::Succeeded;
        }
        if self.breaks("tasks::work_reaches_its_end") {
            status.state = TaskState::Running;
        }
        if status.state.is_final() && self.breaks("tasks::a_finished_task_can_be_polled_again") {
            let id = job.id;
            state.jobs.list.retain(|job| job.id != id);
        }
        Ok(status)
    }
    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>> {
        self.enter(cx, "tasks.cancel").await?;
        let mut state = self.world.state();
        let Some(job) = state.job(task) else {
            return Err(self.refuse("tasks.cancel", ErrorKind::NotFound, "no such task"));
        };
        if job.state.is_final() && !self.breaks("tasks::cancelling_what_is_over_is_already_in_state") {
            return Err(self.refuse("tasks.cancel", ErrorKind::AlreadyInState, "it is over"));
        }
        if !self.breaks("tasks::cancelling_ends_it") {
            job.state = TaskState::Cancelled;
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
}
