//! Laws of [`underlay_hal::Boot`].

use underlay_hal::{Boot, BootOverride, BootTarget, Change, ErrorKind, FacetKind, Persistence, PowerState};

use super::{
    Law,
    effect::reboot,
    ensure,
    help::{ends_in_silence, finished, refused, untried, why},
    law,
};
use crate::World;

const BOOT: Option<FacetKind> = Some(FacetKind::Boot);

/// Nothing is fetched from it: no host boots in these laws.
const ADDRESS: &str = "http://192.0.2.7/boot/shim.efi";

fn boot(world: &World) -> Result<&dyn Boot, String> {
    world.device.boot().ok_or_else(|| "boot is absent".to_owned())
}

pub(super) const LAWS: &[Law] = &[
    law!("boot::what_was_set_reads_back", BOOT, None, Reversible, |world, cx| {
        let facet = boot(world)?;
        ensure!(!facet.targets().is_empty(), "no target is listed at all");
        ensure!(facet.persistences().contains(&Persistence::Once), "a one-time override is not listed");
        for target in facet.targets() {
            let want = BootOverride::once(*target);
            finished(facet.set(cx, Some(want.clone())).await).map_err(|why| format!("{target}: {why}"))?;
            let seen = facet.get(cx).await.map_err(why)?;
            ensure!(seen.as_ref().is_some_and(|seen| want.is_met_by(seen)), "set {want:?}, read {seen:?}");
            let real = world.truth.boot_override();
            ensure!(
                real.as_ref().is_some_and(|real| want.is_met_by(real)),
                "set {want:?}, the device has {real:?}"
            );
        }
        Ok(())
    }),
    law!("boot::none_removes_the_override", BOOT, None, Reversible, |world, cx| {
        let facet = boot(world)?;
        finished(facet.set(cx, Some(BootOverride::once(BootTarget::Pxe))).await)?;
        finished(facet.set(cx, None).await)?;
        let (seen, real) = (facet.get(cx).await.map_err(why)?, world.truth.boot_override());
        ensure!(seen.is_none() && real.is_none(), "removed, but read {seen:?}, and the device has {real:?}");
        Ok(())
    }),
    law!("boot::setting_twice_is_already_so", BOOT, None, Reversible, |world, cx| {
        let facet = boot(world)?;
        let want = Some(BootOverride::once(BootTarget::Pxe));
        let first = finished(facet.set(cx, want.clone()).await)?;
        let second = finished(facet.set(cx, want).await)?;
        ensure!(
            (first, second) == (Change::Made, Change::AlreadySo),
            "setting twice gave {first:?}, {second:?}"
        );
        Ok(())
    }),
    law!("boot::setting_does_not_boot", BOOT, None, Reversible, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let boots = world.truth.boots();
        finished(boot(world)?.set(cx, Some(BootOverride::once(BootTarget::Pxe))).await)?;
        world.truth.pass(std::time::Duration::from_secs(30)).await;
        ensure!(world.truth.boots() == boots, "setting the override made the host boot");
        Ok(())
    }),
    law!("boot::once_is_used_once", BOOT, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let facet = boot(world)?;
        finished(facet.set(cx, Some(BootOverride::once(BootTarget::Pxe))).await)?;
        reboot(world, cx).await?;
        let source = world.truth.last_boot_source();
        ensure!(source == Some(BootTarget::Pxe), "the host booted from {source:?}");
        let left = facet.get(cx).await.map_err(why)?;
        ensure!(left.is_none(), "the one-time override is still there after its boot: {left:?}");
        reboot(world, cx).await?;
        let source = world.truth.last_boot_source();
        ensure!(source != Some(BootTarget::Pxe), "the one-time override was used twice");
        Ok(())
    }),
    law!("boot::continuous_stays", BOOT, Some("boot.continuous"), Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let facet = boot(world)?;
        let want =
            BootOverride { persistence: Persistence::Continuous, ..BootOverride::once(BootTarget::Pxe) };
        finished(facet.set(cx, Some(want.clone())).await)?;
        for _ in 0..2 {
            reboot(world, cx).await?;
            let source = world.truth.last_boot_source();
            ensure!(source == Some(BootTarget::Pxe), "the host booted from {source:?}");
            let seen = facet.get(cx).await.map_err(why)?;
            ensure!(seen.as_ref().is_some_and(|seen| want.is_met_by(seen)), "after a boot it reads {seen:?}");
        }
        Ok(())
    }),
    law!("boot::unlisted_target_is_unsupported_and_untried", BOOT, None, ReadOnly, |world, cx| {
        let facet = boot(world)?;
        let before = world.truth.mutations();
        let wrong = [BootTarget::Other].into_iter().chain(BootTarget::ALL);
        for target in wrong.filter(|target| !facet.targets().contains(target)) {
            let to = Some(BootOverride::once(target));
            refused(facet.set(cx, to).await, ErrorKind::Unsupported, target.as_str())?;
        }
        let after = world.truth.mutations();
        ensure!(after == before, "{} unlisted targets reached the device", after - before);
        Ok(())
    }),
    law!("boot::an_address_reads_back", BOOT, Some("boot.http_uri"), Reversible, |world, cx| {
        let facet = boot(world)?;
        ensure!(facet.takes_http_uri(), "an address to boot from is promised and not listed");
        let want = BootOverride::http(ADDRESS);
        finished(facet.set(cx, Some(want.clone())).await)?;
        let (seen, real) = (facet.get(cx).await.map_err(why)?, world.truth.boot_override());
        for (who, it) in [("read", seen), ("the device has", real)] {
            ensure!(it.as_ref().is_some_and(|it| want.is_met_by(it)), "set {want:?}, {who} {it:?}");
        }
        Ok(())
    }),
    law!("boot::another_target_clears_the_address", BOOT, Some("boot.http_uri"), Reversible, |world, cx| {
        let facet = boot(world)?;
        finished(facet.set(cx, Some(BootOverride::http(ADDRESS))).await)?;
        finished(facet.set(cx, Some(BootOverride::once(BootTarget::Pxe))).await)?;
        let (seen, real) = (facet.get(cx).await.map_err(why)?, world.truth.boot_override());
        for (who, it) in [("read", seen), ("the device has", real)] {
            let clean = it.as_ref().is_some_and(|it| it.target == BootTarget::Pxe && it.http_uri.is_none());
            ensure!(clean, "set once from the network after an address, {who} {it:?}");
        }
        Ok(())
    }),
    law!(
        "boot::an_address_with_another_target_is_invalid_input_and_untried",
        BOOT,
        Some("boot.http_uri"),
        Reversible,
        |world, cx| {
            let wrong = BootOverride { target: BootTarget::Pxe, ..BootOverride::http(ADDRESS) };
            let call = boot(world)?.set(cx, Some(wrong));
            untried(world, ErrorKind::InvalidInput, "an address with the target pxe", call).await
        }
    ),
    law!("boot::an_unlisted_address_is_unsupported_and_untried", BOOT, None, Reversible, |world, cx| {
        let facet = boot(world)?;
        if facet.takes_http_uri() {
            return Ok(());
        }
        let call = facet.set(cx, Some(BootOverride::http(ADDRESS)));
        untried(world, ErrorKind::Unsupported, "an address to boot from", call).await
    }),
    law!("boot::silence_ends_by_the_deadline", BOOT, None, ReadOnly, |world, cx| {
        let facet = boot(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.get(&cx).await }).await
    }),
];
