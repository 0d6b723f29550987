//! Switches and cables: what the rack file declares is held against what is seen.

use crate::lab::{Lab, of};

/// One switch with two machines at it, one of them off, and a unit of power.
fn a_switch() -> String {
    let node = |name: &str, state: &str, number: u32| {
        format!(
            "[[device]]\nname = \"{name}\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
             state = \"{state}\"\npower = [{{ pdu = \"pdu-a\", outlet = {number} }}]\n\
             nics = [{{ name = \"eth0\", mac = \"02:00:00:00:00:0{number}\", switch = \"leaf1\", port = {number} }}]\n\
             ipmi = {{}}\n"
        )
    };
    let head = "[rack]\nname = \"lab\"\nseed = 3\n\
                [credentials.bmc]\nusername = \"operator\"\npassword = { generated = true }\n\
                [[pdu]]\nname = \"pdu-a\"\noutlets = 8\ncredential = \"bmc\"\nsnmp = {}\n\
                [[switch]]\nname = \"leaf1\"\nports = 12\ncredential = \"bmc\"\nsnmp = { version = \"3\" }\n";
    [head.to_owned(), node("node01", "on", 3), node("node02", "off", 4)].concat()
}

#[test]
fn a_switch_is_shown_with_its_ports_and_who_is_at_them() {
    let lab = Lab::new(&a_switch());
    lab.run(&["switch", "show"]).exits(0).says(&["leaf1", "Contoso", "CS-48"]);
    let (code, switches) = lab.json(&["switch", "ports"]);
    let ports = of(&switches, "leaf1")["ports"].as_array().expect("ports").clone();
    assert_eq!((code, ports.len()), (Some(0), 12));
    let up: Vec<_> = ports.iter().filter(|port| port["status"] == "up").map(|port| &port["cabled"]).collect();
    assert_eq!(up, ["node01 eth0"]);
    lab.run(&["switch", "neighbors"]).exits(0).says(&["Ethernet3", "node01", "eth0"]);
    lab.run(&["switch", "macs", "all"]).exits(0).says(&["02:00:00:00:00:03", "Ethernet3"]);
    lab.run(&["switch", "vlans"]).exits(0).says(&["default", "Ethernet12"]);
    lab.run(&["switch", "show", "node01"]).exits(1).complains(&["no switch"]);
}

#[test]
fn cables_are_confirmed_declared_or_contradicted() {
    let lab = Lab::new(&a_switch());
    lab.run(&["topology"]).exits(0).says(&[
        "leaf1 port 3",
        "confirmed",
        "by LLDP",
        "pdu-a outlet 3",
        "the outlet is on",
    ]);
    let standing = |name: &str| {
        let (_, machines) = lab.json(&["topology"]);
        of(&machines, name)["cables"].as_array().expect("cables")[1]["standing"].clone()
    };
    assert_eq!((standing("node01"), standing("node02")), ("confirmed".into(), "declared".into()));
    // The rack file is wrong about two ports, and the switch says so.
    let text = std::fs::read_to_string(&lab.rack).expect("the rack file");
    let swapped = text
        .replace("port = 3", "port = 99x")
        .replace("port = 4", "port = 3")
        .replace("port = 99x", "port = 4");
    assert_ne!(text, swapped);
    std::fs::write(&lab.rack, swapped).expect("written");
    lab.run(&["topology"]).exits(0).says(&[
        "CONTRADICTED",
        "LLDP hears node01",
        "its address is at Ethernet3",
    ]);
}
