//! The plant on a stepped clock.
use std::time::Duration;

use secrecy::SecretString;
use underlay_rack::{Device, Feed, InitialState, NetCable, NicPort, Pdu, PowerCable, Rack, Switch};

use super::*;

fn rack() -> Rack {
    let device = Device {
        name: "node1".to_owned(),
        power: vec![
            PowerCable { pdu: "pdu1".to_owned(), outlet: 1 },
            PowerCable { pdu: "pdu2".to_owned(), outlet: 1 },
        ],
        nics: vec![NicPort {
            name: "eth0".to_owned(),
            mac: None,
            speed_mbps: None,
            cable: Some(NetCable { switch: "sw1".to_owned(), port: 3 }),
        }],
        state: Some(InitialState::Off),
        ..Device::default()
    };
    let pdu = |name: &str| Pdu { name: name.to_owned(), feed: Some("a".to_owned()), outlets: 4 };
    Rack {
        name: "test".to_owned(),
        seed: 7,
        feeds: vec![Feed { name: "a".to_owned() }],
        pdus: vec![pdu("pdu1"), pdu("pdu2")],
        switches: vec![Switch { name: "sw1".to_owned(), ports: 8, uplinks: Vec::new() }],
        devices: vec![
            device.clone(),
            Device { name: "node2".to_owned(), power: Vec::new(), nics: Vec::new(), ..device },
        ],
        ..Rack::default()
    }
}

fn plant() -> (Plant, Server) {
    let personas = PersonaSet::embedded().expect("personas read");
    let plant = Plant::new(&rack(), &personas, ClockMode::Stepped).expect("plant builds");
    let server = plant.server("node1").expect("node1 exists");
    (plant, server)
}

fn step(plant: &Plant, seconds: f64) {
    plant.advance(Duration::from_secs_f64(seconds));
}

const PXE_ONCE: BootOverride =
    BootOverride { target: BootTarget::Pxe, persistence: Persistence::Once, mode: Some(BootMode::Uefi) };

#[test]
fn power_on_takes_its_time_through_every_phase() {
    let (plant, server) = plant();
    assert_eq!(server.power(PowerAction::On, Origin::Ipmi), Ok(Change::Made));
    assert_eq!(server.snapshot().power, PowerState::PoweringOn);
    step(&plant, 0.6);
    assert_eq!(server.snapshot().phase, HostPhase::Post);
    step(&plant, 6.0);
    assert_eq!(server.snapshot().phase, HostPhase::Booting);
    step(&plant, 2.0);
    let seen = server.snapshot();
    assert_eq!(seen.phase, HostPhase::Running);
    assert_eq!(seen.boot_count, 1);
    assert_eq!(server.power(PowerAction::On, Origin::Redfish), Ok(Change::AlreadySo));
    let counters = server.counters();
    assert_eq!(counters.of(Origin::Ipmi, MutationKind::Power), 1);
    assert_eq!(counters.mutations(), 1, "a request that changed nothing is not counted");
}

#[test]
fn one_long_step_equals_many_short_ones() {
    let (long, a) = plant();
    let (short, b) = plant();
    for server in [&a, &b] {
        server.power(PowerAction::On, Origin::Test).expect("accepted");
    }
    step(&long, 30.0);
    (0..300).for_each(|_| step(&short, 0.1));
    assert_eq!(a.log_entries(), b.log_entries());
    assert!(!a.log_entries().is_empty());
}

#[test]
fn reset_of_a_host_that_is_off_is_refused_and_not_counted() {
    let (_, server) = plant();
    for action in [PowerAction::ForceReset, PowerAction::Cycle, PowerAction::GracefulReset, PowerAction::Nmi]
    {
        assert_eq!(server.power(action, Origin::Redfish), Err(Refusal::HostOff), "{action:?}");
    }
    assert_eq!(server.counters().mutations(), 0);
}

#[test]
fn once_is_consumed_by_one_boot_and_always_is_not() {
    let (plant, server) = plant();
    server.set_boot_override(Some(PXE_ONCE), None, Origin::Redfish).expect("accepted");
    server.power(PowerAction::On, Origin::Redfish).expect("accepted");
    step(&plant, 1.0);
    assert_eq!(server.snapshot().boot_override, Some(PXE_ONCE), "POST has not chosen yet");
    step(&plant, 10.0);
    let seen = server.snapshot();
    assert_eq!(seen.boot_override, None);
    assert_eq!(
        seen.last_boot().map(|boot| (boot.source, boot.by_override)),
        Some((BootTarget::Pxe, Some(Persistence::Once)))
    );

    server.power(PowerAction::ForceReset, Origin::Redfish).expect("accepted");
    step(&plant, 10.0);
    assert_eq!(server.snapshot().last_boot().map(|boot| boot.source), Some(BootTarget::Disk));

    let always = BootOverride { persistence: Persistence::Continuous, ..PXE_ONCE };
    server.set_boot_override(Some(always), None, Origin::Redfish).expect("accepted");
    for _ in 0..2 {
        server.power(PowerAction::Cycle, Origin::Redfish).expect("accepted");
        step(&plant, 15.0);
        assert_eq!(server.snapshot().last_boot().map(|boot| boot.source), Some(BootTarget::Pxe));
    }
}

#[test]
fn boot_flags_expire_unless_a_power_command_comes() {
    let (plant, server) = plant();
    server.set_boot_override(Some(PXE_ONCE), Some(60.0), Origin::Ipmi).expect("accepted");
    step(&plant, 59.0);
    assert!(server.snapshot().boot_override.is_some());
    step(&plant, 2.0);
    assert!(server.snapshot().boot_override.is_none());

    server.set_boot_override(Some(PXE_ONCE), Some(60.0), Origin::Ipmi).expect("accepted");
    server.power(PowerAction::On, Origin::Ipmi).expect("accepted");
    assert!(!server.snapshot().boot_override_expires);
}

#[test]
fn graceful_off_takes_time_and_a_deaf_system_ignores_it() {
    let (plant, server) = plant();
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 20.0);
    server.set_deaf(true);
    assert_eq!(server.power(PowerAction::GracefulOff, Origin::Redfish), Ok(Change::Made));
    step(&plant, 60.0);
    assert_eq!(server.snapshot().phase, HostPhase::Running);
    server.set_deaf(false);
    server.power(PowerAction::GracefulOff, Origin::Redfish).expect("accepted");
    step(&plant, 1.0);
    assert_eq!(server.snapshot().phase, HostPhase::ShuttingDown);
    step(&plant, 10.0);
    assert_eq!(server.snapshot().power, PowerState::Off);
}

#[test]
fn a_cycle_ordered_off_stays_off() {
    let (plant, server) = plant();
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 20.0);
    server.power(PowerAction::Cycle, Origin::Test).expect("accepted");
    server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    step(&plant, 60.0);
    assert_eq!(server.snapshot().power, PowerState::Off);
}

#[test]
fn the_last_cord_silences_the_controller_and_the_policy_restores_the_host() {
    let (plant, server) = plant();
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 20.0);
    plant.set_outlet("pdu1", 1, false).expect("outlet exists");
    assert_eq!(server.reachability(), Reachability::Ready, "redundant supply");
    let generation = server.bmc_generation();
    plant.set_outlet("pdu2", 1, false).expect("outlet exists");
    let seen = server.snapshot();
    assert_eq!((seen.reachability, seen.power), (Reachability::Unpowered, PowerState::Off));
    assert_eq!(server.power(PowerAction::On, Origin::Redfish), Err(Refusal::BmcDown));
    plant.set_outlet("pdu1", 1, true).expect("outlet exists");
    assert_eq!(server.reachability(), Reachability::Booting);
    step(&plant, 20.0);
    let seen = server.snapshot();
    assert_eq!((seen.reachability, seen.phase), (Reachability::Ready, HostPhase::Running));
    assert!(seen.bmc_generation > generation);
    assert!(server.log_entries().iter().any(|entry| entry.event == LogEvent::AcLost));
    let other = plant.server("node2").expect("node2 exists");
    assert_eq!(other.reachability(), Reachability::Ready, "a machine without cords is always powered");
}

#[test]
fn links_follow_power_port_and_cable() {
    let (plant, server) = plant();
    let up = || plant.ports("sw1").expect("sw1 exists")[2].link;
    assert!(!up());
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 1.0);
    assert!(up() && server.snapshot().nics[0].link);
    plant.set_port_enabled("sw1", 3, false).expect("port exists");
    assert!(!up());
    plant.set_port_enabled("sw1", 3, true).expect("port exists");
    plant.set_cable("sw1", 3, false).expect("port exists");
    assert!(!up() && server.snapshot().nics[0].cable.is_none());
}

#[test]
fn sensors_follow_power_and_log_their_crossings() {
    let (plant, server) = plant();
    let number = |name: &str| {
        server.spec().sensors().iter().find(|data| data.name == name).map(|data| data.number).expect("sensor")
    };
    let (cpu, watts) = (number("CPU1 Temp"), number("System Power"));
    let read = |number| server.sensor(number).expect("sensor").value;
    assert_eq!(read(cpu), None);
    let idle = read(watts).expect("standby power");
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 5.0);
    let early = read(cpu).expect("reads");
    step(&plant, 300.0);
    assert!(read(cpu).expect("reads") > early + 10.0, "it warms up");
    assert!(read(watts).expect("reads") > idle * 5.0);
    server.force_sensor("CPU1 Temp", Some(99.0)).expect("sensor");
    let crossed = |asserted: bool| {
        server.log_entries().iter().any(|entry| {
            matches!(&entry.event, LogEvent::Threshold { crossing: Crossing::UpperCritical, asserted: a, .. } if *a == asserted)
        })
    };
    assert!(crossed(true) && !crossed(false));
    server.force_sensor("CPU1 Temp", None).expect("sensor");
    assert!(crossed(false));
}

#[test]
fn the_controller_is_away_for_its_boot_time_and_the_host_runs_on() {
    let (plant, server) = plant();
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 20.0);
    server.reset_bmc(Origin::Redfish).expect("accepted");
    assert_eq!(server.reachability(), Reachability::Booting);
    assert_eq!(server.snapshot().phase, HostPhase::Running);
    assert_eq!(server.clear_log(Origin::Redfish), Err(Refusal::BmcDown));
    step(&plant, 5.0);
    assert!(server.is_bmc_reachable());
}

#[test]
fn lockout_is_shared_and_ends() {
    let (plant, server) = plant();
    let right = SecretString::from("right-password");
    let wrong = SecretString::from("wrong");
    server.put_account("admin", right.clone(), Role::Administrator).expect("slot");
    assert!(server.authenticate("admin", &right, Origin::Redfish).is_ok());
    for _ in 0..4 {
        assert_eq!(server.authenticate("admin", &wrong, Origin::Redfish), Err(LoginRefusal::WrongPassword));
    }
    server.record_login("admin", false, Origin::Ipmi);
    assert_eq!(server.authenticate("admin", &right, Origin::Redfish), Err(LoginRefusal::Locked));
    step(&plant, 61.0);
    assert!(server.authenticate("admin", &right, Origin::Redfish).is_ok());
    assert_eq!(server.counters().failed_logins(Origin::Redfish), 5);
    assert!(!format!("{:?}", server.account_secret("admin")).contains("right-password"));
}

#[test]
fn a_full_log_says_so_and_stays_bounded() {
    let (_, server) = plant();
    for number in 0..2000 {
        let text = format!("entry {number}");
        server
            .append_log(Severity::Ok, LogEvent::Message(text.clone()), text, Origin::Test)
            .expect("accepted");
    }
    let summary = server.log_summary();
    assert!(summary.overflow);
    assert_eq!(summary.entries, summary.capacity);
    server.clear_log(Origin::Redfish).expect("accepted");
    assert_eq!((server.log_summary().entries, server.log_summary().overflow), (0, false));
}

#[test]
fn one_seed_gives_one_rack_and_a_new_device_changes_no_other() {
    let personas = PersonaSet::embedded().expect("personas read");
    let identity = |rack: &Rack| {
        let plant = Plant::new(rack, &personas, ClockMode::Stepped).expect("plant builds");
        let server = plant.server("node2").expect("node2 exists");
        (server.spec().serial.clone(), server.spec().uuid, server.sensors())
    };
    let plain = rack();
    let mut more = rack();
    more.devices.insert(0, Device { name: "new".to_owned(), ..Device::default() });
    let mut other = rack();
    other.seed = 8;
    assert_eq!(identity(&plain), identity(&more));
    assert_ne!(identity(&plain).0, identity(&other).0);
}

#[test]
fn jobs_progress_and_end() {
    let (plant, server) = plant();
    let id = server.start_job("Collect", 10.0, Origin::Redfish).expect("accepted");
    step(&plant, 5.5);
    let seen = |server: &Server| server.jobs().into_iter().find(|job| job.id == id).expect("job");
    assert_eq!((seen(&server).state, seen(&server).percent), (JobState::Running, 50));
    step(&plant, 5.0);
    assert_eq!((seen(&server).state, seen(&server).percent), (JobState::Completed, 100));
    assert_eq!(server.cancel_job(id, Origin::Redfish), Err(Refusal::NotFound));
}

#[tokio::test]
async fn waiting_ends_when_the_change_comes_and_at_the_limit_when_not() {
    let personas = PersonaSet::embedded().expect("personas read");
    let mut rack = rack();
    rack.simulation.post_seconds = Some(0.1);
    rack.simulation.os_boot_seconds = Some(0.1);
    let plant = Plant::new(&rack, &personas, ClockMode::Real).expect("plant builds");
    let server = plant.server("node1").expect("node1 exists");
    let runner = plant.clone();
    let driving = async move { runner.run().await };
    let waiting = async {
        server.power(PowerAction::On, Origin::Test).expect("accepted");
        let ran = server.wait_for(Duration::from_secs(10), |seen| seen.phase == HostPhase::Running).await;
        assert!(ran.is_some());
        let never = server.wait_for(Duration::from_millis(50), |seen| seen.phase == HostPhase::Setup).await;
        assert!(never.is_none());
    };
    tokio::select! { () = driving => panic!("the plant stopped"), () = waiting => {} }
}

#[test]
fn a_scaled_clock_runs_ahead_of_real_time() {
    let personas = PersonaSet::embedded().expect("personas read");
    let plant = Plant::new(&rack(), &personas, ClockMode::Scaled(1000.0)).expect("plant builds");
    let server = plant.server("node1").expect("node1 exists");
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    // 8.5 s of plant time.
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(server.snapshot().phase, HostPhase::Running);
    let (plant_time, real) = (plant.now(), plant.client_now());
    assert!(plant_time > real * 100, "{plant_time:?} in {real:?}");
}

/// Thousands of requests in any order: whatever was done, the machine is in a state that makes sense, and a
/// machine with power can always be brought up.
#[test]
fn no_order_of_requests_leads_nowhere() {
    const ACTIONS: [PowerAction; 7] = [
        PowerAction::On,
        PowerAction::ForceOff,
        PowerAction::GracefulOff,
        PowerAction::ForceReset,
        PowerAction::GracefulReset,
        PowerAction::Cycle,
        PowerAction::Nmi,
    ];
    for seed in 0..40_u64 {
        let (plant, server) = plant();
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut draw = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let mut boots = 0;
        for _ in 0..300 {
            match draw(10) {
                0..4 => drop(server.power(ACTIONS[draw(7)], Origin::Redfish)),
                4 => plant.set_outlet("pdu1", 1, draw(3) > 0).expect("outlet"),
                5 => plant.set_outlet("pdu2", 1, draw(3) > 0).expect("outlet"),
                6 => drop(server.set_boot_override(Some(PXE_ONCE), Some(60.0), Origin::Ipmi)),
                7 if draw(4) == 0 => drop(server.reset_bmc(Origin::Ipmi)),
                _ => step(&plant, [0.1, 0.5, 3.0, 20.0][draw(4)]),
            }
            let seen = server.snapshot();
            let powered = seen.supplies.iter().any(|supply| supply.input);
            assert_eq!(seen.reachability == Reachability::Unpowered, !powered, "seed {seed}");
            assert!(powered || seen.phase == HostPhase::Off, "seed {seed}: {:?} without power", seen.phase);
            assert!(seen.boot_count >= boots, "seed {seed}");
            boots = seen.boot_count;
        }
        plant.set_outlet("pdu1", 1, true).expect("outlet");
        step(&plant, 120.0);
        assert!(server.is_bmc_reachable(), "seed {seed}");
        server.power(PowerAction::On, Origin::Redfish).expect("settled long ago");
        step(&plant, 60.0);
        assert_eq!(server.snapshot().phase, HostPhase::Running, "seed {seed}");
        assert_eq!(server.log_summary().entries, server.log_entries().len());
    }
}
