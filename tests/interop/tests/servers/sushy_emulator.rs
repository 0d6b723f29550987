//! The emulator of sushy-tools: what the driver says against what the recipe configured.
use std::time::Duration;

use serde_json::Value;
use underlay_hal::{
    BootOverride, BootTarget, Change, Device, ErrorKind, FacetKind, MediaImage, MediaKind, Outcome,
    Persistence, PowerAction, PowerState, Tls,
};
use underlay_interop::{
    lab::runtime,
    need::Need,
    peer::{SUSHY_EMULATOR, SushyEmulator, cx},
    suite::Suite,
};

const NEEDS: &[Need] = &[SUSHY_EMULATOR, Need::Python("sushy-emulator")];

pub(crate) fn tests(suite: Suite) -> Suite {
    suite
        .test("sushy-tools over HTTP: every facet that it has", NEEDS, || facets(false))
        .test("sushy-tools over HTTPS with a pin: every facet that it has", NEEDS, || facets(true))
        .test("sushy-tools: what it has beyond is told as it is, and changed", NEEDS, beyond)
        .test("sushy-tools: a wrong pin, and no pin, are not trusted", NEEDS, untrusted)
}

fn facets(https: bool) {
    let peer = SushyEmulator::start(https);
    let tls = peer.pin().map_or(Tls::Plain, |pin| Tls::PinSha256(pin.to_owned()));
    runtime().block_on(async {
        let device = peer.open(tls).await.unwrap_or_else(|error| panic!("{}", error.report()));
        read(&*device).await;
        boot(&*device).await;
        power(&*device).await;
        device.close(&cx("close")).await.expect("closed");
    });
}

async fn read(device: &dyn Device) {
    let hardware = device.inventory().expect("inventory").read(&cx("inventory")).await.expect("read");
    let macs: Vec<_> = hardware.nics.iter().filter_map(|nic| nic.mac).map(|mac| mac.to_string()).collect();
    assert_eq!(macs.len(), 2, "{macs:?}");
    for port in 0..2 {
        assert!(
            macs.iter().any(|mac| mac.eq_ignore_ascii_case(&format!("02:00:00:00:00:0{port}"))),
            "{macs:?}"
        );
    }
    // Model and serial number are the emulator's own constants, whatever is configured.
    let drives: Vec<_> = hardware
        .drives
        .iter()
        .map(|drive| (drive.name.clone().unwrap_or_default(), drive.capacity_bytes))
        .collect();
    let drive = |n: u8| (format!("Drive {n}"), Some(960_197_124_096));
    assert_eq!(drives, [drive(0), drive(1)]);
    let uuid = hardware.system.uuid.unwrap_or_default();
    assert_eq!(uuid, "6f1e0000-0000-4000-8000-000000000000");
    // It links to a memory collection that it does not have; that is said, and the rest is there.
    let skipped: Vec<_> = hardware.skipped.iter().map(|skipped| skipped.what.as_str()).collect();
    assert_eq!(skipped, [format!("/redfish/v1/Systems/{uuid}/Memory")]);

    let sensors = device.sensors().expect("sensors").read_all(&cx("sensors")).await.expect("read");
    assert!(!sensors.is_empty(), "the emulator has constant sensors");
    assert!(sensors.iter().any(|reading| reading.value.is_some()), "{sensors:?}");
    let info = device.manager().expect("manager").info(&cx("manager")).await.expect("read");
    assert!(info.firmware_version.is_some(), "{info:?}");
    assert!(device.event_log().is_none(), "it answers 404 to LogServices");
}

async fn boot(device: &dyn Device) {
    let boot = device.boot().expect("boot");
    // Whatever is written, it reads back as continuous.
    let wanted = BootOverride { persistence: Persistence::Continuous, ..BootOverride::once(BootTarget::Pxe) };
    let set = boot.set(&cx("boot"), Some(wanted)).await.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(set, Outcome::Done(Change::Made));
    let seen = boot.get(&cx("boot")).await.expect("read");
    assert_eq!(
        seen.map(|seen| (seen.target, seen.persistence)),
        Some((BootTarget::Pxe, Persistence::Continuous))
    );
}

async fn power(device: &dyn Device) {
    let power = device.power().expect("power");
    assert_eq!(power.state(&cx("state")).await.expect("read"), PowerState::Off);
    let done = power.set(&cx("on"), PowerAction::On).await.expect("on");
    assert_eq!(done, Outcome::Done(Change::Made));
    // It takes 1 to 11 s for a change.
    let end = cx("wait");
    while power.state(&cx("state")).await.expect("read") != PowerState::On {
        end.sleep(Duration::from_millis(300)).await.expect("powered on within the limit");
    }
    let again = power.set(&cx("on"), PowerAction::On).await.expect("on");
    assert_eq!(again, Outcome::Done(Change::AlreadySo));
}

/// The documents behind links.
fn members(peer: &SushyEmulator, collection: &Value) -> Vec<Value> {
    let paths = collection["Members"].as_array().expect("members").iter().map(path_of);
    paths.map(|path| peer.get(&path).unwrap_or_else(|| panic!("{path} is linked to"))).collect()
}

fn path_of(link: &Value) -> String {
    link["@odata.id"].as_str().expect("a path").to_owned()
}

fn linked(peer: &SushyEmulator, from: &Value, name: &str) -> Option<Value> {
    peer.get(from[name]["@odata.id"].as_str()?)
}

fn only(peer: &SushyEmulator, collection: &str) -> Value {
    let mut all = members(peer, &peer.get(collection).expect("a collection"));
    assert_eq!(all.len(), 1, "{collection}");
    all.remove(0)
}

fn beyond() {
    let peer = SushyEmulator::start(false);
    runtime().block_on(async {
        let device = peer.open(Tls::Plain).await.unwrap_or_else(|error| panic!("{}", error.report()));
        // No more and no less than it serves: it has no settings of the firmware, accounts, tasks, events, protocols.
        let beside =
            [FacetKind::Manager, FacetKind::Power, FacetKind::Boot, FacetKind::Inventory, FacetKind::Sensors];
        let here = [
            FacetKind::SecureBoot,
            FacetKind::Raid,
            FacetKind::Firmware,
            FacetKind::VirtualMedia,
            FacetKind::Identify,
        ];
        for facet in FacetKind::ALL {
            let expected = beside.contains(&facet) || here.contains(&facet);
            assert_eq!(facet.on(&*device), expected, "{facet:?}");
        }
        firmware(&peer, &*device).await;
        storage(&peer, &*device).await;
        secure_boot(&peer, &*device).await;
        media(&peer, &*device).await;
        lamp(&peer, &*device).await;
        device.close(&cx("close")).await.expect("closed");
    });
}

/// Its update service links to an inventory that it does not have.
async fn firmware(peer: &SushyEmulator, device: &dyn Device) {
    let service = peer.get("/redfish/v1/UpdateService").expect("an update service");
    let linked = path_of(&service["FirmwareInventory"]);
    assert_eq!(peer.get(&linked), None, "it links to what it does not have");
    let read = device.firmware().expect("firmware").inventory(&cx("firmware")).await;
    assert_eq!(read.expect_err("nothing is there").kind(), ErrorKind::NotFound);
}

async fn storage(peer: &SushyEmulator, device: &dyn Device) {
    let system = only(peer, "/redfish/v1/Systems");
    let storages = members(peer, &linked(peer, &system, "Storage").expect("storage"));
    let drives: Vec<Value> = storages
        .iter()
        .flat_map(|storage| storage["Drives"].as_array().into_iter().flatten())
        .map(|link| peer.get(&path_of(link)).expect("a drive"))
        .collect();
    let volumes: usize = storages
        .iter()
        .map(|storage| {
            linked(peer, storage, "Volumes").expect("volumes")["Members"].as_array().map_or(0, Vec::len)
        })
        .sum();
    let state = device.raid().expect("raid").read(&cx("raid")).await.expect("read");
    assert!(state.skipped.is_empty(), "{:?}", state.skipped);
    let read = (state.controllers.len(), state.drives.len(), state.volumes.len());
    assert_eq!(read, (storages.len(), drives.len(), volumes));
    assert!(read.0 > 0 && read.1 > 0, "{read:?}");
    let bytes: u64 = drives.iter().filter_map(|drive| drive["CapacityBytes"].as_u64()).sum();
    assert_eq!(state.drives.iter().filter_map(|drive| drive.capacity_bytes).sum::<u64>(), bytes);
}

async fn secure_boot(peer: &SushyEmulator, device: &dyn Device) {
    let served = || {
        let system = only(peer, "/redfish/v1/Systems");
        linked(peer, &system, "SecureBoot").expect("secure boot")["SecureBootEnable"].as_bool()
    };
    let secure_boot = device.secure_boot().expect("secure boot");
    let state = secure_boot.read(&cx("secure boot")).await.expect("read");
    assert_eq!(state.enabled, served());
    for enabled in [true, false] {
        let set = secure_boot.set_enabled(&cx("secure boot"), enabled).await;
        let _ = set.unwrap_or_else(|error| panic!("{}", error.report()));
        assert_eq!(served(), Some(enabled));
        let state = secure_boot.read(&cx("secure boot")).await.expect("read");
        assert_eq!(state.enabled, Some(enabled));
    }
}

async fn media(peer: &SushyEmulator, device: &dyn Device) {
    let served = || {
        let system = only(peer, "/redfish/v1/Systems");
        members(peer, &linked(peer, &system, "VirtualMedia").expect("virtual media"))
    };
    let inserted = || served().iter().filter(|slot| slot["Inserted"] == true).count();
    let media = device.virtual_media().expect("virtual media");
    let slots = media.slots(&cx("media")).await.expect("read");
    assert_eq!(slots.len(), served().len());
    assert!(slots.iter().all(|slot| slot.insertable && !slot.inserted), "{slots:?}");

    // It fetches the image itself.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let image = axum::Router::new().route("/boot.iso", axum::routing::get(async || vec![0_u8; 4096]));
    let server = tokio::spawn(async { axum::serve(listener, image).await });
    let image = MediaImage::new(format!("http://{at}/boot.iso"), MediaKind::Cd);
    let placed =
        media.insert(&cx("insert"), None, &image).await.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(inserted(), 1, "{placed:?}");
    let slots = media.slots(&cx("media")).await.expect("read");
    let full: Vec<_> = slots.iter().filter(|slot| slot.inserted).collect();
    let [slot] = full.as_slice() else { panic!("one slot: {slots:?}") };
    assert!(slot.kinds.contains(&MediaKind::Cd), "{slot:?}");
    let ejected =
        media.eject(&cx("eject"), &slot.id).await.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!((ejected, inserted()), (Outcome::Done(Change::Made), 0));
    let again = media.eject(&cx("eject"), &slot.id).await.expect("nothing to eject");
    assert_eq!(again, Outcome::Done(Change::AlreadySo));
    server.abort();
}

async fn lamp(peer: &SushyEmulator, device: &dyn Device) {
    let served = || only(peer, "/redfish/v1/Systems")["IndicatorLED"].as_str().map(str::to_owned);
    let lamp = device.identify().expect("a lamp");
    for lit in [false, true] {
        let _ = lamp.set(&cx("lamp"), lit).await.unwrap_or_else(|error| panic!("{}", error.report()));
        assert_eq!(served().map(|word| word != "Off"), Some(lit));
        assert_eq!(lamp.is_lit(&cx("lamp")).await.expect("read"), Some(lit));
    }
}

fn untrusted() {
    let peer = SushyEmulator::start(true);
    runtime().block_on(async {
        for tls in [Tls::PinSha256("00".repeat(32)), Tls::System] {
            let error = peer.open(tls.clone()).await.expect_err("a stranger's certificate");
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{tls:?}: {}", error.report());
        }
    });
}
