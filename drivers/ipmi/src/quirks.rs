//! What differs between vendors, as rows with their source.

use underlay_hal::BootTarget;
use underlay_ipmi_codec::command::boot::BootDevice;

/// IANA enterprise numbers of BMC manufacturers, as Get Device ID gives them.
const MANUFACTURERS: &[(u32, &str)] = &[
    (2, "IBM"),
    (11, "HPE"),
    (42, "Oracle"),
    (193, "Ericsson"),
    (343, "Intel"),
    (674, "Dell"),
    (2623, "ASUSTeK"),
    (4769, "IBM"),
    (5771, "Cisco"),
    (6653, "Tyan"),
    (7154, "IPMI Forum"),
    (7244, "Quanta"),
    (10368, "Fujitsu"),
    (10876, "Supermicro"),
    (15370, "GIGABYTE"),
    (19046, "Lenovo"),
    (20301, "IBM"),
    (20974, "AMI"),
    (37945, "Inspur"),
    (40092, "Wiwynn"),
    (47196, "HPE"),
    (47488, "Supermicro"),
    (49622, "ASRock Rack"),
    (49769, "YADRO"),
    (49871, "OpenBMC"),
];

/// The manufacturer's name, or its number where it has none here.
pub(crate) fn manufacturer(iana: u32) -> Option<String> {
    match MANUFACTURERS.iter().find(|(number, _)| *number == iana) {
        Some((_, name)) => Some((*name).to_owned()),
        None if matches!(iana, 0 | 0xF_FFFF) => None,
        None => Some(format!("IANA {iana}")),
    }
}

/// Named deviations of one BMC, decided once at open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quirks {
    /// UEFI boot from disk is selector 9, "primary remote media" in the specification.
    ///
    /// Source: OpenStack Ironic `ipmitool.py`, which sends `0x24` as data 2 (catalogue row Q27a).
    pub(crate) uefi_disk_is_selector_9: bool,
}

impl Quirks {
    pub(crate) fn of(manufacturer: u32) -> Self {
        Self { uefi_disk_is_selector_9: matches!(manufacturer, 10876 | 47488) }
    }

    /// The boot device selector of a target; `None` where IPMI has no word for it.
    pub(crate) fn boot_device(self, target: BootTarget, uefi: bool) -> Option<BootDevice> {
        if target == BootTarget::Hdd && uefi && self.uefi_disk_is_selector_9 {
            return Some(BootDevice::REMOTE_PRIMARY);
        }
        BOOT_DEVICES.iter().find(|(known, _)| *known == target).map(|(_, device)| *device)
    }

    /// The target of a boot device selector.
    pub(crate) fn boot_target(self, device: BootDevice) -> BootTarget {
        match device {
            BootDevice::REMOTE_PRIMARY if self.uefi_disk_is_selector_9 => BootTarget::Hdd,
            BootDevice::HARD_DRIVE_SAFE_MODE => BootTarget::Hdd,
            BootDevice::REMOTE_CD => BootTarget::Cd,
            BootDevice::REMOTE_FLOPPY => BootTarget::Floppy,
            _ => BOOT_DEVICES
                .iter()
                .find(|(_, known)| *known == device)
                .map_or(BootTarget::Other, |(target, _)| *target),
        }
    }
}

/// IPMI 2.0, table 28-14, parameter 5.
const BOOT_DEVICES: &[(BootTarget, BootDevice)] = &[
    (BootTarget::Pxe, BootDevice::PXE),
    (BootTarget::Hdd, BootDevice::HARD_DRIVE),
    (BootTarget::Diags, BootDevice::DIAGNOSTICS),
    (BootTarget::Cd, BootDevice::CD),
    (BootTarget::BiosSetup, BootDevice::BIOS_SETUP),
    (BootTarget::RemoteDrive, BootDevice::REMOTE_HARD_DRIVE),
    (BootTarget::Floppy, BootDevice::FLOPPY),
];

/// The targets that can be asked for: what BMCs in the field take. Others are only read.
pub(crate) const BOOT_TARGETS: &[BootTarget] = &[
    BootTarget::Pxe,
    BootTarget::Hdd,
    BootTarget::Diags,
    BootTarget::Cd,
    BootTarget::BiosSetup,
    BootTarget::Floppy,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supermicro_boots_uefi_disks_by_selector_9_and_nobody_else_does() {
        let (theirs, others) = (Quirks::of(10876), Quirks::of(674));
        assert_eq!(theirs.boot_device(BootTarget::Hdd, true), Some(BootDevice(9)));
        assert_eq!(theirs.boot_device(BootTarget::Hdd, false), Some(BootDevice(2)));
        assert_eq!(others.boot_device(BootTarget::Hdd, true), Some(BootDevice(2)));
        assert_eq!(theirs.boot_target(BootDevice(9)), BootTarget::Hdd);
        assert_eq!(others.boot_target(BootDevice(9)), BootTarget::Other);
    }

    #[test]
    fn every_listed_target_has_a_selector_and_reads_back() {
        for target in BOOT_TARGETS {
            let device = Quirks::default().boot_device(*target, false).unwrap();
            assert_eq!(Quirks::default().boot_target(device), *target);
        }
        assert_eq!(Quirks::default().boot_device(BootTarget::UefiHttp, true), None);
    }

    #[test]
    fn unknown_manufacturers_keep_their_number() {
        assert_eq!(manufacturer(674).as_deref(), Some("Dell"));
        assert_eq!(manufacturer(424_242).as_deref(), Some("IANA 424242"));
        assert_eq!(manufacturer(0), None);
    }
}
