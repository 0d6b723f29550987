//! Recognising and opening a Redfish service.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use underlay_hal::{
    Confidence, CredentialSource, Credentials, Cx, Device, DeviceId, Driver, Endpoint, Error, ErrorKind,
    Result, Sighting, Tls,
};

use crate::{
    device::RedfishDevice,
    json::{Lenient as _, plain},
    settings::Settings,
    transport::{Client, Link, Request},
};

/// The Redfish driver. Stateless; one per program is enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct RedfishDriver;

/// How long a probe waits for an answer, if its context allows so long.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

#[async_trait]
impl Driver for RedfishDriver {
    fn name(&self) -> &'static str {
        "redfish"
    }

    fn default_port(&self) -> u16 {
        443
    }

    /// Reads the service root, which needs no login (DSP0266 section 9.1). The certificate is not checked: nothing
    /// secret is sent, and what is learnt is only a hint.
    async fn probe(&self, cx: &Cx, at: &Endpoint) -> Result<Option<Sighting>> {
        let tls = if at.tls == Tls::Plain { Tls::Plain } else { Tls::Insecure };
        let at = Endpoint { tls, ..at.clone() };
        let nobody: Arc<dyn CredentialSource> = Arc::new(Credentials::password("", ""));
        let client = Client::new(&at, Settings::from_endpoint(&at)?, "probe".into(), nobody)?;
        let root = Link::root();
        let answer = client.anonymous(&cx.within(PROBE_LIMIT), &Request::get(&root)).await;
        let reply = match answer {
            Ok(reply) if reply.status.is_success() => reply,
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Ok(_) | Err(_) => return Ok(None),
        };
        let Ok(body) = reply.json(&root) else { return Ok(None) };
        let Some(version) = body.text(&["RedfishVersion"]) else { return Ok(None) };
        let mut seen = Sighting::new(format!("Redfish {version}"));
        let only_oem = body
            .at(&["Oem"])
            .as_object()
            .filter(|oem| oem.len() == 1)
            .and_then(|oem| oem.keys().next().map(|name| plain(name, 64)));
        seen.vendor = body.text(&["Vendor"]).or(only_oem);
        seen.model = body.text(&["Product"]);
        seen.uuid = body.text(&["UUID"]).map(|uuid| uuid.to_ascii_lowercase());
        seen.confidence = match (&seen.vendor, &seen.model) {
            (_, Some(_)) => Confidence::Model,
            (Some(_), None) => Confidence::Vendor,
            (None, None) => Confidence::Protocol,
        };
        Ok(Some(seen))
    }

    async fn open(
        &self,
        cx: &Cx,
        id: DeviceId,
        at: &Endpoint,
        credentials: Arc<dyn CredentialSource>,
    ) -> Result<Arc<dyn Device>> {
        let named = |error: Error| error.during("device.open").on(&id);
        let settings = Settings::from_endpoint(at).map_err(named)?;
        let danger = match at.tls {
            Tls::Insecure => Some("the certificate is not checked: anybody on the way can read the password"),
            Tls::Plain => Some("no TLS: anybody on the way can read the password"),
            _ => None,
        };
        if let Some(danger) = danger {
            tracing::warn!(device = %id, "{danger}");
        }
        let client = Client::new(at, settings, id.clone(), credentials).map_err(named)?;
        let device = RedfishDevice::open(cx, id.clone(), client, at).await.map_err(named)?;
        Ok(Arc::new(device))
    }
}
