//! What the machine draws as it is.
use std::time::Duration;

use underlay_conformance::PowerMeterTruth;

use super::ServerTruth;
use crate::persona::SensorKind;

impl PowerMeterTruth for ServerTruth {
    fn watts(&self) -> (f64, f64) {
        let watts = self.server.meter(Duration::ZERO).watts.unwrap_or_default();
        let meters = self.server.spec().sensors().iter().filter(|data| data.kind == SensorKind::Power);
        (watts, meters.map(|data| data.noise).sum())
    }
}
