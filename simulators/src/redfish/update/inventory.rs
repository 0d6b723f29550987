//! The firmware inventory: every image of every component, under the vendor's names.

use crate::plant::{ComponentView, Part, Server};
use crate::redfish::persona::{RedfishData, id_of};
use crate::redfish::quirks::{Quirk, Quirks};
use crate::redfish::service::Service;

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
    /// The slot of the machine that it is of.
    pub(crate) slot: usize,
}

/// Names images, and finds them.
#[derive(Debug)]
pub(crate) struct Inventory(pub(crate) Vec<Entry>);

impl Inventory {
    /// The images of all machines that the service stands for.
    pub(crate) fn of(service: &Service) -> Self {
        let (data, quirks) = (&service.data, service.quirks());
        let all = service.nodes.iter().flat_map(|node| Self::of_machine(&node.server, data, quirks).0);
        Self(all.collect())
    }

    /// The images of one machine, and those of the controller and the enclosure if it is the first.
    fn of_machine(server: &Server, data: &RedfishData, quirks: Quirks) -> Self {
        let mut entries = Vec::new();
        let slot = server.spec().slot.as_ref().filter(|slot| slot.index > 0);
        let shared = |part| matches!(part, Part::Bmc | Part::PowerSupply);
        let components = server.components().into_iter();
        for component in components.filter(|component| slot.is_none() || !shared(component.part)) {
            let images = [
                (ImageState::Current, Some(component.version.clone())),
                (ImageState::Previous, component.previous.clone()),
                (ImageState::Staged, component.staged.clone()),
            ];
            for (state, version) in images {
                let listed = state != ImageState::Staged || !data.update.states.staged.is_empty();
                if let Some(version) = version.filter(|_| listed) {
                    let mut id = id(data, quirks, &component, state, &version);
                    if let Some(slot) = slot {
                        id = format!("{id}_{}", slot.name);
                    }
                    let version = match quirks.has(Quirk::VersionPrefix) {
                        true => format!("{PREFIX}{version}"),
                        false => version,
                    };
                    let component = component.clone();
                    entries.push(Entry { id, state, version, component, slot: server.spec().slot_index() });
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
    let machines = server.enclosure().into_iter();
    let entries = machines.flat_map(|machine| Inventory::of_machine(&machine, &data, quirks).0);
    let current = entries.filter(|entry| entry.state == ImageState::Current);
    current.map(|entry| (entry.id, entry.component)).collect()
}
