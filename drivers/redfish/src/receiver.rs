//! A receiver of pushed events: where devices send what they have to say (DSP0266, "Eventing").
//!
//! ```no_run
//! # async fn example(events: &dyn underlay_hal::Events, cx: &underlay_hal::Cx) -> underlay_hal::Result<()> {
//! let mut receiver = underlay_redfish::EventReceiver::bind("0.0.0.0:0".parse().unwrap()).await?;
//! let destination = receiver.destination("10.4.0.5");
//! events.subscribe(cx, &destination, "row4-rack2").await?;
//! while let Some(received) = receiver.next().await {
//!     println!("{}: {} events", received.from, received.events.len());
//! }
//! # Ok(()) }
//! ```

use std::{convert::Infallible, fmt, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, mpsc},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use underlay_hal::{Error, ErrorKind, Event, Result};

use crate::{facet::events::events_of, json};

/// Largest message in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// Connections at once; more wait to be accepted.
const CONNECTIONS: usize = 64;
/// Messages that wait to be taken; a device whose message finds no room is told to come back.
const WAITING: usize = 1024;
/// How long a device may take for its request.
const PATIENCE: Duration = Duration::from_secs(30);

/// One message of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Where it came from.
    pub from: SocketAddr,
    /// The word that the subscriber gave; `None` if the device left it out.
    pub context: Option<String>,
    /// The events, in the order of the message.
    pub events: Vec<Event>,
}

/// Listens for events that devices push.
///
/// - Takes POSTs at one path that nobody can guess, and nothing else: whoever does not know [`EventReceiver::destination`]
///   gets 404.
/// - A message is confirmed with 204 once it is kept; with a full queue the answer is 503, and the device tries again.
/// - Bodies, connections and waiting messages are bounded. Dropping it closes everything.
pub struct EventReceiver {
    address: SocketAddr,
    path: Arc<str>,
    secure: bool,
    messages: mpsc::Receiver<Received>,
    stop: CancellationToken,
}

impl EventReceiver {
    /// Listens at an address (port 0 takes a free one) for plain HTTP, which some devices refuse to send to.
    ///
    /// # Errors
    /// `InvalidInput` if the address cannot be bound.
    pub async fn bind(address: SocketAddr) -> Result<Self> {
        Self::listen(address, None).await
    }

    /// Listens at an address for HTTPS, with a certificate chain and its key as PEM.
    ///
    /// # Errors
    /// `InvalidInput` if the address cannot be bound, or certificate and key are not what they should be.
    pub async fn bind_tls(address: SocketAddr, certificates: &str, key: &str) -> Result<Self> {
        let wrong =
            |error: String| Error::new(ErrorKind::InvalidInput, format!("certificate and key: {error}"));
        let chain: std::result::Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(certificates.as_bytes()).collect();
        let chain = chain.map_err(|error| wrong(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| wrong(error.to_string()))?;
        Self::listen(address, Some(Arc::new(config))).await
    }

    async fn listen(address: SocketAddr, tls: Option<Arc<rustls::ServerConfig>>) -> Result<Self> {
        let unbound = |error: std::io::Error| {
            Error::new(ErrorKind::InvalidInput, format!("cannot listen on {address}")).with_source(error)
        };
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let mut random = [0_u8; 16];
        rustls::crypto::ring::default_provider()
            .secure_random
            .fill(&mut random)
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the system gives no random numbers"))?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let path: Arc<str> = format!("/events/{token}").into();
        let (send, messages) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let inbox = Inbox { path: Arc::clone(&path), send };
        let secure = tls.is_some();
        tokio::spawn(accept(listener, tls.map(TlsAcceptor::from), inbox, stop.clone()));
        Ok(Self { address, path, secure, messages, stop })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for subscriptions, as devices reach this machine: a host name or an IP address, without port.
    #[must_use]
    pub fn destination(&self, host: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let host =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        format!("{scheme}://{host}:{}{}", self.address.port(), self.path)
    }

    /// The next message; waits for it.
    pub async fn next(&mut self) -> Option<Received> {
        self.messages.recv().await
    }
}

/// The path is a secret of a kind.
impl fmt::Debug for EventReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReceiver").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for EventReceiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Clone)]
struct Inbox {
    path: Arc<str>,
    send: mpsc::Sender<Received>,
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, inbox: Inbox, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, from)) = accepted else {
            // Out of descriptors, most likely; give the others time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (inbox, tls, stop) = (inbox.clone(), tls.clone(), stop.clone());
        tokio::spawn(async move {
            let work = async {
                match tls {
                    None => converse(stream, from, inbox).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                            converse(stream, from, inbox).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
            drop(place);
        });
    }
}

async fn converse<S>(stream: S, from: SocketAddr, inbox: Inbox)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handler = service_fn(move |request| {
        let inbox = inbox.clone();
        async move { Ok::<_, Infallible>(answer(request, from, &inbox).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), handler)
        .await;
    if let Err(error) = served {
        tracing::debug!(%from, "a connection of a device ended early: {error}");
    }
}

async fn answer(request: http::Request<Incoming>, from: SocketAddr, inbox: &Inbox) -> Response<Empty<Bytes>> {
    let say = |status| {
        let mut response = Response::new(Empty::new());
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != &*inbox.path {
        return say(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::POST {
        let mut refused = say(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return refused;
    }
    let body = Limited::new(request.into_body(), BODY_LIMIT).collect();
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE, body).await else {
        return say(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let Ok(message) = json::parse(&body.to_bytes()) else { return say(StatusCode::BAD_REQUEST) };
    let (events, context) = events_of(&message);
    match inbox.send.try_send(Received { from, context, events }) {
        Ok(()) => say(StatusCode::NO_CONTENT),
        Err(_) => say(StatusCode::SERVICE_UNAVAILABLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn post(url: &str, body: &str) -> u16 {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(
                rustls::ClientConfig::builder_with_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
            )
            .no_proxy()
            .build()
            .unwrap();
        client.post(url).body(body.to_owned()).send().await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn events_arrive_and_strangers_do_not() {
        let mut receiver = EventReceiver::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = receiver.destination("127.0.0.1");
        let message = r#"{"Context": "us", "Events": [{"Message": "hello"}]}"#;
        assert_eq!(post(&url, message).await, 204);
        let received = receiver.next().await.unwrap();
        assert_eq!((received.context.as_deref(), received.events[0].text.as_str()), (Some("us"), "hello"));

        let guess = format!("http://{}/events/0", receiver.address());
        assert_eq!(post(&guess, message).await, 404);
        assert_eq!(post(&url, "no JSON").await, 400);
        assert_eq!(post(&url, &" ".repeat(BODY_LIMIT + 1)).await, 413);
        assert!(receiver.messages.try_recv().is_err(), "none of these was kept");
    }

    #[tokio::test]
    async fn a_full_queue_sends_devices_away_and_loses_nothing_unsaid() {
        let receiver = EventReceiver::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = receiver.destination("127.0.0.1");
        let mut statuses = Vec::new();
        for _ in 0..WAITING + 3 {
            statuses.push(post(&url, "{}").await);
        }
        let (kept, refused) = statuses.split_at(WAITING);
        assert!(kept.iter().all(|status| *status == 204) && refused.iter().all(|status| *status == 503));
    }

    #[tokio::test]
    async fn addresses_are_written_as_urls() {
        let receiver = EventReceiver::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let port = receiver.address().port();
        assert!(receiver.destination("fe80::1").starts_with(&format!("http://[fe80::1]:{port}/events/")));
        assert!(!format!("{receiver:?}").contains(&*receiver.path), "the path is kept out of logs");
    }
}
