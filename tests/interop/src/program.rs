//! Strangers as processes.
use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What a program said and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// The command line, without passwords.
    pub command: String,
    /// Standard output, then standard error.
    pub text: String,
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

impl Said {
    /// That it ended well.
    ///
    /// # Panics
    /// Otherwise, with what it said.
    pub fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{} ended with {:?}:\n{}", self.command, self.code, self.text);
        self
    }

    /// That some line contains all of these words, in any order.
    ///
    /// # Panics
    /// Otherwise, with what it said.
    pub fn line(&self, words: &[&str]) -> &Self {
        let found = self.text.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{}: no line with {words:?} in:\n{}", self.command, self.text);
        self
    }
}

/// Runs a program to its end, at most this long; then it is killed with what it started.
///
/// # Panics
/// If it cannot be started.
#[must_use]
pub fn run(program: &Path, arguments: &[&str], limit: Duration) -> Said {
    run_with(program, arguments, &[], limit)
}

/// The same, with these variables in its environment: where secrets go.
///
/// # Panics
/// If it cannot be started.
#[must_use]
pub fn run_with(program: &Path, arguments: &[&str], variables: &[(&str, &str)], limit: Duration) -> Said {
    let started = Instant::now();
    // `timeout` puts the program into a process group of its own and ends all of it.
    let output = Command::new("timeout")
        .args(["--kill-after=5", &limit.as_secs().to_string()])
        .arg(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let mut command = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut secret = false;
    for argument in arguments {
        command.push(' ');
        command.push_str(if secret { "***" } else { argument });
        secret = matches!(*argument, "-P" | "-p" | "-u" | "-c" | "-A" | "-X");
    }
    Said { command, text, code: output.status.code(), took: started.elapsed() }
}

/// A server that runs until dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    log: std::path::PathBuf,
    softly: bool,
}

impl Server {
    /// Starts it; what it says goes to `log`.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let out = File::create(log).expect("the log can be written");
        let errors = out.try_clone().expect("a second handle");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(errors).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log: log.to_owned(), softly: false }
    }

    /// Is asked to end, and has five seconds: for one that has something to clean up.
    #[must_use]
    pub fn softly(mut self) -> Self {
        self.softly = true;
        self
    }

    /// Waits until `ready` holds.
    ///
    /// # Panics
    /// If the server ends, or half a minute passes first; with what it said.
    pub fn wait(&mut self, mut ready: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !ready() {
            let ended = self.child.try_wait().expect("the child is ours");
            let said = || std::fs::read_to_string(&self.log).unwrap_or_default();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", said());
            assert!(Instant::now() < end, "the server does not answer\n{}", said());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.softly {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            for _ in 0..50 {
                if matches!(self.child.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
