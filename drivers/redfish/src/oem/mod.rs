//! What the standard has no word for, vendor by vendor.
//!
//! An open device carries the extensions of its vendor in [`underlay_hal::Device::oem`], by their type:
//!
//! ```no_run
//! # async fn example(device: &dyn underlay_hal::Device, cx: &underlay_hal::Cx) -> underlay_hal::Result<()> {
//! if let Some(jobs) = device.oem().get::<underlay_redfish::oem::DellJobs>() {
//!     for job in jobs.list(cx).await? {
//!         println!("{}: {}", job.id, job.state);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! - An extension is there if the service links to what it needs; nothing is guessed by the vendor's name alone.
//! - They are not layered: deadlines, consent and audit are those of the context and of the caller.
//! - As everywhere, a mutation tells whether it happened, and a lost answer is read back.

pub(crate) mod dell;
mod hpe;
mod lenovo;
mod supermicro;

use std::sync::Arc;

use http::Method;
use serde_json::Value;
use underlay_hal::{Change, Cx, DeviceId, Effect, Error, ErrorKind, Oem, Result};

pub use dell::{DellJob, DellJobs, DellLifecycle, DellLifecycleStatus};
pub use hpe::{HpeSecurity, HpeSecurityDashboard, HpeSecurityParameter};
pub use lenovo::LenovoHostInterface;
pub use supermicro::{KcsPrivilege, SupermicroLockdown, SupermicroLockdownState};

use crate::{
    quirks::Vendor,
    resource::Resource,
    transport::{Client, Link, Request},
};

/// The road of an extension to its service.
#[derive(Clone)]
pub(crate) struct Road {
    client: Arc<Client>,
    device: DeviceId,
}

impl Road {
    /// Names operation and device in a failure.
    fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.device))
    }

    /// Sets what is not so yet, and reads it back if the answer is lost.
    async fn set(
        &self,
        cx: &Cx,
        link: &Link,
        body: &Value,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Change> {
        let now = self.client.get(cx, link).await?;
        if is_so(&now.body) {
            return Ok(Change::AlreadySo);
        }
        let lost = match self.client.patch(cx, &now, body, &[]).await {
            Ok(_) => None,
            Err(error) if error.effect() == Effect::None => return Err(error),
            Err(error) => Some(error),
        };
        match (self.client.get(cx, link).await, lost) {
            (Ok(seen), _) if is_so(&seen.body) => Ok(Change::Made),
            (_, Some(lost)) => Err(lost),
            (Ok(_), None) => {
                let message = "the service accepted the change and shows another value";
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }

    async fn delete(&self, cx: &Cx, link: &Link) -> Result<()> {
        self.client.send(cx, &Request::change(Method::DELETE, link, None, None)).await.map(drop)
    }
}

impl std::fmt::Debug for Road {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Road").field("device", &self.device).finish_non_exhaustive()
    }
}

/// The extensions that this service has, by the links of its manager: nothing is asked for here.
pub(crate) fn extensions(
    client: &Arc<Client>,
    id: &DeviceId,
    vendor: Vendor,
    manager: Option<&Resource>,
) -> Oem {
    let mut oem = Oem::default();
    let road = || Road { client: Arc::clone(client), device: id.clone() };
    let Some(manager) = manager else { return oem };
    match vendor {
        Vendor::Dell => dell::extend(&mut oem, client, road, manager),
        Vendor::Hpe => hpe::extend(&mut oem, client, road, manager),
        Vendor::Supermicro => supermicro::extend(&mut oem, client, road, manager),
        Vendor::Lenovo => lenovo::extend(&mut oem, client, road, manager),
        _ => {}
    }
    oem
}
