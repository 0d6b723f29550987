//! net-snmp and fence-agents on simulated units of power. Objects are written down here once more, from the vendors'
//! modules.
use std::{collections::BTreeMap, path::Path, time::Duration};

use underlay_conformance::Truth as _;
use underlay_interop::{
    lab::Lab,
    need::Need,
    program::{Said, run},
    snmprec::Lines,
    suite::Suite,
};
use underlay_snmp_mib::Oid;

const LIMIT: Duration = Duration::from_secs(40);
const GET: Need = Need::Program("snmpget");
const WALK: Need = Need::Program("snmpbulkwalk");
const SET: Need = Need::Program("snmpset");
const NET_SNMP: &[Need] = &[GET, WALK, SET];
const FENCE: Need = Need::Program("fence_apc_snmp");

/// `sysObjectID.0`.
const OBJECT_ID: &str = "1.3.6.1.2.1.1.2.0";

/// A family, by its first outlet.
struct Unit {
    family: &'static str,
    /// Its state, and what reads as on and as off.
    state: &'static str,
    on: &'static str,
    off: &'static str,
    /// What is set to switch it off, and to what.
    command: &'static str,
    word: &'static str,
    /// Its name.
    label: &'static str,
}

const UNITS: &[Unit] = &[
    Unit {
        family: "apc-rpdu2",
        state: "318.1.1.26.9.2.3.1.5.1",
        on: "2",
        off: "1",
        command: "318.1.1.26.9.2.4.1.5.1",
        word: "2",
        label: "318.1.1.26.9.2.3.1.3.1",
    },
    Unit {
        family: "apc-rpdu",
        state: "318.1.1.12.3.5.1.1.4.1",
        on: "1",
        off: "2",
        command: "318.1.1.12.3.3.1.1.4.1",
        word: "2",
        label: "318.1.1.12.3.5.1.1.2.1",
    },
    Unit {
        family: "raritan-pdu2",
        state: "13742.6.4.1.2.1.3.1.1",
        on: "7",
        off: "8",
        command: "13742.6.4.1.2.1.2.1.1",
        word: "0",
        label: "13742.6.3.5.3.1.3.1.1",
    },
    Unit {
        family: "servertech-sentry3",
        state: "1718.3.2.3.1.5.1.1.1",
        on: "1",
        off: "0",
        command: "1718.3.2.3.1.11.1.1.1",
        word: "2",
        label: "1718.3.2.3.1.3.1.1.1",
    },
    Unit {
        family: "eaton-epdu",
        state: "534.6.6.7.6.6.1.2.0.1",
        on: "1",
        off: "0",
        command: "534.6.6.7.6.6.1.3.0.1",
        word: "0",
        label: "534.6.6.7.6.1.1.3.0.1",
    },
    Unit {
        family: "vertiv-geist",
        state: "21239.5.2.3.5.1.4.1",
        on: "1",
        off: "2",
        command: "21239.5.2.3.5.1.6.1",
        word: "4",
        label: "21239.5.2.3.5.1.3.1",
    },
];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = UNITS.iter().fold(suite, |suite, unit| {
        suite.test(format!("net-snmp reads and switches {}", unit.family), NET_SNMP, move || switches(unit))
    });
    let recording = Need::Corpus("snmprec/pdu/raritan-pdu_px3.snmprec");
    suite
        .test("net-snmp walks a recorded unit, line by line", &[WALK, recording], move || recorded(recording))
        .test("net-snmp: version 3 is heard, and a wrong pass phrase is told", NET_SNMP, version_3)
        .test("net-snmp: a wrong community is silence, a wrong value the right error", NET_SNMP, refusals)
        .test("fence_apc_snmp fences a machine, which is dead by IPMI", &[FENCE, GET, SET], fences)
}

fn ask(need: Need, lab: &Lab, more: &[&str]) -> Said {
    let at = lab.snmp().to_string();
    let arguments = ["-v2c", "-c", &lab.password, "-t", "3", "-r", "1", "-On", "-Oe", &at];
    run(&need.path(), &[&arguments, more].concat(), LIMIT)
}

fn below(object: &str) -> String {
    format!("1.3.6.1.4.1.{object}")
}

/// What stands behind `TYPE: ` in the first line; behind it net-snmp may tell of folders that it made for itself.
fn value(said: &Said) -> String {
    let line = said.text.lines().next().unwrap_or_default();
    let (_, value) = line.rsplit_once(": ").unwrap_or_else(|| panic!("no value in {}", said.text));
    value.trim_matches('"').to_owned()
}

fn switches(unit: &Unit) {
    let Unit { family, state, on, off, command, word, label } = unit;
    let lab = Lab::with_unit(family);
    let read = |object: &str| value(&ask(GET, &lab, &[&below(object)]).well());
    assert_eq!((&*read(state), &*read(label)), (*on, "Outlet 1"));
    assert_eq!(lab.truth().power(), underlay_hal::PowerState::On);
    ask(SET, &lab, &[&below(command), "i", word]).well();
    assert_eq!(read(state), *off);
    // It has no other feed.
    assert!(!lab.running().plant().outlets("p1").expect("a unit")[0].live);
    assert_eq!(lab.truth().power(), underlay_hal::PowerState::Off);

    // The whole tree, in order, without an error, each object once.
    let walked = ask(WALK, &lab, &["-Cr20", "1.3.6.1"]).well();
    let mut objects = BTreeMap::new();
    let mut last = Oid::default();
    // The last line repeats an object, to say that no more is there.
    let ends = |line: &str| line.contains("No more variables");
    for line in
        walked.text.lines().filter(|line| line.starts_with('.') && line.contains(" = ") && !ends(line))
    {
        let (oid, value) = line.split_once(" = ").expect("an object and a value");
        let oid: Oid = oid.parse().expect("an object identifier");
        assert!(oid > last, "{oid} after {last}");
        last = oid.clone();
        assert!(objects.insert(oid, value.to_owned()).is_none());
    }
    assert!(objects.len() > 40, "{} objects", objects.len());
    let seen = objects.get(&Oid::table(state)).unwrap_or_else(|| panic!("the walk leaves out {state}"));
    assert!(seen.ends_with(&format!(": {off}")), "{seen}");
}

/// Every line of the recording that is an object of the standards' or the vendor's, and no other.
fn recorded(recording: Need) {
    let lab = Lab::with_recorded_agent(&recording.path());
    let lines = Lines::read(&recording.path());
    for below in ["1.3.6.1.4.1.13742", "1.3.6.1.2.1"] {
        let walked = ask(WALK, &lab, &["-Cr25", below]).well();
        let count =
            walked.text.lines().filter(|line| line.starts_with('.') && !line.contains("No more")).count();
        let recorded = lines.octets(below).len();
        assert!(count > 5 && count == recorded, "{below}: {count} walked, {recorded} recorded");
    }
    assert_eq!(lab.running().warnings(), [""; 0]);
}

fn version_3() {
    let lab = Lab::with_unit("apc-rpdu2");
    let at = lab.snmp().to_string();
    let get = |password: &str| {
        let arguments = [
            "-v3", "-l", "authPriv", "-u", &lab.user, "-a", "SHA-256", "-A", password, "-x", "AES", "-X",
            password, "-t", "3", "-r", "1", "-On", &at, OBJECT_ID,
        ];
        run(&GET.path(), &arguments, LIMIT)
    };
    get(&lab.password).well().line(&["1.3.6.1.4.1.318.1.3.4.6"]);
    let refused = get("another pass phrase");
    assert_ne!(refused.code, Some(0));
    refused.line(&["Authentication failure"]);
}

fn refusals() {
    let lab = Lab::with_unit("apc-rpdu2");
    let at = lab.snmp().to_string();
    let silent = run(&GET.path(), &["-v2c", "-c", "wrong", "-t", "1", "-r", "0", &at, OBJECT_ID], LIMIT);
    assert_ne!(silent.code, Some(0));
    silent.line(&["Timeout"]);
    let refused = |object: &str, kind: &str, value: &str| {
        let said = ask(SET, &lab, &[&below(object), kind, value]);
        assert_ne!(said.code, Some(0), "{}", said.text);
        said
    };
    refused("318.1.1.26.9.2.4.1.5.1", "i", "99").line(&["wrongValue"]);
    refused("318.1.1.26.9.2.4.1.5.1", "s", "off").line(&["wrongType"]);
    refused("318.1.1.26.9.2.3.1.5.1", "i", "1").line(&["notWritable"]);
    refused("318.1.1.26.9.2.4.1.5.99", "i", "2").line(&["noCreation"]);
    assert_eq!(lab.running().agent_truth("p1").map(|truth| truth.mutations()), Some(0));
}

fn fences() {
    // The family that this agent knows.
    let lab = Lab::with_unit("apc-rpdu");
    let at = lab.snmp();
    let (address, port) = (at.ip().to_string(), at.port().to_string());
    let fence = |action: &str| {
        let arguments =
            ["-a", &address, "-u", &port, "-d", "2c", "-c", &lab.password, "-n", "1", "-o", action];
        run(Path::new(&FENCE.path()), &arguments, LIMIT)
    };
    fence("status").well().line(&["Status: ON"]);
    fence("off").well();
    // It reports an outlet that is off by its exit code.
    assert_eq!(fence("status").code, Some(2));
    assert_eq!(lab.truth().power(), underlay_hal::PowerState::Off);
    let (host, port) = lab.ipmi();
    let ipmi = |limit: u64| {
        let tool = Need::Program("ipmitool");
        let arguments = [
            "-I",
            "lanplus",
            "-H",
            &host,
            "-p",
            &port.to_string(),
            "-U",
            &lab.user,
            "-P",
            &lab.password,
            "-N",
            "1",
            "-R",
            "1",
            "chassis",
            "power",
            "status",
        ];
        run(&tool.path(), &arguments, Duration::from_secs(limit))
    };
    assert_ne!(ipmi(20).code, Some(0), "a controller without power says nothing");
    fence("on").well();
    fence("status").well().line(&["Status: ON"]);
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while ipmi(20).code != Some(0) {
        assert!(std::time::Instant::now() < end, "the controller comes back with the power");
    }
}
