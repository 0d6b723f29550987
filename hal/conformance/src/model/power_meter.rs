//! What the machine draws.

use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{Cx, PowerMeter, PowerMetrics, Result};

use super::{device::ModelDevice, world::ModelWorld};
use crate::PowerMeterTruth;

/// How far a reading may wander, in watts.
const JITTER: f64 = 1.5;

impl PowerMeterTruth for ModelWorld {
    fn watts(&self) -> (f64, f64) {
        // The controller and the fans draw a little also while the host is off.
        (if self.state().host.on { 240.0 } else { 18.0 }, JITTER)
    }
}

#[async_trait]
impl PowerMeter for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<PowerMetrics> {
        self.enter(cx, "power_meter.read").await?;
        let on = self.world.state().host.on;
        let drawn = self.world.watts().0;
        let mut seen = PowerMetrics::default();
        seen.watts = on.then_some(drawn + JITTER);
        if !on && self.breaks("power_meter::what_is_not_told_is_no_zero") {
            seen.watts = Some(0.0);
        }
        if on && self.breaks("power_meter::watts_are_what_the_machine_draws") {
            seen.watts = Some(drawn * 10.0);
        }
        seen.average_watts = seen.watts;
        seen.min_watts = seen.watts.map(|watts| watts - 20.0);
        seen.max_watts = seen.watts.map(|watts| watts + 60.0);
        seen.interval = Some(Duration::from_secs(60));
        if self.breaks("power_meter::least_mean_and_most_are_in_order") {
            std::mem::swap(&mut seen.min_watts, &mut seen.max_watts);
        }
        let odd = self.breaks("power_meter::values_are_finite_and_not_negative");
        seen.capacity_watts = Some(if odd { -1.0 } else { 800.0 });
        Ok(seen)
    }
}
