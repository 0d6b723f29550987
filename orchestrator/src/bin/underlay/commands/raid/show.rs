//! `underlay raid show`.

use std::{process::ExitCode, sync::Arc};

use underlay_hal::{
    ControllerId, ControllerMode, Cx, DriveId, DriveUse, Error, Health, Opened, RaidController, RaidDrive,
    RaidState, Volume,
};

use super::{last_part, title};
use crate::{
    context::{Context, Failure},
    output::{drive_bytes, or_dash, print},
};

const HEADINGS: [&str; 7] = ["device", "what", "id", "kind", "size", "use", "health"];

pub(super) async fn run(context: &Context, select: &str) -> Result<ExitCode, Failure> {
    let answers = context
        .each(select, "raid show", |cx: Cx, opened: Arc<Opened>| async move {
            opened.device.raid().ok_or_else(|| Error::unsupported("raid.read"))?.read(&cx).await
        })
        .await?;
    for answer in &answers {
        for skipped in answer.result.iter().flat_map(|state| &state.skipped) {
            eprintln!("{}: {skipped:?} could not be read", answer.device);
        }
    }
    Ok(print(context.output, &HEADINGS, &answers, rows))
}

/// A controller, then its volumes, then its drives.
pub(in crate::commands) fn rows(state: &RaidState) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for controller in &state.controllers {
        rows.push(controller_row(controller));
        let mine = |id: &ControllerId| *id == controller.id;
        rows.extend(state.volumes.iter().filter(|volume| mine(&volume.controller)).map(volume_row));
        rows.extend(state.drives.iter().filter(|drive| mine(&drive.controller)).map(drive_row));
    }
    rows
}

fn row(cells: [String; 5], health: Option<Health>) -> Vec<String> {
    cells.into_iter().chain([or_dash(health)]).collect()
}

fn controller_row(one: &RaidController) -> Vec<String> {
    let mode = one.mode.map(ControllerMode::as_str);
    let can = if one.abilities.volumes { or_dash(mode) } else { "no volumes".to_owned() };
    let kind = or_dash(one.model.as_deref());
    row(["controller".to_owned(), one.id.to_string(), kind, "-".to_owned(), can], one.health)
}

fn volume_row(volume: &Volume) -> Vec<String> {
    let running = volume.operations.iter().map(|(what, percent)| match percent {
        Some(percent) => format!("{what} {percent} %"),
        None => what.clone(),
    });
    let running: Vec<_> = running.collect();
    let name = volume.name.as_ref().map(|name| format!("\"{name}\" ")).unwrap_or_default();
    let use_ = if running.is_empty() { drives_words(&volume.drives) } else { running.join(", ") };
    row(
        [
            "volume".to_owned(),
            format!("  {name}{}", last_part(volume.id.as_str())),
            or_dash(volume.level),
            or_dash(volume.capacity_bytes.map(drive_bytes)),
            use_,
        ],
        volume.health,
    )
}

fn drive_row(drive: &RaidDrive) -> Vec<String> {
    let size = or_dash(drive.capacity_bytes.map(drive_bytes));
    let mut usage = usage_words(&drive.usage).to_owned();
    if drive.failure_predicted == Some(true) {
        usage.push_str(", failure predicted");
    }
    row(
        ["drive".to_owned(), format!("  {}", last_part(drive.id.as_str())), kind_words(drive), size, usage],
        drive.health,
    )
}

fn kind_words(drive: &RaidDrive) -> String {
    let words = [
        drive.protocol.map(|protocol| format!("{protocol:?}").to_lowercase()),
        drive.media.map(|media| format!("{media:?}").to_lowercase()),
    ];
    let words: Vec<_> = words.into_iter().flatten().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

fn usage_words(usage: &DriveUse) -> &'static str {
    match usage {
        DriveUse::Free => "free",
        DriveUse::Member => "in a volume",
        DriveUse::PassThrough => "passed through",
        DriveUse::GlobalSpare => "spare",
        DriveUse::DedicatedSpare => "spare of a volume",
        DriveUse::Foreign => "foreign",
        DriveUse::Failed => "failed",
        _ => "-",
    }
}

fn drives_words(drives: &[DriveId]) -> String {
    let parts: Vec<_> = drives.iter().map(|id| last_part(id.as_str())).collect();
    match parts.len() {
        0 => "-".to_owned(),
        1..=2 => format!("on {}", parts.join(", ")),
        many => format!("on {many} drives"),
    }
}

/// A volume in words: its name, level, size, drives.
pub(super) fn volume_words(volume: &Volume) -> String {
    let drives: Vec<_> = volume.drives.iter().map(|id| last_part(id.as_str())).collect();
    let size = volume.capacity_bytes.map(|bytes| format!("{} = {bytes} bytes", drive_bytes(bytes)));
    let drives = if drives.is_empty() { None } else { Some(format!("on {}", drives.join(", "))) };
    let facts = [volume.level.map(|level| level.to_string()), size, drives].into_iter().flatten();
    format!("\"{}\" ({})", title(volume), facts.collect::<Vec<_>>().join(", "))
}

/// A drive in words: its id, size, serial number.
pub(super) fn drive_words(drive: &RaidDrive) -> String {
    let facts = [
        drive.capacity_bytes.map(drive_bytes),
        Some(kind_words(drive)).filter(|words| words != "-"),
        drive.serial_number.as_ref().map(|serial| format!("serial {serial}")),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    format!("drive {} ({})", last_part(drive.id.as_str()), facts.join(", "))
}
