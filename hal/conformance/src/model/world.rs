//! The world behind the model: one clock, one host, and a part for each facet.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use underlay_hal::{BootOverride, BootTarget, MacAddress, PowerState, Severity};

use super::{
    accounts, bios, boot_order, certificates, chassis, event_log, events, firmware, inventory, jobs::Jobs,
    manager_config, pdu, power::Host, raid, secure_boot, sensors, switch, switch_config, virtual_media,
};
use crate::{
    AccountsTruth, BiosTruth, BootOrderTruth, CertificatesTruth, ChassisTruth, EventsTruth, Fact,
    FirmwareTruth, IdentifyTruth, ManagerConfigTruth, PduTruth, PowerMeterTruth, RaidTruth, SecureBootTruth,
    SwitchConfigTruth, SwitchTruth, TasksTruth, Truth, VirtualMediaTruth,
};

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The world's time since it began.
    pub(super) now: Duration,
    /// Requests that changed something.
    pub(super) mutations: u64,
    pub(super) sessions: usize,
    /// The device was closed once.
    pub(super) was_closed: bool,
    pub(super) refused_logins: u64,
    /// The controller answers nothing.
    pub(super) silent: bool,
    /// The controller restarts until then.
    pub(super) away_until: Option<Duration>,
    pub(super) manager_resets: u64,
    /// The answer to the next change is lost.
    pub(super) loses_answer: bool,
    pub(super) host: Host,
    pub(super) boot: Option<BootOverride>,
    pub(super) log: event_log::Log,
    pub(super) jobs: Jobs,
    pub(super) bios: bios::Settings,
    pub(super) raid: raid::Storage,
    pub(super) firmware: firmware::Versions,
    pub(super) media: virtual_media::Slots,
    pub(super) users: accounts::Users,
    pub(super) keys: secure_boot::Keys,
    pub(super) order: boot_order::Order,
    pub(super) config: manager_config::Config,
    pub(super) identity: certificates::Identity,
    pub(super) feed: events::Feed,
    pub(super) nodes: chassis::Nodes,
    pub(super) relays: pdu::Relays,
    pub(super) pulled: switch::Pulled,
    pub(super) net: switch_config::Net,
    /// The identify light.
    pub(super) lit: bool,
}

impl State {
    /// Time passes, and what was to happen meanwhile does.
    fn pass(&mut self, time: Duration) {
        self.now += time;
        if self.away_until.is_some_and(|until| until <= self.now) {
            self.away_until = None;
        }
        if self.host.post_ends.is_some_and(|at| at <= self.now) {
            self.end_post();
        }
        self.end_due_jobs();
        self.switch_due();
        self.undo_due();
    }

    /// The controller restarts; the host goes on.
    pub(super) fn restart_manager(&mut self) {
        self.away_until = Some(self.now + Duration::from_secs(3));
        self.sessions = 0;
        self.close_stream();
        self.serve_anew();
    }
}

/// The world behind the model.
#[derive(Debug, Default)]
pub struct ModelWorld(Mutex<State>);

impl ModelWorld {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
}

#[async_trait]
impl Truth for ModelWorld {
    fn power(&self) -> PowerState {
        self.state().host.power()
    }
    async fn put_power(&self, to: PowerState) {
        self.state().put_power(to);
    }
    fn boots(&self) -> u64 {
        self.state().host.boots
    }
    fn last_boot_source(&self) -> Option<BootTarget> {
        self.state().host.source
    }
    fn mutations(&self) -> u64 {
        self.state().mutations
    }
    fn resets(&self) -> u64 {
        self.state().host.resets
    }
    fn boot_override(&self) -> Option<BootOverride> {
        self.state().boot.clone()
    }
    fn serial_number(&self) -> String {
        inventory::SERIAL_NUMBER.to_owned()
    }
    fn macs(&self) -> Vec<MacAddress> {
        vec![inventory::MAC]
    }
    fn sensors(&self) -> Vec<Fact> {
        sensors::facts(self.state().host.on)
    }
    fn log_length(&self) -> usize {
        self.state().log.entries.len()
    }
    fn log_event(&self, severity: Severity) -> String {
        self.state().log_event(severity)
    }
    fn open_sessions(&self) -> usize {
        self.state().sessions
    }
    fn refused_logins(&self) -> u64 {
        self.state().refused_logins
    }
    fn manager_resets(&self) -> u64 {
        self.state().manager_resets
    }
    fn go_silent(&self, silent: bool) {
        self.state().silent = silent;
    }
    fn lose_next_answer(&self) -> bool {
        self.state().loses_answer = true;
        true
    }
    fn accounts(&self) -> Option<&dyn AccountsTruth> {
        Some(self)
    }
    fn bios(&self) -> Option<&dyn BiosTruth> {
        Some(self)
    }
    fn raid(&self) -> Option<&dyn RaidTruth> {
        Some(self)
    }
    fn firmware(&self) -> Option<&dyn FirmwareTruth> {
        Some(self)
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMediaTruth> {
        Some(self)
    }
    fn secure_boot(&self) -> Option<&dyn SecureBootTruth> {
        Some(self)
    }
    fn boot_order(&self) -> Option<&dyn BootOrderTruth> {
        Some(self)
    }
    fn manager_config(&self) -> Option<&dyn ManagerConfigTruth> {
        Some(self)
    }
    fn certificates(&self) -> Option<&dyn CertificatesTruth> {
        Some(self)
    }
    fn identify(&self) -> Option<&dyn IdentifyTruth> {
        Some(self)
    }
    fn events(&self) -> Option<&dyn EventsTruth> {
        Some(self)
    }
    fn chassis(&self) -> Option<&dyn ChassisTruth> {
        Some(self)
    }
    fn pdu(&self) -> Option<&dyn PduTruth> {
        Some(self)
    }
    fn switch(&self) -> Option<&dyn SwitchTruth> {
        Some(self)
    }
    fn switch_config(&self) -> Option<&dyn SwitchConfigTruth> {
        Some(self)
    }
    fn power_meter(&self) -> Option<&dyn PowerMeterTruth> {
        Some(self)
    }
    fn tasks(&self) -> Option<&dyn TasksTruth> {
        Some(self)
    }
    async fn pass(&self, time: Duration) {
        self.state().pass(time);
    }
}
