//! Gude: one module a model. The state column is also the command.

use super::{Commands, Family, Identity, Outlets, State, Switching};

/// Expert Power Control 1202.
pub(super) const EPC1202: Family = Family {
    id: "gude-epc1202",
    title: "Gude Expert Power Control 1202",
    source: "GUDE-EPC1202-MIB; recorded unit",
    object_ids: &["28507.43"],
    identity: Identity { model: None, serial: None, firmware: None },
    outlets: Outlets {
        label: Some("28507.43.1.3.1.2.1.2"),
        label_set: Some("28507.43.1.3.1.2.1.2"),
        switching: Some(Switching::Words {
            column: "28507.43.1.3.1.2.1.3",
            now: Commands { on: 1, off: 0, cycle: None },
            later: None,
            cancel: None,
        }),
        ..Outlets::new("28507.43.1.3.1.2.1.3", &[(0, State::Off), (1, State::On)])
    },
    meters: &[],
    sensors: &[],
    groups: None,
    loads: &[],
    probes: &[],
};
