//! `underlay sensors`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, Error, Health, Opened, Reading};

use crate::{
    context::{Context, Failure},
    output::{or_dash, print},
};

#[derive(Debug, Serialize)]
struct Readings {
    sensors: Vec<Reading>,
}

pub(super) async fn run(context: &Context, select: &str) -> Result<ExitCode, Failure> {
    let answers = context
        .each(select, "sensors", |cx: Cx, opened: Arc<Opened>| async move {
            let facet = opened.device.sensors().ok_or_else(|| Error::unsupported("sensors.read_all"))?;
            Ok(Readings { sensors: facet.read_all(&cx).await? })
        })
        .await?;
    Ok(print(context.output, &["device", "sensor", "kind", "value", "health"], &answers, |readings| {
        readings.sensors.iter().map(row).collect()
    }))
}

fn row(reading: &Reading) -> Vec<String> {
    let value = match reading.value {
        Some(value) => format!("{} {}", trim(value), reading.unit.symbol()),
        None if reading.states.is_empty() => "-".to_owned(),
        None => reading.states.join(", "),
    };
    let health = or_dash(reading.health.map(Health::as_str));
    vec![reading.name.clone(), reading.kind.as_str().to_owned(), value.trim_end().to_owned(), health]
}

/// At most two decimals, and none that say nothing.
fn trim(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
