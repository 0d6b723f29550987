//! Network switches: what they are, and what their ports see.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cx, LldpNeighbor, MacAddress, PortId, Result, Skipped, Support};

/// What a switch is (OpenConfig `system`, `platform`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwitchFacts {
    /// Vendor.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Its name.
    pub host_name: Option<String>,
    /// Version of its software.
    pub software_version: Option<String>,
    /// Since it started.
    pub uptime: Option<Duration>,
    /// Where it stands, as somebody wrote it down.
    pub location: Option<String>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
}

/// How a port stands (RFC 8343 `oper-status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PortStatus {
    /// Passes packets.
    Up,
    /// Does not.
    Down,
    /// In a test.
    Testing,
    /// Nobody knows.
    Unknown,
    /// Waits for something outside.
    Dormant,
    /// A part is missing, a transceiver most often.
    NotPresent,
    /// What is below it is down.
    LowerLayerDown,
}

impl PortStatus {
    /// The status in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Testing => "testing",
            Self::Unknown => "unknown",
            Self::Dormant => "dormant",
            Self::NotPresent => "not_present",
            Self::LowerLayerDown => "lower_layer_down",
        }
    }
}

impl fmt::Display for PortStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Counters of a port since they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PortCounters {
    /// Octets received.
    pub in_octets: Option<u64>,
    /// Octets sent.
    pub out_octets: Option<u64>,
    /// Packets received that were wrong.
    pub in_errors: Option<u64>,
    /// Packets that could not be sent.
    pub out_errors: Option<u64>,
    /// Packets received and thrown away.
    pub in_discards: Option<u64>,
    /// Packets thrown away instead of sent.
    pub out_discards: Option<u64>,
}

/// One port, or one group of ports that is one to the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwitchPort {
    /// The switch's name of it, such as `Ethernet7`.
    pub id: PortId,
    /// What somebody wrote down about it.
    pub description: Option<String>,
    /// Is it meant to be up?
    pub enabled: bool,
    /// Is it?
    pub status: PortStatus,
    /// Negotiated speed in Mbit/s.
    pub speed_mbps: Option<u64>,
    /// Largest packet in octets.
    pub mtu: Option<u32>,
    /// Its own address.
    pub mac: Option<MacAddress>,
    /// The group that it is a member of.
    pub lag: Option<PortId>,
    /// Counters.
    pub counters: PortCounters,
}

impl SwitchPort {
    /// A port of which only name and states are known.
    #[must_use]
    pub fn new(id: PortId, enabled: bool, status: PortStatus) -> Self {
        Self {
            id,
            description: None,
            enabled,
            status,
            speed_mbps: None,
            mtu: None,
            mac: None,
            lag: None,
            counters: PortCounters::default(),
        }
    }
}

/// One VLAN and its members (IEEE 802.1Q).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vlan {
    /// 1 to 4094.
    pub id: u16,
    /// Its name.
    pub name: Option<String>,
    /// Ports that send it with a tag.
    pub tagged: Vec<PortId>,
    /// Ports that send it without.
    pub untagged: Vec<PortId>,
}

impl Vlan {
    /// A VLAN without members.
    #[must_use]
    pub fn new(id: u16) -> Self {
        Self { id, name: None, tagged: Vec::new(), untagged: Vec::new() }
    }
}

/// Who is at the other end of a port, as it says itself (IEEE 802.1AB).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortNeighbor {
    /// The port of this switch.
    pub port: PortId,
    /// What the other end says.
    pub neighbor: LldpNeighbor,
}

/// How an address got into the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MacEntryKind {
    /// A packet came from it.
    Dynamic,
    /// Somebody wrote it there.
    Static,
    /// It is the switch's own.
    Own,
    /// Anything else.
    Other,
}

/// One address that the switch knows the way to (RFC 4363 `dot1qTpFdbTable`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacEntry {
    /// The address.
    pub mac: MacAddress,
    /// Its VLAN, where the switch tells.
    pub vlan: Option<u16>,
    /// The port that leads there.
    pub port: PortId,
    /// How it got there.
    pub kind: MacEntryKind,
}

/// What a port does for power over Ethernet (RFC 3621 `pethPsePortDetectionStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PoeStatus {
    /// Turned off.
    Disabled,
    /// Looks for somebody to feed.
    Searching,
    /// Gives power.
    Delivering,
    /// Something is wrong.
    Fault,
    /// In a test.
    Testing,
}

/// Power over Ethernet of one port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoePort {
    /// The port.
    pub port: PortId,
    /// What it does.
    pub status: PoeStatus,
    /// Class of the other end, 0 to 8.
    pub class: Option<u8>,
    /// Power given, in watts.
    pub watts: Option<f64>,
}

/// What a switch tells, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwitchAbilities {
    /// VLANs and their members.
    pub vlans: Option<Support>,
    /// Groups of ports.
    pub lags: Option<Support>,
    /// LLDP neighbours.
    pub neighbors: Option<Support>,
    /// The table of addresses.
    pub macs: Option<Support>,
    /// Power over Ethernet.
    pub poe: Option<Support>,
}

impl SwitchAbilities {
    /// Of a switch that tells of its ports, and of nothing else.
    pub const NONE: Self = Self { vlans: None, lags: None, neighbors: None, macs: None, poe: None };
}

/// A network switch, looked at.
///
/// - What [`Switch::abilities`] leaves out is `Unsupported`; what it has and is empty is an empty list.
/// - Ports are named alike in every answer.
/// - Optics and environment are in [`crate::Sensors`] of the same device.
#[async_trait]
pub trait Switch: fmt::Debug + Send + Sync {
    /// What it tells, decided at open.
    fn abilities(&self) -> &SwitchAbilities;

    /// What it is.
    ///
    /// # Errors
    /// As every read.
    async fn facts(&self, cx: &Cx) -> Result<SwitchFacts>;

    /// Every port and group of ports, in the switch's order.
    ///
    /// # Errors
    /// As every read.
    async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>>;

    /// The VLANs by number.
    ///
    /// # Errors
    /// As every read.
    async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>>;

    /// Who is at the other end of the ports.
    ///
    /// # Errors
    /// As every read.
    async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>>;

    /// Where addresses are.
    ///
    /// # Errors
    /// As every read.
    async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>>;

    /// Power over Ethernet; only ports that can.
    ///
    /// # Errors
    /// As every read.
    async fn poe(&self, cx: &Cx) -> Result<Vec<PoePort>>;
}
