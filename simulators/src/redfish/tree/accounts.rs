//! Accounts, roles and sessions.

use serde_json::{Value, json};

use super::{Scene, collection, date, link, with};
use crate::plant::{AccountView, Role};
use crate::redfish::quirks::{Quirk, Quirks};

/// The collection of accounts.
pub(crate) const ACCOUNTS: &str = "/redfish/v1/AccountService/Accounts";

/// A role's name and what it may do (DSP0266, "Predefined roles").
const ROLES: &[(Role, &str, &[&str])] = &[
    (
        Role::Administrator,
        "Administrator",
        &["Login", "ConfigureManager", "ConfigureUsers", "ConfigureSelf", "ConfigureComponents"],
    ),
    (Role::Operator, "Operator", &["Login", "ConfigureSelf", "ConfigureComponents"]),
    (Role::ReadOnly, "ReadOnly", &["Login", "ConfigureSelf"]),
    // Only where accounts are slots, as the role of an empty one.
    (Role::NoAccess, "None", &[]),
];

/// The roles that can be given.
fn roles(scene: &Scene<'_>) -> impl Iterator<Item = &'static (Role, &'static str, &'static [&'static str])> {
    let slots = scene.quirks.has(Quirk::AccountSlots);
    ROLES.iter().filter(move |(role, ..)| slots || *role != Role::NoAccess)
}

/// The role of that name.
pub(crate) fn role_of(scene: &Scene<'_>, name: &str) -> Option<Role> {
    roles(scene).find(|(_, known, _)| *known == name).map(|(role, ..)| *role)
}

/// The path of an account.
pub(crate) fn path_of(quirks: Quirks, account: &AccountView) -> String {
    format!("{ACCOUNTS}/{}", id_of(quirks, account))
}

fn id_of(quirks: Quirks, account: &AccountView) -> String {
    if quirks.has(Quirk::AccountsByName) { account.name.clone() } else { account.slot.to_string() }
}

/// The slot at a path, with the account in it.
pub(crate) fn find<'a>(scene: &'a Scene<'_>, path: &str) -> Option<(u8, Option<&'a AccountView>)> {
    let id = path.strip_prefix(ACCOUNTS)?.strip_prefix('/')?;
    let account = scene.snapshot.accounts.iter().find(|account| id_of(scene.quirks, account) == id);
    if let Some(account) = account {
        return Some((account.slot, Some(account)));
    }
    let slots = 1..=scene.spec().persona.accounts.slots;
    let slot = slots.into_iter().find(|slot| slot.to_string() == id)?;
    scene.quirks.has(Quirk::AccountSlots).then_some((slot, None))
}

fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(known, ..)| *known == role).map_or("ReadOnly", |(_, name, _)| name)
}

pub(super) fn accounts(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let limits = scene.service.server.account_limits();
    match rest {
        [] => Some(with(
            scene.resource(path, "AccountService", "AccountService", "Account Service"),
            json!({
                "ServiceEnabled": true,
                "LocalAccountAuth": "Enabled",
                "MinPasswordLength": limits.min_password_length,
                "MaxPasswordLength": limits.max_password_length,
                "AccountLockoutThreshold": limits.lockout_threshold,
                "AccountLockoutDuration": whole_seconds(limits.lockout_seconds),
                "Accounts": link(&format!("{path}/Accounts")),
                "Roles": link(&format!("{path}/Roles")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["Accounts"] => {
            let ids: Vec<String> = match scene.quirks.has(Quirk::AccountSlots) {
                true => (1..=limits.slots).map(|slot| slot.to_string()).collect(),
                false => scene.snapshot.accounts.iter().map(|account| id_of(scene.quirks, account)).collect(),
            };
            Some(collection(path, "ManagerAccount", "Accounts Collection", ids))
        }
        ["Accounts", id] => account(scene, path, id),
        ["Roles"] => {
            let names = roles(scene).map(|(_, name, _)| (*name).to_owned());
            Some(collection(path, "Role", "Roles Collection", names))
        }
        ["Roles", id] => {
            let (_, name, privileges) = roles(scene).find(|(_, name, _)| name == id)?;
            Some(with(
                scene.resource(path, "Role", id, &format!("{name} Role")),
                json!({ "RoleId": id, "IsPredefined": true, "AssignedPrivileges": privileges, "OemPrivileges": [] }),
            ))
        }
        _ => None,
    }
}

/// Durations are integers in Redfish.
fn whole_seconds(seconds: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(seconds).map_or(0, |duration| duration.as_secs())
}

fn account(scene: &Scene<'_>, path: &str, id: &str) -> Option<Value> {
    let (_, account) = find(scene, path)?;
    let role = role_name(account.map_or(Role::NoAccess, |account| account.role));
    let mut fields = with(
        scene.resource(path, "ManagerAccount", id, "User Account"),
        json!({
            "UserName": account.map_or("", |account| account.name.as_str()),
            "Password": null,
            "RoleId": role,
            "Enabled": account.is_some_and(|account| account.enabled),
            "Locked": account.is_some_and(|account| account.locked),
            "PasswordChangeRequired": account.is_some_and(|account| account.must_change),
            "AccountTypes": ["Redfish", "IPMI"],
            "Links": { "Role": link(&format!("/redfish/v1/AccountService/Roles/{role}")) },
        }),
    );
    if let (true, Some(fields)) = (scene.quirks.has(Quirk::NoAccountTypes), fields.as_object_mut()) {
        fields.remove("AccountTypes");
    }
    Some(fields)
}

pub(super) fn sessions(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let memory = scene.service.memory();
    match rest {
        [] => Some(with(
            scene.resource(path, "SessionService", "SessionService", "Session Service"),
            json!({
                "ServiceEnabled": true,
                "SessionTimeout": memory.sessions.idle.as_secs(),
                "Sessions": link(&format!("{path}/Sessions")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["Sessions"] => {
            Some(collection(path, "Session", "Session Collection", memory.sessions.ids().map(str::to_owned)))
        }
        ["Sessions", id] => {
            let session = memory.sessions.get(id)?;
            Some(with(
                scene.resource(path, "Session", id, "User Session"),
                json!({
                    "UserName": session.user,
                    "CreatedTime": date(session.created),
                    "ClientOriginIPAddress": session.client.to_string(),
                    "SessionType": "Redfish",
                }),
            ))
        }
        _ => None,
    }
}
