//! What is behind storage.
use underlay_conformance::{DriveFact, RaidTruth, VolumeFact};
use underlay_hal::ControllerMode;

use super::ServerTruth;

impl RaidTruth for ServerTruth {
    fn drives(&self) -> Vec<DriveFact> {
        let views = self.server.storage().drives;
        let pairs = self.server.spec().drives.iter().zip(views).filter(|(_, view)| view.present);
        pairs
            .map(|(data, view)| DriveFact {
                serial_number: data.serial.clone(),
                wwn: Some(data.wwn.clone()),
                capacity_bytes: data.bytes,
                usage: view.usage,
            })
            .collect()
    }

    fn volumes(&self) -> Vec<VolumeFact> {
        let drives = &self.server.spec().drives;
        let serial = |at: &usize| drives.get(*at).map(|drive| drive.serial.clone());
        let volumes = self.server.storage().volumes.into_iter();
        volumes
            .map(|volume| VolumeFact {
                name: volume.name,
                level: volume.level,
                capacity_bytes: volume.bytes,
                drives: volume.drives.iter().filter_map(serial).collect(),
            })
            .collect()
    }

    fn clear(&self) {
        self.server.clear_storage();
    }

    /// Of the first controller that knows volumes.
    fn mode(&self) -> Option<ControllerMode> {
        self.server.storage().modes.into_iter().flatten().next()
    }

    fn pull_drive(&self, serial_number: &str) {
        // A serial number that no drive has changes nothing.
        let _ = self.server.pull_drive(serial_number);
    }

    fn make_foreign(&self, serial_number: &str) {
        let _ = self.server.make_foreign(serial_number);
    }
}
