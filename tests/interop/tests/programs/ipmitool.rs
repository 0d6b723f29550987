//! ipmitool, judged by its text and by the machine's truth.
use std::time::{Duration, Instant};

use underlay_conformance::Truth as _;
use underlay_hal::{BootTarget, Persistence, PowerState};
use underlay_interop::{
    IPMI_PERSONAS,
    lab::{Lab, Web},
    need::Need,
    program::{Said, run},
    suite::Suite,
};
use underlay_simulators::plant::{MutationKind, Origin};

const NEEDS: &[Need] = &[Need::Program("ipmitool")];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suites =
        [("suite 3", &["-C", "3"][..]), ("suite 17", &["-C", "17"]), ("its own choice of suite", &[])];
    let suite = suites.into_iter().fold(suite, |suite, (name, option)| {
        suite.test(format!("ipmitool does what the machine shows, with {name}"), NEEDS, move || truth(option))
    });
    let suite = suite.test("ipmitool finds a suite in less than five seconds", NEEDS, chooses_quickly);
    IPMI_PERSONAS.into_iter().fold(suite, |suite, persona| {
        suite.test(format!("ipmitool works {persona}"), NEEDS, move || works(persona))
    })
}

/// The whole script with its texts and refusals.
fn works(persona: &str) {
    let lab = Lab::start(persona, Web::Http);
    let (host, port) = lab.ipmi();
    let mut arguments = vec![host, port.to_string(), lab.user.clone(), lab.password.clone()];
    // Every way of choosing a suite once; the others add nothing that a persona could change.
    arguments.extend((persona != "standard").then(|| "17".to_owned()));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let said = run(&crate::client("ipmitool.sh"), &arguments, Duration::from_secs(180)).well();
    said.line(&["checks passed"]);
    assert_eq!(lab.truth().power(), PowerState::On);
    assert_eq!(lab.truth().open_sessions(), 0, "ipmitool closes what it opens");
}

struct Tool<'a> {
    lab: &'a Lab,
    option: &'a [&'a str],
}

impl Tool<'_> {
    fn says(&self, command: &[&str]) -> Said {
        let (host, port) = self.lab.ipmi();
        let port = port.to_string();
        let (user, password) = (&self.lab.user, &self.lab.password);
        let mut arguments = vec!["-I", "lanplus", "-H", &host, "-p", &port, "-U", user, "-P", password];
        arguments.extend(self.option);
        arguments.extend(command);
        run(&NEEDS[0].path(), &arguments, Duration::from_secs(30))
    }

    /// Waits for the machine itself to get there; ipmitool does not.
    fn until(&self, what: &str, reached: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !reached() {
            assert!(Instant::now() < end, "{what}: not within 20 s");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn chooses_quickly() {
    let lab = Lab::start("standard", Web::Http);
    let said = Tool { lab: &lab, option: &[] }.says(&["power", "status"]).well();
    said.line(&["Chassis Power is on"]);
    assert!(said.took < Duration::from_secs(5), "{:?}", said.took);
}

fn truth(option: &[&str]) {
    let lab = Lab::start("standard", Web::Http);
    let (tool, truth, server) = (Tool { lab: &lab, option }, lab.truth(), lab.server());
    let booted = || server.snapshot().boots.len();

    // Reading: every serial number, sensor, user and address is the machine's.
    tool.says(&["power", "status"]).well().line(&["Chassis Power is on"]);
    tool.says(&["chassis", "status"]).well().line(&["System Power", "on"]);
    let (major, minor) =
        (server.spec().persona.bmc.ipmi_firmware[0], server.spec().persona.bmc.ipmi_firmware[1]);
    tool.says(&["mc", "info"]).well().line(&["Firmware Revision", &format!("{major}.{minor:02}")]);
    tool.says(&["fru"]).well().line(&["Product Serial", &truth.serial_number()]);
    tool.says(&["user", "list", "1"]).well().line(&[&lab.user, "ADMINISTRATOR"]);
    tool.says(&["lan", "print", "1"]).well().line(&["IP Address", &lab.ipmi().0]);
    let (list, table) = (tool.says(&["sdr", "elist"]).well(), tool.says(&["sensor"]).well());
    for fact in truth.sensors() {
        list.line(&[&fact.name]);
        table.line(&[&fact.name]);
    }
    assert_eq!(truth.mutations(), 0, "reading changes nothing");

    // One boot from the network: set, read back, used once.
    tool.says(&["chassis", "bootdev", "pxe"]).well().line(&["Set Boot Device to pxe"]);
    tool.says(&["chassis", "bootparam", "get", "5"]).well().line(&["Force PXE"]);
    let set = truth.boot_override().map(|set| (set.target, set.persistence));
    assert_eq!(set, Some((BootTarget::Pxe, Persistence::Once)));

    // Power: every verb once, and the machine counts them.
    let before = booted();
    tool.says(&["power", "cycle"]).well().line(&["Cycle"]);
    tool.until("cycle", || booted() > before);
    assert_eq!(truth.last_boot_source(), Some(BootTarget::Pxe));
    assert_eq!(truth.boot_override(), None, "the override is used up");
    tool.says(&["power", "soft"]).well().line(&["Soft"]);
    tool.until("soft", || truth.power() == PowerState::Off);
    tool.says(&["power", "status"]).well().line(&["Chassis Power is off"]);
    tool.says(&["power", "on"]).well().line(&["Up/On"]);
    tool.until("on", || truth.power() == PowerState::On);
    let before = booted();
    tool.until("boot", || booted() > before);
    let before = booted();
    tool.says(&["power", "reset"]).well().line(&["Reset"]);
    tool.until("reset", || booted() > before);
    assert_ne!(truth.last_boot_source(), Some(BootTarget::Pxe), "once is once");
    tool.says(&["power", "off"]).well().line(&["Down/Off"]);
    tool.until("off", || truth.power() == PowerState::Off);
    let counters = server.counters();
    let verbs =
        counters.of(Origin::Ipmi, MutationKind::Power) + counters.of(Origin::Ipmi, MutationKind::Reset);
    assert_eq!(verbs, 5, "each verb is one request, none is repeated");

    // The log: as many entries as the machine has, and none after the clear.
    let entries = tool.says(&["sel", "list"]).well().text.lines().count();
    assert_eq!(entries, truth.log_length());
    tool.says(&["sel", "elist"]).well().line(&["System ACPI Power State", "soft-off"]);
    tool.says(&["sel", "clear"]).well().line(&["Clearing SEL"]);
    tool.until("clear", || truth.log_length() <= 1);
    assert_eq!(server.counters().of(Origin::Ipmi, MutationKind::LogClear), 1);
    // The program is gone as soon as it has sent its last datagram; the machine may still be at it.
    tool.until("the session closed", || truth.open_sessions() == 0);
    assert_eq!(truth.refused_logins(), 0);
}
