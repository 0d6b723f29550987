//! The certificate that a service proves itself with.
//!
//! - The keys never leave: a request for signing comes out, a certificate goes in, and has to be for a key that is here.
//! - One that was installed serves every new connection at once, or after the controller's next start, by the persona.
//! - A factory reset brings the delivered one back.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::tls::{Authority, Identity, Validity};
use crate::plant::Server;
use crate::x509::Certificate;

/// Why a certificate was not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotInstalled {
    /// It is no certificate, or something behind it is none.
    NoCertificate,
    /// There are several, and one was announced.
    Chain,
    /// Its key is not this device's.
    ForeignKey,
}

/// The certificates and keys of one service.
#[derive(Debug)]
pub(crate) struct Vault(Mutex<Inner>);

struct Inner {
    /// As it was delivered; made when first asked for where nothing is served over TLS.
    delivered: Option<Identity>,
    /// Installed since, and in force.
    installed: Option<Identity>,
    /// Installed, and in force after the controller's next start.
    waiting: Option<Identity>,
    /// The key of the last request for signing.
    asked: Option<KeyPair>,
    /// The controller's starts and factory resets seen so far.
    seen: (u64, u64),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl Vault {
    pub(crate) fn new(delivered: Option<Identity>, server: &Server) -> Self {
        let seen = (server.bmc_generation(), server.manager().factory_resets);
        Self(Mutex::new(Inner { delivered, installed: None, waiting: None, asked: None, seen }))
    }

    fn lock(&self, server: &Server) -> MutexGuard<'_, Inner> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (server.bmc_generation(), server.manager().factory_resets);
        let before = std::mem::replace(&mut inner.seen, now);
        if before.1 != now.1 {
            (inner.installed, inner.waiting, inner.asked) = (None, None, None);
        } else if before.0 != now.0
            && let Some(waiting) = inner.waiting.take()
        {
            inner.installed = Some(waiting);
        }
        inner
    }

    /// What a listener that was started with this certificate serves a new connection with.
    pub(crate) fn config(&self, server: &Server, own: &Identity) -> Arc<ServerConfig> {
        let inner = self.lock(server);
        Arc::clone(&inner.installed.as_ref().unwrap_or(own).config)
    }

    /// The certificate in force, whether or not anything is served over TLS; `None` if there is no making one.
    pub(crate) fn current(&self, server: &Server, address: IpAddr) -> Option<Identity> {
        let mut inner = self.lock(server);
        if let Some(installed) = &inner.installed {
            return Some(installed.clone());
        }
        if inner.delivered.is_none() {
            let issued = Authority::new().and_then(|own| own.issue(server.name(), address, Validity::Long));
            inner.delivered = issued.ok();
        }
        inner.delivered.clone()
    }

    /// Makes a key and a request for signing, which is given in PEM.
    pub(crate) fn request(
        &self,
        server: &Server,
        params: &CertificateParams,
        algorithm: &'static SignatureAlgorithm,
    ) -> Result<String, rcgen::Error> {
        let key = KeyPair::generate_for(algorithm)?;
        let request = params.serialize_request(&key)?.pem()?;
        self.lock(server).asked = Some(key);
        Ok(request)
    }

    /// Installs a certificate in PEM, with its chain behind it if that was announced; at once, or for the controller's
    /// next start.
    pub(crate) fn install(
        &self,
        server: &Server,
        address: IpAddr,
        pem: &str,
        chain: bool,
        waits: bool,
    ) -> Result<(), NotInstalled> {
        let all = Certificate::read_pem(pem).ok_or(NotInstalled::NoCertificate)?;
        let first = all.first().ok_or(NotInstalled::NoCertificate)?;
        if all.len() > 1 && !chain {
            return Err(NotInstalled::Chain);
        }
        let ders: Vec<_> = all.iter().map(|one| CertificateDer::from(one.der.clone())).collect();
        let current = self.current(server, address).ok_or(NotInstalled::ForeignKey)?;
        let mut inner = self.lock(server);
        let is_asked = |key: &KeyPair| rcgen::PublicKeyData::subject_public_key_info(key) == first.public_key;
        let identity = if let Some(key) = inner.asked.as_ref().filter(|key| is_asked(key)) {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            Identity::new(ders, key)
        } else if Certificate::read(&current.certificate)
            .is_some_and(|own| own.public_key == first.public_key)
        {
            // A new certificate for the key in use.
            current.with_chain(ders)
        } else {
            return Err(NotInstalled::ForeignKey);
        };
        let identity = identity.map_err(|_| NotInstalled::ForeignKey)?;
        if waits {
            inner.waiting = Some(identity);
        } else {
            (inner.installed, inner.waiting) = (Some(identity), None);
        }
        Ok(())
    }
}
