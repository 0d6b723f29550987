//! A recorded tree as a simulated machine: its documents are shown, and the machine behind them lives.

mod common;

use std::{fs, path::Path, sync::Arc};

use common::{cx, open};
use serde_json::{Value, json};
use underlay_hal::{
    BootOverride, BootTarget, Change, CredentialSource, Device, ErrorKind, FacetKind, Outcome, PowerAction,
    PowerState,
};
use underlay_rack::ReadOptions;
use underlay_simulators::{Running, ServerTruth, Truth as _};

/// Writes a small tree in DMTF's mockup layout: a machine that nobody makes.
fn record(folder: &Path) {
    let put = |path: &str, document: &Value| {
        let folder = folder.join("redfish/v1").join(path);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("index.json"), document.to_string()).expect("a document");
    };
    let link = |path: &str| json!({ "@odata.id": format!("/redfish/v1{path}") });
    put(
        "",
        &json!({
            "@odata.id": "/redfish/v1/", "RedfishVersion": "1.15.0", "Vendor": "Nobody", "Systems": link("/Systems"),
            "Chassis": link("/Chassis"), "Managers": link("/Managers"), "Links": {},
        }),
    );
    for (collection, member) in [("Systems", "Blade7"), ("Managers", "Mc"), ("Chassis", "Sled")] {
        let members = json!([link(&format!("/{collection}/{member}"))]);
        put(collection, &json!({ "Members": members, "Members@odata.count": 1 }));
    }
    put(
        "Systems/Blade7",
        &json!({
            "@odata.id": "/redfish/v1/Systems/Blade7", "Id": "Blade7", "Manufacturer": "Nobody", "Model": "Recorded 9000",
            "SerialNumber": "R-1", "PowerState": "Off", "AssetTag": "recorded",
            "Boot": {
                "BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None",
                "BootSourceOverrideTarget@Redfish.AllowableValues": ["Pxe", "Hdd"],
            },
            "Actions": { "#ComputerSystem.Reset": {
                "target": "/redfish/v1/Systems/Blade7/Actions/Oem.Reset",
                "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "ForceRestart"],
            } },
            "Processors": link("/Systems/Blade7/Processors"), "Bios": link("/Systems/Blade7/Bios"),
            "Links": { "ManagedBy": [link("/Managers/Mc")], "Chassis": [link("/Chassis/Sled")] },
        }),
    );
    let settings = json!({
        "SettingsObject": link("/Systems/Blade7/Bios/Settings"), "SupportedApplyTimes": ["OnReset"],
    });
    let bios = json!({ "Id": "Bios", "Attributes": { "QuietBoot": true }, "@Redfish.Settings": settings });
    put("Systems/Blade7/Bios", &bios);
    put("Systems/Blade7/Bios/Settings", &json!({ "Id": "Settings", "Attributes": {} }));
    let members: Vec<_> = (0..3).map(|n| link(&format!("/Systems/Blade7/Processors/P{n}"))).collect();
    put("Systems/Blade7/Processors", &json!({ "Members": members }));
    for n in 0..3 {
        let processor = json!({ "Id": format!("P{n}"), "Model": "Recorded Processor", "TotalCores": 4 });
        put(&format!("Systems/Blade7/Processors/P{n}"), &processor);
    }
    put("Managers/Mc", &json!({ "Id": "Mc", "FirmwareVersion": "9.9", "ManagerType": "BMC" }));
    put("Chassis/Sled", &json!({ "Id": "Sled", "ChassisType": "Sled", "PowerState": "Off" }));
}

struct Played {
    running: Running,
    truth: ServerTruth,
    device: Arc<dyn Device>,
    _folder: tempfile::TempDir,
}

async fn play(persona: &str, more: impl FnOnce(&Path)) -> Played {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    more(folder.path());
    let text = format!(
        "[rack]\nname = \"one\"\n[simulation]\ntime-scale = 40.0\npost-seconds = 5\n\
         [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
         [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = {persona}\ncredential = \"bmc\"\n\
         state = \"on\"\nredfish = {{ tls = \"http\" }}\n"
    );
    let options = ReadOptions { file: "one.toml", folder: Some(folder.path()), ..ReadOptions::default() };
    let rack = underlay_rack::read(&text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    let running = underlay_simulators::Simulator::builder(rack).start().await;
    let running = running.unwrap_or_else(|error| panic!("{error}"));
    let truth = running.truth("n1").expect("the rack has n1");
    let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let at = running.rack().device("n1").expect("n1").endpoints().expect("an address");
    let opened =
        open(&cx(20.0), &at, &credentials).await.unwrap_or_else(|error| panic!("{}", error.report()));
    Played { running, truth, device: opened.device, _folder: folder }
}

const RECORDED: &str = "{ recorded = \".\" }";

#[tokio::test]
async fn what_was_recorded_is_read_and_the_machine_lives() {
    let played = play(RECORDED, |_| {}).await;
    let (device, truth) = (&played.device, &played.truth);
    assert_eq!(played.running.warnings(), [""; 0]);
    let hardware = device.inventory().expect("inventory").read(&cx(10.0)).await.expect("read");
    assert_eq!(hardware.system.model.as_deref(), Some("Recorded 9000"));
    assert_eq!(hardware.processors.len(), 3);
    assert_eq!(device.info().firmware_version.as_deref(), Some("9.9"));
    let lacks = [FacetKind::Raid, FacetKind::Accounts, FacetKind::Firmware, FacetKind::SecureBoot];
    assert!(lacks.iter().all(|facet| !facet.on(&**device)), "what was not recorded is not there");

    // It was recorded off, and is on.
    let power = device.power().expect("power");
    assert_eq!(power.state(&cx(10.0)).await.expect("read"), PowerState::On);
    let done = power.set(&cx(10.0), PowerAction::ForceOff).await.expect("switched");
    assert_eq!(done, Outcome::Done(Change::Made));
    common::soon("the machine is off", || truth.power() == PowerState::Off).await;
    assert_eq!(power.state(&cx(10.0)).await.expect("read"), PowerState::Off);
    let boot = device.boot().expect("boot");
    let pxe = BootOverride::once(BootTarget::Pxe);
    assert_eq!(boot.set(&cx(10.0), Some(pxe)).await.expect("set"), Outcome::Done(Change::Made));
    assert_eq!(truth.boot_override().map(|real| real.target), Some(BootTarget::Pxe));
    let _ = power.set(&cx(10.0), PowerAction::On).await.expect("switched");
    common::soon("it boots by the override", || truth.last_boot_source() == Some(BootTarget::Pxe)).await;
    device.close(&cx(10.0)).await.expect("closed");
    assert_eq!(played.running.redfish("n1").expect("a view").sessions(), 0, "sessions are real");
}

#[tokio::test]
async fn what_was_recorded_cannot_be_changed() {
    let played = play(RECORDED, |_| {}).await;
    let before = played.truth.mutations();
    let bios = played.device.bios().expect("recorded settings");
    let state = bios.read(&cx(10.0)).await.expect("read");
    assert_eq!(state.attributes.len(), 1);
    let wanted = [("QuietBoot".to_owned(), underlay_hal::bios::SettingValue::Boolean(false))].into();
    let plan = underlay_hal::bios::plan(&state, &wanted).expect("a plan");
    let refused = bios.apply(&cx(10.0), &plan, underlay_hal::ApplyTime::OnReset).await.expect_err("recorded");
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{}", refused.report());
    assert!(refused.report().contains("recording"), "{}", refused.report());
    assert_eq!(played.truth.mutations(), before);
}

#[tokio::test]
async fn a_broken_document_costs_itself_and_is_told() {
    let played = play(RECORDED, |folder| {
        let place = folder.join("redfish/v1/Systems/Blade7/Processors/P1/index.json");
        fs::write(place, "{ \"Id\": ").expect("written");
    })
    .await;
    let warnings = played.running.warnings();
    assert!(warnings.len() == 1 && warnings[0].contains("P1") && warnings[0].contains("n1"), "{warnings:?}");
    let hardware = played.device.inventory().expect("inventory").read(&cx(10.0)).await.expect("read");
    assert_eq!(hardware.processors.len(), 2);
}

#[tokio::test]
async fn the_plant_is_that_of_the_persona_it_extends_and_a_named_persona_shows_its_own() {
    let played = play("{ recorded = \".\", extends = \"lenovo-xcc\" }", |_| {}).await;
    assert_eq!(&*played.truth.server().spec().persona.name, "lenovo-xcc");
    assert_eq!(played.device.info().model.as_deref(), Some("Recorded 9000"));
    // The control.
    let played = play("\"lenovo-xcc\"", |_| {}).await;
    assert_eq!(played.device.info().model.as_deref(), Some("ThinkSystem SR650 V2"));
    assert!(FacetKind::Raid.on(&*played.device));
}

#[tokio::test]
async fn a_folder_without_a_tree_is_told_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[rack]\nname = \"one\"\n[credentials.bmc]\nusername = \"admin\"\npassword = { generated = true }\n\
                [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = { recorded = \"nothing\" }\n\
                credential = \"bmc\"\nredfish = {}\n";
    let options = ReadOptions { file: "one.toml", folder: Some(folder.path()), ..ReadOptions::default() };
    let rack = underlay_rack::read(text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    let failed = underlay_simulators::Simulator::builder(rack).start().await.expect_err("no tree");
    let mut text = failed.to_string();
    let mut source = std::error::Error::source(&failed);
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    assert!(text.contains("n1") && text.contains("redfish/v1/index.json"), "{text}");
}
