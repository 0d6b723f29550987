//! Updates on a stepped clock.
use std::time::Duration;

use underlay_hal::ApplyTime;
use underlay_rack::{Device, Rack};

use super::{ImageInfo, Part, Update, UpdateRefusal};
use crate::{
    persona::PersonaSet,
    plant::{
        ClockMode, HostPhase, JobState, MutationKind, Origin, Plant, PowerAction, Reachability, Refusal,
        Server,
    },
};

fn machine() -> (Plant, Server) {
    let device = Device { name: "n1".to_owned(), ..Device::default() };
    let rack = Rack { name: "test".to_owned(), seed: 7, devices: vec![device], ..Rack::default() };
    let plant = Plant::new(&rack, &PersonaSet::embedded().expect("personas"), ClockMode::Stepped);
    let plant = plant.expect("a plant");
    let server = plant.server("n1").expect("n1");
    (plant, server)
}

fn update(part: Part, model: &str, version: &str) -> Update {
    let image = ImageInfo { part, model: model.to_owned(), version: version.to_owned() };
    Update { image, targets: Vec::new(), when: None, midway: false }
}

fn bmc(version: &str) -> Update {
    update(Part::Bmc, "Standard BMC", version)
}

fn step(plant: &Plant, seconds: u64) {
    plant.advance(Duration::from_secs(seconds));
}

fn state(server: &Server, id: u32) -> JobState {
    server.jobs().into_iter().find(|job| job.id == id).expect("the job").state
}

#[test]
fn the_controller_is_written_and_restarts_for_its_new_version() {
    let (plant, server) = machine();
    let id = server.update_firmware(&bmc("1.9.3"), Origin::Redfish).expect("accepted");
    step(&plant, 10);
    assert_eq!((state(&server, id), server.bmc_version().as_str()), (JobState::Running, "1.2.0"));
    let generation = server.bmc_generation();
    step(&plant, 11);
    assert_eq!(server.reachability(), Reachability::Booting);
    assert!(server.bmc_generation() > generation, "sessions die");
    step(&plant, 10);
    assert_eq!(server.reachability(), Reachability::Ready);
    assert_eq!((state(&server, id), server.bmc_version().as_str()), (JobState::Completed, "1.9.3"));
    assert_eq!(server.ipmi_firmware(), [1, 9]);
    assert_eq!(server.components()[0].previous.as_deref(), Some("1.2.0"));
    assert_eq!(server.snapshot().phase, HostPhase::Running, "the host runs on");
    assert!(server.log_entries().iter().any(|entry| entry.message.contains("from 1.2.0 to 1.9.3")));
}

#[test]
fn a_restart_midway_leaves_the_job_running() {
    let (plant, server) = machine();
    let order = Update { midway: true, ..bmc("2.0.0") };
    let id = server.update_firmware(&order, Origin::Redfish).expect("accepted");
    step(&plant, 21);
    assert_eq!((state(&server, id), server.reachability()), (JobState::Running, Reachability::Booting));
    step(&plant, 4);
    assert_eq!((state(&server, id), server.reachability()), (JobState::Running, Reachability::Ready));
    step(&plant, 10);
    assert_eq!((state(&server, id), server.bmc_version().as_str()), (JobState::Completed, "2.0.0"));
    assert_eq!(server.reachability(), Reachability::Ready, "it restarts once");
}

#[test]
fn the_system_firmware_waits_for_the_self_test_whatever_is_asked() {
    let (plant, server) = machine();
    let order = Update { when: Some(ApplyTime::Immediate), ..update(Part::Bios, "Standard Server", "1.1.0") };
    let id = server.update_firmware(&order, Origin::Redfish).expect("accepted");
    step(&plant, 3600);
    assert_eq!((state(&server, id), server.bios_version().as_str()), (JobState::Waiting, "1.0.0"));
    assert_eq!(server.components()[1].staged.as_deref(), Some("1.1.0"));
    assert_eq!(server.update_firmware(&order, Origin::Redfish), Err(UpdateRefusal::Busy));
    server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    step(&plant, 3);
    assert_eq!((state(&server, id), server.bios_version().as_str()), (JobState::Running, "1.0.0"));
    // A self test that is broken off leaves the old image.
    server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    step(&plant, 5);
    assert_eq!((state(&server, id), server.bios_version().as_str()), (JobState::Waiting, "1.0.0"));
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    step(&plant, 60);
    assert_eq!((state(&server, id), server.bios_version().as_str()), (JobState::Completed, "1.1.0"));
    assert_eq!(server.components()[1].staged, None);
}

#[test]
fn an_image_is_for_its_model_and_a_target_for_its_image() {
    let (plant, server) = machine();
    let ask = |update: &Update| server.update_firmware(update, Origin::Redfish);
    assert_eq!(ask(&update(Part::Bmc, "Other BMC", "2")), Err(UpdateRefusal::NotApplicable));
    let wrong = Update { targets: vec![(Part::Bios, 0)], ..bmc("2") };
    assert_eq!(ask(&wrong), Err(UpdateRefusal::Target));
    assert_eq!(server.counters().mutations(), 0);
    let disks = update(Part::Drive, "Standard HDD 4T", "A12");
    ask(&Update { targets: vec![(Part::Drive, 3)], ..disks.clone() }).expect("accepted");
    step(&plant, 30);
    let versions = || -> Vec<String> {
        let drives = server.components().into_iter().filter(|known| known.part == Part::Drive);
        drives.map(|known| known.version).collect()
    };
    assert_eq!(versions(), ["2.0.1", "2.0.1", "A11", "A12", "A11", "A11"]);
    ask(&disks).expect("accepted");
    step(&plant, 30);
    assert_eq!(versions(), ["2.0.1", "2.0.1", "A12", "A12", "A12", "A12"]);
}

#[test]
fn one_update_at_a_time() {
    let (plant, server) = machine();
    let upload = server.begin_upload(Origin::Redfish).expect("the first");
    assert!(matches!(server.begin_upload(Origin::Redfish), Err(UpdateRefusal::Busy)));
    assert_eq!(server.begin_fetch(Origin::Redfish), Err(UpdateRefusal::Busy));
    upload.received(1000);
    drop(upload);
    assert_eq!(server.firmware_bytes(), 1000);
    server.update_firmware(&bmc("2.0.0"), Origin::Redfish).expect("accepted");
    assert_eq!(server.begin_fetch(Origin::Redfish), Err(UpdateRefusal::Busy));
    step(&plant, 21);
    assert_eq!(server.begin_fetch(Origin::Redfish), Err(UpdateRefusal::Other(Refusal::BmcDown)));
    step(&plant, 10);
    let job = server.begin_fetch(Origin::Redfish).expect("accepted");
    step(&plant, 600);
    assert_eq!(state(&server, job), JobState::Running, "time does not end it");
    server.fetched(job, Err("nobody there"));
    assert_eq!(state(&server, job), JobState::Failed);
    let again = server.begin_fetch(Origin::Redfish).expect("accepted");
    server.fetched(again, Ok(&update(Part::PowerSupply, "Standard 800W", "1.5")));
    step(&plant, 20);
    assert_eq!(state(&server, again), JobState::Completed, "the same job goes on");
    assert_eq!(server.counters().kind(MutationKind::Firmware), 3);
}
