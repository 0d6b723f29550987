//! Temperatures and fans: `Thermal`, and `ThermalSubsystem` that replaced it.

use serde_json::{Map, Value, json};

use super::sensors::{self, context, excerpt, of_kind, of_part, old_thresholds, round, status};
use super::{Scene, collection, link, with};
use crate::persona::{SensorKind, SensorOf};

pub(super) fn thermal(scene: &Scene<'_>, path: &str) -> Value {
    let temperatures: Vec<Value> = of_kind(scene, SensorKind::Temperature)
        .enumerate()
        .map(|(at, (data, reading))| {
            let mut fields = member(path, "Temperatures", at, &data.name);
            fields.insert("SensorNumber".into(), data.number.into());
            fields.insert("PhysicalContext".into(), context(data.of).into());
            fields.insert("ReadingCelsius".into(), reading.value.map(round).into());
            fields.extend(old_thresholds(&data.thresholds));
            fields.insert("Status".into(), status(reading));
            fields.into()
        })
        .collect();
    let fans: Vec<Value> = of_kind(scene, SensorKind::Fan)
        .enumerate()
        .map(|(at, (data, reading))| {
            let mut fields = member(path, "Fans", at, &data.name);
            fields.insert("SensorNumber".into(), data.number.into());
            fields.insert("PhysicalContext".into(), context(data.of).into());
            fields.insert("Reading".into(), whole(reading.value).into());
            fields.insert("ReadingUnits".into(), "RPM".into());
            for (name, limit) in old_thresholds(&data.thresholds) {
                fields.insert(name, whole(limit.as_f64()).into());
            }
            fields.insert("Status".into(), status(reading));
            fields.into()
        })
        .collect();
    with(
        scene.resource(path, "Thermal", "Thermal", "Thermal"),
        json!({ "Temperatures": temperatures, "Fans": fans }),
    )
}

/// The beginning of a member of one of the arrays of `Thermal` and `Power`.
pub(super) fn member(path: &str, array: &str, at: usize, name: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("@odata.id".into(), format!("{path}#/{array}/{at}").into());
    fields.insert("MemberId".into(), at.to_string().into());
    fields.insert("Name".into(), name.into());
    fields
}

fn whole(value: Option<f64>) -> Option<i64> {
    // Revolutions per minute fit easily; `as` saturates beyond.
    #[allow(clippy::cast_possible_truncation)]
    value.map(|value| value.round() as i64)
}

fn fan_id(at: usize) -> String {
    format!("Fan{}", at + 1)
}

pub(super) fn subsystem(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let fans: Vec<_> = of_kind(scene, SensorKind::Fan).collect();
    match rest {
        [] => Some(with(
            scene.resource(path, "ThermalSubsystem", "ThermalSubsystem", "Thermal Subsystem"),
            json!({
                "Fans": link(&format!("{path}/Fans")),
                "ThermalMetrics": link(&format!("{path}/ThermalMetrics")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["Fans"] => Some(collection(path, "Fan", "Fan Collection", (0..fans.len()).map(fan_id))),
        ["Fans", id] => {
            let (_, (data, reading)) = fans.iter().enumerate().find(|(at, _)| fan_id(*at) == *id)?;
            let mut speed =
                json!({ "DataSourceUri": sensors::uri(scene, data), "SpeedRPM": whole(reading.value) });
            if data.on > 0.0 {
                // What the fan does with the system running counts as half of what it could do.
                speed["Reading"] =
                    reading.value.map(|value| round((value / data.on * 50.0).min(100.0))).into();
            }
            Some(with(
                scene.resource(path, "Fan", id, &data.name),
                json!({
                    "PhysicalContext": context(data.of),
                    "SpeedPercent": speed,
                    "Status": status(reading),
                }),
            ))
        }
        ["ThermalMetrics"] => Some(metrics(scene, path)),
        _ => None,
    }
}

fn metrics(scene: &Scene<'_>, path: &str) -> Value {
    let readings: Vec<Value> = of_kind(scene, SensorKind::Temperature)
        .map(|pair| {
            let mut fields = excerpt(scene, pair);
            fields["DeviceName"] = pair.0.name.clone().into();
            fields["PhysicalContext"] = context(pair.0.of).into();
            fields
        })
        .collect();
    let mut summary = Map::new();
    for (name, of) in [("Intake", SensorOf::Inlet), ("Exhaust", SensorOf::Exhaust)] {
        if let Some(pair) = of_part(scene, SensorKind::Temperature, of, 1) {
            summary.insert(name.into(), excerpt(scene, pair));
        }
    }
    let mut metrics = with(
        scene.resource(path, "ThermalMetrics", "ThermalMetrics", "Thermal Metrics"),
        json!({ "TemperatureReadingsCelsius": readings }),
    );
    if !summary.is_empty() {
        metrics["TemperatureSummaryCelsius"] = summary.into();
    }
    metrics
}
