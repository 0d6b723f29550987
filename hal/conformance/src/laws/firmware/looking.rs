//! What is read.

use std::collections::BTreeSet;

use super::{FACET, facet, look, real};
use crate::laws::{Law, ensure, help::ends_in_silence, law};

pub(super) const LAWS: &[Law] = &[
    law!("firmware::inventory_is_the_machine's", FACET, None, ReadOnly, |world, cx| {
        let inventory = look(world, cx).await?;
        ensure!(inventory.skipped.is_empty(), "skipped: {:?}", inventory.skipped);
        let ids: BTreeSet<_> = inventory.components.iter().map(|one| one.id.as_str()).collect();
        let all = inventory.components.len();
        ensure!(ids.len() == all, "{all} components share {} names", ids.len());
        let real = real(world)?.versions();
        for (name, version) in &real {
            let one = inventory.component(&name.as_str().into());
            let seen = one.and_then(|one| one.version.as_ref());
            ensure!(seen == Some(version), "{name} reads as {seen:?}, it is {version}");
            ensure!(!one.is_some_and(|one| one.standby), "{name} is in force, and reads as on standby");
        }
        let invented =
            inventory.components.iter().find(|one| !one.standby && !real.contains_key(one.id.as_str()));
        ensure!(invented.is_none(), "read {invented:?}, which is not in force");
        Ok(())
    }),
    law!("firmware::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.inventory(&cx).await }).await
    }),
];
