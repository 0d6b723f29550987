//! Requests about the controller's configuration.
use super::{ManagerChange, ManagerConfig, ManagerRefusal, ManagerView};
use crate::{
    persona::FactoryReset,
    plant::{
        Change, MutationKind, Origin, Server, ServerSpec,
        machine::{Area, Machine},
        queue::Step,
    },
};

impl ManagerConfig {
    /// Makes a change that was checked; whether it changed anything.
    fn make(&mut self, spec: &ServerSpec, change: ManagerChange) -> Result<bool, ManagerRefusal> {
        if change.services.keys().any(|name| !self.services.contains_key(name)) {
            return Err(ManagerRefusal::Service);
        }
        let before = self.view();
        let ManagerChange {
            host_name,
            domain,
            dhcp,
            fixed,
            name_servers,
            tagged,
            vlan,
            ntp,
            ntp_servers,
            services,
        } = change;
        let network = &mut self.network;
        network.host_name = host_name.unwrap_or_else(|| std::mem::take(&mut network.host_name));
        network.domain = domain.unwrap_or_else(|| std::mem::take(&mut network.domain));
        network.dhcp = dhcp.unwrap_or(network.dhcp);
        network.fixed = fixed.unwrap_or(network.fixed);
        network.name_servers = name_servers.unwrap_or_else(|| std::mem::take(&mut network.name_servers));
        network.tagged = tagged.unwrap_or(network.tagged);
        network.vlan = vlan.unwrap_or(network.vlan);
        self.ntp = ntp.unwrap_or(self.ntp);
        self.ntp_servers = ntp_servers.unwrap_or_else(|| std::mem::take(&mut self.ntp_servers));
        for (name, enabled) in services {
            if let Some(service) = self.services.get_mut(&name) {
                service.enabled = enabled;
            }
        }
        if !spec.persona.manager.network_waits {
            self.start();
        }
        Ok(self.view() != before)
    }
}

impl Machine {
    fn change_manager(
        &mut self,
        step: &Step<'_>,
        change: ManagerChange,
        origin: Origin,
    ) -> Result<Change, ManagerRefusal> {
        self.need_bmc(origin).map_err(ManagerRefusal::Machine)?;
        change.check(&self.spec.persona.manager)?;
        let detail = format!("{change:?}");
        if !self.manager.make(&self.spec, change)? {
            return Ok(Change::AlreadySo);
        }
        self.count(step, origin, MutationKind::Manager, detail);
        self.touch(Area::Manager);
        Ok(Change::Made)
    }

    fn factory_reset(
        &mut self,
        step: &mut Step<'_>,
        keep: FactoryReset,
        origin: Origin,
    ) -> Result<Change, ManagerRefusal> {
        self.need_bmc(origin).map_err(ManagerRefusal::Machine)?;
        if !self.spec.persona.manager.factory_resets.contains(&keep) {
            return Err(ManagerRefusal::Reset);
        }
        self.manager.deliver(&self.spec, keep);
        if keep != FactoryReset::PreserveNetworkAndUsers {
            self.accounts.deliver(self.spec.persona.accounts);
            self.touch(Area::Accounts);
        }
        self.count(step, origin, MutationKind::FactoryReset, keep.as_str().to_owned());
        self.restart_bmc(step);
        Ok(Change::Made)
    }
}

impl Server {
    /// The controller's configuration.
    #[must_use]
    pub fn manager(&self) -> ManagerView {
        self.read(|machine| machine.manager.view())
    }

    /// Changes the controller's configuration: all of it or nothing.
    ///
    /// # Errors
    /// - [`ManagerRefusal`].
    pub fn change_manager(&self, change: ManagerChange, origin: Origin) -> Result<Change, ManagerRefusal> {
        self.act(|machine, step| machine.change_manager(step, change, origin))
    }

    /// Sets the controller as it was delivered, and restarts it.
    ///
    /// # Errors
    /// - [`ManagerRefusal::Reset`], [`ManagerRefusal::Machine`].
    pub fn factory_reset(&self, keep: FactoryReset, origin: Origin) -> Result<Change, ManagerRefusal> {
        self.act(|machine, step| machine.factory_reset(step, keep, origin))
    }

    /// Whether a service of the controller answers, by its name in Redfish.
    #[must_use]
    pub fn serves(&self, service: &str) -> bool {
        self.read(|machine| machine.manager.serves(service))
    }
}
