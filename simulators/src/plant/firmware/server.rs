//! Firmware through the handle of a machine.
use super::{ComponentView, Part, Update, UpdateRefusal};
use crate::plant::{Origin, Server};

/// An image that is coming in; nobody else may send one until this is dropped.
#[derive(Debug)]
pub struct Upload {
    server: Server,
}

impl Upload {
    /// So many bytes more have come in.
    pub fn received(&self, bytes: u64) {
        self.server.act(|machine, _| machine.firmware.received += bytes);
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.server.act(|machine, _| machine.firmware.receiving = false);
    }
}

impl Server {
    /// The parts that have firmware, at one moment.
    #[must_use]
    pub fn components(&self) -> Vec<ComponentView> {
        self.read(super::super::machine::Machine::components)
    }

    /// The version in force of the management controller.
    #[must_use]
    pub fn bmc_version(&self) -> String {
        self.read(|machine| machine.firmware.version(Part::Bmc).to_owned())
    }

    /// The version in force of the system firmware.
    #[must_use]
    pub fn bios_version(&self) -> String {
        self.read(|machine| machine.firmware.version(Part::Bios).to_owned())
    }

    /// Major and minor version of the management controller, as Get Device ID gives them: the persona's, or the first
    /// two numbers of the version that an update brought.
    #[must_use]
    pub fn ipmi_firmware(&self) -> [u8; 2] {
        let (version, data) = (self.bmc_version(), &self.spec.persona.bmc);
        if version == data.firmware {
            return data.ipmi_firmware;
        }
        let mut numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) => [major, minor],
            _ => data.ipmi_firmware,
        }
    }

    /// An image begins to come in.
    ///
    /// # Errors
    /// - [`UpdateRefusal::Busy`], or [`UpdateRefusal::Other`].
    pub fn begin_upload(&self, origin: Origin) -> Result<Upload, UpdateRefusal> {
        self.act(|machine, _| {
            machine.may_update(origin)?;
            machine.firmware.receiving = true;
            Ok(Upload { server: self.clone() })
        })
    }

    /// Takes an image that has come in; gives the id of the job that writes it.
    ///
    /// # Errors
    /// - [`UpdateRefusal`]; nothing was changed or counted.
    pub fn update_firmware(&self, update: &Update, origin: Origin) -> Result<u32, UpdateRefusal> {
        self.act(|machine, step| machine.update(step, update, origin))
    }

    /// Begins to fetch an image; the job goes on until [`Server::fetched`] says how that went.
    ///
    /// # Errors
    /// - [`UpdateRefusal::Busy`], or [`UpdateRefusal::Other`].
    pub fn begin_fetch(&self, origin: Origin) -> Result<u32, UpdateRefusal> {
        self.act(|machine, step| machine.begin_fetch(step, origin))
    }

    /// So many bytes more have been fetched; `false` if nobody waits for them any more.
    #[must_use]
    pub fn fetching(&self, job: u32, bytes: u64) -> bool {
        self.act(|machine, _| {
            machine.firmware.received += bytes;
            machine.jobs.open().any(|open| open.id == job)
        })
    }

    /// The image of a job has come in, or could not be fetched, in words: the same job goes on or fails.
    pub fn fetched(&self, job: u32, update: Result<&Update, &str>) {
        self.act(|machine, step| machine.fetched(step, job, update));
    }

    // ── For tests ────────────────────────────────────────────────────────────────────────────

    /// Bytes of images that have come in so far.
    #[must_use]
    pub fn firmware_bytes(&self) -> u64 {
        self.read(|machine| machine.firmware.received)
    }
}
