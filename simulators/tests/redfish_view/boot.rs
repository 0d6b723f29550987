//! The boot override has its real meaning: `Once` is once.

use serde_json::{Value, json};
use underlay_simulators::plant::{BootTarget, Origin, Persistence, PowerAction};

use super::support::{Client, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/1";

async fn set(client: &Client, boot: &Value) -> u16 {
    client.patch(SYSTEM, &json!({ "Boot": boot })).await.status
}

async fn boot(client: &Client) -> (String, String) {
    let boot = client.get(SYSTEM).await.json()["Boot"].clone();
    let text = |name: &str| boot[name].as_str().unwrap_or_default().to_owned();
    (text("BootSourceOverrideEnabled"), text("BootSourceOverrideTarget"))
}

fn words(enabled: &str, target: &str) -> (String, String) {
    (enabled.to_owned(), target.to_owned())
}

#[tokio::test]
async fn once_is_used_by_one_boot_and_is_gone() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let wanted = json!({"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once", "BootSourceOverrideMode": "UEFI"});
    assert_eq!(set(&client, &wanted).await, 200);
    assert_eq!(boot(&client).await, words("Once", "Pxe"));
    rig.advance(300);
    assert_eq!(boot(&client).await, words("Once", "Pxe"), "it waits for a boot, not for time");
    for expected in [(BootTarget::Pxe, Some(Persistence::Once)), (BootTarget::Disk, None)] {
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        let record = *rig.server.snapshot().last_boot().expect("a boot");
        assert_eq!((record.source, record.by_override), expected);
        assert_eq!(boot(&client).await, words("Disabled", "None"));
    }
}

#[tokio::test]
async fn continuous_stays_until_it_is_disabled() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let insert = "/redfish/v1/Systems/1/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia";
    assert_eq!(client.post(insert, &json!({"Image": "http://192.0.2.1/x.iso"})).await.status, 204);
    assert_eq!(
        set(&client, &json!({"BootSourceOverrideTarget": "Cd", "BootSourceOverrideEnabled": "Continuous"}))
            .await,
        200
    );
    for _ in 0..2 {
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        assert_eq!(rig.server.snapshot().last_boot().map(|record| record.source), Some(BootTarget::Cd));
        assert_eq!(boot(&client).await, words("Continuous", "Cd"));
    }
    assert_eq!(set(&client, &json!({"BootSourceOverrideEnabled": "Disabled"})).await, 200);
    assert_eq!(boot(&client).await, words("Disabled", "None"));
}

#[tokio::test]
async fn a_part_alone_changes_what_is_in_force_and_means_nothing_otherwise() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for part in [
        json!({"BootSourceOverrideTarget": "Pxe"}),
        json!({"BootSourceOverrideEnabled": "Once"}),
        json!({"BootSourceOverrideMode": "Legacy"}),
    ] {
        let refused = client.patch(SYSTEM, &json!({ "Boot": part })).await;
        assert_eq!(
            (refused.status, refused.message().as_str()),
            (400, "Base.1.18.PropertyMissing"),
            "{part}"
        );
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(
        set(&client, &json!({"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"})).await,
        200
    );
    assert_eq!(set(&client, &json!({"BootSourceOverrideTarget": "Hdd"})).await, 200);
    assert_eq!(boot(&client).await, words("Once", "Hdd"));
    assert_eq!(set(&client, &json!({"BootSourceOverrideEnabled": "Continuous"})).await, 200);
    assert_eq!(boot(&client).await, words("Continuous", "Hdd"));
    assert_eq!(set(&client, &json!({"BootSourceOverrideTarget": "None"})).await, 200);
    assert_eq!(boot(&client).await, words("Disabled", "None"));
}

#[tokio::test]
async fn unknown_words_are_refused_by_name_and_nothing_changes() {
    let rig = Rig::new("supermicro").await;
    let client = rig.admin().await;
    for (wanted, message, about) in [
        (
            json!({"BootSourceOverrideTarget": "Toaster"}),
            "PropertyValueNotInList",
            "BootSourceOverrideTarget",
        ),
        // The plant knows it, this persona does not offer it.
        (json!({"BootSourceOverrideTarget": "Diags"}), "PropertyValueNotInList", "BootSourceOverrideTarget"),
        (
            json!({"BootSourceOverrideEnabled": "Twice"}),
            "PropertyValueNotInList",
            "BootSourceOverrideEnabled",
        ),
        (json!({"BootSourceOverrideMode": 1}), "PropertyValueTypeError", "BootSourceOverrideMode"),
        (json!({"BootSourceColour": "red"}), "PropertyUnknown", "BootSourceColour"),
    ] {
        let refused = client.patch(SYSTEM, &json!({ "Boot": wanted })).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{message}")), "{wanted}");
        let related = refused.json()["error"]["@Message.ExtendedInfo"][0]["RelatedProperties"][0].clone();
        assert_eq!(related, format!("#/Boot/{about}"));
    }
    assert_eq!(client.patch(SYSTEM, &json!({"Boot": "Pxe"})).await.status, 400);
    assert_eq!(rig.server.counters().mutations(), 0);
}
