//! Work that takes time, with progress: at once, or when the host next goes through its self test.
use jiff::Timestamp;

use super::{FirmwareWork, Origin, SimTime, StorageWork};

/// Finished jobs kept for readers.
const KEEP: usize = 32;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Waits for the next self test of the host.
    Waiting,
    /// Under way.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Stopped by request or by a restart of the controller.
    Cancelled,
}

impl JobState {
    /// Will it change no more?
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// What a job does to the machine when it ends well. One variant for each kind of work; `Machine::finish` has them all.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Work {
    /// Nothing that anybody sees.
    Nothing,
    /// Brings staged settings of the host's firmware into force: those of this number.
    BiosSettings(u32),
    /// An update of firmware.
    Firmware(FirmwareWork),
    /// Something of a storage controller.
    Storage(StorageWork),
}

/// A job as views show it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// From 1; never used again.
    pub id: u32,
    /// What it does, in words.
    pub name: String,
    /// What it does when it ends well.
    pub work: Work,
    /// Where it is.
    pub state: JobState,
    /// 0 to 100.
    pub percent: u8,
    /// When it began, or was queued.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Who asked for it.
    pub origin: Origin,
    /// What it had to say, oldest first.
    pub messages: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Job {
    view: JobView,
    /// Began then and takes so long; `None` while its end is not a matter of time.
    span: Option<(SimTime, SimTime)>,
    /// Runs in the self test, and waits again if that is broken off.
    in_post: bool,
    /// It will end badly, with these words.
    fails: Option<String>,
}

/// The jobs of one machine.
#[derive(Debug)]
pub(super) struct Jobs {
    list: Vec<Job>,
    last_id: u32,
}

/// A job to be added.
#[derive(Debug)]
pub(super) struct NewJob {
    pub(super) name: String,
    pub(super) work: Work,
    pub(super) origin: Origin,
    pub(super) date: Timestamp,
}

impl Jobs {
    /// None yet; the first one has the number after that.
    pub(super) fn after(number: u32) -> Self {
        Self { list: Vec::new(), last_id: number }
    }

    /// Adds a job that runs from now on for so long.
    pub(super) fn start(&mut self, job: NewJob, takes: SimTime, now: SimTime) -> u32 {
        self.add(job, JobState::Running, Some((now, takes)), false)
    }

    /// Adds a job that waits for the next self test.
    pub(super) fn stage(&mut self, job: NewJob) -> u32 {
        self.add(job, JobState::Waiting, None, true)
    }

    /// Adds a job that runs until it is told how it goes on.
    pub(super) fn open_ended(&mut self, job: NewJob) -> u32 {
        self.add(job, JobState::Running, None, false)
    }

    /// A job without an end goes on as this, for so long or with the next self test; whether it still was there.
    pub(super) fn proceed(
        &mut self,
        id: u32,
        name: String,
        work: Work,
        takes: Option<SimTime>,
        now: SimTime,
    ) -> bool {
        let open = |job: &&mut Job| job.view.id == id && !job.view.state.is_final();
        let Some(job) = self.list.iter_mut().find(open) else { return false };
        job.view.name = name;
        job.view.work = work;
        job.in_post = takes.is_none();
        job.span = takes.map(|takes| (now, takes));
        if job.in_post {
            job.view.state = JobState::Waiting;
        }
        true
    }

    fn add(&mut self, job: NewJob, state: JobState, span: Option<(SimTime, SimTime)>, in_post: bool) -> u32 {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let NewJob { name, work, origin, date } = job;
        let view = JobView {
            id: self.last_id,
            name,
            work,
            state,
            percent: 0,
            started: date,
            ended: None,
            origin,
            messages: Vec::new(),
        };
        self.list.push(Job { view, span, in_post, fails: None });
        let finished = self.list.iter().filter(|job| job.view.state.is_final()).count();
        if finished > KEEP
            && let Some(oldest) = self.list.iter().position(|job| job.view.state.is_final())
        {
            self.list.remove(oldest);
        }
        self.last_id
    }

    /// Ends a job that waits or runs; gives its work and how it ended, or `Err` if there is none of that id.
    pub(super) fn end(&mut self, id: u32, state: JobState, date: Timestamp) -> Result<(Work, JobState), ()> {
        let open = |job: &&mut Job| job.view.id == id && !job.view.state.is_final();
        let Some(job) = self.list.iter_mut().find(open) else { return Err(()) };
        let state = match (&job.fails, state) {
            (Some(why), JobState::Completed) => {
                job.view.messages.push(why.clone());
                JobState::Failed
            }
            _ => state,
        };
        job.view.state = state;
        job.view.ended = Some(date);
        if state == JobState::Completed {
            job.view.percent = 100;
        }
        Ok((job.view.work.clone(), state))
    }

    /// Makes a job end badly when its time comes.
    pub(super) fn doom(&mut self, id: u32, why: &str) {
        if let Some(job) = self.list.iter_mut().find(|job| job.view.id == id) {
            job.fails = Some(why.to_owned());
        }
    }

    /// Adds to what a job has to say.
    pub(super) fn tell(&mut self, id: u32, message: String) {
        if let Some(job) = self.list.iter_mut().find(|job| job.view.id == id) {
            job.view.messages.push(message);
        }
    }

    /// The self test begins: what waited for it runs. Whether anything did.
    pub(super) fn post_begins(&mut self) -> bool {
        let waiting = self.list.iter_mut().filter(|job| job.view.state == JobState::Waiting);
        waiting.map(|job| job.view.state = JobState::Running).count() > 0
    }

    /// The self test was broken off: what ran in it waits again. Whether anything did.
    pub(super) fn post_broken(&mut self) -> bool {
        let open = self.list.iter_mut().filter(|job| job.in_post && job.view.state == JobState::Running);
        open.map(|job| job.view.state = JobState::Waiting).count() > 0
    }

    /// The jobs that ran in the self test, which is over.
    pub(super) fn post_ended(&self) -> Vec<u32> {
        let open = self.list.iter().filter(|job| job.in_post && job.view.state == JobState::Running);
        open.map(|job| job.view.id).collect()
    }

    /// The jobs that are in this state.
    pub(super) fn in_state(&self, state: JobState) -> Vec<u32> {
        self.list.iter().filter(|job| job.view.state == state).map(|job| job.view.id).collect()
    }

    /// The jobs that wait or run, oldest first.
    pub(super) fn open(&self) -> impl Iterator<Item = &JobView> {
        self.list.iter().map(|job| &job.view).filter(|view| !view.state.is_final())
    }

    pub(super) fn views(&self, now: SimTime) -> Vec<JobView> {
        self.list.iter().map(|job| job.view(now)).collect()
    }
}

impl Job {
    fn view(&self, now: SimTime) -> JobView {
        let mut view = self.view.clone();
        if let (JobState::Running, Some((from, takes))) = (view.state, self.span)
            && !takes.is_zero()
        {
            let done = now.saturating_sub(from).as_secs_f64() / takes.as_secs_f64();
            // 100 is for the event that ends it.
            view.percent = [0_u8, 10, 20, 30, 40, 50, 60, 70, 80, 90]
                .into_iter()
                .rfind(|step| f64::from(*step) <= done * 100.0)
                .unwrap_or(0);
        }
        view
    }
}
