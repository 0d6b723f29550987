//! Raritan: `PDU-MIB` of the first generation, `PDU2-MIB` of those after it.

use super::{
    Commands, Family, Identity, Limits, Load, Meter, MeterKind, Outlets, Policy, Probe, ProbeKind, Quantity,
    Rows, Scale, Sensors, Standing, State, Switching,
};

/// PX, the first generation.
pub(super) const PX1: Family = Family {
    id: "raritan-px1",
    title: "Raritan PX, first generation",
    source: "PDU-MIB",
    object_ids: &["13742.4", "13742.1"],
    identity: Identity { model: None, serial: Some("13742.4.1.1.2"), firmware: Some("13742.4.1.1.1") },
    outlets: Outlets {
        label: Some("13742.4.1.2.2.1.2"),
        label_set: Some("13742.4.1.2.2.1.2"),
        switching: Some(Switching::Words {
            column: "13742.4.1.2.2.1.3",
            now: Commands { on: 1, off: 0, cycle: Some(2) },
            later: None,
            cancel: None,
        }),
        ..Outlets::new(
            "13742.4.1.2.2.1.3",
            &[(0, State::Off), (1, State::On), (2, State::Cycling), (-1, State::Fault)],
        )
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Amperes, "13742.4.1.20.2.1.7", 0.001),
                (Quantity::Volts, "13742.4.1.20.2.1.8", 0.001),
                (Quantity::Watts, "13742.4.1.20.2.1.9", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "13742.4.1.5.2.1.5", 0.001)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "13742.4.1.2.2.1.4", 0.001),
                (Quantity::Volts, "13742.4.1.2.2.1.6", 0.001),
                (Quantity::Watts, "13742.4.1.2.2.1.7", 1.0),
                (Quantity::VoltAmperes, "13742.4.1.2.2.1.8", 1.0),
                (Quantity::PowerFactor, "13742.4.1.2.2.1.9", 0.01),
                (Quantity::WattHours, "13742.4.1.2.2.1.31", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};

/// What a sensor's number means.
const NUMBERS: &[(u32, Quantity)] = &[
    (1, Quantity::Amperes),
    (4, Quantity::Volts),
    (5, Quantity::Watts),
    (6, Quantity::VoltAmperes),
    (7, Quantity::PowerFactor),
    (8, Quantity::WattHours),
    (23, Quantity::Hertz),
];

/// Limits of what is plugged in beside.
const EXTERNAL: Option<Limits> = Some(Limits {
    lower_critical: "13742.6.3.6.3.1.31",
    lower_caution: "13742.6.3.6.3.1.32",
    upper_critical: "13742.6.3.6.3.1.33",
    upper_caution: "13742.6.3.6.3.1.34",
    one: Scale::Digits("13742.6.3.6.3.1.17"),
    enabled: Some("13742.6.3.6.3.1.35"),
});

/// PX2, PX3, PX4.
pub(super) const PDU2: Family = Family {
    id: "raritan-pdu2",
    title: "Raritan PX2, PX3, PX4",
    source: "PDU2-MIB 4.3.10",
    object_ids: &["13742.6"],
    identity: Identity {
        model: Some("13742.6.3.2.1.1.3"),
        serial: Some("13742.6.3.2.1.1.4"),
        firmware: None,
    },
    outlets: Outlets {
        label: Some("13742.6.3.5.3.1.3"),
        label_set: Some("13742.6.3.5.3.1.3"),
        switching: Some(Switching::Words {
            column: "13742.6.4.1.2.1.2",
            now: Commands { on: 1, off: 0, cycle: Some(2) },
            later: None,
            cancel: None,
        }),
        cycle_off_time: Some("13742.6.3.5.3.1.12"),
        policy: Some((
            "13742.6.3.5.3.1.13",
            &[(0, Policy::AlwaysOff), (1, Policy::AlwaysOn), (2, Policy::LastState)],
        )),
        fixed: Some(("13742.6.3.5.3.1.28", 2)),
        ..Outlets::new(
            "13742.6.4.1.2.1.3",
            &[(7, State::On), (8, State::Off), (-1, State::Fault), (14, State::Fault), (26, State::Fault)],
        )
    },
    meters: &[],
    sensors: &[
        Sensors {
            kind: MeterKind::Inlet,
            value: "13742.6.5.2.3.1.4",
            digits: "13742.6.3.3.4.1.7",
            numbers: NUMBERS,
        },
        Sensors {
            kind: MeterKind::Outlet,
            value: "13742.6.5.4.3.1.4",
            digits: "13742.6.3.5.4.1.7",
            numbers: NUMBERS,
        },
    ],
    groups: None,
    loads: &[Load {
        rated: Some(("13742.6.3.5.3.1.7", 1.0)),
        limits: Some(Limits {
            lower_critical: "13742.6.3.5.4.1.21",
            lower_caution: "13742.6.3.5.4.1.22",
            upper_critical: "13742.6.3.5.4.1.23",
            upper_caution: "13742.6.3.5.4.1.24",
            one: Scale::Digits("13742.6.3.5.4.1.7"),
            enabled: Some("13742.6.3.5.4.1.25"),
        }),
        standing: Some((
            "13742.6.5.4.3.1.3",
            &[
                (2, Standing::Critical),
                (3, Standing::Warning),
                (4, Standing::Normal),
                (5, Standing::Warning),
                (6, Standing::Critical),
            ],
        )),
        number: Some(1),
        ..Load::new(MeterKind::Outlet)
    }],
    probes: &[
        Probe {
            one: Scale::Digits("13742.6.3.6.3.1.17"),
            label: Some("13742.6.3.6.3.1.4"),
            present: Some(("13742.6.3.6.3.1.2", 10)),
            limits: EXTERNAL,
            ..Probe::new(ProbeKind::Temperature, "13742.6.5.5.3.1.4", 1.0)
        },
        Probe {
            one: Scale::Digits("13742.6.3.6.3.1.17"),
            label: Some("13742.6.3.6.3.1.4"),
            present: Some(("13742.6.3.6.3.1.2", 11)),
            limits: EXTERNAL,
            ..Probe::new(ProbeKind::Humidity, "13742.6.5.5.3.1.4", 1.0)
        },
    ],
};
