//! `underlay identify` and `underlay meter`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, Error, Opened, PowerMetrics, Result};

use super::change::{Done, Mutation, Step};
use crate::{
    cli::{Light, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

#[derive(Debug, Serialize)]
struct Lit {
    lit: Option<bool>,
}

fn missing() -> Error {
    Error::unsupported("identify.is_lit")
}

/// Looks at the light, or turns it on or off.
pub(super) async fn light(
    context: &Context,
    select: &str,
    light: Option<Light>,
) -> std::result::Result<ExitCode, Failure> {
    if let Some(light) = light {
        let mutation = Mutation::harmless(context, "identify", Wait::default());
        let act = async |step: &Step, ()| {
            let identify = step.device().identify().ok_or_else(missing)?;
            step.changed(identify.set(&step.cx, light == Light::On).await?).await
        };
        let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
        return Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| {
            vec![vec![done.words()]]
        }));
    }
    let answers = context
        .each(select, "identify", |cx: Cx, opened: Arc<Opened>| async move {
            Result::Ok(Lit { lit: opened.device.identify().ok_or_else(missing)?.is_lit(&cx).await? })
        })
        .await?;
    Ok(print(context.output, &["device", "light"], &answers, |answer| {
        vec![vec![or_dash(answer.lit.map(|lit| if lit { "on" } else { "off" }))]]
    }))
}

/// What the machines measure.
pub(super) async fn meter(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "meter", |cx: Cx, opened: Arc<Opened>| async move {
            let meter = opened.device.power_meter().ok_or_else(|| Error::unsupported("power_meter.read"))?;
            meter.read(&cx).await
        })
        .await?;
    let headings = ["device", "now", "average", "least", "most", "limit", "energy"];
    Ok(print(context.output, &headings, &answers, |metrics| vec![row(metrics)]))
}

fn row(metrics: &PowerMetrics) -> Vec<String> {
    let watts = |watts: Option<f64>| or_dash(watts.map(|watts| format!("{watts} W")));
    let energy = metrics.energy_joules.map(|joules| format!("{:.1} kWh", joules / 3_600_000.0));
    vec![
        watts(metrics.watts),
        watts(metrics.average_watts),
        watts(metrics.min_watts),
        watts(metrics.max_watts),
        watts(metrics.limit_watts),
        or_dash(energy),
    ]
}
