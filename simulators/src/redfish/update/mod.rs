//! Firmware over Redfish: the update service, its inventory, and the three ways an image comes in.

mod fetch;
mod inventory;
mod messages;
mod multipart;
mod order;
mod push;
mod tree;

use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use inventory::{Inventory, component_ids};
pub(crate) use order::{action, push_handler};
pub(crate) use push::{Upload, receive, way};
pub(crate) use tree::{active_image, render};

use super::service::Service;

/// Where the update service is.
pub(crate) const SERVICE: &str = "/redfish/v1/UpdateService";

/// How much of the images that come in is held in memory.
#[derive(Debug, Default)]
pub(crate) struct Uploads(AtomicUsize);

impl Uploads {
    /// So many bytes are held now.
    pub(crate) fn saw(&self, held: usize) {
        self.0.fetch_max(held, Ordering::Relaxed);
    }

    /// The most that were ever held at once.
    pub(crate) fn most(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Service {
    /// The largest image that is taken.
    pub(crate) fn most_image_bytes(&self) -> u64 {
        self.server.spec().persona.firmware.largest << 20
    }
}
