//! Steps as statements: each line says all of what it is about.

use underlay_hal::{Error, ErrorKind, PortConfig, PortMode, Result, SwitchStep};

use super::{text, word};
use crate::Platform;

/// What a VLAN is called that nobody has called anything: there it has to have a name.
fn title(id: u16, name: Option<&String>) -> Result<String> {
    name.map_or_else(|| Ok(format!("vlan{id}")), |name| word("the name of a VLAN", name).map(str::to_owned))
}

/// The lines of some steps. All of them are committed at once: what is deleted and set again in between is never gone.
pub(super) fn render(platform: &Platform, steps: &[SwitchStep]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for step in steps {
        match step {
            SwitchStep::Vlan { id, name, before: None } => {
                lines.push(format!("set vlans {} vlan-id {id}", title(*id, name.as_ref())?));
            }
            SwitchStep::Vlan { id, name, before: Some(before) } => {
                let (before, after) = (word("the name of a VLAN", before)?, title(*id, name.as_ref())?);
                lines.push(format!("rename vlans {before} to {after}"));
            }
            SwitchStep::NoVlan { id, before } => {
                lines.push(format!("delete vlans {}", title(*id, before.as_ref())?));
            }
            SwitchStep::Port { port, before, after } => {
                let port = word("the name of a port", port.as_str())?;
                self::port(platform, port, before, after, &mut lines)?;
            }
        }
    }
    Ok(lines)
}

fn unsupported(platform: &Platform, what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{what} cannot be changed on {} by this driver", platform.title),
    )
}

fn port(
    platform: &Platform,
    name: &str,
    before: &PortConfig,
    after: &PortConfig,
    lines: &mut Vec<String>,
) -> Result<()> {
    let own = format!("interfaces {name}");
    if before.lag != after.lag {
        // A member has no unit of its own there, and with it no mode that could be proved.
        return Err(unsupported(platform, "the group of a port"));
    }
    if before.description != after.description {
        lines.push(match &after.description {
            Some(description) => {
                let text = text("a description", description)?;
                if text.contains(['"', '\\']) {
                    let message = "a description cannot have a quotation mark or a backslash in it";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                format!("set {own} description \"{text}\"")
            }
            None => format!("delete {own} description"),
        });
    }
    if before.mtu != after.mtu {
        lines.push(
            after.mtu.map_or_else(|| format!("delete {own} mtu"), |mtu| format!("set {own} mtu {mtu}")),
        );
    }
    if let Some(mode) = after.mode.as_ref().filter(|mode| before.mode.as_ref() != Some(*mode)) {
        vlans(platform, &own, before.mode.as_ref(), mode, lines)?;
    }
    if before.edge.unwrap_or(false) != after.edge.unwrap_or(false) {
        let word = if after.edge == Some(true) { "set" } else { "delete" };
        lines.push(format!("{word} protocols rstp interface {name} edge"));
    }
    if before.enabled != after.enabled {
        let word = if after.enabled { "delete" } else { "set" };
        lines.push(format!("{word} {own} disable"));
    }
    Ok(())
}

fn vlans(
    platform: &Platform,
    own: &str,
    before: Option<&PortMode>,
    after: &PortMode,
    lines: &mut Vec<String>,
) -> Result<()> {
    let family = format!("{own} unit 0 family ethernet-switching");
    if matches!((before, after), (Some(PortMode::Routed), _) | (_, PortMode::Routed)) {
        return Err(unsupported(platform, "a port that routes"));
    }
    lines.push(format!("delete {family} vlan members"));
    let native = |mode: Option<&PortMode>| match mode {
        Some(PortMode::Trunk { native, .. }) => *native,
        _ => None,
    };
    let (was, is) = (native(before), native(Some(after)));
    match after {
        PortMode::Access { vlan } => {
            lines.push(format!("set {family} interface-mode access"));
            lines.push(format!("set {family} vlan members {vlan}"));
        }
        PortMode::Trunk { allowed, .. } => {
            lines.push(format!("set {family} interface-mode trunk"));
            if allowed.is_all() {
                lines.push(format!("set {family} vlan members all"));
            } else {
                // Each range is a member of the list.
                let list = if allowed.is_empty() { String::new() } else { allowed.to_string() };
                let ranges = list.split(',').filter(|range| !range.is_empty());
                lines.extend(ranges.map(|range| format!("set {family} vlan members {range}")));
            }
        }
        PortMode::Routed => {}
    }
    match is {
        Some(native) if was != is => lines.push(format!("set {own} native-vlan-id {native}")),
        None if was.is_some() => lines.push(format!("delete {own} native-vlan-id")),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use underlay_hal::{LagMember, LagMode, PortId};

    use super::*;
    use crate::platform;

    fn lines(before: PortConfig, after: PortConfig) -> Result<Vec<String>> {
        let step = SwitchStep::Port { port: PortId::from("ge-0/0/3"), before, after };
        render(platform("juniper-junos").expect("a platform"), &[step])
    }

    fn config(mode: PortMode) -> PortConfig {
        PortConfig { enabled: true, mode: Some(mode), ..PortConfig::default() }
    }

    #[test]
    fn a_list_is_set_anew_and_every_range_is_a_line() {
        let access = config(PortMode::Access { vlan: 1 });
        let trunk =
            |native, list: &str| config(PortMode::Trunk { native, allowed: list.parse().expect("a list") });
        let family = "interfaces ge-0/0/3 unit 0 family ethernet-switching";
        assert_eq!(
            lines(access.clone(), trunk(Some(10), "10,20-29")).expect("lines"),
            [
                format!("delete {family} vlan members"),
                format!("set {family} interface-mode trunk"),
                format!("set {family} vlan members 10"),
                format!("set {family} vlan members 20-29"),
                "set interfaces ge-0/0/3 native-vlan-id 10".to_owned(),
            ]
        );
        let none = lines(trunk(Some(10), "10"), trunk(None, "none")).expect("lines");
        assert_eq!(none.last().map(String::as_str), Some("delete interfaces ge-0/0/3 native-vlan-id"));
        assert_eq!(none.iter().filter(|line| line.contains("vlan members ")).count(), 0);
    }

    #[test]
    fn a_vlan_goes_by_the_name_that_it_has() {
        let junos = platform("juniper-junos").expect("a platform");
        let steps = [
            SwitchStep::Vlan { id: 10, name: None, before: None },
            SwitchStep::Vlan { id: 11, name: Some("blue".to_owned()), before: Some("red".to_owned()) },
            SwitchStep::NoVlan { id: 12, before: Some("green".to_owned()) },
        ];
        assert_eq!(
            render(junos, &steps).expect("lines"),
            ["set vlans vlan10 vlan-id 10", "rename vlans red to blue", "delete vlans green"]
        );
    }

    #[test]
    fn what_it_cannot_and_what_would_be_more_than_a_text_is_refused() {
        let access = config(PortMode::Access { vlan: 1 });
        let member =
            PortConfig { lag: Some(LagMember { group: 1, mode: LagMode::Active }), ..access.clone() };
        assert_eq!(lines(access.clone(), member).expect_err("refused").kind(), ErrorKind::Unsupported);
        let routed = config(PortMode::Routed);
        assert_eq!(lines(access.clone(), routed).expect_err("refused").kind(), ErrorKind::Unsupported);
        let quoted = PortConfig { description: Some("a\" disable".to_owned()), ..access.clone() };
        assert_eq!(lines(access, quoted).expect_err("refused").kind(), ErrorKind::InvalidInput);
    }
}
