//! The firmware's settings: `Bios`, its settings object and its attribute registry.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use underlay_hal::{
    ApplyTime, Bios, BiosState, Change, Cx, Effect, Error, ErrorKind, Needs, Outcome, Plan, Result, Staged,
    bios::{BiosChange, SettingValue},
};

use super::power::allowable_values;
use crate::{
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    quirks::Quirk,
    resource::Resource,
    transport::{Client, Link},
};

mod read;
mod registry;

pub(crate) use read::attributes;
pub(crate) use registry::Registry;

/// What was learnt of the settings at open.
#[derive(Debug)]
pub(crate) struct BiosAbility {
    link: Link,
    apply_times: Vec<ApplyTime>,
    reset: Option<Link>,
    passwords: Vec<String>,
    change_password: Option<Link>,
}

/// `@Redfish.SettingsApplyTime` values in use.
const APPLY_TIMES: [(ApplyTime, &str); 2] =
    [(ApplyTime::Immediate, "Immediate"), (ApplyTime::OnReset, "OnReset")];

impl BiosAbility {
    /// Reads the resource that the system points to; none without one.
    pub(crate) async fn learn(cx: &Cx, client: &Client, system: &Value) -> Result<Option<Self>> {
        let Ok(link) = client.linked(system, &["Bios"]) else { return Ok(None) };
        let Some(bios) = tolerate(client.get(cx, &link).await)? else { return Ok(None) };
        if !bios.body.at(&["Attributes"]).is_object() {
            return Ok(None);
        }
        let settings = bios.body.at(&["@Redfish.Settings"]);
        let told = settings.texts(&["SupportedApplyTimes"]);
        let mut apply_times: Vec<_> = APPLY_TIMES
            .iter()
            .filter(|(_, word)| told.iter().any(|value| value == word))
            .map(|(time, _)| *time)
            .collect();
        // A settings object without apply times is applied at the next reset, as the standard says of firmware.
        if apply_times.is_empty() && settings.is_object() {
            apply_times.push(ApplyTime::OnReset);
        }
        let actions = bios.body.at(&["Actions"]);
        let target = |from: &Value, name: &str| {
            from.at(&[name]).text(&["target"]).and_then(|text| client.link(&text).ok())
        };
        let change = actions.at(&["#Bios.ChangePassword"]);
        let change_password = target(actions, "#Bios.ChangePassword");
        let passwords = match change_password {
            Some(_) => {
                password_names(allowable_values(cx, client, change, "PasswordName").await?, &bios.body)
            }
            None => Vec::new(),
        };
        Ok(Some(Self {
            reset: target(actions, "#Bios.ResetBios"),
            link,
            apply_times,
            passwords,
            change_password,
        }))
    }
}

/// The passwords that the firmware has: as the action tells, else as the settings show, else the one that all have.
fn password_names(told: Option<Vec<String>>, bios: &Value) -> Vec<String> {
    if let Some(told) = told {
        return told;
    }
    let attributes = bios.at(&["Attributes"]).as_object();
    let shown: Vec<_> = attributes
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("Password") || name.contains("Password_"))
        .map(|(name, _)| name.clone())
        .collect();
    if shown.is_empty() { vec!["AdministratorPassword".to_owned()] } else { shown }
}

/// The body that stages these changes.
fn request(changes: &[BiosChange], when: Option<ApplyTime>) -> Value {
    let attributes: Map<_, _> =
        changes.iter().map(|change| (change.name.clone(), json!(change.to))).collect();
    let mut body = json!({ "Attributes": attributes });
    let word = when.and_then(|when| APPLY_TIMES.iter().find(|(time, _)| *time == when)).map(|(_, word)| word);
    if let Some(word) = word {
        body["@Redfish.SettingsApplyTime"] =
            json!({ "@odata.type": "#Settings.v1_3_0.PreferredApplyTime", "ApplyTime": word });
    }
    body
}

/// Which changes are neither staged nor in force.
fn missing<'a>(state: &BiosState, changes: &'a [BiosChange]) -> Vec<&'a BiosChange> {
    let is = |value: Option<&SettingValue>, change: &BiosChange| {
        value.is_some_and(|value| value.is_same(&change.to))
    };
    let lacks = |change: &&BiosChange| {
        let one = state.attributes.get(&change.name);
        match one.and_then(|one| one.pending.as_ref()) {
            Some(pending) => !is(Some(pending), change),
            None => !is(one.and_then(|one| one.current.as_ref()), change),
        }
    };
    changes.iter().filter(lacks).collect()
}

impl RedfishDevice {
    fn bios_ability(&self, operation: &'static str) -> Result<&BiosAbility> {
        self.named(operation, self.bios.as_ref().ok_or_else(|| Error::unsupported(operation)))
    }

    async fn apply_settings(
        &self,
        cx: &Cx,
        plan: &Plan<BiosChange>,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        let ability = self.bios_ability("bios.apply")?;
        if !ability.apply_times.contains(&when) {
            return Err(Error::unsupported("bios.apply"));
        }
        let (state, bios, settings) = self.observe_bios(cx, ability).await?;
        if state.fingerprint != plan.basis {
            let message = "the settings are no longer as they were when the plan was made; plan again";
            return Err(Error::new(ErrorKind::PreconditionFailed, message));
        }
        if plan.is_noop() {
            return Ok(Outcome::Done(Staged { change: Change::AlreadySo, needs: plan.needs }));
        }
        if let Some(job) = state.jobs.first() {
            let message = format!("another configuration job waits on the device: {} ({})", job.name, job.id);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let told = !bios.body.texts(&["@Redfish.Settings", "SupportedApplyTimes"]).is_empty();
        let quirk = self.quirks.has(Quirk::SettingsNeedApplyTime).then_some(Quirk::SettingsNeedApplyTime);
        let body = request(&plan.changes, (told || quirk.is_some()).then_some(when));
        let target = settings.unwrap_or(bios);
        let needs = if when == ApplyTime::OnReset { Needs::HostPowerCycle } else { Needs::Nothing };
        let lost = match self.client.patch(cx, &target, &body, quirk.as_slice()).await {
            Ok(reply) => match self.staged(cx, &reply, "bios.apply", needs).await {
                Outcome::Running(task) => return Ok(Outcome::Running(task)),
                Outcome::Done(_) => None,
            },
            Err(error) if error.effect() == Effect::None => return Err(about_the_values(error)),
            Err(error) => Some(error),
        };
        // Some services accept and keep something else; the answer is what reads back.
        let seen = match self.observe_bios(cx, ability).await {
            Ok((seen, ..)) => seen,
            Err(error) => return Err(lost.unwrap_or_else(|| error.with_effect(Effect::Applied))),
        };
        let missing = missing(&seen, &plan.changes);
        match (missing.first(), lost) {
            (None, _) => {
                let needs = if seen.is_pending() { Needs::HostPowerCycle } else { Needs::Nothing };
                Ok(Outcome::Done(Staged::made(needs)))
            }
            (Some(_), Some(lost)) => Err(lost),
            (Some(_), None) => {
                let names: Vec<_> = missing.iter().map(|change| change.name.as_str()).collect();
                let message =
                    format!("the service accepted the settings and did not stage {}", names.join(", "));
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
        }
    }
}

#[async_trait]
impl Bios for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<BiosState> {
        const READ: &str = "bios.read";
        let ability = self.bios_ability(READ)?;
        self.named(READ, self.observe_bios(cx, ability).await.map(|(state, ..)| state))
    }

    fn apply_times(&self) -> &[ApplyTime] {
        self.bios.as_ref().map_or(&[], |bios| &bios.apply_times)
    }

    async fn apply(&self, cx: &Cx, plan: &Plan<BiosChange>, when: ApplyTime) -> Result<Outcome<Staged>> {
        self.named("bios.apply", self.apply_settings(cx, plan, when).await)
    }

    async fn reset_to_defaults(&self, cx: &Cx) -> Result<Outcome<Staged>> {
        const RESET: &str = "bios.reset_to_defaults";
        let target = self.bios.as_ref().and_then(|bios| bios.reset.as_ref());
        let target = self.named(RESET, target.ok_or_else(|| Error::unsupported(RESET)))?;
        let reply = self.named(RESET, self.client.post(cx, target, &json!({})).await)?;
        Ok(self.staged(cx, &reply, RESET, Needs::HostPowerCycle).await)
    }

    fn passwords(&self) -> &[String] {
        self.bios.as_ref().map_or(&[], |bios| &bios.passwords)
    }

    async fn change_password(
        &self,
        cx: &Cx,
        name: &str,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<Outcome<Change>> {
        const CHANGE: &str = "bios.change_password";
        let target = self.bios.as_ref().filter(|bios| bios.passwords.iter().any(|known| known == name));
        let target = target.and_then(|bios| bios.change_password.as_ref());
        let target = self.named(CHANGE, target.ok_or_else(|| Error::unsupported(CHANGE)))?;
        let body = json!({
            "PasswordName": name, "OldPassword": old.expose_secret(), "NewPassword": new.expose_secret(),
        });
        let sent = self.client.post_secret(cx, target, &body, &[old, new]).await;
        let reply = self.named(CHANGE, sent.map_err(wrong_password))?;
        Ok(self.outcome(cx, &reply, CHANGE).await)
    }
}

/// Services answer a wrong old password with 400 or 401 and words of their own.
fn wrong_password(error: Error) -> Error {
    let words =
        format!("{} {}", error.message(), error.vendor_code().unwrap_or_default()).to_ascii_lowercase();
    let says_so = words.contains("password") || words.contains("insufficientprivilege");
    let kind = error.kind();
    if says_so && error.effect() == Effect::None && kind != ErrorKind::Unsupported {
        return Error::new(
            ErrorKind::PermissionDenied,
            "the old password is wrong, or the new one is refused",
        )
        .with_source(error);
    }
    error
}

/// The resource that settings are written to: the settings object, or `Bios` itself where there is none.
pub(super) fn settings_link(client: &Client, bios: &Resource) -> Option<Link> {
    client.linked(&bios.body, &["@Redfish.Settings", "SettingsObject"]).ok().filter(|link| *link != bios.link)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use underlay_hal::BiosAttribute;

    use super::*;

    fn change(name: &str, to: &str) -> BiosChange {
        BiosChange { name: name.to_owned(), from: None, replaces_pending: None, to: to.into() }
    }

    #[test]
    fn all_changes_go_in_one_body_and_the_apply_time_only_where_it_is_asked_for() {
        let body = request(&[change("A", "1"), change("B", "2")], Some(ApplyTime::OnReset));
        assert_eq!(body["Attributes"], json!({"A": "1", "B": "2"}));
        assert_eq!(body["@Redfish.SettingsApplyTime"]["ApplyTime"], "OnReset");
        assert!(request(&[change("A", "1")], None).get("@Redfish.SettingsApplyTime").is_none());
    }

    #[test]
    fn a_change_is_missing_if_another_value_is_staged() {
        let with = |current: &str, pending: Option<&str>| {
            let mut one = BiosAttribute::default();
            one.current = Some(current.into());
            one.pending = pending.map(Into::into);
            BiosState::new(BTreeMap::from([("A".to_owned(), one)]))
        };
        let changes = [change("A", "On")];
        for (current, pending, is_missing) in
            [("Off", Some("On"), false), ("On", None, false), ("On", Some("Off"), true), ("Off", None, true)]
        {
            assert_eq!(
                !missing(&with(current, pending), &changes).is_empty(),
                is_missing,
                "{current} {pending:?}"
            );
        }
    }

    #[test]
    fn passwords_are_named_by_the_action_or_the_settings() {
        let told = Some(vec!["SetupPassword".to_owned()]);
        assert_eq!(password_names(told, &json!({})), ["SetupPassword"]);
        let shown = json!({"Attributes": {"AdministratorPassword_0117": null, "BootMode": "Uefi", "SysPassword": ""}});
        assert_eq!(password_names(None, &shown), ["AdministratorPassword_0117", "SysPassword"]);
        assert_eq!(password_names(None, &json!({})), ["AdministratorPassword"]);
    }
}
