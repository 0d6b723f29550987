//! `underlay switch`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;
use underlay_hal::{
    Cx, Device, Error, ErrorKind, MacEntry, Opened, PortId, PortNeighbor, Result, SwitchFacts, SwitchPort,
    Vlan,
};
use underlay_rack::{DeviceKind, Rack};

use super::network;
use crate::{
    cli::{Switch, SwitchLook},
    context::{Context, Failure},
    output::{Answer, or_dash, print},
};

#[derive(Debug, Serialize)]
struct Ports {
    ports: Vec<Port>,
}

/// A port, and what the rack file says is cabled to it.
#[derive(Debug, Serialize)]
struct Port {
    #[serde(flatten)]
    port: SwitchPort,
    #[serde(skip_serializing_if = "Option::is_none")]
    cabled: Option<String>,
}

#[derive(Debug, Serialize)]
struct Vlans {
    vlans: Vec<Vlan>,
}

#[derive(Debug, Serialize)]
struct Neighbors {
    neighbors: Vec<PortNeighbor>,
}

#[derive(Debug, Serialize)]
struct Macs {
    macs: Vec<MacEntry>,
}

fn facet(device: &dyn Device) -> Result<&dyn underlay_hal::Switch> {
    device.switch().ok_or_else(|| {
        let message = "is no switch that can be reached; give its `[[switch]]` an `snmp` and a `credential`";
        Error::new(ErrorKind::Unsupported, message).during("switch.facts")
    })
}

pub(super) async fn run(context: &Context, command: &Switch) -> std::result::Result<ExitCode, Failure> {
    match command {
        Switch::Look(command) => look(context, command).await,
        Switch::Config(config) => network::config(context, config).await,
        Switch::Confirm { select } => network::end(context, select, network::Ending::Confirm).await,
        Switch::Rollback { select } => network::end(context, select, network::Ending::Rollback).await,
        Switch::Save { select } => network::end(context, select, network::Ending::Save).await,
    }
}

async fn look(context: &Context, command: &SwitchLook) -> std::result::Result<ExitCode, Failure> {
    let (SwitchLook::Show { select }
    | SwitchLook::Ports { select }
    | SwitchLook::Vlans { select }
    | SwitchLook::Neighbors { select }
    | SwitchLook::Macs { select }) = command;
    let select = if select == "all" { "kind:switch" } else { select };
    let has_some = context.rack().devices.iter().any(|device| device.kind == DeviceKind::Switch);
    if select == "kind:switch" && !has_some {
        let message =
            "the rack has no switch that can be reached; give a `[[switch]]` an `snmp` and a `credential`";
        return Err(Failure(message.to_owned()));
    }
    match command {
        SwitchLook::Show { .. } => {
            let answers = context
                .each(select, "switch show", |cx: Cx, opened: Arc<Opened>| async move {
                    facet(&*opened.device)?.facts(&cx).await
                })
                .await?;
            let headings = ["device", "name", "vendor", "model", "serial number", "software", "up"];
            Ok(print(context.output, &headings, &answers, |facts| vec![facts_row(facts)]))
        }
        SwitchLook::Ports { .. } => ports(context, select).await,
        SwitchLook::Vlans { .. } => {
            let answers = context
                .each(select, "switch vlans", |cx: Cx, opened: Arc<Opened>| async move {
                    Ok(Vlans { vlans: facet(&*opened.device)?.vlans(&cx).await? })
                })
                .await?;
            Ok(print(context.output, &["device", "vlan", "name", "untagged", "tagged"], &answers, |all| {
                all.vlans.iter().map(vlan_row).collect()
            }))
        }
        SwitchLook::Neighbors { .. } => {
            let answers = context
                .each(select, "switch neighbors", |cx: Cx, opened: Arc<Opened>| async move {
                    Ok(Neighbors { neighbors: facet(&*opened.device)?.neighbors(&cx).await? })
                })
                .await?;
            Ok(print(context.output, &["device", "port", "system", "its port", "chassis"], &answers, |all| {
                all.neighbors.iter().map(neighbor_row).collect()
            }))
        }
        SwitchLook::Macs { .. } => {
            let answers = context
                .each(select, "switch macs", |cx: Cx, opened: Arc<Opened>| async move {
                    Ok(Macs { macs: facet(&*opened.device)?.macs(&cx).await? })
                })
                .await?;
            Ok(print(context.output, &["device", "address", "vlan", "port"], &answers, |all| {
                let row = |entry: &MacEntry| {
                    vec![entry.mac.to_string(), or_dash(entry.vlan), entry.port.to_string()]
                };
                all.macs.iter().map(row).collect()
            }))
        }
    }
}

async fn ports(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "switch ports", |cx: Cx, opened: Arc<Opened>| async move {
            facet(&*opened.device)?.ports(&cx).await
        })
        .await?;
    let rack = context.rack();
    let answers: Vec<Answer<Ports>> = answers
        .into_iter()
        .map(|Answer { device, result }| {
            let ports = |all: Vec<SwitchPort>| Ports {
                ports: all
                    .into_iter()
                    .map(|port| Port { cabled: cabled(rack, &device, &port.id), port })
                    .collect(),
            };
            let result = result.map(ports);
            Answer { device, result }
        })
        .collect();
    Ok(print(
        context.output,
        &["device", "port", "meant", "is", "speed", "cabled to", "description"],
        &answers,
        |all| all.ports.iter().map(port_row).collect(),
    ))
}

/// What the rack file says is at a port: it counts ports, and switches name them, so the last number of the name counts.
pub(super) fn cabled(rack: &Rack, switch: &str, port: &PortId) -> Option<String> {
    let (device, nic) = rack.cabled_to(switch, number(port)?)?;
    Some(format!("{} {}", device.name, nic.name))
}

/// The last number in a port's name.
pub(super) fn number(port: &PortId) -> Option<u32> {
    let name = port.as_str();
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name.get(name.len() - digits..)?.parse().ok()
}

fn facts_row(facts: &SwitchFacts) -> Vec<String> {
    vec![
        or_dash(facts.host_name.as_deref()),
        or_dash(facts.vendor.as_deref()),
        or_dash(facts.model.as_deref()),
        or_dash(facts.serial_number.as_deref()),
        or_dash(facts.software_version.as_deref()),
        or_dash(facts.uptime.map(since)),
    ]
}

/// `3 d 4 h`, `5 min`.
fn since(uptime: Duration) -> String {
    let minutes = uptime.as_secs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn port_row(shown: &Port) -> Vec<String> {
    let port = &shown.port;
    vec![
        port.id.to_string(),
        if port.enabled { "up" } else { "down" }.to_owned(),
        port.status.to_string().replace('_', " "),
        or_dash(port.speed_mbps.map(|mbps| format!("{mbps} Mbit/s"))),
        or_dash(shown.cabled.as_deref()),
        or_dash(port.description.as_deref()),
    ]
}

fn vlan_row(vlan: &Vlan) -> Vec<String> {
    let members = |ports: &[PortId]| {
        let names: Vec<_> = ports.iter().map(PortId::as_str).collect();
        or_dash(Some(names.join(", ")).filter(|names| !names.is_empty()))
    };
    vec![vlan.id.to_string(), or_dash(vlan.name.as_deref()), members(&vlan.untagged), members(&vlan.tagged)]
}

fn neighbor_row(heard: &PortNeighbor) -> Vec<String> {
    let other = &heard.neighbor;
    vec![
        heard.port.to_string(),
        or_dash(other.system_name.as_deref()),
        or_dash(other.port_id.as_deref()),
        or_dash(other.chassis_id.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_s_number_is_the_last_one_of_its_name() {
        for (name, expected) in
            [("Ethernet7", Some(7)), ("GigabitEthernet1/0/12", Some(12)), ("mgmt", None), ("9", Some(9))]
        {
            assert_eq!(number(&PortId::from(name)), expected, "{name}");
        }
    }
}
