//! Strangers' servers from the recipes, and our drivers opened on them.
use std::{
    fs,
    net::{TcpListener, TcpStream, UdpSocket},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use underlay_hal::{CredentialSource, Credentials, Cx, Device, DeviceId, Endpoint, Result, Tls};

use crate::{need::Need, program::Server};

/// How long one operation on a peer may take; the emulator alone takes 11 s for a power change.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The recipe that starts OpenIPMI's simulator.
pub const IPMI_SIM: Need = Need::Recipe("ipmi_sim.sh");

/// The recipe that starts the emulator of sushy-tools.
pub const SUSHY_EMULATOR: Need = Need::Recipe("sushy_emulator.sh");

/// A context for one operation.
#[must_use]
pub fn cx(operation: &'static str) -> Cx {
    Cx::new("interop", operation).within(LIMIT)
}

/// OpenIPMI's `ipmi_sim`: one BMC whose state is files.
#[derive(Debug)]
pub struct IpmiSim {
    /// Its port; it is also part of the serial numbers that the recipe gives.
    pub port: u16,
    state: TempDir,
    _server: Server,
}

impl IpmiSim {
    /// Starts one.
    ///
    /// # Panics
    /// If it does not answer a presence ping within half a minute.
    #[must_use]
    pub fn start() -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let port = free_udp_port();
        let mut command = Command::new("bash");
        command.arg(IPMI_SIM.path()).arg(port.to_string()).arg(state.path());
        let mut server = Server::start(&mut command, &state.path().join("log"));
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        server.wait(|| {
            // ASF presence ping, IPMI 2.0 section 13.2.3.
            let ping = [6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 0, 0, 0];
            let sent = socket.send_to(&ping, ("127.0.0.1", port));
            sent.is_ok() && socket.recv(&mut [0; 64]).is_ok()
        });
        Self { port, state, _server: server }
    }

    /// What one of its state files says.
    ///
    /// # Panics
    /// If there is no such file.
    #[must_use]
    pub fn state(&self, name: &str) -> String {
        let text = fs::read_to_string(self.state.path().join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        text.trim().to_owned()
    }

    /// Writes one of its state files.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn put(&self, name: &str, text: &str) {
        fs::write(self.state.path().join(name), text).expect("the state can be written");
    }

    /// How often it was reset.
    #[must_use]
    pub fn resets(&self) -> usize {
        fs::read_to_string(self.state.path().join("resets")).map_or(0, |text| text.lines().count())
    }

    /// Our driver on it.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn open(&self, user: &str, password: &str) -> Result<Arc<dyn Device>> {
        open(&Endpoint::new("ipmi", "127.0.0.1").port(self.port), user, password).await
    }
}

/// The emulator of sushy-tools: one machine, `peer0`, Basic authentication.
#[derive(Debug)]
pub struct SushyEmulator {
    port: u16,
    pin: Option<String>,
    _state: TempDir,
    _server: Server,
}

/// The emulator's only user and that user's password.
pub const SUSHY_LOGIN: (&str, &str) = ("admin", "emulated");

impl SushyEmulator {
    /// Starts one, over HTTPS with a certificate made now, or over plain HTTP.
    ///
    /// # Panics
    /// If it does not listen within half a minute.
    #[must_use]
    pub fn start(https: bool) -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let mut command = Command::new("bash");
        command.arg(SUSHY_EMULATOR.path()).arg(port.to_string()).arg(state.path());
        command.env("SUSHY_AUTH", format!("{}:{}", SUSHY_LOGIN.0, SUSHY_LOGIN.1));
        let pin = https.then(|| {
            let (certificate, key) = (state.path().join("cert.pem"), state.path().join("key.pem"));
            command.arg(&certificate).arg(&key);
            make_certificate(&certificate, &key)
        });
        let mut server = Server::start(&mut command, &state.path().join("log"));
        server.wait(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, pin, _state: state, _server: server }
    }

    /// The SHA-256 of its certificate, if it has one.
    #[must_use]
    pub fn pin(&self) -> Option<&str> {
        self.pin.as_deref()
    }

    /// What it answers to a GET; it has to serve plain HTTP.
    ///
    /// # Panics
    /// If it does not answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<serde_json::Value> {
        // `admin:emulated`.
        crate::raw::get(self.port, path, "YWRtaW46ZW11bGF0ZWQ=")
    }

    /// Our driver on it, with this identity check.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn open(&self, tls: Tls) -> Result<Arc<dyn Device>> {
        // It has no sessions and says 401 where others say 404; the default login must find that out by itself.
        let at = Endpoint::new("redfish", "127.0.0.1").port(self.port).tls(tls);
        open(&at, SUSHY_LOGIN.0, SUSHY_LOGIN.1).await
    }
}

/// The recipe that starts snmpsim.
pub const SNMPSIM: Need = Need::Recipe("snmpsim.sh");

/// snmpsim: recordings of SNMP agents, by community.
#[derive(Debug)]
pub struct SnmpSim {
    port: u16,
    _cache: TempDir,
    _server: Server,
}

impl SnmpSim {
    /// Serves the recordings of a folder; the community `NAME` is the file `NAME.snmprec`.
    ///
    /// # Panics
    /// If it does not answer within half a minute.
    #[must_use]
    pub fn start(folder: &Path, name: &str) -> Self {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let port = free_udp_port();
        let mut command = Command::new("bash");
        command.arg(SNMPSIM.path()).arg(port.to_string()).arg(folder).arg(cache.path());
        let mut server = Server::start(&mut command, &cache.path().join("log"));
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        let ask = get_description(name);
        server
            .wait(|| socket.send_to(&ask, ("127.0.0.1", port)).is_ok() && socket.recv(&mut [0; 512]).is_ok());
        Self { port, _cache: cache, _server: server }
    }

    /// Our driver on one recording.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn open(&self, name: &str) -> Result<Arc<dyn Device>> {
        let mut at = Endpoint::new("snmp", "127.0.0.1").port(self.port);
        // It looks through large files.
        at.options.insert("timeout-ms".to_owned(), "5000".to_owned());
        open(&at, "", name).await
    }
}

/// The recipe that starts net-snmp's agent.
pub const SNMPD: Need = Need::Recipe("snmpd.sh");

/// net-snmp's agent, about the machine that it runs on.
#[derive(Debug)]
pub struct Snmpd {
    port: u16,
    _state: TempDir,
    _server: Server,
}

impl Snmpd {
    /// Starts one.
    ///
    /// # Panics
    /// If it does not answer within half a minute.
    #[must_use]
    pub fn start() -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let port = free_udp_port();
        let mut command = Command::new("bash");
        command.arg(SNMPD.path()).arg(port.to_string()).arg(state.path());
        let mut server = Server::start(&mut command, &state.path().join("log"));
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        let ask = get_description("public");
        server
            .wait(|| socket.send_to(&ask, ("127.0.0.1", port)).is_ok() && socket.recv(&mut [0; 512]).is_ok());
        Self { port, _state: state, _server: server }
    }

    /// Our driver on it, with these options and this login.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn open(&self, options: &[(&str, &str)], login: Credentials) -> Result<Arc<dyn Device>> {
        let mut at = Endpoint::new("snmp", "127.0.0.1").port(self.port);
        at.options.extend(options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        open_with(&at, login).await
    }
}

/// GET of `sysDescr.0`, version 2c, by hand (RFC 3416).
fn get_description(community: &str) -> Vec<u8> {
    let wrapped = |tag: u8, body: &[u8]| {
        let length = u8::try_from(body.len()).ok().filter(|length| *length < 128).expect("a short message");
        [&[tag, length], body].concat()
    };
    let object = [0x06, 0x08, 0x2B, 6, 1, 2, 1, 1, 1, 0, 0x05, 0x00];
    let bound = wrapped(0x30, &wrapped(0x30, &object));
    let request = wrapped(0xA0, &[&[0x02, 1, 1, 0x02, 1, 0, 0x02, 1, 0], bound.as_slice()].concat());
    let head = [&[0x02, 1, 1], wrapped(0x04, community.as_bytes()).as_slice()].concat();
    wrapped(0x30, &[head, request].concat())
}

/// Our driver on an endpoint.
///
/// # Errors
/// Those of the driver.
pub async fn open(at: &Endpoint, user: &str, password: &str) -> Result<Arc<dyn Device>> {
    open_with(at, Credentials::password(user, password)).await
}

async fn open_with(at: &Endpoint, login: Credentials) -> Result<Arc<dyn Device>> {
    let credentials: Arc<dyn CredentialSource> = Arc::new(login);
    let registry = underlay_drivers::registry()?;
    let opened =
        registry.open(&cx("open"), &DeviceId::from("peer"), std::slice::from_ref(at), &credentials).await?;
    Ok(opened.device)
}

fn make_certificate(certificate: &Path, key: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    fs::write(certificate, made.cert.pem()).expect("the certificate can be written");
    fs::write(key, made.signing_key.serialize_pem()).expect("the key can be written");
    Sha256::digest(made.cert.der()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port()
}
