//! The shape of a persona file.
use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::{BiosData, EnclosureData, FirmwareData, ManagerData, MediaData, RaidData, SecureBootData};

/// A vendor's model and firmware.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Persona {
    /// Its name; the file's, not in the file.
    #[serde(skip, default = "unnamed")]
    pub name: Arc<str>,
    /// Who made the machine.
    pub manufacturer: String,
    /// Model of the machine.
    pub model: String,
    /// Stock-keeping or part number.
    #[serde(default)]
    pub part_number: String,
    /// Version of the host's firmware.
    pub bios_version: String,
    /// The management controller.
    pub bmc: BmcData,
    /// How long things take.
    pub timing: Timing,
    /// What the machine is made of.
    pub hardware: HardwareData,
    /// It is one of several machines in an enclosure with one management controller.
    pub enclosure: Option<EnclosureData>,
    /// Limits on logins.
    #[serde(default)]
    pub accounts: AccountLimits,
    /// The management controller's own configuration.
    #[serde(default)]
    pub manager: ManagerData,
    /// The event log.
    #[serde(default)]
    pub log: LogData,
    /// How firmware is updated.
    #[serde(default)]
    pub firmware: FirmwareData,
    /// Slots for virtual media.
    #[serde(default)]
    pub media: Vec<MediaData>,
    /// Sensors with numbers.
    #[serde(default, rename = "sensor")]
    pub sensors: Vec<SensorData>,
    /// The settings of the host's firmware; a machine without them shows none.
    pub bios: Option<BiosData>,
    /// UEFI secure boot; a machine without it has none.
    pub secure_boot: Option<SecureBootData>,
    /// Named deviations, on or off; see each view for the names it knows.
    #[serde(default)]
    pub quirks: BTreeMap<String, bool>,
    /// What the Redfish view needs, in its own words.
    pub redfish: Option<toml::Value>,
}

fn unnamed() -> Arc<str> {
    Arc::from("")
}

impl Persona {
    /// Whether the named quirk is on.
    #[must_use]
    pub fn quirk(&self, name: &str) -> bool {
        self.quirks.get(name).copied().unwrap_or(false)
    }
}

/// The management controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BmcData {
    /// Product name, such as a vendor prints on it.
    pub model: String,
    /// Firmware version as the vendor writes it.
    pub firmware: String,
    /// Major and minor firmware revision as Get Device ID gives them; the minor is sent as BCD.
    pub ipmi_firmware: [u8; 2],
    /// IANA enterprise number.
    pub manufacturer_id: u32,
    /// Product id within that number.
    pub product_id: u16,
    /// IPMI device id.
    #[serde(default = "default_device_id")]
    pub device_id: u8,
    /// IPMI device revision, 0 to 15.
    #[serde(default = "one")]
    pub device_revision: u8,
    /// RMCP+ cipher suites offered.
    #[serde(default = "default_suites")]
    pub cipher_suites: Vec<u8>,
    /// RMCP+ session slots.
    #[serde(default = "default_slots")]
    pub session_slots: u8,
}

fn default_device_id() -> u8 {
    0x20
}
fn one() -> u8 {
    1
}
fn default_suites() -> Vec<u8> {
    vec![3, 17]
}
fn default_slots() -> u8 {
    16
}
fn first_version() -> String {
    "1.0".to_owned()
}

/// How long things take, in seconds of plant time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Timing {
    /// From the command to power being on.
    pub power_on: f64,
    /// From the command to power being off.
    pub power_off: f64,
    /// How long a power cycle keeps power off.
    pub off_time: f64,
    /// From power-on to the choice of a boot device.
    pub post: f64,
    /// From that choice to a running operating system.
    pub os_boot: f64,
    /// An orderly shutdown.
    pub shutdown: f64,
    /// Start of the management controller.
    pub bmc_boot: f64,
}

/// What the machine is made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HardwareData {
    /// Processors, all alike.
    pub processors: ProcessorData,
    /// Memory modules, all alike.
    pub memory: MemoryData,
    /// Drives, in groups.
    #[serde(default)]
    pub drives: Vec<DriveData>,
    /// The storage controller.
    pub controller: Option<ControllerData>,
    /// Further storage controllers.
    #[serde(default)]
    pub controllers: Vec<ControllerData>,
    /// Network ports; a rack file's `nics` replace their names and addresses.
    #[serde(default)]
    pub nics: Vec<NicData>,
    /// Power supplies, all alike.
    pub power_supplies: PowerSupplyData,
}

/// Processors, all alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProcessorData {
    /// How many.
    pub count: u32,
    /// Who made them.
    pub manufacturer: String,
    /// Model as the processor names itself.
    pub model: String,
    /// Cores of each.
    pub cores: u32,
    /// Threads of each.
    pub threads: u32,
    /// Top speed in MHz.
    pub mhz: u32,
}

/// Memory modules, all alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemoryData {
    /// How many.
    pub count: u32,
    /// GiB of each.
    pub gib: u32,
    /// Who made them.
    pub manufacturer: String,
    /// Part number.
    pub part_number: String,
    /// Redfish `MemoryDeviceType`, such as `DDR4`.
    pub device_type: String,
    /// Operating speed in MHz.
    pub mhz: u32,
}

/// A group of drives, all alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DriveData {
    /// How many.
    pub count: u32,
    /// Who made them.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Capacity in units of 10^9 bytes.
    pub gigabytes: u64,
    /// Redfish `MediaType`: `SSD` or `HDD`.
    pub media: String,
    /// Redfish `Protocol`: `NVMe`, `SATA` or `SAS`.
    pub protocol: String,
    /// The controller they are behind, from 0.
    #[serde(default)]
    pub controller: usize,
    /// Firmware version.
    #[serde(default = "first_version")]
    pub firmware: String,
}

/// A storage controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ControllerData {
    /// Who made it.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Firmware version.
    pub firmware: String,
    /// What it does with volumes; absent, it knows none.
    pub raid: Option<RaidData>,
}

/// A network port.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NicData {
    /// Name when the rack file gives none.
    pub name: String,
    /// Who made the adapter.
    pub manufacturer: String,
    /// Model of the adapter; equal neighbours are ports of one adapter.
    pub model: String,
    /// Speed in Mbit/s.
    pub speed: u32,
    /// Firmware version.
    #[serde(default = "first_version")]
    pub firmware: String,
}

/// Power supplies, all alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PowerSupplyData {
    /// How many.
    pub count: u32,
    /// Who made them.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Capacity of each in watts.
    pub watts: u32,
    /// Firmware version.
    #[serde(default = "first_version")]
    pub firmware: String,
}

/// Limits on logins.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AccountLimits {
    /// Account slots; IPMI clients read every one, so 16 at most.
    pub slots: u8,
    /// Failures in a row that lock an account; 0 never locks.
    pub lockout_threshold: u32,
    /// Seconds it stays locked; 0 until somebody unlocks it.
    pub lockout_seconds: f64,
    /// The shortest password that can be set, in characters.
    pub min_password_length: usize,
    /// The longest; IPMI takes 20.
    pub max_password_length: usize,
    /// The longest user name; IPMI takes 16.
    pub max_name_length: usize,
}

impl Default for AccountLimits {
    fn default() -> Self {
        Self {
            slots: 16,
            lockout_threshold: 5,
            lockout_seconds: 60.0,
            min_password_length: 8,
            max_password_length: 20,
            max_name_length: 16,
        }
    }
}

/// The event log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LogData {
    /// Entries it holds.
    pub capacity: usize,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// Whether clearing it writes an entry that says so.
    pub records_clear: bool,
}

impl Default for LogData {
    fn default() -> Self {
        Self { capacity: 512, overflow: Overflow::Wrap, records_clear: false }
    }
}

/// What a full log does with a new entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// Drops the oldest.
    Wrap,
    /// Drops the new one and says it overflowed.
    Stop,
}

/// A sensor with numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SensorData {
    /// Name, at most 16 characters so that an IPMI record holds it.
    pub name: String,
    /// IPMI sensor number, unique in the persona.
    pub number: u8,
    /// What it measures.
    pub kind: SensorKind,
    /// What it measures it of.
    pub of: SensorOf,
    /// Which one of those, from 1.
    #[serde(default = "one")]
    pub instance: u8,
    /// Settled value with the operating system running.
    pub on: f64,
    /// Settled value with the host off; absent: no reading then.
    pub off: Option<f64>,
    /// Largest deviation of the noise on it, either way.
    #[serde(default)]
    pub noise: f64,
    /// Seconds in which it covers 63 % of the way to a new settled value; 0 jumps.
    #[serde(default)]
    pub settle: f64,
    /// Where it begins to matter.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SensorKind {
    /// Degrees Celsius.
    Temperature,
    /// Revolutions per minute.
    Fan,
    /// Volts.
    Voltage,
    /// Watts.
    Power,
    /// Amperes.
    Current,
}

/// What a sensor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SensorOf {
    /// Air coming in.
    Inlet,
    /// Air going out.
    Exhaust,
    /// A processor.
    Processor,
    /// Memory.
    Memory,
    /// The main board.
    Board,
    /// A fan.
    Fan,
    /// A power supply: reads only while it has input.
    PowerSupply,
    /// The machine as a whole.
    System,
}

/// Where a reading begins to matter; absent ones do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Thresholds {
    /// Lower non-critical.
    pub lower_caution: Option<f64>,
    /// Lower critical.
    pub lower_critical: Option<f64>,
    /// Lower non-recoverable.
    pub lower_fatal: Option<f64>,
    /// Upper non-critical.
    pub upper_caution: Option<f64>,
    /// Upper critical.
    pub upper_critical: Option<f64>,
    /// Upper non-recoverable.
    pub upper_fatal: Option<f64>,
}
