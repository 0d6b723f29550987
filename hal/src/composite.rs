//! One unit reached by several drivers.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Accounts, Bios, Boot, BootOrder, Certificates, Change, Chassis, Cx, Device, DeviceInfo, Error, ErrorKind,
    EventLog, Events, FacetKind, Firmware, Identify, Inventory, Manager, ManagerConfig, Oem, Outcome, Pdu,
    Power, PowerMeter, Raid, Result, SecureBoot, Sensors, Switch, SwitchConfig, TaskRef, TaskStatus, Tasks,
    VirtualMedia,
};

/// Which driver serves a facet, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The facet.
    pub facet: FacetKind,
    /// The driver that serves it.
    pub driver: String,
    /// The reason, in words.
    pub why: String,
}

/// One unit reached by several drivers, in a declared order of preference.
///
/// - The choice is made per *facet*, once, when the composite is built: the first device in order that offers the
///   facet serves every call of it. No mutation is ever sent by two roads.
/// - [`Composite::choices`] says which driver serves what, and why.
/// - Tasks are the exception by nature: each goes to the driver that started it ([`TaskRef::driver`]).
#[derive(Debug)]
pub struct Composite {
    parts: Vec<Arc<dyn Device>>,
    info: DeviceInfo,
    oem: Oem,
    choices: Vec<Choice>,
}

impl Composite {
    /// Joins devices that are the same unit, the preferred one first.
    ///
    /// Identity is taken from the first, and what it does not tell from the next. Extensions stay with the parts:
    /// [`Composite::parts`].
    ///
    /// # Errors
    /// `InvalidInput` without a device.
    pub fn new(parts: Vec<Arc<dyn Device>>) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(
                Error::new(ErrorKind::InvalidInput, "a composite of no device").during("composite.new")
            );
        };
        let mut info = first.info().clone();
        for other in parts.iter().skip(1).map(|part| part.info()) {
            info.driver = format!("{}+{}", info.driver, other.driver);
            fill(&mut info.vendor, other.vendor.as_ref());
            fill(&mut info.model, other.model.as_ref());
            fill(&mut info.serial_number, other.serial_number.as_ref());
            fill(&mut info.firmware_version, other.firmware_version.as_ref());
        }
        let choices = FacetKind::ALL.iter().filter_map(|facet| choose(*facet, &parts)).collect();
        Ok(Self { parts, info, oem: Oem::default(), choices })
    }

    /// Which driver serves which facet, and why.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The devices joined, in order.
    #[must_use]
    pub fn parts(&self) -> &[Arc<dyn Device>] {
        &self.parts
    }

    fn part_for(&self, task: &TaskRef) -> Result<&dyn Tasks> {
        self.parts
            .iter()
            .find(|part| part.info().driver == task.driver)
            .and_then(|part| part.tasks())
            .ok_or_else(|| {
                Error::new(ErrorKind::InvalidInput, format!("no driver {:?} with tasks here", task.driver))
                    .during("tasks.poll")
                    .on(&self.info.id)
            })
    }
}

fn fill(mine: &mut Option<String>, theirs: Option<&String>) {
    if mine.is_none() {
        *mine = theirs.cloned();
    }
}

fn choose(facet: FacetKind, parts: &[Arc<dyn Device>]) -> Option<Choice> {
    let lacking: Vec<&str> =
        parts.iter().take_while(|part| !facet.on(&***part)).map(|part| part.info().driver.as_str()).collect();
    let driver = parts.get(lacking.len())?.info().driver.clone();
    let why = if lacking.is_empty() {
        "preferred by the declared order".to_owned()
    } else {
        format!("{} does not offer it here", lacking.join(", "))
    };
    Some(Choice { facet, driver, why })
}

// A new accessor must be decided here too, or it would silently answer "no".
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Device for Composite {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn manager(&self) -> Option<&dyn Manager> {
        self.parts.iter().find_map(|part| part.manager())
    }
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        self.parts.iter().find_map(|part| part.manager_config())
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        self.parts.iter().find_map(|part| part.certificates())
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        self.parts.iter().find_map(|part| part.accounts())
    }
    fn power(&self) -> Option<&dyn Power> {
        self.parts.iter().find_map(|part| part.power())
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.parts.iter().find_map(|part| part.boot())
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        self.parts.iter().find_map(|part| part.boot_order())
    }
    fn bios(&self) -> Option<&dyn Bios> {
        self.parts.iter().find_map(|part| part.bios())
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        self.parts.iter().find_map(|part| part.secure_boot())
    }
    fn raid(&self) -> Option<&dyn Raid> {
        self.parts.iter().find_map(|part| part.raid())
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        self.parts.iter().find_map(|part| part.firmware())
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        self.parts.iter().find_map(|part| part.virtual_media())
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        self.parts.iter().find_map(|part| part.inventory())
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        self.parts.iter().find_map(|part| part.sensors())
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        self.parts.iter().find_map(|part| part.power_meter())
    }
    fn identify(&self) -> Option<&dyn Identify> {
        self.parts.iter().find_map(|part| part.identify())
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.parts.iter().find_map(|part| part.event_log())
    }
    fn events(&self) -> Option<&dyn Events> {
        self.parts.iter().find_map(|part| part.events())
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        self.parts.iter().find_map(|part| part.chassis())
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.parts.iter().any(|part| part.tasks().is_some()).then_some(self)
    }
    fn pdu(&self) -> Option<&dyn Pdu> {
        self.parts.iter().find_map(|part| part.pdu())
    }
    fn switch(&self) -> Option<&dyn Switch> {
        self.parts.iter().find_map(|part| part.switch())
    }
    fn switch_config(&self) -> Option<&dyn SwitchConfig> {
        self.parts.iter().find_map(|part| part.switch_config())
    }
    async fn close(&self, cx: &Cx) -> Result<()> {
        let mut first_failure = Ok(());
        for part in &self.parts {
            let closed = part.close(cx).await;
            if first_failure.is_ok() {
                first_failure = closed;
            }
        }
        first_failure
    }
}

#[async_trait]
impl Tasks for Composite {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        let mut all = Vec::new();
        for tasks in self.parts.iter().filter_map(|part| part.tasks()) {
            all.extend(tasks.list(cx).await?);
        }
        Ok(all)
    }
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        self.part_for(task)?.poll(cx, task).await
    }
    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>> {
        self.part_for(task)?.cancel(cx, task).await
    }
}
