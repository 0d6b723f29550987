//! Laws of [`underlay_hal::Sensors`].

use std::collections::BTreeSet;

use underlay_hal::{FacetKind, PowerState, Reading, SensorKind, Sensors};

use super::{
    Law, ensure,
    help::{ends_in_silence, why},
    law,
};
use crate::{Fact, World};

const SENSORS: Option<FacetKind> = Some(FacetKind::Sensors);

fn sensors(world: &World) -> Result<&dyn Sensors, String> {
    world.device.sensors().ok_or_else(|| "sensors is absent".to_owned())
}

/// Readings beside the facts of the same name and kind.
fn matched<'a>(readings: &'a [Reading], facts: &'a [Fact]) -> Vec<(&'a Reading, &'a Fact)> {
    readings
        .iter()
        .filter_map(|reading| {
            let fact = facts.iter().find(|fact| fact.name == reading.name && fact.kind == reading.kind)?;
            Some((reading, fact))
        })
        .collect()
}

pub(super) const LAWS: &[Law] = &[
    law!("sensors::values_match_truth", SENSORS, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let before = world.truth.sensors();
        let readings = sensors(world)?.read_all(cx).await.map_err(why)?;
        let after = world.truth.sensors();
        let pairs = matched(&readings, &before);
        for kind in [SensorKind::Temperature, SensorKind::Fan, SensorKind::Voltage] {
            let real = before.iter().any(|fact| fact.kind == kind);
            let seen = pairs.iter().any(|(reading, _)| reading.kind == kind);
            let elsewhere = readings.iter().any(|reading| reading.kind == kind);
            ensure!(!real || seen || !elsewhere, "no {} sensor carries its real name", kind.as_str());
        }
        ensure!(!pairs.is_empty(), "no reading carries the name of a real sensor");
        // Protocols name the power of a machine as they like; one of its readings must be what the machine draws.
        let powers = |value: f64| {
            let of_kind = before.iter().chain(&after).filter(|fact| fact.kind == SensorKind::Power);
            let mut values = of_kind.filter_map(|fact| fact.value);
            values.any(|real| (value - real).abs() <= 5.0_f64.max(real * 0.05))
        };
        let mut drawn = readings.iter().filter(|reading| reading.kind == SensorKind::Power).peekable();
        ensure!(
            drawn.peek().is_none() || drawn.any(|reading| reading.value.is_some_and(powers)),
            "no power reading is near what the machine draws"
        );
        for (reading, fact) in pairs {
            let later = after.iter().find(|later| later.name == fact.name).and_then(|later| later.value);
            let (Some(seen), Some(real), Some(later)) = (reading.value, fact.value, later) else {
                ensure!(
                    reading.value.is_some() == fact.value.is_some(),
                    "{}: read {:?}, it is {:?}",
                    fact.name,
                    reading.value,
                    fact.value
                );
                continue;
            };
            // One step of an 8-bit converter is at most 1/128 of the range; views may round; and between the looks
            // the value may have wandered from one end of its jitter to the other.
            let (low, high) = (real.min(later), real.max(later));
            let slack = 1.0_f64.max(high.abs() * 0.03) + 2.0 * fact.jitter;
            ensure!(
                seen >= low - slack && seen <= high + slack,
                "{}: read {seen}, it is between {low} and {high}",
                fact.name
            );
        }
        Ok(())
    }),
    law!(
        "sensors::unreadable_is_no_value_and_never_zero",
        SENSORS,
        Some("sensors.host"),
        Disruptive,
        |world, cx| {
            world.truth.put_power(PowerState::Off).await;
            let facts = world.truth.sensors();
            let readings = sensors(world)?.read_all(cx).await.map_err(why)?;
            let gone: Vec<_> =
                matched(&readings, &facts).into_iter().filter(|(_, fact)| fact.value.is_none()).collect();
            ensure!(!gone.is_empty(), "no sensor that depends on the host is listed while it is off");
            for (reading, _) in gone {
                ensure!(
                    reading.value.is_none(),
                    "{}: read {:?} with the host off",
                    reading.name,
                    reading.value
                );
            }
            Ok(())
        }
    ),
    law!("sensors::ids_are_unique_and_values_finite", SENSORS, None, ReadOnly, |world, cx| {
        let readings = sensors(world)?.read_all(cx).await.map_err(why)?;
        let ids: BTreeSet<_> = readings.iter().map(|reading| reading.id.as_str()).collect();
        ensure!(ids.len() == readings.len(), "{} sensors share {} ids", readings.len(), ids.len());
        let odd = readings.iter().find(|reading| reading.value.is_some_and(|value| !value.is_finite()));
        ensure!(odd.is_none(), "not a number: {odd:?}");
        Ok(())
    }),
    law!("sensors::silence_ends_by_the_deadline", SENSORS, None, ReadOnly, |world, cx| {
        let facet = sensors(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read_all(&cx).await }).await
    }),
];
