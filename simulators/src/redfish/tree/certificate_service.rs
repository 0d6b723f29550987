//! The certificate service, and the certificate that the service proves itself with.

use serde_json::{Value, json};

use super::{Scene, certificates, collection, link, with};
use crate::redfish::persona::Allowable;
use crate::x509::Certificate;

/// Where the certificate service lies.
pub(crate) const SERVICE: &str = "/redfish/v1/CertificateService";

/// The words for the algorithm of a key that is made here.
pub(crate) const ALGORITHMS: [&str; 1] = ["TPM_ALG_ECDSA"];
/// The words for its curve.
pub(crate) const CURVES: [&str; 2] = ["TPM_ECC_NIST_P256", "TPM_ECC_NIST_P384"];
/// What a certificate may be asked to be for.
pub(crate) const USAGES: [&str; 4] =
    ["DigitalSignature", "KeyAgreement", "ServerAuthentication", "ClientAuthentication"];
/// How certificates may come: alone, or with their chain.
const TYPES: [&str; 2] = ["PEM", "PEMchain"];

/// The parameters of `GenerateCSR`: name, type, whether it is needed, and the values it takes if those are listed.
const REQUEST: [(&str, &str, bool, &[&str]); 11] = [
    ("AlternativeNames", "StringArray", false, &[]),
    ("CertificateCollection", "Object", true, &[]),
    ("City", "String", true, &[]),
    ("CommonName", "String", true, &[]),
    ("Country", "String", true, &[]),
    ("KeyCurveId", "String", false, &CURVES),
    ("KeyPairAlgorithm", "String", false, &ALGORITHMS),
    ("KeyUsage", "StringArray", false, &USAGES),
    ("Organization", "String", true, &[]),
    ("OrganizationalUnit", "String", true, &[]),
    ("State", "String", true, &[]),
];
/// How certificates may come here.
pub(crate) fn types(scene: &Scene<'_>) -> &'static [&'static str] {
    if scene.data.certificates.chains { &TYPES } else { &TYPES[..1] }
}

/// The collection that holds the certificate of the web service.
pub(crate) fn collection_path(scene: &Scene<'_>) -> String {
    format!("{}/HTTPS/Certificates", super::manager_network::protocols_path(scene))
}

/// That certificate.
pub(crate) fn certificate_path(scene: &Scene<'_>) -> String {
    format!("{}/{}", collection_path(scene), scene.data.certificates.id)
}

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    if !scene.data.certificates.offered {
        return None;
    }
    let with_info = scene.data.allowable != Allowable::Inline;
    match rest {
        [] => Some(service(scene, path)),
        ["CertificateLocations"] => Some(with(
            scene.resource(path, "CertificateLocations", "CertificateLocations", "Certificate Locations"),
            json!({ "Links": {
                "Certificates@odata.count": locations(scene).len(),
                "Certificates": locations(scene).iter().map(|at| link(at)).collect::<Vec<_>>(),
            }}),
        )),
        ["GenerateCSRActionInfo"] if with_info => Some(info(scene, path, "GenerateCSR", &REQUEST)),
        ["ReplaceCertificateActionInfo"] if with_info => {
            let rows = [
                ("CertificateString", "String", true, [].as_slice()),
                ("CertificateType", "String", true, types(scene)),
                ("CertificateUri", "Object", true, &[]),
            ];
            Some(info(scene, path, "ReplaceCertificate", &rows))
        }
        _ => None,
    }
}

fn service(scene: &Scene<'_>, path: &str) -> Value {
    let action = |name: &str, values: &[(&str, &[&str])]| {
        let mut action = json!({ "target": format!("{path}/Actions/CertificateService.{name}") });
        if scene.data.allowable != Allowable::ActionInfo {
            for (parameter, allowed) in values {
                action[format!("{parameter}@Redfish.AllowableValues")] = (*allowed).into();
            }
        }
        if scene.data.allowable != Allowable::Inline {
            action["@Redfish.ActionInfo"] = format!("{path}/{name}ActionInfo").into();
        }
        action
    };
    let request: [(&str, &[&str]); 3] =
        [("KeyCurveId", &CURVES), ("KeyPairAlgorithm", &ALGORITHMS), ("KeyUsage", &USAGES)];
    with(
        scene.resource(path, "CertificateService", "CertificateService", "Certificate Service"),
        json!({
            "CertificateLocations": link(&format!("{path}/CertificateLocations")),
            "Actions": {
                "#CertificateService.GenerateCSR": action("GenerateCSR", &request),
                "#CertificateService.ReplaceCertificate":
                    action("ReplaceCertificate", &[("CertificateType", types(scene))]),
            },
        }),
    )
}

fn info(scene: &Scene<'_>, path: &str, action: &str, rows: &[(&str, &str, bool, &[&str])]) -> Value {
    let parameters = rows.iter().map(|(name, kind, required, allowed)| {
        let mut parameter = json!({ "Name": name, "DataType": kind, "Required": required });
        if !allowed.is_empty() {
            parameter["AllowableValues"] = (*allowed).into();
        }
        parameter
    });
    with(
        scene.resource(path, "ActionInfo", &format!("{action}ActionInfo"), &format!("{action} Action Info")),
        json!({ "Parameters": parameters.collect::<Vec<_>>() }),
    )
}

/// Every certificate of this service: its own, and those of secure boot.
fn locations(scene: &Scene<'_>) -> Vec<String> {
    let databases = scene.service.server.secure_boot().map(|view| view.databases).unwrap_or_default();
    let path = format!("{}/SecureBootDatabases", super::secure_boot::path(scene));
    let keys = databases.iter().flat_map(|database| {
        let path = format!("{path}/{}/Certificates", database.id);
        database.certificates.iter().map(move |(number, _)| format!("{path}/{number}"))
    });
    std::iter::once(certificate_path(scene)).chain(keys).collect()
}

/// The collection of the web service's certificate, and the certificate.
pub(super) fn served(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let place = &scene.data.certificates;
    if !place.offered {
        return None;
    }
    match rest {
        [] => {
            let mut all = collection(path, "Certificate", "Certificate Collection", [place.id.clone()]);
            all["@Redfish.SupportedCertificates"] = types(scene).into();
            Some(all)
        }
        [id] if *id == place.id => {
            let identity = scene.service.certificate()?;
            let read = Certificate::read(&identity.certificate)?;
            let document = certificates::document(scene, path, id, &read, Some("Web"));
            Some(if place.shown { document } else { certificates::summary(document) })
        }
        _ => None,
    }
}
