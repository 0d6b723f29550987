//! `underlay bios`: settings are shown, compared, changed, and in force after a reset only.

use serde_json::Value;
use underlay_hal::bios::SettingValue;
use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of, until};

fn two() -> Lab {
    Lab::new(&rack_of(&[("node01", "dell-idrac9", "on"), ("node02", "dell-idrac9", "on")]))
}

fn in_force(lab: &Lab, name: &str, setting: &str) -> SettingValue {
    lab.truth(name).bios().expect("settings").current()[setting].clone()
}

fn setting<'a>(shown: &'a Value, name: &str) -> &'a Value {
    let settings = shown["attributes"].as_array().expect("settings");
    settings.iter().find(|one| one["name"] == name).expect("such a setting")
}

fn reboot(lab: &Lab, name: &str) {
    let before = lab.truth(name).boots();
    lab.run(&["power", "reset", name]).exits(0);
    until("it has booted", || lab.truth(name).boots() > before);
}

#[test]
fn settings_are_shown_with_what_they_take() {
    let lab = two();
    lab.run(&["bios", "show", "node01"]).exits(0).says(&["SETTING", "BootMode", "Bios Uefi", "120 to 600"]);
    let filtered = lab.run(&["bios", "show", "node01", "--filter", "bootmode"]).exits(0).says(&["BootMode"]);
    assert!(!filtered.out.contains("AssetTag"), "{}", filtered.out);
    // Nothing waits: the table is empty, and that is no failure.
    let waiting = lab.run(&["bios", "show", "node01", "--pending"]).exits(0);
    assert!(waiting.out.is_empty(), "{}", waiting.out);
    let (code, shown) = lab.json(&["bios", "show", "node01"]);
    let mode = setting(of(&shown, "node01"), "BootMode");
    assert_eq!((code, &mode["current"], &mode["pending"]), (Some(0), &"Uefi".into(), &Value::Null));
    assert_eq!(lab.truth("node01").mutations(), 0);
}

#[test]
fn a_change_waits_for_a_reset_and_is_then_in_force() {
    let lab = two();
    // A look at what would be sent changes nothing.
    lab.run(&["bios", "set", "node01", "BootMode=Bios", "--dry-run"]).exits(0).says(&["planned", "reset"]);
    assert_eq!(lab.truth("node01").mutations(), 0);

    let said = lab.run(&["bios", "set", "node01", "BootMode=Bios"]).exits(0);
    said.says(&["BootMode", "Uefi", "Bios", "running as task"]);
    assert_eq!(in_force(&lab, "node01", "BootMode"), "Uefi".into(), "not before the reset");
    lab.run(&["bios", "show", "node01", "--pending"]).exits(0).says(&["BootMode", "Bios", "job"]);
    lab.run(&["bios", "diff", "node01", "BootMode=Bios"]).exits(0).says(&["BootMode"]);
    lab.run(&["bios", "diff", "node01", "BootMode=Bios", "--detailed-exitcode"]).exits(2);

    reboot(&lab, "node01");
    until("the self test is over", || in_force(&lab, "node01", "BootMode") == "Bios".into());
    lab.run(&["bios", "diff", "node01", "BootMode=Bios", "--detailed-exitcode"]).exits(0);
    let changed = lab.truth("node01").mutations();
    lab.run(&["bios", "set", "node01", "BootMode=Bios"]).exits(0).says(&["already so"]);
    assert_eq!(lab.truth("node01").mutations(), changed, "what is so is not sent");
    assert_eq!(lab.truth("node02").mutations(), 0, "the other one was not meant");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let lab = two();
    for (words, complaint) in [
        (&["BootMod=Bios"][..], "did you mean BootMode?"),
        (&["BootMode=Maybe"], "is not one of Bios, Uefi"),
        (&["AcPwrRcvryUserDelay=7"], "not from 120 to 600"),
        // One wrong word, and nothing of it is done.
        (&["BootMode=Bios", "Nonsense=1"], "no such setting"),
    ] {
        lab.run(&[&["bios", "set", "node01"], words].concat())
            .exits(1)
            .complains(&["invalid_input", complaint]);
    }
    lab.run(&["bios", "set", "node01"]).exits(2).complains(&["NAME=VALUE"]);
    lab.run(&["bios", "set", "node01", "BootMode"]).exits(2).complains(&["NAME=VALUE"]);
    assert_eq!(lab.truth("node01").mutations(), 0);
}

#[test]
fn settings_come_from_a_file_or_from_another_machine() {
    let lab = two();
    let file = lab.file("compute.toml", "BootMode = \"Bios\"\nAcPwrRcvryUserDelay = 300\n");
    let file = file.to_str().expect("a path");
    // The command line wins over the file.
    let (code, set) = lab.json(&["bios", "set", "node01", "--from", file, "AcPwrRcvryUserDelay=240"]);
    let changes = of(&set, "node01")["changes"].as_array().expect("changes").clone();
    let to =
        |name: &str| changes.iter().find(|change| change["name"] == name).map(|change| change["to"].clone());
    assert_eq!(
        (code, to("BootMode"), to("AcPwrRcvryUserDelay")),
        (Some(0), Some("Bios".into()), Some(240.into()))
    );
    reboot(&lab, "node01");
    until("the self test is over", || in_force(&lab, "node01", "BootMode") == "Bios".into());

    let (_, differs) = lab.json(&["bios", "diff", "node02", "--like", "node01"]);
    let names: Vec<_> = of(&differs, "node02")["differences"].as_array().expect("differences").clone();
    assert!(names.iter().any(|one| one["name"] == "BootMode"), "{names:?}");
    let (code, set) = lab.json(&["bios", "set", "node02", "--like", "node01"]);
    assert_eq!(code, Some(0), "{set:?}");
    lab.run(&["bios", "set", "node01", "--from", "missing.toml"]).exits(2).complains(&["missing.toml"]);
}

#[test]
fn a_reset_to_defaults_says_what_is_lost_and_asks() {
    let lab = two();
    lab.run(&["bios", "set", "node01", "BootMode=Bios"]).exits(0);
    reboot(&lab, "node01");
    until("the self test is over", || in_force(&lab, "node01", "BootMode") == "Bios".into());
    let before = lab.truth("node01").mutations();
    // Nobody is there to answer.
    lab.run(&["bios", "reset", "node01"]).exits(2).complains(&[
        "What is lost:",
        "node01: BootMode: Bios → Uefi",
        "--yes",
        "Nothing was done",
    ]);
    assert_eq!(lab.truth("node01").mutations(), before);
    lab.run(&["bios", "reset", "node01", "--yes"]).exits(0);
    reboot(&lab, "node01");
    until("the defaults are in force", || in_force(&lab, "node01", "BootMode") == "Uefi".into());
}

#[test]
fn a_password_of_the_firmware_comes_from_a_file_and_shows_nowhere() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    lab.file("setup.secret", "Sesame-2-open\n");
    let set = ["bios", "password", "node01", "administrator", "--new-file", "setup.secret"];
    let said = lab.run(&set).exits(0);
    assert!(!said.out.contains("Sesame") && !said.err.contains("Sesame"), "{said:?}");
    let names = lab.truth("node01");
    let has = |password: &str| {
        let bios = names.bios().expect("settings");
        ["AdministratorPassword", "Administrator", "AdminPassword"]
            .iter()
            .any(|name| bios.has_password(name, &password.into()))
    };
    assert!(has("Sesame-2-open") && !has("another"));
    lab.run(&["bios", "password", "node01", "nobody"]).exits(1).complains(&["there are"]);
}
