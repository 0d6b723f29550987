//! Switches by their command line: what is read, what is changed, and what becomes of a change that goes wrong.

mod common;

use std::{sync::Arc, time::Duration};

use common::{cx, in_time, open, soon};
use underlay_hal::{
    Applied, ApplyOptions, Change, ConfigSource, CredentialSource, Credentials, Device, Effect, Endpoint,
    ErrorKind, ModeEdit, Outcome, PortEdit, PortId, PortMode, SwitchConfig, SwitchEdit, SwitchPlan, VlanEdit,
    VlanSet, plan_switch,
};
use underlay_rack::{ReadOptions, read};
use underlay_simulators::{Running, Simulator};

const PERSONAS: [&str; 4] = ["arista-eos", "cisco-ios", "cisco-nxos", "juniper-junos"];
/// Those whose groups are configured.
const GROUPED: [&str; 3] = ["arista-eos", "cisco-ios", "cisco-nxos"];
/// Those with a timer of their own that undoes.
const TIMED: [&str; 3] = ["arista-eos", "cisco-ios", "juniper-junos"];

struct Bench {
    running: Running,
    endpoint: Endpoint,
    credentials: Arc<dyn CredentialSource>,
}

impl Bench {
    async fn new(persona: &str) -> Self {
        Self::at(persona, 1.0).await
    }

    async fn at(persona: &str, scale: f64) -> Self {
        let text = format!(
            "[rack]\nname = \"one\"\nseed = 11\n[simulation]\ntime-scale = {scale:.1}\n\
             [credentials.net]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
             [[switch]]\nname = \"s1\"\nports = 8\npersona = \"{persona}\"\ncredential = \"net\"\nssh = {{}}\nsnmp = {{}}\n\
             [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"net\"\nipmi = {{}}\n\
             nics = [{{ name = \"eth0\", switch = \"s1\", port = 1 }}]\n\
             [[device]]\nname = \"n2\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"net\"\nipmi = {{}}\n\
             nics = [{{ name = \"eth0\", switch = \"s1\", port = 2 }}]\n"
        );
        let rack = read(&text, &ReadOptions { file: "one.toml", ..ReadOptions::default() })
            .unwrap_or_else(|error| panic!("{error}"));
        let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
        let endpoints = running.rack().device("s1").expect("s1").endpoints().expect("addresses");
        let endpoint = endpoints.into_iter().find(|at| at.scheme == "ssh").expect("one by SSH");
        let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
        Self { running, endpoint, credentials }
    }

    async fn device(&self) -> Arc<dyn Device> {
        let opened = open(&cx(20.0), std::slice::from_ref(&self.endpoint), &self.credentials).await;
        opened.unwrap_or_else(|error| panic!("{}", error.report())).device
    }

    fn running_text(&self) -> underlay_simulators::plant::SwitchSetup {
        self.running.plant().switch_running("s1").expect("a switch")
    }
}

fn config(device: &dyn Device) -> &dyn SwitchConfig {
    device.switch_config().expect("it can be configured")
}

fn port(persona: &str, number: u32) -> PortId {
    let word = match persona {
        "arista-eos" => "Ethernet",
        "cisco-ios" => "GigabitEthernet1/0/",
        "cisco-nxos" => "Ethernet1/",
        _ => "ge-0/0/",
    };
    PortId::from(format!("{word}{number}"))
}

/// What the line ends with that puts a port into VLAN 10.
fn access(persona: &str) -> &'static str {
    if persona == "juniper-junos" { "vlan members 10" } else { "switchport access vlan 10" }
}

fn mode(persona: &str, number: u32, mode: ModeEdit) -> SwitchEdit {
    SwitchEdit::Port {
        port: port(persona, number),
        edit: PortEdit { mode: Some(mode), ..PortEdit::default() },
    }
}

async fn planned(device: &dyn Device, edits: &[SwitchEdit]) -> SwitchPlan {
    let now = config(device).read(&cx(20.0)).await.unwrap_or_else(|error| panic!("{}", error.report()));
    plan_switch(&now, edits, &[]).unwrap_or_else(|error| panic!("{}", error.report()))
}

async fn apply(device: &dyn Device, plan: &SwitchPlan, options: ApplyOptions) -> Applied {
    match config(device).apply(&cx(20.0), plan, options).await {
        Ok(Outcome::Done(applied)) => applied,
        Ok(other) => panic!("{other:?}"),
        Err(error) => panic!("{}", error.report()),
    }
}

fn blue(persona: &str) -> Vec<SwitchEdit> {
    vec![
        SwitchEdit::AddVlan { id: 10, name: Some("blue".to_owned()) },
        mode(persona, 1, ModeEdit::Access(10)),
        mode(
            persona,
            3,
            ModeEdit::Trunk {
                native: Some(Some(10)),
                allowed: Some(VlanEdit::Set("10,20-29".parse().expect("a list"))),
            },
        ),
        SwitchEdit::Port {
            port: port(persona, 4),
            edit: PortEdit {
                description: Some("host not found % error".to_owned()),
                enabled: Some(false),
                mtu: Some(9000),
                edge: Some(true),
                ..PortEdit::default()
            },
        },
    ]
}

#[tokio::test]
async fn a_plan_is_carried_out_read_back_and_then_is_nothing() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        assert!(
            bench.running.plant().reaches(("n1", "eth0"), ("n2", "eth0")),
            "{persona}: one VLAN at first"
        );
        let plan = planned(&*device, &blue(persona)).await;
        let lines = config(&*device).preview(&plan).expect("lines");
        assert!(lines.iter().any(|line| line.ends_with(access(persona))), "{lines:?}");
        assert_eq!(bench.running.plant().switch_mutations("s1"), 0, "{persona}: a preview sends nothing");
        let applied = apply(&*device, &plan, ApplyOptions::default()).await;
        assert_eq!((applied.change, applied.pending), (Change::Made, None), "{persona}");
        if ["arista-eos", "juniper-junos"].contains(&persona) {
            let shown =
                applied.diff.iter().flat_map(|diff| diff.lines()).any(|line| line.ends_with(access(persona)));
            assert!(shown, "{persona}: {:?}", applied.diff);
        }
        let setup = bench.running_text();
        assert_eq!(setup.vlans[&10].as_deref(), Some("blue"));
        assert_eq!((setup.untagged(1), setup.carries(3, 10), setup.carries(3, 25)), (Some(10), true, false));
        assert_eq!(setup.ports[&4].description.as_deref(), Some("host not found % error"));
        assert!(!setup.ports[&4].enabled && setup.ports[&4].edge);
        assert!(!bench.running.plant().reaches(("n1", "eth0"), ("n2", "eth0")), "{persona}: two VLANs now");
        assert_eq!(planned(&*device, &blue(persona)).await, SwitchPlan::default(), "{persona}: again");
        let again = apply(&*device, &plan, ApplyOptions::default()).await;
        assert_eq!(again.change, Change::AlreadySo, "{persona}");
        assert_eq!(bench.running.plant().switch_waits("s1"), None, "{persona}: nothing is left to undo it");
    }
}

#[tokio::test]
async fn all_minus_one_and_the_last_vlan() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let trunk = |edit| mode(persona, 5, ModeEdit::Trunk { native: Some(Some(1)), allowed: Some(edit) });
        let plan = planned(&*device, &[trunk(VlanEdit::Set(VlanSet::all()))]).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        let plan = planned(&*device, &[trunk(VlanEdit::Remove("100".parse().expect("a list")))]).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        assert_eq!(bench.running_text().ports[&5].allowed.to_string(), "1-99,101-4094", "{persona}");
        let plan = planned(&*device, &[trunk(VlanEdit::Remove(VlanSet::all()))]).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        assert_eq!(bench.running_text().ports[&5].allowed, VlanSet::none(), "{persona}");
        let now = config(&*device).read(&cx(20.0)).await.expect("read");
        let mode = now.ports[&port(persona, 5)].mode.clone();
        assert!(matches!(mode, Some(PortMode::Trunk { allowed, .. }) if allowed.is_empty()), "{persona}");
    }
}

#[tokio::test]
async fn a_line_that_is_rejected_is_told_and_nothing_remains() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let before = bench.running_text();
        // The switch has no such port; the plan was made for another one.
        let mut plan = planned(&*device, &blue(persona)).await;
        let bogus = port(persona, 77);
        plan.steps.push(underlay_hal::SwitchStep::Vlan {
            id: 4094,
            name: Some("x".repeat(120)),
            before: None,
        });
        let error =
            config(&*device).apply(&cx(20.0), &plan, ApplyOptions::default()).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{persona}: {}", error.report());
        let words = if persona == "juniper-junos" { ["vlans xxx", "error: "] } else { ["name xxx", "%"] };
        assert!(words.iter().all(|word| error.message().contains(word)), "{}", error.report());
        assert_eq!(error.effect(), Effect::None, "{persona}: {}", error.report());
        assert_eq!(bench.running_text(), before, "{persona}: nothing half-applied remains");
        assert_eq!(bench.running.plant().switch_waits("s1"), None, "{persona}");
        // The login is still good.
        let plan = planned(&*device, &blue(persona)).await;
        assert_eq!(apply(&*device, &plan, ApplyOptions::default()).await.change, Change::Made, "{persona}");
        let gone = plan_switch(
            &config(&*device).read(&cx(20.0)).await.expect("read"),
            &[mode(persona, 77, ModeEdit::Access(1))],
            &[],
        );
        assert_eq!(gone.expect_err("no such port").kind(), ErrorKind::NotFound, "{bogus}");
    }
}

#[tokio::test]
async fn what_is_not_confirmed_undoes_itself_even_if_nobody_is_left() {
    for persona in TIMED {
        // A minute is a second and a half.
        let bench = Bench::at(persona, 40.0).await;
        let before = bench.running_text();
        let device = bench.device().await;
        let plan = planned(&*device, &blue(persona)).await;
        let options =
            ApplyOptions { confirm_within: Some(Duration::from_secs(120)), ..ApplyOptions::default() };
        let applied = apply(&*device, &plan, options).await;
        assert_eq!(applied.pending, Some(Duration::from_secs(120)), "{persona}");
        assert_ne!(bench.running_text(), before, "{persona}: it is done");
        // Whoever did it is gone, without a word.
        drop(device);
        let plant = bench.running.plant().clone();
        soon("the old configuration is back", || plant.switch_running("s1").as_ref() == Some(&before)).await;
        // To keep it now is too late, and is told so.
        let device = bench.device().await;
        let late = config(&*device).confirm(&cx(20.0)).await.expect("asked");
        assert_eq!(late, Outcome::Done(Change::AlreadySo), "{persona}");
    }
}

#[tokio::test]
async fn a_confirmed_change_stays_and_one_that_is_rolled_back_goes() {
    for persona in TIMED {
        let bench = Bench::at(persona, 40.0).await;
        let before = bench.running_text();
        let device = bench.device().await;
        let options =
            ApplyOptions { confirm_within: Some(Duration::from_secs(600)), ..ApplyOptions::default() };
        let plan = planned(&*device, &blue(persona)).await;
        let _ = apply(&*device, &plan, options).await;
        // Somebody else can undo it.
        let other = bench.device().await;
        let undone = config(&*other).rollback(&cx(20.0)).await.expect("undone");
        assert_eq!(undone, Outcome::Done(Change::Made), "{persona}");
        assert_eq!(bench.running_text(), before, "{persona}");
        let _ = apply(&*device, &plan, options).await;
        let kept = config(&*other).confirm(&cx(20.0)).await.expect("kept");
        assert_eq!(kept, Outcome::Done(Change::Made), "{persona}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_ne!(bench.running_text(), before, "{persona}");
        assert_eq!(bench.running.plant().switch_waits("s1"), None, "{persona}");
    }
}

#[tokio::test]
async fn what_is_not_saved_is_gone_after_a_restart() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let before = bench.running_text();
        let plan = planned(&*device, &blue(persona)).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        bench.running.plant().restart_switch("s1");
        if persona == "juniper-junos" {
            // What is committed there is saved.
            assert_ne!(bench.running_text(), before, "{persona}");
            continue;
        }
        assert_eq!(bench.running_text(), before, "{persona}");
        let _ = apply(&*device, &plan, ApplyOptions { save: true, ..ApplyOptions::default() }).await;
        let saved = bench.running_text();
        bench.running.plant().restart_switch("s1");
        assert_eq!(bench.running_text(), saved, "{persona}");
        let again = config(&*device).save(&cx(20.0)).await.expect("saved");
        assert_eq!(again, Outcome::Done(Change::AlreadySo), "{persona}");
        let startup = config(&*device).backup(&cx(20.0), ConfigSource::Startup).await.expect("a text");
        assert!(startup.contains(access(persona)), "{persona}: {startup}");
    }
}

#[tokio::test]
async fn a_way_to_management_is_cut_only_under_a_timer() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let now = config(&*device).read(&cx(20.0)).await.expect("read");
        let down = PortEdit { enabled: Some(false), ..PortEdit::default() };
        let edits = [SwitchEdit::Port { port: port(persona, 2), edit: down }];
        let guarded = [(port(persona, 2), "the controller of n2".to_owned())];
        let plan = plan_switch(&now, &edits, &guarded).expect("a plan");
        let error =
            config(&*device).apply(&cx(20.0), &plan, ApplyOptions::default()).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{}", error.report());
        assert!(error.message().contains("the controller of n2"), "{}", error.report());
        assert_eq!(bench.running.plant().switch_mutations("s1"), 0, "{persona}: nothing was sent");
        let options =
            ApplyOptions { confirm_within: Some(Duration::from_secs(60)), ..ApplyOptions::default() };
        if TIMED.contains(&persona) {
            let applied = apply(&*device, &plan, options).await;
            assert_eq!(applied.change, Change::Made, "{persona}");
        } else {
            let error = config(&*device).apply(&cx(20.0), &plan, options).await.expect_err("no timer");
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::None), "{persona}");
            assert_eq!(bench.running.plant().switch_mutations("s1"), 0, "{persona}: nothing was sent");
        }
        // The control: the same without anybody behind the port.
        let free = plan_switch(&now, &edits, &[]).expect("a plan");
        assert!(free.risks.is_empty());
    }
}

#[tokio::test]
async fn the_host_key_and_the_password_are_told_apart() {
    let bench = Bench::new("arista-eos").await;
    let refused = async |at: &Endpoint, credentials: &Arc<dyn CredentialSource>| {
        open(&cx(20.0), std::slice::from_ref(at), credentials).await.expect_err("refused")
    };
    let wrong: Arc<dyn CredentialSource> = Arc::new(Credentials::password("admin", "another"));
    let error = refused(&bench.endpoint, &wrong).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
    assert!(!error.report().contains("another"), "{}", error.report());
    let mut at = bench.endpoint.clone();
    at.options.insert("host-key".to_owned(), format!("SHA256:{}", "A".repeat(43)));
    let error = refused(&at, &bench.credentials).await;
    assert_eq!(error.kind(), ErrorKind::Untrusted, "{}", error.report());
    // By a file: unknown is refused, first use is learned, and then it is known.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("known_hosts").to_string_lossy().into_owned();
    std::fs::write(&file, "").expect("written");
    at.options.insert("known-hosts".to_owned(), file.clone());
    at.options.insert("host-key".to_owned(), "known-hosts".to_owned());
    assert_eq!(refused(&at, &bench.credentials).await.kind(), ErrorKind::Untrusted);
    at.options.insert("host-key".to_owned(), "first-use".to_owned());
    open(&cx(20.0), std::slice::from_ref(&at), &bench.credentials).await.expect("learned");
    at.options.insert("host-key".to_owned(), "known-hosts".to_owned());
    open(&cx(20.0), std::slice::from_ref(&at), &bench.credentials).await.expect("known");
    // Another key at that address is refused, first use or not.
    let other = Bench::new("arista-eos").await;
    let swapped = std::fs::read_to_string(&file).expect("it").replace(
        &format!(":{}", bench.endpoint.port.expect("a port")),
        &format!(":{}", other.endpoint.port.expect("a port")),
    );
    std::fs::write(&file, swapped).expect("written");
    let mut at = other.endpoint.clone();
    at.options.insert("known-hosts".to_owned(), file);
    at.options.insert("host-key".to_owned(), "first-use".to_owned());
    assert_eq!(refused(&at, &other.credentials).await.kind(), ErrorKind::Untrusted);
}

#[tokio::test]
async fn silence_ends_by_the_deadline_wherever_it_begins() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let faults = bench.running.ssh("s1").expect("a view").faults();
        let plan = planned(&*device, &blue(persona)).await;
        let before = bench.running_text();
        faults.set_mute(true);
        let error = in_time(0.5, |cx| async move {
            config(&*bench_device(&device))
                .apply(&cx, &plan, ApplyOptions::default())
                .await
                .map(drop)
                .expect_err("silence")
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Timeout, "{persona}: {}", error.report());
        assert_eq!(bench.running_text(), before, "{persona}");
        faults.set_silent(true);
        let error = in_time(0.5, |cx| async move {
            open(&cx, std::slice::from_ref(&bench.endpoint), &bench.credentials)
                .await
                .map(drop)
                .expect_err("silence")
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Timeout, "{persona}: {}", error.report());
    }
}

fn bench_device(device: &Arc<dyn Device>) -> Arc<dyn Device> {
    Arc::clone(device)
}

#[tokio::test]
async fn it_is_one_login_and_a_switch_that_is_full_says_so() {
    let bench = Bench::new("cisco-ios").await;
    let device = bench.device().await;
    let view = bench.running.ssh("s1").expect("a view");
    for _ in 0..5 {
        config(&*device).read(&cx(20.0)).await.expect("read");
    }
    assert_eq!(view.faults().opened(), 1, "a hundred questions are one login");
    let mut others = Vec::new();
    let error = loop {
        match open(&cx(20.0), std::slice::from_ref(&bench.endpoint), &bench.credentials).await {
            Ok(opened) => others.push(opened),
            Err(error) => break error,
        }
        assert!(others.len() < 40, "it takes as many as anybody likes");
    };
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{}", error.report());
    device.close(&cx(5.0)).await.expect("closed");
    soon("a login is free", || view.faults().logins() < 17).await;
    assert!(config(&*device).read(&cx(20.0)).await.is_ok(), "a device that was closed opens again");
}

#[tokio::test]
async fn ports_vlans_and_addresses_are_the_plant_s() {
    for persona in PERSONAS {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let plan = planned(&*device, &blue(persona)).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        let switch = device.switch().expect("a switch");
        let ports = switch.ports(&cx(20.0)).await.expect("ports");
        assert_eq!(ports.len(), 8, "{persona}: {ports:?}");
        let facts = bench.running.plant().ports("s1").expect("ports");
        let up = |port: &underlay_hal::SwitchPort| port.status == underlay_hal::PortStatus::Up;
        for (seen, real) in ports.iter().zip(&facts) {
            assert_eq!((up(seen), seen.enabled), (real.link, real.enabled), "{persona} {}", seen.id);
        }
        let macs = switch.macs(&cx(20.0)).await.expect("addresses");
        let told: Vec<_> = macs.iter().map(|entry| (entry.vlan, entry.port.clone(), entry.mac.0)).collect();
        let mac = |number: usize| facts[number - 1].peer.as_ref().expect("a machine").2;
        assert_eq!(
            told,
            [(Some(10), port(persona, 1), mac(1)), (Some(1), port(persona, 2), mac(2))],
            "{persona}"
        );
        let seen = switch.neighbors(&cx(20.0)).await.expect("neighbors");
        let told: Vec<_> = seen
            .iter()
            .map(|one| (one.port.clone(), one.neighbor.system_name.clone(), one.neighbor.port_id.clone()))
            .collect();
        let awake =
            |number, name: &str| (port(persona, number), Some(name.to_owned()), Some("eth0".to_owned()));
        assert_eq!(told, [awake(1, "n1"), awake(2, "n2")], "{persona}");
        bench.running.plant().set_cable("s1", 2, false).expect("a port");
        let seen = switch.neighbors(&cx(20.0)).await.expect("neighbors");
        assert_eq!(seen.len(), 1, "{persona}: who is unplugged is not seen");
        let vlans = switch.vlans(&cx(20.0)).await.expect("VLANs");
        let ten = vlans.iter().find(|vlan| vlan.id == 10).expect("it");
        assert_eq!(ten.untagged, [port(persona, 1), port(persona, 3)], "{persona}");
    }
}

#[tokio::test]
async fn a_trunk_without_an_untagged_vlan_is_one_only_where_there_are_such() {
    for (persona, can) in [("arista-eos", true), ("juniper-junos", true), ("cisco-nxos", false)] {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let tagged = ModeEdit::Trunk {
            native: Some(None),
            allowed: Some(VlanEdit::Set("1".parse().expect("a list"))),
        };
        let plan = planned(&*device, &[mode(persona, 5, tagged)]).await;
        if can {
            let _ = apply(&*device, &plan, ApplyOptions::default()).await;
            assert_eq!(bench.running_text().untagged(5), None, "{persona}");
        } else {
            let error = config(&*device)
                .apply(&cx(20.0), &plan, ApplyOptions::default())
                .await
                .expect_err("there is always one");
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
            assert_eq!(bench.running.plant().switch_mutations("s1"), 0, "{persona}");
        }
    }
}

#[tokio::test]
async fn a_checkpoint_is_gone_when_it_is_not_needed_any_more() {
    let bench = Bench::new("cisco-nxos").await;
    let device = bench.device().await;
    // There is room for a few; each change takes one, and a change that is refused too.
    for round in 0..8_u16 {
        let edits = [SwitchEdit::AddVlan { id: 100 + round, name: Some(format!("v{round}")) }];
        let mut plan = planned(&*device, &edits).await;
        if round % 2 == 1 {
            plan.steps.push(underlay_hal::SwitchStep::Vlan {
                id: 4094,
                name: Some("x".repeat(120)),
                before: None,
            });
            let refused = config(&*device).apply(&cx(20.0), &plan, ApplyOptions::default()).await;
            let error = refused.expect_err("a long name");
            assert_eq!(error.effect(), Effect::None, "{}", error.report());
        } else {
            assert_eq!(apply(&*device, &plan, ApplyOptions::default()).await.change, Change::Made);
        }
    }
    let vlans = bench.running_text().vlans;
    assert_eq!(vlans.keys().copied().collect::<Vec<_>>(), [1, 100, 102, 104, 106]);
}

#[tokio::test]
async fn a_group_is_a_port_of_its_own_and_counts_for_its_members() {
    for persona in GROUPED {
        let bench = Bench::new(persona).await;
        let device = bench.device().await;
        let member = |number| SwitchEdit::Port {
            port: port(persona, number),
            edit: PortEdit {
                lag: Some(Some(underlay_hal::LagMember { group: 3, mode: underlay_hal::LagMode::Active })),
                ..PortEdit::default()
            },
        };
        let plan = planned(&*device, &[member(1), member(5)]).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        // Now the group is there, and is configured as a port is.
        let word = if persona == "arista-eos" { "Port-Channel3" } else { "ort-channel3" };
        let now = config(&*device).read(&cx(20.0)).await.expect("read");
        let group = now.ports.keys().find(|port| port.as_str().ends_with(word)).expect("the group").clone();
        let edit = PortEdit { mode: Some(ModeEdit::Access(10)), ..PortEdit::default() };
        let edits =
            [SwitchEdit::AddVlan { id: 10, name: None }, SwitchEdit::Port { port: group.clone(), edit }];
        let plan = planned(&*device, &edits).await;
        let _ = apply(&*device, &plan, ApplyOptions::default()).await;
        assert_eq!(planned(&*device, &edits).await, SwitchPlan::default(), "{persona}: again");
        let setup = bench.running_text();
        assert_eq!((setup.untagged(1), setup.untagged(2)), (Some(10), Some(1)), "{persona}");
        assert!(!bench.running.plant().reaches(("n1", "eth0"), ("n2", "eth0")), "{persona}");
        let switch = device.switch().expect("a switch");
        let ports = switch.ports(&cx(20.0)).await.expect("ports");
        let told = ports.iter().find(|port| port.id == group).expect("the group");
        assert_eq!(told.status, underlay_hal::PortStatus::Up, "{persona}: a member has a link");
        let first = ports.iter().find(|seen| seen.id == port(persona, 1)).expect("a port");
        assert_eq!(first.lag.as_ref(), Some(&group), "{persona}");
        let macs = switch.macs(&cx(20.0)).await.expect("addresses");
        assert!(
            macs.iter().any(|entry| entry.port == group && entry.vlan == Some(10)),
            "{persona}: {macs:?}"
        );
    }
}
