//! The Redfish view: DSP0266 over HTTP and HTTPS, rendered from the plant's present state.
//!
//! - Every document is made when it is asked for; the view keeps sessions, write counts, the keys of its certificate
//!   and nothing else.
//! - A write is made in the plant or refused with a status and message; it is never accepted and ignored.
//! - While the controller is down, connections are closed without an answer, and every session is dead afterwards.
//! - What a vendor does differently is either data (the persona's `[redfish]` table) or a named [`Quirk`].

mod bytes;
mod client;
mod compress;
mod condition;
mod enclosure;
mod etag;
mod events;
mod faults;
mod filter;
mod http;
mod identity;
mod login;
mod media;
mod messages;
mod oem;
mod offers;
mod persona;
mod places;
mod query;
mod quirks;
mod recorded;
mod registries;
mod reply;
mod service;
mod sessions;
mod tls;
mod tree;
mod update;
mod write;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::plant::{Origin, Server};
use identity::Vault;
use persona::RedfishData;
use service::Service;

pub use faults::{Fault, Faults, Rule};
pub use quirks::{Quirk, Quirks};
pub use recorded::Recording;
pub use tls::{Authority, Identity, Validity};
pub(crate) use update::component_ids;

/// Who the plant's counters say it was.
const ORIGIN: Origin = Origin::Redfish;

/// How a view is served.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The certificate to serve with; plain HTTP without one.
    pub identity: Option<Identity>,
    /// The fault knob; keep a clone to turn it.
    pub faults: Faults,
    /// Quirks in place of the persona's own.
    pub quirks: Option<Quirks>,
    /// Members on one page of a collection, in place of the persona's own.
    pub page_size: Option<usize>,
    /// What is shown in place of the persona's own tree.
    pub recorded: Option<Recording>,
}

/// What a job of firmware settings is called on machines of this persona; `None` where there are no such jobs.
pub(crate) fn bios_job_name(persona: &Arc<crate::persona::Persona>) -> Option<String> {
    let data = RedfishData::of(persona).ok()?;
    (persona.bios.is_some() && data.bios.job).then(|| data.bios.job_name.clone())
}

/// The boot options of a machine, by the names its service gives them, in the order that the next boot follows.
pub(crate) fn boot_order_names(server: &Server) -> Vec<String> {
    let persona = &server.spec().persona;
    let Ok(data) = RedfishData::of(persona) else { return Vec::new() };
    tree::boot_options::next_order(server, &data, data.quirks(&persona.quirks))
}

/// A running view. Dropping it stops it.
#[derive(Debug)]
pub struct View {
    service: Arc<Service>,
    address: SocketAddr,
    stop: CancellationToken,
}

/// Serves a machine's Redfish service at an address (port 0 takes a free one).
///
/// # Errors
/// - Any failure to bind the address.
/// - `InvalidData` when the persona's `[redfish]` table is wrong, naming the key.
pub async fn serve(server: Server, listen: SocketAddr, options: Options) -> io::Result<View> {
    let model = Arc::clone(&server.spec().persona);
    let mut data = RedfishData::of(&model).map_err(|problem| {
        io::Error::new(io::ErrorKind::InvalidData, format!("persona {}: {problem}", model.name))
    })?;
    if let Some(size) = options.page_size {
        Arc::make_mut(&mut data).page_size = size;
    }
    let quirks = options.quirks.unwrap_or_else(|| data.quirks(&model.quirks));
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let endpoint = service::Endpoint { address, secure: options.identity.is_some() };
    let vault = Vault::new(options.identity.clone(), &server);
    let service = Arc::new_cyclic(|me| {
        Service::new(server, data, quirks, options.faults, endpoint, vault, me.clone())
            .showing(options.recorded)
    });
    let view = View { service, address, stop: CancellationToken::new() };
    view.accept(listener, options.identity);
    Ok(view)
}

impl View {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The fault knob.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.service.faults
    }

    /// The quirks in force.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.service.quirks()
    }

    /// Changes the quirks in force, from the next request on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.service.set_quirks(quirks);
    }

    /// How many sessions are open.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.service.memory().sessions.len()
    }

    /// How many requests have come in so far, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.service.requests()
    }

    /// The most bytes of firmware images that were held in memory at once, over all uploads so far.
    #[must_use]
    pub fn most_upload_bytes_held(&self) -> usize {
        self.service.uploads.most()
    }

    /// Serves the same machine, with the same sessions, at a further address: HTTP beside HTTPS, say.
    ///
    /// # Errors
    /// - Any failure to bind the address.
    pub async fn also_listen(
        &self,
        listen: SocketAddr,
        identity: Option<&Identity>,
    ) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        self.accept(listener, identity.cloned());
        Ok(address)
    }

    /// The back door to the certificate it proves itself with; `None` where no other can be installed.
    #[must_use]
    pub fn certificates(&self) -> Option<Certificates> {
        self.service.data.certificates.offered.then(|| Certificates(Arc::clone(&self.service)))
    }

    fn accept(&self, listener: TcpListener, identity: Option<Identity>) {
        tokio::spawn(http::listen(listener, identity, Arc::clone(&self.service), self.stop.clone()));
    }
}

/// The back door to the certificate that a view proves itself with.
#[derive(Debug, Clone)]
pub struct Certificates(Arc<Service>);

impl Certificates {
    /// SHA-256 of the certificate that a new connection over TLS gets.
    #[must_use]
    pub fn served_sha256(&self) -> Option<[u8; 32]> {
        self.0.certificate().map(|identity| identity.sha256())
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
