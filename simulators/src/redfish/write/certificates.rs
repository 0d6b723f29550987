//! Actions of the certificate service.

use http::{StatusCode, header};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SanType,
};
use serde_json::{Map, Value, json};

use super::{Call, Handler, done, only_parameters};
use crate::plant::MutationKind;
use crate::redfish::ORIGIN;
use crate::redfish::identity::NotInstalled;
use crate::redfish::messages::{Key, Message, error_body};
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{
    Scene,
    certificate_service::{self, ALGORITHMS, CURVES, types},
};

const GENERATE: &str = "CertificateService.GenerateCSR";
const REPLACE: &str = "CertificateService.ReplaceCertificate";

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    if owner != certificate_service::SERVICE || !scene.data.certificates.offered {
        return None;
    }
    match action {
        GENERATE => Some(generate),
        REPLACE => Some(replace),
        _ => None,
    }
}

/// A parameter of an action, and what is wrong with it.
struct Parameter<'a> {
    action: &'a str,
    name: &'a str,
    value: Option<&'a Value>,
}

impl<'a> Parameter<'a> {
    fn of(action: &'a str, body: &'a Map<String, Value>, name: &'a str) -> Self {
        Self { action, name, value: body.get(name) }
    }

    fn refuse(&self, key: Key) -> Box<Reply> {
        let (name, action) = (self.name, self.action);
        let value = self.value.map(Value::to_string).unwrap_or_default();
        match key {
            Key::ActionParameterMissing => Reply::refuse(StatusCode::BAD_REQUEST, key, &[action, name]),
            Key::ActionParameterValueError => Reply::refuse(StatusCode::BAD_REQUEST, key, &[name, action]),
            _ => Reply::refuse(StatusCode::BAD_REQUEST, key, &[&value, name, action]),
        }
    }

    fn needed(&self) -> Result<&'a Value, Box<Reply>> {
        self.value.ok_or_else(|| self.refuse(Key::ActionParameterMissing))
    }

    fn text(&self) -> Result<&'a str, Box<Reply>> {
        let text = self.needed()?.as_str().ok_or_else(|| self.refuse(Key::ActionParameterValueTypeError))?;
        if text.is_empty() { Err(self.refuse(Key::ActionParameterValueError)) } else { Ok(text) }
    }

    /// One of a list of words; `None` if it was not given.
    fn word(&self, words: &[&'static str]) -> Result<Option<&'static str>, Box<Reply>> {
        if self.value.is_none() {
            return Ok(None);
        }
        let text = self.text()?;
        let found = words.iter().find(|word| **word == text);
        found.map(|word| Some(*word)).ok_or_else(|| self.refuse(Key::ActionParameterValueNotInList))
    }

    /// A list of texts; none if it was not given.
    fn texts(&self) -> Result<Vec<&'a str>, Box<Reply>> {
        let wrong = || self.refuse(Key::ActionParameterValueTypeError);
        let Some(value) = self.value else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter().map(|text| text.as_str().ok_or_else(wrong)).collect()
    }

    /// A reference to a resource.
    fn reference(&self) -> Result<&'a str, Box<Reply>> {
        let path = self.needed()?.get("@odata.id").and_then(Value::as_str);
        path.map(|path| path.trim_end_matches('/'))
            .ok_or_else(|| self.refuse(Key::ActionParameterValueTypeError))
    }
}

fn generate(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let names = ["CommonName", "Organization", "OrganizationalUnit", "City", "State", "Country"];
    let others = ["CertificateCollection", "AlternativeNames", "KeyPairAlgorithm", "KeyCurveId", "KeyUsage"];
    only_parameters(GENERATE, body, &[&names[..], &others[..]].concat())?;
    let parameter = |name| Parameter::of(GENERATE, body, name);
    let collection = parameter("CertificateCollection");
    if collection.reference()? != certificate_service::collection_path(call.scene) {
        return Err(collection.refuse(Key::ActionParameterValueError));
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let kinds = [
        DnType::CommonName,
        DnType::OrganizationName,
        DnType::OrganizationalUnitName,
        DnType::LocalityName,
        DnType::StateOrProvinceName,
        DnType::CountryName,
    ];
    for (name, kind) in names.into_iter().zip(kinds) {
        let text = parameter(name).text()?;
        // ISO 3166: two letters.
        if name == "Country" && !(text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err(parameter(name).refuse(Key::ActionParameterValueError));
        }
        params.distinguished_name.push(kind, text);
    }
    let alternatives = parameter("AlternativeNames");
    for name in alternatives.texts()? {
        let name = match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(
                name.try_into().map_err(|_| alternatives.refuse(Key::ActionParameterValueError))?,
            ),
        };
        params.subject_alt_names.push(name);
    }
    parameter("KeyPairAlgorithm").word(&ALGORITHMS)?;
    let curve = match parameter("KeyCurveId").word(&CURVES)? {
        Some("TPM_ECC_NIST_P384") => &PKCS_ECDSA_P384_SHA384,
        _ => &PKCS_ECDSA_P256_SHA256,
    };
    let usages = parameter("KeyUsage");
    for usage in usages.texts()? {
        match usage {
            "DigitalSignature" => params.key_usages.push(KeyUsagePurpose::DigitalSignature),
            "KeyAgreement" => params.key_usages.push(KeyUsagePurpose::KeyAgreement),
            "ServerAuthentication" => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth),
            "ClientAuthentication" => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth),
            // The words of `USAGES`, and no others.
            _ => return Err(usages.refuse(Key::ActionParameterValueNotInList)),
        }
    }
    let server = &call.service.server;
    let request = call
        .service
        .vault
        .request(server, &params, curve)
        .map_err(|_| Reply::refuse(StatusCode::INTERNAL_SERVER_ERROR, Key::InternalError, &[]))?;
    server.count(ORIGIN, MutationKind::Setting, "a key for a request for signing");
    let path = certificate_service::collection_path(call.scene);
    Ok(Reply::document(json!({ "CertificateCollection": { "@odata.id": path }, "CSRString": request })))
}

fn replace(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const STRING: &str = "CertificateString";
    only_parameters(REPLACE, body, &[STRING, "CertificateType", "CertificateUri"])?;
    let parameter = |name| Parameter::of(REPLACE, body, name);
    let (scene, uri) = (call.scene, parameter("CertificateUri"));
    let path = uri.reference()?;
    let pem = parameter(STRING).text()?;
    let kind = parameter("CertificateType");
    kind.needed()?;
    let chain = kind.word(types(scene))? == Some("PEMchain");
    if path != certificate_service::certificate_path(scene) {
        return Err(match scene.document(path) {
            // It is there, and not replaced in this way.
            Some(_) => uri.refuse(Key::ActionParameterValueError),
            None => {
                let message = Message::base(Key::ResourceMissingAtURI, &[path]);
                Reply::error(StatusCode::BAD_REQUEST, &[message.about("CertificateUri")])
            }
        });
    }
    let (server, waits) = (&call.service.server, scene.data.certificates.waits);
    let address = call.service.endpoint().address.ip();
    call.service.vault.install(server, address, pem, chain, waits).map_err(|refusal| {
        let text = match refusal {
            NotInstalled::NoCertificate => "This is no certificate in PEM.",
            NotInstalled::Chain => "This is a chain, and one certificate was announced.",
            NotInstalled::ForeignKey => "The certificate is for a key that is not this device's.",
        };
        let message = Message::base(Key::ActionParameterValueError, &[STRING, REPLACE]).saying(text);
        Reply::error(StatusCode::BAD_REQUEST, &[message.about(STRING)])
    })?;
    server.count(ORIGIN, MutationKind::Setting, "a certificate");
    let mut reply = done(scene);
    if waits {
        let reset = format!("{}/Actions/Manager.Reset", scene.manager());
        let note = Message::base(Key::ResetRequired, &[&reset, "GracefulRestart"]);
        reply = Reply::document(error_body(&[note]));
    }
    reply.push(header::LOCATION, path);
    Ok(reply)
}
