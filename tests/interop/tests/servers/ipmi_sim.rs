//! OpenIPMI's `ipmi_sim`: what the driver says against what the recipe configured and its state files show.
use std::time::{Duration, Instant};

use underlay_hal::{
    BootOverride, BootTarget, Change, Device, Effect, ErrorKind, Health, Outcome, PowerAction, PowerState,
    SensorKind, Unit, layer::Safety,
};
use underlay_interop::{
    lab::runtime,
    need::Need,
    peer::{IPMI_SIM, IpmiSim, cx},
    suite::Suite,
};

const NEEDS: &[Need] = &[IPMI_SIM, Need::Program("ipmi_sim"), Need::Program("python3")];

pub(crate) fn tests(suite: Suite) -> Suite {
    suite
        .test("ipmi_sim: power is what its file says, before and after", NEEDS, power)
        .test("ipmi_sim: a boot override is set, read back and removed", NEEDS, boot)
        .test("ipmi_sim: inventory is the FRU data of the recipe", NEEDS, inventory)
        .test("ipmi_sim: sensors follow their files", NEEDS, sensors)
        .test("ipmi_sim: the event log is read and cleared", NEEDS, event_log)
        .test("ipmi_sim: the manager is its device id and LAN parameters", NEEDS, manager)
        .test("ipmi_sim: a wrong password is refused once", NEEDS, wrong_password)
        .test("ipmi_sim: seventy sessions in a row are closed", NEEDS, closes)
}

/// Our driver as the administrator, and the peer.
fn with(test: impl AsyncFnOnce(&IpmiSim, &dyn Device)) {
    let peer = IpmiSim::start();
    runtime().block_on(async {
        let device =
            peer.open("admin", "password").await.unwrap_or_else(|error| panic!("{}", error.report()));
        test(&peer, &*device).await;
        device.close(&cx("close")).await.expect("closed");
    });
}

fn power() {
    with(async |peer, device| {
        let power = device.power().expect("power");
        assert_eq!(
            (power.state(&cx("state")).await.expect("state"), &*peer.state("power")),
            (PowerState::Off, "0")
        );
        let set = |action| async move { power.set(&cx("set"), action).await };
        assert_eq!(set(PowerAction::On).await.expect("on"), Outcome::Done(Change::Made));
        assert_eq!(peer.state("power"), "1");
        assert_eq!(power.state(&cx("state")).await.expect("state"), PowerState::On);
        assert_eq!(set(PowerAction::On).await.expect("again"), Outcome::Done(Change::AlreadySo));
        assert_eq!(peer.resets(), 0);
        assert_eq!(set(PowerAction::ForceReset).await.expect("reset"), Outcome::Done(Change::Made));
        assert_eq!(peer.resets(), 1, "one reset, not repeated");
        assert_eq!(set(PowerAction::GracefulOff).await.expect("soft"), Outcome::Done(Change::Made));
        assert_eq!(peer.state("power"), "0");
        // What it does not implement is said, and nothing happens.
        let error = set(PowerAction::Nmi).await.expect_err("no interrupt in this peer");
        assert_eq!(error.effect(), Effect::None, "{}", error.report());
        assert_eq!((peer.resets(), &*peer.state("power")), (1, "0"));
    });
}

fn boot() {
    with(async |peer, device| {
        let boot = device.boot().expect("boot");
        let wanted = BootOverride::once(BootTarget::Pxe);
        assert_eq!(boot.get(&cx("get")).await.expect("get"), None);
        assert_eq!(boot.set(&cx("set"), Some(wanted)).await.expect("set"), Outcome::Done(Change::Made));
        assert_eq!(peer.state("boot"), "pxe");
        assert_eq!(boot.set(&cx("set"), None).await.expect("removed"), Outcome::Done(Change::Made));
        assert_eq!(boot.get(&cx("get")).await.expect("get"), None);
    });
}

fn inventory() {
    with(async |peer, device| {
        let hardware = device.inventory().expect("inventory").read(&cx("inventory")).await.expect("read");
        let system = hardware.system;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        assert_eq!(text(&system.manufacturer), "Underlay");
        assert_eq!(text(&system.model), "Peer server");
        assert_eq!(text(&system.serial_number), format!("PR{}", peer.port));
        assert_eq!(text(&system.part_number), "UL-PR-1");
        assert_eq!(text(&system.asset_tag), "asset-1");
        assert_eq!(hardware.skipped, []);
    });
}

fn sensors() {
    with(async |peer, device| {
        let sensors = device.sensors().expect("sensors");
        let read = async |name: &str| {
            let all = sensors.read_all(&cx("sensors")).await.expect("read");
            all.into_iter().find(|reading| reading.name == name).unwrap_or_else(|| panic!("no {name}"))
        };
        let temperature = read("CPU Temp").await;
        assert_eq!((temperature.kind, temperature.unit), (SensorKind::Temperature, Unit::Celsius));
        assert_eq!((temperature.value, temperature.health), (Some(45.0), Some(Health::Ok)));
        let limits = temperature.thresholds;
        assert_eq!(
            (limits.upper_caution, limits.upper_critical, limits.upper_fatal),
            (Some(85.0), Some(95.0), Some(100.0))
        );
        let fan = read("Fan 1").await;
        assert_eq!((fan.kind, fan.unit, fan.value), (SensorKind::Fan, Unit::Rpm, Some(6000.0)));
        assert_eq!(
            (fan.thresholds.lower_caution, fan.thresholds.lower_critical),
            (Some(1200.0), Some(900.0))
        );
        // The peer reads its files every second.
        peer.put("temp.val", "97\n");
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let hot = read("CPU Temp").await;
            if hot.value == Some(97.0) {
                assert_eq!(hot.health, Some(Health::Critical));
                break;
            }
            assert!(Instant::now() < end, "{hot:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
}

fn event_log() {
    with(async |_, device| {
        let log = device.event_log().expect("event log");
        let page = log.read(&cx("log"), None, 100).await.expect("read");
        assert_eq!((page.entries.len(), page.more), (2, false), "{page:?}");
        assert!(page.entries.iter().all(|entry| entry.text.contains("CPU Temp") || entry.sensor.is_some()));
        let refused = log.clear(&cx("clear")).await.expect_err("nobody consented");
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        let first = page.entries[0].id.clone();
        let rest = log.read(&cx("log"), Some(first), 100).await.expect("read");
        assert_eq!(rest.entries, page.entries[1..]);
        assert_eq!(
            log.clear(&cx("clear").consenting(Safety::Destructive)).await.expect("clear"),
            Outcome::Done(Change::Made)
        );
        assert_eq!(log.read(&cx("log"), None, 100).await.expect("read").entries, []);
    });
}

fn manager() {
    with(async |peer, device| {
        let info = device.manager().expect("manager").info(&cx("manager")).await.expect("info");
        // mc_add gives firmware 1.4; the GUID ends in the port.
        assert!(
            info.firmware_version.as_deref().is_some_and(|version| version.starts_with("1.")),
            "{info:?}"
        );
        assert_eq!(info.protocol_version.as_deref(), Some("IPMI 2.0"));
        let uuid = info.uuid.unwrap_or_default().replace('-', "");
        let port = format!("{:04x}", peer.port);
        let swapped = format!("{}{}", &port[2..], &port[..2]);
        assert!(uuid.contains(&port) || uuid.contains(&swapped), "{uuid} of port {port}");
    });
}

fn wrong_password() {
    let peer = IpmiSim::start();
    runtime().block_on(async {
        let refused =
            async { peer.open("admin", "wrong").await?.power().expect("power").state(&cx("state")).await };
        let error = refused.await.expect_err("a wrong password");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
        let device =
            peer.open("admin", "password").await.unwrap_or_else(|error| panic!("{}", error.report()));
        device.power().expect("power").state(&cx("state")).await.expect("the right one still works");
    });
}

/// It has 63 session slots and forgets an open one only after a minute.
fn closes() {
    let peer = IpmiSim::start();
    runtime().block_on(async {
        for round in 0..70 {
            let device =
                peer.open("admin", "password").await.unwrap_or_else(|error| panic!("{round}: {error}"));
            device
                .power()
                .expect("power")
                .state(&cx("state"))
                .await
                .unwrap_or_else(|error| panic!("{round}: {error}"));
            device.close(&cx("close")).await.unwrap_or_else(|error| panic!("{round}: {error}"));
        }
    });
}
