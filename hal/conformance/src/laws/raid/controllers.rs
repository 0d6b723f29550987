//! What else a controller can do.

use underlay_hal::{Change, ControllerId, DriveUse, ErrorKind, Initialize, VolumeId};

use super::{FACET, LONG, choice, drive_of, facet, look, made, real, usage};
use crate::laws::{
    Law,
    effect::in_effect,
    ensure,
    help::{until_for, untried, without_effect},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("raid::initialising_keeps_the_volume", FACET, Some("raid.initialize"), DestroysData, |world, cx| {
        let (_, fact, volume) = made(world, cx).await?;
        let state = look(world, cx).await?;
        let controller = state.controller(&volume.controller).ok_or("its controller is gone")?;
        let how =
            *controller.abilities.initialize.first().ok_or("no way is listed, though it is promised")?;
        let outcome = facet(world)?.initialize(cx, &volume.id, how).await;
        let change = in_effect(world, cx, outcome).await?;
        ensure!(change == Change::Made, "initialising gave {change:?}");
        let (after, seen) = (real(world)?.volumes(), look(world, cx).await?);
        ensure!(after == [fact.clone()], "it was {fact:?}, and there are {after:?}");
        ensure!(seen.volume(&volume.id).is_some(), "it is no longer read: {:?}", seen.volumes);
        Ok(())
    }),
    law!(
        "raid::initialising_what_is_not_there_is_not_found",
        FACET,
        Some("raid.initialize"),
        DestroysData,
        |world, cx| {
            let unknown = VolumeId::from("no-such-volume");
            let call = facet(world)?.initialize(cx, &unknown, Initialize::Fast);
            without_effect(world, ErrorKind::NotFound, "a volume that is not there", call).await
        }
    ),
    law!("raid::a_mode_can_be_set", FACET, Some("raid.modes"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let was = real(world)?.mode();
        let state = look(world, cx).await?;
        let controller = state.controller(&choice.controller).ok_or("its controller is gone")?;
        ensure!(controller.mode == was, "its mode reads as {:?}, it is {was:?}", controller.mode);
        let another = controller.abilities.modes.iter().find(|mode| Some(**mode) != was);
        let mode = *another.ok_or("no other mode is listed, though it is promised")?;
        let outcome = facet(world)?.set_mode(cx, &choice.controller, mode).await;
        in_effect(world, cx, outcome).await?;
        until_for(world, LONG, "the other mode", || async { Ok(real(world)?.mode() == Some(mode)) }).await?;
        until_for(world, LONG, "the other mode read", || async {
            let state = look(world, cx).await?;
            Ok(state.controller(&choice.controller).is_some_and(|one| one.mode == Some(mode)))
        })
        .await
    }),
    law!(
        "raid::a_foreign_configuration_is_cleared",
        FACET,
        Some("raid.clear_foreign"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            let serial_number = choice.serial_numbers.first().ok_or("no drive at all")?;
            real(world)?.make_foreign(serial_number);
            let state = look(world, cx).await?;
            let seen = state.drive(&drive_of(&state, serial_number)?).map(|drive| drive.usage.clone());
            ensure!(seen == Some(DriveUse::Foreign), "a foreign drive reads as {seen:?}");
            let outcome = facet(world)?.clear_foreign(cx, &choice.controller).await;
            let change = in_effect(world, cx, outcome).await?;
            ensure!(change == Change::Made, "clearing gave {change:?}");
            until_for(world, LONG, "the drive free", || async {
                Ok(usage(world, serial_number)? == DriveUse::Free)
            })
            .await
        }
    ),
    law!(
        "raid::clearing_nothing_foreign_is_already_so",
        FACET,
        Some("raid.clear_foreign"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            let before = world.truth.mutations();
            let outcome = facet(world)?.clear_foreign(cx, &choice.controller).await;
            let change = in_effect(world, cx, outcome).await?;
            ensure!(change == Change::AlreadySo, "clearing nothing gave {change:?}");
            ensure!(world.truth.mutations() == before, "clearing nothing changed something");
            Ok(())
        }
    ),
    law!(
        "raid::clearing_on_an_unknown_controller_is_not_found",
        FACET,
        Some("raid.clear_foreign"),
        DestroysData,
        |world, cx| {
            let unknown = ControllerId::from("no-such-controller");
            let call = facet(world)?.clear_foreign(cx, &unknown);
            without_effect(world, ErrorKind::NotFound, "a controller that is not there", call).await
        }
    ),
    law!(
        "raid::a_foreign_drive_is_a_conflict_and_untried",
        FACET,
        Some("raid.clear_foreign"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            real(world)?.make_foreign(choice.serial_numbers.first().ok_or("no drive at all")?);
            let volume = choice.volume();
            let call = facet(world)?.create_volume(cx, &choice.controller, &volume, choice.when);
            untried(world, ErrorKind::Conflict, "a drive with another's configuration", call).await
        }
    ),
];
