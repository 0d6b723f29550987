//! What work does when its time has come, and what happens when a drive goes or comes.
use rand::Rng as _;

use super::{Drive, Member, NewVolume, SpareFor, Storage, StorageRefusal, StorageWork, Volume, layout, raid};
use crate::plant::{
    LogEvent, ServerSpec, Severity, SimTime, Work,
    log::DriveEvent,
    machine::{Area, Machine},
    queue::Step,
    random,
};
use underlay_hal::ApplyTime;
use underlay_hal::Initialize;

use crate::plant::{MutationKind, Origin};

impl Storage {
    /// Why work that was accepted cannot be done any more.
    fn unfit(&self, spec: &ServerSpec, work: &StorageWork) -> Option<&'static str> {
        let there = |drive: usize| self.drives.get(drive).is_some_and(|state| state.present);
        match work {
            StorageWork::Create { volume, .. } => {
                let free = volume.drives.iter().all(|drive| self.is_free(spec, *drive));
                (!free).then_some("A drive of the volume is no longer free.")
            }
            StorageWork::Rebuild { by, .. } if !there(*by) => Some("The spare has gone."),
            StorageWork::Spare(drive, _) if !there(*drive) => Some("The drive has gone."),
            _ => match work.volume() {
                Some(id) if self.volume(id).is_none() => Some("The volume has gone."),
                _ => None,
            },
        }
    }

    /// Does the work; whatever has gone meanwhile is left out.
    fn finish(&mut self, spec: &ServerSpec, seed: u64, now: SimTime, work: StorageWork) {
        match work {
            StorageWork::Create { controller, volume } => self.create(spec, seed, now, controller, volume),
            StorageWork::Delete(id) => self.delete(id),
            StorageWork::Initialize(..) => {}
            StorageWork::Spare(drive, to) => {
                if let Some(state) = self.drives.get_mut(drive) {
                    state.spare = to;
                }
            }
            StorageWork::Mode(controller, mode) => {
                if let Some(at) = self.modes.get_mut(controller) {
                    *at = Some(mode);
                }
                for (state, _) in self.behind(spec, controller) {
                    state.spare = SpareFor::Nothing;
                    state.non_raid = false;
                }
            }
            StorageWork::ClearForeign(controller) => {
                self.behind(spec, controller).for_each(|(state, _)| state.foreign = false);
            }
            StorageWork::PassThrough(drives, away) => {
                for drive in drives {
                    if let Some(state) = self.drives.get_mut(drive) {
                        state.non_raid = away;
                    }
                }
            }
            StorageWork::Rebuild { volume, lost, by } => {
                if let Some(state) = self.drives.get_mut(by) {
                    state.spare = SpareFor::Nothing;
                }
                let volume = self.volumes.iter_mut().find(|known| known.id == volume);
                let place = volume.and_then(|volume| volume.members.get_mut(lost));
                if let Some(place) = place {
                    *place = Member { drive: by, lost: false };
                }
            }
        }
    }

    fn behind<'a>(
        &'a mut self,
        spec: &'a ServerSpec,
        controller: usize,
    ) -> impl Iterator<Item = (&'a mut Drive, usize)> {
        let behind = move |at: &usize| spec.drives.get(*at).is_some_and(|d| d.controller == controller);
        self.drives.iter_mut().zip(0_usize..).filter(move |(_, at)| behind(at))
    }

    fn create(&mut self, spec: &ServerSpec, seed: u64, now: SimTime, controller: usize, volume: NewVolume) {
        self.last_volume += 1;
        let id = self.last_volume;
        // NAA 6, the registered extended form: what controllers give their volumes.
        let mut random = random::stream(seed, &spec.name, &format!("volume {id}"));
        let wwn = format!("6{:015x}{:016x}", random.next_u64() >> 4, random.next_u64());
        for spare in &volume.spares {
            if let Some(state) = self.drives.get_mut(*spare).filter(|state| state.present) {
                state.spare = SpareFor::Volumes(vec![id]);
            }
        }
        self.volumes.push(Volume {
            id,
            controller,
            name: volume.name.unwrap_or_else(|| format!("Volume {id}")),
            level: volume.level,
            bytes: volume.bytes.unwrap_or(0),
            members: volume.drives.into_iter().map(|drive| Member { drive, lost: false }).collect(),
            strip: volume.strip.unwrap_or(0),
            encrypted: volume.encrypted,
            wwn,
            made: now,
        });
    }

    fn delete(&mut self, id: u32) {
        self.volumes.retain(|volume| volume.id != id);
        for state in &mut self.drives {
            if let SpareFor::Volumes(ids) = &mut state.spare {
                ids.retain(|known| *known != id);
                if ids.is_empty() {
                    state.spare = SpareFor::Nothing;
                }
            }
        }
    }

    /// Whether a drive can replace a member of the volume.
    pub(super) fn steps_in(&self, spec: &ServerSpec, drive: usize, volume: &Volume) -> bool {
        let Some(data) = spec.drives.get(drive) else { return false };
        let alike = |member: &Member| {
            spec.drives.get(member.drive).is_some_and(|other| {
                other.media == data.media && other.protocol == data.protocol && other.bytes <= data.bytes
            })
        };
        data.controller == volume.controller && volume.members.iter().all(alike)
    }

    /// The drive is no longer part of any volume; the places it left, as volume and member.
    fn lose(&mut self, drive: usize) -> Vec<(u32, usize)> {
        let mut left = Vec::new();
        for volume in &mut self.volumes {
            for (at, member) in volume.members.iter_mut().enumerate() {
                if member.drive == drive && !member.lost {
                    member.lost = true;
                    left.push((volume.id, at));
                }
            }
        }
        left
    }

    /// A spare for a place that was lost, if the volume lives and one is idle.
    fn spare_for(&self, spec: &ServerSpec, volume: u32, busy: &[usize]) -> Option<usize> {
        let volume = self.volume(volume)?;
        let present: Vec<bool> = volume.members.iter().map(|member| !member.lost).collect();
        if layout::condition(volume.level, &present) != layout::Condition::Degraded {
            return None;
        }
        let fits = |at: &usize| {
            let serves = match self.drives.get(*at).map(|state| &state.spare) {
                Some(SpareFor::Any) => true,
                Some(SpareFor::Volumes(ids)) => ids.contains(&volume.id),
                _ => false,
            };
            serves && !busy.contains(at) && self.steps_in(spec, *at, volume)
        };
        (0..self.drives.len()).filter(|at| self.drives.get(*at).is_some_and(|d| d.present)).find(fits)
    }
}

impl Machine {
    /// Storage work that waits or runs.
    fn open_storage_work(&self) -> Vec<StorageWork> {
        let work = self.jobs.open().filter_map(|job| match &job.work {
            Work::Storage(work) => Some(work.clone()),
            _ => None,
        });
        work.collect()
    }

    /// Accepts work of a controller, to be done at once or with the next self test; gives the job's id.
    pub(super) fn ask_storage(
        &mut self,
        step: &mut Step<'_>,
        name: String,
        work: StorageWork,
        when: ApplyTime,
        origin: Origin,
    ) -> Result<u32, StorageRefusal> {
        self.need_bmc(origin).map_err(StorageRefusal::Other)?;
        let work = self.storage.check(&self.spec, work, &self.open_storage_work())?;
        let controller = self.controller_of(&work);
        let data = raid(&self.spec, controller).ok_or(StorageRefusal::NotWritable)?;
        if !data.apply_times.contains(&when) {
            return Err(StorageRefusal::ApplyTime(when));
        }
        let seconds = match &work {
            StorageWork::Create { .. } => data.seconds.create,
            StorageWork::Initialize(_, Initialize::Slow) => data.seconds.initialize,
            StorageWork::Rebuild { .. } => data.seconds.rebuild,
            _ => data.seconds.other,
        };
        let staged = when == ApplyTime::OnReset || matches!(work, StorageWork::Mode(..));
        self.count(step, origin, MutationKind::Storage, name.clone());
        let work = Work::Storage(work);
        Ok(match staged {
            true => self.stage_job(step, name, work, origin),
            false => self.start_job(step, name, work, seconds, origin),
        })
    }

    /// Makes a drive a spare or frees it, at once.
    pub(super) fn set_spare(
        &mut self,
        step: &Step<'_>,
        drive: usize,
        to: SpareFor,
        origin: Origin,
    ) -> Result<(), StorageRefusal> {
        self.need_bmc(origin).map_err(StorageRefusal::Other)?;
        let work = StorageWork::Spare(drive, to);
        let work = self.storage.check(&self.spec, work, &self.open_storage_work())?;
        self.count(step, origin, MutationKind::Storage, format!("{work:?}"));
        self.storage.finish(&self.spec, self.seed, step.now, work);
        self.touch(Area::Storage);
        Ok(())
    }

    fn controller_of(&self, work: &StorageWork) -> usize {
        let of_drive = |drive: usize| self.spec.drives.get(drive).map(|data| data.controller);
        let found = match work {
            StorageWork::Create { controller, .. }
            | StorageWork::Mode(controller, _)
            | StorageWork::ClearForeign(controller) => Some(*controller),
            StorageWork::Spare(drive, _) => of_drive(*drive),
            StorageWork::PassThrough(drives, _) => drives.first().copied().and_then(of_drive),
            StorageWork::Delete(_) | StorageWork::Initialize(..) | StorageWork::Rebuild { .. } => {
                work.volume().and_then(|id| self.storage.volume(id)).map(|volume| volume.controller)
            }
        };
        found.unwrap_or(0)
    }

    pub(in crate::plant) fn storage_unfit(&self, work: &StorageWork) -> Option<&'static str> {
        self.storage.unfit(&self.spec, work)
    }

    pub(in crate::plant) fn finish_storage(&mut self, step: &mut Step<'_>, work: StorageWork) {
        let seed = self.seed;
        self.storage.finish(&self.spec, seed, step.now, work);
        self.touch(Area::Storage);
    }

    /// Takes a drive out of its bay.
    pub(super) fn pull_drive(&mut self, step: &mut Step<'_>, drive: usize) {
        let Some(state) = self.storage.drives.get_mut(drive).filter(|state| state.present) else { return };
        state.present = false;
        state.spare = SpareFor::Nothing;
        let text = format!("Drive {} was removed.", drive + 1);
        self.note(step, Severity::Warning, LogEvent::Drive(drive, DriveEvent::Removed), text);
        for (volume, lost) in self.storage.lose(drive) {
            if let Some(state) = self.storage.drives.get_mut(drive) {
                // What it holds is part of a volume that it has left.
                state.foreign = true;
            }
            self.rebuild(step, volume, lost);
        }
        self.touch(Area::Storage);
    }

    fn rebuild(&mut self, step: &mut Step<'_>, volume: u32, lost: usize) {
        let open = self.open_storage_work();
        let busy: Vec<usize> = open.iter().flat_map(StorageWork::drives).collect();
        let Some(by) = self.storage.spare_for(&self.spec, volume, &busy) else { return };
        let controller = self.storage.volume(volume).map_or(0, |volume| volume.controller);
        let seconds = raid(&self.spec, controller).map_or(0.0, |data| data.seconds.rebuild);
        let work = Work::Storage(StorageWork::Rebuild { volume, lost, by });
        self.start_job(step, format!("Rebuild volume {volume}"), work, seconds, Origin::Machine);
    }

    /// Puts a drive back into its bay; what it held of a volume is foreign now.
    pub(super) fn insert_drive(&mut self, step: &mut Step<'_>, drive: usize) {
        let Some(state) = self.storage.drives.get_mut(drive).filter(|state| !state.present) else { return };
        state.present = true;
        let text = format!("Drive {} was inserted.", drive + 1);
        self.note(step, Severity::Ok, LogEvent::Drive(drive, DriveEvent::Inserted), text);
        self.touch(Area::Storage);
    }

    /// Puts the configuration of another controller on a drive.
    pub(super) fn make_foreign(&mut self, drive: usize) {
        self.storage.lose(drive);
        if let Some(state) = self.storage.drives.get_mut(drive) {
            state.foreign = true;
            state.spare = SpareFor::Nothing;
        }
        self.touch(Area::Storage);
    }

    /// The drive says that it will fail, or not any more.
    pub(super) fn predict_failure(&mut self, step: &mut Step<'_>, drive: usize, predicted: bool) {
        let Some(state) = self.storage.drives.get_mut(drive) else { return };
        state.failure_predicted = predicted;
        if predicted {
            let text = format!("Drive {} predicts its failure.", drive + 1);
            self.note(step, Severity::Warning, LogEvent::Drive(drive, DriveEvent::FailurePredicted), text);
        }
        self.touch(Area::Storage);
    }

    /// No volumes, every drive in its bay and free, and no work under way.
    pub(super) fn clear_storage(&mut self, step: &Step<'_>) {
        let open = self.jobs.open().filter(|job| matches!(job.work, Work::Storage(_)));
        for id in open.map(|job| job.id).collect::<Vec<_>>() {
            let _ = self.jobs.end(id, crate::plant::JobState::Cancelled, step.date);
        }
        self.storage.clear(&self.spec);
        self.touch(Area::Jobs);
        self.touch(Area::Storage);
    }
}
