//! The machine's parts, from the system and its chassis.

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Cx, Drive, Hardware, Inventory, MacAddress, MemoryModule, Nic, PowerSupply, Processor, Result, Skipped,
    StorageController, SystemInfo,
};

use crate::{
    device::{RedfishDevice, is_fatal},
    json::{Lenient as _, plain},
    resource::{Member, Resource},
    transport::Link,
};

/// Collects parts; what cannot be read is noted, unless every further call would fail too.
struct Gather<'a> {
    device: &'a RedfishDevice,
    cx: &'a Cx,
    hardware: Hardware,
}

impl Gather<'_> {
    fn keep<T>(&mut self, what: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_fatal(&error) => Err(error),
            Err(error) => {
                if self.hardware.skipped.len() < 1000 {
                    let why = error.report();
                    self.hardware.skipped.push(Skipped { what: plain(what, 256), why });
                }
                Ok(None)
            }
        }
    }

    /// The resources of a collection that a property points to; an absent property is an empty collection.
    async fn collection(&mut self, from: &Value, path: &[&str]) -> Result<Vec<Resource>> {
        let client = &self.device.client;
        let Some(text) = from.link(path) else { return Ok(Vec::new()) };
        let members = match client.link(&text) {
            Ok(link) => client.members(self.cx, &link).await,
            Err(error) => Err(error),
        };
        let members = self.keep(&text, members)?.unwrap_or_default();
        self.resources(members).await
    }

    async fn resources(&mut self, members: Vec<Member>) -> Result<Vec<Resource>> {
        let mut resources = Vec::new();
        for member in members {
            let what = member.link().to_string();
            let read = self.device.client.member(self.cx, member).await;
            resources.extend(self.keep(&what, read)?);
        }
        Ok(resources)
    }

    async fn one(&mut self, from: &Value, path: &[&str]) -> Result<Option<Resource>> {
        let Some(text) = from.link(path) else { return Ok(None) };
        let read = self.device.client.follow(self.cx, from, path).await;
        self.keep(&text, read)
    }

    async fn storage(&mut self, system: &Value) -> Result<()> {
        let storages = self.collection(system, &["Storage"]).await?;
        for storage in &storages {
            let id = storage.body.text(&["Id"]).unwrap_or_default();
            let mut controllers: Vec<Value> = storage.body.list(&["StorageControllers"]).to_vec();
            if controllers.is_empty() {
                let separate = self.collection(&storage.body, &["Controllers"]).await?;
                controllers = separate.into_iter().map(|controller| controller.body).collect();
            }
            let present = controllers.iter().filter(|controller| controller.is_present());
            self.hardware
                .storage_controllers
                .extend(present.map(|controller| storage_controller(&id, controller)));
            let links = self.device.client.linked_all(&storage.body, &["Drives"]);
            for drive in self.resources(links.into_iter().map(Member::Link).collect()).await? {
                if drive.body.is_present() {
                    self.hardware.drives.push(full_drive(&id, &drive.body));
                }
            }
        }
        if storages.is_empty() {
            for simple in self.collection(system, &["SimpleStorage"]).await? {
                let id = simple.body.text(&["Id"]).unwrap_or_default();
                let devices = simple.body.list(&["Devices"]).iter().enumerate();
                self.hardware.drives.extend(
                    devices
                        .filter(|(_, device)| device.is_present())
                        .map(|(n, device)| simple_drive(&id, n, device)),
                );
            }
        }
        Ok(())
    }

    async fn nics(&mut self, system: &Value) -> Result<()> {
        let interfaces = self.collection(system, &["EthernetInterfaces"]).await?;
        for interface in interfaces {
            let nic = nic(&interface.body);
            // Services list virtual and bond interfaces too; a port of the machine has an address of its own.
            if nic.mac.is_some_and(|mac| mac.0 != [0; 6]) {
                self.hardware.nics.push(nic);
            }
        }
        Ok(())
    }

    async fn chassis(&mut self, link: &Link) -> Result<()> {
        let read = self.device.client.get(self.cx, link).await;
        let Some(chassis) = self.keep(link.as_str(), read)? else { return Ok(()) };
        let subsystem = self.one(&chassis.body, &["PowerSubsystem"]).await?;
        let mut supplies = match &subsystem {
            Some(subsystem) => {
                let separate = self.collection(&subsystem.body, &["PowerSupplies"]).await?;
                separate.into_iter().map(|supply| supply.body).collect()
            }
            None => Vec::new(),
        };
        if supplies.is_empty()
            && let Some(power) = self.one(&chassis.body, &["Power"]).await?
        {
            supplies = power.body.list(&["PowerSupplies"]).to_vec();
        }
        let present = supplies.iter().filter(|supply| supply.is_present());
        self.hardware.power_supplies.extend(present.map(power_supply));
        Ok(())
    }
}

pub(crate) fn system_info(system: &Value) -> SystemInfo {
    let mut info = SystemInfo::default();
    info.manufacturer = system.text(&["Manufacturer"]);
    info.model = system.text(&["Model"]);
    info.part_number = system.text(&["PartNumber"]);
    info.serial_number = system.text(&["SerialNumber"]);
    info.sku = system.text(&["SKU"]);
    info.asset_tag = system.text(&["AssetTag"]);
    info.uuid = system.text(&["UUID"]).map(|uuid| uuid.to_ascii_lowercase());
    info.host_name = system.text(&["HostName"]);
    info.bios_version = system.text(&["BiosVersion"]);
    info.health = system.health();
    info
}

fn small(value: Option<u64>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok())
}

pub(crate) fn processor(body: &Value) -> Processor {
    let mut processor = Processor::default();
    processor.id = body.text(&["Id"]).unwrap_or_default();
    processor.socket = body.text(&["Socket"]);
    processor.kind = body.text(&["ProcessorType"]);
    processor.manufacturer = body.text(&["Manufacturer"]);
    processor.model = body.text(&["Model"]);
    processor.cores = small(body.whole(&["TotalCores"]));
    processor.threads = small(body.whole(&["TotalThreads"]));
    processor.max_speed_mhz = small(body.whole(&["MaxSpeedMHz"]));
    processor.health = body.health();
    processor
}

pub(crate) fn memory_module(body: &Value) -> MemoryModule {
    let mut module = MemoryModule::default();
    module.id = body.text(&["Id"]).unwrap_or_default();
    module.slot =
        body.text(&["DeviceLocator"]).or_else(|| body.text(&["Location", "PartLocation", "ServiceLabel"]));
    module.capacity_bytes = body.whole(&["CapacityMiB"]).and_then(|mib| mib.checked_mul(1 << 20));
    module.kind = body.text(&["MemoryDeviceType"]);
    module.speed_mts = small(body.whole(&["OperatingSpeedMhz"]));
    module.manufacturer = body.text(&["Manufacturer"]);
    module.part_number = body.text(&["PartNumber"]);
    module.serial_number = body.text(&["SerialNumber"]);
    module.health = body.health();
    module
}

pub(crate) fn nic(body: &Value) -> Nic {
    let address = |property| body.text(&[property]).and_then(|text| text.parse::<MacAddress>().ok());
    let mut nic = Nic::default();
    nic.id = body.text(&["Id"]).unwrap_or_default();
    nic.mac = address("PermanentMACAddress").or_else(|| address("MACAddress"));
    nic.link_up = match body.text(&["LinkStatus"]).as_deref() {
        Some("LinkUp") => Some(true),
        Some("LinkDown" | "NoLink") => Some(false),
        _ => None,
    };
    nic.speed_mbps = body.whole(&["SpeedMbps"]);
    nic.health = body.health();
    nic
}

pub(crate) fn storage_controller(storage: &str, body: &Value) -> StorageController {
    let mut controller = StorageController::default();
    let member = body.text(&["Id"]).or_else(|| body.text(&["MemberId"])).unwrap_or_default();
    controller.id = if member.starts_with(storage) { member } else { format!("{storage}/{member}") };
    controller.model = body.text(&["Model"]).or_else(|| body.text(&["Name"]));
    controller.manufacturer = body.text(&["Manufacturer"]);
    controller.firmware_version = body.text(&["FirmwareVersion"]);
    controller.serial_number = body.text(&["SerialNumber"]);
    controller.health = body.health();
    controller
}

pub(crate) fn full_drive(storage: &str, body: &Value) -> Drive {
    let mut drive = Drive::default();
    drive.id = body.text(&["Id"]).unwrap_or_default();
    drive.storage = Some(storage.to_owned());
    drive.name = body.text(&["Name"]);
    drive.media = body.text(&["MediaType"]);
    drive.protocol = body.text(&["Protocol"]);
    drive.capacity_bytes = body.whole(&["CapacityBytes"]);
    drive.manufacturer = body.text(&["Manufacturer"]);
    drive.model = body.text(&["Model"]);
    drive.serial_number = body.text(&["SerialNumber"]);
    drive.health = body.health();
    drive
}

pub(crate) fn simple_drive(storage: &str, number: usize, body: &Value) -> Drive {
    let mut drive = Drive::default();
    drive.id = format!("{storage}/{number}");
    drive.storage = Some(storage.to_owned());
    drive.name = body.text(&["Name"]);
    drive.capacity_bytes = body.whole(&["CapacityBytes"]);
    drive.manufacturer = body.text(&["Manufacturer"]);
    drive.model = body.text(&["Model"]);
    drive.health = body.health();
    drive
}

pub(crate) fn power_supply(body: &Value) -> PowerSupply {
    let mut supply = PowerSupply::default();
    supply.id = body.text(&["Id"]).or_else(|| body.text(&["MemberId"])).unwrap_or_default();
    supply.name = body.text(&["Name"]);
    supply.manufacturer = body.text(&["Manufacturer"]);
    supply.model = body.text(&["Model"]);
    supply.serial_number = body.text(&["SerialNumber"]);
    supply.firmware_version = body.text(&["FirmwareVersion"]);
    supply.capacity_watts = body.number(&["PowerCapacityWatts"]);
    supply.health = body.health();
    supply
}

#[async_trait]
impl Inventory for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        const READ: &str = "inventory.read";
        let system = self.read_system(cx, READ).await?.body;
        let mut gather = Gather { device: self, cx, hardware: Hardware::default() };
        gather.hardware.system = system_info(&system);
        let work = async {
            let processors = gather.collection(&system, &["Processors"]).await?;
            let present = processors.iter().filter(|part| part.body.is_present());
            gather.hardware.processors = present.map(|part| processor(&part.body)).collect();
            let memory = gather.collection(&system, &["Memory"]).await?;
            let present = memory.iter().filter(|part| part.body.is_present());
            gather.hardware.memory = present.map(|part| memory_module(&part.body)).collect();
            gather.nics(&system).await?;
            gather.storage(&system).await?;
            for chassis in &self.chassis {
                gather.chassis(chassis).await?;
            }
            Ok(gather.hardware)
        };
        self.named(READ, work.await)
    }
}
