//! Switches over SSH in numbers: a hundred ports beside netmiko, and hundreds of switches at once.
//!
//! ```text
//! UNDERLAY_PEERS_VENV=VENV cargo run --release --manifest-path tests/interop/Cargo.toml --example against_netmiko -- [SWITCHES]
//! ```
//!
//! - The ports: another VLAN for each of 100 ports of one simulated switch, by our driver (login, look, candidate, commit,
//!   proof) and by netmiko (login, the same lines, each looked at; no candidate, no proof), in turns; medians of three,
//!   and their ratio.
//! - The switches: one port of each of so many simulated switches (200), logged in to, changed and proved by one process
//!   at once: seconds, memory and threads of both ends together; then what a login costs that is held.

use std::{
    io::Write as _,
    process::{Command, ExitCode},
    sync::Arc,
    time::{Duration, Instant},
};

use underlay_hal::{
    ApplyOptions, CredentialSource, Cx, Device, DeviceId, ModeEdit, PortEdit, SwitchEdit, plan_switch,
};
use underlay_interop::{lab::runtime, need::Need};
use underlay_rack::ReadOptions;
use underlay_simulators::{Running, Simulator};

const RUNS: usize = 3;
const PORTS: u32 = 100;
const PERSONA: &str = "arista-eos";

fn main() -> ExitCode {
    let switches = std::env::args().nth(1).map_or(Ok(200), |text| text.parse());
    let Ok(switches) = switches else {
        eprintln!("against_netmiko: how many switches? a number");
        return ExitCode::from(2);
    };
    runtime().block_on(async {
        ports().await;
        many(switches).await;
    });
    ExitCode::SUCCESS
}

async fn rack(switches: usize, ports: u32) -> Running {
    let mut text =
        "[rack]\nname = \"many\"\n[credentials.net]\nusername = \"admin\"\npassword = { generated = true }\n"
            .to_owned();
    for number in 0..switches {
        text.push_str(&format!(
            "[[switch]]\nname = \"s{number}\"\nports = {ports}\npersona = \"{PERSONA}\"\ncredential = \"net\"\nssh = {{}}\n"
        ));
    }
    let options = ReadOptions { file: "many.toml", ..ReadOptions::default() };
    let rack = underlay_rack::read(&text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"))
}

fn cx() -> Cx {
    Cx::new("bench", "switches")
        .within(Duration::from_secs(120))
        .consenting(underlay_hal::Safety::Destructive)
}

async fn open(running: &Running, name: &str) -> Arc<dyn Device> {
    let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let endpoints = running.rack().device(name).expect("it").endpoints().expect("an address");
    let registry = underlay_drivers::registry().expect("the drivers");
    let opened = registry.open(&cx(), &DeviceId::from(name), &endpoints, &credentials).await;
    opened.unwrap_or_else(|error| panic!("{}", error.report())).device
}

/// Puts the first ports of a switch into a VLAN; the lines that this took.
async fn put(device: &dyn Device, ports: usize, vlan: u16) -> Vec<String> {
    let config = device.switch_config().expect("it can be configured");
    let now = config.read(&cx()).await.unwrap_or_else(|error| panic!("{}", error.report()));
    let port = |port: &underlay_hal::PortId| SwitchEdit::Port {
        port: port.clone(),
        edit: PortEdit { mode: Some(ModeEdit::Access(vlan)), ..PortEdit::default() },
    };
    let mut edits = vec![SwitchEdit::AddVlan { id: vlan, name: None }];
    edits.extend(now.ports.keys().take(ports).map(port));
    let plan = plan_switch(&now, &edits, &[]).expect("a plan");
    let lines = config.preview(&plan).expect("lines");
    let applied = config.apply(&cx(), &plan, ApplyOptions::default()).await;
    let _ = applied.unwrap_or_else(|error| panic!("{}", error.report()));
    lines
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

async fn password(running: &Running) -> String {
    use secrecy::ExposeSecret as _;
    let login = running.credentials().get(&cx(), &DeviceId::from("s0")).await.expect("a login");
    let underlay_hal::Credentials::Password { password, .. } = login else { panic!("another kind of login") };
    password.expose_secret().to_owned()
}

async fn ports() {
    let running = rack(1, PORTS).await;
    let (password, at) = (password(&running).await, running.ssh("s0").expect("a view").address());
    let python = Need::Python("python").find();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/netmiko_bench.py");
    let (mut ours, mut theirs, mut count) = (Vec::new(), Vec::new(), 0);
    for run in 0..RUNS {
        let vlan = 2000 + u16::try_from(run).expect("few") * 2;
        let begun = Instant::now();
        let device = open(&running, "s0").await;
        let lines = put(&*device, PORTS as usize, vlan).await;
        device.close(&cx()).await.expect("closed");
        ours.push(begun.elapsed());
        count = lines.len();
        let Ok(python) = &python else { continue };
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        let text = lines.join("\n").replace(&vlan.to_string(), &(vlan + 1).to_string());
        file.write_all(text.as_bytes()).expect("written");
        let mut command = Command::new(python);
        command
            .arg(&script)
            .arg(at.ip().to_string())
            .arg(at.port().to_string())
            .arg("arista_eos")
            .arg(file.path());
        command.env("UNDERLAY_PASSWORD", &password);
        let said =
            tokio::task::spawn_blocking(move || command.output()).await.expect("ran").expect("started");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let seconds: f64 = String::from_utf8_lossy(&said.stdout).trim().parse().expect("seconds");
        theirs.push(Duration::from_secs_f64(seconds));
        drop(file);
    }
    let ours = median(ours);
    println!("{PORTS} ports, {count} lines, one login, one commit: {:.2} s", ours.as_secs_f64());
    if theirs.is_empty() {
        println!("netmiko is not there: UNDERLAY_PEERS_VENV");
    } else {
        let theirs = median(theirs);
        println!(
            "netmiko, the same lines: {:.2} s; ratio {:.2}",
            theirs.as_secs_f64(),
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
}

/// A number of `/proc/self/status`.
fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("0");
    line.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0)
}

async fn many(switches: usize) {
    let running = Arc::new(rack(switches, 8).await);
    let before = status("VmRSS:");
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..switches {
        let running = Arc::clone(&running);
        tasks.spawn(async move {
            let device = open(&running, &format!("s{number}")).await;
            let _ = put(&*device, 1, 10).await;
            device
        });
    }
    let devices = tasks.join_all().await;
    let took = begun.elapsed();
    for number in 0..switches {
        let setup = running.plant().switch_running(&format!("s{number}")).expect("a switch");
        assert_eq!(setup.untagged(1), Some(10), "s{number}");
    }
    let held = status("VmRSS:").saturating_sub(before);
    println!(
        "{switches} switches at once: {:.2} s, {} logins held, {} threads, {held} KiB for both ends: {} KiB a login",
        took.as_secs_f64(),
        devices.len(),
        status("Threads:"),
        held / u64::try_from(switches.max(1)).unwrap_or(1),
    );
}
