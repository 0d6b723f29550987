//! How the controller proves who it is.

use std::{fmt::Write as _, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use underlay_hal::{Error, ErrorKind, Result, Tls};

/// A TLS configuration that trusts as told. `Plain` gets one too, though it is not used.
///
/// # Errors
/// `InvalidInput` for a pin that is not 64 hex digits or a CA file that cannot be read.
pub(super) fn configuration(trust: &Tls) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Unexpected, "no TLS version in common").with_source(error))?;
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Tls::CaFile(path) => {
            let mut roots = RootCertStore::empty();
            let unreadable = |error: rustls::pki_types::pem::Error| {
                Error::new(ErrorKind::InvalidInput, format!("cannot read the CA file {path}"))
                    .with_source(error)
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?).map_err(|error| {
                    Error::new(ErrorKind::InvalidInput, format!("{path} holds a bad certificate"))
                        .with_source(error)
                })?;
            }
            if roots.is_empty() {
                return Err(Error::new(ErrorKind::InvalidInput, format!("{path} holds no certificate")));
            }
            return Ok(builder.with_root_certificates(roots).with_no_client_auth());
        }
        Tls::PinSha256(pin) => Arc::new(Pinned { pin: parse_pin(pin)?, provider }),
        Tls::Insecure | Tls::Plain => Arc::new(Anybody { provider }),
        _ => Arc::new(rustls_platform_verifier::Verifier::new(provider).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "cannot load the system's certificate authorities")
                .with_source(error)
        })?),
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Hex, in either case, with or without colons.
fn parse_pin(text: &str) -> Result<[u8; 32]> {
    let wrong = || {
        Error::new(
            ErrorKind::InvalidInput,
            "a pin is the SHA-256 of the certificate: 64 hex digits, colons allowed",
        )
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let mut pin = [0; 32];
    for (byte, pair) in pin.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(pin)
}

/// Trusts one certificate, by its SHA-256. Name, issuer and dates do not matter: the pin says it all.
#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

/// Trusts anybody.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
}

/// The handshake signature is checked in every case: without it, a pin would be worth nothing.
macro_rules! checks_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls12_signature(message, certificate, signature, algorithms)
        }
        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls13_signature(message, certificate, signature, algorithms)
        }
        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = Sha256::digest(end_entity.as_ref());
        if bool::from(seen[..].ct_eq(&self.pin[..])) {
            return Ok(ServerCertVerified::assertion());
        }
        let hex = seen.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Err(rustls::Error::General(format!("the certificate's SHA-256 is {hex}, and the pin is another")))
    }
    checks_signatures!();
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    checks_signatures!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_64_hex_digits() {
        let colons = (0..32).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
        assert_eq!(parse_pin(&colons).unwrap()[31], 31);
        for wrong in ["", "ab", &"0".repeat(63), &"g".repeat(64), &"+f".repeat(32)] {
            assert_eq!(parse_pin(wrong).unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong}");
        }
    }

    #[test]
    fn a_ca_file_that_is_none_is_refused() {
        let missing = Tls::CaFile("/nonexistent/ca.pem".to_owned());
        assert_eq!(configuration(&missing).unwrap_err().kind(), ErrorKind::InvalidInput);
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = Tls::CaFile(file.path().to_string_lossy().into_owned());
        assert_eq!(configuration(&empty).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
