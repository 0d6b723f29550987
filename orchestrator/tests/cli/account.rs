//! `underlay account`: accounts, and a rotation after which one working password is always known.

use std::path::Path;

use underlay_rack::PasswordSource;
use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of};

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file").trim().to_owned()
}

fn has_password(lab: &Lab, node: &str, name: &str, password: &str) -> bool {
    lab.truth(node).accounts().expect("accounts").has_password(name, &password.into())
}

/// The file with the password of this rack's only credential.
fn password_file(lab: &Lab) -> std::path::PathBuf {
    let text = std::fs::read_to_string(&lab.rack).expect("the rack file");
    let rack = crate::lab::read(&text, "rack.toml");
    match &rack.credentials["bmc"].password {
        PasswordSource::File(path) => lab.folder.path().join(path),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_is_made_changed_and_removed() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on"), ("node02", "dell-idrac9", "on")]));
    lab.file("monitor.secret", "Watch-only-42\n");
    let set = |words: &[&str]| lab.run(&[&["account", "set", "all", "monitor"], words].concat());
    // There is none, and not enough is said to make one.
    set(&["--disable"]).exits(1).complains(&["there is no account monitor", "--role and --password-file"]);
    set(&["--role", "read_only", "--password-file", "monitor.secret"]).exits(0).says(&["made"]);
    for node in ["node01", "node02"] {
        assert!(has_password(&lab, node, "monitor", "Watch-only-42"), "{node}");
    }
    let (_, listed) = lab.json(&["account", "list"]);
    let accounts = of(&listed, "node02")["accounts"].as_array().expect("accounts").clone();
    let monitor = accounts.iter().find(|one| one["name"] == "monitor").expect("the new account");
    assert_eq!((&monitor["role"], &monitor["enabled"]), (&"read_only".into(), &true.into()));
    set(&["--role", "operator"]).exits(0).says(&["made"]);
    set(&["--role", "operator"]).exits(0).says(&["already so"]);
    set(&["--disable"]).exits(0);
    lab.run(&["account", "list"]).exits(0).says(&["monitor", "operator", "disabled"]);
    set(&[]).exits(2).complains(&["nothing to set"]);

    lab.run(&["account", "remove", "all", "monitor"])
        .exits(2)
        .complains(&["account monitor (operator", "--yes"]);
    lab.run(&["account", "remove", "all", "monitor", "--yes"]).exits(0).says(&["made"]);
    lab.run(&["account", "remove", "all", "monitor", "--yes"]).exits(0).says(&["already so"]);
    assert!(!lab.run(&["account", "list"]).exits(0).out.contains("monitor"));
}

#[test]
fn a_rotation_leaves_every_device_with_the_new_password_and_the_file_with_it() {
    let lab = Lab::new(&rack_of(&[
        ("node01", "standard", "on"),
        ("node02", "dell-idrac9", "on"),
        ("node03", "hpe-ilo5", "on"),
    ]));
    let file = password_file(&lab);
    let old = text(&file);
    // All that use the file have to be meant, and somebody has to say yes.
    lab.run(&["account", "rotate", "node01", "--yes"])
        .exits(2)
        .complains(&["node02, node03", "select them, too"]);
    lab.run(&["account", "rotate", "all"]).exits(2).complains(&["on 3 devices", "--yes"]);
    assert_eq!(text(&file), old);
    assert!(has_password(&lab, "node01", "operator", &old));

    lab.run(&["account", "rotate", "all", "--yes"])
        .exits(0)
        .says(&["operator", "new"])
        .complains(&["opens every device"]);
    let new = text(&file);
    assert!(new != old && new.len() == 20, "{new}");
    for node in ["node01", "node02", "node03"] {
        assert!(
            has_password(&lab, node, "operator", &new) && !has_password(&lab, node, "operator", &old),
            "{node}"
        );
    }
    assert!(!file.with_extension("password.new").exists());
    lab.run(&["power", "status"]).exits(0);
}

#[test]
fn a_rotation_that_was_interrupted_is_carried_on() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on"), ("node02", "standard", "on")]));
    let file = password_file(&lab);
    let old = text(&file);
    // What a crash after the first device leaves behind: the new password in its file, and one device that has it.
    let mut staged = file.clone().into_os_string();
    staged.push(".new");
    std::fs::write(&staged, "Halfway-there-77\n").expect("a file");
    lab.file("new.secret", "Halfway-there-77\n");
    lab.run(&["account", "set", "node01", "operator", "--password-file", "new.secret"]).exits(0);
    assert!(has_password(&lab, "node01", "operator", "Halfway-there-77"));
    lab.run(&["power", "status", "node01"]).exits(1).complains(&["unauthenticated"]);

    lab.run(&["account", "rotate", "all", "--yes"])
        .exits(0)
        .complains(&["is carried on", "opens every device"]);
    assert_eq!(text(&file), "Halfway-there-77");
    assert!(!Path::new(&staged).exists());
    assert!(
        has_password(&lab, "node02", "operator", "Halfway-there-77")
            && !has_password(&lab, "node02", "operator", &old)
    );
    lab.run(&["power", "status"]).exits(0);
}

#[test]
fn a_rotation_begins_only_when_every_device_answers() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on"), ("node02", "standard", "on")]));
    let file = password_file(&lab);
    let old = text(&file);
    lab.truth("node02").go_silent(true);
    lab.run(&["--timeout", "3", "account", "rotate", "all", "--yes"])
        .exits(2)
        .complains(&["node02", "nothing was changed"]);
    assert_eq!(text(&file), old);
    assert!(has_password(&lab, "node01", "operator", &old));
    lab.truth("node02").go_silent(false);
    // A password that no device takes is not even staged.
    lab.run(&["account", "rotate", "all", "--yes", "--length", "64"]).exits(2).complains(&["characters"]);
    assert_eq!(text(&file), old);
}
