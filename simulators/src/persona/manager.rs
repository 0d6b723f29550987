//! The management controller's own configuration when it is delivered, as data.
use std::collections::BTreeMap;

use serde::Deserialize;

/// The configuration as it is delivered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ManagerData {
    /// Its host name; `{name}` is the machine's name in the rack file, `{serial}` its serial number.
    pub host_name: String,
    /// The domain behind it.
    pub domain: String,
    /// Whether its IPv4 address comes from a DHCP server.
    pub dhcp: bool,
    /// Whether its clock is set from the network.
    pub ntp: bool,
    /// Servers of the network time.
    pub ntp_servers: Vec<String>,
    /// How many of those it keeps.
    pub most_ntp_servers: usize,
    /// How many fixed name servers it keeps.
    pub most_name_servers: usize,
    /// Changes of names and addresses wait for its next start.
    pub network_waits: bool,
    /// Its services that can be switched, by their names in Redfish (`IPMI`, `SSH`).
    pub services: BTreeMap<String, ServiceData>,
    /// The factory resets it takes.
    pub factory_resets: Vec<FactoryReset>,
}

impl Default for ManagerData {
    fn default() -> Self {
        let service =
            |name: &str, port, enabled| (name.to_owned(), ServiceData { port: Some(port), enabled });
        Self {
            host_name: "{name}".to_owned(),
            domain: String::new(),
            dhcp: false,
            ntp: false,
            ntp_servers: Vec::new(),
            most_ntp_servers: 4,
            most_name_servers: 3,
            network_waits: false,
            services: BTreeMap::from([
                service("IPMI", 623, true),
                service("SSH", 22, true),
                service("SNMP", 161, false),
                service("SSDP", 1900, false),
            ]),
            factory_resets: FactoryReset::ALL.to_vec(),
        }
    }
}

/// A service of the controller that can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceData {
    /// Where it answers.
    pub port: Option<u16>,
    /// Whether it does.
    pub enabled: bool,
}

/// What a factory reset keeps, in Redfish's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum FactoryReset {
    /// Nothing.
    ResetAll,
    /// Names, addresses and accounts.
    PreserveNetworkAndUsers,
    /// Names and addresses.
    PreserveNetwork,
}

impl FactoryReset {
    /// Every factory reset.
    pub const ALL: [Self; 3] = [Self::ResetAll, Self::PreserveNetworkAndUsers, Self::PreserveNetwork];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetAll => "ResetAll",
            Self::PreserveNetworkAndUsers => "PreserveNetworkAndUsers",
            Self::PreserveNetwork => "PreserveNetwork",
        }
    }
}
