//! `mockall` doubles of every facet, for code above the HAL. Simulators, not mocks, test drivers.

use async_trait::async_trait;
use mockall::mock;

use crate::{
    Boot, BootOverride, BootStatus, BootTarget, Change, Cx, Device, DeviceInfo, EntryId, EventLog, Hardware,
    Inventory, LogPage, Manager, ManagerInfo, ManagerReset, Oem, Outcome, Persistence, Power, PowerAction,
    PowerState, Reading, Result, Sensors, TaskRef, TaskStatus, Tasks,
};

mock! {
    #[derive(Debug)]
    pub Power {}
    #[async_trait]
    impl Power for Power {
        fn actions(&self) -> &[PowerAction];
        async fn state(&self, cx: &Cx) -> Result<PowerState>;
        async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>>;
        async fn boot_status(&self, cx: &Cx) -> Result<BootStatus>;
    }
}
mock! {
    #[derive(Debug)]
    pub Boot {}
    #[async_trait]
    impl Boot for Boot {
        fn targets(&self) -> &[BootTarget];
        fn persistences(&self) -> &[Persistence];
        async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>>;
        async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Manager {}
    #[async_trait]
    impl Manager for Manager {
        async fn info(&self, cx: &Cx) -> Result<ManagerInfo>;
        fn resets(&self) -> &[ManagerReset];
        async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Inventory {}
    #[async_trait]
    impl Inventory for Inventory {
        async fn read(&self, cx: &Cx) -> Result<Hardware>;
    }
}
mock! {
    #[derive(Debug)]
    pub Sensors {}
    #[async_trait]
    impl Sensors for Sensors {
        async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>>;
    }
}
mock! {
    #[derive(Debug)]
    pub EventLog {}
    #[async_trait]
    impl EventLog for EventLog {
        async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage>;
        async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Tasks {}
    #[async_trait]
    impl Tasks for Tasks {
        async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>>;
        async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus>;
        async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>>;
    }
}

/// A device made of whatever doubles it is given; a facet left `None` is absent.
#[derive(Debug)]
pub struct MockDevice {
    /// Identity.
    pub info: DeviceInfo,
    /// Extensions.
    pub oem: Oem,
    /// Host power.
    pub power: Option<MockPower>,
    /// Boot override.
    pub boot: Option<MockBoot>,
    /// Management controller.
    pub manager: Option<MockManager>,
    /// Parts.
    pub inventory: Option<MockInventory>,
    /// Sensors.
    pub sensors: Option<MockSensors>,
    /// Event log.
    pub event_log: Option<MockEventLog>,
    /// Tasks.
    pub tasks: Option<MockTasks>,
}

impl MockDevice {
    /// A device without any facet, of driver `mock`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            info: DeviceInfo::new(name.into(), "mock"),
            oem: Oem::default(),
            power: None,
            boot: None,
            manager: None,
            inventory: None,
            sensors: None,
            event_log: None,
            tasks: None,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Device for MockDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn manager(&self) -> Option<&dyn Manager> {
        self.manager.as_ref().map(|facet| facet as _)
    }
    fn power(&self) -> Option<&dyn Power> {
        self.power.as_ref().map(|facet| facet as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.boot.as_ref().map(|facet| facet as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        self.inventory.as_ref().map(|facet| facet as _)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        self.sensors.as_ref().map(|facet| facet as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.event_log.as_ref().map(|facet| facet as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.tasks.as_ref().map(|facet| facet as _)
    }
    async fn close(&self, _cx: &Cx) -> Result<()> {
        Ok(())
    }
}
