//! The accounts of the service: `AccountService` and `ManagerAccount`.

use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use underlay_hal::{
    Account, AccountChange, AccountId, AccountPolicy, Accounts, Change, Cx, Effect, Error, ErrorKind,
    NewAccount, Outcome, Result, Retry, Role,
};

use crate::{
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    quirks::Quirk,
    resource::Resource,
    transport::{Link, Request},
};

/// The names of the standard's roles (DSP0266, "Predefined roles").
const ROLES: [(Role, &str); 4] = [
    (Role::Administrator, "Administrator"),
    (Role::Operator, "Operator"),
    (Role::ReadOnly, "ReadOnly"),
    (Role::NoAccess, "None"),
];

fn role(word: &str) -> Role {
    let known = ROLES.iter().find(|(_, known)| known.eq_ignore_ascii_case(word));
    known.map_or_else(|| Role::Other(word.to_owned()), |(role, _)| role.clone())
}

fn role_word(role: &Role) -> &str {
    match (ROLES.iter().find(|(known, _)| known == role), role) {
        (Some((_, word)), _) => word,
        (None, other) => other.as_str(),
    }
}

/// The account in a resource; none in an empty slot.
pub(crate) fn account(resource: &Resource) -> Option<Account> {
    let body = &resource.body;
    let name = body.at(&["UserName"]).as_str().map(str::trim).filter(|name| !name.is_empty())?;
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let id = body.text(&["Id"]).unwrap_or_else(|| tail.to_owned());
    let word = body.text(&["RoleId"]).or_else(|| {
        let link = body.link(&["Links", "Role"])?;
        link.rsplit('/').next().map(str::to_owned)
    });
    let mut account =
        Account::new(id.into(), crate::json::plain(name, 256), word.map_or(Role::NoAccess, |w| role(&w)));
    account.enabled = body.truth(&["Enabled"]).unwrap_or(true);
    account.locked = body.truth(&["Locked"]);
    account.password_change_required = body.truth(&["PasswordChangeRequired"]);
    Some(account)
}

pub(crate) fn policy(service: &Value) -> AccountPolicy {
    let small = |name: &str| service.whole(&[name]).and_then(|n| u32::try_from(n).ok());
    let mut policy = AccountPolicy::default();
    policy.min_password_length = small("MinPasswordLength");
    policy.max_password_length = small("MaxPasswordLength").filter(|most| *most > 0);
    policy.lockout_threshold = small("AccountLockoutThreshold");
    policy.lockout_seconds = service.whole(&["AccountLockoutDuration"]);
    policy
}

fn change_body(change: &AccountChange) -> Value {
    let mut body = Map::new();
    if let Some(role) = &change.role {
        body.insert("RoleId".to_owned(), json!(role_word(role)));
    }
    if let Some(enabled) = change.enabled {
        body.insert("Enabled".to_owned(), json!(enabled));
    }
    if change.locked == Some(false) {
        body.insert("Locked".to_owned(), json!(false));
    }
    Value::Object(body)
}

fn is_met(change: &AccountChange, account: &Account) -> bool {
    change.role.as_ref().is_none_or(|role| *role == account.role)
        && change.enabled.is_none_or(|enabled| enabled == account.enabled)
        && change.locked.is_none_or(|locked| locked == account.locked.unwrap_or(false))
}

impl RedfishDevice {
    async fn account_service(&self, cx: &Cx, operation: &'static str) -> Result<Value> {
        let link = self.accounts.as_ref().ok_or_else(|| Error::unsupported(operation))?;
        Ok(self.client.get(cx, link).await?.body)
    }

    /// The collection and every place for an account, empty slots too.
    async fn places(&self, cx: &Cx, operation: &'static str) -> Result<(Link, Vec<Resource>)> {
        let service = self.account_service(cx, operation).await?;
        let collection = self.client.linked(&service, &["Accounts"])?;
        let places = self.resources_of(cx, &collection).await?;
        Ok((collection, places))
    }

    async fn place(&self, cx: &Cx, id: &AccountId, operation: &'static str) -> Result<Resource> {
        let (_, places) = self.places(cx, operation).await?;
        let found = places.into_iter().find(|place| account(place).is_some_and(|account| account.id == *id));
        let found =
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no account {id}")))?;
        // Collections that expand their members may leave out the tag (Q33c), and writes may demand it.
        if found.etag.is_some() { Ok(found) } else { self.client.get(cx, &found.link).await }
    }

    async fn is_own(&self, name: &str) -> bool {
        self.client.user().await.is_some_and(|own| own == name)
    }

    async fn make(&self, cx: &Cx, new: &NewAccount) -> Result<Outcome<AccountId>> {
        const CREATE: &str = "accounts.create";
        let (collection, places) = self.places(cx, CREATE).await?;
        let named = |places: &[Resource]| {
            places
                .iter()
                .filter_map(account)
                .find(|account| account.name == new.name)
                .map(|account| account.id)
        };
        if named(&places).is_some() {
            return Err(Error::new(ErrorKind::Conflict, format!("there is an account {} already", new.name)));
        }
        let body = json!({
            "UserName": new.name,
            "Password": new.password.expose_secret(),
            "RoleId": role_word(&new.role),
            "Enabled": new.enabled,
        });
        let slots = self.quirks.has(Quirk::AccountsAreSlots);
        let sent = if slots {
            self.fill_slot(cx, &places, &body, &new.password).await
        } else {
            let request = Request::change(Method::POST, &collection, Some(&body), None);
            match self.client.send(cx, &request.holding(&[&new.password])).await {
                // A service that does not make accounts may have empty places for them.
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    self.fill_slot(cx, &places, &body, &new.password).await
                }
                other => other,
            }
        };
        let lost = match sent {
            Ok(reply) => match self.task(cx, &reply, CREATE, false).await {
                Some(task) => return Ok(Outcome::Running(task)),
                None => None,
            },
            Err(error) if error.effect() == Effect::None => return Err(about_the_values(error)),
            Err(error) => Some(error),
        };
        // Whatever the answer said: the account is there, or it is not.
        match (self.places(cx, CREATE).await, lost) {
            (Ok((_, places)), lost) => match (named(&places), lost) {
                (Some(id), _) => Ok(Outcome::Done(id)),
                (None, Some(lost)) => Err(lost),
                (None, None) => {
                    let message = "the service accepted the account and does not show it";
                    Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
                }
            },
            (Err(_), Some(lost)) => Err(lost),
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }

    /// Fills the first empty slot that takes it (Q17); the first slots of a table are often reserved.
    async fn fill_slot(
        &self,
        cx: &Cx,
        places: &[Resource],
        body: &Value,
        password: &SecretString,
    ) -> Result<crate::transport::Reply> {
        let empty: Vec<_> = places.iter().filter(|place| account(place).is_none()).collect();
        let mut refusal = None;
        for slot in empty.into_iter().take(20) {
            let slot =
                if slot.etag.is_some() { slot.clone() } else { self.client.get(cx, &slot.link).await? };
            match self.client.patch_secret(cx, &slot, body, &[Quirk::AccountsAreSlots], &[password]).await {
                // A reserved slot refuses in ways of its own, and nothing has happened.
                Err(error)
                    if error.effect() == Effect::None
                        && matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::NotFound) =>
                {
                    refusal = Some(error);
                }
                answer => return answer,
            }
        }
        let full = Error::new(ErrorKind::ResourceExhausted, "every account slot is taken or reserved");
        Err(match refusal {
            Some(refusal) => full.with_source(refusal),
            None => full,
        })
    }

    async fn alter(&self, cx: &Cx, id: &AccountId, change: &AccountChange) -> Result<Outcome<Change>> {
        const CHANGE: &str = "accounts.change";
        let place = self.place(cx, id, CHANGE).await?;
        let Some(now) = account(&place) else { return Err(Error::new(ErrorKind::NotFound, "an empty slot")) };
        if change.enabled == Some(false) && self.is_own(&now.name).await {
            return Err(own_account());
        }
        if is_met(change, &now) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let lost = match self.client.patch(cx, &place, &change_body(change), &[]).await {
            Ok(reply) => match self.task(cx, &reply, CHANGE, false).await {
                Some(task) => return Ok(Outcome::Running(task)),
                None => None,
            },
            Err(error) if error.effect() == Effect::None => return Err(about_the_values(error)),
            Err(error) => Some(error),
        };
        match (self.client.get(cx, &place.link).await, lost) {
            (Ok(after), lost) => {
                if account(&after).is_some_and(|account| is_met(change, &account)) {
                    return Ok(Outcome::Done(Change::Made));
                }
                Err(lost.unwrap_or_else(|| {
                    let message = "the service accepted the change and shows the account as it was";
                    Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied)
                }))
            }
            (Err(_), Some(lost)) => Err(lost),
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }

    async fn drop_account(&self, cx: &Cx, id: &AccountId) -> Result<Outcome<Change>> {
        const REMOVE: &str = "accounts.remove";
        let place = match self.place(cx, id, REMOVE).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Outcome::Done(Change::AlreadySo)),
            other => other?,
        };
        if let Some(now) = account(&place)
            && self.is_own(&now.name).await
        {
            return Err(own_account());
        }
        let empty = json!({ "Enabled": false, "RoleId": "None", "UserName": "" });
        let sent = if self.quirks.has(Quirk::AccountsAreSlots) {
            self.client.patch(cx, &place, &empty, &[Quirk::AccountsAreSlots]).await
        } else {
            self.client.delete(cx, &place.link).await
        };
        let error = match sent {
            Ok(reply) => return Ok(self.outcome(cx, &reply, REMOVE).await),
            Err(error) => error,
        };
        if error.effect() != Effect::None {
            let gone = matches!(self.place(cx, id, REMOVE).await, Err(e) if e.kind() == ErrorKind::NotFound);
            if gone {
                return Ok(Outcome::Done(Change::Made));
            }
        }
        Err(error)
    }
}

fn own_account() -> Error {
    Error::new(ErrorKind::Conflict, "this is the account that we are logged in with")
}

#[async_trait]
impl Accounts for RedfishDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<Account>> {
        const LIST: &str = "accounts.list";
        let (_, places) = self.named(LIST, self.places(cx, LIST).await)?;
        Ok(places.iter().filter_map(account).collect())
    }

    async fn policy(&self, cx: &Cx) -> Result<AccountPolicy> {
        const POLICY: &str = "accounts.policy";
        let service = self.named(POLICY, self.account_service(cx, POLICY).await)?;
        let mut told = policy(&service);
        if let Ok(roles) = self.client.linked(&service, &["Roles"]) {
            let roles =
                self.named(POLICY, tolerate(self.client.members(cx, &roles).await))?.unwrap_or_default();
            let last = |link: &Link| {
                role(link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default())
            };
            told.roles = roles.iter().map(|member| last(member.link())).collect();
        }
        if self.quirks.has(Quirk::AccountsAreSlots) {
            let places = self.named(POLICY, tolerate(self.places(cx, POLICY).await))?;
            told.slots = places.and_then(|(_, places)| u32::try_from(places.len()).ok());
        }
        Ok(told)
    }

    async fn create(&self, cx: &Cx, account: &NewAccount) -> Result<Outcome<AccountId>> {
        self.named("accounts.create", self.make(cx, account).await)
    }

    async fn change(&self, cx: &Cx, account: &AccountId, change: &AccountChange) -> Result<Outcome<Change>> {
        self.named("accounts.change", self.alter(cx, account, change).await)
    }

    async fn set_password(
        &self,
        cx: &Cx,
        account: &AccountId,
        password: &SecretString,
    ) -> Result<Outcome<Change>> {
        const SET: &str = "accounts.set_password";
        let place = self.named(SET, self.place(cx, account, SET).await)?;
        let body = json!({ "Password": password.expose_secret() });
        let sent = self.client.patch_secret(cx, &place, &body, &[], &[password]).await;
        let reply = self.named(SET, sent.map_err(about_the_values))?;
        Ok(self.outcome(cx, &reply, SET).await)
    }

    async fn remove(&self, cx: &Cx, account: &AccountId) -> Result<Outcome<Change>> {
        self.named("accounts.remove", self.drop_account(cx, account).await)
    }

    async fn verify_password(&self, cx: &Cx, name: &str, password: &SecretString) -> Result<bool> {
        const VERIFY: &str = "accounts.verify_password";
        match self.client.try_login(&cx.within(Duration::from_secs(60)), &self.system, name, password).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Unauthenticated => Ok(false),
            // A session table that is full says nothing about the password.
            Err(error) => self.named(VERIFY, Err(error.with_retry(Retry::Never))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(body: Value) -> Resource {
        Resource { link: crate::transport::Link::root(), etag: None, body }
    }

    #[test]
    fn empty_slots_are_no_accounts_and_odd_roles_keep_their_name() {
        assert_eq!(account(&resource(json!({"Id": "4", "UserName": "", "RoleId": "None"}))), None);
        assert_eq!(account(&resource(json!({"Id": "4", "UserName": null}))), None);
        let admin =
            account(&resource(json!({"Id": "2", "UserName": "root", "RoleId": "Administrator"}))).unwrap();
        assert_eq!((admin.id.as_str(), admin.role, admin.enabled), ("2", Role::Administrator, true));
        let odd = json!({"Id": "3", "UserName": "x", "Links": {"Role": {"@odata.id": "/redfish/v1/Roles/Auditor"}}});
        assert_eq!(account(&resource(odd)).unwrap().role, Role::Other("Auditor".to_owned()));
    }

    #[test]
    fn only_what_is_asked_for_is_changed() {
        let change = AccountChange { enabled: Some(false), ..AccountChange::default() };
        assert_eq!(change_body(&change), json!({"Enabled": false}));
        assert_eq!(change_body(&AccountChange { locked: Some(true), ..AccountChange::default() }), json!({}));
        assert_eq!(role_word(&Role::Other("Auditor".to_owned())), "Auditor");
    }
}
