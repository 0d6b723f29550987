//! Vertiv and Geist: `GEIST-V5-MIB`.

use super::{Commands, Family, Identity, Meter, MeterKind, Outlets, Quantity, Rows, State, Switching};

/// Units with the fifth version of the module.
pub(super) const GEIST: Family = Family {
    id: "vertiv-geist",
    title: "Vertiv Geist",
    source: "VERTIV-V5-MIB",
    object_ids: &["21239"],
    identity: Identity {
        model: Some("21239.5.2.1.8"),
        serial: Some("21239.5.2.1.10"),
        firmware: Some("21239.5.2.1.2"),
    },
    outlets: Outlets {
        label: Some("21239.5.2.3.5.1.3"),
        label_set: Some("21239.5.2.3.5.1.3"),
        switching: Some(Switching::Words {
            column: "21239.5.2.3.5.1.6",
            now: Commands { on: 2, off: 4, cycle: Some(6) },
            later: Some(Commands { on: 3, off: 5, cycle: Some(7) }),
            cancel: Some(1),
        }),
        ..Outlets::new(
            "21239.5.2.3.5.1.4",
            &[
                (1, State::On),
                (2, State::Off),
                (3, State::PendingOff),
                (4, State::PendingOn),
                (5, State::Cycling),
                (6, State::Cycling),
                (7, State::Fault),
            ],
        )
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[(Quantity::Watts, "21239.5.2.3.1.1.9", 1.0)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Volts, "21239.5.2.3.2.1.4", 0.1),
                (Quantity::Amperes, "21239.5.2.3.2.1.8", 0.01),
                (Quantity::Watts, "21239.5.2.3.2.1.12", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "21239.5.2.3.3.1.4", 0.01)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Volts, "21239.5.2.3.6.1.4", 0.1),
                (Quantity::Amperes, "21239.5.2.3.6.1.8", 0.01),
                (Quantity::Watts, "21239.5.2.3.6.1.12", 1.0),
                (Quantity::VoltAmperes, "21239.5.2.3.6.1.13", 1.0),
                (Quantity::PowerFactor, "21239.5.2.3.6.1.14", 0.01),
                (Quantity::WattHours, "21239.5.2.3.6.1.15", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
