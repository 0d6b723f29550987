//! Killed at any moment, a run continues: the same end state, and nothing sent twice.
//!
//! A run over eight machines of seven kinds is killed with SIGKILL at every boundary of its journal, one run each,
//! and resumed. The journal is written before and after each mutation, so the boundaries are all the places where
//! what is known and what was done can differ.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use tokio::process::Command;
use underlay_hal::{BootTarget, PowerState};
use underlay_orchestrator::{SqliteStore, Store as _, store::RunState};
use underlay_simulators::{Running, Truth as _};
use underlay_tests::{eight_servers, run, trials};

const INTENT: &str = "[intent]\nname = \"crash\"\n[[profile]]\nname = \"all\"\nselect = \"all\"\npower = \"on\"\n\
                      boot = { once = \"pxe\", generation = 1 }\n";

/// Runs side by side: the machine that tests this has two processors, and most of the time is spent waiting.
const PARALLEL: usize = 4;

struct World {
    folder: tempfile::TempDir,
    running: Running,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let running = run(eight_servers(), 40.0).await;
        running.write_rack(&folder.path().join("rack.toml")).expect("a rack file");
        std::fs::write(folder.path().join("intent.toml"), INTENT).expect("an intent file");
        Self { folder, running }
    }

    /// Starts the child and waits for its end; returns its status and the boundaries it counted.
    async fn child(&self, mode: &str, boundary: usize) -> (ExitStatus, Option<usize>, String) {
        let path = |name: &str| self.folder.path().join(name).into_os_string();
        let child = Command::new(env!("CARGO_BIN_EXE_crash-child"))
            .args([path("rack.toml"), path("intent.toml"), path("state.db")])
            .args([mode, &boundary.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(Duration::from_secs(120), child)
            .await
            .expect("the child ends in time")
            .expect("the child starts");
        let printed = String::from_utf8_lossy(&output.stdout);
        let count = printed.lines().find_map(|line| line.strip_prefix("boundaries ")?.parse().ok());
        (output.status, count, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Everything that must hold at the end, whatever happened on the way.
    async fn verdict(&self) -> Result<(), String> {
        for device in &self.running.rack().devices {
            let truth = self.running.truth(&device.name).ok_or("no such server")?;
            let end = (truth.power(), truth.last_boot_source(), truth.boot_override());
            if end != (PowerState::On, Some(BootTarget::Pxe), None) {
                return Err(format!("{} ended as {end:?}", device.name));
            }
            if truth.boots() != 1 || truth.resets() > 1 {
                return Err(format!("{}: {} boots, {} resets", device.name, truth.boots(), truth.resets()));
            }
        }
        let store = SqliteStore::open(Path::new(&self.folder.path().join("state.db"))).await;
        let store = store.map_err(|error| error.to_string())?;
        let runs = store.runs().await.map_err(|error| error.to_string())?;
        let states: Vec<_> = runs.iter().map(|run| run.state).collect();
        let goals = store.memory(&self.running.rack().name).await.map_err(|error| error.to_string())?;
        if states != [RunState::Succeeded] || goals.len() != self.running.rack().devices.len() {
            return Err(format!("runs {states:?}, goals {goals:?}"));
        }
        Ok(())
    }

    async fn check(&self, story: &str) {
        if let Err(wrong) = self.verdict().await {
            panic!("{story}: {wrong}");
        }
    }
}

fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(9)
}

fn main() {
    type Case = (&'static str, fn() -> std::pin::Pin<Box<dyn Future<Output = ()>>>);
    let cases: [Case; 3] = [
        ("a_run_killed_at_any_boundary_ends_as_if_it_had_not_been", || {
            Box::pin(a_run_killed_at_any_boundary_ends_as_if_it_had_not_been())
        }),
        ("a_resumed_run_may_be_killed_too", || Box::pin(a_resumed_run_may_be_killed_too())),
        ("without_the_journal_s_evidence_the_check_finds_what_went_wrong", || {
            Box::pin(without_the_journal_s_evidence_the_check_finds_what_went_wrong())
        }),
    ];
    trials(cases);
}

async fn a_run_killed_at_any_boundary_ends_as_if_it_had_not_been() {
    // The control, and the number of boundaries: a run that nobody kills.
    let world = World::new().await;
    let (status, count, words) = world.child("apply", 0).await;
    assert!(status.success(), "{words}");
    world.check("not killed").await;
    let boundaries = count.expect("the child counted");
    // Eight machines, two steps each, four lines of journal a step, before and after; and the end of the run.
    assert_eq!(boundaries, 8 * 2 * 4 * 2 + 2, "the journal has another shape than this test thinks");
    drop(world);

    let killed: Vec<usize> = stream::iter(1..=boundaries)
        .map(|boundary| async move {
            let story = format!("killed at boundary {boundary}");
            let world = World::new().await;
            let (status, _, words) = world.child("apply", boundary).await;
            assert!(was_killed(status), "{story}: it ended with {status}: {words}");
            let (status, _, words) = world.child("resume", 0).await;
            // Killed after the end was written: there is nothing left to resume, and that is well too.
            assert!(status.success(), "{story}, resumed: {words}");
            world.check(&story).await;
            boundary
        })
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    println!("killed at {} boundaries of {boundaries}, resumed, nothing twice", killed.len());
    assert_eq!(killed.len(), boundaries);
}

async fn a_resumed_run_may_be_killed_too() {
    for boundary in [3, 40, 77] {
        let world = World::new().await;
        let (status, _, words) = world.child("apply", boundary).await;
        assert!(was_killed(status), "{words}");
        for again in [1, 2, 5] {
            let (status, _, words) = world.child("resume", again).await;
            assert!(was_killed(status), "{words}");
        }
        let (status, _, words) = world.child("resume", 0).await;
        assert!(status.success(), "{words}");
        world.check(&format!("killed at {boundary} and three times more")).await;
    }
}

async fn without_the_journal_s_evidence_the_check_finds_what_went_wrong() {
    // The control of the first test: a store that forgets what was about to be sent. Somewhere among the boundaries
    // lies one where the machine has acted and only the journal knew that it might have.
    for boundary in 30..=110 {
        let world = World::new().await;
        let (status, _, words) = world.child("apply", boundary).await;
        assert!(was_killed(status), "{words}");
        let (status, _, _) = world.child("resume-forgetful", 0).await;
        let wrong = world.verdict().await;
        if !status.success() || wrong.is_err() {
            println!("forgetful at boundary {boundary}: {status}, {wrong:?}");
            return;
        }
    }
    panic!("a store that forgets everything passed: the check has no teeth");
}
