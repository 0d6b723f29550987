//! Laws of [`underlay_hal::Pdu`].

use std::collections::BTreeSet;

use underlay_hal::{
    Change, CircuitKind, Cx, DelayStyle, Effect, ErrorKind, Outlet, OutletAction, OutletConfig, OutletDelay,
    OutletId, OutletState, RestorePolicy, Support,
};

use super::{
    Law,
    effect::changed,
    ensure, facet,
    help::{Said, ends_in_silence, until, untried, why},
    law,
};
use crate::{OutletFact, World};

facet!(Pdu, pdu, PduTruth);

async fn look(world: &World, cx: &Cx, id: &OutletId) -> Said<Outlet> {
    let outlets = facet(world)?.outlets(cx).await.map_err(why)?;
    outlets.into_iter().find(|outlet| outlet.id == *id).ok_or_else(|| format!("no outlet {id} is read"))
}

fn fact(world: &World, id: &OutletId) -> Said<OutletFact> {
    let outlets = real(world)?.outlets();
    outlets.into_iter().find(|outlet| outlet.id == *id).ok_or_else(|| format!("there is no outlet {id}"))
}

/// The first outlet, which is put on or off.
async fn first(world: &World, on: bool) -> Said<OutletId> {
    let id = real(world)?.outlets().first().map(|outlet| outlet.id.clone()).ok_or("it has no outlets")?;
    real(world)?.put_outlet(&id, on);
    world.truth.pass(std::time::Duration::from_secs(5)).await;
    Ok(id)
}

async fn switch(world: &World, cx: &Cx, id: &OutletId, action: OutletAction) -> Said<Change> {
    let outcome = facet(world)?.switch(cx, id, action, OutletDelay::None).await;
    changed(world, cx, outcome).await
}

/// The delay that the device takes.
fn delay(world: &World) -> Said<OutletDelay> {
    match facet(world)?.abilities().delay {
        DelayStyle::Configured => Ok(OutletDelay::Configured),
        DelayStyle::Inline => Ok(OutletDelay::Seconds(20)),
        DelayStyle::None => Err("a delay is promised and not listed".to_owned()),
    }
}

/// An outlet that is on, and that was asked to go off later.
async fn waiting(world: &World, cx: &Cx) -> Said<OutletId> {
    let id = first(world, true).await?;
    if facet(world)?.abilities().delay == DelayStyle::Configured {
        let config =
            OutletConfig { off_delay: Some(std::time::Duration::from_secs(30)), ..OutletConfig::default() };
        changed(world, cx, facet(world)?.configure(cx, &id, &config).await).await?;
    }
    changed(world, cx, facet(world)?.switch(cx, &id, OutletAction::Off, delay(world)?).await).await?;
    Ok(id)
}

pub(super) const LAWS: &[Law] = &[
    law!("pdu::outlets_are_the_unit's", FACET, None, ReadOnly, |world, cx| {
        let seen = facet(world)?.outlets(cx).await.map_err(why)?;
        let facts = real(world)?.outlets();
        let named = facet(world)?.abilities().label.is_some();
        let label = |fact: &'_ OutletFact| named.then(|| fact.label.clone());
        let real: Vec<_> = facts.iter().map(|fact| (&fact.id, label(fact), fact.on)).collect();
        let seen: Vec<_> = seen
            .iter()
            .map(|outlet| (&outlet.id, outlet.label.clone(), outlet.state == OutletState::On))
            .collect();
        ensure!(seen == real, "read {seen:?}, they are {real:?}");
        Ok(())
    }),
    law!("pdu::off_and_on_are_proved", FACET, Some("pdu.switch"), Disruptive, |world, cx| {
        let id = first(world, true).await?;
        for (action, on) in [(OutletAction::Off, false), (OutletAction::On, true)] {
            let told = switch(world, cx, &id, action).await?;
            let real = fact(world, &id)?.on;
            ensure!((told, real) == (Change::Made, on), "{action} gave {told:?}, and the relay is {real}");
            let state = look(world, cx, &id).await?.state;
            let expected = if on { OutletState::On } else { OutletState::Off };
            ensure!(state == expected, "after {action} it reads {state}");
        }
        Ok(())
    }),
    law!("pdu::already_so_is_told_and_untried", FACET, Some("pdu.switch"), Disruptive, |world, cx| {
        for (on, action) in [(true, OutletAction::On), (false, OutletAction::Off)] {
            let id = first(world, on).await?;
            let before = world.truth.attempts();
            let told = switch(world, cx, &id, action).await?;
            ensure!(told == Change::AlreadySo, "{action} of an outlet that is so gave {told:?}");
            ensure!(
                world.truth.attempts() == before,
                "{action} of an outlet that is so was sent all the same"
            );
        }
        Ok(())
    }),
    law!("pdu::only_that_outlet_is_switched", FACET, Some("pdu.switch"), Disruptive, |world, cx| {
        let id = first(world, true).await?;
        let relays = || -> Said<Vec<_>> {
            Ok(real(world)?.outlets().into_iter().map(|fact| (fact.id, fact.on)).collect())
        };
        let mut expected = relays()?;
        switch(world, cx, &id, OutletAction::Off).await?;
        expected.iter_mut().filter(|(known, _)| *known == id).for_each(|(_, on)| *on = false);
        let real = relays()?;
        ensure!(real == expected, "off of {id} alone should make {expected:?}, and made {real:?}");
        Ok(())
    }),
    law!("pdu::a_cycle_cuts_once_and_ends_on", FACET, Some("pdu.cycle"), Disruptive, |world, cx| {
        let id = first(world, true).await?;
        let before = real(world)?.cuts(&id);
        let told = switch(world, cx, &id, OutletAction::Cycle).await?;
        let cuts = real(world)?.cuts(&id) - before;
        let on = fact(world, &id)?.on;
        ensure!((told, cuts, on) == (Change::Made, 1, true), "told {told:?}, {cuts} cuts, the relay is {on}");
        Ok(())
    }),
    law!("pdu::an_outlet_that_is_off_is_not_cycled", FACET, Some("pdu.cycle"), Disruptive, |world, cx| {
        let id = first(world, false).await?;
        let call = facet(world)?.switch(cx, &id, OutletAction::Cycle, OutletDelay::None);
        untried(world, ErrorKind::PreconditionFailed, "a cycle of an outlet that is off", call).await?;
        ensure!(!fact(world, &id)?.on, "it is on now");
        Ok(())
    }),
    law!("pdu::yes_without_effect_is_an_error", FACET, Some("pdu.ignored"), Disruptive, |world, cx| {
        let id = first(world, true).await?;
        ensure!(real(world)?.ignore_next(), "the rig ignores nothing, though it is promised");
        let result = facet(world)?.switch(cx, &id, OutletAction::Off, OutletDelay::None).await;
        ensure!(fact(world, &id)?.on, "the rig did not ignore it");
        match result {
            Err(error) if error.kind() == ErrorKind::NoEffect => Ok(()),
            other => Err(format!("it read on all the time, and was told as {other:?}")),
        }
    }),
    law!("pdu::a_delay_waits_and_is_told", FACET, Some("pdu.delay"), Disruptive, |world, cx| {
        let id = waiting(world, cx).await?;
        let state = look(world, cx, &id).await?.state;
        ensure!(fact(world, &id)?.on, "it is off at once");
        ensure!(state == OutletState::PendingOff, "while it waits it reads {state}");
        until(world, "the outlet off", || async { Ok(!fact(world, &id)?.on) }).await
    }),
    law!("pdu::what_waits_can_be_cancelled", FACET, Some("pdu.cancel"), Disruptive, |world, cx| {
        let id = waiting(world, cx).await?;
        let told = changed(world, cx, facet(world)?.cancel(cx, &id).await).await?;
        ensure!(told == Change::Made && !fact(world, &id)?.pending, "told {told:?}, and it still waits");
        world.truth.pass(std::time::Duration::from_secs(90)).await;
        ensure!(fact(world, &id)?.on, "it went off all the same");
        let told = changed(world, cx, facet(world)?.cancel(cx, &id).await).await?;
        ensure!(told == Change::AlreadySo, "taking back what does not wait gave {told:?}");
        Ok(())
    }),
    law!("pdu::an_unknown_outlet_is_not_found_and_untried", FACET, None, Reversible, |world, cx| {
        let unknown = OutletId::from("999");
        let abilities = *facet(world)?.abilities();
        let kind = if abilities.switch.is_some_and(Support::is_writable) {
            ErrorKind::NotFound
        } else {
            ErrorKind::Unsupported
        };
        let call = facet(world)?.switch(cx, &unknown, OutletAction::On, OutletDelay::None);
        untried(world, kind, "an outlet that is not there", call).await
    }),
    law!("pdu::what_is_not_listed_is_unsupported_and_untried", FACET, None, Reversible, |world, cx| {
        let facet = facet(world)?;
        let abilities = *facet.abilities();
        let id = real(world)?.outlets().first().map(|fact| fact.id.clone()).ok_or("it has no outlets")?;
        let wrong = match abilities.delay {
            DelayStyle::Inline => OutletDelay::Configured,
            DelayStyle::Configured | DelayStyle::None => OutletDelay::Seconds(7),
        };
        let call = facet.switch(cx, &id, OutletAction::Off, wrong);
        untried(world, ErrorKind::Unsupported, "a delay of the other kind", call).await?;
        if !abilities.cancel.is_some_and(Support::is_writable) {
            untried(world, ErrorKind::Unsupported, "taking back", facet.cancel(cx, &id)).await?;
        }
        if !abilities.label.is_some_and(Support::is_writable) {
            let config = OutletConfig { label: Some("x".to_owned()), ..OutletConfig::default() };
            untried(world, ErrorKind::Unsupported, "a label", facet.configure(cx, &id, &config)).await?;
        }
        Ok(())
    }),
    law!("pdu::a_label_reads_back", FACET, Some("pdu.label"), Reversible, |world, cx| {
        let id = first(world, true).await?;
        let config = OutletConfig { label: Some("db-7".to_owned()), ..OutletConfig::default() };
        let told = changed(world, cx, facet(world)?.configure(cx, &id, &config).await).await?;
        let (seen, real) = (look(world, cx, &id).await?.label, fact(world, &id)?.label);
        ensure!(
            (told, seen.as_deref(), &*real) == (Change::Made, Some("db-7"), "db-7"),
            "told {told:?}, reads {seen:?}, is {real:?}"
        );
        let told = changed(world, cx, facet(world)?.configure(cx, &id, &config).await).await?;
        ensure!(told == Change::AlreadySo, "the same label again gave {told:?}");
        Ok(())
    }),
    law!("pdu::a_restore_policy_reads_back", FACET, Some("pdu.policy"), Reversible, |world, cx| {
        let id = first(world, true).await?;
        for policy in [RestorePolicy::AlwaysOff, RestorePolicy::LastState] {
            let config = OutletConfig { restore_policy: Some(policy), ..OutletConfig::default() };
            changed(world, cx, facet(world)?.configure(cx, &id, &config).await).await?;
            let (seen, real) = (look(world, cx, &id).await?.restore_policy, fact(world, &id)?.restore_policy);
            ensure!(seen == Some(policy) && real == policy, "set {policy:?}, reads {seen:?}, is {real:?}");
        }
        Ok(())
    }),
    law!("pdu::configuring_switches_nothing", FACET, Some("pdu.label"), Reversible, |world, cx| {
        let id = first(world, true).await?;
        let before = real(world)?.cuts(&id);
        let config = OutletConfig { label: Some("db-8".to_owned()), ..OutletConfig::default() };
        changed(world, cx, facet(world)?.configure(cx, &id, &config).await).await?;
        world.truth.pass(std::time::Duration::from_secs(30)).await;
        ensure!(fact(world, &id)?.on && real(world)?.cuts(&id) == before, "naming it switched it");
        Ok(())
    }),
    law!("pdu::metering_follows_the_load", FACET, Some("pdu.metered_outlets"), Disruptive, |world, cx| {
        for on in [true, false] {
            let id = first(world, on).await?;
            world.truth.pass(std::time::Duration::from_secs(300)).await;
            let metrics = facet(world)?.meter(cx).await.map_err(why)?;
            ensure!(metrics.skipped.is_empty(), "skipped: {:?}", metrics.skipped);
            let mine = |circuit: &&underlay_hal::Circuit| {
                circuit.kind == CircuitKind::Outlet && circuit.id == id.as_str()
            };
            let circuit = metrics.circuits.iter().find(mine).ok_or("the outlet is not measured")?;
            let (watts, wander) = fact(world, &id)?.watts;
            let seen = circuit.watts.or_else(|| Some(circuit.amperes? * circuit.volts.unwrap_or(230.0)));
            let seen = seen.ok_or("neither watts nor amperes are told")?;
            let within = (watts - wander..=watts + wander).contains(&seen);
            ensure!(within, "reads {seen} W, draws {watts} W ± {wander}");
            ensure!(on == (watts > 0.0), "the rig's load draws {watts} W from an outlet that is {on}");
        }
        Ok(())
    }),
    law!("pdu::circuits_are_unique_and_finite", FACET, None, ReadOnly, |world, cx| {
        let metrics = facet(world)?.meter(cx).await.map_err(why)?;
        let names: BTreeSet<_> = metrics.circuits.iter().map(|circuit| (circuit.kind, &circuit.id)).collect();
        ensure!(names.len() == metrics.circuits.len(), "two circuits of a kind have one name");
        for circuit in &metrics.circuits {
            let values = [circuit.amperes, circuit.volts, circuit.watts, circuit.watt_hours];
            let odd = values.into_iter().flatten().find(|value| !value.is_finite() || *value < 0.0);
            ensure!(odd.is_none(), "{:?} {} reads {odd:?}", circuit.kind, circuit.id);
        }
        Ok(())
    }),
    law!("pdu::a_group_is_switched_together", FACET, Some("pdu.groups"), Disruptive, |world, cx| {
        let groups = facet(world)?.groups(cx).await.map_err(why)?;
        let group = groups.into_iter().find(|group| group.outlets.len() > 1).ok_or("no group of several")?;
        for id in &group.outlets {
            real(world)?.put_outlet(id, true);
        }
        changed(world, cx, facet(world)?.switch_group(cx, &group.id, OutletAction::Off).await).await?;
        for fact in real(world)?.outlets() {
            let within = group.outlets.contains(&fact.id);
            ensure!(!within || !fact.on, "{} of the group is on", fact.id);
        }
        Ok(())
    }),
    law!("pdu::a_lost_answer_is_read_back", FACET, Some("pdu.lost_answer"), Disruptive, |world, cx| {
        let id = first(world, true).await?;
        ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
        let before = real(world)?.cuts(&id);
        let result = facet(world)?.switch(cx, &id, OutletAction::Off, OutletDelay::None).await;
        ensure!(!fact(world, &id)?.on && real(world)?.cuts(&id) == before + 1, "it was not carried out once");
        match result {
            Ok(_) => Ok(()),
            Err(error) if error.effect() != Effect::None => Ok(()),
            Err(error) => Err(format!("it was carried out, and told as: {}", why(error))),
        }
    }),
    law!("pdu::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.outlets(&cx).await }).await
    }),
];
