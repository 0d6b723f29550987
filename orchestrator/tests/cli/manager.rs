//! `underlay bmc`, `inventory`, `identify`.

use underlay_hal::PowerState;
use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of, until};

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

#[test]
fn an_enclosure_shows_its_slots_and_switches_each() {
    let lab = Lab::new(&rack_of(&[("quad01", "standard-quad", "on"), ("node01", "standard", "on")]));
    let truth = lab.truth("quad01");
    let machines = || truth.chassis().expect("an enclosure").machines();
    let slots: Vec<_> = machines().into_iter().map(|(slot, _)| slot.to_string()).collect();
    assert_eq!(slots.len(), 4);
    let shown = lab.run(&["chassis", "show", "quad01"]).exits(0).says(&["SLOT", "machine", "on"]);
    slots.iter().for_each(|slot| assert!(shown.out.contains(slot.as_str()), "{slot}: {}", shown.out));
    let (code, shown) = lab.json(&["chassis", "show", "quad01"]);
    assert_eq!(code, Some(0));
    let rows = of(&shown, "quad01")["slots"].as_array().expect("slots").clone();
    let machine = |row: &&serde_json::Value| row["kind"] == "compute";
    assert_eq!(rows.iter().filter(machine).count(), 4, "{rows:?}");

    lab.run(&["chassis", "power", "quad01", &slots[2], "off"]).exits(0).says(&[&slots[2], "made"]);
    until("the third machine is off and the others are on", || {
        let on = |(_, power)| power == PowerState::On;
        machines().into_iter().map(on).eq([true, true, false, true])
    });
    lab.run(&["chassis", "show", "quad01"]).exits(0).says(&["off"]);
    // A misspelt slot, and a machine that is no enclosure.
    let mutations = truth.mutations();
    lab.run(&["chassis", "power", "quad01", "Node9", "off"]).exits(1).complains(&["Node9", &slots[0]]);
    assert_eq!(truth.mutations(), mutations);
    lab.run(&["chassis", "show", "node01"]).exits(1).complains(&["one machine", "underlay power"]);
    lab.run(&["chassis", "power", "quad01", &slots[0], "explode"]).exits(2).complains(&["explode", "cycle"]);
}
