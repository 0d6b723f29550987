//! A simulated rack in this process, and the binary as a child.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use underlay_rack::{Rack, ReadOptions};
use underlay_simulators::{Running, ServerTruth, Simulator, plant::ClockMode};

/// Longer than any command here needs on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// What a command printed, and its exit code; `None` after a signal.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The exit code is as expected.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Standard output says all of this.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        words.iter().for_each(|word| assert!(self.out.contains(word), "no {word:?} in:\n{}", self.out));
        self
    }

    /// Standard error says all of this.
    #[track_caller]
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        words.iter().for_each(|word| assert!(self.err.contains(word), "no {word:?} in:\n{}", self.err));
        self
    }

    /// An array of one object per device, with keys in `snake_case`.
    #[track_caller]
    pub(crate) fn devices(&self) -> Vec<Value> {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}:\n{}", self.out));
        check_keys(&value);
        let devices = value.as_array().expect("an array").clone();
        assert!(devices.iter().all(|device| device["device"].is_string()), "{devices:?}");
        devices
    }
}

#[track_caller]
fn check_keys(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(check_keys),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            let snake = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            assert!(snake, "{key:?} is not in snake_case");
            check_keys(value);
        }),
        _ => {}
    }
}

/// The text of a server in a rack file.
pub(crate) fn server(name: &str, persona: &str, state: &str, outlet: u32) -> String {
    let redfish = if persona == "generic-ipmi" { "" } else { "redfish = {}\n" };
    format!(
        "[[device]]\nname = \"{name}\"\nkind = \"server\"\npersona = \"{persona}\"\ntags = [\"{persona}\"]\n\
         credential = \"bmc\"\nstate = \"{state}\"\npower = [{{ pdu = \"pdu\", outlet = {outlet} }}]\n{redfish}ipmi = {{}}\n"
    )
}

/// Three servers: one that is off, one that is on, and an old one that is on and has only IPMI.
pub(crate) fn three_servers() -> String {
    rack_of(&[
        ("node01", "dell-idrac9", "off"),
        ("node02", "standard", "on"),
        ("old01", "generic-ipmi", "on"),
    ])
}

/// The text of a rack.
pub(crate) fn rack_of(servers: &[(&str, &str, &str)]) -> String {
    let mut text = "[rack]\nname = \"lab\"\nseed = 3\n[simulation]\npost-seconds = 20\nos-boot-seconds = 4\n\
                    shutdown-seconds = 4\nbmc-boot-seconds = 10\n[credentials.bmc]\nusername = \"operator\"\n\
                    password = { generated = true }\n[[feed]]\nname = \"feed\"\n\
                    [[pdu]]\nname = \"pdu\"\nfeed = \"feed\"\noutlets = 16\n"
        .to_owned();
    for (outlet, (name, persona, state)) in (1..).zip(servers) {
        text.push_str(&server(name, persona, state, outlet));
    }
    text
}

pub(crate) fn read(text: &str, file: &str) -> Rack {
    underlay_rack::read(text, &ReadOptions { file, ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// A rack that runs, and a folder with its file.
pub(crate) struct Lab {
    pub(crate) running: Running,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) rack: PathBuf,
    _runtime: tokio::runtime::Runtime,
}

impl Lab {
    /// Machines that live forty times faster than real ones.
    pub(crate) fn new(text: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let rack = read(text, "lab.toml");
        let running = runtime
            .block_on(Simulator::builder(rack).clock(ClockMode::Scaled(40.0)).start())
            .unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().expect("a folder");
        let rack = folder.path().join("rack.toml");
        running.write_rack(&rack).expect("a rack file");
        Self { running, folder, rack, _runtime: runtime }
    }

    /// The truth about a machine.
    pub(crate) fn truth(&self, name: &str) -> ServerTruth {
        self.running.truth(name).expect("a machine of the rack")
    }

    /// A file in the laboratory's folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Another rack file for the same machines, changed.
    pub(crate) fn changed_rack(&self, name: &str, change: impl FnOnce(&mut Rack)) -> PathBuf {
        let text = std::fs::read_to_string(&self.rack).expect("the rack file");
        let mut rack = read(&text, "rack.toml");
        change(&mut rack);
        self.file(name, &rack.to_toml())
    }

    /// The command line with the rack, as a process that is not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = underlay(&["-r"]);
        command.arg(&self.rack).args(arguments).current_dir(self.folder.path());
        command
    }

    /// Runs a command line on this rack.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.check(finish(self.command(arguments)))
    }

    /// Runs a command line on this rack for programs; exit code and one object per device.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
        let said = self.run(&[&["-o", "json"], arguments].concat());
        (said.code, said.devices())
    }

    /// No password of this rack in what was said.
    #[track_caller]
    pub(crate) fn check(&self, said: Said) -> Said {
        for password in self.passwords() {
            let shown = said.out.contains(&password) || said.err.contains(&password);
            assert!(!shown, "a password was printed:\n{}\n{}", said.out, said.err);
        }
        said
    }

    /// The passwords in the files beside the rack file.
    pub(crate) fn passwords(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let files = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let passwords: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|end| end == "password"))
            .map(|path| std::fs::read_to_string(path).expect("a password").trim().to_owned())
            .collect();
        assert!(passwords.iter().all(|password| password.len() >= 8) && !passwords.is_empty());
        passwords
    }
}

/// The binary, without what the environment of the test says about racks.
pub(crate) fn underlay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_underlay"));
    for variable in ["UNDERLAY_RACK", "UNDERLAY_STATE", "UNDERLAY_LOG"] {
        command.env_remove(variable);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command line without a rack.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> Said {
    finish(underlay(arguments))
}

/// Starts a process, and waits for its end; it is stopped when that takes too long.
#[track_caller]
pub(crate) fn finish(mut command: Command) -> Said {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    wait(command.spawn().expect("the binary starts"))
}

/// Waits for the end of a process whose output is a pipe.
#[track_caller]
pub(crate) fn wait(mut child: Child) -> Said {
    let out = read_all(child.stdout.take());
    let err = read_all(child.stderr.take());
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().expect("the process can be waited for") {
            Some(status) => break status,
            None if begun.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it did not end in {LIMIT:?}:\n{}", err.join().unwrap_or_default());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let text = |reader: std::thread::JoinHandle<String>| reader.join().expect("its output is read");
    Said { code: status.code(), out: text(out), err: text(err) }
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Sends a signal to a process that this test started.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "the signal is sent");
}

/// Asks until the answer is yes.
#[track_caller]
pub(crate) fn until(what: &str, mut yes: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !yes() {
        assert!(begun.elapsed() < LIMIT, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A file of the project.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(path)
}

/// The object of a device.
#[track_caller]
pub(crate) fn of<'a>(devices: &'a [Value], name: &str) -> &'a Value {
    devices
        .iter()
        .find(|device| device["device"] == name)
        .unwrap_or_else(|| panic!("no {name} in {devices:?}"))
}

/// Names in the order of the answer.
pub(crate) fn names(devices: &[Value]) -> Vec<&str> {
    devices.iter().filter_map(|device| device["device"].as_str()).collect()
}
