//! Commands that change a machine: power and boot set. What they say is held against what happened.

use underlay_hal::{BootTarget, Persistence, PowerState};
use underlay_simulators::Truth as _;

use crate::lab::{Lab, names, of, three_servers, until};

#[test]
fn power_goes_where_it_is_told() {
    let lab = Lab::new(&three_servers());
    let power = |name: &str| lab.truth(name).power();
    // Off already: told so, and nothing is sent.
    lab.run(&["power", "off", "node01"]).exits(0).says(&["already so"]);
    assert_eq!(lab.truth("node01").mutations(), 0);

    let (code, on) = lab.json(&["power", "on", "node01", "--wait"]);
    let answer = of(&on, "node01");
    assert_eq!((code, &answer["change"], &answer["power"]), (Some(0), &"made".into(), &"on".into()));
    assert_eq!(power("node01"), PowerState::On);
    until("it has booted", || lab.truth("node01").boots() == 1);

    lab.run(&["power", "reset", "node01"]).exits(0).says(&["force_reset", "made"]);
    until("the reset has booted", || lab.truth("node01").boots() == 2);
    lab.run(&["power", "cycle", "old01"]).exits(0).says(&["cycle", "made"]);
    until("the cycle has booted", || lab.truth("old01").boots() == 1 && power("old01") == PowerState::On);

    lab.run(&["power", "soft", "node02", "--wait"]).exits(0).says(&["graceful_off", "now off"]);
    assert_eq!(power("node02"), PowerState::Off);
    lab.run(&["power", "off", "all", "--wait"]).exits(0).says(&["node01", "node02", "old01"]);
    for name in ["node01", "node02", "old01"] {
        assert_eq!(power(name), PowerState::Off, "{name}");
    }
    lab.run(&["power", "status"]).exits(0).says(&["off"]);
}

#[test]
fn what_a_machine_refuses_is_told_and_changes_nothing() {
    let lab = Lab::new(&three_servers());
    // A reset of a machine that is off.
    let (code, answers) = lab.json(&["power", "reset", "node01,node02"]);
    assert_eq!((code, names(&answers)), (Some(1), vec!["node01", "node02"]));
    assert_eq!(of(&answers, "node01")["error"]["effect"], "none");
    assert_eq!(of(&answers, "node02")["change"], "made", "the other one is reset all the same");
    assert_eq!((lab.truth("node01").boots(), lab.truth("node01").power()), (0, PowerState::Off));
    lab.run(&["power", "on"]).exits(2).complains(&["SELECT"]);
}

#[test]
fn the_boot_override_is_set_shown_and_removed() {
    let lab = Lab::new(&three_servers());
    for name in ["node02", "old01"] {
        let target = || lab.truth(name).boot_override().map(|it| (it.target, it.persistence));
        lab.run(&["boot", "set", "pxe", name]).exits(0).says(&["pxe", "made"]);
        assert_eq!(target(), Some((BootTarget::Pxe, Persistence::Once)), "{name}");
        let (_, got) = lab.json(&["boot", "get", name]);
        let got = of(&got, name);
        assert_eq!((&got["target"], &got["persistence"]), (&"pxe".into(), &"once".into()), "{name}");
        lab.run(&["boot", "set", "pxe", name]).exits(0).says(&["already so"]);
        // A hyphen is as good as the underscore.
        lab.run(&["boot", "set", "BIOS-setup", name, "--continuous"]).exits(0);
        assert_eq!(target(), Some((BootTarget::BiosSetup, Persistence::Continuous)), "{name}");
        lab.run(&["boot", "set", "none", name]).exits(0).says(&["none"]);
        assert_eq!(target(), None, "{name}");
        assert_eq!(lab.truth(name).boots(), 0, "setting does not boot");
    }
    lab.run(&["boot", "set", "pxee", "all"]).exits(2).complains(&["did you mean `pxe`"]);
    // In the wrong order.
    lab.run(&["boot", "set", "node02", "pxe"]).exits(2).complains(&["`node02`", "boot set TARGET DEVICES"]);
    assert_eq!(lab.truth("node02").boot_override(), None);
}
