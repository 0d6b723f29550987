//! Logins of one machine, with a lockout that both protocols share.
mod act;
mod table;

#[cfg(test)]
mod tests;

use std::fmt;

use secrecy::SecretString;

pub(super) use table::Accounts;

use super::Refusal;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing, not even log in.
    NoAccess,
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
    /// Whether its password has to be changed before it may do anything else.
    pub must_change: bool,
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
    /// Switched off, or without any right.
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

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Where; the first free slot if `None`.
    pub slot: Option<u8>,
    /// User name.
    pub name: String,
    /// Its password.
    pub password: SecretString,
    /// What it may do.
    pub role: Role,
    /// Whether it may log in.
    pub enabled: bool,
    /// Whether its password has to be changed first.
    pub must_change: bool,
}

/// What to change of an account; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// User name.
    pub name: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// What it may do.
    pub role: Option<Role>,
    /// Whether it may log in.
    pub enabled: Option<bool>,
    /// Ends a lockout.
    pub unlock: bool,
    /// Whether its password has to be changed first; a new password alone ends that.
    pub must_change: Option<bool>,
}

/// Why accounts were not changed. Nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRefusal {
    /// The machine takes no change now.
    Machine(Refusal),
    /// There is no such account or slot.
    NotFound,
    /// There is one of that name.
    NameTaken,
    /// A user name that is empty, too long, or of characters that no protocol takes.
    BadName,
    /// A password that is too short or too long.
    BadPassword,
    /// Every slot is taken.
    Full,
    /// Nobody could administer the machine any more.
    LastAdministrator,
}
