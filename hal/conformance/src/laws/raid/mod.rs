//! Laws of [`underlay_hal::Raid`].

use std::{collections::BTreeMap, time::Duration};

use underlay_hal::{
    ApplyTime, Change, ControllerId, Cx, DriveId, DriveUse, NewVolume, PowerState, RaidState, Volume,
    raid::RaidLevel,
};

use super::{
    Law,
    effect::in_effect,
    ensure, facet,
    help::{Said, until_for, why},
};
use crate::{VolumeFact, World};

mod controllers;
mod looking;
mod refusals;
mod spares;
mod volumes;

facet!(Raid, raid, RaidTruth);

pub(super) const LAWS: [&[Law]; 5] =
    [looking::LAWS, volumes::LAWS, refusals::LAWS, spares::LAWS, controllers::LAWS];

/// How long a volume may take to be made, and to show up.
const LONG: Duration = Duration::from_secs(900);

/// Free drives of one size behind one controller, and a level that they can make.
struct Choice {
    controller: ControllerId,
    level: RaidLevel,
    /// As many as the level needs at least.
    drives: Vec<DriveId>,
    serial_numbers: Vec<String>,
    /// The capacity of each, in bytes.
    each: u64,
    /// One more free drive of that size behind that controller, where there is one.
    one_more: Option<DriveId>,
    when: ApplyTime,
}

impl Choice {
    fn volume(&self) -> NewVolume {
        NewVolume::new(self.level, self.drives.clone())
    }
}

async fn look(world: &World, cx: &Cx) -> Said<RaidState> {
    facet(world)?.read(cx).await.map_err(why)
}

/// The device's name of the drive with that serial number.
fn drive_of(state: &RaidState, serial_number: &str) -> Said<DriveId> {
    let of = |drive: &&underlay_hal::RaidDrive| drive.serial_number.as_deref() == Some(serial_number);
    let drive = state.drives.iter().find(of).ok_or_else(|| format!("no drive {serial_number} is read"))?;
    Ok(drive.id.clone())
}

/// What to make a volume of, on a machine without volumes whose host runs.
async fn choice(world: &World, cx: &Cx) -> Said<Choice> {
    world.truth.put_power(PowerState::On).await;
    let real = real(world)?;
    real.clear();
    let state = look(world, cx).await?;
    let mut sizes: BTreeMap<(&ControllerId, u64), Vec<(DriveId, String)>> = BTreeMap::new();
    for fact in real.drives().into_iter().filter(|fact| fact.usage == DriveUse::Free) {
        let id = drive_of(&state, &fact.serial_number)?;
        let seen = state.drive(&id).ok_or("a drive without a name")?;
        sizes.entry((&seen.controller, fact.capacity_bytes)).or_default().push((id, fact.serial_number));
    }
    let mut first = None;
    for controller in state.controllers.iter().filter(|controller| controller.abilities.volumes) {
        let abilities = &controller.abilities;
        let when = *abilities.apply_times.first().ok_or("volumes can be made, and at no apply time")?;
        let levels =
            [RaidLevel::Raid1, RaidLevel::Raid0, RaidLevel::Raid5, RaidLevel::Raid6, RaidLevel::Raid10];
        let known =
            levels.into_iter().filter(|l| abilities.levels.is_empty() || abilities.levels.contains(l));
        for level in known {
            for ((id, each), free) in &sizes {
                let least = level.least_drives();
                if **id != controller.id || free.len() < least {
                    continue;
                }
                let (drives, serial_numbers) = free.iter().take(least).cloned().unzip();
                let one_more = free.get(least).map(|(id, _)| id.clone());
                let controller = controller.id.clone();
                let choice =
                    Choice { controller, level, drives, serial_numbers, each: *each, one_more, when };
                // Drives with one more beside them do for every law.
                if choice.one_more.is_some() {
                    return Ok(choice);
                }
                first.get_or_insert(choice);
            }
        }
    }
    first.ok_or_else(|| "no controller can make a volume of its free drives".to_owned())
}

/// Makes a volume on a machine that has none, and waits until it is there, and read.
async fn make(world: &World, cx: &Cx, choice: &Choice, volume: &NewVolume) -> Said<(VolumeFact, Volume)> {
    let (facet, real) = (facet(world)?, real(world)?);
    let outcome = facet.create_volume(cx, &choice.controller, volume, choice.when).await;
    let change = in_effect(world, cx, outcome).await?;
    ensure!(change == Change::Made, "making a volume gave {change:?}");
    until_for(world, LONG, "the volume made", || async { Ok(!real.volumes().is_empty()) }).await?;
    until_for(world, LONG, "the volume read", || async { Ok(!look(world, cx).await?.volumes.is_empty()) })
        .await?;
    let (mut facts, mut seen) = (real.volumes(), look(world, cx).await?.volumes);
    match (facts.pop(), seen.pop()) {
        (Some(fact), Some(volume)) if facts.is_empty() && seen.is_empty() => Ok((fact, volume)),
        (fact, volume) => {
            facts.extend(fact);
            seen.extend(volume);
            Err(format!("one volume was asked for; there are {facts:?}; read were {seen:?}"))
        }
    }
}

/// The same with everything left to the controller.
async fn made(world: &World, cx: &Cx) -> Said<(Choice, VolumeFact, Volume)> {
    let choice = choice(world, cx).await?;
    let (fact, volume) = make(world, cx, &choice, &choice.volume()).await?;
    Ok((choice, fact, volume))
}

/// What a drive is really used for.
fn usage(world: &World, serial_number: &str) -> Said<DriveUse> {
    let drives = real(world)?.drives();
    let drive = drives.into_iter().find(|drive| drive.serial_number == serial_number);
    drive.map(|drive| drive.usage).ok_or_else(|| format!("the drive {serial_number} is gone"))
}
