//! What the machine is made of.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cx, MacAddress, Result};

/// A part's health, in Redfish words (DSP0268 `Status.Health`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Normal.
    Ok,
    /// Needs attention.
    Warning,
    /// Needs attention at once.
    Critical,
}

impl Health {
    /// The health in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The whole inventory. Empty lists mean "none told", and [`Hardware::skipped`] says what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hardware {
    /// The machine as a whole.
    pub system: SystemInfo,
    /// Sockets that hold a processor.
    pub processors: Vec<Processor>,
    /// Slots that hold a memory module.
    pub memory: Vec<MemoryModule>,
    /// The host's network ports, in the order the device lists them.
    pub nics: Vec<Nic>,
    /// Network cards with their ports, where the controller shows them.
    #[serde(default)]
    pub network_adapters: Vec<NetworkAdapter>,
    /// Storage controllers.
    pub storage_controllers: Vec<StorageController>,
    /// Drives that are present.
    pub drives: Vec<Drive>,
    /// Power supplies that are present.
    pub power_supplies: Vec<PowerSupply>,
    /// Field-replaceable units, where the protocol knows only those (IPMI FRU).
    pub frus: Vec<Fru>,
    /// What could not be read, and why: one bad resource never loses the others.
    pub skipped: Vec<Skipped>,
}

impl Hardware {
    /// Memory of all modules together, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory.iter().filter_map(|module| module.capacity_bytes).fold(0, u64::saturating_add)
    }
}

/// The machine as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SystemInfo {
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Serial number; vendors with a service tag give that here.
    pub serial_number: Option<String>,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// The owner's tag.
    pub asset_tag: Option<String>,
    /// System UUID, lower case.
    pub uuid: Option<String>,
    /// Host name, as the operating system reported it.
    pub host_name: Option<String>,
    /// Version of the system firmware.
    pub bios_version: Option<String>,
    /// Overall health.
    pub health: Option<Health>,
}

/// A processor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Processor {
    /// The device's name of it.
    pub id: String,
    /// Socket label.
    pub socket: Option<String>,
    /// `CPU`, `GPU`, … in the device's word.
    pub kind: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Cores.
    pub cores: Option<u32>,
    /// Threads.
    pub threads: Option<u32>,
    /// Highest speed in MHz.
    pub max_speed_mhz: Option<u32>,
    /// Health.
    pub health: Option<Health>,
}

/// A memory module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemoryModule {
    /// The device's name of it.
    pub id: String,
    /// Slot label.
    pub slot: Option<String>,
    /// Capacity in bytes.
    pub capacity_bytes: Option<u64>,
    /// `DDR4`, `DDR5`, … in the device's word.
    pub kind: Option<String>,
    /// Operating speed in MT/s.
    pub speed_mts: Option<u32>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Health.
    pub health: Option<Health>,
}

/// A network port of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Nic {
    /// The device's name of the port.
    pub id: String,
    /// MAC address, the permanent one where both are told.
    pub mac: Option<MacAddress>,
    /// Has it a link?
    pub link_up: Option<bool>,
    /// Current speed in Mb/s.
    pub speed_mbps: Option<u64>,
    /// The card's manufacturer.
    pub manufacturer: Option<String>,
    /// The card's model.
    pub model: Option<String>,
    /// What is at the other end of its cable, where the controller sees LLDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbor: Option<LldpNeighbor>,
    /// Health.
    pub health: Option<Health>,
}

/// What a port at the other end of a cable says of itself (IEEE 802.1AB).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LldpNeighbor {
    /// The switch's chassis id.
    pub chassis_id: Option<String>,
    /// The switch's name.
    pub system_name: Option<String>,
    /// The switch's port.
    pub port_id: Option<String>,
    /// The address it is managed at.
    pub management_address: Option<String>,
    /// The VLAN that the port is untagged in.
    pub vlan: Option<u16>,
}

/// A network card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkAdapter {
    /// The device's name of it.
    pub id: String,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Firmware version.
    pub firmware_version: Option<String>,
    /// Its ports.
    pub ports: Vec<NetworkPort>,
    /// Health.
    pub health: Option<Health>,
}

/// A port of a network card, as the card shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkPort {
    /// The device's name of it.
    pub id: String,
    /// The addresses behind it.
    pub macs: Vec<MacAddress>,
    /// Has it a link?
    pub link_up: Option<bool>,
    /// Current speed in Mb/s.
    pub speed_mbps: Option<u64>,
    /// What is at the other end of its cable, where the controller sees LLDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbor: Option<LldpNeighbor>,
    /// Health.
    pub health: Option<Health>,
}

/// A storage controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StorageController {
    /// The device's name of it.
    pub id: String,
    /// Model or name.
    pub model: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Firmware version.
    pub firmware_version: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Health.
    pub health: Option<Health>,
}

/// A drive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drive {
    /// The device's name of it.
    pub id: String,
    /// The storage resource it belongs to.
    pub storage: Option<String>,
    /// Human-readable name or bay.
    pub name: Option<String>,
    /// `HDD`, `SSD`, … in the device's word.
    pub media: Option<String>,
    /// `SATA`, `SAS`, `NVMe`, … in the device's word.
    pub protocol: Option<String>,
    /// Capacity in bytes.
    pub capacity_bytes: Option<u64>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// World-wide name or `NVMe` identifier, lower case, without separators.
    #[serde(default)]
    pub wwn: Option<String>,
    /// The drive itself says that it will fail.
    #[serde(default)]
    pub failure_predicted: Option<bool>,
    /// Health.
    pub health: Option<Health>,
}

/// A power supply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PowerSupply {
    /// The device's name of it.
    pub id: String,
    /// Human-readable name.
    pub name: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Firmware version.
    pub firmware_version: Option<String>,
    /// Rated output in watts.
    pub capacity_watts: Option<f64>,
    /// Health.
    pub health: Option<Health>,
}

/// A field-replaceable unit, as the IPMI Platform Management FRU definition stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fru {
    /// The device's name of it.
    pub name: String,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Product name.
    pub product: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// The owner's tag.
    pub asset_tag: Option<String>,
}

/// Something the device has but did not let us read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// What: a path, record or area.
    pub what: String,
    /// Why: the error's message.
    pub why: String,
}

/// The machine's parts.
///
/// - Reads never fail because of one part: what cannot be read is in [`Hardware::skipped`].
/// - Serial number, UUID and MAC addresses are those of the machine, byte for byte.
/// - A part that is absent (an empty slot) is not listed.
#[async_trait]
pub trait Inventory: fmt::Debug + Send + Sync {
    /// Reads everything.
    ///
    /// # Errors
    /// Only if the machine as a whole cannot be read.
    async fn read(&self, cx: &Cx) -> Result<Hardware>;
}
