//! Virtual media over Redfish: slots, and what each service demands of those who use them.

mod act;
mod read;
mod tree;

pub(crate) use act::{action, methods, patcher};
pub(crate) use tree::{collection_path, render};

use serde::Deserialize;
use underlay_hal::MediaKind;

use super::persona::LogOwner;
use super::quirks::Quirk;
use super::tree::Scene;
use crate::persona::MediaData;
use crate::plant::MediaView;

/// `[redfish.media]`: where the slots are.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct MediaPlace {
    /// Whose slots they are: older services have them under the manager.
    pub(crate) owner: LogOwner,
}

impl Default for MediaPlace {
    fn default() -> Self {
        Self { owner: LogOwner::System }
    }
}

/// How a slot is used from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// By the actions.
    Actions,
    /// By PATCH; there are no actions (Q29a).
    Patch,
    /// By PATCH; the actions are advertised and not served (Q39).
    PatchInstead,
    /// Not at all: it takes only files that are sent to it (Q29c).
    Uploads,
    /// Not at all: it serves a network block device (Q35b).
    Nbd,
    /// Not at all: it is the service's own, and says 400 (Q36b).
    Internal,
    /// Not at all: it is the service's own, and says 405 (Q36c).
    Closed,
}

/// A slot with everything about it.
struct Slot<'a> {
    at: usize,
    data: &'a MediaData,
    view: &'a MediaView,
    usage: Use,
}

/// How the slot at this place is used.
fn usage(scene: &Scene<'_>, at: usize) -> Use {
    let quirks = scene.quirks;
    let first = [
        (Quirk::UploadOnlySlot, Use::Uploads),
        (Quirk::NbdSlot, Use::Nbd),
        (Quirk::InternalSlot, Use::Internal),
        (Quirk::ClosedSlot, Use::Closed),
    ];
    if let Some((_, usage)) = first.into_iter().find(|(quirk, _)| at == 0 && quirks.has(*quirk)) {
        return usage;
    }
    if quirks.has(Quirk::NoMediaActions) {
        return Use::Patch;
    }
    if quirks.has(Quirk::MediaActionsMissing) { Use::PatchInstead } else { Use::Actions }
}

/// The slot whose resource has this path.
fn slot_at<'a>(scene: &'a Scene<'_>, path: &str) -> Option<Slot<'a>> {
    let id = path.strip_prefix(&collection_path(scene)?)?.strip_prefix('/')?;
    let slots = &scene.spec().persona.media;
    let (at, data) = slots.iter().enumerate().find(|(_, data)| data.id == id)?;
    Some(Slot { at, data, view: scene.media().get(at)?, usage: usage(scene, at) })
}

/// `MediaTypes` of a kind.
fn word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Cd => "CD",
        MediaKind::Dvd => "DVD",
        MediaKind::Usb => "USBStick",
        _ => "Floppy",
    }
}
