//! Storage on a stepped clock.
use std::time::Duration;

use underlay_hal::{ApplyTime, ControllerMode, DriveUse, raid::RaidLevel};
use underlay_rack::{Device, Rack};

use super::{Condition, NewVolume, SpareFor, StorageRefusal, StorageWork};
use crate::{
    persona::PersonaSet,
    plant::{ClockMode, JobState, MutationKind, Origin, Plant, PowerAction, Refusal, Server},
};

fn machine(persona: &str) -> (Plant, Server) {
    let device = Device { name: "n1".to_owned(), persona: Some(persona.to_owned()), ..Device::default() };
    let rack = Rack { name: "test".to_owned(), seed: 7, devices: vec![device], ..Rack::default() };
    let plant = Plant::new(&rack, &PersonaSet::embedded().expect("personas"), ClockMode::Stepped);
    let plant = plant.expect("a plant");
    let server = plant.server("n1").expect("n1");
    (plant, server)
}

fn new(level: RaidLevel, drives: &[usize]) -> StorageWork {
    let volume = NewVolume {
        name: None,
        level,
        drives: drives.to_vec(),
        spares: Vec::new(),
        bytes: None,
        strip: None,
        encrypted: false,
    };
    StorageWork::Create { controller: 0, volume }
}

fn ask(server: &Server, work: StorageWork) -> Result<u32, StorageRefusal> {
    server.ask_storage("work", work, ApplyTime::Immediate, Origin::Redfish)
}

fn step(plant: &Plant, seconds: u64) {
    plant.advance(Duration::from_secs(seconds));
}

#[test]
fn the_largest_size_is_less_than_arithmetic_says_and_can_be_asked_for() {
    let (plant, server) = machine("standard");
    ask(&server, new(RaidLevel::Raid5, &[2, 3, 4])).expect("accepted");
    step(&plant, 10);
    let largest = server.storage().volumes[0].bytes;
    let arithmetic = RaidLevel::Raid5.usable_bytes(3, server.spec().drives[2].bytes);
    assert!(largest < arithmetic && largest > arithmetic / 100 * 99, "{largest} of {arithmetic}");
    server.clear_storage();
    let sized = |bytes| {
        let StorageWork::Create { controller, volume } = new(RaidLevel::Raid5, &[2, 3, 4]) else { panic!() };
        StorageWork::Create { controller, volume: NewVolume { bytes: Some(bytes), ..volume } }
    };
    assert_eq!(ask(&server, sized(largest + 1)), Err(StorageRefusal::TooLarge(largest)));
    ask(&server, sized(largest)).expect("accepted");
    step(&plant, 10);
    assert_eq!(server.storage().volumes[0].bytes, largest);
}

#[test]
fn a_drive_that_goes_during_the_job_makes_it_fail() {
    let (plant, server) = machine("standard");
    let id = ask(&server, new(RaidLevel::Raid1, &[2, 3])).expect("accepted");
    step(&plant, 2);
    server.pull_drive(&server.spec().drives[3].serial).expect("a drive");
    step(&plant, 10);
    let job = server.jobs().into_iter().find(|job| job.id == id).expect("the job");
    assert_eq!(job.state, JobState::Failed);
    assert!(job.messages[0].contains("no longer free"), "{:?}", job.messages);
    assert!(server.storage().volumes.is_empty());
    // What never was part of a volume comes back as it went.
    server.insert_drive(&server.spec().drives[3].serial).expect("a drive");
    assert_eq!(server.storage().drives[3].usage, DriveUse::Free);
}

#[test]
fn a_mode_waits_for_the_self_test_and_for_the_volumes_to_go() {
    let (plant, server) = machine("dell-idrac9");
    let hba = || StorageWork::Mode(0, ControllerMode::Hba);
    ask(&server, new(RaidLevel::Raid1, &[0, 1])).expect("accepted");
    step(&plant, 30);
    assert_eq!(ask(&server, hba()), Err(StorageRefusal::HasVolumes));
    ask(&server, StorageWork::Delete(1)).expect("accepted");
    step(&plant, 30);
    assert_eq!(ask(&server, StorageWork::Mode(1, ControllerMode::Hba)), Err(StorageRefusal::Mode));
    ask(&server, hba()).expect("accepted");
    step(&plant, 600);
    assert_eq!(server.storage().modes[0], Some(ControllerMode::Raid), "nobody has reset it");
    server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    step(&plant, 600);
    assert_eq!(server.storage().modes[0], Some(ControllerMode::Hba));
    assert_eq!(server.storage().drives[0].usage, DriveUse::PassThrough);
    assert_eq!(ask(&server, new(RaidLevel::Raid1, &[0, 1])), Err(StorageRefusal::InUse(0)));
}

#[test]
fn a_foreign_configuration_is_cleared_by_the_controller_of_the_drive() {
    let (plant, server) = machine("dell-idrac9");
    assert_eq!(ask(&server, StorageWork::ClearForeign(0)), Err(StorageRefusal::Nothing));
    server.make_foreign(&server.spec().drives[2].serial).expect("a drive");
    assert_eq!(server.storage().drives[2].usage, DriveUse::Foreign);
    assert_eq!(ask(&server, StorageWork::ClearForeign(9)), Err(StorageRefusal::NotFound));
    ask(&server, StorageWork::ClearForeign(0)).expect("accepted");
    step(&plant, 30);
    assert_eq!(server.storage().drives[2].usage, DriveUse::Free);
}

#[test]
fn a_volume_survives_what_its_level_survives() {
    let (plant, server) = machine("standard");
    ask(&server, new(RaidLevel::Raid6, &[2, 3, 4, 5])).expect("accepted");
    step(&plant, 10);
    let conditions: Vec<_> = [3, 2, 5]
        .into_iter()
        .map(|drive| {
            server.pull_drive(&server.spec().drives[drive].serial).expect("a drive");
            server.storage().volumes[0].condition
        })
        .collect();
    assert_eq!(conditions, [Condition::Degraded, Condition::Degraded, Condition::Failed]);
    assert!(server.log_entries().iter().filter(|entry| entry.message.contains("was removed")).count() == 3);
}

#[test]
fn what_is_refused_is_neither_made_nor_counted() {
    let (_, server) = machine("hpe-ilo5");
    assert_eq!(ask(&server, new(RaidLevel::Raid1, &[0, 1])), Err(StorageRefusal::NotWritable));
    assert_eq!(server.set_spare(0, SpareFor::Any, Origin::Redfish), Err(StorageRefusal::NotWritable));
    let (_, server) = machine("lenovo-xcc");
    let later = server.ask_storage("x", new(RaidLevel::Raid1, &[0, 1]), ApplyTime::OnReset, Origin::Redfish);
    assert_eq!(later, Err(StorageRefusal::ApplyTime(ApplyTime::OnReset)));
    server.reset_bmc(Origin::Test).expect("accepted");
    assert_eq!(ask(&server, new(RaidLevel::Raid1, &[0, 1])), Err(StorageRefusal::Other(Refusal::BmcDown)));
    assert_eq!(server.counters().kind(MutationKind::Storage), 0);
    assert!(server.jobs().is_empty());
}

#[test]
fn clearing_leaves_nothing_under_way() {
    let (plant, server) = machine("standard");
    ask(&server, new(RaidLevel::Raid1, &[2, 3])).expect("accepted");
    server.clear_storage();
    step(&plant, 60);
    assert!(server.storage().volumes.is_empty());
    assert!(server.storage().drives.iter().all(|drive| drive.usage == DriveUse::Free));
}
