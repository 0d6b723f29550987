//! Baytech: `Baytech-MIB`. Outlets can be held in their state.

use super::{Commands, Family, Identity, Meter, MeterKind, Outlets, Quantity, Rows, State, Switching};

/// RPC and MRP: modules and their outlets.
pub(super) const RPC: Family = Family {
    id: "baytech-rpc",
    title: "Baytech RPC, MRP",
    source: "Baytech-MIB",
    object_ids: &["4779"],
    identity: Identity {
        model: Some("4779.1.3.5.2.1.24"),
        serial: Some("4779.1.1.2"),
        firmware: Some("4779.1.1.1"),
    },
    outlets: Outlets {
        label: Some("4779.1.3.5.3.1.4"),
        label_set: Some("4779.1.3.5.3.1.4"),
        switching: Some(Switching::Words {
            column: "4779.1.3.5.3.1.3",
            now: Commands { on: 1, off: 0, cycle: Some(2) },
            later: None,
            cancel: None,
        }),
        ..Outlets::new(
            "4779.1.3.5.3.1.3",
            &[
                (0, State::Off),
                (1, State::On),
                (2, State::Cycling),
                (3, State::LockedOn),
                (4, State::LockedOff),
            ],
        )
    },
    meters: &[Meter {
        rows: Rows::All,
        power_of_ten: None,
        kind: MeterKind::Inlet,
        columns: &[
            (Quantity::Amperes, "4779.1.3.5.2.1.4", 0.1),
            (Quantity::Volts, "4779.1.3.5.2.1.6", 1.0),
            (Quantity::VoltAmperes, "4779.1.3.5.2.1.18", 1.0),
        ],
    }],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
