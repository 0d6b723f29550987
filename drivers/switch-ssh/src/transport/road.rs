//! How a switch is reached and entered: straight, or through a host that leads there; with a key, or a password.

use std::{net::SocketAddr, path::Path, sync::Arc};

use russh::{
    client::{self, AuthResult, KeyboardInteractiveAuthResponse},
    keys::{self, PrivateKeyWithHashAlg},
};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use underlay_hal::{Error, ErrorKind, Result};

use super::wire::{Judge, Login, config};
use crate::{
    error::failed,
    settings::{Algorithms, Jump, Settings},
};

/// Rounds of questions that are answered: some switches ask for nothing in a second one.
const ROUNDS: usize = 6;

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The road itself, and the login at the host that leads there, which has to live as long.
pub(super) type Road = (Box<dyn Stream>, Option<client::Handle<Judge>>);

#[allow(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn wrong(error: russh::Error) -> Error {
    failed(&error)
}

/// The address of a name.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<SocketAddr> {
    let mut found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| Error::new(ErrorKind::Unreachable, format!("{host} cannot be resolved: {error}")))?;
    found.next().ok_or_else(|| Error::new(ErrorKind::Unreachable, format!("{host} has no address")))
}

async fn straight(host: &str, port: u16) -> Result<Box<dyn Stream>> {
    let peer = resolve(host, port).await?;
    let stream = TcpStream::connect(peer).await.map_err(|error| failed(&russh::Error::IO(error)))?;
    stream.set_nodelay(true).map_err(|error| failed(&russh::Error::IO(error)))?;
    Ok(Box::new(stream))
}

/// Through a host that leads there: its name for the switch counts.
async fn through(jump: &Jump, host: &str, port: u16) -> Result<Road> {
    let there = |error: Error| {
        Error::new(error.kind(), format!("{}, which leads to the switch: {}", jump.host, error.message()))
    };
    let open = async {
        let judge = Judge { host: jump.host.clone(), port: jump.port, policy: jump.host_key.clone() };
        let stream = straight(&jump.host, jump.port).await?;
        // What is old is offered to the switch alone.
        let modern = config(Algorithms::Modern);
        let mut session = client::connect_stream(modern, stream, judge).await.map_err(wrong)?;
        if !with_key(&mut session, &jump.user, &jump.identity).await? {
            let message =
                format!("it refuses the user {} with the key {}", jump.user, jump.identity.display());
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        let channel = session.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0).await;
        let channel = channel.map_err(|error| {
            Error::new(ErrorKind::Unreachable, format!("it does not lead to {host}:{port}: {error}"))
        })?;
        Ok((Box::new(channel.into_stream()) as Box<dyn Stream>, Some(session)))
    };
    open.await.map_err(there)
}

/// The road to the switch.
pub(super) async fn road(host: &str, port: u16, settings: &Settings) -> Result<Road> {
    match &settings.jump {
        Some(jump) => through(jump, host, port).await,
        None => Ok((straight(host, port).await?, None)),
    }
}

/// Logs in with the key of a file; whether it was taken.
async fn with_key(session: &mut client::Handle<Judge>, user: &str, file: &Path) -> Result<bool> {
    let key = keys::load_secret_key(file, None).map_err(|error| {
        let message = match error {
            keys::Error::KeyIsEncrypted => {
                format!("the key {} has a pass phrase; this driver takes keys without one", file.display())
            }
            other => format!("the key {} cannot be read: {other}", file.display()),
        };
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    // RSA with SHA-1 is for those who have not said that they know better.
    let hash = session.best_supported_rsa_hash().await.map_err(wrong)?.flatten();
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    let told = session.authenticate_publickey(user.to_owned(), key).await.map_err(wrong)?;
    Ok(matches!(told, AuthResult::Success))
}

/// Logs in with the key, if there is one; else by the password, or by answering with it what is asked: some switches know
/// only the second way, and some ask for nothing once more before they let anybody in.
pub(super) async fn log_in(
    session: &mut client::Handle<Judge>,
    login: &Login,
    identity: Option<&Path>,
) -> Result<bool> {
    if let Some(file) = identity {
        return with_key(session, &login.user, file).await;
    }
    let secret = login.password.expose_secret();
    let methods = match session.authenticate_password(login.user.clone(), secret).await.map_err(wrong)? {
        AuthResult::Success => return Ok(true),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    // Where the password alone is a method, it was wrong: once more would count towards a lockout.
    if methods.contains(&russh::MethodKind::Password)
        || !methods.contains(&russh::MethodKind::KeyboardInteractive)
    {
        return Ok(false);
    }
    let started = session.authenticate_keyboard_interactive_start(login.user.clone(), None).await;
    let mut answer = started.map_err(wrong)?;
    for _ in 0..ROUNDS {
        answer = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| secret.to_owned()).collect();
                session.authenticate_keyboard_interactive_respond(answers).await.map_err(wrong)?
            }
        };
    }
    Ok(false)
}
