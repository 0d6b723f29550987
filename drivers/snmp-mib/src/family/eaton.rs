//! Eaton: `EATON-EPDU-MIB`, and the managed units before it.

use super::{
    Commands, Family, Groups, Identity, Limits, Load, Meter, MeterKind, Outlets, Policy, Probe, ProbeKind,
    Quantity, Rows, Scale, Standing, State, Switching,
};

/// `…CurrentThStatus`.
const STANDINGS: &[(i64, Standing)] = &[
    (0, Standing::Normal),
    (1, Standing::Warning),
    (2, Standing::Critical),
    (3, Standing::Warning),
    (4, Standing::Critical),
];

/// G2 and G3. The first number of an index is the unit's place in the chain, from 0. Commands take seconds.
pub(super) const EPDU: Family = Family {
    id: "eaton-epdu",
    title: "Eaton ePDU G2, G3",
    source: "EATON-EPDU-MIB",
    object_ids: &["534.6.6.7"],
    identity: Identity {
        model: Some("534.6.6.7.1.2.1.2"),
        serial: Some("534.6.6.7.1.2.1.4"),
        firmware: Some("534.6.6.7.1.2.1.5"),
    },
    outlets: Outlets {
        label: Some("534.6.6.7.6.1.1.3"),
        label_set: Some("534.6.6.7.6.1.1.3"),
        switching: Some(Switching::Seconds {
            off: "534.6.6.7.6.6.1.3",
            on: "534.6.6.7.6.6.1.4",
            cycle: Some("534.6.6.7.6.6.1.5"),
            cancel: -1,
        }),
        cycle_off_time: Some("534.6.6.7.6.6.1.8"),
        policy: Some((
            "534.6.6.7.6.6.1.6",
            &[(0, Policy::AlwaysOff), (1, Policy::AlwaysOn), (2, Policy::LastState)],
        )),
        ..Outlets::new(
            "534.6.6.7.6.6.1.2",
            &[(0, State::Off), (1, State::On), (2, State::PendingOff), (3, State::PendingOn)],
        )
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::VoltAmperes, "534.6.6.7.3.4.1.3", 1.0),
                (Quantity::Watts, "534.6.6.7.3.4.1.4", 1.0),
                (Quantity::WattHours, "534.6.6.7.3.4.1.5", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[(Quantity::Amperes, "534.6.6.7.3.3.1.4", 0.001)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "534.6.6.7.5.4.1.3", 0.001)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "534.6.6.7.6.4.1.3", 0.001),
                (Quantity::Volts, "534.6.6.7.6.3.1.2", 0.001),
                (Quantity::VoltAmperes, "534.6.6.7.6.5.1.2", 1.0),
                (Quantity::Watts, "534.6.6.7.6.5.1.3", 1.0),
                (Quantity::WattHours, "534.6.6.7.6.5.1.4", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: Some(Groups {
        label: "534.6.6.7.5.1.1.3",
        state: "534.6.6.7.5.6.1.2",
        is_on: 1,
        is_off: 0,
        on: "534.6.6.7.5.6.1.4",
        off: "534.6.6.7.5.6.1.3",
        members: "534.6.6.7.5.2.1.3",
        kinds: ("534.6.6.7.5.2.1.2", 4),
    }),
    loads: &[
        Load {
            standing: Some(("534.6.6.7.3.3.1.5", STANDINGS)),
            rated: Some(("534.6.6.7.3.3.1.3", 0.001)),
            ..Load::new(MeterKind::Phase)
        },
        Load {
            standing: Some(("534.6.6.7.5.4.1.4", STANDINGS)),
            rated: Some(("534.6.6.7.5.4.1.2", 0.001)),
            ..Load::new(MeterKind::Bank)
        },
        Load {
            standing: Some(("534.6.6.7.6.4.1.4", STANDINGS)),
            rated: Some(("534.6.6.7.6.4.1.2", 0.001)),
            limits: Some(Limits {
                lower_caution: "534.6.6.7.6.4.1.5",
                lower_critical: "534.6.6.7.6.4.1.6",
                upper_caution: "534.6.6.7.6.4.1.7",
                upper_critical: "534.6.6.7.6.4.1.8",
                one: Scale::Fixed(0.001),
                enabled: None,
            }),
            ..Load::new(MeterKind::Outlet)
        },
    ],
    probes: &[
        Probe {
            present: Some(("534.6.6.7.7.1.1.3", 1)),
            fahrenheit: Some(("534.6.6.7.1.2.1.9", 1)),
            ..Probe::new(ProbeKind::Temperature, "534.6.6.7.7.1.1.4", 0.1)
        },
        Probe::new(ProbeKind::Humidity, "534.6.6.7.7.2.1.4", 0.1),
    ],
};

/// The managed units before; outlets are counted from 0.
pub(super) const REVELATION: Family = Family {
    id: "eaton-revelation",
    title: "Eaton managed ePDU",
    source: "NUT eaton-pdu-revelation-mib.c; fence_eaton_snmp",
    object_ids: &["534.6.6.6"],
    identity: Identity { model: None, serial: None, firmware: None },
    outlets: Outlets {
        label: Some("534.6.6.6.1.2.2.1.2"),
        switching: Some(Switching::Words {
            column: "534.6.6.6.1.2.2.1.3",
            now: Commands { on: 1, off: 0, cycle: Some(2) },
            later: None,
            cancel: None,
        }),
        ..Outlets::new("534.6.6.6.1.2.2.1.3", &[(0, State::Off), (1, State::On), (2, State::Cycling)])
    },
    meters: &[Meter {
        rows: Rows::All,
        power_of_ten: None,
        kind: MeterKind::Outlet,
        columns: &[
            (Quantity::Amperes, "534.6.6.6.1.2.2.1.4", 0.001),
            (Quantity::Watts, "534.6.6.6.1.2.2.1.7", 1.0),
        ],
    }],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
