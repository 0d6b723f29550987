//! One device's failure never hides the others, and says what it is.

use std::time::{Duration, Instant};

use underlay_rack::{Address, Credential, PasswordSource, Tls};
use underlay_simulators::Truth as _;

use crate::lab::{Lab, finish, names, of, rack_of, underlay};

#[test]
fn a_wrong_password_a_dead_address_and_a_stranger_s_certificate_beside_a_good_one() {
    let lab = Lab::new(&rack_of(&[
        ("good", "standard", "on"),
        ("locked", "standard", "on"),
        ("dead", "generic-ipmi", "on"),
        ("forged", "standard", "on"),
        ("unset", "generic-ipmi", "on"),
    ]));
    let free = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let wrong = lab.changed_rack("wrong.toml", |rack| {
        let env = |name: &str| PasswordSource::Env(name.to_owned());
        for (name, variable) in [("mistyped", "H_MISTYPED"), ("missing", "H_MISSING")] {
            let credential =
                Credential { username: "operator".to_owned(), password: env(variable), privacy: None };
            rack.credentials.insert(name.to_owned(), credential);
        }
        for device in &mut rack.devices {
            match device.name.as_str() {
                "locked" => device.credential = Some("mistyped".to_owned()),
                "unset" => device.credential = Some("missing".to_owned()),
                "dead" => device.ipmi.as_mut().expect("ipmi").address = Some(Address::from(free)),
                "forged" => {
                    device.redfish.as_mut().expect("redfish").tls = Tls::Pin("0".repeat(64));
                    device.ipmi = None;
                }
                _ => {}
            }
        }
    });
    let wrong = wrong.to_string_lossy().into_owned();
    let ask = |format: &str| {
        let mut command = underlay(&["-r", &wrong, "-o", format, "--timeout", "4", "power", "status"]);
        command.env("H_MISTYPED", "not-the-password").env_remove("H_MISSING");
        let begun = Instant::now();
        let said = lab.check(finish(command)).exits(1);
        assert!(begun.elapsed() < Duration::from_secs(20), "silence ends by the time limit");
        assert!(!said.out.contains("not-the-password") && !said.err.contains("not-the-password"));
        said
    };

    let answers = ask("json").devices();
    assert_eq!(names(&answers), ["good", "locked", "dead", "forged", "unset"], "in the order of the rack");
    assert_eq!(of(&answers, "good")["power"], "on");
    let error = |name: &str| {
        let error = &of(&answers, name)["error"];
        assert_eq!(error["effect"], "none", "{name}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        error["kind"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(error("locked"), "unauthenticated");
    assert!(["timeout", "unreachable"].contains(&error("dead").as_str()), "{}", error("dead"));
    assert_eq!(error("forged"), "untrusted");
    assert_eq!(error("unset"), "invalid_input");
    assert_eq!(lab.truth("locked").refused_logins(), 1, "a wrong password is tried once");

    let table = ask("table");
    assert!(table.out.contains("good") && !table.out.contains("locked"), "{}", table.out);
    table.complains(&["locked: unauthenticated", "dead: ", "forged: untrusted", "unset: ", "H_MISSING"]);
}

#[test]
fn a_rack_file_without_addresses_says_how_to_get_them() {
    let lab = Lab::new(&rack_of(&[("a", "standard", "on")]));
    let bare = lab.file("bare.toml", &rack_of(&[("a", "standard", "on")]));
    let bare = bare.to_string_lossy().into_owned();
    let said = lab.check(finish(underlay(&["-r", &bare, "show"]))).exits(1);
    said.complains(&["a: invalid_input", "--rack-out"]);
}
