//! Ground truth of storage, firmware and virtual media.

use std::{collections::BTreeMap, fmt};

use underlay_hal::{ControllerMode, DriveUse, MediaKind, raid::RaidLevel};

/// One drive as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveFact {
    /// Serial number.
    pub serial_number: String,
    /// World-wide name, lower case, without separators; `None` if the drive has none.
    pub wwn: Option<String>,
    /// Capacity in bytes.
    pub capacity_bytes: u64,
    /// What it is used for.
    pub usage: DriveUse,
}

/// One volume as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeFact {
    /// The name that people gave it.
    pub name: String,
    /// Its level.
    pub level: RaidLevel,
    /// Usable capacity in bytes.
    pub capacity_bytes: u64,
    /// The serial numbers of its members.
    pub drives: Vec<String>,
}

/// The storage as it is.
pub trait RaidTruth: fmt::Debug + Send + Sync {
    /// The drives that are present.
    fn drives(&self) -> Vec<DriveFact>;

    /// The volumes that are made; one under way is not yet.
    fn volumes(&self) -> Vec<VolumeFact>;

    /// Every bay empty of volumes, every drive in its bay, free, and nothing staged.
    fn clear(&self);

    /// What the controller does with its drives.
    fn mode(&self) -> Option<ControllerMode>;

    /// Pulls the drive of that serial number out of its bay.
    fn pull_drive(&self, serial_number: &str);

    /// Puts the configuration of another controller on the drive.
    fn make_foreign(&self, serial_number: &str);
}

/// Firmware as it is.
pub trait FirmwareTruth: fmt::Debug + Send + Sync {
    /// The versions in force, by the names that the device gives the components now: some change with the version.
    fn versions(&self) -> BTreeMap<String, String>;

    /// An image for the management controller or the system firmware: its bytes, the component it is for, and the
    /// version that it brings, which is not the one in force.
    fn image(&self, of: ImageOf) -> (Vec<u8>, String, String);

    /// An address at which the device finds that image, where it can fetch one.
    fn image_uri(&self, of: ImageOf) -> Option<String> {
        let _ = of;
        None
    }

    /// Bytes of images that have reached the device so far.
    fn bytes_received(&self) -> u64;
}

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageOf {
    /// The management controller: it restarts in the middle.
    Manager,
    /// The system firmware: it waits for a reset of the host.
    System,
}

/// Virtual media as they are.
pub trait VirtualMediaTruth: fmt::Debug + Send + Sync {
    /// The images inserted: as what the machine sees them, and their addresses.
    fn inserted(&self) -> Vec<(MediaKind, String)>;

    /// An address of an image that the device can reach.
    fn image_uri(&self) -> String;
}
