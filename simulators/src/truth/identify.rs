//! The identify light as it is.
use underlay_conformance::IdentifyTruth;

use super::ServerTruth;
use crate::plant::Identify;

impl IdentifyTruth for ServerTruth {
    fn is_lit(&self) -> bool {
        self.server.snapshot().identify != Identify::Off
    }
}
