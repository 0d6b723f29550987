//! Taking an image: whether it is for this machine, when it is written, and what happens then.
use underlay_hal::ApplyTime;

use super::{ComponentView, ImageInfo, Part};
use crate::plant::{
    JobState, LogEvent, MutationKind, Origin, Refusal, Severity, Work,
    machine::{Area, Machine},
    queue::{Event, Step},
};

/// When the management controller restarts for its own update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Not for this one, or not any more.
    No,
    /// When the image is written.
    AtEnd,
    /// In the middle; its job goes on afterwards.
    Midway,
}

/// What a job writes.
#[derive(Clone, Debug, PartialEq)]
pub enum FirmwareWork {
    /// An image is fetched; nothing is known of it yet.
    Fetch,
    /// An image is written.
    Write {
        /// To the parts of this kind,
        part: Part,
        /// and of them to these.
        at: Vec<usize>,
        /// The version it brings.
        version: String,
        /// Whether the management controller restarts for it.
        restart: Restart,
    },
}

/// An image that shall be written.
#[derive(Clone, Debug)]
pub struct Update {
    /// What it says of itself.
    pub image: ImageInfo,
    /// The parts it shall be written to, by kind and number; all that it fits, if there are none.
    pub targets: Vec<(Part, usize)>,
    /// When; the machine's own choice if absent.
    pub when: Option<ApplyTime>,
    /// The management controller restarts in the middle of its update, and not at the end.
    pub midway: bool,
}

/// Why an update is not taken. Nothing was changed or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateRefusal {
    /// For a reason that is not firmware's own.
    Other(Refusal),
    /// Another update is under way.
    Busy,
    /// The machine has no part that the image is for.
    NotApplicable,
    /// A target is none that the image is for.
    Target,
    /// Not at that time.
    ApplyTime(ApplyTime),
}

impl Machine {
    /// The parts that have firmware, with what waits for the self test.
    pub(super) fn components(&self) -> Vec<ComponentView> {
        let mut all = self.firmware.components.clone();
        for job in self.jobs.open().filter(|job| job.state == JobState::Waiting) {
            let Work::Firmware(FirmwareWork::Write { part, at, version, .. }) = &job.work else { continue };
            for view in all.iter_mut().filter(|view| view.part == *part && at.contains(&view.at)) {
                view.staged = Some(version.clone());
            }
        }
        all
    }

    /// Whether an image may come in now.
    pub(super) fn may_update(&self, origin: Origin) -> Result<(), UpdateRefusal> {
        self.need_bmc(origin).map_err(UpdateRefusal::Other)?;
        let running = self
            .jobs
            .open()
            .any(|job| matches!(job.work, Work::Firmware(_)) && job.state != JobState::Waiting);
        if running || self.firmware.receiving { Err(UpdateRefusal::Busy) } else { Ok(()) }
    }

    /// Accepts an image that has come in; gives the id of the job that writes it.
    pub(super) fn update(
        &mut self,
        step: &mut Step<'_>,
        update: &Update,
        origin: Origin,
    ) -> Result<u32, UpdateRefusal> {
        self.may_update(origin)?;
        let (name, work, staged) = self.plan(update)?;
        self.count(step, origin, MutationKind::Firmware, name.clone());
        let seconds = self.seconds(&work);
        let work_of_job = Work::Firmware(work.clone());
        let id = match staged {
            true => self.stage_job(step, name, work_of_job, origin),
            false => self.start_job(step, name, work_of_job, seconds, origin),
        };
        self.plan_restart(step, id, &work, seconds, staged);
        Ok(id)
    }

    /// Begins to fetch an image; the job's end is in the hands of who fetches.
    pub(super) fn begin_fetch(&mut self, step: &Step<'_>, origin: Origin) -> Result<u32, UpdateRefusal> {
        self.may_update(origin)?;
        let name = "Fetch a firmware image".to_owned();
        self.count(step, origin, MutationKind::Firmware, name.clone());
        let id = self.jobs.open_ended(crate::plant::jobs::NewJob {
            name,
            work: Work::Firmware(FirmwareWork::Fetch),
            origin,
            date: step.date,
        });
        self.job_changed(step.date, id, JobState::Running);
        self.touch(Area::Jobs);
        Ok(id)
    }

    /// The image of a job has come in: the same job writes it, or fails with the reason.
    pub(super) fn fetched(&mut self, step: &mut Step<'_>, id: u32, update: Result<&Update, &str>) {
        let planned = match update {
            Err(why) => Err(why.to_owned()),
            Ok(update) => self.plan(update).map_err(|refusal| match refusal {
                UpdateRefusal::NotApplicable => "The image is not for this machine.".to_owned(),
                UpdateRefusal::Target => "The image is not for the target.".to_owned(),
                other => format!("The image is not taken now ({other:?})."),
            }),
        };
        match planned {
            Err(why) => {
                self.jobs.tell(id, why);
                self.end_job(step, id, JobState::Failed);
            }
            Ok((name, work, staged)) => {
                let seconds = self.seconds(&work);
                let takes = (!staged).then(|| super::super::clock::seconds(seconds));
                let work_of_job = Work::Firmware(work.clone());
                if !self.jobs.proceed(id, name, work_of_job, takes, step.now) {
                    return;
                }
                if staged {
                    self.job_changed(step.date, id, JobState::Waiting);
                } else {
                    step.after(seconds, Event::JobEnds(id));
                }
                self.plan_restart(step, id, &work, seconds, staged);
            }
        }
        self.touch(Area::Jobs);
    }

    /// What would be written, and whether it waits for the self test.
    fn plan(&self, update: &Update) -> Result<(String, FirmwareWork, bool), UpdateRefusal> {
        let data = &self.spec.persona.firmware;
        let image = &update.image;
        let fits = |view: &&ComponentView| view.part == image.part && view.model == image.model;
        let mut at: Vec<usize> = self.firmware.components.iter().filter(fits).map(|view| view.at).collect();
        if at.is_empty() {
            return Err(UpdateRefusal::NotApplicable);
        }
        if !update.targets.is_empty() {
            let fits = |target: &(Part, usize)| target.0 == image.part && at.contains(&target.1);
            if !update.targets.iter().all(fits) {
                return Err(UpdateRefusal::Target);
            }
            at.retain(|at| update.targets.contains(&(image.part, *at)));
        }
        let when = match update.when {
            Some(when) if !data.apply_times.contains(&when) => return Err(UpdateRefusal::ApplyTime(when)),
            Some(when) => when,
            None => data.apply_times.first().copied().unwrap_or(ApplyTime::Immediate),
        };
        let staged = when == ApplyTime::OnReset || image.part == Part::Bios;
        let waits = |work: &Work| matches!(work, Work::Firmware(FirmwareWork::Write { part, .. }) if *part == image.part);
        if self.jobs.open().any(|job| job.state == JobState::Waiting && waits(&job.work)) {
            return Err(UpdateRefusal::Busy);
        }
        let restart = match (image.part, update.midway && !staged) {
            (Part::Bmc, true) => Restart::Midway,
            (Part::Bmc, false) => Restart::AtEnd,
            _ => Restart::No,
        };
        let name = format!("Update {} to {}", image.model, image.version);
        let work = FirmwareWork::Write { part: image.part, at, version: image.version.clone(), restart };
        Ok((name, work, staged))
    }

    fn seconds(&self, work: &FirmwareWork) -> f64 {
        let data = &self.spec.persona.firmware;
        match work {
            FirmwareWork::Write { part: Part::Bmc, restart: Restart::Midway, .. } => {
                data.bmc_seconds + self.spec.timing.bmc_boot * 2.0
            }
            FirmwareWork::Write { part: Part::Bmc, .. } => data.bmc_seconds,
            _ => data.part_seconds,
        }
    }

    fn plan_restart(
        &mut self,
        step: &mut Step<'_>,
        id: u32,
        work: &FirmwareWork,
        seconds: f64,
        staged: bool,
    ) {
        let midway = matches!(work, FirmwareWork::Write { restart: Restart::Midway, .. });
        if midway && !staged {
            let after = self.spec.persona.firmware.bmc_seconds.min(seconds);
            step.after(after, Event::UpdateRestarts(id));
        }
    }

    /// The management controller restarts in the middle of its update.
    pub(in crate::plant) fn update_restarts(&mut self, step: &mut Step<'_>, id: u32) {
        let job = self.jobs.open().find(|job| job.id == id);
        let Some(Work::Firmware(work)) = job.map(|job| job.work.clone()) else { return };
        self.write(step, &work);
        self.restart_bmc(step);
    }

    pub(in crate::plant) fn finish_firmware(&mut self, step: &mut Step<'_>, work: &FirmwareWork) {
        let FirmwareWork::Write { restart, .. } = work else { return };
        if *restart != Restart::Midway {
            self.write(step, work);
        }
        if *restart == Restart::AtEnd {
            self.restart_bmc(step);
        }
    }

    fn write(&mut self, step: &Step<'_>, work: &FirmwareWork) {
        let FirmwareWork::Write { part, at, version, .. } = work else { return };
        let keeps = self.spec.persona.firmware.keeps_previous;
        let mut notes = Vec::new();
        let written = |view: &&mut ComponentView| view.part == *part && at.contains(&view.at);
        for view in self.firmware.components.iter_mut().filter(written) {
            let before = std::mem::replace(&mut view.version, version.clone());
            notes.push(format!("The firmware of {} was updated from {before} to {version}.", view.model));
            view.previous = keeps.then_some(before);
        }
        for text in notes {
            self.note(step, Severity::Ok, LogEvent::FirmwareUpdated(*part), text);
        }
        self.touch(Area::Firmware);
    }
}
