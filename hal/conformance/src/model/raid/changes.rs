//! Changing volumes, spares and modes.

use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{
    ApplyTime, Capacity, ControllerId, ControllerMode, Cx, DriveId, DriveUse, ErrorKind, Initialize,
    NewVolume, Outcome, Raid, RaidState, Result, Spare, Staged, VolumeId, raid::RaidLevel,
};

use super::{ADAPTER, CONTROLLER, ModelVolume, controllers, serial_number_of};
use crate::{
    VolumeFact,
    model::{device::ModelDevice, world::State},
};

const UNLISTED: &str = "raid::what_is_not_listed_is_unsupported_and_untried";
const CONSENT: &str = "raid::destroying_needs_consent";
const ALREADY_SO: Result<Outcome<Staged>> = Ok(Outcome::Done(Staged::ALREADY_SO));
const IN_EFFECT: Result<Outcome<Staged>> = Ok(Outcome::Done(Staged::IN_EFFECT));

impl ModelDevice {
    /// What is wrong with a new volume, whatever its drives are used for.
    fn misfit(&self, controller: &ControllerId, volume: &NewVolume) -> Option<(ErrorKind, &'static str)> {
        let not_found = |law| (!self.breaks(law)).then_some((ErrorKind::NotFound, law));
        let few = "raid::too_few_drives_are_invalid_input";
        let mut state = self.world.state();
        if controller.as_str() != CONTROLLER {
            return not_found("raid::an_unknown_controller_is_not_found");
        }
        if !volume.drives.iter().all(|id| state.raid.drive(&serial_number_of(id)).is_some()) {
            return not_found("raid::an_unknown_drive_is_not_found");
        }
        let fits = volume.level.fits(volume.drives.len()).is_ok();
        (!fits && !self.breaks(few)).then_some((ErrorKind::InvalidInput, few))
    }

    fn new_fact(&self, state: &mut State, volume: &NewVolume) -> VolumeFact {
        state.raid.last_volume += 1;
        let number = state.raid.last_volume;
        let mut drives: Vec<_> = volume.drives.iter().map(serial_number_of).collect();
        if self.breaks("raid::a_volume_is_made_of_the_drives_asked_for") {
            let other = state.raid.drives.iter().find(|drive| !drives.contains(&drive.serial_number));
            if let (Some(other), Some(first)) =
                (other.map(|drive| drive.serial_number.clone()), drives.first_mut())
            {
                *first = other;
            }
        }
        let each = drives
            .first()
            .and_then(|serial| state.raid.drive(serial))
            .map_or(0, |drive| drive.capacity_bytes);
        let most = volume.level.usable_bytes(drives.len(), each);
        let mut capacity_bytes = match volume.capacity {
            Capacity::Bytes(bytes) if !self.breaks("raid::a_size_asked_for_is_kept") => bytes.min(most),
            // The controller keeps something for itself.
            _ => most / 100 * 99,
        };
        if self.breaks("raid::max_is_nearly_all_that_the_level_leaves") {
            capacity_bytes /= 2;
        }
        let named = volume.name.clone().filter(|_| !self.breaks("raid::a_name_asked_for_is_kept"));
        let name = named.unwrap_or_else(|| format!("volume-{number}"));
        let other = self.breaks("raid::a_volume_is_of_the_level_asked_for");
        VolumeFact {
            name,
            level: if other { RaidLevel::Raid0 } else { volume.level },
            capacity_bytes,
            drives,
        }
    }

    fn add_volume(&self, volume: &NewVolume) -> u32 {
        let mut state = self.world.state();
        state.mutations += 1;
        let fact = self.new_fact(&mut state, volume);
        let id = VolumeId::from(format!("Volume.{}", state.raid.last_volume));
        state.start("raid.create_volume", 5.0, move |state, _| {
            state.raid.set_usage(&fact.drives, &DriveUse::Member);
            let shows_at = state.now + Duration::from_secs(2);
            state.raid.volumes.push(ModelVolume { id, fact, shows_at, spares: Vec::new() });
        })
    }
}

#[async_trait]
impl Raid for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<RaidState> {
        self.enter(cx, "raid.read").await?;
        Ok(self.raid_state())
    }
    async fn create_volume(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        volume: &NewVolume,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        const CREATE: &str = "raid.create_volume";
        self.enter_destructive(cx, CREATE, CONSENT).await?;
        let listed = controllers(ControllerMode::Raid);
        if let Some(listed) = listed.iter().find(|one| one.id == *controller) {
            let abilities = &listed.abilities;
            if !abilities.apply_times.contains(&when) || !abilities.levels.contains(&volume.level) {
                return self.unsupported(CREATE, UNLISTED);
            }
        }
        if let Some((kind, law)) = self.misfit(controller, volume) {
            return self.refused(CREATE, kind, law);
        }
        let in_use = |usage: DriveUse| {
            let state = self.world.state();
            let drives = state.raid.drives.iter().filter(|drive| drive.usage == usage);
            drives
                .into_iter()
                .any(|drive| volume.drives.iter().any(|id| serial_number_of(id) == drive.serial_number))
        };
        if in_use(DriveUse::Member) {
            let law = "raid::a_drive_in_use_is_a_conflict_and_untried";
            return self.refused(CREATE, ErrorKind::Conflict, law);
        }
        if in_use(DriveUse::Foreign) {
            let law = "raid::a_foreign_drive_is_a_conflict_and_untried";
            return self.refused(CREATE, ErrorKind::Conflict, law);
        }
        let id = self.add_volume(volume);
        if self.breaks("raid::nothing_here_resets_the_host") {
            self.world.state().reset_host();
        }
        let law = "raid::a_lost_answer_is_settled_by_reading_back";
        if self.world.state().loses_answer && self.breaks(law) {
            // Sent again, without a look at what became of it.
            self.world.state().loses_answer = false;
            self.add_volume(volume);
        }
        let outcome = self.under_way(id, CREATE)?;
        self.answer(CREATE, law, outcome)
    }
    async fn delete_volume(&self, cx: &Cx, volume: &VolumeId, when: ApplyTime) -> Result<Outcome<Staged>> {
        const DELETE: &str = "raid.delete_volume";
        self.enter_destructive(cx, DELETE, CONSENT).await?;
        if when != ApplyTime::Immediate {
            return self.unsupported(DELETE, UNLISTED);
        }
        let frees = !self.breaks("raid::deleting_frees_the_drives");
        let stays = self.breaks("raid::deleting_removes_the_volume");
        let mut state = self.world.state();
        let Some(at) = state.raid.volumes.iter().position(|one| one.id == *volume) else {
            if self.breaks("raid::deleting_what_is_gone_is_already_so") {
                return Err(self.refuse(DELETE, ErrorKind::NotFound, "no such volume"));
            }
            return ALREADY_SO;
        };
        state.mutations += 1;
        let members = state.raid.volumes[at].fact.drives.clone();
        if !stays {
            state.raid.volumes.remove(at);
        }
        if frees {
            state.raid.set_usage(&members, &DriveUse::Free);
        }
        IN_EFFECT
    }
    async fn initialize(&self, cx: &Cx, volume: &VolumeId, how: Initialize) -> Result<Outcome<Staged>> {
        const INITIALIZE: &str = "raid.initialize";
        self.enter_destructive(cx, INITIALIZE, CONSENT).await?;
        if how != Initialize::Fast {
            return self.unsupported(INITIALIZE, UNLISTED);
        }
        let mut state = self.world.state();
        let there = state.raid.volumes.iter().any(|one| one.id == *volume);
        if !there && !self.breaks("raid::initialising_what_is_not_there_is_not_found") {
            return Err(self.refuse(INITIALIZE, ErrorKind::NotFound, "no such volume"));
        }
        state.mutations += 1;
        if self.breaks("raid::initialising_keeps_the_volume") {
            state.raid.volumes.retain(|one| one.id != *volume);
        }
        let id = state.start(INITIALIZE, 5.0, |_, _| {});
        drop(state);
        self.under_way(id, INITIALIZE)
    }
    async fn set_spare(&self, cx: &Cx, drive: &DriveId, spare: &Spare) -> Result<Outcome<Staged>> {
        const SPARE: &str = "raid.set_spare";
        self.enter(cx, SPARE).await?;
        if serial_number_of(drive) == "DISK-7" {
            return self.unsupported(SPARE, UNLISTED);
        }
        let mut state = self.world.state();
        let serial_number = serial_number_of(drive);
        let usage = state.raid.drive(&serial_number).map(|drive| drive.usage.clone());
        if usage.is_none() && !self.breaks("raid::an_unknown_drive_is_no_spare") {
            return Err(self.refuse(SPARE, ErrorKind::NotFound, "no such drive"));
        }
        if usage == Some(DriveUse::Member) && !self.breaks("raid::a_member_is_no_spare") {
            return Err(self.refuse(SPARE, ErrorKind::Conflict, "it holds data"));
        }
        state.mutations += 1;
        for volume in &mut state.raid.volumes {
            volume.spares.retain(|one| *one != serial_number);
            if matches!(spare, Spare::Of(volumes) if volumes.contains(&volume.id)) {
                volume.spares.push(serial_number.clone());
            }
        }
        let usage = match spare {
            Spare::Global if self.breaks("raid::a_global_spare_is_told") => DriveUse::Free,
            Spare::No if self.breaks("raid::a_spare_can_be_freed") => return IN_EFFECT,
            Spare::No => DriveUse::Free,
            Spare::Global => DriveUse::GlobalSpare,
            Spare::Of(_) => DriveUse::DedicatedSpare,
        };
        state.raid.set_usage(&[serial_number], &usage);
        IN_EFFECT
    }
    async fn set_mode(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        mode: ControllerMode,
    ) -> Result<Outcome<Staged>> {
        const MODE: &str = "raid.set_mode";
        self.enter_destructive(cx, MODE, CONSENT).await?;
        if controller.as_str() == ADAPTER || mode == ControllerMode::Hba {
            return self.unsupported(MODE, UNLISTED);
        }
        let mut state = self.world.state();
        state.mutations += 1;
        let id = state.stage(MODE, move |state, _| state.raid.mode = mode);
        drop(state);
        self.under_way(id, MODE)
    }
    async fn clear_foreign(&self, cx: &Cx, controller: &ControllerId) -> Result<Outcome<Staged>> {
        const CLEAR: &str = "raid.clear_foreign";
        self.enter_destructive(cx, CLEAR, CONSENT).await?;
        if controller.as_str() == ADAPTER {
            return self.unsupported(CLEAR, UNLISTED);
        }
        if controller.as_str() != CONTROLLER
            && !self.breaks("raid::clearing_on_an_unknown_controller_is_not_found")
        {
            return Err(self.refuse(CLEAR, ErrorKind::NotFound, "no such controller"));
        }
        let mut state = self.world.state();
        let foreign: Vec<_> =
            state.raid.drives.iter().filter(|drive| drive.usage == DriveUse::Foreign).cloned().collect();
        if foreign.is_empty() && !self.breaks("raid::clearing_nothing_foreign_is_already_so") {
            return ALREADY_SO;
        }
        state.mutations += 1;
        let serial_numbers: Vec<_> = foreign.into_iter().map(|drive| drive.serial_number).collect();
        if !self.breaks("raid::a_foreign_configuration_is_cleared") {
            state.raid.set_usage(&serial_numbers, &DriveUse::Free);
        }
        IN_EFFECT
    }
}
