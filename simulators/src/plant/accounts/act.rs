//! Requests about accounts.
use secrecy::SecretString;

use super::{AccountChange, AccountRefusal, NewAccount};
use crate::{
    persona::AccountLimits,
    plant::{Change, MutationKind, Origin, Refusal, Server, machine::Area},
};

impl Server {
    /// Makes an account; gives its slot.
    ///
    /// # Errors
    /// - [`AccountRefusal`].
    pub fn create_account(&self, new: NewAccount, origin: Origin) -> Result<u8, AccountRefusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin).map_err(AccountRefusal::Machine)?;
            let detail = format!("{} created", new.name);
            let slot = machine.accounts.create(new)?;
            machine.count(step, origin, MutationKind::Account, detail);
            machine.touch(Area::Accounts);
            Ok(slot)
        })
    }

    /// Changes the account in that slot: all of it or nothing.
    ///
    /// # Errors
    /// - [`AccountRefusal`].
    pub fn change_account(
        &self,
        slot: u8,
        change: AccountChange,
        origin: Origin,
    ) -> Result<Change, AccountRefusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin).map_err(AccountRefusal::Machine)?;
            if !machine.accounts.change(slot, change)? {
                return Ok(Change::AlreadySo);
            }
            machine.count(step, origin, MutationKind::Account, format!("slot {slot} changed"));
            machine.touch(Area::Accounts);
            Ok(Change::Made)
        })
    }

    /// Removes the account in that slot.
    ///
    /// # Errors
    /// - [`AccountRefusal`].
    pub fn remove_account(&self, slot: u8, origin: Origin) -> Result<Change, AccountRefusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin).map_err(AccountRefusal::Machine)?;
            machine.accounts.remove(slot)?;
            machine.count(step, origin, MutationKind::Account, format!("slot {slot} removed"));
            machine.touch(Area::Accounts);
            Ok(Change::Made)
        })
    }

    /// Limits on logins, as they are now.
    #[must_use]
    pub fn account_limits(&self) -> AccountLimits {
        self.read(|machine| machine.accounts.limits)
    }

    /// Sets how many failures lock an account (0 never), and for how many seconds (0 until unlocked); `None` leaves
    /// it as it is.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn set_lockout(
        &self,
        threshold: Option<u32>,
        seconds: Option<f64>,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let limits = &mut machine.accounts.limits;
            let before = (limits.lockout_threshold, limits.lockout_seconds);
            limits.lockout_threshold = threshold.unwrap_or(before.0);
            limits.lockout_seconds = seconds.unwrap_or(before.1);
            let after = (limits.lockout_threshold, limits.lockout_seconds);
            if after == before {
                return Ok(Change::AlreadySo);
            }
            machine.count(step, origin, MutationKind::Account, format!("lockout {after:?}"));
            machine.touch(Area::Accounts);
            Ok(Change::Made)
        })
    }

    /// Is this the password of that account? Counts as no login.
    #[must_use]
    pub fn has_password(&self, name: &str, password: &SecretString) -> bool {
        self.read(|machine| machine.accounts.is_password(name, password))
    }
}
