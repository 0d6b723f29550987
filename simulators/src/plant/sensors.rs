//! Sensors: values that follow the machine's state by a first-order law.
//!
//! A reading is computed when asked for, from the value and time of the last change of state;
//! nothing ticks, so ten thousand idle machines cost nothing.
use super::{Crossing, SimTime, random};
use crate::persona::{SensorData, SensorOf, Thresholds};

/// How long one draw of noise lasts, in seconds.
const NOISE_SLOT: u64 = 2;

/// A sensor's reading.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorReading {
    /// Index into the persona's sensors.
    pub index: usize,
    /// The value; `None` while the sensor has nothing to measure.
    pub value: Option<f64>,
    /// The worst threshold crossed, if one is.
    pub crossed: Option<Crossing>,
}

/// The moving part of a sensor.
#[derive(Clone, Debug)]
pub(super) struct SensorState {
    /// Value at `since`.
    start: f64,
    since: SimTime,
    /// Where it settles; `None`: nothing to measure.
    target: Option<f64>,
    /// Set by a test in place of the model.
    forced: Option<f64>,
    /// Worst crossing that is in the log.
    pub(super) logged: Option<Crossing>,
}

impl SensorState {
    pub(super) fn new(data: &SensorData, powered: bool) -> Self {
        let target = settled(data, powered, true);
        let start = target.or(data.off).unwrap_or(0.0);
        Self { start, since: SimTime::ZERO, target, forced: None, logged: None }
    }

    /// Aims at the value of the new state, starting from the present one.
    pub(super) fn retarget(&mut self, data: &SensorData, now: SimTime, powered: bool, supplied: bool) {
        let present = self.smooth(data, now).or(data.off).unwrap_or(0.0);
        self.start = present;
        self.since = now;
        self.target = settled(data, powered, supplied);
    }

    pub(super) fn arrive(&mut self) {
        self.start = self.target.unwrap_or(self.start);
    }

    pub(super) fn force(&mut self, value: Option<f64>) {
        self.forced = value;
    }

    fn smooth(&self, data: &SensorData, now: SimTime) -> Option<f64> {
        let target = self.target?;
        if data.settle <= 0.0 {
            return Some(target);
        }
        let elapsed = now.saturating_sub(self.since).as_secs_f64();
        Some(target + (self.start - target) * (-elapsed / data.settle).exp())
    }

    /// The integral over a span of time within the present state, without noise.
    pub(super) fn integral(&self, data: &SensorData, from: SimTime, to: SimTime) -> f64 {
        let span = to.saturating_sub(from).as_secs_f64();
        if let Some(forced) = self.forced {
            return forced * span;
        }
        let Some(target) = self.target else { return 0.0 };
        if data.settle <= 0.0 {
            return target * span;
        }
        let left = |at: SimTime| (-at.saturating_sub(self.since).as_secs_f64() / data.settle).exp();
        target * span + (self.start - target) * data.settle * (left(from) - left(to))
    }

    pub(super) fn value(&self, data: &SensorData, now: SimTime, seed: u64, stream: u64) -> Option<f64> {
        if self.forced.is_some() {
            return self.forced;
        }
        let smooth = self.smooth(data, now)?;
        // A fan that stands still makes no noise.
        if data.noise == 0.0 || smooth == 0.0 {
            return Some(smooth);
        }
        let slot = now.as_secs() / NOISE_SLOT;
        Some(smooth + data.noise * random::wobble(seed, stream, data.number, slot))
    }
}

fn settled(data: &SensorData, powered: bool, supplied: bool) -> Option<f64> {
    match (data.of, supplied, powered) {
        (SensorOf::PowerSupply, false, _) => None,
        (_, _, true) => Some(data.on),
        (_, _, false) => data.off,
    }
}

/// The worst threshold that `value` is beyond.
pub(super) fn crossing(value: f64, at: &Thresholds) -> Option<Crossing> {
    let above = |limit: Option<f64>| limit.is_some_and(|limit| value >= limit);
    let below = |limit: Option<f64>| limit.is_some_and(|limit| value <= limit);
    let table = [
        (above(at.upper_fatal), Crossing::UpperFatal),
        (above(at.upper_critical), Crossing::UpperCritical),
        (above(at.upper_caution), Crossing::UpperCaution),
        (below(at.lower_fatal), Crossing::LowerFatal),
        (below(at.lower_critical), Crossing::LowerCritical),
        (below(at.lower_caution), Crossing::LowerCaution),
    ];
    table.into_iter().find_map(|(crossed, which)| crossed.then_some(which))
}

/// The limit behind a crossing.
pub(super) fn limit(crossing: Crossing, at: &Thresholds) -> f64 {
    match crossing {
        Crossing::LowerCaution => at.lower_caution,
        Crossing::LowerCritical => at.lower_critical,
        Crossing::LowerFatal => at.lower_fatal,
        Crossing::UpperCaution => at.upper_caution,
        Crossing::UpperCritical => at.upper_critical,
        Crossing::UpperFatal => at.upper_fatal,
    }
    .unwrap_or_default()
}
