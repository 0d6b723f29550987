//! Storage through the handle of a machine.
use underlay_hal::ApplyTime;

use super::{SpareFor, StorageRefusal, StorageView, StorageWork};
use crate::plant::{Origin, Refusal, Server};

impl Server {
    /// Controllers, drives and volumes, at one moment.
    #[must_use]
    pub fn storage(&self) -> StorageView {
        self.plant.read(|world, now| world.machine(self.index).storage_view(now))
    }

    /// Asks a controller for work, at once or with the host's next self test; gives the job's id.
    ///
    /// - Changes of mode always wait for the self test.
    ///
    /// # Errors
    /// - [`StorageRefusal`]; nothing was changed or counted.
    pub fn ask_storage(
        &self,
        name: &str,
        work: StorageWork,
        when: ApplyTime,
        origin: Origin,
    ) -> Result<u32, StorageRefusal> {
        self.act(|machine, step| machine.ask_storage(step, name.to_owned(), work, when, origin))
    }

    /// Makes a free drive a spare, or frees a spare, at once.
    ///
    /// # Errors
    /// - [`StorageRefusal`].
    pub fn set_spare(&self, drive: usize, to: SpareFor, origin: Origin) -> Result<(), StorageRefusal> {
        self.act(|machine, step| machine.set_spare(step, drive, to, origin))
    }

    // ── For tests ────────────────────────────────────────────────────────────────────────────

    /// Takes a drive out of its bay: its volumes are degraded or lost, and a spare steps in where there is one.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no drive of that serial number.
    pub fn pull_drive(&self, serial: &str) -> Result<(), Refusal> {
        let drive = self.drive_of(serial)?;
        self.act(|machine, step| machine.pull_drive(step, drive));
        Ok(())
    }

    /// Puts a drive back; what it held of a volume is foreign now.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no drive of that serial number.
    pub fn insert_drive(&self, serial: &str) -> Result<(), Refusal> {
        let drive = self.drive_of(serial)?;
        self.act(|machine, step| machine.insert_drive(step, drive));
        Ok(())
    }

    /// Puts the configuration of another controller on a drive.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no drive of that serial number.
    pub fn make_foreign(&self, serial: &str) -> Result<(), Refusal> {
        let drive = self.drive_of(serial)?;
        self.act(|machine, _| machine.make_foreign(drive));
        Ok(())
    }

    /// Has a drive predict its failure, or not any more.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no drive of that serial number.
    pub fn predict_failure(&self, serial: &str, predicted: bool) -> Result<(), Refusal> {
        let drive = self.drive_of(serial)?;
        self.act(|machine, step| machine.predict_failure(step, drive, predicted));
        Ok(())
    }

    /// No volumes, every drive in its bay and free, controllers in their first mode, no storage work under way.
    pub fn clear_storage(&self) {
        self.act(|machine, step| machine.clear_storage(step));
    }

    fn drive_of(&self, serial: &str) -> Result<usize, Refusal> {
        self.spec.drives.iter().position(|drive| drive.serial == serial).ok_or(Refusal::NotFound)
    }
}
