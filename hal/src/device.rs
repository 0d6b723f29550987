//! One managed unit and the facets it offers.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Boot, Cx, DeviceId, EventLog, Inventory, Manager, Oem, Power, Result, Sensors, Tasks};

/// What is known of a device once it is open. Layers never change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeviceInfo {
    /// The operator's name.
    pub id: DeviceId,
    /// The driver that opened it; `a+b` for a composite.
    pub driver: String,
    /// Vendor as the device tells it.
    pub vendor: Option<String>,
    /// Model as the device tells it.
    pub model: Option<String>,
    /// Serial number as the device tells it.
    pub serial_number: Option<String>,
    /// Firmware version of the management controller.
    pub firmware_version: Option<String>,
}

impl DeviceInfo {
    /// Only name and driver are known.
    pub fn new(id: DeviceId, driver: impl Into<String>) -> Self {
        Self {
            id,
            driver: driver.into(),
            vendor: None,
            model: None,
            serial_number: None,
            firmware_version: None,
        }
    }
}

/// The facets, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FacetKind {
    /// [`Manager`].
    Manager,
    /// [`Power`].
    Power,
    /// [`Boot`].
    Boot,
    /// [`Inventory`].
    Inventory,
    /// [`Sensors`].
    Sensors,
    /// [`EventLog`].
    EventLog,
    /// [`Tasks`].
    Tasks,
}

impl FacetKind {
    /// Every facet.
    pub const ALL: [Self; 7] =
        [Self::Manager, Self::Power, Self::Boot, Self::Inventory, Self::Sensors, Self::EventLog, Self::Tasks];

    /// The facet in `snake_case`, as it begins every operation name (`event_log.clear`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Power => "power",
            Self::Boot => "boot",
            Self::Inventory => "inventory",
            Self::Sensors => "sensors",
            Self::EventLog => "event_log",
            Self::Tasks => "tasks",
        }
    }

    /// Does the device offer this facet?
    pub fn on(self, device: &dyn Device) -> bool {
        match self {
            Self::Manager => device.manager().is_some(),
            Self::Power => device.power().is_some(),
            Self::Boot => device.boot().is_some(),
            Self::Inventory => device.inventory().is_some(),
            Self::Sensors => device.sensors().is_some(),
            Self::EventLog => device.event_log().is_some(),
            Self::Tasks => device.tasks().is_some(),
        }
    }
}

impl fmt::Display for FacetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One managed unit.
///
/// - Each accessor answers "does *this* unit have it?", decided once at `open` and the same ever after; `None` and
///   `ErrorKind::Unsupported` never disagree.
/// - [`Device::close`] ends sessions on the device; it may be called twice, and a later call opens a new session.
///   A device that is dropped unclosed makes its driver try the same in the background.
#[async_trait]
pub trait Device: fmt::Debug + Send + Sync + 'static {
    /// What is known since `open`.
    fn info(&self) -> &DeviceInfo;

    /// Vendor extensions.
    fn oem(&self) -> &Oem;

    /// The management controller.
    fn manager(&self) -> Option<&dyn Manager> {
        None
    }
    /// Host power.
    fn power(&self) -> Option<&dyn Power> {
        None
    }
    /// Boot override.
    fn boot(&self) -> Option<&dyn Boot> {
        None
    }
    /// Parts.
    fn inventory(&self) -> Option<&dyn Inventory> {
        None
    }
    /// Sensors.
    fn sensors(&self) -> Option<&dyn Sensors> {
        None
    }
    /// Event log.
    fn event_log(&self) -> Option<&dyn EventLog> {
        None
    }
    /// Long-running tasks.
    fn tasks(&self) -> Option<&dyn Tasks> {
        None
    }

    /// Logs out and gives back what the device holds for us.
    ///
    /// # Errors
    /// When the device could not be told; nothing on our side is left open all the same.
    async fn close(&self, cx: &Cx) -> Result<()>;
}
