//! The back door: what really happened behind the protocol.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use underlay_hal::{BootOverride, BootTarget, MacAddress, PowerState, SensorKind, Severity};

/// One sensor as it really is.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The sensor's name, as the views show it.
    pub name: String,
    /// What is measured.
    pub kind: SensorKind,
    /// The value now; `None` when it cannot be read (host off).
    pub value: Option<f64>,
    /// How far the value may wander from its mean between two looks, either way.
    pub jitter: f64,
}

/// Ground truth and control over the world; implemented by simulators, never by drivers.
///
/// Everything here is immediate: it reads and changes the simulated world without going through a protocol.
#[async_trait]
pub trait Truth: fmt::Debug + Send + Sync {
    /// The host's power.
    fn power(&self) -> PowerState;

    /// Puts the host into this state at once, with every consequence settled: `On` means booted, past its self test.
    async fn put_power(&self, state: PowerState);

    /// How often the host has begun to boot.
    fn boots(&self) -> u64;

    /// What the last boot came from; `None` before the first.
    fn last_boot_source(&self) -> Option<BootTarget>;

    /// State-changing requests accepted so far, by any protocol. Logins and logouts do not count.
    fn mutations(&self) -> u64;

    /// Requests accepted so far that reset, cycled or cut the host.
    fn resets(&self) -> u64;

    /// The boot override in force.
    fn boot_override(&self) -> Option<BootOverride>;

    /// The machine's serial number.
    fn serial_number(&self) -> String;

    /// The MAC addresses of the host's network ports.
    fn macs(&self) -> Vec<MacAddress>;

    /// The sensors as they are.
    fn sensors(&self) -> Vec<Fact>;

    /// Entries in the event log.
    fn log_length(&self) -> usize;

    /// Makes an event happen that the device logs; returns a text that identifies it in the log.
    fn log_event(&self, severity: Severity) -> String;

    /// Sessions open on the management controller, by any protocol.
    fn open_sessions(&self) -> usize;

    /// Logins refused so far, by any protocol.
    fn refused_logins(&self) -> u64;

    /// Restarts of the management controller so far.
    fn manager_resets(&self) -> u64;

    /// Makes the management controller deaf and dumb, or lets it answer again.
    fn go_silent(&self, silent: bool);

    /// Lets this much of the world's time pass.
    async fn pass(&self, time: Duration);
}
