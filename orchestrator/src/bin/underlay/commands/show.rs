//! `underlay show`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, Hardware, Health, ManagerInfo, Opened, PowerState};

use crate::{
    context::{Context, Failure},
    output::{gib, or_dash, print},
};

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) vendor: Option<String>,
    pub(super) model: Option<String>,
    pub(super) serial_number: Option<String>,
    firmware_version: Option<String>,
    driver: String,
    facets: Vec<Facet>,
    power: Option<PowerState>,
    manager: Option<ManagerInfo>,
    hardware: Option<Hardware>,
}

/// Which driver serves a facet, and why.
#[derive(Debug, Serialize)]
pub(super) struct Facet {
    facet: &'static str,
    driver: String,
    why: String,
}

pub(super) fn facets(opened: &Opened) -> Vec<Facet> {
    let choices = opened.choices.iter();
    choices
        .map(|choice| Facet {
            facet: choice.facet.as_str(),
            driver: choice.driver.clone(),
            why: choice.why.clone(),
        })
        .collect()
}

pub(super) async fn look(cx: &Cx, opened: &Opened) -> underlay_hal::Result<Shown> {
    let info = opened.device.info().clone();
    let power = match opened.device.power() {
        Some(power) => Some(power.state(cx).await?),
        None => None,
    };
    let manager = match opened.device.manager() {
        Some(manager) => Some(manager.info(cx).await?),
        None => None,
    };
    let hardware = match opened.device.inventory() {
        Some(inventory) => Some(inventory.read(cx).await?),
        None => None,
    };
    Ok(Shown {
        vendor: info.vendor,
        model: info.model,
        serial_number: info.serial_number,
        firmware_version: info.firmware_version,
        driver: info.driver,
        facets: facets(opened),
        power,
        manager,
        hardware,
    })
}

/// As much as fits into 80 columns; the rest is in JSON.
pub(super) const HEADINGS: [&str; 9] =
    ["device", "model", "serial", "power", "cpus", "memory", "nics", "disks", "health"];

pub(super) fn row(shown: &Shown) -> Vec<String> {
    let count = |number: usize| if number == 0 { "-".to_owned() } else { number.to_string() };
    let hardware = shown.hardware.as_ref();
    let of = |length: fn(&Hardware) -> usize| count(hardware.map_or(0, length));
    vec![
        or_dash(shown.model.as_deref()),
        or_dash(shown.serial_number.as_deref()),
        or_dash(shown.power),
        of(|hardware| hardware.processors.len()),
        gib(hardware.map_or(0, Hardware::memory_bytes)),
        of(|hardware| hardware.nics.len()),
        of(|hardware| hardware.drives.len()),
        or_dash(hardware.and_then(|hardware| hardware.system.health).map(Health::as_str)),
    ]
}

pub(super) async fn run(context: &Context, select: &str) -> Result<ExitCode, Failure> {
    let answers = context
        .each(select, "show", |cx: Cx, opened: Arc<Opened>| async move { look(&cx, &opened).await })
        .await?;
    Ok(print(context.output, &HEADINGS, &answers, |shown| vec![row(shown)]))
}
