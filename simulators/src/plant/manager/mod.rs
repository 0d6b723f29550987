//! The management controller's own configuration: names, addresses, time, services.
//!
//! - What is set is kept and shown. The wire stays where it is: a view answers at the address it was started on,
//!   whatever address is configured, so that a test that sets one does not lose its machine.
//! - A service that is switched off does not answer, where a view of it is served.
//! - A factory reset takes the configuration and, unless kept, the accounts back to what was delivered, and restarts
//!   the controller. The host runs on; its power policy, boot override, event log and firmware stay.
mod act;
mod check;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use super::{Refusal, ServerSpec};
use crate::persona::FactoryReset;

/// The configuration at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerView {
    /// Names and addresses as they are set.
    pub network: ManagerNetwork,
    /// Names and addresses in force: the same, unless a change waits for the controller's next start.
    pub in_force: ManagerNetwork,
    /// Whether its clock is set from the network.
    pub ntp: bool,
    /// Servers of the network time.
    pub ntp_servers: Vec<String>,
    /// Its services that can be switched, by their names in Redfish.
    pub services: BTreeMap<String, ManagerService>,
    /// How often it was set as it was delivered.
    pub factory_resets: u64,
}

/// Names and addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerNetwork {
    /// The host name, without the domain.
    pub host_name: String,
    /// The domain; empty if there is none.
    pub domain: String,
    /// Whether the IPv4 address comes from a DHCP server.
    pub dhcp: bool,
    /// The fixed IPv4 address; unless one was set, it is the one that views are served at.
    pub fixed: Option<FixedAddress>,
    /// Fixed name servers.
    pub name_servers: Vec<IpAddr>,
    /// Whether frames are tagged.
    pub tagged: bool,
    /// With which VLAN.
    pub vlan: u16,
}

impl ManagerNetwork {
    /// Host name and domain.
    #[must_use]
    pub fn fqdn(&self) -> String {
        match self.domain.as_str() {
            "" => self.host_name.clone(),
            domain => format!("{}.{domain}", self.host_name),
        }
    }
}

/// A fixed IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// Its network mask.
    pub mask: Ipv4Addr,
    /// The default gateway.
    pub gateway: Option<Ipv4Addr>,
}

/// A service of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagerService {
    /// Whether it answers.
    pub enabled: bool,
    /// Where.
    pub port: Option<u16>,
}

/// What to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagerChange {
    /// The host name.
    pub host_name: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// Whether the IPv4 address comes from a DHCP server.
    pub dhcp: Option<bool>,
    /// The fixed IPv4 address; `Some(None)` for none.
    pub fixed: Option<Option<FixedAddress>>,
    /// Fixed name servers.
    pub name_servers: Option<Vec<IpAddr>>,
    /// Whether frames are tagged.
    pub tagged: Option<bool>,
    /// With which VLAN.
    pub vlan: Option<u16>,
    /// Whether the clock is set from the network.
    pub ntp: Option<bool>,
    /// Servers of the network time.
    pub ntp_servers: Option<Vec<String>>,
    /// Services to be switched, by name.
    pub services: BTreeMap<String, bool>,
}

/// Why the configuration was not changed. Nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagerRefusal {
    /// The machine takes no change now.
    Machine(Refusal),
    /// No host name (RFC 1123), or no domain.
    Name,
    /// No address that an interface can have, a mask with holes, or a gateway elsewhere.
    Address,
    /// A name server that is none, or too many.
    NameServers,
    /// No VLAN id.
    Vlan,
    /// A time server that is none, or too many.
    NtpServers,
    /// There is no such service.
    Service,
    /// The controller does not take this factory reset.
    Reset,
}

/// The configuration of one machine's controller.
#[derive(Debug)]
pub(super) struct ManagerConfig {
    network: ManagerNetwork,
    in_force: ManagerNetwork,
    ntp: bool,
    ntp_servers: Vec<String>,
    services: BTreeMap<String, ManagerService>,
    factory_resets: u64,
}

impl ManagerConfig {
    /// As it is delivered.
    pub(super) fn new(spec: &ServerSpec) -> Self {
        let data = &spec.persona.manager;
        let network = ManagerNetwork {
            host_name: data.host_name.replace("{name}", &spec.name).replace("{serial}", &spec.serial),
            domain: data.domain.clone(),
            dhcp: data.dhcp,
            fixed: None,
            name_servers: Vec::new(),
            tagged: false,
            vlan: 1,
        };
        let services = data
            .services
            .iter()
            .map(|(name, data)| (name.clone(), ManagerService { enabled: data.enabled, port: data.port }));
        Self {
            in_force: network.clone(),
            network,
            ntp: data.ntp,
            ntp_servers: data.ntp_servers.clone(),
            services: services.collect(),
            factory_resets: 0,
        }
    }

    fn view(&self) -> ManagerView {
        ManagerView {
            network: self.network.clone(),
            in_force: self.in_force.clone(),
            ntp: self.ntp,
            ntp_servers: self.ntp_servers.clone(),
            services: self.services.clone(),
            factory_resets: self.factory_resets,
        }
    }

    /// The controller starts.
    pub(super) fn start(&mut self) {
        self.in_force = self.network.clone();
    }

    /// Whether a service answers; one that is not among those that can be switched always does.
    pub(super) fn serves(&self, service: &str) -> bool {
        self.services.get(service).is_none_or(|service| service.enabled)
    }

    /// Takes it back to what was delivered.
    fn deliver(&mut self, spec: &ServerSpec, keep: FactoryReset) {
        let kept = match keep {
            FactoryReset::ResetAll => None,
            FactoryReset::PreserveNetworkAndUsers | FactoryReset::PreserveNetwork => {
                Some((self.network.clone(), self.in_force.clone()))
            }
        };
        *self = Self { factory_resets: self.factory_resets + 1, ..Self::new(spec) };
        if let Some((network, in_force)) = kept {
            (self.network, self.in_force) = (network, in_force);
        }
    }
}
