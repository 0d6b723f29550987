//! What becomes of a change.

use std::{collections::BTreeMap, time::Duration};

use underlay_hal::{
    Change, ErrorKind, Needs, Outcome, Staged, TaskState,
    bios::{SettingValue, difference},
};

use super::{FACET, current, facet, is, look, planned, real, stage, when, wish};
use crate::laws::{
    Law,
    effect::{concluded, in_effect, reboot, reset},
    ensure,
    help::{until, why},
    law,
};

/// Is what reads as current the old value still, or nothing? Some devices show the new one in its place while a job
/// waits; then the old one cannot be told, and the new one must not be.
fn is_not_early(seen: Option<&SettingValue>, old: &SettingValue) -> bool {
    seen.is_none_or(|seen| seen.is_same(old))
}

pub(super) const LAWS: &[Law] = &[
    law!("bios::a_staged_value_is_pending_and_not_current", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        world.truth.pass(Duration::from_secs(30)).await;
        let state = look(world, cx).await?;
        let seen = state.attributes.get(&wish.name).ok_or("the setting is gone")?;
        ensure!(
            is_not_early(seen.current.as_ref(), &wish.from),
            "without a reset {} reads as {seen:?}",
            wish.name
        );
        ensure!(is(seen.pending.as_ref(), &wish.to), "{} was staged as {}: {seen:?}", wish.name, wish.to);
        let (now, next) = (current(world, &wish.name)?, real(world)?.pending());
        ensure!(now.is_same(&wish.from), "without a reset {} is {now}", wish.name);
        ensure!(is(next.get(&wish.name), &wish.to), "the next reset brings {next:?}");
        Ok(())
    }),
    law!("bios::the_reset_it_waits_for_is_told", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        ensure!(wish.plan.needs == Needs::HostPowerCycle, "the plan needs {:?}", wish.plan.needs);
        let needs = stage(world, cx, &wish).await?.needs;
        ensure!(needs == Needs::HostPowerCycle, "staged, and waiting for {needs:?}");
        Ok(())
    }),
    law!("bios::a_reset_brings_it", FACET, None, Disruptive, |world, cx| {
        let wish = wish(world, cx).await?;
        let outcome = facet(world)?.apply(cx, &wish.plan, when(world)?).await;
        in_effect(world, cx, outcome).await?;
        until(world, "the value in force", || async {
            Ok(is(
                look(world, cx).await?.attributes.get(&wish.name).and_then(|one| one.current.as_ref()),
                &wish.to,
            ))
        })
        .await?;
        let now = current(world, &wish.name)?;
        ensure!(now.is_same(&wish.to), "{} reads as {}, and is {now}", wish.name, wish.to);
        Ok(())
    }),
    law!(
        "bios::a_value_is_not_current_before_the_self_test_is_over",
        FACET,
        None,
        Disruptive,
        |world, cx| {
            let wish = wish(world, cx).await?;
            stage(world, cx, &wish).await?;
            reset(world, cx).await?;
            until(world, "the value in force", || async {
                let before = current(world, &wish.name)?;
                let state = match facet(world)?.read(cx).await {
                    Ok(state) => state,
                    Err(error) if error.kind() == ErrorKind::Busy => return Ok(false),
                    Err(error) => return Err(why(error)),
                };
                let after = current(world, &wish.name)?;
                let seen = state.attributes.get(&wish.name).and_then(|one| one.current.as_ref());
                // What is so before and after the look was so during it.
                ensure!(
                    !after.is_same(&wish.from) || is_not_early(seen, &wish.from),
                    "{} is still {}, and reads as {seen:?}",
                    wish.name,
                    wish.from
                );
                Ok(before.is_same(&wish.to))
            })
            .await
        }
    ),
    law!("bios::an_empty_plan_is_already_so_and_sends_nothing", FACET, None, ReadOnly, |world, cx| {
        let (name, _) = real(world)?.writable();
        let want = BTreeMap::from([(name.clone(), current(world, &name)?)]);
        let plan = planned(&look(world, cx).await?, &want)?;
        ensure!(
            plan.is_noop() && plan.needs == Needs::Nothing,
            "everything is as wanted, and the plan is {plan:?}"
        );
        let before = world.truth.attempts();
        let outcome = facet(world)?.apply(cx, &plan, when(world)?).await.map_err(why)?;
        ensure!(outcome == Outcome::Done(Staged::ALREADY_SO), "nothing to do gave {outcome:?}");
        let sent = world.truth.attempts() - before;
        ensure!(sent == 0, "nothing to do, and {sent} requests reached the device");
        Ok(())
    }),
    law!("bios::what_is_staged_is_not_staged_again", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        let plan = planned(&look(world, cx).await?, &wish.want())?;
        ensure!(plan.is_noop(), "staged as wanted, and planned again: {:?}", plan.changes);
        ensure!(plan.needs == Needs::HostPowerCycle, "staged, and the plan needs {:?}", plan.needs);
        let before = world.truth.attempts();
        let outcome = facet(world)?.apply(cx, &plan, when(world)?).await.map_err(why)?;
        let change = outcome.done().map(|staged| staged.change);
        ensure!(change == Some(Change::AlreadySo), "staging what is staged gave {change:?}");
        let sent = world.truth.attempts() - before;
        ensure!(sent == 0, "staged as wanted, and {sent} requests reached the device");
        Ok(())
    }),
    law!("bios::planning_again_after_the_reset_is_a_noop", FACET, None, Disruptive, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        reboot(world, cx).await?;
        until(world, "the value in force", || async { Ok(current(world, &wish.name)?.is_same(&wish.to)) })
            .await?;
        let plan = planned(&look(world, cx).await?, &wish.want())?;
        ensure!(plan.is_noop(), "in force, and planned again: {:?}", plan.changes);
        ensure!(plan.needs == Needs::Nothing, "in force, and the plan needs {:?}", plan.needs);
        Ok(())
    }),
    law!("bios::a_failed_job_changes_nothing_and_is_told", FACET, None, Disruptive, |world, cx| {
        let wish = wish(world, cx).await?;
        real(world)?.fail_next_job();
        let outcome = facet(world)?.apply(cx, &wish.plan, when(world)?).await;
        let end = concluded(world, cx, outcome).await?;
        let now = current(world, &wish.name)?;
        ensure!(now.is_same(&wish.from), "the job failed, and {} is {now}", wish.name);
        let (state, want) = (look(world, cx).await?, wish.want());
        ensure!(
            difference(&state, &want).count() == 1,
            "the job failed, and {} reads as wanted; the task ended as {:?}",
            wish.name,
            end.ended
        );
        ensure!(end.ended != Some(TaskState::Succeeded), "the job failed, and the task succeeded");
        Ok(())
    }),
    law!("bios::nothing_here_resets_the_host", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        let before = (world.truth.boots(), world.truth.resets());
        stage(world, cx, &wish).await?;
        world.truth.pass(Duration::from_secs(60)).await;
        let after = (world.truth.boots(), world.truth.resets());
        ensure!(after == before, "staging took boots and resets from {before:?} to {after:?}");
        Ok(())
    }),
    law!(
        "bios::a_lost_answer_is_settled_by_reading_back",
        FACET,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| {
            let wish = wish(world, cx).await?;
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            stage(world, cx, &wish).await?;
            let state = look(world, cx).await?;
            let seen = state.attributes.get(&wish.name).and_then(|one| one.pending.as_ref());
            ensure!(is(seen, &wish.to), "it was carried out, and reads as pending {seen:?}");
            Ok(())
        }
    ),
];
