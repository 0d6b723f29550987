//! Laws of [`underlay_hal::Power`].

use underlay_hal::{BootStage, Change, ErrorKind, FacetKind, Power, PowerAction, PowerState};

use super::{
    Law, ensure,
    help::{ends_in_silence, finished, refused, until, why},
    law,
};
use crate::World;

const POWER: Option<FacetKind> = Some(FacetKind::Power);

fn power(world: &World) -> Result<&dyn Power, String> {
    world.device.power().ok_or_else(|| "power is absent".to_owned())
}

async fn reaches(world: &World, cx: &underlay_hal::Cx, state: PowerState) -> Result<(), String> {
    let facet = power(world)?;
    until(world, &format!("power {state}"), || async { Ok(facet.state(cx).await.map_err(why)? == state) })
        .await
}

pub(super) const LAWS: &[Law] = &[
    law!("power::state_matches_truth", POWER, None, Disruptive, |world, cx| {
        for state in [PowerState::Off, PowerState::On] {
            world.truth.put_power(state).await;
            let seen = power(world)?.state(cx).await.map_err(why)?;
            ensure!(seen == state, "the driver says {seen}, the host is {state}");
        }
        Ok(())
    }),
    law!("power::on_turns_on", POWER, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::Off).await;
        let change = finished(power(world)?.set(cx, PowerAction::On).await)?;
        ensure!(change == Change::Made, "turning on a host that is off gave {change:?}");
        reaches(world, cx, PowerState::On).await?;
        ensure!(world.truth.power() == PowerState::On, "the host is {}", world.truth.power());
        Ok(())
    }),
    law!("power::force_off_turns_off", POWER, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        finished(power(world)?.set(cx, PowerAction::ForceOff).await)?;
        reaches(world, cx, PowerState::Off).await?;
        ensure!(world.truth.power() == PowerState::Off, "the host is {}", world.truth.power());
        Ok(())
    }),
    law!("power::already_so_is_told_and_sends_no_reset", POWER, None, Disruptive, |world, cx| {
        for (state, action) in [(PowerState::Off, PowerAction::ForceOff), (PowerState::On, PowerAction::On)] {
            world.truth.put_power(state).await;
            let boots = world.truth.boots();
            let change = finished(power(world)?.set(cx, action).await)?;
            ensure!(change == Change::AlreadySo, "{action} on a host that is {state} gave {change:?}");
            ensure!(world.truth.boots() == boots, "{action} on a host that is {state} made it boot");
        }
        Ok(())
    }),
    law!("power::unlisted_action_is_unsupported_and_untried", POWER, None, ReadOnly, |world, cx| {
        let facet = power(world)?;
        ensure!(!facet.actions().is_empty(), "no action is listed at all");
        let before = world.truth.mutations();
        for action in PowerAction::ALL {
            if !facet.actions().contains(&action) {
                refused(facet.set(cx, action).await, ErrorKind::Unsupported, action.as_str())?;
            }
        }
        let after = world.truth.mutations();
        ensure!(after == before, "{} unlisted actions reached the device", after - before);
        Ok(())
    }),
    law!("power::one_reset_boots_once", POWER, None, Disruptive, |world, cx| {
        let facet = power(world)?;
        for action in [PowerAction::ForceReset, PowerAction::Cycle] {
            if !facet.actions().contains(&action) {
                continue;
            }
            world.truth.put_power(PowerState::On).await;
            let (boots, resets) = (world.truth.boots(), world.truth.resets());
            finished(facet.set(cx, action).await)?;
            until(world, "the host to boot", || async { Ok(world.truth.boots() > boots) }).await?;
            world.truth.pass(std::time::Duration::from_secs(30)).await;
            let (booted, reset) = (world.truth.boots() - boots, world.truth.resets() - resets);
            ensure!(booted == 1 && reset == 1, "one {action} gave {reset} resets and {booted} boots");
        }
        Ok(())
    }),
    law!("power::stage_follows_the_host", POWER, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::Off).await;
        let off = power(world)?.boot_status(cx).await.map_err(why)?.stage;
        ensure!(off == BootStage::Off, "a host that is off is at stage {off:?}");
        world.truth.put_power(PowerState::On).await;
        let on = power(world)?.boot_status(cx).await.map_err(why)?.stage;
        ensure!(
            matches!(on, BootStage::Booted | BootStage::Unknown),
            "a host past its self test is at stage {on:?}"
        );
        Ok(())
    }),
    law!("power::stage_tells_post", POWER, Some("power.stage"), Disruptive, |world, cx| {
        world.truth.put_power(PowerState::Off).await;
        let facet = power(world)?;
        finished(facet.set(cx, PowerAction::On).await)?;
        let seen = std::sync::Mutex::new(Vec::new());
        until(world, "stage booted", || async {
            let stage = facet.boot_status(cx).await.map_err(why)?.stage;
            seen.lock().map_err(|_| "poisoned")?.push(stage);
            Ok(stage == BootStage::Booted)
        })
        .await?;
        let mut seen = seen.into_inner().map_err(|_| "poisoned")?;
        seen.dedup();
        ensure!(seen.contains(&BootStage::Post), "the self test was never seen: {seen:?}");
        Ok(())
    }),
    law!("power::mark_changes_with_each_boot_only", POWER, Some("power.mark"), Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let facet = power(world)?;
        let first = facet.boot_status(cx).await.map_err(why)?.mark;
        world.truth.pass(std::time::Duration::from_secs(5)).await;
        let second = facet.boot_status(cx).await.map_err(why)?.mark;
        ensure!(first.is_some(), "no mark, though it is promised");
        ensure!(first == second, "the mark changed from {first:?} to {second:?} without a boot");
        let boots = world.truth.boots();
        let action = *[PowerAction::ForceReset, PowerAction::Cycle]
            .iter()
            .find(|action| facet.actions().contains(action))
            .ok_or("the device can neither reset nor cycle")?;
        finished(facet.set(cx, action).await)?;
        until(world, "a boot", || async { Ok(world.truth.boots() > boots) }).await?;
        until(world, "another mark", || async { Ok(facet.boot_status(cx).await.map_err(why)?.mark != first) })
            .await
    }),
    law!("power::silence_ends_by_the_deadline", POWER, None, ReadOnly, |world, cx| {
        let facet = power(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.state(&cx).await }).await
    }),
];
