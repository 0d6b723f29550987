//! CyberPower: `CPS-MIB`, `ePDU` and `ePDU2`. Both have one `sysObjectID`; the second's table says which it is.

use super::{
    Commands, Family, Identity, Load, Meter, MeterKind, Outlets, Quantity, Rows, Standing, State, Switching,
};

/// `…LoadState`: a low load is none that hurts.
const STANDINGS: &[(i64, Standing)] =
    &[(1, Standing::Normal), (2, Standing::Normal), (3, Standing::Warning), (4, Standing::Critical)];

/// The first generation.
pub(super) const EPDU: Family = Family {
    id: "cyberpower-epdu",
    title: "CyberPower PDU, first generation",
    source: "CPS-MIB, ePDU",
    object_ids: &["3808"],
    identity: Identity {
        model: Some("3808.1.1.3.1.5"),
        serial: Some("3808.1.1.3.1.6"),
        firmware: Some("3808.1.1.3.1.3"),
    },
    outlets: Outlets {
        label: Some("3808.1.1.3.3.5.1.1.2"),
        switching: Some(Switching::Words {
            column: "3808.1.1.3.3.3.1.1.4",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: None,
            cancel: None,
        }),
        ..Outlets::new("3808.1.1.3.3.5.1.1.4", &[(1, State::On), (2, State::Off)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Amperes, "3808.1.1.3.2.3.1.1.2", 0.1),
                (Quantity::Watts, "3808.1.1.3.2.3.1.1.8", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "3808.1.1.3.3.5.1.1.7", 0.1),
                (Quantity::Watts, "3808.1.1.3.3.5.1.1.8", 1.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};

/// The second generation.
pub(super) const EPDU2: Family = Family {
    id: "cyberpower-epdu2",
    title: "CyberPower PDU, second generation",
    source: "CPS-MIB, ePDU2",
    object_ids: &["3808"],
    identity: Identity {
        model: Some("3808.1.1.6.2.2.1.9"),
        serial: Some("3808.1.1.6.2.2.1.10"),
        firmware: Some("3808.1.1.6.2.2.1.7"),
    },
    outlets: Outlets {
        pending: Some(("3808.1.1.6.6.1.4.1.6", 1)),
        label: Some("3808.1.1.6.6.1.4.1.4"),
        label_set: Some("3808.1.1.6.6.1.2.1.4"),
        switching: Some(Switching::Words {
            column: "3808.1.1.6.6.1.5.1.5",
            now: Commands { on: 1, off: 2, cycle: Some(3) },
            later: Some(Commands { on: 4, off: 5, cycle: Some(6) }),
            cancel: Some(7),
        }),
        on_delay: Some("3808.1.1.6.6.1.2.1.5"),
        off_delay: Some("3808.1.1.6.6.1.2.1.6"),
        cycle_off_time: Some("3808.1.1.6.6.1.2.1.7"),
        ..Outlets::new("3808.1.1.6.6.1.4.1.5", &[(1, State::On), (2, State::Off)])
    },
    meters: &[
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Inlet,
            columns: &[
                (Quantity::Amperes, "3808.1.1.6.3.4.1.5", 0.1),
                (Quantity::Watts, "3808.1.1.6.3.4.1.18", 1.0),
                (Quantity::VoltAmperes, "3808.1.1.6.3.4.1.15", 1.0),
                (Quantity::PowerFactor, "3808.1.1.6.3.4.1.16", 0.01),
                (Quantity::WattHours, "3808.1.1.6.3.4.1.9", 100.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Phase,
            columns: &[
                (Quantity::Amperes, "3808.1.1.6.4.4.1.5", 0.1),
                (Quantity::Volts, "3808.1.1.6.4.4.1.6", 0.1),
                (Quantity::Watts, "3808.1.1.6.4.4.1.7", 1.0),
            ],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Bank,
            columns: &[(Quantity::Amperes, "3808.1.1.6.5.4.1.5", 0.1)],
        },
        Meter {
            rows: Rows::All,
            power_of_ten: None,
            kind: MeterKind::Outlet,
            columns: &[
                (Quantity::Amperes, "3808.1.1.6.6.2.4.1.6", 0.1),
                (Quantity::Watts, "3808.1.1.6.6.2.4.1.7", 1.0),
                (Quantity::WattHours, "3808.1.1.6.6.2.4.1.11", 100.0),
            ],
        },
    ],
    sensors: &[],
    groups: None,
    loads: &[
        Load { standing: Some(("3808.1.1.6.4.4.1.4", STANDINGS)), ..Load::new(MeterKind::Phase) },
        Load { standing: Some(("3808.1.1.6.5.4.1.4", STANDINGS)), ..Load::new(MeterKind::Bank) },
    ],
    probes: &[],
};
