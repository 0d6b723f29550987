//! Secure boot.

use std::collections::BTreeMap;

use async_trait::async_trait;
use underlay_hal::{
    CertificateInfo, Change, Cx, ErrorKind, KeyReset, Needs, Outcome, Result, SecureBoot, SecureBootDatabase,
    SecureBootMode, SecureBootState, Staged,
};

use super::{
    certificates::pem,
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::SecureBootTruth;

#[derive(Debug)]
pub(super) struct Keys {
    enabled: bool,
    in_force: bool,
    mode: SecureBootMode,
    /// The certificates of each database, in PEM.
    databases: BTreeMap<String, Vec<String>>,
}

fn vendors_keys() -> BTreeMap<String, Vec<String>> {
    let of = |name: &str, count: usize| {
        (name.to_owned(), (0..count).map(|number| pem(format!("{name} {number}").as_bytes())).collect())
    };
    BTreeMap::from([of("PK", 1), of("KEK", 2), of("db", 3), of("dbx", 0)])
}

impl Default for Keys {
    fn default() -> Self {
        let mode = SecureBootMode::User;
        Self { enabled: true, in_force: true, mode, databases: vendors_keys() }
    }
}

impl State {
    /// The self test is over: what was asked for is in force.
    pub(super) fn boot_securely(&mut self) {
        self.keys.in_force = self.keys.enabled && self.keys.mode == SecureBootMode::User;
    }
}

impl SecureBootTruth for ModelWorld {
    fn enabled(&self) -> bool {
        self.state().keys.enabled
    }
    fn in_force(&self) -> bool {
        self.state().keys.in_force
    }
    fn mode(&self) -> SecureBootMode {
        self.state().keys.mode
    }
    fn certificates(&self, database: &str) -> Option<usize> {
        self.state().keys.databases.get(database).map(Vec::len)
    }
    fn spare_certificate(&self) -> Option<String> {
        Some(pem(b"spare"))
    }
}

const RESETS: [KeyReset; 2] = [KeyReset::ToDefault, KeyReset::DeleteAll];

/// The device's name of a certificate.
fn name_of(pem: &str) -> String {
    underlay_hal::Fingerprint::of(pem).0
}

impl ModelDevice {
    fn unknown_database<T>(&self, operation: &'static str) -> Result<Outcome<T>> {
        let lax = self.breaks("secure_boot::an_unknown_database_is_not_found");
        let kind = if lax { ErrorKind::InvalidInput } else { ErrorKind::NotFound };
        Err(self.refuse(operation, kind, "no such database"))
    }
}

#[async_trait]
impl SecureBoot for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<SecureBootState> {
        self.enter(cx, "secure_boot.read").await?;
        let world = self.world.state();
        let keys = &world.keys;
        let mut state = SecureBootState::default();
        state.enabled = Some(keys.enabled);
        state.in_force = Some(keys.in_force);
        state.mode = Some(keys.mode);
        if self.breaks("secure_boot::state_is_the_machine's") {
            state.mode = Some(SecureBootMode::Deployed);
        }
        if self.breaks("secure_boot::what_is_absent_has_a_reason") {
            state.mode = None;
        }
        if self.breaks("secure_boot::a_change_is_told_at_once_and_not_in_force") {
            state.in_force = state.enabled;
        }
        if self.breaks("secure_boot::a_boot_brings_it_into_force") {
            state.in_force = Some(true);
        }
        for (name, certificates) in &keys.databases {
            let mut database = SecureBootDatabase::new(name.clone());
            let told = |pem: &String| {
                let mut certificate = CertificateInfo::default();
                certificate.id = name_of(pem);
                certificate.pem = Some(pem.clone());
                certificate
            };
            database.certificates = certificates.iter().map(told).collect();
            if self.breaks("secure_boot::databases_are_the_machine's") {
                database.certificates.truncate(1);
            }
            state.databases.push(database);
        }
        Ok(state)
    }
    async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>> {
        self.enter(cx, "secure_boot.set_enabled").await?;
        let mut state = self.world.state();
        if state.keys.enabled == enabled && !self.breaks("secure_boot::setting_what_is_so_is_already_so") {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        state.mutations += 1;
        state.keys.enabled = enabled;
        if self.breaks("secure_boot::nothing_here_resets_the_host") {
            state.reset_host();
        }
        Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle)))
    }
    fn key_resets(&self) -> &[KeyReset] {
        &RESETS
    }
    async fn reset_keys(&self, cx: &Cx, how: KeyReset) -> Result<Outcome<Staged>> {
        const RESET: &str = "secure_boot.reset_keys";
        self.enter_destructive(cx, RESET, "secure_boot::resetting_keys_needs_consent").await?;
        if !RESETS.contains(&how) {
            return self.unsupported(RESET, "secure_boot::an_unlisted_key_reset_is_unsupported_and_untried");
        }
        let stays = self.breaks("secure_boot::without_keys_it_is_in_setup_mode");
        let poor = self.breaks("secure_boot::the_vendor's_keys_come_back");
        let mut state = self.world.state();
        state.mutations += 1;
        let id = state.stage(RESET, move |state, _| {
            if stays {
                return;
            }
            let mut databases = vendors_keys();
            if how == KeyReset::DeleteAll {
                databases.values_mut().for_each(Vec::clear);
                state.keys.mode = SecureBootMode::Setup;
            } else {
                state.keys.mode = SecureBootMode::User;
                if poor {
                    databases.insert("db".to_owned(), Vec::new());
                }
            }
            state.keys.databases = databases;
        });
        drop(state);
        self.under_way(id, RESET)
    }
    async fn add_certificate(&self, cx: &Cx, database: &str, pem: &str) -> Result<Outcome<Staged>> {
        const ADD: &str = "secure_boot.add_certificate";
        self.enter(cx, ADD).await?;
        let mut state = self.world.state();
        let Some(certificates) = state.keys.databases.get_mut(database) else {
            return self.unknown_database(ADD);
        };
        let there = certificates.iter().any(|one| one == pem);
        if there && !self.breaks("secure_boot::adding_a_certificate_twice_is_already_so") {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        if !self.breaks("secure_boot::a_certificate_can_be_added") {
            certificates.push(pem.to_owned());
        }
        state.mutations += 1;
        Ok(Outcome::Done(Staged::IN_EFFECT))
    }
    async fn remove_certificate(
        &self,
        cx: &Cx,
        database: &str,
        certificate: &str,
    ) -> Result<Outcome<Change>> {
        const REMOVE: &str = "secure_boot.remove_certificate";
        self.enter(cx, REMOVE).await?;
        let mut state = self.world.state();
        let Some(certificates) = state.keys.databases.get_mut(database) else {
            return self.unknown_database(REMOVE);
        };
        let Some(at) = certificates.iter().position(|pem| name_of(pem) == certificate) else {
            if self.breaks("secure_boot::removing_what_is_gone_is_already_so") {
                return Err(self.refuse(REMOVE, ErrorKind::NotFound, "no such certificate"));
            }
            return Ok(Outcome::Done(Change::AlreadySo));
        };
        if !self.breaks("secure_boot::a_certificate_can_be_removed") {
            certificates.remove(at);
        }
        state.mutations += 1;
        Ok(Outcome::Done(Change::Made))
    }
}
