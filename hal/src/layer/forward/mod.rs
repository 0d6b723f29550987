//! The forwarder, written once for all policies.
//!
//! `clippy::missing_trait_methods` is denied here, so that a new facet or method cannot slip past the policies.

mod host;
mod look;
mod manager;
mod rack;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::*;

/// A device inside a policy.
#[derive(Debug)]
pub(super) struct Layered<I> {
    inner: Arc<dyn Device>,
    policy: I,
}

impl<I: Intercept> Layered<I> {
    pub(super) fn new(inner: Arc<dyn Device>, policy: I) -> Self {
        Self { inner, policy }
    }

    async fn forward<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        operation: &'static str,
        safety: Safety,
        arguments: Value,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let call = Call { device: &self.inner.info().id, operation, safety, arguments };
        self.policy.around(cx, call, next).await
    }
}

/// One forwarded method: the facet is looked up in the inner device at each run, and its absence is `Unsupported`.
macro_rules! forward {
    ($self:ident, $cx:ident, $facet:ident . $method:ident ( $($arg:expr),* ), $safety:expr, $arguments:expr) => {
        $self
            .forward($cx, concat!(stringify!($facet), ".", stringify!($method)), $safety, $arguments, move |cx: Cx| {
                Box::pin(async move {
                    match $self.inner.$facet() {
                        Some(facet) => facet.$method(&cx $(, $arg)*).await,
                        None => Err(Error::unsupported(concat!(stringify!($facet), ".", stringify!($method)))),
                    }
                })
            })
            .await
    };
}
use forward;

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Device for Layered<I> {
    fn info(&self) -> &DeviceInfo {
        self.inner.info()
    }
    fn oem(&self) -> &Oem {
        self.inner.oem()
    }
    fn manager(&self) -> Option<&dyn Manager> {
        self.inner.manager().map(|_| self as _)
    }
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        self.inner.manager_config().map(|_| self as _)
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        self.inner.certificates().map(|_| self as _)
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        self.inner.accounts().map(|_| self as _)
    }
    fn power(&self) -> Option<&dyn Power> {
        self.inner.power().map(|_| self as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.inner.boot().map(|_| self as _)
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        self.inner.boot_order().map(|_| self as _)
    }
    fn bios(&self) -> Option<&dyn Bios> {
        self.inner.bios().map(|_| self as _)
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        self.inner.secure_boot().map(|_| self as _)
    }
    fn raid(&self) -> Option<&dyn Raid> {
        self.inner.raid().map(|_| self as _)
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        self.inner.firmware().map(|_| self as _)
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        self.inner.virtual_media().map(|_| self as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        self.inner.inventory().map(|_| self as _)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        self.inner.sensors().map(|_| self as _)
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        self.inner.power_meter().map(|_| self as _)
    }
    fn identify(&self) -> Option<&dyn Identify> {
        self.inner.identify().map(|_| self as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.inner.event_log().map(|_| self as _)
    }
    fn events(&self) -> Option<&dyn Events> {
        self.inner.events().map(|_| self as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.inner.tasks().map(|_| self as _)
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        self.inner.chassis().map(|_| self as _)
    }
    fn pdu(&self) -> Option<&dyn Pdu> {
        self.inner.pdu().map(|_| self as _)
    }
    fn switch(&self) -> Option<&dyn Switch> {
        self.inner.switch().map(|_| self as _)
    }
    fn switch_config(&self) -> Option<&dyn SwitchConfig> {
        self.inner.switch_config().map(|_| self as _)
    }
    /// Logging out is not an operation on the machine: no policy holds it back.
    async fn close(&self, cx: &Cx) -> Result<()> {
        self.inner.close(cx).await
    }
}
