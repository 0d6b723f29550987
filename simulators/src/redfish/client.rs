//! A small HTTP client, for what a management controller sends and fetches by itself.
//!
//! - Plain HTTP, and to loopback addresses only: a simulated controller never leaves this machine.
//! - No redirect is followed; every wait is bounded.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The other side has this long to take a connection, and as long to begin an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The address is not plain HTTP on this machine.
    Address,
    /// Nobody takes the connection, or it broke.
    Connection,
    /// It took too long.
    Timeout,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "The address cannot be reached from here.",
            Self::Connection => "The connection could not be made, or broke.",
            Self::Timeout => "The other side did not answer in time.",
        })
    }
}

/// Where a URI leads, if it is plain HTTP on this machine.
fn place(uri: &Uri) -> Option<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let address = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        other => other.parse().ok().filter(IpAddr::is_loopback)?,
    };
    Some(SocketAddr::new(address, uri.port_u16().unwrap_or(80)))
}

/// Sends a request whose URI is absolute; gives the answer, its body still to be read.
pub(crate) async fn send(request: Request<Bytes>) -> Result<Response<Incoming>, NoAnswer> {
    let address = place(request.uri()).ok_or(NoAnswer::Address)?;
    tokio::time::timeout(PATIENCE, exchange(request, address)).await.map_err(|_| NoAnswer::Timeout)?
}

async fn exchange(request: Request<Bytes>, address: SocketAddr) -> Result<Response<Incoming>, NoAnswer> {
    let broken = |_| NoAnswer::Connection;
    let stream = TcpStream::connect(address).await.map_err(|_| NoAnswer::Connection)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the answer's body, or when that is dropped.
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let path: Uri = path.parse().map_err(|_| NoAnswer::Address)?;
    if let Some(host) = head.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        head.headers.insert(header::HOST, host);
    }
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    head.uri = path;
    sender.send_request(Request::from_parts(head, Full::new(body))).await.map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_on_this_machine_is_a_place() {
        let of = |uri: &str| uri.parse().ok().and_then(|uri| place(&uri));
        assert_eq!(of("http://127.0.0.1:8080/x"), Some(SocketAddr::from(([127, 0, 0, 1], 8080))));
        assert_eq!(of("http://localhost/x").map(|place| place.port()), Some(80));
        assert!(of("http://[::1]:9/x").is_some());
        for away in ["https://127.0.0.1/x", "http://192.0.2.1/x", "http://example.org/x", "/x"] {
            assert_eq!(of(away), None, "{away}");
        }
    }
}
