//! Who sends a request: a session's token, or Basic credentials.

use base64::Engine;
use http::{StatusCode, header};
use secrecy::SecretString;

use super::ORIGIN;
use super::http::Request;
use super::messages::Key;
use super::reply::Reply;
use super::service::{Service, TOKEN};
use crate::plant::{AccountView, Role};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: AccountView,
}

impl Caller {
    pub(crate) fn may(&self, needed: Role) -> bool {
        self.account.role >= needed
    }
}

impl Service {
    /// The account behind a request, or 401.
    pub(crate) fn authenticate(&self, request: &Request) -> Result<Caller, Box<Reply>> {
        let refused = || Reply::refuse(StatusCode::UNAUTHORIZED, Key::NoValidSession, &[]);
        if let Some(token) = request.headers.get(TOKEN) {
            let token = token.to_str().map_err(|_| refused())?;
            let user = {
                let now = self.server.client_now();
                let mut memory = self.memory();
                memory
                    .sessions
                    .by_token(token, now)
                    .map(|session| session.user.clone())
                    .ok_or_else(refused)?
            };
            // A session outlives neither its account nor the account's right to log in.
            let account =
                self.server.accounts().into_iter().find(|account| account.name == user && account.enabled);
            return Ok(Caller { account: account.ok_or_else(refused)? });
        }
        let basic = request.headers.get(header::AUTHORIZATION).and_then(|value| basic(value.to_str().ok()?));
        let (user, password) = basic.ok_or_else(refused)?;
        if !request.secure && !self.data.basic_over_http {
            return Err(refused());
        }
        let account = self.server.authenticate(&user, &password, ORIGIN).map_err(|_| refused())?;
        Ok(Caller { account })
    }
}

/// Splits `Basic` credentials; the password goes straight into a secret.
fn basic(header: &str) -> Option<(String, SecretString)> {
    let encoded = header.strip_prefix("Basic ").or_else(|| header.strip_prefix("basic "))?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), SecretString::from(password)))
}
