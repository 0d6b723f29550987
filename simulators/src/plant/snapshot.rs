//! A machine at one moment, as views render it.
use std::sync::Arc;

use jiff::Timestamp;

use super::{
    AccountView, BootOverride, BootRecord, HostPhase, Identify, JobView, LogSummary, PowerState,
    Reachability, ResetCause, RestorePolicy, Revisions, ServerSpec, SimTime,
};

/// A machine at one moment; sensors and log entries are asked for apart.
#[derive(Clone, Debug)]
pub struct ServerSnapshot {
    /// What it is made of.
    pub spec: Arc<ServerSpec>,
    /// Plant time.
    pub now: SimTime,
    /// Date on the controller's clock.
    pub date: Timestamp,
    /// Where the host is between off and running.
    pub phase: HostPhase,
    /// The same, as protocols see it.
    pub power: PowerState,
    /// How long it has been in that phase.
    pub in_phase: SimTime,
    /// When the host last started or was reset.
    pub last_reset: Option<Timestamp>,
    /// Why.
    pub reset_cause: ResetCause,
    /// Starts that got as far as a boot device, since the plant began.
    pub boot_count: u64,
    /// The latest of them, oldest first.
    pub boots: Vec<BootRecord>,
    /// The boot override in force.
    pub boot_override: Option<BootOverride>,
    /// It will lose its validity unless a power command comes.
    pub boot_override_expires: bool,
    /// Whether the controller answers.
    pub reachability: Reachability,
    /// Moves whenever the controller goes down.
    pub bmc_generation: u64,
    /// When the controller last started.
    pub bmc_started: Timestamp,
    /// The identify light.
    pub identify: Identify,
    /// What happens when power returns.
    pub restore_policy: RestorePolicy,
    /// Power supplies.
    pub supplies: Vec<SupplyView>,
    /// Network ports, in the order of [`ServerSpec::nics`].
    pub nics: Vec<NicView>,
    /// Numbers about the event log.
    pub log: LogSummary,
    /// Jobs, oldest first.
    pub jobs: Vec<JobView>,
    /// Accounts, by slot.
    pub accounts: Vec<AccountView>,
    /// How often each part changed.
    pub revisions: Revisions,
}

impl ServerSnapshot {
    /// The latest boot.
    #[must_use]
    pub fn last_boot(&self) -> Option<&BootRecord> {
        self.boots.last()
    }

    /// How far POST is, 0 to 100; `None` outside POST.
    #[must_use]
    pub fn post_percent(&self) -> Option<u8> {
        if self.phase != HostPhase::Post {
            return None;
        }
        let done = self.in_phase.as_secs_f64() / self.spec.timing.post.max(0.001);
        (0..=99_u8).rfind(|step| f64::from(*step) <= done * 100.0)
    }
}

/// A power supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupplyView {
    /// Its cord is live.
    pub input: bool,
}

/// A network port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NicView {
    /// It has a carrier.
    pub link: bool,
    /// Switch and port (from 1) it is cabled to.
    pub cable: Option<(String, u32)>,
}
