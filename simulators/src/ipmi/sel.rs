//! The event log as IPMI records of 16 bytes (IPMI 2.0, chapter 32).
use super::{discrete, scale::Scale};
use crate::plant::{BootTarget, Crossing, DriveEvent, LogEntry, LogEvent, ResetCause, ServerSpec};

/// An entry's id on the wire: 1 to FFFE.
pub(super) fn id(entry: &LogEntry) -> u16 {
    u16::try_from((entry.id.max(1) - 1) % 0xFFFE + 1).unwrap_or(1)
}

/// Seconds since 1970 as the log counts them.
pub(super) fn seconds(date: jiff::Timestamp) -> u32 {
    u32::try_from(date.as_second()).unwrap_or(0)
}

/// An entry as a record.
pub(super) fn record(entry: &LogEntry, spec: &ServerSpec) -> [u8; 16] {
    let [low, high] = id(entry).to_le_bytes();
    let time = seconds(entry.at).to_le_bytes();
    let body: [u8; 14] = match &entry.event {
        LogEvent::Raw(bytes) => {
            let mut bytes = *bytes;
            // The controller stamps the time of timestamped records.
            if bytes[0] < 0xE0 {
                bytes[1..5].copy_from_slice(&time);
            }
            bytes
        }
        LogEvent::Message(text) => {
            // A record without time stamp whose bytes are the vendor's: the text as far as it goes.
            let mut bytes = [b' '; 14];
            bytes[0] = 0xE0;
            for (to, from) in bytes.iter_mut().skip(1).zip(text.bytes().filter(u8::is_ascii)) {
                *to = from;
            }
            bytes
        }
        event => {
            let (kind, number) = discrete::source(event, spec);
            let (direction, data) = direction_and_data(event, spec);
            let [t0, t1, t2, t3] = time;
            let [d0, d1, d2] = data;
            [0x02, t0, t1, t2, t3, 0x20, 0x00, 0x04, kind, number, direction, d0, d1, d2]
        }
    };
    let mut record = [0; 16];
    record[0] = low;
    record[1] = high;
    record[2..].copy_from_slice(&body);
    record
}

/// Offset of "boot completed" from this device (table 42-3, sensor type 1F).
pub(super) fn boot_offset(source: BootTarget) -> u8 {
    match source {
        BootTarget::Disk => 1,
        BootTarget::Pxe => 2,
        BootTarget::Diagnostics => 3,
        BootTarget::Cd | BootTarget::BuiltInCd => 4,
        BootTarget::Usb
        | BootTarget::Floppy
        | BootTarget::BiosSetup
        | BootTarget::UefiHttp
        | BootTarget::SdCard => 6,
    }
}

/// Get System Restart Cause's number for it (table 28-11).
pub(super) fn restart_cause(cause: ResetCause) -> u8 {
    match cause {
        ResetCause::Initial => 0x00,
        ResetCause::Command => 0x01,
        ResetCause::PolicyAlwaysOn => 0x06,
        ResetCause::PolicyPrevious => 0x07,
        ResetCause::OperatingSystem => 0x0A,
    }
}

/// Event direction with event type, and the three data bytes.
fn direction_and_data(event: &LogEvent, spec: &ServerSpec) -> (u8, [u8; 3]) {
    const ASSERTED: u8 = 0x6F;
    const CLEARED: u8 = 0xEF;
    let offset = |offset: u8| (ASSERTED, [offset, 0xFF, 0xFF]);
    match event {
        LogEvent::PowerOn => offset(0),
        LogEvent::PowerOff => offset(5),
        LogEvent::ShutdownRequested => offset(3),
        // "System restart", with the cause in the second byte.
        LogEvent::SystemRestart(cause) => (ASSERTED, [0xC7, restart_cause(*cause), 0xFF]),
        LogEvent::Boot(source) => offset(boot_offset(*source)),
        // Progress: starting the operating system.
        LogEvent::OsRunning => (ASSERTED, [0xC2, 0x13, 0xFF]),
        LogEvent::AcLost => offset(4),
        LogEvent::SupplyInputLost(_) => offset(3),
        LogEvent::SupplyInputRestored(_) => (CLEARED, [3, 0xFF, 0xFF]),
        // "Controller off-line" no longer.
        LogEvent::BmcStarted => (CLEARED, [2, 0xFF, 0xFF]),
        LogEvent::LogCleared => offset(2),
        LogEvent::AccountLocked(_) => offset(3),
        // Firmware or software change, successful.
        LogEvent::FirmwareUpdated(_) => offset(7),
        // Presence, and its end; predictive failure.
        LogEvent::Drive(_, DriveEvent::Inserted) => offset(0),
        LogEvent::Drive(_, DriveEvent::Removed) => (CLEARED, [0, 0xFF, 0xFF]),
        LogEvent::Drive(_, DriveEvent::FailurePredicted) => offset(2),
        LogEvent::Interrupt | LogEvent::Message(_) | LogEvent::Raw(_) => offset(0),
        LogEvent::Threshold { sensor, crossing, asserted, reading, limit } => {
            let scale = spec.sensors().get(*sensor).map(Scale::of);
            let raw = |value: f64| scale.map_or(0, |scale| scale.raw(value));
            let direction = if *asserted { 0x01 } else { 0x81 };
            (direction, [0x50 | crossing_offset(*crossing), raw(*reading), raw(*limit)])
        }
    }
}

/// Event offset of a threshold crossed in its bad direction (table 42-2).
fn crossing_offset(crossing: Crossing) -> u8 {
    match crossing {
        Crossing::LowerCaution => 0x0,
        Crossing::LowerCritical => 0x2,
        Crossing::LowerFatal => 0x4,
        Crossing::UpperCaution => 0x7,
        Crossing::UpperCritical => 0x9,
        Crossing::UpperFatal => 0xB,
    }
}
