//! FreeIPMI without any `-W` workaround.
use std::time::Duration;

use underlay_conformance::Truth as _;
use underlay_hal::PowerState;
use underlay_interop::{
    lab::{Lab, Web},
    need::Need,
    program::{Said, run},
    suite::Suite,
};
use underlay_simulators::plant::{MutationKind, Origin};

const PROGRAMS: [&str; 6] = ["bmc-info", "ipmipower", "ipmi-chassis", "ipmi-sensors", "ipmi-sel", "ipmi-fru"];

pub(crate) fn tests(suite: Suite) -> Suite {
    let needs = PROGRAMS.map(Need::Program);
    let suite = ["3", "17"].into_iter().fold(suite, |suite, number| {
        suite.test(format!("FreeIPMI shows the machine, with suite {number}"), &needs, move || shows(number))
    });
    ["standard", "dell-idrac9", "generic-ipmi"].into_iter().fold(suite, |suite, persona| {
        suite.test(format!("FreeIPMI works {persona}"), &needs, move || works(persona))
    })
}

fn works(persona: &str) {
    let lab = Lab::start(persona, Web::Http);
    let (host, port) = lab.ipmi();
    let arguments = [&host, &port.to_string(), &lab.user, &lab.password];
    let script = crate::client("freeipmi.sh");
    let said = run(&script, &arguments.map(String::as_str), Duration::from_secs(180)).well();
    said.line(&["checks passed"]);
    assert_eq!((lab.truth().power(), lab.truth().open_sessions()), (PowerState::On, 0));
}

fn shows(number: &str) {
    let lab = Lab::start("standard", Web::Http);
    let truth = lab.truth();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let cache = cache.path().to_string_lossy();
    let (host, port) = lab.ipmi();
    let says = |program: &'static str, more: &[&str]| -> Said {
        let at = format!("{host}:{port}");
        let mut arguments =
            vec!["-D", "LAN_2_0", "-I", number, "-h", &at, "-u", &lab.user, "-p", &lab.password];
        if matches!(program, "ipmi-sensors" | "ipmi-sel" | "ipmi-fru") {
            arguments.extend(["--sdr-cache-directory", &cache, "--quiet-cache"]);
        }
        arguments.extend(more);
        run(&Need::Program(program).path(), &arguments, Duration::from_secs(60)).well()
    };
    says("bmc-info", &[]).line(&["Firmware Revision"]);
    says("ipmi-chassis", &["-l", "ADMIN", "--get-chassis-status"]).line(&["System Power", "on"]);
    says("ipmi-fru", &["-l", "ADMIN"]).line(&["FRU Product Serial Number", &truth.serial_number()]);
    let sensors = says("ipmi-sensors", &["-l", "ADMIN"]);
    for fact in truth.sensors() {
        sensors.line(&[&fact.name]);
    }
    says("ipmipower", &["-s"]).line(&[": on"]);
    says("ipmipower", &["-f", "--wait-until-off"]).line(&[": ok"]);
    assert_eq!(truth.power(), PowerState::Off);
    says("ipmipower", &["-n", "--wait-until-on"]).line(&[": ok"]);
    assert_eq!(truth.power(), PowerState::On);
    let log = says("ipmi-sel", &["-l", "ADMIN", "--no-header-output"]);
    assert_eq!(
        log.text.lines().filter(|line| line.contains('|')).count(),
        truth.log_length(),
        "{}",
        log.text
    );
    let verbs = lab.server().counters().of(Origin::Ipmi, MutationKind::Power);
    assert_eq!((verbs, truth.open_sessions()), (2, 0), "off and on, each asked for once");
}
