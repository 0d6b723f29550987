//! Storage as views show it.
use underlay_hal::{ControllerMode, DriveUse, raid::RaidLevel};

use super::{Condition, SpareFor, StorageWork, layout};
use crate::plant::{JobState, JobView, SimTime, Work, machine::Machine};

/// The storage of a machine at one moment.
#[derive(Clone, Debug)]
pub struct StorageView {
    /// What each controller does with its drives; `None` for one that knows no volumes.
    pub modes: Vec<Option<ControllerMode>>,
    /// Every bay, in the order of [`super::super::ServerSpec::drives`].
    pub drives: Vec<DriveView>,
    /// The volumes that are made, oldest first.
    pub volumes: Vec<VolumeView>,
}

/// A bay and the drive in it.
#[derive(Clone, Debug, PartialEq)]
pub struct DriveView {
    /// The drive is in it.
    pub present: bool,
    /// What it is used for.
    pub usage: DriveUse,
    /// The volume it is part of.
    pub volume: Option<u32>,
    /// What it steps in for.
    pub spare: SpareFor,
    /// It says that it will fail.
    pub failure_predicted: bool,
    /// It replaces a lost member, so far as in percent.
    pub rebuilding: Option<u8>,
}

/// A volume.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeView {
    /// From 1; never used again.
    pub id: u32,
    /// The controller that makes it.
    pub controller: usize,
    /// The name that people gave it.
    pub name: String,
    /// Its level.
    pub level: RaidLevel,
    /// Usable bytes.
    pub bytes: u64,
    /// The members that are there.
    pub drives: Vec<usize>,
    /// Places for members.
    pub places: usize,
    /// Its own spares.
    pub spares: Vec<usize>,
    /// Strip size in bytes.
    pub strip: u64,
    /// Encrypted with the controller's key.
    pub encrypted: bool,
    /// NAA identifier: 32 lower-case hexadecimal digits.
    pub wwn: String,
    /// What it is like.
    pub condition: Condition,
    /// When it was made.
    pub made: SimTime,
    /// What is done to it: the job's id, the work, and percent.
    pub operations: Vec<(u32, StorageWork, u8)>,
}

impl Machine {
    /// Storage as it is now.
    pub(super) fn storage_view(&self, now: SimTime) -> StorageView {
        let running: Vec<(u32, StorageWork, u8)> = self
            .jobs
            .views(now)
            .into_iter()
            .filter(|job| job.state == JobState::Running)
            .filter_map(|JobView { id, work, percent, .. }| match work {
                Work::Storage(work) => Some((id, work, percent)),
                _ => None,
            })
            .collect();
        let drives = (0..self.storage.drives.len()).filter_map(|at| self.drive_view(at, &running)).collect();
        let volumes = self.storage.volumes.iter().map(|volume| {
            let present: Vec<bool> = volume.members.iter().map(|member| !member.lost).collect();
            let serves = |at: &usize| match self.storage.drives.get(*at).map(|state| &state.spare) {
                Some(SpareFor::Volumes(ids)) => ids.contains(&volume.id),
                _ => false,
            };
            let of_it = |(_, work, _): &&(u32, StorageWork, u8)| work.volume() == Some(volume.id);
            VolumeView {
                id: volume.id,
                controller: volume.controller,
                name: volume.name.clone(),
                level: volume.level,
                bytes: volume.bytes,
                drives: volume.members.iter().filter(|m| !m.lost).map(|m| m.drive).collect(),
                places: volume.members.len(),
                spares: (0..self.storage.drives.len()).filter(serves).collect(),
                strip: volume.strip,
                encrypted: volume.encrypted,
                wwn: volume.wwn.clone(),
                condition: layout::condition(volume.level, &present),
                made: volume.made,
                operations: running.iter().filter(of_it).cloned().collect(),
            }
        });
        StorageView { modes: self.storage.modes.clone(), drives, volumes: volumes.collect() }
    }

    fn drive_view(&self, at: usize, running: &[(u32, StorageWork, u8)]) -> Option<DriveView> {
        let state = self.storage.drives.get(at)?;
        let volume = self.storage.volumes.iter().find(|volume| volume.holds(at));
        let usage = match &state.spare {
            _ if state.failed => DriveUse::Failed,
            _ if volume.is_some() => DriveUse::Member,
            _ if state.foreign => DriveUse::Foreign,
            SpareFor::Any => DriveUse::GlobalSpare,
            SpareFor::Volumes(_) => DriveUse::DedicatedSpare,
            SpareFor::Nothing if self.storage.passes_through(&self.spec, at) => DriveUse::PassThrough,
            SpareFor::Nothing => DriveUse::Free,
        };
        let rebuilding = running.iter().find_map(|(_, work, percent)| match work {
            StorageWork::Rebuild { by, .. } if *by == at => Some(*percent),
            _ => None,
        });
        Some(DriveView {
            present: state.present,
            usage,
            volume: volume.map(|volume| volume.id),
            spare: state.spare.clone(),
            failure_predicted: state.failure_predicted,
            rebuilding,
        })
    }
}
