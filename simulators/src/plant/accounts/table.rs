//! The accounts of one machine, each in its slot.
use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{AccountChange, AccountRefusal, AccountSecret, AccountView, LoginRefusal, NewAccount, Role};
use crate::{
    persona::AccountLimits,
    plant::{SimTime, clock},
};

/// The first slot that takes an account: slot 1 is IPMI's null user.
const FIRST: u8 = 2;

#[derive(Clone)]
struct Account {
    name: String,
    password: SecretString,
    role: Role,
    enabled: bool,
    must_change: bool,
    failures: u32,
    lock: Option<Lock>,
}

impl Account {
    /// Can this account administer the machine?
    fn administers(&self) -> bool {
        self.enabled && self.role == Role::Administrator
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Until(SimTime),
    /// Until somebody unlocks it.
    Forever,
}

/// Locked now, or not any more.
#[derive(Debug)]
pub(in crate::plant) struct Failure {
    /// This failure locked the account.
    pub(in crate::plant) locked_now: bool,
}

/// All accounts of a machine.
pub(in crate::plant) struct Accounts {
    slots: BTreeMap<u8, Account>,
    /// As they were put in by hand: what a factory reset brings back.
    delivered: BTreeMap<u8, Account>,
    pub(super) limits: AccountLimits,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.values().map(|account| &account.name)).finish()
    }
}

impl Accounts {
    pub(in crate::plant) fn new(limits: AccountLimits) -> Self {
        Self { slots: BTreeMap::new(), delivered: BTreeMap::new(), limits }
    }

    fn free_slot(&self) -> Option<u8> {
        (FIRST..=self.limits.slots.max(FIRST)).find(|slot| !self.slots.contains_key(slot))
    }

    fn by_name(&self, name: &str) -> Option<(u8, &Account)> {
        self.slots.iter().find(|(_, account)| account.name == name).map(|(slot, account)| (*slot, account))
    }

    fn by_name_mut(&mut self, name: &str) -> Option<&mut Account> {
        self.slots.values_mut().find(|account| account.name == name)
    }

    /// Adds or replaces an account by hand; `false` if every slot is taken.
    pub(in crate::plant) fn put(&mut self, name: &str, password: SecretString, role: Role) -> bool {
        let slot = self.by_name(name).map(|(slot, _)| slot).or_else(|| self.free_slot());
        let Some(slot) = slot else { return false };
        let account = Account {
            name: name.to_owned(),
            password,
            role,
            enabled: true,
            must_change: false,
            failures: 0,
            lock: None,
        };
        self.delivered.insert(slot, account.clone());
        self.slots.insert(slot, account);
        true
    }

    pub(in crate::plant) fn set_enabled(&mut self, name: &str, enabled: bool) -> bool {
        self.by_name_mut(name).map(|account| account.enabled = enabled).is_some()
    }

    /// Accounts and limits as they were delivered.
    pub(in crate::plant) fn deliver(&mut self, limits: AccountLimits) {
        self.slots = self.delivered.clone();
        self.limits = limits;
    }

    // ── Requests ─────────────────────────────────────────────────────────────────────────────

    fn check_name(&self, name: &str, slot: Option<u8>) -> Result<(), AccountRefusal> {
        let plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, ':' | '"' | '\\' | '/');
        let fits = !name.is_empty() && name.chars().count() <= self.limits.max_name_length;
        if !(fits && name.chars().all(plain)) {
            return Err(AccountRefusal::BadName);
        }
        match self.by_name(name) {
            Some((other, _)) if Some(other) != slot => Err(AccountRefusal::NameTaken),
            _ => Ok(()),
        }
    }

    fn check_password(&self, password: &SecretString) -> Result<(), AccountRefusal> {
        let length = password.expose_secret().chars().count();
        let fits = (self.limits.min_password_length..=self.limits.max_password_length).contains(&length);
        if fits { Ok(()) } else { Err(AccountRefusal::BadPassword) }
    }

    pub(super) fn create(&mut self, new: NewAccount) -> Result<u8, AccountRefusal> {
        let NewAccount { slot, name, password, role, enabled, must_change } = new;
        self.check_name(&name, None)?;
        self.check_password(&password)?;
        let slot = match slot {
            None => self.free_slot().ok_or(AccountRefusal::Full)?,
            Some(slot) => {
                let free = (FIRST..=self.limits.slots).contains(&slot) && !self.slots.contains_key(&slot);
                if free { slot } else { return Err(AccountRefusal::NotFound) }
            }
        };
        let account = Account { name, password, role, enabled, must_change, failures: 0, lock: None };
        self.slots.insert(slot, account);
        Ok(slot)
    }

    /// Changes an account; whether anything is different now.
    pub(super) fn change(&mut self, slot: u8, change: AccountChange) -> Result<bool, AccountRefusal> {
        let AccountChange { name, password, role, enabled, unlock, must_change } = change;
        if let Some(name) = &name {
            self.check_name(name, Some(slot))?;
        }
        if let Some(password) = &password {
            self.check_password(password)?;
        }
        let before = self.slots.get(&slot).ok_or(AccountRefusal::NotFound)?;
        let mut after = before.clone();
        let new_password = password.is_some();
        after.name = name.unwrap_or(after.name);
        after.role = role.unwrap_or(after.role);
        after.enabled = enabled.unwrap_or(after.enabled);
        if let Some(password) = password {
            after.password = password;
            after.must_change = false;
        }
        after.must_change = must_change.unwrap_or(after.must_change);
        if unlock {
            (after.lock, after.failures) = (None, 0);
        }
        if before.administers() && !after.administers() && self.is_last_administrator(slot) {
            return Err(AccountRefusal::LastAdministrator);
        }
        let same = before.name == after.name
            && (before.role, before.enabled, before.must_change, before.lock)
                == (after.role, after.enabled, after.must_change, after.lock);
        self.slots.insert(slot, after);
        Ok(new_password || !same)
    }

    pub(super) fn remove(&mut self, slot: u8) -> Result<(), AccountRefusal> {
        let account = self.slots.get(&slot).ok_or(AccountRefusal::NotFound)?;
        if account.administers() && self.is_last_administrator(slot) {
            return Err(AccountRefusal::LastAdministrator);
        }
        self.slots.remove(&slot);
        Ok(())
    }

    fn is_last_administrator(&self, slot: u8) -> bool {
        !self.slots.iter().any(|(other, account)| *other != slot && account.administers())
    }

    // ── Looking and logging in ───────────────────────────────────────────────────────────────

    pub(in crate::plant) fn views(&self, now: SimTime) -> Vec<AccountView> {
        self.slots.iter().map(|(slot, account)| view(account, *slot, now)).collect()
    }

    pub(in crate::plant) fn secret(&self, name: &str, now: SimTime) -> Option<AccountSecret> {
        let (slot, account) = self.by_name(name)?;
        Some(AccountSecret { view: view(account, slot, now), password: account.password.clone() })
    }

    /// Is this the password of that account? Counts as no login.
    pub(super) fn is_password(&self, name: &str, password: &SecretString) -> bool {
        self.by_name(name).is_some_and(|(_, account)| same(&account.password, password.expose_secret()))
    }

    /// Checks a password; a wrong one counts, and a locked account refuses even the right one.
    pub(in crate::plant) fn check(
        &mut self,
        name: &str,
        password: &str,
        now: SimTime,
    ) -> Result<AccountView, (LoginRefusal, Failure)> {
        let not_counted = Failure { locked_now: false };
        let Some(secret) = self.secret(name, now) else {
            return Err((LoginRefusal::UnknownUser, not_counted));
        };
        if !secret.view.enabled || secret.view.role == Role::NoAccess {
            return Err((LoginRefusal::Disabled, not_counted));
        }
        if secret.view.locked {
            return Err((LoginRefusal::Locked, not_counted));
        }
        if same(&secret.password, password) {
            self.succeeded(name);
            return Ok(secret.view);
        }
        Err((LoginRefusal::WrongPassword, self.failed(name, now)))
    }

    pub(in crate::plant) fn succeeded(&mut self, name: &str) {
        if let Some(account) = self.by_name_mut(name) {
            (account.failures, account.lock) = (0, None);
        }
    }

    pub(in crate::plant) fn failed(&mut self, name: &str, now: SimTime) -> Failure {
        let limits = self.limits;
        let Some(account) = self.by_name_mut(name) else {
            return Failure { locked_now: false };
        };
        account.failures += 1;
        if limits.lockout_threshold == 0 || account.failures < limits.lockout_threshold {
            return Failure { locked_now: false };
        }
        account.failures = 0;
        let end = now.checked_add(clock::seconds(limits.lockout_seconds));
        account.lock = Some(match end {
            Some(end) if limits.lockout_seconds > 0.0 => Lock::Until(end),
            _ => Lock::Forever,
        });
        Failure { locked_now: true }
    }
}

fn same(known: &SecretString, given: &str) -> bool {
    known.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
}

fn view(account: &Account, slot: u8, now: SimTime) -> AccountView {
    AccountView {
        slot,
        name: account.name.clone(),
        role: account.role,
        enabled: account.enabled,
        locked: match account.lock {
            None => false,
            Some(Lock::Until(end)) => now < end,
            Some(Lock::Forever) => true,
        },
        must_change: account.must_change,
    }
}
