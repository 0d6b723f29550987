//! What is read.

use std::time::Duration;

use super::{FACET, look, real, stage, wish};
use crate::laws::{Law, ensure, help::ends_in_silence, law};

pub(super) const LAWS: &[Law] = &[
    law!("bios::values_are_the_machine's", FACET, None, ReadOnly, |world, cx| {
        let state = look(world, cx).await?;
        let real = real(world)?.current();
        for (name, value) in &real {
            let seen = state.attributes.get(name).and_then(|one| one.current.as_ref());
            ensure!(super::is(seen, value), "{name}: read {seen:?}, it is {value:?}");
        }
        let invented =
            state.attributes.iter().find(|(name, one)| one.current.is_some() && !real.contains_key(*name));
        ensure!(invented.is_none(), "read {invented:?}, which the machine does not have");
        Ok(())
    }),
    law!("bios::rules_tell_the_defaults", FACET, Some("bios.rules"), ReadOnly, |world, cx| {
        let state = look(world, cx).await?;
        for (name, value) in real(world)?.defaults() {
            let rule = state.attributes.get(&name).and_then(|one| one.rule.as_ref());
            let told = rule.and_then(|rule| rule.default.as_ref());
            ensure!(super::is(told, &value), "{name}: the default is told as {told:?}, it is {value:?}");
        }
        Ok(())
    }),
    law!("bios::rules_tell_what_is_read_only", FACET, Some("bios.read_only"), ReadOnly, |world, cx| {
        let state = look(world, cx).await?;
        let name = real(world)?.read_only().ok_or("no setting is read-only, though it is promised")?;
        let (writable, _) = real(world)?.writable();
        for (name, expected) in [(name, true), (writable, false)] {
            let rule = state.attributes.get(&name).and_then(|one| one.rule.as_ref());
            let told = rule.ok_or_else(|| format!("{name} has no rule"))?.read_only.unwrap_or(false);
            ensure!(told == expected, "{name}: read-only is told as {told}");
        }
        Ok(())
    }),
    law!("bios::the_fingerprint_moves_with_a_value", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        let after = look(world, cx).await?.fingerprint;
        ensure!(after != wish.plan.basis, "a value was staged, and the fingerprint is still {after:?}");
        Ok(())
    }),
    law!("bios::the_fingerprint_stays_while_nothing_moves", FACET, None, ReadOnly, |world, cx| {
        let before = look(world, cx).await?.fingerprint;
        world.truth.pass(Duration::from_secs(30)).await;
        let again = look(world, cx).await?.fingerprint;
        ensure!(again == before, "nothing moved, but {before:?} became {again:?}");
        Ok(())
    }),
    law!("bios::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = super::facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
