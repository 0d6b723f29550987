//! Virtual media: slots whose images the machine sees as drives.
//!
//! - An image is named by its address and not fetched: what it holds makes no difference to anything simulated.
//! - The firmware boots from a kind of medium only while one of that kind is inserted.
use underlay_hal::MediaKind;

use super::{
    BootTarget, MutationKind, Origin, Refusal, Server, ServerSpec, SimTime,
    machine::{Area, Machine},
    queue::Step,
};

/// An image in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Its address.
    pub uri: String,
    /// As what the machine sees it.
    pub kind: MediaKind,
    /// Whether the machine must not write to it.
    pub write_protected: bool,
    /// The user that the controller logs in as where the image is.
    pub user: Option<String>,
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaView {
    /// The image in it.
    pub medium: Option<Medium>,
    /// The image that was in it last, and since when it is no longer; until another comes, or it is cleared.
    pub last: Option<(Medium, SimTime)>,
}

/// Why a slot does not take or give an image. Nothing was changed or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaRefusal {
    /// For a reason that is not media's own.
    Other(Refusal),
    /// There is no such slot.
    NotFound,
    /// Another image is in it.
    Occupied,
    /// It does not look like that to the machine.
    Kind,
}

/// The slots of one machine.
#[derive(Debug)]
pub(super) struct Media(Vec<MediaView>);

impl Media {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        Self(spec.persona.media.iter().map(|_| MediaView { medium: None, last: None }).collect())
    }

    fn holds(&self, kinds: &[MediaKind]) -> bool {
        self.0.iter().filter_map(|slot| slot.medium.as_ref()).any(|medium| kinds.contains(&medium.kind))
    }
}

impl Machine {
    /// Whether the firmware finds something of this kind to boot from.
    pub(super) fn has_boot_target(&self, target: BootTarget) -> bool {
        match target {
            BootTarget::Cd => self.media.holds(&[MediaKind::Cd, MediaKind::Dvd]),
            BootTarget::Usb => self.media.holds(&[MediaKind::Usb]),
            BootTarget::Floppy => self.media.holds(&[MediaKind::Floppy]),
            // No machine here has one.
            BootTarget::BuiltInCd => false,
            _ => true,
        }
    }

    fn insert(
        &mut self,
        step: &Step<'_>,
        at: usize,
        medium: Medium,
        origin: Origin,
    ) -> Result<(), MediaRefusal> {
        self.need_bmc(origin).map_err(MediaRefusal::Other)?;
        let data = self.spec.persona.media.get(at).ok_or(MediaRefusal::NotFound)?;
        if !data.kinds.contains(&medium.kind) {
            return Err(MediaRefusal::Kind);
        }
        let detail = format!("{} in {}", medium.kind.as_str(), data.id);
        let slot = self.media.0.get_mut(at).ok_or(MediaRefusal::NotFound)?;
        if slot.medium.is_some() {
            return Err(MediaRefusal::Occupied);
        }
        *slot = MediaView { medium: Some(medium), last: None };
        self.count(step, origin, MutationKind::Media, detail);
        self.touch(Area::Media);
        Ok(())
    }

    fn eject(&mut self, step: &Step<'_>, at: usize, origin: Origin) -> Result<bool, MediaRefusal> {
        self.need_bmc(origin).map_err(MediaRefusal::Other)?;
        let slot = self.media.0.get_mut(at).ok_or(MediaRefusal::NotFound)?;
        let (medium, last) = (slot.medium.take(), slot.last.take());
        let changed = medium.is_some() || last.is_some();
        slot.last = medium.map(|medium| (medium, step.now));
        if changed {
            self.count(step, origin, MutationKind::Media, "ejected".to_owned());
            self.touch(Area::Media);
        }
        Ok(changed)
    }
}

impl Server {
    /// The slots for virtual media, in the persona's order.
    #[must_use]
    pub fn media(&self) -> Vec<MediaView> {
        self.read(|machine| machine.media.0.clone())
    }

    /// Inserts an image into an empty slot (from 0).
    ///
    /// # Errors
    /// - [`MediaRefusal`].
    pub fn insert_media(&self, at: usize, medium: Medium, origin: Origin) -> Result<(), MediaRefusal> {
        self.act(|machine, step| machine.insert(step, at, medium, origin))
    }

    /// Ejects what is in a slot (from 0); a second time, also forgets what was in it. Whether that changed anything.
    ///
    /// # Errors
    /// - [`MediaRefusal::NotFound`], [`MediaRefusal::Other`].
    pub fn eject_media(&self, at: usize, origin: Origin) -> Result<bool, MediaRefusal> {
        self.act(|machine, step| machine.eject(step, at, origin))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use underlay_rack::{Device, Rack};

    use super::*;
    use crate::{
        persona::PersonaSet,
        plant::{BootOverride, ClockMode, Persistence, Plant, PowerAction},
    };

    fn machine() -> (Plant, Server) {
        let device = Device { name: "n1".to_owned(), ..Device::default() };
        let rack = Rack { name: "test".to_owned(), seed: 7, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
        let server = plant.server("n1").expect("n1");
        (plant, server)
    }

    fn medium(kind: MediaKind) -> Medium {
        Medium { uri: "http://192.0.2.1/x.iso".to_owned(), kind, write_protected: true, user: None }
    }

    fn boot_once(plant: &Plant, server: &Server, target: BootTarget) -> (BootTarget, Option<Persistence>) {
        let once = BootOverride { target, persistence: Persistence::Once, mode: None };
        server.set_boot_override(Some(once), None, Origin::Redfish).expect("accepted");
        server.power(PowerAction::ForceReset, Origin::Redfish).expect("accepted");
        plant.advance(Duration::from_secs(60));
        let record = *server.snapshot().last_boot().expect("a boot");
        assert_eq!(server.snapshot().boot_override, None, "it is used up either way");
        (record.source, record.by_override)
    }

    #[test]
    fn the_firmware_boots_from_media_of_the_kind_that_is_inserted_and_goes_on_otherwise() {
        let (plant, server) = machine();
        let once = Some(Persistence::Once);
        assert_eq!(boot_once(&plant, &server, BootTarget::Cd), (BootTarget::Disk, None));
        server.insert_media(0, medium(MediaKind::Cd), Origin::Redfish).expect("accepted");
        assert_eq!(boot_once(&plant, &server, BootTarget::Cd), (BootTarget::Cd, once));
        assert_eq!(boot_once(&plant, &server, BootTarget::Usb), (BootTarget::Disk, None));
        assert_eq!(boot_once(&plant, &server, BootTarget::BuiltInCd), (BootTarget::Disk, None));
        server.insert_media(1, medium(MediaKind::Usb), Origin::Redfish).expect("accepted");
        assert_eq!(boot_once(&plant, &server, BootTarget::Usb), (BootTarget::Usb, once));
        server.eject_media(0, Origin::Redfish).expect("accepted");
        assert_eq!(boot_once(&plant, &server, BootTarget::Cd), (BootTarget::Disk, None));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_counted() {
        let (_, server) = machine();
        let insert = |at, kind| server.insert_media(at, medium(kind), Origin::Redfish);
        assert_eq!(insert(9, MediaKind::Cd), Err(MediaRefusal::NotFound));
        assert_eq!(insert(0, MediaKind::Floppy), Err(MediaRefusal::Kind));
        assert_eq!(server.eject_media(9, Origin::Redfish), Err(MediaRefusal::NotFound));
        assert_eq!(server.eject_media(0, Origin::Redfish), Ok(false));
        assert_eq!(server.counters().mutations(), 0);
        insert(0, MediaKind::Dvd).expect("accepted");
        assert_eq!(insert(0, MediaKind::Dvd), Err(MediaRefusal::Occupied));
        assert_eq!(server.counters().kind(MutationKind::Media), 1);
    }
}
