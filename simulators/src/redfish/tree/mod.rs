//! The resource tree, made when asked for: a path in, a document out. Nothing is stored.

mod accounts;
mod chassis;
mod hardware;
mod logs;
mod managers;
mod network;
mod power;
mod root;
mod sensors;
mod storage;
mod systems;
pub(crate) mod tasks;
mod thermal;

use std::cell::OnceCell;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::persona::RedfishData;
use super::quirks::{Quirk, Quirks};
use super::reply::{Body, Reply};
use super::service::{self, Service};
use crate::plant::{LogEntry, Reachability, SensorReading, ServerSnapshot, ServerSpec};

pub(crate) use logs::LogUri;
pub(crate) use systems::{boot_enabled, boot_target_name};

/// Where every resource lies under.
pub(crate) const ROOT: &str = "/redfish/v1";

/// The machine at one moment, with what is needed to render any part of it.
pub(crate) struct Scene<'a> {
    pub(crate) service: &'a Service,
    pub(crate) data: &'a RedfishData,
    pub(crate) quirks: Quirks,
    pub(crate) snapshot: ServerSnapshot,
    readings: OnceCell<Vec<SensorReading>>,
    entries: OnceCell<Vec<LogEntry>>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(service: &'a Service) -> Self {
        Self {
            service,
            data: &service.data,
            quirks: service.quirks(),
            snapshot: service.server.snapshot(),
            readings: OnceCell::new(),
            entries: OnceCell::new(),
        }
    }

    pub(crate) fn spec(&self) -> &ServerSpec {
        &self.snapshot.spec
    }

    pub(crate) fn readings(&self) -> &[SensorReading] {
        self.readings.get_or_init(|| self.service.server.sensors())
    }

    pub(crate) fn entries(&self) -> &[LogEntry] {
        self.entries.get_or_init(|| {
            let mut entries = self.service.server.log_entries();
            if self.data.log.newest_first {
                entries.reverse();
            }
            entries
        })
    }

    /// The document at a path with its ETag, or `None` where there is no resource.
    pub(crate) fn document(&self, path: &str) -> Option<Value> {
        let mut document = render(self, path)?;
        let written = self.service.memory().revisions.get(path).copied().unwrap_or(0);
        let revision = written.wrapping_add(self.area_revision(path).rotate_left(32));
        if let Some(tag) = service::tag_for(self.data, self.quirks, &document, revision)
            && let Value::Object(fields) = &mut document
        {
            fields.insert("@odata.etag".into(), tag.into());
        }
        Some(document)
    }

    /// How often the plant changed what a resource stands for, by whatever road.
    fn area_revision(&self, path: &str) -> u64 {
        let revisions = &self.snapshot.revisions;
        match path {
            path if path == self.system() => revisions.system,
            path if path == self.manager() => revisions.manager,
            path if path.starts_with("/redfish/v1/AccountService") => revisions.accounts,
            _ => 0,
        }
    }

    pub(crate) fn system(&self) -> String {
        format!("{ROOT}/Systems/{}", self.data.ids.system)
    }

    pub(crate) fn chassis(&self) -> String {
        format!("{ROOT}/Chassis/{}", self.data.ids.chassis)
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

    /// The beginning of every resource.
    fn resource(&self, path: &str, schema: &str, id: &str, name: &str) -> Map<String, Value> {
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

/// Versions of the schemas this view writes, unless a persona names others: those of the 2023.1 bundle.
const VERSIONS: &[(&str, &str)] = &[
    ("AccountService", "v1_13_0"),
    ("ActionInfo", "v1_3_0"),
    ("Chassis", "v1_23_0"),
    ("ComputerSystem", "v1_20_1"),
    ("Drive", "v1_17_0"),
    ("EnvironmentMetrics", "v1_3_0"),
    ("EthernetInterface", "v1_9_0"),
    ("Fan", "v1_4_0"),
    ("LogEntry", "v1_15_0"),
    ("LogService", "v1_4_0"),
    ("Manager", "v1_18_0"),
    ("ManagerAccount", "v1_10_0"),
    ("ManagerNetworkProtocol", "v1_9_1"),
    ("Memory", "v1_17_1"),
    ("MessageRegistryFile", "v1_1_3"),
    ("NetworkAdapter", "v1_9_0"),
    ("NetworkDeviceFunction", "v1_9_0"),
    ("Port", "v1_9_0"),
    ("Power", "v1_7_1"),
    ("PowerSubsystem", "v1_1_0"),
    ("PowerSupply", "v1_5_1"),
    ("PowerSupplyMetrics", "v1_0_1"),
    ("Processor", "v1_18_0"),
    ("Role", "v1_3_1"),
    ("Sensor", "v1_7_0"),
    ("ServiceRoot", "v1_16_0"),
    ("Session", "v1_6_0"),
    ("SessionService", "v1_1_8"),
    ("Storage", "v1_15_0"),
    ("StorageController", "v1_7_0"),
    ("Task", "v1_7_1"),
    ("TaskService", "v1_2_0"),
    ("Thermal", "v1_7_1"),
    ("ThermalMetrics", "v1_1_0"),
    ("ThermalSubsystem", "v1_2_0"),
];

/// Schemas of the collections, which have no versions.
const COLLECTIONS: &[&str] = &[
    "Chassis",
    "ComputerSystem",
    "Drive",
    "EthernetInterface",
    "Fan",
    "LogEntry",
    "LogService",
    "Manager",
    "ManagerAccount",
    "Memory",
    "MessageRegistryFile",
    "NetworkAdapter",
    "NetworkDeviceFunction",
    "Port",
    "PowerSupply",
    "Processor",
    "Role",
    "Sensor",
    "Session",
    "Storage",
    "StorageController",
    "Task",
    "Volume",
];

fn own_version(schema: &str) -> &'static str {
    VERSIONS.iter().find(|(name, _)| *name == schema).map_or("v1_0_0", |(_, version)| version)
}

/// Puts the fields of an object literal after those of a resource.
fn with(mut fields: Map<String, Value>, more: Value) -> Value {
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Value::Object(fields)
}

/// A collection whose members are references.
fn collection(path: &str, schema: &str, name: &str, ids: impl IntoIterator<Item = String>) -> Value {
    let members: Vec<Value> = ids.into_iter().map(|id| link(&format!("{path}/{id}"))).collect();
    collection_of(path, schema, name, members)
}

/// A collection with the members given.
fn collection_of(path: &str, schema: &str, name: &str, members: Vec<Value>) -> Value {
    let count = members.len();
    json!({
        "@odata.id": path,
        "@odata.type": format!("#{schema}Collection.{schema}Collection"),
        "Name": name,
        "Members@odata.count": count,
        "Members": Value::Array(members),
    })
}

fn link(path: &str) -> Value {
    json!({ "@odata.id": path })
}

/// A date as Redfish writes it.
pub(crate) fn date(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

fn mac(address: [u8; 6]) -> String {
    address.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn ok_status(state: &str) -> Value {
    json!({ "State": state, "Health": "OK" })
}

/// The position of an id made by a pattern.
fn position(pattern: &str, count: usize, id: &str) -> Option<usize> {
    (0..count).find(|position| super::persona::id_of(pattern, *position) == id)
}

fn ids(pattern: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |position| super::persona::id_of(pattern, position))
}

/// Paths that answer without a login (DSP0266, "Authentication requirements for resources").
pub(crate) fn is_public(path: &str) -> bool {
    matches!(path, "/redfish" | "/redfish/v1" | "/redfish/v1/odata" | "/redfish/v1/$metadata")
}

/// Where a POST is a login.
pub(crate) fn is_login(path: &str) -> bool {
    matches!(path, "/redfish/v1/SessionService/Sessions" | "/redfish/v1/SessionService/Sessions/Members")
}

/// What is served and is no resource: the version object, the OData documents, the registry.
pub(crate) fn not_a_resource(scene: &Scene<'_>, path: &str) -> Option<Reply> {
    match path {
        "/redfish" => Some(Reply::document(json!({ "v1": "/redfish/v1/" }))),
        "/redfish/v1/odata" => Some(Reply::document(root::odata(scene))),
        "/redfish/v1/$metadata" => {
            let body = Body::Text("application/xml;charset=utf-8", root::metadata(scene));
            Some(Reply { status: http::StatusCode::OK, headers: Vec::new(), body })
        }
        root::BASE_REGISTRY => Some(Reply::document(super::messages::base_registry())),
        _ => None,
    }
}

/// The document at a path, without its ETag.
fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    let rest = path.strip_prefix(ROOT)?;
    if rest.is_empty() {
        return Some(root::service_root(scene));
    }
    let segments: Vec<&str> = rest.strip_prefix('/')?.split('/').collect();
    match segments.as_slice() {
        ["Systems", rest @ ..] => systems::render(scene, path, rest),
        ["Chassis", rest @ ..] => chassis::render(scene, path, rest),
        ["Managers", rest @ ..] => managers::render(scene, path, rest),
        ["SessionService", rest @ ..] => accounts::sessions(scene, path, rest),
        ["AccountService", rest @ ..] => accounts::accounts(scene, path, rest),
        ["TaskService", rest @ ..] => tasks::render(scene, path, rest),
        ["Registries", rest @ ..] => root::registries(scene, path, rest),
        _ => None,
    }
}
