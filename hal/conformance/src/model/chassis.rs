//! An enclosure of two machines and a fan.

use async_trait::async_trait;
use underlay_hal::{
    Change, Chassis, Cx, Enclosure, ErrorKind, Outcome, PowerAction, PowerState, Result, Slot, SlotId,
    SlotKind,
};

use super::{device::ModelDevice, world::ModelWorld};
use crate::ChassisTruth;

#[derive(Debug)]
pub(super) struct Nodes(Vec<(SlotId, PowerState)>);

impl Default for Nodes {
    fn default() -> Self {
        Self(vec![("Node.1".into(), PowerState::On), ("Node.2".into(), PowerState::Off)])
    }
}

impl ChassisTruth for ModelWorld {
    fn machines(&self) -> Vec<(SlotId, PowerState)> {
        self.state().nodes.0.clone()
    }
}

#[async_trait]
impl Chassis for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<Enclosure> {
        self.enter(cx, "chassis.read").await?;
        let mut enclosure = Enclosure::default();
        for (id, power) in &self.world.state().nodes.0 {
            let mut slot = Slot::new(id.clone(), SlotKind::Compute);
            slot.power = Some(*power);
            if self.breaks("chassis::machines_are_the_enclosure's") {
                slot.power = Some(PowerState::On);
            }
            enclosure.slots.push(slot);
        }
        enclosure.slots.push(Slot::new("Fan.1".into(), SlotKind::Fan));
        Ok(enclosure)
    }
    async fn set_power(&self, cx: &Cx, slot: &SlotId, action: PowerAction) -> Result<Outcome<Change>> {
        const SET: &str = "chassis.set_power";
        self.enter(cx, SET).await?;
        let Some(goal) = action.goal() else {
            return Err(self.refuse(SET, ErrorKind::Unsupported, "not supported"));
        };
        let mut state = self.world.state();
        let all = self.breaks("chassis::power_is_of_that_slot_only");
        let Some((_, power)) = state.nodes.0.iter_mut().find(|(id, _)| id == slot) else {
            if self.breaks("chassis::a_slot_without_a_machine_is_not_found") {
                return Ok(Outcome::Done(Change::AlreadySo));
            }
            return Err(self.refuse(SET, ErrorKind::NotFound, "no machine is there"));
        };
        if *power == goal && !self.breaks("chassis::already_so_is_told") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        *power = goal;
        if all {
            state.nodes.0.iter_mut().for_each(|(_, power)| *power = goal);
            // And not as it was before either.
            if let Some((_, power)) = state.nodes.0.first_mut() {
                *power = PowerState::Off;
            }
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
}
