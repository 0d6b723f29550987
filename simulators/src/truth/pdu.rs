//! What really happens at a unit of power.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use underlay_conformance::{Fact, OutletFact, PduTruth, Truth};
use underlay_hal::{BootOverride, BootTarget, MacAddress, OutletId, PowerState, RestorePolicy, Severity};

use crate::{
    plant::{OutletPolicy, PduUnit},
    snmp::{Faults, View},
};

/// The back door of one unit.
///
/// - It is no machine: it has no host, no boots, no log, and its agent keeps no sessions.
#[derive(Clone, Debug)]
pub struct PduUnitTruth {
    unit: PduUnit,
    serial: String,
    faults: Arc<Faults>,
}

impl PduUnitTruth {
    /// The back door of the unit behind this agent.
    #[must_use]
    pub fn new(view: &View) -> Self {
        Self { unit: view.unit().clone(), serial: view.serial().to_owned(), faults: view.faults() }
    }
}

fn number(outlet: &OutletId) -> Option<u32> {
    outlet.as_str().parse().ok()
}

impl PduTruth for PduUnitTruth {
    fn outlets(&self) -> Vec<OutletFact> {
        let outlets = self.unit.outlets().into_iter();
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
            let _ = self.unit.plant().set_outlet(self.unit.name(), number, on);
        }
    }

    fn cuts(&self, outlet: &OutletId) -> u64 {
        let outlets = self.unit.outlets();
        outlets.iter().find(|known| Some(known.number) == number(outlet)).map_or(0, |outlet| outlet.cuts)
    }

    fn ignore_next(&self) -> bool {
        self.unit.ignore_next();
        true
    }
}

#[async_trait]
impl Truth for PduUnitTruth {
    fn power(&self) -> PowerState {
        if self.unit.is_fed() { PowerState::On } else { PowerState::Off }
    }

    async fn put_power(&self, _: PowerState) {}

    fn boots(&self) -> u64 {
        0
    }

    fn last_boot_source(&self) -> Option<BootTarget> {
        None
    }

    fn mutations(&self) -> u64 {
        self.unit.mutations()
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
        Vec::new()
    }

    fn log_length(&self) -> usize {
        0
    }

    fn log_event(&self, _: Severity) -> String {
        String::new()
    }

    fn open_sessions(&self) -> usize {
        0
    }

    fn refused_logins(&self) -> u64 {
        0
    }

    fn manager_resets(&self) -> u64 {
        0
    }

    fn go_silent(&self, silent: bool) {
        self.faults.set_silent(silent);
    }

    fn lose_next_answer(&self) -> bool {
        self.faults.lose_next_answer();
        true
    }

    async fn pass(&self, time: Duration) {
        super::pass(self.unit.plant(), time).await;
    }

    fn pdu(&self) -> Option<&dyn PduTruth> {
        Some(self)
    }
}
