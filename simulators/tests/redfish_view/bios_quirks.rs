//! What vendors do differently about firmware settings, and a device that does not.

use serde_json::{Value, json};
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{Origin, PowerAction};
use underlay_simulators::redfish::{Options, Quirk, Quirks, serve};

use super::support::{Client, LOOPBACK, Reply, Rig, machine_of};

const BIOS: &str = "/redfish/v1/Systems/1/Bios";
const SETTINGS: &str = "/redfish/v1/Systems/1/Bios/Settings";

async fn pair(quirk: Quirk) -> [(Rig, Client); 2] {
    let (with, without) = (Rig::quirky(&[quirk]).await, Rig::quirky(&[]).await);
    let clients = (with.admin().await, without.admin().await);
    [(with, clients.0), (without, clients.1)]
}

async fn stage(client: &Client, attributes: &Value) -> Reply {
    client.patch(SETTINGS, &json!({ "Attributes": attributes })).await
}

async fn stage_for_reset(client: &Client, attributes: &Value) -> Reply {
    let time = json!({ "ApplyTime": "OnReset" });
    client.patch(SETTINGS, &json!({ "Attributes": attributes, "@Redfish.SettingsApplyTime": time })).await
}

async fn current(client: &Client, name: &str) -> Value {
    client.get(BIOS).await.json()["Attributes"][name].clone()
}

async fn pending(client: &Client) -> Value {
    client.get(SETTINGS).await.json()["Attributes"].clone()
}

fn reset(rig: &Rig) {
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
}

#[tokio::test]
async fn q12a_one_job_at_a_time_whoever_queued_it() {
    let [(with_rig, with), (without_rig, without)] = pair(Quirk::OneBiosJob).await;
    for (rig, client, status) in [(&with_rig, &with, 400), (&without_rig, &without, 200)] {
        assert_eq!(stage(client, &json!({ "MemoryTest": true })).await.status, 200);
        assert_eq!(stage(client, &json!({ "QuietBoot": false })).await.status, status);
        reset(rig);
        rig.server.queue_bios_job("somebody else's");
        assert_eq!(stage(client, &json!({ "BootRetry": "Disabled" })).await.status, status);
        let defaults = client.post(&format!("{BIOS}/Actions/Bios.ResetBios"), &json!({})).await;
        assert_eq!(defaults.status, if status == 200 { 204 } else { 400 });
        reset(rig);
        assert_eq!(stage(client, &json!({ "UsbPorts": "AllOff" })).await.status, 200);
    }
}

#[tokio::test]
async fn q12b_without_an_apply_time_no_reset_applies_it() {
    let [(with_rig, with), (without_rig, without)] = pair(Quirk::StagesWithoutApplyTime).await;
    for (rig, client, applied) in [(&with_rig, &with, false), (&without_rig, &without, true)] {
        assert_eq!(stage(client, &json!({ "MemoryTest": true })).await.status, 200);
        reset(rig);
        assert_eq!(current(client, "MemoryTest").await, applied);
    }
    assert_eq!(pending(&with).await, json!({ "MemoryTest": true }));
    assert_eq!(stage_for_reset(&with, &json!({ "QuietBoot": false })).await.status, 200);
    reset(&with_rig);
    assert_eq!(current(&with, "MemoryTest").await, true, "a job takes along what waited for one");
    let clear = format!("{SETTINGS}/Actions/Oem/DellManager.ClearPending");
    assert_eq!(stage(&with, &json!({ "MemoryTest": false })).await.status, 200);
    assert_eq!(with.post(&clear, &json!({})).await.status, 204);
    assert_eq!(pending(&with).await, json!({}));
    assert_eq!(without.post(&clear, &json!({})).await.status, 404);
}

#[tokio::test]
async fn q12c_what_is_staged_looks_as_if_it_were_in_force() {
    let [(with_rig, with), (_rig, without)] = pair(Quirk::ShowsPendingAsCurrent).await;
    for (client, shown) in [(&with, true), (&without, false)] {
        assert_eq!(stage(client, &json!({ "MemoryTest": true })).await.status, 200);
        assert_eq!(current(client, "MemoryTest").await, shown);
    }
    let truth = with_rig.server.bios().expect("settings");
    assert_eq!(
        truth.current.get("MemoryTest"),
        Some(&underlay_simulators::persona::BiosValue::Boolean(false))
    );
}

#[tokio::test]
async fn q13_a_password_that_is_set_stays() {
    let action = format!("{BIOS}/Actions/Bios.ChangePassword");
    let body = |old: &str, new: &str| json!({ "PasswordName": "UserPassword", "OldPassword": old, "NewPassword": new });
    let [(_a, with), (_b, without)] = pair(Quirk::PasswordStays).await;
    for (client, status) in [(&with, 400), (&without, 204)] {
        assert_eq!(client.post(&action, &body("", "long enough")).await.status, 204);
        assert_eq!(client.post(&action, &body("long enough", "another one")).await.status, 204);
        assert_eq!(client.post(&action, &body("another one", "")).await.status, status);
    }
}

#[tokio::test]
async fn q23a_the_password_action_is_found_by_its_link() {
    let [(with_rig, with), (_rig, without)] = pair(Quirk::PasswordsOnSettings).await;
    let body = json!({ "PasswordName": "UserPassword", "OldPassword": "", "NewPassword": "long enough" });
    for (client, target) in [
        (&with, format!("{SETTINGS}/Actions/Bios.ChangePasswords")),
        (&without, format!("{BIOS}/Actions/Bios.ChangePassword")),
    ] {
        let action = client.get(BIOS).await.json()["Actions"]["#Bios.ChangePassword"]["target"].clone();
        assert_eq!(action, target);
        assert_eq!(client.post(&target, &body).await.status, 204);
    }
    assert_eq!(with.post(&format!("{BIOS}/Actions/Bios.ChangePassword"), &body).await.status, 404);
    assert!(with_rig.server.has_bios_password("UserPassword", &"long enough".into()));
}

#[tokio::test]
async fn q23b_the_pending_area_lists_everything_that_can_be_written() {
    let [(_a, with), (_b, without)] = pair(Quirk::PendingListsAll).await;
    for (client, staged_only) in [(&with, false), (&without, true)] {
        assert_eq!(stage(client, &json!({ "MemoryTest": true })).await.status, 200);
        let listed = pending(client).await;
        assert_eq!(listed["MemoryTest"], true);
        assert_eq!(listed.get("QuietBoot").is_none(), staged_only);
        assert!(listed.get("SystemSerialNumber").is_none() && listed.get("UserPassword").is_none());
    }
}

#[tokio::test]
async fn q23c_the_paths_of_one_vendor_are_in_lower_case() {
    let [(_a, with), (_b, without)] = pair(Quirk::LowerCaseBios).await;
    for (client, path) in [(&with, "/redfish/v1/systems/1/bios"), (&without, BIOS)] {
        assert_eq!(client.get("/redfish/v1/Systems/1").await.json()["Bios"]["@odata.id"], path);
        let object =
            client.get(path).await.json()["@Redfish.Settings"]["SettingsObject"]["@odata.id"].clone();
        let object = object.as_str().expect("a settings object").to_owned();
        assert_eq!(client.patch(&object, &json!({ "Attributes": { "MemoryTest": true } })).await.status, 200);
    }
    assert_eq!(with.get(BIOS).await.status, 404);
}

#[tokio::test]
async fn vendors_have_their_settings_in_their_own_places_and_every_one_is_applied() {
    for (persona, settings, attribute, value, status) in [
        (
            "dell-idrac9",
            "/redfish/v1/Systems/System.Embedded.1/Bios/Settings",
            "SriovGlobalEnable",
            "Enabled",
            202,
        ),
        ("hpe-ilo5", "/redfish/v1/systems/1/bios/settings", "Sriov", "Disabled", 200),
        ("supermicro", "/redfish/v1/Systems/1/Bios/SD", "SR_IOVSupport_0047", "Disabled", 200),
        ("lenovo-xcc", "/redfish/v1/Systems/1/Bios/Pending", "DevicesandIOPorts_SRIOV", "Disable", 200),
        ("openbmc", "/redfish/v1/Systems/system/Bios/Settings", "SrIovSupport", "Disabled", 204),
    ] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let system = client.get(&rig.system(&client).await).await.json();
        let bios = system["Bios"]["@odata.id"].as_str().expect("a link").to_owned();
        let document = client.get(&bios).await.json();
        assert_eq!(document["@Redfish.Settings"]["SettingsObject"]["@odata.id"], settings);
        assert!(document["Attributes"].as_object().is_some_and(|all| all.len() >= 20), "{persona}");
        let mut body = json!({ "Attributes": { attribute: value } });
        if document["@Redfish.Settings"].get("SupportedApplyTimes").is_some() {
            body["@Redfish.SettingsApplyTime"] = json!({ "ApplyTime": "OnReset" });
        }
        let tag = client.get(settings).await.header("etag").unwrap_or("*").to_owned();
        let conditional = client.with("If-Match", &tag);
        let mut staged = conditional.patch(settings, &body).await;
        if staged.status == 412 {
            // Quirk Q30b: for no reason, once.
            staged = conditional.patch(settings, &body).await;
        }
        assert_eq!(staged.status, status, "{persona}: {}", staged.text());
        assert_eq!(staged.header("location").is_some(), status == 202);
        assert_eq!(client.get(settings).await.json()["Attributes"][attribute], value);
        reset(&rig);
        assert_eq!(client.get(&bios).await.json()["Attributes"][attribute], value, "{persona}");
    }
}

#[tokio::test]
async fn q28b_no_attributes_while_nothing_is_staged_and_no_way_back() {
    let [(_a, with), (_b, without)] = pair(Quirk::NoAttributesWhenNonePending).await;
    assert!(with.get(SETTINGS).await.json().get("Attributes").is_none());
    assert_eq!(pending(&without).await, json!({}));
    for (client, left) in [(&with, json!({ "MemoryTest": false })), (&without, json!({}))] {
        assert_eq!(stage(client, &json!({ "MemoryTest": true })).await.status, 200);
        assert_eq!(pending(client).await, json!({ "MemoryTest": true }));
        assert_eq!(stage(client, &json!({ "MemoryTest": false })).await.status, 200);
        assert_eq!(pending(client).await, left);
    }
}

#[tokio::test]
async fn q28g_values_stand_in_the_registry_as_display_names() {
    let registry = "/redfish/v1/Registries/BiosAttributeRegistry.v1_0_0/BiosAttributeRegistry.v1_0_0.json";
    let [(_a, with), (_b, without)] = pair(Quirk::NumberedValueNames).await;
    for (client, name, status) in [(&with, "0", 400), (&without, "Enabled", 200)] {
        let entries = client.get(registry).await.json()["RegistryEntries"]["Attributes"].clone();
        let entries = entries.as_array().expect("entries").clone();
        let entry =
            entries.iter().find(|entry| entry["AttributeName"] == "ProcTurboMode").expect("the entry");
        assert_eq!(entry["Value"][0], json!({ "ValueName": name, "ValueDisplayName": "Enabled" }));
        assert_eq!(current(client, "ProcTurboMode").await, "Enabled");
        assert_eq!(
            stage(client, &json!({ "ProcTurboMode": entry["Value"][1]["ValueName"] })).await.status,
            status
        );
    }
}

#[tokio::test]
async fn q32d_a_setting_that_another_overrides_is_taken_and_forgotten() {
    let [(with_rig, with), (_rig, without)] = pair(Quirk::OverridesSilently).await;
    let limit = json!({ "PowerLimitWatts": 500 });
    assert_eq!(stage(&without, &limit).await.status, 400);
    assert_eq!(stage(&with, &limit).await.status, 200);
    reset(&with_rig);
    assert_eq!(current(&with, "PowerLimitWatts").await, 400);
    assert_eq!(pending(&with).await, json!({}));
    // The control: it is taken for good where nothing overrides it.
    let both = json!({ "PowerProfile": "Custom", "PowerLimitWatts": 500 });
    assert_eq!(stage(&with, &both).await.status, 200);
    reset(&with_rig);
    assert_eq!(current(&with, "PowerLimitWatts").await, 500);
}

#[tokio::test]
async fn q34a_q34d_settings_that_cannot_be_read_yet() {
    let [(_a, with), (_b, without)] = pair(Quirk::BiosFails).await;
    assert_eq!(with.get(BIOS).await.status, 500);
    assert_eq!(without.get(BIOS).await.status, 200);
    let [(rig, with), (_b, without)] = pair(Quirk::EmptyUntilBoot).await;
    let attributes = |client: Client| async move { client.get(BIOS).await.json()["Attributes"].clone() };
    assert_eq!(attributes(with.clone()).await, json!({}));
    assert_eq!(attributes(without).await["MemoryTest"], false);
    reset(&rig);
    assert_eq!(attributes(with).await["MemoryTest"], false);
}

#[tokio::test]
async fn q34e_names_lose_their_spaces() {
    let text = include_str!("../../../fixtures/personas/standard.toml").to_owned()
        + "\n[bios]\nattribute = [{ name = 'Host Privilege Level', values = ['Privileged', 'Restricted'] }]\n";
    let mut personas = PersonaSet::default();
    personas.add("spaced", &text).expect("a persona");
    for (quirks, good, bad) in [
        (vec![Quirk::NamesWithoutSpaces], "HostPrivilegeLevel", "Host Privilege Level"),
        (vec![], "Host Privilege Level", "HostPrivilegeLevel"),
    ] {
        let (plant, server) = machine_of("spaced", &personas);
        let quirks = quirks.into_iter().collect::<Quirks>();
        let options = Options { quirks: Some(quirks), ..Options::default() };
        let view = serve(server.clone(), LOOPBACK, options).await.expect("a view");
        let client = Rig { plant, server, view };
        let admin = client.admin().await;
        assert_eq!(current(&admin, good).await, "Privileged");
        assert_eq!(stage(&admin, &json!({ bad: "Restricted" })).await.message(), "Base.1.18.PropertyUnknown");
        assert_eq!(stage(&admin, &json!({ good: "Restricted" })).await.status, 200);
        assert_eq!(pending(&admin).await, json!({ good: "Restricted" }));
    }
}
