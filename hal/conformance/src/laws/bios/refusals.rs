//! What is refused.

use underlay_hal::{ApplyTime, ErrorKind, Needs, Plan, TaskRef, bios::BiosChange};

use super::{FACET, current, facet, look, real, stage, when, wish};
use crate::laws::{
    Law,
    effect::reboot,
    ensure,
    help::{until, untried, why, without_effect},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("bios::a_stale_plan_is_refused_and_untried", FACET, None, Disruptive, |world, cx| {
        let wish = wish(world, cx).await?;
        stage(world, cx, &wish).await?;
        reboot(world, cx).await?;
        until(world, "the value in force", || async { Ok(current(world, &wish.name)?.is_same(&wish.to)) })
            .await?;
        let call = facet(world)?.apply(cx, &wish.plan, when(world)?);
        untried(world, ErrorKind::PreconditionFailed, "a plan from before a value moved", call).await
    }),
    law!("bios::an_unlisted_apply_time_is_unsupported_and_untried", FACET, None, Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        let facet = facet(world)?;
        ensure!(!facet.apply_times().is_empty(), "no apply time is listed at all");
        for time in ApplyTime::ALL.into_iter().filter(|time| !facet.apply_times().contains(time)) {
            let call = facet.apply(cx, &wish.plan, time);
            untried(world, ErrorKind::Unsupported, time.as_str(), call).await?;
        }
        Ok(())
    }),
    law!("bios::an_unknown_setting_is_invalid_input", FACET, None, Reversible, |world, cx| {
        let name = "UnderlayNoSuchSetting".to_owned();
        let change = BiosChange { name: name.clone(), from: None, replaces_pending: None, to: "On".into() };
        let basis = look(world, cx).await?.fingerprint;
        let plan = Plan { basis, changes: vec![change], needs: Needs::HostPowerCycle };
        let call = facet(world)?.apply(cx, &plan, when(world)?);
        without_effect(world, ErrorKind::InvalidInput, "a setting that is not there", call).await?;
        let pending = real(world)?.pending();
        ensure!(!pending.contains_key(&name), "it was refused and staged: {pending:?}");
        Ok(())
    }),
    law!("bios::a_foreign_job_is_reported", FACET, Some("bios.jobs"), Reversible, |world, cx| {
        ensure!(look(world, cx).await?.jobs.is_empty(), "a job is reported before there is one");
        ensure!(real(world)?.queue_foreign_job(), "the device has no jobs, though it is promised");
        let jobs = look(world, cx).await?.jobs;
        let waits = jobs.iter().find(|job| job.needs == Needs::HostPowerCycle);
        let job = waits.ok_or_else(|| format!("a job waits for a reset, and this is reported: {jobs:?}"))?;
        if let Some(tasks) = world.device.tasks() {
            let task = TaskRef {
                device: world.device.info().id.clone(),
                driver: world.device.info().driver.clone().into(),
                id: job.id.clone(),
                operation: "bios.apply".into(),
            };
            let state = tasks.poll(cx, &task).await.map_err(why)?.state;
            ensure!(!state.is_final(), "the job that waits is told as {state:?} when polled");
        }
        Ok(())
    }),
    law!("bios::a_foreign_job_is_never_deleted", FACET, Some("bios.jobs"), Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        let real = real(world)?;
        ensure!(real.queue_foreign_job(), "the device has no jobs, though it is promised");
        look(world, cx).await?;
        drop(facet(world)?.apply(cx, &wish.plan, when(world)?).await);
        ensure!(real.has_foreign_job(), "the other's job is gone");
        Ok(())
    }),
    law!("bios::a_foreign_job_is_a_conflict", FACET, Some("bios.jobs"), Reversible, |world, cx| {
        let wish = wish(world, cx).await?;
        let real = real(world)?;
        ensure!(real.queue_foreign_job(), "the device has no jobs, though it is promised");
        let call = facet(world)?.apply(cx, &wish.plan, when(world)?);
        untried(world, ErrorKind::Conflict, "a change beside another's job", call).await?;
        let pending = real.pending();
        ensure!(!pending.contains_key(&wish.name), "it was refused and staged: {pending:?}");
        Ok(())
    }),
];
