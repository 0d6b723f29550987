//! `mockall` doubles of every facet, for code above the HAL. Simulators, not mocks, test drivers.

use std::time::Duration;

use async_trait::async_trait;
use mockall::mock;
use secrecy::SecretString;

use crate::{bios::BiosChange, *};

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
    pub ManagerConfig {}
    #[async_trait]
    impl ManagerConfig for ManagerConfig {
        async fn read(&self, cx: &Cx) -> Result<ManagerSettings>;
        fn settings(&self) -> &[ManagerSetting];
        async fn change(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>>;
        fn factory_resets(&self) -> &[FactoryReset];
        async fn factory_reset(&self, cx: &Cx, keep: FactoryReset) -> Result<Outcome<Staged>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Certificates {}
    #[async_trait]
    impl Certificates for Certificates {
        async fn list(&self, cx: &Cx) -> Result<Vec<CertificateInfo>>;
        async fn generate_csr(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>>;
        async fn install(&self, cx: &Cx, certificate: Option<String>, pem: &str) -> Result<Outcome<Staged>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Accounts {}
    #[async_trait]
    impl Accounts for Accounts {
        async fn list(&self, cx: &Cx) -> Result<Vec<Account>>;
        async fn policy(&self, cx: &Cx) -> Result<AccountPolicy>;
        async fn create(&self, cx: &Cx, account: &NewAccount) -> Result<Outcome<AccountId>>;
        async fn change(&self, cx: &Cx, account: &AccountId, change: &AccountChange) -> Result<Outcome<Change>>;
        async fn set_password(&self, cx: &Cx, account: &AccountId, password: &SecretString) -> Result<Outcome<Change>>;
        async fn remove(&self, cx: &Cx, account: &AccountId) -> Result<Outcome<Change>>;
        async fn verify_password(&self, cx: &Cx, name: &str, password: &SecretString) -> Result<bool>;
    }
}
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
        fn takes_http_uri(&self) -> bool;
        async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>>;
        async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub BootOrder {}
    #[async_trait]
    impl BootOrder for BootOrder {
        async fn read(&self, cx: &Cx) -> Result<BootOrderState>;
        async fn set(&self, cx: &Cx, order: &[BootOptionId]) -> Result<Outcome<Staged>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Bios {}
    #[async_trait]
    impl Bios for Bios {
        async fn read(&self, cx: &Cx) -> Result<BiosState>;
        fn apply_times(&self) -> &[ApplyTime];
        async fn apply(&self, cx: &Cx, plan: &Plan<BiosChange>, when: ApplyTime) -> Result<Outcome<Staged>>;
        async fn reset_to_defaults(&self, cx: &Cx) -> Result<Outcome<Staged>>;
        fn passwords(&self) -> &[String];
        async fn change_password(&self, cx: &Cx, name: &str, old: &SecretString, new: &SecretString) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub SecureBoot {}
    #[async_trait]
    impl SecureBoot for SecureBoot {
        async fn read(&self, cx: &Cx) -> Result<SecureBootState>;
        async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>>;
        fn key_resets(&self) -> &[KeyReset];
        async fn reset_keys(&self, cx: &Cx, how: KeyReset) -> Result<Outcome<Staged>>;
        async fn add_certificate(&self, cx: &Cx, database: &str, pem: &str) -> Result<Outcome<Staged>>;
        async fn remove_certificate(&self, cx: &Cx, database: &str, certificate: &str) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Raid {}
    #[async_trait]
    impl Raid for Raid {
        async fn read(&self, cx: &Cx) -> Result<RaidState>;
        async fn create_volume(&self, cx: &Cx, controller: &ControllerId, volume: &NewVolume, when: ApplyTime) -> Result<Outcome<Staged>>;
        async fn delete_volume(&self, cx: &Cx, volume: &VolumeId, when: ApplyTime) -> Result<Outcome<Staged>>;
        async fn initialize(&self, cx: &Cx, volume: &VolumeId, how: Initialize) -> Result<Outcome<Staged>>;
        async fn set_spare(&self, cx: &Cx, drive: &DriveId, spare: &Spare) -> Result<Outcome<Staged>>;
        async fn set_mode(&self, cx: &Cx, controller: &ControllerId, mode: ControllerMode) -> Result<Outcome<Staged>>;
        async fn clear_foreign(&self, cx: &Cx, controller: &ControllerId) -> Result<Outcome<Staged>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Firmware {}
    #[async_trait]
    impl Firmware for Firmware {
        async fn inventory(&self, cx: &Cx) -> Result<FirmwareInventory>;
        fn methods(&self) -> &[UpdateMethod];
        fn apply_times(&self) -> &[ApplyTime];
        async fn update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>>;
    }
}
mock! {
    #[derive(Debug)]
    pub VirtualMedia {}
    #[async_trait]
    impl VirtualMedia for VirtualMedia {
        async fn slots(&self, cx: &Cx) -> Result<Vec<MediaSlot>>;
        async fn insert(&self, cx: &Cx, slot: Option<MediaSlotId>, image: &MediaImage) -> Result<Outcome<Inserted>>;
        async fn eject(&self, cx: &Cx, slot: &MediaSlotId) -> Result<Outcome<Change>>;
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
    pub PowerMeter {}
    #[async_trait]
    impl PowerMeter for PowerMeter {
        async fn read(&self, cx: &Cx) -> Result<PowerMetrics>;
    }
}
mock! {
    #[derive(Debug)]
    pub Identify {}
    #[async_trait]
    impl Identify for Identify {
        async fn is_lit(&self, cx: &Cx) -> Result<Option<bool>>;
        async fn set(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>>;
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
    pub Events {}
    #[async_trait]
    impl Events for Events {
        fn deliveries(&self) -> &[EventDelivery];
        async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch>;
        async fn subscribe(&self, cx: &Cx, destination: &str, context: &str) -> Result<Outcome<SubscriptionId>>;
        async fn subscriptions(&self, cx: &Cx) -> Result<Vec<Subscription>>;
        async fn unsubscribe(&self, cx: &Cx, subscription: &SubscriptionId) -> Result<Outcome<Change>>;
        async fn send_test(&self, cx: &Cx) -> Result<Outcome<Change>>;
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
mock! {
    #[derive(Debug)]
    pub Pdu {}
    #[async_trait]
    impl Pdu for Pdu {
        fn abilities(&self) -> &PduAbilities;
        async fn outlets(&self, cx: &Cx) -> Result<Vec<Outlet>>;
        async fn groups(&self, cx: &Cx) -> Result<Vec<OutletGroup>>;
        async fn meter(&self, cx: &Cx) -> Result<PduMetrics>;
        async fn switch(&self, cx: &Cx, outlet: &OutletId, action: OutletAction, delay: OutletDelay) -> Result<Outcome<Change>>;
        async fn switch_group(&self, cx: &Cx, group: &OutletGroupId, action: OutletAction) -> Result<Outcome<Change>>;
        async fn cancel(&self, cx: &Cx, outlet: &OutletId) -> Result<Outcome<Change>>;
        async fn configure(&self, cx: &Cx, outlet: &OutletId, config: &OutletConfig) -> Result<Outcome<Change>>;
    }
}
mock! {
    #[derive(Debug)]
    pub Switch {}
    #[async_trait]
    impl Switch for Switch {
        fn abilities(&self) -> &SwitchAbilities;
        async fn facts(&self, cx: &Cx) -> Result<SwitchFacts>;
        async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>>;
        async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>>;
        async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>>;
        async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>>;
        async fn poe(&self, cx: &Cx) -> Result<Vec<PoePort>>;
    }
}
mock! {
    #[derive(Debug)]
    pub SwitchConfig {}
    #[async_trait]
    impl SwitchConfig for SwitchConfig {
        fn abilities(&self) -> &SwitchConfigAbilities;
        async fn read(&self, cx: &Cx) -> Result<SwitchConfiguration>;
        fn preview(&self, plan: &SwitchPlan) -> Result<Vec<String>>;
        async fn apply(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Outcome<Applied>>;
        async fn confirm(&self, cx: &Cx) -> Result<Outcome<Change>>;
        async fn rollback(&self, cx: &Cx) -> Result<Outcome<Change>>;
        async fn save(&self, cx: &Cx) -> Result<Outcome<Change>>;
        async fn backup(&self, cx: &Cx, source: ConfigSource) -> Result<String>;
    }
}
mock! {
    #[derive(Debug)]
    pub Chassis {}
    #[async_trait]
    impl Chassis for Chassis {
        async fn read(&self, cx: &Cx) -> Result<Enclosure>;
        async fn set_power(&self, cx: &Cx, slot: &SlotId, action: PowerAction) -> Result<Outcome<Change>>;
    }
}

/// A device made of whatever doubles it is given; a facet left `None` is absent.
#[derive(Debug)]
pub struct MockDevice {
    /// Identity.
    pub info: DeviceInfo,
    /// Extensions.
    pub oem: Oem,
    /// Management controller.
    pub manager: Option<MockManager>,
    /// Its configuration.
    pub manager_config: Option<MockManagerConfig>,
    /// Its certificates.
    pub certificates: Option<MockCertificates>,
    /// Its accounts.
    pub accounts: Option<MockAccounts>,
    /// Host power.
    pub power: Option<MockPower>,
    /// Boot override.
    pub boot: Option<MockBoot>,
    /// Boot order.
    pub boot_order: Option<MockBootOrder>,
    /// Firmware settings.
    pub bios: Option<MockBios>,
    /// Secure boot.
    pub secure_boot: Option<MockSecureBoot>,
    /// Volumes.
    pub raid: Option<MockRaid>,
    /// Firmware.
    pub firmware: Option<MockFirmware>,
    /// Virtual media.
    pub virtual_media: Option<MockVirtualMedia>,
    /// Parts.
    pub inventory: Option<MockInventory>,
    /// Sensors.
    pub sensors: Option<MockSensors>,
    /// Power and energy.
    pub power_meter: Option<MockPowerMeter>,
    /// Identify light.
    pub identify: Option<MockIdentify>,
    /// Event log.
    pub event_log: Option<MockEventLog>,
    /// Events.
    pub events: Option<MockEvents>,
    /// Tasks.
    pub tasks: Option<MockTasks>,
    /// Enclosure.
    pub chassis: Option<MockChassis>,
    /// Its outlets.
    pub pdu: Option<MockPdu>,
    /// Its ports.
    pub switch: Option<MockSwitch>,
    /// A switch's configuration.
    pub switch_config: Option<MockSwitchConfig>,
}

impl MockDevice {
    /// A device without any facet, of driver `mock`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            info: DeviceInfo::new(name.into(), "mock"),
            oem: Oem::default(),
            manager: None,
            manager_config: None,
            certificates: None,
            accounts: None,
            power: None,
            boot: None,
            boot_order: None,
            bios: None,
            secure_boot: None,
            raid: None,
            firmware: None,
            virtual_media: None,
            inventory: None,
            sensors: None,
            power_meter: None,
            identify: None,
            event_log: None,
            events: None,
            tasks: None,
            chassis: None,
            pdu: None,
            switch: None,
            switch_config: None,
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
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        self.manager_config.as_ref().map(|facet| facet as _)
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        self.certificates.as_ref().map(|facet| facet as _)
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        self.accounts.as_ref().map(|facet| facet as _)
    }
    fn power(&self) -> Option<&dyn Power> {
        self.power.as_ref().map(|facet| facet as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.boot.as_ref().map(|facet| facet as _)
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        self.boot_order.as_ref().map(|facet| facet as _)
    }
    fn bios(&self) -> Option<&dyn Bios> {
        self.bios.as_ref().map(|facet| facet as _)
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        self.secure_boot.as_ref().map(|facet| facet as _)
    }
    fn raid(&self) -> Option<&dyn Raid> {
        self.raid.as_ref().map(|facet| facet as _)
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        self.firmware.as_ref().map(|facet| facet as _)
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        self.virtual_media.as_ref().map(|facet| facet as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        self.inventory.as_ref().map(|facet| facet as _)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        self.sensors.as_ref().map(|facet| facet as _)
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        self.power_meter.as_ref().map(|facet| facet as _)
    }
    fn identify(&self) -> Option<&dyn Identify> {
        self.identify.as_ref().map(|facet| facet as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.event_log.as_ref().map(|facet| facet as _)
    }
    fn events(&self) -> Option<&dyn Events> {
        self.events.as_ref().map(|facet| facet as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.tasks.as_ref().map(|facet| facet as _)
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        self.chassis.as_ref().map(|facet| facet as _)
    }
    fn pdu(&self) -> Option<&dyn Pdu> {
        self.pdu.as_ref().map(|facet| facet as _)
    }
    fn switch(&self) -> Option<&dyn Switch> {
        self.switch.as_ref().map(|facet| facet as _)
    }
    fn switch_config(&self) -> Option<&dyn SwitchConfig> {
        self.switch_config.as_ref().map(|facet| facet as _)
    }
    async fn close(&self, _cx: &Cx) -> Result<()> {
        Ok(())
    }
}
