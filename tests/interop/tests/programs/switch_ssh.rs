//! netmiko, scrapli, NAPALM and OpenSSH on simulated switches.
use std::{path::Path, time::Duration};

use underlay_interop::{
    lab::Lab,
    need::Need,
    program::{Said, run_with},
    suite::Suite,
};

const LIMIT: Duration = Duration::from_secs(90);
const PYTHON: Need = Need::Python("python");
const NAPALM: Need = Need::Module("napalm");
const SCRAPLI: Need = Need::Module("scrapli");
const SSH: Need = Need::Program("ssh");
const SSHPASS: Need = Need::Program("sshpass");

/// A persona, what netmiko calls it, and its fourth port.
const SWITCHES: [(&str, &str, &str); 3] = [
    ("arista-eos", "arista_eos", "Ethernet4"),
    ("cisco-ios", "cisco_ios", "GigabitEthernet1/0/4"),
    ("cisco-nxos", "cisco_nxos", "Ethernet1/4"),
];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = SWITCHES.into_iter().fold(suite, |suite, (persona, kind, port)| {
        suite.test(format!("netmiko configures {persona}, and saves it"), &[PYTHON], move || {
            netmiko(persona, kind, port);
        })
    });
    let suite = suite.test("netmiko commits on juniper-junos, and confirms", &[PYTHON], netmiko_junos).test(
        "scrapli stages on juniper-junos, and commits",
        &[PYTHON, SCRAPLI],
        scrapli_junos,
    );
    let suite =
        suite.test("NAPALM compares, commits, confirms and rolls back arista-eos", &[PYTHON, NAPALM], napalm);
    let suite = SWITCHES.into_iter().fold(suite, |suite, (persona, kind, port)| {
        suite.test(format!("scrapli configures {persona}"), &[PYTHON, SCRAPLI], move || {
            scrapli(persona, kind, port);
        })
    });
    SWITCHES.into_iter().fold(suite, |suite, (persona, ..)| {
        suite.test(
            format!("OpenSSH asks {persona}, and a wrong password is refused"),
            &[SSH, SSHPASS],
            move || {
                openssh(persona);
            },
        )
    })
}

fn netmiko(persona: &str, kind: &str, port: &str) {
    let lab = Lab::with_switch(persona);
    let (host, number) = lab.ssh();
    let script = super::super::client("netmiko_client.py");
    let arguments = [&*script.to_string_lossy(), &host, &number.to_string(), kind, port];
    let said: Said =
        run_with(&PYTHON.path(), &arguments, &[("UNDERLAY_PASSWORD", &lab.password)], LIMIT).well();
    let line = said.text.lines().find(|line| line.starts_with('{')).expect("what it saw");
    let seen: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(seen["prompt"], "s1#", "{seen}");
    assert_eq!(seen["enabled"], true);
    assert_eq!(seen["in_config"], false, "it has left the configuration");
    assert_eq!(seen["refused"], true, "what is no command is refused");
    let running = seen["running"].as_str().expect("a text");
    for line in
        [&*format!("interface {port}"), "switchport access vlan 30", "description by netmiko", "name red"]
    {
        assert!(running.contains(line), "no {line} in {running}");
    }
    let plant = lab.running().plant();
    let setup = plant.switch_running("s1").expect("a switch");
    assert_eq!(setup.untagged(4), Some(30), "the plant has it");
    assert_eq!(setup.vlans[&30].as_deref(), Some("red"));
    assert_eq!(plant.switch_startup("s1").expect("a switch"), setup, "it was saved");
}

fn scrapli(persona: &str, kind: &str, port: &str) {
    let lab = Lab::with_switch(persona);
    let (host, number) = lab.ssh();
    let script = super::super::client("scrapli_client.py");
    let kind = if kind == "cisco_ios" { "cisco_iosxe" } else { kind };
    let arguments = [&*script.to_string_lossy(), &host, &number.to_string(), kind, port];
    let said: Said =
        run_with(&PYTHON.path(), &arguments, &[("UNDERLAY_PASSWORD", &lab.password)], LIMIT).well();
    let line = said.text.lines().find(|line| line.starts_with('{')).expect("what it saw");
    let seen: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(seen["prompt"].as_str().map(str::trim), Some("s1#"), "{seen}");
    assert_eq!(
        (&seen["version_failed"], &seen["failed"], &seen["refused"]),
        (&false.into(), &false.into(), &true.into())
    );
    let setup = lab.running().plant().switch_running("s1").expect("a switch");
    assert_eq!((setup.untagged(4), setup.vlans[&40].as_deref()), (Some(40), Some("green")));
    assert_eq!(setup.ports[&4].description.as_deref(), Some("by scrapli"));
    assert!(seen["after"].as_str().is_some_and(|text| text.contains("description by scrapli")));
    assert!(!setup.vlans.contains_key(&41), "nothing is sent after a refusal");
    if persona == "arista-eos" {
        assert!(seen["staged"].as_str().is_some_and(|text| text.contains("+vlan 42")), "{}", seen["staged"]);
        assert!(!setup.vlans.contains_key(&42), "what is staged and thrown away is not there");
    }
}

fn said_by(script: &str, lab: &Lab, more: &[&str]) -> serde_json::Value {
    let (host, number) = lab.ssh();
    let script = super::super::client(script);
    let (script, number) = (script.to_string_lossy(), number.to_string());
    let arguments = [&[&*script, &*host, &*number], more].concat();
    let said = run_with(&PYTHON.path(), &arguments, &[("UNDERLAY_PASSWORD", &lab.password)], LIMIT).well();
    let line = said.text.lines().find(|line| line.starts_with('{')).expect("what it saw");
    serde_json::from_str(line).expect("JSON")
}

fn netmiko_junos() {
    let lab = Lab::with_switch("juniper-junos");
    let seen = said_by("netmiko_junos.py", &lab, &["ge-0/0/4"]);
    let text = |key: &str| seen[key].as_str().unwrap_or_default();
    assert_eq!(text("prompt").trim(), "admin@s1>", "{seen}");
    assert!(text("version").contains("Junos: 21.4R3.15"), "{seen}");
    let line = "set vlans red vlan-id 30";
    assert!(!text("before").contains(line) && text("after").contains(line), "{seen}");
    assert!(text("committed").contains("commit complete"), "{seen}");
    assert!(text("confirmed").contains("will be automatically rolled back in 5 minutes"), "{seen}");
    assert!(text("kept").contains("commit complete"), "{seen}");
    assert_eq!(seen["in_config"], false);
    assert!(!text("left").contains("set vlans blue"), "what is not committed is gone: {seen}");
    let plant = lab.running().plant();
    let setup = plant.switch_running("s1").expect("a switch");
    assert_eq!((setup.untagged(4), setup.ports[&4].enabled), (Some(30), false));
    assert_eq!(plant.switch_waits("s1"), None, "it was confirmed");
}

fn scrapli_junos() {
    let lab = Lab::with_switch("juniper-junos");
    let seen = said_by("scrapli_junos.py", &lab, &["ge-0/0/4"]);
    let text = |key: &str| seen[key].as_str().unwrap_or_default();
    assert!(text("compared").contains("+set vlans green vlan-id 40"), "{seen}");
    assert_eq!((&seen["failed"], &seen["refused"]), (&false.into(), &true.into()), "{seen}");
    let setup = lab.running().plant().switch_running("s1").expect("a switch");
    assert_eq!((setup.untagged(4), setup.vlans[&40].as_deref()), (Some(40), Some("green")));
    assert!(!setup.vlans.contains_key(&41), "{seen}");
}

/// Its only transport for this platform that needs no web server, with everything structured.
fn napalm() {
    let lab = Lab::with_switch("arista-eos");
    let (host, number) = lab.ssh();
    let script = super::super::client("napalm_client.py");
    let arguments = [&*script.to_string_lossy(), &host, &number.to_string(), "Ethernet4"];
    let said = run_with(&PYTHON.path(), &arguments, &[("UNDERLAY_PASSWORD", &lab.password)], LIMIT).well();
    let line = said.text.lines().find(|line| line.starts_with('{')).expect("what it saw");
    let seen: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let plant = lab.running().plant();
    let view = lab.running().ssh("s1").expect("a view");
    let facts = &seen["facts"];
    assert_eq!((&facts["hostname"], &facts["vendor"]), (&"s1".into(), &"Arista".into()));
    assert_eq!(
        (&facts["model"], &facts["serial_number"]),
        (&"DCS-7050TX3-48C8".into(), &view.serial().into())
    );
    let ports = plant.ports("s1").expect("ports");
    assert_eq!(facts["interface_list"].as_array().map(Vec::len), Some(ports.len()));
    for port in &ports {
        let name = view.port_name(port.number);
        let told = &seen["interfaces"][&name];
        assert_eq!(
            (&told["is_up"], &told["is_enabled"]),
            (&port.link.into(), &port.enabled.into()),
            "{name}"
        );
        let neighbor = port.peer.as_ref().filter(|_| port.link);
        let told = &seen["lldp"][&name][0];
        let names = neighbor.map(|(machine, nic, _)| (machine.as_str(), nic.as_str()));
        assert_eq!(told["hostname"].as_str().zip(told["port"].as_str()), names, "{name}");
    }
    let awake = ports.iter().filter(|port| port.link && port.peer.is_some()).count();
    assert!(awake > 0 && seen["macs"].as_array().map(Vec::len) == Some(awake), "{}", seen["macs"]);
    let diff = seen["diff"].as_str().expect("a text");
    assert!(diff.contains("+vlan 50") && diff.contains("+   switchport access vlan 50"), "{diff}");
    for step in ["discarded", "committed", "rolled_back", "pending", "reverted", "confirmed"] {
        assert_eq!(seen[step], true, "{step}");
    }
    let setup = plant.switch_running("s1").expect("a switch");
    assert_eq!((setup.untagged(4), plant.switch_waits("s1")), (Some(50), None));
    assert_eq!(plant.switch_startup("s1").expect("a switch"), setup, "it was saved");
}

fn openssh(persona: &str) {
    let lab = Lab::with_switch(persona);
    let (host, number) = lab.ssh();
    let ask = |password: &str, known: &Path, strict: &str| {
        let number = number.to_string();
        let known = format!("UserKnownHostsFile={}", known.display());
        let strict = format!("StrictHostKeyChecking={strict}");
        let to = format!("admin@{host}");
        let arguments = [
            "-e",
            "ssh",
            "-p",
            &number,
            "-o",
            &known,
            "-o",
            &strict,
            "-o",
            "PreferredAuthentications=password,keyboard-interactive",
            "-o",
            "NumberOfPasswordPrompts=1",
            &to,
            "show version",
        ];
        run_with(&SSHPASS.path(), &arguments, &[("SSHPASS", password)], LIMIT)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let known = folder.path().join("known");
    // Nobody is believed without a word.
    assert_ne!(ask(&lab.password, &known, "yes").code, Some(0), "an unknown host");
    let said = ask(&lab.password, &known, "accept-new").well();
    let model = match persona {
        "arista-eos" => "DCS-7050TX3-48C8",
        "cisco-ios" => "WS-C3850-48T",
        _ => "C93180YC-FX3",
    };
    said.line(&[model]);
    ask(&lab.password, &known, "yes").well().line(&[model]);
    assert_ne!(ask("another", &known, "yes").code, Some(0), "a wrong password");
    assert!(lab.running().ssh("s1").expect("a view").faults().opened() >= 2);
}
