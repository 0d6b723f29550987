//! What the machine draws.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cx, Result};

/// Power and energy at one moment. What the device does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PowerMetrics {
    /// Drawn now, in watts.
    pub watts: Option<f64>,
    /// Mean over the interval, in watts.
    pub average_watts: Option<f64>,
    /// Least over the interval, in watts.
    pub min_watts: Option<f64>,
    /// Most over the interval, in watts.
    pub max_watts: Option<f64>,
    /// The interval that mean, least and most are of.
    pub interval: Option<Duration>,
    /// What the supplies can give, in watts.
    pub capacity_watts: Option<f64>,
    /// The limit that the machine keeps to, in watts.
    pub limit_watts: Option<f64>,
    /// Drawn since the counter began, in joules.
    pub energy_joules: Option<f64>,
}

/// Power and energy of the machine as a whole (DSP0268 `EnvironmentMetrics`, `Power.PowerControl`).
///
/// - Values are finite, and not negative; a value that the device does not tell now is absent and never zero.
#[async_trait]
pub trait PowerMeter: fmt::Debug + Send + Sync {
    /// Reads the meter.
    ///
    /// # Errors
    /// As every read.
    async fn read(&self, cx: &Cx) -> Result<PowerMetrics>;
}
