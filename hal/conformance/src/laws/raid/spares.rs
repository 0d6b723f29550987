//! Spares.

use underlay_hal::{Cx, DriveId, DriveUse, ErrorKind, Spare, Volume, VolumeId};

use super::{Choice, FACET, LONG, facet, look, made};
use crate::{
    World,
    laws::{
        Law,
        effect::in_effect,
        ensure,
        help::{Said, until_for, without_effect},
        law,
    },
};

/// A volume, and a free drive beside it.
async fn with_one_more(world: &World, cx: &Cx) -> Said<(Choice, Volume, DriveId)> {
    let (choice, _, volume) = made(world, cx).await?;
    let one_more = choice.one_more.clone().ok_or("no free drive of that size is left for a spare")?;
    Ok((choice, volume, one_more))
}

/// Asks for it, and waits until the drive reads as used so.
async fn becomes(world: &World, cx: &Cx, drive: &DriveId, spare: Spare, usage: DriveUse) -> Said {
    let outcome = facet(world)?.set_spare(cx, drive, &spare).await;
    in_effect(world, cx, outcome).await?;
    until_for(world, LONG, &format!("{drive} read as {usage:?}"), || async {
        let state = look(world, cx).await?;
        Ok(state.drive(drive).is_some_and(|drive| drive.usage == usage))
    })
    .await?;
    let state = look(world, cx).await?;
    let serial_number = state.drive(drive).and_then(|drive| drive.serial_number.clone()).unwrap_or_default();
    let real = super::usage(world, &serial_number)?;
    ensure!(real == usage, "{drive} reads as {usage:?}, and is {real:?}");
    Ok(())
}

async fn spares_of(world: &World, cx: &Cx, volume: &VolumeId) -> Said<Vec<DriveId>> {
    let state = look(world, cx).await?;
    Ok(state.volume(volume).ok_or("the volume is gone")?.spares.clone())
}

pub(super) const LAWS: &[Law] = &[
    law!(
        "raid::a_dedicated_spare_is_told",
        FACET,
        Some("raid.dedicated_spares"),
        DestroysData,
        |world, cx| {
            let (_, volume, drive) = with_one_more(world, cx).await?;
            let spare = Spare::Of(vec![volume.id.clone()]);
            becomes(world, cx, &drive, spare, DriveUse::DedicatedSpare).await?;
            let spares = spares_of(world, cx, &volume.id).await?;
            ensure!(spares == [drive.clone()], "{drive} is its spare, and read were {spares:?}");
            Ok(())
        }
    ),
    law!("raid::a_global_spare_is_told", FACET, Some("raid.global_spares"), DestroysData, |world, cx| {
        let (_, _, drive) = with_one_more(world, cx).await?;
        becomes(world, cx, &drive, Spare::Global, DriveUse::GlobalSpare).await
    }),
    law!("raid::a_spare_can_be_freed", FACET, Some("raid.global_spares"), DestroysData, |world, cx| {
        let (_, _, drive) = with_one_more(world, cx).await?;
        becomes(world, cx, &drive, Spare::Global, DriveUse::GlobalSpare).await?;
        becomes(world, cx, &drive, Spare::No, DriveUse::Free).await
    }),
    law!("raid::a_member_is_no_spare", FACET, Some("raid.global_spares"), DestroysData, |world, cx| {
        let (choice, ..) = made(world, cx).await?;
        let member = choice.drives.first().ok_or("a volume of no drives")?;
        let call = facet(world)?.set_spare(cx, member, &Spare::Global);
        without_effect(world, ErrorKind::Conflict, "a member as a spare", call).await
    }),
    law!("raid::an_unknown_drive_is_no_spare", FACET, Some("raid.global_spares"), Reversible, |world, cx| {
        let unknown = DriveId::from("no-such-drive");
        let call = facet(world)?.set_spare(cx, &unknown, &Spare::Global);
        without_effect(world, ErrorKind::NotFound, "a drive that is not there as a spare", call).await
    }),
];
