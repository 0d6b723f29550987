//! SQLite: one file, write-ahead log, synchronised at every commit, one writer.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    Row as _, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use underlay_hal::Timestamp;

use super::{Event, JournalLine, Lease, RunId, RunRecord, RunState, StepRecord, Store, StoreError};
use crate::{
    plan::{Plan, StepId},
    planner::Memory,
    schedule::StepState,
    step::{Action, evidence::Sent},
};

/// The schema. `user_version` counts its revisions; this is revision 1.
const SCHEMA: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    ended TEXT
) STRICT;
CREATE TABLE step (
    run INTEGER NOT NULL REFERENCES run(id),
    id INTEGER NOT NULL,
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent TEXT,
    failure TEXT,
    PRIMARY KEY (run, id)
) STRICT;
CREATE UNIQUE INDEX one_running_step_per_device ON step (site, device) WHERE state = 'running';
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES run(id),
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_run ON event (run, sequence);
CREATE TABLE goal (
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    target TEXT NOT NULL,
    generation INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run(id),
    at TEXT NOT NULL,
    PRIMARY KEY (site, device, target)
) STRICT;
PRAGMA user_version = 1;
";

/// Runs in a SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    path: PathBuf,
}

fn backend(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Backend(error.into())
}

/// A column's value; a column that is missing or of another type is an error, as everything in a file can be.
fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(backend)
}

/// A JSON or enumeration column that this version cannot read.
fn unreadable(what: &str) -> StoreError {
    backend(format!("{what} is not readable by this version"))
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn from_word<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| unreadable(what))
}

impl SqliteStore {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// `Backend`: not a database, made by a newer version, or no place to write.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        // One connection: SQLite has one writer, and waiting in line here is cheaper than being refused there.
        let pool =
            SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(backend)?;
        let store = Self { pool, path: path.to_owned() };
        let mut transaction = store.begin().await?;
        let version: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(backend)?;
        match version {
            0 => {
                let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
                    .fetch_one(&mut *transaction)
                    .await
                    .map_err(backend)?;
                if tables > 0 {
                    return Err(backend("it holds something else; give another file with --state"));
                }
                sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await.map_err(backend)?;
            }
            1 => {}
            newer => {
                return Err(backend(format!("its schema is revision {newer}, and this version knows 1")));
            }
        }
        transaction.commit().await.map_err(backend)?;
        Ok(store)
    }

    /// A write transaction from its first statement on, so that two processes queue instead of failing late.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(backend)
    }

    /// Locks `STATE.run-N.lock`; the operating system gives it back when the process dies.
    fn lock(&self, run: RunId) -> Result<File, StoreError> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".run-{run}.lock"));
        let file = File::create(self.path.with_file_name(name)).map_err(backend)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::Held(run)),
            Err(TryLockError::Error(error)) => Err(backend(error)),
        }
    }

    async fn check_known(&self, run: RunId) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT 1 FROM run WHERE id = ?").bind(run.0).fetch_optional(&self.pool).await;
        row.map_err(backend)?.map(|_| ()).ok_or(StoreError::NoSuchRun(run))
    }

    async fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, StoreError> {
        let rows =
            sqlx::query("SELECT id, state, attempts, sent, failure FROM step WHERE run = ? ORDER BY id")
                .bind(run.0)
                .fetch_all(&self.pool)
                .await
                .map_err(backend)?;
        rows.iter().map(step_record).collect()
    }

    async fn record(&self, row: &SqliteRow) -> Result<RunRecord, StoreError> {
        let id = RunId(get(row, "id")?);
        let plan: String = get(row, "plan")?;
        let created: String = get(row, "created")?;
        let ended: Option<String> = get(row, "ended")?;
        let time = |text: String| text.parse::<Timestamp>().map_err(|_| unreadable("a time"));
        Ok(RunRecord {
            id,
            state: from_word(get(row, "state")?, "a run's state")?,
            actor: get(row, "actor")?,
            created: time(created)?,
            ended: ended.map(time).transpose()?,
            plan: serde_json::from_str(&plan).map_err(|_| unreadable("a plan"))?,
            steps: self.steps(id).await?,
        })
    }
}

fn step_record(row: &SqliteRow) -> Result<StepRecord, StoreError> {
    let id: i64 = get(row, "id")?;
    let sent: Option<String> = get(row, "sent")?;
    let failure: Option<String> = get(row, "failure")?;
    let parse = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(StepRecord {
        id: StepId(u32::try_from(id).map_err(|_| unreadable("a step's number"))?),
        state: from_word::<StepState>(get(row, "state")?, "a step's state")?,
        sent: sent
            .map(|text| serde_json::from_str::<Sent>(&text))
            .transpose()
            .map_err(|_| unreadable("a step's evidence"))?,
        attempts: u32::try_from(get::<i64>(row, "attempts")?).map_err(|_| unreadable("a count"))?,
        failure: parse(failure).map_err(|_| unreadable("a failure"))?,
    })
}

/// Refuses a holder that is not the newest.
async fn check_epoch(transaction: &mut Transaction<'_, Sqlite>, lease: &Lease) -> Result<RunRow, StoreError> {
    let row = sqlx::query("SELECT site, plan, epoch FROM run WHERE id = ?")
        .bind(lease.run.0)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(backend)?
        .ok_or(StoreError::NoSuchRun(lease.run))?;
    if get::<i64>(&row, "epoch")? != lease.epoch {
        return Err(StoreError::Lost(lease.run));
    }
    Ok(RunRow { site: get(&row, "site")?, plan: get(&row, "plan")? })
}

struct RunRow {
    site: String,
    plan: String,
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_run(&self, plan: &Plan, actor: &str) -> Result<RunId, StoreError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO run (site, plan, plan_hash, actor, state, created) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&plan.site)
        .bind(plan.to_json())
        .bind(&plan.hash)
        .bind(actor)
        .bind(RunState::Executing.as_str())
        .bind(Timestamp::now().to_string())
        .execute(&mut *transaction)
        .await
        .map_err(backend)?;
        let run = RunId(done.last_insert_rowid());
        for step in &plan.steps {
            sqlx::query("INSERT INTO step (run, id, site, device, state) VALUES (?, ?, ?, ?, ?)")
                .bind(run.0)
                .bind(i64::from(step.id.0))
                .bind(&plan.site)
                .bind(&step.device)
                .bind(StepState::Pending.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(backend)?;
        }
        transaction.commit().await.map_err(backend)?;
        Ok(run)
    }

    async fn lease(&self, run: RunId) -> Result<Lease, StoreError> {
        // Before the lock, so that asking for a run that does not exist leaves no file behind.
        self.check_known(run).await?;
        let lock = self.lock(run)?;
        let epoch = sqlx::query_scalar("UPDATE run SET epoch = epoch + 1 WHERE id = ? RETURNING epoch")
            .bind(run.0)
            .fetch_optional(&self.pool)
            .await
            .map_err(backend)?
            .ok_or(StoreError::NoSuchRun(run))?;
        Ok(Lease { run, epoch, _lock: Some(lock) })
    }

    async fn run(&self, run: RunId) -> Result<RunRecord, StoreError> {
        let row = sqlx::query("SELECT * FROM run WHERE id = ?")
            .bind(run.0)
            .fetch_optional(&self.pool)
            .await
            .map_err(backend)?
            .ok_or(StoreError::NoSuchRun(run))?;
        self.record(&row).await
    }

    async fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM run ORDER BY id").fetch_all(&self.pool).await.map_err(backend)?;
        let mut runs = Vec::with_capacity(rows.len());
        for row in &rows {
            runs.push(self.record(row).await?);
        }
        Ok(runs)
    }

    async fn journal_of(&self, run: RunId) -> Result<Vec<JournalLine>, StoreError> {
        self.check_known(run).await?;
        let rows = sqlx::query("SELECT sequence, step, at, event FROM event WHERE run = ? ORDER BY sequence")
            .bind(run.0)
            .fetch_all(&self.pool)
            .await
            .map_err(backend)?;
        let line = |row: &SqliteRow| {
            let step: i64 = get(row, "step")?;
            let at: String = get(row, "at")?;
            let event: String = get(row, "event")?;
            Ok(JournalLine {
                sequence: get(row, "sequence")?,
                step: StepId(u32::try_from(step).map_err(|_| unreadable("a step's number"))?),
                at: at.parse().map_err(|_| unreadable("a time"))?,
                event: serde_json::from_str(&event).map_err(|_| unreadable("an event"))?,
            })
        };
        rows.iter().map(line).collect()
    }

    async fn journal(&self, lease: &Lease, step: StepId, event: &Event) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let run = check_epoch(&mut transaction, lease).await?;
        let text = serde_json::to_string(event).map_err(backend)?;
        let now = Timestamp::now().to_string();
        sqlx::query("INSERT INTO event (run, step, epoch, at, event) VALUES (?, ?, ?, ?, ?)")
            .bind(lease.run.0)
            .bind(i64::from(step.0))
            .bind(lease.epoch)
            .bind(&now)
            .bind(&text)
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        let moved = sqlx::query("UPDATE step SET state = ? WHERE run = ? AND id = ?")
            .bind(word(&event.state()))
            .bind(lease.run.0)
            .bind(i64::from(step.0))
            .execute(&mut *transaction)
            .await;
        match moved {
            Ok(done) if done.rows_affected() == 1 => {}
            Ok(_) => return Err(backend(format!("run {} has no step {step}", lease.run))),
            Err(error)
                if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
            {
                return Err(busy(&mut transaction, lease, step).await?);
            }
            Err(error) => return Err(backend(error)),
        }
        let detail = match event {
            Event::Applying(sent) => Some((
                "UPDATE step SET sent = ?, attempts = attempts + 1 WHERE run = ? AND id = ?",
                serde_json::to_string(sent).map_err(backend)?,
            )),
            Event::Applied => Some((
                "UPDATE step SET sent = json_set(sent, '$.accepted', json(?)) WHERE run = ? AND id = ?",
                "true".to_owned(),
            )),
            Event::Failed { .. } => {
                Some(("UPDATE step SET failure = ? WHERE run = ? AND id = ?", text.clone()))
            }
            Event::Started | Event::Done { .. } | Event::Blocked => None,
        };
        if let Some((statement, value)) = detail {
            sqlx::query(statement)
                .bind(value)
                .bind(lease.run.0)
                .bind(i64::from(step.0))
                .execute(&mut *transaction)
                .await
                .map_err(backend)?;
        }
        if matches!(event, Event::Done { .. }) {
            let plan: Plan = serde_json::from_str(&run.plan).map_err(|_| unreadable("a plan"))?;
            if let Some(step) = plan.step(step)
                && let Action::Boot { goal, .. } = &step.action
            {
                sqlx::query(
                    "INSERT INTO goal (site, device, target, generation, run, at) VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET generation = excluded.generation, run = excluded.run, at = excluded.at
                     WHERE excluded.generation > generation",
                )
                .bind(&run.site)
                .bind(&step.device)
                .bind(goal.target.as_str())
                .bind(i64::from(goal.generation))
                .bind(lease.run.0)
                .bind(&now)
                .execute(&mut *transaction)
                .await
                .map_err(backend)?;
            }
        }
        transaction.commit().await.map_err(backend)
    }

    async fn end_run(&self, lease: &Lease, state: RunState) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        check_epoch(&mut transaction, lease).await?;
        sqlx::query("UPDATE run SET state = ?, ended = ? WHERE id = ?")
            .bind(state.as_str())
            .bind(Timestamp::now().to_string())
            .bind(lease.run.0)
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        transaction.commit().await.map_err(backend)
    }

    async fn memory(&self, site: &str) -> Result<Memory, StoreError> {
        let rows = sqlx::query("SELECT device, target, generation FROM goal WHERE site = ?")
            .bind(site)
            .fetch_all(&self.pool)
            .await
            .map_err(backend)?;
        let entry = |row: &SqliteRow| {
            let generation: i64 = get(row, "generation")?;
            let generation = u32::try_from(generation).map_err(|_| unreadable("a generation"))?;
            Ok(((get(row, "device")?, get(row, "target")?), generation))
        };
        rows.iter().map(entry).collect()
    }
}

/// Who holds the device of this step.
async fn busy(
    transaction: &mut Transaction<'_, Sqlite>,
    lease: &Lease,
    step: StepId,
) -> Result<StoreError, StoreError> {
    let row = sqlx::query(
        "SELECT held.run AS run, held.device AS device FROM step AS held
         JOIN step AS mine ON mine.device = held.device AND mine.site = held.site
         WHERE mine.run = ? AND mine.id = ? AND held.state = 'running'",
    )
    .bind(lease.run.0)
    .bind(i64::from(step.0))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(backend)?;
    match row {
        Some(row) => {
            Ok(StoreError::DeviceBusy { device: get(&row, "device")?, by: RunId(get(&row, "run")?) })
        }
        None => Err(unreadable("the holder of a device")),
    }
}
