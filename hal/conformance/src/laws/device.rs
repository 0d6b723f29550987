//! Laws of the device as a whole.

use underlay_hal::{BootOverride, BootTarget, Cx, Device, Effect, ErrorKind, EventDelivery};

use super::{Law, ensure, help::why, law};

pub(super) const LAWS: &[Law] = &[
    law!("device::reads_change_nothing", None, None, ReadOnly, |world, cx| {
        let before = (world.truth.mutations(), world.truth.boot_override(), world.truth.power());
        read_everything(&*world.device, cx).await?;
        let after = (world.truth.mutations(), world.truth.boot_override(), world.truth.power());
        ensure!(before == after, "reading changed {before:?} into {after:?}");
        Ok(())
    }),
    law!("device::close_leaves_no_session", None, None, ReadOnly, |world, cx| {
        read_everything(&*world.device, cx).await?;
        world.device.close(cx).await.map_err(why)?;
        let mut open = world.truth.open_sessions();
        for _ in 0..50 {
            if open == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            open = world.truth.open_sessions();
        }
        ensure!(open == 0, "{open} sessions are open after close");
        Ok(())
    }),
    law!("device::works_again_after_close", None, None, ReadOnly, |world, cx| {
        world.device.close(cx).await.map_err(why)?;
        world.device.close(cx).await.map_err(why)?;
        read_everything(&*world.device, cx).await
    }),
    law!("device::a_cancelled_call_ends_at_once", None, None, ReadOnly, |world, cx| {
        world.truth.go_silent(true);
        let inner = cx.within(std::time::Duration::from_secs(30));
        let begun = tokio::time::Instant::now();
        let bound = std::time::Duration::from_secs(5);
        let (result, ()) =
            tokio::join!(tokio::time::timeout(bound, one_read(&*world.device, &inner)), async {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                inner.cancel();
            });
        world.truth.go_silent(false);
        let took = begun.elapsed();
        ensure!(took < std::time::Duration::from_secs(3), "it took {took:?} after being cancelled");
        match result {
            Ok(Err(error)) if error.kind() == ErrorKind::Cancelled => Ok(()),
            // A dead transport may have been noticed before the cancellation.
            Ok(Err(error)) if error.kind() == ErrorKind::Unreachable => Ok(()),
            other => Err(format!("expected cancelled, got {other:?}")),
        }
    }),
    law!("device::errors_name_the_device", None, None, ReadOnly, |world, cx| {
        world.truth.go_silent(true);
        let result = one_read(&*world.device, &cx.within(std::time::Duration::from_millis(300))).await;
        world.truth.go_silent(false);
        match result {
            Err(error)
                if error.device() == Some(&world.device.info().id) && !error.operation().is_empty() =>
            {
                Ok(())
            }
            other => Err(format!("expected an error that names device and operation, got {other:?}")),
        }
    }),
    law!(
        "device::a_lost_answer_is_never_without_effect",
        None,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| {
            let boot = world.device.boot().ok_or("this law needs boot")?;
            let want = BootOverride::once(BootTarget::Pxe);
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            let result = boot.set(cx, Some(want.clone())).await;
            let real = world.truth.boot_override();
            ensure!(real.as_ref().is_some_and(|real| want.is_met_by(real)), "the device has {real:?}");
            match result {
                Ok(_) => Ok(()),
                Err(error) if error.effect() != Effect::None => Ok(()),
                Err(error) => Err(format!("it was carried out, and told as: {}", why(error))),
            }
        }
    ),
];

/// The cheapest read that the device has.
async fn one_read(device: &dyn Device, cx: &Cx) -> underlay_hal::Result<()> {
    if let Some(power) = device.power() {
        power.state(cx).await.map(drop)
    } else if let Some(sensors) = device.sensors() {
        sensors.read_all(cx).await.map(drop)
    } else if let Some(inventory) = device.inventory() {
        inventory.read(cx).await.map(drop)
    } else if let Some(pdu) = device.pdu() {
        pdu.outlets(cx).await.map(drop)
    } else if let Some(switch) = device.switch() {
        switch.ports(cx).await.map(drop)
    } else {
        Err(underlay_hal::Error::unsupported("device.read"))
    }
}

async fn read_everything(device: &dyn Device, cx: &Cx) -> Result<(), String> {
    if let Some(power) = device.power() {
        power.state(cx).await.map_err(why)?;
        power.boot_status(cx).await.map_err(why)?;
    }
    if let Some(boot) = device.boot() {
        boot.get(cx).await.map_err(why)?;
    }
    if let Some(manager) = device.manager() {
        manager.info(cx).await.map_err(why)?;
    }
    if let Some(inventory) = device.inventory() {
        inventory.read(cx).await.map_err(why)?;
    }
    if let Some(sensors) = device.sensors() {
        sensors.read_all(cx).await.map_err(why)?;
    }
    if let Some(log) = device.event_log() {
        log.read(cx, None, 100).await.map_err(why)?;
    }
    if let Some(tasks) = device.tasks() {
        tasks.list(cx).await.map_err(why)?;
    }
    read_settings(device, cx).await.map_err(why)?;
    read_parts(device, cx).await.map_err(why)?;
    read_rack(device, cx).await.map_err(why)
}

/// What can be set.
async fn read_settings(device: &dyn Device, cx: &Cx) -> underlay_hal::Result<()> {
    if let Some(bios) = device.bios() {
        bios.read(cx).await?;
    }
    if let Some(secure_boot) = device.secure_boot() {
        secure_boot.read(cx).await?;
    }
    if let Some(boot_order) = device.boot_order() {
        boot_order.read(cx).await?;
    }
    if let Some(config) = device.manager_config() {
        config.read(cx).await?;
    }
    if let Some(certificates) = device.certificates() {
        certificates.list(cx).await?;
    }
    if let Some(accounts) = device.accounts() {
        accounts.list(cx).await?;
        accounts.policy(cx).await?;
    }
    if let Some(identify) = device.identify() {
        identify.is_lit(cx).await?;
    }
    if let Some(events) = device.events()
        && events.deliveries().contains(&EventDelivery::Push)
    {
        events.subscriptions(cx).await?;
    }
    Ok(())
}

/// What stands around machines.
async fn read_rack(device: &dyn Device, cx: &Cx) -> underlay_hal::Result<()> {
    if let Some(pdu) = device.pdu() {
        pdu.outlets(cx).await?;
        pdu.groups(cx).await?;
        pdu.meter(cx).await?;
    }
    if let Some(switch) = device.switch() {
        let abilities = *switch.abilities();
        switch.facts(cx).await?;
        switch.ports(cx).await?;
        if abilities.vlans.is_some() {
            switch.vlans(cx).await?;
        }
        if abilities.neighbors.is_some() {
            switch.neighbors(cx).await?;
        }
        if abilities.macs.is_some() {
            switch.macs(cx).await?;
        }
        if abilities.poe.is_some() {
            switch.poe(cx).await?;
        }
    }
    Ok(())
}

/// What is in it.
async fn read_parts(device: &dyn Device, cx: &Cx) -> underlay_hal::Result<()> {
    if let Some(raid) = device.raid() {
        raid.read(cx).await?;
    }
    if let Some(firmware) = device.firmware() {
        firmware.inventory(cx).await?;
    }
    if let Some(media) = device.virtual_media() {
        media.slots(cx).await?;
    }
    if let Some(meter) = device.power_meter() {
        meter.read(cx).await?;
    }
    if let Some(chassis) = device.chassis() {
        chassis.read(cx).await?;
    }
    Ok(())
}
