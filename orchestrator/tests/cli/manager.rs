//! `underlay bmc`, `inventory`, `identify`.

use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of};

#[test]
fn a_controller_is_shown_and_restarted() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    lab.run(&["bmc", "show"]).exits(0).says(&["firmware", "host name", "protocol https"]);
    let (code, shown) = lab.json(&["bmc", "show"]);
    assert_eq!(code, Some(0));
    assert!(of(&shown, "node01")["info"]["firmware_version"].is_string());
    lab.run(&["bmc", "reset", "node01", "--wait=120"]).exits(0).says(&["made", "it answers again"]);
    assert_eq!((truth.manager_resets(), truth.boots()), (1, 0));
    lab.run(&["bmc", "show"]).exits(0);
    // What may cut the road asks first; a command that says nothing is a mistake.
    lab.run(&["bmc", "set", "node01", "--off", "https"])
        .exits(2)
        .complains(&["https is turned off", "--yes"]);
    lab.run(&["bmc", "set", "node01"]).exits(2).complains(&["nothing to set"]);
    lab.run(&["bmc", "set", "node01", "--ipv4", "300.1.1.1/24"]).exits(2).complains(&["dhcp, or such as"]);
    lab.run(&["bmc", "set", "node01", "--vlan", "5000"]).exits(2).complains(&["1 to 4094"]);
    lab.run(&["bmc", "show"]).exits(0);
}

#[test]
fn parts_are_listed_one_in_each_line() {
    let lab = Lab::new(&rack_of(&[("node01", "dell-idrac9", "on"), ("old01", "generic-ipmi", "on")]));
    let some = lab.run(&["inventory", "node01"]).exits(0);
    let some = some.says(&["PART", "processor", "memory", "nic", "drive", "psu", "32 GiB"]);
    assert!(!some.out.contains("firmware  "), "{}", some.out);
    let full = lab.run(&["inventory", "node01", "--full"]).exits(0);
    full.says(&["adapter", "port", "firmware", "power"]);
    let (code, parts) = lab.json(&["inventory", "--full"]);
    assert_eq!(code, Some(0));
    let node = of(&parts, "node01");
    let drives = lab.truth("node01").raid().expect("storage").drives().len();
    assert_eq!(node["hardware"]["drives"].as_array().map(Vec::len), Some(drives));
    assert_eq!(node["raid"]["drives"].as_array().map(Vec::len), Some(drives));
    assert!(of(&parts, "old01")["hardware"].is_object() && of(&parts, "old01").get("raid").is_none());
    assert_eq!(lab.truth("node01").mutations(), 0);
}

#[test]
fn the_light_is_looked_at_and_turned_on() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    let lit = || truth.identify().expect("a light").is_lit();
    lab.run(&["identify", "all"]).exits(0).says(&["LIGHT", "off"]);
    lab.run(&["identify", "node01", "on"]).exits(0).says(&["made"]);
    assert!(lit());
    lab.run(&["identify", "all"]).exits(0).says(&["on"]);
    lab.run(&["identify", "node01", "on"]).exits(0).says(&["already so"]);
    lab.run(&["identify", "node01", "off"]).exits(0).says(&["made"]);
    assert!(!lit());
    lab.run(&["meter"]).exits(0).says(&["NOW", "W"]);
}
