//! Certificates for simulated services: one authority, one certificate for each device.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use sha2::{Digest, Sha256};

/// A certificate authority for one simulated rack. All devices share one ECDSA key, so that ten thousand of them do
/// not cost ten thousand key generations; each has a certificate of its own, so that each has a pin of its own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A device's certificate, ready to serve.
#[derive(Clone)]
pub struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    /// The certificate, without its chain.
    pub(crate) certificate: CertificateDer<'static>,
    key: Arc<PrivateKeyDer<'static>>,
    sha256: [u8; 32],
}

/// How long a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validity {
    /// From 2020 to 2049: longer than anybody runs a simulator.
    #[default]
    Long,
    /// It ended in 2021.
    Expired,
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    std::io::Error::other(error)
}

impl Authority {
    /// Makes a key and a self-signed authority certificate.
    ///
    /// # Errors
    /// Any failure of the cryptographic provider.
    pub fn new() -> std::io::Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Underlay simulated rack");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2049, 12, 31);
        let authority_key = KeyPair::generate().map_err(failed)?;
        let certificate = params.self_signed(&authority_key).map_err(failed)?;
        let pem = certificate.pem();
        let der = certificate.der().clone();
        let key = KeyPair::generate().map_err(failed)?;
        Ok(Self { issuer: Issuer::new(params, authority_key), key, certificate: der, pem })
    }

    /// The authority's certificate, for clients that verify against a CA file.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a device that answers at an address.
    ///
    /// # Errors
    /// Any failure of the cryptographic provider.
    pub fn issue(&self, name: &str, address: IpAddr, validity: Validity) -> std::io::Result<Identity> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![SanType::IpAddress(address)];
        if let Ok(host) = "localhost".try_into() {
            params.subject_alt_names.push(SanType::DnsName(host));
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = match validity {
            Validity::Long => rcgen::date_time_ymd(2049, 12, 31),
            Validity::Expired => rcgen::date_time_ymd(2021, 1, 1),
        };
        let certificate = params.signed_by(&self.key, &self.issuer).map_err(failed)?;
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        Identity::new(chain, private(&self.key))
    }

    /// Signs a request, long valid and without looking whose it is; gives the certificate in PEM.
    ///
    /// # Errors
    /// If it is no request, or its own signature is wrong.
    pub fn sign(&self, request: &str) -> std::io::Result<String> {
        let mut request = CertificateSigningRequestParams::from_pem(request).map_err(failed)?;
        request.params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        request.params.not_after = rcgen::date_time_ymd(2049, 12, 31);
        request.params.use_authority_key_identifier_extension = true;
        let certificate = request.signed_by(&self.issuer).map_err(failed)?;
        Ok(certificate.pem())
    }
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

impl Identity {
    /// A certificate with its chain behind it, and its key.
    ///
    /// # Errors
    /// If there is no certificate, or the key is not the first one's.
    pub(crate) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> std::io::Result<Self> {
        let certificate = chain.first().cloned().ok_or(std::io::ErrorKind::InvalidData)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(chain, key.clone_key())
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The default cache is room for 256 sessions, for each of ten thousand devices.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let sha256 = Sha256::digest(&certificate).into();
        Ok(Self { config: Arc::new(config), certificate, key: Arc::new(key), sha256 })
    }

    /// The same key with other certificates.
    ///
    /// # Errors
    /// If the key is not theirs.
    pub(crate) fn with_chain(&self, chain: Vec<CertificateDer<'static>>) -> std::io::Result<Self> {
        Self::new(chain, self.key.clone_key())
    }

    /// SHA-256 of the DER certificate: what a client pins.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
