use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use underlay_hal::{
    CredentialSource, Cx, Device, DeviceId, Driver, Effect, Endpoint, Error, ErrorKind, Result, Sighting,
};
use underlay_ipmi_codec::command::Command;
use underlay_ipmi_codec::command::session::{AuthCapabilities, GetAuthCapabilities, THIS_CHANNEL};
use underlay_ipmi_codec::lan::{Address, Checksums, Request, Response};
use underlay_ipmi_codec::{Completion, Packet, Privilege, asf, rmcp, v15};

use crate::device::IpmiDevice;
use crate::error::Cause;
use crate::settings::Settings;
use crate::transport::bmc::Bmc;
use crate::transport::hub::Hub;
use crate::transport::link::Link;

/// Pauses between the tries of a probe.
const PROBE_PAUSES: [Duration; 3] =
    [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1200)];
/// After a pong, the answer that tells the version may come a little later.
const AFTER_PONG: Duration = Duration::from_millis(300);

/// The IPMI driver: endpoint scheme `ipmi`, port 623.
///
/// * Keep one for many BMCs: they share its sockets. It must be used within one tokio runtime.
#[derive(Debug)]
pub struct IpmiDriver {
    hub: Arc<Hub>,
}

impl Default for IpmiDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl IpmiDriver {
    /// A driver without sockets yet.
    #[must_use]
    pub fn new() -> Self {
        Self { hub: Arc::new(Hub::new()) }
    }
}

#[async_trait]
impl Driver for IpmiDriver {
    fn name(&self) -> &'static str {
        "ipmi"
    }

    fn default_port(&self) -> u16 {
        rmcp::PORT
    }

    /// Asks for authentication capabilities and, for BMCs that do not answer that, pings.
    ///
    /// * At most three tries, 2.4 s together; nothing is authenticated, no session slot is used.
    async fn probe(&self, cx: &Cx, at: &Endpoint) -> Result<Option<Sighting>> {
        let peer = resolve(cx, at).await.map_err(|error| {
            let kind = error.kind();
            if kind == ErrorKind::Cancelled {
                error
            } else {
                Error::new(ErrorKind::InvalidInput, error.report())
            }
        })?;
        let tag: u8 = rand::random_range(0..0xFF);
        let sequence = tag & 0x3F;
        let command = GetAuthCapabilities {
            channel: THIS_CHANNEL,
            privilege: Privilege::Administrator,
            extended: true,
        };
        let mut data = Vec::new();
        command.encode(&mut data);
        let message = Request {
            address: Address::BMC,
            net_fn: GetAuthCapabilities::NET_FN,
            sequence,
            command: GetAuthCapabilities::CODE,
            data: &data,
        };
        let ask = v15::Frame::sessionless(&message.encode())
            .encode()
            .map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?;
        let Ok(mut link) = Link::new(&self.hub, peer) else { return Ok(None) };
        let mut pong = false;
        for pause in PROBE_PAUSES {
            if link.send(&ask).await.is_err() || link.send(&asf::encode_ping(tag)).await.is_err() {
                return Ok(None);
            }
            let mut until = Instant::now() + pause;
            loop {
                let received = match link.receive(cx, until).await {
                    Ok(Some(datagram)) => datagram,
                    Ok(None) => break,
                    Err(Cause::Interrupted(underlay_hal::Interrupted::Cancelled)) => {
                        return Err(underlay_hal::Interrupted::Cancelled.into_error(Effect::None));
                    }
                    Err(_) => return Ok(pong.then(|| Sighting::new("IPMI"))),
                };
                match recognise(&received, &command, tag, sequence) {
                    Some(Sign::Capabilities(capabilities)) => return Ok(Some(sighting(capabilities))),
                    Some(Sign::Pong) if !pong => {
                        pong = true;
                        until = until.min(Instant::now() + AFTER_PONG);
                    }
                    _ => {}
                }
            }
            if pong {
                break;
            }
        }
        Ok(pong.then(|| Sighting::new("IPMI")))
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
            let peer = resolve(cx, at).await?;
            let bmc = Bmc::new(Arc::clone(&self.hub), peer, id.clone(), credentials, settings);
            IpmiDevice::open(cx, id.clone(), bmc).await
        };
        match opened.await {
            Ok(device) => Ok(Arc::new(device)),
            Err(error) => Err(error.during("ipmi.open").on(&id)),
        }
    }
}

/// The endpoint's address; IPv4 before IPv6 where a name has both, as BMCs' IPv6 is often half configured.
async fn resolve(cx: &Cx, at: &Endpoint) -> Result<SocketAddr> {
    let unreachable = |why: String| Error::new(ErrorKind::Unreachable, why);
    let authority = at.authority(rmcp::PORT);
    let lookup = tokio::net::lookup_host(authority.clone());
    let found = cx.run(lookup).await.map_err(|interrupted| interrupted.into_error(Effect::None))?;
    let found =
        found.map_err(|error| unreachable(format!("{authority}: name not found")).with_source(error))?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.first().copied().ok_or_else(|| unreachable(format!("{authority}: name has no address")))
}

enum Sign {
    Capabilities(AuthCapabilities),
    Pong,
}

fn recognise(datagram: &[u8], command: &GetAuthCapabilities, tag: u8, sequence: u8) -> Option<Sign> {
    match Packet::decode(datagram).ok()? {
        Packet::Asf(asf::Message::Pong { tag: echoed, pong }) => {
            (echoed == tag && pong.ipmi).then_some(Sign::Pong)
        }
        Packet::V15(frame) => {
            let response = Response::decode(frame.payload, Checksums::Verify).ok()?;
            let asked = (GetAuthCapabilities::NET_FN.response(), GetAuthCapabilities::CODE, sequence);
            let found = (response.net_fn, response.command, response.sequence);
            if found != asked || response.completion != Completion::OK {
                return None;
            }
            command.decode(response.data).ok().map(Sign::Capabilities)
        }
        Packet::Asf(_) | Packet::V20(_) => None,
    }
}

fn sighting(capabilities: AuthCapabilities) -> Sighting {
    Sighting::new(if capabilities.v20 { "IPMI 2.0" } else { "IPMI 1.5" })
}
