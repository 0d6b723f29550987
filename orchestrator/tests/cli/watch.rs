//! `underlay task` and `underlay events`.

use std::process::Stdio;

use underlay_simulators::Truth as _;

use crate::lab::{Lab, Said, of, rack_of, until, wait};

#[test]
fn a_task_is_listed_followed_and_cancelled() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    // Forty seconds of the machine are one of ours.
    let word = truth.tasks().expect("tasks").start(120.0);
    let (code, listed) = lab.json(&["task", "list"]);
    let tasks = of(&listed, "node01")["tasks"].as_array().expect("tasks").clone();
    assert_eq!((code, tasks.len()), (Some(0), 1), "{tasks:?}");
    assert_eq!(tasks[0]["state"], "running");
    let id = tasks[0]["id"].as_str().expect("an id").to_owned();
    let short = id.rsplit('/').next().expect("a last part").to_owned();
    lab.run(&["task", "watch", "node01", &short]).exits(0).says(&[&id, "succeeded"]);
    assert!(!truth.tasks().expect("tasks").is_running(&word));

    let other = truth.tasks().expect("tasks").start(100_000.0);
    let (_, listed) = lab.json(&["task", "list"]);
    let tasks = of(&listed, "node01")["tasks"].as_array().expect("tasks").clone();
    let running = tasks.iter().find(|task| task["state"] == "running").expect("the new one");
    // Following ends by its limit, and the task goes on.
    let id = running["id"].as_str().expect("an id");
    lab.run(&["task", "watch", "node01", id, "--limit", "1"]).exits(1).complains(&["it may have happened"]);
    assert!(truth.tasks().expect("tasks").is_running(&other));
    lab.run(&["task", "cancel", "node01", id]).exits(0).says(&["made"]);
    assert!(!truth.tasks().expect("tasks").is_running(&other));
    lab.run(&["task", "watch", "node01", "no-such-task", "--limit", "40"]).exits(0).says(&["forgotten"]);
}

/// A command that is left running; its output is a pipe.
fn started(lab: &Lab, arguments: &[&str]) -> std::process::Child {
    let mut command = lab.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

/// The lines of a watch for programs.
fn lines(said: &Said) -> Vec<serde_json::Value> {
    said.out.lines().map(|line| serde_json::from_str(line).expect("an object in each line")).collect()
}

#[test]
fn events_are_read_from_the_stream_over_a_break() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on"), ("node02", "supermicro", "on")]));
    let truth = lab.truth("node01");
    let events = || truth.events().expect("events");
    let child = started(&lab, &["-o", "json", "events", "watch", "node01", "--count", "2"]);
    until("the stream is open", || events().streams() == 1);
    lab.run(&["events", "test", "node01"]).exits(0).says(&["made"]);
    events().cut_streams();
    until("the stream is open again", || events().streams() == 1);
    lab.run(&["events", "test", "node01"]).exits(0);
    let said = lab.check(wait(child)).exits(0);
    let told = lines(&said);
    assert!(told.iter().all(|line| line["device"] == "node01"), "{told:?}");
    let texts = told.iter().filter(|line| line["text"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(texts.count(), 2, "{told:?}");
    // Their numbers follow each other: nothing was missed over the break, and so no gap is told.
    assert!(told.iter().all(|line| line.get("gap").is_none()), "{told:?}");
    until("the stream is closed", || events().streams() == 0);

    // Nothing happens: the limit ends it. A device without a stream says what to do.
    let quiet = lab.run(&["events", "watch", "node01", "--limit", "2"]).exits(0);
    assert_eq!(quiet.out, "", "no event, and no gap");
    lab.run(&["events", "watch", "node02"]).exits(1).complains(&["no stream", "--listen"]);
}

#[test]
fn events_are_pushed_to_a_listener_that_leaves_nothing_behind() {
    let lab = Lab::new(&rack_of(&[("node01", "supermicro", "on"), ("old01", "generic-ipmi", "on")]));
    let truth = lab.truth("node01");
    let subscribed = || truth.events().expect("events").subscriptions();
    let listen = ["--listen", "127.0.0.1:0", "--plain", "--count", "1"];
    let child = started(&lab, &[&["events", "watch", "node01"], &listen[..]].concat());
    until("the controller knows the receiver", || subscribed() == 1);
    lab.run(&["events", "subscriptions", "node01"]).exits(0).says(&["127.0.0.1", "node01"]);
    lab.run(&["events", "test", "node01"]).exits(0);
    let said = lab.check(wait(child)).exits(0).says(&["node01"]);
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    assert_eq!(subscribed(), 0);
    // A device that sends no events is no reason to wait for ever.
    lab.run(&[&["events", "watch", "old01"], &listen[..]].concat()).exits(1).complains(&["old01"]);
    lab.run(&["events", "watch", "node01", "--listen", "0.0.0.0:0", "--plain"])
        .exits(2)
        .complains(&["--listen", "the controllers reach"]);
    assert_eq!(subscribed(), 0);
}
