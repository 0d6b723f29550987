//! Accounts, roles and sessions.

use serde_json::{Value, json};

use super::{Scene, collection, date, link, with};
use crate::plant::Role;
use crate::redfish::quirks::Quirk;

/// A role's name and what it may do (DSP0266, "Predefined roles").
const ROLES: &[(Role, &str, &[&str])] = &[
    (
        Role::Administrator,
        "Administrator",
        &["Login", "ConfigureManager", "ConfigureUsers", "ConfigureSelf", "ConfigureComponents"],
    ),
    (Role::Operator, "Operator", &["Login", "ConfigureSelf", "ConfigureComponents"]),
    (Role::ReadOnly, "ReadOnly", &["Login", "ConfigureSelf"]),
];

fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(known, ..)| *known == role).map_or("ReadOnly", |(_, name, _)| name)
}

pub(super) fn accounts(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let limits = scene.spec().persona.accounts;
    match rest {
        [] => Some(with(
            scene.resource(path, "AccountService", "AccountService", "Account Service"),
            json!({
                "ServiceEnabled": true,
                "LocalAccountAuth": "Enabled",
                "AccountLockoutThreshold": limits.lockout_threshold,
                "AccountLockoutDuration": whole_seconds(limits.lockout_seconds),
                "Accounts": link(&format!("{path}/Accounts")),
                "Roles": link(&format!("{path}/Roles")),
                "Status": { "State": "Enabled", "Health": "OK" },
            }),
        )),
        ["Accounts"] => {
            let slots = scene.snapshot.accounts.iter().map(|account| account.slot.to_string());
            Some(collection(path, "ManagerAccount", "Accounts Collection", slots))
        }
        ["Accounts", id] => account(scene, path, id),
        ["Roles"] => {
            let names = ROLES.iter().map(|(_, name, _)| (*name).to_owned());
            Some(collection(path, "Role", "Roles Collection", names))
        }
        ["Roles", id] => {
            let (_, name, privileges) = ROLES.iter().find(|(_, name, _)| name == id)?;
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
    let account = scene.snapshot.accounts.iter().find(|account| account.slot.to_string() == id)?;
    let role = role_name(account.role);
    let mut fields = with(
        scene.resource(path, "ManagerAccount", id, "User Account"),
        json!({
            "UserName": account.name,
            "Password": null,
            "RoleId": role,
            "Enabled": account.enabled,
            "Locked": account.locked,
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
