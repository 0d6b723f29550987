//! One part of the machine, as the service tells of it.

use serde_json::Value;
use underlay_hal::{Drive, MemoryModule, PowerSupply, Processor, StorageController, SystemInfo};

use crate::{facet::raid::wwn, json::Lenient as _};

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
    drive.wwn = wwn(body);
    drive.failure_predicted = body.truth(&["FailurePredicted"]);
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
