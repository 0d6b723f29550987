//! SNMP in numbers: a walk beside net-snmp's, many units at once, many requests at once.
//!
//! ```text
//! cargo run --release --manifest-path tests/interop/Cargo.toml --example against_net_snmp -- [UNITS]
//! ```
//!
//! - The walk: the 5,000 objects of one simulated agent, 25 in an answer, by `snmpbulkwalk` and by the library below our
//!   driver, in turns; medians of nine, and their ratio. The process's start is in neither.
//! - The units: the states of every outlet of so many simulated units (200; each needs some sockets), opened and read by
//!   one process through the driver: seconds, and datagrams that the agents saw.
//! - The requests: 1,000 GETs at once to one agent, and how many were answered.

use std::{
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use async_snmp::{Auth, Client, Oid, Retry, client::WalkOptions, transport::UdpTransport};
use underlay_hal::{CredentialSource, Cx, DeviceId};
use underlay_interop::{lab::runtime, need::Need};
use underlay_rack::ReadOptions;
use underlay_simulators::{Running, Simulator};

const RUNS: usize = 9;
const REQUESTS: usize = 1000;
const FAMILY: &str = "\"raritan-pdu2\"";
const OBJECTS: usize = 5000;

fn main() -> ExitCode {
    let units = std::env::args().nth(1).map_or(Ok(200), |text| text.parse());
    let Ok(units) = units else {
        eprintln!("against_net_snmp: how many units? a number");
        return ExitCode::from(2);
    };
    runtime().block_on(async {
        walk().await;
        many_units(units).await;
        many_requests().await;
    });
    ExitCode::SUCCESS
}

/// A recording of so many counters, as of a large switch.
fn recording(objects: usize) -> tempfile::NamedTempFile {
    let mut text = "1.3.6.1.2.1.1.1.0|4|many counters\n1.3.6.1.2.1.1.5.0|4|p0\n".to_owned();
    for index in 3..=objects {
        text.push_str(&format!("1.3.6.1.2.1.2.2.1.10.{index}|65|{index}\n"));
    }
    let file = tempfile::NamedTempFile::with_suffix(".snmprec").expect("a temporary file");
    std::fs::write(file.path(), text).expect("written");
    file
}

/// So many units, `p0`, `p1`, …, of this persona, as a rack file says it.
async fn rack(units: usize, outlets: usize, persona: &str) -> Running {
    let mut text =
        "[rack]\nname = \"many\"\n[credentials.snmp]\nusername = \"snmp\"\npassword = { generated = true }\n"
            .to_owned();
    for unit in 0..units {
        text.push_str(&format!(
            "[[pdu]]\nname = \"p{unit}\"\noutlets = {outlets}\npersona = {persona}\ncredential = \"snmp\"\nsnmp = {{}}\n"
        ));
    }
    let options = ReadOptions { file: "many.toml", ..ReadOptions::default() };
    let rack = underlay_rack::read(&text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"))
}

async fn community(running: &Running) -> String {
    use secrecy::ExposeSecret as _;
    let cx = Cx::new("bench", "login").within(Duration::from_secs(5));
    let login = running.credentials().get(&cx, &DeviceId::from("p0")).await.expect("a login");
    let underlay_hal::Credentials::Password { password, .. } = login else { panic!("another kind of login") };
    password.expose_secret().to_owned()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

async fn walk() {
    let file = recording(OBJECTS);
    let running = rack(1, 24, &format!("{{ recorded = {:?} }}", file.path())).await;
    let community = community(&running).await;
    let at = running.snmp("p0").expect("a view").address();
    let client = Client::builder(at, Auth::v2c(community.as_str())).connect().await.expect("a client");
    let options = WalkOptions { max_repetitions: 25, ..WalkOptions::default() };
    let (mut ours, mut theirs, mut objects) = (Vec::new(), Vec::new(), 0);
    let program = Need::Program("snmpbulkwalk").find();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let walk = client.walk_with(Oid::from_slice(&[1, 3, 6, 1]), options).expect("a walk");
        objects = walk.collect().await.unwrap_or_else(|error| panic!("{error}")).len();
        ours.push(begun.elapsed());
        let Ok(program) = &program else { continue };
        // One object first: what the program's start takes is taken off.
        let run = |object: &str| {
            let begun = Instant::now();
            let at = at.to_string();
            let arguments = ["-v2c", "-c", &community, "-Cr25", "-On", &at, object];
            let status =
                Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(status.expect("it runs").success());
            begun.elapsed()
        };
        let start = run("1.3.6.1.2.1.1.5");
        theirs.push(run("1.3.6.1").saturating_sub(start));
    }
    let ours = median(ours);
    print!("walk of {objects} objects: {:.1} ms", ours.as_secs_f64() * 1e3);
    match program {
        Ok(_) => {
            let theirs = median(theirs);
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            println!("; snmpbulkwalk {:.1} ms, ratio {ratio:.2}", theirs.as_secs_f64() * 1e3);
        }
        Err(missing) => println!("; {missing}"),
    }
}

async fn many_units(units: usize) {
    let running = rack(units, 24, FAMILY).await;
    let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let registry = Arc::new(underlay_drivers::registry().expect("the drivers"));
    let before = resident();
    let begun = Instant::now();
    let jobs = running.rack().devices.iter().map(|device| {
        let (registry, credentials) = (Arc::clone(&registry), Arc::clone(&credentials));
        let (id, at) = (DeviceId::from(device.name.as_str()), device.endpoints().expect("an address"));
        tokio::spawn(async move {
            let cx = Cx::new("bench", "outlets").within(Duration::from_secs(120));
            let opened =
                registry.open(&cx, &id, &at, &credentials).await.unwrap_or_else(|e| panic!("{}", e.report()));
            let outlets = opened.device.pdu().expect("a unit").outlets(&cx).await;
            (outlets.unwrap_or_else(|error| panic!("{}", error.report())).len(), opened)
        })
    });
    let jobs: Vec<_> = jobs.collect();
    let (mut outlets, mut open) = (0, Vec::new());
    for job in jobs {
        let (count, opened) = job.await.expect("no panic");
        outlets += count;
        open.push(opened);
    }
    let took = begun.elapsed();
    let datagrams: u64 =
        running.rack().devices.iter().filter_map(|d| running.snmp(&d.name)).map(|view| view.requests()).sum();
    println!(
        "{units} units at once: {outlets} outlets, opened and read in {:.2} s, {datagrams} requests, {} KiB more memory for both ends",
        took.as_secs_f64(),
        resident().saturating_sub(before)
    );
}

async fn many_requests() {
    let running = rack(1, 24, FAMILY).await;
    let community = community(&running).await;
    let at = running.snmp("p0").expect("a view").address();
    let socket = UdpTransport::builder()
        .bind("127.0.0.1:0")
        .recv_buffer_size(1 << 20)
        .build()
        .await
        .expect("a socket");
    let client = Client::builder(at, Auth::v2c(community.as_str()))
        .request_timeout(Duration::from_secs(1))
        .retry(Retry::fixed(2, Duration::ZERO).expect("two"))
        .build_with(&socket)
        .await
        .expect("a client");
    let begun = Instant::now();
    let jobs: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(
                async move { client.get(&Oid::from_slice(&[1, 3, 6, 1, 2, 1, 1, 5, 0])).await.is_ok() },
            )
        })
        .collect();
    let mut answered = 0;
    for job in jobs {
        answered += usize::from(job.await.expect("no panic"));
    }
    println!(
        "{REQUESTS} requests at once: {answered} answered in {:.0} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
}

/// Memory of this process, in KiB; 0 where the system does not tell so.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
