//! SNMP: units of power and switches as agents of versions 1, 2c and 3.
//!
//! - Every family of `underlay_snmp_mib` is a persona, by the family's name; switches have two personas, and are only
//!   looked at.
//! - A recording (`.snmprec`) can stand in for one; it is shown as it is, and nothing of it can be changed.
//! - One credential: its password is the community, and the pass phrase of its user with version 3 (SHA-256, AES-128,
//!   and for privacy the second pass phrase, if the credential has one).
//! - A wrong community is silence, a wrong user or pass phrase a report, a wrong value the right error.
//! - A unit whose feed is dead does not answer.

mod agent;
mod front;
#[doc(hidden)]
pub mod fuzzing;
mod notify;
mod recorded;
mod shape;
mod switch;
mod tree;
mod write;

use std::{
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use async_snmp::{
    Auth, AuthProtocol, AuthoritativeEngine, NotificationSinkId, PrivProtocol, UsmConfig,
    agent::Agent as Library,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::UdpSocket, task::JoinHandle};
use underlay_snmp_mib::FAMILIES;

use crate::plant::{PduUnit, Plant};
use agent::Agent;
pub use front::Faults;
pub use notify::Sink;

/// The personas of power distribution units.
pub fn personas() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|family| family.id)
}

/// The persona of a unit that names none.
pub const DEFAULT_PERSONA: &str = "apc-rpdu2";

/// The personas of switches.
pub fn switch_personas() -> impl Iterator<Item = &'static str> {
    switch::MODELS.iter().map(|model| model.persona)
}

/// The persona of a switch that names none.
pub const DEFAULT_SWITCH: &str = "standard-switch";

/// Who may ask.
pub struct Login {
    /// The user of version 3.
    pub user: String,
    /// The community, and that user's pass phrase.
    pub password: SecretString,
    /// What that user hides with.
    pub privacy: SecretString,
    /// Where the agent sends what happens, with the same login.
    pub sink: Option<Sink>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// An agent that runs until dropped.
#[derive(Debug)]
pub struct View {
    address: SocketAddr,
    thing: Agent,
    faults: Arc<Faults>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for View {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl View {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The unit of power behind it, if it is one.
    #[must_use]
    pub fn unit(&self) -> Option<&PduUnit> {
        match &self.thing {
            Agent::Pdu(pdu) => Some(&pdu.unit),
            Agent::Switch(_) | Agent::Recorded(_) => None,
        }
    }

    /// The probes of the unit behind it: name, whether it measures humidity and not temperature, value.
    #[must_use]
    pub fn probes(&self) -> Vec<(String, bool, f64)> {
        let Agent::Pdu(pdu) = &self.thing else { return Vec::new() };
        let all = tree::probes(pdu.family, pdu.shape).into_iter();
        let humid = |kind| kind == underlay_snmp_mib::ProbeKind::Humidity;
        all.map(|(_, around)| (around.name, humid(around.kind), around.value)).collect()
    }

    /// What the switch behind it calls a port (from 1), if it is one.
    #[must_use]
    pub fn port_name(&self, number: u32) -> Option<String> {
        match &self.thing {
            Agent::Pdu(_) | Agent::Recorded(_) => None,
            Agent::Switch(bridge) => Some(bridge.model.port_name(number)),
        }
    }

    /// The serial number; empty for a recording.
    #[must_use]
    pub fn serial(&self) -> &str {
        match &self.thing {
            Agent::Pdu(pdu) => &pdu.serial,
            Agent::Switch(bridge) => &bridge.serial,
            Agent::Recorded(_) => "",
        }
    }

    /// What is to go wrong on the road to it.
    #[must_use]
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }

    /// Datagrams that came.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.faults.requests.load(Ordering::Relaxed)
    }
}

fn other(error: impl fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// Starts the agent of a unit of power.
///
/// # Errors
/// - The persona is unknown, the address is taken, or the pass phrase is too short for version 3.
pub(crate) async fn serve(unit: PduUnit, persona: &str, at: SocketAddr, login: &Login) -> io::Result<View> {
    let family = FAMILIES.iter().find(|family| family.id == persona);
    let shape = shape::SHAPES.iter().find(|shape| shape.family == persona);
    let (Some(family), Some(shape)) = (family, shape) else {
        let known: Vec<_> = personas().collect();
        let known = known.join(", ");
        return Err(other(format!("no unit of power has the persona `{persona}`; there are {known}")));
    };
    let serial = serial(unit.name());
    listen(Agent::Pdu(agent::Pdu { unit, family, shape, serial }), at, login).await
}

/// Starts the agent of a switch.
///
/// # Errors
/// - As [`serve`].
pub(crate) async fn serve_switch(
    plant: Plant,
    name: &str,
    persona: &str,
    at: SocketAddr,
    login: &Login,
) -> io::Result<View> {
    let model = switch::MODELS.iter().find(|model| model.persona == persona).ok_or_else(|| {
        let known: Vec<_> = switch_personas().collect();
        other(format!("no switch has the persona `{persona}`; there are {}", known.join(", ")))
    })?;
    let (name, serial) = (name.to_owned(), serial(name));
    listen(Agent::Switch(agent::Bridge { plant, name, model, serial }), at, login).await
}

/// Starts the agent of a recording, in place of a unit of power or a switch; and what of the recording was left out.
///
/// # Errors
/// - The recording cannot be read, or as [`serve`].
pub(crate) async fn serve_recorded(
    plant: Plant,
    name: &str,
    file: &Path,
    at: SocketAddr,
    login: &Login,
) -> io::Result<(View, Vec<String>)> {
    let (objects, left_out) = recorded::load(file)?;
    let thing = agent::Recorded { plant, name: name.to_owned(), objects: Arc::new(objects) };
    Ok((listen(Agent::Recorded(thing), at, login).await?, left_out))
}

async fn listen(thing: Agent, at: SocketAddr, login: &Login) -> io::Result<View> {
    let name = match &thing {
        Agent::Pdu(pdu) => pdu.unit.name(),
        Agent::Switch(bridge) => &bridge.name,
        Agent::Recorded(recorded) => &recorded.name,
    };
    let (secret, privacy) = (login.password.expose_secret(), login.privacy.expose_secret());
    let engine = [b"\x80\x00\x00\x00\x04".as_slice(), name.as_bytes()].concat();
    let engine = engine.get(..engine.len().min(32)).unwrap_or(&engine).to_vec();
    let engine = AuthoritativeEngine::install(engine, |_| Ok::<(), Infallible>(())).map_err(other)?;
    let outside = Arc::new(UdpSocket::bind(at).await?);
    let relay = match login.sink {
        Some(sink) => Some(Arc::new(notify::Relay::open(sink.to).await?)),
        None => None,
    };
    let mut builder = Library::builder();
    if let (Some(sink), Some(relay)) = (login.sink, &relay) {
        let auth = if sink.secure {
            let user = UsmConfig::new(login.user.clone());
            Auth::from(
                user.auth_priv(AuthProtocol::Sha256, secret, PrivProtocol::Aes128, privacy).map_err(other)?,
            )
        } else {
            Auth::v2c(secret)
        };
        let id = NotificationSinkId::new("receiver").map_err(other)?;
        builder = builder.trap_sink(id, relay.address()?.to_string(), auth);
    }
    let library = builder
        .bind("127.0.0.1:0")
        .community(secret.as_bytes().to_vec())
        .authoritative_engine(engine)
        .usm_user(login.user.clone(), |user| {
            user.auth_priv(AuthProtocol::Sha256, secret, PrivProtocol::Aes128, privacy)
        })
        .map_err(other)?
        .handler(agent::root(), agent::handler(thing.clone()))
        .allow_all_access()
        .build()
        .await
        .map_err(other)?;
    let inside = library.local_addr();
    let (address, faults) = (outside.local_addr()?, Arc::new(Faults::default()));
    let mut tasks = Vec::new();
    if let (Some(sink), Some(relay)) = (login.sink, &relay) {
        tasks.push(tokio::spawn(notify::watch(library.clone(), thing.clone(), sink, thing.state())));
        let relay = Arc::clone(relay);
        tasks.push(tokio::spawn(relay.carry(Arc::clone(&outside), thing.clone(), Arc::clone(&faults))));
    }
    tasks.push(tokio::spawn(async move {
        if let Err(error) = library.run().await {
            tracing::warn!("an agent ended: {error}");
        }
    }));
    tasks.push(tokio::spawn(front::carry(outside, inside, thing.clone(), Arc::clone(&faults), relay)));
    Ok(View { address, thing, faults, tasks })
}

/// Digits that are always the same for a name.
pub(crate) fn serial(name: &str) -> String {
    format!("{:012X}", fold(name))
}

/// Digits that are always the same for a name.
fn fold(name: &str) -> u64 {
    name.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
        >> 16
}
