//! How firmware is updated, as data.
use serde::Deserialize;
use underlay_hal::ApplyTime;

/// How a machine's firmware is updated.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FirmwareData {
    /// When updates can take effect; the first is taken where none is asked for. Updates of the system firmware
    /// always wait for a reset.
    pub apply_times: Vec<ApplyTime>,
    /// The image before the present one is kept.
    pub keeps_previous: bool,
    /// The largest image in MiB.
    pub largest: u64,
    /// Seconds of plant time that it takes to write an image of the management controller.
    pub bmc_seconds: f64,
    /// The same for any other part but the system firmware, which is written in the self test.
    pub part_seconds: f64,
}

impl Default for FirmwareData {
    fn default() -> Self {
        Self {
            apply_times: vec![ApplyTime::Immediate, ApplyTime::OnReset],
            keeps_previous: false,
            largest: 1024,
            bmc_seconds: 20.0,
            part_seconds: 8.0,
        }
    }
}
