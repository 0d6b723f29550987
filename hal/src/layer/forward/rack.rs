//! What stands around the machines: power and network.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Intercept, Layered, Safety, forward};
use crate::*;

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Pdu for Layered<I> {
    fn abilities(&self) -> &PduAbilities {
        self.inner.pdu().map_or(&PduAbilities::NONE, |pdu| pdu.abilities())
    }
    async fn outlets(&self, cx: &Cx) -> Result<Vec<Outlet>> {
        forward!(self, cx, pdu.outlets(), Safety::Read, Value::Null)
    }
    async fn groups(&self, cx: &Cx) -> Result<Vec<OutletGroup>> {
        forward!(self, cx, pdu.groups(), Safety::Read, Value::Null)
    }
    async fn meter(&self, cx: &Cx) -> Result<PduMetrics> {
        forward!(self, cx, pdu.meter(), Safety::Read, Value::Null)
    }
    async fn switch(
        &self,
        cx: &Cx,
        outlet: &OutletId,
        action: OutletAction,
        delay: OutletDelay,
    ) -> Result<Outcome<Change>> {
        let arguments = json!({ "outlet": outlet, "action": action, "delay": delay });
        let safety = safety(action);
        forward!(self, cx, pdu.switch(outlet, action, delay), safety, arguments)
    }
    async fn switch_group(
        &self,
        cx: &Cx,
        group: &OutletGroupId,
        action: OutletAction,
    ) -> Result<Outcome<Change>> {
        let arguments = json!({ "group": group, "action": action });
        let safety = safety(action);
        forward!(self, cx, pdu.switch_group(group, action), safety, arguments)
    }
    async fn cancel(&self, cx: &Cx, outlet: &OutletId) -> Result<Outcome<Change>> {
        forward!(self, cx, pdu.cancel(outlet), Safety::Idempotent, json!(outlet))
    }
    async fn configure(&self, cx: &Cx, outlet: &OutletId, config: &OutletConfig) -> Result<Outcome<Change>> {
        let arguments = json!({ "outlet": outlet, "config": config });
        forward!(self, cx, pdu.configure(outlet, config), Safety::Idempotent, arguments)
    }
}

/// A cycle that is sent twice cuts twice.
fn safety(action: OutletAction) -> Safety {
    if action == OutletAction::Cycle { Safety::Mutating } else { Safety::Idempotent }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Switch for Layered<I> {
    fn abilities(&self) -> &SwitchAbilities {
        self.inner.switch().map_or(&SwitchAbilities::NONE, |switch| switch.abilities())
    }
    async fn facts(&self, cx: &Cx) -> Result<SwitchFacts> {
        forward!(self, cx, switch.facts(), Safety::Read, Value::Null)
    }
    async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>> {
        forward!(self, cx, switch.ports(), Safety::Read, Value::Null)
    }
    async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>> {
        forward!(self, cx, switch.vlans(), Safety::Read, Value::Null)
    }
    async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>> {
        forward!(self, cx, switch.neighbors(), Safety::Read, Value::Null)
    }
    async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>> {
        forward!(self, cx, switch.macs(), Safety::Read, Value::Null)
    }
    async fn poe(&self, cx: &Cx) -> Result<Vec<PoePort>> {
        forward!(self, cx, switch.poe(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> SwitchConfig for Layered<I> {
    fn abilities(&self) -> &SwitchConfigAbilities {
        self.inner.switch_config().map_or(&SwitchConfigAbilities::NONE, |config| config.abilities())
    }
    async fn read(&self, cx: &Cx) -> Result<SwitchConfiguration> {
        forward!(self, cx, switch_config.read(), Safety::Read, Value::Null)
    }
    /// Nothing is sent: no policy has a say.
    fn preview(&self, plan: &SwitchPlan) -> Result<Vec<String>> {
        let config = self.inner.switch_config();
        config.ok_or_else(|| Error::unsupported("switch_config.preview"))?.preview(plan)
    }
    /// A plan says from where to where; carried out again it is refused, or is nothing.
    async fn apply(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Outcome<Applied>> {
        let arguments = json!({ "plan": plan, "options": options });
        forward!(self, cx, switch_config.apply(plan, options), Safety::Mutating, arguments)
    }
    async fn confirm(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, switch_config.confirm(), Safety::Idempotent, Value::Null)
    }
    async fn rollback(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, switch_config.rollback(), Safety::Idempotent, Value::Null)
    }
    async fn save(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, switch_config.save(), Safety::Idempotent, Value::Null)
    }
    async fn backup(&self, cx: &Cx, source: ConfigSource) -> Result<String> {
        forward!(self, cx, switch_config.backup(source), Safety::Read, json!(source))
    }
}
