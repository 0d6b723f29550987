//! The controller's certificate. Its certificates hold no more than the name of a key.

use async_trait::async_trait;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use underlay_hal::{
    CertificateInfo, Certificates, Csr, CsrRequest, Cx, ErrorKind, Needs, Outcome, Result, Staged,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::CertificatesTruth;

const ID: &str = "1";

#[derive(Debug)]
pub(super) struct Identity {
    /// What is served.
    served: String,
    /// What is served from the next restart on.
    next: Option<String>,
    /// The number of the newest key.
    key: u32,
}

impl Default for Identity {
    fn default() -> Self {
        Self { served: pem(b"key-1 of itself"), next: None, key: 1 }
    }
}

impl State {
    /// The controller restarts.
    pub(super) fn serve_anew(&mut self) {
        if let Some(next) = self.identity.next.take() {
            self.identity.served = next;
        }
    }
}

fn labelled(label: &str, bytes: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

pub(super) fn pem(bytes: &[u8]) -> String {
    labelled("CERTIFICATE", bytes)
}

/// The bytes of a text in PEM, under this label.
fn bytes(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let body: String = rest.split_once("-----END")?.0.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

fn sha256(pem: &str) -> String {
    let digest = Sha256::digest(bytes("CERTIFICATE", pem).unwrap_or_default());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl CertificatesTruth for ModelWorld {
    fn served_sha256(&self) -> String {
        sha256(&self.state().identity.served)
    }
    fn sign(&self, csr: &str) -> std::result::Result<String, String> {
        let key = bytes("CERTIFICATE REQUEST", csr).ok_or("no request for signing")?;
        Ok(pem(&[key, b" of an authority".to_vec()].concat()))
    }
    fn foreign(&self) -> String {
        pem(b"key-0 of an authority")
    }
}

#[async_trait]
impl Certificates for ModelDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<CertificateInfo>> {
        self.enter(cx, "certificates.list").await?;
        let served = self.world.state().identity.served.clone();
        let mut one = CertificateInfo::default();
        one.id = ID.to_owned();
        let digest = sha256(&served);
        let wrong = self.breaks("certificates::the_one_served_is_listed");
        one.fingerprint = Some(if wrong { digest.chars().rev().collect() } else { digest });
        Ok(vec![one])
    }
    async fn generate_csr(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>> {
        self.enter(cx, "certificates.generate_csr").await?;
        let mut state = self.world.state();
        state.mutations += 1;
        state.identity.key += 1;
        if self.breaks("certificates::asking_for_a_request_changes_nothing_served") {
            state.identity.served = pem(request.common_name.as_bytes());
        }
        let key = format!("key-{}", state.identity.key);
        let label =
            if self.breaks("certificates::a_request_can_be_signed") { "CSR" } else { "CERTIFICATE REQUEST" };
        let mut pem = labelled(label, key.as_bytes());
        if self.breaks("certificates::the_private_key_stays") {
            pem.push_str(&labelled("PRIVATE KEY", key.as_bytes()));
        }
        Ok(Outcome::Done(Csr { pem }))
    }
    async fn install(&self, cx: &Cx, certificate: Option<String>, pem: &str) -> Result<Outcome<Staged>> {
        const INSTALL: &str = "certificates.install";
        self.enter(cx, INSTALL).await?;
        if certificate.is_some_and(|id| id != ID) {
            let law = "certificates::replacing_what_is_not_there_is_not_found";
            return self.refused(INSTALL, ErrorKind::NotFound, law);
        }
        let mut state = self.world.state();
        let own = format!("key-{}", state.identity.key);
        let fits = bytes("CERTIFICATE", pem).is_some_and(|bytes| bytes.starts_with(own.as_bytes()));
        if !fits && !self.breaks("certificates::a_foreign_key_is_invalid_input") {
            return Err(self.refuse(INSTALL, ErrorKind::InvalidInput, "for another key"));
        }
        state.mutations += 1;
        if !self.breaks("certificates::what_is_installed_is_served") {
            state.identity.next = Some(pem.to_owned());
        }
        Ok(Outcome::Done(Staged::made(Needs::BmcReset)))
    }
}
