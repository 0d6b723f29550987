//! What is printed. Pure: values in, text out. The platform of statements prints its own.

use std::fmt::Write as _;

use underlay_hal::{LagMode, VlanSet};

use super::model::{Dialect, Model};
use crate::plant::{PortSetup, PortView, SwitchSetup};

/// A line; writing to a text cannot fail.
macro_rules! line {
    ($text:expr, $($format:tt)*) => {
        {
            let _ = writeln!($text, $($format)*);
        }
    };
}

/// The longest list of VLANs on one line.
const LIST: usize = 60;

/// A configuration as it is written down.
pub(crate) fn configuration(model: &Model, name: &str, setup: &SwitchSetup) -> String {
    let mut text = String::new();
    let space = " ".repeat(model.indent);
    let end = if model.dialect == Dialect::Nxos { "" } else { "!" };
    match model.dialect {
        Dialect::Junos => return super::junos::statements(model, name, setup),
        Dialect::Eos => {
            line!(text, "! device: {name} ({}, EOS-{})\n!\nhostname {name}\n!", model.model, model.software);
        }
        Dialect::Ios => {
            line!(text, "!\nversion 16.12\nservice timestamps log datetime msec\n!\nhostname {name}\n!");
        }
        Dialect::Nxos => {
            let version = model.software;
            line!(
                text,
                "version {version} Bios:version 01.11\nhostname {name}\nfeature lacp\nfeature lldp\n"
            );
            let all: VlanSet = setup.vlans.keys().copied().collect();
            line!(text, "vlan {all}");
        }
    }
    // On one of them a list says which there are, and only those with a name have a block.
    let listed = model.dialect == Dialect::Nxos;
    let is_told = |vlan: u16, named: bool| named || (vlan != 1 && !listed);
    for (vlan, title) in setup.vlans.iter().filter(|(vlan, title)| is_told(**vlan, title.is_some())) {
        line!(text, "vlan {vlan}");
        if let Some(title) = title {
            line!(text, "{space}name {title}");
        }
        line!(text, "{end}");
    }
    for (number, group) in &setup.groups {
        interface(model, &model.group_name(*number), group, &mut text);
    }
    for (number, port) in &setup.ports {
        interface(model, &model.port_name(*number), port, &mut text);
    }
    match model.dialect {
        Dialect::Eos => line!(text, "interface Management1\n{space}no ip address\n!\nend"),
        Dialect::Ios => line!(text, "interface Vlan1\n{space}no ip address\n!\nend"),
        Dialect::Junos => {}
        Dialect::Nxos => line!(text, "interface mgmt0\n{space}vrf member management\nline console\nline vty"),
    }
    text
}

/// One interface as it is written down.
fn interface(model: &Model, name: &str, port: &PortSetup, text: &mut String) {
    let space = " ".repeat(model.indent);
    let end = if model.dialect == Dialect::Nxos { "" } else { "!" };
    line!(text, "interface {name}");
    if let Some(description) = &port.description {
        line!(text, "{space}description {description}");
    }
    if let Some(mtu) = port.mtu {
        line!(text, "{space}mtu {mtu}");
    }
    if port.routed {
        line!(text, "{space}no switchport");
    }
    if port.access != 1 {
        line!(text, "{space}switchport access vlan {}", port.access);
    }
    match port.native {
        Some(1) => {}
        Some(native) => line!(text, "{space}switchport trunk native vlan {native}"),
        None => line!(text, "{space}switchport trunk native vlan tag"),
    }
    if !port.allowed.is_all() {
        let lists = if port.allowed.is_empty() { vec!["none".to_owned()] } else { port.allowed.lists(LIST) };
        for (at, list) in lists.iter().enumerate() {
            let add = if at == 0 { "" } else { "add " };
            line!(text, "{space}switchport trunk allowed vlan {add}{list}");
        }
    }
    if port.trunk {
        line!(text, "{space}switchport mode trunk");
    }
    if let Some(lag) = port.lag {
        let mode = match lag.mode {
            LagMode::Active => "active",
            LagMode::Passive => "passive",
            LagMode::Static => "on",
        };
        line!(text, "{space}channel-group {} mode {mode}", lag.group);
    }
    if port.edge {
        let edge = match (model.dialect, port.trunk) {
            (Dialect::Nxos, true) => "port type edge trunk",
            (Dialect::Nxos, false) => "port type edge",
            _ => "portfast",
        };
        line!(text, "{space}spanning-tree {edge}");
    }
    if !port.enabled {
        line!(text, "{space}shutdown");
    }
    line!(text, "{end}");
}

/// `show interfaces status`.
pub(crate) fn status(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> String {
    let mut text = String::new();
    match model.dialect {
        Dialect::Junos => {}
        Dialect::Eos => line!(
            text,
            "Port       Name   Status       Vlan     Duplex Speed  Type            Flags Encapsulation"
        ),
        Dialect::Ios => {
            line!(text, "\nPort      Name               Status       Vlan       Duplex  Speed Type");
        }
        Dialect::Nxos => {
            let rule = "-".repeat(80);
            line!(
                text,
                "\n{rule}\nPort          Name               Status    Vlan      Duplex  Speed   Type\n{rule}"
            );
            line!(text, "mgmt0         --                 connected routed    full    1000    --");
        }
    }
    let rows = ports
        .iter()
        .filter_map(|port| Some((model.short_name(port.number), setup.ports.get(&port.number)?, port.link)));
    let groups = setup.groups.iter().map(|(number, config)| {
        let is_in = |port: &&PortView| {
            setup.ports.get(&port.number).and_then(|port| port.lag).is_some_and(|lag| lag.group == *number)
        };
        (format!("Po{number}"), config, ports.iter().filter(is_in).any(|port| port.link))
    });
    for (short, config, link) in rows.chain(groups) {
        let word = match (config.enabled, link, model.dialect) {
            (false, ..) => "disabled",
            (true, true, _) => "connected",
            (true, false, Dialect::Nxos) => "notconnec",
            (true, false, _) => "notconnect",
        };
        let vlan = match (config.routed, config.trunk) {
            (true, _) => "routed".to_owned(),
            (false, true) => "trunk".to_owned(),
            (false, false) => config.access.to_string(),
        };
        let name = config.description.as_deref().unwrap_or("");
        match model.dialect {
            Dialect::Junos => {}
            Dialect::Eos => {
                let name: String = name.chars().take(6).collect();
                let (duplex, speed) = if link { ("full", "25G") } else { ("auto", "auto") };
                line!(text, "{short:<10} {name:<6} {word:<12} {vlan:<8} {duplex:<6} {speed:<6} 25GBASE-CR");
            }
            Dialect::Ios => {
                let name: String = name.chars().take(18).collect();
                let (duplex, speed) = if link { ("a-full", "a-1000") } else { ("auto", "auto") };
                line!(
                    text,
                    "{short:<9} {name:<18} {word:<12} {vlan:<10} {duplex:>6} {speed:>6} 10/100/1000BaseTX"
                );
            }
            Dialect::Nxos => {
                let name: String = if name.is_empty() { "--" } else { name }.chars().take(18).collect();
                let (duplex, speed) = if link { ("full", "25G") } else { ("auto", "auto") };
                line!(
                    text,
                    "{short:<13} {name:<18} {word:<9} {vlan:<9} {duplex:<7} {speed:<7} SFP-H25GB-CU2M"
                );
            }
        }
    }
    text
}

/// Addresses by VLAN and port: who is up, has a link and no tag.
pub(crate) fn macs(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> String {
    let mut text = String::new();
    match model.dialect {
        Dialect::Junos => {}
        Dialect::Eos => line!(
            text,
            "          Mac Address Table\n{}\n\nVlan    Mac Address       Type        Ports      Moves   Last Move\n----    -----------       ----        -----      -----   ---------",
            "-".repeat(66)
        ),
        Dialect::Ios => line!(
            text,
            "          Mac Address Table\n{}\n\nVlan    Mac Address       Type        Ports\n----    -----------       --------    -----",
            "-".repeat(43)
        ),
        Dialect::Nxos => line!(
            text,
            "Legend: \n        * - primary entry, G - Gateway MAC, (R) - Routed MAC, O - Overlay MAC\n        age - seconds since last seen,+ - primary entry using vPC Peer-Link,\n        (T) - True, (F) - False, C - ControlPlane MAC, ~ - vsan\n   VLAN     MAC Address      Type      age     Secure NTFY Ports\n---------+-----------------+--------+---------+------+----+------------------"
        ),
    }
    let mut total = 0;
    for port in ports.iter().filter(|port| port.link) {
        let (Some((.., mac)), Some(vlan)) = (&port.peer, setup.untagged(port.number)) else { continue };
        let [a, b, c, d, e, f] = mac;
        let mac = format!("{a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{f:02x}");
        // What comes through a member has come through its group.
        let group = setup.ports.get(&port.number).and_then(|port| port.lag);
        let short = group.map_or_else(|| model.short_name(port.number), |lag| format!("Po{}", lag.group));
        total += 1;
        match model.dialect {
            Dialect::Junos => {}
            Dialect::Eos => line!(text, "{vlan:>4}    {mac}    DYNAMIC     {short:<10} 1       0:00:42 ago"),
            Dialect::Ios => line!(text, "{vlan:>4}    {mac}    DYNAMIC     {short}"),
            Dialect::Nxos => line!(text, "* {vlan:>4}     {mac}   dynamic  0         F      F    {short}"),
        }
    }
    if model.dialect != Dialect::Nxos {
        line!(text, "Total Mac Addresses for this criterion: {total}");
    }
    text
}

/// Who tells by LLDP that they are there: machines that are up, at ports with a link.
pub(crate) fn neighbors(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> String {
    let mut text = String::new();
    let mut total = 0;
    if model.dialect == Dialect::Nxos {
        line!(
            text,
            "Capability codes:\n  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\nDevice ID            Local Intf      Hold-time  Capability  Port ID  \n"
        );
    }
    for port in ports {
        let peer = port.peer.as_ref().filter(|_| port.link);
        if model.dialect == Dialect::Eos {
            let name = model.port_name(port.number);
            line!(text, "Interface {name} detected {} LLDP neighbors:\n", usize::from(peer.is_some()));
        }
        let Some((machine, nic, mac)) = peer else { continue };
        let [a, b, c, d, e, f] = mac;
        let mac = format!("{a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{f:02x}");
        let short = model.short_name(port.number);
        let vlan = setup.untagged(port.number);
        total += 1;
        match model.dialect {
            Dialect::Junos => {}
            Dialect::Eos => line!(
                text,
                "  Neighbor {mac}/\"{nic}\", age 12 seconds\n  Discovered 0:01:11 ago; Last changed 0:01:11 ago\n  - Chassis ID type: MAC address (4)\n    Chassis ID     : {mac}\n  - Port ID type: Interface name (5)\n    Port ID     : \"{nic}\"\n  - Time To Live: 120 seconds\n  - System Name: \"{machine}\"\n  - System Description: \"Linux\"\n  - IEEE802.1 Port VLAN ID: {}\n",
                vlan.unwrap_or(0)
            ),
            Dialect::Ios => line!(
                text,
                "------------------------------------------------\nLocal Intf: {short}\nChassis id: {mac}\nPort id: {nic}\nPort Description: {nic}\nSystem Name: {machine}\n\nSystem Description: \nLinux\n\nTime remaining: 100 seconds\nSystem Capabilities: S\nEnabled Capabilities: S\nManagement Addresses - not advertised\nAuto Negotiation - not supported\nVlan ID: - not advertised\n"
            ),
            Dialect::Nxos => line!(
                text,
                "Chassis id: {mac}\nPort id: {nic}\nLocal Port id: {short}\nPort Description: {nic}\nSystem Name: {machine}\nSystem Description: Linux\nTime remaining: 100 seconds\nSystem Capabilities: S\nEnabled Capabilities: S\nManagement Address: not advertised\nVlan ID: {}\n\n",
                vlan.map_or_else(|| "not advertised".to_owned(), |vlan| vlan.to_string())
            ),
        }
    }
    match model.dialect {
        Dialect::Junos => {}
        Dialect::Eos => {}
        Dialect::Ios => line!(text, "\nTotal entries displayed: {total}"),
        Dialect::Nxos => line!(text, "Total entries displayed: {total}"),
    }
    text
}

/// The ports of a VLAN as they are listed: those that have it without a tag and are no trunks.
fn members(setup: &SwitchSetup, vlan: u16) -> Vec<u32> {
    let is_in = |number: &u32| {
        setup.ports.get(number).is_some_and(|port| !port.routed && !port.trunk && port.access == vlan)
    };
    setup.ports.keys().copied().filter(is_in).collect()
}

/// `show vlan`.
pub(crate) fn vlans(model: &Model, setup: &SwitchSetup) -> String {
    let mut text = String::new();
    let name = |vlan: u16, title: &Option<String>| match (title, vlan) {
        (Some(title), _) => title.clone(),
        (None, 1) => "default".to_owned(),
        (None, vlan) => format!("VLAN{vlan:04}"),
    };
    match model.dialect {
        Dialect::Junos => {}
        Dialect::Eos => line!(
            text,
            "VLAN  Name                             Status    Ports\n----- -------------------------------- --------- -------------------------------"
        ),
        Dialect::Ios | Dialect::Nxos => line!(
            text,
            "\nVLAN Name                             Status    Ports\n---- -------------------------------- --------- -------------------------------"
        ),
    }
    let width = if model.dialect == Dialect::Eos { 5 } else { 4 };
    for (vlan, title) in &setup.vlans {
        let ports: Vec<String> =
            members(setup, *vlan).into_iter().map(|port| model.short_name(port)).collect();
        let mut rows = ports.chunks(4).map(|row| row.join(", "));
        let first = rows.next().unwrap_or_default();
        line!(text, "{vlan:<width$} {:<32} {:<9} {first}", name(*vlan, title), "active");
        for row in rows {
            line!(text, "{:indent$}{row}", "", indent = width + 44);
        }
    }
    text
}

/// `show vlan | json`, as EOS has it.
pub(crate) fn vlans_json(model: &Model, setup: &SwitchSetup) -> serde_json::Value {
    let vlans: serde_json::Map<_, _> = setup
        .vlans
        .iter()
        .map(|(vlan, title)| {
            let name = title.clone().unwrap_or_else(|| match vlan {
                1 => "default".to_owned(),
                vlan => format!("VLAN{vlan:04}"),
            });
            let interfaces: serde_json::Map<_, _> = members(setup, *vlan)
                .into_iter()
                .map(|port| (model.port_name(port), serde_json::json!({ "privatePromoted": false })))
                .collect();
            let value =
                serde_json::json!({ "status": "active", "name": name, "dynamic": false, "interfaces": interfaces });
            (vlan.to_string(), value)
        })
        .collect();
    serde_json::json!({ "vlans": vlans, "sourceDetail": "" })
}

/// `show version`.
pub(crate) fn version(model: &Model, name: &str, serial: &str, mac: [u8; 6], seconds: u64) -> String {
    let [a, b, c, d, e, f] = mac;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match model.dialect {
        Dialect::Junos => String::new(),
        Dialect::Eos => format!(
            "Arista {}\nHardware version: 11.00\nSerial number: {serial}\nHardware MAC address: {a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{f:02x}\n\nSoftware image version: {}\nArchitecture: x86_64\n\nUptime: {hours} hours and {minutes} minutes\nTotal memory: 8099732 kB\nFree memory: 5684808 kB\n",
            model.model, model.software
        ),
        Dialect::Ios => format!(
            "Cisco IOS XE Software, Version {version}\nCisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), Version {version}, RELEASE SOFTWARE (fc3)\n\n{name} uptime is {hours} hours, {minutes} minutes\nSystem image file is \"flash:packages.conf\"\n\ncisco {} (MIPS) processor (revision K0) with 873391K/6147K bytes of memory.\nProcessor board ID {serial}\n48 Gigabit Ethernet interfaces\n",
            model.model,
            version = model.software,
        ),
        Dialect::Nxos => format!(
            "Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n\nSoftware\n  BIOS: version 01.11\n  NXOS: version {}\n  NXOS image file is: bootflash:///nxos64-cs.10.3.6.M.bin\n\nHardware\n  cisco Nexus9000 {} Chassis \n  Intel(R) Xeon(R) CPU D-1526 @ 1.80GHz with 32803148 kB of memory.\n  Processor Board ID {serial}\n  Device name: {name}\n  bootflash:  115805708 kB\n\nKernel uptime is 0 day(s), {hours} hour(s), {minutes} minute(s), 0 second(s)\n",
            model.software, model.model,
        ),
    }
}

/// The lines that differ, `-` and `+`, with the block that they stand in.
pub(crate) fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // The longest common subsequence, from the end: texts of some hundred lines.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    let (mut block, mut told) = ("", "");
    while i < old.len() || j < new.len() {
        let same = i < old.len() && j < new.len() && old[i] == new[j];
        if same {
            if !old[i].starts_with(' ') {
                block = old[i];
            }
            i += 1;
            j += 1;
            continue;
        }
        if block != told && block != "!" {
            line!(text, " {block}");
            told = block;
        }
        if i < old.len() && (j >= new.len() || common[i + 1][j] >= common[i][j + 1]) {
            line!(text, "-{}", old[i]);
            i += 1;
        } else {
            line!(text, "+{}", new[j]);
            j += 1;
        }
    }
    text
}

/// Whether a text is one list of VLANs, for tests.
#[cfg(test)]
fn is_list(text: &str) -> bool {
    text.parse::<VlanSet>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ssh::model::MODELS;

    #[test]
    fn what_is_written_down_makes_the_same_again() {
        use crate::ssh::configure::{Part, configure};
        let mut setup = SwitchSetup {
            vlans: [(1, None), (10, Some("blue".to_owned()))].into(),
            ..SwitchSetup::default()
        };
        let odd: VlanSet = (1..200).step_by(2).collect();
        assert!(odd.lists(LIST).len() > 1 && odd.lists(LIST).iter().all(|list| is_list(list)));
        let trunk = PortSetup { trunk: true, native: Some(10), allowed: odd, ..PortSetup::default() };
        setup.ports = [
            (1, PortSetup::default()),
            (2, trunk),
            (3, PortSetup { enabled: false, access: 10, ..PortSetup::default() }),
        ]
        .into();
        setup.groups = [(7, PortSetup { access: 10, ..PortSetup::default() })].into();
        // Statements are tested beside them.
        for model in MODELS.iter().filter(|model| model.dialect != Dialect::Junos) {
            let text = configuration(model, "sw1", &setup);
            let mut again = SwitchSetup {
                vlans: [(1, None)].into(),
                ports: (1..=3).map(|number| (number, PortSetup::default())).collect(),
                ..SwitchSetup::default()
            };
            let mut part = Part::Top;
            for line in text.lines() {
                // The switch's own name, and interfaces that are no ports, are lines of no test here.
                part = configure(model, &mut again, &part, line).unwrap_or(Part::Top);
            }
            assert_eq!(again, setup, "{text}");
        }
    }

    #[test]
    fn a_difference_is_what_differs_under_its_block() {
        let before = "vlan 10\n!\ninterface Ethernet1\n   mtu 1500\n!\nend\n";
        let after = "vlan 10\n!\nvlan 20\n!\ninterface Ethernet1\n   mtu 9000\n!\nend\n";
        assert_eq!(
            difference(before, after),
            "+vlan 20\n+!\n interface Ethernet1\n-   mtu 1500\n+   mtu 9000\n"
        );
        assert_eq!(difference(before, before), "");
    }
}
