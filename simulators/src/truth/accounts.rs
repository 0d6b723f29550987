//! The accounts as they are.
use secrecy::SecretString;
use underlay_conformance::{AccountFact, AccountsTruth};
use underlay_hal as hal;

use super::ServerTruth;
use crate::plant::Role;

impl AccountsTruth for ServerTruth {
    fn accounts(&self) -> Vec<AccountFact> {
        let facts = self.controller.accounts().into_iter().map(|account| AccountFact {
            name: account.name,
            role: match account.role {
                Role::NoAccess => hal::Role::NoAccess,
                Role::ReadOnly => hal::Role::ReadOnly,
                Role::Operator => hal::Role::Operator,
                Role::Administrator => hal::Role::Administrator,
            },
            enabled: account.enabled,
            locked: account.locked,
        });
        facts.collect()
    }

    /// The first one: a rack puts the login of a device before all others.
    fn own(&self) -> String {
        self.controller.accounts().into_iter().next().map(|account| account.name).unwrap_or_default()
    }

    fn has_password(&self, name: &str, password: &SecretString) -> bool {
        self.controller.has_password(name, password)
    }
}
