//! One request and its answer on the wire: bounded in time and size, one at a time.

use std::{fmt, sync::Arc, time::Duration};

use http::{StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::Semaphore;
use underlay_hal::{Cx, Effect, Endpoint, Error, ErrorKind, Result, Tls};

use super::{
    Content, Link, Purpose, Request,
    advice::retry_after,
    failure::{BROKEN, transport_error},
    tls,
};
use crate::{json, quirks::Quirk, settings::Settings};

/// Of the body of a refusal, so much is read; the words that matter come first.
const REFUSAL_LIMIT: usize = 256 << 10;

/// The HTTP side of one service. Clones share it.
#[derive(Clone)]
pub(super) struct Wire {
    http: reqwest::Client,
    /// Keeps no connection. What is not to be sent twice goes over a new one: on an idle one that the service has
    /// closed unnoticed, nobody could say whether the request arrived.
    fresh: reqwest::Client,
    origin: Arc<str>,
    settings: Settings,
    /// Controllers choke on parallel requests; one in flight is what they all bear.
    place: Arc<Semaphore>,
}

/// What came back, with a body that is known to be small enough.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
    /// Methods that the resource takes (DSP0266 demands the header on every GET).
    pub(crate) allow: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    pub(super) token: Option<SecretString>,
}

impl Reply {
    /// The body as a JSON object.
    pub(crate) fn json(&self, link: &Link) -> Result<Value> {
        match json::parse(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => {
                Err(Error::new(ErrorKind::Protocol, format!("{link}: the answer is JSON but no object")))
            }
            Err(why) => Err(Error::new(ErrorKind::Protocol, format!("{link}: the answer is {why}"))),
        }
    }
}

/// The body stays out: nobody knows what a service puts there.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What proves who we are, for one request.
pub(super) enum Proof {
    Nothing,
    Token(SecretString),
    Basic(SecretString),
}

impl Proof {
    /// What must not turn up in anybody's words.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Nothing => None,
            Self::Token(secret) | Self::Basic(secret) => Some(secret),
        }
    }
}

impl Wire {
    pub(super) fn new(at: &Endpoint, settings: Settings) -> Result<Self> {
        let trust = tls::configuration(&at.tls)?;
        let client = |idle: usize| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(trust.clone())
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_proxy()
                .http1_only()
                .connect_timeout(settings.connect_timeout)
                // Many controllers choke on connections that stay open (sushy, gofish close each); a short idle
                // time saves the handshakes of one operation and bothers nobody afterwards.
                .pool_idle_timeout(Duration::from_secs(3))
                .pool_max_idle_per_host(idle)
                .build()
                .map_err(|error| {
                    Error::new(ErrorKind::InvalidInput, "cannot make an HTTP client").with_source(error)
                })
        };
        let (scheme, port) = if at.tls == Tls::Plain { ("http", 80) } else { ("https", 443) };
        Ok(Self {
            http: client(1)?,
            fresh: client(0)?,
            origin: format!("{scheme}://{}", at.authority(port)).into(),
            settings,
            place: Arc::new(Semaphore::new(1)),
        })
    }

    pub(super) fn link(&self, text: &str) -> Result<Link> {
        Link::parse(text, &self.origin)
    }

    /// One request; what may be repeated is repeated once if its connection broke.
    pub(super) async fn exchange(&self, cx: &Cx, request: &Request<'_>, proof: &Proof) -> Result<Reply> {
        let _place = cx
            .run(self.place.acquire())
            .await
            .map_err(|over| over.into_error(Effect::None))?
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the client is closed"))?;
        let first = self.attempt(cx, request, proof, Some("identity")).await;
        let repeatable = request.purpose.is_repeatable();
        match first {
            Err(error) if repeatable && error.vendor_code() == Some(BROKEN) => {
                tracing::debug!(link = %request.link, "the connection broke; once more");
                self.attempt(cx, request, proof, Some("identity")).await
            }
            // Q2b: some services refuse the word for what they then send all the same.
            Ok(reply) if repeatable && reply.status == StatusCode::NOT_ACCEPTABLE => {
                self.attempt(cx, request, proof, None).await
            }
            other => other,
        }
    }

    async fn attempt(
        &self,
        cx: &Cx,
        request: &Request<'_>,
        proof: &Proof,
        encoding: Option<&'static str>,
    ) -> Result<Reply> {
        let lost = if request.purpose == Purpose::Change { Effect::Unknown } else { Effect::None };
        // An image takes as long as it takes; only the caller's deadline bounds it.
        let cx = match request.content {
            Content::File(_) => cx.clone(),
            Content::Nothing | Content::Json(_) => cx.within(self.settings.request_timeout),
        };
        // Past this line something may have been sent.
        cx.check().map_err(|over| over.into_error(Effect::None))?;
        let url = format!("{}{}", self.origin, request.link);
        let http = if request.purpose.is_repeatable() { &self.http } else { &self.fresh };
        let mut builder = http
            .request(request.method.clone(), url)
            .header("OData-Version", "4.0")
            .header(header::ACCEPT, "application/json");
        // Compression turns strong ETags weak on many controllers.
        if let Some(encoding) = encoding {
            builder = builder.header(header::ACCEPT_ENCODING, encoding);
        }
        match request.content {
            Content::Nothing => {}
            Content::Json(body) => {
                builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
            }
            Content::File(file) => {
                builder = builder
                    .header(header::CONTENT_TYPE, file.content_type())
                    // Told, so that nothing is sent in chunks, which some services refuse (Q16a).
                    .header(header::CONTENT_LENGTH, file.total())
                    .body(file.body(&cx).await?);
            }
        }
        // An ETag that is no header value cannot be sent back; the service will ask for one if it wants one.
        if let Some(etag) = request.if_match.and_then(|etag| header::HeaderValue::from_str(etag).ok()) {
            builder = builder.header(header::IF_MATCH, etag);
        }
        builder = self.proved(builder, proof)?;
        let work = async {
            let response = builder.send().await.map_err(|error| transport_error(error, lost))?;
            self.collect(response, lost).await
        };
        let begun = tokio::time::Instant::now();
        let mut result = match cx.run(work).await {
            Ok(result) => result,
            Err(over) => Err(over.into_error(lost)),
        };
        // A service acts on a whole image, never on a part of one.
        if let (Content::File(file), Err(error)) = (request.content, &result)
            && error.effect() == Effect::Unknown
            && !file.is_sent()
        {
            result = result.map_err(|error| error.with_effect(Effect::None));
        }
        let outcome =
            result.as_ref().map_or_else(|error| error.kind().to_string(), |r| r.status.as_u16().to_string());
        let quirks = Shown(&request.shaped_by);
        tracing::debug!(
            method = %request.method, link = %request.link, %outcome, took = ?begun.elapsed(), %quirks, "request"
        );
        result
    }

    /// Opens a stream of server-sent events. It has a connection of its own, takes no place among requests, and goes on
    /// for as long as it is kept.
    pub(super) async fn stream(
        &self,
        cx: &Cx,
        link: &Link,
        last_id: Option<&str>,
        proof: &Proof,
    ) -> Result<reqwest::Response> {
        let mut builder = self
            .fresh
            .get(format!("{}{link}", self.origin))
            .header("OData-Version", "4.0")
            .header(header::ACCEPT, "text/event-stream")
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::CACHE_CONTROL, "no-cache");
        if let Some(id) = last_id.and_then(|id| header::HeaderValue::from_str(id).ok()) {
            builder = builder.header("Last-Event-ID", id);
        }
        builder = self.proved(builder, proof)?;
        let opened = cx.within(self.settings.request_timeout).run(builder.send()).await;
        let opened = opened.map_err(|over| over.into_error(Effect::None))?;
        opened.map_err(|error| transport_error(error, Effect::None))
    }

    /// The request with what proves who we are.
    fn proved(&self, builder: reqwest::RequestBuilder, proof: &Proof) -> Result<reqwest::RequestBuilder> {
        let (name, secret) = match proof {
            Proof::Nothing => return Ok(builder),
            Proof::Token(token) => (header::HeaderName::from_static("x-auth-token"), token),
            Proof::Basic(basic) => (header::AUTHORIZATION, basic),
        };
        let mut value = header::HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "the credentials hold a character HTTP forbids")
        })?;
        value.set_sensitive(true);
        Ok(builder.header(name, value))
    }

    /// Reads the answer, but not more than the limit of it.
    ///
    /// A refusal is known by its status: what happens to its body costs the words, not the knowledge.
    pub(super) async fn collect(&self, mut response: reqwest::Response, lost: Effect) -> Result<Reply> {
        let status = response.status();
        let accepted = status.is_success();
        // Once the status says so, the effect is known, whatever happens to the body.
        let lost = if accepted && lost == Effect::Unknown { Effect::Applied } else { lost };
        let text = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let location = text("location");
        let etag = text("etag");
        let allow = text("allow");
        let retry_after = text("retry-after").and_then(|value| retry_after(&value, text("date").as_deref()));
        let token = text("x-auth-token").map(Into::into);
        let limit = self.settings.body_limit;
        let too_large = || {
            Error::new(ErrorKind::Protocol, format!("the answer is larger than {limit} bytes"))
                .with_effect(lost)
        };
        if accepted && response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if !accepted && body.len() + chunk.len() > REFUSAL_LIMIT => break,
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(too_large()),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) if !accepted => break,
                Err(error) => return Err(transport_error(error, lost)),
            }
        }
        Ok(Reply { status, location, etag, allow, retry_after, body, token })
    }
}

/// Ids of quirks for the log.
struct Shown<'a>(&'a [Quirk]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.0.iter().map(|quirk| quirk.id()).collect();
        f.write_str(&ids.join(" "))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("origin", &self.origin).finish_non_exhaustive()
    }
}
