//! Switches, by the standards' modules.

mod addresses;
mod facts;
mod neighbors;
mod ports;
mod vlans;

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{
    Cx, DeviceId, Error, MacEntry, PoePort, PortId, PortNeighbor, Result, Support, Switch, SwitchAbilities,
    SwitchFacts, SwitchPort, Vlan,
};
use underlay_snmp_mib::{
    Oid,
    net::{bridge, interfaces, lag, lldp, poe},
};

use crate::{table::column, transport::Transport};
use ports::Ports;

/// So many ports make a switch of an agent that tells nothing else of one.
const MANY: usize = 8;

/// A switch that is only looked at.
#[derive(Debug)]
pub(crate) struct SnmpSwitch {
    device: DeviceId,
    transport: Arc<dyn Transport>,
    abilities: SwitchAbilities,
    /// Which table has the addresses.
    by_vlan: bool,
}

impl SnmpSwitch {
    /// The switch that this agent is, if it is one: it bridges, or has many ports.
    pub(crate) async fn open(
        cx: &Cx,
        device: DeviceId,
        transport: Arc<dyn Transport>,
    ) -> Result<Option<Self>> {
        let has = async |column: &str| transport.has_rows(cx, &Oid::table(column)).await;
        let bridges = has(bridge::PORT_INTERFACE).await?;
        if !bridges && Ports::read(cx, &*transport).await?.all().count() < MANY {
            return Ok(None);
        }
        let read_only = |there: bool| there.then_some(Support::ReadOnly);
        let by_vlan = has(bridge::VLAN_ADDRESS_PORT).await?;
        let mut abilities = SwitchAbilities::NONE;
        abilities.macs = read_only(by_vlan || has(bridge::ADDRESS_PORT).await?);
        abilities.vlans = read_only(has(bridge::VLAN_NAME).await? || has(bridge::CURRENT_EGRESS).await?);
        // A switch that hears nobody now may hear somebody later.
        abilities.neighbors = read_only(has(lldp::LOCAL_ID).await? || has(lldp::CHASSIS_ID).await?);
        abilities.lags = read_only(has(lag::ATTACHED).await?);
        abilities.poe = read_only(has(poe::STATUS).await?);
        Ok(Some(Self { device, transport, abilities, by_vlan }))
    }

    fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.device))
    }

    fn needs(ability: Option<Support>, operation: &'static str) -> Result<()> {
        ability.map(drop).ok_or_else(|| Error::unsupported(operation))
    }

    async fn read_ports(&self, cx: &Cx) -> Result<Ports> {
        Ports::read(cx, &*self.transport).await
    }
}

#[async_trait]
impl Switch for SnmpSwitch {
    fn abilities(&self) -> &SwitchAbilities {
        &self.abilities
    }

    async fn facts(&self, cx: &Cx) -> Result<SwitchFacts> {
        self.named("switch.facts", facts::read(cx, &*self.transport).await)
    }

    async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>> {
        let read = async {
            let ports = self.read_ports(cx).await?;
            ports.details(cx, &*self.transport).await
        };
        self.named("switch.ports", read.await)
    }

    async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>> {
        const READ: &str = "switch.vlans";
        let read = async {
            Self::needs(self.abilities.vlans, READ)?;
            vlans::read(cx, &*self.transport, &self.read_ports(cx).await?).await
        };
        self.named(READ, read.await)
    }

    async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>> {
        const READ: &str = "switch.neighbors";
        let read = async {
            Self::needs(self.abilities.neighbors, READ)?;
            neighbors::read(cx, &*self.transport, &self.read_ports(cx).await?).await
        };
        self.named(READ, read.await)
    }

    async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>> {
        const READ: &str = "switch.macs";
        let read = async {
            Self::needs(self.abilities.macs, READ)?;
            let ports = self.read_ports(cx).await?;
            addresses::read(cx, &*self.transport, &ports, self.by_vlan).await
        };
        self.named(READ, read.await)
    }

    async fn poe(&self, cx: &Cx) -> Result<Vec<PoePort>> {
        const READ: &str = "switch.poe";
        let read = async {
            Self::needs(self.abilities.poe, READ)?;
            ports::poe(cx, &*self.transport, &self.read_ports(cx).await?).await
        };
        self.named(READ, read.await)
    }
}

/// The bridge's own numbers for ports, by which its tables call them.
async fn bridge_ports(cx: &Cx, transport: &dyn Transport, ports: &Ports) -> Result<Vec<(u32, PortId)>> {
    let numbers = column(cx, transport, bridge::PORT_INTERFACE).await?;
    let named = numbers.iter().filter_map(|(row, interface)| {
        let [number] = row.as_slice() else { return None };
        let interface = u32::try_from(interface.number()?).ok()?;
        Some((*number, ports.name(interface)?.clone()))
    });
    Ok(named.collect())
}

/// The interfaces that have names.
pub(crate) const NAMES: [&str; 2] = [interfaces::NAME, interfaces::DESCRIPTION];
