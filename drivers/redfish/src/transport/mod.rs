//! One connection to one service: bounded, one request at a time, never to another host.

use std::{fmt, sync::Arc, time::Duration};

use http::{Method, StatusCode, header};
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use underlay_hal::{CredentialSource, Cx, DeviceId, Effect, Endpoint, Error, ErrorKind, Result, Retry, Tls};

use crate::{
    error::{Refusal, refused},
    settings::Settings,
};

mod link;
mod session;
mod tls;

pub(crate) use link::Link;
use session::Session;

/// How many redirects on the same service are followed.
const REDIRECT_LIMIT: usize = 3;

/// The HTTP side of one service.
pub(crate) struct Client {
    http: reqwest::Client,
    origin: String,
    pub(crate) settings: Settings,
    device: DeviceId,
    credentials: Arc<dyn CredentialSource>,
    session: Mutex<Session>,
    /// Controllers choke on parallel requests; one in flight is what they all bear.
    place: Semaphore,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) link: &'a Link,
    pub(crate) body: Option<&'a Value>,
    pub(crate) if_match: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(crate) fn get(link: &'a Link) -> Self {
        Self { method: Method::GET, link, body: None, if_match: None }
    }

    fn is_mutation(&self) -> bool {
        self.method != Method::GET
    }
}

/// What came back, with a body that is known to be small enough.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    token: Option<secrecy::SecretString>,
}

impl Reply {
    /// The body as a JSON object.
    pub(crate) fn json(&self, link: &Link) -> Result<Value> {
        match serde_json::from_slice(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => {
                Err(Error::new(ErrorKind::Protocol, format!("{link}: the answer is JSON but no object")))
            }
            Err(error) => {
                Err(Error::new(ErrorKind::Protocol, format!("{link}: the answer is not JSON"))
                    .with_source(error))
            }
        }
    }
}

/// What proves who we are, for one request.
enum Proof {
    Nothing,
    Token(secrecy::SecretString),
    Basic(secrecy::SecretString),
}

impl Client {
    pub(crate) fn new(
        at: &Endpoint,
        settings: Settings,
        device: DeviceId,
        credentials: Arc<dyn CredentialSource>,
    ) -> Result<Self> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(&at.tls)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .connect_timeout(settings.connect_timeout)
            // Many controllers choke on connections that stay open (sushy, gofish close each); a short idle time
            // saves the handshakes of one operation and bothers nobody afterwards.
            .pool_idle_timeout(Duration::from_secs(3))
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| {
                Error::new(ErrorKind::InvalidInput, "cannot make an HTTP client").with_source(error)
            })?;
        let (scheme, port) = if at.tls == Tls::Plain { ("http", 80) } else { ("https", 443) };
        Ok(Self {
            http,
            origin: format!("{scheme}://{}", at.authority(port)),
            settings,
            device,
            credentials,
            session: Mutex::new(Session::default()),
            place: Semaphore::new(1),
        })
    }

    /// An address from the device, checked to be on this service.
    pub(crate) fn link(&self, text: &str) -> Result<Link> {
        Link::parse(text, &self.origin)
    }

    /// Sends without proving who we are; any status is an answer.
    pub(crate) async fn anonymous(&self, cx: &Cx, request: &Request<'_>) -> Result<Reply> {
        self.exchange(cx, request, &Proof::Nothing).await
    }

    /// Sends as the user, logging in if needed, and turns refusals into errors.
    ///
    /// A session that the service forgot (it restarted) is renewed once; 401 means that nothing was done.
    pub(crate) async fn send(&self, cx: &Cx, request: &Request<'_>) -> Result<Reply> {
        let mut link = request.link.clone();
        let mut renewed = false;
        let mut redirects = 0;
        loop {
            let (proof, generation) = self.prove(cx).await?;
            let request = Request { link: &link, ..request.clone() };
            let reply = self.exchange(cx, &request, &proof).await?;
            match reply.status.as_u16() {
                200..=299 => return Ok(reply),
                401 => {
                    let was_token = matches!(proof, Proof::Token(_));
                    self.disprove(generation, was_token).await;
                    if was_token && !renewed {
                        renewed = true;
                        continue;
                    }
                }
                301 | 302 | 303 | 307 | 308 if !request.is_mutation() && redirects < REDIRECT_LIMIT => {
                    let target = reply.location.as_deref().unwrap_or_default();
                    link = self.link(target).map_err(|error| {
                        Error::new(
                            ErrorKind::Protocol,
                            format!("{link}: redirected, and that is not followed"),
                        )
                        .with_source(error)
                    })?;
                    redirects += 1;
                    continue;
                }
                _ => {}
            }
            let refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
            return Err(refused(&refusal, request.is_mutation()));
        }
    }

    /// One request on the wire. A read whose connection broke is repeated once: idle connections die unnoticed.
    async fn exchange(&self, cx: &Cx, request: &Request<'_>, proof: &Proof) -> Result<Reply> {
        let _place = cx
            .run(self.place.acquire())
            .await
            .map_err(|over| over.into_error(Effect::None))?
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the client is closed"))?;
        let first = self.attempt(cx, request, proof).await;
        match first {
            Err(error)
                if !request.is_mutation()
                    && error.kind() == ErrorKind::Unreachable
                    && error.vendor_code() == Some(BROKEN) =>
            {
                tracing::debug!(link = %request.link, "the connection broke; reading once more");
                self.attempt(cx, request, proof).await
            }
            other => other,
        }
    }

    async fn attempt(&self, cx: &Cx, request: &Request<'_>, proof: &Proof) -> Result<Reply> {
        use secrecy::ExposeSecret as _;
        let lost = if request.is_mutation() { Effect::Unknown } else { Effect::None };
        let cx = cx.within(self.settings.request_timeout);
        let url = format!("{}{}", self.origin, request.link);
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .header("OData-Version", "4.0")
            .header(header::ACCEPT, "application/json")
            // Compression turns strong ETags weak on many controllers.
            .header(header::ACCEPT_ENCODING, "identity");
        if let Some(body) = request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        if let Some(etag) = request.if_match {
            builder = builder.header(header::IF_MATCH, etag);
        }
        let secret = match proof {
            Proof::Nothing => None,
            Proof::Token(token) => Some((header::HeaderName::from_static("x-auth-token"), token)),
            Proof::Basic(basic) => Some((header::AUTHORIZATION, basic)),
        };
        if let Some((name, secret)) = secret {
            let mut value = header::HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
                Error::new(ErrorKind::InvalidInput, "the credentials hold a character HTTP forbids")
            })?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        let work = async {
            let response = builder.send().await.map_err(|error| transport_error(error, lost))?;
            self.collect(response, lost).await
        };
        let begun = tokio::time::Instant::now();
        let result = match cx.run(work).await {
            Ok(result) => result,
            Err(over) => Err(over.into_error(lost)),
        };
        let outcome =
            result.as_ref().map_or_else(|error| error.kind().to_string(), |r| r.status.as_u16().to_string());
        tracing::debug!(method = %request.method, link = %request.link, %outcome, took = ?begun.elapsed(), "request");
        result
    }

    /// Reads the answer, but not more than the limit of it.
    async fn collect(&self, mut response: reqwest::Response, lost: Effect) -> Result<Reply> {
        let status = response.status();
        // Once the status says so, the effect is known, whatever happens to the body.
        let lost = match status.as_u16() {
            200..=299 if lost == Effect::Unknown => Effect::Applied,
            _ => lost,
        };
        let text = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let location = text("location");
        let etag = text("etag");
        let retry_after = text("retry-after")
            .and_then(|t| t.trim().parse().ok())
            .map(|s: u32| Duration::from_secs(s.into()));
        let token = text("x-auth-token").map(Into::into);
        let limit = self.settings.body_limit;
        let too_large = || {
            Error::new(ErrorKind::Protocol, format!("the answer is larger than {limit} bytes"))
                .with_effect(lost)
        };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| transport_error(error, lost))? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, location, etag, retry_after, body, token })
    }
}

/// Marks an error as a connection that broke, as opposed to one that could not be made.
const BROKEN: &str = "connection-broken";

/// The TLS error that this is or wraps. The `source` of an I/O error skips what it wraps, so that is looked into.
fn tls_cause<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref::<rustls::Error>().or_else(|| {
        let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        tls_cause(inner)
    })
}

/// A failure of the transport: no identity, no connection, or a connection that broke.
fn transport_error(error: reqwest::Error, lost: Effect) -> Error {
    // The address is in our own messages already, and may hold a query.
    let error = error.without_url();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = next {
        if let Some(tls) = tls_cause(cause) {
            let (kind, message) = match tls {
                rustls::Error::InvalidCertificate(_) | rustls::Error::General(_) => {
                    (ErrorKind::Untrusted, "the service could not prove its identity")
                }
                _ => (ErrorKind::Unreachable, "no TLS connection; does this port speak TLS?"),
            };
            let told = tls.to_string();
            return Error::new(kind, message).with_source(std::io::Error::other(told));
        }
        next = cause.source();
    }
    if error.is_connect() {
        return Error::new(ErrorKind::Unreachable, "no connection")
            .with_retry(Retry::After(None))
            .with_source(error);
    }
    Error::new(ErrorKind::Unreachable, "the connection broke before the answer was complete")
        .with_retry(Retry::After(None))
        .with_effect(lost)
        .with_vendor_code(BROKEN)
        .with_source(error)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.origin)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_error_is_found_however_deep_it_is_wrapped() {
        let tls = || rustls::Error::General("the pin is another".to_owned());
        let once = std::io::Error::other(tls());
        let twice = std::io::Error::other(std::io::Error::other(tls()));
        for error in [&once, &twice] {
            assert_eq!(tls_cause(error), Some(&tls()));
        }
        assert_eq!(tls_cause(&std::io::Error::other("refused")), None);
    }
}
