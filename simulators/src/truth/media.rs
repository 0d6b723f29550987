//! What is behind virtual media.
use underlay_conformance::VirtualMediaTruth;
use underlay_hal::MediaKind;

use super::ServerTruth;

impl VirtualMediaTruth for ServerTruth {
    fn inserted(&self) -> Vec<(MediaKind, String)> {
        let media = self.server.media().into_iter().filter_map(|slot| slot.medium);
        media.map(|medium| (medium.kind, medium.uri)).collect()
    }

    /// Any address will do: what an image holds makes no difference to anything simulated.
    fn image_uri(&self) -> String {
        "http://192.0.2.10/images/rescue.iso".to_owned()
    }
}
