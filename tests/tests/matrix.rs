//! Every law on every driver and persona, one trial each; a filter runs some of them (`cargo test --test matrix standard`).
//!
//! A whole run prints the matrix, writes it as JSON below the target folder, and checks that `docs/support.md` is what
//! it would write; `UNDERLAY_UPDATE=1` writes it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use libtest_mimic::{Arguments, Failed, Trial};
use underlay_conformance::{Matrix, Rig as _, Row, run};
use underlay_tests::{DriverRig, PERSONAS, pdu_personas, promise, shell_personas, support, switch_personas};

/// Every driver with every persona that speaks its protocol.
fn rigs() -> Vec<DriverRig> {
    let pairs = PERSONAS.iter().flat_map(|persona| ["redfish", "ipmi"].map(|driver| (driver, *persona)));
    let units = pdu_personas().into_iter().chain(switch_personas()).map(|persona| ("snmp", persona));
    let shells = shell_personas().into_iter().map(|persona| ("ssh", persona));
    pairs
        .filter(|pair| *pair != ("redfish", "generic-ipmi"))
        .chain(units)
        .chain(shells)
        .map(|(driver, persona)| DriverRig { driver, persona })
        .collect()
}

fn main() {
    let mut arguments = Arguments::from_args();
    // A world is a few sockets and mostly waits; more at once than cores, and not so many that clocks slip.
    arguments.test_threads.get_or_insert(9);
    let rigs = rigs();
    let rows: Arc<Mutex<Vec<Row>>> = Arc::default();
    let trials = rigs.iter().map(|rig| {
        let (rig, rows) = (rig.clone(), Arc::clone(&rows));
        Trial::test(rig.name().replace(' ', "_"), move || judge(&rig, &rows))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let mut rows = std::mem::take(&mut *rows.lock().expect("no trial panics while it holds the lock"));
    rows.sort_by_key(|row| rigs.iter().position(|rig| rig.name() == row.target));
    let matrix = Matrix { rows };
    if !matrix.rows.is_empty() {
        println!("{matrix}");
    }
    if matrix.rows.len() == rigs.len() {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance-matrix.json");
        let json = serde_json::to_string_pretty(&matrix).expect("the matrix is plain data");
        std::fs::write(&file, json).expect("the target folder can be written");
        println!("written to {}", file.display());
        if let Err(stale) = check_document(&matrix, &rigs) {
            eprintln!("{stale}");
            std::process::exit(101);
        }
    }
    conclusion.exit();
}

fn judge(rig: &DriverRig, rows: &Mutex<Vec<Row>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let row = runtime.block_on(run(rig));
    // The verdict is in; threads that linger must not turn it into a hang.
    runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    let broken: Vec<_> = row.broken().map(|cell| format!("{}: {}", cell.law, cell.verdict)).collect();
    rows.lock().map_err(|_| "a trial panicked")?.push(row);
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}

fn check_document(matrix: &Matrix, rigs: &[DriverRig]) -> Result<(), String> {
    let named: Vec<_> =
        rigs.iter().map(|rig| (rig.driver, rig.persona, promise(rig.driver, rig.persona))).collect();
    let made = support::document(matrix, &named);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/support.md");
    if std::env::var_os("UNDERLAY_UPDATE").is_some() {
        return std::fs::create_dir_all(path.with_file_name(""))
            .and_then(|()| std::fs::write(&path, made))
            .map_err(|error| error.to_string());
    }
    let now = std::fs::read_to_string(&path).unwrap_or_default();
    if now == made {
        return Ok(());
    }
    let difference = support::difference(&now, &made);
    Err(format!("docs/support.md is stale; UNDERLAY_UPDATE=1 writes it anew:\n{difference}"))
}
