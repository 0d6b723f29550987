//! Sensors: `Thermal` and `Power` where the chassis has them, else `Sensors`.
//!
//! The older resources hold everything in two requests; the newer collection takes one request a sensor. Where a
//! chassis has both, the older ones are read.

use std::collections::HashSet;

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{Cx, Health, Reading, Result, SensorKind, Sensors, Thresholds, Unit};

use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    transport::Link,
};

/// A reading from one element of an older array.
fn element(resource: &Link, list: &str, index: usize, body: &Value, value: Option<f64>) -> Reading {
    let id =
        body.link(&[]).filter(|id| id.contains('#')).unwrap_or_else(|| format!("{resource}#/{list}/{index}"));
    let name =
        body.text(&["Name"]).or_else(|| body.text(&["FanName"])).unwrap_or_else(|| format!("{list} {index}"));
    // A part that is not enabled has no reading, whatever number it shows.
    let enabled =
        !matches!(body.at(&["Status", "State"]).as_str(), Some("Absent" | "Disabled" | "UnavailableOffline"));
    Reading {
        id,
        name,
        kind: SensorKind::Other,
        unit: Unit::None,
        value: value.filter(|_| enabled),
        health: body.health(),
        states: Vec::new(),
        thresholds: Thresholds {
            lower_caution: body.number(&["LowerThresholdNonCritical"]),
            lower_critical: body.number(&["LowerThresholdCritical"]),
            lower_fatal: body.number(&["LowerThresholdFatal"]),
            upper_caution: body.number(&["UpperThresholdNonCritical"]),
            upper_critical: body.number(&["UpperThresholdCritical"]),
            upper_fatal: body.number(&["UpperThresholdFatal"]),
        },
    }
}

pub(crate) fn thermal(link: &Link, body: &Value) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (index, item) in body.list(&["Temperatures"]).iter().enumerate() {
        let value = item.number(&["ReadingCelsius"]);
        let base = element(link, "Temperatures", index, item, value);
        readings.push(Reading { kind: SensorKind::Temperature, unit: Unit::Celsius, ..base });
    }
    for (index, item) in body.list(&["Fans"]).iter().enumerate() {
        let value = item.number(&["Reading"]).or_else(|| item.number(&["ReadingRPM"]));
        let unit = match item.text(&["ReadingUnits"]).as_deref() {
            Some("Percent") => Unit::Percent,
            _ => Unit::Rpm,
        };
        let base = element(link, "Fans", index, item, value);
        readings.push(Reading { kind: SensorKind::Fan, unit, ..base });
    }
    readings
}

pub(crate) fn power(link: &Link, body: &Value) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (index, item) in body.list(&["Voltages"]).iter().enumerate() {
        let base = element(link, "Voltages", index, item, item.number(&["ReadingVolts"]));
        readings.push(Reading { kind: SensorKind::Voltage, unit: Unit::Volts, ..base });
    }
    for (index, item) in body.list(&["PowerControl"]).iter().enumerate() {
        // Named by the chassis as a whole; without a number it is a limit or a group, not a sensor.
        if item.get("PowerConsumedWatts").is_some() {
            let base = element(link, "PowerControl", index, item, item.number(&["PowerConsumedWatts"]));
            readings.push(Reading { kind: SensorKind::Power, unit: Unit::Watts, ..base });
        }
    }
    for (index, item) in body.list(&["PowerSupplies"]).iter().enumerate() {
        let volts = item.number(&["LineInputVoltage"]);
        let watts = item.number(&["PowerInputWatts"]).or_else(|| item.number(&["LastPowerOutputWatts"]));
        let base = element(link, "PowerSupplies", index, item, None);
        let part = |what: &str, kind, unit, value: Option<f64>| Reading {
            id: format!("{}/{what}", base.id),
            name: format!("{} {what}", base.name),
            kind,
            unit,
            value: value.filter(|_| base.health != Some(Health::Critical) || value != Some(0.0)),
            health: base.health,
            states: Vec::new(),
            thresholds: Thresholds::default(),
        };
        if item.get("LineInputVoltage").is_some() {
            readings.push(part("Input Voltage", SensorKind::Voltage, Unit::Volts, volts));
        }
        if item.get("PowerInputWatts").is_some() || item.get("LastPowerOutputWatts").is_some() {
            readings.push(part("Power", SensorKind::Power, Unit::Watts, watts));
        }
    }
    readings
}

/// A resource of the `Sensor` schema (DSP2046 `ReadingType`, `ReadingUnits`: UCUM codes).
pub(crate) fn sensor(link: &Link, body: &Value) -> Reading {
    let units = body.text(&["ReadingUnits"]);
    let (by_unit, unit) = match units.as_deref() {
        Some("Cel") => (SensorKind::Temperature, Unit::Celsius),
        Some("{rev}/min" | "RPM") => (SensorKind::Fan, Unit::Rpm),
        Some("V") => (SensorKind::Voltage, Unit::Volts),
        Some("A") => (SensorKind::Current, Unit::Amperes),
        Some("W") => (SensorKind::Power, Unit::Watts),
        Some("J") => (SensorKind::Energy, Unit::Joules),
        Some("%") => (SensorKind::Other, Unit::Percent),
        Some("Hz") => (SensorKind::Other, Unit::Hertz),
        Some("s") => (SensorKind::Other, Unit::Seconds),
        _ => (SensorKind::Other, Unit::None),
    };
    let kind = match body.text(&["ReadingType"]).as_deref() {
        Some("Temperature") => SensorKind::Temperature,
        Some("Rotational") => SensorKind::Fan,
        Some("Voltage") => SensorKind::Voltage,
        Some("Current") => SensorKind::Current,
        Some("Power") => SensorKind::Power,
        Some("EnergyJoules" | "EnergykWh" | "EnergyWh") => SensorKind::Energy,
        Some("Humidity") => SensorKind::Humidity,
        _ => by_unit,
    };
    let limit = |name: &str| body.number(&["Thresholds", name, "Reading"]);
    let enabled =
        !matches!(body.at(&["Status", "State"]).as_str(), Some("Absent" | "Disabled" | "UnavailableOffline"));
    Reading {
        id: link.to_string(),
        name: body.text(&["Name"]).or_else(|| body.text(&["Id"])).unwrap_or_default(),
        kind,
        unit,
        value: body.number(&["Reading"]).filter(|_| enabled),
        health: body.health(),
        states: Vec::new(),
        thresholds: Thresholds {
            lower_caution: limit("LowerCaution"),
            lower_critical: limit("LowerCritical"),
            lower_fatal: limit("LowerFatal"),
            upper_caution: limit("UpperCaution"),
            upper_critical: limit("UpperCritical"),
            upper_fatal: limit("UpperFatal"),
        },
    }
}

impl RedfishDevice {
    async fn chassis_sensors(&self, cx: &Cx, chassis: &Link, all: &mut Vec<Reading>) -> Result<()> {
        let Some(chassis) = tolerate(self.client.get(cx, chassis).await)? else { return Ok(()) };
        let older = all.len();
        if chassis.body.link(&["Thermal"]).is_some()
            && let Some(resource) = tolerate(self.client.follow(cx, &chassis.body, &["Thermal"]).await)?
        {
            all.extend(thermal(&resource.link, &resource.body));
        }
        if chassis.body.link(&["Power"]).is_some()
            && let Some(resource) = tolerate(self.client.follow(cx, &chassis.body, &["Power"]).await)?
        {
            all.extend(power(&resource.link, &resource.body));
        }
        if all.len() > older {
            return Ok(());
        }
        if let Ok(collection) = self.client.linked(&chassis.body, &["Sensors"])
            && let Some(members) = tolerate(self.client.members(cx, &collection).await)?
        {
            for member in members {
                if let Some(resource) = tolerate(self.client.member(cx, member).await)? {
                    all.push(sensor(&resource.link, &resource.body));
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Sensors for RedfishDevice {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        let mut all = Vec::new();
        for chassis in &self.chassis {
            self.named("sensors.read_all", self.chassis_sensors(cx, chassis, &mut all).await)?;
        }
        // Several chassis may share one resource.
        let mut seen = HashSet::new();
        all.retain(|reading| seen.insert(reading.id.clone()));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn link() -> Link {
        Link::parse("/redfish/v1/Chassis/1/Thermal", "https://bmc").unwrap()
    }

    #[test]
    fn a_part_that_is_not_enabled_has_no_reading() {
        let body = json!({"Temperatures": [
            {"Name": "CPU1", "ReadingCelsius": 41, "Status": {"State": "Enabled", "Health": "OK"}},
            {"Name": "CPU2", "ReadingCelsius": 0, "Status": {"State": "Absent"}},
            {"Name": "CPU3", "ReadingCelsius": "N/A"},
        ]});
        let values: Vec<_> = thermal(&link(), &body).into_iter().map(|r| (r.name, r.value)).collect();
        let want = [("CPU1", Some(41.0)), ("CPU2", None), ("CPU3", None)];
        assert_eq!(values, want.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn units_of_the_sensor_schema() {
        let body = json!({"Name": "Fan1", "Reading": 5400, "ReadingUnits": "RPM", "Thresholds": {
            "LowerCritical": {"Reading": 600}}});
        let reading = sensor(&link(), &body);
        assert_eq!((reading.kind, reading.unit), (SensorKind::Fan, Unit::Rpm));
        assert_eq!(reading.thresholds.lower_critical, Some(600.0));
    }
}
