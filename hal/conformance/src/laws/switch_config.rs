//! Laws of [`underlay_hal::SwitchConfig`].

use std::time::Duration;

use underlay_hal::{
    Applied, ApplyOptions, Change, Cx, Effect, ErrorKind, ModeEdit, Outcome, PortEdit, PortId, PortMode,
    SwitchConfiguration, SwitchEdit, SwitchPlan, SwitchStep, VlanEdit, VlanSet, plan_switch,
};

use super::{
    Law,
    effect::changed,
    ensure, facet,
    help::{Said, ends_in_silence, until, untried, why},
    law,
};
use crate::World;

facet!(SwitchConfig, switch_config, SwitchConfigTruth);

/// What of a configuration counts here: whether a default is told as absent is the device's.
type Essence = (Vec<u16>, Vec<(PortId, bool, Option<PortMode>)>);

fn essence(of: &SwitchConfiguration) -> Essence {
    let ports = of.ports.iter().map(|(id, port)| (id.clone(), port.enabled, port.mode.clone()));
    (of.vlans.keys().copied().collect(), ports.collect())
}

async fn read(world: &World, cx: &Cx) -> Said<SwitchConfiguration> {
    facet(world)?.read(cx).await.map_err(why)
}

/// The last port, to which nobody's work hangs.
fn last(now: &SwitchConfiguration) -> Said<PortId> {
    now.ports.keys().next_back().cloned().ok_or_else(|| "it has no ports".to_owned())
}

fn edits(now: &SwitchConfiguration) -> Said<Vec<SwitchEdit>> {
    let allowed = Some(VlanEdit::Set("70,80-89".parse().map_err(why)?));
    let mode = Some(ModeEdit::Trunk { native: Some(Some(70)), allowed });
    Ok(vec![
        SwitchEdit::AddVlan { id: 70, name: Some("green".to_owned()) },
        SwitchEdit::Port { port: last(now)?, edit: PortEdit { mode, ..PortEdit::default() } },
    ])
}

async fn planned(world: &World, cx: &Cx) -> Said<SwitchPlan> {
    let now = read(world, cx).await?;
    plan_switch(&now, &edits(&now)?, &[]).map_err(why)
}

async fn apply(world: &World, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Said<Applied> {
    match facet(world)?.apply(cx, plan, options).await.map_err(why)? {
        Outcome::Done(applied) => Ok(applied),
        Outcome::Running(task) => Err(format!("it became the task {}", task.id)),
    }
}

const LATER: ApplyOptions = ApplyOptions { confirm_within: Some(Duration::from_secs(60)), save: false };

pub(super) const LAWS: &[Law] = &[
    law!("switch_config::what_is_read_is_so", FACET, None, ReadOnly, |world, cx| {
        let (seen, real) = (essence(&read(world, cx).await?), essence(&real(world)?.configuration()));
        ensure!(seen == real, "read {seen:?}, it is {real:?}");
        Ok(())
    }),
    law!("switch_config::a_plan_is_carried_out_and_then_is_nothing", FACET, None, Disruptive, |world, cx| {
        let plan = planned(world, cx).await?;
        let applied = apply(world, cx, &plan, ApplyOptions::default()).await?;
        ensure!(applied.change == Change::Made && applied.pending.is_none(), "told {applied:?}");
        let now = real(world)?.configuration();
        let expected = PortMode::Trunk { native: Some(70), allowed: "70,80-89".parse().map_err(why)? };
        let mode = now.ports.get(&last(&now)?).and_then(|port| port.mode.clone());
        ensure!(mode.as_ref() == Some(&expected), "it is {mode:?}");
        ensure!(
            now.vlans.get(&70).is_some_and(|name| name.as_deref() == Some("green")),
            "no VLAN 70: {now:?}"
        );
        let again = planned(world, cx).await?;
        ensure!(again.is_empty(), "planned again it is {again:?}");
        let before = world.truth.attempts();
        let told = apply(world, cx, &plan, ApplyOptions::default()).await?;
        ensure!(told.change == Change::AlreadySo, "carried out again it is {told:?}");
        ensure!(world.truth.attempts() == before, "it was sent again");
        Ok(())
    }),
    law!("switch_config::all_minus_one_is_the_others", FACET, None, Disruptive, |world, cx| {
        for (list, edit) in [
            ("all", VlanEdit::Set(VlanSet::all())),
            ("1-99,101-4094", VlanEdit::Remove("100".parse().map_err(why)?)),
            ("none", VlanEdit::Remove(VlanSet::all())),
        ] {
            let now = read(world, cx).await?;
            // Not every switch has trunks without a VLAN that has no tag.
            let mode = Some(ModeEdit::Trunk { native: Some(Some(1)), allowed: Some(edit) });
            let edit = SwitchEdit::Port { port: last(&now)?, edit: PortEdit { mode, ..PortEdit::default() } };
            let plan = plan_switch(&now, &[edit], &[]).map_err(why)?;
            let _ = apply(world, cx, &plan, ApplyOptions::default()).await?;
            let now = real(world)?.configuration();
            let carries =
                now.ports.get(&last(&now)?).and_then(|port| port.mode.as_ref()).map(PortMode::carries);
            let carries = carries.map(|list| list.to_string());
            ensure!(carries.as_deref() == Some(list), "it should carry {list}, and carries {carries:?}");
        }
        Ok(())
    }),
    law!(
        "switch_config::what_is_rejected_leaves_nothing",
        FACET,
        Some("switch_config.transaction"),
        Disruptive,
        |world, cx| {
            let before = essence(&real(world)?.configuration());
            let mut plan = planned(world, cx).await?;
            // No switch takes a name so long; what stands before it in the plan is good.
            plan.steps.push(SwitchStep::Vlan { id: 4094, name: Some("x".repeat(120)), before: None });
            match facet(world)?.apply(cx, &plan, ApplyOptions::default()).await {
                Ok(told) => return Err(format!("a name that nobody takes was told as {told:?}")),
                Err(error) => {
                    ensure!(error.kind() == ErrorKind::InvalidInput, "told as {}", why(error));
                    ensure!(error.effect() == Effect::None, "nothing should remain, told as {}", why(error));
                }
            }
            let now = essence(&real(world)?.configuration());
            ensure!(now == before, "it was {before:?}, and is {now:?}");
            ensure!(!real(world)?.waits(), "something waits to be undone");
            Ok(())
        }
    ),
    law!("switch_config::a_stale_plan_is_refused", FACET, None, Disruptive, |world, cx| {
        let plan = planned(world, cx).await?;
        let now = read(world, cx).await?;
        let down = PortEdit { enabled: Some(false), ..PortEdit::default() };
        let other =
            plan_switch(&now, &[SwitchEdit::Port { port: last(&now)?, edit: down }], &[]).map_err(why)?;
        let _ = apply(world, cx, &other, ApplyOptions::default()).await?;
        let call = facet(world)?.apply(cx, &plan, ApplyOptions::default());
        untried(world, ErrorKind::PreconditionFailed, "a plan of another configuration", call).await
    }),
    law!("switch_config::a_preview_sends_nothing", FACET, None, ReadOnly, |world, cx| {
        let plan = planned(world, cx).await?;
        let before = world.truth.attempts();
        let lines = facet(world)?.preview(&plan).map_err(why)?;
        ensure!(!lines.is_empty(), "a plan of {} steps has no lines", plan.steps.len());
        ensure!(world.truth.attempts() == before, "a preview was sent");
        Ok(())
    }),
    law!("switch_config::a_risk_needs_a_timer", FACET, None, Reversible, |world, cx| {
        let now = read(world, cx).await?;
        let port = last(&now)?;
        let down = PortEdit { enabled: Some(false), ..PortEdit::default() };
        let edit = SwitchEdit::Port { port: port.clone(), edit: down };
        let plan = plan_switch(&now, &[edit], &[(port, "its own management".to_owned())]).map_err(why)?;
        let call = facet(world)?.apply(cx, &plan, ApplyOptions::default());
        untried(world, ErrorKind::PreconditionFailed, "a way to management that is cut", call).await
    }),
    law!(
        "switch_config::what_nobody_confirms_undoes_itself",
        FACET,
        Some("switch_config.confirm"),
        Disruptive,
        |world, cx| {
            let before = essence(&real(world)?.configuration());
            let applied = apply(world, cx, &planned(world, cx).await?, LATER).await?;
            ensure!(applied.pending.is_some(), "told {applied:?}");
            ensure!(essence(&real(world)?.configuration()) != before, "nothing was done");
            world.truth.pass(Duration::from_secs(70)).await;
            until(world, "the old configuration", || async {
                Ok(essence(&real(world)?.configuration()) == before)
            })
            .await?;
            let late = changed(world, cx, facet(world)?.confirm(cx).await).await?;
            ensure!(late == Change::AlreadySo, "confirmed too late, it was told {late:?}");
            Ok(())
        }
    ),
    law!(
        "switch_config::what_is_confirmed_stays",
        FACET,
        Some("switch_config.confirm"),
        Disruptive,
        |world, cx| {
            let _ = apply(world, cx, &planned(world, cx).await?, LATER).await?;
            let done = essence(&real(world)?.configuration());
            let kept = changed(world, cx, facet(world)?.confirm(cx).await).await?;
            ensure!(kept == Change::Made, "told {kept:?}");
            world.truth.pass(Duration::from_secs(90)).await;
            let now = essence(&real(world)?.configuration());
            ensure!(now == done, "it was {done:?}, and is {now:?}");
            Ok(())
        }
    ),
    law!(
        "switch_config::what_is_rolled_back_is_gone",
        FACET,
        Some("switch_config.confirm"),
        Disruptive,
        |world, cx| {
            let before = essence(&real(world)?.configuration());
            let _ = apply(world, cx, &planned(world, cx).await?, LATER).await?;
            let undone = changed(world, cx, facet(world)?.rollback(cx).await).await?;
            let now = essence(&real(world)?.configuration());
            ensure!(
                undone == Change::Made && now == before,
                "told {undone:?}; it was {before:?}, and is {now:?}"
            );
            let again = changed(world, cx, facet(world)?.rollback(cx).await).await?;
            ensure!(again == Change::AlreadySo, "with nothing to undo it was told {again:?}");
            Ok(())
        }
    ),
    law!("switch_config::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
