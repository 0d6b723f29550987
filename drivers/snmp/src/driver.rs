//! Finding and opening units.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use secrecy::SecretString;
use underlay_hal::{
    CredentialSource, Credentials, Cx, Device, DeviceId, Driver, Effect, Endpoint, Error, ErrorKind, Result,
    Sighting,
};
use underlay_snmp_mib::{Oid, system};

use crate::{
    device::SnmpDevice,
    settings::Settings,
    transport::{Hub, Login, Transport as _, Wire},
    traps::{Ears, Hearing},
};

/// How long a probe waits.
const PROBE: Duration = Duration::from_secs(2);

/// The SNMP driver: endpoint scheme `snmp`, port 161.
///
/// - Keep one for many units: they share its socket. It must be used within one tokio runtime.
#[derive(Debug, Default)]
pub struct SnmpDriver {
    hub: Arc<Hub>,
    ears: Arc<Ears>,
}

async fn resolve(cx: &Cx, at: &Endpoint) -> Result<SocketAddr> {
    let port = at.port.unwrap_or(161);
    let found = cx.run(tokio::net::lookup_host((at.host.as_str(), port))).await;
    let found = found.map_err(|interrupted| interrupted.into_error(Effect::None))?;
    let mut found = found.map_err(|error| {
        Error::new(ErrorKind::Unreachable, format!("{} cannot be resolved: {error}", at.host))
    })?;
    found.next().ok_or_else(|| Error::new(ErrorKind::Unreachable, format!("{} has no address", at.host)))
}

#[async_trait]
impl Driver for SnmpDriver {
    fn name(&self) -> &'static str {
        "snmp"
    }

    fn default_port(&self) -> u16 {
        161
    }

    /// Asks for the description, with the community that most units have until somebody changes it.
    ///
    /// - A unit that answers no such community is not seen: SNMP has no question that everybody may ask.
    async fn probe(&self, cx: &Cx, at: &Endpoint) -> Result<Option<Sighting>> {
        let peer = match resolve(cx, at).await {
            Err(error) if error.kind() != ErrorKind::Cancelled => {
                return Err(Error::new(ErrorKind::InvalidInput, error.report()));
            }
            peer => peer?,
        };
        let login = Login { user: String::new(), password: SecretString::from("public"), privacy: None };
        let settings = Settings { timeout: PROBE / 2, retries: 1, ..Settings::default() };
        let Ok(wire) = Wire::new(Arc::clone(&self.hub), peer, &login, &settings).await else {
            return Ok(None);
        };
        match wire.get(&cx.within(PROBE), &[Oid::table(system::DESCRIPTION)]).await {
            Ok(_) => Ok(Some(Sighting::new("SNMP"))),
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            Err(_) => Ok(None),
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
                Credentials::Password { username: user, password } => Login { user, password, privacy: None },
                Credentials::PassPhrases { username: user, authentication: password, privacy } => {
                    Login { user, password, privacy: Some(privacy) }
                }
                _ => {
                    let message = "SNMP logs in with a community, or a user and one or two pass phrases";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
            };
            let peer = resolve(cx, at).await?;
            let wire = Wire::new(Arc::clone(&self.hub), peer, &login, &settings).await?;
            let hearing = Hearing { ears: Arc::clone(&self.ears), peer, login };
            SnmpDevice::open(cx, id.clone(), Arc::new(wire), &settings, hearing).await
        };
        match opened.await {
            Ok(device) => Ok(Arc::new(device)),
            Err(error) => Err(error.during("snmp.open").on(&id)),
        }
    }
}
