//! Requests, bytes and seconds of our driver and of sushy for the same questions to the same simulated machine.
//!
//! ```text
//! cargo run --release --manifest-path tests/interop/Cargo.toml --example against_sushy -- [MACHINE]... [--runs N]
//! ```
//!
//! - A machine is a persona, or `PERSONA=ARCHIVE` for a recorded tree (`.tar.xz`) that is shown in its place.
//! - Both sides go through one counting relay over plain HTTP, one after the other, `N` times (9).
//! - Bytes are those on the wire, both ways, without TCP and IP. Requests are counted by the simulator.
//! - Seconds are medians; what the machine was busy with meanwhile is in both, so only the ratio says something.
//! - It fails if the two do not find the same.
//! - sushy is looked for in `UNDERLAY_PEERS_VENV`, as in the tests.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use underlay_hal::{Device, Endpoint, FacetKind, PowerState, Tls};
use underlay_interop::{
    lab::{Lab, Web},
    need::Need,
    peer::{cx, open},
    recorded::Tree,
};

const WORDS: [(&str, &str); 3] =
    [("open", "login"), ("inventory", "inventory"), ("power", "power state, warm")];

/// What one side spent on one question.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    requests: u64,
    bytes: u64,
    seconds: f64,
}

fn main() -> ExitCode {
    let mut personas = Vec::new();
    let mut runs = 9;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument != "--runs" {
            personas.push(argument);
        } else if let Some(number) = arguments.next().and_then(|number| number.parse().ok()) {
            runs = number;
        } else {
            eprintln!("against_sushy: --runs takes a number");
            return ExitCode::from(2);
        }
    }
    let python = Need::Python("python");
    if let Err(missing) = python.find() {
        eprintln!("against_sushy: {missing}");
        return ExitCode::from(2);
    }
    if personas.is_empty() {
        personas = ["standard", "dell-idrac9", "supermicro"].map(str::to_owned).to_vec();
    }
    for persona in personas {
        compare(&persona, runs.max(1), python);
    }
    ExitCode::SUCCESS
}

/// Runs both sides in turn, and prints the table.
fn compare(persona: &str, runs: usize, python: Need) {
    let tree = persona.split_once('=').map(|(extends, archive)| (extends, Tree::unpack(Path::new(archive))));
    let lab = match &tree {
        Some((extends, tree)) => Lab::recorded(tree.folder(), extends, Web::Http),
        None => Lab::start(persona, Web::Http),
    };
    let bytes = Arc::new(AtomicU64::new(0));
    let target = lab.url().trim_start_matches("http://").to_owned();
    let relay = lab.block_on(relay(target, Arc::clone(&bytes)));
    let requests = || lab.running().redfish("n1").expect("a Redfish view").requests();
    let mut ours: [Vec<Spent>; 3] = Default::default();
    let mut theirs: [Vec<Spent>; 3] = Default::default();
    for _ in 0..runs {
        let counted = |seconds: f64, from: (u64, u64)| Spent {
            requests: requests() - from.0,
            bytes: bytes.load(Ordering::Relaxed) - from.1,
            seconds,
        };
        let now = || (requests(), bytes.load(Ordering::Relaxed));
        let mut device: Option<Arc<dyn Device>> = None;
        let mut found = Vec::new();
        for (at, (word, _)) in WORDS.iter().enumerate() {
            let (from, begun) = (now(), Instant::now());
            found.push(lab.block_on(answer(word, &mut device, relay, (&lab.user, &lab.password))));
            ours[at].push(counted(begun.elapsed().as_secs_f64(), from));
        }
        if let Some(device) = device {
            lab.block_on(device.close(&cx("close"))).expect("closed");
        }
        let mut sushy = Sushy::start(python, &format!("http://127.0.0.1:{relay}"), &lab.user, &lab.password);
        for (at, (word, _)) in WORDS.iter().enumerate() {
            let from = now();
            let mut said = sushy.ask(word);
            let seconds = said.as_object_mut().and_then(|said| said.remove("seconds"));
            theirs[at].push(counted(seconds.and_then(|seconds| seconds.as_f64()).expect("seconds"), from));
            assert_eq!(said, found[at], "{persona}: sushy, and ours");
        }
    }
    println!("\n{persona}, {runs} runs");
    println!(
        "{:<20} {:>9} {:>9} {:>11} {:>11} {:>9} {:>9}",
        "", "requests", "sushy", "bytes", "sushy", "ms", "ratio"
    );
    for (at, (_, title)) in WORDS.iter().enumerate() {
        let (ours, theirs) = (median(&ours[at]), median(&theirs[at]));
        println!(
            "{title:<20} {:>9} {:>9} {:>11} {:>11} {:>9.1} {:>9.2}",
            ours.requests,
            theirs.requests,
            ours.bytes,
            theirs.bytes,
            ours.seconds * 1e3,
            ours.seconds / theirs.seconds
        );
    }
}

/// The medians, each by itself.
fn median(all: &[Spent]) -> Spent {
    fn middle<T: Copy>(mut values: Vec<T>, order: fn(&T, &T) -> std::cmp::Ordering) -> T {
        values.sort_by(order);
        values[values.len() / 2]
    }
    Spent {
        requests: middle(all.iter().map(|one| one.requests).collect(), u64::cmp),
        bytes: middle(all.iter().map(|one| one.bytes).collect(), u64::cmp),
        seconds: middle(all.iter().map(|one| one.seconds).collect(), f64::total_cmp),
    }
}

/// Our side of a question, in the words of the other.
async fn answer(word: &str, device: &mut Option<Arc<dyn Device>>, port: u16, login: (&str, &str)) -> Value {
    if word == "open" {
        let at = Endpoint::new("redfish", "127.0.0.1").port(port).tls(Tls::Plain);
        let opened = open(&at.only_for([FacetKind::Power, FacetKind::Inventory]), login.0, login.1).await;
        *device = Some(opened.unwrap_or_else(|error| panic!("{}", error.report())));
        return json!({});
    }
    let device = device.as_ref().expect("opened before");
    if word == "power" {
        let state = device.power().expect("power").state(&cx("power")).await.expect("read");
        return json!({ "power": if state == PowerState::On { "On" } else { "Off" } });
    }
    let read = device.inventory().expect("inventory").read(&cx("inventory")).await.expect("read");
    assert_eq!(read.skipped, [], "everything was read");
    json!({
        "serial": read.system.serial_number,
        "processors": read.processors.len(),
        "memory": read.memory.len(),
        "drives": read.drives.len(),
        "nics": read.nics.len(),
        "supplies": read.power_supplies.len(),
    })
}

/// A relay to the machine that counts the bytes of both directions; its port.
async fn relay(target: String, bytes: Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&target).await else { continue };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(carry(from_client, to_server, Arc::clone(&bytes)));
            tokio::spawn(carry(from_server, to_client, Arc::clone(&bytes)));
        }
    });
    port
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    bytes: Arc<AtomicU64>,
) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        bytes.fetch_add(count as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}

/// The other side, as a process that is told what to do.
struct Sushy {
    child: Child,
    ask: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Sushy {
    fn start(python: Need, url: &str, user: &str, password: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/sushy_bench.py");
        let mut child = Command::new(python.path())
            .args([script, url, user, password])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let ask = child.stdin.take().expect("a pipe");
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, ask, said }
    }

    fn ask(&mut self, word: &str) -> Value {
        writeln!(self.ask, "{word}").expect("told");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("sushy gave up on {word}"))
    }
}

impl Drop for Sushy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
