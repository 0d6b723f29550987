//! One vendor's own resources: manager attributes that set the boot device, the job queue, the lifecycle log.

mod attributes;

use http::Method;
use serde_json::{Value, json};

use super::quirks::Quirk;
use super::tree::{Scene, link};
use super::write::{Call, Handler};

/// The document at a path below the manager, if it is one of these.
pub(crate) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    if attributes::is_at(scene, path) { Some(attributes::render(scene, path)) } else { None }
}

pub(crate) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let path = format!("/redfish/v1/{}", segments.join("/"));
    if attributes::is_at(scene, &path) { &[Method::PATCH] } else { &[] }
}

pub(crate) fn patcher(call: &Call<'_>) -> Option<Handler> {
    attributes::is_at(call.scene, call.path).then_some(attributes::patch)
}

/// Whether the machine has manager attributes of this vendor.
fn has_attributes(scene: &Scene<'_>) -> bool {
    scene.data.dell || scene.quirks.has(Quirk::NoVirtualCdByOverride)
}

/// What the manager's `Links.Oem` holds of these.
pub(crate) fn manager_links(scene: &Scene<'_>) -> Option<Value> {
    has_attributes(scene).then(|| {
        json!({ "Dell": {
            "@odata.type": "#DellOem.v1_3_0.DellOemLinks",
            "DellAttributes": [link(&attributes::path(scene))],
            "DellAttributes@odata.count": 1,
        }})
    })
}
