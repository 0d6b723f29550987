//! The management controller: `Manager`.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{Change, Cx, Error, Manager, ManagerInfo, ManagerNetwork, ManagerReset, Outcome, Result};

use super::power::allowable_values;
use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// How the controller restarts.
#[derive(Debug)]
pub(crate) struct ResetAbility {
    target: Link,
    resets: Vec<ManagerReset>,
}

const WORDS: [(ManagerReset, &str); 2] =
    [(ManagerReset::Graceful, "GracefulRestart"), (ManagerReset::Force, "ForceRestart")];

impl ResetAbility {
    pub(crate) async fn learn(cx: &Cx, client: &Client, manager: &Resource) -> Result<Option<Self>> {
        let action = manager.body.at(&["Actions", "#Manager.Reset"]);
        let Some(target) = action.text(&["target"]).and_then(|text| client.link(&text).ok()) else {
            return Ok(None);
        };
        let allowed = allowable_values(cx, client, action, "ResetType").await?;
        // Where nothing is told, a graceful restart is what every service known takes.
        let allowed = allowed.unwrap_or_else(|| vec!["GracefulRestart".to_owned()]);
        let resets =
            WORDS.iter().filter(|(_, word)| allowed.iter().any(|v| v == word)).map(|(how, _)| *how).collect();
        Ok(Some(Self { target, resets }))
    }
}

pub(crate) fn network(interface: &Value) -> ManagerNetwork {
    let mut network = ManagerNetwork::default();
    network.name = interface.text(&["Id"]).unwrap_or_default();
    let mac = interface.text(&["MACAddress"]).or_else(|| interface.text(&["PermanentMACAddress"]));
    network.mac = mac.and_then(|text| text.parse().ok());
    for list in ["IPv4Addresses", "IPv6Addresses"] {
        for address in interface.list(&[list]).iter().take(64) {
            let parsed = address.text(&["Address"]).and_then(|text| text.parse::<std::net::IpAddr>().ok());
            network.addresses.extend(parsed.filter(|ip| !ip.is_unspecified()));
            if network.gateway.is_none() {
                network.gateway = address.text(&["Gateway"]).and_then(|text| text.parse().ok());
            }
            if network.origin.is_none() {
                network.origin = address.text(&["AddressOrigin"]);
            }
        }
    }
    let tagged = interface.truth(&["VLAN", "VLANEnable"]).unwrap_or(false);
    network.vlan =
        interface.whole(&["VLAN", "VLANId"]).and_then(|id| u16::try_from(id).ok()).filter(|_| tagged);
    network
}

#[async_trait]
impl Manager for RedfishDevice {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        const INFO: &str = "manager.info";
        let link = self.named(INFO, self.manager.as_ref().ok_or_else(|| Error::unsupported(INFO)))?;
        let manager = self.named(INFO, self.client.get(cx, link).await)?.body;
        let mut info = ManagerInfo::default();
        info.model = manager.text(&["Model"]).or_else(|| manager.text(&["Name"]));
        info.firmware_version = manager.text(&["FirmwareVersion"]);
        info.protocol_version = Some(format!("Redfish {}", self.version.as_deref().unwrap_or("unknown")));
        info.time = manager.time(&["DateTime"]);
        info.uuid = manager.text(&["UUID"]).map(|uuid| uuid.to_ascii_lowercase());
        if let Ok(collection) = self.client.linked(&manager, &["EthernetInterfaces"]) {
            let members = self.named(INFO, tolerate(self.client.members(cx, &collection).await))?;
            for member in members.unwrap_or_default() {
                if let Some(interface) = self.named(INFO, tolerate(self.client.member(cx, member).await))? {
                    info.networks.push(network(&interface.body));
                }
            }
        }
        Ok(info)
    }

    fn resets(&self) -> &[ManagerReset] {
        self.reset.as_ref().map_or(&[], |reset| &reset.resets)
    }

    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        const RESET: &str = "manager.reset";
        let ability = self.reset.as_ref().filter(|ability| ability.resets.contains(&how));
        let ability = self.named(RESET, ability.ok_or_else(|| Error::unsupported(RESET)))?;
        let word = WORDS.iter().find(|(known, _)| *known == how).map_or("GracefulRestart", |(_, word)| *word);
        let reply =
            self.named(RESET, self.client.post(cx, &ability.target, &json!({ "ResetType": word })).await)?;
        Ok(self.outcome(cx, &reply, RESET).await)
    }
}
