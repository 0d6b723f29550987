//! Login, and above all logout.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use underlay_hal::{Credentials, Cx, Effect, Error, ErrorKind, Result};

use super::{Client, Link, Proof, Reply, Request};
use crate::{
    error::{Refusal, refused},
    json::Lenient as _,
    settings::Authentication,
};

/// How long a logout may take when nobody waits for it.
const LOGOUT_LIMIT: Duration = Duration::from_secs(3);

/// Where we stand with the service.
#[derive(Default)]
pub(super) struct Session {
    state: State,
    /// Where sessions are created; `None` until the root was read, or if the service has none.
    collection: Option<Link>,
    /// Counts logins, so that a late 401 does not throw away a newer session.
    generation: u64,
}

#[derive(Default)]
enum State {
    #[default]
    LoggedOut,
    Token {
        token: SecretString,
        link: Option<Link>,
    },
    Basic(SecretString),
    /// These credentials were refused; they are not tried again, for each try counts towards a lockout.
    Refused {
        username: String,
        password: SecretString,
    },
}

impl Client {
    /// Tells where sessions are created.
    pub(crate) async fn set_sessions(&self, collection: Option<Link>) {
        self.session.lock().await.collection = collection;
    }

    /// What to send along, logging in first if needed, and which login it belongs to.
    pub(super) async fn prove(&self, cx: &Cx) -> Result<(Proof, u64)> {
        let mut session = cx.run(self.session.lock()).await.map_err(|over| over.into_error(Effect::None))?;
        match &session.state {
            State::Token { token, .. } => return Ok((Proof::Token(token.clone()), session.generation)),
            State::Basic(basic) => return Ok((Proof::Basic(basic.clone()), session.generation)),
            State::LoggedOut | State::Refused { .. } => {}
        }
        let found = cx
            .run(self.credentials.get(cx, &self.device))
            .await
            .map_err(|over| over.into_error(Effect::None))??;
        let Credentials::Password { username, password } = found else {
            return Err(Error::new(ErrorKind::InvalidInput, "Redfish wants a user name and a password"));
        };
        if let State::Refused { username: old, password: before } = &session.state {
            let same = before.expose_secret().as_bytes().ct_eq(password.expose_secret().as_bytes());
            if *old == username && bool::from(same) {
                return Err(Error::new(
                    ErrorKind::Unauthenticated,
                    "these credentials were refused before and are not tried again",
                ));
            }
        }
        session.generation += 1;
        let collection = match self.settings.authentication {
            Authentication::Session => session.collection.clone(),
            Authentication::Basic => None,
        };
        if let Some(collection) = collection {
            let body = json!({ "UserName": username, "Password": password.expose_secret() });
            let request =
                Request { method: http::Method::POST, link: &collection, body: Some(&body), if_match: None };
            let reply = self.exchange(cx, &request, &Proof::Nothing).await.map_err(without_effect)?;
            match reply.status.as_u16() {
                200..=299 => {
                    session.state = self.token(reply)?;
                    if let State::Token { token, .. } = &session.state {
                        return Ok((Proof::Token(token.clone()), session.generation));
                    }
                }
                // No sessions here after all: Basic it is.
                404 | 405 | 501 => session.collection = None,
                status => {
                    let refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
                    if status == 401 {
                        session.state = State::Refused { username, password };
                    }
                    return Err(without_effect(refused(&refusal, false)));
                }
            }
        }
        let pair = format!("{username}:{}", password.expose_secret());
        let basic = SecretString::from(format!("Basic {}", BASE64_STANDARD.encode(pair)));
        session.state = State::Basic(basic.clone());
        Ok((Proof::Basic(basic), session.generation))
    }

    fn token(&self, reply: Reply) -> Result<State> {
        let body = serde_json::from_slice(&reply.body).unwrap_or(serde_json::Value::Null);
        let link = reply.location.or_else(|| body.link(&[])).and_then(|text| self.link(&text).ok());
        let token = reply.token.ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the service made a session and gave no X-Auth-Token")
        })?;
        Ok(State::Token { token, link })
    }

    /// The service answered 401 to this login's proof: forget a token, and never send a refused password again.
    pub(super) async fn disprove(&self, generation: u64, was_token: bool) {
        let mut session = self.session.lock().await;
        if session.generation != generation {
            return;
        }
        session.state = match std::mem::take(&mut session.state) {
            State::Basic(basic) if !was_token => {
                let pair = basic.expose_secret().strip_prefix("Basic ").unwrap_or_default();
                let pair = BASE64_STANDARD.decode(pair).unwrap_or_default();
                let pair = String::from_utf8(pair).unwrap_or_default();
                let (username, password) = pair.split_once(':').unwrap_or_default();
                State::Refused { username: username.to_owned(), password: password.into() }
            }
            _ => State::LoggedOut,
        };
    }

    /// Ends the session on the service, if there is one.
    pub(crate) async fn logout(&self, cx: &Cx) -> Result<()> {
        let ended = {
            let mut session =
                cx.run(self.session.lock()).await.map_err(|over| over.into_error(Effect::None))?;
            match std::mem::take(&mut session.state) {
                State::Token { token, link: Some(link) } => Some((token, link)),
                refused @ State::Refused { .. } => {
                    session.state = refused;
                    None
                }
                _ => None,
            }
        };
        let Some((token, link)) = ended else { return Ok(()) };
        // Also for a caller that was cancelled or is out of time: a session left behind blocks a slot for minutes.
        let cx = cx.for_cleanup(LOGOUT_LIMIT);
        let request = Request { method: http::Method::DELETE, link: &link, body: None, if_match: None };
        let reply = self.exchange(&cx, &request, &Proof::Token(token)).await?;
        match reply.status.as_u16() {
            200..=299 | 401 | 404 => Ok(()),
            _ => Err(refused(&Refusal::new(reply.status, &reply.body, reply.retry_after), false)),
        }
    }
}

/// A failed login did nothing to the machine.
fn without_effect(error: Error) -> Error {
    error.with_effect(Effect::None)
}

/// Best effort for a device that was dropped without `close`.
impl Drop for Client {
    fn drop(&mut self) {
        let session = self.session.get_mut();
        if let State::Token { token, link: Some(link) } = std::mem::take(&mut session.state)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let request = self
                .http
                .delete(format!("{}{link}", self.origin))
                .header("X-Auth-Token", token.expose_secret())
                .timeout(LOGOUT_LIMIT);
            runtime.spawn(async move { request.send().await.is_ok() });
        }
    }
}
