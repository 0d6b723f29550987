//! plan, apply, run: what is planned, approved, carried out, interrupted and continued.

use std::process::Stdio;

use serde_json::Value;
use underlay_hal::{BootTarget, PowerState};
use underlay_simulators::Truth as _;

use crate::lab::{Lab, names, of, rack_of, signal, three_servers, until, wait};

const INTENT: &str = "[intent]\nname = \"bring-up\"\n[[profile]]\nname = \"all\"\nselect = \"all\"\npower = \"on\"\n\
                      boot = { once = \"pxe\", generation = 1 }\n";
/// Machines here live forty times faster than real ones.
const FAST: [&str; 6] = ["--poll", "40", "--settle", "300", "--unclear", "4000"];

fn lab() -> Lab {
    let lab = Lab::new(&three_servers());
    lab.file("intent.toml", INTENT);
    lab
}

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more, &FAST].concat()
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// Each machine is on, was booted once, and from the network.
fn check_booted(lab: &Lab) {
    for device in &lab.running.rack().devices {
        let truth = lab.truth(&device.name);
        let end = (truth.power(), truth.boots(), truth.last_boot_source(), truth.boot_override());
        assert_eq!(end, (PowerState::On, 1, Some(BootTarget::Pxe), None), "{}", device.name);
        assert_eq!(truth.refused_logins(), 0, "{}", device.name);
        assert!(truth.resets() <= 1, "{}", device.name);
    }
}

#[test]
fn planning_changes_nothing_and_a_plan_is_carried_out_as_it_is() {
    let lab = lab();
    let mutations =
        || -> u64 { lab.running.rack().devices.iter().map(|d| lab.truth(&d.name).mutations()).sum() };
    let said = lab.run(&["plan", "intent.toml", "--out", "plan.json"]).exits(0);
    let said =
        said.says(&["Plan for lab from intent \"bring-up\"", "none -> pxe, once", "never -> generation 1"]);
    said.says(&[
        "power on, booting from pxe",
        "reset, booting from pxe",
        "cannot be undone",
        "apply plan.json",
    ]);
    lab.run(&["plan", "intent.toml", "--detailed-exitcode"]).exits(2);
    let plan = object(&lab.run(&["-o", "json", "plan", "intent.toml"]).exits(0).out);
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(6));
    assert_eq!(
        plan,
        object(&std::fs::read_to_string(lab.folder.path().join("plan.json")).expect("the plan"))
    );
    assert_eq!(mutations(), 0, "planning writes nothing");
    assert!(!lab.folder.path().join("rack.state.db").exists(), "nor a file that nobody asked for");

    // Nobody is at a terminal: nothing is done without --yes.
    lab.run(&["apply", "plan.json"]).exits(2).complains(&["--yes", "Nothing was done"]);
    lab.run(&["apply", "intent.toml"]).exits(2).complains(&["--yes"]);
    assert_eq!(mutations(), 0);

    let said =
        lab.run(&with(&["apply", "plan.json", "--yes"], &[])).exits(0).says(&["Run 1: all 6 steps done."]);
    said.complains(&["node01", "set boot override to pxe, once: done", "reset, booting from pxe: done"]);
    check_booted(&lab);

    lab.run(&["plan", "intent.toml", "--detailed-exitcode"])
        .exits(0)
        .says(&["Nothing to do.", "as wanted: node01"]);
    lab.run(&["apply", "intent.toml"]).exits(0).says(&["Nothing to do."]);
    assert_eq!(lab.run(&["-o", "json", "apply", "intent.toml"]).exits(0).out.trim(), "[]");
    // The plan that was carried out is stale now, and does nothing.
    let before = mutations();
    lab.run(&with(&["apply", "plan.json", "--yes"], &[])).exits(1).says(&["plan again", "3 blocked"]);
    assert_eq!(mutations(), before);
    check_booted(&lab);

    lab.run(&["run", "list"]).exits(0).says(&["RUN", "bring-up", "succeeded", "failed", "6/6"]);
    let runs = object(&lab.run(&["-o", "json", "run", "list"]).exits(0).out);
    assert_eq!((&runs[0]["state"], &runs[1]["state"]), (&"succeeded".into(), &"failed".into()));
    lab.run(&["run", "show", "1"]).exits(0).says(&[
        "succeeded",
        "accepted by the device",
        "about to be sent",
    ]);
    let shown = object(&lab.run(&["-o", "json", "run", "show", "1"]).exits(0).out);
    assert_eq!(shown["run"]["steps"].as_array().map(Vec::len), Some(6));
    lab.run(&["run", "resume", "1", "--yes"]).exits(0).says(&["has ended: succeeded"]);
    lab.run(&["run", "resume", "2", "--yes"]).exits(1).says(&["has ended: failed"]);
    lab.run(&["run", "show", "3"]).exits(2).complains(&["no run 3"]);
}

#[test]
fn an_intent_is_applied_at_once_and_answers_per_device() {
    let lab = lab();
    let silent = lab.truth("old01");
    silent.go_silent(true);
    let arguments = with(&["--timeout", "6", "-o", "json", "apply", "intent.toml", "--yes"], &[]);
    let said = lab.run(&arguments).exits(1);
    let devices = said.devices();
    assert_eq!(names(&devices), ["node01", "node02", "old01"]);
    assert!(of(&devices, "old01")["error"]["kind"].is_string(), "who did not answer is named");
    for name in ["node01", "node02"] {
        let steps = of(&devices, name)["steps"].as_array().cloned().unwrap_or_default();
        assert!(steps.len() == 2 && steps.iter().all(|step| step["state"] == "done"), "{steps:?}");
    }
    assert_eq!(silent.mutations(), 0);
    silent.go_silent(false);
    let said = lab.run(&with(&["apply", "intent.toml", "--yes"], &[])).exits(0);
    said.says(&["as wanted: node01, node02", "1 machine"]);
    check_booted(&lab);
}

#[test]
fn a_plan_of_another_rack_or_a_changed_one_is_refused() {
    let lab = lab();
    lab.run(&["plan", "intent.toml", "--out", "plan.json"]).exits(0);
    let text = std::fs::read_to_string(lab.folder.path().join("plan.json")).expect("the plan");
    lab.file("changed.json", &text.replace("force_reset", "force_off"));
    lab.run(&["apply", "changed.json", "--yes"]).exits(2).complains(&["changed.json", "was changed"]);
    let other = lab.changed_rack("other.toml", |rack| rack.name = "other".to_owned());
    let mut command = lab.command(&["-r"]);
    command.arg(other).args(["apply", "plan.json", "--yes"]);
    let refused = crate::lab::finish(command);
    // `-r` twice is a usage error, so the rack is given by the environment here.
    assert_eq!(refused.code, Some(2));
    let mut command = crate::lab::underlay(&["apply", "plan.json", "--yes"]);
    command.env("UNDERLAY_RACK", "other.toml").current_dir(lab.folder.path());
    lab.check(crate::lab::finish(command)).exits(2).complains(&["\"lab\"", "\"other\""]);
    assert_eq!(lab.truth("node02").mutations(), 0);
}

#[test]
fn killed_in_the_middle_it_is_resumed_and_does_nothing_twice() {
    for how in ["KILL", "INT"] {
        // A self test of five seconds at this speed.
        let text = rack_of(&[("a", "standard", "on"), ("b", "generic-ipmi", "off")]);
        let lab = Lab::new(&text.replace("post-seconds = 20", "post-seconds = 200"));
        lab.file("intent.toml", INTENT);
        let arguments = with(&["apply", "intent.toml", "--yes"], &[]);
        let mut command = lab.command(&arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        until("both are on their way", || ["a", "b"].iter().all(|name| lab.truth(name).mutations() >= 2));
        signal(&child, how);
        let said = lab.check(wait(child));
        if how == "INT" {
            said.exits(1).says(&["interrupted", "underlay run resume 1"]).complains(&["Stopping"]);
            assert_eq!(
                lab.truth("a").open_sessions() + lab.truth("b").open_sessions(),
                0,
                "logged out all the same"
            );
        } else {
            assert_eq!(said.code, None, "killed: {}", said.err);
        }
        lab.run(&["run", "list"]).exits(0).says(&["executing"]);
        let resume = with(&["run", "resume", "1", "--yes"], &[]);
        lab.run(&resume).exits(0).says(&["Run 1: all 4 steps done."]);
        check_booted(&lab);
        lab.run(&resume).exits(0).says(&["has ended"]);
        check_booted(&lab);
    }
}

#[test]
fn two_at_once_do_not_work_on_one_machine() {
    let text = rack_of(&[("a", "standard", "on")]).replace("post-seconds = 20", "post-seconds = 400");
    let lab = Lab::new(&text);
    lab.file("intent.toml", INTENT);
    let mut command = lab.command(&with(&["apply", "intent.toml", "--yes"], &[]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    until("it is on its way", || lab.truth("a").mutations() >= 2);
    // The same run, by another process; and another run on the same machine.
    lab.run(&["run", "resume", "1", "--yes"])
        .exits(2)
        .complains(&["run 1 is being executed by another process"]);
    lab.file(
        "off.toml",
        "[intent]\nname = \"o\"\n[[profile]]\nname = \"p\"\nselect = \"all\"\npower = \"off\"\n",
    );
    let said = lab.run(&with(&["apply", "off.toml", "--yes"], &[])).exits(2);
    said.complains(&["run 2 stopped: a is held by run 1", "run resume 2"]);
    lab.check(wait(child)).exits(0);
    check_booted(&lab);
}

#[test]
fn a_cable_that_is_pulled_in_the_middle_fails_that_machine_alone() {
    let lab = lab();
    lab.run(&["plan", "intent.toml", "--out", "plan.json"]).exits(0);
    lab.running.plant().set_outlet("pdu", 2, false).expect("node02's cord");
    let said = lab.run(&with(&["--timeout", "2", "apply", "plan.json", "--yes"], &[])).exits(1);
    said.says(&["Run 1:", "failed", "node02 step", "blocked"]);
    for name in ["node01", "old01"] {
        assert_eq!(lab.truth(name).last_boot_source(), Some(BootTarget::Pxe), "{name} goes its way");
    }
}
