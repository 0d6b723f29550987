//! The road by `russh`.

use std::{borrow::Cow, fmt, sync::Arc};

use async_trait::async_trait;
use russh::{
    ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred, cipher, client, kex,
    keys::{Algorithm, HashAlg, PublicKeyOrCertificate, known_hosts},
    mac,
};
use secrecy::SecretString;
use tokio::sync::Mutex;
use underlay_hal::{Cx, Effect, Error, ErrorKind, Result};

use super::{
    CliTransport,
    road::{log_in, road},
};
use crate::{
    error::failed,
    settings::{Algorithms, HostKey, Settings},
};

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
pub(super) struct Judge {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) policy: HostKey,
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
    /// The login at the host that leads there.
    _jump: Option<client::Handle<Judge>>,
    reader: Mutex<ChannelReadHalf>,
    writer: ChannelWriteHalf<client::Msg>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// What is offered.
pub(super) fn config(algorithms: Algorithms) -> Arc<client::Config> {
    Arc::new(client::Config { preferred: preferred(algorithms), nodelay: true, ..client::Config::default() })
}

/// Connects, checks the host key, logs in and opens a terminal.
pub(crate) async fn connect(
    cx: &Cx,
    host: &str,
    port: u16,
    login: &Login,
    settings: &Settings,
) -> Result<Arc<dyn CliTransport>> {
    let work = async {
        let (stream, jump) = road(host, port, settings).await?;
        let judge = Judge { host: host.to_owned(), port, policy: settings.host_key.clone() };
        let wrong = |error: russh::Error| failed(&error);
        let mut session =
            client::connect_stream(config(settings.algorithms), stream, judge).await.map_err(wrong)?;
        if !log_in(&mut session, login, settings.identity.as_deref()).await? {
            let with = if settings.identity.is_some() { "the key" } else { "the password" };
            let message = format!("the switch refuses the user or {with}");
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        let channel = session.channel_open_session().await.map_err(wrong)?;
        let (width, height) = TERMINAL;
        channel.request_pty(false, "vt100", width, height, 0, 0, &[]).await.map_err(wrong)?;
        channel.request_shell(true).await.map_err(wrong)?;
        let (reader, writer) = channel.split();
        let wire = Wire { session, _jump: jump, reader: Mutex::new(reader), writer };
        Ok(Arc::new(wire) as Arc<dyn CliTransport>)
    };
    cx.run(work).await.map_err(|interrupted| interrupted.into_error(Effect::None))?
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
