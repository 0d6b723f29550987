//! Laws of [`underlay_hal::Bios`].

use std::collections::BTreeMap;

use underlay_hal::{
    ApplyTime, BiosState, Change, Cx, Plan, PowerState,
    bios::{BiosChange, SettingValue, plan},
};

use super::{
    Law,
    effect::{Settled, settled},
    ensure, facet,
    help::{Said, why},
};
use crate::World;

mod defaults;
mod looking;
mod passwords;
mod refusals;
mod staging;

facet!(Bios, bios, BiosTruth);

pub(super) const LAWS: [&[Law]; 5] =
    [looking::LAWS, staging::LAWS, refusals::LAWS, defaults::LAWS, passwords::LAWS];

/// A setting that shall have another value, and the plan for it.
struct Wish {
    name: String,
    from: SettingValue,
    to: SettingValue,
    plan: Plan<BiosChange>,
}

impl Wish {
    fn want(&self) -> BTreeMap<String, SettingValue> {
        BTreeMap::from([(self.name.clone(), self.to.clone())])
    }
}

async fn look(world: &World, cx: &Cx) -> Said<BiosState> {
    facet(world)?.read(cx).await.map_err(why)
}

fn planned(state: &BiosState, want: &BTreeMap<String, SettingValue>) -> Said<Plan<BiosChange>> {
    plan(state, want).map_err(|problems| {
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        format!("no plan for a value that the device takes: {}", told.join("; "))
    })
}

/// A value that is neither in force nor the default, planned from a fresh look at a host that runs.
async fn wish(world: &World, cx: &Cx) -> Said<Wish> {
    world.truth.put_power(PowerState::On).await;
    let (name, to) = real(world)?.writable();
    let from = current(world, &name)?;
    let state = look(world, cx).await?;
    let plan = planned(&state, &BTreeMap::from([(name.clone(), to.clone())]))?;
    ensure!(
        plan.changes.len() == 1,
        "{name} is {from} and shall be {to}, and the plan is {:?}",
        plan.changes
    );
    Ok(Wish { name, from, to, plan })
}

/// The value really in force.
fn current(world: &World, name: &str) -> Said<SettingValue> {
    real(world)?.current().remove(name).ok_or_else(|| format!("the machine has no {name}"))
}

/// When changes shall take effect, of what the device lists.
fn when(world: &World) -> Said<ApplyTime> {
    let times = facet(world)?.apply_times();
    let on_reset = times.iter().find(|time| **time == ApplyTime::OnReset);
    on_reset.or(times.first()).copied().ok_or_else(|| "no apply time is listed at all".to_owned())
}

/// Carries out the plan as far as it goes without a reset.
async fn stage(world: &World, cx: &Cx, wish: &Wish) -> Said<Settled> {
    let outcome = facet(world)?.apply(cx, &wish.plan, when(world)?).await;
    let staged = settled(world, cx, outcome).await?.well()?;
    ensure!(staged.change == Change::Made, "staging {} gave {:?}", wish.name, staged.change);
    Ok(staged)
}

fn is(value: Option<&SettingValue>, wanted: &SettingValue) -> bool {
    value.is_some_and(|value| value.is_same(wanted))
}
