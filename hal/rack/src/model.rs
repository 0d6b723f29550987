//! What a rack file says, as plain data.
//!
//! Built by [`crate::read`] or by hand in tests; nothing here touches a file or a socket.
use std::{collections::BTreeMap, fmt, path::PathBuf};

/// A rack: what stands in it, how it is powered and cabled, and how to reach it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rack {
    /// The operator's name for the rack.
    pub name: String,
    /// Seed of every random draw of the simulator; ignored for real hardware.
    pub seed: u64,
    /// Simulator settings that replace the personas' own; ignored for real hardware.
    pub simulation: Simulation,
    /// Named logins. Passwords are references, never literals.
    pub credentials: BTreeMap<String, Credential>,
    /// Incoming power.
    pub feeds: Vec<Feed>,
    /// Power distribution units.
    pub pdus: Vec<Pdu>,
    /// Network switches.
    pub switches: Vec<Switch>,
    /// Managed devices, in file order; units of power and switches that speak a protocol after the machines.
    pub devices: Vec<Device>,
}

impl Rack {
    /// The machines.
    pub fn servers(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(|device| device.kind == DeviceKind::Server)
    }

    /// What is cabled to a port of a switch: a machine, and its network port.
    #[must_use]
    pub fn cabled_to(&self, switch: &str, port: u32) -> Option<(&Device, &NicPort)> {
        let ports = self.devices.iter().flat_map(|device| device.nics.iter().map(move |nic| (device, nic)));
        let here = |nic: &NicPort| {
            nic.cable.as_ref().is_some_and(|cable| cable.switch == switch && cable.port == port)
        };
        ports.into_iter().find(|(_, nic)| here(nic))
    }

    /// What is plugged into an outlet of a unit: machines, each with its power supply from 1.
    #[must_use]
    pub fn fed_by(&self, pdu: &str, outlet: u32) -> Vec<(&Device, usize)> {
        let cords = self.devices.iter().flat_map(|device| {
            device.power.iter().zip(1..).map(move |(cable, supply)| (device, cable, supply))
        });
        let mine = cords.filter(|(_, cable, _)| cable.pdu == pdu && cable.outlet == outlet);
        mine.map(|(device, _, supply)| (device, supply)).collect()
    }

    /// The device of that name, if there is one.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// Durations that replace what each persona says, so that a demonstration does not take minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Simulation {
    /// Plant seconds per real second.
    pub time_scale: Option<f64>,
    /// Seconds from power-on to the choice of a boot device.
    pub post_seconds: Option<f64>,
    /// Seconds from that choice to a running operating system.
    pub os_boot_seconds: Option<f64>,
    /// Seconds an orderly shutdown takes.
    pub shutdown_seconds: Option<f64>,
    /// Seconds a management controller needs to start.
    pub bmc_boot_seconds: Option<f64>,
}

/// A login by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The user name; not a secret.
    pub username: String,
    /// Where the password is found, each time one is needed.
    pub password: PasswordSource,
    /// Where the second pass phrase of SNMP 3 is found, which hides what is asked; without it, the password does both.
    pub privacy: Option<PasswordSource>,
}

/// Where a password is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a program prints; no shell is involved.
    Command(Vec<String>),
    /// Made by the simulator at start; a driver cannot resolve it.
    Generated,
}

/// Incoming power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Unique among feeds.
    pub name: String,
}

/// A power distribution unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// Unique among all named things of the rack.
    pub name: String,
    /// The feed it draws from; `None` for one that never fails.
    pub feed: Option<String>,
    /// Outlets are numbered from 1 to this.
    pub outlets: u32,
}

/// A network switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Unique among all named things of the rack.
    pub name: String,
    /// Ports are numbered from 1 to this.
    pub ports: u32,
    /// Ports, by name or number, that lead to somebody's management, the switch's own most of all.
    pub uplinks: Vec<String>,
}

/// A managed device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Device {
    /// Unique among all named things of the rack.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// The simulator's model for it; real hardware needs none.
    pub persona: Option<String>,
    /// A recorded tree that a simulated one shows in place of the persona's own (DMTF mockup layout).
    pub recorded: Option<PathBuf>,
    /// Words that selectors match as `tag:word`.
    pub tags: Vec<String>,
    /// The key of [`Rack::credentials`] that logs in here.
    pub credential: Option<String>,
    /// Present if it speaks Redfish.
    pub redfish: Option<RedfishAddress>,
    /// Present if it speaks IPMI over LAN.
    pub ipmi: Option<IpmiAddress>,
    /// Present if it speaks SNMP.
    pub snmp: Option<SnmpAddress>,
    /// Present if it has a command line over SSH.
    pub ssh: Option<SshAddress>,
    /// Power supply 1, 2, … to outlet. Empty: always powered.
    pub power: Vec<PowerCable>,
    /// Network ports. Empty: the persona's own, uncabled.
    pub nics: Vec<NicPort>,
    /// How a simulated one starts; on unless said otherwise.
    pub state: Option<InitialState>,
    /// Replacements of the persona's hardware.
    pub hardware: Hardware,
    /// Further logins of a simulated one.
    pub accounts: Vec<ExtraAccount>,
}

/// What a device is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceKind {
    /// A machine with a management controller.
    #[default]
    Server,
    /// A power distribution unit.
    Pdu,
    /// A network switch.
    Switch,
}

impl DeviceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Server, Self::Pdu, Self::Switch];

    /// The word in rack files and selectors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Pdu => "pdu",
            Self::Switch => "switch",
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to reach a Redfish service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedfishAddress {
    /// Host and optional port; `None` lets the simulator choose.
    pub address: Option<Address>,
    /// How the server's identity is checked.
    pub tls: Tls,
}

/// How to reach IPMI over LAN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpmiAddress {
    /// Host and optional port; `None` lets the simulator choose.
    pub address: Option<Address>,
}

/// How to reach an SNMP agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnmpAddress {
    /// Host and optional port; `None` lets the simulator choose.
    pub address: Option<Address>,
    /// The driver's options: `version`, `auth`, `privacy`, `context`, `family`.
    pub options: BTreeMap<String, String>,
}

/// How to reach a command line over SSH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshAddress {
    /// Host and optional port; `None` lets the simulator choose.
    pub address: Option<Address>,
    /// The driver's options: `platform`, `host-key`, `known-hosts`, `algorithms`, `identity`, `jump`, `jump-identity`,
    /// `jump-host-key`.
    pub options: BTreeMap<String, String>,
}

/// A host name or IP address with an optional port. IPv6 with a port is written `[::1]:623`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address, without brackets.
    pub host: String,
    /// `None`: the protocol's default.
    pub port: Option<u16>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracket = self.host.contains(':') && self.port.is_some();
        match (self.port, bracket) {
            (Some(port), true) => write!(f, "[{}]:{port}", self.host),
            (Some(port), false) => write!(f, "{}:{port}", self.host),
            (None, _) => f.write_str(&self.host),
        }
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(socket: std::net::SocketAddr) -> Self {
        Self { host: socket.ip().to_string(), port: Some(socket.port()) }
    }
}

/// How a Redfish server's identity is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Against the authorities this machine trusts.
    #[default]
    System,
    /// Not at all, over TLS.
    Insecure,
    /// No TLS.
    Http,
    /// SHA-256 of the certificate, 64 hexadecimal digits in lower case.
    Pin(String),
    /// Against one authority's PEM file.
    CaFile(PathBuf),
}

/// One power supply's cord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerCable {
    /// Name of the PDU.
    pub pdu: String,
    /// Outlet number, from 1.
    pub outlet: u32,
}

/// One network port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NicPort {
    /// The operator's name for the port, unique within the device.
    pub name: String,
    /// Burned-in address; the simulator makes one up if absent.
    pub mac: Option<[u8; 6]>,
    /// Link speed in Mbit/s.
    pub speed_mbps: Option<u32>,
    /// The other end of its cable.
    pub cable: Option<NetCable>,
}

/// The switch end of a network cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetCable {
    /// Name of the switch.
    pub switch: String,
    /// Port number, from 1.
    pub port: u32,
}

/// How a simulated device starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialState {
    /// Operating system running.
    On,
    /// Host off, controller up.
    Off,
}

/// Replacements of a persona's hardware; `None` keeps what the persona says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Processor sockets in use.
    pub processors: Option<u32>,
    /// Memory in GiB, spread over the persona's modules.
    pub memory_gib: Option<u32>,
    /// Drives.
    pub drives: Option<u32>,
    /// Serial number of the machine.
    pub serial: Option<String>,
    /// Operator's label on the machine.
    pub asset_tag: Option<String>,
}

/// A further login of a simulated device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraAccount {
    /// Key of [`Rack::credentials`].
    pub credential: String,
    /// What it may do.
    pub role: AccountRole,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRole {
    /// Everything.
    Administrator,
    /// Change machines, not accounts.
    Operator,
    /// Look.
    ReadOnly,
}
