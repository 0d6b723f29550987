//! The firmware inventory: every image of every component, under the vendor's names.

use crate::plant::{ComponentView, Part, Server};
use crate::redfish::persona::{RedfishData, id_of};
use crate::redfish::quirks::{Quirk, Quirks};

/// What stands before versions under quirk Q34h.
const PREFIX: &str = "GB200Nvl-";
/// What the management controller is called under quirk Q34f.
const RENAMED: &str = "Bluefield_FW_BMC_0";

/// What an image is to its component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageState {
    Current,
    Previous,
    Staged,
}

/// One image.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) state: ImageState,
    pub(crate) version: String,
    pub(crate) component: ComponentView,
}

/// Names images, and finds them.
#[derive(Debug)]
pub(crate) struct Inventory(pub(crate) Vec<Entry>);

impl Inventory {
    pub(crate) fn of(server: &Server, data: &RedfishData, quirks: Quirks) -> Self {
        let mut entries = Vec::new();
        for component in server.components() {
            let images = [
                (ImageState::Current, Some(component.version.clone())),
                (ImageState::Previous, component.previous.clone()),
                (ImageState::Staged, component.staged.clone()),
            ];
            for (state, version) in images {
                let listed = state != ImageState::Staged || !data.update.states.staged.is_empty();
                if let Some(version) = version.filter(|_| listed) {
                    let id = id(data, quirks, &component, state, &version);
                    let version = match quirks.has(Quirk::VersionPrefix) {
                        true => format!("{PREFIX}{version}"),
                        false => version,
                    };
                    entries.push(Entry { id, state, version, component: component.clone() });
                }
            }
        }
        Self(entries)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.id == id)
    }

    /// The image in force of the first component of a kind.
    pub(crate) fn current(&self, part: Part) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.component.part == part && entry.state == ImageState::Current)
    }
}

fn id(
    data: &RedfishData,
    quirks: Quirks,
    component: &ComponentView,
    state: ImageState,
    version: &str,
) -> String {
    let place = &data.update;
    let word = match state {
        ImageState::Current => &place.states.current,
        ImageState::Previous => &place.states.previous,
        ImageState::Staged => &place.states.staged,
    };
    let renamed = component.part == Part::Bmc && quirks.has(Quirk::BmcRenamed);
    let pattern = if renamed { RENAMED } else { place.ids.of(component.part) };
    let id = id_of(pattern, component.at).replace("{version}", version);
    if id.contains("{state}") { id.replace("{state}", word) } else { format!("{word}{id}") }
}

/// The components in force by the names that the device gives them, for the back door.
pub(crate) fn component_ids(server: &Server) -> Vec<(String, ComponentView)> {
    let persona = &server.spec().persona;
    let Ok(data) = RedfishData::of(persona) else { return Vec::new() };
    let quirks = data.quirks(&persona.quirks);
    let entries = Inventory::of(server, &data, quirks).0.into_iter();
    let current = entries.filter(|entry| entry.state == ImageState::Current);
    current.map(|entry| (entry.id, entry.component)).collect()
}
