//! The service as the facets see it: requests that log in by themselves, and never go to another host.

use std::{fmt, sync::Arc};

use http::Method;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Mutex;
use underlay_hal::{CredentialSource, Cx, DeviceId, Effect, Endpoint, Error, ErrorKind, Result};

use crate::{
    error::{Refusal, refused},
    quirks::Quirk,
    settings::Settings,
};

pub(crate) mod advice;
mod failure;
mod link;
mod session;
mod ticket;
mod tls;
mod upload;
mod wire;

pub(crate) use link::Link;
use session::Session;
pub(crate) use upload::Upload;
pub(crate) use wire::Reply;
use wire::{Proof, Wire};

/// How many redirects on the same service are followed.
const REDIRECT_LIMIT: usize = 3;

/// One service, with the one session on it.
pub(crate) struct Client {
    wire: Wire,
    pub(crate) settings: Settings,
    device: DeviceId,
    credentials: Arc<dyn CredentialSource>,
    session: Mutex<Session>,
}

/// What a request is for: decides what a lost answer means, and whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Looks. Sent once more if the connection broke: idle connections die unnoticed.
    Read,
    /// Changes the machine. Never repeated; an answer that is lost leaves the effect unknown.
    Change,
    /// Makes a session. Does nothing to the machine; not repeated, for a try may count towards a lockout.
    Login,
    /// Ends a session. Does nothing to the machine, and twice is as good as once.
    Logout,
}

impl Purpose {
    fn is_repeatable(self) -> bool {
        matches!(self, Self::Read | Self::Logout)
    }
}

/// What a request carries.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Nothing,
    Json(&'a Value),
    File(&'a Upload),
}

/// What is sent.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) link: &'a Link,
    pub(crate) content: Content<'a>,
    pub(crate) if_match: Option<&'a str>,
    pub(crate) purpose: Purpose,
    /// The habits of the service that made it what it is; for the log.
    pub(crate) shaped_by: Vec<Quirk>,
    /// What it holds that must not come back in anybody's words.
    pub(crate) secrets: Vec<&'a SecretString>,
}

impl<'a> Request<'a> {
    pub(crate) fn get(link: &'a Link) -> Self {
        Self {
            method: Method::GET,
            link,
            content: Content::Nothing,
            if_match: None,
            purpose: Purpose::Read,
            shaped_by: Vec::new(),
            secrets: Vec::new(),
        }
    }

    pub(crate) fn change(
        method: Method,
        link: &'a Link,
        body: Option<&'a Value>,
        if_match: Option<&'a str>,
    ) -> Self {
        let content = body.map_or(Content::Nothing, Content::Json);
        Self { method, link, content, if_match, purpose: Purpose::Change, ..Self::get(link) }
    }

    /// A file for the service.
    pub(crate) fn upload(link: &'a Link, file: &'a Upload) -> Self {
        Self { content: Content::File(file), ..Self::change(Method::POST, link, None, None) }
    }

    /// The same, with what must not come back in anybody's words.
    pub(crate) fn holding(mut self, secrets: &[&'a SecretString]) -> Self {
        self.secrets.extend(secrets);
        self
    }

    /// The same, with the habits that shaped it.
    pub(crate) fn shaped_by(mut self, quirks: impl IntoIterator<Item = Quirk>) -> Self {
        self.shaped_by.extend(quirks);
        self
    }
}

/// The body stays out: that of a login holds the password.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("link", self.link)
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn new(
        at: &Endpoint,
        settings: Settings,
        device: DeviceId,
        credentials: Arc<dyn CredentialSource>,
    ) -> Result<Self> {
        let wire = Wire::new(at, settings.clone())?;
        Ok(Self { wire, settings, device, credentials, session: Mutex::default() })
    }

    /// An address from the device, checked to be on this service.
    pub(crate) fn link(&self, text: &str) -> Result<Link> {
        self.wire.link(text)
    }

    /// Sends without proving who we are; any status is an answer.
    pub(crate) async fn anonymous(&self, cx: &Cx, request: &Request<'_>) -> Result<Reply> {
        self.wire.exchange(cx, request, &Proof::Nothing).await
    }

    /// Sends as the user, logging in if needed, and turns refusals into errors.
    ///
    /// - 401 means that the request was not applied for want of a valid proof (RFC 9110 section 15.5.2), so that any
    ///   request, also one that changes something, may be sent again with a better one: once, after the forgotten
    ///   session was renewed or the credential source gave another password.
    /// - A redirect is followed for reads only, three times, on the same service.
    pub(crate) async fn send(&self, cx: &Cx, request: &Request<'_>) -> Result<Reply> {
        let mut link = request.link.clone();
        let mut renewed = false;
        let mut redirects = 0;
        loop {
            let (proof, generation) = self.prove(cx).await?;
            let request = Request { link: &link, ..request.clone() };
            let reply = self.wire.exchange(cx, &request, &proof).await?;
            let status = reply.status.as_u16();
            if matches!(status, 200..=299) {
                return Ok(reply);
            }
            let is_read = request.purpose == Purpose::Read;
            if matches!(status, 301 | 302 | 303 | 307 | 308) && is_read && redirects < REDIRECT_LIMIT {
                let target = reply.location.as_deref().unwrap_or_default();
                link = self.link(target).map_err(|error| {
                    Error::new(ErrorKind::Protocol, format!("{link}: redirected, and that is not followed"))
                        .with_source(error)
                })?;
                redirects += 1;
                continue;
            }
            let mut refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
            for secret in request.secrets.iter().copied().chain(proof.secret()) {
                refusal.withhold(secret);
            }
            let error = refused(&refusal, !is_read);
            if status == 401 {
                self.disprove(cx, generation, error.kind()).await;
                // A locked account is not helped by another login, and may be locked for longer.
                if !renewed && error.kind() != ErrorKind::LockedOut {
                    renewed = true;
                    continue;
                }
            }
            return Err(error);
        }
    }
}

/// A stream of server-sent events that is open.
pub(crate) struct Flow(reqwest::Response);

impl Flow {
    /// The next bytes as they come; nothing at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<bytes::Bytes>> {
        self.0.chunk().await.map_err(|error| failure::transport_error(error, Effect::None))
    }
}

impl Client {
    /// Opens a stream of server-sent events, from the event after `last_id` on where the service can.
    pub(crate) async fn open_stream(&self, cx: &Cx, link: &Link, last_id: Option<&str>) -> Result<Flow> {
        let mut renewed = false;
        loop {
            let (proof, generation) = self.prove(cx).await?;
            let response = self.wire.stream(cx, link, last_id, &proof).await?;
            if response.status().is_success() {
                // A document under this address would be waited on in vain (WHATWG HTML 9.2 wants this type too).
                let kind = response.headers().get(http::header::CONTENT_TYPE);
                let kind = kind.map_or(&b"text/event-stream"[..], |kind| kind.as_bytes());
                if !kind.to_ascii_lowercase().starts_with(b"text/event-stream") {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        format!("{link}: the answer is no event stream"),
                    ));
                }
                return Ok(Flow(response));
            }
            let reply = self.wire.collect(response, Effect::None).await?;
            let mut refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
            if let Some(secret) = proof.secret() {
                refusal.withhold(secret);
            }
            let error = refused(&refusal, false);
            if reply.status.as_u16() == 401 {
                self.disprove(cx, generation, error.kind()).await;
                if !std::mem::replace(&mut renewed, true) && error.kind() != ErrorKind::LockedOut {
                    continue;
                }
            }
            return Err(error);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("wire", &self.wire)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}
