//! A rack that runs: plant, views, addresses and logins, in this process.
mod secrets;
mod start;

use std::{collections::BTreeMap, fmt, io, net::IpAddr, path::Path, sync::Arc};

use secrecy::SecretString;
use tokio::task::JoinHandle;
use underlay_rack::{Rack, RackCredentials};

use crate::{
    ipmi,
    persona::{PersonaError, PersonaSet},
    plant::{ClockMode, Plant, Server, UnknownPersona},
    redfish, snmp, ssh,
    truth::{AgentTruth, ServerTruth},
};

/// Starts simulated racks.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// A simulator of this rack.
    #[must_use]
    pub fn builder(rack: Rack) -> Builder {
        Builder {
            rack,
            personas: None,
            clock: None,
            listen: IpAddr::from([127, 0, 0, 1]),
            ipmi_idle: None,
            redfish_page_size: None,
        }
    }
}

/// What can be chosen before a rack starts.
#[derive(Debug)]
pub struct Builder {
    rack: Rack,
    personas: Option<PersonaSet>,
    clock: Option<ClockMode>,
    listen: IpAddr,
    ipmi_idle: Option<std::time::Duration>,
    redfish_page_size: Option<usize>,
}

impl Builder {
    /// With these personas in place of the embedded ones.
    #[must_use]
    pub fn personas(mut self, personas: PersonaSet) -> Self {
        self.personas = Some(personas);
        self
    }

    /// With this clock; else the rack file's `time-scale`, else real time.
    #[must_use]
    pub fn clock(mut self, clock: ClockMode) -> Self {
        self.clock = Some(clock);
        self
    }

    /// With this seed in place of the rack's.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.rack.seed = seed;
        self
    }

    /// Where devices without an address listen; 127.0.0.1 unless said otherwise.
    #[must_use]
    pub fn listen(mut self, address: IpAddr) -> Self {
        self.listen = address;
        self
    }

    /// With this idle limit for IPMI sessions, in the clients' time.
    #[must_use]
    pub fn ipmi_idle(mut self, limit: std::time::Duration) -> Self {
        self.ipmi_idle = Some(limit);
        self
    }

    /// With this many members on a page of a Redfish collection.
    #[must_use]
    pub fn redfish_page_size(mut self, size: usize) -> Self {
        self.redfish_page_size = Some(size);
        self
    }

    /// Starts every view of every device.
    ///
    /// - Devices without an address get a free port; the others get theirs or the start fails.
    /// - Passwords that are references are resolved; `generated` ones are made.
    ///
    /// # Errors
    /// - [`StartError`], naming the device or credential. Nothing is left running.
    pub async fn start(self) -> Result<Running, StartError> {
        start::start(self).await
    }
}

/// Why a rack did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A device names a persona that does not exist.
    Persona(UnknownPersona),
    /// A persona file is wrong.
    PersonaFile(PersonaError),
    /// A password could not be found.
    Credential(underlay_hal::Error),
    /// A view could not start.
    View {
        /// The device.
        device: String,
        /// Such as `redfish`.
        protocol: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The machine has no slot for an account.
    Account {
        /// The device.
        device: String,
        /// The user name.
        user: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Persona(error) => error.fmt(f),
            Self::PersonaFile(error) => error.fmt(f),
            Self::Credential(error) => error.fmt(f),
            Self::View { device, protocol, .. } => write!(f, "{device}: cannot serve {protocol}"),
            Self::Account { device, user } => write!(f, "{device}: no account slot left for `{user}`"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::View { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// The views of one device; stopped when dropped.
#[derive(Debug, Default)]
struct Views {
    redfish: Option<redfish::View>,
    ipmi: Option<ipmi::View>,
    snmp: Option<snmp::View>,
    ssh: Option<ssh::View>,
    redfish_faults: redfish::Faults,
    ipmi_faults: ipmi::Faults,
}

/// A rack that runs. Dropping it stops every view.
#[derive(Debug)]
pub struct Running {
    rack: Arc<Rack>,
    plant: Plant,
    views: BTreeMap<String, Views>,
    warnings: Vec<String>,
    generated: BTreeMap<String, SecretString>,
    authority: Option<String>,
    driver: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Running {
    /// What of recorded trees was left out, and why.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The rack with the addresses in use and, for TLS, each device's own fingerprint unless the rack
    /// says `insecure` or `http`.
    #[must_use]
    pub fn rack(&self) -> &Arc<Rack> {
        &self.rack
    }

    /// Logins for [`Self::rack`], including the passwords that were made at start.
    #[must_use]
    pub fn credentials(&self) -> RackCredentials {
        let empty = RackCredentials::new(Arc::clone(&self.rack));
        self.generated
            .iter()
            .fold(empty, |source, (name, password)| source.with_generated(name, password.clone()))
    }

    /// The machines behind the views.
    #[must_use]
    pub fn plant(&self) -> &Plant {
        &self.plant
    }

    /// The views of a device, or of the one that a machine is part of.
    fn views_of(&self, device: &str) -> Option<&Views> {
        let alone = self.views.get(device);
        alone.or_else(|| self.views.get(self.plant.server(device)?.controller().name()))
    }

    /// One machine; `name/2` is the one in the second slot of the enclosure `name`.
    #[must_use]
    pub fn server(&self, device: &str) -> Option<Server> {
        self.plant.server(device)
    }

    /// What really happens at a device; the back door for tests.
    #[must_use]
    pub fn truth(&self, device: &str) -> Option<ServerTruth> {
        let truth = ServerTruth::new(self.plant.server(device)?);
        Some(match self.redfish(device) {
            Some(view) => truth.with_view(view),
            None => truth,
        })
    }

    /// The fault knob of a device's Redfish view.
    #[must_use]
    pub fn redfish_faults(&self, device: &str) -> Option<&redfish::Faults> {
        self.views_of(device).map(|views| &views.redfish_faults)
    }

    /// The fault knob of a device's IPMI view.
    #[must_use]
    pub fn ipmi_faults(&self, device: &str) -> Option<&ipmi::Faults> {
        self.views_of(device).map(|views| &views.ipmi_faults)
    }

    /// A device's Redfish view.
    #[must_use]
    pub fn redfish(&self, device: &str) -> Option<&redfish::View> {
        self.views_of(device)?.redfish.as_ref()
    }

    /// The SNMP view of a unit of power or a switch.
    #[must_use]
    pub fn snmp(&self, device: &str) -> Option<&snmp::View> {
        self.views.get(device)?.snmp.as_ref()
    }

    /// The command line of a switch.
    #[must_use]
    pub fn ssh(&self, device: &str) -> Option<&ssh::View> {
        self.views.get(device)?.ssh.as_ref()
    }

    /// What really happens at a unit of power or a switch that speaks SNMP.
    #[must_use]
    pub fn agent_truth(&self, device: &str) -> Option<AgentTruth> {
        self.snmp(device).map(|view| AgentTruth::new(&self.plant, device, view))
    }

    /// What really happens at a switch that has a command line.
    #[must_use]
    pub fn shell_truth(&self, device: &str) -> Option<AgentTruth> {
        self.ssh(device).map(|view| AgentTruth::of_shell(&self.plant, device, view))
    }

    /// The certificate of the rack's authority in PEM, if any device speaks TLS.
    #[must_use]
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Writes [`Self::rack`] as a rack file, and beside it a file for each password that was made,
    /// readable by its owner alone, which the rack file refers to.
    ///
    /// # Errors
    /// - Any failure to write.
    pub fn write_rack(&self, path: &Path) -> io::Result<()> {
        secrets::write_rack(&self.rack, &self.generated, path)
    }
}
