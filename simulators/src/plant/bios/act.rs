//! Requests about the firmware's settings, and the self test that carries them out.
use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{
    BiosApplied, BiosChange, BiosCommit, BiosProblem, BiosRefusal, BiosStaged, BiosView, By, FAILURE, Staged,
    check::check, locked,
};
use crate::{
    persona::{BiosAttributeData, BiosKind, BiosRole, BiosValue, BootTypeData},
    plant::{
        BootMode, BootTarget, Change, MutationKind, Origin, Refusal, Server,
        jobs::{JobState, Work},
        machine::{Area, Machine},
        queue::Step,
    },
};

impl Machine {
    pub(in crate::plant) fn stage_bios(
        &mut self,
        step: &Step<'_>,
        change: BiosChange,
        origin: Origin,
    ) -> Result<BiosStaged, BiosRefusal> {
        self.need_bmc(origin).map_err(BiosRefusal::Machine)?;
        if self.spec.persona.bios.is_none() {
            return Err(BiosRefusal::Machine(Refusal::NotFound));
        }
        let BiosChange { values, commit, job, lenient, keeps_equal } = change;
        let problems = self.judge(&values, lenient);
        if !problems.is_empty() {
            return Err(BiosRefusal::Values(problems));
        }
        let values = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let (mut made, mut taken_back) = (false, false);
        let mut detail = Vec::new();
        for (name, value) in values {
            let bios = &mut self.bios;
            let is = |staged: &Staged| {
                staged.value == value && (staged.by != By::Nobody || commit == BiosCommit::Later)
            };
            if bios.staged.get(&name).is_some_and(is) {
                continue;
            }
            let equal = bios.current.get(&name) == Some(&value);
            if equal && !keeps_equal {
                // Back to what is in force: nothing is left to do for it.
                taken_back |= bios.staged.remove(&name).is_some();
                continue;
            }
            detail.push(format!("{name}={value}"));
            bios.staged.insert(name, Staged { value, by: By::Nobody });
            made = true;
        }
        made |= taken_back;
        let mut job = self.commit(step, commit, job, origin);
        if taken_back && self.end_empty_job(step) {
            job = None;
        }
        if made {
            self.count(step, origin, MutationKind::Setting, format!("bios {}", detail.join(" ")));
            self.touch(Area::Bios);
        }
        Ok(BiosStaged { made, job })
    }

    /// Everything that is wrong with these values, taken together.
    fn judge(
        &self,
        values: &BTreeMap<String, Option<BiosValue>>,
        lenient: bool,
    ) -> Vec<(String, BiosProblem)> {
        let Some(data) = &self.spec.persona.bios else { return Vec::new() };
        let judged = |name: &str, value: &Option<BiosValue>| {
            let data = data.attribute(name).ok_or(BiosProblem::Unknown)?;
            check(data, value.as_ref().ok_or(BiosProblem::WrongType)?)
        };
        let mut problems: Vec<_> = values
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), judged(name, value).err()?)))
            .collect();
        if lenient {
            return problems;
        }
        let wanted = |name: &str| values.get(name).and_then(Option::as_ref);
        let locked = locked(data, |name| wanted(name).or_else(|| self.bios.next(name)));
        let moves = |name: &&String| wanted(name) != self.bios.current.get(*name);
        let held = values.keys().filter(|name| locked.contains(name)).filter(moves);
        for name in held {
            if problems.iter().all(|(known, _)| known != name) {
                problems.push((name.clone(), BiosProblem::NotWritable));
            }
        }
        problems
    }

    /// Gives what nobody carries yet to a reset or a job; the job that waits already, if one does.
    fn commit(&mut self, step: &Step<'_>, commit: BiosCommit, name: String, origin: Origin) -> Option<u32> {
        let by = match commit {
            BiosCommit::Later => return None,
            BiosCommit::Reset => By::Reset,
            BiosCommit::Job => match self.waiting_bios_job() {
                Some((_, batch)) => By::Batch(batch),
                None if self.bios.staged.values().all(|staged| staged.by != By::Nobody) => return None,
                None => By::Batch(self.queue_bios_job(step, name, origin)),
            },
        };
        for staged in self.bios.staged.values_mut().filter(|staged| staged.by == By::Nobody) {
            staged.by = by;
        }
        self.waiting_bios_job().filter(|(_, batch)| By::Batch(*batch) == by).map(|(id, _)| id)
    }

    /// Ends the job that waits if everything that it was to bring is in force already.
    fn end_empty_job(&mut self, step: &Step<'_>) -> bool {
        let waiting = self.waiting_bios_job();
        let empty = waiting
            .filter(|(_, batch)| self.bios.staged.values().all(|staged| staged.by != By::Batch(*batch)));
        let Some((id, _)) = empty else { return false };
        self.touch(Area::Jobs);
        self.jobs.end(id, JobState::Cancelled, step.date).is_ok()
    }

    /// Queues a job and gives its number among those of the settings.
    fn queue_bios_job(&mut self, step: &Step<'_>, name: String, origin: Origin) -> u32 {
        self.bios.batch += 1;
        let batch = self.bios.batch;
        let id = self.stage_job(step, name, Work::BiosSettings(batch), origin);
        if std::mem::take(&mut self.bios.doomed) {
            self.jobs.doom(id, FAILURE);
        }
        batch
    }

    fn waiting_bios_job(&self) -> Option<(u32, u32)> {
        self.jobs.open().find_map(|job| match job.work {
            Work::BiosSettings(batch) if job.state == JobState::Waiting => Some((job.id, batch)),
            _ => None,
        })
    }

    /// A job of the settings ended well.
    pub(in crate::plant) fn apply_bios(&mut self, step: &Step<'_>, batch: u32) {
        self.bring_into_force(step, By::Batch(batch));
    }

    /// A job of the settings failed or was stopped: nothing of it comes into force.
    pub(in crate::plant) fn drop_bios(&mut self, step: &Step<'_>, batch: u32, state: JobState) {
        self.bios.drop_batch(batch);
        if state == JobState::Failed {
            let failure = Some(FAILURE.to_owned());
            self.bios.applied = Some(BiosApplied { at: self.own_date(step.date), failure });
        }
        self.touch(Area::Bios);
    }

    /// Whether the setting of a role says yes; `None` if no setting stands for it.
    pub(in crate::plant) fn bios_says(&self, role: BiosRole) -> Option<bool> {
        let data = self.spec.persona.bios.as_ref()?.of_role(role)?;
        Some(self.bios.current.get(&data.name)? == &data.yes())
    }

    /// The same after the next self test.
    pub(in crate::plant) fn bios_will_say(&self, role: BiosRole) -> Option<bool> {
        let data = self.spec.persona.bios.as_ref()?.of_role(role)?;
        Some(self.bios.next(&data.name)? == &data.yes())
    }

    /// The kinds of sources in their turns, where settings of the firmware say so.
    pub(in crate::plant) fn bios_boot_types(&self) -> Vec<BootTarget> {
        let types = self.spec.persona.bios.iter().flat_map(|data| &data.boot_types);
        let kind = |data: &BootTypeData| {
            let Some(BiosValue::Text(value)) = self.bios.current.get(&data.attribute) else { return None };
            let table = [
                (&data.disk, BootTarget::Disk),
                (&data.optical, BootTarget::Cd),
                (&data.pxe, BootTarget::Pxe),
            ];
            table.into_iter().find(|(name, _)| *name == value).map(|(_, target)| target)
        };
        types.filter_map(kind).collect()
    }

    /// How the firmware boots the host where nothing else is asked for.
    pub(in crate::plant) fn boot_mode(&self) -> BootMode {
        match self.bios_says(BiosRole::Uefi) {
            Some(false) => BootMode::Legacy,
            Some(true) | None => BootMode::Uefi,
        }
    }

    /// The self test is over: what waits for a reset and for no job.
    pub(in crate::plant) fn bios_after_post(&mut self, step: &Step<'_>) {
        self.bring_into_force(step, By::Reset);
    }

    fn bring_into_force(&mut self, step: &Step<'_>, by: By) {
        let at = self.own_date(step.date);
        let persona = std::sync::Arc::clone(&self.spec.persona);
        if let Some(data) = &persona.bios
            && self.bios.staged.values().any(|staged| staged.by == by)
        {
            self.bios.apply(data, by, at);
            self.touch(Area::Bios);
        }
    }
}

impl Server {
    /// Threads of each processor: one for each core where the firmware's settings say so.
    #[must_use]
    pub fn processor_threads(&self) -> u32 {
        let data = &self.spec.processors;
        let single = self.read(|machine| machine.bios_says(BiosRole::Threads)) == Some(false);
        if single { data.cores } else { data.threads }
    }

    /// The settings of the host's firmware; `None` if the machine shows none.
    #[must_use]
    pub fn bios(&self) -> Option<BiosView> {
        let data = self.spec.persona.bios.as_ref()?;
        Some(self.read(|machine| machine.bios.view(data)))
    }

    /// How the firmware boots the host where nothing else is asked for.
    #[must_use]
    pub fn boot_mode(&self) -> BootMode {
        self.read(Machine::boot_mode)
    }

    /// Stages the way in which the firmware boots the host; gives the job that brings it, if one does.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no setting stands for it. [`Refusal::Conflict`]: another one forbids it.
    ///   [`Refusal::BmcDown`].
    pub fn set_boot_mode(
        &self,
        mode: BootMode,
        commit: BiosCommit,
        job: &str,
        origin: Origin,
    ) -> Result<Option<u32>, Refusal> {
        let data = self.spec.persona.bios.as_ref().and_then(|data| data.of_role(BiosRole::Uefi));
        let data = data.ok_or(Refusal::NotFound)?;
        let value = if mode == BootMode::Uefi { data.yes() } else { data.no() };
        let values = [(data.name.clone(), Some(value))].into();
        let change = BiosChange { values, commit, job: job.to_owned(), lenient: false, keeps_equal: false };
        self.stage_bios(change, origin).map(|staged| staged.job).map_err(|refusal| match refusal {
            BiosRefusal::Machine(refusal) => refusal,
            BiosRefusal::Values(_) => Refusal::Conflict,
        })
    }

    /// Stages settings, all of them or none.
    ///
    /// - With [`BiosCommit::Job`], what was staged before without a job goes with it, and a job that waits already
    ///   takes it along.
    ///
    /// # Errors
    /// - [`BiosRefusal::Values`] names every setting that cannot be so; [`BiosRefusal::Machine`] otherwise.
    pub fn stage_bios(&self, change: BiosChange, origin: Origin) -> Result<BiosStaged, BiosRefusal> {
        self.act(|machine, step| machine.stage_bios(step, change, origin))
    }

    /// Everything that is wrong with these values, taken together; nothing if they can be staged.
    #[must_use]
    pub fn judge_bios(
        &self,
        values: &BTreeMap<String, Option<BiosValue>>,
        lenient: bool,
    ) -> Vec<(String, BiosProblem)> {
        self.read(|machine| machine.judge(values, lenient))
    }

    /// Stages the vendor's value of every setting that can be written.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no settings. [`Refusal::BmcDown`].
    pub fn reset_bios(&self, commit: BiosCommit, job: &str, origin: Origin) -> Result<BiosStaged, Refusal> {
        let data = self.spec.persona.bios.as_ref().ok_or(Refusal::NotFound)?;
        let open = |data: &&BiosAttributeData| !data.read_only && data.kind() != BiosKind::Password;
        let values =
            data.attributes.iter().filter(open).map(|data| (data.name.clone(), Some(data.default())));
        let change = BiosChange {
            values: values.collect(),
            commit,
            job: job.to_owned(),
            lenient: true,
            keeps_equal: false,
        };
        self.stage_bios(change, origin).map_err(|refusal| match refusal {
            BiosRefusal::Machine(refusal) => refusal,
            BiosRefusal::Values(_) => Refusal::Invalid,
        })
    }

    /// Queues a job for what is staged and has none; gives its id.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: nothing waits for a job. [`Refusal::BmcDown`].
    pub fn commit_bios(&self, job: &str, origin: Origin) -> Result<u32, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            if machine.bios.staged.values().all(|staged| staged.by != By::Nobody) {
                return Err(Refusal::NotFound);
            }
            let id = machine.commit(step, BiosCommit::Job, job.to_owned(), origin);
            machine.count(step, origin, MutationKind::Job, job.to_owned());
            machine.touch(Area::Bios);
            id.ok_or(Refusal::NotFound)
        })
    }

    /// Forgets what is staged and has no job.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn clear_bios(&self, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let before = machine.bios.staged.len();
            machine.bios.staged.retain(|_, staged| matches!(staged.by, By::Batch(_)));
            if machine.bios.staged.len() == before {
                return Ok(Change::AlreadySo);
            }
            machine.count(step, origin, MutationKind::Setting, "bios cleared".to_owned());
            machine.touch(Area::Bios);
            Ok(Change::Made)
        })
    }

    /// Sets one of the firmware's passwords; the empty text stands for none.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no password of that name. [`Refusal::Denied`]: `old` is not the present one.
    ///   [`Refusal::Invalid`]: too long or too short. [`Refusal::BmcDown`].
    pub fn set_bios_password(
        &self,
        name: &str,
        old: &SecretString,
        new: &SecretString,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let persona = std::sync::Arc::clone(&machine.spec.persona);
            let data = persona.bios.as_ref().and_then(|data| data.attribute(name));
            let data = data.filter(|data| data.kind() == BiosKind::Password).ok_or(Refusal::NotFound)?;
            if !is_password(machine, name, old) {
                return Err(Refusal::Denied);
            }
            let length = new.expose_secret().chars().count();
            let short = length > 0 && length < data.min_length;
            if short || data.max_length.is_some_and(|most| length > most) {
                return Err(Refusal::Invalid);
            }
            machine.bios.passwords.insert(name.to_owned(), new.clone());
            machine.count(step, origin, MutationKind::Setting, format!("bios password {name}"));
            machine.touch(Area::Bios);
            Ok(Change::Made)
        })
    }

    /// Is this the firmware's password of that name? The empty text stands for none.
    #[must_use]
    pub fn has_bios_password(&self, name: &str, password: &SecretString) -> bool {
        self.read(|machine| is_password(machine, name, password))
    }

    /// Queues a job of the settings that changes nothing, as somebody else would; gives its id.
    pub fn queue_bios_job(&self, name: &str) -> u32 {
        self.act(|machine, step| {
            machine.queue_bios_job(step, name.to_owned(), Origin::Test);
            machine.waiting_bios_job().map_or(0, |(id, _)| id)
        })
    }

    /// The job of the settings that waits, or else the next attempt to apply any, fails.
    pub fn doom_bios(&self) {
        self.act(|machine, _| match machine.waiting_bios_job() {
            Some((id, _)) => machine.jobs.doom(id, FAILURE),
            None => machine.bios.doomed = true,
        });
    }
}

fn is_password(machine: &Machine, name: &str, password: &SecretString) -> bool {
    let present = machine.bios.passwords.get(name).map_or("", |present| present.expose_secret());
    present.as_bytes().ct_eq(password.expose_secret().as_bytes()).into()
}
