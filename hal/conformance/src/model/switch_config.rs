//! The configuration of a switch of three ports, with a timer that undoes.

use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{
    Applied, ApplyOptions, Change, ConfigSource, Cx, ErrorKind, Outcome, PortConfig, PortMode, Result,
    Support, SwitchConfig, SwitchConfigAbilities, SwitchConfiguration, SwitchPlan, SwitchStep,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::SwitchConfigTruth;

const APPLY: &str = "switch_config.apply";
const ABILITIES: SwitchConfigAbilities = {
    let mut abilities = SwitchConfigAbilities::NONE;
    abilities.vlans = Some(Support::Native);
    abilities.ports = Some(Support::Native);
    abilities.transaction = Some(Support::Native);
    abilities.confirm = Some(Support::Native);
    abilities
};

#[derive(Debug)]
pub(super) struct Net {
    running: SwitchConfiguration,
    /// When what was before comes back.
    undo: Option<(Duration, SwitchConfiguration)>,
}

impl Default for Net {
    fn default() -> Self {
        let port = |vlan| PortConfig {
            enabled: true,
            mode: Some(PortMode::Access { vlan }),
            ..PortConfig::default()
        };
        let ports = [10, 20, 30]
            .into_iter()
            .zip(1..)
            .map(|(vlan, number)| (underlay_hal::PortId::from(format!("Ethernet{number}")), port(vlan)));
        let running = SwitchConfiguration {
            vlans: [1, 10, 20, 30].map(|vlan| (vlan, None)).into(),
            ports: ports.collect(),
        };
        Self { running, undo: None }
    }
}

impl State {
    /// What nobody has confirmed in time is undone.
    pub(super) fn undo_due(&mut self) {
        if self.net.undo.as_ref().is_some_and(|(at, _)| *at <= self.now)
            && let Some((_, before)) = self.net.undo.take()
        {
            self.net.running = before;
        }
    }
}

impl SwitchConfigTruth for ModelWorld {
    fn configuration(&self) -> SwitchConfiguration {
        self.state().net.running.clone()
    }
    fn waits(&self) -> bool {
        self.state().net.undo.is_some()
    }
}

/// The configuration after a plan; `None` for one that is no longer true. `Err` for a name that is too long, with what
/// came before it done.
fn after(
    now: &SwitchConfiguration,
    plan: &SwitchPlan,
) -> std::result::Result<Option<SwitchConfiguration>, SwitchConfiguration> {
    let mut next = now.clone();
    for step in &plan.steps {
        match step {
            SwitchStep::Vlan { name: Some(name), .. } if name.len() > 32 => return Err(next),
            SwitchStep::Vlan { id, name, .. } => drop(next.vlans.insert(*id, name.clone())),
            SwitchStep::NoVlan { id, .. } => drop(next.vlans.remove(id)),
            SwitchStep::Port { port, before, after } => {
                if now.ports.get(port).is_none_or(|found| found != before && found != after) {
                    return Ok(None);
                }
                next.ports.insert(port.clone(), after.clone());
            }
        }
    }
    Ok(Some(next))
}

#[async_trait]
impl SwitchConfig for ModelDevice {
    fn abilities(&self) -> &SwitchConfigAbilities {
        &ABILITIES
    }
    async fn read(&self, cx: &Cx) -> Result<SwitchConfiguration> {
        self.enter(cx, "switch_config.read").await?;
        let mut read = self.world.state().net.running.clone();
        if self.breaks("switch_config::what_is_read_is_so") {
            read.ports.values_mut().for_each(|port| port.enabled = false);
        }
        Ok(read)
    }
    fn preview(&self, plan: &SwitchPlan) -> Result<Vec<String>> {
        if self.breaks("switch_config::a_preview_sends_nothing") {
            self.mutate();
        }
        Ok(plan.steps.iter().map(|step| format!("{step:?}")).collect())
    }
    async fn apply(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Outcome<Applied>> {
        self.enter(cx, APPLY).await?;
        if !plan.risks.is_empty() && options.confirm_within.is_none() {
            return self.refused(APPLY, ErrorKind::PreconditionFailed, "switch_config::a_risk_needs_a_timer");
        }
        let mut state = self.world.state();
        let next = match after(&state.net.running, plan) {
            Ok(Some(next)) => next,
            Ok(None) => {
                drop(state);
                let law = "switch_config::a_stale_plan_is_refused";
                return self.refused(APPLY, ErrorKind::PreconditionFailed, law);
            }
            Err(half) => {
                if self.breaks("switch_config::what_is_rejected_leaves_nothing") {
                    state.net.running = half;
                }
                drop(state);
                return Err(self.refuse(APPLY, ErrorKind::InvalidInput, "the name is too long"));
            }
        };
        let carried_out = "switch_config::a_plan_is_carried_out_and_then_is_nothing";
        if next == state.net.running && !self.breaks(carried_out) {
            return Ok(Outcome::Done(Applied { change: Change::AlreadySo, diff: None, pending: None }));
        }
        let before = std::mem::replace(&mut state.net.running, next);
        if self.breaks("switch_config::all_minus_one_is_the_others") {
            for port in state.net.running.ports.values_mut() {
                if let Some(PortMode::Trunk { allowed, .. }) = &mut port.mode
                    && !allowed.is_all()
                {
                    *allowed = underlay_hal::VlanSet::none();
                }
            }
        }
        if let Some(within) = options.confirm_within
            && !self.breaks("switch_config::what_nobody_confirms_undoes_itself")
        {
            state.net.undo = Some((state.now + within, before));
        }
        state.mutations += 1;
        Ok(Outcome::Done(Applied { change: Change::Made, diff: None, pending: options.confirm_within }))
    }
    async fn confirm(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "switch_config.confirm").await?;
        let mut state = self.world.state();
        let waited = state.net.undo.is_some();
        if !self.breaks("switch_config::what_is_confirmed_stays") {
            state.net.undo = None;
        }
        Ok(Outcome::Done(if waited { Change::Made } else { Change::AlreadySo }))
    }
    async fn rollback(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "switch_config.rollback").await?;
        let mut state = self.world.state();
        let Some((_, before)) = state.net.undo.take() else { return Ok(Outcome::Done(Change::AlreadySo)) };
        if !self.breaks("switch_config::what_is_rolled_back_is_gone") {
            state.net.running = before;
        }
        Ok(Outcome::Done(Change::Made))
    }
    async fn save(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "switch_config.save").await?;
        self.unsupported("switch_config.save", "")
    }
    async fn backup(&self, cx: &Cx, _: ConfigSource) -> Result<String> {
        self.enter(cx, "switch_config.backup").await?;
        Ok(format!("{:?}", self.world.state().net.running))
    }
}
