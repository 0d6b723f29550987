//! The boot order as it is.
use underlay_conformance::BootOrderTruth;
use underlay_hal::BootOptionId;

use super::ServerTruth;
use crate::redfish;

impl BootOrderTruth for ServerTruth {
    fn order(&self) -> Vec<BootOptionId> {
        redfish::boot_order_names(&self.server).into_iter().map(BootOptionId::from).collect()
    }
}
