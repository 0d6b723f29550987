//! Firmware: which parts have which version, and how that changes.
//!
//! - The management controller is written while it works, and restarts for its new version.
//! - The system firmware is written in the host's next self test, and no earlier.
//! - One update runs at a time.

mod image;
mod server;
mod update;

#[cfg(test)]
mod tests;

use super::ServerSpec;

pub use image::{BadImage, ImageInfo, ImageReader, header, image};
pub use server::Upload;
pub use update::{FirmwareWork, Restart, Update, UpdateRefusal};

/// A kind of part that has firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The management controller.
    Bmc,
    /// The system firmware.
    Bios,
    /// A storage controller.
    Controller,
    /// A network adapter.
    Nic,
    /// A power supply.
    PowerSupply,
    /// A drive.
    Drive,
}

impl Part {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Bmc, Self::Bios, Self::Controller, Self::Nic, Self::PowerSupply, Self::Drive];

    /// The word for it in images.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bmc => "bmc",
            Self::Bios => "bios",
            Self::Controller => "controller",
            Self::Nic => "nic",
            Self::PowerSupply => "power-supply",
            Self::Drive => "drive",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }
}

/// A part of a machine and the firmware on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentView {
    /// What it is.
    pub part: Part,
    /// Which one of its kind, from 0.
    pub at: usize,
    /// Its model; images are for models.
    pub model: String,
    /// Who made it.
    pub manufacturer: String,
    /// The version in force.
    pub version: String,
    /// The version before, where that image is kept.
    pub previous: Option<String>,
    /// The version that waits for the next self test.
    pub staged: Option<String>,
}

#[derive(Debug)]
pub(super) struct Firmware {
    /// As views show them, without what is staged.
    components: Vec<ComponentView>,
    /// Bytes of images that have come in.
    received: u64,
    /// An image is coming in.
    receiving: bool,
}

impl Firmware {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        Self { components: components(spec), received: 0, receiving: false }
    }

    /// The version in force of the first part of a kind.
    fn version(&self, part: Part) -> &str {
        self.components.iter().find(|known| known.part == part).map_or("", |known| known.version.as_str())
    }
}

fn components(spec: &ServerSpec) -> Vec<ComponentView> {
    let persona = &spec.persona;
    let component = |part, at, manufacturer: &str, model: &str, version: &str| ComponentView {
        part,
        at,
        model: model.to_owned(),
        manufacturer: manufacturer.to_owned(),
        version: version.to_owned(),
        previous: None,
        staged: None,
    };
    let maker = &persona.manufacturer;
    let mut all = vec![
        component(Part::Bmc, 0, maker, &persona.bmc.model, &persona.bmc.firmware),
        component(Part::Bios, 0, maker, &persona.model, &persona.bios_version),
    ];
    all.extend(spec.controllers.iter().enumerate().map(|(at, controller)| {
        let data = &controller.data;
        component(Part::Controller, at, &data.manufacturer, &data.model, &data.firmware)
    }));
    // Equal neighbours are ports of one adapter.
    let mut nics = spec.nics.clone();
    nics.dedup_by(|a, b| a.model == b.model && a.manufacturer == b.manufacturer);
    all.extend(
        nics.iter()
            .enumerate()
            .map(|(at, nic)| component(Part::Nic, at, &nic.manufacturer, &nic.model, &nic.firmware)),
    );
    let supply = &spec.power_supplies;
    all.extend(
        (0..supply.count as usize).map(|at| {
            component(Part::PowerSupply, at, &supply.manufacturer, &supply.model, &supply.firmware)
        }),
    );
    all.extend(
        spec.drives.iter().enumerate().map(|(at, drive)| {
            component(Part::Drive, at, &drive.manufacturer, &drive.model, &drive.firmware)
        }),
    );
    all
}
