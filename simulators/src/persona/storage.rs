//! What a storage controller does with its drives, as data.
use serde::Deserialize;
use underlay_hal::{ApplyTime, ControllerMode, Initialize, raid::RaidLevel};

/// What a controller does with volumes; one without this passes its drives through as they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RaidData {
    /// Volumes can be made and deleted through the management controller; otherwise they can only be looked at.
    #[serde(default = "yes")]
    pub writable: bool,
    /// Levels of a new volume.
    pub levels: Vec<RaidLevel>,
    /// Strip sizes of a new volume in KiB; the first is taken where none is asked for.
    #[serde(default = "default_strips")]
    pub strips: Vec<u64>,
    /// What it can do with its drives; the first is what it starts with.
    #[serde(default = "default_modes")]
    pub modes: Vec<ControllerMode>,
    /// When changes can take effect; the first is taken where none is asked for.
    #[serde(default = "default_apply_times")]
    pub apply_times: Vec<ApplyTime>,
    /// How volumes can be initialised.
    #[serde(default)]
    pub initialize: Vec<Initialize>,
    /// Drives can be spares of one volume.
    #[serde(default)]
    pub dedicated_spares: bool,
    /// Drives can be spares of every volume.
    #[serde(default)]
    pub global_spares: bool,
    /// Volumes can be encrypted.
    #[serde(default)]
    pub encryption: bool,
    /// What it keeps of each drive for itself, in MiB: nobody else can compute the largest size.
    #[serde(default = "default_metadata")]
    pub metadata: u64,
    /// Volumes it makes at most.
    #[serde(default = "default_slots")]
    pub slots: usize,
    /// How long its work takes.
    #[serde(default)]
    pub seconds: RaidSeconds,
}

/// How long a controller's work takes, in seconds of plant time.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RaidSeconds {
    /// Making a volume.
    pub create: f64,
    /// Initialising every block of one.
    pub initialize: f64,
    /// Bringing a spare up to date.
    pub rebuild: f64,
    /// Everything else.
    pub other: f64,
}

impl Default for RaidSeconds {
    fn default() -> Self {
        Self { create: 8.0, initialize: 120.0, rebuild: 180.0, other: 4.0 }
    }
}

fn yes() -> bool {
    true
}
fn default_strips() -> Vec<u64> {
    vec![256, 64, 128, 512]
}
fn default_modes() -> Vec<ControllerMode> {
    vec![ControllerMode::Raid]
}
fn default_apply_times() -> Vec<ApplyTime> {
    vec![ApplyTime::Immediate, ApplyTime::OnReset]
}
fn default_metadata() -> u64 {
    512
}
fn default_slots() -> usize {
    64
}
