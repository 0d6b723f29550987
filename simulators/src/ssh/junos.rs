//! A switch whose configuration is statements, with a candidate of one's own for each login.
use std::{fmt::Write as _, time::Duration};

use underlay_hal::VlanSet;

use super::{
    model::Model,
    shell::{Asked, Mode, Said, Shell},
    show,
    words::words,
};
use crate::plant::{PortSetup, PortView, SwitchSetup};

/// What a statement that is none is told.
const SYNTAX: &str = "                   ^\nsyntax error, expecting <statement> or <identifier>.";
const UNKNOWN: &str = "            ^\nunknown command.";
/// The longest name of a VLAN.
const LONGEST: usize = 64;
/// The file that holds the configuration before the last commit.
const PREVIOUS: &str = "rollback 1";

/// The configuration as `display set` prints it.
pub(crate) fn statements(model: &Model, name: &str, setup: &SwitchSetup) -> String {
    let mut text = format!("set version {}\nset system host-name {name}\n", model.software);
    for (number, port) in &setup.ports {
        let own = format!("set interfaces {}", model.port_name(*number));
        let mut say = |rest: &str| {
            let _ = writeln!(text, "{own} {rest}");
        };
        if let Some(description) = &port.description {
            say(&format!("description \"{description}\""));
        }
        if let Some(mtu) = port.mtu {
            say(&format!("mtu {mtu}"));
        }
        if !port.enabled {
            say("disable");
        }
        let family = "unit 0 family ethernet-switching";
        say(family);
        if port.trunk {
            say(&format!("{family} interface-mode trunk"));
            let list = if port.allowed.is_all() { "all".to_owned() } else { port.allowed.to_string() };
            let members = list.split(',').filter(|_| !port.allowed.is_empty());
            members.for_each(|member| say(&format!("{family} vlan members {member}")));
            if let Some(native) = port.native {
                say(&format!("native-vlan-id {native}"));
            }
        } else {
            say(&format!("{family} interface-mode access"));
            if port.access != 1 {
                say(&format!("{family} vlan members {}", port.access));
            }
        }
    }
    for (number, _) in setup.ports.iter().filter(|(_, port)| port.edge) {
        let _ = writeln!(text, "set protocols rstp interface {} edge", model.port_name(*number));
    }
    for (id, title) in setup.vlans.iter().filter(|(id, title)| **id != 1 || title.is_some()) {
        let title = title.clone().unwrap_or_else(|| format!("vlan{id}"));
        let _ = writeln!(text, "set vlans {title} vlan-id {id}");
    }
    text
}

/// What a VLAN is called.
fn title(setup: &SwitchSetup, id: u16) -> String {
    match setup.vlans.get(&id) {
        Some(Some(title)) => title.clone(),
        _ if id == 1 => "default".to_owned(),
        _ => format!("vlan{id}"),
    }
}

/// The number of the VLAN that is called so.
fn number(setup: &SwitchSetup, word: &str) -> Option<u16> {
    word.parse()
        .ok()
        .filter(|id| (1..=4094).contains(id))
        .or_else(|| setup.vlans.keys().copied().find(|id| *id != 1 && title(setup, *id) == word))
}

/// Carries out a statement.
fn statement(model: &Model, setup: &mut SwitchSetup, line: &str) -> Result<(), String> {
    let syntax = || SYNTAX.to_owned();
    if let Some([before, after]) = words("rename vlans {} to {}", line).as_deref() {
        let id = number(setup, before).ok_or("error: statement not found")?;
        setup.vlans.insert(id, Some((*after).to_owned()));
        return Ok(());
    }
    if let Some([name, id]) = words("set vlans {} vlan-id {}", line).as_deref() {
        let id: u16 =
            id.parse().ok().filter(|id| (1..=4094).contains(id)).ok_or("error: Value out of range")?;
        if name.len() > LONGEST {
            return Err(format!(
                "error: invalid value: '{name}': must be a string of {LONGEST} characters or less"
            ));
        }
        setup.vlans.insert(id, Some((*name).to_owned()));
        return Ok(());
    }
    if let Some([name]) = words("delete vlans {}", line).as_deref() {
        match number(setup, name) {
            Some(id) => drop(setup.vlans.remove(&id)),
            None => return Err("warning: statement does not exist".to_owned()),
        }
        return Ok(());
    }
    for (word, edge) in [("set", true), ("delete", false)] {
        if let Some([name]) = words(&format!("{word} protocols rstp interface {{}} edge"), line).as_deref() {
            port(model, setup, name).ok_or_else(syntax)?.edge = edge;
            return Ok(());
        }
    }
    let own = |pattern: &str| {
        words(pattern, line).and_then(|found| match found.as_slice() {
            [name, rest] => Some(((*name).to_owned(), (*rest).to_owned())),
            _ => None,
        })
    };
    if let Some((name, rest)) = own("set interfaces {} {*}") {
        let vlan = words("unit 0 family ethernet-switching vlan members {}", &rest)
            .map(|found| found.concat())
            .map(|word| member(setup, &word).ok_or_else(|| format!("error: vlan {word} is not there")))
            .transpose()?;
        return set(port(model, setup, &name).ok_or_else(syntax)?, &rest, vlan);
    }
    if let Some((name, rest)) = own("delete interfaces {} {*}") {
        return delete(port(model, setup, &name).ok_or_else(syntax)?, &rest);
    }
    Err(syntax())
}

/// The VLANs that a member of a list is.
fn member(setup: &SwitchSetup, word: &str) -> Option<VlanSet> {
    match word {
        "all" => Some(VlanSet::all()),
        _ => word.parse().ok().or_else(|| number(setup, word).map(|id| [id].into_iter().collect())),
    }
}

fn port<'s>(model: &Model, setup: &'s mut SwitchSetup, name: &str) -> Option<&'s mut PortSetup> {
    let ports = u32::try_from(setup.ports.len()).unwrap_or(u32::MAX);
    setup.ports.get_mut(&model.port_number(name, ports)?)
}

fn set(config: &mut PortSetup, rest: &str, vlan: Option<VlanSet>) -> Result<(), String> {
    let is = |pattern: &str| words(pattern, rest).is_some();
    let one = |pattern: &str| words(pattern, rest).and_then(|found| found.first().copied());
    if let Some(list) = vlan {
        if config.trunk {
            config.allowed = config.allowed.union(&list);
        } else {
            config.access = list.iter().next().unwrap_or(1);
        }
    } else if let Some(text) = one("description {*}") {
        config.description = Some(text.trim_matches('"').to_owned());
    } else if is("disable") {
        config.enabled = false;
    } else if let Some(mtu) = one("mtu {}") {
        let known = mtu.parse().ok().filter(|mtu| (256..=9216).contains(mtu));
        config.mtu = Some(known.ok_or("error: Value out of range")?);
    } else if let Some(id) = one("native-vlan-id {}") {
        let known = id.parse().ok().filter(|id| (1..=4094).contains(id));
        config.native = Some(known.ok_or("error: Value out of range")?);
    } else if is("unit 0 family ethernet-switching interface-mode trunk") {
        if !config.trunk {
            // Neither a list nor a VLAN without a tag, unless they are said; 1 is what a port has that was none.
            let native = config.native.filter(|native| *native != 1);
            (config.trunk, config.native, config.allowed) = (true, native, VlanSet::none());
        }
    } else if is("unit 0 family ethernet-switching interface-mode access") {
        config.trunk = false;
    } else if !is("unit 0 family ethernet-switching") {
        return Err(SYNTAX.to_owned());
    }
    Ok(())
}

fn delete(config: &mut PortSetup, rest: &str) -> Result<(), String> {
    let is = |pattern: &str| words(pattern, rest).is_some();
    if is("description") {
        config.description = None;
    } else if is("disable") {
        config.enabled = true;
    } else if is("mtu") {
        config.mtu = None;
    } else if is("native-vlan-id") {
        config.native = None;
    } else if is("unit 0 family ethernet-switching vlan members") {
        (config.access, config.allowed) = (1, VlanSet::none());
    } else {
        return Err(SYNTAX.to_owned());
    }
    Ok(())
}

/// `show interfaces terse`.
fn terse(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> String {
    let mut text = String::from("Interface               Admin Link Proto    Local                 Remote\n");
    let word = |is: bool| if is { "up" } else { "down" };
    for port in ports {
        let enabled = setup.ports.get(&port.number).is_some_and(|port| port.enabled);
        let (name, admin, link) = (model.port_name(port.number), word(enabled), word(port.link));
        let _ = writeln!(text, "{name:<23} {admin:<5} {link}");
        let _ = writeln!(text, "{:<23} {admin:<5} {link:<4} eth-switch", format!("{name}.0"));
    }
    text.push_str("vme                     up    down\n");
    text
}

fn colons(mac: [u8; 6]) -> String {
    mac.map(|octet| format!("{octet:02x}")).join(":")
}

/// `show ethernet-switching table`.
fn table(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> String {
    let mut rows = String::new();
    let mut total = 0;
    for port in ports.iter().filter(|port| port.link) {
        let (Some((.., mac)), Some(vlan)) = (&port.peer, setup.untagged(port.number)) else { continue };
        let name = format!("{}.0", model.port_name(port.number));
        total += 1;
        let _ = writeln!(
            rows,
            "   {:<19} {:<19} D             -   {name:<22} 0         0       ",
            title(setup, vlan),
            colons(*mac)
        );
    }
    format!(
        "\nMAC flags (S - static MAC, D - dynamic MAC, L - locally learned, P - Persistent static\n           SE - statistics enabled, NM - non configured MAC, R - remote PE MAC, O - ovsdb MAC)\n\n\nEthernet switching table : {total} entries, {total} learned\nRouting instance : default-switch\n   Vlan                MAC                 MAC      Age    Logical                NH        RTR \n   name                address             flags           interface              Index     ID\n{rows}"
    )
}

/// `show lldp neighbors`.
fn neighbors(model: &Model, ports: &[PortView]) -> String {
    let mut text = String::from(
        "Local Interface    Parent Interface    Chassis Id                               Port info          System Name\n",
    );
    for port in ports.iter().filter(|port| port.link) {
        let Some((machine, nic, mac)) = &port.peer else { continue };
        let name = model.port_name(port.number);
        let _ = writeln!(text, "{name:<18} -                   {:<40} {nic:<18} {machine}", colons(*mac));
    }
    text
}

impl Shell {
    /// Hears a line.
    pub(super) fn statement_line(&mut self, line: &str) -> Said {
        if line.is_empty() {
            return Said::default();
        }
        let (line, pipes) =
            line.split_once('|').map_or((line, ""), |(line, pipes)| (line.trim(), pipes.trim()));
        let said = if self.mode == Mode::Config {
            match line.strip_prefix("run ") {
                Some(line) => self.operate(line, pipes),
                None => self.edit(line, pipes),
            }
        } else {
            self.operate(line, pipes)
        };
        said.unwrap_or_else(Said::new)
    }

    /// Leaves the configuration; what is not committed is gone.
    pub(super) fn forget_draft(&mut self) -> Said {
        self.draft = None;
        self.mode = Mode::Privileged;
        Said::new("Exiting configuration mode\n")
    }

    fn operate(&mut self, line: &str, pipes: &str) -> Result<Said, String> {
        let unit = self.unit.clone();
        let is = |pattern: &str| words(pattern, line).is_some();
        let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
        let ports = || unit.plant.ports(&unit.name).unwrap_or_default();
        let running = || unit.plant.switch_running(&unit.name).unwrap_or_default();
        if is("exit") || is("quit") {
            return Ok(Said { text: String::new(), ends: true });
        }
        if let Some(width) = one("set cli screen-width {}") {
            return Ok(Said::new(format!("Screen width set to {width}")));
        }
        if let Some(length) = one("set cli screen-length {}") {
            self.page = length.parse().map_err(|_| UNKNOWN.to_owned())?;
            return Ok(Said::new(format!("Screen length set to {length}")));
        }
        if is("set cli complete-on-space off") {
            return Ok(Said::new("Disabling complete-on-space"));
        }
        if is("show version") {
            let (model, software) = (unit.model.model.to_lowercase(), unit.model.software);
            return Ok(Said::new(format!(
                "Hostname: {}\nModel: {model}\nJunos: {software}\nJUNOS OS Kernel 64-bit  [20220105.b6f8dd4_builder_stable_11]\n",
                unit.name
            )));
        }
        if is("show chassis hardware") {
            return Ok(Said::new(format!(
                "Hardware inventory:\nItem             Version  Part number  Serial number     Description\nChassis                                {:<17} {}\n",
                unit.serial, unit.model.model
            )));
        }
        if is("show configuration") {
            if !pipes.starts_with("display set") {
                return Err("error: only `| display set` is printed here".to_owned());
            }
            return Ok(Said::new(statements(unit.model, &unit.name, &running())));
        }
        if is("show interfaces terse") {
            return Ok(Said::new(terse(unit.model, &running(), &ports())));
        }
        if is("show ethernet-switching table") {
            return Ok(Said::new(table(unit.model, &running(), &ports())));
        }
        if is("show lldp neighbors") {
            return Ok(Said::new(neighbors(unit.model, &ports())));
        }
        if is("show system commit") {
            let how = match unit.plant.switch_waits(&unit.name) {
                Some(left) => {
                    format!("cli commit confirmed, rollback in {}mins", left.as_secs().div_ceil(60))
                }
                None => "cli".to_owned(),
            };
            return Ok(Said::new(format!(
                "0   2026-01-01 00:00:00 UTC by admin via {how}\n1   2025-12-31 00:00:00 UTC by root via other\n"
            )));
        }
        if is("configure") || is("configure private") || is("configure exclusive") {
            self.mode = Mode::Config;
            self.draft = Some(running());
            return Ok(Said::new("Entering configuration mode\n"));
        }
        Err(UNKNOWN.to_owned())
    }

    fn edit(&mut self, line: &str, pipes: &str) -> Result<Said, String> {
        let unit = self.unit.clone();
        let running = unit.plant.switch_running(&unit.name).unwrap_or_default();
        let mut draft = self.draft.clone().unwrap_or_else(|| running.clone());
        let is = |pattern: &str| words(pattern, line).is_some();
        if is("exit") || is("exit configuration-mode") || is("quit") {
            if draft != running {
                self.asked = Some(Asked::Leave);
                return Ok(Said::new("The configuration has been changed but not committed"));
            }
            return Ok(self.forget_draft());
        }
        if is("show") && pipes == "compare" {
            let text = |setup: &SwitchSetup| statements(unit.model, &unit.name, setup);
            return Ok(Said::new(show::difference(&text(&running), &text(&draft))));
        }
        if is("rollback 0") || is("rollback") {
            self.draft = Some(running);
            return Ok(Said::new("load complete"));
        }
        if is("rollback 1") {
            self.draft = Some(unit.candidates.kept(PREVIOUS).ok_or("error: no rollback file")?);
            return Ok(Said::new("load complete"));
        }
        if is("commit check") {
            return Ok(Said::new("configuration check succeeds"));
        }
        let minutes = words("commit confirmed {}", line).and_then(|found| found.first()?.parse::<u64>().ok());
        let timed = minutes.or(is("commit confirmed").then_some(10));
        if let Some(minutes) = timed.filter(|minutes| (1..=65535).contains(minutes)) {
            unit.candidates.keep(PREVIOUS, running);
            let _ = unit.plant.guard_switch(&unit.name, Duration::from_secs(minutes * 60));
            let _ = unit.plant.configure_switch(&unit.name, draft);
            return Ok(Said::new(format!(
                "commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed\ncommit complete\n\n# commit confirmed will be rolled back in {minutes} minutes"
            )));
        }
        if is("commit") || is("commit and-quit") {
            // What waited is confirmed by it, or undone by what is committed now.
            let waited = unit.plant.confirm_switch(&unit.name);
            if !waited {
                unit.candidates.keep(PREVIOUS, running);
            }
            let _ = unit.plant.configure_switch(&unit.name, draft);
            unit.plant.save_switch(&unit.name);
            let mut said = Said::new("commit complete");
            if is("commit and-quit") {
                said.text.push_str(&self.forget_draft().text);
            }
            return Ok(said);
        }
        statement(unit.model, &mut draft, line)?;
        self.draft = Some(draft);
        Ok(Said::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::model::MODELS;

    fn model() -> &'static Model {
        MODELS.iter().find(|model| model.persona == "juniper-junos").expect("a persona")
    }

    fn setup() -> SwitchSetup {
        SwitchSetup {
            vlans: [(1, None)].into(),
            ports: (1..=3).map(|number| (number, PortSetup::default())).collect(),
            ..SwitchSetup::default()
        }
    }

    #[test]
    fn what_is_written_down_makes_the_same_again() {
        let mut one = setup();
        for line in [
            "set vlans blue vlan-id 10",
            "set interfaces ge-0/0/1 description \"to the roof\"",
            "set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members blue",
            "set interfaces ge-0/0/2 unit 0 family ethernet-switching interface-mode trunk",
            "set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members 10",
            "set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members 20-22",
            "set interfaces ge-0/0/2 native-vlan-id 10",
            "set interfaces ge-0/0/3 disable",
            "set protocols rstp interface ge-0/0/1 edge",
        ] {
            statement(model(), &mut one, line).unwrap_or_else(|told| panic!("{line}: {told}"));
        }
        assert_eq!(
            (one.untagged(1), one.untagged(2), one.ports[&2].allowed.to_string()),
            (Some(10), Some(10), "10,20-22".to_owned())
        );
        let text = statements(model(), "s1", &one);
        let mut again = setup();
        for line in text.lines().filter(|line| line.starts_with("set vlans")) {
            statement(model(), &mut again, line).expect("it");
        }
        for line in
            text.lines().filter(|line| !line.starts_with("set version") && !line.starts_with("set system"))
        {
            statement(model(), &mut again, line).unwrap_or_else(|told| panic!("{line}: {told}"));
        }
        assert!(again.ports == one.ports, "{text}");
        assert_eq!(again.vlans, one.vlans);
    }

    #[test]
    fn what_is_none_is_refused_and_changes_nothing() {
        for line in [
            "set vlans blue vlan-id 5000",
            "set interfaces ge-0/0/9 disable",
            "set interfaces ge-0/0/1 mtu 99",
            "set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members nowhere",
            "frobnicate",
        ] {
            let mut one = setup();
            assert!(statement(model(), &mut one, line).is_err(), "{line}");
            assert_eq!(one, setup(), "{line}");
        }
        let mut one = setup();
        assert!(
            statement(model(), &mut one, "delete vlans nowhere")
                .is_err_and(|told| told.starts_with("warning:"))
        );
    }
}
