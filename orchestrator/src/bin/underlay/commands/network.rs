//! `underlay port`, `underlay vlan`, `underlay lag`, `underlay switch config`, `switch confirm`, `switch rollback`, `switch save`.

use std::{collections::BTreeMap, path::Path, process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    ApplyOptions, Change, ConfigSource, Cx, Device, Error, ErrorKind, LagMember, LagMode, ModeEdit, Opened,
    Outcome, PortEdit, PortId, Result, SwitchConfig, SwitchConfiguration, SwitchEdit, SwitchPlan, VlanEdit,
    plan_switch,
};
use underlay_rack::{DeviceKind, Rack};

use super::{
    change::{Mutation, Step},
    switch::number,
};
use crate::{
    cli::{Carry, Consent, GroupMode, Lag, OnOff, Port, PortSet, SwitchConfiguration as Command, Vlan, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

fn facet(device: &dyn Device) -> Result<&dyn SwitchConfig> {
    device.switch_config().ok_or_else(|| {
        let message =
            "cannot be configured; give its `[[switch]]` an `ssh` with a `platform`, and a `credential`";
        Error::new(ErrorKind::Unsupported, message).during("switch_config.read")
    })
}

/// What is wanted of one switch; ports by what somebody called them.
#[derive(Debug, Default)]
struct Wanted {
    vlans: Vec<SwitchEdit>,
    ports: Vec<(String, PortEdit)>,
    /// A group and all of its members.
    group: Option<(LagMember, Vec<String>)>,
}

/// What became of one switch.
#[derive(Debug, Serialize)]
struct Configured {
    change: &'static str,
    /// The lines, of a change that was only looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
    /// Seconds within which it has to be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_within: Option<u64>,
}

const fn word(change: Change) -> &'static str {
    match change {
        Change::Made => "made",
        Change::AlreadySo => "already_so",
    }
}

/// The port of that name; by its whole name, or by the number that its name ends with.
fn port_of(now: &SwitchConfiguration, name: &str) -> PortId {
    let exact = now.ports.keys().find(|port| port.as_str().eq_ignore_ascii_case(name));
    let by_number = || {
        let wanted: u32 = name.parse().ok()?;
        let group = |port: &PortId| port.as_str().to_ascii_lowercase().starts_with("port-channel");
        now.ports.keys().find(|port| !group(port) && number(port) == Some(wanted))
    };
    exact.or_else(by_number).cloned().unwrap_or_else(|| PortId::from(name))
}

/// The ways to somebody's management: the switch's own, as the rack file says.
fn guarded(rack: &Rack, switch: &str, now: &SwitchConfiguration) -> Vec<(PortId, String)> {
    let found = rack.switches.iter().find(|known| known.name == switch);
    let uplinks = found.map(|switch| switch.uplinks.as_slice()).unwrap_or_default();
    uplinks.iter().map(|name| (port_of(now, name), format!("the management of {switch}"))).collect()
}

fn planned(rack: &Rack, name: &str, now: &SwitchConfiguration, wanted: &Wanted) -> Result<SwitchPlan> {
    let ports = wanted
        .ports
        .iter()
        .map(|(port, edit)| SwitchEdit::Port { port: port_of(now, port), edit: edit.clone() });
    let members = wanted.group.iter().flat_map(|(member, ports)| members(now, *member, ports));
    let edits: Vec<_> = wanted.vlans.iter().cloned().chain(ports).chain(members).collect();
    plan_switch(now, &edits, &guarded(rack, name, now))
}

/// Who is to become a member of a group, and who is to leave it.
fn members(now: &SwitchConfiguration, member: LagMember, ports: &[String]) -> Vec<SwitchEdit> {
    let named: Vec<PortId> = ports.iter().map(|port| port_of(now, port)).collect();
    let edit = |port: PortId, lag: Option<LagMember>| SwitchEdit::Port {
        port,
        edit: PortEdit { lag: Some(lag), ..PortEdit::default() },
    };
    let leave = now.ports.iter().filter(|(port, config)| {
        config.lag.is_some_and(|lag| lag.group == member.group) && !named.contains(port)
    });
    let leave: Vec<_> = leave.map(|(port, _)| edit(port.clone(), None)).collect();
    leave.into_iter().chain(named.into_iter().map(|port| edit(port, Some(member)))).collect()
}

pub(super) async fn lag(context: &Context, command: &Lag) -> std::result::Result<ExitCode, Failure> {
    let Lag::Set(set) = command;
    let mode = match set.mode {
        GroupMode::Active => LagMode::Active,
        GroupMode::Passive => LagMode::Passive,
        GroupMode::Static => LagMode::Static,
    };
    let member = LagMember { group: set.group, mode };
    let wanted = Wanted { group: Some((member, set.ports.clone())), ..Wanted::default() };
    carry_out(context, "lag set", &BTreeMap::from([(set.switch.clone(), wanted)]), &set.carry).await
}

pub(super) async fn port(context: &Context, command: &Port) -> std::result::Result<ExitCode, Failure> {
    let Port::Set(set) = command;
    let edit = edit(set)?;
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for word in &set.ports {
        let (switch, port) = place(context.rack(), word)?;
        wanted.entry(switch).or_default().ports.push((port, edit.clone()));
    }
    carry_out(context, "port set", &wanted, &set.carry).await
}

/// What the arguments say about every port.
fn edit(set: &PortSet) -> std::result::Result<PortEdit, Failure> {
    let allowed = set.trunk.clone().map(VlanEdit::Set).or_else(|| set.add.clone().map(VlanEdit::Add));
    let allowed = allowed.or_else(|| set.remove.clone().map(VlanEdit::Remove));
    let mode = match (set.vlan, allowed, set.native) {
        (Some(vlan), ..) => Some(ModeEdit::Access(vlan)),
        (None, None, None) => None,
        (None, allowed, native) => Some(ModeEdit::Trunk { native: native.map(Some), allowed }),
    };
    let edit = PortEdit {
        description: set.description.clone(),
        enabled: match (set.up, set.down) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        mtu: set.mtu,
        mode,
        edge: set.edge.map(|edge| edge == OnOff::On),
        lag: set.lag.map(|group| (group != 0).then_some(LagMember { group, mode: LagMode::Active })),
    };
    if edit == PortEdit::default() {
        return Err(Failure("nothing is to be changed; say what, as in `--vlan 10`".to_owned()));
    }
    Ok(edit)
}

/// The switch and the port that a word means.
fn place(rack: &Rack, word: &str) -> std::result::Result<(String, String), Failure> {
    let Some((name, port)) = word.split_once(':') else {
        let message = format!(
            "`{word}`: a port is named with its switch, as in `tor1:7`, or with its machine, `node01:eth0`"
        );
        return Err(Failure(message));
    };
    if rack.switches.iter().any(|switch| switch.name == name) {
        return Ok((name.to_owned(), port.to_owned()));
    }
    let Some(device) = rack.device(name) else {
        let known: Vec<_> = rack.switches.iter().map(|switch| switch.name.as_str()).collect();
        let message = format!("`{name}` is no switch and no machine; switches are {}", known.join(", "));
        return Err(Failure(message));
    };
    let Some(nic) = device.nics.iter().find(|nic| nic.name == port) else {
        let known: Vec<_> = device.nics.iter().map(|nic| nic.name.as_str()).collect();
        let message =
            format!("the rack file knows no network port `{port}` of `{name}`; it has {}", known.join(", "));
        return Err(Failure(message));
    };
    let cable = nic
        .cable
        .as_ref()
        .ok_or_else(|| Failure(format!("the rack file does not say where `{name}:{port}` is cabled to")))?;
    Ok((cable.switch.clone(), cable.port.to_string()))
}

pub(super) async fn vlan(context: &Context, command: &Vlan) -> std::result::Result<ExitCode, Failure> {
    let (select, edit, carry, operation) = match command {
        Vlan::Add { select, id, name, carry } => {
            (select, SwitchEdit::AddVlan { id: *id, name: name.clone() }, carry, "vlan add")
        }
        Vlan::Remove { select, id, carry } => {
            (select, SwitchEdit::RemoveVlan { id: *id }, carry, "vlan remove")
        }
    };
    let names = context.select(&switches(select))?;
    let wanted: BTreeMap<_, _> = names
        .into_iter()
        .map(|name| (name, Wanted { vlans: vec![edit.clone()], ..Wanted::default() }))
        .collect();
    carry_out(context, operation, &wanted, carry).await
}

fn switches(select: &str) -> String {
    if select == "all" { "kind:switch" } else { select }.to_owned()
}

async fn carry_out(
    context: &Context,
    operation: &'static str,
    wanted: &BTreeMap<String, Wanted>,
    carry: &Carry,
) -> std::result::Result<ExitCode, Failure> {
    let rack = context.rack();
    for name in wanted.keys() {
        if rack.device(name).is_none_or(|device| device.kind != DeviceKind::Switch) {
            let message =
                format!("`{name}` cannot be reached: its `[[switch]]` needs an `ssh` and a `credential`");
            return Err(Failure(message));
        }
    }
    let select = wanted.keys().cloned().collect::<Vec<_>>().join(",");
    let nothing = Wanted::default();
    let look = async |step: &Step| {
        let now = facet(step.device())?.read(&step.cx).await?;
        planned(rack, &step.name, &now, wanted.get(&step.name).unwrap_or(&nothing))
    };
    let headings = ["device", "change", "lines"];
    let row = |told: &Configured| {
        let mut change = told.change.replace('_', " ");
        if let Some(seconds) = told.confirm_within {
            change.push_str(&format!("; undone in {seconds} s unless confirmed"));
        }
        let text = told.lines.first().cloned();
        let rest = told.lines.iter().skip(1).map(|line| vec![String::new(), line.clone()]);
        std::iter::once(vec![change, or_dash(text)]).chain(rest).collect::<Vec<_>>()
    };
    if carry.dry_run {
        let mutation = Mutation::harmless(context, operation, Wait::default());
        let acts = async |step: &Step, plan: SwitchPlan| {
            let lines = facet(step.device())?.preview(&plan)?;
            let change = if plan.is_empty() { "already_so" } else { "would_be_made" };
            Ok(Configured { change, lines, diff: None, confirm_within: None })
        };
        let answers = mutation.run(&select, look, |_| Vec::new(), acts).await?;
        return Ok(print_if(context.output, &headings, answers, row));
    }
    let risks = |plan: &SwitchPlan| {
        plan.risks.iter().map(|risk| format!("port {}: {}", risk.port, risk.why)).collect::<Vec<_>>()
    };
    let options = ApplyOptions { confirm_within: carry.confirm, save: carry.save };
    let acts = async |step: &Step, plan: SwitchPlan| match facet(step.device())?
        .apply(&step.cx, &plan, options)
        .await?
    {
        Outcome::Done(applied) => Ok(Configured {
            change: word(applied.change),
            lines: Vec::new(),
            diff: applied.diff,
            confirm_within: applied.pending.map(|time| time.as_secs()),
        }),
        Outcome::Running(task) => {
            let message = format!("became a task, {}, which no switch is known for", task.id);
            Err(Error::new(ErrorKind::Unexpected, message))
        }
    };
    let mutation = Mutation::asking(context, operation, carry.consent, Wait::default());
    let answers = mutation.run(&select, look, risks, acts).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |told: &Configured| {
        row(told)
            .into_iter()
            .map(|mut row| {
                row.truncate(1);
                row
            })
            .collect()
    }))
}

/// What ends a change that waits, and what writes one down.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    Confirm,
    Rollback,
    Save,
}

pub(super) async fn end(
    context: &Context,
    select: &str,
    ending: Ending,
) -> std::result::Result<ExitCode, Failure> {
    let operation = match ending {
        Ending::Confirm => "switch confirm",
        Ending::Rollback => "switch rollback",
        Ending::Save => "switch save",
    };
    let mutation = Mutation::asking(context, operation, Consent { yes: true }, Wait::default());
    let acts = async |step: &Step, (): ()| {
        let config = facet(step.device())?;
        let outcome = match ending {
            Ending::Confirm => config.confirm(&step.cx).await?,
            Ending::Rollback => config.rollback(&step.cx).await?,
            Ending::Save => config.save(&step.cx).await?,
        };
        step.changed(outcome).await
    };
    let answers = mutation.run(&switches(select), async |_: &Step| Ok(()), |()| Vec::new(), acts).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &super::change::Done| {
        vec![vec![done.words()]]
    }))
}

#[derive(Debug, Serialize)]
struct Difference {
    difference: String,
}

pub(super) async fn config(context: &Context, command: &Command) -> std::result::Result<ExitCode, Failure> {
    match command {
        Command::Show { select } => {
            let answers = context
                .each(&switches(select), "switch config show", |cx: Cx, opened: Arc<Opened>| async move {
                    facet(&*opened.device)?.read(&cx).await
                })
                .await?;
            let headings = ["device", "port", "meant", "mode", "mtu", "lag", "description"];
            Ok(print(context.output, &headings, &answers, |now: &SwitchConfiguration| {
                now.ports
                    .iter()
                    .map(|(port, config)| {
                        vec![
                            port.to_string(),
                            if config.enabled { "up" } else { "down" }.to_owned(),
                            or_dash(config.mode.as_ref()),
                            or_dash(config.mtu),
                            or_dash(config.lag.map(|lag| format!("{} {}", lag.group, lag.mode.as_str()))),
                            or_dash(config.description.as_deref()),
                        ]
                    })
                    .collect()
            }))
        }
        Command::Diff { select } => {
            let answers = context
                .each(&switches(select), "switch config diff", |cx: Cx, opened: Arc<Opened>| async move {
                    let config = facet(&*opened.device)?;
                    let running = config.backup(&cx, ConfigSource::Running).await?;
                    let startup = config.backup(&cx, ConfigSource::Startup).await?;
                    Ok(Difference { difference: difference(&startup, &running) })
                })
                .await?;
            Ok(print(context.output, &["device", "line"], &answers, |told: &Difference| {
                let lines = told.difference.lines().map(|line| vec![line.to_owned()]);
                let lines: Vec<_> = lines.collect();
                if lines.is_empty() { vec![vec!["a restart would change nothing".to_owned()]] } else { lines }
            }))
        }
        Command::Backup { select, to } => backup(context, &switches(select), to).await,
    }
}

/// Lines of one text that the other does not have, block by block: enough to see what a restart would change.
fn difference(before: &str, after: &str) -> String {
    let blocks = |text: &str| {
        let mut blocks: Vec<(String, String)> = Vec::new();
        let mut block = String::new();
        // Headings with a time or a size differ always, and say nothing.
        let lines = text.lines().map(str::trim_end).filter(|line| {
            !line.is_empty()
                && !line.starts_with('!')
                && !line.starts_with("Building")
                && !line.starts_with("Current")
        });
        for line in lines {
            if !line.starts_with(' ') {
                block = line.to_owned();
            }
            blocks.push((block.clone(), line.to_owned()));
        }
        blocks
    };
    let (old, new) = (blocks(before), blocks(after));
    let missing = |all: &[(String, String)], of: &[(String, String)], sign: char| {
        let mut text = String::new();
        let mut told = String::new();
        for (block, line) in all.iter().filter(|line| !of.contains(line)) {
            if *block != *line && *block != told {
                text.push_str(&format!("  {block}\n"));
                told.clone_from(block);
            }
            text.push_str(&format!("{sign} {line}\n"));
        }
        text
    };
    missing(&old, &new, '-') + &missing(&new, &old, '+')
}

async fn backup(context: &Context, select: &str, folder: &Path) -> std::result::Result<ExitCode, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
    let answers = context
        .each(select, "switch config backup", |cx: Cx, opened: Arc<Opened>| async move {
            let text = facet(&*opened.device)?.backup(&cx, ConfigSource::Running).await?;
            let path = folder.join(format!("{}.cfg", opened.device.info().id));
            write_private(&path, &text)
                .map_err(|error| Error::new(ErrorKind::Unexpected, format!("{}: {error}", path.display())))?;
            Ok(path.display().to_string())
        })
        .await?;
    Ok(print(context.output, &["device", "file"], &answers, |path: &String| vec![vec![path.clone()]]))
}

/// Readable by its owner alone: a configuration may hold secrets.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_difference_names_the_block_and_forgets_what_always_differs() {
        let before = "! at 10:00\nvlan 10\n!\ninterface e1\n  mtu 1500\n!\ninterface e2\n  mtu 1500\n";
        let after =
            "! at 11:00\nvlan 10\n!\nvlan 20\n!\ninterface e1\n  mtu 9000\n!\ninterface e2\n  mtu 1500\n";
        assert_eq!(
            difference(before, after),
            "  interface e1\n-   mtu 1500\n+ vlan 20\n  interface e1\n+   mtu 9000\n"
        );
        assert_eq!(difference(before, before), "");
    }
}
