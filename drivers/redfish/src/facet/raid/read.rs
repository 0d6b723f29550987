//! Reading all storage: the state, and the resources behind it that changes go to.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use underlay_hal::{ControllerId, Cx, DriveId, Error, RaidState, Result, Skipped, VolumeId};

use super::parts::{abilities, controller, drive, settable_modes, tail, volume};
use crate::{
    device::{RedfishDevice, is_fatal},
    json::{Lenient as _, plain},
    resource::{Member, Resource},
    transport::Link,
};

/// One storage with what belongs to it. Volumes belong to the storage, and so a controller stands for it.
#[derive(Debug)]
pub(super) struct Storage {
    /// The controller as a resource of its own, where there is one.
    pub(super) controller: Option<Resource>,
    /// Its collection of volumes.
    pub(super) volumes: Option<Resource>,
}

/// All storage as it was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) state: RaidState,
    pub(super) storages: BTreeMap<ControllerId, Storage>,
    pub(super) drives: BTreeMap<DriveId, Resource>,
    pub(super) volumes: BTreeMap<VolumeId, Resource>,
}

/// Collects; what cannot be read is noted, unless every further call would fail too.
struct Gather<'a> {
    device: &'a RedfishDevice,
    cx: &'a Cx,
    skipped: Vec<Skipped>,
    names: HashSet<String>,
}

impl Gather<'_> {
    fn keep<T>(&mut self, what: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_fatal(&error) => Err(error),
            Err(error) => {
                if self.skipped.len() < 1000 {
                    self.skipped.push(Skipped { what: plain(what, 256), why: error.report() });
                }
                Ok(None)
            }
        }
    }

    async fn members(&mut self, link: &Link) -> Result<Vec<Resource>> {
        let listed = self.device.client.members(self.cx, link).await;
        let members = self.keep(link.as_str(), listed)?.unwrap_or_default();
        self.each(members).await
    }

    async fn each(&mut self, members: Vec<Member>) -> Result<Vec<Resource>> {
        let mut all = Vec::new();
        for member in members {
            let what = member.link().to_string();
            let read = self.device.client.member(self.cx, member).await;
            all.extend(self.keep(&what, read)?);
        }
        Ok(all)
    }

    /// The service's own id; where it gives the same to two things, with its storage before it.
    fn name(&mut self, kind: &str, storage: &str, resource: &Resource) -> String {
        let own = resource.body.text(&["Id"]).unwrap_or_else(|| tail(&resource.link));
        if self.names.insert(format!("{kind}:{own}")) {
            return own;
        }
        let longer = format!("{storage}/{own}");
        self.names.insert(format!("{kind}:{longer}"));
        longer
    }
}

impl RedfishDevice {
    pub(super) async fn observe_raid(&self, cx: &Cx) -> Result<Seen> {
        let collection = self.storage.as_ref().ok_or_else(|| Error::unsupported("raid.read"))?;
        let members = self.client.members(cx, collection).await?;
        let mut gather = Gather { device: self, cx, skipped: Vec::new(), names: HashSet::new() };
        let storages = gather.each(members).await?;
        let (mut controllers, mut drives, mut volumes) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = Seen {
            state: RaidState::new(Vec::new(), Vec::new(), Vec::new()),
            storages: BTreeMap::new(),
            drives: BTreeMap::new(),
            volumes: BTreeMap::new(),
        };
        // Volumes name their members by address.
        let mut names_of: HashMap<Link, DriveId> = HashMap::new();
        for storage in storages {
            let id = gather.name("controller", "", &storage);
            let (own, shown) = self.controller_of(&mut gather, &storage).await?;
            let links = self.client.linked_all(&storage.body, &["Drives"]);
            for resource in gather.each(links.into_iter().map(Member::Link).collect()).await? {
                if !resource.body.is_present() {
                    continue;
                }
                let name = gather.name("drive", &id, &resource);
                let part = drive(&name, &id, &resource.body);
                names_of.insert(resource.link.clone(), part.id.clone());
                seen.drives.insert(part.id.clone(), resource);
                drives.push(part);
            }
            let mut may_create = false;
            let mut place = None;
            if let Ok(link) = self.client.linked(&storage.body, &["Volumes"]) {
                let read = self.client.get_with_methods(cx, &link).await;
                if let Some((resource, methods)) = gather.keep(link.as_str(), read)? {
                    let none_supported =
                        shown.get("SupportedRAIDTypes").is_some_and(|v| v == &Value::Array(Vec::new()));
                    may_create = methods.is_none_or(|methods| methods.contains("POST")) && !none_supported;
                    place = Some(resource);
                }
                for resource in gather.members(&link).await? {
                    let name = gather.name("volume", &id, &resource);
                    let Some(mut part) = volume(&name, &id, &resource.body) else { continue };
                    let named = |path: &[&str]| -> Vec<DriveId> {
                        let links = self.client.linked_all(&resource.body, path);
                        links.iter().filter_map(|link| names_of.get(link).cloned()).collect()
                    };
                    part.drives = named(&["Links", "Drives"]);
                    part.spares = named(&["Links", "DedicatedSpareDrives"]);
                    seen.volumes.insert(part.id.clone(), resource);
                    volumes.push(part);
                }
            }
            let mut part = controller(&id, &shown);
            part.abilities = abilities(&shown, place.as_ref().map(|place| &place.body), may_create);
            let mine = |drive: &&underlay_hal::RaidDrive| drive.controller.as_str() == id;
            let spares = drives.iter().filter(mine).filter_map(|drive| seen.drives.get(&drive.id));
            let takes_spares =
                may_create && spares.clone().any(|drive| drive.body.get("HotspareType").is_some());
            part.abilities.global_spares = takes_spares;
            part.abilities.dedicated_spares = takes_spares;
            part.abilities.modes = own.as_ref().map(|own| settable_modes(&own.body)).unwrap_or_default();
            part.abilities.clear_foreign = self.oem_raid.is_some() && may_create;
            seen.storages.insert(part.id.clone(), Storage { controller: own, volumes: place });
            controllers.push(part);
        }
        seen.state = RaidState::new(controllers, drives, volumes);
        seen.state.skipped = gather.skipped;
        Ok(seen)
    }

    /// The first controller: as a resource of its own, or the one written into the storage; and what it tells.
    async fn controller_of(
        &self,
        gather: &mut Gather<'_>,
        storage: &Resource,
    ) -> Result<(Option<Resource>, Value)> {
        if let Ok(link) = self.client.linked(&storage.body, &["Controllers"]) {
            let first = gather.members(&link).await?.into_iter().next();
            if let Some(first) = first {
                let shown = first.body.clone();
                return Ok((Some(first), shown));
            }
        }
        let written = storage.body.list(&["StorageControllers"]).first().cloned();
        Ok((None, written.unwrap_or_else(|| storage.body.clone())))
    }
}
