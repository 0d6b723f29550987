//! Processors and memory modules.

use serde_json::{Value, json};

use super::{Scene, collection, ids, link, ok_status, position, with};
use crate::redfish::quirks::Quirk;

pub(super) fn processors(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let (pattern, data) = (&scene.data.ids.processor, &scene.spec().processors);
    let count = data.count as usize;
    match rest {
        [] => Some(collection(path, "Processor", "Processors Collection", ids(pattern, count))),
        [id] => {
            let at = position(pattern, count, id)?;
            Some(with(
                scene.resource(path, "Processor", id, &format!("Processor {}", at + 1)),
                json!({
                    "Socket": format!("CPU {}", at + 1),
                    "ProcessorType": "CPU",
                    "ProcessorArchitecture": "x86",
                    "InstructionSet": "x86-64",
                    "Manufacturer": data.manufacturer,
                    "Model": data.model,
                    "MaxSpeedMHz": data.mhz,
                    "TotalCores": number(scene, data.cores.into()),
                    "TotalThreads": number(scene, scene.service.server.processor_threads().into()),
                    "Status": ok_status("Enabled"),
                    "Links": { "Chassis": link(&scene.chassis()) },
                }),
            ))
        }
        _ => None,
    }
}

pub(super) fn memory(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let (pattern, data) = (&scene.data.ids.memory, &scene.spec().memory);
    let count = data.count as usize;
    match rest {
        [] => Some(collection(path, "Memory", "Memory Collection", ids(pattern, count))),
        [id] => {
            let at = position(pattern, count, id)?;
            Some(with(
                scene.resource(path, "Memory", id, &format!("Memory {}", at + 1)),
                json!({
                    "DeviceLocator": id,
                    "MemoryType": "DRAM",
                    "MemoryDeviceType": data.device_type,
                    "BaseModuleType": "RDIMM",
                    "CapacityMiB": u64::from(data.gib) * 1024,
                    "OperatingSpeedMhz": data.mhz,
                    "Manufacturer": data.manufacturer,
                    "PartNumber": data.part_number,
                    "SerialNumber": scene.spec().memory_serials.get(at),
                    "ErrorCorrection": "MultiBitECC",
                    "RankCount": 2,
                    "DataWidthBits": 64,
                    "BusWidthBits": 72,
                    "Status": ok_status("Enabled"),
                    "Links": { "Chassis": link(&scene.chassis()) },
                }),
            ))
        }
        _ => None,
    }
}

/// A number, or a text of it (Q37c).
fn number(scene: &Scene<'_>, number: u64) -> Value {
    if scene.quirks.has(Quirk::CoresAreText) { number.to_string().into() } else { number.into() }
}
