//! Updates that go well.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use underlay_hal::{Cx, FirmwareImage, FirmwareUpdate, Needs, PowerState, Progress, UpdateMethod};

use super::{FACET, Image, facet, image, is_in_force, real, updated};
use crate::{
    ImageOf, World,
    laws::{
        Law,
        effect::{concluded, reboot, settled},
        ensure,
        help::Said,
        law,
    },
};

/// What is told of the transfer of an image, in the course of its update.
async fn progress(world: &World, cx: &Cx, image: &Image) -> Said<Vec<Progress>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    let listening = cx.reporting(move |progress| {
        if let Ok(mut list) = list.lock() {
            list.push(progress);
        }
    });
    let outcome = facet(world)?.update(&listening, &image.update()).await;
    concluded(world, cx, outcome).await?.well()?;
    let seen = seen.lock().map_err(|_| "poisoned")?;
    Ok(seen.clone())
}

pub(super) const LAWS: &[Law] = &[
    law!(
        "firmware::an_update_of_the_manager_brings_the_image's_version",
        FACET,
        Some("firmware.push"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::Manager).await?;
            updated(world, cx, &image.update(), &image).await
        }
    ),
    law!(
        "firmware::an_update_of_the_manager_leaves_the_host_running",
        FACET,
        Some("firmware.push"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::Manager).await?;
            let before = (world.truth.boots(), world.truth.resets());
            updated(world, cx, &image.update(), &image).await?;
            let after = (world.truth.boots(), world.truth.resets());
            ensure!(after == before, "it took the host's boots and resets from {before:?} to {after:?}");
            ensure!(world.truth.power() == PowerState::On, "the host is {}", world.truth.power());
            Ok(())
        }
    ),
    law!(
        "firmware::an_update_of_the_system_takes_a_reset",
        FACET,
        Some("firmware.system"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::System).await?;
            let outcome = facet(world)?.update(cx, &image.update()).await;
            settled(world, cx, outcome).await?.well()?;
            world.truth.pass(Duration::from_secs(60)).await;
            let now = real(world)?.versions();
            ensure!(now == image.before, "without a reset {:?} became {now:?}", image.before);
            reboot(world, cx).await?;
            is_in_force(world, &image).await
        }
    ),
    law!(
        "firmware::nothing_here_resets_the_host",
        FACET,
        Some("firmware.system"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::System).await?;
            let before = (world.truth.boots(), world.truth.resets());
            let outcome = facet(world)?.update(cx, &image.update()).await;
            settled(world, cx, outcome).await?.well()?;
            world.truth.pass(Duration::from_secs(60)).await;
            let after = (world.truth.boots(), world.truth.resets());
            ensure!(after == before, "it took the host's boots and resets from {before:?} to {after:?}");
            Ok(())
        }
    ),
    law!(
        "firmware::the_reset_it_waits_for_is_told",
        FACET,
        Some("firmware.needs"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::System).await?;
            let outcome = facet(world)?.update(cx, &image.update()).await;
            let needs = settled(world, cx, outcome).await?.well()?.needs;
            ensure!(needs == Needs::HostPowerCycle, "it waits for a reset, and says {needs:?}");
            Ok(())
        }
    ),
    law!(
        "firmware::an_image_is_fetched_from_its_address",
        FACET,
        Some("firmware.pull"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::Manager).await?;
            ensure!(
                facet(world)?.methods().contains(&UpdateMethod::Pull),
                "fetching is promised and not listed"
            );
            let uri = real(world)?.image_uri(ImageOf::Manager);
            let uri = uri.ok_or("the rig serves no image, though it is promised")?;
            let image_there = FirmwareImage::Uri { uri, credentials: None };
            let update = FirmwareUpdate { image: image_there, ..image.update() };
            updated(world, cx, &update, &image).await
        }
    ),
    law!("firmware::a_component_can_be_named", FACET, Some("firmware.targets"), Disruptive, |world, cx| {
        let image = image(world, ImageOf::Manager).await?;
        let update = FirmwareUpdate { targets: vec![image.component.clone()], ..image.update() };
        updated(world, cx, &update, &image).await
    }),
    law!("firmware::progress_goes_up", FACET, Some("firmware.push"), Disruptive, |world, cx| {
        let image = image(world, ImageOf::Manager).await?;
        let seen = progress(world, cx, &image).await?;
        let totals = seen.iter().map(|one| one.total).collect::<BTreeSet<_>>();
        ensure!(seen.is_sorted_by_key(|one| one.done), "it goes back: {seen:?}");
        ensure!(totals.len() < 2, "the whole changes: {seen:?}");
        Ok(())
    }),
    law!("firmware::progress_is_told_to_the_end", FACET, Some("firmware.push"), Disruptive, |world, cx| {
        let image = image(world, ImageOf::Manager).await?;
        let before = real(world)?.bytes_received();
        let last = *progress(world, cx, &image).await?.last().ok_or("no progress was told")?;
        ensure!(last.done == last.total, "it ends at {} of {}", last.done, last.total);
        ensure!(last.total >= image.size, "the image has {} bytes, {} were told", image.size, last.total);
        let received = real(world)?.bytes_received() - before;
        ensure!(received >= image.size, "{received} of {} bytes have reached the device", image.size);
        Ok(())
    }),
];
