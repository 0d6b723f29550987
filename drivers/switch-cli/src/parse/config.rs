//! The running configuration.

use std::collections::BTreeMap;

use underlay_hal::{LagMember, LagMode, PortConfig, PortId, PortMode, SwitchConfiguration, VlanSet};

use super::statements;
use crate::{Platform, Style};

/// The part of a configuration that a line belongs to.
enum Part {
    /// None that is read.
    Other,
    /// VLANs.
    Vlans(Vec<u16>),
    /// A port.
    Port(PortId),
}

/// What the lines of a port say about its VLANs; together they are a mode.
struct Lines {
    routed: bool,
    trunk: bool,
    access: u16,
    native: Option<u16>,
    allowed: VlanSet,
}

impl Default for Lines {
    fn default() -> Self {
        Self { routed: false, trunk: false, access: 1, native: Some(1), allowed: VlanSet::all() }
    }
}

impl Lines {
    fn mode(self) -> PortMode {
        match (self.routed, self.trunk) {
            (true, _) => PortMode::Routed,
            (false, true) => PortMode::Trunk { native: self.native, allowed: self.allowed },
            (false, false) => PortMode::Access { vlan: self.access },
        }
    }

    fn read(&mut self, words: &[&str]) {
        let number = |text: &&str| text.parse().ok();
        match words {
            ["no", "switchport"] => self.routed = true,
            ["switchport"] => self.routed = false,
            ["switchport", "mode", mode] => self.trunk = *mode == "trunk",
            ["switchport", "access", "vlan", vlan] => self.access = number(vlan).unwrap_or(self.access),
            ["switchport", "trunk", "native", "vlan", "tag"] => self.native = None,
            ["switchport", "trunk", "native", "vlan", vlan] => self.native = number(vlan).or(self.native),
            ["switchport", "trunk", "allowed", "vlan", "add", list] => {
                self.allowed = self.allowed.union(&list.parse().unwrap_or_default());
            }
            ["switchport", "trunk", "allowed", "vlan", "except", list] => {
                self.allowed = VlanSet::all().without(&list.parse().unwrap_or_default());
            }
            ["switchport", "trunk", "allowed", "vlan", list] => {
                self.allowed = list.parse().unwrap_or_else(|_| self.allowed.clone());
            }
            _ => {}
        }
    }
}

/// One line of a port that is not about VLANs.
fn port_line(config: &mut PortConfig, line: &str, words: &[&str]) {
    match words {
        ["description", ..] => {
            let text = line.trim_start().trim_start_matches("description").trim();
            config.description = Some(text.trim_matches('"').to_owned()).filter(|text| !text.is_empty());
        }
        ["shutdown"] => config.enabled = false,
        ["no", "shutdown"] => config.enabled = true,
        ["mtu", mtu] => config.mtu = mtu.parse().ok(),
        ["spanning-tree", "portfast"]
        | ["spanning-tree", "portfast", "edge" | "trunk"]
        | ["spanning-tree", "port", "type", "edge", ..] => config.edge = Some(true),
        ["channel-group", group, "mode", mode] => {
            let mode = match *mode {
                "active" => LagMode::Active,
                "passive" => LagMode::Passive,
                _ => LagMode::Static,
            };
            config.lag = group.parse().ok().map(|group| LagMember { group, mode });
        }
        _ => {}
    }
}

/// Reads what `show running-config` prints.
///
/// - A port without a word about VLANs has one, number 1; a trunk without a list carries all: so the switch means it.
/// - VLAN 1 is always there, written down or not.
#[must_use]
pub fn running(platform: &Platform, text: &str) -> SwitchConfiguration {
    if platform.style == Style::Statements {
        return statements::running(platform, text);
    }
    let mut read = SwitchConfiguration { vlans: BTreeMap::from([(1, None)]), ports: BTreeMap::new() };
    let mut lines: BTreeMap<PortId, Lines> = BTreeMap::new();
    let mut part = Part::Other;
    let says_off = |line: &str| platform.off_at_first.is_some_and(|off| line.trim_end() == off);
    let enabled = !text.lines().any(says_off);
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with(' ') {
            part = match words.as_slice() {
                ["vlan", list] => {
                    let vlans: Vec<u16> =
                        list.parse().map(|set: VlanSet| set.iter().collect()).unwrap_or_default();
                    for vlan in &vlans {
                        read.vlans.entry(*vlan).or_default();
                    }
                    Part::Vlans(vlans)
                }
                ["interface", name @ ..] if platform.is_port(&name.concat()) => {
                    let port = PortId::from(name.concat());
                    let config = PortConfig { enabled, edge: Some(false), ..PortConfig::default() };
                    read.ports.insert(port.clone(), config);
                    lines.insert(port.clone(), Lines::default());
                    Part::Port(port)
                }
                _ => Part::Other,
            };
            continue;
        }
        match &part {
            Part::Other => {}
            Part::Vlans(vlans) => {
                if let ["name", ..] = words.as_slice() {
                    let name = line.trim_start().trim_start_matches("name").trim().trim_matches('"');
                    for vlan in vlans {
                        read.vlans.insert(*vlan, Some(name.to_owned()));
                    }
                }
            }
            Part::Port(port) => {
                if let (Some(config), Some(lines)) = (read.ports.get_mut(port), lines.get_mut(port)) {
                    port_line(config, line, &words);
                    lines.read(&words);
                }
            }
        }
    }
    for (port, lines) in lines {
        if let Some(config) = read.ports.get_mut(&port) {
            config.mode = Some(lines.mode());
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform;

    const TEXT: &str = "\
hostname sw1
!
vlan 10
   name blue sky
!
vlan 20-22,30
!
interface GigabitEthernet1/0/1
 description \"rack 7, node 1\"
 switchport access vlan 10
 switchport mode access
 spanning-tree portfast
!
interface GigabitEthernet1/0/2
 switchport trunk native vlan 20
 switchport trunk allowed vlan 10,20
 switchport trunk allowed vlan add 300-302
 switchport mode trunk
 shutdown
 mtu 9198
 channel-group 7 mode active
!
interface GigabitEthernet1/0/3
!
interface GigabitEthernet1/0/4
 no switchport
 ip address 10.0.0.1 255.255.255.0
!
interface Vlan10
 ip address 10.1.0.1 255.255.255.0
 shutdown
!
end
";

    #[test]
    fn a_configuration_is_read_with_what_is_not_written() {
        let read = running(platform("cisco-ios").expect("a platform"), TEXT);
        let vlans: Vec<_> = read.vlans.iter().map(|(id, name)| (*id, name.as_deref())).collect();
        assert_eq!(
            vlans,
            [(1, None), (10, Some("blue sky")), (20, None), (21, None), (22, None), (30, None)]
        );
        let ports: Vec<_> = read.ports.keys().map(PortId::as_str).collect();
        assert_eq!(ports.len(), 4, "{ports:?}");
        let port = |number: u8| &read.ports[&PortId::from(format!("GigabitEthernet1/0/{number}"))];
        assert_eq!(port(1).description.as_deref(), Some("rack 7, node 1"));
        assert_eq!((port(1).mode.clone(), port(1).edge), (Some(PortMode::Access { vlan: 10 }), Some(true)));
        let allowed = "10,20,300-302".parse().expect("a list");
        assert_eq!(port(2).mode, Some(PortMode::Trunk { native: Some(20), allowed }));
        assert_eq!((port(2).enabled, port(2).mtu), (false, Some(9198)));
        assert_eq!(port(2).lag, Some(LagMember { group: 7, mode: LagMode::Active }));
        assert_eq!((port(3).enabled, port(3).mode.clone()), (true, Some(PortMode::Access { vlan: 1 })));
        assert_eq!(port(4).mode, Some(PortMode::Routed));
    }

    #[test]
    fn a_trunk_without_a_list_carries_all() {
        let text = "interface Ethernet1\n   switchport mode trunk\n";
        let read = running(platform("arista-eos").expect("a platform"), text);
        let mode = read.ports[&PortId::from("Ethernet1")].mode.clone();
        assert_eq!(mode, Some(PortMode::Trunk { native: Some(1), allowed: VlanSet::all() }));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(interface|vlan|switchport|trunk|allowed|add|mtu|name|[0-9,-]|[ \n]|.){0,80}") {
            for platform in crate::PLATFORMS {
                let _ = running(platform, &text);
            }
        }
    }
}
