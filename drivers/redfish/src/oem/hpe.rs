//! HPE iLO beyond the standard: the security dashboard.

use std::sync::Arc;

use serde_json::Value;
use underlay_hal::{Cx, Error, Oem, Result};

use super::Road;
use crate::{
    device::tolerate,
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// One thing that the dashboard watches: secure boot, the security override switch, IPMI over LAN, the length of
/// passwords, the lock of the configuration, the last scan of the firmware, …
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HpeSecurityParameter {
    /// Its name.
    pub name: String,
    /// `Ok`, `Risk`.
    pub status: Option<String>,
    /// `Enabled`, `Disabled`, `On`, `Off`, …
    pub state: Option<String>,
    /// Somebody decided that it does not count.
    pub ignored: Option<bool>,
}

/// What the dashboard says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HpeSecurityDashboard {
    /// The whole: `Ok`, `Risk`, `Ignored`.
    pub overall: Option<String>,
    /// The lock of the server's configuration: `Enabled`, `Disabled`.
    pub configuration_lock: Option<String>,
    /// What it is made of, in the iLO's order.
    pub parameters: Vec<HpeSecurityParameter>,
}

/// The security dashboard of an iLO. Only read: each thing on it is set where it belongs.
///
/// Source: HPE iLO 5 and iLO 6 Redfish reference, `HpeiLOSecurityDashboard`, `HpeiLOSecurityParam`.
#[derive(Debug)]
pub struct HpeSecurity {
    road: Road,
    service: Link,
}

pub(super) fn extend(oem: &mut Oem, client: &Arc<Client>, road: impl Fn() -> Road, manager: &Resource) {
    let path = ["Oem", "Hpe", "Links", "SecurityService"];
    if let Ok(service) = client.linked(&manager.body, &path) {
        oem.insert(HpeSecurity { road: road(), service });
    }
}

fn parameter(body: &Value) -> Option<HpeSecurityParameter> {
    Some(HpeSecurityParameter {
        name: body.text(&["Name"])?,
        status: body.text(&["SecurityStatus"]),
        state: body.text(&["State"]),
        ignored: body.truth(&["Ignore"]),
    })
}

impl HpeSecurity {
    /// What the dashboard says.
    ///
    /// # Errors
    /// `Unsupported` if the iLO has none (before 1.40 of the fifth generation); as every read.
    pub async fn dashboard(&self, cx: &Cx) -> Result<HpeSecurityDashboard> {
        const READ: &str = "hpe_security.dashboard";
        let client = &self.road.client;
        let read = async {
            let service = client.get(cx, &self.service).await?;
            let link = client
                .linked(&service.body, &["SecurityDashboard"])
                .or_else(|_| client.linked(&service.body, &["Links", "SecurityDashboard"]))
                .map_err(|_| Error::unsupported(READ))?;
            let dashboard = client.get(cx, &link).await?.body;
            let mut seen = HpeSecurityDashboard {
                overall: dashboard.text(&["OverallSecurityStatus"]),
                configuration_lock: dashboard.text(&["ServerConfigurationLockStatus"]),
                parameters: Vec::new(),
            };
            if let Ok(parameters) = client.linked(&dashboard, &["SecurityParameters"]) {
                for member in client.members(cx, &parameters).await? {
                    let one = tolerate(client.member(cx, member).await)?;
                    seen.parameters.extend(one.and_then(|one| parameter(&one.body)));
                }
            }
            Ok(seen)
        };
        self.road.named(READ, read.await)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_needs_a_name_and_nothing_else() {
        let seen = parameter(&json!({
            "Name": "Security Override Switch", "SecurityStatus": "Ok", "State": "Off", "Ignore": false,
        }));
        let seen = seen.unwrap();
        assert_eq!((seen.state.as_deref(), seen.ignored), (Some("Off"), Some(false)));
        assert!(parameter(&json!({ "Name": "Secure Boot" })).is_some_and(|one| one.status.is_none()));
        assert_eq!(parameter(&json!({ "State": "Off" })), None);
    }
}
