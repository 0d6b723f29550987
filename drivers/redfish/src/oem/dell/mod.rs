//! Dell iDRAC beyond the standard.

use std::sync::Arc;

use serde_json::Value;
use underlay_hal::{LldpNeighbor, Oem};

use super::Road;
use crate::{json::Lenient as _, resource::Resource, transport::Client};

pub(crate) mod first_boot;
mod jobs;
mod lifecycle;

pub use jobs::{DellJob, DellJobs};
pub use lifecycle::{DellLifecycle, DellLifecycleStatus};

/// What the links of the manager lead to.
pub(super) fn extend(oem: &mut Oem, client: &Arc<Client>, road: impl Fn() -> Road, manager: &Resource) {
    let linked = |name: &'static str| client.linked(&manager.body, &["Links", "Oem", "Dell", name]).ok();
    if let Some(jobs) = linked("Jobs") {
        oem.insert(DellJobs { road: road(), jobs });
    }
    if let Some(service) = linked("DellLCService") {
        let logs = client.linked(&manager.body, &["LogServices"]).ok();
        oem.insert(DellLifecycle { road: road(), service, logs });
    }
}

/// One row of the switch connection view: the port of the host it is about, and what is at the other end.
pub(crate) fn switch_connection(body: &Value) -> Option<(String, LldpNeighbor)> {
    let mut neighbor = LldpNeighbor::default();
    let told = |name: &str| body.text(&[name]).filter(|text| !text.eq_ignore_ascii_case("no link"));
    neighbor.chassis_id = told("SwitchConnectionID");
    neighbor.port_id = told("SwitchPortConnectionID");
    let fresh = body.text(&["StaleData"]).is_none_or(|word| word == "NotStale");
    let known = fresh && neighbor.chassis_id.is_some() && neighbor.port_id.is_some();
    Some((body.text(&["FQDD"])?, neighbor)).filter(|_| known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stale_and_empty_rows_tell_nothing() {
        let row = |stale: &str, port: &str| {
            switch_connection(&json!({
                "FQDD": "NIC.1", "StaleData": stale, "SwitchConnectionID": "b0:4f:13:31:dc:40",
                "SwitchPortConnectionID": port,
            }))
        };
        assert_eq!(row("NotStale", "swp20").map(|(id, _)| id).as_deref(), Some("NIC.1"));
        assert_eq!((row("Stale", "swp20"), row("NotStale", "No Link")), (None, None));
    }
}
