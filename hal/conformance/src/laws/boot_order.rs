//! Laws of [`underlay_hal::BootOrder`].

use std::{collections::BTreeSet, time::Duration};

use underlay_hal::{
    BootOptionId, BootOrderState, BootOverride, BootTarget, Change, Cx, ErrorKind, PowerState,
};

use super::{
    Law,
    effect::{in_effect, reboot, settled},
    ensure, facet,
    help::{Said, ends_in_silence, finished, until, why, without_effect},
    law,
};
use crate::World;

facet!(BootOrder, boot_order, BootOrderTruth);

async fn look(world: &World, cx: &Cx) -> Said<BootOrderState> {
    facet(world)?.read(cx).await.map_err(why)
}

/// The next order turned by one, on a machine whose host runs.
async fn turned(world: &World, cx: &Cx) -> Said<Vec<BootOptionId>> {
    world.truth.put_power(PowerState::On).await;
    let mut order = look(world, cx).await?.next().to_vec();
    ensure!(order.len() > 1, "an order of {order:?}");
    order.rotate_left(1);
    Ok(order)
}

/// Asks for an order as far as it goes without a reset.
async fn set(world: &World, cx: &Cx, order: &[BootOptionId]) -> Said<Change> {
    let outcome = facet(world)?.set(cx, order).await;
    Ok(settled(world, cx, outcome).await?.well()?.change)
}

/// Makes the host boot from that target by the order alone.
async fn put_first(world: &World, cx: &Cx, target: BootTarget) -> Said {
    let state = look(world, cx).await?;
    let known = |id: &&BootOptionId| state.option(id).is_some_and(|option| option.target == Some(target));
    let first =
        state.next().iter().find(known).ok_or_else(|| format!("no option is told as {target}"))?.clone();
    let outcome = facet(world)?.set(cx, &state.with_first(&[first])).await;
    in_effect(world, cx, outcome).await.map(drop)
}

async fn boots_from(world: &World, cx: &Cx, target: BootTarget) -> Said {
    reboot(world, cx).await?;
    let source = world.truth.last_boot_source();
    ensure!(source == Some(target), "{target} is first, and the host booted from {source:?}");
    Ok(())
}

pub(super) const LAWS: &[Law] = &[
    law!("boot_order::the_order_is_the_machine's", FACET, None, ReadOnly, |world, cx| {
        let (seen, real) = (look(world, cx).await?, real(world)?.order());
        ensure!(seen.next() == real, "read {:?}, it is {real:?}", seen.next());
        let unknown: Vec<_> = real.iter().filter(|id| seen.option(id).is_none()).collect();
        ensure!(unknown.is_empty(), "nothing is told of {unknown:?}");
        Ok(())
    }),
    law!("boot_order::what_was_set_reads_back", FACET, None, Reversible, |world, cx| {
        let want = turned(world, cx).await?;
        let change = set(world, cx, &want).await?;
        ensure!(change == Change::Made, "another order gave {change:?}");
        let (seen, real) = (look(world, cx).await?, real(world)?.order());
        ensure!(seen.next() == want, "set {want:?}, the next boot reads as {:?}", seen.next());
        ensure!(real == want, "set {want:?}, the next boot follows {real:?}");
        Ok(())
    }),
    law!("boot_order::the_host_boots_by_it", FACET, Some("boot_order.targets"), Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        for target in [BootTarget::Pxe, BootTarget::Hdd] {
            put_first(world, cx, target).await?;
            boots_from(world, cx, target).await?;
        }
        Ok(())
    }),
    law!(
        "boot_order::an_override_goes_before_it",
        FACET,
        Some("boot_order.targets"),
        Disruptive,
        |world, cx| {
            world.truth.put_power(PowerState::On).await;
            put_first(world, cx, BootTarget::Hdd).await?;
            let boot = world.device.boot().ok_or("this law needs boot")?;
            finished(boot.set(cx, Some(BootOverride::once(BootTarget::Pxe))).await)?;
            reboot(world, cx).await?;
            let source = world.truth.last_boot_source();
            ensure!(
                source == Some(BootTarget::Pxe),
                "once from the network, and the host booted from {source:?}"
            );
            boots_from(world, cx, BootTarget::Hdd).await
        }
    ),
    law!("boot_order::setting_does_not_boot", FACET, None, Reversible, |world, cx| {
        let want = turned(world, cx).await?;
        let before = (world.truth.boots(), world.truth.resets());
        set(world, cx, &want).await?;
        world.truth.pass(Duration::from_secs(60)).await;
        let after = (world.truth.boots(), world.truth.resets());
        ensure!(after == before, "setting took boots and resets from {before:?} to {after:?}");
        Ok(())
    }),
    law!("boot_order::setting_twice_is_already_so", FACET, None, Reversible, |world, cx| {
        let want = turned(world, cx).await?;
        set(world, cx, &want).await?;
        let before = world.truth.mutations();
        let again = set(world, cx, &want).await?;
        ensure!(again == Change::AlreadySo, "setting what the next boot follows gave {again:?}");
        ensure!(world.truth.mutations() == before, "setting what is so changed something");
        Ok(())
    }),
    law!("boot_order::an_unknown_or_double_option_is_invalid_input", FACET, None, Reversible, |world, cx| {
        let order = turned(world, cx).await?;
        let twice: Vec<_> = order.iter().chain(order.first()).cloned().collect();
        let unknown: Vec<_> = order.iter().cloned().chain([BootOptionId::from("no-such-option")]).collect();
        for (what, wrong) in [("an option that is not there", unknown), ("an option that comes twice", twice)]
        {
            let call = facet(world)?.set(cx, &wrong);
            without_effect(world, ErrorKind::InvalidInput, what, call).await?;
        }
        Ok(())
    }),
    law!("boot_order::ports_are_told", FACET, Some("boot_order.macs"), ReadOnly, |world, cx| {
        let state = look(world, cx).await?;
        let seen: BTreeSet<_> = state.options.iter().filter_map(|option| option.mac).collect();
        let real: BTreeSet<_> = world.truth.macs().into_iter().collect();
        ensure!(
            !seen.is_empty() && seen.is_subset(&real),
            "the options are of {seen:?}, the ports are {real:?}"
        );
        Ok(())
    }),
    law!("boot_order::the_fingerprint_stays_while_nothing_moves", FACET, None, ReadOnly, |world, cx| {
        let before = look(world, cx).await?.fingerprint;
        world.truth.pass(Duration::from_secs(30)).await;
        let again = look(world, cx).await?.fingerprint;
        ensure!(before == again, "nothing moved, but {before:?} became {again:?}");
        Ok(())
    }),
    law!("boot_order::the_fingerprint_moves_with_the_order", FACET, None, Reversible, |world, cx| {
        let want = turned(world, cx).await?;
        let before = look(world, cx).await?.fingerprint;
        set(world, cx, &want).await?;
        until(world, "another fingerprint", || async { Ok(look(world, cx).await?.fingerprint != before) })
            .await
    }),
    law!("boot_order::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
