//! `underlay raid`: what is lost is named before it is lost.

use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of, until};

fn one() -> Lab {
    Lab::new(&rack_of(&[("node01", "standard", "on")]))
}

fn volumes(lab: &Lab) -> usize {
    lab.truth("node01").raid().expect("storage").volumes().len()
}

#[test]
fn a_volume_is_made_shown_and_deleted() {
    let lab = one();
    lab.run(&["raid", "show"]).exits(0).says(&["controller", "drive", "960.0 GB", "free"]);
    let create = ["raid", "create", "node01", "--level", "raid1", "--count", "2", "--name", "system"];
    // Nobody is there to answer: the drives are named, and nothing is done.
    let refused = lab.run(&create).exits(2);
    refused.complains(&["What is lost:", "node01: what is on drive", "serial", "raid1", "--yes"]);
    assert_eq!((volumes(&lab), lab.truth("node01").mutations()), (0, 0));

    lab.run(&[&create[..], &["--yes", "--wait"]].concat()).exits(0).says(&["system: raid1 of", "made"]);
    assert_eq!(volumes(&lab), 1);
    let (_, shown) = lab.json(&["raid", "show"]);
    let volume = &of(&shown, "node01")["volumes"][0];
    assert_eq!((&volume["name"], &volume["level"]), (&"system".into(), &"raid1".into()));
    let bytes = volume["capacity_bytes"].as_u64().expect("a size");
    lab.run(&["raid", "show"]).exits(0).says(&["\"system\"", "in a volume"]);

    lab.run(&["raid", "delete", "node01", "system"]).exits(2).complains(&[
        "volume \"system\" (raid1",
        &format!("{bytes} bytes"),
        "Nothing was done",
    ]);
    assert_eq!(volumes(&lab), 1);
    lab.run(&["raid", "delete", "node01", "system", "--yes", "--wait"]).exits(0).says(&["system", "made"]);
    until("it is gone", || volumes(&lab) == 0);
    lab.run(&["raid", "delete", "node01", "--all", "--yes"]).exits(0).says(&["already so"]);
}

#[test]
fn what_cannot_be_made_is_refused_with_what_there_is() {
    let lab = one();
    let create = |words: &[&str]| lab.run(&[&["raid", "create", "node01", "--yes"], words].concat());
    create(&["--level", "raid1", "--count", "40"]).exits(1).complains(&["no 40 free drives", "free are"]);
    create(&["--level", "raid1", "--drives", "Drive1,Drive99"]).exits(1).complains(&["no drive `Drive99`"]);
    create(&["--level", "raid1", "--drives", "Drive1"]).exits(1).complains(&["invalid_input", "at least 2"]);
    create(&["--level", "raid7", "--count", "2"]).exits(2).complains(&["raid7"]);
    create(&["--level", "raid1"]).exits(2).complains(&["--drives"]);
    lab.run(&["raid", "delete", "node01", "nothing", "--yes"]).exits(1).complains(&["no volume `nothing`"]);
    assert_eq!((volumes(&lab), lab.truth("node01").mutations()), (0, 0));
}

#[test]
fn a_device_without_it_is_told_and_the_others_are_served() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on"), ("old01", "generic-ipmi", "on")]));
    let (code, answers) = lab.json(&["raid", "show"]);
    assert_eq!(code, Some(1));
    assert_eq!(of(&answers, "old01")["error"]["kind"], "unsupported");
    assert!(of(&answers, "node01")["drives"].is_array());
}
