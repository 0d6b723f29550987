//! Paths and ids of storage, by the persona's patterns.

use crate::plant::{ServerSpec, VolumeView};
use crate::redfish::persona::{RedfishData, id_of};
use crate::redfish::tree::Scene;

/// Names things of storage, and finds them by name.
pub(crate) struct StorageNames<'a> {
    data: &'a RedfishData,
    spec: &'a ServerSpec,
    /// The path of the storage collection.
    base: String,
}

impl<'a> StorageNames<'a> {
    pub(crate) fn of(scene: &'a Scene<'_>) -> Self {
        Self { data: scene.data, spec: scene.spec(), base: format!("{}/Storage", scene.system()) }
    }

    /// Subsystems: one for each controller, and one for drives that have none.
    fn count(&self) -> usize {
        self.spec.controllers.len().max(1)
    }

    pub(crate) fn storage(&self, at: usize) -> String {
        let first = &self.data.ids.storage;
        match at.checked_sub(1) {
            None => first.clone(),
            Some(more) => {
                let named = self.data.storage.more_ids.get(more).cloned();
                named.unwrap_or_else(|| format!("{first}-{}", at + 1))
            }
        }
    }

    pub(crate) fn storages(&self) -> impl Iterator<Item = String> {
        (0..self.count()).map(|at| self.storage(at))
    }

    pub(crate) fn storage_at(&self, id: &str) -> Option<usize> {
        (0..self.count()).find(|at| self.storage(*at) == id)
    }

    pub(crate) fn storage_path(&self, at: usize) -> String {
        format!("{}/{}", self.base, self.storage(at))
    }

    /// The subsystem whose collection of volumes, or a resource below it, has this path; with what follows.
    pub(crate) fn volumes_at<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (at, rest) = self.below(path)?;
        let rest = rest.strip_prefix("Volumes")?;
        Some((at, rest.strip_prefix('/').unwrap_or(rest)))
    }

    /// The subsystem that a path lies below, with what follows.
    fn below<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (id, rest) = path.strip_prefix(&self.base)?.strip_prefix('/')?.split_once('/')?;
        Some((self.storage_at(id)?, rest))
    }

    pub(crate) fn controller(&self, at: usize) -> String {
        id_of(&self.data.ids.controller, 0).replace("{storage}", &self.storage(at))
    }

    /// The controller of a path.
    pub(crate) fn controller_of(&self, path: &str) -> Option<usize> {
        let (at, rest) = self.below(path)?;
        (rest.strip_prefix("Controllers/")? == self.controller(at)).then_some(at)
    }

    pub(crate) fn drive(&self, drive: usize) -> String {
        let at = self.spec.drives.get(drive).map_or(0, |data| data.controller);
        id_of(&self.data.ids.drive, drive).replace("{storage}", &self.storage(at))
    }

    pub(crate) fn drive_path(&self, drive: usize) -> String {
        let at = self.spec.drives.get(drive).map_or(0, |data| data.controller);
        format!("{}/Drives/{}", self.storage_path(at), self.drive(drive))
    }

    /// The drive of that id behind a controller.
    pub(crate) fn drive_at(&self, at: usize, id: &str) -> Option<usize> {
        let drives = self.spec.drives.iter().enumerate().filter(|(_, data)| data.controller == at);
        drives.map(|(drive, _)| drive).find(|drive| self.drive(*drive) == id)
    }

    /// The drive of a path.
    pub(crate) fn drive_of(&self, path: &str) -> Option<usize> {
        let (at, rest) = self.below(path)?;
        self.drive_at(at, rest.strip_prefix("Drives/")?)
    }

    pub(crate) fn volume(&self, volume: &VolumeView) -> String {
        let number = volume.id.to_string();
        self.data
            .storage
            .volume_id
            .replace("{n}", &number)
            .replace("{storage}", &self.storage(volume.controller))
    }

    pub(crate) fn volume_path(&self, volume: &VolumeView) -> String {
        format!("{}/Volumes/{}", self.storage_path(volume.controller), self.volume(volume))
    }
}
