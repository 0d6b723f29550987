//! The road by `russh`.

use std::{borrow::Cow, fmt, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use russh::{
    ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred, cipher,
    client::{self, AuthResult, KeyboardInteractiveAuthResponse},
    kex,
    keys::{Algorithm, HashAlg, PublicKeyOrCertificate, known_hosts},
    mac,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::TcpStream, sync::Mutex};
use underlay_hal::{Cx, Effect, Error, ErrorKind, Result};

use super::CliTransport;
use crate::{
    error::failed,
    settings::{Algorithms, HostKey, Settings},
};

/// Rounds of questions that are answered: some switches ask for nothing in a second one.
const ROUNDS: usize = 6;
/// The width and height of the terminal: long lines are not wrapped, and pages are long.
const TERMINAL: (u32, u32) = (511, 1000);

/// Who logs in.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// Checks the host key.
struct Judge {
    host: String,
    port: u16,
    policy: HostKey,
}

impl client::Handler for Judge {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        offered: &PublicKeyOrCertificate,
    ) -> std::result::Result<bool, russh::Error> {
        let key = offered.public_key();
        let known =
            |path: &std::path::Path| known_hosts::check_known_hosts_path(&self.host, self.port, &key, path);
        Ok(match &self.policy {
            HostKey::AcceptAny => {
                tracing::warn!(host = %self.host, "the host key is not checked");
                true
            }
            HostKey::Pinned(pin) => key.fingerprint(HashAlg::Sha256).to_string() == *pin,
            // A key that changed is an error of the library's, and no key is known then.
            HostKey::KnownHosts(path) => known(path).unwrap_or(false),
            HostKey::TrustOnFirstUse(path) => match known(path) {
                Ok(true) => true,
                Ok(false) => known_hosts::learn_known_hosts_path(&self.host, self.port, &key, path).is_ok(),
                Err(_) => false,
            },
        })
    }
}

/// The order of preference: what is old comes last, and only if it was asked for.
fn preferred(algorithms: Algorithms) -> Preferred {
    let mut preferred = Preferred::default();
    // SHA-1 in the host key's signature is an old algorithm too.
    let modern: Vec<_> =
        preferred.key.iter().filter(|key| **key != Algorithm::Rsa { hash: None }).cloned().collect();
    if algorithms == Algorithms::Modern {
        preferred.key = Cow::Owned(modern);
        return preferred;
    }
    let with = |list: &[kex::Name], more: &[kex::Name]| [list, more].concat();
    preferred.kex = Cow::Owned(with(&preferred.kex, &[kex::DH_GEX_SHA1, kex::DH_G14_SHA1, kex::DH_G1_SHA1]));
    let old = [cipher::AES_128_CBC, cipher::AES_192_CBC, cipher::AES_256_CBC, cipher::TRIPLE_DES_CBC];
    preferred.cipher = Cow::Owned([preferred.cipher.as_ref(), &old].concat());
    preferred.mac = Cow::Owned([preferred.mac.as_ref(), &[mac::HMAC_SHA1]].concat());
    preferred.key = Cow::Owned([modern, vec![Algorithm::Rsa { hash: None }]].concat());
    preferred
}

/// One login with a terminal.
struct Wire {
    session: client::Handle<Judge>,
    reader: Mutex<ChannelReadHalf>,
    writer: ChannelWriteHalf<client::Msg>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// Connects, checks the host key, logs in and opens a terminal.
pub(crate) async fn connect(
    cx: &Cx,
    host: &str,
    peer: SocketAddr,
    login: &Login,
    settings: &Settings,
) -> Result<Arc<dyn CliTransport>> {
    let work = async {
        let stream = TcpStream::connect(peer).await.map_err(|error| failed(&russh::Error::IO(error)))?;
        let config = client::Config {
            preferred: preferred(settings.algorithms),
            nodelay: true,
            ..client::Config::default()
        };
        let judge = Judge { host: host.to_owned(), port: peer.port(), policy: settings.host_key.clone() };
        let wrong = |error: russh::Error| failed(&error);
        let mut session = client::connect_stream(Arc::new(config), stream, judge).await.map_err(wrong)?;
        if !log_in(&mut session, login).await.map_err(wrong)? {
            let message = "the switch refuses the user or the password";
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        let channel = session.channel_open_session().await.map_err(wrong)?;
        let (width, height) = TERMINAL;
        channel.request_pty(false, "vt100", width, height, 0, 0, &[]).await.map_err(wrong)?;
        channel.request_shell(true).await.map_err(wrong)?;
        let (reader, writer) = channel.split();
        Ok(Arc::new(Wire { session, reader: Mutex::new(reader), writer }) as Arc<dyn CliTransport>)
    };
    cx.run(work).await.map_err(|interrupted| interrupted.into_error(Effect::None))?
}

/// By the password, or by answering with it what is asked: some switches know only the second way, and some ask for
/// nothing once more before they let anybody in.
async fn log_in(
    session: &mut client::Handle<Judge>,
    login: &Login,
) -> std::result::Result<bool, russh::Error> {
    let secret = login.password.expose_secret();
    let methods = match session.authenticate_password(login.user.clone(), secret).await? {
        AuthResult::Success => return Ok(true),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    // Where the password alone is a method, it was wrong: once more would count towards a lockout.
    if methods.contains(&russh::MethodKind::Password)
        || !methods.contains(&russh::MethodKind::KeyboardInteractive)
    {
        return Ok(false);
    }
    let mut answer = session.authenticate_keyboard_interactive_start(login.user.clone(), None).await?;
    for _ in 0..ROUNDS {
        answer = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| secret.to_owned()).collect();
                session.authenticate_keyboard_interactive_respond(answers).await?
            }
        };
    }
    Ok(false)
}

#[async_trait]
impl CliTransport for Wire {
    async fn send(&self, cx: &Cx, keys: &[u8]) -> Result<()> {
        let sent = cx.run(self.writer.data_bytes(keys.to_vec())).await;
        let sent = sent.map_err(|interrupted| interrupted.into_error(Effect::Unknown))?;
        sent.map_err(|error| failed(&error))
    }

    async fn receive(&self, cx: &Cx) -> Result<Option<Vec<u8>>> {
        let next = async {
            let mut reader = self.reader.lock().await;
            loop {
                match reader.wait().await {
                    Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. }) => {
                        return Some(data.to_vec());
                    }
                    None | Some(ChannelMsg::Eof | ChannelMsg::Close) => return None,
                    Some(_) => {}
                }
            }
        };
        cx.run(next).await.map_err(|interrupted| interrupted.into_error(Effect::Unknown))
    }

    async fn close(&self) {
        let _ = self.writer.close().await;
        let _ = self.session.disconnect(russh::Disconnect::ByApplication, "", "en").await;
    }
}
