//! Rack files, good and bad.
use std::{path::Path, sync::Arc, time::Duration};

use underlay_hal::{CredentialSource, Credentials, Cx, DeviceId, ErrorKind};
use underlay_rack::{InitialState, PasswordSource, Rack, RackCredentials, ReadOptions, Tls, read};

const GOOD: &str = r#"[rack]
name = "lab"
seed = 42

[simulation]
post-seconds = 2.5

[credentials.admin]
username = "root"
password = { env = "LAB_PASSWORD" }

[credentials."second.one"]
username = "viewer"
password = { command = ["printf", "hello\n"] }

[[feed]]
name = "a"

[[pdu]]
name = "pdu1"
feed = "a"
outlets = 24

[[switch]]
name = "sw1"
ports = 48

[[device]]
name = "node01"
kind = "server"
persona = "standard"
tags = ["web"]
credential = "admin"
state = "off"
power = [{ pdu = "pdu1", outlet = 1 }, { pdu = "pdu1", outlet = 2 }]
nics = [{ name = "eth0", mac = "02:00:00:00:00:01", speed = 25000, switch = "sw1", port = 1 }]
accounts = [{ credential = "second.one", role = "read-only" }]

[device.redfish]
address = "[::1]:8443"
tls = { ca-file = "ca.pem" }

[device.ipmi]
address = "10.0.0.1"

[device.hardware]
memory-gib = 256
serial = "ABC \" 1"
"#;

fn options() -> ReadOptions<'static> {
    ReadOptions {
        file: "rack.toml",
        folder: Some(Path::new("folder")),
        personas: Some(&["standard", "dell-idrac9"]),
    }
}

fn good() -> Rack {
    read(GOOD, &options()).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_good_file_says_what_it_says() {
    let rack = good();
    let node = rack.device("node01").expect("node01");
    assert_eq!((rack.seed, rack.simulation.post_seconds), (42, Some(2.5)));
    assert_eq!(node.state, Some(InitialState::Off));
    assert_eq!(node.power.len(), 2);
    assert_eq!(node.nics[0].mac, Some([2, 0, 0, 0, 0, 1]));
    let redfish = node.redfish.as_ref().expect("redfish");
    assert_eq!(redfish.tls, Tls::CaFile("folder/ca.pem".into()));
    let endpoints = node.endpoints().expect("addresses are there");
    assert_eq!(
        endpoints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["redfish://[::1]:8443", "ipmi://10.0.0.1"]
    );
}

#[test]
fn writing_and_reading_gives_the_same_rack() {
    let rack = good();
    let text = rack.to_toml();
    let plain = ReadOptions { folder: None, ..options() };
    let again = read(&text, &plain).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert_eq!(rack, again);
}

#[test]
fn a_recorded_persona_is_read_and_written() {
    let recorded = "persona = { recorded = \"trees/r750\", extends = \"dell-idrac9\" }";
    let text = GOOD.replacen("persona = \"standard\"", recorded, 1);
    let rack = read(&text, &options()).unwrap_or_else(|problems| panic!("{problems}"));
    let device = rack.device("node01").expect("node01");
    assert_eq!(device.persona.as_deref(), Some("dell-idrac9"));
    let folder = device.recorded.clone().expect("a folder");
    assert!(folder.ends_with("trees/r750"), "{folder:?}");
    let plain = ReadOptions { folder: None, ..options() };
    assert_eq!(read(&rack.to_toml(), &plain).unwrap_or_else(|problems| panic!("{problems}")), rack);
    // The control: a named persona is no recording.
    assert_eq!(good().device("node01").and_then(|device| device.recorded.clone()), None);
}

/// Each case: what is replaced, by what, where the error stands and what it says.
#[test]
fn each_mistake_is_found_where_it_is() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("persona = \"standard\"", "perosna = \"standard\"", "31:1", "did you mean `persona`?"),
        ("persona = \"standard\"", "persona = \"standrad\"", "31:11", "did you mean `standard`?"),
        ("persona = \"standard\"", "persona = 3", "31:11", "`persona` must be a string, not a whole number"),
        ("persona = \"standard\"", "persona = { recroded = \"x\" }", "31:13", "did you mean `recorded`?"),
        ("persona = \"standard\"", "persona = { extends = \"standard\" }", "31:11", "missing key `recorded`"),
        (
            "persona = \"standard\"",
            "persona = { recorded = \"x\", extends = \"standrad\" }",
            "31:39",
            "did you mean `standard`?",
        ),
        ("name = \"node01\"", "name = \"pdu1\"", "29:8", "duplicate name `pdu1`"),
        ("credential = \"admin\"", "credential = \"amdin\"", "33:14", "did you mean `admin`?"),
        ("credential = \"admin\"\n", "", "28:1", "missing key `credential`"),
        ("\"10.0.0.1\"", "\"10.0.0.256\"", "44:11", "is not an IPv4 address"),
        ("\"[::1]:8443\"", "\"https://[::1]\"", "40:11", "without `https://`"),
        ("outlet = 2 }", "outlet = 25 }", "35:65", "has no outlet 25"),
        ("{ pdu = \"pdu1\", outlet = 2", "{ pdu = \"sw1\", outlet = 2", "35:48", "unknown pdu `sw1`"),
        ("outlet = 2 }", "outlet = 1 }", "35:65", "duplicate outlet"),
        ("outlet = 2 }", "outlet = -1 }", "35:65", "`outlet` is out of range"),
        ("outlets = 24", "outlets = 0", "22:11", "expected 1 to 128"),
        ("switch = \"sw1\", port = 1", "switch = \"sw2\", port = 1", "36:77", "did you mean `sw1`?"),
        ("switch = \"sw1\", port = 1", "switch = \"sw1\"", "36:9", "needs both `switch` and `port`"),
        ("02:00:00:00:00:01", "02:00:00:00:00", "36:32", "not a hardware address"),
        ("feed = \"a\"", "feed = \"b\"", "21:8", "unknown feed `b`"),
        ("state = \"off\"", "state = \"of\"", "34:9", "did you mean `off`?"),
        ("kind = \"server\"", "kind = \"sever\"", "30:8", "did you mean `server`?"),
        ("role = \"read-only\"", "role = \"readonly\"", "37:49", "did you mean `read-only`?"),
        ("{ ca-file = \"ca.pem\" }", "\"insecur\"", "41:7", "did you mean `insecure`?"),
        ("{ ca-file = \"ca.pem\" }", "{ pin-sha256 = \"ab\" }", "41:22", "not a fingerprint"),
        ("{ env = \"LAB_PASSWORD\" }", "{}", "10:12", "exactly one place"),
        ("{ env = \"LAB_PASSWORD\" }", "{ evn = \"LAB_PASSWORD\" }", "10:14", "did you mean `env`?"),
        ("name = \"node01\"", "name = \"node 01\"", "29:8", "bad name"),
        ("name = \"node01\"", "name = \"all\"", "29:8", "cannot be called `all`"),
        ("post-seconds = 2.5", "post-seconds = nan", "6:16", "out of range"),
        ("post-seconds = 2.5", "post-seconds = 'x'", "6:16", "must be a number, not a string"),
        ("seed = 42", "seed = 42 43", "3:8", ""),
    ];
    for (from, to, place, expected) in cases {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let problems = read(&text, &options()).expect_err(to).to_string();
        assert!(problems.contains(&format!("rack.toml:{place}: ")), "{to}: {problems}");
        assert!(problems.contains(expected), "{to}: {problems}");
        assert_eq!(problems.matches("rack.toml:").count(), 1, "one mistake, one message: {problems}");
    }
}

#[test]
fn an_error_reads_like_a_compilers() {
    let text = GOOD.replacen("persona =", "perosna =", 1);
    let shown = read(&text, &options()).expect_err("a wrong key").to_string();
    let expected = "rack.toml:31:1: unknown key `perosna` in [[device]]\n   |\n31 | perosna = \"standard\"\n   | ^^^^^^^\n   = help: did you mean `persona`?";
    assert_eq!(shown, expected);
}

#[test]
fn a_device_without_a_protocol_is_refused() {
    let text = "[rack]\nname = 'a'\n[credentials.c]\nusername = 'u'\npassword = { env = 'X' }\n[[device]]\nname = 'n'\nkind = 'server'\ncredential = 'c'\n";
    let shown = read(text, &options()).expect_err("no protocol").to_string();
    assert!(shown.contains("device `n` has no protocol") && shown.contains("[device.redfish]"), "{shown}");
}

#[test]
fn a_password_in_the_file_is_refused_and_never_shown() {
    for written in ["\"hunter2\"", "\"hunter2", "{ hunter2 = 1 }", "hunter2"] {
        let text = GOOD.replacen("{ env = \"LAB_PASSWORD\" }", written, 1);
        let shown = read(&text, &options()).expect_err(written).to_string();
        let only_key = shown.replace("unknown key `hunter2`", "");
        assert!(!only_key.contains("hunter2"), "{shown}");
    }
}

#[test]
fn every_mistake_is_reported_at_once() {
    let text = GOOD.replacen("seed = 42", "sed = 42", 1).replacen("ports = 48", "port = 48", 1);
    let problems = read(&text, &options()).expect_err("two mistakes");
    assert!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>().eq(&[3, 26]), "{problems}");
}

#[test]
fn no_text_makes_the_reader_panic() {
    // Every prefix, and every byte replaced by something that often hurts.
    for end in (0..GOOD.len()).filter(|end| GOOD.is_char_boundary(*end)) {
        let _ = read(&GOOD[..end], &options()).map_err(|problems| problems.to_string());
    }
    for at in 0..GOOD.len() {
        for sharp in ["\"", "[", "=", "é", "\n", "9"] {
            let text = format!("{}{sharp}{}", &GOOD[..at], &GOOD[at + 1..]);
            let _ = read(&text, &options()).map_err(|problems| problems.to_string());
        }
    }
}

fn cx() -> Cx {
    Cx::new("test", "rack").within(Duration::from_secs(5))
}

fn with(password: PasswordSource) -> RackCredentials {
    let mut rack = good();
    rack.credentials.get_mut("admin").expect("admin").password = password;
    RackCredentials::new(Arc::new(rack))
}

async fn outcome(source: &RackCredentials) -> Result<String, (ErrorKind, String)> {
    use secrecy::ExposeSecret;
    match source.get(&cx(), &DeviceId::from("node01")).await {
        Ok(Credentials::Password { password, .. }) => Ok(password.expose_secret().to_owned()),
        Ok(_) => Err((ErrorKind::Unexpected, String::new())),
        Err(error) => Err((error.kind(), error.to_string())),
    }
}

#[test]
fn where_a_unit_sends_to_is_an_address_with_a_port() {
    let with = |words: &str| {
        let unit = format!("name = \"pdu1\"\ncredential = \"admin\"\nsnmp = {{ {words} }}\n");
        read(&GOOD.replacen("name = \"pdu1\"\n", &unit, 1), &options())
    };
    for good in ["traps = \"10.4.0.5:162\"", "informs = \"[fd00::5]:1162\", version = \"3\""] {
        let rack = with(good).unwrap_or_else(|problems| panic!("{problems}"));
        let again = read(&rack.to_toml(), &options()).expect("what was written");
        let speaks = |rack: &Rack| rack.device("pdu1").and_then(|device| device.snmp.clone());
        assert_eq!(speaks(&again), speaks(&rack), "{good}");
    }
    for (wrong, said) in [
        ("traps = \"10.4.0.5\"", "bad address"),
        ("informs = \"receiver:162\"", "bad address"),
        ("traps = \"10.4.0.5:162\", informs = \"10.4.0.5:162\"", "exclude each other"),
    ] {
        let problems = with(wrong).expect_err(wrong).to_string();
        assert!(problems.contains(said), "{wrong}: {problems}");
    }
}

#[tokio::test]
async fn passwords_come_from_where_the_file_says() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, "from-file\nsecond line\n").expect("written");
    assert_eq!(outcome(&with(PasswordSource::File(path.clone()))).await.as_deref(), Ok("from-file"));
    std::fs::write(&path, "rotated").expect("written");
    assert_eq!(outcome(&with(PasswordSource::File(path))).await.as_deref(), Ok("rotated"));
    assert_eq!(outcome(&with(PasswordSource::Env("PATH".to_owned()))).await.ok(), std::env::var("PATH").ok());
    let command = PasswordSource::Command(vec!["printf".to_owned(), "from-command\\nmore".to_owned()]);
    assert_eq!(outcome(&with(command)).await.as_deref(), Ok("from-command"));
    let generated = with(PasswordSource::Generated).with_generated("admin", "made".into());
    assert_eq!(outcome(&generated).await.as_deref(), Ok("made"));
    assert!(!format!("{generated:?}").contains("made"));
}

#[tokio::test]
async fn a_second_pass_phrase_is_found_apart_from_the_first() {
    let text = GOOD.replacen(
        "[credentials.admin]\n",
        "[credentials.admin]\nprivacy = { command = [\"printf\", \"second\"] }\n",
        1,
    );
    let mut rack = read(&text, &options()).expect("a rack");
    let written = rack.to_toml();
    assert_eq!(read(&written, &options()).expect("what was written").credentials, rack.credentials);
    let first = PasswordSource::Command(vec!["printf".to_owned(), "first".to_owned()]);
    rack.credentials.get_mut("admin").expect("admin").password = first;
    let source = RackCredentials::new(Arc::new(rack));
    let found = source.get(&cx(), &DeviceId::from("node01")).await.expect("a login");
    let Credentials::PassPhrases { authentication, privacy, .. } = &found else { panic!("{found:?}") };
    use secrecy::ExposeSecret;
    assert_eq!((authentication.expose_secret(), privacy.expose_secret()), ("first", "second"));
    // One that a simulator would have to make, and one that is written down, are refused where they stand.
    for (wrong, said) in [("{ generated = true }", "cannot be generated"), ("\"second\"", "never written")] {
        let text = text.replacen("{ command = [\"printf\", \"second\"] }", wrong, 1);
        let problems = read(&text, &options()).expect_err("refused").to_string();
        assert!(problems.contains(said), "{problems}");
    }
}

#[tokio::test]
async fn what_leads_nowhere_is_named() {
    let cases = [
        (PasswordSource::Env("UNDERLAY_NO_SUCH_VARIABLE".to_owned()), "UNDERLAY_NO_SUCH_VARIABLE"),
        (PasswordSource::File("no/such/file".into()), "no/such/file"),
        (PasswordSource::Command(vec!["underlay-no-such-program".to_owned()]), "underlay-no-such-program"),
        (PasswordSource::Command(vec!["false".to_owned()]), "false"),
        (PasswordSource::Generated, "--rack-out"),
    ];
    for (source, expected) in cases {
        let (kind, message) = outcome(&with(source)).await.expect_err(expected);
        assert_eq!(kind, ErrorKind::InvalidInput, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn a_program_that_hangs_ends_at_the_deadline() {
    let source = with(PasswordSource::Command(vec!["sleep".to_owned(), "60".to_owned()]));
    let cx = cx().within(Duration::from_millis(100));
    let started = std::time::Instant::now();
    let error = source.get(&cx, &DeviceId::from("node01")).await.expect_err("it hangs");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_switch_with_a_command_line_is_written_as_it_is_read() {
    let with = |words: &str| {
        let switch = format!(
            "\n[[switch]]\nname = \"tor9\"\nports = 4\ncredential = \"admin\"\nuplinks = [\"4\", \"Ethernet3\"]\nssh = {{ {words} }}\n"
        );
        read(&(GOOD.to_owned() + &switch), &options())
    };
    let good = "platform = \"arista-eos\", host-key = \"SHA256:abc\", algorithms = \"legacy\", identity = \"/i\", \
                jump = \"ops@bastion:2222\", jump-identity = \"/k\", jump-host-key = \"first-use\"";
    let rack = with(good).unwrap_or_else(|problems| panic!("{problems}"));
    let again = read(&rack.to_toml(), &options()).expect("what was written");
    assert_eq!(
        again.device("tor9").and_then(|device| device.ssh.clone()),
        rack.device("tor9").and_then(|device| device.ssh.clone())
    );
    let uplinks =
        |rack: &Rack| rack.switches.iter().find(|switch| switch.name == "tor9").expect("it").uplinks.clone();
    assert_eq!(uplinks(&again), ["4", "Ethernet3"]);
    for (wrong, said) in
        [("algorithms = \"old\"", "one of `modern`, `legacy`"), ("platfrom = \"x\"", "platform")]
    {
        let problems = with(wrong).expect_err(wrong).to_string();
        assert!(problems.contains(said), "{wrong}: {problems}");
    }
}
