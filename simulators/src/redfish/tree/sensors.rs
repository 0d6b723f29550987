//! Sensors as resources of their own, and the words that the older resources share with them.

use serde_json::{Map, Value, json};

use super::{Scene, collection, link, with};
use crate::persona::{SensorData, SensorKind, SensorOf, Thresholds};
use crate::plant::{Crossing, SensorReading};

/// A sensor and its reading.
pub(super) type Pair<'a> = (&'a SensorData, &'a SensorReading);

/// All sensors of the machine, in the persona's order.
pub(super) fn all<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = Pair<'a>> {
    let sensors = scene.spec().sensors();
    scene.readings().iter().filter_map(move |reading| Some((sensors.get(reading.index)?, reading)))
}

/// Sensors of one kind.
pub(super) fn of_kind<'a>(scene: &'a Scene<'_>, kind: SensorKind) -> impl Iterator<Item = Pair<'a>> {
    all(scene).filter(move |(data, _)| data.kind == kind)
}

/// The one sensor of a kind on one part.
pub(super) fn of_part<'a>(
    scene: &'a Scene<'_>,
    kind: SensorKind,
    of: SensorOf,
    instance: u8,
) -> Option<Pair<'a>> {
    of_kind(scene, kind).find(|(data, _)| data.of == of && data.instance == instance)
}

/// Sensor names as ids: what a URI takes without escapes.
pub(super) fn id(data: &SensorData) -> String {
    data.name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .collect()
}

/// The path of a sensor.
pub(super) fn uri(scene: &Scene<'_>, data: &SensorData) -> String {
    format!("{}/Sensors/{}", scene.chassis(), id(data))
}

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => Some(collection(path, "Sensor", "Sensor Collection", all(scene).map(|(data, _)| id(data)))),
        [wanted] => {
            let (data, reading) = all(scene).find(|(data, _)| id(data) == *wanted)?;
            let (kind, units) = kind(data.kind);
            Some(with(
                scene.resource(path, "Sensor", wanted, &data.name),
                json!({
                    "Reading": reading.value.map(round),
                    "ReadingType": kind,
                    "ReadingUnits": units,
                    "PhysicalContext": context(data.of),
                    "Thresholds": thresholds(&data.thresholds),
                    "Status": status(reading),
                    "RelatedItem": [link(&scene.chassis())],
                }),
            ))
        }
        _ => None,
    }
}

/// What a chassis draws and how warm its inlet is, as excerpts of the sensors.
pub(super) fn environment(scene: &Scene<'_>, path: &str) -> Value {
    let mut metrics = with(
        scene.resource(path, "EnvironmentMetrics", "EnvironmentMetrics", "Environment Metrics"),
        json!({}),
    );
    let inlet = of_part(scene, SensorKind::Temperature, SensorOf::Inlet, 1);
    let watts = of_part(scene, SensorKind::Power, SensorOf::System, 1);
    for (name, pair) in [("TemperatureCelsius", inlet), ("PowerWatts", watts)] {
        if let (Some(pair), Some(fields)) = (pair, metrics.as_object_mut()) {
            fields.insert(name.into(), excerpt(scene, pair));
        }
    }
    let place = &scene.data.power_meter;
    if place.energy {
        let joules = super::power::meter(scene).joules;
        metrics["EnergyJoules"] = json!({ "Reading": joules.round() });
        // Four decimals.
        metrics["EnergykWh"] = json!({ "Reading": (joules / 360.0).round() / 10_000.0 });
    }
    if let Some(limit) = place.limit {
        metrics["PowerLimitWatts"] = json!({ "SetPoint": limit, "ControlMode": "Automatic" });
    }
    metrics
}

/// A reading with the place it comes from.
pub(super) fn excerpt(scene: &Scene<'_>, (data, reading): Pair<'_>) -> Value {
    json!({ "DataSourceUri": uri(scene, data), "Reading": reading.value.map(round) })
}

fn kind(kind: SensorKind) -> (&'static str, &'static str) {
    match kind {
        SensorKind::Temperature => ("Temperature", "Cel"),
        SensorKind::Fan => ("Rotational", "{rev}/min"),
        SensorKind::Voltage => ("Voltage", "V"),
        SensorKind::Power => ("Power", "W"),
        SensorKind::Current => ("Current", "A"),
    }
}

pub(super) fn context(of: SensorOf) -> &'static str {
    match of {
        SensorOf::Inlet => "Intake",
        SensorOf::Exhaust => "Exhaust",
        SensorOf::Processor => "CPU",
        SensorOf::Memory => "Memory",
        SensorOf::Board => "SystemBoard",
        SensorOf::Fan => "Fan",
        SensorOf::PowerSupply => "PowerSupply",
        SensorOf::System => "Chassis",
    }
}

pub(super) fn status(reading: &SensorReading) -> Value {
    if reading.value.is_none() {
        return json!({ "State": "UnavailableOffline" });
    }
    let health = match reading.crossed {
        None => "OK",
        Some(Crossing::LowerCaution | Crossing::UpperCaution) => "Warning",
        Some(
            Crossing::LowerCritical | Crossing::UpperCritical | Crossing::LowerFatal | Crossing::UpperFatal,
        ) => "Critical",
    };
    json!({ "State": "Enabled", "Health": health })
}

fn thresholds(at: &Thresholds) -> Value {
    let table = [
        ("LowerCaution", at.lower_caution),
        ("LowerCritical", at.lower_critical),
        ("LowerFatal", at.lower_fatal),
        ("UpperCaution", at.upper_caution),
        ("UpperCritical", at.upper_critical),
        ("UpperFatal", at.upper_fatal),
    ];
    let given =
        table.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), json!({ "Reading": limit? }))));
    Value::Object(given.collect::<Map<_, _>>())
}

/// The thresholds as `Thermal` and `Power` name them.
pub(super) fn old_thresholds(at: &Thresholds) -> Map<String, Value> {
    let table = [
        ("LowerThresholdNonCritical", at.lower_caution),
        ("LowerThresholdCritical", at.lower_critical),
        ("LowerThresholdFatal", at.lower_fatal),
        ("UpperThresholdNonCritical", at.upper_caution),
        ("UpperThresholdCritical", at.upper_critical),
        ("UpperThresholdFatal", at.upper_fatal),
    ];
    table.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?.into()))).collect()
}

/// Readings have two decimals; more would only be noise.
pub(super) fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
