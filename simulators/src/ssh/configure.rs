//! Lines of the configuration mode. Pure: a configuration and a line in, a configuration or a refusal out.

use underlay_hal::{LagMember, LagMode, VlanSet};

use super::{
    model::{Dialect, Model},
    words::words,
};
use crate::plant::{PortSetup, SwitchSetup};

/// The part of the configuration that lines are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole.
    #[default]
    Top,
    /// VLANs.
    Vlans(Vec<u16>),
    /// A port.
    Port(u32),
    /// A group of ports.
    Group(u16),
}

/// Why a line does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no command.
    Unknown,
    /// It is the beginning of one.
    Incomplete,
    /// The device has these words for it.
    Said(String),
}

impl Refused {
    /// What the device prints.
    pub(crate) fn text(&self, dialect: Dialect) -> String {
        match (self, dialect) {
            (Self::Unknown, Dialect::Eos) => "% Invalid input".to_owned(),
            (Self::Unknown, Dialect::Ios) => {
                "                ^\n% Invalid input detected at '^' marker.\n".to_owned()
            }
            (Self::Unknown | Self::Incomplete, Dialect::Junos) => "unknown command.".to_owned(),
            (Self::Unknown, Dialect::Nxos) => {
                "                    ^\n% Invalid command at '^' marker.\n".to_owned()
            }
            (Self::Incomplete, Dialect::Nxos) => "% Incomplete command at '^' marker.\n".to_owned(),
            (Self::Incomplete, Dialect::Eos) => "% Incomplete command".to_owned(),
            (Self::Incomplete, Dialect::Ios) => "% Incomplete command.\n".to_owned(),
            (Self::Said(text), _) => text.clone(),
        }
    }
}

/// Carries out a line; the part that the next lines are about.
pub(crate) fn configure(
    model: &Model,
    setup: &mut SwitchSetup,
    part: &Part,
    line: &str,
) -> Result<Part, Refused> {
    let ports = u32::try_from(setup.ports.len()).unwrap_or(u32::MAX);
    if words("exit", line).is_some() {
        return Ok(Part::Top);
    }
    if let Some([list]) = words("vlan {}", line).as_deref() {
        let set: VlanSet = list.parse().map_err(|_| Refused::Unknown)?;
        if set.is_empty() {
            return Err(Refused::Unknown);
        }
        for vlan in set.iter() {
            setup.vlans.entry(vlan).or_default();
        }
        return Ok(Part::Vlans(set.iter().collect()));
    }
    if let Some([list]) = words("no vlan {}", line).as_deref() {
        let set: VlanSet = list.parse().map_err(|_| Refused::Unknown)?;
        if set.contains(1) {
            return Err(Refused::Said(match model.dialect {
                Dialect::Eos => "% Error: cannot delete default VLAN 1".to_owned(),
                Dialect::Ios => "% Default VLAN 1 may not be deleted. Command rejected: bad VLAN".to_owned(),
                Dialect::Nxos | Dialect::Junos => "ERROR: default VLAN(1) cannot be deleted.".to_owned(),
            }));
        }
        set.iter().for_each(|vlan| drop(setup.vlans.remove(&vlan)));
        return Ok(Part::Top);
    }
    if let Some([name]) = words("no interface {*}", line).as_deref() {
        let group = model.group_number(name).ok_or(Refused::Unknown)?;
        setup.groups.remove(&group);
        for port in setup.ports.values_mut() {
            port.lag = port.lag.filter(|lag| lag.group != group);
        }
        return Ok(Part::Top);
    }
    if let Some([name]) = words("interface {*}", line).as_deref() {
        if let Some(group) = model.group_number(name) {
            setup.groups.entry(group).or_default();
            return Ok(Part::Group(group));
        }
        let number = model.port_number(name, ports).ok_or(Refused::Unknown)?;
        return Ok(Part::Port(number));
    }
    match part {
        Part::Top => Err(Refused::Unknown),
        Part::Vlans(vlans) => match (words("name {*}", line).as_deref(), words("state active", line)) {
            (Some([name]), _) if !name.contains(char::is_whitespace) && name.len() <= 32 => {
                for vlan in vlans {
                    setup.vlans.insert(*vlan, Some((*name).to_owned()));
                }
                Ok(part.clone())
            }
            (None, Some(_)) => Ok(part.clone()),
            _ => Err(Refused::Unknown),
        },
        Part::Port(number) => {
            let config = setup.ports.get_mut(number).ok_or(Refused::Unknown)?;
            port(model, config, line)?;
            // Whoever is in a group makes one of it.
            if let Some(lag) = config.lag {
                setup.groups.entry(lag.group).or_default();
            }
            Ok(part.clone())
        }
        Part::Group(number) => {
            // A group is in no group.
            if line.contains("channel-group") {
                return Err(Refused::Unknown);
            }
            port(model, setup.groups.get_mut(number).ok_or(Refused::Unknown)?, line)?;
            Ok(part.clone())
        }
    }
}

fn number<T: std::str::FromStr + PartialOrd + Copy>(text: &str, first: T, last: T) -> Result<T, Refused> {
    text.parse().ok().filter(|value| *value >= first && *value <= last).ok_or(Refused::Unknown)
}

fn port(model: &Model, config: &mut PortSetup, line: &str) -> Result<(), Refused> {
    let is = |pattern: &str| words(pattern, line).is_some();
    let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
    if let Some(text) = one("description {*}") {
        config.description = Some(text.to_owned());
    } else if is("no description") {
        config.description = None;
    } else if is("shutdown") {
        config.enabled = false;
    } else if is("no shutdown") {
        config.enabled = true;
    } else if let Some(mtu) = one("mtu {}") {
        config.mtu = Some(number(mtu, 68, 9216)?);
    } else if is("no mtu") {
        config.mtu = None;
    } else if model.dialect == Dialect::Nxos {
        return nexus(config, line);
    } else if is("spanning-tree portfast") || is("spanning-tree portfast edge") {
        config.edge = true;
    } else if is("no spanning-tree portfast") {
        config.edge = false;
    } else {
        return member(config, line);
    }
    Ok(())
}

/// Lines that one platform has in its own words.
fn nexus(config: &mut PortSetup, line: &str) -> Result<(), Refused> {
    let is = |pattern: &str| words(pattern, line).is_some();
    if is("spanning-tree port type edge") || is("spanning-tree port type edge trunk") {
        config.edge = true;
    } else if is("no spanning-tree port type")
        || is("no spanning-tree port type edge")
        || is("spanning-tree port type normal")
    {
        config.edge = false;
    } else if is("switchport trunk native vlan tag") {
        // It is said of the whole switch there.
        return Err(Refused::Unknown);
    } else {
        return member(config, line);
    }
    Ok(())
}

/// Lines about the group that a port is in.
fn member(config: &mut PortSetup, line: &str) -> Result<(), Refused> {
    if let Some([group, mode]) = words("channel-group {} mode {}", line).as_deref() {
        let mode = match *mode {
            "active" => LagMode::Active,
            "passive" => LagMode::Passive,
            "on" => LagMode::Static,
            _ => return Err(Refused::Unknown),
        };
        config.lag = Some(LagMember { group: number(group, 1, 2000)?, mode });
    } else if words("no channel-group", line).is_some() {
        config.lag = None;
    } else {
        return switchport(config, line);
    }
    Ok(())
}

/// Lines about VLANs.
fn switchport(config: &mut PortSetup, line: &str) -> Result<(), Refused> {
    let is = |pattern: &str| words(pattern, line).is_some();
    let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
    let list = |text: &str| {
        text.parse::<VlanSet>().map_err(|_| Refused::Said("Command rejected: Bad VLAN list".to_owned()))
    };
    if is("no switchport") {
        config.routed = true;
    } else if is("switchport") {
        config.routed = false;
    } else if is("switchport mode access") || is("no switchport mode trunk") || is("no switchport mode") {
        config.trunk = false;
    } else if is("switchport mode trunk") {
        config.trunk = true;
    } else if let Some(vlan) = one("switchport access vlan {}") {
        config.access = number(vlan, 1, 4094)?;
    } else if is("no switchport access vlan") || is("no switchport access vlan {}") {
        config.access = 1;
    } else if is("switchport trunk native vlan tag") {
        config.native = None;
    } else if let Some(vlan) = one("switchport trunk native vlan {}") {
        config.native = Some(number(vlan, 1, 4094)?);
    } else if is("no switchport trunk native vlan") || is("no switchport trunk native vlan {}") {
        config.native = Some(1);
    } else if let Some(text) = one("switchport trunk allowed vlan add {}") {
        config.allowed = config.allowed.union(&list(text)?);
    } else if let Some(text) = one("switchport trunk allowed vlan remove {}") {
        config.allowed = config.allowed.without(&list(text)?);
    } else if let Some(text) = one("switchport trunk allowed vlan except {}") {
        config.allowed = VlanSet::all().without(&list(text)?);
    } else if let Some(text) = one("switchport trunk allowed vlan {}") {
        config.allowed = list(text)?;
    } else if is("no switchport trunk allowed vlan") {
        config.allowed = VlanSet::all();
    } else if ["switchport", "mtu", "description", "channel-group"].iter().any(|word| line.trim() == *word) {
        return Err(Refused::Incomplete);
    } else {
        return Err(Refused::Unknown);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::model::MODELS;

    fn setup() -> SwitchSetup {
        let ports = (1..=4).map(|number| (number, PortSetup::default())).collect();
        SwitchSetup { vlans: [(1, None)].into(), ports, ..SwitchSetup::default() }
    }

    fn all(lines: &[&str]) -> Result<SwitchSetup, (usize, Refused)> {
        let (mut setup, mut part) = (setup(), Part::Top);
        for (at, line) in lines.iter().enumerate() {
            part = configure(&MODELS[0], &mut setup, &part, line).map_err(|refused| (at, refused))?;
        }
        Ok(setup)
    }

    #[test]
    fn lines_make_a_configuration() {
        let lines = [
            "vlan 10",
            "name blue",
            "interface Ethernet2",
            "switchport mode trunk",
            "switchport trunk allowed vlan 10",
            "switchport trunk allowed vlan add 20-22",
            "switchport trunk allowed vlan remove 21",
            "description to the roof",
            "interface Ethernet3",
            "channel-group 3 mode active",
        ];
        let setup = all(&lines).expect("it is one");
        let port = &setup.ports[&2];
        assert_eq!((port.trunk, port.allowed.to_string()), (true, "10,20,22".to_owned()));
        assert_eq!(port.description.as_deref(), Some("to the roof"));
        assert_eq!(setup.vlans[&10].as_deref(), Some("blue"));
        assert!(setup.ports[&3].lag.is_some() && setup.groups.contains_key(&3));
        assert!(!setup.carries(2, 20) && setup.carries(2, 10), "20 is not there");
    }

    #[test]
    fn what_a_group_is_counts_for_its_members() {
        let lines = [
            "vlan 10",
            "interface Ethernet1",
            "channel-group 3 mode active",
            "interface Port-Channel3",
            "switchport access vlan 10",
        ];
        let setup = all(&lines).expect("it is one");
        assert_eq!((setup.untagged(1), setup.untagged(2)), (Some(10), Some(1)));
        let off = all(&[&lines[..], &["shutdown"]].concat()).expect("it is one");
        assert_eq!((off.untagged(1), off.carries(1, 10)), (None, false));
        let gone = all(&[&lines[..], &["no interface Port-Channel3"]].concat()).expect("it is one");
        assert_eq!((gone.untagged(1), gone.ports[&1].lag), (Some(1), None));
        assert_eq!(all(&["interface po3", "channel-group 4 mode on"]), Err((1, Refused::Unknown)));
    }

    #[test]
    fn what_is_no_command_is_refused_and_changes_nothing() {
        assert_eq!(all(&["vlan 5000"]), Err((0, Refused::Unknown)));
        assert_eq!(all(&["interface Ethernet9"]), Err((0, Refused::Unknown)));
        assert_eq!(all(&["interface Ethernet1", "switchport access vlan 0"]), Err((1, Refused::Unknown)));
        assert_eq!(all(&["interface Ethernet1", "switchport"]).expect("it is one"), setup());
        assert!(matches!(all(&["no vlan 1"]), Err((0, Refused::Said(_)))));
    }
}
