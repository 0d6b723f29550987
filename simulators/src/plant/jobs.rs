//! Work that takes time, with progress.
use jiff::Timestamp;

use super::{Origin, SimTime};

/// Finished jobs kept for readers.
const KEEP: usize = 32;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Under way.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Stopped by request or by a restart of the controller.
    Cancelled,
}

/// A job as views show it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// From 1; never used again.
    pub id: u32,
    /// What it does, in words.
    pub name: String,
    /// Where it is.
    pub state: JobState,
    /// 0 to 100.
    pub percent: u8,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Who asked for it.
    pub origin: Origin,
}

#[derive(Debug)]
pub(super) struct Job {
    view: JobView,
    from: SimTime,
    takes: SimTime,
}

/// The jobs of one machine.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    list: Vec<Job>,
    last_id: u32,
}

impl Jobs {
    pub(super) fn start(
        &mut self,
        name: String,
        takes: SimTime,
        origin: Origin,
        now: SimTime,
        date: Timestamp,
    ) -> u32 {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let view = JobView {
            id: self.last_id,
            name,
            state: JobState::Running,
            percent: 0,
            started: date,
            ended: None,
            origin,
        };
        self.list.push(Job { view, from: now, takes });
        let finished = self.list.iter().filter(|job| job.view.state != JobState::Running).count();
        if finished > KEEP
            && let Some(oldest) = self.list.iter().position(|job| job.view.state != JobState::Running)
        {
            self.list.remove(oldest);
        }
        self.last_id
    }

    /// Ends a running job; `false` if there is none of that id.
    pub(super) fn end(&mut self, id: u32, state: JobState, date: Timestamp) -> bool {
        let running = |job: &&mut Job| job.view.id == id && job.view.state == JobState::Running;
        let Some(job) = self.list.iter_mut().find(running) else { return false };
        job.view.state = state;
        job.view.ended = Some(date);
        if state == JobState::Completed {
            job.view.percent = 100;
        }
        true
    }

    pub(super) fn views(&self, now: SimTime) -> Vec<JobView> {
        self.list.iter().map(|job| job.view(now)).collect()
    }
}

impl Job {
    fn view(&self, now: SimTime) -> JobView {
        let mut view = self.view.clone();
        if view.state == JobState::Running && !self.takes.is_zero() {
            let done = now.saturating_sub(self.from).as_secs_f64() / self.takes.as_secs_f64();
            // 100 is for the event that ends it.
            view.percent = [0_u8, 10, 20, 30, 40, 50, 60, 70, 80, 90]
                .into_iter()
                .rfind(|step| f64::from(*step) <= done * 100.0)
                .unwrap_or(0);
        }
        view
    }
}
