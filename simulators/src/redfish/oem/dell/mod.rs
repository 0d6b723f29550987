//! One vendor's own resources: the job queue, the lifecycle log, manager attributes, and the explicit steps of storage.

mod attributes;
mod jobs;
mod lifecycle;
mod raid;

use http::Method;
use serde_json::{Map, Value, json};

use crate::redfish::oem::Extension;
use crate::redfish::quirks::Quirk;
use crate::redfish::tree::{Scene, link};
use crate::redfish::write::{Call, Handler};

pub(crate) use jobs::{job_name, job_of, job_path};
pub(crate) use lifecycle::{is_ready, is_real_time_ready};
pub(crate) use raid::{controller_oem, drive_oem, system_links};

/// The id of the lifecycle log.
pub(crate) const LIFECYCLE_LOG: &str = "Lclog";

/// The document at a path, if it is one of these.
pub(crate) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if attributes::is_at(scene, path) {
        return Some(attributes::render(scene, path));
    }
    if !path.contains("/Oem/Dell/") && !path.ends_with("/Settings") && !path.contains(LIFECYCLE_LOG) {
        return None;
    }
    let queue = if scene.data.extends(Extension::Dell) { jobs::render(scene, path) } else { None };
    queue.or_else(|| lifecycle::render(scene, path)).or_else(|| raid::render(scene, path))
}

pub(crate) fn methods(scene: &Scene<'_>, path: &str) -> &'static [Method] {
    if attributes::is_at(scene, path) {
        return &[Method::PATCH];
    }
    if job_of(scene, path).is_some() {
        return &[Method::DELETE];
    }
    raid::methods(scene, path)
}

pub(crate) fn patcher(call: &Call<'_>) -> Option<Handler> {
    if attributes::is_at(call.scene, call.path) { Some(attributes::patch) } else { raid::patcher(call) }
}

pub(crate) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let queue = if scene.data.extends(Extension::Dell) { jobs::action(scene, owner, action) } else { None };
    queue.or_else(|| lifecycle::action(scene, owner, action)).or_else(|| raid::action(scene, owner, action))
}

/// Whether the machine has manager attributes of this vendor.
fn has_attributes(scene: &Scene<'_>) -> bool {
    scene.data.extends(Extension::Dell) || scene.quirks.has(Quirk::NoVirtualCdByOverride)
}

/// What the manager's `Links.Oem` holds of these.
pub(crate) fn manager_links(scene: &Scene<'_>) -> Option<Value> {
    let mut links = Map::new();
    if has_attributes(scene) {
        links.insert("DellAttributes".into(), json!([link(&attributes::path(scene))]));
        links.insert("DellAttributes@odata.count".into(), 1.into());
    }
    if scene.data.extends(Extension::Dell) {
        links.extend(jobs::paths(scene).map(|(name, path)| (name.to_owned(), link(&path))));
    }
    if let Some(service) = lifecycle::service_path(scene) {
        links.insert("DellLCService".into(), link(&service));
    }
    if links.is_empty() {
        return None;
    }
    links.insert("@odata.type".into(), "#DellOem.v1_3_0.DellOemLinks".into());
    Some(json!({ "Dell": links }))
}
