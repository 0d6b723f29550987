//! UEFI secure boot: `SecureBoot` and its databases.

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use underlay_hal::{
    CertificateInfo, Change, Cx, Effect, Error, ErrorKind, KeyReset, Needs, Outcome, Result, SecureBoot,
    SecureBootDatabase, SecureBootMode, SecureBootState, Staged,
};

use super::{certificates::certificate, power::allowable_values};
use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    resource::{Member, Resource},
    transport::{Client, Link, Request},
};

/// What was learnt of secure boot at open.
#[derive(Debug)]
pub(crate) struct SecureBootAbility {
    link: Link,
    reset: Option<Link>,
    resets: Vec<KeyReset>,
}

/// DSP2046 `ResetKeysType`.
const RESETS: [(KeyReset, &str); 3] = [
    (KeyReset::ToDefault, "ResetAllKeysToDefault"),
    (KeyReset::DeleteAll, "DeleteAllKeys"),
    (KeyReset::DeletePlatformKey, "DeletePK"),
];

impl SecureBootAbility {
    pub(crate) async fn learn(cx: &Cx, client: &Client, system: &Value) -> Result<Option<Self>> {
        let Ok(link) = client.linked(system, &["SecureBoot"]) else { return Ok(None) };
        let body = match client.get(cx, &link).await {
            Ok(resource) => resource.body,
            // It is there, and tells nothing without a licence (Q27b).
            Err(error) if is_withheld(&error) => Value::Null,
            Err(error) => return tolerate(Err(error)),
        };
        let action = body.at(&["Actions", "#SecureBoot.ResetKeys"]);
        let reset = action.text(&["target"]).and_then(|text| client.link(&text).ok());
        let told = match reset {
            Some(_) => allowable_values(cx, client, action, "ResetKeysType").await?,
            None => None,
        };
        // An action that does not tell its words takes those of the standard's first version.
        let resets = RESETS.iter().filter(|(_, word)| match &told {
            Some(told) => told.iter().any(|value| value == word),
            None => reset.is_some(),
        });
        Ok(Some(Self { resets: resets.map(|(how, _)| *how).collect(), link, reset }))
    }
}

fn is_withheld(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::LicenseRequired | ErrorKind::PermissionDenied)
}

/// State and mode, without the databases.
pub(crate) fn state(body: &Value) -> SecureBootState {
    let mut state = SecureBootState::default();
    state.enabled = body.truth(&["SecureBootEnable"]);
    state.in_force = match body.text(&["SecureBootCurrentBoot"]).as_deref() {
        Some("Enabled") => Some(true),
        Some("Disabled") => Some(false),
        _ => None,
    };
    state.mode = match body.text(&["SecureBootMode"]).as_deref() {
        Some("SetupMode") => Some(SecureBootMode::Setup),
        Some("UserMode") => Some(SecureBootMode::User),
        Some("AuditMode") => Some(SecureBootMode::Audit),
        Some("DeployedMode") => Some(SecureBootMode::Deployed),
        _ => None,
    };
    state
}

impl RedfishDevice {
    fn secure_boot_ability(&self, operation: &'static str) -> Result<&SecureBootAbility> {
        self.secure_boot.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    async fn databases(&self, cx: &Cx, body: &Value) -> Result<Vec<Resource>> {
        match self.client.linked(body, &["SecureBootDatabases"]) {
            Ok(collection) => Ok(tolerate(self.resources_of(cx, &collection).await)?.unwrap_or_default()),
            Err(_) => Ok(Vec::new()),
        }
    }

    async fn read_secure_boot(&self, cx: &Cx) -> Result<SecureBootState> {
        let ability = self.secure_boot_ability("secure_boot.read")?;
        let body = match self.client.get(cx, &ability.link).await {
            Ok(resource) => resource.body,
            Err(error) if is_withheld(&error) => {
                let mut unknown = SecureBootState::default();
                unknown.unknown_because = Some(error.report());
                return Ok(unknown);
            }
            Err(error) => return Err(error),
        };
        let mut read = state(&body);
        for database in self.databases(cx, &body).await? {
            let mut shown = SecureBootDatabase::new(database_id(&database));
            if let Ok(link) = self.client.linked(&database.body, &["Certificates"]) {
                let list = tolerate(self.resources_of(cx, &link).await)?.unwrap_or_default();
                shown.certificates = list.iter().map(certificate).collect();
            }
            if let Ok(link) = self.client.linked(&database.body, &["Signatures"]) {
                let list = tolerate(self.client.members(cx, &link).await)?;
                shown.signatures = list.map(|list: Vec<Member>| list.len() as u64);
            }
            read.databases.push(shown);
        }
        Ok(read)
    }

    /// The certificates of a database: where they are, and what is there now.
    async fn certificates_of(&self, cx: &Cx, database: &str) -> Result<(Link, Vec<Resource>)> {
        let ability = self.secure_boot_ability("secure_boot.add_certificate")?;
        let body = self.client.get(cx, &ability.link).await?.body;
        let all = self.databases(cx, &body).await?;
        let found =
            all.iter().find(|one| database_id(one).eq_ignore_ascii_case(database)).ok_or_else(|| {
                let known: Vec<_> = all.iter().map(database_id).collect();
                let message = format!("there is no database {database:?}; there are {}", known.join(", "));
                Error::new(ErrorKind::NotFound, message)
            })?;
        let link = self.client.linked(&found.body, &["Certificates"]).map_err(|_| {
            Error::new(ErrorKind::Unsupported, format!("the database {database} shows no certificates"))
        })?;
        let list = self.resources_of(cx, &link).await?;
        Ok((link, list))
    }

    async fn enable_secure_boot(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>> {
        const SET: &str = "secure_boot.set_enabled";
        let ability = self.secure_boot_ability(SET)?;
        let now = self.client.get(cx, &ability.link).await?;
        let seen = state(&now.body);
        if seen.enabled == Some(enabled) {
            let waits = seen.in_force.is_some_and(|in_force| in_force != enabled);
            let needs = if waits { Needs::HostPowerCycle } else { Needs::Nothing };
            return Ok(Outcome::Done(Staged { change: Change::AlreadySo, needs }));
        }
        let body = json!({ "SecureBootEnable": enabled });
        let lost = match self.client.patch(cx, &now, &body, &[]).await {
            Ok(reply) => match self.staged(cx, &reply, SET, Needs::HostPowerCycle).await {
                Outcome::Running(task) => return Ok(Outcome::Running(task)),
                Outcome::Done(_) => None,
            },
            Err(error) if error.effect() == Effect::None => return Err(error),
            Err(error) => Some(error),
        };
        let made = Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle)));
        match (self.client.get(cx, &ability.link).await, lost) {
            (Ok(after), _) if state(&after.body).enabled == Some(enabled) => made,
            (_, Some(lost)) => Err(lost),
            // Some services show the new value only after the reset that applies it.
            (Ok(_), None) => made,
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }
}

fn database_id(database: &Resource) -> String {
    let tail = database.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    database
        .body
        .text(&["DatabaseId"])
        .or_else(|| database.body.text(&["Id"]))
        .unwrap_or_else(|| tail.to_owned())
}

/// The text between the armour lines, without line breaks: the same certificate, however it is wrapped.
fn core_of(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

fn is_in(list: &[Resource], pem: &str) -> bool {
    let same = |shown: CertificateInfo| shown.pem.is_some_and(|shown| core_of(&shown) == core_of(pem));
    list.iter().map(certificate).any(same)
}

#[async_trait]
impl SecureBoot for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<SecureBootState> {
        self.named("secure_boot.read", self.read_secure_boot(cx).await)
    }

    async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>> {
        self.named("secure_boot.set_enabled", self.enable_secure_boot(cx, enabled).await)
    }

    fn key_resets(&self) -> &[KeyReset] {
        self.secure_boot.as_ref().map_or(&[], |ability| &ability.resets)
    }

    async fn reset_keys(&self, cx: &Cx, how: KeyReset) -> Result<Outcome<Staged>> {
        const RESET: &str = "secure_boot.reset_keys";
        let ability = self.secure_boot.as_ref().filter(|ability| ability.resets.contains(&how));
        let target = ability.and_then(|ability| ability.reset.as_ref());
        let target = self.named(RESET, target.ok_or_else(|| Error::unsupported(RESET)))?;
        let word = RESETS.iter().find(|(known, _)| *known == how).map_or("", |(_, word)| *word);
        let sent = self.client.post(cx, target, &json!({ "ResetKeysType": word })).await;
        let reply = self.named(RESET, sent)?;
        Ok(self.staged(cx, &reply, RESET, Needs::HostPowerCycle).await)
    }

    async fn add_certificate(&self, cx: &Cx, database: &str, pem: &str) -> Result<Outcome<Staged>> {
        const ADD: &str = "secure_boot.add_certificate";
        let (collection, list) = self.named(ADD, self.certificates_of(cx, database).await)?;
        if is_in(&list, pem) {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        let body = json!({ "CertificateString": pem, "CertificateType": "PEM" });
        match self.client.post(cx, &collection, &body).await {
            Ok(reply) => Ok(self.staged(cx, &reply, ADD, Needs::HostPowerCycle).await),
            Err(error) if error.effect() == Effect::None => self.named(ADD, Err(error)),
            // Lost: look, and say what is there.
            Err(error) => match self.certificates_of(cx, database).await {
                Ok((_, list)) if is_in(&list, pem) => Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle))),
                _ => self.named(ADD, Err(error)),
            },
        }
    }

    async fn remove_certificate(&self, cx: &Cx, database: &str, id: &str) -> Result<Outcome<Change>> {
        const REMOVE: &str = "secure_boot.remove_certificate";
        let (_, list) = self.named(REMOVE, self.certificates_of(cx, database).await)?;
        let Some(found) = list.iter().find(|one| certificate(one).id == id) else {
            return Ok(Outcome::Done(Change::AlreadySo));
        };
        let request = Request::change(Method::DELETE, &found.link, None, None);
        let reply = self.named(REMOVE, self.client.send(cx, &request).await)?;
        Ok(self.outcome(cx, &reply, REMOVE).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_nobody_knows_are_absent() {
        let read = state(&json!({
            "SecureBootEnable": true, "SecureBootCurrentBoot": "Disabled", "SecureBootMode": "DeployedMode",
        }));
        assert_eq!(
            (read.enabled, read.in_force, read.mode),
            (Some(true), Some(false), Some(SecureBootMode::Deployed))
        );
        assert_eq!(
            state(&json!({"SecureBootCurrentBoot": "Maybe", "SecureBootMode": 7})),
            SecureBootState::default()
        );
    }

    #[test]
    fn a_certificate_is_the_same_however_it_is_wrapped() {
        let one = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n";
        let other = "-----BEGIN CERTIFICATE-----\r\nAAAABBBB\r\n-----END CERTIFICATE-----";
        assert_eq!(core_of(one), core_of(other));
        assert_ne!(core_of(one), core_of("AAAABBBC"));
    }
}
