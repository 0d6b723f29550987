//! One login's conversation. Pure but for the plant: a line in, text out.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    configure::{Part, Refused, configure},
    model::{Dialect, Model},
    session::{Candidates, Standing},
    show, structured,
    words::words,
};
use crate::plant::{Plant, SwitchSetup};

/// The switch that a login is at.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) plant: Plant,
    pub(crate) name: String,
    pub(crate) model: &'static Model,
    pub(crate) serial: String,
    pub(crate) candidates: Candidates,
}

impl Unit {
    fn running(&self) -> SwitchSetup {
        self.plant.switch_running(&self.name).unwrap_or_default()
    }

    fn waits(&self) -> bool {
        self.plant.switch_waits(&self.name).is_some()
    }

    fn text(&self, setup: &SwitchSetup) -> String {
        show::configuration(self.model, &self.name, setup)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Exec,
    Privileged,
    Config,
}

/// What is waited for instead of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Password,
    Leave,
    FileName,
    Reload,
}

/// What a line led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// What is printed, with `\n` at the end of every line.
    pub(crate) text: String,
    /// The connection ends.
    pub(crate) ends: bool,
}

impl Said {
    pub(super) fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Self { text, ends: false }
    }
}

/// One login's conversation.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(super) unit: Unit,
    password: String,
    pub(super) mode: Mode,
    part: Part,
    /// The candidate that lines of the configuration change; else the running configuration.
    candidate: Option<String>,
    /// What this login has changed and not committed, where every login has its own candidate.
    pub(super) draft: Option<SwitchSetup>,
    pub(super) asked: Option<Asked>,
    /// Lines on a page; 0: no pages.
    pub(crate) page: usize,
}

impl Shell {
    pub(crate) fn new(unit: Unit, password: String) -> Self {
        // Where a login has all rights at once, there is nothing to ask for.
        let at_once = matches!(unit.model.dialect, Dialect::Nxos | Dialect::Junos);
        let mode = if at_once { Mode::Privileged } else { Mode::Exec };
        Self { unit, password, mode, part: Part::Top, candidate: None, draft: None, asked: None, page: 24 }
    }

    /// Whether what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        self.asked != Some(Asked::Password)
    }

    /// What stands on the last line.
    pub(crate) fn prompt(&self) -> String {
        match self.asked {
            Some(Asked::Password) => return "Password: ".to_owned(),
            Some(Asked::FileName) => return "Destination filename [startup-config]? ".to_owned(),
            Some(Asked::Leave) => return "Exit with uncommitted changes? [yes,no] (yes) ".to_owned(),
            Some(Asked::Reload) => return "Proceed with reload? [confirm]".to_owned(),
            None => {}
        }
        let name = &self.unit.name;
        if self.unit.model.dialect == Dialect::Junos {
            return if self.mode == Mode::Config {
                format!("\r\n[edit]\r\nadmin@{name}# ")
            } else {
                format!("admin@{name}> ")
            };
        }
        let blank = if self.unit.model.dialect == Dialect::Nxos { " " } else { "" };
        let part = match (&self.part, self.unit.model.dialect) {
            (Part::Top, _) => String::new(),
            (Part::Vlans(vlans), Dialect::Eos) => format!("-vlan-{}", vlans.first().copied().unwrap_or(1)),
            (Part::Vlans(_), _) => "-vlan".to_owned(),
            (Part::Port(number), Dialect::Eos) => format!("-if-{}", self.unit.model.short_name(*number)),
            (Part::Group(number), Dialect::Eos) => format!("-if-Po{number}"),
            (Part::Port(_) | Part::Group(_), _) => "-if".to_owned(),
        };
        let session: String = match &self.candidate {
            Some(id) => format!("-s-{}", id.chars().take(6).collect::<String>()),
            None => String::new(),
        };
        match self.mode {
            Mode::Exec => format!("{name}>"),
            Mode::Privileged => format!("{name}#{blank}"),
            Mode::Config => format!("{name}(config{session}{part})#{blank}"),
        }
    }

    /// Hears a line.
    pub(crate) fn line(&mut self, line: &str) -> Said {
        let line = line.trim();
        match self.asked.take() {
            Some(Asked::Password) => {
                if line == self.password {
                    self.mode = Mode::Privileged;
                    return Said::default();
                }
                return Said::new("% Bad secrets\n");
            }
            Some(Asked::FileName) => return self.save(),
            Some(Asked::Leave) => {
                return if matches!(line, "" | "yes" | "y") { self.forget_draft() } else { Said::default() };
            }
            Some(Asked::Reload) => {
                self.unit.plant.restart_switch(&self.unit.name);
                return Said { text: String::new(), ends: true };
            }
            None => {}
        }
        if self.unit.model.dialect == Dialect::Junos {
            return self.statement_line(line);
        }
        if line.is_empty() || line.starts_with('!') {
            return Said::default();
        }
        if self.mode == Mode::Config {
            return self.configuring(line);
        }
        self.command(line).unwrap_or_else(|refused| Said::new(refused.text(self.unit.model.dialect)))
    }

    fn configuring(&mut self, line: &str) -> Said {
        if words("end", line).is_some() {
            return self.leave();
        }
        if words("exit", line).is_some() && self.part == Part::Top {
            return self.leave();
        }
        if let Some(id) = self.candidate.clone()
            && let Some(said) = self.in_session(&id, line)
        {
            return said;
        }
        // Another candidate may be entered from within.
        if self.unit.model.dialect == Dialect::Eos && words("configure session {}", line).is_some() {
            self.part = Part::Top;
            return self.sessions(line).unwrap_or_else(|refused| Said::new(refused.text(Dialect::Eos)));
        }
        let changed = match self.candidate.clone() {
            Some(id) => {
                let mut all = self.unit.candidates.all(self.unit.waits());
                let Some(candidate) = all.get_mut(&id) else { return Said::new("% Error: no such session") };
                configure(self.unit.model, &mut candidate.setup, &self.part, line)
            }
            None => {
                let mut setup = self.unit.running();
                let changed = configure(self.unit.model, &mut setup, &self.part, line);
                if changed.is_ok() {
                    let _ = self.unit.plant.configure_switch(&self.unit.name, setup);
                }
                changed
            }
        };
        match changed {
            Ok(part) => {
                self.part = part;
                Said::default()
            }
            Err(refused) => {
                // What only looks may be said here too; on one of the two after `do`.
                let inner = match self.unit.model.dialect {
                    Dialect::Eos | Dialect::Nxos => {
                        Some(line).filter(|line| words("show {*}", line).is_some())
                    }
                    Dialect::Ios | Dialect::Junos => line.strip_prefix("do "),
                };
                let said = inner.and_then(|inner| self.command(inner).ok());
                said.unwrap_or_else(|| Said::new(refused.text(self.unit.model.dialect)))
            }
        }
    }

    fn leave(&mut self) -> Said {
        self.mode = Mode::Privileged;
        self.part = Part::Top;
        self.candidate = None;
        Said::default()
    }

    fn save(&self) -> Said {
        self.unit.plant.save_switch(&self.unit.name);
        Said::new(match self.unit.model.dialect {
            Dialect::Eos => "Copy completed successfully.",
            Dialect::Ios => "Building configuration...\n[OK]",
            Dialect::Junos => "",
            Dialect::Nxos => "[########################################] 100%\nCopy complete.",
        })
    }

    /// Words that a candidate's own configuration mode has.
    fn in_session(&mut self, id: &str, line: &str) -> Option<Said> {
        let asked = if words("commit", line).is_some() {
            format!("configure session {id} commit")
        } else if let Some([timer]) = words("commit timer {}", line).as_deref() {
            format!("configure session {id} commit timer {timer}")
        } else if words("abort", line).is_some() {
            format!("configure session {id} abort")
        } else if words("show session-config diffs", line).is_some() {
            format!("show session-config named {id} diffs")
        } else {
            return None;
        };
        let ends = !asked.starts_with("show");
        let said = self.command(&asked).ok()?;
        if ends && !said.text.starts_with('%') {
            self.leave();
        }
        Some(said)
    }

    /// A command outside of the configuration.
    fn command(&mut self, line: &str) -> Result<Said, Refused> {
        let (line, filter) = line.split_once('|').map_or((line, None), |(line, filter)| (line, Some(filter)));
        let json = filter.is_some_and(|filter| words("json", filter).is_some());
        let mut said = self.plain(line.trim(), json)?;
        let keep =
            |pattern: &str| filter.and_then(|filter| words(pattern, filter)).map(|found| found.concat());
        let filtered = |text: &str, keep: &dyn Fn(&str) -> bool| {
            text.lines().filter(|line| keep(line)).map(|line| format!("{line}\n")).collect::<String>()
        };
        if let Some(wanted) = keep("include {*}") {
            said.text = filtered(&said.text, &|line| line.contains(&wanted));
        } else if let Some(unwanted) = keep("exclude {*}") {
            said.text = filtered(&said.text, &|line| !line.contains(&unwanted));
        }
        Ok(said)
    }

    fn plain(&mut self, line: &str, json: bool) -> Result<Said, Refused> {
        let (unit, dialect) = (self.unit.clone(), self.unit.model.dialect);
        let is = |pattern: &str| words(pattern, line).is_some();
        let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
        let now = || unit.plant.now().as_secs();
        let ports = || unit.plant.ports(&unit.name).unwrap_or_default();
        if is("exit") || is("quit") || is("logout") {
            return Ok(Said { text: String::new(), ends: true });
        }
        if let Some(width) = one("terminal width {}") {
            let text = if dialect == Dialect::Eos {
                format!("Width set to {width} columns.")
            } else {
                String::new()
            };
            return Ok(Said::new(text));
        }
        if let Some(length) = one("terminal length {}") {
            self.page = length.parse().map_err(|_| Refused::Unknown)?;
            let text = if dialect == Dialect::Eos && self.page == 0 { "Pagination disabled." } else { "" };
            return Ok(Said::new(text));
        }
        if is("terminal no monitor") || is("no terminal monitor") {
            return Ok(Said::default());
        }
        if json {
            let value = self.structured(line).ok_or_else(|| match dialect {
                Dialect::Eos => Refused::Said("% This is an unconverted command".to_owned()),
                Dialect::Ios | Dialect::Nxos | Dialect::Junos => Refused::Unknown,
            })?;
            return Ok(Said::new(format!("{value:#}\n")));
        }
        if is("show version") {
            let mac = unit.plant.switch_mac(&unit.name);
            return Ok(Said::new(show::version(unit.model, &unit.name, &unit.serial, mac, now())));
        }
        if is("show privilege") {
            let level = if self.mode == Mode::Exec { 1 } else { 15 };
            return Ok(Said::new(format!("Current privilege level is {level}")));
        }
        if is("show interfaces status") || (dialect == Dialect::Nxos && is("show interface status")) {
            return Ok(Said::new(show::status(unit.model, &unit.running(), &ports())));
        }
        if is("show lldp neighbors detail") {
            return Ok(Said::new(show::neighbors(unit.model, &unit.running(), &ports())));
        }
        if is("show mac address-table") {
            return Ok(Said::new(show::macs(unit.model, &unit.running(), &ports())));
        }
        if is("show vlan") || is("show vlan brief") {
            return Ok(Said::new(show::vlans(unit.model, &unit.running())));
        }
        if is("enable") {
            if dialect == Dialect::Ios && self.mode == Mode::Exec {
                self.asked = Some(Asked::Password);
            } else {
                self.mode = Mode::Privileged;
            }
            return Ok(Said::default());
        }
        if is("disable") {
            self.mode = Mode::Exec;
            return Ok(Said::default());
        }
        if self.mode == Mode::Exec {
            return Err(match dialect {
                Dialect::Eos => Refused::Said("% Invalid input (privileged mode required)".to_owned()),
                Dialect::Ios | Dialect::Nxos | Dialect::Junos => Refused::Unknown,
            });
        }
        if is("show running-config") {
            let header = match dialect {
                Dialect::Junos => "",
                Dialect::Eos => "! Command: show running-config\n",
                Dialect::Ios => "Building configuration...\n\nCurrent configuration : 4021 bytes\n",
                Dialect::Nxos => {
                    "\n!Command: show running-config\n!No configuration change since last restart\n\n"
                }
            };
            return Ok(Said::new(format!("{header}{}", unit.text(&unit.running()))));
        }
        if is("show startup-config") {
            let startup = unit.plant.switch_startup(&unit.name).unwrap_or_default();
            return Ok(Said::new(unit.text(&startup)));
        }
        if dialect != Dialect::Nxos && (is("write memory") || is("write")) {
            return Ok(self.save());
        }
        if is("copy running-config startup-config") {
            if dialect == Dialect::Ios {
                self.asked = Some(Asked::FileName);
                return Ok(Said::default());
            }
            return Ok(self.save());
        }
        if is("reload") {
            self.asked = Some(Asked::Reload);
            return Ok(Said::default());
        }
        if is("configure terminal") || is("configure") {
            self.mode = Mode::Config;
            let text = match dialect {
                Dialect::Eos | Dialect::Junos => "",
                Dialect::Ios => "Enter configuration commands, one per line.  End with CNTL/Z.",
                Dialect::Nxos => "Enter configuration commands, one per line. End with CNTL/Z.",
            };
            return Ok(Said::new(text));
        }
        match dialect {
            Dialect::Eos => self.sessions(line),
            Dialect::Ios => self.archive(line),
            Dialect::Nxos => self.checkpoints(line),
            Dialect::Junos => Err(Refused::Unknown),
        }
    }

    /// What is printed as JSON, where it is.
    fn structured(&self, line: &str) -> Option<serde_json::Value> {
        let unit = &self.unit;
        let is = |pattern: &str| words(pattern, line).is_some();
        let up = Duration::from_secs(unit.plant.now().as_secs());
        let ports = || unit.plant.ports(&unit.name).unwrap_or_default();
        let mac = || unit.plant.switch_mac(&unit.name);
        if unit.model.dialect != Dialect::Eos {
            return None;
        }
        Some(if is("show version") {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            structured::version(unit.model, &unit.serial, mac(), now, up)
        } else if is("show hostname") {
            structured::host_name(&unit.name)
        } else if is("show interfaces") {
            structured::interfaces(unit.model, &unit.running(), &ports(), mac())
        } else if is("show lldp neighbors") {
            structured::neighbors(unit.model, &ports())
        } else if is("show mac address-table") {
            structured::macs(unit.model, &unit.running(), &ports())
        } else if is("show vlan") {
            show::vlans_json(unit.model, &unit.running())
        } else if is("show configuration sessions") || is("show configuration sessions detail") {
            let waits = unit.plant.switch_waits(&unit.name);
            structured::sessions(unit.candidates.all(waits.is_some()).iter(), up, waits)
        } else {
            return None;
        })
    }

    fn sessions(&mut self, line: &str) -> Result<Said, Refused> {
        let unit = self.unit.clone();
        let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
        let none = |id: &str| Refused::Said(format!("% Error: session {id} does not exist"));
        if words("show configuration sessions", line).is_some()
            || words("show configuration sessions detail", line).is_some()
        {
            let all = unit.candidates.all(unit.waits());
            let mut text = String::from(
                "Maximum number of completed sessions: 1\nMaximum number of pending sessions: 5\n\n  Name      State              User    Terminal\n  --------- ------------------ ------- --------\n",
            );
            for (id, candidate) in all.iter() {
                let state = match candidate.standing {
                    Standing::Pending => "pending",
                    Standing::Waiting => "pendingCommitTimer",
                };
                text.push_str(&format!("  {id:<9} {state:<18} admin   vty1\n"));
            }
            return Ok(Said::new(text));
        }
        if let Some(id) = one("show session-config named {} diffs") {
            let all = unit.candidates.all(unit.waits());
            let candidate = all.get(id).ok_or_else(|| none(id))?;
            let difference = show::difference(&unit.text(&unit.running()), &unit.text(&candidate.setup));
            if difference.is_empty() {
                return Ok(Said::default());
            }
            return Ok(Said::new(format!(
                "--- system:/running-config\n+++ session:/{id}-session-config\n{difference}"
            )));
        }
        let timer = words("configure session {} commit timer {}", line);
        let plain = words("configure session {} commit", line);
        if let Some([id, ..]) = timer.as_deref().or(plain.as_deref()) {
            let within = match timer.as_deref() {
                Some([_, timer]) => Some(clock(timer).ok_or(Refused::Unknown)?),
                _ => None,
            };
            let mut all = unit.candidates.all(unit.waits());
            let candidate = all.get_mut(*id).ok_or_else(|| none(id))?;
            if candidate.standing == Standing::Waiting {
                unit.plant.confirm_switch(&unit.name);
                all.remove(*id);
                return Ok(Said::default());
            }
            if let Some(within) = within {
                let _ = unit.plant.guard_switch(&unit.name, within);
                candidate.standing = Standing::Waiting;
            }
            let _ = unit.plant.configure_switch(&unit.name, candidate.setup.clone());
            if within.is_none() {
                all.remove(*id);
            }
            return Ok(Said::default());
        }
        if let Some(file) = one("copy startup-config {}") {
            unit.candidates.keep(file, unit.plant.switch_startup(&unit.name).unwrap_or_default());
            return Ok(Said::new("Copy completed successfully."));
        }
        if let Some(file) = one("configure replace {}") {
            let missing = || Refused::Said(format!("% Error: {file} (No such file or directory)"));
            let setup = unit.candidates.kept(file).ok_or_else(missing)?;
            let _ = unit.plant.configure_switch(&unit.name, setup);
            return Ok(Said::default());
        }
        if let Some(id) = one("configure session {} abort") {
            let gone = unit.candidates.all(unit.waits()).remove(id).ok_or_else(|| none(id))?;
            if gone.standing == Standing::Waiting {
                unit.plant.revert_switch(&unit.name);
            }
            return Ok(Said::default());
        }
        if let Some(id) = one("configure session {}") {
            if !unit.candidates.begin(id, unit.running(), unit.waits()) {
                let text = "% Maximum number of pending sessions has been reached. Please commit or abort previous sessions before creating a new one.";
                return Err(Refused::Said(text.to_owned()));
            }
            self.mode = Mode::Config;
            self.candidate = Some(id.to_owned());
            return Ok(Said::default());
        }
        Err(Refused::Unknown)
    }

    /// Copies of the configuration under names; the switch goes back to one whole.
    fn checkpoints(&mut self, line: &str) -> Result<Said, Refused> {
        let unit = self.unit.clone();
        let one = |pattern: &str| words(pattern, line).and_then(|found| found.first().copied());
        let unknown = |id: &str| Refused::Said(format!("ERROR: Checkpoint {id} doesn't exist"));
        if let Some(id) = one("checkpoint {}") {
            if unit.candidates.all(false).contains_key(id) {
                return Err(Refused::Said(format!("ERROR: Checkpoint {id} already exists")));
            }
            if !unit.candidates.begin(id, unit.running(), false) {
                return Err(Refused::Said("ERROR: Maximum number of checkpoints reached".to_owned()));
            }
            return Ok(Said::new("....Done"));
        }
        if let Some(id) = one("no checkpoint {}") {
            unit.candidates.all(false).remove(id).ok_or_else(|| unknown(id))?;
            return Ok(Said::default());
        }
        if let Some(id) = one("rollback running-config checkpoint {} atomic")
            .or_else(|| one("rollback running-config checkpoint {}"))
        {
            let setup = unit.candidates.all(false).get(id).ok_or_else(|| unknown(id))?.setup.clone();
            let _ = unit.plant.configure_switch(&unit.name, setup);
            return Ok(Said::new(
                "Collecting Running-Config\n#Generating Rollback Patch\nExecuting Rollback Patch\nGenerating Running-config for verification\nGenerating Patch for verification\nVerification is Successful.\n\nRollback completed successfully.",
            ));
        }
        if words("show checkpoint summary", line).is_some() {
            let all = unit.candidates.all(false);
            return Ok(Said::new(
                all.keys().map(|id| format!("User Checkpoint Summary: {id}\n")).collect::<String>(),
            ));
        }
        if let Some([_, id]) = words("show diff rollback-patch {} checkpoint {}", line).as_deref() {
            let setup = unit.candidates.all(false).get(*id).ok_or_else(|| unknown(id))?.setup.clone();
            let text = show::difference(&unit.text(&unit.running()), &unit.text(&setup));
            let text = if text.is_empty() { "Rollback Patch is Empty" } else { &text };
            return Ok(Said::new(format!("Collecting Running-Config\n#Generating Rollback Patch\n{text}")));
        }
        Err(Refused::Unknown)
    }

    fn archive(&mut self, line: &str) -> Result<Said, Refused> {
        const NONE: &str = "%No Rollback Confirmed Change pending";
        let unit = self.unit.clone();
        if let Some([minutes]) = words("configure terminal revert timer {}", line).as_deref() {
            let minutes: u64 =
                minutes.parse().ok().filter(|n| (1..=120).contains(n)).ok_or(Refused::Unknown)?;
            let _ = unit.plant.guard_switch(&unit.name, Duration::from_secs(minutes * 60));
            self.mode = Mode::Config;
            let text = "Rollback Confirmed Change: Backing up current running config to flash:archive-1\n\nEnter configuration commands, one per line.  End with CNTL/Z.";
            return Ok(Said::new(text));
        }
        if words("configure confirm", line).is_some() {
            return Ok(Said::new(if unit.plant.confirm_switch(&unit.name) { "" } else { NONE }));
        }
        if words("configure revert now", line).is_some() {
            let undone = unit.plant.revert_switch(&unit.name);
            return Ok(Said::new(if undone {
                "Rollback Confirmed Change: rolling to:flash:archive-1\n\nTotal number of passes: 1\nRollback Done"
            } else {
                NONE
            }));
        }
        if words("show archive config rollback timer", line).is_some() {
            let text = match unit.plant.switch_waits(&unit.name) {
                Some(left) => {
                    format!("Timer type: Absolute\nTimer value: {} min", left.as_secs().div_ceil(60))
                }
                None => NONE.to_owned(),
            };
            return Ok(Said::new(text));
        }
        if words("show archive", line).is_some() {
            return Ok(Said::new(
                "The maximum archive configurations allowed is 10.\nThe next archive file will be named flash:archive-2",
            ));
        }
        Err(Refused::Unknown)
    }
}

/// `HH:MM:SS`.
fn clock(text: &str) -> Option<Duration> {
    let mut parts = text.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let whole = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    let seconds = hours * 3600 + minutes * 60 + seconds;
    (whole && seconds > 0).then(|| Duration::from_secs(seconds))
}
