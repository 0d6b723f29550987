//! Lenovo XCC beyond the standard: the road from the host to the controller.

use std::sync::Arc;

use serde_json::{Value, json};
use underlay_hal::{Change, Cx, Oem, Result};

use super::Road;
use crate::{
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// Whether the host may talk IPMI to the controller over its own interface (KCS).
///
/// Source: Lenovo XCC REST guide, `Manager` `Oem.Lenovo.KCSEnabled`.
#[derive(Debug)]
pub struct LenovoHostInterface {
    road: Road,
    manager: Link,
}

pub(super) fn extend(oem: &mut Oem, _: &Arc<Client>, road: impl Fn() -> Road, manager: &Resource) {
    if is_enabled(&manager.body).is_some() {
        oem.insert(LenovoHostInterface { road: road(), manager: manager.link.clone() });
    }
}

fn is_enabled(manager: &Value) -> Option<bool> {
    manager.truth(&["Oem", "Lenovo", "KCSEnabled"])
}

impl LenovoHostInterface {
    /// May it?
    ///
    /// # Errors
    /// As every read.
    pub async fn is_enabled(&self, cx: &Cx) -> Result<Option<bool>> {
        let manager = self.road.client.get(cx, &self.manager).await;
        Ok(is_enabled(&self.road.named("lenovo_host_interface.is_enabled", manager)?.body))
    }

    /// Lets it, or does not.
    ///
    /// # Errors
    /// What the service says.
    pub async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Change> {
        let body = json!({ "Oem": { "Lenovo": { "KCSEnabled": enabled } } });
        let set = self.road.set(cx, &self.manager, &body, |now| is_enabled(now) == Some(enabled)).await;
        self.road.named("lenovo_host_interface.set_enabled", set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_not_off() {
        assert_eq!(is_enabled(&json!({"Oem": {"Lenovo": {"KCSEnabled": false}}})), Some(false));
        assert_eq!(is_enabled(&json!({"Oem": {"Lenovo": {}}})), None);
    }
}
