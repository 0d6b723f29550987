//! The steps from a configuration to what is wanted. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{PortConfig, PortMode, SwitchConfiguration, SwitchEdit, VlanSet, edit::known};
use crate::{Error, ErrorKind, PortId, Result};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchStep {
    /// A VLAN comes to be, or gets its name.
    Vlan {
        /// Its number.
        id: u16,
        /// Its name.
        name: Option<String>,
        /// The name that it has, if it is there: some switches know it by nothing else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    /// A port becomes otherwise.
    Port {
        /// The switch's name of it.
        port: PortId,
        /// As it is.
        before: PortConfig,
        /// As it will be.
        after: PortConfig,
    },
    /// A VLAN goes.
    NoVlan {
        /// Its number.
        id: u16,
        /// The name that it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
}

/// What a plan could cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// The port.
    pub port: PortId,
    /// What would happen to whom.
    pub why: String,
}

/// The steps, and what could be cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPlan {
    /// In order: VLANs that come, ports, VLANs that go.
    pub steps: Vec<SwitchStep>,
    /// Ways to somebody's management that would be cut.
    pub risks: Vec<Risk>,
}

impl SwitchPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The steps that make a switch as wanted, from how it is configured now.
///
/// - What already is so gives no step: planning again after a plan was carried out gives an empty plan.
/// - A VLAN that a port is to carry by itself (access, native) has to be there or to be added.
/// - A VLAN that a port still needs by itself cannot go; from lists of trunks it goes by itself.
/// - `guarded` ports lead to somebody's management (the switch's own, a controller's), each with a word for whose: a
///   plan that turns one off, or takes from it a VLAN that it carries, has a [`Risk`].
///
/// # Errors
/// - `NotFound` for a port that is not there, naming some that are.
/// - `InvalidInput` for numbers that no VLAN has, or an MTU that no port takes.
/// - `Conflict` for a VLAN that is not there and is needed, or that is needed and is to go.
pub fn plan(
    now: &SwitchConfiguration,
    edits: &[SwitchEdit],
    guarded: &[(PortId, String)],
) -> Result<SwitchPlan> {
    let mut wanted = now.clone();
    let mut gone = BTreeSet::new();
    for edit in edits {
        match edit {
            SwitchEdit::AddVlan { id, name } => {
                let kept = wanted.vlans.entry(known(*id)?).or_default();
                if name.is_some() {
                    kept.clone_from(name);
                }
                gone.remove(id);
            }
            SwitchEdit::RemoveVlan { id } => {
                if known(*id)? == 1 {
                    let message = "VLAN 1 is every switch's own and cannot go";
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
                if wanted.vlans.remove(id).is_some() {
                    gone.insert(*id);
                }
            }
            SwitchEdit::Port { port, edit } => {
                let Some(config) = wanted.ports.get_mut(port) else {
                    return Err(no_port(now, port));
                };
                if let Some(text) = &edit.description {
                    config.description = Some(text.clone()).filter(|text| !text.is_empty());
                }
                if let Some(mtu) = edit.mtu {
                    if !(68..=9216).contains(&mtu) {
                        let message = format!("{mtu} octets is no MTU: 68 to 9216");
                        return Err(Error::new(ErrorKind::InvalidInput, message));
                    }
                    config.mtu = Some(mtu);
                }
                config.enabled = edit.enabled.unwrap_or(config.enabled);
                config.edge = edit.edge.or(config.edge);
                config.lag = edit.lag.unwrap_or(config.lag);
                if let Some(mode) = &edit.mode {
                    config.mode = Some(mode.apply(config.mode.as_ref())?);
                }
            }
        }
    }
    needs(&wanted, now, &gone)?;

    let came = wanted
        .vlans
        .iter()
        .filter(|(id, name)| now.vlans.get(id).is_none_or(|known| name.is_some() && known != *name));
    let before = |id: &u16| now.vlans.get(id).cloned().flatten();
    let mut steps: Vec<_> =
        came.map(|(id, name)| SwitchStep::Vlan { id: *id, name: name.clone(), before: before(id) }).collect();
    for (port, after) in &wanted.ports {
        let Some(before) = now.ports.get(port).filter(|before| *before != after) else { continue };
        let (before, after) = (before.clone(), after.clone());
        steps.push(SwitchStep::Port { port: port.clone(), before, after });
    }
    steps.extend(gone.iter().map(|id| SwitchStep::NoVlan { id: *id, before: before(id) }));
    let risks = guarded.iter().filter_map(|(port, whose)| risk(now, &wanted, &gone, port, whose)).collect();
    Ok(SwitchPlan { steps, risks })
}

fn no_port(now: &SwitchConfiguration, port: &PortId) -> Error {
    let known: Vec<_> = now.ports.keys().take(12).map(PortId::as_str).collect();
    let more = if now.ports.len() > known.len() { ", …" } else { "" };
    Error::new(ErrorKind::NotFound, format!("there is no port {port}; there are {}{more}", known.join(", ")))
}

/// Every VLAN that a changed port needs by itself is there.
fn needs(wanted: &SwitchConfiguration, now: &SwitchConfiguration, gone: &BTreeSet<u16>) -> Result<()> {
    for (port, config) in &wanted.ports {
        let changed = now.ports.get(port) != Some(config);
        let needed = match &config.mode {
            Some(PortMode::Access { vlan }) => Some(*vlan),
            Some(PortMode::Trunk { native, .. }) => *native,
            Some(PortMode::Routed) | None => None,
        };
        let Some(vlan) = needed.filter(|vlan| !wanted.vlans.contains_key(vlan)) else { continue };
        if gone.contains(&vlan) {
            let message = format!("VLAN {vlan} cannot go while port {port} has it without a tag");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if changed {
            let message =
                format!("port {port} needs VLAN {vlan}, which is not there; add it in the same change");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
    }
    Ok(())
}

/// What the change would do to a guarded port.
fn risk(
    now: &SwitchConfiguration,
    wanted: &SwitchConfiguration,
    gone: &BTreeSet<u16>,
    port: &PortId,
    whose: &str,
) -> Option<Risk> {
    let (before, after) = (now.ports.get(port)?, wanted.ports.get(port)?);
    let carried = |config: &PortConfig| config.mode.as_ref().map(PortMode::carries).unwrap_or_default();
    // Of a list, only VLANs that are there are carried.
    let there: VlanSet = now.vlans.keys().copied().collect();
    let was = carried(before).without(&VlanSet::all().without(&there));
    let going: VlanSet = gone.iter().copied().collect();
    let lost = was.without(&carried(after).without(&going));
    let native = |config: &PortConfig| match &config.mode {
        Some(PortMode::Trunk { native, .. }) => *native,
        Some(PortMode::Access { vlan }) => Some(*vlan),
        Some(PortMode::Routed) | None => None,
    };
    let why = if before.enabled && !after.enabled {
        format!("{whose} is reached through it, and it would be off")
    } else if !lost.is_empty() {
        format!("{whose} is reached through it, and it would lose VLAN {lost}")
    } else if native(before) != native(after) {
        format!("{whose} is reached through it, and packets without a tag would be in another VLAN")
    } else {
        return None;
    };
    Some(Risk { port: port.clone(), why })
}

#[cfg(test)]
mod tests;
