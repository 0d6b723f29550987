//! Boot options and their order, and what to fetch by HTTP.

use serde_json::{Value, json};
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{
    BootMode, BootRecord, BootSource, BootTarget, MutationKind, Origin, PowerAction,
};
use underlay_simulators::redfish::{Options, Quirk, Quirks, serve};

use super::support::{Client, LOOPBACK, Reply, Rig, machine_of};

const SYSTEM: &str = "/redfish/v1/Systems/1";
const SETTINGS: &str = "/redfish/v1/Systems/1/Settings";

async fn pair(quirk: Quirk) -> [(Rig, Client); 2] {
    let (with, without) = (Rig::quirky(&[quirk]).await, Rig::quirky(&[]).await);
    let clients = (with.admin().await, without.admin().await);
    [(with, clients.0), (without, clients.1)]
}

async fn order(client: &Client, path: &str) -> Vec<String> {
    let order = client.get(path).await.json()["Boot"]["BootOrder"].clone();
    serde_json::from_value(order).expect("an order")
}

async fn set(client: &Client, path: &str, order: &[String]) -> Reply {
    client.patch(path, &json!({ "Boot": { "BootOrder": order } })).await
}

fn boot(rig: &Rig) -> BootRecord {
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
    *rig.server.snapshot().last_boot().expect("a boot")
}

/// The options of a system.
async fn options(client: &Client, system: &str) -> Vec<Value> {
    let path = client.get(system).await.json()["Boot"]["BootOptions"]["@odata.id"].clone();
    let path = path.as_str().expect("options").to_owned();
    client.get(&format!("{path}?$expand=.")).await.json()["Members"].as_array().expect("members").clone()
}

#[tokio::test]
async fn the_order_is_read_written_and_followed() {
    let rig = Rig::new("standard").await;
    let client = rig.session("operator").await;
    let now = order(&client, SYSTEM).await;
    let all = options(&client, SYSTEM).await;
    let names: Vec<_> =
        all.iter().map(|option| option["BootOptionReference"].as_str().expect("a name")).collect();
    assert_eq!(names, now, "every option is in the order");
    assert_eq!(boot(&rig).source, BootTarget::Disk);
    // The second port's PXE option, by its address.
    let digits: String = rig.server.spec().nics[1].mac.iter().map(|byte| format!("{byte:02X}")).collect();
    let mine = all.iter().find(|option| {
        let path = option["UefiDevicePath"].as_str().expect("a path");
        path.contains(&format!("MAC({digits},0x1)/IPv4")) && !path.ends_with("Uri()")
    });
    let mine =
        mine.expect("an option of that port")["BootOptionReference"].as_str().expect("a name").to_owned();
    let wanted: Vec<_> =
        [mine.clone()].into_iter().chain(now.iter().filter(|name| **name != mine).cloned()).collect();
    let written = set(&client, SYSTEM, &wanted).await;
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(order(&client, SYSTEM).await, wanted);
    let record = boot(&rig);
    let taken =
        rig.server.boot_order().options.into_iter().find(|option| Some(option.number) == record.option);
    assert_eq!(taken.map(|option| option.source), Some(BootSource::Pxe(1)));
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Setting), 1);
}

#[tokio::test]
async fn an_order_of_what_is_not_there_is_refused_by_place() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let now = order(&client, SYSTEM).await;
    for (wanted, key, about) in [
        (json!(["Boot0000", "BootFFFF"]), "PropertyValueNotInList", "#/Boot/BootOrder/1"),
        (json!(["Boot0000", "Boot0000"]), "PropertyValueError", "#/Boot/BootOrder/1"),
        (json!(["Boot0000", 1]), "PropertyValueTypeError", "#/Boot/BootOrder/1"),
        (json!("Boot0000"), "PropertyValueTypeError", "#/Boot/BootOrder"),
    ] {
        let refused = client.patch(SYSTEM, &json!({ "Boot": { "BootOrder": wanted } })).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")));
        assert_eq!(refused.json()["error"]["@Message.ExtendedInfo"][0]["RelatedProperties"][0], about);
    }
    assert_eq!(set(&rig.session("viewer").await, SYSTEM, &now).await.status, 403);
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(set(&client, SYSTEM, &now).await.status, 200, "what is so already changes nothing");
    assert_eq!(rig.server.counters().mutations(), 0);
}

#[tokio::test]
async fn an_option_can_be_switched_off() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let path = "/redfish/v1/Systems/1/BootOptions/Boot0000";
    let tag = client.get(path).await.header("etag").expect("a tag").to_owned();
    for option in options(&client, SYSTEM).await.iter().filter(|option| option["Alias"] == "Hdd") {
        let option = option["@odata.id"].as_str().expect("a path").to_owned();
        let written = client.patch(&option, &json!({ "BootOptionEnabled": false })).await;
        assert_eq!((written.status, &written.json()["BootOptionEnabled"]), (200, &json!(false)));
    }
    assert_ne!(client.get(path).await.header("etag"), Some(tag.as_str()));
    assert_eq!(client.patch(path, &json!({ "BootOptionEnabled": "no" })).await.status, 400);
    assert_eq!(
        client.patch(path, &json!({ "DisplayName": "mine" })).await.message(),
        "Base.1.18.PropertyNotWritable"
    );
    assert_eq!(boot(&rig).source, BootTarget::Pxe, "every drive is passed over");
}

#[tokio::test]
async fn an_address_to_boot_from_by_http_is_kept() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let uri = "http://192.0.2.1/image.efi";
    let body = |uri: Value| {
        json!({ "Boot": {
            "BootSourceOverrideTarget": "UefiHttp", "BootSourceOverrideEnabled": "Once", "HttpBootUri": uri,
        }})
    };
    for (bad, key) in [
        (json!("ftp://192.0.2.1/x"), "PropertyValueFormatError"),
        (json!("http://"), "PropertyValueFormatError"),
        (json!(5), "PropertyValueTypeError"),
    ] {
        assert_eq!(client.patch(SYSTEM, &body(bad)).await.message(), format!("Base.1.18.{key}"));
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(client.patch(SYSTEM, &body(json!(uri))).await.json()["Boot"]["HttpBootUri"], uri);
    assert_eq!(rig.server.boot_order().http_uri.as_deref(), Some(uri));
    assert_eq!(boot(&rig).source, BootTarget::UefiHttp);
    let cleared = client.patch(SYSTEM, &json!({ "Boot": { "HttpBootUri": null } })).await;
    assert_eq!(cleared.json()["Boot"]["HttpBootUri"], Value::Null);
    // Where there is no such property, it is not taken.
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let path = dell.system(&client).await;
    assert_eq!(
        client.patch(&path, &json!({ "Boot": { "HttpBootUri": uri } })).await.message(),
        "Base.1.18.PropertyUnknown"
    );
}

#[tokio::test]
async fn q11a_boot_is_written_on_a_settings_object() {
    let [(with_rig, with), (_rig, without)] = pair(Quirk::BootOnSettings).await;
    let system = with.get(SYSTEM).await.json();
    assert_eq!(system["@Redfish.Settings"]["SettingsObject"]["@odata.id"], SETTINGS);
    assert_eq!(without.get(SETTINGS).await.status, 404);
    let mut wanted = order(&with, SYSTEM).await;
    wanted.reverse();
    assert_eq!(set(&with, SYSTEM, &wanted).await.message(), "Base.1.18.PropertyNotWritable");
    assert_eq!(with_rig.server.counters().mutations(), 0);
    let immediate = json!({
        "@Redfish.SettingsApplyTime": { "ApplyTime": "Immediate" }, "Boot": { "BootOrder": wanted },
    });
    assert_eq!(with.patch(SETTINGS, &immediate).await.status, 400);
    assert_eq!(set(&with, SETTINGS, &wanted).await.status, 200);
    assert_eq!(set(&without, SYSTEM, &wanted).await.status, 200);
    assert_eq!(order(&without, SYSTEM).await, wanted, "at once");
    assert_ne!(order(&with, SYSTEM).await, wanted);
    assert_eq!(order(&with, SETTINGS).await, wanted);
    boot(&with_rig);
    assert_eq!(order(&with, SYSTEM).await, wanted);
    // The override is written there, too.
    let once = json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}});
    assert_eq!(with.patch(SYSTEM, &once).await.status, 400);
    assert_eq!(with.patch(SETTINGS, &once).await.status, 200);
    assert!(with_rig.server.snapshot().boot_override.is_some());
}

#[tokio::test]
async fn q20a_the_boot_mode_is_a_job_of_firmware_settings() {
    let mode = json!({ "Boot": { "BootSourceOverrideMode": "Legacy" } });
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let path = dell.system(&client).await;
    assert_eq!(client.patch(&path, &mode).await.status, 200);
    assert_eq!(dell.server.jobs().len(), 1);
    assert_eq!(client.get(&path).await.json()["Boot"]["BootSourceOverrideMode"], "UEFI");
    assert_eq!(boot(&dell).mode, BootMode::Legacy);
    assert_eq!(client.get(&path).await.json()["Boot"]["BootSourceOverrideMode"], "Legacy");
    let without = Rig::new("standard").await;
    assert_eq!(without.admin().await.patch(SYSTEM, &mode).await.message(), "Base.1.18.PropertyMissing");
}

#[tokio::test]
async fn q20c_q34k_options_that_are_odd_to_read() {
    let [(_a, with), (_b, without)] = pair(Quirk::NoRelatedItem).await;
    for (client, null) in [(&with, true), (&without, false)] {
        assert!(options(client, SYSTEM).await.iter().all(|option| option["RelatedItem"].is_null() == null));
    }
    let [(rig, with), (_b, without)] = pair(Quirk::NamesInBootOrder).await;
    let first = order(&with, SYSTEM).await.remove(0);
    assert!(first.starts_with("Boot0000: UEFI "), "{first}");
    assert_eq!(order(&without, SYSTEM).await.remove(0), "Boot0000");
    assert!(
        options(&with, SYSTEM)
            .await
            .iter()
            .all(|option| !option["BootOptionReference"].as_str().unwrap().contains(':'))
    );
    // Both forms are taken.
    let mut wanted = order(&with, SYSTEM).await;
    wanted.reverse();
    assert_eq!(set(&with, SYSTEM, &wanted).await.status, 200);
    assert_eq!(order(&with, SYSTEM).await, wanted);
    let bare: Vec<_> = wanted.iter().map(|name| name[..8].to_owned()).rev().collect();
    assert_eq!(set(&with, SYSTEM, &bare).await.status, 200);
    assert_eq!(set(&without, SYSTEM, &wanted).await.status, 400);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Setting), 2);
}

#[tokio::test]
async fn q24e_q34i_words_of_the_override_that_are_not_listed() {
    let whole = json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once", "BootSourceOverrideMode": "UEFI"}});
    let [(_a, with), (_b, without)] = pair(Quirk::NoBootMode).await;
    assert!(with.get(SYSTEM).await.json()["Boot"].get("BootSourceOverrideMode").is_none());
    assert_eq!(with.patch(SYSTEM, &whole).await.message(), "Base.1.18.PropertyUnknown");
    assert_eq!(without.patch(SYSTEM, &whole).await.status, 200);
    let http = json!({"Boot": {"BootSourceOverrideTarget": "UefiHttp", "BootSourceOverrideEnabled": "Once"}});
    let [(_a, with), (_b, without)] = pair(Quirk::HidesUefiHttp).await;
    for (client, listed) in [(&with, false), (&without, true)] {
        let boot = client.get(SYSTEM).await.json()["Boot"].clone();
        let targets =
            boot["BootSourceOverrideTarget@Redfish.AllowableValues"].as_array().expect("values").clone();
        assert_eq!(targets.contains(&json!("UefiHttp")), listed);
        assert_eq!(client.patch(SYSTEM, &http).await.status, 200);
    }
}

#[tokio::test]
async fn q28c_options_by_http_come_with_a_setting_and_a_reset() {
    let count = |all: &[Value]| {
        all.iter().filter(|one| one["DisplayName"].as_str().is_some_and(|name| name.contains("HTTP"))).count()
    };
    let rig = Rig::new("supermicro").await;
    let client = rig.admin().await;
    assert_eq!(count(&options(&client, SYSTEM).await), 0);
    let settings = "/redfish/v1/Systems/1/Bios/SD";
    let body = json!({ "Attributes": { "IPv4HTTPSupport_00F5": "Enabled" } });
    assert_eq!(client.patch(settings, &body).await.status, 200);
    assert_eq!(count(&options(&client, SYSTEM).await), 0);
    boot(&rig);
    let all = options(&client, SYSTEM).await;
    assert_eq!(count(&all), 2);
    assert!(all[0].get("UefiDevicePath").is_none() && all[0]["BootOptionReference"] == "Boot0018");
    // The control has them whatever the firmware says.
    let without = Rig::persona_with("supermicro", &[]).await;
    assert_eq!(count(&options(&without.admin().await, SYSTEM).await), 2);
}

#[tokio::test]
async fn q37b_settings_of_the_firmware_are_the_order() {
    let types = |at: usize| {
        let values = "values = ['HardDiskDrive', 'DVDROMDrive', 'PXE', 'Others']";
        let default = ["HardDiskDrive", "DVDROMDrive", "PXE", "Others"][at];
        format!("{{ name = 'BootTypeOrder{at}', {values}, default = '{default}' }}")
    };
    let turn = |at: usize| {
        format!(
            "{{ attribute = 'BootTypeOrder{at}', disk = 'HardDiskDrive', optical = 'DVDROMDrive', pxe = 'PXE' }}"
        )
    };
    let list = |one: &dyn Fn(usize) -> String| (0..4).map(one).collect::<Vec<_>>().join(", ");
    let text = format!(
        "{}\n[bios]\nattribute = [{}]\nboot-types = [{}]\n",
        include_str!("../../../fixtures/personas/standard.toml"),
        list(&types),
        list(&turn)
    );
    let mut personas = PersonaSet::default();
    personas.add("types", &text).expect("a persona");
    for (quirks, there) in [(vec![Quirk::BootOrderIsSettings], false), (vec![], true)] {
        let (plant, server) = machine_of("types", &personas);
        let options = Options { quirks: Some(quirks.into_iter().collect::<Quirks>()), ..Options::default() };
        let view = serve(server.clone(), LOOPBACK, options).await.expect("a view");
        let rig = Rig { plant, server, view };
        let client = rig.admin().await;
        let boot_object = client.get(SYSTEM).await.json()["Boot"].clone();
        assert_eq!(boot_object.get("BootOrder").is_some(), there);
        assert_eq!(
            client.get("/redfish/v1/Systems/1/BootOptions").await.status,
            if there { 200 } else { 404 }
        );
        let refused = set(&client, SYSTEM, &["Boot0000".to_owned()]).await;
        assert_eq!(refused.status, if there { 200 } else { 400 });
        assert_eq!(boot(&rig).source, BootTarget::Disk);
        let settings = "/redfish/v1/Systems/1/Bios/Settings";
        let swap = json!({ "Attributes": { "BootTypeOrder0": "PXE", "BootTypeOrder2": "HardDiskDrive" } });
        assert_eq!(client.patch(settings, &swap).await.status, 200);
        if !there {
            assert_eq!(boot(&rig).source, BootTarget::Pxe);
        }
    }
}
