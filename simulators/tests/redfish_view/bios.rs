//! The firmware's settings: staged by PATCH of the settings object, in force after a reset.

use serde_json::{Value, json};
use underlay_simulators::plant::{JobState, MutationKind, Origin, PowerAction};

use super::support::{Client, Reply, Rig};

const BIOS: &str = "/redfish/v1/Systems/1/Bios";
const SETTINGS: &str = "/redfish/v1/Systems/1/Bios/Settings";

async fn stage(client: &Client, attributes: &Value) -> Reply {
    client.patch(SETTINGS, &json!({ "Attributes": attributes })).await
}

async fn attribute(client: &Client, path: &str, name: &str) -> Value {
    client.get(path).await.json()["Attributes"][name].clone()
}

fn reset(rig: &Rig) {
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
}

/// Message keys with the property each is about.
fn told(reply: &Reply) -> Vec<(String, String)> {
    let body = reply.json();
    let holder = body.get("error").unwrap_or(&body);
    let infos = holder["@Message.ExtendedInfo"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = |info: &Value| text(&info["MessageId"]).rsplit('.').next().unwrap_or_default().to_owned();
    infos.iter().map(|info| (key(info), text(&info["RelatedProperties"][0]))).collect()
}

#[tokio::test]
async fn a_setting_is_found_staged_and_in_force_after_a_reset() {
    let rig = Rig::new("standard").await;
    let client = rig.session("operator").await;
    let system = client.get("/redfish/v1/Systems/1").await.json();
    let bios = client.get(system["Bios"]["@odata.id"].as_str().expect("a link")).await.json();
    assert_eq!(bios["Attributes"]["ProcTurboMode"], "Enabled");
    assert_eq!(bios["Attributes"]["AdministratorPassword"], Value::Null);
    let settings = &bios["@Redfish.Settings"];
    assert_eq!(settings["SupportedApplyTimes"], json!(["OnReset"]));
    assert!(settings.get("Time").is_none(), "nothing was ever applied");
    let object = settings["SettingsObject"]["@odata.id"].as_str().expect("a settings object");
    assert_eq!(client.get(object).await.json()["Attributes"], json!({}));

    let body = json!({
        "@Redfish.SettingsApplyTime": { "@odata.type": "#Settings.v1_3_5.PreferredApplyTime", "ApplyTime": "OnReset" },
        "Attributes": { "ProcTurboMode": "Disabled", "ProcCores": 8, "QuietBoot": false, "AssetTag": "rack 4" },
    });
    let staged = client.patch(object, &body).await;
    assert_eq!(staged.status, 200, "{}", staged.text());
    assert_eq!(staged.json()["Attributes"], body["Attributes"]);
    assert_eq!(attribute(&client, BIOS, "ProcTurboMode").await, "Enabled", "staged is not in force");
    reset(&rig);
    let bios = client.get(BIOS).await;
    let document = bios.json();
    for (name, value) in body["Attributes"].as_object().expect("attributes") {
        assert_eq!(&document["Attributes"][name], value, "{name}");
    }
    let settings = &document["@Redfish.Settings"];
    assert!(settings["Time"].is_string());
    assert_eq!(settings["ETag"].as_str(), bios.header("etag"));
    assert_eq!(settings["Messages"][0]["MessageId"], "Base.1.18.Success");
    assert_eq!(client.get(object).await.json()["Attributes"], json!({}));
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Setting), 1);
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name_and_nothing_is_staged() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for (name, value, key) in [
        ("Colour", json!("red"), "PropertyUnknown"),
        ("ProcTurboMode", json!("Sometimes"), "PropertyValueNotInList"),
        ("ProcTurboMode", json!(true), "PropertyValueTypeError"),
        ("ProcTurboMode", json!(null), "PropertyValueTypeError"),
        ("ProcCores", json!("8"), "PropertyValueTypeError"),
        ("ProcCores", json!(2.5), "PropertyValueTypeError"),
        ("ProcCores", json!(3), "PropertyValueOutOfRange"),
        ("ProcCores", json!(18), "PropertyValueOutOfRange"),
        ("QuietBoot", json!("false"), "PropertyValueTypeError"),
        ("AssetTag", json!("x".repeat(33)), "PropertyValueFormatError"),
        ("AssetTag", json!("ä"), "PropertyValueFormatError"),
        ("SystemSerialNumber", json!("mine"), "PropertyNotWritable"),
        ("PowerLimitWatts", json!(500), "PropertyNotWritable"),
        ("UserPassword", json!("secret"), "PropertyNotWritable"),
    ] {
        let refused = stage(&client, &json!({ name: value, "MemoryTest": true })).await;
        assert_eq!(refused.status, 400, "{name} {value}");
        assert_eq!(told(&refused), [(key.to_owned(), format!("#/Attributes/{name}"))]);
        assert!(!refused.text().contains("secret"));
    }
    let both = stage(&client, &json!({ "Colour": "red", "ProcCores": 3 })).await;
    assert_eq!(told(&both).len(), 2);
    for body in [
        json!({}),
        json!({ "@odata.type": "x" }),
        json!({ "Attributes": {} }),
        json!({ "Attributes": 5 }),
        json!({ "Id": "x" }),
        json!({ "Colour": "red" }),
    ] {
        assert_eq!(client.patch(SETTINGS, &body).await.status, 400, "{body}");
    }
    assert_eq!(client.get(SETTINGS).await.json()["Attributes"], json!({}));
    assert_eq!(rig.server.counters().mutations(), 0);
    // The controls: the same setting with a good value, and good attributes beside a property that is not.
    assert_eq!(stage(&client, &json!({ "MemoryTest": true })).await.status, 200);
    let mixed = client.patch(SETTINGS, &json!({ "Attributes": { "ProcCores": 4 }, "Colour": "red" })).await;
    assert_eq!(mixed.status, 200);
    assert_eq!(told(&mixed), [("PropertyUnknown".to_owned(), "#/Colour".to_owned())]);
    assert_eq!(attribute(&client, SETTINGS, "ProcCores").await, 4);
}

#[tokio::test]
async fn only_the_settings_object_takes_a_patch_and_only_from_those_who_may() {
    let rig = Rig::new("standard").await;
    let (viewer, operator) = (rig.session("viewer").await, rig.session("operator").await);
    let body = json!({ "Attributes": { "MemoryTest": true } });
    let direct = operator.patch(BIOS, &body).await;
    assert_eq!((direct.status, direct.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(viewer.patch(SETTINGS, &body).await.status, 403);
    let action = format!("{BIOS}/Actions/Bios.ResetBios");
    assert_eq!(viewer.post(&action, &json!({})).await.status, 403);
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(operator.get(SETTINGS).await.header("allow"), Some("GET, HEAD, PATCH"));
    assert_eq!(operator.patch(SETTINGS, &body).await.status, 200);
}

#[tokio::test]
async fn an_apply_time_that_is_not_offered_is_refused() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let body =
        |time: Value| json!({ "@Redfish.SettingsApplyTime": time, "Attributes": { "MemoryTest": true } });
    for (time, key) in [
        (json!({ "ApplyTime": "Immediate" }), "PropertyValueNotInList"),
        (json!({ "ApplyTime": 5 }), "PropertyValueTypeError"),
        (json!({}), "PropertyMissing"),
    ] {
        let refused = client.patch(SETTINGS, &body(time)).await;
        let about = "#/@Redfish.SettingsApplyTime/ApplyTime".to_owned();
        assert_eq!((refused.status, told(&refused)), (400, vec![(key.to_owned(), about)]));
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(client.patch(SETTINGS, &body(json!({ "ApplyTime": "OnReset" }))).await.status, 200);
}

#[tokio::test]
async fn a_service_without_apply_times_has_none_to_give() {
    for persona in ["hpe-ilo5", "supermicro"] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let system = rig.system(&client).await;
        let bios = client.get(&system).await.json()["Bios"]["@odata.id"].as_str().expect("a link").to_owned();
        let settings = client.get(&bios).await.json()["@Redfish.Settings"].clone();
        assert_eq!(settings.get("SupportedApplyTimes"), None, "{persona}");
        let object = settings["SettingsObject"]["@odata.id"].as_str().expect("a link").to_owned();
        let attributes = client.get(&bios).await.json()["Attributes"].clone();
        let (name, value) = attributes
            .as_object()
            .and_then(|all| all.iter().find(|(_, value)| *value == "Enabled" || *value == "Enable"))
            .expect("a switch");
        let off = if value == "Enabled" { "Disabled" } else { "Disable" };
        let mut body = json!({ "Attributes": { name: off } });
        body["@Redfish.SettingsApplyTime"] = json!({ "ApplyTime": "OnReset" });
        let refused = client.patch(&object, &body).await;
        assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.PropertyUnknown"));
        assert_eq!(rig.server.counters().mutations(), 0);
        body.as_object_mut().expect("an object").remove("@Redfish.SettingsApplyTime");
        assert_eq!(client.patch(&object, &body).await.status, 200, "{persona}");
    }
}

#[tokio::test]
async fn threads_are_as_many_as_the_firmware_makes() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let count = || async {
        let system = client.get("/redfish/v1/Systems/1").await.json();
        let processor = client.get("/redfish/v1/Systems/1/Processors/CPU1").await.json();
        (system["ProcessorSummary"]["LogicalProcessorCount"].clone(), processor["TotalThreads"].clone())
    };
    assert_eq!(count().await, (json!(64), json!(32)));
    assert_eq!(stage(&client, &json!({ "ProcHyperThreading": "Disabled" })).await.status, 200);
    assert_eq!(count().await, (json!(64), json!(32)));
    reset(&rig);
    assert_eq!(count().await, (json!(32), json!(16)));
}

#[tokio::test]
async fn a_change_waits_as_a_task_that_can_fail_or_be_stopped() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let task = |id: u32| format!("/redfish/v1/TaskService/Tasks/{id}");
    assert_eq!(stage(&client, &json!({ "MemoryTest": true })).await.status, 200);
    let waiting = client.get(&task(1)).await.json();
    assert_eq!(waiting["TaskState"], "Pending");
    assert_eq!(waiting["Payload"]["TargetUri"], SETTINGS);
    rig.server.doom_bios();
    reset(&rig);
    let failed = client.get(&task(1)).await.json();
    assert_eq!((&failed["TaskState"], &failed["TaskStatus"]), (&json!("Exception"), &json!("Critical")));
    let bios = client.get(BIOS).await.json();
    assert_eq!(bios["Attributes"]["MemoryTest"], false);
    assert_eq!(bios["@Redfish.Settings"]["Messages"][0]["MessageId"], "Base.1.18.GeneralError");
    assert_eq!(client.get(SETTINGS).await.json()["Attributes"], json!({}));

    assert_eq!(stage(&client, &json!({ "MemoryTest": true })).await.status, 200);
    assert_eq!(client.delete(&task(2)).await.status, 204);
    assert_eq!(client.get(SETTINGS).await.json()["Attributes"], json!({}));

    assert_eq!(stage(&client, &json!({ "MemoryTest": true })).await.status, 200);
    reset(&rig);
    assert_eq!(client.get(&task(3)).await.json()["TaskState"], "Completed");
    assert_eq!(attribute(&client, BIOS, "MemoryTest").await, true);
    let states: Vec<_> = rig.server.jobs().iter().map(|job| job.state).collect();
    assert_eq!(states, [JobState::Failed, JobState::Cancelled, JobState::Completed]);
}

#[tokio::test]
async fn tags_of_settings_follow_what_is_staged_and_what_is_in_force() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let tag = |reply: &Reply| reply.header("etag").expect("a tag").to_owned();
    let (bios, settings) = (tag(&client.get(BIOS).await), tag(&client.get(SETTINGS).await));
    let body = json!({ "Attributes": { "MemoryTest": true } });
    assert_eq!(client.with("If-Match", "\"stale\"").patch(SETTINGS, &body).await.status, 412);
    assert_eq!(rig.server.counters().mutations(), 0);
    let staged = client.with("If-Match", &settings).patch(SETTINGS, &body).await;
    assert_eq!(staged.status, 200);
    assert_ne!(tag(&staged), settings);
    assert_eq!(tag(&client.get(SETTINGS).await), tag(&staged));
    assert_eq!(client.with("If-Match", &settings).patch(SETTINGS, &body).await.status, 412);
    reset(&rig);
    assert_ne!(tag(&client.get(BIOS).await), bios);
}

#[tokio::test]
async fn the_registry_describes_every_setting_and_what_it_takes() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let bios = client.get(BIOS).await.json();
    let name = bios["AttributeRegistry"].as_str().expect("a registry");
    let files = client.get("/redfish/v1/Registries").await.json();
    let mut found = Value::Null;
    for member in files["Members"].as_array().expect("members") {
        let file = client.get(member["@odata.id"].as_str().expect("a link")).await.json();
        if file["Registry"] == name {
            found = client.get(file["Location"][0]["Uri"].as_str().expect("a URI")).await.json();
        }
    }
    assert_eq!(found["Id"], name);
    let entries = found["RegistryEntries"]["Attributes"].as_array().expect("entries");
    let names: Vec<_> = entries.iter().map(|entry| entry["AttributeName"].clone()).collect();
    let served: Vec<_> = bios["Attributes"].as_object().expect("attributes").keys().cloned().collect();
    assert_eq!(names, served);
    let entry = |name: &str| entries.iter().find(|entry| entry["AttributeName"] == name).expect(name);
    assert_eq!(entry("ProcCores")["ScalarIncrement"], 2);
    assert_eq!(entry("ProcCores")["DefaultValue"], 0);
    assert_eq!(entry("SystemSerialNumber")["ReadOnly"], true);
    assert_eq!(entry("AssetTag")["ValueExpression"], "^[ -~]*$");
    // What it lists is taken.
    let values = entry("PowerProfile")["Value"].as_array().expect("values").clone();
    for value in values {
        let body = json!({ "PowerProfile": value["ValueName"] });
        assert_eq!(stage(&client, &body).await.status, 200, "{body}");
    }
    let map = &found["RegistryEntries"]["Dependencies"][0];
    assert_eq!(map["DependencyFor"], "PowerLimitWatts");
    assert_eq!(map["Dependency"]["MapFrom"][0]["MapFromCondition"], "NEQ");
}

#[tokio::test]
async fn defaults_and_passwords_have_their_actions() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(stage(&client, &json!({ "MemoryTest": true })).await.status, 200);
    reset(&rig);
    let reset_bios = format!("{BIOS}/Actions/Bios.ResetBios");
    assert_eq!(client.post(&reset_bios, &json!({ "Colour": "red" })).await.status, 400);
    assert_eq!(client.post(&reset_bios, &json!({})).await.status, 204);
    assert_eq!(attribute(&client, BIOS, "MemoryTest").await, true, "not before a reset");
    reset(&rig);
    assert_eq!(attribute(&client, BIOS, "MemoryTest").await, false);

    let password = format!("{BIOS}/Actions/Bios.ChangePassword");
    let body = |name: &str, old: Value, new: Value| json!({ "PasswordName": name, "OldPassword": old, "NewPassword": new });
    for (body, key) in [
        (body("Nobody", json!(""), json!("long enough")), "ActionParameterValueNotInList"),
        (body("UserPassword", json!("guess"), json!("long enough")), "ActionParameterValueError"),
        (body("UserPassword", json!(""), json!("abc")), "ActionParameterValueError"),
        (body("UserPassword", json!(5), json!("long enough")), "ActionParameterValueTypeError"),
        (json!({ "PasswordName": "UserPassword" }), "ActionParameterMissing"),
    ] {
        let refused = client.post(&password, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")), "{body}");
        assert!(!refused.text().contains("guess"));
    }
    assert!(rig.server.has_bios_password("UserPassword", &"".into()));
    let set = json!({ "PasswordName": "UserPassword", "NewPassword": "long enough" });
    assert_eq!(client.post(&password, &set).await.status, 204, "no old password is needed where none is set");
    assert!(rig.server.has_bios_password("UserPassword", &"long enough".into()));
    assert_eq!(client.post(&password, &set).await.status, 400);
    let clear = body("UserPassword", json!("long enough"), json!(""));
    assert_eq!(client.post(&password, &clear).await.status, 204);
    assert!(rig.server.has_bios_password("UserPassword", &"".into()));
}
