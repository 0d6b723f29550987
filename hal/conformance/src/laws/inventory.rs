//! Laws of [`underlay_hal::Inventory`].

use std::collections::BTreeSet;

use underlay_hal::{FacetKind, Inventory, PowerState};

use super::{
    Law, ensure,
    help::{ends_in_silence, why},
    law,
};
use crate::World;

const INVENTORY: Option<FacetKind> = Some(FacetKind::Inventory);

fn inventory(world: &World) -> Result<&dyn Inventory, String> {
    world.device.inventory().ok_or_else(|| "inventory is absent".to_owned())
}

pub(super) const LAWS: &[Law] = &[
    law!("inventory::serial_number_is_the_machine's", INVENTORY, None, ReadOnly, |world, cx| {
        let seen = inventory(world)?.read(cx).await.map_err(why)?.system.serial_number;
        let real = world.truth.serial_number();
        ensure!(seen.as_deref() == Some(real.as_str()), "read {seen:?}, it is {real:?}");
        Ok(())
    }),
    law!(
        "inventory::mac_addresses_are_the_machine's",
        INVENTORY,
        Some("inventory.nics"),
        ReadOnly,
        |world, cx| {
            let hardware = inventory(world)?.read(cx).await.map_err(why)?;
            let seen: BTreeSet<_> = hardware.nics.iter().filter_map(|nic| nic.mac).collect();
            let real: BTreeSet<_> = world.truth.macs().into_iter().collect();
            ensure!(seen == real, "read {seen:?}, they are {real:?}");
            Ok(())
        }
    ),
    law!("inventory::nothing_is_skipped_on_a_healthy_machine", INVENTORY, None, ReadOnly, |world, cx| {
        let hardware = inventory(world)?.read(cx).await.map_err(why)?;
        ensure!(hardware.skipped.is_empty(), "skipped: {:?}", hardware.skipped);
        Ok(())
    }),
    law!("inventory::reads_while_the_host_is_off", INVENTORY, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::Off).await;
        let seen = inventory(world)?.read(cx).await.map_err(why)?.system.serial_number;
        ensure!(seen.is_some(), "no serial number while the host is off");
        Ok(())
    }),
    law!("inventory::silence_ends_by_the_deadline", INVENTORY, None, ReadOnly, |world, cx| {
        let facet = inventory(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
