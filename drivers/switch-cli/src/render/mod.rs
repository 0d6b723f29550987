//! The steps of a plan as lines.

mod statements;

use underlay_hal::{Error, ErrorKind, LagMode, PortConfig, PortMode, Result, SwitchStep, VlanSet};

use crate::{Platform, Style};

/// The lines of some steps, for the configuration mode. Each block is entered and left.
///
/// - A list of VLANs is widened and narrowed by what changes, and never passes through a state that carries less than
///   both ends: a trunk that leads to somebody's management keeps leading there.
/// - A port becomes a trunk after it has its list: it never carries all for a moment.
///
/// # Errors
/// `InvalidInput` for a text that would be more than a text: line ends, control characters, a question mark.
pub fn render(platform: &Platform, steps: &[SwitchStep]) -> Result<Vec<String>> {
    if platform.style == Style::Statements {
        return statements::render(platform, steps);
    }
    let mut lines = Vec::new();
    for step in steps {
        match step {
            SwitchStep::Vlan { id, name, .. } => {
                lines.push(format!("vlan {id}"));
                if let Some(name) = name {
                    lines.push(format!("name {}", word("the name of a VLAN", name)?));
                }
                lines.push("exit".to_owned());
            }
            SwitchStep::NoVlan { id, .. } => lines.push(format!("no vlan {id}")),
            SwitchStep::Port { port, before, after } => {
                lines.push(format!("interface {}", word("the name of a port", port.as_str())?));
                self::port(platform, before, after, &mut lines)?;
                lines.push("exit".to_owned());
            }
        }
    }
    Ok(lines)
}

/// A text that a command line takes as it is.
fn text<'t>(what: &str, text: &'t str) -> Result<&'t str> {
    // A question mark asks for help on most switches, in the middle of a word too.
    let odd = text.chars().find(|c| c.is_control() || *c == '?');
    match odd {
        Some(odd) => {
            let message = format!("{what} cannot have {odd:?} in it: the switch would take it for a command");
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
        None if text.len() > 200 => {
            Err(Error::new(ErrorKind::InvalidInput, format!("{what} has at most 200 characters")))
        }
        None => Ok(text.trim()),
    }
}

/// The same, in one word.
fn word<'t>(what: &str, name: &'t str) -> Result<&'t str> {
    let name = text(what, name)?;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("{what} is one word")));
    }
    Ok(name)
}

fn port(platform: &Platform, before: &PortConfig, after: &PortConfig, lines: &mut Vec<String>) -> Result<()> {
    if before.description != after.description {
        lines.push(match &after.description {
            Some(description) => format!("description {}", text("a description", description)?),
            None => "no description".to_owned(),
        });
    }
    if before.mtu != after.mtu {
        lines.push(after.mtu.map_or_else(|| "no mtu".to_owned(), |mtu| format!("mtu {mtu}")));
    }
    if let Some(mode) = after.mode.as_ref().filter(|mode| before.mode.as_ref() != Some(*mode)) {
        vlans(platform, before.mode.as_ref(), mode, lines)?;
    }
    if before.edge.unwrap_or(false) != after.edge.unwrap_or(false) {
        let [access, trunk, none] = platform.edge;
        let line = match (after.edge, &after.mode) {
            (Some(true), Some(PortMode::Trunk { .. })) => trunk,
            (Some(true), _) => access,
            _ => none,
        };
        lines.push(line.to_owned());
    }
    if before.lag != after.lag {
        // A member of one group cannot become one of another.
        if before.lag.is_some() {
            lines.push("no channel-group".to_owned());
        }
        if let Some(member) = after.lag {
            let mode = match member.mode {
                LagMode::Active => "active",
                LagMode::Passive => "passive",
                LagMode::Static => "on",
            };
            lines.push(format!("channel-group {} mode {mode}", member.group));
        }
    }
    if before.enabled != after.enabled {
        lines.push(if after.enabled { "no shutdown" } else { "shutdown" }.to_owned());
    }
    Ok(())
}

fn vlans(
    platform: &Platform,
    before: Option<&PortMode>,
    after: &PortMode,
    lines: &mut Vec<String>,
) -> Result<()> {
    if matches!(before, Some(PortMode::Routed)) && *after != PortMode::Routed {
        lines.push("switchport".to_owned());
    }
    match after {
        PortMode::Routed => lines.push("no switchport".to_owned()),
        PortMode::Access { vlan } => {
            lines.push(format!("switchport access vlan {vlan}"));
            if !matches!(before, Some(PortMode::Access { .. })) {
                lines.push("switchport mode access".to_owned());
            }
        }
        PortMode::Trunk { native, allowed } => {
            let was = match before {
                Some(PortMode::Trunk { native, allowed }) => Some((*native, allowed)),
                _ => None,
            };
            if was.map(|(native, _)| native) != Some(*native) {
                lines.push(match (native, platform.native_tagged) {
                    (Some(native), _) => format!("switchport trunk native vlan {native}"),
                    (None, Some(tagged)) => tagged.to_owned(),
                    (None, None) => {
                        let message = format!(
                            "a trunk of {} always has a VLAN without a tag; say which one",
                            platform.title
                        );
                        return Err(Error::new(ErrorKind::Unsupported, message));
                    }
                });
            }
            list(platform, was.map(|(_, allowed)| allowed), allowed, lines);
            if was.is_none() {
                lines.push("switchport mode trunk".to_owned());
            }
        }
    }
    Ok(())
}

/// The list of a trunk, from what it was; what it was is not known of a port that was none.
fn list(platform: &Platform, was: Option<&VlanSet>, allowed: &VlanSet, lines: &mut Vec<String>) {
    const LINE: &str = "switchport trunk allowed vlan";
    let mut push = |word: &str, list: &str| {
        lines.push(
            [LINE, word, list].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        );
    };
    if was == Some(allowed) {
        return;
    }
    if allowed.is_empty() || allowed.is_all() {
        return push("", &allowed.to_string());
    }
    let Some(was) = was else {
        for (at, part) in allowed.lists(platform.longest_list).iter().enumerate() {
            push(if at == 0 { "" } else { "add" }, part);
        }
        return;
    };
    // Wider first, narrower then.
    for part in allowed.without(was).lists(platform.longest_list) {
        push("add", &part);
    }
    for part in was.without(allowed).lists(platform.longest_list) {
        push("remove", &part);
    }
}

#[cfg(test)]
mod tests {
    use underlay_hal::PortId;

    use super::*;
    use crate::platform;

    fn set(text: &str) -> VlanSet {
        text.parse().expect("a list")
    }

    fn lines(before: PortMode, after: PortMode) -> Vec<String> {
        let config = |mode| PortConfig { enabled: true, mode: Some(mode), ..PortConfig::default() };
        let port = PortId::from("Ethernet1");
        let step = SwitchStep::Port { port, before: config(before), after: config(after) };
        render(platform("arista-eos").expect("a platform"), &[step]).expect("lines")
    }

    fn trunk(allowed: &str) -> PortMode {
        PortMode::Trunk { native: Some(1), allowed: set(allowed) }
    }

    #[test]
    fn a_port_has_its_list_before_it_is_a_trunk() {
        assert_eq!(
            lines(PortMode::Access { vlan: 1 }, trunk("10,20")),
            [
                "interface Ethernet1",
                "switchport trunk native vlan 1",
                "switchport trunk allowed vlan 10,20",
                "switchport mode trunk",
                "exit",
            ]
        );
    }

    #[test]
    fn a_trunk_is_wider_before_it_is_narrower() {
        let all_but_one = lines(trunk("all"), trunk("1-99,101-4094"));
        assert_eq!(all_but_one[1..2], ["switchport trunk allowed vlan remove 100"]);
        let moved = lines(trunk("10,20"), trunk("20,30"));
        assert_eq!(
            moved[1..3],
            ["switchport trunk allowed vlan add 30", "switchport trunk allowed vlan remove 10"]
        );
        assert_eq!(lines(trunk("10"), trunk("none"))[1..2], ["switchport trunk allowed vlan none"]);
    }

    #[test]
    fn what_a_platform_cannot_is_no_line() {
        let nxos = platform("cisco-nxos").expect("a platform");
        let before = PortConfig { enabled: true, mode: Some(trunk("10")), ..PortConfig::default() };
        let step = |after: PortConfig| {
            let port = PortId::from("Ethernet1/1");
            render(nxos, &[SwitchStep::Port { port, before: before.clone(), after }])
        };
        let tagged = PortMode::Trunk { native: None, allowed: set("10") };
        let error = step(PortConfig { mode: Some(tagged), ..before.clone() }).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let lines = step(PortConfig { edge: Some(true), ..before.clone() }).expect("lines");
        assert_eq!(lines[1..2], ["spanning-tree port type edge trunk"]);
    }

    #[test]
    fn long_lists_are_several_lines() {
        let odd: VlanSet = (1..4000).step_by(2).collect();
        let many = lines(PortMode::Access { vlan: 1 }, PortMode::Trunk { native: Some(1), allowed: odd });
        assert!(many.len() > 10 && many.iter().all(|line| line.len() < 250));
        assert!(many[3].starts_with("switchport trunk allowed vlan add "), "{}", many[3]);
    }

    #[test]
    fn a_text_cannot_be_a_command() {
        let name = |name: &str| {
            let step = SwitchStep::Vlan { id: 10, name: Some(name.to_owned()), before: None };
            render(platform("cisco-ios").expect("a platform"), &[step])
        };
        for wrong in ["a\nno vlan 1", "a?", "two words", "", "\u{1b}[2J"] {
            assert_eq!(name(wrong).expect_err("refused").kind(), ErrorKind::InvalidInput, "{wrong:?}");
        }
        assert_eq!(name("blue").expect("lines"), ["vlan 10", "name blue", "exit"]);
    }
}
