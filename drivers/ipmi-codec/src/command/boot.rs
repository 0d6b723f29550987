//! System boot options (IPMI 2.0, sections 28.12 and 28.13, table 28-14).

use super::{Command, command};
use crate::{DecodeError, Reader};

/// A boot option parameter number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter(pub u8);

impl Parameter {
    /// Set In Progress.
    pub const SET_IN_PROGRESS: Self = Self(0);
    /// When the BMC clears the valid bit of the boot flags.
    pub const VALID_BIT_CLEARING: Self = Self(3);
    /// Who has handled the boot information.
    pub const BOOT_INFO_ACKNOWLEDGE: Self = Self(4);
    /// The boot flags.
    pub const BOOT_FLAGS: Self = Self(5);
    /// Who set the boot flags.
    pub const INITIATOR_INFO: Self = Self(6);
    /// The initiator's mailbox.
    pub const MAILBOX: Self = Self(7);
}

/// Bits of [`Parameter::VALID_BIT_CLEARING`]: each *keeps* the boot flags where the BMC would drop them.
pub mod keep {
    /// When power is switched on by push-button or wake event.
    pub const ON_POWER_BUTTON: u8 = 0x01;
    /// When the reset button is pressed.
    pub const ON_RESET_BUTTON: u8 = 0x02;
    /// When the watchdog resets.
    pub const ON_WATCHDOG: u8 = 0x04;
    /// When no Chassis Control command comes within 60 seconds.
    pub const WITHOUT_CHASSIS_COMMAND: u8 = 0x08;
    /// When an event filter resets.
    pub const ON_EVENT_FILTER: u8 = 0x10;
}

/// Get System Boot Options.
#[derive(Clone, Copy, Debug)]
pub struct GetBootOptions {
    /// Which parameter.
    pub parameter: Parameter,
    /// Which set of it; 0 where there is one.
    pub set: u8,
    /// Which block of it; 0 where there is one.
    pub block: u8,
}

impl GetBootOptions {
    /// The only set and block of a parameter.
    #[must_use]
    pub const fn of(parameter: Parameter) -> Self {
        Self { parameter, set: 0, block: 0 }
    }
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootOption {
    /// Which parameter.
    pub parameter: Parameter,
    /// Whether the BMC marks it invalid or locked.
    pub invalid: bool,
    /// Its data.
    pub data: Vec<u8>,
}

impl Command for GetBootOptions {
    type Answer = BootOption;
    command!("Get System Boot Options", CHASSIS, 0x09, Operator, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.parameter.0 & 0x7F, self.set, self.block]);
    }

    fn decode(&self, data: &[u8]) -> Result<BootOption, DecodeError> {
        let mut reader = Reader::new(data);
        let [_version, parameter] = reader.array("boot option header")?;
        if parameter & 0x7F != self.parameter.0 & 0x7F {
            return Err(DecodeError::Value("boot option parameter"));
        }
        Ok(BootOption {
            parameter: Parameter(parameter & 0x7F),
            invalid: parameter & 0x80 != 0,
            data: reader.rest().to_vec(),
        })
    }
}

/// Set System Boot Options.
#[derive(Clone, Debug)]
pub struct SetBootOptions {
    /// Which parameter.
    pub parameter: Parameter,
    /// Its new data.
    pub data: Vec<u8>,
}

impl Command for SetBootOptions {
    type Answer = ();
    command!("Set System Boot Options", CHASSIS, 0x08, Operator, Set);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.parameter.0 & 0x7F);
        out.extend_from_slice(&self.data);
    }

    fn decode(&self, _data: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// A boot device selector, 0 to 15 (table 28-14, parameter 5, data 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BootDevice(pub u8);

impl BootDevice {
    /// No override.
    pub const NONE: Self = Self(0);
    /// The network.
    pub const PXE: Self = Self(1);
    /// The default hard drive.
    pub const HARD_DRIVE: Self = Self(2);
    /// The default hard drive in safe mode.
    pub const HARD_DRIVE_SAFE_MODE: Self = Self(3);
    /// The diagnostic partition.
    pub const DIAGNOSTICS: Self = Self(4);
    /// The default CD or DVD.
    pub const CD: Self = Self(5);
    /// The firmware's set-up.
    pub const BIOS_SETUP: Self = Self(6);
    /// A remotely connected floppy or primary removable medium.
    pub const REMOTE_FLOPPY: Self = Self(7);
    /// A remotely connected CD or DVD.
    pub const REMOTE_CD: Self = Self(8);
    /// The primary remote medium.
    pub const REMOTE_PRIMARY: Self = Self(9);
    /// A remotely connected hard drive.
    pub const REMOTE_HARD_DRIVE: Self = Self(11);
    /// A floppy or primary removable medium.
    pub const FLOPPY: Self = Self(15);
}

/// The boot flags: parameter 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootFlags {
    /// Do the flags count at all?
    pub valid: bool,
    /// For all boots, not the next one only?
    pub persistent: bool,
    /// By UEFI, not by legacy BIOS?
    pub efi: bool,
    /// What to boot from.
    pub device: BootDevice,
    /// Clear the firmware's settings?
    pub clear_cmos: bool,
    /// The remaining bits of data 2, and data 3 to 5, as they came.
    pub other: [u8; 4],
}

impl BootFlags {
    /// No override.
    pub const NONE: Self = Self {
        valid: false,
        persistent: false,
        efi: false,
        device: BootDevice::NONE,
        clear_cmos: false,
        other: [0; 4],
    };

    /// The parameter's five data bytes.
    #[must_use]
    pub const fn encode(&self) -> [u8; 5] {
        let [lock_bits, data3, data4, data5] = self.other;
        let flags = (self.valid as u8) << 7 | (self.persistent as u8) << 6 | (self.efi as u8) << 5;
        let device = (self.clear_cmos as u8) << 7 | (self.device.0 & 0x0F) << 2 | lock_bits & 0x43;
        [flags, device, data3, data4, data5]
    }

    /// Reads the parameter's data; bytes after the fifth are ignored (HP DL380 G5 sends 12 more).
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let [flags, device, data3, data4, data5] = Reader::new(data).array("boot flags")?;
        Ok(Self {
            valid: flags & 0x80 != 0,
            persistent: flags & 0x40 != 0,
            efi: flags & 0x20 != 0,
            device: BootDevice(device >> 2 & 0x0F),
            clear_cmos: device & 0x80 != 0,
            other: [device & 0x43, data3, data4, data5],
        })
    }
}
