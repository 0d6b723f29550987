//! Controllers, drives and volumes: the world, and how it is looked into.

use std::time::Duration;

use underlay_hal::{
    ApplyTime, ControllerId, ControllerMode, DriveId, DriveProtocol, DriveUse, Fingerprint, Health,
    Initialize, Media, RaidController, RaidDrive, RaidState, Volume, VolumeId, raid::RaidLevel,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::{DriveFact, RaidTruth, VolumeFact};

mod changes;

/// The controller that makes volumes.
pub(super) const CONTROLLER: &str = "RAID.1";
/// One that passes its drive through, and nothing else.
pub(super) const ADAPTER: &str = "AHCI.1";
const PASSED_THROUGH: &str = "DISK-7";
const EACH: u64 = 960_197_124_096;

#[derive(Clone, Debug)]
pub(super) struct ModelVolume {
    pub(super) id: VolumeId,
    pub(super) fact: VolumeFact,
    /// It is made, and shows up only then.
    pub(super) shows_at: Duration,
    /// Serial numbers of its spares.
    pub(super) spares: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Storage {
    pub(super) drives: Vec<DriveFact>,
    pub(super) volumes: Vec<ModelVolume>,
    pub(super) mode: ControllerMode,
    pub(super) last_volume: u32,
}

fn new_drives() -> Vec<DriveFact> {
    (1..=7)
        .map(|number| DriveFact {
            serial_number: format!("DISK-{number}"),
            wwn: (number > 1).then(|| format!("50014ee00000000{number}")),
            capacity_bytes: EACH,
            usage: if number == 7 { DriveUse::PassThrough } else { DriveUse::Free },
        })
        .collect()
}

impl Default for Storage {
    fn default() -> Self {
        Self { drives: new_drives(), volumes: Vec::new(), mode: ControllerMode::Raid, last_volume: 0 }
    }
}

impl Storage {
    pub(super) fn drive(&mut self, serial_number: &str) -> Option<&mut DriveFact> {
        self.drives.iter_mut().find(|drive| drive.serial_number == serial_number)
    }

    pub(super) fn set_usage(&mut self, serial_numbers: &[String], usage: &DriveUse) {
        for drive in &mut self.drives {
            if serial_numbers.contains(&drive.serial_number) {
                drive.usage = usage.clone();
            }
        }
    }
}

impl State {
    /// The volumes that show.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &ModelVolume> {
        self.raid.volumes.iter().filter(|volume| volume.shows_at <= self.now)
    }
}

impl RaidTruth for ModelWorld {
    fn drives(&self) -> Vec<DriveFact> {
        self.state().raid.drives.clone()
    }
    fn volumes(&self) -> Vec<VolumeFact> {
        self.state().volumes().map(|volume| volume.fact.clone()).collect()
    }
    fn clear(&self) {
        let mut state = self.state();
        state.raid.drives = new_drives();
        state.raid.volumes.clear();
    }
    fn mode(&self) -> Option<ControllerMode> {
        Some(self.state().raid.mode)
    }
    fn pull_drive(&self, serial_number: &str) {
        self.state().raid.drives.retain(|drive| drive.serial_number != serial_number);
    }
    fn make_foreign(&self, serial_number: &str) {
        self.state().raid.set_usage(&[serial_number.to_owned()], &DriveUse::Foreign);
    }
}

/// A drive's name is its bay; here, what its serial number begins with is made another.
pub(super) fn id_of(serial_number: &str) -> DriveId {
    serial_number.replace("DISK-", "Bay.").into()
}

pub(super) fn serial_number_of(id: &DriveId) -> String {
    id.as_str().replace("Bay.", "DISK-")
}

/// Controllers as the device tells of them.
pub(super) fn controllers(mode: ControllerMode) -> Vec<RaidController> {
    let mut raid = RaidController::new(ControllerId::from(CONTROLLER));
    raid.mode = Some(mode);
    raid.health = Some(Health::Ok);
    raid.abilities.volumes = true;
    raid.abilities.levels = vec![RaidLevel::Raid0, RaidLevel::Raid1, RaidLevel::Raid5];
    raid.abilities.initialize = vec![Initialize::Fast];
    raid.abilities.dedicated_spares = true;
    raid.abilities.global_spares = true;
    raid.abilities.modes = vec![ControllerMode::Raid, ControllerMode::Mixed];
    raid.abilities.clear_foreign = true;
    raid.abilities.apply_times = vec![ApplyTime::Immediate];
    let mut adapter = RaidController::new(ControllerId::from(ADAPTER));
    adapter.mode = Some(ControllerMode::Hba);
    vec![raid, adapter]
}

impl ModelDevice {
    pub(super) fn raid_state(&self) -> RaidState {
        let world = self.world.state();
        let pulled = self.breaks("raid::a_pulled_drive_is_gone");
        let facts = if pulled { new_drives() } else { world.raid.drives.clone() };
        let drives = facts.into_iter().map(|fact| self.raid_drive(fact)).collect();
        let volumes = world.volumes().map(|volume| self.raid_volume(volume)).collect();
        let mode =
            if self.breaks("raid::a_mode_can_be_set") { ControllerMode::Raid } else { world.raid.mode };
        let mut state = RaidState::new(controllers(mode), drives, volumes);
        if self.breaks("raid::the_fingerprint_moves_with_volumes") {
            state.fingerprint.0 = "always the same".to_owned();
        }
        if self.breaks("raid::the_fingerprint_stays_while_nothing_moves") {
            state.fingerprint = Fingerprint::of(&world.now);
        }
        state
    }

    fn raid_drive(&self, fact: DriveFact) -> RaidDrive {
        let behind = if fact.serial_number == PASSED_THROUGH { ADAPTER } else { CONTROLLER };
        let mut drive = RaidDrive::new(id_of(&fact.serial_number), ControllerId::from(behind));
        drive.media = Some(Media::Ssd);
        drive.protocol = Some(DriveProtocol::Sata);
        drive.wwn = fact.wwn;
        // A controller that counts in powers of two, and a driver that believes it.
        let wrong = self.breaks("raid::drives_are_the_machine's");
        drive.capacity_bytes = Some(if wrong { fact.capacity_bytes / 1024 } else { fact.capacity_bytes });
        drive.serial_number = Some(fact.serial_number);
        drive.usage =
            if self.breaks("raid::the_use_of_drives_is_told") { DriveUse::Unknown } else { fact.usage };
        drive
    }

    fn raid_volume(&self, volume: &ModelVolume) -> Volume {
        let astray = self.breaks("raid::everything_belongs_to_a_controller");
        let controller = ControllerId::from(if astray { "RAID.9" } else { CONTROLLER });
        let mut seen = Volume::new(volume.id.clone(), controller);
        seen.name = Some(volume.fact.name.clone());
        seen.level = Some(volume.fact.level);
        let wrong = self.breaks("raid::volumes_are_the_machine's");
        seen.capacity_bytes = Some(volume.fact.capacity_bytes / if wrong { 1024 } else { 1 });
        seen.drives = volume.fact.drives.iter().map(|serial| id_of(serial)).collect();
        if !self.breaks("raid::a_dedicated_spare_is_told") {
            seen.spares = volume.spares.iter().map(|serial| id_of(serial)).collect();
        }
        seen
    }
}
