//! Chassis status, control and restart cause (IPMI 2.0, sections 28.2, 28.3, 28.11).

use super::{Command, command};
use crate::{DecodeError, Reader};

/// Get Chassis Status.
#[derive(Clone, Copy, Debug)]
pub struct GetChassisStatus;

/// The chassis, as its status bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChassisStatus {
    /// Is system power on?
    pub power_on: bool,
    /// Was the system shut down by a power overload?
    pub power_overload: bool,
    /// Does an interlock hold the power off?
    pub interlock: bool,
    /// Was a fault found in the main power?
    pub power_fault: bool,
    /// Did an attempt to switch power fail?
    pub control_fault: bool,
    /// What happens when mains power returns: 0 stays off, 1 as it was, 2 on, 3 unknown.
    pub restore_policy: u8,
    /// Was the last power-on asked for by an IPMI command?
    pub last_on_by_command: bool,
    /// Did mains power fail last?
    pub ac_failed: bool,
    /// Is the chassis open?
    pub intrusion: bool,
    /// Has a drive failed?
    pub drive_fault: bool,
    /// Has cooling failed?
    pub cooling_fault: bool,
}

impl Command for GetChassisStatus {
    type Answer = ChassisStatus;
    command!("Get Chassis Status", CHASSIS, 0x01, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<ChassisStatus, DecodeError> {
        let mut reader = Reader::new(data);
        let power = reader.u8("power state")?;
        // Both are mandatory, but nothing depends on them.
        let (last, misc) = (reader.u8_or(0), reader.u8_or(0));
        Ok(ChassisStatus {
            power_on: power & 0x01 != 0,
            power_overload: power & 0x02 != 0,
            interlock: power & 0x04 != 0,
            power_fault: power & 0x08 != 0,
            control_fault: power & 0x10 != 0,
            restore_policy: power >> 5 & 3,
            last_on_by_command: last & 0x10 != 0,
            ac_failed: last & 0x01 != 0,
            intrusion: misc & 0x01 != 0,
            drive_fault: misc & 0x04 != 0,
            cooling_fault: misc & 0x08 != 0,
        })
    }
}

/// Chassis Control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ChassisControl {
    /// Cut power at once.
    PowerDown = 0,
    /// Power on.
    PowerUp = 1,
    /// Off, a pause, on.
    PowerCycle = 2,
    /// Reset.
    HardReset = 3,
    /// Raise a diagnostic interrupt (NMI).
    DiagnosticInterrupt = 4,
    /// Ask the operating system to shut down, by emulating a fatal over-temperature.
    SoftShutdown = 5,
}

impl Command for ChassisControl {
    type Answer = ();
    command!("Chassis Control", CHASSIS, 0x02, Operator, Act);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn decode(&self, _data: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// Get System Restart Cause.
#[derive(Clone, Copy, Debug)]
pub struct GetRestartCause;

/// Why the system started last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartCause {
    /// The cause, 0 (unknown) to 11.
    pub cause: u8,
    /// The channel the command came from, where a command was the cause.
    pub channel: u8,
}

impl RestartCause {
    /// The cause in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self.cause {
            1 => "chassis control command",
            2 => "reset by push-button",
            3 => "power-up by push-button",
            4 => "watchdog expired",
            5 => "OEM",
            6 => "power restored, policy is always on",
            7 => "power restored, policy is previous state",
            8 => "reset by event filter",
            9 => "power cycle by event filter",
            10 => "soft reset",
            11 => "power-up by real-time clock",
            _ => "unknown",
        }
    }
}

impl Command for GetRestartCause {
    type Answer = RestartCause;
    command!("Get System Restart Cause", CHASSIS, 0x07, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<RestartCause, DecodeError> {
        let mut reader = Reader::new(data);
        Ok(RestartCause { cause: reader.u8("restart cause")? & 0x0F, channel: reader.u8_or(0) })
    }
}
