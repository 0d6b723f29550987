//! Host power and its boots.

use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{
    BootMark, BootStage, BootStatus, BootTarget, Change, Cx, Outcome, Power, PowerAction, PowerState, Result,
};

use super::{device::ModelDevice, world::State};
use crate::Truth as _;

/// How long the self test takes.
const POST: Duration = Duration::from_secs(2);

/// The host.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) on: bool,
    /// In its self test until then.
    pub(super) post_ends: Option<Duration>,
    pub(super) boots: u64,
    pub(super) resets: u64,
    /// What the last boot came from.
    pub(super) source: Option<BootTarget>,
}

impl Host {
    pub(super) fn power(&self) -> PowerState {
        if self.on { PowerState::On } else { PowerState::Off }
    }
}

impl State {
    /// The host begins its self test.
    pub(super) fn begin_boot(&mut self) {
        self.host.on = true;
        self.host.post_ends = Some(self.now + POST);
        self.host.boots += 1;
    }

    /// The same by request.
    pub(super) fn reset_host(&mut self) {
        self.host.resets += 1;
        self.begin_boot();
    }

    /// The self test is over: what waited for it happens, and the host boots from somewhere.
    pub(super) fn end_post(&mut self) {
        self.host.post_ends = None;
        self.end_staged_jobs();
        self.boot_securely();
        self.host.source = Some(self.boot_source());
    }

    pub(super) fn put_power(&mut self, to: PowerState) {
        if to != PowerState::On {
            self.host.on = false;
            self.host.post_ends = None;
            return;
        }
        if !self.host.on {
            self.begin_boot();
        }
        if self.host.post_ends.is_some() {
            self.end_post();
        }
    }
}

const ACTIONS: [PowerAction; 3] = [PowerAction::On, PowerAction::ForceOff, PowerAction::ForceReset];

#[async_trait]
impl Power for ModelDevice {
    fn actions(&self) -> &[PowerAction] {
        &ACTIONS
    }
    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        self.enter(cx, "power.state").await?;
        if self.breaks("device::reads_change_nothing") {
            self.mutate();
        }
        if self.breaks("power::state_matches_truth") {
            return Ok(PowerState::On);
        }
        Ok(self.world.power())
    }
    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        self.enter(cx, "power.set").await?;
        if !ACTIONS.contains(&action) {
            return self.unsupported("power.set", "power::unlisted_action_is_unsupported_and_untried");
        }
        if action.goal() == Some(self.world.power()) {
            let told = if self.breaks("power::already_so_is_told_and_sends_no_reset") {
                Change::Made
            } else {
                Change::AlreadySo
            };
            return Ok(Outcome::Done(told));
        }
        self.mutate();
        match action {
            PowerAction::On if self.breaks("power::on_turns_on") => {}
            PowerAction::ForceOff if self.breaks("power::force_off_turns_off") => {}
            PowerAction::On => self.world.state().begin_boot(),
            PowerAction::ForceOff => self.world.state().put_power(PowerState::Off),
            _ => {
                self.world.state().reset_host();
                if self.breaks("power::one_reset_boots_once") {
                    self.world.state().reset_host();
                }
            }
        }
        Ok(Outcome::Done(Change::Made))
    }
    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        self.enter(cx, "power.boot_status").await?;
        let state = self.world.state();
        let stage = match (state.host.on, state.host.post_ends) {
            (false, _) if self.breaks("power::stage_follows_the_host") => BootStage::Booted,
            (false, _) => BootStage::Off,
            (true, None) => BootStage::Booted,
            (true, _) if self.breaks("power::stage_tells_post") => BootStage::Booted,
            (true, _) => BootStage::Post,
        };
        let restless = self.breaks("power::mark_changes_with_each_boot_only");
        let evidence = if restless { state.now } else { Duration::ZERO };
        Ok(BootStatus { stage, mark: Some(BootMark(format!("{}-{evidence:?}", state.host.boots))) })
    }
}
