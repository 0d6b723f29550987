//! The forwarder, written once for all policies.
//!
//! `clippy::missing_trait_methods` is denied here, so that a new facet or method cannot slip past the policies.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{
    Boot, BootOverride, BootStatus, BootTarget, Change, Cx, Device, DeviceInfo, EntryId, Error, EventLog,
    Hardware, Inventory, LogPage, Manager, ManagerInfo, ManagerReset, Oem, Outcome, Persistence, Power,
    PowerAction, PowerState, Reading, Result, Sensors, TaskRef, TaskStatus, Tasks,
};

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
    fn power(&self) -> Option<&dyn Power> {
        self.inner.power().map(|_| self as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.inner.boot().map(|_| self as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        self.inner.inventory().map(|_| self as _)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        self.inner.sensors().map(|_| self as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.inner.event_log().map(|_| self as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.inner.tasks().map(|_| self as _)
    }
    /// Logging out is not an operation on the machine: no policy holds it back.
    async fn close(&self, cx: &Cx) -> Result<()> {
        self.inner.close(cx).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Power for Layered<I> {
    fn actions(&self) -> &[PowerAction] {
        self.inner.power().map_or(&[], |power| power.actions())
    }
    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        forward!(self, cx, power.state(), Safety::Read, Value::Null)
    }
    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        let safety = if action.goal().is_some() { Safety::Idempotent } else { Safety::Mutating };
        forward!(self, cx, power.set(action), safety, json!(action))
    }
    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        forward!(self, cx, power.boot_status(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Boot for Layered<I> {
    fn targets(&self) -> &[BootTarget] {
        self.inner.boot().map_or(&[], |boot| boot.targets())
    }
    fn persistences(&self) -> &[Persistence] {
        self.inner.boot().map_or(&[], |boot| boot.persistences())
    }
    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        forward!(self, cx, boot.get(), Safety::Read, Value::Null)
    }
    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        forward!(self, cx, boot.set(to), Safety::Idempotent, json!(to))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Manager for Layered<I> {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        forward!(self, cx, manager.info(), Safety::Read, Value::Null)
    }
    fn resets(&self) -> &[ManagerReset] {
        self.inner.manager().map_or(&[], |manager| manager.resets())
    }
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        forward!(self, cx, manager.reset(how), Safety::Mutating, json!(how))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Inventory for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        forward!(self, cx, inventory.read(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Sensors for Layered<I> {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        forward!(self, cx, sensors.read_all(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> EventLog for Layered<I> {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        let arguments = json!({ "after": after, "limit": limit });
        let after = &after;
        forward!(self, cx, event_log.read(after.clone(), limit), Safety::Read, arguments)
    }
    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, event_log.clear(), Safety::Destructive, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Tasks for Layered<I> {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        forward!(self, cx, tasks.list(), Safety::Read, Value::Null)
    }
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        forward!(self, cx, tasks.poll(task), Safety::Read, json!(task))
    }
    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>> {
        forward!(self, cx, tasks.cancel(task), Safety::Idempotent, json!(task))
    }
}
