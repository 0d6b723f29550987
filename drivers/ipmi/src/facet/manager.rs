use std::net::IpAddr;

use async_trait::async_trait;
use underlay_hal::{
    Change, Cx, Error, ErrorKind, MacAddress, Manager, ManagerInfo, ManagerNetwork, ManagerReset, Outcome,
    Result, Timestamp,
};
use underlay_ipmi_codec::command::channel::GetChannelInfo;
use underlay_ipmi_codec::command::controller::{ColdReset, GetDeviceId, GetSystemGuid};
use underlay_ipmi_codec::command::lan_config::{GetLanParameter, LanParameter, LanValue};
use underlay_ipmi_codec::command::sel::GetSelTime;
use underlay_ipmi_codec::command::session::THIS_CHANNEL;
use underlay_ipmi_codec::sel;

use super::inventory::uuid_text;
use crate::error::Failure;
use crate::quirks;
use crate::transport::bmc::Bmc;

/// The BMC itself.
#[derive(Debug)]
pub(crate) struct IpmiManager {
    bmc: Bmc,
}

impl IpmiManager {
    pub(crate) fn new(bmc: Bmc) -> Self {
        Self { bmc }
    }

    async fn network(&self, cx: &Cx) -> Result<Option<ManagerNetwork>, Failure> {
        let Some(info) = optional(self.bmc.run(cx, &GetChannelInfo { channel: THIS_CHANNEL }).await)? else {
            return Ok(None);
        };
        let channel = info.channel;
        let mut network = ManagerNetwork::default();
        network.name = format!("channel {channel}");
        let read = async |parameter| -> Result<Option<LanValue>, Failure> {
            optional(self.bmc.run(cx, &GetLanParameter { channel, parameter }).await)
        };
        if let Some(address) = read(LanParameter::ADDRESS).await?.and_then(|value| value.ipv4()) {
            network.addresses.push(IpAddr::V4(address));
        }
        network.mac = read(LanParameter::MAC).await?.and_then(|value| value.mac()).map(MacAddress);
        network.gateway = read(LanParameter::GATEWAY).await?.and_then(|value| value.ipv4()).map(IpAddr::V4);
        network.vlan = read(LanParameter::VLAN).await?.and_then(|value| value.vlan());
        network.origin =
            read(LanParameter::ADDRESS_SOURCE).await?.and_then(|value| value.source()).map(str::to_owned);
        Ok(Some(network))
    }
}

/// A refusal means that this part is not told; anything else is an error.
pub(crate) fn optional<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.is_refusal() => Ok(None),
        Err(failure) => Err(failure),
    }
}

#[async_trait]
impl Manager for IpmiManager {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        let controller = self.bmc.run(cx, &GetDeviceId).await?;
        let mut info = ManagerInfo::default();
        info.model = quirks::manufacturer(controller.manufacturer)
            .map(|vendor| format!("{vendor} BMC, product {}", controller.product));
        info.firmware_version =
            Some(format!("{}.{:02}", controller.firmware_major, controller.firmware_minor));
        info.protocol_version = Some(format!("IPMI {}.{}", controller.ipmi_major, controller.ipmi_minor));
        let time = optional(self.bmc.run(cx, &GetSelTime).await)?;
        info.time = time.and_then(sel::unix_time).and_then(|at| Timestamp::from_second(i64::from(at)).ok());
        let guid = optional(self.bmc.run(cx, &GetSystemGuid).await)?;
        info.uuid = guid.and_then(uuid_text);
        info.networks.extend(self.network(cx).await?);
        Ok(info)
    }

    fn resets(&self) -> &[ManagerReset] {
        &[ManagerReset::Force]
    }

    /// Cold Reset.
    ///
    /// * Firmware in lockdown may accept it and do nothing (iDRAC): the caller sees it by the session that lives on.
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        if how != ManagerReset::Force {
            return Err(Error::new(ErrorKind::Unsupported, "IPMI restarts a controller only at once"));
        }
        self.bmc.run(cx, &ColdReset).await?;
        self.bmc.forget_session().await;
        Ok(Outcome::Done(Change::Made))
    }
}
