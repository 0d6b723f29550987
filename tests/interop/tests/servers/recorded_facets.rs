//! The facets beyond inventory, sensors and log on recorded trees: what the driver says is counted again from the raw
//! documents.
use std::collections::BTreeSet;

use serde_json::Value;
use underlay_hal::{Device, FacetKind};
use underlay_interop::{
    need::Need,
    peer::cx,
    recorded::{Asked, Tree},
    suite::Suite,
};

use super::recorded::{system, with};

pub(crate) fn tests(suite: Suite) -> Suite {
    ["redfish/dell.tar.xz", "redfish/supermicro.tar.xz"].into_iter().fold(suite, |suite, archive| {
        let need = Need::Corpus(archive);
        suite
            .test(format!("{archive}: settings are what the documents say"), &[need], move || {
                with(need, async |tree, device, _| settings(tree, device).await);
            })
            .test(format!("{archive}: storage and firmware are what the documents say"), &[need], move || {
                with(need, async |tree, device, _| parts(tree, device).await);
            })
            .test(format!("{archive}: the controller is what the documents say"), &[need], move || {
                with(need, async |tree, device, _| controller(tree, device).await);
            })
            .test(format!("{archive}: few requests are needed"), &[need], move || {
                with(need, async |tree, device, asked| requests(tree, device, asked).await);
            })
    })
}

/// The document that a property leads to.
fn followed(tree: &Tree, from: &Value, path: &[&str]) -> Option<Value> {
    let link = path.iter().try_fold(from, |value, name| value.get(name))?;
    tree.get(link.get("@odata.id")?.as_str()?)
}

fn manager(tree: &Tree) -> Value {
    let root = tree.get("/redfish/v1").expect("a service root");
    let mut managers = tree.members(&root, "Managers");
    assert_eq!(managers.len(), 1);
    managers.remove(0)
}

async fn settings(tree: &Tree, device: &dyn Device) {
    let system = system(tree);
    let recorded = followed(tree, &system, &["Bios"]).expect("settings");
    let recorded = recorded["Attributes"].as_object().expect("attributes");
    let state = device.bios().expect("bios").read(&cx("bios")).await.expect("read");
    let read: BTreeSet<_> = state.attributes.keys().map(String::as_str).collect();
    let told: BTreeSet<_> =
        recorded.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str()).collect();
    assert!(told.len() > 100, "{}", told.len());
    let missing: Vec<_> = told.difference(&read).collect();
    assert!(missing.is_empty(), "{missing:?} of {} are not read", told.len());

    let recorded = followed(tree, &system, &["SecureBoot"]).expect("secure boot");
    let state = device.secure_boot().expect("secure boot").read(&cx("secure boot")).await.expect("read");
    assert_eq!(state.enabled, recorded["SecureBootEnable"].as_bool());

    let order: Vec<_> =
        system["Boot"]["BootOrder"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = device.boot_order().expect("boot order").read(&cx("boot order")).await.expect("read");
    let read: Vec<_> = state.current.iter().map(|id| id.as_str()).collect();
    assert_eq!(read, order);
    let options = followed(tree, &system["Boot"], &["BootOptions"])
        .map_or(Vec::new(), |all| tree.linked(&all["Members"]));
    assert_eq!(state.options.len(), options.len(), "{:?}", state.options);
}

async fn parts(tree: &Tree, device: &dyn Device) {
    let (root, system) = (tree.get("/redfish/v1").expect("a root"), system(tree));
    let storages = tree.members(&system, "Storage");
    let drives: usize = storages.iter().map(|storage| tree.linked(&storage["Drives"]).len()).sum();
    // A drive by itself, which some list among the volumes too, is none.
    let made = |volume: &Value| volume["VolumeType"] != "RawDevice";
    let volumes = storages.iter().flat_map(|storage| tree.members(storage, "Volumes")).filter(made).count();
    let state = device.raid().expect("raid").read(&cx("raid")).await.expect("read");
    assert!(state.skipped.is_empty(), "{:?}", state.skipped);
    assert_eq!((state.drives.len(), state.volumes.len()), (drives, volumes));
    assert_eq!(state.controllers.len(), storages.len());
    let capacities: u64 = storages
        .iter()
        .flat_map(|storage| tree.linked(&storage["Drives"]))
        .filter_map(|drive| drive["CapacityBytes"].as_u64())
        .sum();
    let read: u64 = state.drives.iter().filter_map(|drive| drive.capacity_bytes).sum();
    assert_eq!(read, capacities, "bytes of all drives");

    let service = followed(tree, &root, &["UpdateService"]).expect("an update service");
    let components = tree.members(&service, "FirmwareInventory");
    let inventory = device.firmware().expect("firmware").inventory(&cx("firmware")).await.expect("read");
    assert!(inventory.skipped.is_empty(), "{:?}", inventory.skipped);
    assert_eq!(inventory.components.len(), components.len());
    let versions = |of: &mut dyn Iterator<Item = String>| of.collect::<BTreeSet<_>>();
    let recorded =
        versions(&mut components.iter().filter_map(|one| Some(one["Version"].as_str()?.to_owned())));
    let read = versions(&mut inventory.components.iter().filter_map(|one| one.version.clone()));
    assert!(
        read.is_superset(&recorded.iter().filter(|v| !v.trim().is_empty()).cloned().collect()),
        "{recorded:?} {read:?}"
    );
}

async fn controller(tree: &Tree, device: &dyn Device) {
    let (root, manager, system) = (tree.get("/redfish/v1").expect("a root"), manager(tree), system(tree));
    let slots = match tree.members(&system, "VirtualMedia") {
        slots if slots.is_empty() => tree.members(&manager, "VirtualMedia"),
        slots => slots,
    };
    match device.virtual_media() {
        Some(media) => {
            let read = media.slots(&cx("media")).await.expect("read");
            assert_eq!(read.len(), slots.len());
        }
        None => assert!(slots.is_empty(), "{} slots, and no facet", slots.len()),
    }
    let service = followed(tree, &root, &["AccountService"]).expect("an account service");
    let named = |account: &Value| account["UserName"].as_str().is_some_and(|name| !name.is_empty());
    let accounts = tree.members(&service, "Accounts").into_iter().filter(named).count();
    let read = device.accounts().expect("accounts").list(&cx("accounts")).await.expect("read");
    assert_eq!(read.len(), accounts, "accounts with a name");

    let protocol = followed(tree, &manager, &["NetworkProtocol"]).expect("protocols");
    let config = device.manager_config().expect("configuration").read(&cx("config")).await.expect("read");
    let is_service = |(_, value): &(&String, &Value)| value.get("ProtocolEnabled").is_some();
    let services = protocol.as_object().expect("an object").iter().filter(is_service).count();
    assert!(services > 3 && config.protocols.len() >= services.min(4), "{services} {:?}", config.protocols);
    if let Some(name) = protocol["HostName"].as_str().filter(|name| !name.is_empty()) {
        assert_eq!(config.host_name.as_deref(), Some(name));
    }
    let tasks = followed(tree, &root, &["Tasks"]).map_or(0, |service| tree.members(&service, "Tasks").len());
    let read = device.tasks().expect("tasks").list(&cx("tasks")).await.expect("read");
    assert_eq!(read.len(), tasks);
    if FacetKind::Identify.on(device) {
        device.identify().expect("a light").is_lit(&cx("light")).await.expect("read");
    }
    if let Some(meter) = device.power_meter() {
        let watts = meter.read(&cx("meter")).await.expect("read").watts.expect("watts");
        let chassis = tree.linked(&system["Links"]["Chassis"]);
        let told = |chassis: &Value| {
            let power = followed(tree, chassis, &["Power"]);
            let older = power.and_then(|power| power["PowerControl"][0]["PowerConsumedWatts"].as_f64());
            let newer = followed(tree, chassis, &["EnvironmentMetrics"]);
            let newer = newer.and_then(|metrics| metrics["PowerWatts"]["Reading"].as_f64());
            [older, newer]
        };
        let told: Vec<f64> = chassis.iter().flat_map(told).flatten().collect();
        assert!(told.contains(&watts), "{watts} W is none of {told:?}");
    }
}

/// Warm, the state of the power is one request; the whole inventory asks for no document twice.
async fn requests(tree: &Tree, device: &dyn Device, asked: &Asked) {
    let power = device.power().expect("power");
    power.state(&cx("power")).await.expect("read");
    let before = asked.reads();
    power.state(&cx("power")).await.expect("read");
    assert_eq!(asked.reads() - before, 1);
    let paths_before = asked.paths().len();
    device.inventory().expect("inventory").read(&cx("inventory")).await.expect("read");
    let paths = asked.paths().split_off(paths_before);
    let distinct: BTreeSet<_> = paths.iter().collect();
    let served = distinct.iter().filter(|path| tree.get(path).is_some()).count();
    println!(
        "inventory: {} requests for {} documents, {served} of which were recorded",
        paths.len(),
        distinct.len()
    );
    assert_eq!(paths.len(), distinct.len(), "no document is asked for twice");
    assert_eq!(asked.others(), 0);
}
