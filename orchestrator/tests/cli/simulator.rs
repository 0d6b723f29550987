//! `sim run` as a process of its own, and the demonstration.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use underlay_hal::PowerState;

use crate::lab::{finish, fixture, names, of, run, signal, underlay, wait};

/// A simulator in the foreground; stopped by its process id when the test ends, however it ends.
struct Foreground {
    child: Option<Child>,
    folder: tempfile::TempDir,
}

impl Foreground {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("running.toml");
        let mut command = underlay(&["sim", "run"]);
        command.args(arguments).arg("--rack-out").arg(&out);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line == "ready");
        assert!(ready, "it ended before it was ready");
        Self { child: Some(child), folder }
    }

    fn json(&self, arguments: &[&str]) -> (Option<i32>, Vec<serde_json::Value>) {
        let mut command = underlay(&["-o", "json"]);
        command.args(arguments).env("UNDERLAY_RACK", self.folder.path().join("running.toml"));
        let said = finish(command);
        (said.code, said.devices())
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_rack_in_the_foreground_is_ready_when_it_says_so_and_stops_when_it_is_told() {
    for how in ["INT", "TERM"] {
        let mixed = fixture("racks/mixed.toml");
        let mut sim = Foreground::new(&[&mixed.to_string_lossy(), "--seed", "5", "--time-scale", "10"]);
        let (code, devices) = sim.json(&["power", "status"]);
        assert_eq!(code, Some(0), "{devices:?}");
        assert_eq!(devices.len(), 16);
        assert_eq!(of(&devices, "node02")["power"], PowerState::On.as_str());
        let (code, devices) = sim.json(&["power", "on", "tag:legacy", "--wait"]);
        assert_eq!((code, names(&devices)), (Some(0), vec!["old01"]));
        let child = sim.child.take().expect("it runs");
        signal(&child, how);
        wait(child).exits(0);
        let (code, devices) = sim.json(&["--timeout", "2", "power", "status", "node02"]);
        assert_eq!(
            (code, devices[0]["error"]["effect"].as_str()),
            (Some(1), Some("none")),
            "nobody is there"
        );
    }
}

#[test]
fn the_demonstration_needs_nothing_and_goes_well() {
    let said = run(&["demo"]).exits(0);
    let said = said.says(&["Planning changed nothing", "5 boots", "Nothing to do.", "All well in"]);
    assert_eq!(
        said.out.matches("agree").count(),
        5,
        "every machine, by each of its protocols:\n{}",
        said.out
    );
    assert!(!said.out.contains("WRONG"));
}
