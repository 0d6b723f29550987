//! Output of a switch whose configuration is statements: `show configuration | display set` and its tables.

use std::collections::BTreeMap;

use underlay_hal::{
    LagMember, LagMode, LldpNeighbor, MacEntryKind, PortConfig, PortId, PortMode, PortNeighbor,
    SwitchConfiguration, VlanSet,
};

use super::{Address, Status, address};
use crate::Platform;

/// What the statements about a port say of its VLANs; names of VLANs have numbers only when all is read.
#[derive(Default)]
struct Statements {
    switches: bool,
    trunk: bool,
    members: Vec<String>,
    native: Option<String>,
    group: Option<u16>,
}

/// Words of a line; what stands between quotation marks is one.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            all.push(part.to_owned());
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

fn unit(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Reads `show configuration | display set`.
pub(super) fn running(platform: &Platform, text: &str) -> SwitchConfiguration {
    let mut read = SwitchConfiguration { vlans: BTreeMap::from([(1, None)]), ports: BTreeMap::new() };
    let mut ports: BTreeMap<PortId, Statements> = BTreeMap::new();
    let mut groups: BTreeMap<u16, LagMode> = BTreeMap::new();
    for line in text.lines() {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["set", "vlans", name, "vlan-id", id] => {
                let known = VlanSet::FIRST..=VlanSet::LAST;
                if let Some(id) = id.parse().ok().filter(|id| known.contains(id)) {
                    read.vlans.insert(id, Some((*name).to_owned()));
                }
            }
            ["set", "protocols", "rstp" | "mstp" | "vstp", "interface", name, "edge"] => {
                if let Some(config) = read.ports.get_mut(&PortId::from(unit(name))) {
                    config.edge = Some(true);
                }
            }
            ["set", "interfaces", name, rest @ ..] if platform.is_port(name) => {
                let port = PortId::from(*name);
                let fresh = || PortConfig { enabled: true, edge: Some(false), ..PortConfig::default() };
                let config = read.ports.entry(port.clone()).or_insert_with(fresh);
                let own = ports.entry(port).or_default();
                match rest {
                    ["description", text] => config.description = Some((*text).to_owned()),
                    ["disable"] => config.enabled = false,
                    ["mtu", mtu] => config.mtu = mtu.parse().ok(),
                    ["native-vlan-id", id] => own.native = Some((*id).to_owned()),
                    [_, "802.3ad", group] => {
                        own.group = group.trim_start_matches(platform.group).parse().ok();
                    }
                    ["aggregated-ether-options", "lacp", mode] => {
                        if let Ok(group) = name.trim_start_matches(platform.group).parse() {
                            let mode = if *mode == "passive" { LagMode::Passive } else { LagMode::Active };
                            groups.insert(group, mode);
                        }
                    }
                    ["unit", "0", "family", "ethernet-switching", more @ ..] => {
                        own.switches = true;
                        match more {
                            ["interface-mode", mode] => own.trunk = *mode == "trunk",
                            ["vlan", "members", member] => own.members.push((*member).to_owned()),
                            _ => {}
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let number = |word: &str| -> Option<u16> {
        let named = || read.vlans.iter().find(|(_, name)| name.as_deref() == Some(word)).map(|(id, _)| *id);
        word.parse().ok().or_else(named)
    };
    let mut modes = BTreeMap::new();
    for (port, own) in ports {
        let lists = own.members.iter().map(|member| match member.as_str() {
            "all" => VlanSet::all(),
            word => word.parse().unwrap_or_else(|_| number(word).into_iter().collect()),
        });
        let mode = match (own.switches, own.trunk) {
            (false, _) => PortMode::Routed,
            (true, true) => PortMode::Trunk {
                native: own.native.as_deref().and_then(number),
                allowed: lists.fold(VlanSet::none(), |all, list| all.union(&list)),
            },
            (true, false) => {
                PortMode::Access { vlan: own.members.first().and_then(|word| number(word)).unwrap_or(1) }
            }
        };
        let lag = own
            .group
            .map(|group| LagMember { group, mode: groups.get(&group).copied().unwrap_or(LagMode::Static) });
        modes.insert(port, (mode, lag));
    }
    for (port, (mode, lag)) in modes {
        if let Some(config) = read.ports.get_mut(&port) {
            (config.mode, config.lag) = (Some(mode), lag);
        }
    }
    read
}

/// Reads `show interfaces terse`: what has a dot in its name is a part of a port.
pub(super) fn status(platform: &Platform, text: &str) -> Vec<Status> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, admin @ ("up" | "down"), link @ ("up" | "down"), ..] = words.as_slice() else {
            return None;
        };
        let is_port = name.ends_with(|c: char| c.is_ascii_digit())
            && !name.contains('.')
            && platform.is_port(name)
            && platform.short_names.iter().any(|(word, _)| name.starts_with(word));
        let word = match (*admin, *link) {
            ("down", _) => "disabled",
            (_, "up") => "connected",
            _ => "notconnect",
        };
        is_port.then(|| Status {
            port: PortId::from(*name),
            name: None,
            word: word.to_owned(),
            vlan: String::new(),
            speed_mbps: None,
        })
    };
    text.lines().filter_map(row).collect()
}

/// Reads `show ethernet-switching table`, where VLANs go by their names.
pub(super) fn macs(platform: &Platform, text: &str, vlans: &BTreeMap<u16, Option<String>>) -> Vec<Address> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (at, mac) = words.iter().enumerate().find_map(|(at, word)| Some((at, address(word)?)))?;
        if mac.0[0] & 1 == 1 {
            return None;
        }
        let title = *words.get(at.checked_sub(1)?)?;
        let named = |name: &Option<String>| name.as_deref() == Some(title);
        let vlan = vlans.iter().find(|(_, name)| named(name)).map(|(id, _)| *id);
        let vlan = vlan.or_else(|| (title == "default").then_some(1));
        let known = |word: &&str| platform.short_names.iter().any(|(start, _)| word.starts_with(start));
        let port = words
            .get(at + 1..)?
            .iter()
            .copied()
            .filter(known)
            .map(unit)
            .find(|name| name.ends_with(|c: char| c.is_ascii_digit()) && platform.is_port(name))?;
        let kind = match words.get(at + 1)?.split(',').next() {
            Some("D" | "DR" | "DL") => MacEntryKind::Dynamic,
            Some("S") => MacEntryKind::Static,
            _ => MacEntryKind::Other,
        };
        Some(Address { mac, vlan, port: PortId::from(port), kind })
    };
    text.lines().filter_map(row).collect()
}

/// Reads `show lldp neighbors`: the last word is the system's name, unless there is none.
pub(super) fn neighbors(platform: &Platform, text: &str) -> Vec<PortNeighbor> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [local, _parent, chassis, rest @ ..] = words.as_slice() else { return None };
        let port = unit(local);
        let is_port = port.ends_with(|c: char| c.is_ascii_digit()) && platform.is_port(port);
        let mut neighbor = LldpNeighbor::default();
        neighbor.chassis_id =
            Some(address(chassis).map_or_else(|| (*chassis).to_owned(), |mac| mac.to_string()));
        match rest {
            [] => {}
            [only] => neighbor.port_id = Some((*only).to_owned()),
            [info @ .., name] => {
                neighbor.port_id = Some(info.join(" "));
                neighbor.system_name = Some((*name).to_owned());
            }
        }
        is_port.then(|| PortNeighbor { port: PortId::from(port), neighbor })
    };
    text.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse, platform};

    fn junos() -> &'static Platform {
        platform("juniper-junos").expect("a platform")
    }

    #[test]
    fn statements_are_a_configuration() {
        let text = "\
set version 21.4R3.15
set interfaces ge-0/0/0 description \"to the roof, 2nd\"
set interfaces ge-0/0/0 unit 0 family ethernet-switching interface-mode access
set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members blue
set interfaces ge-0/0/1 native-vlan-id 20
set interfaces ge-0/0/1 mtu 9216
set interfaces ge-0/0/1 disable
set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode trunk
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members 30-32
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members blue
set interfaces ge-0/0/2 ether-options 802.3ad ae3
set interfaces ge-0/0/3 unit 0 family inet address 192.0.2.1/24
set interfaces ae3 aggregated-ether-options lacp active
set interfaces irb unit 10 family inet address 192.0.2.9/24
set protocols rstp interface ge-0/0/0 edge
set vlans blue vlan-id 10
set vlans none vlan-id 70000
";
        let read = parse::running(junos(), text);
        assert_eq!(read.vlans, BTreeMap::from([(1, None), (10, Some("blue".to_owned()))]));
        let port = |name: &str| &read.ports[&PortId::from(name)];
        assert_eq!(port("ge-0/0/0").mode, Some(PortMode::Access { vlan: 10 }));
        assert_eq!(port("ge-0/0/0").description.as_deref(), Some("to the roof, 2nd"));
        assert_eq!((port("ge-0/0/0").edge, port("ge-0/0/1").edge), (Some(true), Some(false)));
        let allowed = "10,30-32".parse().expect("a list");
        assert_eq!(port("ge-0/0/1").mode, Some(PortMode::Trunk { native: Some(20), allowed }));
        assert_eq!((port("ge-0/0/1").enabled, port("ge-0/0/1").mtu), (false, Some(9216)));
        assert_eq!(port("ge-0/0/2").lag, Some(LagMember { group: 3, mode: LagMode::Active }));
        assert_eq!(port("ge-0/0/3").mode, Some(PortMode::Routed));
        assert_eq!(read.ports.len(), 5, "{:?}", read.ports.keys());
    }

    #[test]
    fn tables_are_read_by_their_words() {
        let terse = "\
Interface               Admin Link Proto    Local                 Remote
ge-0/0/0                up    up
ge-0/0/0.0              up    up   eth-switch
ge-0/0/1                up    down
ge-0/0/2                down  down
vme                     up    down
";
        let rows = parse::status(junos(), terse);
        let told: Vec<_> = rows.iter().map(|row| (row.port.as_str(), row.word.as_str())).collect();
        assert_eq!(told, [("ge-0/0/0", "connected"), ("ge-0/0/1", "notconnect"), ("ge-0/0/2", "disabled")]);

        let table = "\
   Vlan                MAC                 MAC      Age    Logical                NH        RTR
   name                address             flags           interface              Index     ID
   blue                02:aa:00:00:00:01   D             -   ge-0/0/0.0             0         0
   default             02:aa:00:00:00:02   S             -   ae3.0                  0         0
   blue                01:00:5e:00:00:01   D             -   ge-0/0/0.0             0         0
";
        let vlans = BTreeMap::from([(1, None), (10, Some("blue".to_owned()))]);
        let rows = macs(junos(), table, &vlans);
        let told: Vec<_> = rows.iter().map(|row| (row.vlan, row.port.as_str(), row.kind)).collect();
        assert_eq!(
            told,
            [(Some(10), "ge-0/0/0", MacEntryKind::Dynamic), (Some(1), "ae3", MacEntryKind::Static)]
        );

        let seen = "\
Local Interface    Parent Interface    Chassis Id          Port info          System Name
ge-0/0/0           -                   02:aa:00:00:00:01   eth0               n1
ge-0/0/1.0         ae3                 02:aa:00:00:00:02   to the roof        sw2
me0                -                   02:aa:00:00:00:03   1                  far
";
        let rows = parse::neighbors(junos(), seen);
        let told: Vec<_> =
            rows.iter().map(|row| (row.port.as_str(), row.neighbor.port_id.as_deref())).collect();
        assert_eq!(told, [("ge-0/0/0", Some("eth0")), ("ge-0/0/1", Some("to the roof"))]);
    }
}
