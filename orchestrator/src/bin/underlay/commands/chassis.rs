//! `underlay chassis`.

use std::{process::ExitCode, sync::Arc};

use underlay_hal::{Cx, Device, Error, ErrorKind, Opened, Result, Slot, SlotId, SlotKind};

use super::change::{Done, Mutation, Step};
use crate::{
    cli::Chassis,
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

pub(super) async fn run(context: &Context, command: &Chassis) -> std::result::Result<ExitCode, Failure> {
    match command {
        Chassis::Show { select } => show(context, select).await,
        Chassis::Power { device, slot, action, wait } => {
            let mutation = Mutation::harmless(context, "chassis power", *wait);
            let (slot, action) = (&SlotId::from(slot.as_str()), action.action());
            let look = async |step: &Step| known(step.device(), &step.cx, slot).await;
            let act = async |step: &Step, ()| {
                let chassis = facet(step.device())?;
                step.changed(chassis.set_power(&step.cx, slot, action).await?).await
            };
            let answers = mutation.run(device, look, |()| Vec::new(), act).await?;
            Ok(print_if(context.output, &["device", "slot", "change"], answers, |done: &Done| {
                vec![vec![slot.to_string(), done.words()]]
            }))
        }
    }
}

fn facet(device: &dyn Device) -> Result<&dyn underlay_hal::Chassis> {
    device.chassis().ok_or_else(|| {
        let message = "is one machine, and no enclosure of several; `underlay power` switches it";
        Error::new(ErrorKind::Unsupported, message).during("chassis.read")
    })
}

/// A misspelt slot is told with the names that there are, before anything is asked of the device.
async fn known(device: &dyn Device, cx: &Cx, slot: &SlotId) -> Result<()> {
    let enclosure = facet(device)?.read(cx).await?;
    let machines = || enclosure.slots.iter().filter(|slot| slot.kind == SlotKind::Compute);
    if machines().any(|known| known.id == *slot) || machines().next().is_none() {
        return Ok(());
    }
    let names: Vec<_> = machines().map(|slot| slot.id.to_string()).collect();
    let message = format!("no machine is in a slot `{slot}`; there are {}", names.join(", "));
    Err(Error::new(ErrorKind::NotFound, message))
}

async fn show(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "chassis show", |cx: Cx, opened: Arc<Opened>| async move {
            facet(&*opened.device)?.read(&cx).await
        })
        .await?;
    let headings = ["device", "slot", "holds", "power", "health", "model", "serial number"];
    Ok(print(context.output, &headings, &answers, |enclosure| enclosure.slots.iter().map(row).collect()))
}

fn row(slot: &Slot) -> Vec<String> {
    let holds = if slot.present { kind(slot.kind) } else { "nothing" };
    vec![
        slot.id.to_string(),
        holds.to_owned(),
        or_dash(slot.power),
        or_dash(slot.health),
        or_dash(slot.model.as_deref()),
        or_dash(slot.serial_number.as_deref()),
    ]
}

fn kind(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Compute => "machine",
        SlotKind::Switch => "switch",
        SlotKind::PowerSupply => "power supply",
        SlotKind::Fan => "fan",
        SlotKind::Management => "management",
        _ => "other",
    }
}
