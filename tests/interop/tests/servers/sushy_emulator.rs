//! The emulator of sushy-tools: what the driver says against what the recipe configured.
use std::time::Duration;

use underlay_hal::{
    BootOverride, BootTarget, Change, Device, ErrorKind, Outcome, Persistence, PowerAction, PowerState, Tls,
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

fn untrusted() {
    let peer = SushyEmulator::start(true);
    runtime().block_on(async {
        for tls in [Tls::PinSha256("00".repeat(32)), Tls::System] {
            let error = peer.open(tls.clone()).await.expect_err("a stranger's certificate");
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{tls:?}: {}", error.report());
        }
    });
}
