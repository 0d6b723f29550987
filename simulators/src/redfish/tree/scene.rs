//! What rendering needs: the machine at one moment, the persona and the quirks in force.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::schemas::own_version;
use super::{ROOT, mac, render};
use crate::plant::{
    LogEntry, MediaView, Reachability, SensorReading, Server, ServerSnapshot, ServerSpec, StorageView,
};
use crate::redfish::condition;
use crate::redfish::enclosure;
use crate::redfish::persona::RedfishData;
use crate::redfish::quirks::{Quirk, Quirks};
use crate::redfish::service::Service;

/// The machine at one moment, with what is needed to render any part of it.
pub(crate) struct Scene<'a> {
    pub(crate) service: &'a Service,
    /// The machine that this is about.
    pub(crate) server: &'a Server,
    /// Its slot; 0 for one that stands alone.
    slot: usize,
    pub(crate) data: &'a RedfishData,
    pub(crate) quirks: Quirks,
    pub(crate) snapshot: ServerSnapshot,
    readings: OnceCell<Vec<SensorReading>>,
    entries: OnceCell<Vec<LogEntry>>,
    storage: OnceCell<StorageView>,
    media: OnceCell<Vec<MediaView>>,
}

impl<'a> Scene<'a> {
    /// The machine with the controller.
    pub(crate) fn new(service: &'a Service) -> Self {
        Self::of_slot(service, 0)
    }

    /// The machine that a path belongs to.
    pub(crate) fn at(service: &'a Service, path: &str) -> Self {
        Self::of_slot(service, enclosure::node_of(&service.nodes, path))
    }

    /// The machine in a slot; that with the controller, if there is none.
    pub(crate) fn of_slot(service: &'a Service, slot: usize) -> Self {
        let node = service.nodes.get(slot).filter(|_| slot > 0);
        let (server, data) = node.map_or((&service.server, &service.data), |node| (&node.server, &node.data));
        let mut snapshot = server.snapshot();
        if node.is_none() {
            snapshot.jobs.extend(enclosure::jobs_of_others(&service.nodes));
        }
        Self {
            service,
            server,
            slot: if node.is_some() { slot } else { 0 },
            data,
            quirks: service.quirks(),
            snapshot,
            readings: OnceCell::new(),
            entries: OnceCell::new(),
            storage: OnceCell::new(),
            media: OnceCell::new(),
        }
    }

    /// The scene of another slot, unless this is it.
    pub(crate) fn elsewhere(&self, slot: usize) -> Option<Self> {
        (slot != self.slot).then(|| Self::of_slot(self.service, slot))
    }

    pub(crate) fn spec(&self) -> &ServerSpec {
        &self.snapshot.spec
    }

    pub(crate) fn readings(&self) -> &[SensorReading] {
        self.readings.get_or_init(|| self.server.sensors())
    }

    pub(crate) fn media(&self) -> &[MediaView] {
        self.media.get_or_init(|| self.server.media())
    }

    pub(crate) fn storage(&self) -> &StorageView {
        self.storage.get_or_init(|| self.server.storage())
    }

    pub(crate) fn entries(&self) -> &[LogEntry] {
        self.entries.get_or_init(|| {
            let mut entries = self.server.log_entries();
            if self.data.log.newest_first {
                entries.reverse();
            }
            entries
        })
    }

    /// The document at a path with its ETag, or `None` where there is no resource.
    pub(crate) fn document(&self, path: &str) -> Option<Value> {
        if let Some(home) = self.elsewhere(enclosure::node_of(&self.service.nodes, path)) {
            return home.document(path);
        }
        let mut document = render(self, path)?;
        let empty = document.get("Members").and_then(Value::as_array).is_some_and(Vec::is_empty);
        if empty && self.quirks.has(Quirk::EmptyForNone) {
            document["Members"] = Value::Null;
        }
        let written = self.service.memory().revisions.get(path).copied().unwrap_or(0);
        let revision = written.wrapping_add(self.area_revision(path).rotate_left(32));
        if let Some(tag) = condition::tag_for(self.data, self.quirks, &document, revision)
            && let Value::Object(fields) = &mut document
        {
            // What was applied was applied to what is there now; nothing else changes such a resource.
            if let Some(Value::Object(settings)) = fields.get_mut("@Redfish.Settings")
                && settings.contains_key("Time")
            {
                settings.insert("ETag".into(), tag.clone().into());
            }
            fields.insert("@odata.etag".into(), tag.into());
        }
        Some(document)
    }

    /// How often the plant changed what a resource stands for, by whatever road.
    fn area_revision(&self, path: &str) -> u64 {
        let revisions = &self.snapshot.revisions;
        match path {
            path if path == self.system() => revisions.system,
            path if path.starts_with(&super::boot_options::path(self)) => revisions.system,
            path if super::boot_options::settings_path(self).is_some_and(|own| own == path) => {
                revisions.system
            }
            path if path == self.manager() => revisions.manager,
            path if path.starts_with("/redfish/v1/AccountService") => revisions.accounts,
            path if path.starts_with(&super::bios::path(self)) => revisions.bios,
            path if path.starts_with(&super::secure_boot::path(self)) => revisions.bios,
            path if path.contains("/Storage/") => revisions.storage,
            path if path.starts_with(crate::redfish::update::SERVICE) => revisions.firmware,
            path if path.contains("/VirtualMedia/") => revisions.media,
            _ => 0,
        }
    }

    /// The version of a schema that this service writes.
    pub(crate) fn schema(&self, name: &str) -> &str {
        self.data.schema(name, own_version(name))
    }

    pub(crate) fn system(&self) -> String {
        format!("{ROOT}/Systems/{}", self.data.ids.system)
    }

    pub(crate) fn chassis(&self) -> String {
        format!("{ROOT}/Chassis/{}", self.data.ids.chassis)
    }

    /// The chassis with the power supplies: the enclosure, if the machine is in one.
    pub(crate) fn power_chassis(&self) -> String {
        let id = self.data.enclosure.as_ref().unwrap_or(&self.data.ids.chassis);
        format!("{ROOT}/Chassis/{id}")
    }

    pub(crate) fn manager(&self) -> String {
        format!("{ROOT}/Managers/{}", self.data.ids.manager)
    }

    /// Whether the controller takes requests.
    pub(crate) fn server_up(&self) -> bool {
        self.snapshot.reachability == Reachability::Ready
    }

    /// The reset types that the manager takes.
    pub(crate) fn manager_reset_types(&self) -> Vec<String> {
        if self.quirks.has(Quirk::ManagerGracefulOnly) {
            return vec!["GracefulRestart".to_owned()];
        }
        self.data.manager_reset_types.clone()
    }

    /// The factory resets that the manager takes.
    pub(crate) fn factory_resets(&self) -> Vec<String> {
        self.spec().persona.manager.factory_resets.iter().map(|reset| reset.as_str().to_owned()).collect()
    }

    /// The beginning of every resource.
    pub(crate) fn resource(&self, path: &str, schema: &str, id: &str, name: &str) -> Map<String, Value> {
        let version = self.data.schema(schema, own_version(schema));
        let kind = format!("#{schema}.{version}.{schema}");
        let mut fields = Map::new();
        fields.insert("@odata.id".into(), path.into());
        fields.insert("@odata.type".into(), kind.into());
        fields.insert("Id".into(), id.into());
        fields.insert("Name".into(), name.into());
        if let Some(oem) = self.data.oem.get(schema) {
            let mut oem = oem.clone();
            self.fill(&mut oem);
            fields.insert("Oem".into(), oem);
        }
        fields
    }
}

impl Scene<'_> {
    /// Replaces `{serial}` and `{bmc-mac}` in a persona's Oem objects.
    fn fill(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains('{') => {
                *text = text
                    .replace("{serial}", &self.spec().serial)
                    .replace("{bmc-mac}", &mac(self.spec().bmc_mac));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.fill(field)),
            _ => {}
        }
    }
}
