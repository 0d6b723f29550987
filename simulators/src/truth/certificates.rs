//! The management controller's certificate as it is.
use std::fmt::Write as _;

use underlay_conformance::CertificatesTruth;

use super::ServerTruth;
use crate::redfish::Authority;

impl CertificatesTruth for ServerTruth {
    fn served_sha256(&self) -> String {
        let digest = self.certificates.as_ref().and_then(crate::redfish::Certificates::served_sha256);
        digest.unwrap_or_default().iter().fold(String::new(), |mut text, byte| {
            let _infallible = write!(text, "{byte:02x}");
            text
        })
    }

    fn sign(&self, csr: &str) -> Result<String, String> {
        let authority = Authority::new().map_err(|error| error.to_string())?;
        authority.sign(csr).map_err(|error| error.to_string())
    }

    /// The authority's own.
    fn foreign(&self) -> String {
        Authority::new().map(|authority| authority.certificate_pem().to_owned()).unwrap_or_default()
    }
}
