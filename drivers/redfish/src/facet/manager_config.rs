//! The controller's own configuration: `ManagerNetworkProtocol`, `EthernetInterface`, `Manager.ResetToDefaults`.

use std::{collections::BTreeMap, net::IpAddr};

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use underlay_hal::{
    Change, Cx, Effect, Error, ErrorKind, FactoryReset, Ipv4Source, ManagerChange, ManagerConfig,
    ManagerSetting, ManagerSettings, Needs, Outcome, ProtocolSetting, Result, Staged,
};

use super::{manager::network, power::allowable_values};
use crate::{
    accepted::wants_restart,
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// What was learnt of the configuration at open.
#[derive(Debug)]
pub(crate) struct ConfigAbility {
    protocols: Option<Link>,
    interfaces: Option<Link>,
    settings: Vec<ManagerSetting>,
    reset: Option<Link>,
    resets: Vec<FactoryReset>,
}

/// `ResetToDefaultsType` (DSP0268 `Manager`).
const RESETS: [(FactoryReset, &str); 3] = [
    (FactoryReset::All, "ResetAll"),
    (FactoryReset::KeepNetworkAndUsers, "PreserveNetworkAndUsers"),
    (FactoryReset::KeepNetwork, "PreserveNetwork"),
];

/// Services of `ManagerNetworkProtocol`, by their property.
const PROTOCOLS: [&str; 12] =
    ["HTTP", "HTTPS", "SSH", "IPMI", "SNMP", "VirtualMedia", "KVMIP", "Telnet", "SSDP", "NTP", "DHCP", "RDP"];

impl ConfigAbility {
    pub(crate) async fn learn(
        cx: &Cx,
        client: &Client,
        manager: &Value,
        protocols: Option<&Resource>,
    ) -> Result<Option<Self>> {
        let interfaces = client.linked(manager, &["EthernetInterfaces"]).ok();
        if protocols.is_none() && interfaces.is_none() {
            return Ok(None);
        }
        let mut settings = Vec::new();
        if let Some(collection) = &interfaces
            && let Some(first) =
                tolerate(client.members(cx, collection).await)?.unwrap_or_default().into_iter().next()
            && let Some(interface) = tolerate(client.member(cx, first).await)?
        {
            settings.extend(settings_of(&interface.body));
        }
        if let Some(protocols) = protocols {
            if protocols.body.at(&["NTP"]).is_object() {
                settings.push(ManagerSetting::Ntp);
            }
            settings.push(ManagerSetting::Protocols);
        }
        let action = manager.at(&["Actions", "#Manager.ResetToDefaults"]);
        let reset = action.text(&["target"]).and_then(|text| client.link(&text).ok());
        let told = match reset {
            Some(_) => allowable_values(cx, client, action, "ResetType").await?,
            None => None,
        };
        let resets = RESETS.iter().filter(|(_, word)| match &told {
            Some(told) => told.iter().any(|value| value == word),
            None => reset.is_some(),
        });
        let resets = resets.map(|(keep, _)| *keep).collect();
        Ok(Some(Self { protocols: protocols.map(|p| p.link.clone()), interfaces, settings, reset, resets }))
    }
}

/// What an interface lets be set: what it shows, empty or not (DSP0266: a property that can be written is there).
fn settings_of(interface: &Value) -> impl Iterator<Item = ManagerSetting> + use<'_> {
    const SHOWN: [(ManagerSetting, &[&str]); 4] = [
        (ManagerSetting::HostName, &["HostName"]),
        (ManagerSetting::Ipv4, &["DHCPv4", "IPv4StaticAddresses"]),
        (ManagerSetting::Vlan, &["VLAN"]),
        (ManagerSetting::DnsServers, &["StaticNameServers"]),
    ];
    let shows = |names: &&[&str]| names.iter().any(|name| interface.get(*name).is_some());
    SHOWN.iter().filter(move |(_, names)| shows(names)).map(|(setting, _)| *setting)
}

pub(crate) fn read_protocols(body: &Value, into: &mut ManagerSettings) {
    into.ntp_enabled = body.truth(&["NTP", "ProtocolEnabled"]);
    into.ntp_servers =
        body.texts(&["NTP", "NTPServers"]).into_iter().filter(|server| !server.is_empty()).take(16).collect();
    into.host_name = body.text(&["HostName"]);
    into.fqdn = body.text(&["FQDN"]);
    for name in PROTOCOLS {
        let service = body.at(&[name]);
        if let (Some(enabled), false) = (service.truth(&["ProtocolEnabled"]), name == "NTP") {
            let port =
                service.whole(&["Port"]).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
            into.protocols.insert(name.to_ascii_lowercase(), ProtocolSetting { enabled, port });
        }
    }
}

pub(crate) fn read_interface(body: &Value, into: &mut ManagerSettings) {
    into.host_name = into.host_name.take().or_else(|| body.text(&["HostName"]));
    into.fqdn = into.fqdn.take().or_else(|| body.text(&["FQDN"]));
    if into.dns_servers.is_empty() {
        let servers = [body.texts(&["NameServers"]), body.texts(&["StaticNameServers"])];
        let first = servers.into_iter().map(|list| addresses(&list)).find(|list| !list.is_empty());
        into.dns_servers = first.unwrap_or_default();
    }
    into.networks.push(network(body));
}

fn addresses(list: &[String]) -> Vec<IpAddr> {
    list.iter()
        .filter_map(|text| text.parse::<IpAddr>().ok())
        .filter(|ip| !ip.is_unspecified())
        .take(16)
        .collect()
}

/// What is written to the services.
fn protocol_body(change: &ManagerChange) -> Value {
    let mut body = Map::new();
    let mut ntp = Map::new();
    if let Some(enabled) = change.ntp_enabled {
        ntp.insert("ProtocolEnabled".to_owned(), json!(enabled));
    }
    if let Some(servers) = &change.ntp_servers {
        ntp.insert("NTPServers".to_owned(), json!(servers));
    }
    if !ntp.is_empty() {
        body.insert("NTP".to_owned(), Value::Object(ntp));
    }
    for (name, enabled) in &change.protocols {
        if let Some(property) = PROTOCOLS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            body.insert((*property).to_owned(), json!({ "ProtocolEnabled": enabled }));
        }
    }
    Value::Object(body)
}

fn mask(prefix: u8) -> String {
    let bits = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0);
    std::net::Ipv4Addr::from(bits).to_string()
}

/// What is written to the interface.
fn interface_body(change: &ManagerChange) -> Value {
    let mut body = Map::new();
    if let Some(name) = &change.host_name {
        body.insert("HostName".to_owned(), json!(name));
    }
    if let Some(servers) = &change.dns_servers {
        let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
        body.insert("StaticNameServers".to_owned(), json!(servers));
    }
    match &change.ipv4 {
        Some(Ipv4Source::Dhcp) => {
            body.insert("DHCPv4".to_owned(), json!({ "DHCPEnabled": true }));
        }
        Some(Ipv4Source::Static { address, prefix_length, gateway }) => {
            let mut fixed = json!({ "Address": address.to_string(), "SubnetMask": mask(*prefix_length) });
            if let Some(gateway) = gateway {
                fixed["Gateway"] = json!(gateway.to_string());
            }
            body.insert("DHCPv4".to_owned(), json!({ "DHCPEnabled": false }));
            body.insert("IPv4StaticAddresses".to_owned(), json!([fixed]));
        }
        None => {}
    }
    match change.vlan {
        Some(Some(id)) => {
            body.insert("VLAN".to_owned(), json!({ "VLANEnable": true, "VLANId": id }));
        }
        Some(None) => {
            body.insert("VLAN".to_owned(), json!({ "VLANEnable": false }));
        }
        None => {}
    }
    Value::Object(body)
}

/// Does everything that is asked for read so?
fn is_met(change: &ManagerChange, now: &ManagerSettings) -> bool {
    let network = match &change.network {
        Some(name) => now.networks.iter().find(|network| network.name == *name),
        None => now.networks.first(),
    };
    let ipv4 = change.ipv4.as_ref().is_none_or(|wanted| {
        network.is_some_and(|network| match wanted {
            Ipv4Source::Dhcp => {
                network.origin.as_deref().is_some_and(|origin| origin.eq_ignore_ascii_case("DHCP"))
            }
            Ipv4Source::Static { address, gateway, .. } => {
                network.addresses.contains(&IpAddr::V4(*address))
                    && gateway.is_none_or(|gateway| network.gateway == Some(IpAddr::V4(gateway)))
                    && network.origin.as_deref().is_none_or(|origin| origin.eq_ignore_ascii_case("Static"))
            }
        })
    });
    let on = |name: &String| now.protocols.get(&name.to_ascii_lowercase()).map(|setting| setting.enabled);
    change.host_name.as_ref().is_none_or(|name| now.host_name.as_ref() == Some(name))
        && change.dns_servers.as_ref().is_none_or(|servers| now.dns_servers == *servers)
        && change.ntp_enabled.is_none_or(|enabled| now.ntp_enabled == Some(enabled))
        && change.ntp_servers.as_ref().is_none_or(|servers| now.ntp_servers == *servers)
        && change.vlan.is_none_or(|vlan| network.is_some_and(|network| network.vlan == vlan))
        && change.protocols.iter().all(|(name, enabled)| on(name) == Some(*enabled))
        && ipv4
}

/// The settings that a change names.
fn named(change: &ManagerChange) -> Vec<ManagerSetting> {
    let mut named = Vec::new();
    let mut add = |is_there: bool, setting| {
        if is_there {
            named.push(setting);
        }
    };
    add(change.host_name.is_some(), ManagerSetting::HostName);
    add(change.ipv4.is_some(), ManagerSetting::Ipv4);
    add(change.vlan.is_some(), ManagerSetting::Vlan);
    add(change.dns_servers.is_some(), ManagerSetting::DnsServers);
    add(change.ntp_enabled.is_some() || change.ntp_servers.is_some(), ManagerSetting::Ntp);
    add(!change.protocols.is_empty(), ManagerSetting::Protocols);
    named
}

impl RedfishDevice {
    fn config_ability(&self, operation: &'static str) -> Result<&ConfigAbility> {
        self.config.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    /// The settings, with the resources that they were read from.
    async fn observe_config(
        &self,
        cx: &Cx,
    ) -> Result<(ManagerSettings, Option<Resource>, BTreeMap<String, Resource>)> {
        let ability = self.config_ability("manager_config.read")?;
        let mut settings = ManagerSettings::default();
        let protocols = match &ability.protocols {
            Some(link) => tolerate(self.client.get(cx, link).await)?,
            None => None,
        };
        if let Some(protocols) = &protocols {
            read_protocols(&protocols.body, &mut settings);
        }
        let mut interfaces = BTreeMap::new();
        if let Some(link) = &ability.interfaces {
            for interface in tolerate(self.resources_of(cx, link).await)?.unwrap_or_default() {
                read_interface(&interface.body, &mut settings);
                let name = settings.networks.last().map(|network| network.name.clone()).unwrap_or_default();
                interfaces.insert(name, interface);
            }
        }
        if let Some(manager) = &self.manager
            && let Some(manager) = tolerate(self.client.get(cx, manager).await)?
        {
            settings.time_zone_offset = manager.body.text(&["DateTimeLocalOffset"]);
        }
        Ok((settings, protocols, interfaces))
    }

    async fn configure(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>> {
        const CHANGE: &str = "manager_config.change";
        let ability = self.config_ability(CHANGE)?;
        if named(change).iter().any(|setting| !ability.settings.contains(setting)) {
            return Err(Error::unsupported(CHANGE));
        }
        let (now, protocols, interfaces) = self.observe_config(cx).await?;
        let first = now.networks.first().map(|network| network.name.clone());
        let wanted = change.network.clone().or(first).unwrap_or_default();
        let interface = interfaces.get(&wanted);
        if change.network.is_some() && interface.is_none() {
            let known: Vec<_> = interfaces.keys().map(String::as_str).collect();
            let message = format!("there is no interface {wanted}; there are {}", known.join(", "));
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        if let Some(unknown) =
            change.protocols.keys().find(|name| !now.protocols.contains_key(&name.to_ascii_lowercase()))
        {
            let known: Vec<_> = now.protocols.keys().map(String::as_str).collect();
            let message = format!("there is no service {unknown}; there are {}", known.join(", "));
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        if is_met(change, &now) {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        // What may cut the road we came by goes last.
        let mut writes = Vec::new();
        let body = protocol_body(change);
        let cuts_service = change.protocols.iter().any(|(_, on)| !on);
        if body.as_object().is_some_and(|body| !body.is_empty())
            && let Some(protocols) = &protocols
        {
            writes.push((cuts_service, protocols, body));
        }
        let body = interface_body(change);
        if body.as_object().is_some_and(|body| !body.is_empty()) {
            let interface = interface.ok_or_else(|| Error::unsupported(CHANGE))?;
            writes.push((change.ipv4.is_some() || change.vlan.is_some(), interface, body));
        }
        writes.sort_by_key(|(cuts, ..)| *cuts);
        let mut applied = false;
        let mut needs = Needs::Nothing;
        for (_, resource, body) in writes {
            match self.client.patch(cx, resource, &body, &[]).await {
                Ok(reply) if wants_restart(&reply) => (applied, needs) = (true, Needs::BmcReset),
                Ok(reply) => match self.staged(cx, &reply, CHANGE, Needs::Nothing).await {
                    Outcome::Running(task) => return Ok(Outcome::Running(task)),
                    Outcome::Done(_) => applied = true,
                },
                Err(error) if applied && error.effect() == Effect::None => {
                    return Err(error.with_effect(Effect::Applied));
                }
                Err(error) => return Err(about_the_values(error)),
            }
        }
        if change.may_cut_the_road() {
            return Ok(Outcome::Done(Staged { change: Change::Made, needs }));
        }
        match self.observe_config(cx).await {
            // Controllers apply network settings some time after they took them: that they read otherwise now is no
            // failure.
            Ok(_) => Ok(Outcome::Done(Staged::made(needs))),
            Err(error) => Err(error.with_effect(Effect::Applied)),
        }
    }
}

#[async_trait]
impl ManagerConfig for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<ManagerSettings> {
        self.named("manager_config.read", self.observe_config(cx).await.map(|(settings, ..)| settings))
    }

    fn settings(&self) -> &[ManagerSetting] {
        self.config.as_ref().map_or(&[], |ability| &ability.settings)
    }

    async fn change(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>> {
        self.named("manager_config.change", self.configure(cx, change).await)
    }

    fn factory_resets(&self) -> &[FactoryReset] {
        self.config.as_ref().map_or(&[], |ability| &ability.resets)
    }

    async fn factory_reset(&self, cx: &Cx, keep: FactoryReset) -> Result<Outcome<Staged>> {
        const RESET: &str = "manager_config.factory_reset";
        let ability = self.config.as_ref().filter(|ability| ability.resets.contains(&keep));
        let target = ability.and_then(|ability| ability.reset.as_ref());
        let target = self.named(RESET, target.ok_or_else(|| Error::unsupported(RESET)))?;
        let word = RESETS.iter().find(|(known, _)| *known == keep).map_or("", |(_, word)| *word);
        let sent = self.client.post(cx, target, &json!({ "ResetType": word })).await;
        let reply = self.named(RESET, sent)?;
        Ok(self.staged(cx, &reply, RESET, Needs::Nothing).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_address_is_written_with_its_mask() {
        let change = ManagerChange {
            ipv4: Some(Ipv4Source::Static {
                address: "10.4.2.11".parse().unwrap(),
                prefix_length: 20,
                gateway: Some("10.4.0.1".parse().unwrap()),
            }),
            vlan: Some(None),
            ..ManagerChange::default()
        };
        assert_eq!(
            interface_body(&change),
            json!({
                "DHCPv4": {"DHCPEnabled": false},
                "IPv4StaticAddresses": [{"Address": "10.4.2.11", "SubnetMask": "255.255.240.0", "Gateway": "10.4.0.1"}],
                "VLAN": {"VLANEnable": false},
            })
        );
        assert_eq!(
            (mask(0), mask(32), mask(200)),
            ("0.0.0.0".into(), "255.255.255.255".into(), "255.255.255.255".into())
        );
    }

    #[test]
    fn what_was_read_is_compared_with_what_is_asked_for() {
        let mut now = ManagerSettings::default();
        read_protocols(
            &json!({
                "HostName": "bmc7", "NTP": {"ProtocolEnabled": true, "NTPServers": ["a", ""]},
                "SSH": {"ProtocolEnabled": true, "Port": 22}, "IPMI": {"ProtocolEnabled": "False", "Port": 99999},
            }),
            &mut now,
        );
        assert_eq!(now.ntp_servers, ["a"]);
        assert_eq!(now.protocols["ipmi"], ProtocolSetting { enabled: false, port: None });
        assert!(!now.protocols.contains_key("ntp"), "the clock has settings of its own");
        let change =
            |name: &str| ManagerChange { host_name: Some(name.to_owned()), ..ManagerChange::default() };
        assert!(is_met(&change("bmc7"), &now) && !is_met(&change("bmc8"), &now));
        let off = ManagerChange {
            protocols: BTreeMap::from([("ssh".to_owned(), false)]),
            ..ManagerChange::default()
        };
        assert!(!is_met(&off, &now));
        assert_eq!(protocol_body(&off), json!({"SSH": {"ProtocolEnabled": false}}));
    }
}
