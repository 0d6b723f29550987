//! Laws of [`underlay_hal::VirtualMedia`].

use std::time::Duration;

use underlay_hal::{
    BootOverride, BootTarget, Change, Cx, ErrorKind, Inserted, MediaImage, MediaKind, MediaSlot, MediaSlotId,
    PowerState,
};

use super::{
    Law,
    effect::{changed, over, reboot},
    ensure, facet,
    help::{Said, ends_in_silence, finished, until, untried, why, without_effect},
    law,
};
use crate::World;

facet!(VirtualMedia, virtual_media, VirtualMediaTruth);

async fn look(world: &World, cx: &Cx) -> Said<Vec<MediaSlot>> {
    facet(world)?.slots(cx).await.map_err(why)
}

/// An image of the first kind that a slot takes.
async fn image(world: &World, cx: &Cx) -> Said<MediaImage> {
    let slots = look(world, cx).await?;
    let kinds = slots.iter().filter(|slot| slot.insertable).flat_map(|slot| &slot.kinds);
    let kind = *kinds.into_iter().next().ok_or("no slot takes anything")?;
    Ok(MediaImage::new(real(world)?.image_uri(), kind))
}

/// Inserts the image into the first slot that takes it; gives where it went.
async fn insert(world: &World, cx: &Cx, image: &MediaImage) -> Said<Inserted> {
    let outcome = facet(world)?.insert(cx, None, image).await;
    if let Some(inserted) = over(world, cx, outcome).await? {
        return Ok(inserted);
    }
    let slots = look(world, cx).await?;
    let slot = slots.into_iter().find(|slot| slot.inserted && slot.image.as_ref() == Some(&image.uri));
    let slot = slot.ok_or("the task is over, and no slot shows the image")?.id;
    Ok(Inserted { slot, change: Change::Made })
}

async fn inserted(world: &World, cx: &Cx) -> Said<(MediaImage, MediaSlotId)> {
    let image = image(world, cx).await?;
    let Inserted { slot, change } = insert(world, cx, &image).await?;
    ensure!(change == Change::Made, "inserting into an empty slot gave {change:?}");
    Ok((image, slot))
}

async fn slot(world: &World, cx: &Cx, id: &MediaSlotId) -> Said<MediaSlot> {
    let slots = look(world, cx).await?;
    slots.into_iter().find(|slot| slot.id == *id).ok_or_else(|| format!("the slot {id} is gone"))
}

pub(super) const LAWS: &[Law] = &[
    law!("virtual_media::what_is_inserted_reads_back", FACET, None, Reversible, |world, cx| {
        let (image, id) = inserted(world, cx).await?;
        let seen = slot(world, cx, &id).await?;
        ensure!(
            seen.inserted && seen.image.as_ref() == Some(&image.uri),
            "inserted, and it reads as {seen:?}"
        );
        Ok(())
    }),
    law!("virtual_media::the_machine_sees_what_is_inserted", FACET, None, Reversible, |world, cx| {
        let (image, _) = inserted(world, cx).await?;
        let real = real(world)?.inserted();
        let there = real.iter().any(|(kind, uri)| kind.serves(image.kind) && *uri == image.uri);
        ensure!(there, "inserted {image:?}, and the machine sees {real:?}");
        Ok(())
    }),
    law!("virtual_media::inserting_again_is_already_so", FACET, None, Reversible, |world, cx| {
        let (image, id) = inserted(world, cx).await?;
        let before = world.truth.mutations();
        let again = insert(world, cx, &image).await?;
        ensure!(again == Inserted { slot: id, change: Change::AlreadySo }, "inserting again gave {again:?}");
        ensure!(world.truth.mutations() == before, "inserting again changed something");
        Ok(())
    }),
    law!(
        "virtual_media::another_image_in_the_slot_is_a_conflict_and_untried",
        FACET,
        None,
        Reversible,
        |world, cx| {
            let (image, id) = inserted(world, cx).await?;
            let other = MediaImage::new(format!("{}.other", image.uri), image.kind);
            let call = facet(world)?.insert(cx, Some(id.clone()), &other);
            untried(world, ErrorKind::Conflict, "another image in the slot", call).await?;
            let seen = slot(world, cx, &id).await?;
            ensure!(seen.inserted && seen.image == Some(image.uri), "the first one was thrown out: {seen:?}");
            Ok(())
        }
    ),
    law!("virtual_media::ejecting_empties_the_slot", FACET, None, Reversible, |world, cx| {
        let (_, id) = inserted(world, cx).await?;
        let change = changed(world, cx, facet(world)?.eject(cx, &id).await).await?;
        ensure!(change == Change::Made, "ejecting gave {change:?}");
        until(world, "an empty slot", || async {
            Ok(real(world)?.inserted().is_empty() && !slot(world, cx, &id).await?.inserted)
        })
        .await
    }),
    law!("virtual_media::ejecting_from_an_empty_slot_is_already_so", FACET, None, Reversible, |world, cx| {
        let slots = look(world, cx).await?;
        let empty = slots.iter().find(|slot| slot.insertable && !slot.inserted).ok_or("no slot is empty")?;
        let before = world.truth.mutations();
        let change = changed(world, cx, facet(world)?.eject(cx, &empty.id).await).await?;
        ensure!(change == Change::AlreadySo, "ejecting nothing gave {change:?}");
        ensure!(world.truth.mutations() == before, "ejecting nothing changed something");
        Ok(())
    }),
    law!("virtual_media::an_unknown_slot_is_not_found", FACET, None, Reversible, |world, cx| {
        let (image, unknown) = (image(world, cx).await?, MediaSlotId::from("no-such-slot"));
        let facet = facet(world)?;
        let insert = facet.insert(cx, Some(unknown.clone()), &image);
        without_effect(world, ErrorKind::NotFound, "a slot that is not there", insert).await?;
        let eject = facet.eject(cx, &unknown);
        without_effect(world, ErrorKind::NotFound, "a slot that is not there", eject).await
    }),
    law!(
        "virtual_media::a_kind_of_no_slot_is_unsupported_and_untried",
        FACET,
        None,
        Reversible,
        |world, cx| {
            let slots = look(world, cx).await?;
            let kinds: Vec<_> =
                slots.iter().filter(|slot| slot.insertable).flat_map(|slot| &slot.kinds).collect();
            ensure!(!kinds.is_empty(), "no slot takes anything");
            for wanted in
                MediaKind::ALL.into_iter().filter(|wanted| !kinds.iter().any(|kind| kind.serves(*wanted)))
            {
                let image = MediaImage::new(real(world)?.image_uri(), wanted);
                let call = facet(world)?.insert(cx, None, &image);
                untried(world, ErrorKind::Unsupported, wanted.as_str(), call).await?;
            }
            Ok(())
        }
    ),
    law!(
        "virtual_media::credentials_in_the_address_are_invalid_input_and_untried",
        FACET,
        None,
        Reversible,
        |world, cx| {
            let plain = image(world, cx).await?;
            let secret = MediaImage::new("http://bob:hunter2@192.0.2.7/image.iso", plain.kind);
            let facet = facet(world)?;
            let call = facet.insert(cx, None, &secret);
            untried(world, ErrorKind::InvalidInput, "an address with a password", call).await?;
            let again = facet.insert(cx, None, &secret).await;
            let told = again.err().map(|error| format!("{error:?}")).unwrap_or_default();
            ensure!(!told.contains("hunter2"), "the refusal tells the password");
            Ok(())
        }
    ),
    law!("virtual_media::inserting_does_not_boot", FACET, None, Reversible, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let before = (world.truth.boots(), world.truth.resets(), world.truth.boot_override());
        inserted(world, cx).await?;
        world.truth.pass(Duration::from_secs(30)).await;
        let after = (world.truth.boots(), world.truth.resets(), world.truth.boot_override());
        ensure!(
            after == before,
            "inserting took boots, resets and the override from {before:?} to {after:?}"
        );
        Ok(())
    }),
    law!(
        "virtual_media::the_host_boots_from_it",
        FACET,
        Some("virtual_media.boot"),
        Disruptive,
        |world, cx| {
            world.truth.put_power(PowerState::On).await;
            let image = MediaImage::new(real(world)?.image_uri(), MediaKind::Cd);
            insert(world, cx, &image).await?;
            let boot = world.device.boot().ok_or("this law needs boot")?;
            finished(boot.set(cx, Some(BootOverride::once(BootTarget::Cd))).await)?;
            reboot(world, cx).await?;
            let source = world.truth.last_boot_source();
            ensure!(source == Some(BootTarget::Cd), "the host booted from {source:?}");
            Ok(())
        }
    ),
    law!(
        "virtual_media::a_lost_answer_is_settled_by_reading_back",
        FACET,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| {
            let image = image(world, cx).await?;
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            let Inserted { slot: id, .. } = insert(world, cx, &image).await?;
            let seen = slot(world, cx, &id).await?;
            ensure!(seen.inserted, "it was carried out, and its slot reads as {seen:?}");
            let real = real(world)?.inserted();
            ensure!(real.len() == 1, "one was asked for, and its answer lost; the machine sees {real:?}");
            Ok(())
        }
    ),
    law!("virtual_media::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.slots(&cx).await }).await
    }),
];
