//! Laws of [`underlay_hal::Identify`].

use underlay_hal::{Change, PowerState};

use super::{
    Law,
    effect::changed,
    ensure, facet,
    help::{ends_in_silence, why},
    law,
};

facet!(Identify, identify, IdentifyTruth);

pub(super) const LAWS: &[Law] = &[
    law!("identify::what_is_set_is_so", FACET, None, Reversible, |world, cx| {
        for lit in [true, false, true] {
            changed(world, cx, facet(world)?.set(cx, lit).await).await?;
            let real = real(world)?.is_lit();
            ensure!(real == lit, "set to {lit}, the light is {real}");
        }
        Ok(())
    }),
    law!("identify::the_light_is_told", FACET, Some("identify.told"), Reversible, |world, cx| {
        for lit in [true, false] {
            changed(world, cx, facet(world)?.set(cx, lit).await).await?;
            let (seen, real) = (facet(world)?.is_lit(cx).await.map_err(why)?, real(world)?.is_lit());
            ensure!(seen == Some(real), "the light is {real}, and reads as {seen:?}");
        }
        Ok(())
    }),
    law!("identify::setting_twice_is_already_so", FACET, Some("identify.told"), Reversible, |world, cx| {
        let facet = facet(world)?;
        let was = real(world)?.is_lit();
        let first = changed(world, cx, facet.set(cx, !was).await).await?;
        let before = world.truth.mutations();
        let second = changed(world, cx, facet.set(cx, !was).await).await?;
        ensure!(
            (first, second) == (Change::Made, Change::AlreadySo),
            "setting twice gave {first:?}, {second:?}"
        );
        ensure!(world.truth.mutations() == before, "setting what is so changed something");
        Ok(())
    }),
    law!("identify::nothing_else_changes", FACET, None, Reversible, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let look =
            || (world.truth.power(), world.truth.boots(), world.truth.resets(), world.truth.boot_override());
        let before = look();
        changed(world, cx, facet(world)?.set(cx, true).await).await?;
        world.truth.pass(std::time::Duration::from_secs(30)).await;
        let after = look();
        ensure!(after == before, "lighting it made {after:?} of {before:?}");
        Ok(())
    }),
    // Some devices take orders and do not tell; so it is an order that must end.
    law!("identify::silence_ends_by_the_deadline", FACET, None, Reversible, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.set(&cx, true).await }).await
    }),
];
