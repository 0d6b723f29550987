//! One suite for every [`Store`]. SQLite is the only one so far; another takes the same functions.

mod kit;

use std::{path::Path, process::Stdio};

use kit::{BOOT, Machine, World};
use underlay_hal::{BootMark, Effect, ErrorKind, PowerState};
use underlay_orchestrator::{
    Plan, SqliteStore, StepId, Store, StoreError,
    schedule::StepState,
    step::evidence::Sent,
    store::{Event, Lease, RunId, RunState},
};

const STEP: StepId = StepId(1);
const BOOT_STEP: StepId = StepId(2);

/// A plan of two steps for one machine that is on.
async fn a_plan() -> Plan {
    World::new(vec![Machine::named("A", true)]).await.plan(BOOT).await
}

async fn a_plan_for_generation(generation: u32) -> Plan {
    let wants = BOOT.replace("generation = 1", &format!("generation = {generation}"));
    World::new(vec![Machine::named("A", true)]).await.plan(&wants).await
}

fn sent() -> Sent {
    let mark = Some(BootMark("7".to_owned()));
    Sent { mark, through: "redfish".to_owned(), power: PowerState::On, accepted: false }
}

async fn begin(store: &dyn Store, plan: &Plan) -> (RunId, Lease) {
    let run = store.create_run(plan, "somebody").await.expect("a run");
    (run, store.lease(run).await.expect("a lease"))
}

async fn write(store: &dyn Store, lease: &Lease, step: StepId, event: Event) {
    store.journal(lease, step, &event).await.expect("a line");
}

// ---- The suite: what every store does.

async fn a_run_is_kept_as_it_was_approved(store: &dyn Store) {
    let plan = a_plan().await;
    let (run, _lease) = begin(store, &plan).await;
    let record = store.run(run).await.expect("the run");
    assert_eq!((record.state, record.actor.as_str(), record.ended), (RunState::Executing, "somebody", None));
    assert_eq!(record.plan, plan);
    let states: Vec<_> = record.steps.iter().map(|step| (step.id, step.state, step.attempts)).collect();
    assert_eq!(states, [(STEP, StepState::Pending, 0), (BOOT_STEP, StepState::Pending, 0)]);
    let runs = store.runs().await.expect("the runs");
    assert!(runs.contains(&record));
}

async fn the_journal_keeps_order_and_moves_the_step(store: &dyn Store) {
    let (run, lease) = begin(store, &a_plan().await).await;
    write(store, &lease, STEP, Event::Started).await;
    write(store, &lease, STEP, Event::Applying(sent())).await;
    let step = store.run(run).await.expect("the run").steps.remove(0);
    assert_eq!((step.state, step.attempts, step.sent), (StepState::Running, 1, Some(sent())));
    write(store, &lease, STEP, Event::Applied).await;
    let step = store.run(run).await.expect("the run").steps.remove(0);
    assert_eq!(step.sent, Some(Sent { accepted: true, ..sent() }));
    // A second attempt: what was known of the first is replaced as a whole.
    write(store, &lease, STEP, Event::Applying(sent())).await;
    let failed = Event::Failed { kind: ErrorKind::Busy, effect: Effect::None, message: "why".to_owned() };
    write(store, &lease, STEP, failed.clone()).await;
    write(store, &lease, BOOT_STEP, Event::Blocked).await;
    store.end_run(&lease, RunState::Failed).await.expect("the end");
    let record = store.run(run).await.expect("the run");
    assert_eq!((record.state, record.ended.is_some()), (RunState::Failed, true));
    assert_eq!((record.steps[0].attempts, &record.steps[0].failure), (2, &Some(failed.clone())));
    assert_eq!(record.steps[0].sent, Some(sent()));
    assert_eq!(record.steps[1].state, StepState::Blocked);
    let journal = store.journal_of(run).await.expect("the journal");
    let events: Vec<_> = journal.iter().map(|line| line.event.clone()).collect();
    let applying = Event::Applying(sent());
    let expected = [Event::Started, applying.clone(), Event::Applied, applying, failed, Event::Blocked];
    assert_eq!(events, expected);
    assert!(journal.windows(2).all(|pair| pair[0].sequence < pair[1].sequence && pair[0].at <= pair[1].at));
}

async fn a_line_is_written_whole_or_not_at_all(store: &dyn Store) {
    // Two runs want the same machine: the second's line is refused, and nothing of it stays.
    let plan = a_plan().await;
    let (first, mine) = begin(store, &plan).await;
    let (second, other) = begin(store, &plan).await;
    write(store, &mine, STEP, Event::Started).await;
    match store.journal(&other, STEP, &Event::Started).await {
        Err(StoreError::DeviceBusy { device, by }) => assert_eq!((device.as_str(), by), ("node1", first)),
        answer => panic!("{answer:?}"),
    }
    assert_eq!(store.journal_of(second).await.expect("the journal"), []);
    assert_eq!(store.run(second).await.expect("the run").steps[0].state, StepState::Pending);
    // The control: once the first has ended its step, the second may.
    write(store, &mine, STEP, Event::Done { changed: true }).await;
    write(store, &other, STEP, Event::Started).await;
    // The machine is free of the first run between its steps, and not after.
    assert!(matches!(
        store.journal(&mine, BOOT_STEP, &Event::Started).await,
        Err(StoreError::DeviceBusy { by, .. }) if by == second
    ));
    write(store, &other, STEP, Event::Done { changed: false }).await;
    // A step that the plan does not have is refused as a whole, too.
    assert!(store.journal(&mine, StepId(99), &Event::Started).await.is_err());
    assert!(store.journal_of(first).await.expect("the journal").iter().all(|line| line.step != StepId(99)));
}

async fn a_run_has_one_holder_and_an_earlier_one_is_shut_out(store: &dyn Store) {
    let (run, lease) = begin(store, &a_plan().await).await;
    assert!(matches!(store.lease(run).await, Err(StoreError::Held(held)) if held == run));
    let epoch = lease.epoch;
    drop(lease);
    let newer = store.lease(run).await.expect("the lease of a holder that is gone");
    assert!(newer.epoch > epoch);
    write(store, &newer, STEP, Event::Started).await;
}

async fn goals_only_rise(store: &dyn Store) {
    for (generation, expected) in [(3, 3), (2, 3), (4, 4)] {
        let (_, lease) = begin(store, &a_plan_for_generation(generation).await).await;
        write(store, &lease, BOOT_STEP, Event::Started).await;
        let before = store.memory("r").await.expect("the memory");
        write(store, &lease, BOOT_STEP, Event::Done { changed: true }).await;
        let key = ("node1".to_owned(), "pxe".to_owned());
        let memory = store.memory("r").await.expect("the memory");
        assert_eq!(memory.get(&key), Some(&expected));
        assert!(before.get(&key).is_none_or(|before| *before <= expected), "nothing is reached by starting");
    }
    assert!(store.memory("another site").await.expect("the memory").is_empty());
}

async fn unknown_runs_are_named(store: &dyn Store) {
    let none = RunId(4711);
    assert!(matches!(store.run(none).await, Err(StoreError::NoSuchRun(run)) if run == none));
    assert!(matches!(store.lease(none).await, Err(StoreError::NoSuchRun(_))));
    assert!(matches!(store.journal_of(none).await, Err(StoreError::NoSuchRun(_))));
}

// ---- SQLite.

struct File {
    folder: tempfile::TempDir,
    store: SqliteStore,
}

impl File {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("state.db")).await.expect("a store");
        Self { folder, store }
    }

    async fn open_again(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("state.db")).await.expect("the same store")
    }

    async fn raw(&self, statement: &'static str) {
        let url = format!("sqlite:{}", self.folder.path().join("state.db").display());
        let pool = sqlx::SqlitePool::connect(&url).await.expect("a connection");
        sqlx::raw_sql(statement).execute(&pool).await.expect("a statement");
        pool.close().await;
    }
}

macro_rules! on_sqlite {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::File::new().await.store).await;
            })*
        }
    };
}

on_sqlite!(
    a_run_is_kept_as_it_was_approved,
    the_journal_keeps_order_and_moves_the_step,
    a_line_is_written_whole_or_not_at_all,
    a_run_has_one_holder_and_an_earlier_one_is_shut_out,
    goals_only_rise,
    unknown_runs_are_named,
);

#[tokio::test]
async fn what_is_written_is_there_for_the_next_process() {
    let file = File::new().await;
    let (run, lease) = begin(&file.store, &a_plan().await).await;
    write(&file.store, &lease, STEP, Event::Started).await;
    let seen = file.open_again().await;
    assert_eq!(seen.run(run).await.expect("the run"), file.store.run(run).await.expect("the run"));
    // Held across connections as well: the lock is the file's, not the connection's.
    assert!(matches!(seen.lease(run).await, Err(StoreError::Held(_))));
}

#[tokio::test]
async fn the_writes_of_a_holder_that_was_replaced_are_lost() {
    let file = File::new().await;
    let (run, lease) = begin(&file.store, &a_plan().await).await;
    write(&file.store, &lease, STEP, Event::Started).await;
    // Somebody took the lock file away, so that two processes believe in their lease; the epoch decides.
    std::fs::remove_file(file.folder.path().join(format!("state.db.run-{run}.lock"))).expect("the lock file");
    let newer = file.open_again().await.lease(run).await.expect("a second lease");
    let answer = file.store.journal(&lease, STEP, &Event::Applying(sent())).await;
    assert!(matches!(answer, Err(StoreError::Lost(lost)) if lost == run), "{answer:?}");
    assert!(matches!(file.store.end_run(&lease, RunState::Succeeded).await, Err(StoreError::Lost(_))));
    assert_eq!(file.store.journal_of(run).await.expect("the journal").len(), 1);
    write(&file.store, &newer, STEP, Event::Applying(sent())).await;
}

#[tokio::test]
async fn many_writers_at_once_wait_for_each_other() {
    let file = File::new().await;
    let plan = a_plan().await;
    let writers = (0..6).map(|_| async {
        let store = file.open_again().await;
        let (run, lease) = begin(&store, &plan).await;
        for _ in 0..10 {
            write(&store, &lease, STEP, Event::Blocked).await;
        }
        run
    });
    let mut runs = futures_util::future::join_all(writers).await;
    runs.sort();
    runs.dedup();
    assert_eq!(runs.len(), 6, "every run has a number of its own");
    for run in runs {
        assert_eq!(file.store.journal_of(run).await.expect("the journal").len(), 10);
    }
}

#[tokio::test]
async fn two_processes_cannot_open_a_fresh_file_in_each_other_s_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let opened = futures_util::future::join_all((0..8).map(|_| SqliteStore::open(&path))).await;
    for store in opened {
        store.expect("one of them makes the schema, the others find it");
    }
}

async fn refusal(path: &Path) -> String {
    match SqliteStore::open(path).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{} was opened", path.display()),
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_an_error_and_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("garbage.db");
    let garbage = "This is no database. ".repeat(500);
    std::fs::write(&path, &garbage).expect("a file");
    assert!(refusal(&path).await.contains("not a database"));
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), garbage);
    assert!(!refusal(&folder.path().join("no/such/folder/state.db")).await.is_empty());

    // Somebody else's database.
    let file = File::new().await;
    drop(file.store);
    let other = folder.path().join("other.db");
    let pool =
        sqlx::SqlitePool::connect(&format!("sqlite:{}?mode=rwc", other.display())).await.expect("a file");
    sqlx::raw_sql("CREATE TABLE bookmarks (url TEXT)").execute(&pool).await.expect("a table");
    pool.close().await;
    assert!(refusal(&other).await.contains("--state"));
}

#[tokio::test]
async fn a_newer_schema_and_a_damaged_one_are_refused() {
    let file = File::new().await;
    let (run, lease) = begin(&file.store, &a_plan().await).await;
    drop(lease);
    // The control: opened again, it reads.
    file.open_again().await.run(run).await.expect("the run");
    file.raw("UPDATE run SET plan = '{}'").await;
    let answer = file.store.run(run).await;
    assert!(answer.is_err_and(|error| error.to_string().contains("a plan is not readable")));
    file.raw("ALTER TABLE run DROP COLUMN actor").await;
    assert!(file.open_again().await.runs().await.is_err(), "a missing column is an error, not a panic");
    file.raw("PRAGMA user_version = 2").await;
    assert!(refusal(&file.folder.path().join("state.db")).await.contains("revision 2"));
}

#[test]
#[ignore = "not a test of its own: the other process of `a_lease_ends_with_its_process_however_that_ends`"]
fn hold_a_lease() {
    let path = std::env::var_os("HOLD_LEASE_OF").expect("the file");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = SqliteStore::open(Path::new(&path)).await.expect("the store");
        let _lease = store.lease(RunId(1)).await.expect("the lease");
        println!("holding");
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    });
}

#[tokio::test]
async fn a_lease_ends_with_its_process_however_that_ends() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let file = File::new().await;
    let (run, lease) = begin(&file.store, &a_plan().await).await;
    drop(lease);
    let mut child = tokio::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "hold_a_lease", "--ignored", "--nocapture"])
        .env("HOLD_LEASE_OF", file.folder.path().join("state.db"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the other process");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    while let Some(line) = lines.next_line().await.expect("its output") {
        if line.contains("holding") {
            break;
        }
    }
    assert!(matches!(file.store.lease(run).await, Err(StoreError::Held(_))), "it lives, and holds");
    child.kill().await.expect("it can be killed");
    file.store.lease(run).await.expect("it died, and holds nothing");
}
