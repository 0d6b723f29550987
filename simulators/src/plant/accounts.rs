//! Logins of one machine, with a lockout that both protocols share.
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::SimTime;
use crate::persona::AccountLimits;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    ReadOnly,
    /// Change the machine, not accounts.
    Operator,
    /// Everything.
    Administrator,
}

/// An account as views show it; the password is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Slot number, from 2: slot 1 is IPMI's null user, which never logs in.
    pub slot: u8,
    /// User name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may log in.
    pub enabled: bool,
    /// Whether it is locked now.
    pub locked: bool,
}

/// Why a login was refused. Views tell clients less than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// No such user.
    UnknownUser,
    /// Wrong password.
    WrongPassword,
    /// Too many wrong passwords; wait.
    Locked,
    /// Switched off.
    Disabled,
}

/// An account with its password, for a view that has to compute with it.
#[derive(Clone)]
pub struct AccountSecret {
    /// The account.
    pub view: AccountView,
    /// Its password.
    pub password: SecretString,
}

impl fmt::Debug for AccountSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSecret").field("view", &self.view).finish_non_exhaustive()
    }
}

struct Account {
    name: String,
    password: SecretString,
    role: Role,
    enabled: bool,
    failures: u32,
    locked_until: Option<SimTime>,
}

/// Locked now, or not any more.
#[derive(Debug)]
pub(super) struct Failure {
    /// This failure locked the account.
    pub(super) locked_now: bool,
}

/// All accounts of a machine.
pub(super) struct Accounts {
    list: Vec<Account>,
    limits: AccountLimits,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list.iter().map(|account| &account.name)).finish()
    }
}

impl Accounts {
    pub(super) fn new(limits: AccountLimits) -> Self {
        Self { list: Vec::new(), limits }
    }

    /// Adds or replaces an account; `false` if every slot is taken.
    pub(super) fn put(&mut self, name: &str, password: SecretString, role: Role) -> bool {
        let account =
            Account { name: name.to_owned(), password, role, enabled: true, failures: 0, locked_until: None };
        if let Some(old) = self.list.iter_mut().find(|account| account.name == name) {
            *old = account;
            return true;
        }
        let free = self.list.len() + 1 < usize::from(self.limits.slots.max(2));
        if free {
            self.list.push(account);
        }
        free
    }

    pub(super) fn set_enabled(&mut self, name: &str, enabled: bool) -> bool {
        let account = self.list.iter_mut().find(|account| account.name == name);
        account.map(|account| account.enabled = enabled).is_some()
    }

    pub(super) fn views(&self, now: SimTime) -> Vec<AccountView> {
        let slots = 2_u8..;
        self.list.iter().zip(slots).map(|(account, slot)| view(account, slot, now)).collect()
    }

    pub(super) fn secret(&self, name: &str, now: SimTime) -> Option<AccountSecret> {
        let (account, slot) = self.list.iter().zip(2_u8..).find(|(account, _)| account.name == name)?;
        Some(AccountSecret { view: view(account, slot, now), password: account.password.clone() })
    }

    /// Checks a password; a wrong one counts, and a locked account refuses even the right one.
    pub(super) fn check(
        &mut self,
        name: &str,
        password: &str,
        now: SimTime,
    ) -> Result<AccountView, (LoginRefusal, Failure)> {
        let not_counted = Failure { locked_now: false };
        let Some(secret) = self.secret(name, now) else {
            return Err((LoginRefusal::UnknownUser, not_counted));
        };
        if !secret.view.enabled {
            return Err((LoginRefusal::Disabled, not_counted));
        }
        if secret.view.locked {
            return Err((LoginRefusal::Locked, not_counted));
        }
        let right = secret.password.expose_secret().as_bytes().ct_eq(password.as_bytes());
        if bool::from(right) {
            self.succeeded(name);
            return Ok(secret.view);
        }
        Err((LoginRefusal::WrongPassword, self.failed(name, now)))
    }

    pub(super) fn succeeded(&mut self, name: &str) {
        if let Some(account) = self.list.iter_mut().find(|account| account.name == name) {
            account.failures = 0;
            account.locked_until = None;
        }
    }

    pub(super) fn failed(&mut self, name: &str, now: SimTime) -> Failure {
        let limits = self.limits;
        let Some(account) = self.list.iter_mut().find(|account| account.name == name) else {
            return Failure { locked_now: false };
        };
        account.failures += 1;
        if limits.lockout_threshold == 0 || account.failures < limits.lockout_threshold {
            return Failure { locked_now: false };
        }
        account.failures = 0;
        account.locked_until = now.checked_add(super::clock::seconds(limits.lockout_seconds));
        Failure { locked_now: true }
    }
}

fn view(account: &Account, slot: u8, now: SimTime) -> AccountView {
    AccountView {
        slot,
        name: account.name.clone(),
        role: account.role,
        enabled: account.enabled,
        locked: account.locked_until.is_some_and(|until| now < until),
    }
}
