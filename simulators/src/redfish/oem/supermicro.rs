//! Supermicro: the lock of the system, and what the host may do to the controller over KCS.
//!
//! Source: recorded SYS-821GE (`SysLockdown.v1_0_0`, `KCSInterface.v1_1_0`).

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Extension, answer, only};
use crate::plant::MutationKind;
use crate::redfish::ORIGIN;
use crate::redfish::messages::Key;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::vendor_or;
use crate::redfish::tree::{Scene, link, with};
use crate::redfish::update;
use crate::redfish::write::{Call, Handler, not_listed, wrong_type};

const LOCK: &str = "SysLockdown";
const LOCKED: &str = "SysLockdownEnabled";
const KCS: &str = "KCSInterface";
const PRIVILEGE: &str = "Privilege";

/// What the host may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KcsPrivilege {
    Administrator,
    Operator,
    User,
    Callback,
}

const PRIVILEGES: [(KcsPrivilege, &str); 4] = [
    (KcsPrivilege::Administrator, "Administrator"),
    (KcsPrivilege::Operator, "Operator"),
    (KcsPrivilege::User, "User"),
    (KcsPrivilege::Callback, "Callback"),
];

fn at(scene: &Scene<'_>, name: &str) -> String {
    format!("{}/Oem/Supermicro/{name}", scene.manager())
}

fn has_kcs(scene: &Scene<'_>) -> bool {
    !scene.quirks.has(Quirk::NoKcsInterface)
}

/// Which of the two a path is.
fn is_at(scene: &Scene<'_>, path: &str) -> Option<&'static str> {
    let extended = scene.data.extends(Extension::SupermicroLockdown);
    let served = if has_kcs(scene) { [LOCK, KCS].as_slice() } else { &[LOCK] };
    served.iter().copied().find(|name| extended && path == at(scene, name))
}

pub(super) fn of_manager(scene: &Scene<'_>) -> Option<(&'static str, Value)> {
    scene.data.extends(Extension::SupermicroLockdown).then(|| {
        let kind = "#SmcManagerExtensions.v1_0_0.Manager";
        let mut fields = json!({ "@odata.type": kind, LOCK: link(&at(scene, LOCK)) });
        if has_kcs(scene) {
            fields[KCS] = link(&at(scene, KCS));
        }
        ("Supermicro", fields)
    })
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    let name = is_at(scene, path)?;
    let switches = scene.service.memory().switches;
    if name == LOCK {
        return Some(with(scene.resource(path, LOCK, LOCK, LOCK), json!({ LOCKED: switches.locked })));
    }
    let word = PRIVILEGES.iter().find(|(known, _)| *known == switches.kcs_privilege).map(|(_, word)| *word);
    Some(with(scene.resource(path, KCS, "KCS Interface", "KCS Interface"), json!({ PRIVILEGE: word })))
}

pub(super) fn methods(scene: &Scene<'_>, path: &str) -> &'static [Method] {
    const PATCH: &[Method] = &[Method::PATCH];
    is_at(scene, path).map_or(&[], |_| PATCH)
}

pub(super) fn patcher(call: &Call<'_>) -> Option<Handler> {
    is_at(call.scene, call.path).map(|name| if name == LOCK { lock as Handler } else { kcs })
}

fn lock(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let asked = only(body, LOCKED)?;
    let written = asked.as_bool().ok_or_else(|| wrong_type(LOCKED, asked)).map(|locked| {
        call.service.memory().switches.locked = locked;
        call.service.server.count(ORIGIN, MutationKind::Setting, LOCKED);
    });
    answer(call.scene, written)
}

fn kcs(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let asked = only(body, PRIVILEGE)?;
    let known =
        |word: &str| PRIVILEGES.iter().find(|(_, known)| *known == word).map(|(privilege, _)| *privilege);
    let privilege = match asked.as_str() {
        Some(word) => known(word).ok_or_else(|| not_listed(PRIVILEGE, word)),
        None => Err(wrong_type(PRIVILEGE, asked)),
    };
    let written = privilege.map(|privilege| {
        call.service.memory().switches.kcs_privilege = privilege;
        call.service.server.count(ORIGIN, MutationKind::Setting, PRIVILEGE);
    });
    answer(call.scene, written)
}

/// The refusal of a change, while the system is locked: of firmware's settings and keys, of storage, of images and of
/// the controller's own configuration. Power, logs, sessions, media and the lock itself go on.
pub(crate) fn refused_by_lock(scene: &Scene<'_>, path: &str) -> Option<Box<Reply>> {
    let unlocked =
        !scene.data.extends(Extension::SupermicroLockdown) || !scene.service.memory().switches.locked;
    if unlocked || is_at(scene, path) == Some(LOCK) {
        return None;
    }
    let system = scene.system();
    let guarded = [
        format!("{system}/Bios"),
        format!("{system}/SecureBoot"),
        format!("{system}/Storage"),
        update::SERVICE.to_owned(),
        format!("{}/NetworkProtocol", scene.manager()),
        format!("{}/EthernetInterfaces", scene.manager()),
        format!("{}/Oem/", scene.manager()),
        format!("{}/Actions/Manager.ResetToDefaults", scene.manager()),
    ];
    guarded.iter().any(|guarded| path.starts_with(guarded.as_str())).then(|| {
        let text = "The system is locked down: its configuration and its firmware cannot be changed.";
        let message = vendor_or(scene.data.messages.locked_down.as_ref(), text, Key::GeneralError);
        Reply::error(StatusCode::FORBIDDEN, &[message])
    })
}
