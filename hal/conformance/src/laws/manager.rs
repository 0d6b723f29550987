//! Laws of [`underlay_hal::Manager`].

use std::time::Duration;

use underlay_hal::{ErrorKind, FacetKind, Manager, ManagerReset, PowerState};

use super::{
    Law, ensure,
    help::{ends_in_silence, finished, refused, until, why},
    law,
};
use crate::World;

const MANAGER: Option<FacetKind> = Some(FacetKind::Manager);

fn manager(world: &World) -> Result<&dyn Manager, String> {
    world.device.manager().ok_or_else(|| "manager is absent".to_owned())
}

pub(super) const LAWS: &[Law] = &[
    law!("manager::tells_its_firmware", MANAGER, None, ReadOnly, |world, cx| {
        let info = manager(world)?.info(cx).await.map_err(why)?;
        ensure!(info.firmware_version.as_ref().is_some_and(|text| !text.is_empty()), "no firmware version");
        ensure!(info.protocol_version.is_some(), "no protocol version");
        Ok(())
    }),
    law!("manager::reset_restarts_it_and_not_the_host", MANAGER, None, Disruptive, |world, cx| {
        world.truth.put_power(PowerState::On).await;
        let facet = manager(world)?;
        let how = *facet.resets().first().ok_or("no restart is listed at all")?;
        let (boots, restarts) = (world.truth.boots(), world.truth.manager_resets());
        finished(facet.reset(cx, how).await)?;
        until(world, "a restart", || async { Ok(world.truth.manager_resets() > restarts) }).await?;
        let again = world.truth.manager_resets() - restarts;
        ensure!(again == 1, "one request gave {again} restarts");
        ensure!(world.truth.boots() == boots, "the host booted too");
        ensure!(world.truth.power() == PowerState::On, "the host is {}", world.truth.power());
        until(world, "an answer after the restart", || async {
            match facet.info(&cx.within(Duration::from_secs(1))).await {
                Ok(_) => Ok(true),
                Err(error) => match error.kind() {
                    ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Busy => Ok(false),
                    _ => Err(why(error)),
                },
            }
        })
        .await
    }),
    law!("manager::unlisted_reset_is_unsupported_and_untried", MANAGER, None, ReadOnly, |world, cx| {
        let facet = manager(world)?;
        let before = world.truth.manager_resets();
        for how in [ManagerReset::Graceful, ManagerReset::Force] {
            if !facet.resets().contains(&how) {
                refused(facet.reset(cx, how).await, ErrorKind::Unsupported, "an unlisted restart")?;
            }
        }
        ensure!(world.truth.manager_resets() == before, "an unlisted restart reached the device");
        Ok(())
    }),
    law!("manager::silence_ends_by_the_deadline", MANAGER, None, ReadOnly, |world, cx| {
        let facet = manager(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.info(&cx).await }).await
    }),
];
