//! Who sends a request: a session's token, or Basic credentials.

use base64::Engine;
use http::{Method, StatusCode, header};
use secrecy::SecretString;

use super::ORIGIN;
use super::http::Request;
use super::messages::Key;
use super::reply::Reply;
use super::service::{Service, TOKEN};
use super::tree::accounts;
use super::write::SESSIONS;
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

impl Service {
    /// Who has to change the password may look at the own account, change that password and log out (DSP0266,
    /// "Password change required handling").
    pub(crate) fn check_password_duty(
        &self,
        account: &AccountView,
        request: &Request,
    ) -> Result<(), Box<Reply>> {
        let own = accounts::path_of(self.quirks(), account);
        let session = || {
            let id = request.path.strip_prefix(SESSIONS)?.strip_prefix('/')?;
            Some(self.memory().sessions.get(id)?.user == account.name)
        };
        let fine = !account.must_change
            || match request.method {
                Method::GET | Method::HEAD | Method::PATCH => request.path == own,
                Method::DELETE => session().unwrap_or(false),
                _ => false,
            };
        if fine {
            return Ok(());
        }
        Err(Reply::refuse(StatusCode::FORBIDDEN, Key::PasswordChangeRequired, &[&own]))
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
