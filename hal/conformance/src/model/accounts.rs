//! Accounts.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use underlay_hal::{
    Account, AccountChange, AccountId, AccountPolicy, Accounts, Change, Cx, Error, ErrorKind, NewAccount,
    Outcome, Result, Role,
};

use super::{device::ModelDevice, world::ModelWorld};
use crate::{AccountFact, AccountsTruth};

const SLOTS: usize = 6;
const SHORTEST: usize = 8;
const THRESHOLD: u32 = 3;
const OWN: &str = "admin";

#[derive(Clone, Debug)]
struct User {
    id: u32,
    name: String,
    role: Role,
    password: SecretString,
    /// What still lets in beside it.
    former: Option<SecretString>,
    enabled: bool,
    failures: u32,
}

impl User {
    fn is_locked(&self) -> bool {
        self.failures >= THRESHOLD
    }

    fn has(&self, password: &SecretString) -> bool {
        let is = |mine: &SecretString| mine.expose_secret() == password.expose_secret();
        is(&self.password) || self.former.as_ref().is_some_and(is)
    }
}

#[derive(Debug)]
pub(super) struct Users {
    list: Vec<User>,
    last: u32,
}

impl Default for Users {
    fn default() -> Self {
        let admin = User {
            id: 1,
            name: OWN.to_owned(),
            role: Role::Administrator,
            password: SecretString::from("model-admin"),
            former: None,
            enabled: true,
            failures: 0,
        };
        Self { list: vec![admin], last: 1 }
    }
}

impl AccountsTruth for ModelWorld {
    fn accounts(&self) -> Vec<AccountFact> {
        let fact = |user: &User| AccountFact {
            name: user.name.clone(),
            role: user.role.clone(),
            enabled: user.enabled,
            locked: user.is_locked(),
        };
        self.state().users.list.iter().map(fact).collect()
    }
    fn own(&self) -> String {
        OWN.to_owned()
    }
    fn has_password(&self, name: &str, password: &SecretString) -> bool {
        self.state().users.list.iter().any(|user| user.name == name && user.has(password))
    }
}

impl ModelDevice {
    fn unknown_account(&self, operation: &'static str) -> Error {
        let lax = self.breaks("accounts::an_unknown_account_is_not_found");
        let kind = if lax { ErrorKind::InvalidInput } else { ErrorKind::NotFound };
        self.refuse(operation, kind, "no such account")
    }

    /// What of a new account the device would refuse.
    fn unfit_account(&self, account: &NewAccount) -> Option<(ErrorKind, &'static str)> {
        let state = self.world.state();
        if state.users.list.iter().any(|user| user.name == account.name) {
            return Some((ErrorKind::Conflict, "accounts::a_name_that_is_taken_is_a_conflict"));
        }
        if account.password.expose_secret().len() < SHORTEST {
            return Some((ErrorKind::InvalidInput, "accounts::a_short_password_is_invalid_input"));
        }
        let full = state.users.list.len() >= SLOTS;
        full.then_some((ErrorKind::ResourceExhausted, "accounts::a_full_table_is_resource_exhausted"))
    }
}

#[async_trait]
impl Accounts for ModelDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<Account>> {
        self.enter(cx, "accounts.list").await?;
        let shows = self.breaks("accounts::no_answer_holds_a_password");
        let account = |user: &User| {
            let name = user.name.clone();
            let name = if shows { format!("{name}:{}", user.password.expose_secret()) } else { name };
            let mut account = Account::new(user.id.to_string().into(), name, user.role.clone());
            account.enabled = user.enabled || self.breaks("accounts::list_is_the_device's");
            account.locked = Some(user.is_locked() && !self.breaks("accounts::a_locked_account_is_told"));
            account
        };
        let mut accounts: Vec<_> = self.world.state().users.list.iter().map(account).collect();
        if self.breaks("accounts::list_is_the_device's") {
            // An empty slot is no account.
            accounts.push(Account::new("16".into(), "", Role::NoAccess));
        }
        Ok(accounts)
    }
    async fn policy(&self, cx: &Cx) -> Result<AccountPolicy> {
        self.enter(cx, "accounts.policy").await?;
        let mut policy = AccountPolicy::default();
        policy.slots = u32::try_from(SLOTS).ok();
        policy.min_password_length = u32::try_from(SHORTEST).ok();
        policy.max_password_length = Some(20);
        policy.lockout_threshold = Some(THRESHOLD);
        policy.roles = vec![Role::Administrator, Role::Operator, Role::ReadOnly];
        Ok(policy)
    }
    async fn create(&self, cx: &Cx, account: &NewAccount) -> Result<Outcome<AccountId>> {
        const CREATE: &str = "accounts.create";
        self.enter(cx, CREATE).await?;
        if let Some((kind, law)) = self.unfit_account(account) {
            return self.refused(CREATE, kind, law);
        }
        let mut state = self.world.state();
        state.mutations += 1;
        state.users.last += 1;
        let id = state.users.last;
        let other = self.breaks("accounts::a_new_account_can_log_in");
        let more = self.breaks("accounts::a_new_account_may_do_what_was_said");
        state.users.list.push(User {
            id,
            name: account.name.clone(),
            role: if more { Role::Administrator } else { account.role.clone() },
            password: if other { SecretString::from("something") } else { account.password.clone() },
            former: None,
            enabled: account.enabled,
            failures: 0,
        });
        drop(state);
        let done = Outcome::Done(id.to_string().into());
        self.answer(CREATE, "accounts::a_lost_answer_is_settled_by_reading_back", done)
    }
    async fn change(&self, cx: &Cx, account: &AccountId, change: &AccountChange) -> Result<Outcome<Change>> {
        const CHANGE: &str = "accounts.change";
        self.enter(cx, CHANGE).await?;
        let mut state = self.world.state();
        let Some(user) = state.users.list.iter_mut().find(|user| user.id.to_string() == account.as_str())
        else {
            return Err(self.unknown_account(CHANGE));
        };
        if user.name == OWN
            && change.enabled == Some(false)
            && !self.breaks("accounts::ones_own_account_is_not_disabled")
        {
            return Err(self.refuse(CHANGE, ErrorKind::Conflict, "one's own account"));
        }
        let mut new = user.clone();
        if !self.breaks("accounts::a_role_can_be_changed") {
            new.role = change.role.clone().unwrap_or(new.role);
        }
        new.enabled = change.enabled.unwrap_or(new.enabled);
        if change.locked == Some(false) && !self.breaks("accounts::a_locked_account_can_be_unlocked") {
            new.failures = 0;
        }
        let same = (&new.role, new.enabled, new.failures) == (&user.role, user.enabled, user.failures);
        *user = new;
        // A role that was not taken is a change all the same, as far as this device tells.
        let idle = change.role.as_ref().is_none_or(|role| *role == user.role);
        if same && idle && !self.breaks("accounts::changing_to_what_is_so_is_already_so") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
    async fn set_password(
        &self,
        cx: &Cx,
        account: &AccountId,
        password: &SecretString,
    ) -> Result<Outcome<Change>> {
        const SET: &str = "accounts.set_password";
        self.enter(cx, SET).await?;
        let mut state = self.world.state();
        let Some(user) = state.users.list.iter_mut().find(|user| user.id.to_string() == account.as_str())
        else {
            return Err(self.unknown_account(SET));
        };
        let keeps = [
            "accounts::the_old_password_works_no_longer",
            "accounts::a_rotation_leaves_one_working_password",
        ];
        let odd = self.breaks("accounts::a_password_that_was_set_works");
        let new = if odd { SecretString::from("something") } else { password.clone() };
        let old = std::mem::replace(&mut user.password, new);
        if keeps.iter().any(|law| self.breaks(law)) {
            user.former = Some(old);
        }
        state.mutations += 1;
        drop(state);
        self.answer(SET, "accounts::a_rotation_bears_a_lost_answer", Outcome::Done(Change::Made))
    }
    async fn remove(&self, cx: &Cx, account: &AccountId) -> Result<Outcome<Change>> {
        const REMOVE: &str = "accounts.remove";
        self.enter(cx, REMOVE).await?;
        let mut state = self.world.state();
        let Some(at) = state.users.list.iter().position(|user| user.id.to_string() == account.as_str())
        else {
            if self.breaks("accounts::removing_what_is_gone_is_already_so") {
                return Err(self.refuse(REMOVE, ErrorKind::NotFound, "no such account"));
            }
            return Ok(Outcome::Done(Change::AlreadySo));
        };
        if state.users.list[at].name == OWN && !self.breaks("accounts::ones_own_account_is_not_removed") {
            return Err(self.refuse(REMOVE, ErrorKind::Conflict, "one's own account"));
        }
        state.mutations += 1;
        if !self.breaks("accounts::a_removed_account_is_gone") {
            state.users.list.remove(at);
        }
        Ok(Outcome::Done(Change::Made))
    }
    async fn verify_password(&self, cx: &Cx, name: &str, password: &SecretString) -> Result<bool> {
        const VERIFY: &str = "accounts.verify_password";
        self.enter(cx, VERIFY).await?;
        let mut state = self.world.state();
        if self.breaks("accounts::trying_a_password_leaves_no_session") {
            state.sessions += 1;
        }
        let tries = if self.breaks("accounts::a_password_is_tried_once") { 2 } else { 1 };
        let Some(user) = state.users.list.iter_mut().find(|user| user.name == name) else {
            state.refused_logins += 1;
            return Ok(false);
        };
        if user.is_locked() {
            return Err(self.refuse(VERIFY, ErrorKind::LockedOut, "the account is locked"));
        }
        let disabled = !user.enabled && !self.breaks("accounts::a_disabled_account_cannot_log_in");
        let lax = self.breaks("accounts::a_wrong_password_is_false");
        if lax || user.has(password) && !disabled {
            user.failures = 0;
            return Ok(true);
        }
        user.failures += 1;
        state.refused_logins += tries;
        Ok(false)
    }
}
