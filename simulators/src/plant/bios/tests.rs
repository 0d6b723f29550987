use std::{collections::BTreeMap, time::Duration};

use underlay_rack::{Device, InitialState, Rack};

use super::*;
use crate::{
    persona::PersonaSet,
    plant::{BootMode, ClockMode, JobState, MutationKind, Origin, Plant, PowerAction, Server},
};

fn machine() -> (Plant, Server) {
    let device = Device { name: "node1".to_owned(), state: Some(InitialState::On), ..Device::default() };
    let rack = Rack { seed: 7, devices: vec![device], ..Rack::default() };
    let personas = PersonaSet::embedded().expect("personas read");
    let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("plant builds");
    let server = plant.server("node1").expect("node1 exists");
    (plant, server)
}

fn change<const N: usize>(values: [(&str, BiosValue); N], commit: BiosCommit) -> BiosChange {
    BiosChange {
        values: values.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect(),
        commit,
        job: "BIOS configuration".to_owned(),
        lenient: false,
        keeps_equal: false,
    }
}

fn stage<const N: usize>(
    server: &Server,
    values: [(&str, BiosValue); N],
    commit: BiosCommit,
) -> Result<BiosStaged, BiosRefusal> {
    server.stage_bios(change(values, commit), Origin::Redfish)
}

fn current(server: &Server, name: &str) -> BiosValue {
    server.bios().expect("settings").current.get(name).expect("the setting").clone()
}

fn reset(plant: &Plant, server: &Server, seconds: u64) {
    server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    plant.advance(Duration::from_secs(seconds));
}

#[test]
fn a_staged_value_is_in_force_after_the_self_test_and_not_before() {
    for commit in [BiosCommit::Reset, BiosCommit::Job] {
        let (plant, server) = machine();
        let staged = stage(&server, [("ProcTurboMode", "Disabled".into())], commit).expect("staged");
        assert!(staged.made);
        assert_eq!(staged.job.is_some(), commit == BiosCommit::Job);
        plant.advance(Duration::from_secs(600));
        assert_eq!(current(&server, "ProcTurboMode"), "Enabled".into(), "time alone does nothing");
        // The self test takes six seconds.
        reset(&plant, &server, 5);
        assert_eq!(current(&server, "ProcTurboMode"), "Enabled".into());
        plant.advance(Duration::from_secs(2));
        assert_eq!(current(&server, "ProcTurboMode"), "Disabled".into());
        let seen = server.bios().expect("settings");
        assert!(seen.pending.is_empty());
        assert_eq!(seen.applied.expect("an application").failure, None);
        assert_eq!(server.counters().of(Origin::Redfish, MutationKind::Setting), 1);
    }
}

#[test]
fn a_self_test_that_is_broken_off_applies_nothing() {
    let (plant, server) = machine();
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    reset(&plant, &server, 3);
    assert_eq!(server.jobs()[0].state, JobState::Running);
    server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    plant.advance(Duration::from_secs(60));
    assert_eq!(server.jobs()[0].state, JobState::Waiting);
    assert_eq!(current(&server, "ProcTurboMode"), "Enabled".into());
    server.power(PowerAction::On, Origin::Test).expect("accepted");
    plant.advance(Duration::from_secs(60));
    assert_eq!(server.jobs()[0].state, JobState::Completed);
    assert_eq!(current(&server, "ProcTurboMode"), "Disabled".into());
}

#[test]
fn what_nobody_commits_no_reset_applies() {
    let (plant, server) = machine();
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Later).expect("staged");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "ProcTurboMode"), "Enabled".into());
    assert_eq!(server.bios().expect("settings").pending.len(), 1);
    server.commit_bios("commit", Origin::Redfish).expect("a job");
    assert_eq!(server.commit_bios("commit", Origin::Redfish), Err(Refusal::NotFound), "it has its job");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "ProcTurboMode"), "Disabled".into());
}

#[test]
fn what_is_cleared_is_forgotten_unless_a_job_has_it() {
    let (_, server) = machine();
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Later).expect("staged");
    server.clear_bios(Origin::Redfish).expect("accepted");
    assert!(server.bios().expect("settings").pending.is_empty());
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    server.clear_bios(Origin::Redfish).expect("accepted");
    assert_eq!(server.bios().expect("settings").pending.len(), 1);
}

#[test]
fn one_wrong_value_and_nothing_is_staged() {
    let (_, server) = machine();
    let refused = stage(
        &server,
        [("ProcTurboMode", "Disabled".into()), ("ProcCores", BiosValue::Integer(3)), ("Nothing", "x".into())],
        BiosCommit::Job,
    );
    let problems =
        vec![("Nothing".to_owned(), BiosProblem::Unknown), ("ProcCores".to_owned(), BiosProblem::OutOfRange)];
    assert_eq!(refused, Err(BiosRefusal::Values(problems)));
    assert!(server.bios().expect("settings").pending.is_empty());
    assert!(server.jobs().is_empty());
    assert_eq!(server.counters().mutations(), 0);
}

#[test]
fn a_setting_that_another_locks_is_refused_until_that_one_changes_too() {
    let (plant, server) = machine();
    let limit = ("PowerLimitWatts", BiosValue::Integer(500));
    let refused = stage(&server, [limit.clone()], BiosCommit::Reset);
    let locked = vec![("PowerLimitWatts".to_owned(), BiosProblem::NotWritable)];
    assert_eq!(refused, Err(BiosRefusal::Values(locked)));
    // A firmware that takes it leaves it as it is.
    let lenient = BiosChange { lenient: true, ..change([limit.clone()], BiosCommit::Reset) };
    server.stage_bios(lenient, Origin::Redfish).expect("taken");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "PowerLimitWatts"), BiosValue::Integer(400));
    stage(&server, [limit, ("PowerProfile", "Custom".into())], BiosCommit::Reset).expect("staged");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "PowerLimitWatts"), BiosValue::Integer(500));
}

#[test]
fn a_job_that_fails_or_is_stopped_leaves_everything_as_it_was() {
    let (plant, server) = machine();
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    server.doom_bios();
    reset(&plant, &server, 60);
    let job = server.jobs().pop().expect("the job");
    assert_eq!((job.state, job.messages.len()), (JobState::Failed, 1));
    let seen = server.bios().expect("settings");
    assert_eq!(seen.current.get("ProcTurboMode"), Some(&"Enabled".into()));
    assert!(seen.pending.is_empty() && seen.applied.is_some_and(|applied| applied.failure.is_some()));
    // The next one does not fail.
    let staged = stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    server.cancel_job(staged.job.expect("a job"), Origin::Redfish).expect("stopped");
    assert!(server.bios().expect("settings").pending.is_empty());
    stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "ProcTurboMode"), "Disabled".into());
}

#[test]
fn changes_share_the_job_that_waits_and_taking_the_last_one_back_ends_it() {
    let (_, server) = machine();
    let first = stage(&server, [("ProcTurboMode", "Disabled".into())], BiosCommit::Job).expect("staged");
    let second = stage(&server, [("QuietBoot", BiosValue::Boolean(false))], BiosCommit::Job).expect("staged");
    assert_eq!(first.job, second.job);
    let same = stage(&server, [("QuietBoot", BiosValue::Boolean(false))], BiosCommit::Job).expect("taken");
    assert!(!same.made);
    stage(&server, [("QuietBoot", BiosValue::Boolean(true))], BiosCommit::Job).expect("taken");
    assert_eq!(server.jobs()[0].state, JobState::Waiting);
    stage(&server, [("ProcTurboMode", "Enabled".into())], BiosCommit::Job).expect("taken");
    assert_eq!(server.jobs()[0].state, JobState::Cancelled);
    // Somebody else's job is not ours to end.
    let foreign = server.queue_bios_job("foreign");
    stage(&server, [("ProcTurboMode", "Enabled".into())], BiosCommit::Job).expect("taken");
    assert!(server.jobs().iter().any(|job| job.id == foreign && job.state == JobState::Waiting));
}

#[test]
fn a_reset_brings_every_default_back() {
    let (plant, server) = machine();
    stage(&server, [("ProcTurboMode", "Disabled".into()), ("AssetTag", "A1".into())], BiosCommit::Reset)
        .expect("staged");
    reset(&plant, &server, 60);
    let serial = current(&server, "SystemSerialNumber");
    server.reset_bios(BiosCommit::Reset, "", Origin::Redfish).expect("staged");
    let pending: BTreeMap<String, BiosValue> = server.bios().expect("settings").pending;
    assert_eq!(pending.len(), 2, "{pending:?}");
    reset(&plant, &server, 60);
    assert_eq!(current(&server, "ProcTurboMode"), "Enabled".into());
    assert_eq!(current(&server, "SystemSerialNumber"), serial);
    assert_eq!(serial, server.spec().serial.as_str().into());
}

#[test]
fn passwords_are_changed_by_those_who_know_them() {
    let (_, server) = machine();
    let set = |name: &str, old: &str, new: &str| {
        server.set_bios_password(name, &old.into(), &new.into(), Origin::Redfish).map(|_| ())
    };
    assert_eq!(set("NoSuch", "", "longer"), Err(Refusal::NotFound));
    assert_eq!(set("AssetTag", "", "longer"), Err(Refusal::NotFound), "no password");
    assert_eq!(set("UserPassword", "x", "longer"), Err(Refusal::Denied));
    assert_eq!(set("UserPassword", "", "abc"), Err(Refusal::Invalid));
    assert_eq!(set("UserPassword", "", "longer"), Ok(()));
    assert!(server.has_bios_password("UserPassword", &"longer".into()));
    assert!(!server.has_bios_password("AdministratorPassword", &"longer".into()));
    assert_eq!(set("UserPassword", "", "other"), Err(Refusal::Denied));
    assert_eq!(set("UserPassword", "longer", ""), Ok(()));
    assert!(server.has_bios_password("UserPassword", &"".into()));
}

#[test]
fn the_firmware_boots_by_the_interface_that_its_settings_say() {
    let (plant, server) = machine();
    for (setting, mode) in [("Legacy", BootMode::Legacy), ("Uefi", BootMode::Uefi)] {
        stage(&server, [("BootMode", setting.into())], BiosCommit::Reset).expect("staged");
        reset(&plant, &server, 60);
        assert_eq!(server.snapshot().last_boot().map(|boot| boot.mode), Some(mode));
    }
}
