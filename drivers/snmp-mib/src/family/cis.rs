//! One manufacturer's table under three vendors' numbers: Panduit, Eaton nLogic, HPE.

use super::{
    Family, Identity, Limits, Load, Meter, MeterKind, Outlets, Policy, Quantity, Rows, Scale, Standing,
    State, Switching,
};

/// The table below one number.
macro_rules! table {
    ($base:literal, $id:literal, $title:literal, $source:literal) => {
        Family {
            id: $id,
            title: $title,
            source: $source,
            object_ids: &[$base],
            identity: Identity {
                model: Some(concat!($base, ".1.2.1.3")),
                serial: Some(concat!($base, ".1.2.1.7")),
                firmware: Some(concat!($base, ".1.2.1.5")),
            },
            outlets: Outlets {
                label: Some(concat!($base, ".5.1.1.2")),
                label_set: Some(concat!($base, ".5.1.1.2")),
                switching: Some(Switching::Seconds {
                    off: concat!($base, ".5.2.1.2"),
                    on: concat!($base, ".5.2.1.3"),
                    cycle: Some(concat!($base, ".5.2.1.4")),
                    cancel: -1,
                }),
                cycle_off_time: Some(concat!($base, ".5.2.1.7")),
                policy: Some((
                    concat!($base, ".5.2.1.5"),
                    &[(1, Policy::AlwaysOff), (2, Policy::AlwaysOn), (3, Policy::LastState)],
                )),
                fixed: Some((concat!($base, ".5.2.1.8"), 2)),
                ..Outlets::new(
                    concat!($base, ".5.2.1.1"),
                    &[(1, State::Off), (2, State::On), (3, State::PendingOff), (4, State::PendingOn)],
                )
            },
            meters: &[Meter {
                rows: Rows::All,
                power_of_ten: None,
                kind: MeterKind::Outlet,
                columns: &[
                    (Quantity::Amperes, concat!($base, ".5.1.1.5"), 0.01),
                    (Quantity::VoltAmperes, concat!($base, ".5.1.1.12"), 1.0),
                    (Quantity::Watts, concat!($base, ".5.1.1.13"), 1.0),
                    (Quantity::WattHours, concat!($base, ".5.1.1.14"), 1.0),
                    (Quantity::PowerFactor, concat!($base, ".5.1.1.16"), 0.01),
                ],
            }],
            sensors: &[],
            groups: None,
            loads: &[],
            probes: &[],
        }
    };
}

/// Panduit G5.
pub(super) const PANDUIT: Family =
    table!("19536.10.1", "panduit-g5", "Panduit G5", "NUT: panduit table; Ironic snmp.py");
/// Eaton nLogic.
pub(super) const NLOGIC: Family =
    table!("534.7.1", "eaton-nlogic", "Eaton nLogic", "NUT eaton-pdu-nlogic-mib.c");
/// HPE, third generation.
pub(super) const HPE3: Family =
    table!("232.165.11", "hpe-pdu3", "HPE PDU, third generation", "NUT hpe-pdu3-cis-mib.c");

/// HPE, second generation: the same table, measured in other units.
pub(super) const HPE2: Family = Family {
    id: "hpe-pdu2",
    title: "HPE PDU, second generation",
    source: "NUT hpe-pdu-mib.c; recorded unit",
    object_ids: &["232.165.7"],
    identity: Identity {
        model: Some("232.165.7.1.2.1.3"),
        serial: Some("232.165.7.1.2.1.7"),
        firmware: Some("232.165.7.1.2.1.5"),
    },
    outlets: Outlets {
        label: Some("232.165.7.5.1.1.2"),
        label_set: Some("232.165.7.5.1.1.2"),
        switching: Some(Switching::Seconds {
            off: "232.165.7.5.2.1.2",
            on: "232.165.7.5.2.1.3",
            cycle: Some("232.165.7.5.2.1.4"),
            cancel: -1,
        }),
        ..Outlets::new(
            "232.165.7.5.2.1.1",
            &[(1, State::Off), (2, State::On), (3, State::PendingOff), (4, State::PendingOn)],
        )
    },
    meters: &[Meter {
        rows: Rows::All,
        power_of_ten: None,
        kind: MeterKind::Outlet,
        columns: &[
            (Quantity::Amperes, "232.165.7.5.1.1.5", 0.001),
            (Quantity::VoltAmperes, "232.165.7.5.1.1.13", 1.0),
            (Quantity::Watts, "232.165.7.5.1.1.14", 1.0),
            (Quantity::PowerFactor, "232.165.7.5.1.1.17", 0.001),
        ],
    }],
    sensors: &[],
    groups: None,
    loads: &[Load {
        standing: Some((
            "232.165.7.5.1.1.6",
            &[
                (1, Standing::Normal),
                (2, Standing::Warning),
                (3, Standing::Critical),
                (4, Standing::Warning),
                (5, Standing::Critical),
            ],
        )),
        limits: Some(Limits {
            lower_caution: "232.165.7.5.1.1.7",
            lower_critical: "232.165.7.5.1.1.8",
            upper_caution: "232.165.7.5.1.1.9",
            upper_critical: "232.165.7.5.1.1.10",
            one: Scale::Fixed(0.001),
            enabled: None,
        }),
        ..Load::new(MeterKind::Outlet)
    }],
    probes: &[],
};
