//! Units of power under the names that their vendors' modules give: net-snmp resolves them, and NUT has its own tables.
use std::{fmt::Write as _, fs, path::Path, time::Duration};

use underlay_conformance::Truth as _;
use underlay_interop::{
    lab::Lab,
    need::Need,
    program::{Said, run},
    suite::Suite,
};

const LIMIT: Duration = Duration::from_secs(60);
const GET: Need = Need::Program("snmpget");
const SET: Need = Need::Program("snmpset");
const WALK: Need = Need::Program("snmpbulkwalk");
const NUT: Need = Need::File("/lib/nut/snmp-ups");

/// A column of a vendor's module: its name, where its row's object is, its syntax.
type Column = (&'static str, &'static str, &'static str);

/// A module: what it is called, and those of its columns that are used here.
struct Module {
    family: &'static str,
    name: &'static str,
    columns: &'static [Column],
    /// What is asked, and the answer in the module's words, with the first outlet on and off.
    state: (&'static str, [&'static str; 2]),
    /// What is set to switch the first outlet off, in the module's words.
    command: (&'static str, &'static str),
}

const MODULES: &[Module] = &[
    Module {
        family: "apc-rpdu2",
        name: "PowerNet-MIB",
        columns: &[
            (
                "rPDU2OutletSwitchedStatusState",
                "318.1.1.26.9.2.3.1.5",
                "INTEGER { outletStatusOff(1), outletStatusOn(2) }",
            ),
            ("rPDU2OutletSwitchedStatusName", "318.1.1.26.9.2.3.1.3", "OCTET STRING"),
            (
                "rPDU2OutletSwitchedControlCommand",
                "318.1.1.26.9.2.4.1.5",
                "INTEGER { immediateOn(1), immediateOff(2), immediateReboot(3), outletUnknown(4), delayedOn(5), delayedOff(6), delayedReboot(7), cancelPendingCommand(8) }",
            ),
        ],
        state: ("rPDU2OutletSwitchedStatusState.1", ["outletStatusOn(2)", "outletStatusOff(1)"]),
        command: ("rPDU2OutletSwitchedControlCommand.1", "immediateOff"),
    },
    Module {
        family: "apc-masterswitch",
        name: "PowerNet-MIB",
        columns: &[(
            "sPDUOutletCtl",
            "318.1.1.4.4.2.1.3",
            "INTEGER { outletOn(1), outletOff(2), outletReboot(3), outletUnknown(4), outletOnWithDelay(5), outletOffWithDelay(6), outletRebootWithDelay(7) }",
        )],
        state: ("sPDUOutletCtl.1", ["outletOn(1)", "outletOff(2)"]),
        command: ("sPDUOutletCtl.1", "outletOff"),
    },
    Module {
        family: "eaton-epdu",
        name: "EATON-EPDU-MIB",
        columns: &[
            (
                "outletControlStatus",
                "534.6.6.7.6.6.1.2",
                "INTEGER { off(0), on(1), pendingOff(2), pendingOn(3) }",
            ),
            ("outletControlOffCmd", "534.6.6.7.6.6.1.3", "INTEGER (-1..99999)"),
            ("groupName", "534.6.6.7.5.1.1.3", "OCTET STRING"),
            ("groupControlStatus", "534.6.6.7.5.6.1.2", "INTEGER { off(0), on(1), rebooting(2), mixed(3) }"),
            ("groupControlOffCmd", "534.6.6.7.5.6.1.3", "INTEGER (-1..99999)"),
            ("temperatureValue", "534.6.6.7.7.1.1.4", "INTEGER (-10000..10000)"),
        ],
        state: ("outletControlStatus.0.1", ["on(1)", "off(0)"]),
        command: ("outletControlOffCmd.0.1", "0"),
    },
    Module {
        family: "raritan-pdu2",
        name: "PDU2-MIB",
        columns: &[
            ("outletSwitchingState", "13742.6.4.1.2.1.3", "INTEGER { on(7), off(8) }"),
            ("switchingOperation", "13742.6.4.1.2.1.2", "INTEGER { off(0), on(1), cycle(2) }"),
        ],
        state: ("outletSwitchingState.1.1", ["on(7)", "off(8)"]),
        command: ("switchingOperation.1.1", "off"),
    },
    Module {
        family: "servertech-sentry3",
        name: "Sentry3-MIB",
        columns: &[
            ("outletStatus", "1718.3.2.3.1.5", "INTEGER { off(0), on(1), offWait(2), onWait(3) }"),
            ("outletControlAction", "1718.3.2.3.1.11", "INTEGER { none(0), on(1), off(2), reboot(3) }"),
        ],
        state: ("outletStatus.1.1.1", ["on(1)", "off(0)"]),
        command: ("outletControlAction.1.1.1", "off"),
    },
];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = MODULES.iter().fold(suite, |suite, module| {
        let name = format!("net-snmp switches {} by the names of {}", module.family, module.name);
        suite.test(name, &[GET, SET], move || by_name(module))
    });
    let suite = suite.test("net-snmp switches a group of outlets together", &[GET, SET, WALK], together);
    let suite = suite.test("NUT reads a UPS of no known vendor by UPS-MIB", &[NUT], ups);
    NUTS.iter().fold(suite, |suite, unit| {
        suite.test(format!("NUT reads {}", unit.family), &[NUT], move || nut(unit))
    })
}

/// What the file of names is called.
fn names(module: &Module) -> String {
    module.name.replace("-MIB", "-NAMES")
}

/// Writes down what the names stand for, in the form that net-snmp reads: numbers and names are the module's, the file is
/// this test's own, and has nothing that is not asked for below.
fn write(module: &Module, folder: &Path) {
    let mut text = format!("{} DEFINITIONS ::= BEGIN\n", names(module));
    for (name, object, syntax) in module.columns {
        let (table, column) = object.rsplit_once('.').expect("a column");
        let row = format!("{name}Row");
        let numbers = table.replace('.', " ");
        writeln!(text, "{row} OBJECT IDENTIFIER ::= {{ iso 3 6 1 4 1 {numbers} }}").expect("written");
        writeln!(
            text,
            "{name} OBJECT-TYPE SYNTAX {syntax} MAX-ACCESS read-write STATUS current DESCRIPTION \"-\" ::= {{ {row} {column} }}"
        )
        .expect("written");
    }
    text.push_str("END\n");
    fs::write(folder.join("names.txt"), text).expect("written");
}

fn ask(need: Need, lab: &Lab, module: &Module, more: &[&str]) -> Said {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(module, folder.path());
    let at = lab.snmp().to_string();
    let (path, names) = (folder.path().display().to_string(), names(module));
    let arguments = ["-v2c", "-c", &lab.password, "-t", "3", "-r", "1", "-m", &names, "-M", &path, &at];
    run(&need.path(), &[&arguments, more].concat(), LIMIT)
}

fn by_name(module: &Module) {
    let lab = Lab::with_unit(module.family);
    let (object, [on, off]) = module.state;
    let read = || ask(GET, &lab, module, &[object]).well();
    read().line(&[object, on]);
    let (command, word) = module.command;
    ask(SET, &lab, module, &[command, "=", word]).well();
    read().line(&[object, off]);
    assert_eq!(lab.truth().power(), underlay_hal::PowerState::Off, "it has no other feed");
    // The control: a word that the module does not have is refused before anything is sent.
    if word != "0" {
        assert_ne!(ask(SET, &lab, module, &[command, "=", "sideways"]).code, Some(0));
    }
}

fn together() {
    let module = MODULES.iter().find(|module| module.family == "eaton-epdu").expect("a family with groups");
    let lab = Lab::with_unit("eaton-epdu");
    let relays = || -> Vec<bool> {
        let outlets = lab.running().plant().outlets("p1").expect("a unit");
        outlets.iter().map(|outlet| outlet.on).collect()
    };
    ask(GET, &lab, module, &["groupName.0.2"]).well().line(&["Section B"]);
    ask(GET, &lab, module, &["groupControlStatus.0.1"]).well().line(&["on(1)"]);
    ask(SET, &lab, module, &["groupControlOffCmd.0.1", "=", "0"]).well();
    assert_eq!(relays(), [false, false, false, false, true, true, true, true]);
    ask(GET, &lab, module, &["groupControlStatus.0.1"]).well().line(&["off(0)"]);
    lab.running().plant().set_outlet("p1", 2, true).expect("an outlet");
    ask(GET, &lab, module, &["groupControlStatus.0.1"]).well().line(&["mixed(3)"]);
    assert_ne!(ask(SET, &lab, module, &["groupControlOffCmd.0.3", "=", "0"]).code, Some(0), "no such group");
    let walked = ask(WALK, &lab, module, &["1.3.6.1.4.1.534.6.6.7.5.2"]).well();
    assert_eq!(walked.text.lines().filter(|line| line.contains("INTEGER: 4")).count(), 8, "{}", walked.text);
}

/// A unit as NUT's own table of it reads it.
struct Nut {
    family: &'static str,
    /// NUT's name of the table.
    mibs: &'static str,
    /// Variables, and what they are.
    told: &'static [(&'static str, &'static str)],
    /// The variable of the second outlet's state.
    state: &'static str,
}

const NUTS: &[Nut] = &[
    Nut {
        family: "eaton-epdu",
        mibs: "eaton_epdu",
        told: &[("ups.model", "EMAB22"), ("outlet.1.desc", "Outlet 1"), ("outlet.count", "8")],
        state: "outlet.2.status",
    },
    Nut {
        family: "apc-masterswitch",
        mibs: "apc_pdu",
        // NUT 2.8.0 leaves out the first outlet of this table when the unit tells how many it has.
        told: &[("device.model", "AP9212"), ("outlet.3.desc", "Outlet 3"), ("outlet.count", "8")],
        state: "outlet.2.status",
    },
];

/// What NUT reads of the unit, once.
fn dump(lab: &Lab, mibs: &str) -> Said {
    let (port, mibs) = (format!("port={}", lab.snmp()), format!("mibs={mibs}"));
    let community = format!("community={}", lab.password);
    let arguments = [
        "-s",
        "p1",
        "-x",
        &port,
        "-x",
        &community,
        "-x",
        &mibs,
        "-x",
        "snmp_retries=1",
        "-x",
        "snmp_timeout=2",
        "-u",
        "root",
        "-d",
        "2",
    ];
    run(&NUT.path(), &arguments, LIMIT)
}

fn nut(unit: &Nut) {
    let lab = Lab::with_unit(unit.family);
    lab.running().plant().set_outlet("p1", 2, false).expect("an outlet");
    let said = dump(&lab, unit.mibs);
    for (variable, value) in unit.told {
        said.line(&[&format!("{variable}: {value}")]);
    }
    said.line(&["outlet.3.status: on"]).line(&[&format!("{}: off", unit.state)]);
}

/// Its table of the standard's module, which knows nothing of who made the unit.
fn ups() {
    let lab = Lab::with_unit("standard-power");
    let said = dump(&lab, "ietf");
    for (variable, value) in [
        ("ups.mfr", "Contoso"),
        ("ups.model", "Contoso UPS 3000"),
        ("ups.firmware", "6.8.0"),
        ("output.voltage", "230"),
    ] {
        said.line(&[&format!("{variable}: {value}")]);
    }
}
