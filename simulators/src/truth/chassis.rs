//! What is behind an enclosure.
use underlay_conformance::{ChassisTruth, Truth};
use underlay_hal::{PowerState, SlotId};

use super::ServerTruth;

impl ChassisTruth for ServerTruth {
    fn machines(&self) -> Vec<(SlotId, PowerState)> {
        let nodes = self.server.enclosure().into_iter();
        let in_slot = |node: crate::plant::Server| {
            let slot = SlotId::from(node.spec().slot.as_ref()?.name.clone());
            Some((slot, Self::new(node).power()))
        };
        nodes.filter_map(in_slot).collect()
    }
}
