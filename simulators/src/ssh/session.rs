//! Candidate configurations that have names and outlive the login that made them.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::plant::SwitchSetup;

/// How a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is edited.
    Pending,
    /// It is the running configuration, and waits to be confirmed.
    Waiting,
}

/// One candidate.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) setup: SwitchSetup,
    pub(crate) standing: Standing,
}

/// Every candidate of one switch, and the configurations that were copied into its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidates {
    all: Arc<Mutex<BTreeMap<String, Candidate>>>,
    files: Arc<Mutex<BTreeMap<String, SwitchSetup>>>,
}

/// Candidates that are edited at once.
const MOST: usize = 5;
/// Files with configurations.
const FILES: usize = 16;

impl Candidates {
    /// All of them; one that waited and is no longer waited for is gone.
    pub(crate) fn all(&self, something_waits: bool) -> MutexGuard<'_, BTreeMap<String, Candidate>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if !something_waits {
            all.retain(|_, candidate| candidate.standing != Standing::Waiting);
        }
        all
    }

    /// Copies a configuration into a file; of many, the oldest names stay.
    pub(crate) fn keep(&self, file: &str, setup: SwitchSetup) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() < FILES || files.contains_key(file) {
            files.insert(file.to_owned(), setup);
        }
    }

    /// What was copied there.
    pub(crate) fn kept(&self, file: &str) -> Option<SwitchSetup> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned()
    }

    /// Begins one, or goes on with it; `false` if there are too many.
    pub(crate) fn begin(&self, id: &str, running: SwitchSetup, something_waits: bool) -> bool {
        let mut all = self.all(something_waits);
        let pending = all.values().filter(|candidate| candidate.standing == Standing::Pending).count();
        if !all.contains_key(id) && pending >= MOST {
            return false;
        }
        all.entry(id.to_owned()).or_insert(Candidate { setup: running, standing: Standing::Pending });
        true
    }
}
