//! Secure boot as it is.
use underlay_conformance::SecureBootTruth;
use underlay_hal::SecureBootMode;

use super::ServerTruth;
use crate::plant::KeyMode;

impl SecureBootTruth for ServerTruth {
    fn enabled(&self) -> bool {
        self.server.secure_boot().is_some_and(|view| view.enabled)
    }

    fn in_force(&self) -> bool {
        self.server.secure_boot().is_some_and(|view| view.in_force)
    }

    fn mode(&self) -> SecureBootMode {
        match self.server.secure_boot().map(|view| view.mode) {
            Some(KeyMode::User) => SecureBootMode::User,
            Some(KeyMode::Deployed) => SecureBootMode::Deployed,
            Some(KeyMode::Setup) | None => SecureBootMode::Setup,
        }
    }

    fn certificates(&self, database: &str) -> Option<usize> {
        let view = self.server.secure_boot()?;
        let found = view.databases.into_iter().find(|known| known.id == database)?;
        Some(found.certificates.len())
    }

    fn spare_certificate(&self) -> Option<String> {
        let params = rcgen::CertificateParams::new(vec!["spare.example".to_owned()]).ok()?;
        let key = rcgen::KeyPair::generate().ok()?;
        Some(params.self_signed(&key).ok()?.pem())
    }
}
