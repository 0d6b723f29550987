use std::time::Duration;

use underlay_rack::{Device, Rack};

use super::*;
use crate::{
    persona::PersonaSet,
    plant::{Change, ClockMode, HostPhase, MutationKind, Origin, Plant, Reachability, Role},
};

fn machine(persona: &str) -> (Plant, crate::plant::Server) {
    let device = Device { name: "n1".to_owned(), persona: Some(persona.to_owned()), ..Device::default() };
    let rack = Rack { devices: vec![device], ..Rack::default() };
    let personas = PersonaSet::embedded().expect("personas");
    let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
    let server = plant.server("n1").expect("it is there");
    server.put_account("admin", "admin".into(), Role::Administrator).expect("a slot");
    (plant, server)
}

fn host_name(name: &str) -> ManagerChange {
    ManagerChange { host_name: Some(name.to_owned()), ..ManagerChange::default() }
}

fn fixed(address: &str, mask: &str, gateway: Option<&str>) -> ManagerChange {
    let read = |text: &str| text.parse().expect("an address");
    let fixed = FixedAddress { address: read(address), mask: read(mask), gateway: gateway.map(read) };
    ManagerChange { fixed: Some(Some(fixed)), ..ManagerChange::default() }
}

fn service(name: &str, enabled: bool) -> ManagerChange {
    ManagerChange { services: BTreeMap::from([(name.to_owned(), enabled)]), ..ManagerChange::default() }
}

#[test]
fn what_is_set_is_there_and_counted_once() {
    let (_plant, server) = machine("standard");
    let asked = || ManagerChange {
        domain: Some("example".to_owned()),
        name_servers: Some(vec!["192.0.2.53".parse().expect("an address")]),
        tagged: Some(true),
        vlan: Some(7),
        ntp: Some(true),
        ntp_servers: Some(vec!["time.example".to_owned()]),
        ..host_name("bmc7")
    };
    assert_eq!(server.change_manager(asked(), Origin::Redfish), Ok(Change::Made));
    assert_eq!(server.change_manager(asked(), Origin::Redfish), Ok(Change::AlreadySo));
    let view = server.manager();
    assert_eq!((view.network.fqdn().as_str(), &view.in_force), ("bmc7.example", &view.network));
    assert!(view.ntp && view.network.tagged && view.network.vlan == 7);
    assert_eq!(server.counters().of(Origin::Redfish, MutationKind::Manager), 1);
}

#[test]
fn what_no_controller_could_take_is_refused_and_leaves_nothing() {
    let (_plant, server) = machine("standard");
    let before = server.manager();
    let servers = |count: usize| ManagerChange {
        ntp_servers: Some(vec!["time.example".to_owned(); count]),
        ..ManagerChange::default()
    };
    let named = |address: &str| ManagerChange {
        name_servers: Some(vec![address.parse().expect("an address")]),
        ..ManagerChange::default()
    };
    for (change, refusal) in [
        (host_name(""), ManagerRefusal::Name),
        (host_name("a_b"), ManagerRefusal::Name),
        (host_name("a.b"), ManagerRefusal::Name),
        (ManagerChange { domain: Some("a..b".to_owned()), ..ManagerChange::default() }, ManagerRefusal::Name),
        (fixed("0.0.0.0", "255.255.255.0", None), ManagerRefusal::Address),
        (fixed("192.0.2.7", "255.0.255.0", None), ManagerRefusal::Address),
        (fixed("192.0.2.7", "255.255.255.0", Some("198.51.100.1")), ManagerRefusal::Address),
        (named("0.0.0.0"), ManagerRefusal::NameServers),
        (ManagerChange { vlan: Some(4095), ..ManagerChange::default() }, ManagerRefusal::Vlan),
        (ManagerChange { vlan: Some(0), ..ManagerChange::default() }, ManagerRefusal::Vlan),
        (servers(5), ManagerRefusal::NtpServers),
        (
            ManagerChange { ntp_servers: Some(vec!["a b".to_owned()]), ..ManagerChange::default() },
            ManagerRefusal::NtpServers,
        ),
        (service("GOPHER", true), ManagerRefusal::Service),
        // One wrong part spoils the rest.
        (ManagerChange { vlan: Some(0), ..host_name("good") }, ManagerRefusal::Vlan),
    ] {
        assert_eq!(server.change_manager(change.clone(), Origin::Redfish), Err(refusal), "{change:?}");
    }
    assert_eq!(server.manager(), before);
    assert_eq!(server.change_manager(servers(4), Origin::Redfish), Ok(Change::Made));
    assert_eq!(
        server.change_manager(fixed("192.0.2.7", "255.255.255.0", Some("192.0.2.1")), Origin::Redfish),
        Ok(Change::Made)
    );
}

#[test]
fn a_service_is_switched_off_and_on() {
    let (_plant, server) = machine("standard");
    assert!(server.serves("IPMI"));
    server.change_manager(service("IPMI", false), Origin::Redfish).expect("taken");
    assert!(!server.serves("IPMI") && server.serves("SSH"));
    server.change_manager(service("IPMI", true), Origin::Redfish).expect("taken");
    assert!(server.serves("IPMI"));
}

#[test]
fn a_change_of_names_may_wait_for_the_controllers_next_start() {
    for (persona, waits) in [("hpe-ilo5", true), ("standard", false)] {
        let (plant, server) = machine(persona);
        let old = server.manager().network.host_name;
        server.change_manager(host_name("bmc7"), Origin::Redfish).expect("taken");
        let view = server.manager();
        let expected = if waits { old.as_str() } else { "bmc7" };
        assert_eq!((view.network.host_name.as_str(), view.in_force.host_name.as_str()), ("bmc7", expected));
        server.reset_bmc(Origin::Redfish).expect("it restarts");
        plant.advance(Duration::from_secs(600));
        assert_eq!(server.manager().in_force.host_name, "bmc7");
    }
}

#[test]
fn a_factory_reset_keeps_what_it_is_asked_to_and_restarts_the_controller_alone() {
    for keep in FactoryReset::ALL {
        let (plant, server) = machine("standard");
        server.place(true);
        let delivered = server.manager();
        let change = ManagerChange { ntp: Some(true), ..host_name("bmc7") };
        server.change_manager(change, Origin::Redfish).expect("taken");
        server.change_manager(service("SSH", false), Origin::Redfish).expect("taken");
        let operator = crate::plant::NewAccount {
            slot: None,
            name: "op".to_owned(),
            password: "long enough".into(),
            role: Role::Operator,
            enabled: true,
            must_change: false,
        };
        server.create_account(operator, Origin::Redfish).expect("made");
        assert_eq!(server.factory_reset(keep, Origin::Redfish), Ok(Change::Made));
        assert_eq!(server.reachability(), Reachability::Booting);
        plant.advance(Duration::from_secs(600));
        let view = server.manager();
        let keeps_network = keep != FactoryReset::ResetAll;
        let kept = (view.network.host_name == "bmc7", server.snapshot().accounts.len() == 2);
        assert_eq!(kept, (keeps_network, keep == FactoryReset::PreserveNetworkAndUsers), "{keep:?}");
        assert_eq!((view.ntp, &view.services), (false, &delivered.services));
        assert_eq!(
            (view.factory_resets, server.counters().of(Origin::Redfish, MutationKind::FactoryReset)),
            (1, 1)
        );
        assert_eq!((server.snapshot().phase, server.snapshot().boot_count), (HostPhase::Running, 0));
    }
}

#[test]
fn a_factory_reset_that_the_model_does_not_have_is_refused() {
    let (_plant, server) = machine("dell-idrac9");
    let refused = server.factory_reset(FactoryReset::PreserveNetwork, Origin::Redfish);
    assert_eq!(refused, Err(ManagerRefusal::Reset));
    assert_eq!((server.manager().factory_resets, server.reachability()), (0, Reachability::Ready));
}

#[test]
fn a_controller_that_is_away_takes_nothing() {
    let (_plant, server) = machine("standard");
    server.reset_bmc(Origin::Redfish).expect("it restarts");
    let down = ManagerRefusal::Machine(Refusal::BmcDown);
    assert_eq!(server.change_manager(host_name("bmc7"), Origin::Redfish), Err(down));
    assert_eq!(server.factory_reset(FactoryReset::ResetAll, Origin::Redfish), Err(down));
}
