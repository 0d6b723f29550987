//! Supermicro beyond the standard: the lock of the system, and the road from the host to the controller.

use std::sync::Arc;

use serde_json::{Value, json};
use underlay_hal::{Change, Cx, Error, Oem, Result};

use super::Road;
use crate::{
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// What the host may do to the controller over its own interface (KCS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KcsPrivilege {
    /// Everything.
    Administrator,
    /// Operate.
    Operator,
    /// Look.
    User,
    /// Next to nothing.
    Callback,
}

const PRIVILEGES: [(KcsPrivilege, &str); 4] = [
    (KcsPrivilege::Administrator, "Administrator"),
    (KcsPrivilege::Operator, "Operator"),
    (KcsPrivilege::User, "User"),
    (KcsPrivilege::Callback, "Callback"),
];

/// How locked the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupermicroLockdownState {
    /// Configuration and firmware cannot be changed.
    pub locked: Option<bool>,
    /// What the host may do; absent on boards without that interface (Q28d).
    pub kcs_privilege: Option<KcsPrivilege>,
}

/// The lock of the system, and what the host may do to the controller.
///
/// Source: recorded SYS-821GE (`SysLockdown.v1_0_0`, `KCSInterface.v1_1_0`).
#[derive(Debug)]
pub struct SupermicroLockdown {
    road: Road,
    lock: Link,
    kcs: Option<Link>,
}

pub(super) fn extend(oem: &mut Oem, client: &Arc<Client>, road: impl Fn() -> Road, manager: &Resource) {
    let linked = |name: &'static str| client.linked(&manager.body, &["Oem", "Supermicro", name]).ok();
    if let Some(lock) = linked("SysLockdown") {
        oem.insert(SupermicroLockdown { road: road(), lock, kcs: linked("KCSInterface") });
    }
}

fn privilege(body: &Value) -> Option<KcsPrivilege> {
    let word = body.text(&["Privilege"])?;
    PRIVILEGES.iter().find(|(_, known)| *known == word).map(|(privilege, _)| *privilege)
}

fn is_locked(body: &Value) -> Option<bool> {
    body.truth(&["SysLockdownEnabled"])
}

impl SupermicroLockdown {
    /// How locked it is.
    ///
    /// # Errors
    /// As every read.
    pub async fn read(&self, cx: &Cx) -> Result<SupermicroLockdownState> {
        let read = async {
            let locked = is_locked(&self.road.client.get(cx, &self.lock).await?.body);
            let kcs_privilege = match &self.kcs {
                Some(kcs) => privilege(&self.road.client.get(cx, kcs).await?.body),
                None => None,
            };
            Ok(SupermicroLockdownState { locked, kcs_privilege })
        };
        self.road.named("supermicro_lockdown.read", read.await)
    }

    /// Locks or unlocks it.
    ///
    /// # Errors
    /// What the service says; `LicenseRequired` where it wants a licence for this.
    pub async fn set_locked(&self, cx: &Cx, locked: bool) -> Result<Change> {
        let body = json!({ "SysLockdownEnabled": locked });
        let set = self.road.set(cx, &self.lock, &body, |now| is_locked(now) == Some(locked)).await;
        self.road.named("supermicro_lockdown.set_locked", set)
    }

    /// Sets what the host may do.
    ///
    /// # Errors
    /// `Unsupported` on boards without that interface; what the service says.
    pub async fn set_kcs_privilege(&self, cx: &Cx, to: KcsPrivilege) -> Result<Change> {
        const SET: &str = "supermicro_lockdown.set_kcs_privilege";
        let kcs = self.kcs.as_ref().ok_or_else(|| Error::unsupported(SET));
        let kcs = self.road.named(SET, kcs)?;
        let word = PRIVILEGES.iter().find(|(known, _)| *known == to).map_or("User", |(_, word)| word);
        let set =
            self.road.set(cx, kcs, &json!({ "Privilege": word }), |now| privilege(now) == Some(to)).await;
        self.road.named(SET, set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_privilege_has_a_word_and_another_word_is_none() {
        for (known, word) in PRIVILEGES {
            assert_eq!(privilege(&json!({ "Privilege": word })), Some(known));
        }
        assert_eq!(privilege(&json!({ "Privilege": "Root" })), None);
        assert_eq!(
            (is_locked(&json!({"SysLockdownEnabled": true})), is_locked(&json!({}))),
            (Some(true), None)
        );
    }
}
