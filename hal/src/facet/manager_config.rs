//! The management controller's own configuration: network, names, time, protocols.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cx, ManagerNetwork, Outcome, Result, Staged};

/// The configuration at one moment. What the device does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagerSettings {
    /// The controller's host name.
    pub host_name: Option<String>,
    /// Host name and domain.
    pub fqdn: Option<String>,
    /// Name servers in use.
    pub dns_servers: Vec<IpAddr>,
    /// Is the clock set from the network?
    pub ntp_enabled: Option<bool>,
    /// Servers of the network time, in order.
    pub ntp_servers: Vec<String>,
    /// The offset of its local time from UTC, as it prints it (`+01:00`).
    pub time_zone_offset: Option<String>,
    /// Its network interfaces.
    pub networks: Vec<ManagerNetwork>,
    /// Services, such as `https`, `ssh`, `ipmi`, in lower case: enabled, and on which port.
    pub protocols: BTreeMap<String, ProtocolSetting>,
}

/// A service of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolSetting {
    /// Does it answer?
    pub enabled: bool,
    /// Where.
    pub port: Option<u16>,
}

/// Where an interface has its IPv4 address from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ipv4Source {
    /// From a DHCP server.
    Dhcp,
    /// Fixed.
    Static {
        /// The address.
        address: std::net::Ipv4Addr,
        /// Bits of the network prefix, 1 to 32.
        prefix_length: u8,
        /// The default gateway.
        gateway: Option<std::net::Ipv4Addr>,
    },
}

/// What to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerChange {
    /// The interface meant by `ipv4`, `vlan`, `host_name` and `dns_servers`; the first if `None`.
    pub network: Option<String>,
    /// The host name.
    pub host_name: Option<String>,
    /// Where the IPv4 address comes from. The road we came by may end with it.
    pub ipv4: Option<Ipv4Source>,
    /// The VLAN to tag with; `Some(None)` for none.
    pub vlan: Option<Option<u16>>,
    /// Fixed name servers.
    pub dns_servers: Option<Vec<IpAddr>>,
    /// Set the clock from the network?
    pub ntp_enabled: Option<bool>,
    /// Servers of the network time, in order.
    pub ntp_servers: Option<Vec<String>>,
    /// Services to be switched, by their names in [`ManagerSettings::protocols`].
    pub protocols: BTreeMap<String, bool>,
}

impl ManagerChange {
    /// Is there nothing to change?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { network: _, host_name, ipv4, vlan, dns_servers, ntp_enabled, ntp_servers, protocols } =
            self;
        host_name.is_none()
            && ipv4.is_none()
            && vlan.is_none()
            && dns_servers.is_none()
            && ntp_enabled.is_none()
            && ntp_servers.is_none()
            && protocols.is_empty()
    }

    /// May the road we came by end with this change?
    #[must_use]
    pub fn may_cut_the_road(&self) -> bool {
        self.ipv4.is_some()
            || self.vlan.is_some()
            || self
                .protocols
                .iter()
                .any(|(name, on)| !on && matches!(name.as_str(), "http" | "https" | "ipmi"))
    }
}

/// What a change can name; `Unsupported` otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ManagerSetting {
    /// [`ManagerChange::host_name`].
    HostName,
    /// [`ManagerChange::ipv4`].
    Ipv4,
    /// [`ManagerChange::vlan`].
    Vlan,
    /// [`ManagerChange::dns_servers`].
    DnsServers,
    /// [`ManagerChange::ntp_enabled`] and [`ManagerChange::ntp_servers`].
    Ntp,
    /// [`ManagerChange::protocols`].
    Protocols,
}

/// What is kept when everything else is set as it was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactoryReset {
    /// Nothing (`ResetAll`).
    All,
    /// Network and accounts (`PreserveNetworkAndUsers`).
    KeepNetworkAndUsers,
    /// The network (`PreserveNetwork`).
    KeepNetwork,
}

impl FactoryReset {
    /// Every factory reset.
    pub const ALL: [Self; 3] = [Self::All, Self::KeepNetworkAndUsers, Self::KeepNetwork];

    /// The factory reset in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::KeepNetworkAndUsers => "keep_network_and_users",
            Self::KeepNetwork => "keep_network",
        }
    }
}

/// The management controller's own configuration (DSP0268 `ManagerNetworkProtocol`, `EthernetInterface`,
/// `Manager.ResetToDefaults`).
///
/// - What was set is what [`ManagerConfig::read`] shows, once the device has applied it.
/// - [`ManagerConfig::settings`] and [`ManagerConfig::factory_resets`] list what is accepted; anything else is
///   `Unsupported` and nothing is sent.
/// - A change that may cut the road ([`ManagerChange::may_cut_the_road`]) is sent last and alone; if its answer is
///   lost, the effect is `Unknown`, and the device has to be looked for at its new place.
#[async_trait]
pub trait ManagerConfig: fmt::Debug + Send + Sync {
    /// The configuration.
    ///
    /// # Errors
    /// As every read. A part that cannot be read is absent.
    async fn read(&self, cx: &Cx) -> Result<ManagerSettings>;

    /// What can be set.
    fn settings(&self) -> &[ManagerSetting];

    /// Changes the configuration. `AlreadySo` if everything reads so already.
    ///
    /// # Errors
    /// `Unsupported` for a setting not listed; `NotFound` for an interface or service that is not there;
    /// `InvalidInput` if the device refuses a value; `Timeout` with effect `Unknown` when the answer was lost.
    async fn change(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>>;

    /// The factory resets that this device accepts.
    fn factory_resets(&self) -> &[FactoryReset];

    /// Sets the controller as it was delivered. Destructive. The credentials may no longer fit afterwards.
    ///
    /// # Errors
    /// `Unsupported` unless listed; `Timeout` with effect `Unknown` when the answer was lost.
    async fn factory_reset(&self, cx: &Cx, keep: FactoryReset) -> Result<Outcome<Staged>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_may_cut_the_road_are_known() {
        let harmless = ManagerChange { host_name: Some("bmc7".to_owned()), ..ManagerChange::default() };
        assert!(!harmless.may_cut_the_road() && !harmless.is_empty());
        let address = ManagerChange { ipv4: Some(Ipv4Source::Dhcp), ..ManagerChange::default() };
        let silent = ManagerChange {
            protocols: BTreeMap::from([("https".to_owned(), false)]),
            ..ManagerChange::default()
        };
        assert!(address.may_cut_the_road() && silent.may_cut_the_road());
        let on = ManagerChange { protocols: BTreeMap::from([("https".to_owned(), true)]), ..silent };
        assert!(!on.may_cut_the_road());
        assert!(ManagerChange::default().is_empty());
    }
}
