//! net-snmp's agent: logins of every kind that it has, and what it is not.
use std::{
    fs,
    time::{Duration, Instant},
};

use underlay_hal::{Credentials, ErrorKind};
use underlay_interop::{
    lab::runtime,
    need::Need,
    peer::{SNMPD, Snmpd},
    suite::Suite,
};

const NEEDS: &[Need] = &[SNMPD, Need::Program("snmpd")];
/// Ports that make a switch of what does not bridge.
const MANY: usize = 8;
/// What the recipe says that it is.
const DESCRIPTION: &str = "Underlay loopback SNMP agent";

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite =
        suite.test("snmpd: every version and user logs in, and tells what the recipe says", NEEDS, logins);
    let suite = suite.test("snmpd: a wrong pass phrase of either kind is told from silence", NEEDS, refusals);
    suite.test("snmpd: a machine with some ports is not taken for a switch", NEEDS, ports)
}

/// Users of the recipe with the options that they need.
const USERS: [(&str, &str, &str); 4] = [
    ("shaaes", "sha", "aes128"),
    ("sha256aes", "sha256", "aes128"),
    ("sha512aes256", "sha512", "aes256"),
    ("shaonly", "sha", "none"),
];

fn user(name: &str) -> Credentials {
    Credentials::pass_phrases(name, "authpass123", "privpass123")
}

fn logins() {
    let peer = Snmpd::start();
    runtime().block_on(async {
        let mut kinds: Vec<(Vec<(&str, &str)>, Credentials)> = ["1", "2c"]
            .map(|version| (vec![("version", version)], Credentials::password("", "public")))
            .into();
        kinds.extend(USERS.map(|(name, auth, privacy)| {
            (vec![("version", "3"), ("auth", auth), ("privacy", privacy)], user(name))
        }));
        for (options, login) in kinds {
            let device = peer.open(&options, login).await;
            let device = device.unwrap_or_else(|error| panic!("{options:?}: {}", error.report()));
            assert_eq!(device.info().model.as_deref(), Some(DESCRIPTION), "{options:?}");
            assert!(device.pdu().is_none(), "it is no unit of power");
        }
    });
}

fn refusals() {
    let peer = Snmpd::start();
    runtime().block_on(async {
        let options = [("version", "3"), ("auth", "sha256"), ("privacy", "aes128")];
        let wrong_authentication = Credentials::pass_phrases("sha256aes", "authpass124", "privpass123");
        for login in [wrong_authentication, user("nobody")] {
            let begun = Instant::now();
            let error = peer.open(&options, login).await.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        }
        // What is hidden with a wrong key can be read by nobody, and whoever gets it may say so or be silent.
        let wrong_privacy = Credentials::pass_phrases("sha256aes", "authpass123", "privpass124");
        let error = peer.open(&options, wrong_privacy).await.expect_err("refused");
        println!("a wrong privacy pass phrase: {}", error.report());
        assert!(
            matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::Timeout),
            "{}",
            error.report()
        );
        let error = peer.open(&[], Credentials::password("", "pubic")).await.expect_err("silence");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
    });
}

/// A machine has some ports too, and bridges nothing.
fn ports() {
    let peer = Snmpd::start();
    let ports = fs::read_dir("/sys/class/net").expect("a system that tells").count();
    runtime().block_on(async {
        let device = peer.open(&[], Credentials::password("", "public")).await.expect("open");
        println!("{ports} ports: {}", if device.switch().is_some() { "a switch" } else { "no switch" });
        assert!(device.pdu().is_none(), "nor a unit of power");
        assert!(ports >= MANY || device.switch().is_none(), "{ports} ports make no switch");
    });
}
