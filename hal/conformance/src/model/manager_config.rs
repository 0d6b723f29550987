//! The controller's own configuration.

use std::{collections::BTreeMap, net::IpAddr};

use async_trait::async_trait;
use underlay_hal::{
    Cx, ErrorKind, FactoryReset, ManagerChange, ManagerConfig, ManagerSetting, ManagerSettings, Outcome,
    ProtocolSetting, Result, Staged,
};

use super::{device::ModelDevice, world::ModelWorld};
use crate::ManagerConfigTruth;

const INTERFACE: &str = "eth0";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Config {
    host_name: String,
    ntp_enabled: bool,
    ntp_servers: Vec<String>,
    dns_servers: Vec<IpAddr>,
    protocols: BTreeMap<String, bool>,
    factory_resets: u64,
}

impl Default for Config {
    fn default() -> Self {
        let protocols = [("https", true), ("ssh", false)];
        Self {
            host_name: "model1".to_owned(),
            ntp_enabled: false,
            ntp_servers: Vec::new(),
            dns_servers: Vec::new(),
            protocols: protocols.map(|(name, on)| (name.to_owned(), on)).into(),
            factory_resets: 0,
        }
    }
}

impl ManagerConfigTruth for ModelWorld {
    fn host_name(&self) -> String {
        self.state().config.host_name.clone()
    }
    fn ntp(&self) -> (bool, Vec<String>) {
        let state = self.state();
        (state.config.ntp_enabled, state.config.ntp_servers.clone())
    }
    fn serves(&self, protocol: &str) -> Option<bool> {
        self.state().config.protocols.get(protocol).copied()
    }
    fn factory_resets(&self) -> u64 {
        self.state().config.factory_resets
    }
}

impl ModelDevice {
    /// What of a change the device would refuse.
    fn unfit_change(&self, change: &ManagerChange) -> Option<(ErrorKind, &'static str)> {
        if change.ipv4.is_some() || change.vlan.is_some() {
            let law = "manager_config::an_unlisted_setting_is_unsupported_and_untried";
            return Some((ErrorKind::Unsupported, law));
        }
        if change.network.as_ref().is_some_and(|network| network != INTERFACE) {
            return Some((ErrorKind::NotFound, "manager_config::an_unknown_interface_is_not_found"));
        }
        let state = self.world.state();
        let unknown = change.protocols.keys().any(|name| !state.config.protocols.contains_key(name));
        unknown.then_some((ErrorKind::NotFound, "manager_config::an_unknown_service_is_not_found"))
    }

    fn changed_config(&self, was: &Config, change: &ManagerChange) -> Config {
        let mut new = was.clone();
        if let Some(name) =
            change.host_name.clone().filter(|_| !self.breaks("manager_config::a_host_name_reads_back"))
        {
            new.host_name = name;
        }
        if let Some(servers) = change.ntp_servers.clone() {
            new.ntp_servers = servers;
            if self.breaks("manager_config::network_time_reads_back") {
                new.ntp_servers.truncate(1);
            }
        }
        let endless = self.breaks("manager_config::network_time_can_be_ended");
        new.ntp_enabled = change.ntp_enabled.unwrap_or(was.ntp_enabled) || endless && was.ntp_enabled;
        if let Some(servers) = change.dns_servers.clone() {
            new.dns_servers = servers;
        }
        if !self.breaks("manager_config::a_service_can_be_switched") {
            new.protocols.extend(change.protocols.clone());
        }
        new
    }
}

#[async_trait]
impl ManagerConfig for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<ManagerSettings> {
        self.enter(cx, "manager_config.read").await?;
        let state = self.world.state();
        let config = &state.config;
        let mut seen = ManagerSettings::default();
        let whole = self.breaks("manager_config::settings_are_the_device's");
        let domain = if whole { ".example" } else { "" };
        seen.host_name = Some(format!("{}{domain}", config.host_name));
        seen.ntp_enabled = Some(config.ntp_enabled);
        seen.ntp_servers = config.ntp_servers.clone();
        if !self.breaks("manager_config::name_servers_read_back") {
            seen.dns_servers = config.dns_servers.clone();
        }
        let service = |(name, on): (&String, &bool)| {
            let port = if name == "https" { 443 } else { 22 };
            (name.clone(), ProtocolSetting { enabled: *on, port: Some(port) })
        };
        seen.protocols = config.protocols.iter().map(service).collect();
        Ok(seen)
    }
    fn settings(&self) -> &[ManagerSetting] {
        use ManagerSetting::{DnsServers, HostName, Ntp, Protocols};
        &[HostName, DnsServers, Ntp, Protocols]
    }
    async fn change(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>> {
        const CHANGE: &str = "manager_config.change";
        self.enter(cx, CHANGE).await?;
        if let Some((kind, law)) = self.unfit_change(change) {
            return self.refused(CHANGE, kind, law);
        }
        let mut state = self.world.state();
        let new = self.changed_config(&state.config, change);
        let asked = change.host_name.is_some() && self.breaks("manager_config::a_host_name_reads_back");
        if new == state.config && !asked && !self.breaks("manager_config::setting_twice_is_already_so") {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        state.mutations += 1;
        state.config = new;
        Ok(Outcome::Done(Staged::IN_EFFECT))
    }
    fn factory_resets(&self) -> &[FactoryReset] {
        &[FactoryReset::KeepNetworkAndUsers]
    }
    async fn factory_reset(&self, cx: &Cx, keep: FactoryReset) -> Result<Outcome<Staged>> {
        const RESET: &str = "manager_config.factory_reset";
        self.enter_destructive(cx, RESET, "manager_config::a_factory_reset_needs_consent").await?;
        if keep != FactoryReset::KeepNetworkAndUsers {
            let law = "manager_config::an_unlisted_factory_reset_is_unsupported_and_untried";
            return self.unsupported(RESET, law);
        }
        let mut state = self.world.state();
        state.mutations += 1;
        let times = if self.breaks("manager_config::a_factory_reset_is_made") { 2 } else { 1 };
        state.config = Config { factory_resets: state.config.factory_resets + times, ..Config::default() };
        state.restart_manager();
        if self.breaks("manager_config::a_factory_reset_leaves_the_host_running") {
            state.reset_host();
        }
        Ok(Outcome::Done(Staged::IN_EFFECT))
    }
}
