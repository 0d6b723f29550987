//! sushy and the DMTF validators over HTTPS.
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use underlay_conformance::Truth as _;
use underlay_hal::PowerState;
use underlay_interop::{
    REDFISH_PERSONAS, SUSHY_STUMBLES, expected,
    lab::{Lab, Web},
    need::Need,
    program::{Said, run},
    stumbles,
    suite::Suite,
};
use underlay_simulators::redfish::{Quirk, Quirks};

const SUSHY: &[Need] = &[Need::Python("python3"), Need::Python("rf_service_validator")];
const PROTOCOL: &[Need] = &[Need::Python("rf_protocol_validator")];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = REDFISH_PERSONAS.into_iter().fold(suite, |suite, persona| {
        let quirks = stumbles(&SUSHY_STUMBLES, persona);
        let mut suite = suite;
        if !quirks.is_empty() {
            let title = format!("sushy does not get through {persona} as it is");
            suite = suite.test(title, SUSHY, move || {
                let said = sushy(&Lab::start(persona, Web::Https));
                assert_ne!(said.code, Some(0), "{}", said.text);
            });
        }
        let title = match quirks {
            [] => format!("sushy works {persona}"),
            _ => format!("sushy works {persona} without {quirks:?}"),
        };
        let suite = suite.test(title, SUSHY, move || works(persona, quirks));
        suite.test(
            format!("the service validator finds on {persona} what its quirks explain"),
            SUSHY,
            move || {
                validate(persona);
            },
        )
    });
    suite.test("the protocol validator finds no failure on standard", PROTOCOL, protocol)
}

fn sushy(lab: &Lab) -> Said {
    let script = crate::client("sushy_client.py");
    let script = script.to_string_lossy();
    let arguments = [&*script, &lab.url(), &lab.user, &lab.password, "session"];
    run(&Need::Python("python3").path(), &arguments, Duration::from_secs(240))
}

fn works(persona: &str, without: &[Quirk]) {
    let lab = Lab::start(persona, Web::Https).without(without);
    sushy(&lab).well().line(&["sushy:", "checks passed"]);
    assert_eq!(lab.truth().power(), PowerState::On);
    assert!(lab.truth().resets() >= 2, "it was switched off and restarted");
}

fn protocol() {
    let lab = Lab::start("standard", Web::Https);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, lab.running().authority_pem().expect("TLS")).expect("the file can be written");
    let arguments = [&lab.url(), &lab.user, &lab.password, &*authority.to_string_lossy()].map(str::to_owned);
    let arguments = arguments.each_ref().map(String::as_str);
    let said = run(&crate::client("protocol_validator.sh"), &arguments, Duration::from_secs(240)).well();
    said.line(&["protocol validator", "FAIL: 0"]);
}

fn validate(persona: &str) {
    let lab = Lab::start(persona, Web::Https);
    let quirks = lab.running().redfish("n1").expect("a Redfish view").quirks();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (out, url) = (folder.path().to_string_lossy(), lab.url());
    let arguments = [
        ["-u", &lab.user],
        ["-p", &lab.password],
        ["-r", &url],
        ["--authtype", "Session"],
        ["--schema_directory", nv_redfish_schema::REDFISH_CSDL_DIR],
        ["--logdir", &out],
    ];
    let mut arguments = arguments.concat();
    arguments.push("--skipschema");
    let said = run(&Need::Python("rf_service_validator").path(), &arguments, Duration::from_secs(300));
    let failures = failures(folder.path());
    let (passed, failed) = totals(&said.text).unwrap_or_else(|| panic!("no summary in:\n{}", said.text));
    assert!(passed >= 1000, "{passed} checks passed: the tree was not walked");
    assert_eq!(failed, failures.len(), "every failure is in the list");
    let found: BTreeSet<_> = failures.iter().map(|failure| explain(failure, quirks)).collect();
    println!("{persona}: {passed} passed, {failed} failed");
    expected::compare(&format!("service-validator/{persona}.txt"), &found);
    let unexplained: Vec<_> = found.iter().filter(|line| line.starts_with("unexplained")).collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    assert!(persona != "standard" || failed == 0, "the standard persona has no quirks");
}

/// Passed and failed, from the table at the end.
fn totals(text: &str) -> Option<(usize, usize)> {
    let mut lines =
        text.lines().skip_while(|line| !(line.contains("PASS") && line.contains("NOT TESTED"))).skip(2);
    let numbers: Vec<usize> = lines.next()?.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
    Some((*numbers.first()?, *numbers.get(2)?))
}

/// `RESOURCE PROPERTY: ERROR` for each failure in the debug log.
fn failures(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut resource = String::new();
    for line in debug_log(folder).lines() {
        let said = line.split(" - ").skip(3).collect::<Vec<_>>().join(" - ");
        if let Some(path) = said.strip_prefix("Validating ") {
            resource = path.trim_end_matches("...").to_owned();
        } else if let Some(failure) = said.strip_prefix("FAIL - ") {
            let property = failure.split_whitespace().next().unwrap_or_default();
            let error =
                failure.split("): ").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default();
            found.push(format!("{resource} {property}: {error}"));
        }
    }
    found
}

fn debug_log(folder: &Path) -> String {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains("Debug") {
                return fs::read_to_string(path).expect("a readable log");
            }
        }
    }
    String::new()
}

/// The failure with the quirk that this device has and that leaves the property out.
fn explain(failure: &str, quirks: Quirks) -> String {
    let causes = [
        ("/AccountTypes", Quirk::NoAccountTypes),
        ("/ChassisType", Quirk::NoChassisType),
        ("/LastResetTime", Quirk::ZeroDates),
        ("/ReleaseDate", Quirk::ZeroDates),
        ("/RelatedItem", Quirk::NoRelatedItem),
        ("/Status/State", Quirk::NoDriveState),
        ("/Actions/#Bios.ChangePassword/target", Quirk::PasswordsOnSettings),
        ("/@odata.id", Quirk::LowerCaseBios),
        ("/SecureBoot", Quirk::SecureBootNeedsLicence),
    ];
    let cause = causes
        .into_iter()
        .find(|(property, quirk)| {
            let of_it = failure.contains(&format!(" {property}:"))
                || failure.contains(&format!("{property} Resource:"));
            of_it && quirks.has(*quirk)
        })
        .map_or("unexplained", |(_, quirk)| quirk.id());
    format!("{cause} {failure}")
}
