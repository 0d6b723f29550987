//! What vendors have beyond the standard, each switched on by a persona's `extensions`.
//!
//! Everything here is either made up of what the plant knows, or a switch that this view keeps; a switch that promises
//! an effect has it.

pub(crate) mod dell;
mod hpe;
mod lenovo;
mod supermicro;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::reply::Answer;
use super::tree::Scene;
use super::write::{Call, Handler};

pub(crate) use supermicro::{KcsPrivilege, refused_by_lock};

/// One thing beyond the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Extension {
    /// The job queue, the lifecycle log and the attributes of the manager.
    Dell,
    /// The security dashboard.
    HpeSecurity,
    /// The lock of the system, and what the host may do over KCS.
    SupermicroLockdown,
    /// Whether the host may use KCS.
    LenovoKcs,
}

/// The switches that this view keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    /// Supermicro: configuration and firmware cannot be changed.
    pub(crate) locked: bool,
    /// Supermicro: what the host may do over KCS.
    pub(crate) kcs_privilege: KcsPrivilege,
    /// Lenovo: whether the host may use KCS.
    pub(crate) kcs_enabled: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { locked: false, kcs_privilege: KcsPrivilege::Administrator, kcs_enabled: true }
    }
}

/// The document at a path, if it is one of these.
pub(crate) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    dell::render(scene, path).or_else(|| hpe::render(scene, path)).or_else(|| supermicro::render(scene, path))
}

pub(crate) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let path = format!("/redfish/v1/{}", segments.join("/"));
    match dell::methods(scene, &path) {
        [] => supermicro::methods(scene, &path),
        methods => methods,
    }
}

pub(crate) fn patcher(call: &Call<'_>) -> Option<Handler> {
    dell::patcher(call).or_else(|| supermicro::patcher(call))
}

/// Writes a property of a resource of the standard.
pub(crate) fn property(
    call: &Call<'_>,
    name: &str,
    value: &Value,
) -> Option<Result<(), Vec<super::messages::Message>>> {
    lenovo::property(call, name, value)
}

/// Puts into the manager what these have there.
pub(crate) fn extend_manager(scene: &Scene<'_>, manager: &mut Value) {
    if let Some(links) = dell::manager_links(scene) {
        manager["Links"]["Oem"] = links;
    }
    let own = [hpe::of_manager(scene), supermicro::of_manager(scene), lenovo::of_manager(scene)];
    for (vendor, fields) in own.into_iter().flatten() {
        manager["Oem"][vendor] = fields;
    }
}

/// The only property that a body may have.
fn only<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b Value, Box<super::reply::Reply>> {
    use super::messages::{Key, Message};
    let bad = |key, about: &str| {
        let message = Message::base(key, &[about]).about(about);
        super::reply::Reply::error(http::StatusCode::BAD_REQUEST, &[message])
    };
    if let Some(other) = body.keys().find(|known| *known != name && !known.starts_with('@')) {
        return Err(bad(Key::PropertyUnknown, other));
    }
    body.get(name).ok_or_else(|| bad(Key::PropertyMissing, name))
}

/// A body's only property was written, or there is something to say about it.
fn answer(scene: &Scene<'_>, written: Result<(), Vec<super::messages::Message>>) -> Answer {
    match written {
        Ok(()) => Ok(super::write::written(scene)),
        Err(messages) => Err(super::reply::Reply::error(http::StatusCode::BAD_REQUEST, &messages)),
    }
}
