//! `underlay raid`.

mod choose;
mod show;

use std::process::ExitCode;

use serde::Serialize;
use underlay_hal::{
    ApplyTime, ControllerId, ControllerMode, DriveId, Error, ErrorKind, Initialize, NewVolume,
    Raid as RaidFacet, RaidState, Result, Spare, Volume, VolumeId,
};

use self::{
    choose::{choose, controller_of, drive_of, volume_of},
    show::{drive_words, volume_words},
};
use super::change::{Done, Mutation, Step, apply_time};
use crate::{
    cli::{Consent, ModeWord, Raid, RaidCreate, SpareWord, Wait, When},
    context::{Context, Failure},
    output::{drive_bytes, or_dash, print_if},
};

type Code = std::result::Result<ExitCode, Failure>;

pub(super) async fn run(context: &Context, command: &Raid) -> Code {
    match command {
        Raid::Show { select } => show::run(context, select).await,
        Raid::Create(arguments) => create(context, arguments).await,
        Raid::Delete { select, volumes, all: _, when, consent, wait } => {
            delete(context, select, volumes, *when, Mutation::asking(context, "raid delete", *consent, *wait))
                .await
        }
        Raid::Initialize { select, volume, slow, consent, wait } => {
            let how = if *slow { Initialize::Slow } else { Initialize::Fast };
            initialize(select, volume, how, Mutation::asking(context, "raid initialize", *consent, *wait))
                .await
        }
        Raid::Spare { select, drive, spare, volumes, wait } => {
            set_spare(context, select, drive, (*spare, volumes), *wait).await
        }
        Raid::Mode { select, controller, mode, consent, wait } => {
            let mode = match mode {
                ModeWord::Raid => ControllerMode::Raid,
                ModeWord::Hba => ControllerMode::Hba,
                ModeWord::Mixed => ControllerMode::Mixed,
            };
            set_mode(select, controller, mode, Mutation::asking(context, "raid mode", *consent, *wait)).await
        }
        Raid::ClearForeign { select, controller, consent, wait } => {
            clear_foreign(context, select, controller, *consent, *wait).await
        }
    }
}

fn facet(step: &Step) -> Result<&dyn RaidFacet> {
    step.device().raid().ok_or_else(|| Error::unsupported("raid.read"))
}

async fn state(step: &Step) -> Result<RaidState> {
    facet(step)?.read(&step.cx).await
}

/// A change with the thing that it was made to.
#[derive(Debug, Serialize)]
struct Changed {
    what: String,
    #[serde(flatten)]
    done: Done,
}

fn rows(changed: &Changed) -> Vec<Vec<String>> {
    vec![vec![changed.what.clone(), changed.done.words()]]
}

/// When the controller is to do it.
fn when_of(state: &RaidState, controller: &ControllerId, said: Option<When>) -> Result<ApplyTime> {
    let offered = state.controller(controller).map(|controller| controller.abilities.apply_times.as_slice());
    apply_time(said, offered.unwrap_or_default())
}

/// A volume that is to be made.
struct Making {
    controller: ControllerId,
    volume: NewVolume,
    when: ApplyTime,
    losses: Vec<String>,
}

async fn create(context: &Context, arguments: &RaidCreate) -> Code {
    let mutation = Mutation::asking(context, "raid create", arguments.consent, arguments.wait);
    let look = async |step: &Step| {
        let state = state(step).await?;
        let (controller, drives) = choose(&state, arguments)?;
        let spares: Result<Vec<DriveId>> =
            arguments.spares.iter().map(|word| Ok(drive_of(&state, word)?.id.clone())).collect();
        let losses = drives.iter().filter_map(|id| state.drive(id)).map(|drive| {
            format!("what is on {}, which goes into a new {} volume", drive_words(drive), arguments.level)
        });
        Ok(Making {
            when: when_of(&state, &controller, arguments.when)?,
            losses: losses.collect(),
            volume: NewVolume {
                name: arguments.name.clone(),
                spares: spares?,
                capacity: arguments.capacity,
                strip_bytes: arguments.strip,
                encrypt: arguments.encrypt,
                ..NewVolume::new(arguments.level, drives)
            },
            controller,
        })
    };
    let act = async |step: &Step, making: Making| {
        let Making { controller, volume, when, .. } = making;
        let outcome = facet(step)?.create_volume(&step.cx, &controller, &volume, when).await?;
        let done = step.staged(outcome).await?;
        let drives: Vec<_> = volume.drives.iter().map(DriveId::as_str).map(last_part).collect();
        let name = volume.name.map(|name| format!("{name}: ")).unwrap_or_default();
        Ok(Changed { what: format!("{name}{} of {}", volume.level, drives.join(", ")), done })
    };
    let answers = mutation.run(&arguments.select, look, |making| making.losses.clone(), act).await?;
    Ok(print_if(context.output, &["device", "volume", "change"], answers, rows))
}

/// The part of an id that people read.
fn last_part(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// What a volume is called.
fn title(volume: &Volume) -> String {
    volume.name.clone().unwrap_or_else(|| last_part(volume.id.as_str()).to_owned())
}

async fn delete(
    context: &Context,
    select: &str,
    words: &[String],
    when: Option<When>,
    mutation: Mutation<'_>,
) -> Code {
    let look = async |step: &Step| {
        let state = state(step).await?;
        let volumes: Result<Vec<Volume>> = if words.is_empty() {
            Ok(state.volumes.clone())
        } else {
            words.iter().map(|word| volume_of(&state, word).cloned()).collect()
        };
        let volumes = volumes?;
        let times: Result<Vec<_>> =
            volumes.iter().map(|one| when_of(&state, &one.controller, when)).collect();
        Ok(volumes.into_iter().zip(times?).collect::<Vec<_>>())
    };
    let losses = |volumes: &Vec<(Volume, ApplyTime)>| {
        volumes.iter().map(|(volume, _)| format!("volume {}", volume_words(volume))).collect()
    };
    let act = async |step: &Step, volumes: Vec<(Volume, ApplyTime)>| {
        let mut deleted: Vec<Changed> = Vec::new();
        for (volume, when) in volumes {
            let done = match facet(step)?.delete_volume(&step.cx, &volume.id, when).await {
                Ok(outcome) => step.staged(outcome).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(done) => deleted.push(Changed { what: title(&volume), done }),
                Err(error) => return Err(after(&deleted, &volume, error)),
            }
        }
        Ok(Deleted { volumes: deleted })
    };
    let answers = mutation.run(select, look, losses, act).await?;
    Ok(print_if(context.output, &["device", "volume", "change"], answers, |deleted| {
        if deleted.volumes.is_empty() {
            return vec![vec!["(none)".to_owned(), "already so".to_owned()]];
        }
        deleted.volumes.iter().flat_map(rows).collect()
    }))
}

#[derive(Debug, Serialize)]
struct Deleted {
    volumes: Vec<Changed>,
}

/// A failure that says what was done before it.
fn after(deleted: &[Changed], volume: &Volume, error: Error) -> Error {
    let before: Vec<_> = deleted.iter().map(|one| format!("{} ({})", one.what, one.done.words())).collect();
    let before =
        if before.is_empty() { String::new() } else { format!("deleted before it: {}; ", before.join(", ")) };
    let effect = error.effect();
    Error::new(error.kind(), format!("{before}{} was not", title(volume)))
        .with_source(error)
        .with_effect(effect)
}

async fn initialize(select: &str, word: &str, how: Initialize, mutation: Mutation<'_>) -> Code {
    let look = async |step: &Step| volume_of(&state(step).await?, word).cloned();
    let losses = |volume: &Volume| vec![format!("what is on volume {}", volume_words(volume))];
    let act = async |step: &Step, volume: Volume| {
        let outcome = facet(step)?.initialize(&step.cx, &volume.id, how).await?;
        Ok(Changed { what: title(&volume), done: step.staged(outcome).await? })
    };
    let answers = mutation.run(select, look, losses, act).await?;
    Ok(print_if(mutation.context.output, &["device", "volume", "change"], answers, rows))
}

async fn set_spare(
    context: &Context,
    select: &str,
    drive: &str,
    (spare, volumes): (SpareWord, &[String]),
    wait: Wait,
) -> Code {
    let mutation = Mutation::harmless(context, "raid spare", wait);
    let look = async |step: &Step| {
        let state = state(step).await?;
        let ids: Result<Vec<VolumeId>> =
            volumes.iter().map(|word| Ok(volume_of(&state, word)?.id.clone())).collect();
        let spare = match spare {
            SpareWord::No => Spare::No,
            SpareWord::Global => Spare::Global,
            SpareWord::Of => Spare::Of(ids?),
        };
        Ok((drive_of(&state, drive)?.id.clone(), spare))
    };
    let act = async |step: &Step, (drive, spare): (DriveId, Spare)| {
        let outcome = facet(step)?.set_spare(&step.cx, &drive, &spare).await?;
        Ok(Changed { what: last_part(drive.as_str()).to_owned(), done: step.staged(outcome).await? })
    };
    let answers = mutation.run(select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "drive", "change"], answers, rows))
}

async fn set_mode(select: &str, word: &str, mode: ControllerMode, mutation: Mutation<'_>) -> Code {
    let look = async |step: &Step| {
        let state = state(step).await?;
        let controller = controller_of(&state, word)?.clone();
        if !controller.abilities.modes.contains(&mode) {
            let offered: Vec<_> = controller.abilities.modes.iter().map(|mode| mode.as_str()).collect();
            let offered =
                if offered.is_empty() { "no mode to choose".to_owned() } else { offered.join(", ") };
            let message = format!("the controller offers {offered}");
            return Err(Error::new(ErrorKind::Unsupported, message).during("raid.set_mode"));
        }
        let volumes = state.volumes.into_iter().filter(|volume| volume.controller == controller.id);
        let volumes: Vec<_> = volumes.collect();
        Ok((controller, volumes))
    };
    let losses = |(controller, volumes): &(underlay_hal::RaidController, Vec<Volume>)| {
        let from = or_dash(controller.mode.map(ControllerMode::as_str));
        let first = format!("controller {} goes from {from} to {}", controller.id, mode.as_str());
        let volumes = volumes.iter().map(|volume| format!("volume {}", volume_words(volume)));
        std::iter::once(first).chain(volumes).collect()
    };
    let act = async |step: &Step, (controller, _): (underlay_hal::RaidController, Vec<Volume>)| {
        let outcome = facet(step)?.set_mode(&step.cx, &controller.id, mode).await?;
        Ok(Changed { what: controller.id.to_string(), done: step.staged(outcome).await? })
    };
    let answers = mutation.run(select, look, losses, act).await?;
    Ok(print_if(mutation.context.output, &["device", "controller", "change"], answers, rows))
}

async fn clear_foreign(context: &Context, select: &str, word: &str, consent: Consent, wait: Wait) -> Code {
    let mutation = Mutation::asking(context, "raid clear-foreign", consent, wait);
    let look = async |step: &Step| {
        let state = state(step).await?;
        let controller = controller_of(&state, word)?.id.clone();
        let foreign = |drive: &&underlay_hal::RaidDrive| {
            drive.controller == controller && drive.usage == underlay_hal::DriveUse::Foreign
        };
        let drives: Vec<_> = state.drives.iter().filter(foreign).map(drive_words).collect();
        let bytes = state.drives.iter().filter(foreign).filter_map(|drive| drive.capacity_bytes).sum();
        let losses = match drives.len() {
            0 => Vec::new(),
            _ => vec![format!(
                "volumes of another controller on {} ({})",
                drives.join(", "),
                drive_bytes(bytes)
            )],
        };
        Ok((controller, losses))
    };
    let act = async |step: &Step, (controller, _): (ControllerId, Vec<String>)| {
        let outcome = facet(step)?.clear_foreign(&step.cx, &controller).await?;
        Ok(Changed { what: controller.to_string(), done: step.staged(outcome).await? })
    };
    let answers = mutation.run(select, look, |(_, losses)| losses.clone(), act).await?;
    Ok(print_if(context.output, &["device", "controller", "change"], answers, rows))
}
