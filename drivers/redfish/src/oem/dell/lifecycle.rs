//! The lifecycle controller of an iDRAC: is it ready, and what has it logged?

use serde_json::{Value, json};
use underlay_hal::{Cx, Error, ErrorKind, LogEntry, Result};

use crate::{
    device::tolerate,
    facet::event_log::{entry, oldest_first},
    json::Lenient as _,
    oem::Road,
    transport::Link,
};

const STATUS: &str = "#DellLCService.GetRemoteServicesAPIStatus";

/// What the lifecycle controller says of itself, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DellLifecycleStatus {
    /// The whole: `Ready`, `NotReady`.
    pub status: Option<String>,
    /// The lifecycle controller: `Ready`, `InUse`, `NotInitialized`, …
    pub lifecycle: Option<String>,
    /// Storage work that is done at once: `Ready`, `NotReady`.
    pub real_time: Option<String>,
    /// The server: `OutOfPOST`, `InPOST`, `PoweredOff`, …
    pub server: Option<String>,
}

impl DellLifecycleStatus {
    fn of(body: &Value) -> Self {
        Self {
            status: body.text(&["Status"]),
            lifecycle: body.text(&["LCStatus"]),
            real_time: body.text(&["RTStatus"]),
            server: body.text(&["ServerStatus"]),
        }
    }

    /// Does it take configuration jobs?
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lifecycle.as_deref() == Some("Ready")
    }
}

/// The lifecycle controller of an iDRAC.
///
/// - [`DellLifecycle::status`] says whether it takes work: not while it starts or the host is in its self test.
/// - [`DellLifecycle::log`] reads the newest entries of the lifecycle log, which has hundreds of thousands.
///
/// Source: iDRAC Redfish guide, `DellLCService`, `Lclog`; recorded R750.
#[derive(Debug)]
pub struct DellLifecycle {
    pub(super) road: Road,
    pub(super) service: Link,
    pub(super) logs: Option<Link>,
}

impl DellLifecycle {
    /// Whether it is ready.
    ///
    /// # Errors
    /// `Unsupported` if the service does not offer the question; as every read.
    pub async fn status(&self, cx: &Cx) -> Result<DellLifecycleStatus> {
        const READ: &str = "dell_lifecycle.status";
        let ask = async {
            let service = self.road.client.get(cx, &self.service).await?;
            let target = service.body.text(&["Actions", STATUS, "target"]);
            let target = target.ok_or_else(|| Error::unsupported(READ))?;
            let target = self.road.client.link(&target)?;
            // An action that changes nothing.
            let reply = self.road.client.post(cx, &target, &json!({})).await?;
            reply.json(&target)
        };
        Ok(DellLifecycleStatus::of(&self.road.named(READ, ask.await)?))
    }

    /// The newest entries of the log, at most so many, oldest first.
    ///
    /// # Errors
    /// `NotFound` if there is no such log; as every read.
    pub async fn log(&self, cx: &Cx, newest: usize) -> Result<Vec<LogEntry>> {
        const READ: &str = "dell_lifecycle.log";
        let read = async {
            let entries = self.entries(cx).await?;
            let mut all = Vec::new();
            // The iDRAC lists the newest first.
            for member in self.road.client.first_members(cx, &entries, newest).await? {
                let resource = tolerate(self.road.client.member(cx, member).await)?;
                all.extend(resource.map(|resource| entry(&resource)));
            }
            Ok(oldest_first(all))
        };
        self.road.named(READ, read.await)
    }

    async fn entries(&self, cx: &Cx) -> Result<Link> {
        let missing = || Error::new(ErrorKind::NotFound, "the controller has no lifecycle log");
        let logs = self.logs.as_ref().ok_or_else(missing)?;
        for member in self.road.client.members(cx, logs).await?.into_iter().take(32) {
            let Some(service) = tolerate(self.road.client.member(cx, member).await)? else { continue };
            if service.body.text(&["Id"]).is_some_and(|id| id.eq_ignore_ascii_case("lclog")) {
                return self.road.client.linked(&service.body, &["Entries"]);
            }
        }
        Err(missing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_what_the_lifecycle_controller_says_and_not_the_whole() {
        let of = |lifecycle: &str| {
            DellLifecycleStatus::of(
                &json!({"Status": "NotReady", "LCStatus": lifecycle, "RTStatus": "NotReady"}),
            )
        };
        assert!(of("Ready").is_ready() && !of("InUse").is_ready());
        assert!(!DellLifecycleStatus::of(&Value::Null).is_ready());
    }
}
