//! APC: `PowerNet-MIB`. Four families of one vendor, and four encodings.

use super::{
    Commands, Family, Identity, Load, Meter, MeterKind, Outlets, Probe, ProbeKind, Quantity, Rows, Standing,
    State, Switching,
};

/// `…LoadState`: a low load is none that hurts.
const STANDINGS: &[(i64, Standing)] =
    &[(1, Standing::Normal), (2, Standing::Normal), (3, Standing::Warning), (4, Standing::Critical)];

/// `MasterSwitch`, the first switched units.
pub(super) const MASTERSWITCH: Family = Family {
    id: "apc-masterswitch",
    title: "APC MasterSwitch",
    source: "PowerNet-MIB, sPDU",
    // Also what newer units are if their own tables are empty.
    object_ids: &["318.1.3.4"],
    identity: Identity {
        model: Some("318.1.1.4.1.4"),
        serial: Some("318.1.1.4.1.5"),
        firmware: Some("318.1.1.4.1.2"),
    },
    outlets: Outlets {
        // 4 is "unknown".
        pending: Some(("318.1.1.4.4.2.1.2", 1)),
        label: Some("318.1.1.4.4.2.1.4"),
        label_set: Some("318.1.1.4.5.2.1.3"),
        switching: Some(Switching::Words {
            column: "318.1.1.4.4.2.1.3",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: Some(Commands { on: 5, off: 6, cycle: Some(7) }),
            cancel: None,
        }),
        on_delay: Some("318.1.1.4.5.2.1.2"),
        off_delay: Some("318.1.1.4.5.2.1.4"),
        cycle_off_time: Some("318.1.1.4.5.2.1.5"),
        ..Outlets::new("318.1.1.4.4.2.1.3", &[(1, State::On), (2, State::Off)])
    },
    meters: &[],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};

/// The first generation of rack units.
pub(super) const RPDU: Family = Family {
    id: "apc-rpdu",
    title: "APC rack PDU, first generation",
    source: "PowerNet-MIB, rPDU",
    object_ids: &["318.1.3.4.5", "318.1.3.4.8"],
    identity: Identity {
        model: Some("318.1.1.12.1.5"),
        serial: Some("318.1.1.12.1.6"),
        firmware: Some("318.1.1.12.1.3"),
    },
    outlets: Outlets {
        pending: Some(("318.1.1.12.3.5.1.1.5", 1)),
        label: Some("318.1.1.12.3.5.1.1.2"),
        label_set: Some("318.1.1.12.3.4.1.1.2"),
        switching: Some(Switching::Words {
            column: "318.1.1.12.3.3.1.1.4",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: Some(Commands { on: 4, off: 5, cycle: Some(6) }),
            cancel: Some(7),
        }),
        on_delay: Some("318.1.1.12.3.4.1.1.4"),
        off_delay: Some("318.1.1.12.3.4.1.1.5"),
        cycle_off_time: Some("318.1.1.12.3.4.1.1.6"),
        ..Outlets::new("318.1.1.12.3.5.1.1.4", &[(1, State::On), (2, State::Off)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Watts, "318.1.1.12.1.16", 1.0),
                (Quantity::VoltAmperes, "318.1.1.12.1.18", 1.0),
                (Quantity::PowerFactor, "318.1.1.12.1.17", 0.001),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[(Quantity::Amperes, "318.1.1.12.2.3.1.1.2", 0.1)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[(Quantity::Amperes, "318.1.1.12.3.5.1.1.7", 0.1)],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[Load { standing: Some(("318.1.1.12.2.3.1.1.3", STANDINGS)), ..Load::new(MeterKind::Phase) }],
    probes: &[],
};

/// The second generation of rack units: states are the other way round than commands.
pub(super) const RPDU2: Family = Family {
    id: "apc-rpdu2",
    title: "APC rack PDU, second generation",
    source: "PowerNet-MIB, rPDU2",
    object_ids: &["318.1.3.4.6"],
    identity: Identity {
        model: Some("318.1.1.26.2.1.8"),
        serial: Some("318.1.1.26.2.1.9"),
        firmware: Some("318.1.1.26.2.1.6"),
    },
    outlets: Outlets {
        pending: Some(("318.1.1.26.9.2.3.1.6", 1)),
        label: Some("318.1.1.26.9.2.3.1.3"),
        label_set: Some("318.1.1.26.9.2.1.1.3"),
        switching: Some(Switching::Words {
            column: "318.1.1.26.9.2.4.1.5",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: Some(Commands { on: 5, off: 6, cycle: Some(7) }),
            cancel: Some(8),
        }),
        on_delay: Some("318.1.1.26.9.2.1.1.5"),
        off_delay: Some("318.1.1.26.9.2.1.1.6"),
        cycle_off_time: Some("318.1.1.26.9.2.1.1.7"),
        ..Outlets::new("318.1.1.26.9.2.3.1.5", &[(1, State::Off), (2, State::On)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Watts, "318.1.1.26.4.3.1.5", 10.0),
                (Quantity::WattHours, "318.1.1.26.4.3.1.9", 100.0),
                (Quantity::VoltAmperes, "318.1.1.26.4.3.1.16", 10.0),
                (Quantity::PowerFactor, "318.1.1.26.4.3.1.17", 0.01),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Amperes, "318.1.1.26.6.3.1.5", 0.1),
                (Quantity::Volts, "318.1.1.26.6.3.1.6", 1.0),
                (Quantity::Watts, "318.1.1.26.6.3.1.7", 10.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "318.1.1.26.8.3.1.5", 0.1)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "318.1.1.26.9.4.3.1.6", 0.1),
                (Quantity::Watts, "318.1.1.26.9.4.3.1.7", 1.0),
                (Quantity::WattHours, "318.1.1.26.9.4.3.1.11", 100.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[
        Load { standing: Some(("318.1.1.26.4.3.1.4", STANDINGS)), ..Load::new(MeterKind::Inlet) },
        Load { standing: Some(("318.1.1.26.6.3.1.4", STANDINGS)), ..Load::new(MeterKind::Phase) },
        Load { standing: Some(("318.1.1.26.8.3.1.4", STANDINGS)), ..Load::new(MeterKind::Bank) },
        Load { standing: Some(("318.1.1.26.9.4.3.1.5", STANDINGS)), ..Load::new(MeterKind::Outlet) },
    ],
    probes: &[
        Probe {
            label: Some("318.1.1.26.10.2.2.1.3"),
            present: Some(("318.1.1.26.10.2.2.1.6", 2)),
            ..Probe::new(ProbeKind::Temperature, "318.1.1.26.10.2.2.1.8", 0.1)
        },
        Probe {
            label: Some("318.1.1.26.10.2.2.1.3"),
            present: Some(("318.1.1.26.10.2.2.1.6", 2)),
            ..Probe::new(ProbeKind::Humidity, "318.1.1.26.10.2.2.1.10", 1.0)
        },
    ],
};

/// The cheaper units.
pub(super) const EASY: Family = Family {
    id: "apc-easy",
    title: "APC Easy PDU",
    source: "PowerNet-MIB, ePDU",
    object_ids: &["318.1.3.4.9"],
    identity: Identity { model: None, serial: None, firmware: None },
    outlets: Outlets {
        switching: Some(Switching::Words {
            column: "318.1.1.30.6.2.1.4",
            now: Commands { on: 1, off: 2, cycle: None },
            later: None,
            cancel: None,
        }),
        ..Outlets::new("318.1.1.30.6.1.1.4", &[(1, State::Off), (2, State::On)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[(Quantity::Watts, "318.1.1.30.2.1.1.7", 1.0)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Volts, "318.1.1.30.4.2.1.4", 0.1),
                (Quantity::Amperes, "318.1.1.30.4.2.1.5", 0.01),
                (Quantity::Watts, "318.1.1.30.4.2.1.6", 1.0),
                (Quantity::VoltAmperes, "318.1.1.30.4.2.1.8", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
