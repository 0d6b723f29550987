//! `underlay inventory`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    Cx, Enclosure, Error, FirmwareInventory, Hardware, Health, LldpNeighbor, NetworkAdapter, Opened,
    PowerMetrics, RaidState, Result,
};

use super::firmware;
use crate::{
    context::{Context, Failure},
    output::{drive_bytes, or_dash, print},
};

const HEADINGS: [&str; 6] = ["device", "part", "id", "model", "serial", "facts"];

#[derive(Debug, Serialize)]
struct Parts {
    hardware: Hardware,
    #[serde(skip_serializing_if = "Option::is_none")]
    raid: Option<RaidState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware: Option<FirmwareInventory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enclosure: Option<Enclosure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<PowerMetrics>,
}

pub(super) async fn run(
    context: &Context,
    select: &str,
    full: bool,
) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "inventory", |cx: Cx, opened: Arc<Opened>| async move {
            let device = &opened.device;
            let inventory = device.inventory().ok_or_else(|| Error::unsupported("inventory.read"))?;
            let mut parts = Parts {
                hardware: inventory.read(&cx).await?,
                raid: None,
                firmware: None,
                enclosure: None,
                power: None,
            };
            if full {
                parts.rest(&cx, &**device).await?;
            }
            Ok(parts)
        })
        .await?;
    for answer in &answers {
        if let Ok(parts) = &answer.result {
            parts.skipped().for_each(|skipped| {
                eprintln!("{}: {} is left out: {}", answer.device, skipped.what, skipped.why);
            });
        }
    }
    Ok(print(context.output, &HEADINGS, &answers, |parts| parts.rows(full)))
}

/// A row, its id, model, serial number and facts behind the kind of part.
fn row(
    part: &str,
    id: &str,
    model: Option<&str>,
    serial: Option<&str>,
    facts: Vec<Option<String>>,
) -> Vec<String> {
    let facts: Vec<_> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
    let facts = if facts.is_empty() { "-".to_owned() } else { facts.join(", ") };
    vec![part.to_owned(), id.to_owned(), or_dash(model), or_dash(serial), facts]
}

/// Health, where it is worth a word.
fn ill(health: Option<Health>) -> Option<String> {
    health.filter(|health| *health != Health::Ok).map(|health| health.to_string())
}

fn link(up: Option<bool>, mbps: Option<u64>) -> Option<String> {
    match (up, mbps.filter(|mbps| *mbps > 0)) {
        (Some(false), _) => Some("no link".to_owned()),
        (_, Some(mbps)) if mbps % 1000 == 0 => Some(format!("{} Gbit/s", mbps / 1000)),
        (_, Some(mbps)) => Some(format!("{mbps} Mbit/s")),
        (Some(true), None) => Some("link".to_owned()),
        (None, None) => None,
    }
}

/// The other end of a cable.
fn far_end(neighbor: Option<&LldpNeighbor>) -> Option<String> {
    let neighbor = neighbor?;
    let name = neighbor.system_name.as_deref().or(neighbor.chassis_id.as_deref())?;
    Some(format!("to {name} {}", neighbor.port_id.as_deref().unwrap_or_default()).trim_end().to_owned())
}

impl Parts {
    /// What else there is to read. A facet that is not offered is left out.
    async fn rest(&mut self, cx: &Cx, device: &dyn underlay_hal::Device) -> Result<()> {
        if let Some(raid) = device.raid() {
            self.raid = Some(raid.read(cx).await?);
        }
        if let Some(firmware) = device.firmware() {
            self.firmware = Some(firmware.inventory(cx).await?);
        }
        if let Some(chassis) = device.chassis() {
            self.enclosure = Some(chassis.read(cx).await?);
        }
        if let Some(meter) = device.power_meter() {
            self.power = Some(meter.read(cx).await?);
        }
        Ok(())
    }

    fn skipped(&self) -> impl Iterator<Item = &underlay_hal::Skipped> {
        let raid = self.raid.iter().flat_map(|raid| &raid.skipped);
        let firmware = self.firmware.iter().flat_map(|firmware| &firmware.skipped);
        let enclosure = self.enclosure.iter().flat_map(|enclosure| &enclosure.skipped);
        self.hardware.skipped.iter().chain(raid).chain(firmware).chain(enclosure)
    }

    fn rows(&self, full: bool) -> Vec<Vec<String>> {
        let mut rows = self.system_rows();
        rows.extend(self.device_rows());
        if full {
            rows.extend(self.full_rows());
        }
        rows
    }

    fn system_rows(&self) -> Vec<Vec<String>> {
        let Hardware { system, processors, memory, .. } = &self.hardware;
        let mut rows = vec![row(
            "system",
            system.host_name.as_deref().unwrap_or("-"),
            system.model.as_deref(),
            system.serial_number.as_deref(),
            vec![system.bios_version.as_ref().map(|version| format!("BIOS {version}")), ill(system.health)],
        )];
        rows.extend(processors.iter().map(|one| {
            let cores = one.cores.map(|cores| format!("{cores} cores"));
            row("processor", &one.id, one.model.as_deref(), None, vec![cores, ill(one.health)])
        }));
        rows.extend(memory.iter().map(|one| {
            let size = one.capacity_bytes.map(|bytes| format!("{} GiB", bytes >> 30));
            let speed = one.speed_mts.map(|speed| format!("{speed} MT/s"));
            let model = one.part_number.as_deref();
            row("memory", &one.id, model, one.serial_number.as_deref(), vec![size, speed, ill(one.health)])
        }));
        rows
    }

    fn device_rows(&self) -> Vec<Vec<String>> {
        let Hardware { nics, storage_controllers, drives, power_supplies, frus, .. } = &self.hardware;
        let nics = nics.iter().map(|one| {
            let facts = vec![
                one.mac.map(|mac| mac.to_string()),
                link(one.link_up, one.speed_mbps),
                far_end(one.neighbor.as_ref()),
                ill(one.health),
            ];
            row("nic", &one.id, one.model.as_deref(), None, facts)
        });
        let controllers = storage_controllers.iter().map(|one| {
            let firmware = one.firmware_version.as_ref().map(|version| format!("firmware {version}"));
            let serial = one.serial_number.as_deref();
            row("storage", &one.id, one.model.as_deref(), serial, vec![firmware, ill(one.health)])
        });
        let drives = drives.iter().map(|one| {
            let predicted = one.failure_predicted.filter(|it| *it).map(|_| "failure predicted".to_owned());
            let facts = vec![
                one.capacity_bytes.map(drive_bytes),
                one.protocol.clone(),
                one.media.clone(),
                predicted,
                ill(one.health),
            ];
            row("drive", &one.id, one.model.as_deref(), one.serial_number.as_deref(), facts)
        });
        let supplies = power_supplies.iter().map(|one| {
            let watts = one.capacity_watts.map(|watts| format!("{watts} W"));
            row(
                "psu",
                &one.id,
                one.model.as_deref(),
                one.serial_number.as_deref(),
                vec![watts, ill(one.health)],
            )
        });
        let frus = frus.iter().map(|one| {
            row(
                "fru",
                &one.name,
                one.product.as_deref(),
                one.serial_number.as_deref(),
                vec![one.part_number.clone()],
            )
        });
        nics.chain(controllers).chain(drives).chain(supplies).chain(frus).collect()
    }

    fn full_rows(&self) -> Vec<Vec<String>> {
        let mut rows: Vec<_> = self.hardware.network_adapters.iter().flat_map(adapter_rows).collect();
        rows.extend(self.raid.iter().flat_map(|raid| &raid.volumes).map(|volume| {
            let facts = vec![volume.capacity_bytes.map(drive_bytes), ill(volume.health)];
            let level = volume.level.map(|level| level.to_string());
            row("volume", volume.name.as_deref().unwrap_or(volume.id.as_str()), level.as_deref(), None, facts)
        }));
        let firmware = self.firmware.iter().flat_map(firmware::rows);
        rows.extend(firmware.map(|cells| match &*cells {
            [id, name, version, ..] => row("firmware", id, Some(name), None, vec![Some(version.clone())]),
            _ => cells,
        }));
        rows.extend(self.enclosure.iter().flat_map(|one| &one.slots).map(|slot| {
            let state = if slot.present {
                slot.power.map(|power| power.to_string())
            } else {
                Some("empty".to_owned())
            };
            let facts = vec![state, ill(slot.health)];
            row("slot", slot.id.as_str(), slot.model.as_deref(), slot.serial_number.as_deref(), facts)
        }));
        rows.extend(
            self.power
                .iter()
                .filter_map(|power| power.watts)
                .map(|watts| row("power", "-", None, None, vec![Some(format!("{watts} W"))])),
        );
        rows
    }
}

fn adapter_rows(adapter: &NetworkAdapter) -> Vec<Vec<String>> {
    let firmware = adapter.firmware_version.as_ref().map(|version| format!("firmware {version}"));
    let serial = adapter.serial_number.as_deref();
    let first =
        row("adapter", &adapter.id, adapter.model.as_deref(), serial, vec![firmware, ill(adapter.health)]);
    let ports = adapter.ports.iter().map(|port| {
        let macs: Vec<_> = port.macs.iter().map(ToString::to_string).collect();
        let facts = vec![
            Some(macs.join(" ")),
            link(port.link_up, port.speed_mbps),
            far_end(port.neighbor.as_ref()),
            ill(port.health),
        ];
        row("port", &format!("  {}", port.id), None, None, facts)
    });
    std::iter::once(first).chain(ports).collect()
}
