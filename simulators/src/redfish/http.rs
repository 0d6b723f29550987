//! Sockets: plain and TLS listeners, one task for each connection, bounds on all of them.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::bytes::{Lost, OutBody};
use super::service::Service;
use super::tls::Identity;
use super::update::{self, Upload};

/// Connections served at once on one listener; more wait to be accepted.
const MOST_CONNECTIONS: usize = 64;
/// A request body longer than this is refused.
const MOST_BODY: usize = 1 << 20;
/// A client has this long to send its request line and headers, or to finish a TLS handshake.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection is kept by a service that drops idle ones (quirk Q1a).
const SHORT_KEEP_ALIVE: Duration = Duration::from_millis(50);

/// A request, read completely.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: http::Method,
    /// The path without a trailing slash.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
    /// The body was longer than this service reads.
    pub(crate) too_long: bool,
    pub(crate) client: IpAddr,
    pub(crate) secure: bool,
    /// The body, where it is a firmware image and was read as it came.
    pub(crate) upload: Option<Upload>,
}

/// Accepts connections until told to stop.
pub(crate) async fn listen(
    listener: TcpListener,
    identity: Option<Identity>,
    service: Arc<Service>,
    stop: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, client)) = accepted else {
            // Out of descriptors, most likely; give the others time to end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        if !service.is_reachable() {
            continue;
        }
        // A certificate that was installed serves the connections that come after it.
        let tls = identity.as_ref().map(|own| TlsAcceptor::from(service.vault.config(&service.server, own)));
        let (service, stop) = (Arc::clone(&service), stop.clone());
        tokio::spawn(async move {
            let unreachable = Arc::clone(&service);
            let work = async {
                stream.set_nodelay(true)?;
                match tls {
                    None => converse(stream, client, false, service).await,
                    Some(tls) => {
                        let stream = tokio::time::timeout(PATIENCE, tls.accept(stream)).await??;
                        converse(stream, client, true, service).await
                    }
                }
            };
            // A client that goes away in the middle is everyday life; nobody needs to know.
            let _ended: Option<io::Result<()>> = tokio::select! {
                () = stop.cancelled() => None,
                () = unreachable.until_unreachable() => None,
                ended = work => Some(ended),
            };
            drop(slot);
        });
    }
}

async fn converse<S>(stream: S, client: SocketAddr, secure: bool, service: Arc<Service>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answered = Arc::new(AtomicU64::new(0));
    let short = service.closes_idle_connections();
    let counter = Arc::clone(&answered);
    let handler = service_fn(move |request: hyper::Request<Incoming>| {
        let (service, counter) = (Arc::clone(&service), Arc::clone(&counter));
        async move {
            // Odd while a request is being answered.
            counter.fetch_add(1, Ordering::SeqCst);
            let request = read(request, client.ip(), secure, &service).await?;
            let answer = service.answer(request).await;
            counter.fetch_add(1, Ordering::SeqCst);
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .title_case_headers(true)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), handler);
    let mut connection = pin!(connection);
    let ended = if short {
        loop {
            let before = answered.load(Ordering::SeqCst);
            tokio::select! {
                ended = connection.as_mut() => break ended,
                () = tokio::time::sleep(SHORT_KEEP_ALIVE) => {
                    let idle = before > 0 && before.is_multiple_of(2) && before == answered.load(Ordering::SeqCst);
                    if idle {
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    } else {
        connection.await
    };
    ended.map_err(io::Error::other)
}

async fn read(
    request: hyper::Request<Incoming>,
    client: IpAddr,
    secure: bool,
    service: &Service,
) -> Result<Request, Lost> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let mut request = Request {
        path: path.to_owned(),
        query: head.uri.query().map(str::to_owned),
        method: head.method,
        headers: head.headers,
        body: Bytes::new(),
        too_long: false,
        client,
        secure,
        upload: None,
    };
    if let Some(way) = update::way(service, &request.method, &request.path) {
        request.upload = Some(update::receive(service, &request, way, body).await?);
        return Ok(request);
    }
    // The body of a read says nothing (DSP0266, "GET"), so it is not waited for.
    if !matches!(request.method, http::Method::GET | http::Method::HEAD) {
        match within(PATIENCE, Limited::new(body, MOST_BODY).collect()).await? {
            Ok(collected) => request.body = collected.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => request.too_long = true,
            Err(_) => return Err(Lost),
        }
    }
    Ok(request)
}

async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Lost> {
    tokio::time::timeout(limit, work).await.map_err(|_| Lost)
}

/// The type hyper gets: an answer, or the end of the connection.
pub(crate) type HyperAnswer = Result<http::Response<OutBody>, Lost>;
