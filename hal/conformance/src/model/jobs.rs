//! Work that takes time, or waits for the self test of the host.

use std::{fmt, time::Duration};

use underlay_hal::{Needs, TaskState, TaskStatus};

use super::{Habit, world::State};

/// What a job does when it ends, well or badly.
pub(super) struct Work(Box<End>);

/// Told whether the job ended well.
type End = dyn FnOnce(&mut State, bool) + Send;

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: u32,
    pub(super) operation: &'static str,
    /// In words.
    pub(super) text: String,
    /// When it ends; with the next self test if `None`.
    ends: Option<Duration>,
    pub(super) state: TaskState,
    /// It will end badly.
    fails: bool,
    work: Option<Work>,
}

impl Job {
    pub(super) fn status(&self) -> TaskStatus {
        let percent = Some(if self.state == TaskState::Succeeded { 100 } else { 50 });
        TaskStatus { state: self.state, percent, messages: vec![self.text.clone()], poll_after: None }
    }

    pub(super) fn waits_for_post(&self) -> bool {
        self.ends.is_none() && !self.state.is_final()
    }
}

/// The jobs of the device.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    pub(super) list: Vec<Job>,
    last: u32,
    pub(super) habit: Habit,
    /// The next job that is staged ends badly.
    pub(super) next_fails: bool,
}

impl State {
    /// Starts work that takes so many seconds.
    pub(super) fn start(
        &mut self,
        operation: &'static str,
        seconds: f64,
        work: impl FnOnce(&mut Self, bool) + Send + 'static,
    ) -> u32 {
        let ends = self.now + Duration::from_secs_f64(seconds);
        self.add(operation, Some(ends), TaskState::Running, work)
    }

    /// Stages work for the next self test.
    pub(super) fn stage(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&mut Self, bool) + Send + 'static,
    ) -> u32 {
        self.add(operation, None, TaskState::Blocked(Needs::HostPowerCycle), work)
    }

    fn add(
        &mut self,
        operation: &'static str,
        ends: Option<Duration>,
        state: TaskState,
        work: impl FnOnce(&mut Self, bool) + Send + 'static,
    ) -> u32 {
        self.jobs.last += 1;
        let id = self.jobs.last;
        let fails = ends.is_none() && std::mem::take(&mut self.jobs.next_fails);
        let work = Some(Work(Box::new(work)));
        self.jobs.list.push(Job { id, operation, text: format!("job-{id}"), ends, state, fails, work });
        id
    }

    /// Ends the jobs whose time has come.
    pub(super) fn end_due_jobs(&mut self) {
        let now = self.now;
        self.end_jobs(|job| job.ends.is_some_and(|at| at <= now));
    }

    /// Ends the jobs that waited for the self test.
    pub(super) fn end_staged_jobs(&mut self) {
        self.end_jobs(|job| job.ends.is_none());
    }

    fn end_jobs(&mut self, is_due: impl Fn(&Job) -> bool) {
        let due = self.jobs.list.iter_mut().filter(|job| !job.state.is_final() && is_due(job));
        let mut done = Vec::new();
        for job in due {
            job.state = if job.fails { TaskState::Failed } else { TaskState::Succeeded };
            done.extend(job.work.take().map(|work| (work, !job.fails)));
        }
        for (Work(work), well) in done {
            work(self, well);
        }
        if self.jobs.habit == Habit::Forgets {
            self.jobs.list.retain(|job| !job.state.is_final());
        }
    }

    /// Ends a job before its time, if it is a matter of time; gives how it stands.
    pub(super) fn hurry(&mut self, id: u32) -> TaskState {
        self.end_jobs(|job| job.id == id && job.ends.is_some());
        self.jobs.list.iter().find(|job| job.id == id).map_or(TaskState::Unknown, |job| job.state)
    }

    /// Makes a job end badly when its time comes.
    pub(super) fn doom(&mut self, id: u32, fails: bool) {
        if let Some(job) = self.jobs.list.iter_mut().find(|job| job.id == id) {
            job.fails = fails;
        }
    }
}
