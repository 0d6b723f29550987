//! A unit of four outlets, with a load on the first.

use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{
    Change, Circuit, CircuitKind, Cx, DelayStyle, ErrorKind, Outcome, Outlet, OutletAction, OutletConfig,
    OutletDelay, OutletGroup, OutletGroupId, OutletId, OutletState, Pdu, PduAbilities, PduMetrics,
    RestorePolicy, Result, Support,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::{OutletFact, PduTruth};

const WATTS: f64 = 230.0;
const SWITCH: &str = "pdu.switch";
const CONFIGURE: &str = "pdu.configure";
const ABILITIES: PduAbilities = {
    let mut abilities = PduAbilities::NONE;
    abilities.switch = Some(Support::Native);
    abilities.cycle = Some(Support::Native);
    abilities.delay = DelayStyle::Inline;
    abilities.cancel = Some(Support::Native);
    abilities.label = Some(Support::Native);
    abilities.policy = Some(Support::Native);
    abilities.groups = Some(Support::Native);
    abilities.metered_outlets = true;
    abilities
};

#[derive(Debug)]
struct Relay {
    id: OutletId,
    label: String,
    on: bool,
    /// When it goes on or off.
    due: Option<(Duration, bool)>,
    policy: RestorePolicy,
    cuts: u64,
}

impl Relay {
    fn put(&mut self, on: bool) {
        self.cuts += u64::from(self.on && !on);
        self.on = on;
    }
}

#[derive(Debug)]
pub(super) struct Relays {
    all: Vec<Relay>,
    ignores: bool,
}

impl Default for Relays {
    fn default() -> Self {
        let relay = |number: u32| Relay {
            id: OutletId::from(number.to_string()),
            label: format!("Outlet {number}"),
            on: true,
            due: None,
            policy: RestorePolicy::LastState,
            cuts: 0,
        };
        Self { all: (1..=4).map(relay).collect(), ignores: false }
    }
}

impl State {
    /// What was to happen by now does.
    pub(super) fn switch_due(&mut self) {
        for relay in &mut self.relays.all {
            if let Some((at, on)) = relay.due
                && at <= self.now
            {
                relay.due = None;
                relay.put(on);
            }
        }
    }

    fn relay(&mut self, id: &OutletId) -> Option<&mut Relay> {
        self.relays.all.iter_mut().find(|relay| relay.id == *id)
    }
}

impl PduTruth for ModelWorld {
    fn outlets(&self) -> Vec<OutletFact> {
        let state = self.state();
        let facts = state.relays.all.iter().enumerate().map(|(at, relay)| OutletFact {
            id: relay.id.clone(),
            label: relay.label.clone(),
            on: relay.on,
            pending: relay.due.is_some(),
            restore_policy: relay.policy,
            watts: (if at == 0 && relay.on { WATTS } else { 0.0 }, 1.0),
        });
        facts.collect()
    }
    fn put_outlet(&self, outlet: &OutletId, on: bool) {
        if let Some(relay) = self.state().relay(outlet) {
            relay.due = None;
            relay.put(on);
        }
    }
    fn cuts(&self, outlet: &OutletId) -> u64 {
        self.state().relay(outlet).map_or(0, |relay| relay.cuts)
    }
    fn ignore_next(&self) -> bool {
        self.state().relays.ignores = true;
        true
    }
}

#[async_trait]
impl Pdu for ModelDevice {
    fn abilities(&self) -> &PduAbilities {
        &ABILITIES
    }
    async fn outlets(&self, cx: &Cx) -> Result<Vec<Outlet>> {
        self.enter(cx, "pdu.outlets").await?;
        let state = self.world.state();
        let outlets = state.relays.all.iter().map(|relay| {
            let reads = match (relay.on, relay.due) {
                (true, Some((_, false))) if !self.breaks("pdu::a_delay_waits_and_is_told") => {
                    OutletState::PendingOff
                }
                (false, Some((_, true))) => OutletState::PendingOn,
                (true, _) => OutletState::On,
                (false, _) => OutletState::Off,
            };
            let mut outlet = Outlet::new(relay.id.clone(), reads);
            outlet.label = Some(relay.label.clone()).filter(|_| !self.breaks("pdu::outlets_are_the_unit's"));
            let always = self.breaks("pdu::a_restore_policy_reads_back");
            outlet.restore_policy = Some(if always { RestorePolicy::AlwaysOn } else { relay.policy });
            outlet
        });
        Ok(outlets.collect())
    }
    async fn groups(&self, cx: &Cx) -> Result<Vec<OutletGroup>> {
        self.enter(cx, "pdu.groups").await?;
        let outlets = vec!["1".into(), "2".into()];
        Ok(vec![OutletGroup { id: "A".into(), label: None, outlets }])
    }
    async fn meter(&self, cx: &Cx) -> Result<PduMetrics> {
        self.enter(cx, "pdu.meter").await?;
        let mut metrics = PduMetrics::default();
        for fact in PduTruth::outlets(&*self.world) {
            let mut circuit = Circuit::new(fact.id.as_str(), CircuitKind::Outlet);
            let stuck = self.breaks("pdu::metering_follows_the_load") && fact.id.as_str() == "1";
            circuit.watts = Some(if stuck { WATTS } else { fact.watts.0 });
            metrics.circuits.push(circuit);
        }
        if self.breaks("pdu::circuits_are_unique_and_finite") {
            metrics.circuits.push(Circuit::new("1", CircuitKind::Outlet));
        }
        Ok(metrics)
    }
    async fn switch(
        &self,
        cx: &Cx,
        outlet: &OutletId,
        action: OutletAction,
        delay: OutletDelay,
    ) -> Result<Outcome<Change>> {
        self.enter(cx, SWITCH).await?;
        if delay == OutletDelay::Configured {
            return self.unsupported(SWITCH, "pdu::what_is_not_listed_is_unsupported_and_untried");
        }
        let mut state = self.world.state();
        let (now, ignores) = (state.now, std::mem::take(&mut state.relays.ignores));
        let Some(relay) = state.relay(outlet) else {
            drop(state);
            let law = "pdu::an_unknown_outlet_is_not_found_and_untried";
            return self.refused(SWITCH, ErrorKind::NotFound, law);
        };
        let wanted = action != OutletAction::Off;
        if action == OutletAction::Cycle && !relay.on {
            let law = "pdu::an_outlet_that_is_off_is_not_cycled";
            relay.on |= self.breaks(law);
            drop(state);
            return self.refused(SWITCH, ErrorKind::PreconditionFailed, law);
        }
        let is_so = action != OutletAction::Cycle && relay.on == wanted && relay.due.is_none();
        if is_so && !self.breaks("pdu::already_so_is_told_and_untried") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        if ignores && !self.breaks("pdu::yes_without_effect_is_an_error") {
            return Err(self.refuse(SWITCH, ErrorKind::NoEffect, "it reads as before"));
        }
        let mut cuts = 1;
        match delay {
            OutletDelay::Seconds(seconds) => {
                relay.due = Some((now + Duration::from_secs(seconds.into()), wanted));
            }
            _ if ignores || self.breaks("pdu::off_and_on_are_proved") => {}
            _ if action == OutletAction::Cycle => {
                cuts += u64::from(self.breaks("pdu::a_cycle_cuts_once_and_ends_on"));
                relay.cuts += cuts;
            }
            _ => relay.put(wanted),
        }
        if self.breaks("pdu::only_that_outlet_is_switched")
            && let Some(relay) = state.relays.all.last_mut()
        {
            relay.put(wanted);
        }
        state.mutations += 1;
        drop(state);
        self.answer(SWITCH, "pdu::a_lost_answer_is_read_back", Outcome::Done(Change::Made))
    }
    async fn switch_group(
        &self,
        cx: &Cx,
        group: &OutletGroupId,
        action: OutletAction,
    ) -> Result<Outcome<Change>> {
        const GROUP: &str = "pdu.switch_group";
        self.enter(cx, GROUP).await?;
        if group.as_str() != "A" {
            return Err(self.refuse(GROUP, ErrorKind::NotFound, "there is no such group"));
        }
        let mut state = self.world.state();
        let within = if self.breaks("pdu::a_group_is_switched_together") { 1 } else { 2 };
        for relay in state.relays.all.iter_mut().take(within) {
            relay.put(action != OutletAction::Off);
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
    async fn cancel(&self, cx: &Cx, outlet: &OutletId) -> Result<Outcome<Change>> {
        self.enter(cx, "pdu.cancel").await?;
        let mut state = self.world.state();
        let Some(relay) = state.relay(outlet) else {
            return Err(self.refuse("pdu.cancel", ErrorKind::NotFound, "there is no such outlet"));
        };
        if relay.due.is_none() {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        if !self.breaks("pdu::what_waits_can_be_cancelled") {
            relay.due = None;
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
    async fn configure(&self, cx: &Cx, outlet: &OutletId, config: &OutletConfig) -> Result<Outcome<Change>> {
        self.enter(cx, CONFIGURE).await?;
        let mut state = self.world.state();
        let Some(relay) = state.relay(outlet) else {
            return Err(self.refuse(CONFIGURE, ErrorKind::NotFound, "there is no such outlet"));
        };
        let label = config.label.clone().unwrap_or_else(|| relay.label.clone());
        let policy = config.restore_policy.unwrap_or(relay.policy);
        if (&label, policy) == (&relay.label, relay.policy) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        if !self.breaks("pdu::a_label_reads_back") {
            relay.label = label;
        }
        relay.policy = policy;
        if self.breaks("pdu::configuring_switches_nothing") {
            relay.cuts += 1;
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
}
