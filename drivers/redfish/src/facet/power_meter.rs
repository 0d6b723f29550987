//! What the machine draws: `EnvironmentMetrics`, and `Power.PowerControl` before it.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{Cx, Error, PowerMeter, PowerMetrics, Result};

use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
};

/// Joules in a kilowatt hour.
const KWH: f64 = 3_600_000.0;

fn positive(value: Option<f64>) -> Option<f64> {
    value.filter(|value| *value >= 0.0)
}

/// Where a sensor excerpt stands, its reading; some services write the number itself.
fn reading(body: &Value, name: &str) -> Option<f64> {
    positive(body.number(&[name, "Reading"]).or_else(|| body.number(&[name])))
}

/// What a chassis's `EnvironmentMetrics` tells.
pub(crate) fn environment(body: &Value) -> PowerMetrics {
    let mut metrics = PowerMetrics::default();
    metrics.watts = reading(body, "PowerWatts");
    metrics.limit_watts = positive(body.number(&["PowerLimitWatts", "SetPoint"]));
    metrics.energy_joules = reading(body, "EnergykWh")
        .map(|kwh| kwh * KWH)
        .or_else(|| reading(body, "EnergyJoules"))
        .filter(|joules| joules.is_finite());
    metrics
}

/// What a chassis's `Power` tells of its first control, which is that of the whole.
pub(crate) fn control(body: &Value) -> PowerMetrics {
    let Some(first) = body.list(&["PowerControl"]).first() else { return PowerMetrics::default() };
    let number = |path: &[&str]| positive(first.number(path));
    let mut metrics = PowerMetrics::default();
    metrics.watts = number(&["PowerConsumedWatts"]);
    metrics.capacity_watts = number(&["PowerCapacityWatts"]);
    metrics.limit_watts = number(&["PowerLimit", "LimitInWatts"]);
    metrics.average_watts = number(&["PowerMetrics", "AverageConsumedWatts"]);
    metrics.min_watts = number(&["PowerMetrics", "MinConsumedWatts"]);
    metrics.max_watts = number(&["PowerMetrics", "MaxConsumedWatts"]);
    metrics.interval = first
        .whole(&["PowerMetrics", "IntervalInMin"])
        .map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    metrics
}

fn join(first: PowerMetrics, other: &PowerMetrics) -> PowerMetrics {
    let mut joined = first;
    joined.watts = joined.watts.or(other.watts);
    joined.average_watts = joined.average_watts.or(other.average_watts);
    joined.min_watts = joined.min_watts.or(other.min_watts);
    joined.max_watts = joined.max_watts.or(other.max_watts);
    joined.interval = joined.interval.or(other.interval);
    joined.capacity_watts = joined.capacity_watts.or(other.capacity_watts);
    joined.limit_watts = joined.limit_watts.or(other.limit_watts);
    joined.energy_joules = joined.energy_joules.or(other.energy_joules);
    joined
}

impl RedfishDevice {
    /// The first chassis that has a meter; a machine's own comes before the shelves it stands in.
    async fn meter(&self, cx: &Cx) -> Result<PowerMetrics> {
        let mut metrics = PowerMetrics::default();
        for chassis in &self.meters {
            let Some(chassis) = tolerate(self.client.get(cx, chassis).await)? else { continue };
            for (path, read) in
                [("EnvironmentMetrics", environment as fn(&Value) -> PowerMetrics), ("Power", control)]
            {
                let Ok(link) = self.client.linked(&chassis.body, &[path]) else { continue };
                if let Some(resource) = tolerate(self.client.get(cx, &link).await)? {
                    metrics = join(metrics, &read(&resource.body));
                }
            }
            if metrics.watts.is_some() {
                break;
            }
        }
        Ok(metrics)
    }
}

#[async_trait]
impl PowerMeter for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<PowerMetrics> {
        const READ: &str = "power_meter.read";
        if self.meters.is_empty() {
            return self.named(READ, Err(Error::unsupported(READ)));
        }
        self.named(READ, self.meter(cx).await)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_generations_are_read_in_the_same_units() {
        let new = environment(&json!({
            "PowerWatts": {"Reading": 374.0}, "EnergykWh": {"Reading": 2.0}, "PowerLimitWatts": {"SetPoint": 500},
        }));
        assert_eq!((new.watts, new.energy_joules, new.limit_watts), (Some(374.0), Some(7.2e6), Some(500.0)));
        let old = control(&json!({"PowerControl": [{
            "PowerConsumedWatts": "374", "PowerCapacityWatts": 2800, "PowerLimit": {"LimitInWatts": null},
            "PowerMetrics": {"AverageConsumedWatts": 370, "IntervalInMin": 60, "MinConsumedWatts": -1},
        }]}));
        assert_eq!((old.watts, old.average_watts, old.min_watts), (Some(374.0), Some(370.0), None));
        assert_eq!((old.interval, old.limit_watts), (Some(Duration::from_secs(3600)), None));
        assert_eq!(control(&json!({"PowerControl": null})), PowerMetrics::default());
    }
}
