//! Laws of [`underlay_hal::PowerMeter`].

use underlay_hal::{Cx, PowerMetrics, PowerState};

use super::{
    Law, ensure, facet,
    help::{Said, ends_in_silence, why},
    law,
};
use crate::World;

facet!(PowerMeter, power_meter, PowerMeterTruth);

async fn look(world: &World, cx: &Cx) -> Said<PowerMetrics> {
    facet(world)?.read(cx).await.map_err(why)
}

/// The watts told while the host is so, and the least and the most that it may really draw.
async fn drawn(world: &World, cx: &Cx, state: PowerState) -> Said<(Option<f64>, f64, f64)> {
    world.truth.put_power(state).await;
    // What it draws settles.
    world.truth.pass(std::time::Duration::from_secs(60)).await;
    let (before, jitter) = real(world)?.watts();
    let seen = look(world, cx).await?.watts;
    let (after, _) = real(world)?.watts();
    // Views round, and the value may have wandered from one end of its jitter to the other.
    let slack = 2.0_f64.max(before.max(after) * 0.03) + 2.0 * jitter;
    Ok((seen, before.min(after) - slack, before.max(after) + slack))
}

pub(super) const LAWS: &[Law] = &[
    law!("power_meter::watts_are_what_the_machine_draws", FACET, None, Disruptive, |world, cx| {
        let (seen, least, most) = drawn(world, cx, PowerState::On).await?;
        let watts = seen.ok_or("the host runs, and no watts are told")?;
        ensure!(watts >= least && watts <= most, "read {watts}, it draws between {least} and {most}");
        Ok(())
    }),
    law!("power_meter::what_is_not_told_is_no_zero", FACET, None, Disruptive, |world, cx| {
        let (seen, least, most) = drawn(world, cx, PowerState::Off).await?;
        if let Some(watts) = seen {
            ensure!(watts >= least && watts <= most, "read {watts}, it draws between {least} and {most}");
        }
        Ok(())
    }),
    law!("power_meter::values_are_finite_and_not_negative", FACET, None, Disruptive, |world, cx| {
        for state in [PowerState::Off, PowerState::On] {
            world.truth.put_power(state).await;
            let seen = look(world, cx).await?;
            let all = [
                seen.watts,
                seen.average_watts,
                seen.min_watts,
                seen.max_watts,
                seen.capacity_watts,
                seen.limit_watts,
                seen.energy_joules,
            ];
            let odd = all.into_iter().flatten().find(|value| !value.is_finite() || *value < 0.0);
            ensure!(odd.is_none(), "with the host {state}: {odd:?} in {seen:?}");
        }
        Ok(())
    }),
    law!("power_meter::least_mean_and_most_are_in_order", FACET, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        world.truth.pass(std::time::Duration::from_secs(60)).await;
        let seen = look(world, cx).await?;
        let told: Vec<_> =
            [seen.min_watts, seen.average_watts, seen.max_watts].into_iter().flatten().collect();
        ensure!(told.is_sorted(), "least, mean and most are told as {told:?}");
        Ok(())
    }),
    law!("power_meter::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
