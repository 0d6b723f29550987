//! A session on the service, and its end.

use std::time::Duration;

use http::Method;
use secrecy::SecretString;
use tokio::task::JoinHandle;
use underlay_hal::{Cx, Error, ErrorKind, Result};

use super::{
    Link, Purpose, Request,
    wire::{Proof, Reply, Wire},
};
use crate::{
    error::{Refusal, refused},
    json::{self, Lenient as _},
};

/// How long a logout may take when nobody waits for it.
pub(super) const LOGOUT_LIMIT: Duration = Duration::from_secs(3);

/// A session on the service. Dropping it ends it, in the background: whoever loses it, by a cancelled call, a 401 or
/// a device that was never closed, leaves no slot taken.
pub(super) struct Ticket {
    wire: Wire,
    token: SecretString,
    link: Option<Link>,
}

impl Ticket {
    /// What the service's answer to a login says: the token, and where the session is ended.
    pub(super) fn read(wire: Wire, reply: Reply) -> Result<Self> {
        let body = json::parse(&reply.body).unwrap_or_default();
        // Behind an address translation, `Location` names a host that is not ours; the body has the path.
        let told = reply.location.into_iter().chain(body.link(&[]));
        let link = told.filter_map(|text| wire.link(&text).ok()).next();
        let token = reply.token.ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the service made a session and gave no X-Auth-Token")
        })?;
        Ok(Self { wire, token, link })
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// Ends the session in a task of its own, if there is a runtime to do it.
    pub(super) fn end(&mut self) -> Option<JoinHandle<Result<()>>> {
        let link = self.link.take()?;
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        let (wire, token) = (self.wire.clone(), self.token.clone());
        Some(runtime.spawn(async move {
            let cx = Cx::new("underlay-redfish", "logout").within(LOGOUT_LIMIT);
            let request = Request { method: Method::DELETE, purpose: Purpose::Logout, ..Request::get(&link) };
            let reply = wire.exchange(&cx, &request, &Proof::Token(token)).await?;
            match reply.status.as_u16() {
                200..=299 | 401 | 404 => Ok(()),
                _ => Err(refused(&Refusal::new(reply.status, &reply.body, reply.retry_after), false)),
            }
        }))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        drop(self.end());
    }
}
