//! What really happens at a unit of power or a switch.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use underlay_conformance::{Fact, OutletFact, PduTruth, PortFact, SwitchConfigTruth, SwitchTruth, Truth};
use underlay_hal::{
    BootOverride, BootTarget, MacAddress, OutletId, PortConfig, PortId, PortMode, PowerState, RestorePolicy,
    SensorKind, Severity, SwitchConfiguration,
};

use crate::{
    plant::{OutletPolicy, OutletView, PduUnit, Plant, PortSetup},
    snmp::{Faults, View},
    ssh,
};

/// The back door of what is behind one agent: a unit of power, or a switch.
///
/// - It is no machine: it has no host, no boots, no log, and its agent keeps no sessions.
#[derive(Clone, Debug)]
pub struct AgentTruth {
    plant: Plant,
    name: String,
    serial: String,
    faults: Option<Arc<Faults>>,
    shell: Option<Arc<ssh::Faults>>,
    unit: Option<PduUnit>,
    /// What its probes measure.
    probes: Vec<(String, bool, f64)>,
    /// What a switch calls its ports.
    ports: Vec<PortId>,
}

impl AgentTruth {
    /// The back door of what is behind this agent.
    #[must_use]
    pub fn new(plant: &Plant, name: &str, view: &View) -> Self {
        let numbers = plant.ports(name).unwrap_or_default().into_iter().map(|port| port.number);
        Self {
            plant: plant.clone(),
            name: name.to_owned(),
            serial: view.serial().to_owned(),
            faults: Some(view.faults()),
            shell: None,
            unit: view.unit().cloned(),
            probes: view.probes(),
            ports: numbers.filter_map(|number| view.port_name(number)).map(PortId::from).collect(),
        }
    }

    /// The back door of a switch with this command line.
    #[must_use]
    pub fn of_shell(plant: &Plant, name: &str, view: &ssh::View) -> Self {
        let numbers = plant.ports(name).unwrap_or_default().into_iter().map(|port| port.number);
        Self {
            plant: plant.clone(),
            name: name.to_owned(),
            serial: view.serial().to_owned(),
            faults: None,
            shell: Some(view.faults()),
            unit: None,
            probes: Vec::new(),
            ports: numbers.map(|number| PortId::from(view.port_name(number))).collect(),
        }
    }

    fn views(&self) -> Vec<OutletView> {
        self.unit.as_ref().map(PduUnit::outlets).unwrap_or_default()
    }
}

fn number(outlet: &OutletId) -> Option<u32> {
    outlet.as_str().parse().ok()
}

impl PduTruth for AgentTruth {
    fn outlets(&self) -> Vec<OutletFact> {
        let outlets = self.views().into_iter();
        outlets
            .map(|outlet| OutletFact {
                id: OutletId::from(outlet.number.to_string()),
                on: outlet.on,
                pending: outlet.turn.is_some(),
                restore_policy: match outlet.policy {
                    OutletPolicy::AlwaysOn => RestorePolicy::AlwaysOn,
                    OutletPolicy::AlwaysOff => RestorePolicy::AlwaysOff,
                    OutletPolicy::LastState => RestorePolicy::LastState,
                },
                // The machine's own wander between two looks, and what rounding to tenths of an ampere takes.
                watts: (outlet.watts, 25.0 + outlet.watts * 0.1),
                label: outlet.label,
            })
            .collect()
    }

    fn put_outlet(&self, outlet: &OutletId, on: bool) {
        if let Some(number) = number(outlet) {
            let _ = self.plant.set_outlet(&self.name, number, on);
        }
    }

    fn cuts(&self, outlet: &OutletId) -> u64 {
        let outlets = self.views();
        outlets.iter().find(|known| Some(known.number) == number(outlet)).map_or(0, |outlet| outlet.cuts)
    }

    fn ignore_next(&self) -> bool {
        self.unit.as_ref().map(PduUnit::ignore_next).is_some()
    }
}

#[async_trait]
impl Truth for AgentTruth {
    fn power(&self) -> PowerState {
        let fed = self.unit.as_ref().is_none_or(PduUnit::is_fed);
        if fed { PowerState::On } else { PowerState::Off }
    }

    async fn put_power(&self, _: PowerState) {}

    fn boots(&self) -> u64 {
        0
    }

    fn last_boot_source(&self) -> Option<BootTarget> {
        None
    }

    fn mutations(&self) -> u64 {
        match &self.unit {
            Some(unit) => unit.mutations(),
            None => self.plant.switch_mutations(&self.name),
        }
    }

    fn resets(&self) -> u64 {
        0
    }

    fn boot_override(&self) -> Option<BootOverride> {
        None
    }

    fn serial_number(&self) -> String {
        self.serial.clone()
    }

    fn macs(&self) -> Vec<MacAddress> {
        Vec::new()
    }

    fn sensors(&self) -> Vec<Fact> {
        let fact = |(name, humid, value): &(String, bool, f64)| Fact {
            name: name.clone(),
            kind: if *humid { SensorKind::Humidity } else { SensorKind::Temperature },
            value: Some(*value),
            jitter: 0.0,
        };
        self.probes.iter().map(fact).collect()
    }

    fn log_length(&self) -> usize {
        0
    }

    fn log_event(&self, _: Severity) -> String {
        String::new()
    }

    fn open_sessions(&self) -> usize {
        self.shell.as_ref().map_or(0, |shell| shell.logins())
    }

    fn refused_logins(&self) -> u64 {
        0
    }

    fn manager_resets(&self) -> u64 {
        0
    }

    fn go_silent(&self, silent: bool) {
        if let Some(faults) = &self.faults {
            faults.set_silent(silent);
        }
        if let Some(shell) = &self.shell {
            shell.set_silent(silent);
            shell.set_mute(silent);
        }
    }

    fn lose_next_answer(&self) -> bool {
        self.faults.as_ref().map(|faults| faults.lose_next_answer()).is_some()
    }

    async fn pass(&self, time: Duration) {
        super::pass(&self.plant, time).await;
    }

    fn pdu(&self) -> Option<&dyn PduTruth> {
        self.unit.is_some().then_some(self as &dyn PduTruth)
    }

    fn switch_config(&self) -> Option<&dyn SwitchConfigTruth> {
        self.shell.is_some().then_some(self as &dyn SwitchConfigTruth)
    }

    fn switch(&self) -> Option<&dyn SwitchTruth> {
        (!self.ports.is_empty()).then_some(self as &dyn SwitchTruth)
    }
}

impl SwitchConfigTruth for AgentTruth {
    fn configuration(&self) -> SwitchConfiguration {
        let setup = self.plant.switch_running(&self.name).unwrap_or_default();
        let port = |(id, port): (&PortId, &PortSetup)| {
            let config = PortConfig {
                description: port.description.clone(),
                enabled: port.enabled,
                mtu: port.mtu,
                mode: Some(match (port.routed, port.trunk) {
                    (true, _) => PortMode::Routed,
                    (false, true) => PortMode::Trunk { native: port.native, allowed: port.allowed.clone() },
                    (false, false) => PortMode::Access { vlan: port.access },
                }),
                edge: Some(port.edge),
                lag: port.lag,
            };
            (id.clone(), config)
        };
        SwitchConfiguration {
            ports: self.ports.iter().zip(setup.ports.values()).map(port).collect(),
            vlans: setup.vlans,
        }
    }

    fn waits(&self) -> bool {
        self.plant.switch_waits(&self.name).is_some()
    }
}

impl SwitchTruth for AgentTruth {
    fn host_name(&self) -> String {
        self.name.clone()
    }

    fn ports(&self) -> Vec<PortFact> {
        let ports = self.plant.ports(&self.name).unwrap_or_default();
        let setup = self.plant.switch_running(&self.name).unwrap_or_default();
        let facts = self.ports.iter().zip(ports);
        facts
            .map(|(id, port)| PortFact {
                id: id.clone(),
                enabled: port.enabled,
                up: port.link,
                vlan: setup.untagged(port.number).unwrap_or(1),
                peer: port.peer.map(|(_, _, mac)| MacAddress(mac)).filter(|_| port.link),
            })
            .collect()
    }

    fn pull(&self, port: &PortId, out: bool) {
        let at = (1..).zip(&self.ports).find(|(_, known)| *known == port);
        if let Some((number, _)) = at {
            let _ = self.plant.set_cable(&self.name, number, !out);
        }
    }
}
