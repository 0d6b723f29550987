//! Finding and opening switches.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::io::AsyncReadExt as _;
use underlay_hal::{
    CredentialSource, Credentials, Cx, Device, DeviceId, Driver, Effect, Endpoint, Error, ErrorKind, Result,
    Sighting,
};

use crate::{
    device::SwitchDevice,
    settings::Settings,
    transport::{self, Login},
};

/// How long a probe waits.
const PROBE: Duration = Duration::from_secs(2);

/// The driver of switches by their command line: endpoint scheme `ssh`, port 22.
#[derive(Clone, Copy, Debug, Default)]
pub struct SwitchSshDriver;

async fn resolve(cx: &Cx, at: &Endpoint) -> Result<SocketAddr> {
    let found = cx.run(transport::resolve(&at.host, at.port.unwrap_or(22))).await;
    found.map_err(|interrupted| interrupted.into_error(Effect::None))?
}

#[async_trait]
impl Driver for SwitchSshDriver {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn default_port(&self) -> u16 {
        22
    }

    /// Listens for the greeting that every server begins with (RFC 4253 section 4.2); nothing is sent.
    async fn probe(&self, cx: &Cx, at: &Endpoint) -> Result<Option<Sighting>> {
        let peer = match resolve(cx, at).await {
            Err(error) if error.kind() != ErrorKind::Cancelled => {
                return Err(Error::new(ErrorKind::InvalidInput, error.report()));
            }
            peer => peer?,
        };
        let greet = async {
            let mut stream = tokio::net::TcpStream::connect(peer).await.ok()?;
            let mut greeting = [0; 4];
            stream.read_exact(&mut greeting).await.ok()?;
            (greeting == *b"SSH-").then_some(())
        };
        match cx.within(PROBE).run(greet).await {
            Ok(found) => Ok(found.map(|()| Sighting::new("SSH"))),
            Err(interrupted) => match interrupted.into_error(Effect::None) {
                error if error.kind() == ErrorKind::Cancelled => Err(error),
                _ => Ok(None),
            },
        }
    }

    async fn open(
        &self,
        cx: &Cx,
        id: DeviceId,
        at: &Endpoint,
        credentials: Arc<dyn CredentialSource>,
    ) -> Result<Arc<dyn Device>> {
        let opened = async {
            let settings = Settings::read(at)?;
            let login = match credentials.get(cx, &id).await? {
                Credentials::Password { username: user, password } => Login { user, password },
                _ => {
                    let message = "a command line is logged in to with a user and a password";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
            };
            let port = at.port.unwrap_or(22);
            SwitchDevice::open(cx, id.clone(), at.host.clone(), port, login, settings).await
        };
        match opened.await {
            Ok(device) => Ok(Arc::new(device)),
            Err(error) => Err(error.during("ssh.open").on(&id)),
        }
    }
}
