//! Secure boot: asked for at once, in force from the next boot on; keys come and go.

use serde_json::{Value, json};
use underlay_simulators::plant::{KeyMode, MutationKind, Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const SECURE: &str = "/redfish/v1/Systems/1/SecureBoot";
const PEM: &str = include_str!("../../../fixtures/certificates/key-exchange-key.pem");

async fn enable(client: &Client, enabled: Value) -> Reply {
    client.patch(SECURE, &json!({ "SecureBootEnable": enabled })).await
}

async fn state(client: &Client) -> (Value, Value, Value) {
    let now = client.get(SECURE).await.json();
    let read = |name: &str| now[name].clone();
    (read("SecureBootEnable"), read("SecureBootCurrentBoot"), read("SecureBootMode"))
}

fn are(enabled: bool, current: &str, mode: &str) -> (Value, Value, Value) {
    (enabled.into(), current.into(), mode.into())
}

fn boot(rig: &Rig) {
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
}

#[tokio::test]
async fn it_is_asked_for_at_once_and_in_force_from_the_next_boot_on() {
    let rig = Rig::new("standard").await;
    let client = rig.session("operator").await;
    let system = client.get("/redfish/v1/Systems/1").await.json();
    assert_eq!(system["SecureBoot"]["@odata.id"], SECURE);
    assert_eq!(state(&client).await, are(false, "Disabled", "UserMode"));
    let tag = client.get(SECURE).await.header("etag").expect("a tag").to_owned();
    assert_eq!(
        client.with("If-Match", "\"stale\"").patch(SECURE, &json!({ "SecureBootEnable": true })).await.status,
        412
    );
    let asked = enable(&client, json!(true)).await;
    assert_eq!((asked.status, &asked.json()["SecureBootEnable"]), (200, &json!(true)));
    assert_ne!(asked.header("etag"), Some(tag.as_str()));
    assert_eq!(state(&client).await, are(true, "Disabled", "UserMode"));
    // The firmware's setting is the same thing.
    let pending = client.get("/redfish/v1/Systems/1/Bios/Settings").await.json();
    assert_eq!(pending["Attributes"], json!({ "SecureBoot": "Enabled" }));
    boot(&rig);
    assert_eq!(state(&client).await, are(true, "Enabled", "UserMode"));
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Setting), 1);
}

#[tokio::test]
async fn wrong_values_and_those_who_may_not_are_refused() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for (body, key) in [
        (json!({ "SecureBootEnable": "yes" }), "PropertyValueTypeError"),
        (json!({ "SecureBootMode": "SetupMode" }), "PropertyNotWritable"),
        (json!({ "Colour": "red" }), "PropertyUnknown"),
    ] {
        let refused = client.patch(SECURE, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")));
    }
    let viewer = rig.session("viewer").await;
    assert_eq!(enable(&viewer, json!(true)).await.status, 403);
    let reset = format!("{SECURE}/Actions/SecureBoot.ResetKeys");
    assert_eq!(viewer.post(&reset, &json!({ "ResetKeysType": "DeletePK" })).await.status, 403);
    assert_eq!(client.post(&reset, &json!({ "ResetKeysType": "DeleteSome" })).await.status, 400);
    assert_eq!(client.post(&reset, &json!({})).await.status, 400);
    assert_eq!(rig.server.counters().mutations(), 0);
    let mixed = client.patch(SECURE, &json!({ "SecureBootEnable": true, "Colour": "red" })).await;
    assert_eq!(mixed.status, 200);
    assert_eq!(mixed.json()["@Message.ExtendedInfo"][0]["MessageId"], "Base.1.18.PropertyUnknown");
}

#[tokio::test]
async fn keys_are_reset_with_the_next_boot_and_without_one_it_cannot_be() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let reset = format!("{SECURE}/Actions/SecureBoot.ResetKeys");
    let count = |database: &'static str| {
        let client = client.clone();
        async move {
            let path = format!("{SECURE}/SecureBootDatabases/{database}/Certificates");
            client.get(&path).await.json()["Members@odata.count"].as_u64().expect("a count")
        }
    };
    assert_eq!(client.post(&reset, &json!({ "ResetKeysType": "DeletePK" })).await.status, 204);
    assert_eq!((count("PK").await, count("db").await), (1, 2), "not before a boot");
    boot(&rig);
    assert_eq!((count("PK").await, count("db").await), (0, 2));
    assert_eq!(state(&client).await, are(false, "Disabled", "SetupMode"));
    let refused = enable(&client, json!(true)).await;
    assert_eq!((refused.status, refused.message().as_str()), (409, "Base.1.18.PropertyValueConflict"));
    assert_eq!(client.post(&reset, &json!({ "ResetKeysType": "DeleteAllKeys" })).await.status, 204);
    boot(&rig);
    assert_eq!((count("db").await, count("KEK").await), (0, 0));
    let one = format!("{SECURE}/SecureBootDatabases/db/Actions/SecureBootDatabase.ResetKeys");
    assert_eq!(client.post(&one, &json!({ "ResetKeysType": "DeletePK" })).await.status, 400);
    assert_eq!(client.post(&one, &json!({ "ResetKeysType": "ResetAllKeysToDefault" })).await.status, 204);
    let nowhere = format!("{SECURE}/SecureBootDatabases/dbz/Actions/SecureBootDatabase.ResetKeys");
    assert_eq!(client.post(&nowhere, &json!({ "ResetKeysType": "DeleteAllKeys" })).await.status, 404);
    boot(&rig);
    assert_eq!((count("db").await, count("KEK").await), (2, 0));
    assert_eq!(client.post(&reset, &json!({ "ResetKeysType": "ResetAllKeysToDefault" })).await.status, 204);
    boot(&rig);
    assert_eq!(enable(&client, json!(true)).await.status, 200);
    assert_eq!(rig.server.secure_boot().map(|view| view.mode), Some(KeyMode::User));
}

#[tokio::test]
async fn certificates_are_added_and_removed() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let certificates = format!("{SECURE}/SecureBootDatabases/db/Certificates");
    let body = |pem: &str, kind: &str| json!({ "CertificateString": pem, "CertificateType": kind });
    for (body, status) in [
        (body("nonsense", "PEM"), 400),
        (body(PEM, "PKCS7"), 400),
        (json!({ "CertificateString": PEM }), 400),
        (json!({ "CertificateType": "PEM" }), 400),
        (json!({ "CertificateString": 5, "CertificateType": "PEM" }), 400),
        (json!({ "CertificateString": PEM, "CertificateType": "PEM", "Colour": "red" }), 400),
    ] {
        assert_eq!(client.post(&certificates, &body).await.status, status, "{body}");
    }
    let full = format!("{SECURE}/SecureBootDatabases/PK/Certificates");
    assert_eq!(client.post(&full, &body(PEM, "PEM")).await.status, 409);
    assert_eq!(rig.server.counters().mutations(), 0);
    let added = client.post(&certificates, &body(PEM, "PEM")).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let location = added.header("location").expect("a location").to_owned();
    let read = client.get(&location).await.json();
    assert_eq!(read["CertificateString"], PEM);
    assert_eq!(read["Subject"]["CommonName"], "Underlay Key Exchange Key");
    assert_eq!(read["ValidNotBefore"], "2020-01-01T00:00:00Z");
    let again = client.post(&certificates, &body(PEM, "PEM")).await;
    assert_eq!((again.status, again.message().as_str()), (409, "Base.1.18.ResourceAlreadyExists"));
    assert_eq!(client.delete(&location).await.status, 204);
    assert_eq!(client.delete(&location).await.status, 404);
    assert_eq!(client.get(&location).await.status, 404);
    assert_eq!(
        client.get(&format!("{SECURE}/SecureBootDatabases/dbx/Signatures")).await.json()["Members@odata.count"],
        3
    );
}

#[tokio::test]
async fn q20a_the_change_is_a_job_of_firmware_settings() {
    for (quirks, status, jobs) in
        [(vec![Quirk::SecureBootIsBiosJob, Quirk::OneBiosJob], 202, 1), (vec![], 200, 0)]
    {
        let rig = Rig::quirky(&quirks).await;
        let client = rig.admin().await;
        let asked = enable(&client, json!(true)).await;
        assert_eq!(asked.status, status);
        assert_eq!(asked.header("location").is_some(), status == 202);
        assert_eq!(rig.server.jobs().len(), jobs);
        let bios = "/redfish/v1/Systems/1/Bios/Settings";
        let other = client.patch(bios, &json!({ "Attributes": { "MemoryTest": true } })).await;
        assert_eq!(other.status, if jobs == 1 { 400 } else { 200 }, "the job stands in the way");
        boot(&rig);
        assert_eq!(state(&client).await, are(true, "Enabled", "UserMode"));
    }
    let dell = Rig::new("dell-idrac9").await;
    let path = "/redfish/v1/Systems/System.Embedded.1/SecureBoot";
    let client = dell.admin().await;
    assert_eq!(client.patch(path, &json!({ "SecureBootEnable": true })).await.status, 202);
    dell.server.doom_bios();
    boot(&dell);
    let now = client.get(path).await.json();
    assert_eq!(
        (&now["SecureBootEnable"], &now["SecureBootCurrentBoot"]),
        (&json!(false), &json!("Disabled"))
    );
}

#[tokio::test]
async fn q27b_secure_boot_wants_a_licence() {
    let (with, without) = (Rig::quirky(&[Quirk::SecureBootNeedsLicence]).await, Rig::quirky(&[]).await);
    let databases = format!("{SECURE}/SecureBootDatabases");
    let reset = format!("{SECURE}/Actions/SecureBoot.ResetKeys");
    for (rig, status, written) in [(&with, 403, 403), (&without, 200, 204)] {
        let client = rig.admin().await;
        assert_eq!(client.get(SECURE).await.status, status);
        assert_eq!(client.get(&databases).await.status, status);
        assert_eq!(enable(&client, json!(true)).await.status, status);
        assert_eq!(client.post(&reset, &json!({ "ResetKeysType": "DeletePK" })).await.status, written);
        assert_eq!(client.get("/redfish/v1/Systems/1").await.status, 200);
    }
    assert_eq!(with.server.counters().mutations(), 0);
    let smc = Rig::persona_with("supermicro", &[Quirk::SecureBootNeedsLicence]).await;
    assert_eq!(smc.admin().await.get(SECURE).await.message(), "SMC.1.0.OemLicenseNotPassed");
}
