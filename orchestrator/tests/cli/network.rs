//! Switches that are configured: what would be sent, what is changed, and what undoes itself.

use crate::lab::{Lab, of};

fn two_switches() -> String {
    "[rack]\nname = \"lab\"\nseed = 3\n\
     [credentials.net]\nusername = \"admin\"\npassword = { generated = true }\n\
     [[switch]]\nname = \"tor1\"\nports = 8\npersona = \"arista-eos\"\ncredential = \"net\"\nssh = {}\nsnmp = {}\nuplinks = [\"8\"]\n\
     [[switch]]\nname = \"mgmt1\"\nports = 8\npersona = \"cisco-ios\"\ncredential = \"net\"\nssh = {}\n\
     [[device]]\nname = \"node01\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"net\"\nipmi = {}\n\
     nics = [{ name = \"eth0\", switch = \"tor1\", port = 1 }]\n"
        .to_owned()
}

fn vlan(lab: &Lab, switch: &str, port: u32) -> Option<u16> {
    lab.running.plant().switch_running(switch).expect("a switch").untagged(port)
}

#[test]
fn a_dry_run_shows_the_lines_and_sends_nothing() {
    let lab = Lab::new(&two_switches());
    lab.run(&["vlan", "add", "tor1", "10", "--name", "blue", "--dry-run"]).exits(0).says(&[
        "would be made",
        "vlan 10",
        "name blue",
    ]);
    assert_eq!(lab.running.plant().switch_mutations("tor1"), 0);
    lab.run(&["vlan", "add", "all", "10", "--name", "blue"]).exits(0).says(&["tor1", "mgmt1", "made"]);
    lab.run(&["port", "set", "node01:eth0", "mgmt1:3", "--vlan", "10", "--dry-run"]).exits(0).says(&[
        "interface Ethernet1",
        "interface GigabitEthernet1/0/3",
        "switchport access vlan 10",
    ]);
    assert_eq!((vlan(&lab, "tor1", 1), vlan(&lab, "mgmt1", 3)), (Some(1), Some(1)));
    lab.run(&["port", "set", "node01:eth0", "mgmt1:3", "--vlan", "10"]).exits(0).says(&["made"]);
    assert_eq!((vlan(&lab, "tor1", 1), vlan(&lab, "mgmt1", 3)), (Some(10), Some(10)));
    lab.run(&["port", "set", "node01:eth0", "--vlan", "10"]).exits(0).says(&["already so"]);
    // Both roads to the switch tell it.
    let (code, answers) = lab.json(&["switch", "vlans", "tor1"]);
    assert_eq!(code, Some(0));
    let vlans = of(&answers, "tor1")["vlans"].as_array().expect("a list").clone();
    assert_eq!(vlans.iter().find(|vlan| vlan["id"] == 10).expect("it")["untagged"][0], "Ethernet1");
    lab.run(&["switch", "config", "show", "mgmt1"]).exits(0).says(&["GigabitEthernet1/0/3", "access 10"]);
    lab.run(&["switch", "config", "diff", "tor1"])
        .exits(0)
        .says(&["interface Ethernet1", "switchport access vlan 10"]);
    lab.run(&["switch", "save", "tor1"]).exits(0).says(&["made"]);
    lab.run(&["switch", "config", "diff", "tor1"]).exits(0).says(&["a restart would change nothing"]);
}

#[test]
fn what_is_wrong_is_told_with_what_there_is() {
    let lab = Lab::new(&two_switches());
    lab.run(&["port", "set", "tor1:99", "--up"]).exits(1).complains(&["there is no port 99", "Ethernet1"]);
    lab.run(&["port", "set", "node01:eth7", "--up"]).exits(2).complains(&["it has eth0"]);
    lab.run(&["port", "set", "tor9:1", "--up"]).exits(2).complains(&["tor1, mgmt1"]);
    lab.run(&["port", "set", "tor1:1"]).exits(2).complains(&["nothing is to be changed"]);
    lab.run(&["port", "set", "tor1:1", "--trunk", "10-5"]).exits(2).complains(&["no VLAN and no range"]);
    lab.run(&["port", "set", "tor1:1", "--vlan", "10"]).exits(1).complains(&["needs VLAN 10", "add it"]);
    assert_eq!(lab.running.plant().switch_mutations("tor1"), 0);
}

#[test]
fn a_way_to_management_is_cut_only_if_it_undoes_itself() {
    let lab = Lab::new(&two_switches());
    let down = ["port", "set", "tor1:8", "--down"];
    lab.run(&[&down[..], &["--yes"]].concat()).exits(1).complains(&["the management of tor1", "undoes it"]);
    assert_eq!(lab.running.plant().switch_mutations("tor1"), 0);
    lab.run(&[&down[..], &["--yes", "--confirm", "90s"]].concat()).exits(0).says(&["undone in 90 s"]);
    assert!(!lab.running.plant().switch_running("tor1").expect("a switch").ports[&8].enabled);
    lab.run(&["switch", "rollback", "tor1"]).exits(0).says(&["made"]);
    assert!(lab.running.plant().switch_running("tor1").expect("a switch").ports[&8].enabled);
    lab.run(&["switch", "confirm", "tor1"]).exits(0).says(&["already so"]);
    // The control: nobody's way is just turned off.
    lab.run(&["port", "set", "tor1:7", "--down"]).exits(0).says(&["made"]);
}

#[test]
fn a_group_has_the_members_that_are_named_and_no_others() {
    let lab = Lab::new(&two_switches());
    let members = |switch: &str| -> Vec<(u32, u16)> {
        let setup = lab.running.plant().switch_running(switch).expect("a switch");
        setup.ports.iter().filter_map(|(number, port)| Some((*number, port.lag?.group))).collect()
    };
    lab.run(&["lag", "set", "tor1", "3", "5", "Ethernet6", "--dry-run"])
        .exits(0)
        .says(&["interface Ethernet5", "channel-group 3 mode active"]);
    assert_eq!(members("tor1"), []);
    lab.run(&["lag", "set", "tor1", "3", "5", "Ethernet6"]).exits(0).says(&["made"]);
    assert_eq!(members("tor1"), [(5, 3), (6, 3)]);
    lab.run(&["lag", "set", "tor1", "4", "2"]).exits(0).says(&["made"]);
    // One leaves, one comes; the other group stays as it is.
    lab.run(&["lag", "set", "tor1", "3", "6", "7", "--mode", "static"]).exits(0).says(&["made"]);
    assert_eq!(members("tor1"), [(2, 4), (6, 3), (7, 3)]);
    lab.run(&["lag", "set", "tor1", "3", "6", "7", "--mode", "static"]).exits(0).says(&["already so"]);
    lab.run(&["lag", "set", "tor1", "3", "--none"]).exits(0).says(&["made"]);
    assert_eq!(members("tor1"), [(2, 4)]);
    lab.run(&["lag", "set", "tor1", "3"]).exits(2).complains(&["PORTS"]);
    lab.run(&["lag", "set", "tor1", "3", "99"]).exits(1).complains(&["there is no port 99"]);
    lab.run(&["lag", "set", "tor9", "3", "5"]).exits(2).complains(&["tor9"]);
    assert_eq!(members("mgmt1"), []);
}

/// A number in a rack file is the one that the port's name ends with, on every platform.
#[test]
fn a_machine_s_port_is_the_one_that_it_is_cabled_to() {
    for (persona, name) in [("cisco-nxos", "Ethernet1/1"), ("juniper-junos", "ge-0/0/1")] {
        let rack = two_switches().replace("\"arista-eos\"", &format!("\"{persona}\""));
        let lab = Lab::new(&rack.replace("snmp = {}\n", ""));
        lab.run(&["vlan", "add", "tor1", "10", "--name", "blue"]).exits(0).says(&["made"]);
        lab.run(&["port", "set", "node01:eth0", "--vlan", "10", "--dry-run"]).exits(0).says(&[name]);
        lab.run(&["port", "set", "node01:eth0", "--vlan", "10"]).exits(0).says(&["made"]);
        assert_eq!((vlan(&lab, "tor1", 1), vlan(&lab, "tor1", 2)), (Some(10), Some(1)), "{persona}");
        lab.run(&["switch", "neighbors", "tor1"]).exits(0).says(&[name, "node01"]);
    }
}
