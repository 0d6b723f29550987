//! `underlay task` and `underlay events`.

use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of};

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
