//! Power draw, voltages and supplies: `Power`, and `PowerSubsystem` that replaced it.

use std::time::Duration;

use serde_json::{Value, json};

use super::sensors::{context, excerpt, of_kind, of_part, old_thresholds, round, status};
use super::thermal::member;
use super::{Scene, collection, ids, link, position, with};
use crate::persona::{SensorKind, SensorOf};
use crate::plant::MeterView;
use crate::redfish::persona::id_of;
use crate::redfish::quirks::Quirk;

/// A supply's number as sensors count it.
fn instance(at: usize) -> u8 {
    u8::try_from(at + 1).unwrap_or(u8::MAX)
}

/// Whether the supply has input.
fn input(scene: &Scene<'_>, at: usize) -> bool {
    scene.snapshot.supplies.get(at).is_some_and(|supply| supply.input)
}

fn supply_status(scene: &Scene<'_>, at: usize) -> Value {
    if input(scene, at) {
        json!({ "State": "Enabled", "Health": "OK" })
    } else {
        json!({ "State": "UnavailableOffline", "Health": "Critical" })
    }
}

/// The reading of a supply's own sensor.
fn reading(scene: &Scene<'_>, kind: SensorKind, at: usize) -> Option<f64> {
    of_part(scene, kind, SensorOf::PowerSupply, instance(at))
        .and_then(|(_, reading)| reading.value)
        .map(round)
}

/// What the machine draws, now and over the interval.
pub(super) fn meter(scene: &Scene<'_>) -> MeterView {
    let minutes = u64::from(scene.data.power_meter.interval);
    scene.server.meter(Duration::from_secs(60 * minutes))
}

pub(super) fn power(scene: &Scene<'_>, path: &str) -> Value {
    let data = &scene.spec().power_supplies;
    let mut control = member(path, "PowerControl", 0, "System Power Control");
    let (meter, place) = (meter(scene), &scene.data.power_meter);
    control.insert("PowerConsumedWatts".into(), meter.watts.map(round).into());
    if place.metrics {
        let metrics = json!({
            "IntervalInMin": place.interval,
            "MinConsumedWatts": meter.least.map(round),
            "AverageConsumedWatts": meter.mean.map(round),
            "MaxConsumedWatts": meter.most.map(round),
        });
        control.insert("PowerMetrics".into(), metrics);
    }
    if let Some(limit) = place.limit {
        // What happens beyond it does not happen here: no machine draws that much.
        let limit = json!({ "LimitInWatts": limit, "LimitException": "HardPowerOff" });
        control.insert("PowerLimit".into(), limit);
    }
    control.insert("PowerCapacityWatts".into(), (data.watts * data.count).into());
    control.insert("RelatedItem".into(), json!([link(&scene.chassis())]));
    control.insert("Status".into(), json!({ "State": "Enabled", "Health": "OK" }));

    // What comes in at the supplies stands with the supplies.
    let voltages: Vec<Value> = of_kind(scene, SensorKind::Voltage)
        .filter(|(data, _)| data.of != SensorOf::PowerSupply)
        .enumerate()
        .map(|(at, (data, reading))| {
            let mut fields = member(path, "Voltages", at, &data.name);
            fields.insert("SensorNumber".into(), data.number.into());
            fields.insert("PhysicalContext".into(), context(data.of).into());
            fields.insert("ReadingVolts".into(), reading.value.map(round).into());
            fields.extend(old_thresholds(&data.thresholds));
            fields.insert("Status".into(), status(reading));
            fields.into()
        })
        .collect();
    let supplies: Vec<Value> = (0..data.count as usize)
        .map(|at| {
            let mut fields = member(path, "PowerSupplies", at, &format!("Power Supply {}", at + 1));
            fields.insert("PowerSupplyType".into(), "AC".into());
            fields.insert("Manufacturer".into(), data.manufacturer.clone().into());
            fields.insert("Model".into(), data.model.clone().into());
            fields.insert("SerialNumber".into(), scene.spec().power_supply_serials.get(at).cloned().into());
            fields.insert("PowerCapacityWatts".into(), data.watts.into());
            fields.insert("HotPluggable".into(), true.into());
            fields.insert("LineInputVoltage".into(), reading(scene, SensorKind::Voltage, at).into());
            fields.insert("PowerInputWatts".into(), reading(scene, SensorKind::Power, at).into());
            fields.insert("RelatedItem".into(), json!([link(&scene.chassis())]));
            fields.insert("Status".into(), supply_status(scene, at));
            fields.into()
        })
        .collect();
    let mut power = with(
        scene.resource(path, "Power", "Power", "Power"),
        json!({ "PowerControl": [control], "Voltages": voltages, "PowerSupplies": supplies }),
    );
    if scene.quirks.has(Quirk::TextForNoNumber) {
        say_nothing(&mut power);
    }
    power
}

/// Writes what is null as a text (quirk Q36e).
fn say_nothing(value: &mut Value) {
    match value {
        Value::Null => *value = "N/A".into(),
        Value::Array(items) => items.iter_mut().for_each(say_nothing),
        Value::Object(fields) => fields.values_mut().for_each(say_nothing),
        _ => {}
    }
}

pub(super) fn subsystem(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let data = &scene.spec().power_supplies;
    let (pattern, count) = (&scene.data.ids.power_supply, data.count as usize);
    match rest {
        [] => Some(with(
            scene.resource(path, "PowerSubsystem", "PowerSubsystem", "Power Subsystem"),
            json!({
                "CapacityWatts": data.watts * data.count,
                "PowerSupplies": link(&format!("{path}/PowerSupplies")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["PowerSupplies"] => {
            Some(collection(path, "PowerSupply", "Power Supply Collection", ids(pattern, count)))
        }
        ["PowerSupplies", id] => {
            let at = position(pattern, count, id)?;
            Some(with(
                scene.resource(path, "PowerSupply", id, &format!("Power Supply {}", at + 1)),
                json!({
                    "PowerSupplyType": "AC",
                    "Manufacturer": data.manufacturer,
                    "Model": data.model,
                    "SerialNumber": scene.spec().power_supply_serials.get(at),
                    "PowerCapacityWatts": data.watts,
                    "HotPluggable": true,
                    "LineInputStatus": if input(scene, at) { "Normal" } else { "LossOfInput" },
                    "Metrics": link(&format!("{path}/Metrics")),
                    "Status": supply_status(scene, at),
                }),
            ))
        }
        ["PowerSupplies", id, "Metrics"] => {
            let at = position(pattern, count, id)?;
            Some(metrics(scene, path, at))
        }
        _ => None,
    }
}

fn metrics(scene: &Scene<'_>, path: &str, at: usize) -> Value {
    let name = format!("Metrics of {}", id_of(&scene.data.ids.power_supply, at));
    let mut metrics = with(scene.resource(path, "PowerSupplyMetrics", "Metrics", &name), json!({}));
    let table = [
        ("InputVoltage", SensorKind::Voltage),
        ("InputCurrentAmps", SensorKind::Current),
        ("InputPowerWatts", SensorKind::Power),
    ];
    for (name, kind) in table {
        if let Some(pair) = of_part(scene, kind, SensorOf::PowerSupply, instance(at)) {
            metrics[name] = excerpt(scene, pair);
        }
    }
    metrics["Status"] = supply_status(scene, at);
    metrics
}
