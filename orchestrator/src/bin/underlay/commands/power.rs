//! `underlay power`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;
use underlay_hal::{BootStage, Change, Cx, Effect, Error, Opened, Outcome, PowerAction, PowerState, Result};

use crate::{
    cli::{Power, PowerArgs},
    context::{Context, Failure},
    output::print,
};

#[derive(Debug, Serialize)]
struct Status {
    power: PowerState,
    boot_stage: BootStage,
}

#[derive(Debug, Serialize)]
struct Done {
    action: PowerAction,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<PowerState>,
}

pub(super) async fn run(context: &Context, command: &Power) -> std::result::Result<ExitCode, Failure> {
    let (action, arguments) = match command {
        Power::Status { select } => return status(context, select).await,
        Power::On(arguments) => (PowerAction::On, arguments),
        Power::Off(arguments) => (PowerAction::ForceOff, arguments),
        Power::Soft(arguments) => (PowerAction::GracefulOff, arguments),
        Power::Cycle(arguments) => (PowerAction::Cycle, arguments),
        Power::Reset(arguments) => (PowerAction::ForceReset, arguments),
    };
    set(context, action, arguments).await
}

async fn status(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "power status", |cx: Cx, opened: Arc<Opened>| async move {
            let power = opened.device.power().ok_or_else(|| Error::unsupported("power.state"))?;
            Ok(Status { power: power.state(&cx).await?, boot_stage: power.boot_status(&cx).await?.stage })
        })
        .await?;
    Ok(print(context.output, &["device", "power", "boot stage"], &answers, |status| {
        let stage = format!("{:?}", status.boot_stage).to_lowercase();
        vec![vec![status.power.to_string(), stage]]
    }))
}

async fn set(
    context: &Context,
    action: PowerAction,
    arguments: &PowerArgs,
) -> std::result::Result<ExitCode, Failure> {
    let wait = arguments.wait;
    let answers = context
        .each(&arguments.select, "power", |cx: Cx, opened: Arc<Opened>| async move {
            let power = opened.device.power().ok_or_else(|| Error::unsupported("power.set"))?;
            let (change, task) = match power.set(&cx, action).await? {
                Outcome::Done(Change::Made) => ("made", None),
                Outcome::Done(Change::AlreadySo) => ("already_so", None),
                Outcome::Running(task) => ("running", Some(task.id.to_string())),
            };
            let mut reached = None;
            if let Some(goal) = action.goal().filter(|_| wait) {
                while reached != Some(goal) {
                    reached = Some(power.state(&cx).await?);
                    if reached != Some(goal) {
                        let pause = cx.sleep(Duration::from_millis(500)).await;
                        pause.map_err(|over| over.into_error(Effect::Applied).during("power.wait"))?;
                    }
                }
            }
            Result::Ok(Done { action, change, task, power: reached })
        })
        .await?;
    Ok(print(context.output, &["device", "action", "change"], &answers, |done| {
        let mut change = done.change.replace('_', " ");
        if let Some(power) = done.power {
            change = format!("{change}; now {power}");
        }
        vec![vec![done.action.to_string(), change]]
    }))
}
