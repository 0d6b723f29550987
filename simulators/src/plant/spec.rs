//! What one simulated machine is made of: its persona with the rack file's replacements, and
//! serial numbers, addresses and identifiers drawn from the seed.
use std::sync::Arc;

use rand::{Rng, RngExt};
use underlay_rack as rack;

use super::{SlotSpec, random};
use crate::persona::{
    ControllerData, MemoryData, Persona, PowerSupplyData, ProcessorData, SensorData, Timing,
};

/// What a machine is made of; does not change while the plant runs.
#[derive(Clone, Debug)]
pub struct ServerSpec {
    /// Name in the rack file.
    pub name: Arc<str>,
    /// The persona it plays.
    pub persona: Arc<Persona>,
    /// Durations in force.
    pub timing: Timing,
    /// Serial number of the machine.
    pub serial: String,
    /// Operator's label.
    pub asset_tag: String,
    /// Identifier of the machine: IPMI system GUID and Redfish `UUID`.
    pub uuid: [u8; 16],
    /// Address of the controller's own network port.
    pub bmc_mac: [u8; 6],
    /// Processors.
    pub processors: ProcessorData,
    /// Memory modules.
    pub memory: MemoryData,
    /// Serial numbers of the modules; one per module.
    pub memory_serials: Vec<String>,
    /// The storage controllers.
    pub controllers: Vec<ControllerSpec>,
    /// Drives.
    pub drives: Vec<DriveSpec>,
    /// Network ports of the host.
    pub nics: Vec<NicSpec>,
    /// Power supplies.
    pub power_supplies: PowerSupplyData,
    /// Serial numbers of the power supplies; one per supply.
    pub power_supply_serials: Vec<String>,
    /// Where in an enclosure it is, if it is one of several machines.
    pub slot: Option<SlotSpec>,
}

/// One drive.
#[derive(Clone, Debug)]
pub struct DriveSpec {
    /// Who made it.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Capacity in bytes.
    pub bytes: u64,
    /// `SSD` or `HDD`.
    pub media: String,
    /// `NVMe`, `SATA` or `SAS`.
    pub protocol: String,
    /// The controller it is behind, from 0.
    pub controller: usize,
    /// Firmware version when it was made.
    pub firmware: String,
    /// World-wide name (NAA) or `NVMe` identifier (EUI-64): 16 lower-case hexadecimal digits.
    pub wwn: String,
}

/// One storage controller.
#[derive(Clone, Debug)]
pub struct ControllerSpec {
    /// What it is.
    pub data: ControllerData,
    /// Serial number.
    pub serial: String,
}

/// One network port of the host.
#[derive(Clone, Debug)]
pub struct NicSpec {
    /// Its name.
    pub name: String,
    /// Burned-in address.
    pub mac: [u8; 6],
    /// Top speed in Mbit/s.
    pub speed_mbps: u32,
    /// Who made the adapter.
    pub manufacturer: String,
    /// Model of the adapter; equal neighbours are ports of one adapter.
    pub model: String,
    /// Firmware version of the adapter when it was made.
    pub firmware: String,
}

impl ServerSpec {
    /// Sensors with numbers.
    #[must_use]
    pub fn sensors(&self) -> &[SensorData] {
        &self.persona.sensors
    }

    /// Memory in GiB.
    #[must_use]
    pub fn memory_gib(&self) -> u32 {
        self.memory.count.saturating_mul(self.memory.gib)
    }

    /// Identifier in its usual form, lower case with dashes.
    #[must_use]
    pub fn uuid_text(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (a, rest) = self.uuid.split_at(4);
        let (b, rest) = rest.split_at(2);
        let (c, rest) = rest.split_at(2);
        let (d, e) = rest.split_at(2);
        format!("{}-{}-{}-{}-{}", hex(a), hex(b), hex(c), hex(d), hex(e))
    }

    pub(super) fn resolve(
        device: &rack::Device,
        persona: &Arc<Persona>,
        simulation: rack::Simulation,
        seed: u64,
    ) -> Self {
        let mut rng = random::stream(seed, &device.name, "identity");
        let mut storage = random::stream(seed, &device.name, "storage");
        let data = &persona.hardware;
        let mut uuid = [0_u8; 16];
        rng.fill_bytes(&mut uuid);
        uuid[6] = (uuid[6] & 0x0F) | 0x40; // version 4
        uuid[8] = (uuid[8] & 0x3F) | 0x80; // RFC 9562 variant
        let bmc_mac = mac(&mut rng);
        let serial = device.hardware.serial.clone().unwrap_or_else(|| serial(&mut rng, 7));

        let mut processors = data.processors.clone();
        processors.count = device.hardware.processors.unwrap_or(processors.count);
        let mut memory = data.memory.clone();
        if let Some(gib) = device.hardware.memory_gib {
            memory.gib = (gib / memory.count.max(1)).max(1);
        }
        let memory_serials = (0..memory.count).map(|_| self::serial(&mut rng, 8)).collect();
        let mut power_supplies = data.power_supplies.clone();
        if !device.power.is_empty() {
            // As many supplies as cords.
            power_supplies.count = u32::try_from(device.power.len()).unwrap_or(power_supplies.count);
        }
        let power_supply_serials = (0..power_supplies.count).map(|_| self::serial(&mut rng, 12)).collect();
        Self {
            name: device.name.as_str().into(),
            timing: timing(persona.timing, simulation),
            serial,
            asset_tag: device.hardware.asset_tag.clone().unwrap_or_default(),
            uuid,
            bmc_mac,
            processors,
            memory,
            memory_serials,
            controllers: controllers(persona, &mut storage),
            drives: drives(persona, device.hardware.drives, &mut rng, &mut storage),
            nics: nics(persona, device, &mut rng),
            power_supplies,
            power_supply_serials,
            slot: None,
            persona: Arc::clone(persona),
        }
    }
}

fn timing(mut timing: Timing, simulation: rack::Simulation) -> Timing {
    timing.post = simulation.post_seconds.unwrap_or(timing.post);
    timing.os_boot = simulation.os_boot_seconds.unwrap_or(timing.os_boot);
    timing.shutdown = simulation.shutdown_seconds.unwrap_or(timing.shutdown);
    timing.bmc_boot = simulation.bmc_boot_seconds.unwrap_or(timing.bmc_boot);
    timing
}

fn controllers(persona: &Persona, rng: &mut impl Rng) -> Vec<ControllerSpec> {
    let hardware = &persona.hardware;
    let all = hardware.controller.iter().chain(&hardware.controllers);
    all.map(|data| ControllerSpec { data: data.clone(), serial: serial(rng, 10) }).collect()
}

fn drives(
    persona: &Persona,
    count: Option<u32>,
    rng: &mut impl Rng,
    storage: &mut impl Rng,
) -> Vec<DriveSpec> {
    let groups = &persona.hardware.drives;
    let all = groups.iter().flat_map(|group| (0..group.count).map(move |_| group));
    // More drives than the persona has repeat the last group of its first controller.
    let wanted = count.map_or(usize::MAX, |count| count as usize);
    let main = groups.iter().rev().find(|group| group.controller == 0);
    let more = main.or(groups.last()).into_iter().flat_map(|last| std::iter::repeat_n(last, wanted.min(256)));
    let chosen: Vec<_> = match count {
        None => all.collect(),
        Some(_) => all.chain(more).take(wanted.min(256)).collect(),
    };
    chosen
        .into_iter()
        .map(|group| DriveSpec {
            manufacturer: group.manufacturer.clone(),
            model: group.model.clone(),
            serial: serial(rng, 12),
            bytes: group.gigabytes.saturating_mul(1_000_000_000),
            media: group.media.clone(),
            protocol: group.protocol.clone(),
            controller: group.controller,
            firmware: group.firmware.clone(),
            wwn: wwn(storage, &group.protocol),
        })
        .collect()
}

/// NAA 5 names the maker's own drives; an EUI-64 is what it is.
fn wwn(rng: &mut impl Rng, protocol: &str) -> String {
    let digits = rng.random::<u64>();
    if protocol == "NVMe" { format!("{digits:016x}") } else { format!("5{:015x}", digits >> 4) }
}

fn nics(persona: &Persona, device: &rack::Device, rng: &mut impl Rng) -> Vec<NicSpec> {
    let data = &persona.hardware.nics;
    if device.nics.is_empty() {
        return data
            .iter()
            .map(|nic| NicSpec {
                name: nic.name.clone(),
                mac: mac(rng),
                speed_mbps: nic.speed,
                manufacturer: nic.manufacturer.clone(),
                model: nic.model.clone(),
                firmware: nic.firmware.clone(),
            })
            .collect();
    }
    device
        .nics
        .iter()
        .enumerate()
        .map(|(index, port)| {
            let like = data.get(index).or(data.last());
            NicSpec {
                name: port.name.clone(),
                mac: port.mac.unwrap_or_else(|| mac(rng)),
                speed_mbps: port.speed_mbps.or(like.map(|nic| nic.speed)).unwrap_or(1000),
                manufacturer: like.map(|nic| nic.manufacturer.clone()).unwrap_or_default(),
                model: like.map(|nic| nic.model.clone()).unwrap_or_default(),
                firmware: like.map(|nic| nic.firmware.clone()).unwrap_or_default(),
            }
        })
        .collect()
}

/// A locally administered unicast address: it can collide with no real machine's.
fn mac(rng: &mut impl Rng) -> [u8; 6] {
    let mut mac = [0_u8; 6];
    rng.fill_bytes(&mut mac);
    mac[0] = (mac[0] & 0xFC) | 0x02;
    mac
}

/// Digits and letters that people do not mistake for each other.
pub(super) fn serial(rng: &mut impl Rng, length: usize) -> String {
    const ALPHABET: &[u8] = b"23456789BCDFGHJKLMNPQRSTVWXYZ";
    (0..length)
        .map(|_| {
            let index = rng.random_range(0..ALPHABET.len());
            char::from(ALPHABET.get(index).copied().unwrap_or(b'2'))
        })
        .collect()
}
