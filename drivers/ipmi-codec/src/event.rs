//! Names of sensor types, events and states (IPMI 2.0, tables 42-1 to 42-3).

/// How bad a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be, or informational.
    Normal,
    /// Needs attention.
    Warning,
    /// Needs attention at once.
    Critical,
}

/// A state in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The words.
    pub text: &'static str,
    /// How bad it is while it is asserted.
    pub level: Level,
}

/// The event/reading type code of threshold sensors.
pub const THRESHOLD: u8 = 0x01;
/// The event/reading type code of sensors whose states are defined by the sensor type.
pub const SENSOR_SPECIFIC: u8 = 0x6F;
/// The sensor type of System Firmware Progress.
pub const SYSTEM_FIRMWARE_PROGRESS: u8 = 0x0F;
/// The sensor type of System Boot Initiated.
pub const BOOT_INITIATED: u8 = 0x1D;
/// The sensor type of OS Boot.
pub const OS_BOOT: u8 = 0x1F;
/// The sensor type of System ACPI Power State.
pub const ACPI_POWER_STATE: u8 = 0x22;

/// The name of a sensor type.
#[must_use]
pub const fn sensor_type_name(kind: u8) -> &'static str {
    match kind {
        0x01 => "Temperature",
        0x02 => "Voltage",
        0x03 => "Current",
        0x04 => "Fan",
        0x05 => "Physical Security",
        0x06 => "Platform Security",
        0x07 => "Processor",
        0x08 => "Power Supply",
        0x09 => "Power Unit",
        0x0A => "Cooling Device",
        0x0B => "Other Units-based Sensor",
        0x0C => "Memory",
        0x0D => "Drive Slot",
        0x0E => "POST Memory Resize",
        0x0F => "System Firmware Progress",
        0x10 => "Event Logging Disabled",
        0x11 => "Watchdog 1",
        0x12 => "System Event",
        0x13 => "Critical Interrupt",
        0x14 => "Button",
        0x15 => "Module/Board",
        0x16 => "Microcontroller",
        0x17 => "Add-in Card",
        0x18 => "Chassis",
        0x19 => "Chip Set",
        0x1A => "Other FRU",
        0x1B => "Cable/Interconnect",
        0x1C => "Terminator",
        0x1D => "System Boot Initiated",
        0x1E => "Boot Error",
        0x1F => "OS Boot",
        0x20 => "OS Stop",
        0x21 => "Slot/Connector",
        0x22 => "System ACPI Power State",
        0x23 => "Watchdog 2",
        0x24 => "Platform Alert",
        0x25 => "Entity Presence",
        0x26 => "Monitor ASIC",
        0x27 => "LAN",
        0x28 => "Management Subsystem Health",
        0x29 => "Battery",
        0x2A => "Session Audit",
        0x2B => "Version Change",
        0x2C => "FRU State",
        0xC0..=0xFF => "OEM Sensor",
        _ => "Reserved Sensor",
    }
}

/// The state at `offset` of a sensor.
///
/// * A state without a definition reads "state", level normal; [`describe`] never fails.
#[must_use]
pub fn describe(sensor_type: u8, event_type: u8, offset: u8) -> State {
    let table = match event_type {
        SENSOR_SPECIFIC => specific(sensor_type),
        generic => generic_states(generic),
    };
    table.get(usize::from(offset)).copied().unwrap_or(State { text: "undefined state", level: Level::Normal })
}

macro_rules! states { ($($level:ident $text:literal),* $(,)?) => { &[$(State { text: $text, level: Level::$level }),*] }; }

const fn generic_states(event_type: u8) -> &'static [State] {
    match event_type {
        0x01 => states![
            Warning "lower non-critical going low", Normal "lower non-critical going high",
            Critical "lower critical going low", Warning "lower critical going high",
            Critical "lower non-recoverable going low", Critical "lower non-recoverable going high",
            Normal "upper non-critical going low", Warning "upper non-critical going high",
            Warning "upper critical going low", Critical "upper critical going high",
            Critical "upper non-recoverable going low", Critical "upper non-recoverable going high",
        ],
        0x02 => {
            states![Normal "transition to idle", Normal "transition to active", Normal "transition to busy"]
        }
        0x03 => states![Normal "state deasserted", Normal "state asserted"],
        0x04 => states![Normal "predictive failure deasserted", Warning "predictive failure asserted"],
        0x05 => states![Normal "limit not exceeded", Warning "limit exceeded"],
        0x06 => states![Normal "performance met", Warning "performance lags"],
        0x07 => states![
            Normal "transition to OK", Warning "transition to non-critical from OK",
            Critical "transition to critical from less severe", Critical "transition to non-recoverable from less severe",
            Warning "transition to non-critical from more severe", Critical "transition to critical from non-recoverable",
            Critical "transition to non-recoverable", Normal "monitor", Normal "informational",
        ],
        0x08 => states![Normal "device removed or absent", Normal "device inserted or present"],
        0x09 => states![Normal "device disabled", Normal "device enabled"],
        0x0A => states![
            Normal "transition to running", Normal "transition to in test", Normal "transition to power off",
            Normal "transition to on line", Normal "transition to off line", Normal "transition to off duty",
            Warning "transition to degraded", Normal "transition to power save", Critical "install error",
        ],
        0x0B => states![
            Normal "fully redundant", Warning "redundancy lost", Warning "redundancy degraded",
            Warning "non-redundant, sufficient resources from redundant",
            Warning "non-redundant, sufficient resources from insufficient", Critical "non-redundant, insufficient resources",
            Warning "redundancy degraded from fully redundant", Warning "redundancy degraded from non-redundant",
        ],
        0x0C => {
            states![Normal "D0 power state", Normal "D1 power state", Normal "D2 power state", Normal "D3 power state"]
        }
        _ => &[],
    }
}

#[allow(clippy::too_many_lines, reason = "one flat table of the specification")]
const fn specific(sensor_type: u8) -> &'static [State] {
    match sensor_type {
        0x05 => states![
            Warning "general chassis intrusion", Warning "drive bay intrusion", Warning "I/O card area intrusion",
            Warning "processor area intrusion", Warning "LAN leash lost", Warning "unauthorized dock",
            Warning "fan area intrusion",
        ],
        0x06 => states![
            Warning "secure mode violation attempt", Warning "pre-boot user password violation",
            Warning "pre-boot setup password violation", Warning "pre-boot network password violation",
            Warning "other pre-boot password violation", Warning "out-of-band access password violation",
        ],
        0x07 => states![
            Critical "internal error", Critical "thermal trip", Critical "fault-resilient booting BIST failure",
            Critical "hang in POST", Critical "processor startup failure", Critical "configuration error",
            Critical "uncorrectable CPU-complex error", Normal "presence detected", Warning "disabled",
            Normal "terminator presence detected", Warning "throttled", Critical "uncorrectable machine check",
            Warning "correctable machine check",
        ],
        0x08 => states![
            Normal "presence detected", Critical "failure detected", Warning "predictive failure",
            Critical "input lost (AC/DC)", Critical "input lost or out of range", Warning "input out of range, but present",
            Critical "configuration error", Normal "inactive (standby)",
        ],
        0x09 => states![
            Normal "power off", Normal "power cycle", Critical "240 VA power down", Critical "interlock power down",
            Critical "AC lost", Critical "soft power control failure", Critical "failure detected",
            Warning "predictive failure",
        ],
        0x0C => states![
            Warning "correctable ECC", Critical "uncorrectable ECC", Critical "parity", Critical "memory scrub failed",
            Warning "memory device disabled", Warning "correctable ECC logging limit reached", Normal "presence detected",
            Critical "configuration error", Normal "spare", Warning "throttled", Critical "critical overtemperature",
        ],
        0x0D => states![
            Normal "drive present", Critical "drive fault", Warning "predictive failure", Normal "hot spare",
            Normal "parity check in progress", Critical "in critical array", Critical "in failed array",
            Normal "rebuild in progress", Warning "rebuild aborted",
        ],
        0x0F => states![Critical "error", Critical "hang", Normal "progress"],
        0x10 => states![
            Warning "correctable memory error logging disabled", Warning "event type logging disabled",
            Normal "log area cleared", Warning "all event logging disabled", Warning "log full", Warning "log almost full",
            Warning "correctable machine check logging disabled",
        ],
        0x11 => states![
            Warning "BIOS watchdog reset", Warning "OS watchdog reset", Warning "OS watchdog shut down",
            Warning "OS watchdog power down", Warning "OS watchdog power cycle", Warning "OS watchdog NMI",
            Warning "OS watchdog expired", Warning "OS watchdog pre-timeout interrupt",
        ],
        0x12 => states![
            Normal "system reconfigured", Normal "OEM system boot event", Critical "undetermined system hardware failure",
            Normal "entry added to auxiliary log", Normal "PEF action", Normal "timestamp clock synch",
        ],
        0x13 => states![
            Critical "front panel NMI / diagnostic interrupt", Critical "bus timeout", Critical "I/O channel check NMI",
            Critical "software NMI", Critical "PCI PERR", Critical "PCI SERR", Critical "EISA fail safe timeout",
            Warning "bus correctable error", Critical "bus uncorrectable error", Critical "fatal NMI",
            Critical "bus fatal error", Warning "bus degraded",
        ],
        0x14 => states![
            Normal "power button pressed", Normal "sleep button pressed", Normal "reset button pressed",
            Normal "FRU latch open", Normal "FRU service request button",
        ],
        0x19 => states![Critical "soft power control failure", Critical "thermal trip"],
        0x1B => states![Normal "connected", Warning "configuration error"],
        0x1D => states![
            Normal "initiated by power up", Normal "initiated by hard reset", Normal "initiated by warm reset",
            Normal "user requested PXE boot", Normal "automatic boot to diagnostic",
            Normal "initiated by OS or software hard reset", Normal "initiated by OS or software warm reset",
            Normal "system restart",
        ],
        0x1E => states![
            Warning "no bootable media", Warning "non-bootable disk in drive", Warning "PXE server not found",
            Warning "invalid boot sector", Warning "timeout waiting for selection",
        ],
        0x1F => states![
            Normal "A: boot completed", Normal "C: boot completed", Normal "PXE boot completed",
            Normal "diagnostic boot completed", Normal "CD-ROM boot completed", Normal "ROM boot completed",
            Normal "boot completed, device not specified", Normal "OS installation started",
            Normal "OS installation completed", Warning "OS installation aborted", Warning "OS installation failed",
        ],
        0x20 => states![
            Critical "error during system startup", Critical "run-time critical stop", Normal "OS graceful stop",
            Normal "OS graceful shutdown", Normal "PEF initiated soft shutdown", Warning "agent not responding",
        ],
        0x21 => states![
            Critical "fault status", Normal "identify status", Normal "device installed", Normal "ready for installation",
            Normal "ready for removal", Normal "power is off", Normal "removal request", Normal "interlock",
            Warning "slot disabled", Normal "holds spare device",
        ],
        0x22 => states![
            Normal "S0/G0: working", Normal "S1: sleeping, context maintained", Normal "S2: sleeping, context lost",
            Normal "S3: suspend to RAM", Normal "S4: suspend to disk", Normal "S5/G2: soft off",
            Normal "S4/S5: soft off", Normal "G3: mechanical off", Normal "sleeping in S1, S2 or S3",
            Normal "G1: sleeping", Normal "S5: entered by override", Normal "legacy on", Normal "legacy off",
            Normal "unknown",
        ],
        0x23 => states![
            Warning "timer expired", Warning "hard reset", Warning "power down", Warning "power cycle",
            Normal "reserved", Normal "reserved", Normal "reserved", Normal "reserved", Warning "timer interrupt",
        ],
        0x24 => {
            states![Normal "page generated", Normal "LAN alert generated", Normal "event trap generated", Normal "SNMP trap generated"]
        }
        0x25 => states![Normal "present", Warning "absent", Warning "disabled"],
        0x27 => states![Warning "heartbeat lost", Normal "heartbeat"],
        0x28 => states![
            Warning "sensor access degraded or unavailable", Warning "controller access degraded or unavailable",
            Critical "controller off-line", Critical "controller unavailable", Warning "sensor failure", Warning "FRU failure",
        ],
        0x29 => states![Warning "low", Critical "failed", Normal "presence detected"],
        0x2A => {
            states![Normal "session activated", Normal "session deactivated", Warning "invalid user name or password", Warning "password disabled after failures"]
        }
        0x2B => states![
            Normal "hardware change detected", Normal "firmware or software change detected",
            Warning "hardware incompatibility detected", Warning "firmware or software incompatibility detected",
            Warning "invalid hardware version", Warning "invalid firmware or software version",
            Normal "hardware change successful", Normal "firmware or software change successful",
        ],
        0x2C => states![
            Normal "not installed", Normal "inactive", Normal "activation requested", Normal "activation in progress",
            Normal "active", Normal "deactivation requested", Normal "deactivation in progress",
            Warning "communication lost",
        ],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threshold_and_specific_states_read() {
        assert_eq!(describe(0x01, THRESHOLD, 9).text, "upper critical going high");
        assert_eq!(describe(0x01, THRESHOLD, 9).level, Level::Critical);
        assert_eq!(describe(0x10, SENSOR_SPECIFIC, 2).text, "log area cleared");
        assert_eq!(describe(0x08, SENSOR_SPECIFIC, 3).level, Level::Critical);
        assert_eq!(describe(0x08, SENSOR_SPECIFIC, 15).text, "undefined state");
        assert_eq!(describe(0xFF, 0x7F, 255).level, Level::Normal);
    }
}
