//! Every law on every driver and persona. Prints the matrix, and writes it as JSON below the target folder.

use std::path::PathBuf;

use futures_util::{StreamExt as _, stream};
use underlay_conformance::{Matrix, run};
use underlay_tests::{DriverRig, PERSONAS, trials};

/// Every driver with every persona that speaks its protocol.
fn rigs() -> Vec<DriverRig> {
    let pairs = PERSONAS.iter().flat_map(|persona| ["redfish", "ipmi"].map(|driver| (driver, *persona)));
    pairs
        .filter(|pair| *pair != ("redfish", "generic-ipmi"))
        .map(|(driver, persona)| DriverRig { driver, persona })
        .collect()
}

fn main() {
    trials([("every_law_is_kept_by_every_driver_on_every_persona", every_law_is_kept as fn() -> _)]);
}

async fn every_law_is_kept() {
    let rigs = rigs();
    assert_eq!(rigs.len(), 13);
    let rows = stream::iter(rigs).map(|rig| async move { run(&rig).await }).buffered(4).collect().await;
    let matrix = Matrix { rows };
    println!("{matrix}");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance-matrix.json");
    let json = serde_json::to_string_pretty(&matrix).expect("the matrix is plain data");
    std::fs::write(&file, json).expect("the target folder can be written");
    println!("written to {}", file.display());
    let broken: usize = matrix.rows.iter().map(|row| row.broken().count()).sum();
    assert_eq!(broken, 0, "{broken} laws are broken; see the matrix above");
}
