//! Liebert: `LIEBERT-GP-PDU-MIB`. Commands are 0 and 1, states 1 and 2.

use super::{
    Commands, Family, Identity, Meter, MeterKind, Outlets, Policy, Quantity, Rows, State, Switching,
};

/// MPH and MPX: units, branches, receptacles.
pub(super) const MPH: Family = Family {
    id: "liebert-mph",
    title: "Liebert MPH, MPX",
    source: "LIEBERT-GP-PDU-MIB",
    object_ids: &["476.1.42"],
    identity: Identity { model: None, serial: Some("476.1.42.3.8.20.1.45"), firmware: None },
    outlets: Outlets {
        label: Some("476.1.42.3.8.50.20.1.10"),
        label_set: Some("476.1.42.3.8.50.20.1.10"),
        switching: Some(Switching::Words {
            column: "476.1.42.3.8.50.20.1.100",
            now: Commands { on: 1, off: 0, cycle: Some(2) },
            later: None,
            cancel: None,
        }),
        on_delay: Some("476.1.42.3.8.50.20.1.90"),
        policy: Some((
            "476.1.42.3.8.50.20.1.96",
            &[(1, Policy::AlwaysOn), (2, Policy::AlwaysOff), (3, Policy::LastState)],
        )),
        fixed: Some(("476.1.42.3.8.50.20.1.105", 2)),
        ..Outlets::new("476.1.42.3.8.50.20.1.95", &[(1, State::Off), (2, State::On), (3, State::PendingOn)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Watts, "476.1.42.3.8.30.20.1.65", 1.0),
                (Quantity::VoltAmperes, "476.1.42.3.8.30.20.1.90", 1.0),
                (Quantity::WattHours, "476.1.42.3.8.30.20.1.50", 100.0),
                (Quantity::PowerFactor, "476.1.42.3.8.30.20.1.95", 0.01),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[
                (Quantity::Volts, "476.1.42.3.8.40.20.1.100", 0.1),
                (Quantity::Amperes, "476.1.42.3.8.40.20.1.130", 0.01),
                (Quantity::Watts, "476.1.42.3.8.40.20.1.115", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "476.1.42.3.8.50.20.1.61", 0.01),
                (Quantity::Volts, "476.1.42.3.8.50.20.1.56", 0.1),
                (Quantity::Watts, "476.1.42.3.8.50.20.1.65", 1.0),
                (Quantity::VoltAmperes, "476.1.42.3.8.50.20.1.70", 1.0),
                (Quantity::WattHours, "476.1.42.3.8.50.20.1.85", 100.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
