//! The boot order.

use async_trait::async_trait;
use underlay_hal::{
    BootOption, BootOptionId, BootOrder, BootOrderState, BootTarget, Cx, ErrorKind, Fingerprint, MacAddress,
    Needs, Outcome, Result, Staged,
};

use super::{
    device::ModelDevice,
    inventory::MAC,
    world::{ModelWorld, State},
};
use crate::BootOrderTruth;

const OPTIONS: [(&str, BootTarget); 3] =
    [("Boot0001", BootTarget::Hdd), ("Boot0002", BootTarget::Pxe), ("Boot0003", BootTarget::Cd)];

#[derive(Debug)]
pub(super) struct Order {
    current: Vec<BootOptionId>,
    pending: Option<Vec<BootOptionId>>,
    /// The firmware boots from the disk, whatever the order.
    is_ignored: bool,
    /// The firmware follows the order, whatever the override.
    pub(super) is_first: bool,
}

impl Default for Order {
    fn default() -> Self {
        let current = OPTIONS.map(|(id, _)| id.into()).to_vec();
        Self { current, pending: None, is_ignored: false, is_first: false }
    }
}

impl State {
    /// What the order says to boot from; a new one is in force from now on.
    pub(super) fn first_of_order(&mut self) -> BootTarget {
        if let Some(pending) = self.order.pending.take() {
            self.order.current = pending;
        }
        let first = self.order.current.first().filter(|_| !self.order.is_ignored);
        let option = OPTIONS.iter().find(|(id, _)| first.is_some_and(|first| first.as_str() == *id));
        option.map_or(BootTarget::Hdd, |(_, target)| *target)
    }
}

impl BootOrderTruth for ModelWorld {
    fn order(&self) -> Vec<BootOptionId> {
        let state = self.state();
        state.order.pending.as_ref().unwrap_or(&state.order.current).clone()
    }
}

#[async_trait]
impl BootOrder for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<BootOrderState> {
        self.enter(cx, "boot_order.read").await?;
        let option = |(id, target): (&str, BootTarget)| {
            let mut option = BootOption::new(id.into());
            option.target = Some(target);
            let wrong = self.breaks("boot_order::ports_are_told");
            let mac = if wrong { MacAddress([2, 0, 0, 0, 0, 9]) } else { MAC };
            option.mac = (target == BootTarget::Pxe).then_some(mac);
            option
        };
        let world = self.world.state();
        let (mut current, mut pending) = (world.order.current.clone(), world.order.pending.clone());
        if self.breaks("boot_order::the_order_is_the_machine's") {
            current.sort_by(|one, other| other.cmp(one));
        }
        if self.breaks("boot_order::what_was_set_reads_back") {
            pending = None;
        }
        let mut state = BootOrderState::new(current, pending, OPTIONS.map(option).to_vec());
        if self.breaks("boot_order::the_fingerprint_moves_with_the_order") {
            state.fingerprint = Fingerprint("always the same".to_owned());
        }
        if self.breaks("boot_order::the_fingerprint_stays_while_nothing_moves") {
            state.fingerprint = Fingerprint::of(&world.now);
        }
        Ok(state)
    }
    async fn set(&self, cx: &Cx, order: &[BootOptionId]) -> Result<Outcome<Staged>> {
        const SET: &str = "boot_order.set";
        self.enter(cx, SET).await?;
        let mut known: Vec<_> =
            order.iter().filter(|id| OPTIONS.iter().any(|(one, _)| *one == id.as_str())).collect();
        known.sort_unstable();
        known.dedup();
        let odd = known.len() != order.len();
        if odd && !self.breaks("boot_order::an_unknown_or_double_option_is_invalid_input") {
            return Err(self.refuse(
                SET,
                ErrorKind::InvalidInput,
                "an option that is not there, or comes twice",
            ));
        }
        let mut state = self.world.state();
        state.order.is_ignored = self.breaks("boot_order::the_host_boots_by_it");
        state.order.is_first = self.breaks("boot_order::an_override_goes_before_it");
        let next = state.order.pending.as_ref().unwrap_or(&state.order.current);
        if next == order && !self.breaks("boot_order::setting_twice_is_already_so") {
            let waits = state.order.pending.is_some();
            let needs = if waits { Needs::HostPowerCycle } else { Needs::Nothing };
            return Ok(Outcome::Done(Staged { needs, ..Staged::ALREADY_SO }));
        }
        state.mutations += 1;
        state.order.pending = Some(order.to_vec());
        if self.breaks("boot_order::setting_does_not_boot") {
            state.reset_host();
        }
        Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle)))
    }
}
