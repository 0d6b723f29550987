//! A switch of three ports: two machines awake in two VLANs, and nobody.

use async_trait::async_trait;
use underlay_hal::{
    Cx, LldpNeighbor, MacAddress, MacEntry, MacEntryKind, PoePort, PoeStatus, PortId, PortNeighbor,
    PortStatus, Result, Support, Switch, SwitchAbilities, SwitchFacts, SwitchPort, Vlan,
};

use super::{device::ModelDevice, world::ModelWorld};
use crate::{PortFact, SwitchTruth};

const HOST_NAME: &str = "leaf1";
const ABILITIES: SwitchAbilities = {
    let mut abilities = SwitchAbilities::NONE;
    abilities.vlans = Some(Support::Native);
    abilities.neighbors = Some(Support::Native);
    abilities.macs = Some(Support::Native);
    abilities.poe = Some(Support::Native);
    abilities
};
/// Without power over Ethernet, and asked for it all the same.
const LESS: SwitchAbilities = {
    let mut abilities = ABILITIES;
    abilities.poe = None;
    abilities
};

/// Ports whose cable is out.
#[derive(Debug, Default)]
pub(super) struct Pulled([bool; 3]);

const NAMES: [&str; 3] = ["Ethernet1", "Ethernet2", "Ethernet3"];

impl SwitchTruth for ModelWorld {
    fn host_name(&self) -> String {
        HOST_NAME.to_owned()
    }
    fn ports(&self) -> Vec<PortFact> {
        let pulled = self.state().pulled.0;
        let ports = NAMES.into_iter().zip(pulled).zip(1_u8..);
        ports
            .map(|((name, pulled), number)| {
                let awake = number < 3 && !pulled;
                let peer = awake.then_some(MacAddress([2, 0, 0, 0, 0, number]));
                PortFact { id: name.into(), enabled: true, up: awake, vlan: u16::from(number) * 10, peer }
            })
            .collect()
    }
    fn pull(&self, port: &PortId, out: bool) {
        if let Some(at) = NAMES.iter().position(|name| *name == port.as_str()) {
            self.state().pulled.0[at] = out;
        }
    }
}

impl ModelDevice {
    fn port_facts(&self) -> Vec<PortFact> {
        SwitchTruth::ports(&*self.world)
    }
}

#[async_trait]
impl Switch for ModelDevice {
    fn abilities(&self) -> &SwitchAbilities {
        if self.breaks("switch::what_is_not_listed_is_unsupported") { &LESS } else { &ABILITIES }
    }
    async fn facts(&self, cx: &Cx) -> Result<SwitchFacts> {
        self.enter(cx, "switch.facts").await?;
        let mut facts = SwitchFacts::default();
        facts.host_name =
            Some(HOST_NAME.to_owned()).filter(|_| !self.breaks("switch::facts_are_the_switch's"));
        Ok(facts)
    }
    async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>> {
        self.enter(cx, "switch.ports").await?;
        let ports = self.port_facts().into_iter().map(|fact| {
            let up = fact.up || self.breaks("switch::a_pulled_cable_takes_the_port_down") && fact.vlan < 30;
            let status = if up { PortStatus::Up } else { PortStatus::Down };
            let enabled = fact.enabled && !self.breaks("switch::ports_are_the_switch's");
            SwitchPort::new(fact.id, enabled, status)
        });
        Ok(ports.collect())
    }
    async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>> {
        self.enter(cx, "switch.vlans").await?;
        let vlans = self.port_facts().into_iter().map(|fact| {
            let mut vlan = Vlan::new(fact.vlan);
            let members = if self.breaks("switch::vlans_have_their_members") {
                &mut vlan.tagged
            } else {
                &mut vlan.untagged
            };
            members.push(fact.id);
            vlan
        });
        Ok(vlans.collect())
    }
    async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>> {
        self.enter(cx, "switch.neighbors").await?;
        let all = self.breaks("switch::neighbors_are_those_awake");
        let seen = self.port_facts().into_iter().filter(|fact| all || fact.peer.is_some());
        Ok(seen.map(|fact| PortNeighbor { port: fact.id, neighbor: LldpNeighbor::default() }).collect())
    }
    async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>> {
        self.enter(cx, "switch.macs").await?;
        let wrong = self.breaks("switch::addresses_are_where_they_are");
        let seen = self.port_facts().into_iter().filter_map(|fact| {
            let port = if wrong { NAMES[2].into() } else { fact.id };
            Some(MacEntry { mac: fact.peer?, vlan: Some(fact.vlan), port, kind: MacEntryKind::Dynamic })
        });
        Ok(seen.collect())
    }
    async fn poe(&self, cx: &Cx) -> Result<Vec<PoePort>> {
        self.enter(cx, "switch.poe").await?;
        let ports = self.port_facts().into_iter();
        Ok(ports
            .map(|fact| PoePort { port: fact.id, status: PoeStatus::Searching, class: None, watts: None })
            .collect())
    }
}
