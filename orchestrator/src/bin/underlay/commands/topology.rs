//! `underlay topology`: what the rack file declares, held against what switches and units of power see.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, MacEntry, Opened, Outlet, PortNeighbor, Result, SwitchPort};
use underlay_rack::{Device, DeviceKind};

use super::switch::number;
use crate::{
    context::{Context, Failure},
    output::{Answer, print},
};

/// How a cable stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// As declared.
    Confirmed,
    /// Declared, and there is nobody to ask, or nobody who answers.
    Declared,
    /// Declared, and the other end says otherwise.
    Contradicted,
}

/// One cable of a machine.
#[derive(Debug, Serialize)]
struct Cable {
    /// The machine's end: `supply 1`, `NIC.1`.
    end: String,
    /// The other end: `pdu1 outlet 3`, `leaf1 port 5`.
    to: String,
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct Cables {
    cables: Vec<Cable>,
}

/// What the other ends see.
#[derive(Debug, Default)]
struct Seen {
    outlets: BTreeMap<String, Vec<Outlet>>,
    switches: BTreeMap<String, Heard>,
}

/// What one switch sees.
#[derive(Debug, Default)]
struct Heard {
    ports: Vec<SwitchPort>,
    neighbors: Vec<PortNeighbor>,
    macs: Vec<MacEntry>,
}

pub(super) async fn run(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let rack = context.rack();
    let reachable = |kind: DeviceKind| rack.devices.iter().any(|device| device.kind == kind);
    let mut seen = Seen::default();
    if reachable(DeviceKind::Pdu) {
        let answers = context
            .each("kind:pdu", "topology", |cx: Cx, opened: Arc<Opened>| async move {
                match opened.device.pdu() {
                    Some(pdu) => pdu.outlets(&cx).await,
                    None => Ok(Vec::new()),
                }
            })
            .await?;
        seen.outlets = answered(answers);
    }
    if reachable(DeviceKind::Switch) {
        let answers = context
            .each("kind:switch", "topology", |cx: Cx, opened: Arc<Opened>| async move {
                let Some(switch) = opened.device.switch() else { return Ok(Heard::default()) };
                let can = *switch.abilities();
                let mut heard = Heard { ports: switch.ports(&cx).await?, ..Heard::default() };
                if can.neighbors.is_some() {
                    heard.neighbors = switch.neighbors(&cx).await?;
                }
                if can.macs.is_some() {
                    heard.macs = switch.macs(&cx).await?;
                }
                Result::Ok(heard)
            })
            .await?;
        seen.switches = answered(answers);
    }
    let names = context.select(select)?;
    let machines = names.iter().filter_map(|name| rack.device(name));
    let answers: Vec<Answer<Cables>> = machines
        .map(|device| Answer {
            device: device.name.clone(),
            result: Ok(Cables { cables: cables(device, &seen) }),
        })
        .collect();
    Ok(print(context.output, &["device", "end", "to", "is", "why"], &answers, |all| {
        all.cables.iter().map(row).collect()
    }))
}

/// The answers that came; who does not answer is said, and costs what it would have told.
fn answered<T>(answers: Vec<Answer<T>>) -> BTreeMap<String, T> {
    let mut seen = BTreeMap::new();
    for Answer { device, result } in answers {
        match result {
            Ok(all) => drop(seen.insert(device, all)),
            Err(error) => eprintln!("{device}: {}", error.report()),
        }
    }
    seen
}

fn cables(device: &Device, seen: &Seen) -> Vec<Cable> {
    let supplies = device.power.iter().zip(1..).map(|(cable, supply)| {
        let (standing, why) = power(seen, &cable.pdu, cable.outlet);
        Cable {
            end: format!("supply {supply}"),
            to: format!("{} outlet {}", cable.pdu, cable.outlet),
            standing,
            why,
        }
    });
    let nics = device.nics.iter().filter_map(|nic| {
        let cable = nic.cable.as_ref()?;
        let (standing, why) = network(seen, device, &cable.switch, cable.port, nic.mac);
        Some(Cable {
            end: nic.name.clone(),
            to: format!("{} port {}", cable.switch, cable.port),
            standing,
            why,
        })
    });
    supplies.chain(nics).collect()
}

/// A unit of power knows its outlets, not what hangs on them.
fn power(seen: &Seen, pdu: &str, outlet: u32) -> (Standing, Option<String>) {
    let Some(outlets) = seen.outlets.get(pdu) else { return (Standing::Declared, None) };
    match outlets.iter().find(|known| known.id.as_str() == outlet.to_string()) {
        Some(found) => (Standing::Declared, Some(format!("the outlet is {}", found.state).replace('_', " "))),
        None => (Standing::Contradicted, Some("the unit has no such outlet".to_owned())),
    }
}

/// What a switch hears and has learned at a port.
fn network(
    seen: &Seen,
    device: &Device,
    switch: &str,
    port: u32,
    mac: Option<[u8; 6]>,
) -> (Standing, Option<String>) {
    let Some(Heard { ports, neighbors, macs }) = seen.switches.get(switch) else {
        return (Standing::Declared, None);
    };
    let Some(known) = ports.iter().find(|known| number(&known.id) == Some(port)) else {
        return (Standing::Contradicted, Some("the switch has no such port".to_owned()));
    };
    let heard = neighbors.iter().find(|heard| heard.port == known.id);
    if let Some(name) = heard.and_then(|heard| heard.neighbor.system_name.as_deref()) {
        // Hosts call themselves with or without their domain.
        let same = name.split('.').next() == Some(device.name.as_str());
        return match same {
            true => (Standing::Confirmed, Some("by LLDP".to_owned())),
            false => (Standing::Contradicted, Some(format!("LLDP hears {name}"))),
        };
    }
    if let Some(mac) = mac.map(underlay_hal::MacAddress) {
        match macs.iter().find(|entry| entry.mac == mac) {
            Some(entry) if entry.port == known.id => {
                return (Standing::Confirmed, Some("by its address".to_owned()));
            }
            Some(entry) => {
                return (Standing::Contradicted, Some(format!("its address is at {}", entry.port)));
            }
            None => {}
        }
    }
    (Standing::Declared, Some(format!("the port is {}", known.status).replace('_', " ")))
}

fn row(cable: &Cable) -> Vec<String> {
    let standing = match cable.standing {
        Standing::Confirmed => "confirmed",
        Standing::Declared => "declared",
        Standing::Contradicted => "CONTRADICTED",
    };
    let why = cable.why.clone().unwrap_or_else(|| "nobody to ask".to_owned());
    vec![cable.end.clone(), cable.to.clone(), standing.to_owned(), why]
}
