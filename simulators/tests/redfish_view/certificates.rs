//! The certificate service: a request comes out, a certificate goes in, and the service proves itself with it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use underlay_simulators::persona::FactoryReset;
use underlay_simulators::plant::Origin;
use underlay_simulators::redfish::{Authority, Options, Validity};

use super::secure::ask;
use super::support::{Client, LOOPBACK, Reply, Rig};

const SERVICE: &str = "/redfish/v1/CertificateService";
const GENERATE: &str = "/redfish/v1/CertificateService/Actions/CertificateService.GenerateCSR";
const REPLACE: &str = "/redfish/v1/CertificateService/Actions/CertificateService.ReplaceCertificate";
const COLLECTION: &str = "/redfish/v1/Managers/BMC/NetworkProtocol/HTTPS/Certificates";
const CERTIFICATE: &str = "/redfish/v1/Managers/BMC/NetworkProtocol/HTTPS/Certificates/1";

/// A machine that is served over TLS with a certificate of this authority, and beside it without.
async fn rig(persona: &str, authority: &Authority) -> (Rig, Client) {
    let identity = authority.issue("node01", LOOPBACK.ip(), Validity::Long).expect("a certificate");
    let rig = Rig::with(persona, Options { identity: Some(identity), ..Options::default() }).await;
    let client = Client::new(rig.view.also_listen(LOOPBACK, None).await.expect("a listener"));
    let login = json!({ "UserName": "admin", "Password": "admin" });
    let session = client.post("/redfish/v1/SessionService/Sessions", &login).await;
    let client = client.with("X-Auth-Token", session.header("x-auth-token").expect("a token"));
    (rig, client)
}

fn request(collection: &str) -> Value {
    json!({
        "CommonName": "bmc7.example",
        "Organization": "Underlay",
        "OrganizationalUnit": "Laboratory",
        "City": "Bern",
        "State": "Bern",
        "Country": "CH",
        "AlternativeNames": ["bmc7.example", "127.0.0.1"],
        "CertificateCollection": { "@odata.id": collection },
    })
}

fn replace(pem: &str, kind: &str, path: &str) -> Value {
    json!({ "CertificateString": pem, "CertificateType": kind, "CertificateUri": { "@odata.id": path } })
}

async fn csr(client: &Client, collection: &str) -> String {
    let answer = client.post(GENERATE, &request(collection)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("PRIVATE"));
    answer.json()["CSRString"].as_str().expect("a request").to_owned()
}

fn digest(pem: &str) -> [u8; 32] {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    Sha256::digest(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).into()
}

fn served(rig: &Rig) -> [u8; 32] {
    rig.view.certificates().expect("a certificate service").served_sha256().expect("a certificate")
}

fn key(reply: &Reply) -> (u16, String) {
    (reply.status, reply.message().trim_start_matches("Base.1.18.").to_owned())
}

#[tokio::test]
async fn a_certificate_for_a_key_made_here_serves_the_next_connection() {
    let (old, new) = (Authority::new().expect("an authority"), Authority::new().expect("another"));
    let (rig, client) = rig("standard", &old).await;
    let (_, delivered) = ask(&rig.view, &old).await.expect("an answer");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&delivered)), served(&rig));
    let before = client.get(CERTIFICATE).await;
    assert_eq!(digest(before.json()["CertificateString"].as_str().expect("PEM")), served(&rig));

    let first = csr(&client, COLLECTION).await;
    let second = csr(&client, COLLECTION).await;
    assert_ne!(first, second, "each request has a key of its own");
    assert_eq!(client.get(CERTIFICATE).await.header("etag"), before.header("etag"), "asking changes nothing");
    let signed = new.sign(&second).expect("a request");
    let answer = client.post(REPLACE, &replace(&signed, "PEM", CERTIFICATE)).await;
    assert_eq!((answer.status, answer.header("location")), (204, Some(CERTIFICATE)), "{}", answer.text());
    assert_eq!(served(&rig), digest(&signed));
    assert!(ask(&rig.view, &old).await.is_err(), "the old authority no longer vouches for it");
    let (reply, certificate) = ask(&rig.view, &new).await.expect("an answer");
    assert_eq!((reply.status, <[u8; 32]>::from(Sha256::digest(&certificate))), (200, digest(&signed)));
    let now = client.get(CERTIFICATE).await;
    assert_ne!(now.header("etag"), before.header("etag"));
    let subject = &now.json()["Subject"];
    assert_eq!((&subject["CommonName"], &subject["Country"]), (&json!("bmc7.example"), &json!("CH")));
    // The key of the request before the last is forgotten.
    let stale = new.sign(&first).expect("a request");
    let refused = client.post(REPLACE, &replace(&stale, "PEM", CERTIFICATE)).await;
    assert_eq!(key(&refused), (400, "ActionParameterValueError".to_owned()));
    // A factory reset brings the delivered one back.
    rig.server.factory_reset(FactoryReset::PreserveNetworkAndUsers, Origin::Test).expect("taken");
    rig.settle();
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&delivered)), served(&rig));
    assert!(ask(&rig.view, &old).await.is_ok());
}

#[tokio::test]
async fn a_renewed_certificate_for_the_key_in_use_and_a_chain_are_taken() {
    let authority = Authority::new().expect("an authority");
    let (rig, client) = rig("standard", &authority).await;
    let request = csr(&client, COLLECTION).await;
    let first = authority.sign(&request).expect("a request");
    assert_eq!(client.post(REPLACE, &replace(&first, "PEM", CERTIFICATE)).await.status, 204);
    // Another request makes another key; the one in use is still here.
    csr(&client, COLLECTION).await;
    let renewed = authority.sign(&request).expect("a request");
    let chain = format!("{renewed}{}", authority.certificate_pem());
    let refused = client.post(REPLACE, &replace(&chain, "PEM", CERTIFICATE)).await;
    assert_eq!(key(&refused), (400, "ActionParameterValueError".to_owned()), "it was announced as one");
    assert_eq!(served(&rig), digest(&first));
    assert_eq!(client.post(REPLACE, &replace(&chain, "PEMchain", CERTIFICATE)).await.status, 204);
    assert_eq!(served(&rig), digest(&renewed));
    assert!(ask(&rig.view, &authority).await.is_ok());
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_name() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = request(COLLECTION);
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = request(COLLECTION);
        body.as_object_mut().expect("an object").remove(name);
        body
    };
    for (body, name) in [
        (without("CommonName"), "ActionParameterMissing"),
        (without("Country"), "ActionParameterMissing"),
        (without("CertificateCollection"), "ActionParameterMissing"),
        (with("CommonName", json!("")), "ActionParameterValueError"),
        (with("City", json!(7)), "ActionParameterValueTypeError"),
        (with("Country", json!("Schweiz")), "ActionParameterValueError"),
        (with("AlternativeNames", json!("bmc7")), "ActionParameterValueTypeError"),
        (with("AlternativeNames", json!(["b\u{fc}ro"])), "ActionParameterValueError"),
        (with("KeyPairAlgorithm", json!("TPM_ALG_RSA")), "ActionParameterValueNotInList"),
        (with("KeyCurveId", json!("TPM_ECC_SM2_P256")), "ActionParameterValueNotInList"),
        (with("KeyUsage", json!(["Cooking"])), "ActionParameterValueNotInList"),
        (with("CertificateCollection", json!({})), "ActionParameterValueTypeError"),
        (with("CertificateCollection", json!({ "@odata.id": SERVICE })), "ActionParameterValueError"),
        (with("Colour", json!("red")), "ActionParameterUnknown"),
    ] {
        assert_eq!(key(&client.post(GENERATE, &body).await), (400, name.to_owned()), "{body}");
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    // What is advertised is taken.
    let info = client.get(&format!("{SERVICE}/GenerateCSRActionInfo")).await.json();
    for parameter in info["Parameters"].as_array().expect("parameters") {
        for value in parameter["AllowableValues"].as_array().into_iter().flatten() {
            let list = parameter["DataType"] == "StringArray";
            let value = if list { json!([value]) } else { value.clone() };
            let body = with(parameter["Name"].as_str().expect("a name"), value);
            assert_eq!(client.post(GENERATE, &body).await.status, 200, "{body}");
        }
    }
}

#[tokio::test]
async fn what_is_no_certificate_for_this_device_is_refused() {
    let authority = Authority::new().expect("an authority");
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let good = authority.sign(&csr(&client, COLLECTION).await).expect("a request");
    let before = (served(&rig), rig.server.counters().mutations());
    let key_file = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let missing = |name: &str| {
        let mut body = replace(&good, "PEM", CERTIFICATE);
        body.as_object_mut().expect("an object").remove(name);
        body
    };
    for (body, name) in [
        (replace(authority.certificate_pem(), "PEM", CERTIFICATE), "ActionParameterValueError"),
        (replace("nonsense", "PEM", CERTIFICATE), "ActionParameterValueError"),
        (replace(key_file, "PEM", CERTIFICATE), "ActionParameterValueError"),
        (replace(&good, "PKCS7", CERTIFICATE), "ActionParameterValueNotInList"),
        (replace(&good, "PEM", &format!("{COLLECTION}/9")), "ResourceMissingAtURI"),
        (replace(&good, "PEM", COLLECTION), "ActionParameterValueError"),
        (missing("CertificateString"), "ActionParameterMissing"),
        (missing("CertificateType"), "ActionParameterMissing"),
        (missing("CertificateUri"), "ActionParameterMissing"),
    ] {
        assert_eq!(key(&client.post(REPLACE, &body).await), (400, name.to_owned()), "{body}");
    }
    let operator = rig.session("operator").await;
    assert_eq!(operator.post(REPLACE, &replace(&good, "PEM", CERTIFICATE)).await.status, 403);
    assert_eq!(operator.post(GENERATE, &request(COLLECTION)).await.status, 403);
    assert_eq!((served(&rig), rig.server.counters().mutations()), before);
    assert_eq!(client.post(REPLACE, &replace(&good, "PEM", CERTIFICATE)).await.status, 204);
    assert_eq!(served(&rig), digest(&good));
}

#[tokio::test]
async fn a_model_may_serve_it_after_its_next_start_and_show_only_what_it_says() {
    let authority = Authority::new().expect("an authority");
    let (rig, client) = rig("dell-idrac9", &authority).await;
    let collection = "/redfish/v1/Managers/iDRAC.Embedded.1/NetworkProtocol/HTTPS/Certificates";
    let path = format!("{collection}/SecurityCertificate.2");
    let shown = client.get(&path).await.json();
    assert_eq!((&shown["Subject"]["CommonName"], shown.get("CertificateString")), (&json!("node01"), None));
    assert_eq!(shown.get("Fingerprint"), None);
    let before = served(&rig);
    let signed = authority.sign(&csr(&client, collection).await).expect("a request");
    let chain = client.post(REPLACE, &replace(&signed, "PEMchain", &path)).await;
    assert_eq!(key(&chain), (400, "ActionParameterValueNotInList".to_owned()));
    let answer = client.post(REPLACE, &replace(&signed, "PEM", &path)).await;
    assert_eq!((answer.status, answer.message().as_str()), (200, "Base.1.18.ResetRequired"));
    assert_eq!(served(&rig), before);
    rig.server.reset_bmc(Origin::Test).expect("it restarts");
    rig.settle();
    assert_eq!(served(&rig), digest(&signed));
    let (_, certificate) = ask(&rig.view, &authority).await.expect("an answer");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&certificate)), digest(&signed));
}

#[tokio::test]
async fn every_certificate_has_its_place_and_a_model_without_the_service_has_none() {
    for persona in ["standard", "dell-idrac9", "supermicro", "lenovo-xcc", "openbmc"] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let root = client.get("/redfish/v1").await.json();
        assert_eq!(root["CertificateService"]["@odata.id"], SERVICE, "{persona}");
        let locations = client.get(&format!("{SERVICE}/CertificateLocations")).await.json();
        let all = locations["Links"]["Certificates"].as_array().expect("links");
        assert!(!all.is_empty(), "{persona}");
        for one in all {
            let path = one["@odata.id"].as_str().expect("a link");
            let document = client.get(path).await.json();
            let kind = document["@odata.type"].as_str().unwrap_or_default();
            assert!(kind.starts_with("#Certificate."), "{persona} {path}");
        }
    }
    let rig = Rig::new("hpe-ilo5").await;
    let client = rig.admin().await;
    assert_eq!(client.get("/redfish/v1").await.json().get("CertificateService"), None);
    for path in [SERVICE, "/redfish/v1/Managers/1/NetworkProtocol/HTTPS/Certificates"] {
        assert_eq!(client.get(path).await.status, 404);
    }
    assert_eq!(client.post(GENERATE, &request(COLLECTION)).await.status, 404);
    assert!(rig.view.certificates().is_none());
}
