//! Commands that only look: probe, show, sensors, logs, boot get, power status; selectors and where the rack is from.

use serde_json::Value;
use underlay_simulators::Truth as _;

use crate::lab::{Lab, fixture, names, of, run, three_servers};

#[test]
fn every_look_answers_for_every_device_in_a_table_and_in_json() {
    let lab = Lab::new(&three_servers());
    for (arguments, words, field) in [
        (vec!["probe"], vec!["PROTOCOLS", "Dell Inc.", "redfish", "ipmi"], "driver"),
        (vec!["show"], vec!["SERIAL", "PowerEdge R750", "512 GiB"], "serial_number"),
        (vec!["power", "status"], vec!["BOOT STAGE", "off", "on"], "power"),
        (vec!["boot", "get"], vec!["OVERRIDE", "none", "pxe"], "targets"),
        (vec!["sensors"], vec!["VALUE", "°C", "fan"], "sensors"),
        (vec!["logs"], vec!["SEVERITY"], "entries"),
    ] {
        lab.truth("node01").log_event(underlay_hal::Severity::Critical);
        let said = lab.run(&arguments).exits(0).says(&words);
        assert!(said.err.is_empty(), "{arguments:?}: {}", said.err);
        assert!(
            said.out.lines().all(|line| line == line.trim_end()),
            "{arguments:?}: blanks at the ends of lines"
        );
        let (code, devices) = lab.json(&arguments);
        assert_eq!(code, Some(0));
        assert_eq!(names(&devices), ["node01", "node02", "old01"], "{arguments:?}");
        for device in &devices {
            assert!(device.get(field).is_some() && device.get("error").is_none(), "{arguments:?}: {device}");
        }
    }
    // Looking changed nothing, and left nobody logged in.
    for name in ["node01", "node02", "old01"] {
        let truth = lab.truth(name);
        assert_eq!((truth.mutations(), truth.open_sessions(), truth.refused_logins()), (0, 0, 0), "{name}");
    }
}

#[test]
fn show_tells_what_the_machine_is() {
    let lab = Lab::new(&three_servers());
    let (_, devices) = lab.json(&["show", "node01"]);
    let shown = of(&devices, "node01");
    assert_eq!(shown["serial_number"], lab.truth("node01").serial_number());
    assert_eq!((&shown["vendor"], &shown["power"]), (&Value::from("Dell Inc."), &Value::from("off")));
    assert_eq!(shown["hardware"]["nics"].as_array().map(Vec::len), Some(lab.truth("node01").macs().len()));
    let served: Vec<_> = shown["facets"].as_array().into_iter().flatten().collect();
    assert!(
        served.iter().any(|facet| facet["facet"] == "power" && facet["driver"] == "redfish"),
        "{served:?}"
    );
}

#[test]
fn addresses_and_networks_are_probed_without_logging_in() {
    let lab = Lab::new(&three_servers());
    let at = |scheme: &str, name: &str| {
        let rack = lab.running.rack();
        let endpoints = rack.device(name).expect("a device").endpoints().expect("addresses");
        endpoints.iter().find(|at| at.scheme == scheme).expect("such an endpoint").authority(0)
    };
    let (redfish, ipmi) = (at("redfish", "node01"), at("ipmi", "old01"));
    run(&["probe", &redfish, &ipmi]).exits(0).says(&["ADDRESS", "Redfish", "IPMI 2.0", &redfish, &ipmi]);
    let found = run(&["-o", "json", "probe", &redfish]).exits(0).devices();
    assert_eq!(names(&found), [redfish.as_str()]);
    assert!(found[0]["protocols"][0]["protocol"].as_str().is_some_and(|text| text.starts_with("Redfish 1.")));
    assert_eq!(lab.truth("node01").refused_logins() + lab.truth("old01").refused_logins(), 0);

    // A port that was free a moment ago: an address that was named must answer.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let nobody =
        run(&["-o", "json", "probe", &redfish, &free.to_string(), "--wait", "500"]).exits(1).devices();
    assert_eq!(of(&nobody, &free.to_string())["error"]["kind"], "not_found");
    assert!(of(&nobody, &redfish).get("error").is_none(), "one that is silent hides no other");
    run(&["probe", &free.to_string(), "--wait", "500"]).exits(1).complains(&["nothing here speaks"]);
    // In a network silence is the normal case.
    run(&["-o", "json", "probe", "127.0.0.1/32", "--wait", "500"]).exits(0);
    for wrong in ["http://127.0.0.1", "127.0.0.1:0", "10.0.0.0/8", "[::1"] {
        run(&["probe", wrong]).exits(2).complains(&["error:", wrong]);
    }
}

#[test]
fn logs_are_read_in_part_and_cleared_on_demand() {
    let lab = Lab::new(&three_servers());
    let truth = lab.truth("node02");
    for _ in 0..3 {
        truth.log_event(underlay_hal::Severity::Warning);
    }
    let entries = |devices: &[Value]| of(devices, "node02")["entries"].as_array().map_or(0, Vec::len);
    let (_, all) = lab.json(&["logs", "node02"]);
    assert!(entries(&all) >= 3);
    let (_, last) = lab.json(&["logs", "node02", "--last", "1"]);
    assert_eq!(entries(&last), 1);
    let newest =
        |devices: &[Value]| of(devices, "node02")["entries"].as_array().and_then(|e| e.last().cloned());
    assert_eq!(newest(&last), newest(&all));
    let before = truth.log_length();
    assert!(before >= 3, "reading erases nothing");
    let (code, cleared) = lab.json(&["logs", "node02", "--clear"]);
    assert_eq!((code, &of(&cleared, "node02")["cleared"]), (Some(0), &Value::Bool(true)));
    assert_eq!(entries(&cleared), entries(&all), "what is erased is printed");
    assert!(truth.log_length() < before, "some controllers log that the log was cleared, and nothing else");
    lab.run(&["logs", "old01", "--clear"]).exits(0).says(&["log cleared"]);
}

#[test]
fn selectors_mean_what_they_say() {
    let lab = Lab::new(&three_servers());
    for (selector, expected) in [
        ("all", vec!["node01", "node02", "old01"]),
        ("node[01-02]", vec!["node01", "node02"]),
        ("old01,node01", vec!["node01", "old01"]),
        ("tag:standard", vec!["node02"]),
        ("kind:server", vec!["node01", "node02", "old01"]),
    ] {
        let (code, devices) = lab.json(&["power", "status", selector]);
        assert_eq!((code, names(&devices)), (Some(0), expected), "{selector}");
    }
    for (selector, words) in [
        ("nod01", "did you mean `node01`"),
        ("node[01-03]", "node03"),
        ("tag:standart", "did you mean `standard`"),
        ("kind:swich", "kind"),
        ("node[01", "node[01"),
        ("", "error"),
    ] {
        let said = lab.run(&["power", "off", selector]).exits(2).complains(&[words]);
        assert!(said.out.is_empty(), "{selector}");
    }
    assert_eq!(lab.truth("node02").mutations(), 0, "a selector that is wrong in part does nothing at all");
}

#[test]
fn the_rack_comes_from_the_option_or_the_environment() {
    let lab = Lab::new(&three_servers());
    let mut command = crate::lab::underlay(&["power", "status", "node01"]);
    command.env("UNDERLAY_RACK", &lab.rack);
    lab.check(crate::lab::finish(command)).exits(0).says(&["node01"]);
    run(&["power", "status"]).exits(2).complains(&["-r FILE", "UNDERLAY_RACK", "demo"]);
    // The option wins.
    let mut command = lab.command(&["power", "status", "node01"]);
    command.env("UNDERLAY_RACK", "no/such/file.toml");
    lab.check(crate::lab::finish(command)).exits(0);
}

#[test]
fn help_is_there_for_every_command_and_fits_a_terminal() {
    for command in [
        "",
        "demo",
        "sim",
        "sim run",
        "probe",
        "show",
        "power",
        "power status",
        "power on",
        "power off",
        "power soft",
        "power cycle",
        "power reset",
        "boot",
        "boot get",
        "boot set",
        "sensors",
        "logs",
        "plan",
        "apply",
        "run",
        "run list",
        "run show",
        "run resume",
    ] {
        let words: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let said = run(&words).exits(0).says(&["Usage: underlay"]);
        assert!(said.err.is_empty());
        let widest = said.out.lines().map(|line| line.chars().count()).max();
        assert!(widest.is_some_and(|widest| widest <= 100), "{command}: {widest:?}");
    }
    run(&["--version"]).exits(0).says(&["underlay"]);
    run(&[]).exits(2);
    run(&["pwoer", "status"]).exits(2).complains(&["power"]);
    run(&["--output", "yaml", "show"]).exits(2).complains(&["table", "json"]);
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let lab = Lab::new(&three_servers());
    let mut command = lab.command(&["sensors"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    drop(child.stdout.take());
    let said = crate::lab::wait(child).exits(0);
    assert!(said.err.is_empty(), "{}", said.err);
}

#[test]
fn the_project_s_own_racks_and_intents_read() {
    for rack in ["racks/demo.toml", "racks/mixed.toml", "racks/example-real.toml"] {
        let path = fixture(rack);
        let path = path.to_string_lossy();
        // It gets as far as the selector: the file itself is good, and no machine is asked.
        run(&["-r", &path, "show", "nobody"]).exits(2).complains(&["nobody"]);
        let text = std::fs::read_to_string(fixture(rack)).expect("the file");
        let rack = crate::lab::read(&text, rack);
        if rack.name != "demo" {
            let intent = std::fs::read_to_string(fixture("intents/example.toml")).expect("the file");
            let intent = underlay_orchestrator::Intent::read(&intent, "example.toml", &rack);
            assert_eq!(intent.unwrap_or_else(|problems| panic!("{problems}")).profiles.len(), 3);
        }
    }
    let text = std::fs::read_to_string(fixture("racks/mixed.toml")).expect("the file");
    let mixed = crate::lab::read(&text, "mixed.toml");
    let personas: std::collections::BTreeSet<_> =
        mixed.servers().filter_map(|device| device.persona.as_deref()).collect();
    let set = underlay_simulators::persona::PersonaSet::embedded().expect("the personas");
    assert_eq!(personas, set.names().collect(), "every persona is in it");
}
