//! Sensors.

use async_trait::async_trait;
use underlay_hal::{Cx, Reading, Result, SensorKind, Sensors, Thresholds, Unit};

use super::device::ModelDevice;
use crate::{Fact, Truth as _};

/// The sensors of a host that is on or off.
pub(super) fn facts(on: bool) -> Vec<Fact> {
    let of = |name: &str, kind, value| Fact { name: name.to_owned(), kind, value, jitter: 0.0 };
    vec![
        of("Inlet", SensorKind::Temperature, Some(21.0)),
        of("VCore", SensorKind::Voltage, on.then_some(1.2)),
    ]
}

#[async_trait]
impl Sensors for ModelDevice {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        self.enter(cx, "sensors.read_all").await?;
        let zero = self.breaks("sensors::unreadable_is_no_value_and_never_zero");
        let wrong = self.breaks("sensors::values_match_truth");
        let same = self.breaks("sensors::ids_are_unique_and_values_finite");
        Ok(self
            .world
            .sensors()
            .into_iter()
            .map(|fact| Reading {
                id: if same { "sensor".to_owned() } else { fact.name.clone() },
                name: fact.name,
                kind: fact.kind,
                unit: if fact.kind == SensorKind::Voltage { Unit::Volts } else { Unit::Celsius },
                value: fact
                    .value
                    .map(|value| if wrong { value * 9.0 } else { value })
                    .or(zero.then_some(0.0)),
                health: None,
                states: Vec::new(),
                thresholds: Thresholds::default(),
            })
            .collect())
    }
}
