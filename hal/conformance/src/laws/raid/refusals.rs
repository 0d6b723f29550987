//! What is refused.

use underlay_hal::{
    ApplyTime, ControllerId, ControllerMode, Cx, DriveId, DriveUse, ErrorKind, Initialize, NewVolume,
    Outcome, PowerState, RaidController, Result, Safety, Spare, Staged, raid::RaidLevel,
};

use super::{Choice, FACET, choice, facet, look, made, make, real};
use crate::{
    World,
    laws::{
        Law, ensure,
        help::{Said, untried, without_effect},
        law,
    },
};

async fn create(world: &World, cx: &Cx, choice: &Choice, volume: &NewVolume) -> Result<Outcome<Staged>> {
    let raid = world.device.raid().ok_or_else(|| underlay_hal::Error::unsupported("raid.create_volume"))?;
    raid.create_volume(cx, &choice.controller, volume, choice.when).await
}

/// Calls whatever the controller does not list.
async fn call_unlisted(world: &World, cx: &Cx, controller: &RaidController) -> Said {
    let (facet, id, abilities) = (facet(world)?, &controller.id, &controller.abilities);
    let state = look(world, cx).await?;
    let mut drives: Vec<_> = state.drives.iter().filter(|drive| drive.controller == *id).collect();
    // Free ones first: one that is in use may be refused for that.
    drives.sort_by_key(|drive| drive.usage != DriveUse::Free);
    let when = abilities.apply_times.first().copied().unwrap_or(ApplyTime::Immediate);
    let unsupported = ErrorKind::Unsupported;
    if !abilities.clear_foreign {
        untried(world, unsupported, "clearing a foreign configuration", facet.clear_foreign(cx, id)).await?;
    }
    for mode in [ControllerMode::Raid, ControllerMode::Hba, ControllerMode::Mixed] {
        if !abilities.modes.contains(&mode) {
            untried(world, unsupported, mode.as_str(), facet.set_mode(cx, id, mode)).await?;
        }
    }
    if let Some(drive) = drives.first().filter(|_| !abilities.global_spares) {
        untried(world, unsupported, "a global spare", facet.set_spare(cx, &drive.id, &Spare::Global)).await?;
    }
    let mine = state.volumes.iter().find(|volume| volume.controller == *id);
    for how in [Initialize::Fast, Initialize::Slow] {
        if let Some(volume) = mine.filter(|_| !abilities.initialize.contains(&how)) {
            untried(world, unsupported, "initialising", facet.initialize(cx, &volume.id, how)).await?;
        }
    }
    let of = |level: RaidLevel| {
        let members =
            drives.iter().take(level.least_drives()).map(|drive| drive.id.clone()).collect::<Vec<_>>();
        let free = drives.get(..members.len())?.iter().all(|drive| drive.usage == DriveUse::Free);
        (members.len() == level.least_drives() && (free || !abilities.volumes))
            .then(|| NewVolume::new(level, members))
    };
    let any = abilities.levels.first().copied().unwrap_or(RaidLevel::Raid0);
    for time in ApplyTime::ALL.into_iter().filter(|time| !abilities.apply_times.contains(time)) {
        if let Some(volume) = of(any) {
            untried(world, unsupported, time.as_str(), facet.create_volume(cx, id, &volume, time)).await?;
        }
    }
    let levels = RaidLevel::ALL.into_iter().filter(|level| !abilities.levels.contains(level));
    for level in levels.filter(|_| !abilities.volumes || !abilities.levels.is_empty()) {
        if let Some(volume) = of(level) {
            untried(world, unsupported, level.as_str(), facet.create_volume(cx, id, &volume, when)).await?;
        }
    }
    Ok(())
}

pub(super) const LAWS: &[Law] = &[
    law!("raid::what_is_not_listed_is_unsupported_and_untried", FACET, None, DestroysData, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        // With a volume, where one can be made, there is more to call.
        if let Ok(choice) = choice(world, cx).await {
            make(world, cx, &choice, &choice.volume()).await?;
        }
        for controller in &look(world, cx).await?.controllers {
            call_unlisted(world, cx, controller).await.map_err(|why| format!("{}: {why}", controller.id))?;
        }
        Ok(())
    }),
    law!(
        "raid::a_drive_in_use_is_a_conflict_and_untried",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let (choice, ..) = made(world, cx).await?;
            let volume = choice.volume();
            untried(world, ErrorKind::Conflict, "a drive in use", create(world, cx, &choice, &volume))
                .await?;
            let volumes = real(world)?.volumes();
            ensure!(volumes.len() == 1, "it was refused, and there are {volumes:?}");
            Ok(())
        }
    ),
    law!("raid::too_few_drives_are_invalid_input", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let mut volume = choice.volume();
        volume.drives.pop();
        let call = create(world, cx, &choice, &volume);
        without_effect(world, ErrorKind::InvalidInput, "one drive too few", call).await
    }),
    law!("raid::an_unknown_drive_is_not_found", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let choice = choice(world, cx).await?;
        let mut volume = choice.volume();
        volume.drives.pop();
        volume.drives.push(DriveId::from("no-such-drive"));
        let call = create(world, cx, &choice, &volume);
        without_effect(world, ErrorKind::NotFound, "a drive that is not there", call).await
    }),
    law!(
        "raid::an_unknown_controller_is_not_found",
        FACET,
        Some("raid.volumes"),
        DestroysData,
        |world, cx| {
            let choice = choice(world, cx).await?;
            let elsewhere = Choice { controller: ControllerId::from("no-such-controller"), ..choice };
            let volume = elsewhere.volume();
            let call = create(world, cx, &elsewhere, &volume);
            without_effect(world, ErrorKind::NotFound, "a controller that is not there", call).await
        }
    ),
    law!("raid::destroying_needs_consent", FACET, Some("raid.volumes"), DestroysData, |world, cx| {
        let careful = &cx.consenting(Safety::Mutating);
        let denied = ErrorKind::PermissionDenied;
        let choice = choice(world, cx).await?;
        let new = choice.volume();
        untried(world, denied, "making without consent", create(world, careful, &choice, &new)).await?;
        let (_, volume) = make(world, cx, &choice, &new).await?;
        let (facet, id) = (facet(world)?, &choice.controller);
        let delete = facet.delete_volume(careful, &volume.id, choice.when);
        untried(world, denied, "deleting without consent", delete).await?;
        let empty = facet.initialize(careful, &volume.id, Initialize::Fast);
        untried(world, denied, "initialising without consent", empty).await?;
        let mode = facet.set_mode(careful, id, ControllerMode::Hba);
        untried(world, denied, "another mode without consent", mode).await?;
        untried(world, denied, "clearing without consent", facet.clear_foreign(careful, id)).await
    }),
];
