//! What a switch is configured to be.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::VlanSet;
use crate::PortId;

/// What a port does with VLANs (OpenConfig `switched-vlan`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortMode {
    /// One VLAN, without a tag.
    Access {
        /// Its number.
        vlan: u16,
    },
    /// Several, with tags.
    Trunk {
        /// The one without a tag.
        native: Option<u16>,
        /// Those that pass.
        allowed: VlanSet,
    },
    /// None: it routes.
    Routed,
}

impl PortMode {
    /// The VLANs that pass, with or without a tag.
    #[must_use]
    pub fn carries(&self) -> VlanSet {
        match self {
            Self::Access { vlan } => [*vlan].into_iter().collect(),
            Self::Trunk { allowed, .. } => allowed.clone(),
            Self::Routed => VlanSet::none(),
        }
    }
}

impl fmt::Display for PortMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access { vlan } => write!(f, "access {vlan}"),
            Self::Trunk { native: Some(native), allowed } => write!(f, "trunk {allowed}, native {native}"),
            Self::Trunk { native: None, allowed } => write!(f, "trunk {allowed}"),
            Self::Routed => f.pad("routed"),
        }
    }
}

/// How a member speaks to the other end about its group (IEEE 802.1AX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LagMode {
    /// LACP, and begins.
    Active,
    /// LACP, and answers.
    Passive,
    /// Not at all.
    Static,
}

impl LagMode {
    /// The mode in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::Static => "static",
        }
    }
}

/// The group that a port is a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LagMember {
    /// The group's number.
    pub group: u16,
    /// How it speaks.
    pub mode: LagMode,
}

/// One port as it is configured; what is absent is the switch's default, or is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortConfig {
    /// What somebody wrote down about it.
    pub description: Option<String>,
    /// Is it meant to be up?
    pub enabled: bool,
    /// Largest packet in octets.
    pub mtu: Option<u32>,
    /// What it does with VLANs.
    pub mode: Option<PortMode>,
    /// Nobody but end stations is behind it: it forwards at once (IEEE 802.1D `edge port`).
    pub edge: Option<bool>,
    /// The group that it is a member of.
    pub lag: Option<LagMember>,
}

/// A switch as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchConfiguration {
    /// VLANs by number, with their names.
    pub vlans: BTreeMap<u16, Option<String>>,
    /// Ports and groups by the switch's name of them.
    pub ports: BTreeMap<PortId, PortConfig>,
}
