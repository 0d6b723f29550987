//! What a certificate says of itself.
use base64::Engine as _;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_parser::{
    oid_registry::{
        OID_X509_COMMON_NAME, OID_X509_COUNTRY_NAME, OID_X509_LOCALITY_NAME, OID_X509_ORGANIZATION_NAME,
        OID_X509_ORGANIZATIONAL_UNIT, OID_X509_STATE_OR_PROVINCE_NAME,
    },
    prelude::{FromDer as _, X509Certificate},
    x509::X509Name,
};

/// The most certificates read from one text.
const MOST: usize = 8;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The certificate itself.
    pub(crate) der: Vec<u8>,
    pub(crate) subject: Name,
    pub(crate) issuer: Name,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// Serial number: hex with colons.
    pub(crate) serial: String,
    /// The public key with its algorithm (`SubjectPublicKeyInfo`).
    pub(crate) public_key: Vec<u8>,
}

/// A name, as far as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) common_name: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) organizational_unit: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: Option<String>,
}

impl Certificate {
    /// Reads one certificate; `None` if these bytes are none.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (rest, read) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        Some(Self {
            der: der.to_vec(),
            subject: name(read.subject()),
            issuer: name(read.issuer()),
            not_before: Timestamp::from_second(read.validity().not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(read.validity().not_after.timestamp()).ok()?,
            serial: read.raw_serial_as_string().to_ascii_uppercase(),
            public_key: read.public_key().raw.to_vec(),
        })
    }

    /// Reads certificates in PEM, one behind the other; `None` if there is anything else, or none.
    pub(crate) fn read_pem(text: &str) -> Option<Vec<Self>> {
        let mut found = Vec::new();
        for block in x509_parser::pem::Pem::iter_from_buffer(text.as_bytes()) {
            let block = block.ok().filter(|block| block.label == "CERTIFICATE")?;
            if found.len() == MOST {
                return None;
            }
            found.push(Self::read(&block.contents)?);
        }
        (!found.is_empty()).then_some(found)
    }

    /// The certificate in PEM.
    pub(crate) fn pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(&self.der);
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// SHA-256 of the certificate.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }
}

fn name(name: &X509Name<'_>) -> Name {
    let first = |oid| {
        let attribute = name.iter_by_oid(oid).next()?;
        attribute.as_str().ok().map(str::to_owned)
    };
    Name {
        common_name: first(&OID_X509_COMMON_NAME),
        organization: first(&OID_X509_ORGANIZATION_NAME),
        organizational_unit: first(&OID_X509_ORGANIZATIONAL_UNIT),
        city: first(&OID_X509_LOCALITY_NAME),
        state: first(&OID_X509_STATE_OR_PROVINCE_NAME),
        country: first(&OID_X509_COUNTRY_NAME),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("../../fixtures/certificates/platform-key.pem");

    #[test]
    fn a_certificate_is_read_and_written() {
        let read = Certificate::read_pem(PEM).expect("a certificate");
        let [only] = read.as_slice() else { panic!("one certificate") };
        assert_eq!(only.subject.common_name.as_deref(), Some("Underlay Platform Key"));
        assert_eq!(only.subject.country.as_deref(), Some("CH"));
        assert_eq!(only.subject, only.issuer);
        assert_eq!(only.not_before.to_string(), "2020-01-01T00:00:00Z");
        assert_eq!(only.pem(), PEM);
        let chain = format!("{PEM}{PEM}");
        assert_eq!(Certificate::read_pem(&chain).map(|chain| chain.len()), Some(2));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let cut: String = PEM.lines().filter(|line| !line.starts_with("MII")).collect::<Vec<_>>().join("\n");
        let long = PEM.repeat(9);
        for text in
            ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &cut, &long]
        {
            assert_eq!(Certificate::read_pem(text), None, "{text}");
        }
        let key = PEM.replace("CERTIFICATE", "PRIVATE KEY");
        assert_eq!(Certificate::read_pem(&key), None);
    }
}
