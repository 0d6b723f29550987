//! What can be asked of a controller, and why it may say no.
use underlay_hal::{ApplyTime, ControllerMode, Initialize, raid::RaidLevel};

use super::{SpareFor, Storage, layout, raid};
use crate::{
    persona::RaidData,
    plant::{Refusal, ServerSpec},
};

/// The smallest volume that a controller makes.
const SMALLEST: u64 = 100 << 20;
/// Sizes are in steps of this.
const STEP: u64 = 1 << 20;

/// A volume to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVolume {
    /// Its name; made up if absent.
    pub name: Option<String>,
    /// Its level.
    pub level: RaidLevel,
    /// Its members in order, as indices into [`ServerSpec::drives`].
    pub drives: Vec<usize>,
    /// Its own spares.
    pub spares: Vec<usize>,
    /// Bytes; as large as can be if absent.
    pub bytes: Option<u64>,
    /// Strip size in bytes; the controller's own choice if absent.
    pub strip: Option<u64>,
    /// With the controller's key.
    pub encrypted: bool,
}

/// Work of a controller; what it is done to is named by number or index.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StorageWork {
    /// Makes a volume.
    Create {
        /// Of which controller.
        controller: usize,
        /// Which, with size and strip as they will be.
        volume: NewVolume,
    },
    /// Deletes a volume.
    Delete(u32),
    /// Empties a volume.
    Initialize(u32, Initialize),
    /// Makes a drive a spare, or frees it.
    Spare(usize, SpareFor),
    /// Sets what a controller does with its drives; always with the next self test.
    Mode(usize, ControllerMode),
    /// Clears foreign configurations from a controller's drives.
    ClearForeign(usize),
    /// Passes drives through (`true`), or takes them back.
    PassThrough(Vec<usize>, bool),
    /// Brings a spare up to date in place of a lost member.
    Rebuild {
        /// The volume.
        volume: u32,
        /// The member that is lost.
        lost: usize,
        /// The drive that steps in.
        by: usize,
    },
}

impl StorageWork {
    /// The volume it is done to.
    pub(super) fn volume(&self) -> Option<u32> {
        match self {
            Self::Delete(id) | Self::Initialize(id, _) | Self::Rebuild { volume: id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The drives that nothing else may take meanwhile.
    pub(super) fn drives(&self) -> Vec<usize> {
        match self {
            Self::Create { volume, .. } => volume.drives.iter().chain(&volume.spares).copied().collect(),
            Self::Spare(drive, _) => vec![*drive],
            Self::PassThrough(drives, _) => drives.clone(),
            Self::Rebuild { by, .. } => vec![*by],
            _ => Vec::new(),
        }
    }
}

/// Why a controller does not do it. Nothing was changed or counted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StorageRefusal {
    /// For a reason that is not storage's own.
    Other(Refusal),
    /// Volumes of this controller can only be looked at, or it knows none.
    NotWritable,
    /// There is no such controller, drive or volume.
    NotFound,
    /// The drive is not free.
    InUse(usize),
    /// The drive is behind another controller.
    Elsewhere(usize),
    /// The drive differs in kind or protocol from the first.
    Unlike(usize),
    /// A drive is named twice.
    Twice(usize),
    /// The controller has no such level.
    Level,
    /// So many drives do not make a volume of this level.
    DoesNotFit,
    /// The controller has no such strip size.
    Strip,
    /// The controller does not encrypt.
    Encryption,
    /// The controller has no spares of this kind, or the drive is too small to be one.
    Spare,
    /// This much is the most.
    TooLarge(u64),
    /// This much is the least.
    TooSmall(u64),
    /// Every volume that the controller can have is there.
    Full,
    /// The controller cannot be set to this.
    Mode,
    /// Volumes are in the way.
    HasVolumes,
    /// It does not initialise that way.
    Initialize,
    /// Not at that time.
    ApplyTime(ApplyTime),
    /// Other work is done to it.
    Busy,
    /// There is nothing of the kind.
    Nothing,
}

impl Storage {
    /// Checks work as it stands now, and completes what was left to the controller.
    pub(super) fn check(
        &self,
        spec: &ServerSpec,
        work: StorageWork,
        open: &[StorageWork],
    ) -> Result<StorageWork, StorageRefusal> {
        let claimed = |drive: usize| open.iter().any(|other| other.drives().contains(&drive));
        if let Some(id) = work.volume() {
            let volume = self.volume(id).ok_or(StorageRefusal::NotFound)?;
            let data = writable(spec, volume.controller)?;
            if open.iter().any(|other| other.volume() == Some(id)) {
                return Err(StorageRefusal::Busy);
            }
            if let StorageWork::Initialize(_, how) = &work
                && !data.initialize.contains(how)
            {
                return Err(StorageRefusal::Initialize);
            }
        }
        match work {
            StorageWork::Create { controller, volume } => {
                let data = writable(spec, controller)?;
                let making = |other: &&StorageWork| matches!(other, StorageWork::Create { controller: other, .. } if *other == controller);
                let made = self.volumes.iter().filter(|volume| volume.controller == controller).count();
                if made + open.iter().filter(making).count() >= data.slots {
                    return Err(StorageRefusal::Full);
                }
                let volume = self.check_new(spec, data, controller, volume, &claimed)?;
                Ok(StorageWork::Create { controller, volume })
            }
            StorageWork::Spare(drive, ref to) => {
                self.check_spare(spec, drive, to)?;
                if claimed(drive) { Err(StorageRefusal::Busy) } else { Ok(work) }
            }
            StorageWork::Mode(controller, mode) => {
                let data = writable(spec, controller)?;
                if !data.modes.contains(&mode) {
                    return Err(StorageRefusal::Mode);
                }
                if self.volumes.iter().any(|volume| volume.controller == controller) {
                    return Err(StorageRefusal::HasVolumes);
                }
                let busy = |other: &StorageWork| match other {
                    StorageWork::Create { controller: other, .. } | StorageWork::Mode(other, _) => {
                        *other == controller
                    }
                    _ => false,
                };
                if open.iter().any(busy) { Err(StorageRefusal::Busy) } else { Ok(work) }
            }
            StorageWork::ClearForeign(controller) => {
                writable(spec, controller)?;
                let behind =
                    |drive: &usize| spec.drives.get(*drive).is_some_and(|d| d.controller == controller);
                let mut drives = (0..self.drives.len()).filter(behind);
                let foreign = |drive: usize| self.drives.get(drive).is_some_and(|d| d.present && d.foreign);
                if open.contains(&work) {
                    Err(StorageRefusal::Busy)
                } else if drives.any(foreign) {
                    Ok(work)
                } else {
                    Err(StorageRefusal::Nothing)
                }
            }
            StorageWork::PassThrough(ref drives, away) => {
                for drive in drives {
                    let data = spec.drives.get(*drive).ok_or(StorageRefusal::NotFound)?;
                    writable(spec, data.controller)?;
                    let non_raid = self.drives.get(*drive).is_some_and(|state| state.non_raid);
                    let ready = if away { self.is_free(spec, *drive) } else { non_raid };
                    if !ready || claimed(*drive) {
                        return Err(StorageRefusal::InUse(*drive));
                    }
                }
                Ok(work)
            }
            StorageWork::Delete(_) | StorageWork::Initialize(..) | StorageWork::Rebuild { .. } => Ok(work),
        }
    }

    fn check_new(
        &self,
        spec: &ServerSpec,
        data: &RaidData,
        controller: usize,
        mut volume: NewVolume,
        claimed: &dyn Fn(usize) -> bool,
    ) -> Result<NewVolume, StorageRefusal> {
        if !data.levels.contains(&volume.level) {
            return Err(StorageRefusal::Level);
        }
        let all: Vec<usize> = volume.drives.iter().chain(&volume.spares).copied().collect();
        let first = all.first().and_then(|drive| spec.drives.get(*drive));
        for (at, drive) in all.iter().enumerate() {
            let kind = spec.drives.get(*drive).ok_or(StorageRefusal::NotFound)?;
            if !self.drives.get(*drive).is_some_and(|state| state.present) {
                return Err(StorageRefusal::NotFound);
            }
            if kind.controller != controller {
                return Err(StorageRefusal::Elsewhere(*drive));
            }
            if all.iter().take(at).any(|other| other == drive) {
                return Err(StorageRefusal::Twice(*drive));
            }
            if !self.is_free(spec, *drive) || claimed(*drive) {
                return Err(StorageRefusal::InUse(*drive));
            }
            if first.is_some_and(|first| first.media != kind.media || first.protocol != kind.protocol) {
                return Err(StorageRefusal::Unlike(*drive));
            }
        }
        if !layout::fits(volume.level, volume.drives.len()) {
            return Err(StorageRefusal::DoesNotFit);
        }
        let size = |drive: &usize| spec.drives.get(*drive).map_or(0, |data| data.bytes);
        let least = volume.drives.iter().map(size).min().unwrap_or(0);
        if !volume.spares.is_empty() && !data.dedicated_spares
            || volume.spares.iter().any(|spare| size(spare) < least)
        {
            return Err(StorageRefusal::Spare);
        }
        let strip = volume.strip.unwrap_or_else(|| data.strips.first().copied().unwrap_or(64) << 10);
        if !data.strips.iter().any(|offered| offered << 10 == strip) {
            return Err(StorageRefusal::Strip);
        }
        if volume.encrypted && !data.encryption {
            return Err(StorageRefusal::Encryption);
        }
        let each = least.saturating_sub(data.metadata << 20) / STEP * STEP;
        let largest = layout::usable(volume.level, volume.drives.len(), each);
        let bytes = match volume.bytes {
            None => largest,
            Some(bytes) if bytes < SMALLEST => return Err(StorageRefusal::TooSmall(SMALLEST)),
            Some(bytes) if bytes > largest => return Err(StorageRefusal::TooLarge(largest)),
            Some(bytes) => bytes.next_multiple_of(STEP).min(largest),
        };
        volume.bytes = Some(bytes);
        volume.strip = Some(strip);
        Ok(volume)
    }

    fn check_spare(&self, spec: &ServerSpec, drive: usize, to: &SpareFor) -> Result<(), StorageRefusal> {
        let kind = spec.drives.get(drive).ok_or(StorageRefusal::NotFound)?;
        let state = self.drives.get(drive).filter(|state| state.present).ok_or(StorageRefusal::NotFound)?;
        let data = writable(spec, kind.controller)?;
        let is_spare = state.spare != SpareFor::Nothing;
        if !is_spare && *to != SpareFor::Nothing && !self.is_free(spec, drive) {
            return Err(StorageRefusal::InUse(drive));
        }
        match to {
            SpareFor::Nothing if !is_spare && !self.is_free(spec, drive) => Err(StorageRefusal::InUse(drive)),
            SpareFor::Nothing => Ok(()),
            SpareFor::Any if data.global_spares => Ok(()),
            SpareFor::Any => Err(StorageRefusal::Spare),
            SpareFor::Volumes(ids) => {
                if !data.dedicated_spares || ids.is_empty() {
                    return Err(StorageRefusal::Spare);
                }
                for id in ids {
                    let volume = self.volume(*id).ok_or(StorageRefusal::NotFound)?;
                    if volume.controller != kind.controller {
                        return Err(StorageRefusal::Elsewhere(drive));
                    }
                    if !self.steps_in(spec, drive, volume) {
                        return Err(StorageRefusal::Spare);
                    }
                }
                Ok(())
            }
        }
    }
}

/// What a controller does with volumes, if it takes orders about them.
fn writable(spec: &ServerSpec, controller: usize) -> Result<&RaidData, StorageRefusal> {
    if controller >= spec.controllers.len() {
        return Err(StorageRefusal::NotFound);
    }
    raid(spec, controller).filter(|data| data.writable).ok_or(StorageRefusal::NotWritable)
}
