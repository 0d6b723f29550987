//! The resource tree, made when asked for: a path in, a document out. Nothing is stored.

pub(crate) mod accounts;
pub(crate) mod bios;
pub(crate) mod boot_options;
pub(crate) mod certificate_service;
mod certificates;
mod chassis;
mod enclosure;
mod hardware;
mod logs;
pub(crate) mod manager_network;
mod managers;
mod network;
mod power;
mod root;
mod scene;
mod schemas;
pub(crate) mod secure_boot;
mod sensors;
mod storage;
mod systems;
pub(crate) mod tasks;
mod thermal;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::reply::{Body, Reply};

pub(crate) use logs::LogUri;
pub(crate) use scene::Scene;
pub(crate) use storage::{StorageNames, apply_time_support, apply_time_word, hotspare_types, raid};
pub(crate) use systems::{USB_CD, boot_enabled, boot_target, boot_target_name};

/// Where every resource lies under.
pub(crate) const ROOT: &str = "/redfish/v1";

/// Puts the fields of an object literal after those of a resource.
pub(crate) fn with(mut fields: Map<String, Value>, more: Value) -> Value {
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Value::Object(fields)
}

/// A collection whose members are references.
pub(crate) fn collection(
    path: &str,
    schema: &str,
    name: &str,
    ids: impl IntoIterator<Item = String>,
) -> Value {
    let members: Vec<Value> = ids.into_iter().map(|id| link(&format!("{path}/{id}"))).collect();
    collection_of(path, schema, name, members)
}

/// A collection with the members given.
pub(crate) fn collection_of(path: &str, schema: &str, name: &str, members: Vec<Value>) -> Value {
    let count = members.len();
    json!({
        "@odata.id": path,
        "@odata.type": format!("#{schema}Collection.{schema}Collection"),
        "Name": name,
        "Members@odata.count": count,
        "Members": Value::Array(members),
    })
}

pub(crate) fn link(path: &str) -> Value {
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
        _ if let Some(reply) = bios::instead(scene, path) => Some(reply),
        _ if let Some(reply) = secure_boot::instead(scene, path) => Some(reply),
        _ if let Some(registry) = super::registries::at(path) => Some(Reply::document(registry)),
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
    if let Some(document) = bios::render(scene, path) {
        return Some(document);
    }
    if let Some(document) = super::media::render(scene, path).or_else(|| super::oem::render(scene, path)) {
        return Some(document);
    }
    let segments: Vec<&str> = rest.strip_prefix('/')?.split('/').collect();
    match segments.as_slice() {
        ["Systems", rest @ ..] => systems::render(scene, path, rest),
        ["Chassis", rest @ ..] => chassis::render(scene, path, rest),
        ["Managers", rest @ ..] => managers::render(scene, path, rest),
        ["SessionService", rest @ ..] => accounts::sessions(scene, path, rest),
        ["AccountService", rest @ ..] => accounts::accounts(scene, path, rest),
        ["EventService", rest @ ..] => super::events::render(scene, path, rest),
        ["UpdateService", rest @ ..] => super::update::render(scene, path, rest),
        ["CertificateService", rest @ ..] => certificate_service::render(scene, path, rest),
        ["TaskService", rest @ ..] => tasks::render(scene, path, rest),
        ["Registries", rest @ ..] => root::registries(scene, path, rest),
        _ => None,
    }
}
