//! Certificates, as every resource that holds some shows them.

use serde_json::{Map, Value, json};

use super::{Scene, date, with};
use crate::x509::{Certificate, Name};

/// The resource of one certificate.
pub(super) fn document(
    scene: &Scene<'_>,
    at: &str,
    id: &str,
    certificate: &Certificate,
    usage: Option<&str>,
) -> Value {
    let fingerprint: Vec<_> = certificate.sha256().iter().map(|byte| format!("{byte:02X}")).collect();
    with(
        scene.resource(at, "Certificate", id, "Certificate"),
        json!({
            "CertificateString": certificate.pem(),
            "CertificateType": "PEM",
            "CertificateUsageTypes": usage.into_iter().collect::<Vec<_>>(),
            "Subject": name(&certificate.subject),
            "Issuer": name(&certificate.issuer),
            "ValidNotBefore": date(certificate.not_before),
            "ValidNotAfter": date(certificate.not_after),
            "SerialNumber": certificate.serial,
            "Fingerprint": fingerprint.join(":"),
            "FingerprintHashAlgorithm": "TPM_ALG_SHA256",
        }),
    )
}

/// The same where the certificate itself is not shown, only what it says.
pub(super) fn summary(mut document: Value) -> Value {
    if let Some(fields) = document.as_object_mut() {
        let hidden = ["CertificateString", "CertificateType", "Fingerprint", "FingerprintHashAlgorithm"];
        fields.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    document
}

/// A name, with what it has.
fn name(name: &Name) -> Value {
    let parts = [
        ("CommonName", &name.common_name),
        ("Organization", &name.organization),
        ("OrganizationalUnit", &name.organizational_unit),
        ("City", &name.city),
        ("State", &name.state),
        ("Country", &name.country),
    ];
    let given = parts.into_iter().filter_map(|(key, part)| Some((key.to_owned(), part.clone()?.into())));
    Value::Object(given.collect::<Map<_, _>>())
}
