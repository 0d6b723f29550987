//! Units of any vendor, by the standards' modules alone: looked at, and never switched.
//!
//! ENERGY-OBJECT-MIB has no outlets of its own: whatever is not the chassis is one. Its administrative state can be
//! written where the agent lets one; what an unknown unit makes of it is nobody's guess to make.

use super::{Family, Identity, Meter, MeterKind, Outlets, Quantity, Rows, State};

/// `entPhysicalClass` of the unit itself.
const CHASSIS: (&str, i64) = ("1.3.6.1.2.1.47.1.1.1.1.5", 3);

/// `eoPower`, in watts with a power of ten.
const POWER: &[(Quantity, &str, f64)] = &[(Quantity::Watts, "1.3.6.1.2.1.229.1.2.1.1", 1.0)];
/// `eoPowerUnitMultiplier`.
const MULTIPLIER: Option<&str> = Some("1.3.6.1.2.1.229.1.2.1.3");

/// Energy objects, and the output of what is a UPS.
pub(super) const STANDARD: Family = Family {
    id: "standard-power",
    title: "Unit of power by standard modules",
    source: "RFC 7461 ENERGY-OBJECT-MIB; RFC 6933 ENTITY-MIB; RFC 1628 UPS-MIB; power states: IANAPowerStateSet",
    object_ids: &[],
    // entPhysicalModelName, entPhysicalSerialNum, entPhysicalFirmwareRev.
    identity: Identity {
        model: Some("1.3.6.1.2.1.47.1.1.1.1.13"),
        serial: Some("1.3.6.1.2.1.47.1.1.1.1.11"),
        firmware: Some("1.3.6.1.2.1.47.1.1.1.1.9"),
    },
    outlets: Outlets {
        rows: Rows::Without(CHASSIS.0, CHASSIS.1),
        // entPhysicalAlias.
        label: Some("1.3.6.1.2.1.47.1.1.1.1.14"),
        // eoPowerOperState. Sleep, standby and the steps between low and high are neither, and told as they are.
        ..Outlets::new(
            "1.3.6.1.2.1.229.1.2.1.9",
            &[
                (259, State::On),
                (257, State::Off),
                (513, State::On),
                (516, State::Off),
                (517, State::Off),
                (1025, State::Off),
                (1026, State::Off),
                (1036, State::On),
            ],
        )
    },
    meters: &[
        Meter {
            kind: MeterKind::Inlet,
            rows: Rows::With(CHASSIS.0, CHASSIS.1),
            power_of_ten: MULTIPLIER,
            columns: POWER,
        },
        // upsOutputVoltage, upsOutputCurrent, upsOutputPower.
        Meter {
            kind: MeterKind::Phase,
            rows: Rows::All,
            power_of_ten: None,
            columns: &[
                (Quantity::Volts, "1.3.6.1.2.1.33.1.4.4.1.2", 1.0),
                (Quantity::Amperes, "1.3.6.1.2.1.33.1.4.4.1.3", 0.1),
                (Quantity::Watts, "1.3.6.1.2.1.33.1.4.4.1.4", 1.0),
            ],
        },
        Meter {
            kind: MeterKind::Outlet,
            rows: Rows::Without(CHASSIS.0, CHASSIS.1),
            power_of_ten: MULTIPLIER,
            columns: POWER,
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
