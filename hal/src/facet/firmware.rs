//! Firmware: what is installed, and how it is updated.

use std::{fmt, path::PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{ApplyTime, ComponentId, Credentials, Cx, Health, Outcome, Result, Skipped, Staged};

/// One firmware component, as it is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FirmwareComponent {
    /// The device's name of it, unique in the inventory; a target of [`Firmware::update`].
    pub id: ComponentId,
    /// Its name for people.
    pub name: Option<String>,
    /// The version, as the device writes it.
    pub version: Option<String>,
    /// The device says whether it can be updated.
    pub updateable: Option<bool>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// When it was released, in the device's words.
    pub release_date: Option<String>,
    /// The oldest version that the device would go back to.
    pub lowest_supported_version: Option<String>,
    /// It is not in force: another image of the same component is, or it waits for a reset.
    pub standby: bool,
    /// Health.
    pub health: Option<Health>,
}

impl FirmwareComponent {
    /// A component of which only the name is known.
    #[must_use]
    pub fn new(id: ComponentId) -> Self {
        Self {
            id,
            name: None,
            version: None,
            updateable: None,
            manufacturer: None,
            release_date: None,
            lowest_supported_version: None,
            standby: false,
            health: None,
        }
    }
}

/// All firmware at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FirmwareInventory {
    /// The components, in the device's order.
    pub components: Vec<FirmwareComponent>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
}

impl FirmwareInventory {
    /// The component of that name.
    #[must_use]
    pub fn component(&self, id: &ComponentId) -> Option<&FirmwareComponent> {
        self.components.iter().find(|component| component.id == *id)
    }

    /// Components whose version differs from what it was: `(component now, version before)`. New ones count.
    pub fn changed_since<'a>(
        &'a self,
        before: &'a Self,
    ) -> impl Iterator<Item = (&'a FirmwareComponent, Option<&'a str>)> {
        self.components.iter().filter_map(|now| {
            let was = before.component(&now.id).and_then(|was| was.version.as_deref());
            (was != now.version.as_deref()).then_some((now, was))
        })
    }
}

/// How an image reaches the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateMethod {
    /// We send a file.
    Push,
    /// The device fetches it.
    Pull,
}

/// Where an image is.
#[derive(Clone)]
#[non_exhaustive]
pub enum FirmwareImage {
    /// A file here. It is streamed from the disk; memory does not grow with it.
    File(PathBuf),
    /// An address that the device can reach.
    Uri {
        /// The address, without credentials in it.
        uri: String,
        /// What the device logs in with there.
        credentials: Option<Credentials>,
    },
}

impl FirmwareImage {
    /// How it would reach the device.
    #[must_use]
    pub const fn method(&self) -> UpdateMethod {
        match self {
            Self::File(_) => UpdateMethod::Push,
            Self::Uri { .. } => UpdateMethod::Pull,
        }
    }

    /// File or address, for people and logs: whatever secret an address holds is left out.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Uri { uri, .. } => crate::uri::without_secrets(uri),
        }
    }
}

impl fmt::Debug for FirmwareImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FirmwareImage").field(&self.describe()).finish()
    }
}

/// An update to be made.
#[derive(Clone, Debug)]
pub struct FirmwareUpdate {
    /// The image.
    pub image: FirmwareImage,
    /// Which components; none leaves it to the device, which reads it from the image.
    pub targets: Vec<ComponentId>,
    /// When it takes effect; `None` leaves it to the device.
    pub when: Option<ApplyTime>,
}

/// The firmware of a machine (DSP0268 `UpdateService`, `SoftwareInventory`; DSP0266 "Multipart HTTP push update").
///
/// - [`Firmware::methods`] and [`Firmware::apply_times`] list what [`Firmware::update`] accepts; anything else is
///   `Unsupported` and nothing is sent.
/// - A file is streamed with its length told beforehand; [`Cx::report`] tells the progress of the upload.
/// - The device's own work is a task. It may restart the management controller in the middle; [`crate::follow()`]
///   bears that. What it waits for is told as [`crate::Needs`], and never done by the driver.
/// - A task that has succeeded may mean "staged": only the version in the inventory says that an update took place.
#[async_trait]
pub trait Firmware: fmt::Debug + Send + Sync {
    /// What is installed.
    ///
    /// # Errors
    /// Only if the list as a whole cannot be read; what else cannot is in [`FirmwareInventory::skipped`].
    async fn inventory(&self, cx: &Cx) -> Result<FirmwareInventory>;

    /// How images can reach the device.
    fn methods(&self) -> &[UpdateMethod];

    /// When updates can take effect, if the device lets one choose; empty if it does not.
    fn apply_times(&self) -> &[ApplyTime];

    /// Starts an update. Returns once the device has the image, or has accepted to fetch it.
    ///
    /// # Errors
    /// `NotFound` for a file or target that is not there; `Busy` while another update runs; `InvalidInput` if the
    /// device refuses the image; all with effect `None`. `Timeout` with effect `Unknown` when the answer was lost
    /// after the whole image was sent, `None` before.
    async fn update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_with_a_password_never_prints_it() {
        let uri = "https://bob:hunter2@files.example/bmc.bin?X-Sig=hunter2".to_owned();
        let image = FirmwareImage::Uri { uri, credentials: Some(Credentials::password("bob", "hunter2")) };
        let text = format!("{image:?} {}", image.describe());
        assert!(!text.contains("hunter2") && text.contains("files.example/bmc.bin"), "{text}");
    }

    #[test]
    fn changed_versions_and_new_components_are_told() {
        let component = |id: &str, version: &str| FirmwareComponent {
            version: Some(version.to_owned()),
            ..FirmwareComponent::new(id.into())
        };
        let of = |components: Vec<_>| FirmwareInventory { components, ..FirmwareInventory::default() };
        let before = of(vec![component("BMC", "1"), component("BIOS", "7")]);
        let after = of(vec![component("BMC", "2"), component("BIOS", "7"), component("NIC", "3")]);
        let changed: Vec<_> = after.changed_since(&before).map(|(now, was)| (now.id.as_str(), was)).collect();
        assert_eq!(changed, [("BMC", Some("1")), ("NIC", None)]);
    }
}
