//! The management controller's configuration as it is.
use underlay_conformance::ManagerConfigTruth;

use super::ServerTruth;

impl ManagerConfigTruth for ServerTruth {
    fn host_name(&self) -> String {
        self.controller.manager().in_force.host_name
    }

    fn ntp(&self) -> (bool, Vec<String>) {
        let config = self.controller.manager();
        (config.ntp, config.ntp_servers)
    }

    fn serves(&self, protocol: &str) -> Option<bool> {
        let services = self.controller.manager().services;
        let mut named = services.iter().filter(|(name, _)| name.eq_ignore_ascii_case(protocol));
        named.next().map(|(_, service)| service.enabled)
    }

    fn factory_resets(&self) -> u64 {
        self.controller.manager().factory_resets
    }
}
