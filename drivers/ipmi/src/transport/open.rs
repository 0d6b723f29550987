//! Opening a session: which account, level and cipher suite, and when to stop trying.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::Instant;
use underlay_hal::{Credentials, Cx, Error, ErrorKind};
use underlay_ipmi_codec::handshake::UserName;
use underlay_ipmi_codec::keys::UserKey;
use underlay_ipmi_codec::login::{Account, LoginError, Stage};
use underlay_ipmi_codec::suite::CipherSuite;
use underlay_ipmi_codec::{Privilege, Status};

use super::bmc::{Shared, State};
use super::link::Link;
use super::login::log_in;
use super::session::Session;
use crate::error::Cause;

/// For this long, credentials that a BMC refused are not offered to it again.
const REFUSAL_MEMORY: Duration = Duration::from_secs(60);

/// Opens a session, trying levels and suites as the BMC's answers suggest.
///
/// * Any refusal at Open Session leads to the next suite: firmware uses several codes for "not this suite".
/// * A refused level (0x09, 0x0A at RAKP 2) leads to the next lower one.
/// * A refused name or password ends it: another try could lock the account.
pub(super) async fn open_session(cx: &Cx, shared: &Shared, state: &mut State) -> Result<Session, Cause> {
    let (user, password) = credentials(cx, shared).await?;
    if let Some((name, key, at)) = &state.refused {
        if *name == user && *key == password && at.elapsed() < REFUSAL_MEMORY {
            return Err(Cause::RefusedBefore);
        }
        state.refused = None;
    }
    let roles = candidates(
        shared.settings.privilege,
        state.role,
        [Privilege::Administrator, Privilege::Operator, Privilege::User],
    );
    let mut failure = Cause::NoAnswer { garbage: false };
    for role in roles {
        let suites =
            candidates(shared.settings.suite, state.suite, [CipherSuite::SUITE_17, CipherSuite::SUITE_3]);
        let mut full = None;
        for suite in suites {
            let account = Account {
                user,
                password: password.clone(),
                bmc_key: None,
                privilege: role,
                name_only_lookup: true,
            };
            let mut again = true;
            let result = loop {
                let mut link = Link::new(&shared.hub, shared.peer).map_err(Cause::Socket)?;
                match log_in(cx, &mut link, account.clone(), suite).await {
                    Err(Cause::Login(LoginError::Lost)) if again => again = false,
                    result => break result.map(|established| Session::new(link, established, role)),
                }
            };
            let error = match result {
                Ok(session) => {
                    (state.suite, state.role) = (Some(suite), Some(role));
                    return Ok(session);
                }
                Err(Cause::Login(error)) => error,
                Err(cause) => return Err(cause),
            };
            tracing::debug!(peer = %shared.peer, %suite, %role, %error, "login refused");
            failure = Cause::Login(error);
            match error {
                LoginError::Refused { stage: Stage::Open, status } => {
                    // Some firmware says "no slot" for a suite it does not take: try the other one first.
                    if status == Status::INSUFFICIENT_RESOURCES {
                        full = Some(error);
                    }
                }
                LoginError::SuiteChanged => {}
                LoginError::Refused {
                    stage: Stage::Rakp2,
                    status: Status::INVALID_ROLE | Status::UNAUTHORIZED_ROLE,
                } => {
                    state.suite = Some(suite);
                    break;
                }
                LoginError::PasswordMismatch
                | LoginError::Refused {
                    status: Status::UNAUTHORIZED_NAME | Status::INVALID_INTEGRITY_CHECK,
                    ..
                } => {
                    state.refused = Some((user, password, Instant::now()));
                    return Err(failure);
                }
                _ => return Err(failure),
            }
        }
        if let Some(full) = full {
            return Err(Cause::Login(full));
        }
        // Only a refused level leads on.
        if !matches!(failure, Cause::Login(LoginError::Refused { stage: Stage::Rakp2, .. })) {
            return Err(failure);
        }
    }
    Err(failure)
}

/// The one that is fixed; or the one that worked and then the others; or all in order.
fn candidates<T: Copy + PartialEq, const N: usize>(
    fixed: Option<T>,
    worked: Option<T>,
    all: [T; N],
) -> Vec<T> {
    match fixed {
        Some(only) => vec![only],
        None => worked.into_iter().chain(all.into_iter().filter(|other| Some(*other) != worked)).collect(),
    }
}

async fn credentials(cx: &Cx, shared: &Shared) -> Result<(UserName, UserKey), Cause> {
    let found = cx.run(shared.credentials.get(cx, &shared.device)).await.map_err(Cause::Interrupted)?;
    let invalid = |message| Cause::Other(Error::new(ErrorKind::InvalidInput, message));
    let Credentials::Password { username, password } = found.map_err(Cause::Other)? else {
        return Err(invalid("IPMI needs a user name and a password"));
    };
    let user =
        UserName::new(username.as_bytes()).map_err(|_| invalid("an IPMI user name has at most 16 bytes"))?;
    let password = UserKey::new(password.expose_secret().as_bytes())
        .map_err(|_| invalid("an IPMI 2.0 password has at most 20 bytes"))?;
    Ok((user, password))
}
