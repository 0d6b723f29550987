//! The model as a device: what every call does first, and how a law is broken.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{
    Accounts, Bios, Boot, BootOrder, Certificates, Chassis, Cx, Device, DeviceInfo, Effect, Error, ErrorKind,
    EventLog, Events, Firmware, Identify, Interrupted, Inventory, Manager, ManagerConfig, Oem, Outcome, Pdu,
    Power, PowerMeter, Raid, Result, Safety, SecureBoot, Sensors, Staged, Switch, TaskRef, TaskState, Tasks,
    VirtualMedia,
};

use super::{Habit, world::ModelWorld};

/// The model as a device.
#[derive(Debug)]
pub struct ModelDevice {
    pub(super) world: Arc<ModelWorld>,
    pub(super) info: DeviceInfo,
    pub(super) oem: Oem,
    pub(super) broken: Option<&'static str>,
}

impl ModelDevice {
    pub(super) fn breaks(&self, law: &str) -> bool {
        self.broken == Some(law)
    }

    /// What every call does first: open a session, and hang while the device is silent.
    pub(super) async fn enter(&self, cx: &Cx, operation: &'static str) -> Result<()> {
        let facet = operation.split('.').next().unwrap_or_default();
        if self.world.state().away_until.is_some() {
            let away = Error::new(ErrorKind::Unreachable, "the controller restarts");
            return Err(away.during(operation).on(&self.info.id));
        }
        self.world.state().sessions = 1;
        if !self.world.state().silent {
            return Ok(());
        }
        let deaf_to_deadline = self.broken == Some(&format!("{facet}::silence_ends_by_the_deadline"));
        let deaf_to_cancel = self.breaks("device::a_cancelled_call_ends_at_once");
        let over = match cx.deadline() {
            _ if deaf_to_deadline => std::future::pending().await,
            Some(at) if deaf_to_cancel => {
                tokio::time::sleep_until(at).await;
                Interrupted::Deadline
            }
            _ => match cx.run(std::future::pending::<()>()).await {
                Err(over) => over,
                Ok(()) => Interrupted::Deadline,
            },
        };
        let error = over.into_error(Effect::None).during(operation);
        Err(if self.breaks("device::errors_name_the_device") { error } else { error.on(&self.info.id) })
    }

    /// The same for a call that loses data: the caller must have said so, unless this law is broken.
    pub(super) async fn enter_destructive(&self, cx: &Cx, operation: &'static str, law: &str) -> Result<()> {
        if cx.consent() < Safety::Destructive && !self.breaks(law) {
            return Err(self.refuse(operation, ErrorKind::PermissionDenied, "not consented to"));
        }
        self.enter(cx, operation).await
    }

    pub(super) fn mutate(&self) {
        self.world.state().mutations += 1;
    }

    /// The answer to a change, which may have been lost: the device is asked what became of it, unless this law is
    /// broken.
    pub(super) fn answer<T>(&self, operation: &'static str, law: &str, value: T) -> Result<T> {
        let lost = std::mem::take(&mut self.world.state().loses_answer);
        if lost && self.breaks(law) {
            return Err(self.refuse(operation, ErrorKind::Timeout, "no answer"));
        }
        Ok(value)
    }

    /// A refusal without effect.
    pub(super) fn refuse(&self, operation: &'static str, kind: ErrorKind, what: &'static str) -> Error {
        Error::new(kind, what).during(operation).on(&self.info.id)
    }

    /// Refuses what is not listed; sent all the same if this law is broken.
    pub(super) fn unsupported<T>(&self, operation: &'static str, law: &str) -> Result<Outcome<T>> {
        self.refused(operation, ErrorKind::Unsupported, law)
    }

    /// Refuses without effect; sent all the same if this law is broken.
    pub(super) fn refused<T>(
        &self,
        operation: &'static str,
        kind: ErrorKind,
        law: &str,
    ) -> Result<Outcome<T>> {
        if self.breaks(law) {
            self.mutate();
        }
        Err(self.refuse(operation, kind, "refused"))
    }

    pub(super) fn task(&self, id: u32, operation: &'static str) -> TaskRef {
        TaskRef {
            device: self.info.id.clone(),
            driver: self.info.driver.clone().into(),
            id: id.to_string().into(),
            operation: operation.into(),
        }
    }

    /// What a change answers that this job brings about.
    pub(super) fn under_way(&self, id: u32, operation: &'static str) -> Result<Outcome<Staged>> {
        let mut state = self.world.state();
        if state.jobs.habit != Habit::AtOnce {
            return Ok(Outcome::Running(self.task(id, operation)));
        }
        match state.hurry(id) {
            TaskState::Succeeded => Ok(Outcome::Done(Staged::IN_EFFECT)),
            TaskState::Blocked(needs) => Ok(Outcome::Done(Staged::made(needs))),
            _ => Err(self.refuse(operation, ErrorKind::InvalidInput, "it was tried and did not do")),
        }
    }
}

// A facet that is not modelled would be a law that nothing can break.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Device for ModelDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn manager(&self) -> Option<&dyn Manager> {
        Some(self)
    }
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        Some(self)
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        Some(self)
    }
    fn power(&self) -> Option<&dyn Power> {
        Some(self)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        Some(self)
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        Some(self)
    }
    fn bios(&self) -> Option<&dyn Bios> {
        Some(self)
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        Some(self)
    }
    fn raid(&self) -> Option<&dyn Raid> {
        Some(self)
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        Some(self)
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        Some(self)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        Some(self)
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        Some(self)
    }
    fn identify(&self) -> Option<&dyn Identify> {
        Some(self)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        Some(self)
    }
    fn events(&self) -> Option<&dyn Events> {
        Some(self)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        Some(self)
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        Some(self)
    }
    fn pdu(&self) -> Option<&dyn Pdu> {
        Some(self)
    }
    fn switch(&self) -> Option<&dyn Switch> {
        Some(self)
    }
    fn switch_config(&self) -> Option<&dyn underlay_hal::SwitchConfig> {
        Some(self)
    }
    async fn close(&self, _cx: &Cx) -> Result<()> {
        let was_open = std::mem::take(&mut self.world.state().sessions) > 0;
        self.world.state().was_closed = true;
        if !self.breaks("events::the_stream_is_closed_with_the_device") {
            self.world.state().close_stream();
        }
        if self.breaks("device::close_leaves_no_session") {
            self.world.state().sessions = 1;
        }
        if self.breaks("device::works_again_after_close") && !was_open {
            return Err(self.refuse("device.close", ErrorKind::NotFound, "there is no session"));
        }
        Ok(())
    }
}
