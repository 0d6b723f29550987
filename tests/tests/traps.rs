//! Notifications of units of power and switches: traps and informs, as a stream of events.

mod common;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use common::{cx, open};
use underlay_conformance::PduTruth as _;
use underlay_hal::{
    Change, CredentialSource, Device, ErrorKind, Event, EventBatch, Outcome, OutletAction, OutletDelay,
    OutletId, Severity,
};
use underlay_rack::Rack;
use underlay_simulators::Running;
use underlay_tests::{one_pdu, one_switch, run};

/// A free port of this machine, for whoever listens.
fn free() -> SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address")
}

/// A rack whose unit sends there.
fn sends(mut rack: Rack, name: &str, key: &str, version: &str, to: SocketAddr) -> Rack {
    let device = rack.devices.iter_mut().find(|device| device.name == name).expect("the unit");
    let options = &mut device.snmp.as_mut().expect("it speaks SNMP").options;
    options.insert(key.to_owned(), to.to_string());
    options.insert("version".to_owned(), version.to_owned());
    rack
}

async fn device(running: &Running, name: &str) -> Arc<dyn Device> {
    let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let at = running.rack().device(name).expect("it").endpoints().expect("an address");
    let opened = open(&cx(20.0), &at, &credentials).await;
    opened.unwrap_or_else(|error| panic!("{}", error.report())).device
}

/// Begins to listen; the place from which on everything is heard.
async fn listen(device: &dyn Device) -> EventBatch {
    let events = device.events().expect("events");
    events.next(&cx(20.0), None, Duration::from_millis(10)).await.unwrap_or_else(|e| panic!("{}", e.report()))
}

/// What comes behind that place, until this many came.
async fn heard(device: &dyn Device, mut from: EventBatch, count: usize) -> Vec<Event> {
    let mut all = Vec::new();
    while all.len() < count {
        let events = device.events().expect("events");
        from = events.next(&cx(20.0), from.cursor, Duration::from_secs(10)).await.expect("read");
        assert!(!from.events.is_empty(), "only {all:?} came");
        all.extend(from.events.iter().cloned());
    }
    all
}

#[tokio::test]
async fn an_outlet_that_goes_off_is_told_by_every_kind_of_notification() {
    for (key, version) in [("traps", "2c"), ("traps", "3"), ("informs", "2c"), ("informs", "3")] {
        let running = run(sends(one_pdu("apc-rpdu2"), "p1", key, version, free()), 40.0).await;
        let device = device(&running, "p1").await;
        let place = listen(&*device).await;
        assert!(place.events.is_empty(), "{key} {version}: {place:?}");
        let pdu = device.pdu().expect("a unit");
        let id = OutletId::from("3");
        let done = pdu.switch(&cx(20.0), &id, OutletAction::Off, OutletDelay::None).await.expect("off");
        assert_eq!(done, Outcome::Done(Change::Made));
        let told = heard(&*device, place, 1).await.remove(0);
        assert_eq!(told.code.as_deref(), Some("1.3.6.1.4.1.318.0.269"), "{key} {version}");
        assert_eq!(told.origin.as_deref(), Some("outlet 3"), "{key} {version}");
        assert_eq!(told.severity, Severity::Warning);
        assert_eq!(told.details["rPDUOutletControlOutletName"], "Outlet 3");
        assert_eq!(
            told.details["rPDUIdentSerialNumber"],
            device.info().serial_number.clone().expect("a serial number")
        );
    }
}

#[tokio::test]
async fn a_port_whose_cable_is_pulled_is_told_by_its_name() {
    let running = run(sends(one_switch("standard-switch"), "s1", "traps", "2c", free()), 40.0).await;
    let device = device(&running, "s1").await;
    let place = listen(&*device).await;
    running.plant().set_cable("s1", 3, false).expect("pulled");
    let down = heard(&*device, place.clone(), 1).await.remove(0);
    let ports = device.switch().expect("a switch").ports(&cx(20.0)).await.expect("read");
    assert_eq!(down.details["snmpTrapName"], "linkDown");
    assert_eq!(down.origin, Some(ports[2].id.to_string()));
    running.plant().set_cable("s1", 3, true).expect("plugged");
    let both = heard(&*device, place, 2).await;
    assert_eq!(both[1].details["snmpTrapName"], "linkUp");
    assert_eq!(both[1].severity, Severity::Ok);
}

#[tokio::test]
async fn a_unit_that_was_without_power_says_so_when_it_is_back() {
    let running = run(sends(one_pdu("apc-rpdu2"), "p1", "traps", "2c", free()), 40.0).await;
    let device = device(&running, "p1").await;
    let place = listen(&*device).await;
    running.plant().set_feed("feed", false).expect("dead");
    let events = device.events().expect("events");
    let silence = events.next(&cx(20.0), place.cursor, Duration::from_millis(600)).await.expect("read");
    assert!(silence.events.is_empty(), "nobody speaks without power: {silence:?}");
    running.plant().set_feed("feed", true).expect("alive");
    let batch = events.next(&cx(20.0), silence.cursor, Duration::from_secs(10)).await.expect("read");
    assert_eq!(batch.events[0].details["snmpTrapName"], "coldStart");
    assert!(batch.gap.is_some_and(|gap| gap.contains("started")));
}

#[tokio::test]
async fn two_units_of_one_address_are_told_apart() {
    let to = free();
    let first = run(sends(one_pdu("apc-rpdu2"), "p1", "traps", "2c", to), 40.0).await;
    let second = run(sends(one_pdu("apc-rpdu"), "p1", "traps", "2c", to), 40.0).await;
    // One driver for both, as in one program.
    let registry = underlay_drivers::registry().expect("the drivers");
    let mut devices = Vec::new();
    for running in [&first, &second] {
        let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
        let at = running.rack().device("p1").expect("it").endpoints().expect("an address");
        devices.push(registry.open(&cx(20.0), &"p1".into(), &at, &credentials).await.expect("open").device);
    }
    let places = [listen(&*devices[0]).await, listen(&*devices[1]).await];
    second.agent_truth("p1").expect("a unit").put_outlet(&OutletId::from("2"), false);
    let told = heard(&*devices[1], places[1].clone(), 1).await;
    assert_eq!(told[0].origin.as_deref(), Some("outlet 2"));
    let other = devices[0].events().expect("events");
    let other =
        other.next(&cx(20.0), places[0].cursor.clone(), Duration::from_millis(300)).await.expect("read");
    assert!(other.events.is_empty(), "{other:?}");
}

#[tokio::test]
async fn who_sends_to_nobody_has_no_events_and_a_taken_address_is_told() {
    let running = run(one_pdu("apc-rpdu2"), 40.0).await;
    assert!(device(&running, "p1").await.events().is_none());
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let to = taken.local_addr().expect("an address");
    let running = run(sends(one_pdu("apc-rpdu2"), "p1", "traps", "2c", to), 40.0).await;
    let device = device(&running, "p1").await;
    let next = device.events().expect("events").next(&cx(20.0), None, Duration::from_millis(10)).await;
    let error = next.expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.report().contains("another port"), "{}", error.report());
}

#[tokio::test]
async fn rubbish_and_strangers_are_not_heard() {
    let to = free();
    let running = run(sends(one_pdu("apc-rpdu2"), "p1", "traps", "2c", to), 40.0).await;
    let device = device(&running, "p1").await;
    let place = listen(&*device).await;
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    // A cold start with a community that is not the unit's (RFC 3416), then bytes of all lengths.
    let stranger = cold_start("stranger");
    socket.send_to(&stranger, to).await.expect("sent");
    for length in 0..200_u8 {
        let rubbish: Vec<u8> =
            (0..length).map(|at| stranger[usize::from(at) % stranger.len()].wrapping_mul(at | 1)).collect();
        socket.send_to(&rubbish, to).await.expect("sent");
    }
    running.agent_truth("p1").expect("a unit").put_outlet(&OutletId::from("5"), false);
    // The control: the unit itself is heard, and first.
    let told = heard(&*device, place, 1).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].origin.as_deref(), Some("outlet 5"), "{told:?}");
}

/// SNMPv2-Trap of `coldStart`, by hand.
fn cold_start(community: &str) -> Vec<u8> {
    let wrapped = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).expect("short")], body].concat();
    let up_time = [&[0x06, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0][..], &[0x43, 1, 1]].concat();
    let kind =
        [&[0x06, 10, 0x2B, 6, 1, 6, 3, 1, 1, 4, 1, 0][..], &[0x06, 9, 0x2B, 6, 1, 6, 3, 1, 1, 5, 1]].concat();
    let bound = wrapped(0x30, &[wrapped(0x30, &up_time), wrapped(0x30, &kind)].concat());
    let request = wrapped(0xA7, &[&[0x02, 1, 1, 0x02, 1, 0, 0x02, 1, 0], bound.as_slice()].concat());
    wrapped(0x30, &[&[0x02, 1, 1], wrapped(0x04, community.as_bytes()).as_slice(), &request].concat())
}
