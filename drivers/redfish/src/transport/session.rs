//! Where we stand with the service: logging in once, and never twice with what was refused.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;
use underlay_hal::{Credentials, Cx, Effect, Error, ErrorKind, Result};

use super::{
    Client, Content, Link, Proof, Purpose, Request,
    ticket::{LOGOUT_LIMIT, Ticket},
};
use crate::{
    error::{Refusal, refused},
    settings::Authentication,
};

/// How long a login may take when its caller has gone; the session it makes must be ended.
const LOGIN_LIMIT: Duration = Duration::from_secs(30);
/// For so long nobody knocks at a locked account; controllers lock for half a minute and more.
const LOCKED_FOR: Duration = Duration::from_secs(60);

/// Where we stand with the service.
#[derive(Default)]
pub(super) struct Session {
    state: State,
    /// Where sessions are created; `None` until the root was read, or if the service has none.
    collection: Option<Link>,
    /// Counts logins, so that a late 401 does not throw away a newer session.
    generation: u64,
    /// Whom the last login was for.
    user: Option<String>,
}

#[derive(Default)]
enum State {
    #[default]
    LoggedOut,
    Token(Ticket),
    Basic(Login),
    /// These credentials were refused; they are not tried again, for each try counts towards a lockout.
    Refused {
        login: Login,
        kind: ErrorKind,
        since: Instant,
    },
}

#[derive(Clone)]
struct Login {
    username: String,
    password: SecretString,
}

impl Login {
    fn basic(&self) -> Result<Proof> {
        if self.username.contains(':') {
            // RFC 7617 section 2: the service would take the rest for the password.
            let message = "a user name with a colon cannot log in by HTTP Basic";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let pair = format!("{}:{}", self.username, self.password.expose_secret());
        Ok(Proof::Basic(format!("Basic {}", BASE64_STANDARD.encode(pair)).into()))
    }

    fn is_same(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.password.expose_secret(), other.password.expose_secret());
        self.username == other.username && bool::from(mine.as_bytes().ct_eq(theirs.as_bytes()))
    }
}

/// How the service answered a login.
enum Verdict {
    Granted(Ticket),
    /// No sessions here after all.
    NoSessions,
    Refused(Refusal),
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
            State::Token(ticket) => return Ok((Proof::Token(ticket.token().clone()), session.generation)),
            State::Basic(login) => return Ok((login.basic()?, session.generation)),
            State::LoggedOut | State::Refused { .. } => {}
        }
        let found = cx
            .run(self.credentials.get(cx, &self.device))
            .await
            .map_err(|over| over.into_error(Effect::None))??;
        let Credentials::Password { username, password } = found else {
            return Err(Error::new(ErrorKind::InvalidInput, "Redfish wants a user name and a password"));
        };
        let login = Login { username, password };
        if let State::Refused { login: before, kind, since } = &session.state {
            let over = *kind == ErrorKind::LockedOut && since.elapsed() > LOCKED_FOR;
            if before.is_same(&login) && !over {
                let message = "the service refused these credentials; they are not tried again";
                return Err(Error::new(*kind, message));
            }
        }
        session.generation += 1;
        session.user = Some(login.username.clone());
        let collection = match self.settings.authentication {
            Authentication::Session => session.collection.clone(),
            Authentication::Basic => None,
        };
        if let Some(collection) = collection {
            match self.log_in(cx, collection, &login).await? {
                Verdict::Granted(ticket) => {
                    let proof = Proof::Token(ticket.token().clone());
                    session.state = State::Token(ticket);
                    return Ok((proof, session.generation));
                }
                Verdict::NoSessions => session.collection = None,
                Verdict::Refused(refusal) => {
                    let error = refused(&refusal, false);
                    let kind = error.kind();
                    if matches!(kind, ErrorKind::Unauthenticated | ErrorKind::LockedOut) {
                        session.state = State::Refused { login, kind, since: Instant::now() };
                    }
                    return Err(error);
                }
            }
        }
        let proof = login.basic()?;
        session.state = State::Basic(login);
        Ok((proof, session.generation))
    }

    /// The user that we log in as; nobody before the first login.
    pub(crate) async fn user(&self) -> Option<String> {
        self.session.lock().await.user.clone()
    }

    /// Does this password let the user log in? One try, by a session of its own that is ended, or by one read of
    /// `place` with HTTP Basic where there are no sessions, or none is left.
    ///
    /// # Errors
    /// `Unauthenticated` if it does not.
    pub(crate) async fn try_login(
        &self,
        cx: &Cx,
        place: &Link,
        username: &str,
        password: &SecretString,
    ) -> Result<()> {
        let login = Login { username: username.to_owned(), password: password.clone() };
        let collection = self.session.lock().await.collection.clone();
        let by_session = match (collection, self.settings.authentication) {
            (Some(collection), Authentication::Session) => Some(self.log_in(cx, collection, &login).await?),
            _ => None,
        };
        match by_session {
            Some(Verdict::Granted(mut ticket)) => {
                if let Some(ended) = ticket.end() {
                    let _ = cx.run(ended).await;
                }
                return Ok(());
            }
            Some(Verdict::Refused(refusal)) => {
                let error = refused(&refusal, false);
                if error.kind() != ErrorKind::ResourceExhausted {
                    return Err(error);
                }
            }
            Some(Verdict::NoSessions) | None => {}
        }
        let reply = self.wire.exchange(cx, &Request::get(place), &login.basic()?).await?;
        if reply.status.is_success() {
            return Ok(());
        }
        let mut refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
        refusal.withhold(password);
        let error = refused(&refusal, false);
        // Who may log in and not look at this has the right password all the same.
        if error.kind() == ErrorKind::PermissionDenied { Ok(()) } else { Err(error) }
    }

    /// Asks for a session, in a task of its own: a caller that gives up must not leave one behind that nobody ends.
    async fn log_in(&self, cx: &Cx, collection: Link, login: &Login) -> Result<Verdict> {
        let (wire, login) = (self.wire.clone(), login.clone());
        let limit =
            cx.remaining().map_or(LOGIN_LIMIT, |left| left.saturating_add(LOGOUT_LIMIT).min(LOGIN_LIMIT));
        let own = cx.for_cleanup(limit);
        let task = tokio::spawn(async move {
            let body = json!({ "UserName": login.username, "Password": login.password.expose_secret() });
            let request = Request {
                method: Method::POST,
                content: Content::Json(&body),
                purpose: Purpose::Login,
                ..Request::get(&collection)
            };
            let reply = wire.exchange(&own, &request, &Proof::Nothing).await?;
            match reply.status.as_u16() {
                200..=299 => Ticket::read(wire, reply).map(Verdict::Granted),
                404 | 405 | 501 => Ok(Verdict::NoSessions),
                _ => {
                    let mut refusal = Refusal::new(reply.status, &reply.body, reply.retry_after);
                    // Services repeat the value that they do not like.
                    refusal.withhold(&login.password);
                    Ok(Verdict::Refused(refusal))
                }
            }
        });
        cx.run(task).await.map_err(|over| over.into_error(Effect::None))?.map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the login task ended early").with_source(error)
        })?
    }

    /// The service answered 401 to this login's proof: end a session, and never send a refused password again.
    pub(super) async fn disprove(&self, cx: &Cx, generation: u64, kind: ErrorKind) {
        // Out of time, the next call finds out for itself.
        let Ok(mut session) = cx.run(self.session.lock()).await else { return };
        if session.generation != generation {
            return;
        }
        session.state = match std::mem::take(&mut session.state) {
            State::Basic(login) => State::Refused { login, kind, since: Instant::now() },
            refused @ State::Refused { .. } => refused,
            // Also the session of a resource that refuses one that is alive: it goes back to the service.
            State::Token(_) | State::LoggedOut => State::LoggedOut,
        };
    }

    /// Ends the session on the service, if there is one.
    ///
    /// The session is ended also for a caller that is cancelled or out of time; only nobody waits for it then.
    pub(crate) async fn logout(&self, cx: &Cx) -> Result<()> {
        let ended = {
            let mut session = match self.session.try_lock() {
                Ok(session) => session,
                Err(_) => cx.run(self.session.lock()).await.map_err(|over| over.into_error(Effect::None))?,
            };
            match std::mem::take(&mut session.state) {
                State::Token(mut ticket) => ticket.end(),
                refused @ State::Refused { .. } => {
                    session.state = refused;
                    None
                }
                State::Basic(_) | State::LoggedOut => None,
            }
        };
        let Some(ended) = ended else { return Ok(()) };
        cx.run(ended).await.map_err(|over| over.into_error(Effect::None))?.map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the logout task ended early").with_source(error)
        })?
    }
}
