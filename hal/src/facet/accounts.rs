//! The accounts of the management controller.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Change, Cx, Outcome, Result};

/// What an account may do, in Redfish words (DSP0266 "Standard roles"; IPMI privileges in brackets).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Look (`ReadOnly`; user).
    ReadOnly,
    /// Change the machine, not accounts (`Operator`; operator).
    Operator,
    /// Everything (`Administrator`; administrator).
    Administrator,
    /// Nothing (IPMI no access).
    NoAccess,
    /// A role of the device's own, by its name.
    Other(String),
}

impl Role {
    /// The role in `snake_case`, or the device's own name of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
            Self::NoAccess => "no_access",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One account. An empty slot is not one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The device's name of it; a number where accounts are slots.
    pub id: AccountId,
    /// The user name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// May it log in?
    pub enabled: bool,
    /// Is it locked after failed logins?
    pub locked: Option<bool>,
    /// Must its password be changed before anything else?
    pub password_change_required: Option<bool>,
}

impl Account {
    /// An enabled account.
    #[must_use]
    pub fn new(id: AccountId, name: impl Into<String>, role: Role) -> Self {
        Self { id, name: name.into(), role, enabled: true, locked: None, password_change_required: None }
    }
}

/// What the device says of accounts in general. Whatever it does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountPolicy {
    /// Accounts are slots of a fixed number, and creating one fills a free slot.
    pub slots: Option<u32>,
    /// The shortest password, in characters.
    pub min_password_length: Option<u32>,
    /// The longest password, in characters.
    pub max_password_length: Option<u32>,
    /// Failed logins that lock an account; 0 never locks.
    pub lockout_threshold: Option<u32>,
    /// How long it stays locked, in seconds; 0 until somebody unlocks it.
    pub lockout_seconds: Option<u64>,
    /// The roles that can be given.
    pub roles: Vec<Role>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The user name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its password.
    pub password: SecretString,
    /// May it log in at once?
    pub enabled: bool,
}

/// What to change of an account; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// What it may do.
    pub role: Option<Role>,
    /// May it log in?
    pub enabled: Option<bool>,
    /// `Some(false)` unlocks it.
    pub locked: Option<bool>,
}

/// The accounts of the management controller (DSP0268 `AccountService`, `ManagerAccount`).
///
/// - Passwords go in and never come out: no answer, error or log holds one.
/// - Where accounts are slots, creating fills a free slot and removing empties it; nothing else about them differs.
/// - The account that we are logged in with is not removed or disabled: `Conflict`, and nothing is sent.
/// - A password whose answer was lost is settled by logging in once with it, never by sending it again; see
///   [`crate::rotate()`] for a rotation that always leaves one working password.
#[async_trait]
pub trait Accounts: fmt::Debug + Send + Sync {
    /// The accounts.
    ///
    /// # Errors
    /// As every read. An account that cannot be read is left out.
    async fn list(&self, cx: &Cx) -> Result<Vec<Account>>;

    /// What the device says of accounts in general.
    ///
    /// # Errors
    /// As every read.
    async fn policy(&self, cx: &Cx) -> Result<AccountPolicy>;

    /// Makes an account; gives the device's name of it.
    ///
    /// # Errors
    /// `Conflict` if there is one of that name; `ResourceExhausted` if every slot is taken; `InvalidInput` if the
    /// device refuses name, role or password; all with effect `None`. `Timeout` with effect `Unknown` only if
    /// reading back could not tell.
    async fn create(&self, cx: &Cx, account: &NewAccount) -> Result<Outcome<AccountId>>;

    /// Changes an account. `Done(AlreadySo)` if it is as asked.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for disabling the account that we are logged in with.
    async fn change(&self, cx: &Cx, account: &AccountId, change: &AccountChange) -> Result<Outcome<Change>>;

    /// Sets the password of an account. There is no `AlreadySo`: a password cannot be read.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the device refuses the password, with effect `None`; `Timeout` with effect
    /// `Unknown` when the answer was lost.
    async fn set_password(
        &self,
        cx: &Cx,
        account: &AccountId,
        password: &SecretString,
    ) -> Result<Outcome<Change>>;

    /// Removes an account. `Done(AlreadySo)` if there is none of that name.
    ///
    /// # Errors
    /// `Conflict` for the account that we are logged in with.
    async fn remove(&self, cx: &Cx, account: &AccountId) -> Result<Outcome<Change>>;

    /// Does this password let the user log in? One try, over a connection and session of its own, which is closed.
    ///
    /// - A refusal is `Ok(false)`; it counts towards a lockout, so ask only when the answer is not known.
    ///
    /// # Errors
    /// `LockedOut` if the device says that the account is locked; otherwise as every read.
    async fn verify_password(&self, cx: &Cx, name: &str, password: &SecretString) -> Result<bool>;
}
