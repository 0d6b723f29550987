//! The back door: what really happened behind the protocol.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use underlay_hal::{BootOverride, BootTarget, MacAddress, PowerState, SensorKind, Severity};

mod activity;
mod rack;
mod settings;
mod storage;

pub use activity::{ChassisTruth, EventsTruth, PowerMeterTruth, TasksTruth};
pub use rack::{OutletFact, PduTruth, PortFact, SwitchConfigTruth, SwitchTruth};
pub use settings::{
    AccountFact, AccountsTruth, BiosTruth, BootOrderTruth, CertificatesTruth, IdentifyTruth,
    ManagerConfigTruth, SecureBootTruth,
};
pub use storage::{DriveFact, FirmwareTruth, ImageOf, RaidTruth, VirtualMediaTruth, VolumeFact};

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

    /// Requests so far that would change state, accepted or refused, as far as the world counts the refused ones.
    /// Logins and logouts do not count.
    fn attempts(&self) -> u64 {
        self.mutations()
    }

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

    /// The next request that changes state is carried out, and its answer is lost. `false` if the world cannot.
    fn lose_next_answer(&self) -> bool {
        false
    }

    /// Lets this much of the world's time pass.
    async fn pass(&self, time: Duration);

    /// What is behind [`underlay_hal::Bios`], where the world has it.
    fn bios(&self) -> Option<&dyn BiosTruth> {
        None
    }

    /// What is behind [`underlay_hal::SecureBoot`], where the world has it.
    fn secure_boot(&self) -> Option<&dyn SecureBootTruth> {
        None
    }

    /// What is behind [`underlay_hal::BootOrder`], where the world has it.
    fn boot_order(&self) -> Option<&dyn BootOrderTruth> {
        None
    }

    /// What is behind [`underlay_hal::ManagerConfig`], where the world has it.
    fn manager_config(&self) -> Option<&dyn ManagerConfigTruth> {
        None
    }

    /// What is behind [`underlay_hal::Certificates`], where the world has it.
    fn certificates(&self) -> Option<&dyn CertificatesTruth> {
        None
    }

    /// What is behind [`underlay_hal::Accounts`], where the world has it.
    fn accounts(&self) -> Option<&dyn AccountsTruth> {
        None
    }

    /// What is behind [`underlay_hal::Identify`], where the world has it.
    fn identify(&self) -> Option<&dyn IdentifyTruth> {
        None
    }

    /// What is behind [`underlay_hal::Raid`], where the world has it.
    fn raid(&self) -> Option<&dyn RaidTruth> {
        None
    }

    /// What is behind [`underlay_hal::Firmware`], where the world has it.
    fn firmware(&self) -> Option<&dyn FirmwareTruth> {
        None
    }

    /// What is behind [`underlay_hal::VirtualMedia`], where the world has it.
    fn virtual_media(&self) -> Option<&dyn VirtualMediaTruth> {
        None
    }

    /// What is behind [`underlay_hal::Tasks`], where the world has it.
    fn tasks(&self) -> Option<&dyn TasksTruth> {
        None
    }

    /// What is behind [`underlay_hal::Events`], where the world has it.
    fn events(&self) -> Option<&dyn EventsTruth> {
        None
    }

    /// What is behind [`underlay_hal::Chassis`], where the world has it.
    fn chassis(&self) -> Option<&dyn ChassisTruth> {
        None
    }

    /// What is behind [`underlay_hal::Pdu`], where the world has it.
    fn pdu(&self) -> Option<&dyn PduTruth> {
        None
    }

    /// What is behind [`underlay_hal::Switch`], where the world has it.
    fn switch(&self) -> Option<&dyn SwitchTruth> {
        None
    }

    /// What is behind [`underlay_hal::SwitchConfig`], where the world has it.
    fn switch_config(&self) -> Option<&dyn SwitchConfigTruth> {
        None
    }

    /// What is behind [`underlay_hal::PowerMeter`], where the world has it.
    fn power_meter(&self) -> Option<&dyn PowerMeterTruth> {
        None
    }
}
