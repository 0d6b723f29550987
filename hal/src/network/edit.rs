//! What somebody wants to be otherwise.

use serde::{Deserialize, Serialize};

use super::{LagMember, PortMode, VlanSet};
use crate::{Error, ErrorKind, PortId, Result};

/// What is wanted of a list of VLANs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VlanEdit {
    /// These, and no others.
    Set(VlanSet),
    /// These too.
    Add(VlanSet),
    /// Not these.
    Remove(VlanSet),
}

impl VlanEdit {
    /// The list after it.
    #[must_use]
    pub fn apply(&self, now: &VlanSet) -> VlanSet {
        match self {
            Self::Set(vlans) => vlans.clone(),
            Self::Add(vlans) => now.union(vlans),
            Self::Remove(vlans) => now.without(vlans),
        }
    }
}

/// What is wanted of a port's VLANs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeEdit {
    /// One VLAN, without a tag.
    Access(u16),
    /// Several, with tags; what is absent stays. A port that is no trunk yet begins with an empty list.
    Trunk {
        /// The one without a tag; `Some(None)`: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        native: Option<Option<u16>>,
        /// Those that pass.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        allowed: Option<VlanEdit>,
    },
}

impl ModeEdit {
    /// The mode after it.
    ///
    /// # Errors
    /// `InvalidInput` for a number that is no VLAN's.
    pub fn apply(&self, now: Option<&PortMode>) -> Result<PortMode> {
        match self {
            Self::Access(vlan) => Ok(PortMode::Access { vlan: known(*vlan)? }),
            Self::Trunk { native, allowed } => {
                let (was, list) = match now {
                    Some(PortMode::Trunk { native, allowed }) => (*native, allowed.clone()),
                    _ => (None, VlanSet::none()),
                };
                let native = native.unwrap_or(was);
                native.map(known).transpose()?;
                let allowed = allowed.as_ref().map_or(list.clone(), |edit| edit.apply(&list));
                Ok(PortMode::Trunk { native, allowed })
            }
        }
    }
}

/// The number, if it is a VLAN's.
pub(super) fn known(vlan: u16) -> Result<u16> {
    if (VlanSet::FIRST..=VlanSet::LAST).contains(&vlan) {
        return Ok(vlan);
    }
    Err(Error::new(ErrorKind::InvalidInput, format!("{vlan} is no VLAN: they are numbered 1 to 4094")))
}

/// What is wanted of one port; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortEdit {
    /// What to write down about it; empty: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Up, or down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Largest packet in octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    /// Its VLANs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ModeEdit>,
    /// Nobody but end stations is behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<bool>,
    /// The group that it is to be a member of; `Some(None)`: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<Option<LagMember>>,
}

/// One thing that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchEdit {
    /// A VLAN is there, with this name if one is given.
    AddVlan {
        /// Its number.
        id: u16,
        /// Its name.
        name: Option<String>,
    },
    /// A VLAN is not there.
    RemoveVlan {
        /// Its number.
        id: u16,
    },
    /// A port is so.
    Port {
        /// The switch's name of it.
        port: PortId,
        /// How.
        edit: PortEdit,
    },
}
