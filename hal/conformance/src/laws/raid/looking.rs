//! What is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use underlay_hal::PowerState;

use super::{FACET, LONG, choice, drive_of, facet, look, made, real};
use crate::laws::{
    Law, ensure,
    help::{ends_in_silence, until_for},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("raid::drives_are_the_machine's", FACET, None, ReadOnly, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let state = look(world, cx).await?;
        ensure!(state.skipped.is_empty(), "skipped: {:?}", state.skipped);
        let ids: BTreeSet<_> = state.drives.iter().map(|drive| &drive.id).collect();
        ensure!(ids.len() == state.drives.len(), "{} drives share {} names", state.drives.len(), ids.len());
        let seen: BTreeMap<_, _> = state
            .drives
            .iter()
            .map(|drive| {
                (drive.serial_number.clone().unwrap_or_default(), (drive.wwn.clone(), drive.capacity_bytes))
            })
            .collect();
        let real: BTreeMap<_, _> = real(world)?
            .drives()
            .into_iter()
            .map(|drive| (drive.serial_number, (drive.wwn, Some(drive.capacity_bytes))))
            .collect();
        ensure!(seen == real, "read {seen:?}, they are {real:?}");
        Ok(())
    }),
    law!("raid::the_use_of_drives_is_told", FACET, Some("raid.usage"), ReadOnly, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let state = look(world, cx).await?;
        for fact in real(world)?.drives() {
            let id = drive_of(&state, &fact.serial_number)?;
            let seen = state.drive(&id).map(|drive| &drive.usage);
            ensure!(seen == Some(&fact.usage), "{id} is {:?}, and reads as {seen:?}", fact.usage);
        }
        Ok(())
    }),
    law!("raid::volumes_are_the_machine's", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let (_, fact, volume) = made(world, cx).await?;
        let state = look(world, cx).await?;
        let mut members: Vec<_> = volume
            .drives
            .iter()
            .map(|id| state.drive(id).and_then(|drive| drive.serial_number.clone()).unwrap_or_default())
            .collect();
        members.sort();
        let mut real = fact.drives.clone();
        real.sort();
        ensure!(members == real, "its members read as {members:?}, they are {real:?}");
        ensure!(
            volume.level == Some(fact.level),
            "its level reads as {:?}, it is {}",
            volume.level,
            fact.level
        );
        ensure!(
            volume.capacity_bytes == Some(fact.capacity_bytes),
            "it reads as {:?} bytes, it has {}",
            volume.capacity_bytes,
            fact.capacity_bytes
        );
        Ok(())
    }),
    law!(
        "raid::everything_belongs_to_a_controller",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            made(world, cx).await?;
            let state = look(world, cx).await?;
            let owners = state.drives.iter().map(|drive| (drive.id.as_str(), &drive.controller));
            let owned =
                owners.chain(state.volumes.iter().map(|volume| (volume.id.as_str(), &volume.controller)));
            for (name, controller) in owned {
                ensure!(
                    state.controller(controller).is_some(),
                    "{name} is of {controller}, which is not listed"
                );
            }
            Ok(())
        }
    ),
    law!("raid::a_pulled_drive_is_gone", FACET, None, DestroysData, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let before = look(world, cx).await?;
        let drives = real(world)?.drives();
        let serial_number = &drives.last().ok_or("the machine has no drive")?.serial_number;
        let gone = drive_of(&before, serial_number)?;
        real(world)?.pull_drive(serial_number);
        until_for(world, LONG, "the drive gone", || async {
            Ok(look(world, cx).await?.drive(&gone).is_none())
        })
        .await?;
        let (before, after) = (before.drives.len(), look(world, cx).await?.drives.len());
        ensure!(after + 1 == before, "one of {before} drives was pulled, and {after} are left");
        Ok(())
    }),
    law!("raid::the_fingerprint_stays_while_nothing_moves", FACET, None, ReadOnly, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let before = look(world, cx).await?.fingerprint;
        world.truth.pass(Duration::from_secs(30)).await;
        let again = look(world, cx).await?.fingerprint;
        ensure!(before == again, "nothing moved, but {before:?} became {again:?}");
        Ok(())
    }),
    law!(
        "raid::the_fingerprint_moves_with_volumes",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            let before = look(world, cx).await?.fingerprint;
            super::make(world, cx, &choice, &choice.volume()).await?;
            let after = look(world, cx).await?.fingerprint;
            ensure!(after != before, "a volume was made, and the fingerprint is still {after:?}");
            Ok(())
        }
    ),
    law!("raid::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
