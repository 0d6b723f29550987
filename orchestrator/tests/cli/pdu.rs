//! Units of power: what hangs on an outlet is told before it dies, and dies with it.

use underlay_hal::PowerState;
use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, until};

/// Two units on two feeds: `node01` hangs on both, `node02` on the first alone.
fn two_units() -> String {
    let unit = |name: &str, persona: &str| {
        format!(
            "[[pdu]]\nname = \"{name}\"\nfeed = \"feed\"\noutlets = 8\npersona = \"{persona}\"\n\
             credential = \"power\"\nsnmp = {{}}\n"
        )
    };
    let node = |name: &str, power: &str| {
        format!(
            "[[device]]\nname = \"{name}\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
             state = \"on\"\npower = [{power}]\nipmi = {{}}\n"
        )
    };
    let head = "[rack]\nname = \"lab\"\nseed = 3\n[simulation]\nbmc-boot-seconds = 10\n\
                [credentials.bmc]\nusername = \"operator\"\npassword = { generated = true }\n\
                [credentials.power]\nusername = \"operator\"\npassword = { generated = true }\n\
                [[feed]]\nname = \"feed\"\n";
    [
        head.to_owned(),
        unit("pdu-a", "apc-rpdu2"),
        unit("pdu-b", "eaton-epdu"),
        "[[pdu]]\nname = \"dumb\"\noutlets = 4\n".to_owned(),
        node("node01", "{ pdu = \"pdu-a\", outlet = 1 }, { pdu = \"pdu-b\", outlet = 1 }"),
        node("node02", "{ pdu = \"pdu-a\", outlet = 2 }"),
    ]
    .concat()
}

fn on(lab: &Lab, pdu: &str, outlet: usize) -> bool {
    lab.running.agent_truth(pdu).as_ref().and_then(|truth| truth.pdu()).expect("a unit").outlets()[outlet - 1]
        .on
}

#[test]
fn outlets_are_shown_with_what_the_rack_file_says_hangs_on_them() {
    let lab = Lab::new(&two_units());
    lab.run(&["pdu", "show"]).exits(0).says(&[
        "pdu-a",
        "pdu-b",
        "Outlet 1",
        "node01 (supply 1 of 2)",
        "node02 (supply 1 of 1)",
    ]);
    let (code, units) = lab.json(&["outlet", "status", "node01"]);
    assert_eq!((code, units.len()), (Some(0), 2), "it hangs on two: {units:?}");
    let outlet = &of(&units, "pdu-b")["outlets"][0];
    assert_eq!((&outlet["id"], &outlet["state"]), (&"1".into(), &"on".into()));
    assert_eq!(outlet["feeds"][0], "node01 (supply 2 of 2)");
    lab.run(&["pdu", "meter", "pdu-a"]).exits(0).says(&["inlet 1", "outlet 1", " W", " A"]);
}

#[test]
fn what_dies_is_said_first_and_nothing_is_done_without_an_answer() {
    let lab = Lab::new(&two_units());
    let refused = lab.run(&["outlet", "off", "pdu-a:1", "pdu-a:2"]);
    let refused =
        refused.exits(2).complains(&["node01 loses supply 1 of 2 and goes on", "node02", "goes off"]);
    assert!(refused.out.is_empty(), "{}", refused.out);
    assert!(on(&lab, "pdu-a", 1) && on(&lab, "pdu-a", 2));
}

#[test]
fn a_machine_without_its_outlets_is_silent_and_comes_back_with_them() {
    let lab = Lab::new(&two_units());
    // One of two: it goes on.
    lab.run(&["outlet", "off", "pdu-a:1", "--yes"]).exits(0).says(&["pdu-a", "made"]);
    assert_eq!(lab.truth("node01").power(), PowerState::On);
    lab.run(&["outlet", "off", "pdu-a:1", "--yes"]).exits(0).says(&["already so"]);
    // Every one that feeds it.
    lab.run(&["outlet", "off", "node01", "--yes"]).exits(0).says(&["pdu-a", "pdu-b"]);
    assert!(!on(&lab, "pdu-a", 1) && !on(&lab, "pdu-b", 1) && on(&lab, "pdu-a", 2));
    lab.run(&["--timeout", "3", "power", "status", "node01"]).exits(1);
    lab.run(&["outlet", "on", "node01"]).exits(0).says(&["made"]);
    until("the controller answers again", || lab.run(&["power", "status", "node01"]).code == Some(0));
    lab.run(&["outlet", "cycle", "node02", "--yes"]).exits(0).says(&["made"]);
    assert!(on(&lab, "pdu-a", 2));
}

#[test]
fn names_delays_and_misspelt_outlets() {
    let lab = Lab::new(&two_units());
    lab.run(&["outlet", "label", "pdu-b:3", "spare 3"]).exits(0).says(&["made"]);
    lab.run(&["outlet", "status", "pdu-b:3"]).exits(0).says(&["spare 3"]);
    // Only the one family takes seconds with the request.
    lab.run(&["outlet", "off", "pdu-b:3", "--after", "3600", "--yes"]).exits(0).says(&["made"]);
    lab.run(&["outlet", "status", "pdu-b:3"]).exits(0).says(&["pending off"]);
    lab.run(&["outlet", "cancel", "pdu-b:3"]).exits(0).says(&["made"]);
    assert!(on(&lab, "pdu-b", 3));
    lab.run(&["outlet", "off", "pdu-a:3", "--after", "3600", "--yes"]).exits(1).complains(&["not supported"]);

    lab.run(&["outlet", "off", "pdu-a:99", "--yes"]).exits(1).complains(&["no outlet 99", "1, 2, 3"]);
    lab.run(&["outlet", "off", "pdu-c:1", "--yes"]).exits(2).complains(&["pdu-c", "pdu-a"]);
    lab.run(&["outlet", "off", "dumb:1", "--yes"]).exits(2).complains(&["dumb", "snmp"]);
    lab.run(&["outlet", "off", "pdu-a:one", "--yes"]).exits(2).complains(&["number"]);
    lab.run(&["pdu", "show", "node01"]).exits(1).complains(&["no unit of power"]);
    // Commands about machines leave units of power alone, unless they are named.
    let (_, machines) = lab.json(&["power", "status"]);
    assert_eq!(machines.len(), 2, "{machines:?}");
    lab.run(&["probe"]).exits(0).says(&["node01", "pdu-a", "snmp", "APC"]);
}
