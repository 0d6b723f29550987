//! Making and deleting volumes.

use std::time::Duration;

use underlay_hal::{Capacity, Change, DriveUse, NewVolume, Outcome};

use super::{FACET, LONG, choice, facet, look, made, make, real, usage};
use crate::laws::{
    Law,
    effect::in_effect,
    ensure,
    help::{until_for, why},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!(
        "raid::a_volume_is_made_of_the_drives_asked_for",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let (choice, fact, _) = made(world, cx).await?;
            let (mut asked, mut got) = (choice.serial_numbers.clone(), fact.drives.clone());
            asked.sort();
            got.sort();
            ensure!(asked == got, "asked for {asked:?}, it is made of {got:?}");
            Ok(())
        }
    ),
    law!(
        "raid::a_volume_is_of_the_level_asked_for",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let (choice, fact, _) = made(world, cx).await?;
            ensure!(fact.level == choice.level, "asked for {}, it is {}", choice.level, fact.level);
            Ok(())
        }
    ),
    law!(
        "raid::max_is_nearly_all_that_the_level_leaves",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let (choice, fact, _) = made(world, cx).await?;
            let most = choice.level.usable_bytes(choice.drives.len(), choice.each);
            let got = fact.capacity_bytes;
            ensure!(
                got <= most,
                "{} of {} x {} bytes has {got}",
                choice.level,
                choice.drives.len(),
                choice.each
            );
            ensure!(got > most / 10 * 9, "as large as possible is {got} of {most} bytes");
            Ok(())
        }
    ),
    law!("raid::a_size_asked_for_is_kept", FACET, Some("raid.capacity"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let asked = choice.level.usable_bytes(choice.drives.len(), choice.each) / 4;
        let volume = NewVolume { capacity: Capacity::Bytes(asked), ..choice.volume() };
        let got = make(world, cx, &choice, &volume).await?.0.capacity_bytes;
        // Controllers round to their strips.
        ensure!(got.abs_diff(asked) <= asked / 100, "asked for {asked} bytes, it has {got}");
        Ok(())
    }),
    law!("raid::a_name_asked_for_is_kept", FACET, Some("raid.names"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let volume = NewVolume { name: Some("lawful".to_owned()), ..choice.volume() };
        let (fact, seen) = make(world, cx, &choice, &volume).await?;
        ensure!(fact.name == "lawful", "its name is {:?}", fact.name);
        ensure!(seen.name.as_deref() == Some("lawful"), "its name reads as {:?}", seen.name);
        Ok(())
    }),
    law!("raid::deleting_frees_the_drives", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let (choice, _, volume) = made(world, cx).await?;
        let outcome = facet(world)?.delete_volume(cx, &volume.id, choice.when).await;
        in_effect(world, cx, outcome).await?;
        until_for(world, LONG, "free drives", || async {
            let mut free = true;
            for serial_number in &choice.serial_numbers {
                free &= usage(world, serial_number)? == DriveUse::Free;
            }
            Ok(free)
        })
        .await
    }),
    law!("raid::deleting_removes_the_volume", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let (choice, _, volume) = made(world, cx).await?;
        let outcome = facet(world)?.delete_volume(cx, &volume.id, choice.when).await;
        let change = in_effect(world, cx, outcome).await?;
        ensure!(change == Change::Made, "deleting a volume gave {change:?}");
        until_for(world, LONG, "no volume", || async { Ok(real(world)?.volumes().is_empty()) }).await?;
        until_for(world, LONG, "no volume read", || async { Ok(look(world, cx).await?.volumes.is_empty()) })
            .await
    }),
    law!(
        "raid::deleting_what_is_gone_is_already_so",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let (choice, _, volume) = made(world, cx).await?;
            let facet = facet(world)?;
            let outcome = facet.delete_volume(cx, &volume.id, choice.when).await;
            in_effect(world, cx, outcome).await?;
            until_for(world, LONG, "no volume read", || async {
                Ok(look(world, cx).await?.volumes.is_empty())
            })
            .await?;
            let before = world.truth.mutations();
            let outcome = facet.delete_volume(cx, &volume.id, choice.when).await.map_err(why)?;
            let change = match &outcome {
                Outcome::Done(staged) => Some(staged.change),
                Outcome::Running(_) => None,
            };
            ensure!(change == Some(Change::AlreadySo), "deleting what is gone gave {outcome:?}");
            ensure!(world.truth.mutations() == before, "deleting what is gone changed something");
            Ok(())
        }
    ),
    law!("raid::nothing_here_resets_the_host", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let before = (world.truth.boots(), world.truth.resets());
        let facet = facet(world)?;
        // Whatever it waits for is not supplied here.
        drop(facet.create_volume(cx, &choice.controller, &choice.volume(), choice.when).await.map_err(why)?);
        world.truth.pass(Duration::from_secs(120)).await;
        let after = (world.truth.boots(), world.truth.resets());
        ensure!(after == before, "making a volume took boots and resets from {before:?} to {after:?}");
        Ok(())
    }),
    law!(
        "raid::a_lost_answer_is_settled_by_reading_back",
        FACET,
        Some("raid.lost_answer"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            make(world, cx, &choice, &choice.volume()).await?;
            world.truth.pass(Duration::from_secs(120)).await;
            let volumes = real(world)?.volumes();
            ensure!(volumes.len() == 1, "one was asked for, and its answer lost; there are {volumes:?}");
            Ok(())
        }
    ),
];
