//! Laws of [`underlay_hal::Chassis`].

use std::collections::BTreeMap;

use underlay_hal::{Change, Cx, Enclosure, ErrorKind, PowerAction, PowerState, SlotId, SlotKind};

use super::{
    Law,
    effect::changed,
    ensure, facet,
    help::{Said, ends_in_silence, until, why, without_effect},
    law,
};
use crate::World;

facet!(Chassis, chassis, ChassisTruth);

async fn look(world: &World, cx: &Cx) -> Said<Enclosure> {
    facet(world)?.read(cx).await.map_err(why)
}

fn machines(world: &World) -> Said<BTreeMap<SlotId, PowerState>> {
    Ok(real(world)?.machines().into_iter().collect())
}

/// The last machine, its power, and the action that gives it the other.
fn last(world: &World) -> Said<(SlotId, PowerState, PowerAction)> {
    let (slot, power) = machines(world)?.pop_last().ok_or("the enclosure holds no machine")?;
    Ok(match power {
        PowerState::On => (slot, PowerState::Off, PowerAction::ForceOff),
        _ => (slot, PowerState::On, PowerAction::On),
    })
}

pub(super) const LAWS: &[Law] = &[
    law!("chassis::machines_are_the_enclosure's", FACET, None, ReadOnly, |world, cx| {
        let enclosure = look(world, cx).await?;
        ensure!(enclosure.skipped.is_empty(), "skipped: {:?}", enclosure.skipped);
        let compute = enclosure.slots.iter().filter(|slot| slot.present && slot.kind == SlotKind::Compute);
        let seen: BTreeMap<_, _> = compute.map(|slot| (slot.id.clone(), slot.power)).collect();
        let real: BTreeMap<_, _> =
            machines(world)?.into_iter().map(|(id, power)| (id, Some(power))).collect();
        ensure!(real.len() > 1, "an enclosure of {} machines", real.len());
        ensure!(seen == real, "read {seen:?}, they are {real:?}");
        Ok(())
    }),
    law!("chassis::power_is_of_that_slot_only", FACET, None, Disruptive, |world, cx| {
        let (slot, wanted, action) = last(world)?;
        let mut expected = machines(world)?;
        expected.insert(slot.clone(), wanted);
        changed(world, cx, facet(world)?.set_power(cx, &slot, action).await).await?;
        until(world, &format!("{slot} {wanted}"), || async {
            Ok(machines(world)?.get(&slot) == Some(&wanted))
        })
        .await?;
        let real = machines(world)?;
        ensure!(real == expected, "{action} of {slot} alone should make {expected:?}, and made {real:?}");
        Ok(())
    }),
    law!("chassis::already_so_is_told", FACET, None, Disruptive, |world, cx| {
        let (slot, wanted, action) = last(world)?;
        changed(world, cx, facet(world)?.set_power(cx, &slot, action).await).await?;
        until(world, &format!("{slot} {wanted}"), || async {
            Ok(machines(world)?.get(&slot) == Some(&wanted))
        })
        .await?;
        let told = changed(world, cx, facet(world)?.set_power(cx, &slot, action).await).await?;
        ensure!(told == Change::AlreadySo, "{action} of a machine that is {wanted} gave {told:?}");
        Ok(())
    }),
    law!("chassis::a_slot_without_a_machine_is_not_found", FACET, None, Reversible, |world, cx| {
        let enclosure = look(world, cx).await?;
        let others =
            enclosure.slots.into_iter().filter(|slot| !slot.present || slot.kind != SlotKind::Compute);
        let unknown = SlotId::from("no-such-slot");
        for slot in others.map(|slot| slot.id).chain([unknown]) {
            let call = facet(world)?.set_power(cx, &slot, PowerAction::On);
            without_effect(world, ErrorKind::NotFound, &format!("the slot {slot}"), call).await?;
        }
        Ok(())
    }),
    law!("chassis::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
