//! The vendor's defaults.

use std::time::Duration;

use underlay_hal::{ErrorKind, Needs, Safety};

use super::{FACET, current, facet, real, stage, wish};
use crate::laws::{
    Law,
    effect::{in_effect, reboot, settled},
    ensure,
    help::{until, untried},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("bios::defaults_come_by_a_reset", FACET, Some("bios.reset_to_defaults"), Disruptive, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        reboot(world, cx).await?;
        until(world, "the value in force", || async { Ok(current(world, &wish.name)?.is_same(&wish.to)) })
            .await?;
        let outcome = facet(world)?.reset_to_defaults(cx).await;
        in_effect(world, cx, outcome).await?;
        let defaults = real(world)?.defaults();
        until(world, "the defaults in force", || async {
            let now = real(world)?.current();
            Ok(defaults.iter().all(|(name, value)| super::is(now.get(name), value)))
        })
        .await
    }),
    law!(
        "bios::defaults_do_not_come_before_a_reset",
        FACET,
        Some("bios.reset_to_defaults"),
        Disruptive,
        |world, cx| {
            let wish = wish(world, cx).await?;
            stage(world, cx, &wish).await?;
            reboot(world, cx).await?;
            until(world, "the value in force", || async {
                Ok(current(world, &wish.name)?.is_same(&wish.to))
            })
            .await?;
            let resets = world.truth.resets();
            let outcome = facet(world)?.reset_to_defaults(cx).await;
            let needs = settled(world, cx, outcome).await?.well()?.needs;
            world.truth.pass(Duration::from_secs(30)).await;
            let now = current(world, &wish.name)?;
            ensure!(now.is_same(&wish.to), "without a reset {} is {now}", wish.name);
            ensure!(needs == Needs::HostPowerCycle, "the defaults wait for {needs:?}");
            ensure!(world.truth.resets() == resets, "asking for the defaults reset the host");
            Ok(())
        }
    ),
    law!(
        "bios::setting_defaults_needs_consent",
        FACET,
        Some("bios.reset_to_defaults"),
        ReadOnly,
        |world, cx| {
            let cx = cx.consenting(Safety::Mutating);
            let call = facet(world)?.reset_to_defaults(&cx);
            untried(world, ErrorKind::PermissionDenied, "defaults without consent", call).await
        }
    ),
];
