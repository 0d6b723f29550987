//! FRRouting behind OpenSSH: a command line that nobody of us wrote, with a configuration of its own.
use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use underlay_hal::{
    ApplyOptions, Change, ConfigSource, CredentialSource, Credentials, Cx, DeviceId, Endpoint, ErrorKind,
    Outcome, PortEdit, PortId, SwitchEdit, SwitchPlan, SwitchStep, plan_switch,
};
use underlay_interop::{
    lab::runtime,
    need::Need,
    program::{Server, run_with},
    suite::Suite,
};

const FRR: Need = Need::Recipe("frr_ssh.sh");
const NETMIKO: Need = Need::Recipe("netmiko_client.sh");
const NEEDS: &[Need] = &[FRR, NETMIKO, Need::File("/usr/lib/frr/zebra"), Need::File("/usr/sbin/sshd")];

pub(crate) fn tests(suite: Suite) -> Suite {
    suite.test(
        "FRR over OpenSSH: lines are taken, refusals are told, the configuration is read back",
        NEEDS,
        drives,
    )
}

fn cx() -> Cx {
    Cx::new("interop", "frr").within(Duration::from_secs(20)).consenting(underlay_hal::Safety::Destructive)
}

fn drives() {
    let state = tempfile::tempdir().expect("a temporary folder");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let mut command = Command::new("bash");
    command.arg(FRR.path()).arg(port.to_string()).arg(state.path());
    let mut server = Server::start(&mut command, &state.path().join("log")).softly();
    server.wait(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    // netmiko writes something down first.
    let script = NETMIKO.path();
    let first = "interface lo;description by netmiko";
    let arguments = [&*script.to_string_lossy(), &port.to_string(), "cisco_ios", "show version", first];
    let login = [("SW_USER", "swtest"), ("SW_PASSWORD", "swtest1")];
    run_with(Path::new("bash"), &arguments, &login, Duration::from_secs(60)).well();
    runtime().block_on(async {
        let mut at = Endpoint::new("ssh", "127.0.0.1").port(port);
        for (key, word) in [("platform", "cisco-ios"), ("host-key", "accept-any")] {
            at.options.insert(key.to_owned(), word.to_owned());
        }
        let open = async |user: &str, password: &str| {
            let login: std::sync::Arc<dyn CredentialSource> =
                std::sync::Arc::new(Credentials::password(user, password));
            let registry = underlay_drivers::registry().expect("the drivers");
            registry.open(&cx(), &DeviceId::from("frr"), std::slice::from_ref(&at), &login).await
        };
        let wrong = open("swtest", "another").await.expect_err("refused");
        assert_eq!(wrong.kind(), ErrorKind::Unauthenticated, "{}", wrong.report());
        let opened = open("swtest", "swtest1").await.unwrap_or_else(|error| panic!("{}", error.report()));
        let config = opened.device.switch_config().expect("it can be configured");
        // It has no archive: nothing undoes itself there, and this is said.
        assert_eq!(config.abilities().confirm, None);
        let before = config.read(&cx()).await.unwrap_or_else(|error| panic!("{}", error.report()));
        // What netmiko wrote is read, and made otherwise.
        let port = PortId::from("lo");
        let now = before.ports.get(&port).cloned().unwrap_or_else(|| panic!("no lo in {before:?}"));
        assert_eq!(now.description.as_deref(), Some("by netmiko"));
        let edit = PortEdit { description: Some("to the roof".to_owned()), ..PortEdit::default() };
        let plan =
            plan_switch(&before, &[SwitchEdit::Port { port: port.clone(), edit }], &[]).expect("a plan");
        let lines = config.preview(&plan).expect("lines");
        assert_eq!(lines, ["interface lo", "description to the roof", "exit"]);
        match config.apply(&cx(), &plan, ApplyOptions::default()).await {
            Ok(Outcome::Done(applied)) => assert_eq!(applied.change, Change::Made),
            other => panic!("{other:?}"),
        }
        let after = config.read(&cx()).await.expect("read");
        assert_eq!(after.ports[&port].description.as_deref(), Some("to the roof"));
        // The same plan is nothing now.
        let again = config.apply(&cx(), &plan, ApplyOptions::default()).await;
        assert!(matches!(again, Ok(Outcome::Done(applied)) if applied.change == Change::AlreadySo));
        // A line that it does not know is refused in its words: it has no VLANs.
        let vlan = SwitchPlan {
            steps: vec![SwitchStep::Vlan { id: 10, name: None, before: None }],
            risks: Vec::new(),
        };
        let refused = config.apply(&cx(), &vlan, ApplyOptions::default()).await.expect_err("no VLANs");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{}", refused.report());
        assert!(
            refused.message().contains("vlan 10") && refused.message().contains('%'),
            "{}",
            refused.report()
        );
        // The login is where it was: the whole configuration, with its paging off.
        let text = config
            .backup(&cx(), ConfigSource::Running)
            .await
            .unwrap_or_else(|error| panic!("{}", error.report()));
        assert!(text.contains("hostname") || text.contains("frr version"), "{text}");
        opened.device.close(&cx()).await.expect("closed");
    });
}
