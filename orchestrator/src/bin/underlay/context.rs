//! What every command needs: the rack, the fleet, the devices meant, and the limits.

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use underlay_hal::{Cx, Error, FacetKind, Opened, Result as HalResult};
use underlay_orchestrator::{Fleet, SqliteStore};
use underlay_rack::{Rack, RackCredentials, ReadOptions};

use crate::{
    cli::{Cli, Format},
    output::Answer,
    progress::Bar,
};

/// A usage or file error, in words; the program ends with 2.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            message.push_str(&format!(": {cause}"));
            next = cause.source();
        }
        Self(message)
    }
}

/// Devices worked on at once by a command.
pub(crate) const PARALLEL: usize = 64;

/// Longest time for logging out.
const LOGOUT: Duration = Duration::from_secs(10);

/// A rack and how to reach it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) fleet: Fleet,
    pub(crate) credentials: Arc<RackCredentials>,
    pub(crate) output: Format,
    pub(crate) limit: Duration,
    state: PathBuf,
    /// What the command uses.
    facets: Vec<FacetKind>,
}

impl Context {
    /// Reads the rack file that the command line names.
    pub(crate) fn load(cli: &Cli) -> Result<Self, Failure> {
        let path = cli.rack.as_ref().ok_or_else(|| {
            Failure(
                "which rack? give the rack file with -r FILE or UNDERLAY_RACK (`underlay demo` needs none)"
                    .to_owned(),
            )
        })?;
        let rack = Arc::new(read_rack(path)?);
        let credentials = Arc::new(RackCredentials::new(rack.clone()));
        let fleet = Fleet::new(rack, underlay_drivers::registry()?, credentials.clone());
        let state = cli.state.clone().unwrap_or_else(|| path.with_extension("state.db"));
        Ok(Self {
            fleet,
            credentials,
            output: cli.output,
            limit: cli.limit(),
            state,
            facets: FacetKind::ALL.to_vec(),
        })
    }

    /// The same rack for a command that uses these facets only.
    pub(crate) fn using(self, facets: &[FacetKind]) -> Self {
        Self { facets: facets.to_vec(), ..self }
    }

    /// The facets that the command uses.
    pub(crate) fn facets(&self) -> &[FacetKind] {
        &self.facets
    }

    /// The same rack with another time limit for each device.
    pub(crate) fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// A context for one device's work.
    pub(crate) fn cx(&self, operation: &str) -> Cx {
        Cx::new(actor(), operation).within(self.limit)
    }

    /// The database of runs, if there is one: looking leaves no file behind.
    pub(crate) async fn existing_store(&self) -> Result<Option<SqliteStore>, Failure> {
        if self.state.exists() { self.store().await.map(Some) } else { Ok(None) }
    }

    /// The database of runs; made if it is not there.
    pub(crate) async fn store(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open(&self.state)
            .await
            .map_err(|error| Failure(format!("{}: {error}", self.state.display())))
    }

    /// The rack.
    pub(crate) fn rack(&self) -> &Rack {
        self.fleet.rack()
    }

    /// The names of the devices that a selector means.
    pub(crate) fn select(&self, selector: &str) -> Result<Vec<String>, Failure> {
        let devices = self.fleet.rack().select(selector)?;
        Ok(devices.into_iter().map(|device| device.name.clone()).collect())
    }

    /// Logs in to a device.
    pub(crate) async fn open(&self, cx: &Cx, name: &str) -> HalResult<Arc<Opened>> {
        let opened = self.fleet.open_for(cx, name, &self.facets).await?;
        for (endpoint, error) in &opened.failed {
            tracing::warn!("{name}: {endpoint} is not used: {}", error.report());
        }
        Ok(Arc::new(opened))
    }

    /// Opens each device that the selector means, does the work, logs out; in the order of the rack.
    pub(crate) async fn each<T, F>(
        &self,
        selector: &str,
        operation: &'static str,
        work: impl Fn(Cx, Arc<Opened>) -> F,
    ) -> Result<Vec<Answer<T>>, Failure>
    where
        F: Future<Output = HalResult<T>>,
    {
        let names = self.select(selector)?;
        let bar = Bar::new(operation, names.len());
        let jobs = names.into_iter().map(|name| {
            let (cx, work, bar) = (self.cx(operation), &work, &bar);
            async move {
                let result = async {
                    let opened = self.open(&cx, &name).await?;
                    let result = work(cx.clone(), opened.clone()).await;
                    close(&cx, &name, &opened).await;
                    result
                };
                let result: Result<T, Error> = result.await;
                bar.one_more(&name);
                Answer { device: name, result }
            }
        });
        Ok(stream::iter(jobs).buffered(PARALLEL).collect().await)
    }
}

/// Logs out of a device. That this failed is no failure of what was done.
pub(crate) async fn close(cx: &Cx, name: &str, opened: &Opened) {
    if let Err(error) = opened.device.close(&cx.for_cleanup(LOGOUT)).await {
        tracing::info!("{name}: logout: {}", error.report());
    }
}

/// Reads a rack file.
pub(crate) fn read_rack(path: &Path) -> Result<Rack, Failure> {
    let shown = path.display().to_string();
    let text = read_text(path)?;
    #[cfg(feature = "sim")]
    let personas = underlay_simulators::persona::PersonaSet::embedded()?;
    #[cfg(feature = "sim")]
    let names: Vec<&str> = personas.names().collect();
    #[cfg(feature = "sim")]
    let known = Some(names.as_slice());
    #[cfg(not(feature = "sim"))]
    let known = None;
    let options = ReadOptions { file: &shown, folder: path.parent(), personas: known };
    underlay_rack::read(&text, &options).map_err(|problems| Failure(problems.to_string()))
}

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure(format!("cannot read {}: {error}", path.display())))
}

/// Who asks: the login name.
pub(crate) fn actor() -> String {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "underlay".to_owned())
}
