//! `underlay firmware` and `underlay media`.

use underlay_conformance::ImageOf;
use underlay_hal::{BootTarget, PowerState};
use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of, until};

fn one() -> Lab {
    Lab::new(&rack_of(&[("node01", "standard", "on")]))
}

#[test]
fn firmware_is_updated_and_the_version_is_read_back() {
    let lab = one();
    let truth = lab.truth("node01");
    let (image, component, version) = truth.firmware().expect("firmware").image(ImageOf::Manager);
    std::fs::write(lab.folder.path().join("bmc.bin"), image).expect("a file");
    let versions = || truth.firmware().expect("firmware").versions();
    let before = versions()[&component].clone();
    lab.run(&["firmware", "list"]).exits(0).says(&["COMPONENT", &component, &before]);

    let update = ["firmware", "update", "node01", "bmc.bin", "--target", &component];
    lab.run(&update).exits(2).complains(&[&format!("{component} {before} is replaced by bmc.bin"), "--yes"]);
    assert_eq!(versions()[&component], before);

    // The controller restarts in the middle, and is waited for.
    let waited = [&update[..], &["--yes", "--wait=300", "--expect", &version]].concat();
    let said = lab.run(&waited).exits(0);
    said.says(&["made", &format!("{before} → {version}")]);
    assert_eq!(versions()[&component], version);
    assert_eq!(truth.boots(), 0, "the host was left alone");
}

#[test]
fn an_update_that_brings_another_version_has_failed() {
    let lab = one();
    let (image, ..) = lab.truth("node01").firmware().expect("firmware").image(ImageOf::Manager);
    std::fs::write(lab.folder.path().join("bmc.bin"), image).expect("a file");
    lab.run(&["firmware", "update", "node01", "bmc.bin", "--yes", "--wait=300", "--expect", "99.99"])
        .exits(1)
        .complains(&["no version 99.99 after the update"]);
    lab.file("garbage.bin", "this is no image");
    lab.run(&["firmware", "update", "node01", "garbage.bin", "--yes", "--wait=60"]).exits(1);
    lab.run(&["firmware", "update", "node01", "missing.bin", "--yes"])
        .exits(2)
        .complains(&["cannot read missing.bin"]);
    lab.run(&["firmware", "update", "node01", "garbage.bin", "--target", "Toaster", "--yes"])
        .exits(1)
        .complains(&["no component `Toaster`"]);
    lab.run(&["firmware", "update", "node01", "garbage.bin", "--expect", "1"])
        .exits(2)
        .complains(&["--wait"]);
}

#[test]
fn an_image_is_mounted_booted_from_and_ejected() {
    let lab = one();
    let truth = lab.truth("node01");
    let inserted = || truth.virtual_media().expect("virtual media").inserted();
    let uri = truth.virtual_media().expect("virtual media").image_uri();
    lab.run(&["media", "list"]).exits(0).says(&["SLOT", "cd"]);
    lab.run(&["media", "mount", "node01", &uri, "--boot"]).exits(0).says(&["made", "boots from cd next"]);
    assert_eq!(inserted().len(), 1);
    assert_eq!(truth.boot_override().map(|it| it.target), Some(BootTarget::Cd));
    lab.run(&["media", "list"]).exits(0).says(&[&uri]);
    lab.run(&["media", "mount", "node01", &uri]).exits(0).says(&["already so"]);
    lab.run(&["power", "reset", "node01"]).exits(0);
    until("it has booted from it", || truth.boots() == 1 && truth.power() == PowerState::On);
    assert_eq!(truth.last_boot_source(), Some(BootTarget::Cd));
    lab.run(&["media", "eject", "node01"]).exits(0).says(&["made"]);
    assert!(inserted().is_empty());
    lab.run(&["media", "eject", "node01"]).exits(0).says(&["already so"]);
    lab.run(&["media", "eject", "node01", "Tray9"]).exits(1).complains(&["no slot `Tray9`", "there are"]);
}

#[test]
fn an_address_with_a_password_is_never_printed() {
    let lab = one();
    let uri = "http://bob:hunter2@192.0.2.10/rescue.iso?sig=hunter2";
    for said in [
        lab.run(&["media", "mount", "node01", uri]),
        lab.run(&["media", "list"]),
        lab.run(&["-o", "json", "media", "list"]),
        lab.run(&["firmware", "update", "node01", uri, "--yes"]),
    ] {
        assert!(!said.out.contains("hunter2") && !said.err.contains("hunter2"), "{said:?}");
    }
    let (_, shown) = lab.json(&["media", "list"]);
    assert!(of(&shown, "node01")["slots"].is_array());
}
