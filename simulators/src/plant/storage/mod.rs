//! Storage: controllers, the drives behind them, and the volumes made of those.
//!
//! - A drive is in at most one volume, and a volume takes whole drives.
//! - What a controller keeps of each drive for itself makes the largest volume smaller than arithmetic says.
//! - Work takes time: it is a job, which claims drives and volumes from the moment it is accepted.
//! - A drive that is pulled takes its share with it; when it comes back, it is foreign.

mod change;
mod layout;
mod server;
mod views;
mod work;

#[cfg(test)]
mod tests;

use underlay_hal::{ControllerMode, raid::RaidLevel};

use super::{ServerSpec, SimTime};
use crate::persona::RaidData;

pub use layout::Condition;
pub use views::{DriveView, StorageView, VolumeView};
pub use work::{NewVolume, StorageRefusal, StorageWork};

/// What a drive steps in for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SpareFor {
    /// Nothing.
    #[default]
    Nothing,
    /// Any volume of its controller.
    Any,
    /// These volumes, by number.
    Volumes(Vec<u32>),
}

#[derive(Clone, Debug)]
struct Drive {
    present: bool,
    failed: bool,
    failure_predicted: bool,
    foreign: bool,
    /// Taken out of the controller's care, to be passed through.
    non_raid: bool,
    spare: SpareFor,
}

impl Drive {
    const FREE: Self = Self {
        present: true,
        failed: false,
        failure_predicted: false,
        foreign: false,
        non_raid: false,
        spare: SpareFor::Nothing,
    };
}

/// A place in a volume, and whether its drive has gone from it.
#[derive(Clone, Debug)]
struct Member {
    drive: usize,
    lost: bool,
}

#[derive(Clone, Debug)]
struct Volume {
    id: u32,
    controller: usize,
    name: String,
    level: RaidLevel,
    bytes: u64,
    members: Vec<Member>,
    strip: u64,
    encrypted: bool,
    wwn: String,
    made: SimTime,
}

impl Volume {
    fn holds(&self, drive: usize) -> bool {
        self.members.iter().any(|member| member.drive == drive && !member.lost)
    }
}

/// The storage of one machine.
#[derive(Debug)]
pub(super) struct Storage {
    /// What each controller does with its drives; `None` for one that knows no volumes.
    modes: Vec<Option<ControllerMode>>,
    drives: Vec<Drive>,
    volumes: Vec<Volume>,
    last_volume: u32,
}

impl Storage {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        let mut storage = Self { modes: Vec::new(), drives: Vec::new(), volumes: Vec::new(), last_volume: 0 };
        storage.clear(spec);
        storage
    }

    /// As it came from the factory; volume numbers go on.
    fn clear(&mut self, spec: &ServerSpec) {
        let mode = |at: usize| Some(*raid(spec, at)?.modes.first().unwrap_or(&ControllerMode::Raid));
        self.modes = (0..spec.controllers.len()).map(mode).collect();
        self.drives = vec![Drive::FREE; spec.drives.len()];
        self.volumes.clear();
    }

    fn volume(&self, id: u32) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.id == id)
    }

    /// Whether a drive is neither part of anything nor set aside.
    fn is_free(&self, spec: &ServerSpec, drive: usize) -> bool {
        let passes = self.passes_through(spec, drive);
        let in_volume = self.volumes.iter().any(|volume| volume.holds(drive));
        self.drives.get(drive).is_some_and(|state| {
            let idle = state.spare == SpareFor::Nothing && !state.foreign && !state.failed;
            state.present && idle && !in_volume && !passes
        })
    }

    /// Whether the machine sees the drive as it is.
    fn passes_through(&self, spec: &ServerSpec, drive: usize) -> bool {
        let controller = spec.drives.get(drive).map_or(0, |data| data.controller);
        let mode = self.modes.get(controller).copied().flatten();
        let non_raid = self.drives.get(drive).is_some_and(|state| state.non_raid);
        matches!(mode, None | Some(ControllerMode::Hba)) || non_raid
    }
}

/// What a controller does with volumes, if it knows them.
fn raid(spec: &ServerSpec, controller: usize) -> Option<&RaidData> {
    spec.controllers.get(controller)?.data.raid.as_ref()
}
