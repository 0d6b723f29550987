//! Host power, and the evidence of the last boot.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Outcome, Result};

/// The host's power, in Redfish words (DSP2046 `PowerState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PowerState {
    /// Powered; says nothing about an operating system.
    On,
    /// Without main power; the management controller may run.
    Off,
    /// On its way to `On`.
    PoweringOn,
    /// On its way to `Off`.
    PoweringOff,
    /// The device does not tell.
    Unknown,
}

impl PowerState {
    /// The state in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::PoweringOn => "powering_on",
            Self::PoweringOff => "powering_off",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for PowerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What can be asked of the host's power (Redfish `ResetType`, IPMI 2.0 table 28-4 in brackets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PowerAction {
    /// Power on (`On`; power up).
    On,
    /// Cut power at once (`ForceOff`; power down).
    ForceOff,
    /// Ask the operating system to shut down (`GracefulShutdown`; soft shutdown).
    GracefulOff,
    /// Reset without regard for the operating system (`ForceRestart`; hard reset).
    ForceReset,
    /// Ask the operating system to restart (`GracefulRestart`).
    GracefulReset,
    /// Off, a pause, on (`PowerCycle`; power cycle).
    Cycle,
    /// Raise a non-maskable interrupt (`Nmi`; pulse diagnostic interrupt).
    Nmi,
}

impl PowerAction {
    /// Every action, in the order of the enumeration.
    pub const ALL: [Self; 7] = [
        Self::On,
        Self::ForceOff,
        Self::GracefulOff,
        Self::ForceReset,
        Self::GracefulReset,
        Self::Cycle,
        Self::Nmi,
    ];

    /// The action in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::ForceOff => "force_off",
            Self::GracefulOff => "graceful_off",
            Self::ForceReset => "force_reset",
            Self::GracefulReset => "graceful_reset",
            Self::Cycle => "cycle",
            Self::Nmi => "nmi",
        }
    }

    /// The state that the action leads to, where it does not matter how often it is sent.
    #[must_use]
    pub const fn goal(self) -> Option<PowerState> {
        match self {
            Self::On => Some(PowerState::On),
            Self::ForceOff | Self::GracefulOff => Some(PowerState::Off),
            Self::ForceReset | Self::GracefulReset | Self::Cycle | Self::Nmi => None,
        }
    }
}

impl fmt::Display for PowerAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far the host has come since it was powered or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BootStage {
    /// The host is off.
    Off,
    /// Firmware runs its power-on self test; configuration is often refused now.
    Post,
    /// Firmware has handed over, or an operating system is known to run.
    Booted,
    /// The device does not tell.
    Unknown,
}

/// Opaque evidence of the last boot: two equal marks mean that no boot came between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootMark(pub String);

/// Where the host stands in its boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootStatus {
    /// How far it has come.
    pub stage: BootStage,
    /// Changes with every boot, where the device offers such evidence.
    pub mark: Option<BootMark>,
}

/// The host's power.
///
/// - [`Power::actions`] lists what [`Power::set`] accepts; anything else is `Unsupported` and nothing is sent.
/// - `On` when on and either `Off` when off give `Done(AlreadySo)`, whatever the device itself would answer.
/// - `set` returns once the device has accepted; poll [`Power::state`] for the result.
/// - A reset, cycle or NMI whose answer was lost is an error with [`crate::Effect::Unknown`], and is not sent again.
/// - After `ForceOff`, [`Power::state`] becomes `Off`; after `On`, it becomes `On`.
#[async_trait]
pub trait Power: fmt::Debug + Send + Sync {
    /// The actions this device accepts, so that a caller can choose before trying.
    fn actions(&self) -> &[PowerAction];

    /// The power state now.
    ///
    /// # Errors
    /// As every read: `Timeout`, `Unreachable`, `Unauthenticated`, `Protocol`, …
    async fn state(&self, cx: &Cx) -> Result<PowerState>;

    /// Asks for `action`.
    ///
    /// # Errors
    /// `Unsupported` unless [`Power::actions`] lists it (effect `None`). `Busy` while the device refuses for the
    /// moment (effect `None`). `Timeout` with effect `Unknown` when the answer was lost.
    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>>;

    /// Where the host stands in its boot, and the evidence of the last one.
    ///
    /// - `Off` whenever the host is off.
    /// - `mark`, where present, differs before and after each boot and is equal otherwise.
    ///
    /// # Errors
    /// As every read.
    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus>;
}
