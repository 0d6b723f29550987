//! SSH: switches by their command line.
//!
//! - Every login has its own conversation; the configuration is the plant's, and candidates are the switch's.
//! - One credential: user and password, by the password method or as the answer to one question.
//! - What is no command is refused in the switch's words; what is one changes what every other view tells.
//! - More than so many logins at once are turned away, as the real ones do.

mod configure;
mod junos;
mod model;
mod session;
mod shell;
mod show;
mod structured;
mod terminal;
mod wire;
mod words;

use std::{fmt, io, net::SocketAddr, sync::Arc};

use secrecy::SecretString;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::plant::Plant;
use model::{MODELS, Model};
use shell::Unit;

/// The personas of switches with a command line.
pub fn personas() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|model| model.persona)
}

/// The persona of a switch that names none.
pub const DEFAULT_PERSONA: &str = "arista-eos";

/// Who may log in.
pub struct Login {
    /// The user.
    pub user: String,
    /// Their password, which gives all rights too.
    pub password: SecretString,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A switch that answers until dropped.
#[derive(Debug)]
pub struct View {
    address: SocketAddr,
    fingerprint: String,
    model: &'static Model,
    serial: String,
    faults: Arc<wire::Faults>,
    task: JoinHandle<()>,
}

impl Drop for View {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl View {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its host key's fingerprint, as OpenSSH writes it: `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What it calls a port (from 1).
    #[must_use]
    pub fn port_name(&self, number: u32) -> String {
        self.model.port_name(number)
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// What goes wrong on demand.
    #[must_use]
    pub fn faults(&self) -> Arc<wire::Faults> {
        Arc::clone(&self.faults)
    }
}

pub use wire::Faults;

/// Lets a switch answer.
///
/// # Errors
/// - The address cannot be bound, the persona is not known, or no key can be made.
pub async fn serve(
    plant: Plant,
    name: &str,
    persona: &str,
    at: SocketAddr,
    login: Login,
) -> io::Result<View> {
    let model = MODELS.iter().find(|model| model.persona == persona).ok_or_else(|| {
        let known: Vec<_> = personas().collect();
        let message =
            format!("no switch with a command line is called `{persona}`; there are {}", known.join(", "));
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })?;
    let listener = TcpListener::bind(at).await?;
    let address = listener.local_addr()?;
    let unit = Unit {
        name: name.to_owned(),
        model,
        serial: crate::snmp::serial(name),
        plant,
        candidates: session::Candidates::default(),
    };
    let serial = unit.serial.clone();
    let faults = Arc::new(wire::Faults::default());
    let (config, fingerprint) = wire::config()?;
    let task = tokio::spawn(wire::listen(listener, config, unit, Arc::new(login), Arc::clone(&faults)));
    Ok(View { address, fingerprint, model, serial, faults, task })
}
