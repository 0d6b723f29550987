//! Server Technology: `Sentry3-MIB` and `Sentry4-MIB`. -1 is "not measured".

use super::{
    Commands, Family, Identity, Load, Meter, MeterKind, Outlets, Policy, Probe, ProbeKind, Quantity, Rows,
    Standing, State, Switching,
};

/// `…LoadStatus` of Sentry3-MIB.
const LOADS: &[(i64, Standing)] = &[
    (0, Standing::Normal),
    (1, Standing::Normal),
    (3, Standing::Normal),
    (4, Standing::Warning),
    (5, Standing::Critical),
];

/// Status words of Sentry4-MIB that say something about a load.
const STATUSES: &[(i64, Standing)] = &[
    (0, Standing::Normal),
    (12, Standing::Critical),
    (13, Standing::Critical),
    (14, Standing::Critical),
    (15, Standing::Warning),
    (16, Standing::Warning),
    (17, Standing::Critical),
    (18, Standing::Critical),
    (19, Standing::Warning),
    (20, Standing::Critical),
];

/// Sentry 3: towers, infeeds, outlets.
pub(super) const SENTRY3: Family = Family {
    id: "servertech-sentry3",
    title: "Server Technology Sentry 3",
    source: "Sentry3-MIB",
    object_ids: &["1718.3"],
    identity: Identity {
        model: Some("1718.3.2.1.1.7"),
        serial: Some("1718.3.2.1.1.6"),
        firmware: Some("1718.3.1.1"),
    },
    outlets: Outlets {
        label: Some("1718.3.2.3.1.3"),
        label_set: Some("1718.3.2.3.1.3"),
        switching: Some(Switching::Words {
            column: "1718.3.2.3.1.11",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: None,
            cancel: None,
        }),
        policy: Some((
            "1718.3.2.3.1.19",
            &[(1, Policy::LastState), (2, Policy::AlwaysOff), (3, Policy::AlwaysOn)],
        )),
        ..Outlets::new(
            "1718.3.2.3.1.5",
            &[
                (0, State::Off),
                (1, State::On),
                (2, State::PendingOff),
                (3, State::PendingOn),
                (4, State::Fault),
                (5, State::Fault),
                (6, State::Fault),
                (8, State::Fault),
                (9, State::Fault),
            ],
        )
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Amperes, "1718.3.2.2.1.7", 0.01),
                (Quantity::Volts, "1718.3.2.2.1.11", 0.1),
                (Quantity::Watts, "1718.3.2.2.1.12", 1.0),
                (Quantity::VoltAmperes, "1718.3.2.2.1.13", 1.0),
                (Quantity::PowerFactor, "1718.3.2.2.1.14", 0.01),
                (Quantity::WattHours, "1718.3.2.2.1.16", 100.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "1718.3.2.7.1.7", 0.01)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "1718.3.2.3.1.7", 0.01),
                (Quantity::Volts, "1718.3.2.3.1.13", 0.1),
                (Quantity::Watts, "1718.3.2.3.1.14", 1.0),
                (Quantity::WattHours, "1718.3.2.3.1.18", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[
        Load {
            standing: Some(("1718.3.2.2.1.6", LOADS)),
            rated: Some(("1718.3.2.2.1.10", 1.0)),
            ..Load::new(MeterKind::Inlet)
        },
        Load {
            standing: Some(("1718.3.2.3.1.6", LOADS)),
            rated: Some(("1718.3.2.3.1.12", 1.0)),
            ..Load::new(MeterKind::Outlet)
        },
    ],
    probes: &[
        Probe {
            label: Some("1718.3.2.5.1.3"),
            present: Some(("1718.3.2.5.1.4", 0)),
            fahrenheit: Some(("1718.3.2.5.1.13", 1)),
            ..Probe::new(ProbeKind::Temperature, "1718.3.2.5.1.6", 0.1)
        },
        Probe {
            label: Some("1718.3.2.5.1.3"),
            present: Some(("1718.3.2.5.1.4", 0)),
            ..Probe::new(ProbeKind::Humidity, "1718.3.2.5.1.10", 1.0)
        },
    ],
};

/// Sentry 4: units, cords, outlets.
pub(super) const SENTRY4: Family = Family {
    id: "servertech-sentry4",
    title: "Server Technology Sentry 4 (PRO1, PRO2)",
    source: "Sentry4-MIB",
    object_ids: &["1718.4"],
    identity: Identity { model: Some("1718.4.1.2.2.1.3"), serial: None, firmware: Some("1718.4.1.1.1.1") },
    outlets: Outlets {
        label: Some("1718.4.1.8.2.1.3"),
        label_set: Some("1718.4.1.8.2.1.3"),
        switching: Some(Switching::Words {
            column: "1718.4.1.8.5.1.2",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: None,
            cancel: None,
        }),
        ..Outlets::new("1718.4.1.8.3.1.1", &[(1, State::On), (2, State::Off)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Watts, "1718.4.1.3.3.1.3", 1.0),
                (Quantity::VoltAmperes, "1718.4.1.3.3.1.5", 1.0),
                (Quantity::PowerFactor, "1718.4.1.3.3.1.8", 0.01),
                (Quantity::WattHours, "1718.4.1.3.3.1.10", 100.0),
                (Quantity::Hertz, "1718.4.1.3.3.1.11", 0.1),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Volts, "1718.4.1.5.3.1.3", 0.1),
                (Quantity::Amperes, "1718.4.1.5.3.1.6", 0.01),
                (Quantity::Watts, "1718.4.1.5.3.1.8", 1.0),
                (Quantity::WattHours, "1718.4.1.5.3.1.13", 100.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "1718.4.1.7.3.1.3", 0.01)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "1718.4.1.8.3.1.3", 0.01),
                (Quantity::Volts, "1718.4.1.8.3.1.6", 0.1),
                (Quantity::Watts, "1718.4.1.8.3.1.7", 1.0),
                (Quantity::VoltAmperes, "1718.4.1.8.3.1.9", 1.0),
                (Quantity::PowerFactor, "1718.4.1.8.3.1.10", 0.01),
                (Quantity::WattHours, "1718.4.1.8.3.1.14", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[
        Load { standing: Some(("1718.4.1.3.3.1.2", STATUSES)), ..Load::new(MeterKind::Inlet) },
        Load { standing: Some(("1718.4.1.4.3.1.4", STATUSES)), ..Load::new(MeterKind::Phase) },
        Load { standing: Some(("1718.4.1.7.3.1.2", STATUSES)), ..Load::new(MeterKind::Bank) },
        Load { standing: Some(("1718.4.1.8.3.1.4", STATUSES)), ..Load::new(MeterKind::Outlet) },
    ],
    probes: &[],
};
