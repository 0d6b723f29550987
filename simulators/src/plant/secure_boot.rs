//! UEFI secure boot: what is asked for, what is in force, and the databases of keys.
//!
//! - What is asked for, and a reset of keys, come into force at the end of the next self test.
//! - Without a platform key (setup mode), or booted by legacy BIOS, nothing is in force.
use std::{fmt, sync::Arc};

use super::{
    BiosChange, BiosCommit, BiosRefusal, Change, MutationKind, Origin, Refusal, Server,
    machine::{Area, Machine},
    queue::Step,
};
use crate::{
    persona::{BiosRole, SecureBootData},
    x509::Certificate,
};

/// The most certificates in one database.
const MOST: usize = 32;

/// The databases of the UEFI specification, and what the vendor puts into each.
const DATABASES: [(&str, &[&str], usize); 4] = [
    ("PK", &[include_str!("../../../fixtures/certificates/platform-key.pem")], 0),
    ("KEK", &[include_str!("../../../fixtures/certificates/key-exchange-key.pem")], 0),
    (
        "db",
        &[
            include_str!("../../../fixtures/certificates/image-authority.pem"),
            include_str!("../../../fixtures/certificates/option-rom-authority.pem"),
        ],
        0,
    ),
    // Digests of images that are not to be booted.
    ("dbx", &[], 3),
];

/// The mode of the platform's keys (UEFI specification, "Secure Boot Modes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// No platform key.
    Setup,
    /// A platform key guards the databases.
    User,
    /// The same, locked further.
    Deployed,
}

/// What becomes of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReset {
    /// As the vendor delivers them.
    Delivered,
    /// None.
    Deleted,
}

/// Secure boot at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureBootView {
    /// Is it asked for at the next boot?
    pub enabled: bool,
    /// Was it in force at the last one?
    pub in_force: bool,
    /// The mode of the keys.
    pub mode: KeyMode,
    /// The databases.
    pub databases: Vec<KeyDatabase>,
}

/// One database of keys.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyDatabase {
    /// `PK`, `KEK`, `db` or `dbx`.
    pub id: &'static str,
    /// Its certificates in PEM, each with its number, which is never used again.
    pub certificates: Vec<(u32, Arc<str>)>,
    /// How many digests it holds.
    pub digests: usize,
    last: u32,
}

impl fmt::Debug for KeyDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} certificates", self.id, self.certificates.len())
    }
}

impl KeyDatabase {
    fn delivered(id: &'static str) -> Self {
        let mut database = Self { id, certificates: Vec::new(), digests: 0, last: 0 };
        database.reset(KeyReset::Delivered);
        database
    }

    fn reset(&mut self, how: KeyReset) {
        self.certificates.clear();
        self.digests = 0;
        let delivered = DATABASES.iter().find(|(id, ..)| *id == self.id);
        if let (KeyReset::Delivered, Some((_, certificates, digests))) = (how, delivered) {
            for pem in *certificates {
                self.add(pem);
            }
            self.digests = *digests;
        }
    }

    fn add(&mut self, pem: &str) -> u32 {
        self.last += 1;
        self.certificates.push((self.last, pem.into()));
        self.last
    }
}

#[derive(Debug)]
pub(super) struct SecureBoot {
    /// Asked for, where no setting of the firmware stands for it.
    asked: bool,
    in_force: bool,
    databases: Vec<KeyDatabase>,
    /// For the end of the next self test, by database.
    resets: Vec<(&'static str, KeyReset)>,
}

impl SecureBoot {
    pub(super) fn new(data: Option<SecureBootData>) -> Self {
        let keys = data.is_some_and(|data| data.keys);
        let databases = DATABASES.iter().map(|(id, ..)| {
            let mut database = KeyDatabase::delivered(id);
            if !keys {
                database.reset(KeyReset::Deleted);
            }
            database
        });
        Self { asked: false, in_force: false, databases: databases.collect(), resets: Vec::new() }
    }

    fn has_platform_key(&self) -> bool {
        self.databases.iter().any(|database| database.id == "PK" && !database.certificates.is_empty())
    }

    /// Whether there will be a platform key at the next boot.
    fn will_have_platform_key(&self) -> bool {
        let reset = self.resets.iter().rfind(|(id, _)| *id == "PK");
        reset.map_or_else(|| self.has_platform_key(), |(_, how)| *how == KeyReset::Delivered)
    }

    fn database(&mut self, id: &str) -> Result<&mut KeyDatabase, Refusal> {
        self.databases.iter_mut().find(|database| database.id == id).ok_or(Refusal::NotFound)
    }
}

impl Machine {
    fn secure_boot_view(&self, data: SecureBootData) -> SecureBootView {
        let state = &self.secure_boot;
        let mode = match (state.has_platform_key(), data.deployed) {
            (false, _) => KeyMode::Setup,
            (true, false) => KeyMode::User,
            (true, true) => KeyMode::Deployed,
        };
        let enabled = self.bios_will_say(BiosRole::SecureBoot).unwrap_or(state.asked);
        SecureBootView { enabled, in_force: state.in_force, mode, databases: state.databases.clone() }
    }

    /// The self test is over: keys are reset first, then it is decided whether the boot is secure.
    pub(super) fn secure_boot_after_post(&mut self) {
        if self.spec.persona.secure_boot.is_none() {
            return;
        }
        let resets = std::mem::take(&mut self.secure_boot.resets);
        for (id, how) in &resets {
            if let Ok(database) = self.secure_boot.database(id) {
                database.reset(*how);
            }
        }
        let asked = self.bios_says(BiosRole::SecureBoot).unwrap_or(self.secure_boot.asked);
        let uefi = self.boot_mode() == super::BootMode::Uefi;
        let in_force = asked && uefi && self.secure_boot.has_platform_key();
        if in_force != self.secure_boot.in_force || !resets.is_empty() {
            self.secure_boot.in_force = in_force;
            self.touch(Area::Bios);
        }
    }

    fn set_secure_boot(
        &mut self,
        step: &Step<'_>,
        enabled: bool,
        commit: BiosCommit,
        job: &str,
        origin: Origin,
    ) -> Result<Option<u32>, Refusal> {
        self.need_bmc(origin)?;
        let legacy = self.bios_will_say(BiosRole::Uefi) == Some(false);
        if enabled && (legacy || !self.secure_boot.will_have_platform_key()) {
            return Err(Refusal::Conflict);
        }
        let persona = Arc::clone(&self.spec.persona);
        let setting = persona.bios.as_ref().and_then(|data| data.of_role(BiosRole::SecureBoot));
        if let Some(setting) = setting {
            let value = if enabled { setting.yes() } else { setting.no() };
            let values = [(setting.name.clone(), Some(value))].into();
            let change =
                BiosChange { values, commit, job: job.to_owned(), lenient: false, keeps_equal: false };
            let staged = self.stage_bios(step, change, origin).map_err(|refusal| match refusal {
                BiosRefusal::Machine(refusal) => refusal,
                BiosRefusal::Values(_) => Refusal::Conflict,
            })?;
            return Ok(staged.job);
        }
        if self.secure_boot.asked != enabled {
            self.secure_boot.asked = enabled;
            self.count(step, origin, MutationKind::Setting, format!("secure boot {enabled}"));
            self.touch(Area::Bios);
        }
        Ok(None)
    }

    fn change_keys<R>(
        &mut self,
        step: &Step<'_>,
        what: &str,
        origin: Origin,
        change: impl FnOnce(&mut SecureBoot) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.need_bmc(origin)?;
        let answer = change(&mut self.secure_boot)?;
        self.count(step, origin, MutationKind::Setting, format!("secure boot keys: {what}"));
        self.touch(Area::Bios);
        Ok(answer)
    }
}

impl Server {
    /// UEFI secure boot; `None` if the machine has none.
    #[must_use]
    pub fn secure_boot(&self) -> Option<SecureBootView> {
        let data = self.spec.persona.secure_boot?;
        Some(self.read(|machine| machine.secure_boot_view(data)))
    }

    /// Asks for secure boot at the next boot, or for none; gives the job that brings it, if one does.
    ///
    /// # Errors
    /// - [`Refusal::Conflict`]: there is no platform key, the host boots by legacy BIOS, or another setting forbids
    ///   it. [`Refusal::BmcDown`].
    pub fn set_secure_boot(
        &self,
        enabled: bool,
        commit: BiosCommit,
        job: &str,
        origin: Origin,
    ) -> Result<Option<u32>, Refusal> {
        self.act(|machine, step| machine.set_secure_boot(step, enabled, commit, job, origin))
    }

    /// Resets the keys of a database at the next boot; of all of them without one.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no such database. [`Refusal::BmcDown`].
    pub fn reset_keys(
        &self,
        database: Option<&str>,
        how: KeyReset,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            let what = format!("{} {how:?}", database.unwrap_or("all"));
            machine.change_keys(step, &what, origin, |state| {
                let ids: Vec<_> = state.databases.iter().map(|known| known.id).collect();
                let chosen: Vec<_> =
                    ids.into_iter().filter(|id| database.is_none_or(|wanted| wanted == *id)).collect();
                if chosen.is_empty() {
                    return Err(Refusal::NotFound);
                }
                for id in chosen {
                    state.resets.retain(|(known, _)| *known != id);
                    state.resets.push((id, how));
                }
                Ok(Change::Made)
            })
        })
    }

    /// Adds a certificate (PEM) to a database; gives its number.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`]: no such database. [`Refusal::Invalid`]: not one certificate.
    /// - [`Refusal::Conflict`]: it is in it already, or the database is full, as `PK` is with one.
    ///   [`Refusal::BmcDown`].
    pub fn add_key(&self, database: &str, pem: &str, origin: Origin) -> Result<u32, Refusal> {
        self.act(|machine, step| {
            machine.change_keys(step, &format!("{database} add"), origin, |state| {
                let database = state.database(database)?;
                let read = Certificate::read_pem(pem).ok_or(Refusal::Invalid)?;
                let [certificate] = read.as_slice() else { return Err(Refusal::Invalid) };
                let pem = certificate.pem();
                let most = if database.id == "PK" { 1 } else { MOST };
                let known = database.certificates.iter().any(|(_, known)| **known == *pem);
                if known || database.certificates.len() >= most {
                    return Err(Refusal::Conflict);
                }
                Ok(database.add(&pem))
            })
        })
    }

    /// Removes a certificate from a database.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`], [`Refusal::BmcDown`].
    pub fn remove_key(&self, database: &str, number: u32, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.change_keys(step, &format!("{database} remove"), origin, |state| {
                let database = state.database(database)?;
                let before = database.certificates.len();
                database.certificates.retain(|(known, _)| *known != number);
                if database.certificates.len() == before { Err(Refusal::NotFound) } else { Ok(Change::Made) }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use underlay_rack::{Device, InitialState, Rack};

    use super::*;
    use crate::{
        persona::PersonaSet,
        plant::{ClockMode, Plant, PowerAction},
    };

    fn machine(persona: &str) -> (Plant, Server) {
        let device = Device {
            name: "node1".to_owned(),
            persona: Some(persona.to_owned()),
            state: Some(InitialState::On),
            ..Device::default()
        };
        let rack = Rack { seed: 7, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas read");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("plant builds");
        let server = plant.server("node1").expect("node1 exists");
        (plant, server)
    }

    fn boot(plant: &Plant, server: &Server) {
        server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        plant.advance(Duration::from_secs(600));
    }

    fn set(server: &Server, enabled: bool) -> Result<Option<u32>, Refusal> {
        server.set_secure_boot(enabled, BiosCommit::Reset, "", Origin::Redfish)
    }

    fn view(server: &Server) -> SecureBootView {
        server.secure_boot().expect("secure boot")
    }

    #[test]
    fn it_is_asked_for_at_once_and_in_force_from_the_next_boot_on() {
        // One has a setting of the firmware for it, the other has not.
        for persona in ["standard", "hpe-ilo5"] {
            let (plant, server) = machine(persona);
            assert_eq!((view(&server).enabled, view(&server).in_force), (false, false));
            set(&server, true).expect("accepted");
            plant.advance(Duration::from_secs(600));
            assert_eq!((view(&server).enabled, view(&server).in_force), (true, false), "{persona}");
            boot(&plant, &server);
            assert_eq!((view(&server).enabled, view(&server).in_force), (true, true), "{persona}");
            set(&server, false).expect("accepted");
            assert!(view(&server).in_force);
            boot(&plant, &server);
            assert!(!view(&server).in_force);
            assert_eq!(server.counters().of(Origin::Redfish, MutationKind::Setting), 2);
        }
    }

    #[test]
    fn without_a_platform_key_it_cannot_be() {
        let (plant, server) = machine("standard");
        set(&server, true).expect("accepted");
        boot(&plant, &server);
        server.reset_keys(Some("PK"), KeyReset::Deleted, Origin::Redfish).expect("accepted");
        assert_eq!((view(&server).mode, view(&server).in_force), (KeyMode::User, true), "not before a boot");
        boot(&plant, &server);
        assert_eq!((view(&server).mode, view(&server).in_force), (KeyMode::Setup, false));
        set(&server, false).expect("accepted");
        boot(&plant, &server);
        assert_eq!(set(&server, true), Err(Refusal::Conflict));
        server.reset_keys(None, KeyReset::Delivered, Origin::Redfish).expect("accepted");
        set(&server, true).expect("there will be a key");
        boot(&plant, &server);
        assert_eq!((view(&server).mode, view(&server).in_force), (KeyMode::User, true));
    }

    #[test]
    fn a_host_that_boots_by_legacy_bios_has_none() {
        let (plant, server) = machine("standard");
        let legacy = BiosChange {
            values: [("BootMode".to_owned(), Some("Legacy".into()))].into(),
            commit: BiosCommit::Reset,
            job: String::new(),
            lenient: false,
            keeps_equal: false,
        };
        server.stage_bios(legacy, Origin::Redfish).expect("staged");
        assert_eq!(set(&server, true), Err(Refusal::Conflict));
        boot(&plant, &server);
        assert_eq!(set(&server, true), Err(Refusal::Conflict));
    }

    #[test]
    fn databases_take_certificates_and_nothing_else() {
        const ANOTHER: &str = include_str!("../../../fixtures/certificates/key-exchange-key.pem");
        let (plant, server) = machine("standard");
        let count = |id: &str| {
            let view = view(&server);
            view.databases.iter().find(|database| database.id == id).map(|known| known.certificates.len())
        };
        assert_eq!(
            (count("PK"), count("KEK"), count("db"), count("dbx")),
            (Some(1), Some(1), Some(2), Some(0))
        );
        let add = |database: &str, pem: &str| server.add_key(database, pem, Origin::Redfish);
        assert_eq!(add("dbz", ANOTHER), Err(Refusal::NotFound));
        assert_eq!(add("db", "nonsense"), Err(Refusal::Invalid));
        assert_eq!(add("db", &format!("{ANOTHER}{ANOTHER}")), Err(Refusal::Invalid));
        assert_eq!(add("PK", ANOTHER), Err(Refusal::Conflict));
        assert_eq!(server.counters().mutations(), 0);
        assert_eq!(add("db", ANOTHER), Ok(3));
        assert_eq!(add("db", ANOTHER), Err(Refusal::Conflict), "it is in it");
        assert_eq!(server.remove_key("db", 3, Origin::Redfish), Ok(Change::Made));
        assert_eq!(server.remove_key("db", 3, Origin::Redfish), Err(Refusal::NotFound));
        assert_eq!(add("db", ANOTHER), Ok(4), "a number is not used again");
        server.reset_keys(Some("db"), KeyReset::Delivered, Origin::Redfish).expect("accepted");
        boot(&plant, &server);
        assert_eq!(count("db"), Some(2));
    }
}
