//! Who may know whom: the arrows between the crates, and what must not stand in the HAL.
//!
//! Each check is a function of plain data, and is shown a bad example before it sees the real thing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Crates of the workspace and those they need to be built, tests aside.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// What each crate may know, and nothing else. A crate that is not here may not exist.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("underlay-hal", &[]),
    ("underlay-ipmi-codec", &[]),
    ("underlay-snmp-mib", &[]),
    ("underlay-rack", &["underlay-hal"]),
    ("underlay-conformance", &["underlay-hal"]),
    ("underlay-ipmi", &["underlay-hal", "underlay-ipmi-codec"]),
    ("underlay-redfish", &["underlay-hal"]),
    ("underlay-snmp", &["underlay-hal", "underlay-snmp-mib"]),
    ("underlay-switch-cli", &["underlay-hal"]),
    ("underlay-switch-ssh", &["underlay-hal", "underlay-switch-cli"]),
    (
        "underlay-drivers",
        &["underlay-hal", "underlay-ipmi", "underlay-redfish", "underlay-snmp", "underlay-switch-ssh"],
    ),
    (
        "underlay-simulators",
        &[
            "underlay-conformance",
            "underlay-hal",
            "underlay-ipmi-codec",
            "underlay-rack",
            "underlay-snmp-mib",
        ],
    ),
    // Two of these for the binary alone; see `optional_for_the_binary`.
    ("underlay-orchestrator", &["underlay-drivers", "underlay-hal", "underlay-rack", "underlay-simulators"]),
    (
        "underlay-tests",
        &[
            "underlay-conformance",
            "underlay-drivers",
            "underlay-hal",
            "underlay-ipmi",
            "underlay-orchestrator",
            "underlay-rack",
            "underlay-redfish",
            "underlay-simulators",
        ],
    ),
];

/// Arrows that are not allowed, and crates that nobody has decided about.
fn forbidden(arrows: &Arrows) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, to) in arrows {
        match ALLOWED.iter().find(|(name, _)| name == from) {
            None => wrong.push(format!("{from}: no rule says what it may know")),
            Some((_, allowed)) => {
                let beyond = to.iter().filter(|name| !allowed.contains(&name.as_str()));
                wrong.extend(beyond.map(|name| format!("{from} -> {name}")));
            }
        }
    }
    wrong
}

/// Among everything that a crate needs, itself and what it must not need.
fn reachable(graph: &Arrows, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            open.extend(graph.get(&name).into_iter().flatten().cloned());
        }
    }
    seen
}

/// Features of tokio that open sockets or start programs.
fn worldly(features: &[String]) -> Vec<&String> {
    features
        .iter()
        .filter(|feature| ["net", "process", "full", "rt-multi-thread"].contains(&feature.as_str()))
        .collect()
}

/// Names that stand for a vendor, its controllers or its tools.
const VENDORS: [&str; 27] = [
    "ami",
    "apc",
    "arista",
    "asrock",
    "bmcweb",
    "cisco",
    "cumulus",
    "dell",
    "eaton",
    "fujitsu",
    "hp",
    "hpe",
    "huawei",
    "idrac",
    "ilo",
    "inspur",
    "juniper",
    "lenovo",
    "megarac",
    "nvidia",
    "openbmc",
    "quanta",
    "raritan",
    "ruckus",
    "supermicro",
    "vertiv",
    "xcc",
];

/// Words that open sockets, start tasks or programs.
const WORLDLY: [&str; 11] = [
    "tokio::spawn",
    "task::spawn",
    "thread::spawn",
    "tokio::net",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "process::Command",
    "reqwest",
    "std::fs",
];

/// What must not stand in a text: each as `line: word`.
fn unwanted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let lower = line.to_ascii_lowercase();
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        found.extend(words.filter(|word| VENDORS.contains(word)).map(|word| format!("{number}: {word}")));
        let worldly = WORLDLY.iter().filter(|word| line.contains(**word));
        found.extend(worldly.map(|word| format!("{number}: {word}")));
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The workspace as written in its manifests. Nothing is resolved, so nothing is fetched.
fn workspace() -> Metadata {
    let mut command = MetadataCommand::new();
    command.cargo_path(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.manifest_path(root().join("Cargo.toml")).no_deps().other_options(["--offline".to_owned()]);
    command.exec().expect("cargo metadata")
}

/// The arrows of the manifests; with or without optional ones, and never those of tests.
fn arrows(metadata: &Metadata, optional: bool) -> Arrows {
    let names: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let of = |package: &cargo_metadata::Package| {
        let needed = package.dependencies.iter().filter(|needed| {
            needed.kind != DependencyKind::Development
                && (optional || !needed.optional)
                && names.contains(&needed.name)
        });
        needed.map(|needed| needed.name.clone()).collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), of(package))).collect()
}

fn graph(pairs: &[(&str, &[&str])]) -> Arrows {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    pairs.iter().map(|(from, to)| ((*from).to_owned(), owned(to))).collect()
}

#[test]
fn the_checks_have_teeth() {
    let wrong = |from, to: &[&str]| forbidden(&graph(&[(from, to)]));
    assert_eq!(wrong("underlay-hal", &["underlay-rack"]), ["underlay-hal -> underlay-rack"]);
    assert_eq!(
        wrong("underlay-simulators", &["underlay-redfish"]),
        ["underlay-simulators -> underlay-redfish"]
    );
    assert_eq!(wrong("underlay-redfish", &["underlay-ipmi"]).len(), 1);
    assert_eq!(wrong("underlay-new", &[]).len(), 1);
    assert!(wrong("underlay-rack", &["underlay-hal"]).is_empty());

    let far = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &[])]);
    assert!(reachable(&far, "a").contains("c") && !reachable(&far, "a").contains("d"));

    assert_eq!(worldly(&["time".to_owned(), "net".to_owned()]).len(), 1);

    for text in
        ["// as on Dell's", "let iDRAC = 1;", "tokio::spawn(work)", "use std::net::TcpStream;", "// (HPE)"]
    {
        assert_eq!(unwanted(text).len(), 1, "{text}");
    }
    for text in ["// a family of dellicate things", "use std::net::IpAddr;", "let silo = amigo;"] {
        assert!(unwanted(text).is_empty(), "{text}");
    }
    assert_eq!(unwanted("fine\n// Lenovo"), ["2: lenovo"]);
}

#[test]
fn every_arrow_between_crates_is_allowed_and_every_rule_is_about_a_crate() {
    let real = arrows(&workspace(), true);
    assert_eq!(forbidden(&real), Vec::<String>::new());
    let stale: Vec<_> = ALLOWED.iter().filter(|(name, _)| !real.contains_key(*name)).collect();
    assert!(stale.is_empty(), "rules about crates that do not exist: {stale:?}");
}

#[test]
fn simulators_and_the_orchestrator_s_library_reach_no_driver() {
    let metadata = workspace();
    // Without optional ones: the library as `default-features = false` gives it.
    let library = reachable(&arrows(&metadata, false), "underlay-orchestrator");
    let own: BTreeSet<_> = library.iter().filter(|name| name.starts_with("underlay-")).cloned().collect();
    assert_eq!(
        own.iter().map(String::as_str).collect::<Vec<_>>(),
        ["underlay-hal", "underlay-orchestrator", "underlay-rack"]
    );
    let simulators = reachable(&arrows(&metadata, true), "underlay-simulators");
    for driver in
        ["underlay-redfish", "underlay-ipmi", "underlay-snmp", "underlay-switch-ssh", "underlay-drivers"]
    {
        assert!(!simulators.contains(driver), "the simulators reach {driver}");
    }
    // The control: with optional ones, the binary has both.
    let binary = reachable(&arrows(&metadata, true), "underlay-orchestrator");
    assert!(binary.contains("underlay-redfish") && binary.contains("underlay-simulators"));
}

#[test]
fn what_cargo_makes_of_the_features_agrees() {
    // The manifests say what is optional; this is what is really built. It needs no network: what this test was
    // built from is here already.
    let tree = |arguments: &[&str]| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = std::process::Command::new(cargo)
            .current_dir(root())
            .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
            .args(arguments)
            .output()
            .expect("cargo tree");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        told.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let library = tree(&["-p", "underlay-orchestrator", "--no-default-features"]);
    for name in
        ["underlay-drivers", "underlay-redfish", "underlay-ipmi", "underlay-simulators", "reqwest", "clap"]
    {
        assert!(!library.contains(name), "the library is built with {name}");
    }
    let binary = tree(&["-p", "underlay-orchestrator"]);
    assert!(binary.contains("underlay-simulators") && binary.contains("reqwest"), "the control");
    let hal = tree(&["-p", "underlay-hal"]);
    for name in ["reqwest", "rustls", "socket2", "mockall", "mio"] {
        assert!(!hal.contains(name), "the HAL is built with {name}");
    }
}

#[test]
fn the_hal_has_no_sockets_no_tasks_and_no_vendors() {
    let metadata = workspace();
    let hal =
        metadata.packages.iter().find(|package| package.name.as_str() == "underlay-hal").expect("the HAL");
    for needed in hal.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development) {
        if needed.name.starts_with("tokio") {
            assert!(!needed.uses_default_features || needed.name != "tokio", "tokio's default features");
            assert_eq!(worldly(&needed.features), Vec::<&String>::new(), "features of {}", needed.name);
        }
    }
    let files = rust_files(&root().join("hal").join("src"));
    assert!(files.len() > 20, "the HAL is elsewhere: {} files", files.len());
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        // The tests of a file may name anything.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(unwanted(code).into_iter().map(|what| format!("{name}:{what}")));
    }
    assert_eq!(found, Vec::<String>::new());
}
