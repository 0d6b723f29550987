//! Parts.

use async_trait::async_trait;
use underlay_hal::{Cx, Hardware, Inventory, MacAddress, Nic, Result, Skipped};

use super::device::ModelDevice;
use crate::Truth as _;

pub(super) const SERIAL_NUMBER: &str = "MODEL1";
pub(super) const MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

#[async_trait]
impl Inventory for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        self.enter(cx, "inventory.read").await?;
        let mut hardware = Hardware::default();
        let unread = self.breaks("inventory::reads_while_the_host_is_off") && !self.world.state().host.on;
        if !unread {
            hardware.system.serial_number = Some(self.world.serial_number());
        }
        if self.breaks("inventory::serial_number_is_the_machine's") {
            hardware.system.serial_number = Some("To be filled by O.E.M.".to_owned());
        }
        let mut nic = Nic::default();
        nic.mac = self.world.macs().first().copied();
        if self.breaks("inventory::mac_addresses_are_the_machine's") {
            nic.mac = Some(MacAddress([0; 6]));
        }
        hardware.nics.push(nic);
        if self.breaks("inventory::nothing_is_skipped_on_a_healthy_machine") {
            hardware.skipped.push(Skipped { what: "memory".to_owned(), why: "not tried".to_owned() });
        }
        Ok(hardware)
    }
}
