//! Virtual media over Redfish: inserted, booted from, ejected; and every vendor's demands.

use serde_json::{Value, json};
use underlay_simulators::plant::{BootTarget, MutationKind, Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const SLOTS: &str = "/redfish/v1/Systems/1/VirtualMedia";
const CD: &str = "/redfish/v1/Systems/1/VirtualMedia/CD1";
const USB: &str = "/redfish/v1/Systems/1/VirtualMedia/USB1";
const IMAGE: &str = "http://192.0.2.1/images/rescue.iso";

async fn insert(client: &Client, slot: &str, body: &Value) -> Reply {
    client.post(&format!("{slot}/Actions/VirtualMedia.InsertMedia"), body).await
}

async fn eject(client: &Client, slot: &str) -> Reply {
    client.post(&format!("{slot}/Actions/VirtualMedia.EjectMedia"), &json!({})).await
}

fn image() -> Value {
    json!({ "Image": IMAGE })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = image();
    body[name] = value;
    body
}

async fn inserted(client: &Client, slot: &str) -> (Value, Value) {
    let slot = client.get(slot).await.json();
    (slot["Image"].clone(), slot["Inserted"].clone())
}

/// Boots once from this target; what was booted from.
async fn boot(rig: &Rig, client: &Client, system: &str, target: &str) -> BootTarget {
    let once = json!({ "Boot": {
        "BootSourceOverrideTarget": target, "BootSourceOverrideEnabled": "Once", "BootSourceOverrideMode": "UEFI",
    }});
    let set = client.patch(system, &once).await;
    assert!(matches!(set.status, 200 | 204), "{}", set.text());
    restart(rig)
}

fn restart(rig: &Rig) -> BootTarget {
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
    rig.server.snapshot().last_boot().expect("a boot").source
}

async fn pair(quirk: Quirk) -> [(Rig, Client); 2] {
    let (with, without) = (Rig::quirky(&[quirk]).await, Rig::quirky(&[]).await);
    let clients = (with.admin().await, without.admin().await);
    [(with, clients.0), (without, clients.1)]
}

#[tokio::test]
async fn an_image_is_inserted_shown_and_ejected() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(client.get(SLOTS).await.json()["Members@odata.count"], 2);
    assert_eq!(inserted(&client, CD).await, (Value::Null, json!(false)));
    let mut body = with("WriteProtected", json!(false));
    body["UserName"] = "bob".into();
    body["Password"] = "secret".into();
    assert_eq!(insert(&client, CD, &body).await.status, 204);
    let slot = client.get(CD).await.json();
    assert_eq!(
        (&slot["Image"], &slot["ImageName"], &slot["Inserted"]),
        (&json!(IMAGE), &json!("rescue.iso"), &json!(true))
    );
    assert_eq!(
        (&slot["ConnectedVia"], &slot["WriteProtected"], &slot["TransferProtocolType"]),
        (&json!("URI"), &json!(false), &json!("HTTP"))
    );
    assert_eq!((&slot["UserName"], &slot["Password"]), (&json!("bob"), &Value::Null));
    assert_eq!(eject(&client, CD).await.status, 204);
    assert_eq!(inserted(&client, CD).await, (Value::Null, json!(false)));
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Media), 2);
    assert_eq!(eject(&client, CD).await.status, 204, "nothing is in it");
}

#[tokio::test]
async fn the_host_boots_from_what_is_inserted_and_from_nothing_else() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let system = "/redfish/v1/Systems/1";
    assert_eq!(boot(&rig, &client, system, "Cd").await, BootTarget::Disk);
    insert(&client, CD, &image()).await;
    assert_eq!(boot(&rig, &client, system, "Cd").await, BootTarget::Cd);
    assert_eq!(boot(&rig, &client, system, "Usb").await, BootTarget::Disk, "that is another kind");
    insert(&client, USB, &json!({ "Image": "https://192.0.2.1/stick.img" })).await;
    assert_eq!(boot(&rig, &client, system, "Usb").await, BootTarget::Usb);
    eject(&client, CD).await;
    assert_eq!(boot(&rig, &client, system, "Cd").await, BootTarget::Disk);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_is_inserted() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for (body, message) in [
        (json!({}), "ActionParameterMissing"),
        (json!({ "Image": 7 }), "ActionParameterValueTypeError"),
        (json!({ "Image": "rescue.iso" }), "ActionParameterValueNotInList"),
        (json!({ "Image": "ftp://192.0.2.1/x.iso" }), "ActionParameterValueNotInList"),
        (json!({ "Image": "http://bob:hunter2@192.0.2.1/x.iso" }), "ActionParameterValueNotInList"),
        (with("Inserted", json!(false)), "ActionParameterValueNotInList"),
        (with("Inserted", json!("yes")), "ActionParameterValueTypeError"),
        (with("TransferMethod", json!("Upload")), "ActionParameterValueNotInList"),
        (with("TransferProtocolType", json!("NFS")), "ActionParameterValueNotInList"),
        (with("Colour", json!("red")), "ActionParameterUnknown"),
    ] {
        let refused = insert(&client, CD, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{message}")), "{body}");
        assert!(!refused.text().contains("hunter2"));
    }
    assert_eq!(insert(&client, &format!("{SLOTS}/CD9"), &image()).await.status, 404);
    assert_eq!(client.patch(CD, &image()).await.status, 405, "it is done by the action");
    assert_eq!(insert(&rig.session("viewer").await, CD, &image()).await.status, 403);
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(insert(&client, CD, &image()).await.status, 204);
    let other = insert(&client, CD, &json!({ "Image": "http://192.0.2.1/other.iso" })).await;
    assert_eq!((other.status, other.message().as_str()), (409, "Base.1.18.ResourceInUse"));
    assert_eq!(inserted(&client, CD).await, (json!(IMAGE), json!(true)));
}

#[tokio::test]
async fn older_services_have_the_slots_under_the_manager() {
    let rig = Rig::new("hpe-ilo5").await;
    let client = rig.admin().await;
    assert!(client.get("/redfish/v1/Systems/1").await.json().get("VirtualMedia").is_none());
    let slots = client.get("/redfish/v1/Managers/1").await.json()["VirtualMedia"]["@odata.id"].clone();
    let slots = client.get(slots.as_str().expect("slots")).await.json();
    assert_eq!(slots["Members@odata.count"], 2);
}

// ── Quirks ───────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn q9_the_override_boots_no_virtual_cd_and_the_managers_attributes_do() {
    let [(with, a), (without, b)] = pair(Quirk::NoVirtualCdByOverride).await;
    let attributes = "/redfish/v1/Managers/BMC/Oem/Dell/DellAttributes/BMC";
    for (rig, client, source) in [(&with, &a, BootTarget::Disk), (&without, &b, BootTarget::Cd)] {
        insert(client, CD, &image()).await;
        assert_eq!(boot(rig, client, "/redfish/v1/Systems/1", "Cd").await, source);
    }
    assert_eq!(b.get(attributes).await.status, 404);
    let vcd = json!({ "Attributes": { "ServerBoot.1.FirstBootDevice": "VCD-DVD", "ServerBoot.1.BootOnce": "Enabled" } });
    assert_eq!(a.patch(attributes, &vcd).await.status, 200);
    assert_eq!(a.get(attributes).await.json()["Attributes"]["ServerBoot.1.FirstBootDevice"], "VCD-DVD");
    assert_eq!(restart(&with), BootTarget::Cd);
    assert_eq!(
        a.get(attributes).await.json()["Attributes"]["ServerBoot.1.FirstBootDevice"],
        "Normal",
        "once"
    );
    for wrong in [
        json!({ "Attributes": { "ServerBoot.1.FirstBootDevice": "Toaster" } }),
        json!({ "Attributes": { "ServerBoot.1.Colour": "red" } }),
        json!({ "ServerBoot.1.BootOnce": "Enabled" }),
        json!({}),
    ] {
        assert_eq!(a.patch(attributes, &wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn q15a_inserting_fails_while_the_eject_is_under_way() {
    let [(with, a), (_b, b)] = pair(Quirk::EjectTakesTime).await;
    for (client, status) in [(&a, 500), (&b, 204)] {
        insert(client, CD, &image()).await;
        eject(client, CD).await;
        assert_eq!(insert(client, CD, &image()).await.status, status);
    }
    with.advance(10);
    assert_eq!(insert(&a, CD, &image()).await.status, 204);
}

#[tokio::test]
async fn q15b_an_ejected_image_is_shown_for_a_while() {
    let [(with, a), (_b, b)] = pair(Quirk::StaleAfterEject).await;
    for (client, shown) in [(&a, (json!(IMAGE), json!(true))), (&b, (Value::Null, json!(false)))] {
        insert(client, CD, &image()).await;
        eject(client, CD).await;
        assert_eq!(inserted(client, CD).await, shown);
    }
    assert!(with.server.media()[0].medium.is_none());
    with.advance(40);
    assert_eq!(inserted(&a, CD).await, (Value::Null, json!(false)));
}

#[tokio::test]
async fn q24b_ejecting_needs_a_body() {
    let [(_a, a), (_b, b)] = pair(Quirk::EjectNeedsBody).await;
    let target = format!("{CD}/Actions/VirtualMedia.EjectMedia");
    for (client, status) in [(&a, 400), (&b, 204)] {
        insert(client, CD, &image()).await;
        assert_eq!(client.send("POST", &target, b"").await.status, status);
    }
    assert_eq!(eject(&a, CD).await.status, 204);
}

#[tokio::test]
async fn q26a_a_virtual_cd_is_usbcd() {
    let [(with, a), (without, b)] = pair(Quirk::UsbCd).await;
    let system = "/redfish/v1/Systems/1";
    for (client, rig, source) in [(&a, &with, BootTarget::Disk), (&b, &without, BootTarget::Cd)] {
        insert(client, CD, &image()).await;
        assert_eq!(boot(rig, client, system, "Cd").await, source);
    }
    assert_eq!(boot(&with, &a, system, "UsbCd").await, BootTarget::Cd);
    let once =
        json!({ "Boot": { "BootSourceOverrideTarget": "UsbCd", "BootSourceOverrideEnabled": "Once" } });
    assert_eq!(a.patch(system, &once).await.json()["Boot"]["BootSourceOverrideTarget"], "UsbCd");
    assert_eq!(b.patch(system, &once).await.status, 400);
}

#[tokio::test]
async fn q26b_defaults_are_not_to_be_said() {
    let [(_a, a), (_b, b)] = pair(Quirk::RefusesInserted).await;
    for (client, status) in [(&a, 400), (&b, 204)] {
        assert_eq!(insert(client, CD, &with("Inserted", json!(true))).await.status, status);
        assert_eq!(insert(client, USB, &with("WriteProtected", json!(true))).await.status, status);
    }
    assert_eq!(insert(&a, CD, &image()).await.status, 204);
}

#[tokio::test]
async fn q26d_an_image_stays_until_it_is_cleared() {
    let [(_a, a), (_b, b)] = pair(Quirk::ImageStays).await;
    for (client, shown, again) in [(&a, json!(IMAGE), 400), (&b, Value::Null, 204)] {
        insert(client, CD, &image()).await;
        eject(client, CD).await;
        assert_eq!(inserted(client, CD).await, (shown, json!(false)));
        assert_eq!(insert(client, CD, &image()).await.status, again);
    }
    assert_eq!(a.patch(CD, &json!({ "Image": null })).await.status, 200);
    assert_eq!(a.patch(CD, &image()).await.status, 400, "and that is all that PATCH is for");
    assert_eq!(insert(&a, CD, &image()).await.status, 204);
}

#[tokio::test]
async fn q29_there_are_no_actions_and_patch_wants_inserted() {
    let [(_a, a), (_b, b)] = pair(Quirk::NoMediaActions).await;
    assert!(a.get(CD).await.json().get("Actions").is_none() && b.get(CD).await.json()["Actions"].is_object());
    assert_eq!(insert(&a, CD, &image()).await.status, 404);
    assert_eq!(a.patch(CD, &with("WriteProtected", json!(true))).await.status, 200);
    assert_eq!(inserted(&a, CD).await, (json!(IMAGE), json!(true)));
    assert_eq!(a.patch(CD, &json!({ "Image": "ftp://x/y" })).await.status, 400);
    assert_eq!(a.patch(CD, &json!({ "Image": null, "Inserted": false })).await.status, 200);
    assert_eq!(inserted(&a, CD).await, (Value::Null, json!(false)));
    assert_eq!(b.patch(CD, &image()).await.status, 405);
    let strict = Rig::quirky(&[Quirk::NoMediaActions, Quirk::PatchNeedsInserted]).await;
    let client = strict.admin().await;
    assert_eq!(client.patch(CD, &image()).await.message(), "Base.1.18.PropertyMissing");
    assert_eq!(client.patch(CD, &with("Inserted", json!(true))).await.status, 200);
}

#[tokio::test]
async fn q29c_q35b_q36_the_first_slot_serves_others() {
    for (quirk, advertised, status) in [
        (Quirk::UploadOnlySlot, false, 404),
        (Quirk::NbdSlot, false, 404),
        (Quirk::InternalSlot, true, 400),
        (Quirk::ClosedSlot, true, 405),
    ] {
        let [(with, a), (_b, b)] = pair(quirk).await;
        assert_eq!(a.get(CD).await.json()["Actions"].is_object(), advertised, "{quirk}");
        assert_eq!(insert(&a, CD, &image()).await.status, status, "{quirk}");
        assert_eq!(with.server.counters().mutations(), 0);
        assert_eq!(insert(&a, USB, &image()).await.status, 204, "the next one serves");
        assert_eq!(insert(&b, CD, &image()).await.status, 204);
    }
}

#[tokio::test]
async fn q33e_q41_demands_come_one_at_a_time() {
    let both = Rig::quirky(&[Quirk::DemandsTransfer, Quirk::DemandsLogin]).await;
    let client = both.admin().await;
    let mut body = image();
    for (name, value) in [
        ("TransferProtocolType", "HTTP"),
        ("TransferMethod", "Stream"),
        ("UserName", "none"),
        ("Password", "none"),
    ] {
        let refused = insert(&client, CD, &body).await;
        let message = refused.json()["error"]["@Message.ExtendedInfo"][0].clone();
        assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.ActionParameterMissing"));
        assert_eq!(message["MessageArgs"][1], name);
        body[name] = value.into();
    }
    assert_eq!(insert(&client, CD, &body).await.status, 204);
    assert_eq!(client.get(CD).await.json()["UserName"], Value::Null, "none is nobody");
    assert_eq!(insert(&Rig::quirky(&[]).await.admin().await, CD, &image()).await.status, 204);
}

#[tokio::test]
async fn q39_the_actions_are_advertised_and_not_served() {
    let [(_a, a), (_b, b)] = pair(Quirk::MediaActionsMissing).await;
    assert!(a.get(CD).await.json()["Actions"].is_object());
    assert_eq!(insert(&a, CD, &image()).await.status, 404);
    assert_eq!(a.patch(CD, &with("Inserted", json!(true))).await.message(), "Base.1.18.PropertyUnknown");
    assert_eq!(inserted(&a, CD).await, (Value::Null, json!(false)));
    assert_eq!(a.with("If-Match", "*").patch(CD, &image()).await.status, 200);
    assert_eq!(inserted(&a, CD).await, (json!(IMAGE), json!(true)));
    assert_eq!(insert(&b, CD, &image()).await.status, 204);
}
