//! One managed unit and the facets it offers.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Accounts, Bios, Boot, BootOrder, Certificates, Chassis, Cx, DeviceId, EventLog, Events, Firmware,
    Identify, Inventory, Manager, ManagerConfig, Oem, Pdu, Power, PowerMeter, Raid, Result, SecureBoot,
    Sensors, Switch, SwitchConfig, Tasks, VirtualMedia,
};

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

/// Declares the facets once: their names, their order, and how a device is asked for each.
macro_rules! facets {
    ($($Kind:ident $accessor:ident;)+) => {
        /// The facets, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FacetKind {
            $(#[doc = concat!("[`", stringify!($Kind), "`].")] $Kind,)+
        }

        impl FacetKind {
            /// Every facet.
            pub const ALL: [Self; [$(stringify!($Kind)),+].len()] = [$(Self::$Kind),+];

            /// The facet in `snake_case`, as it begins every operation name (`event_log.clear`).
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Kind => stringify!($accessor),)+
                }
            }

            /// Does the device offer this facet?
            pub fn on(self, device: &dyn Device) -> bool {
                match self {
                    $(Self::$Kind => device.$accessor().is_some(),)+
                }
            }
        }
    };
}

facets! {
    Manager manager;
    ManagerConfig manager_config;
    Certificates certificates;
    Accounts accounts;
    Power power;
    Boot boot;
    BootOrder boot_order;
    Bios bios;
    SecureBoot secure_boot;
    Raid raid;
    Firmware firmware;
    VirtualMedia virtual_media;
    Inventory inventory;
    Sensors sensors;
    PowerMeter power_meter;
    Identify identify;
    EventLog event_log;
    Events events;
    Tasks tasks;
    Chassis chassis;
    Pdu pdu;
    Switch switch;
    SwitchConfig switch_config;
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
    /// The management controller's own configuration.
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        None
    }
    /// The management controller's certificates.
    fn certificates(&self) -> Option<&dyn Certificates> {
        None
    }
    /// The management controller's accounts.
    fn accounts(&self) -> Option<&dyn Accounts> {
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
    /// Boot options and their order.
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        None
    }
    /// Settings of the system firmware.
    fn bios(&self) -> Option<&dyn Bios> {
        None
    }
    /// UEFI secure boot.
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        None
    }
    /// Controllers, drives and volumes.
    fn raid(&self) -> Option<&dyn Raid> {
        None
    }
    /// Installed firmware, and updates.
    fn firmware(&self) -> Option<&dyn Firmware> {
        None
    }
    /// Virtual media.
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
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
    /// Power and energy.
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        None
    }
    /// The identify light.
    fn identify(&self) -> Option<&dyn Identify> {
        None
    }
    /// Event log.
    fn event_log(&self) -> Option<&dyn EventLog> {
        None
    }
    /// Events as they happen.
    fn events(&self) -> Option<&dyn Events> {
        None
    }
    /// Long-running tasks.
    fn tasks(&self) -> Option<&dyn Tasks> {
        None
    }
    /// An enclosure of several machines.
    fn chassis(&self) -> Option<&dyn Chassis> {
        None
    }

    /// Outlets, and what flows through them.
    fn pdu(&self) -> Option<&dyn Pdu> {
        None
    }
    /// A network switch.
    fn switch(&self) -> Option<&dyn Switch> {
        None
    }
    /// A network switch's configuration.
    fn switch_config(&self) -> Option<&dyn SwitchConfig> {
        None
    }

    /// Logs out and gives back what the device holds for us.
    ///
    /// # Errors
    /// When the device could not be told; nothing on our side is left open all the same.
    async fn close(&self, cx: &Cx) -> Result<()>;
}
