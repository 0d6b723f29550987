//! RAID: controllers, drives and volumes, and how to change them.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    ApplyTime, ControllerId, Cx, DriveId, Fingerprint, Health, Outcome, Result, Skipped, Staged, VolumeId,
    raid::RaidLevel,
};

/// What a controller does with the drives behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ControllerMode {
    /// Makes volumes of them.
    Raid,
    /// Passes them through as they are.
    Hba,
    /// Both.
    Mixed,
}

impl ControllerMode {
    /// The mode in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raid => "raid",
            Self::Hba => "hba",
            Self::Mixed => "mixed",
        }
    }
}

/// What can be asked of the volumes and drives of one controller. Whatever is not listed is `Unsupported`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RaidAbilities {
    /// Volumes can be created and deleted.
    pub volumes: bool,
    /// Levels of a new volume; empty if the controller does not tell, and then any may be tried.
    pub levels: Vec<RaidLevel>,
    /// Volumes can be initialised so.
    pub initialize: Vec<Initialize>,
    /// Drives can be made spares of one volume.
    pub dedicated_spares: bool,
    /// Drives can be made spares of every volume.
    pub global_spares: bool,
    /// Modes that the controller can be set to.
    pub modes: Vec<ControllerMode>,
    /// A foreign configuration on drives can be cleared.
    pub clear_foreign: bool,
    /// When changes can take effect.
    pub apply_times: Vec<ApplyTime>,
}

/// A controller that knows volumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RaidController {
    /// The device's name of it.
    pub id: ControllerId,
    /// Model or name.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Firmware version.
    pub firmware_version: Option<String>,
    /// What it does with its drives.
    pub mode: Option<ControllerMode>,
    /// Health.
    pub health: Option<Health>,
    /// What can be asked of it.
    pub abilities: RaidAbilities,
}

impl RaidController {
    /// A controller of which only the name is known.
    #[must_use]
    pub fn new(id: ControllerId) -> Self {
        Self {
            id,
            model: None,
            serial_number: None,
            firmware_version: None,
            mode: None,
            health: None,
            abilities: RaidAbilities::default(),
        }
    }
}

/// What a drive is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriveUse {
    /// Free for a new volume.
    Free,
    /// Part of volumes.
    Member,
    /// Passed through as it is.
    PassThrough,
    /// Steps in for a failed member of any volume.
    GlobalSpare,
    /// Steps in for a failed member of its volume.
    DedicatedSpare,
    /// Holds the configuration of another controller.
    Foreign,
    /// Failed, or taken out of use.
    Failed,
    /// The device does not tell.
    Unknown,
}

/// How a drive stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Media {
    /// Flash.
    Ssd,
    /// Magnetic disks.
    Hdd,
}

/// How a drive is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriveProtocol {
    /// SATA.
    Sata,
    /// SAS.
    Sas,
    /// `NVMe`.
    Nvme,
}

/// A drive behind a controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RaidDrive {
    /// The device's name of it, unique among the drives of the machine.
    pub id: DriveId,
    /// The controller it is behind.
    pub controller: ControllerId,
    /// The bay, as it is printed on the machine.
    pub location: Option<String>,
    /// World-wide name or `NVMe` identifier, lower case, without separators.
    pub wwn: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// How it stores.
    pub media: Option<Media>,
    /// How it is attached.
    pub protocol: Option<DriveProtocol>,
    /// Capacity in bytes.
    pub capacity_bytes: Option<u64>,
    /// What it is used for.
    pub usage: DriveUse,
    /// Health.
    pub health: Option<Health>,
    /// The drive itself says that it will fail.
    pub failure_predicted: Option<bool>,
}

impl RaidDrive {
    /// A drive of which only names are known.
    #[must_use]
    pub fn new(id: DriveId, controller: ControllerId) -> Self {
        Self {
            id,
            controller,
            location: None,
            wwn: None,
            serial_number: None,
            model: None,
            media: None,
            protocol: None,
            capacity_bytes: None,
            usage: DriveUse::Unknown,
            health: None,
            failure_predicted: None,
        }
    }
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Volume {
    /// The device's name of it, unique among the volumes of the machine.
    pub id: VolumeId,
    /// The controller that makes it.
    pub controller: ControllerId,
    /// The name that people gave it.
    pub name: Option<String>,
    /// Its level; `None` if the device does not tell or has a word of its own.
    pub level: Option<RaidLevel>,
    /// Usable capacity in bytes.
    pub capacity_bytes: Option<u64>,
    /// Its members.
    pub drives: Vec<DriveId>,
    /// Its dedicated spares.
    pub spares: Vec<DriveId>,
    /// Strip size in bytes.
    pub strip_bytes: Option<u64>,
    /// World-wide name, lower case, without separators; what an operating system finds the volume by.
    pub wwn: Option<String>,
    /// Is it encrypted?
    pub encrypted: Option<bool>,
    /// Health.
    pub health: Option<Health>,
    /// What the controller is doing to it, in its words, with progress in percent where told.
    pub operations: Vec<(String, Option<u8>)>,
}

impl Volume {
    /// A volume of which only names are known.
    #[must_use]
    pub fn new(id: VolumeId, controller: ControllerId) -> Self {
        Self {
            id,
            controller,
            name: None,
            level: None,
            capacity_bytes: None,
            drives: Vec::new(),
            spares: Vec::new(),
            strip_bytes: None,
            wwn: None,
            encrypted: None,
            health: None,
            operations: Vec::new(),
        }
    }
}

/// All storage that knows volumes, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RaidState {
    /// The controllers.
    pub controllers: Vec<RaidController>,
    /// The drives behind them that are present.
    pub drives: Vec<RaidDrive>,
    /// The volumes.
    pub volumes: Vec<Volume>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// Names this observation; it moves with drives and volumes, and not with their health or progress.
    pub fingerprint: Fingerprint,
}

impl RaidState {
    /// A state with its fingerprint.
    #[must_use]
    pub fn new(controllers: Vec<RaidController>, drives: Vec<RaidDrive>, volumes: Vec<Volume>) -> Self {
        let drives_seen: Vec<_> =
            drives.iter().map(|d| (&d.id, &d.controller, &d.serial_number, &d.usage)).collect();
        let volumes_seen: Vec<_> =
            volumes.iter().map(|v| (&v.id, &v.controller, &v.level, v.capacity_bytes, &v.drives)).collect();
        let fingerprint = Fingerprint::of(&(drives_seen, volumes_seen));
        Self { controllers, drives, volumes, skipped: Vec::new(), fingerprint }
    }

    /// The controller of that name.
    #[must_use]
    pub fn controller(&self, id: &ControllerId) -> Option<&RaidController> {
        self.controllers.iter().find(|controller| controller.id == *id)
    }

    /// The volume of that name.
    #[must_use]
    pub fn volume(&self, id: &VolumeId) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.id == *id)
    }

    /// The drive of that name.
    #[must_use]
    pub fn drive(&self, id: &DriveId) -> Option<&RaidDrive> {
        self.drives.iter().find(|drive| drive.id == *id)
    }
}

/// How large a new volume becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// As large as the controller makes it: it keeps space for itself that nobody else can compute.
    Max,
    /// So many bytes.
    Bytes(u64),
}

/// How a volume is initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialize {
    /// Only what makes it look empty.
    Fast,
    /// Every block.
    Slow,
}

/// A volume to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVolume {
    /// Its name; the controller's own choice if `None`.
    pub name: Option<String>,
    /// Its level.
    pub level: RaidLevel,
    /// Its members, in order.
    pub drives: Vec<DriveId>,
    /// Its dedicated spares.
    pub spares: Vec<DriveId>,
    /// How large.
    pub capacity: Capacity,
    /// Strip size in bytes; the controller's own choice if `None`.
    pub strip_bytes: Option<u64>,
    /// Encrypt it with the controller's key.
    pub encrypt: bool,
}

impl NewVolume {
    /// As large as possible, with everything else left to the controller.
    #[must_use]
    pub fn new(level: RaidLevel, drives: Vec<DriveId>) -> Self {
        Self {
            name: None,
            level,
            drives,
            spares: Vec::new(),
            capacity: Capacity::Max,
            strip_bytes: None,
            encrypt: false,
        }
    }
}

/// What a drive steps in for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spare {
    /// Nothing any more.
    No,
    /// Any volume of its controller.
    Global,
    /// These volumes.
    Of(Vec<VolumeId>),
}

/// The volumes of a machine (DSP0268 `Storage`, `StorageController`, `Drive`, `Volume`; Swordfish).
///
/// - [`RaidController::abilities`] says what can be asked of each controller; anything else is `Unsupported` and
///   nothing is sent.
/// - Whatever loses data is destructive, and the context must consent: creating (the drives are written over),
///   deleting, initialising, changing the mode, clearing a foreign configuration.
/// - A drive that is not free is not taken: `create_volume` with one is `Conflict`, and nothing is sent.
/// - "As large as possible" is left to the controller, and no size is sent for it.
/// - Long work is [`Outcome::Running`]; the volume may show up only some time after its task has succeeded.
/// - Nothing here resets the host; changes that wait for that say so ([`crate::Needs`]).
#[async_trait]
pub trait Raid: fmt::Debug + Send + Sync {
    /// Everything.
    ///
    /// # Errors
    /// Only if no controller at all can be read; what else cannot is in [`RaidState::skipped`].
    async fn read(&self, cx: &Cx) -> Result<RaidState>;

    /// Makes a volume. Destructive.
    ///
    /// # Errors
    /// `NotFound` for a controller or drive that is not there; `Conflict` for a drive that is in use; `InvalidInput`
    /// if level, drives or size do not fit together; all with effect `None`. `Timeout` with effect `Unknown` only
    /// if reading back could not tell whether the volume was made.
    async fn create_volume(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        volume: &NewVolume,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>>;

    /// Deletes a volume with all that is on it. Destructive. `Done(AlreadySo)` if there is none of that name.
    ///
    /// # Errors
    /// `Timeout` with effect `Unknown` only if reading back could not tell.
    async fn delete_volume(&self, cx: &Cx, volume: &VolumeId, when: ApplyTime) -> Result<Outcome<Staged>>;

    /// Empties a volume. Destructive.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; `Timeout` with effect `Unknown` when the answer was lost.
    async fn initialize(&self, cx: &Cx, volume: &VolumeId, how: Initialize) -> Result<Outcome<Staged>>;

    /// Makes a free drive a spare, or frees a spare.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a drive that holds data; effect `None`.
    async fn set_spare(&self, cx: &Cx, drive: &DriveId, spare: &Spare) -> Result<Outcome<Staged>>;

    /// Sets what the controller does with its drives. Destructive: many lose their configuration by it.
    ///
    /// # Errors
    /// `Unsupported` for a mode not listed; `Conflict` while volumes forbid it.
    async fn set_mode(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        mode: ControllerMode,
    ) -> Result<Outcome<Staged>>;

    /// Clears the configuration of another controller from its drives. Destructive. `Done(AlreadySo)` if there is
    /// none.
    ///
    /// # Errors
    /// `NotFound` for a controller that is not there.
    async fn clear_foreign(&self, cx: &Cx, controller: &ControllerId) -> Result<Outcome<Staged>>;
}
