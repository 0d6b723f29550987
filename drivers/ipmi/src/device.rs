use async_trait::async_trait;
use underlay_hal::{
    Boot, Cx, Device, DeviceId, DeviceInfo, EventLog, Inventory, Manager, Oem, Power, Result, Sensors,
};
use underlay_ipmi_codec::command::chassis::GetChassisStatus;
use underlay_ipmi_codec::command::controller::GetDeviceId;

use crate::facet::boot::IpmiBoot;
use crate::facet::event_log::IpmiEventLog;
use crate::facet::inventory::{self, IpmiInventory};
use crate::facet::manager::IpmiManager;
use crate::facet::power::IpmiPower;
use crate::facet::repository::Repository;
use crate::facet::sensors::IpmiSensors;
use crate::quirks::{self, Quirks};
use crate::transport::bmc::Bmc;

/// A machine behind an IPMI BMC.
///
/// * Power and Boot where Get Chassis Status works; Inventory, Sensors and `EventLog` where Get Device ID says that
///   the BMC has a FRU inventory, an SDR repository, a SEL; Manager always.
#[derive(Debug)]
pub(crate) struct IpmiDevice {
    info: DeviceInfo,
    oem: Oem,
    bmc: Bmc,
    manager: IpmiManager,
    power: Option<IpmiPower>,
    boot: Option<IpmiBoot>,
    inventory: IpmiInventory,
    sensors: Option<IpmiSensors>,
    event_log: Option<IpmiEventLog>,
}

impl IpmiDevice {
    /// Logs in and learns what the BMC has.
    pub(crate) async fn open(cx: &Cx, id: DeviceId, bmc: Bmc) -> Result<Self> {
        let controller = bmc.run(cx, &GetDeviceId).await?;
        let has_chassis = match bmc.run(cx, &GetChassisStatus).await {
            Ok(_) => true,
            Err(failure) if failure.is_unsupported() => false,
            Err(failure) => return Err(failure.into()),
        };
        let quirks = Quirks::of(controller.manufacturer);
        let blocks = inventory::BlockSize::default();
        let product = inventory::read_product(cx, &bmc, &blocks).await?;
        let mut info = DeviceInfo::new(id, "ipmi");
        info.vendor = product.manufacturer.or_else(|| quirks::manufacturer(controller.manufacturer));
        info.model = product.model;
        info.serial_number = product.serial_number;
        info.firmware_version =
            Some(format!("{}.{:02}", controller.firmware_major, controller.firmware_minor));
        let repository = Repository::new(bmc.clone());
        let support = controller.support;
        Ok(Self {
            info,
            oem: Oem::default(),
            manager: IpmiManager::new(bmc.clone()),
            power: has_chassis.then(|| IpmiPower::new(bmc.clone(), repository.clone(), support.sel())),
            boot: has_chassis.then(|| IpmiBoot::new(bmc.clone(), quirks)),
            inventory: IpmiInventory::new(bmc.clone(), repository.clone(), controller, blocks),
            sensors: support.sdr_repository().then(|| IpmiSensors::new(bmc.clone(), repository.clone())),
            event_log: support.sel().then(|| IpmiEventLog::new(bmc.clone(), repository)),
            bmc,
        })
    }
}

#[async_trait]
impl Device for IpmiDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn oem(&self) -> &Oem {
        &self.oem
    }

    fn manager(&self) -> Option<&dyn Manager> {
        Some(&self.manager)
    }

    fn power(&self) -> Option<&dyn Power> {
        self.power.as_ref().map(|facet| facet as _)
    }

    fn boot(&self) -> Option<&dyn Boot> {
        self.boot.as_ref().map(|facet| facet as _)
    }

    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(&self.inventory)
    }

    fn sensors(&self) -> Option<&dyn Sensors> {
        self.sensors.as_ref().map(|facet| facet as _)
    }

    fn event_log(&self) -> Option<&dyn EventLog> {
        self.event_log.as_ref().map(|facet| facet as _)
    }

    async fn close(&self, cx: &Cx) -> Result<()> {
        Ok(self.bmc.close(cx).await?)
    }
}
