//! The certificates that the management controller proves itself with.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CertificateInfo, Cx, Outcome, Result, Staged};

/// What a certificate is asked for (DSP0268 `CertificateService.GenerateCSR`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsrRequest {
    /// The host name.
    pub common_name: String,
    /// Further host names and addresses.
    pub alternative_names: Vec<String>,
    /// Organisation.
    pub organization: String,
    /// Department.
    pub organizational_unit: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Country, in two letters.
    pub country: String,
    /// `RSA` or `EC`, in TPM words (`TPM_ALG_RSA`) where the device wants those; its own choice if `None`.
    pub key_algorithm: Option<String>,
    /// Bits of an RSA key; the device's choice if `None`.
    pub key_bits: Option<u32>,
}

/// A request that a certificate authority signs. The private key stays on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Csr {
    /// The request in PEM (PKCS #10).
    pub pem: String,
}

/// The certificates of the management controller's web service (DSP0268 `CertificateService`, `Certificate`).
///
/// - The private key never leaves the device: a request for signing comes out, a certificate goes in.
/// - Once a certificate is installed, the device proves itself with it, at once or after a restart of the controller
///   ([`crate::Needs::BmcReset`]). A pin of the old one no longer fits: pin the new one first.
#[async_trait]
pub trait Certificates: fmt::Debug + Send + Sync {
    /// The certificates in force.
    ///
    /// # Errors
    /// As every read. A certificate that cannot be read is left out.
    async fn list(&self, cx: &Cx) -> Result<Vec<CertificateInfo>>;

    /// Makes a key and a request for signing.
    ///
    /// # Errors
    /// `Unsupported` where the device cannot; `InvalidInput` if it refuses a field.
    async fn generate_csr(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>>;

    /// Installs a certificate (PEM, with its chain behind it) in place of that one, or of the only one.
    ///
    /// # Errors
    /// `NotFound` for a certificate that is not there; `Conflict` if there are several and none is named;
    /// `InvalidInput` if the device refuses it, such as for a key that is not its own; all with effect `None`.
    async fn install(&self, cx: &Cx, certificate: Option<String>, pem: &str) -> Result<Outcome<Staged>>;
}
