//! Sensors that have states rather than numbers, read from the machine itself.
use crate::{
    persona::SensorKind,
    plant::{HostPhase, LogEvent, ServerSnapshot, ServerSpec},
};

/// A sensor with states.
pub(super) struct Discrete {
    pub(super) number: u8,
    /// Sensor type (IPMI 2.0, table 42-3).
    pub(super) kind: u8,
    pub(super) entity: u8,
    pub(super) instance: u8,
    pub(super) name: String,
    /// One bit for each state it may be in.
    pub(super) possible: u16,
    which: Which,
}

#[derive(Clone, Copy)]
enum Which {
    Supply(usize),
    PowerUnit,
    AcpiPower,
    Firmware,
    OsBoot,
    EventLog,
}

/// Numbers that no persona uses for its own sensors.
pub(super) const SUPPLIES: u8 = 0xC0;
pub(super) const DRIVES: u8 = 0xD0;
pub(super) const EVENT_LOG: u8 = 0xE0;
pub(super) const ACPI_POWER: u8 = 0xE1;
pub(super) const FIRMWARE: u8 = 0xE2;
pub(super) const OS_BOOT: u8 = 0xE3;
pub(super) const POWER_UNIT: u8 = 0xE4;

/// All of a machine's sensors with states.
pub(super) fn all(spec: &ServerSpec) -> Vec<Discrete> {
    let fixed = |number, kind, entity, name: &str, possible, which| Discrete {
        number,
        kind,
        entity,
        instance: 1,
        name: name.to_owned(),
        possible,
        which,
    };
    let mut sensors: Vec<_> = (0..spec.power_supplies.count.min(16))
        .zip(0_u8..)
        .map(|(index, offset)| Discrete {
            number: SUPPLIES + offset,
            kind: 0x08,
            entity: 0x0A,
            instance: offset + 1,
            name: format!("PSU{} Status", offset + 1),
            possible: 0b1001,
            which: Which::Supply(index as usize),
        })
        .collect();
    sensors.extend([
        fixed(POWER_UNIT, 0x09, 0x13, "Power Unit", 0b1_0001, Which::PowerUnit),
        fixed(ACPI_POWER, 0x22, 0x13, "ACPI State", 0b10_0001, Which::AcpiPower),
        fixed(FIRMWARE, 0x0F, 0x22, "Boot Progress", 0b100, Which::Firmware),
        fixed(OS_BOOT, 0x1F, 0x23, "OS Boot", 0b111_1111, Which::OsBoot),
        fixed(EVENT_LOG, 0x10, 0x2E, "Event Log", 0b1_0100, Which::EventLog),
    ]);
    sensors
}

/// The states a sensor is in, one bit each.
pub(super) fn states(sensor: &Discrete, seen: &ServerSnapshot) -> u16 {
    match sensor.which {
        // Presence; input lost.
        Which::Supply(index) => match seen.supplies.get(index) {
            Some(supply) if supply.input => 0b0001,
            Some(_) => 0b1001,
            None => 0,
        },
        // Powered off or down.
        Which::PowerUnit => u16::from(!seen.phase.is_powered()),
        // S0/G0 working; S5/G2 soft off.
        Which::AcpiPower => {
            if seen.phase.is_powered() {
                1
            } else {
                1 << 5
            }
        }
        // Firmware progress while firmware runs.
        Which::Firmware => u16::from(matches!(seen.phase, HostPhase::Post | HostPhase::Setup)) << 2,
        // What the running system was booted from.
        Which::OsBoot => match (seen.phase, seen.last_boot()) {
            (HostPhase::Running, Some(boot)) => 1 << super::sel::boot_offset(boot.source),
            (HostPhase::Running, None) => 1 << 6,
            _ => 0,
        },
        // Full; almost full has no state of its own here.
        Which::EventLog => u16::from(seen.log.overflow) << 4,
    }
}

/// Sensor type and number an event belongs to, for events that are not a sensor's own.
pub(super) fn source(event: &LogEvent, spec: &ServerSpec) -> (u8, u8) {
    match event {
        LogEvent::PowerOn | LogEvent::PowerOff => (0x22, ACPI_POWER),
        LogEvent::AcLost => (0x09, POWER_UNIT),
        LogEvent::SupplyInputLost(number) | LogEvent::SupplyInputRestored(number) => {
            (0x08, SUPPLIES.saturating_add(number.saturating_sub(1)))
        }
        LogEvent::Boot(_) => (0x1F, OS_BOOT),
        LogEvent::OsRunning => (0x0F, FIRMWARE),
        LogEvent::LogCleared => (0x10, EVENT_LOG),
        LogEvent::SystemRestart(_) => (0x1D, 0xE5),
        LogEvent::ShutdownRequested => (0x20, 0xE6),
        LogEvent::Interrupt => (0x13, 0xE7),
        LogEvent::BmcStarted => (0x28, 0xE8),
        LogEvent::AccountLocked(_) => (0x2A, 0xE9),
        LogEvent::FirmwareUpdated(_) => (0x2B, 0xEB),
        LogEvent::Drive(drive, _) => {
            (0x0D, DRIVES.saturating_add(u8::try_from(*drive).unwrap_or(0x0F).min(0x0F)))
        }
        LogEvent::Threshold { sensor, .. } => {
            let data = spec.sensors().get(*sensor);
            let kind = data.map_or(SensorKind::Temperature, |data| data.kind);
            (super::scale::type_and_unit(kind).0, data.map_or(0, |data| data.number))
        }
        LogEvent::Message(_) | LogEvent::Raw(_) => (0x12, 0xEA),
    }
}
