//! The settings of the host's firmware: those in force, those staged, and what a self test makes of them.
//!
//! - A staged value is in force at the end of the next self test, never before.
//! - What was staged together is applied together, or not at all where its job fails.
mod act;
mod check;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use secrecy::SecretString;

pub use check::BiosProblem;

use super::{Refusal, ServerSpec};
use crate::persona::{BiosData, BiosKind, BiosValue};

/// What carries a staged value into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiosCommit {
    /// Nothing yet: it waits for somebody to commit it.
    Later,
    /// The next self test, without a word.
    Reset,
    /// A job that waits for the next self test.
    Job,
}

/// A change of settings.
#[derive(Clone, Debug)]
pub struct BiosChange {
    /// New values by name; `None` is something that is no value at all.
    pub values: BTreeMap<String, Option<BiosValue>>,
    /// What carries them into force.
    pub commit: BiosCommit,
    /// What the job is called, if there is one.
    pub job: String,
    /// Settings that others lock are taken, and left as they are when the time comes.
    pub lenient: bool,
    /// A value that is in force already stays listed as staged.
    pub keeps_equal: bool,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BiosStaged {
    /// Whether anything is staged that was not before.
    pub made: bool,
    /// The job that carries it into force.
    pub job: Option<u32>,
}

/// Why a change was not staged. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BiosRefusal {
    /// The machine takes no change now.
    Machine(Refusal),
    /// Some of the values, by name.
    Values(Vec<(String, BiosProblem)>),
}

/// The settings at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BiosView {
    /// Those in force. Passwords are not among them.
    pub current: BTreeMap<String, BiosValue>,
    /// Those staged.
    pub pending: BTreeMap<String, BiosValue>,
    /// Settings that others lock now.
    pub locked: Vec<String>,
    /// The last time that anything staged was to come into force.
    pub applied: Option<BiosApplied>,
}

/// What became of staged settings in a self test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BiosApplied {
    /// When.
    pub at: Timestamp,
    /// Why they are not in force, if they are not.
    pub failure: Option<String>,
}

#[derive(Clone, Debug)]
struct Staged {
    value: BiosValue,
    by: By,
}

/// What carries a staged value into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Nobody,
    Reset,
    Batch(u32),
}

/// The state of the settings of one machine.
pub(super) struct Bios {
    current: BTreeMap<String, BiosValue>,
    staged: BTreeMap<String, Staged>,
    applied: Option<BiosApplied>,
    passwords: BTreeMap<String, SecretString>,
    /// Counts jobs, so that each finds its own values.
    batch: u32,
    /// Set by a test: the next attempt to apply fails.
    doomed: bool,
}

impl fmt::Debug for Bios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bios").field("staged", &self.staged).finish_non_exhaustive()
    }
}

impl Bios {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        let attributes = spec.persona.bios.iter().flat_map(|data| &data.attributes);
        let open = attributes.filter(|data| data.kind() != BiosKind::Password);
        let current = open.map(|data| {
            let value = data.initial.clone().unwrap_or_else(|| data.default());
            (data.name.clone(), filled(spec, value))
        });
        Self {
            current: current.collect(),
            staged: BTreeMap::new(),
            applied: None,
            passwords: BTreeMap::new(),
            batch: 0,
            doomed: false,
        }
    }

    fn view(&self, data: &BiosData) -> BiosView {
        let pending = self.staged.iter().map(|(name, staged)| (name.clone(), staged.value.clone()));
        BiosView {
            current: self.current.clone(),
            pending: pending.collect(),
            locked: locked(data, |name| self.current.get(name)),
            applied: self.applied.clone(),
        }
    }

    /// The value that the next self test brings, as far as it is known now.
    fn next(&self, name: &str) -> Option<&BiosValue> {
        self.staged.get(name).map(|staged| &staged.value).or_else(|| self.current.get(name))
    }

    /// Brings what was staged into force; what others lock by then stays as it is, or is forced.
    fn apply(&mut self, data: &BiosData, by: By, at: Timestamp) {
        let mine = |staged: &Staged| staged.by == by;
        let names: Vec<_> = self.staged.iter().filter(|(_, one)| mine(one)).map(|(n, _)| n.clone()).collect();
        if names.is_empty() {
            return;
        }
        let values: BTreeMap<_, _> =
            names.iter().filter_map(|name| Some((name.clone(), self.staged.remove(name)?.value))).collect();
        let failure = std::mem::take(&mut self.doomed).then(|| FAILURE.to_owned());
        if failure.is_none() {
            let after = |name: &str| values.get(name).or_else(|| self.current.get(name));
            let locked = locked(data, after);
            let mut current = self.current.clone();
            current.extend(values.iter().filter(|(name, _)| !locked.contains(name)).map(owned));
            self.current = current;
            for dependency in &data.dependencies {
                let decides = self.current.get(&dependency.when);
                if let (Some(forced), true) =
                    (&dependency.forces, decides.is_some_and(|value| dependency.applies(value)))
                {
                    self.current.extend(dependency.locks.iter().map(|name| (name.clone(), forced.clone())));
                }
            }
        }
        self.applied = Some(BiosApplied { at, failure });
    }

    /// Forgets what a job was to bring.
    fn drop_batch(&mut self, batch: u32) {
        self.staged.retain(|_, staged| staged.by != By::Batch(batch));
    }
}

/// What a failed job has to say.
pub(super) const FAILURE: &str = "The firmware did not take the settings.";

fn owned((name, value): (&String, &BiosValue)) -> (String, BiosValue) {
    (name.clone(), value.clone())
}

/// The settings that others lock, given the values.
fn locked<'a>(data: &BiosData, value: impl Fn(&str) -> Option<&'a BiosValue>) -> Vec<String> {
    let applies = data
        .dependencies
        .iter()
        .filter(|dependency| value(&dependency.when).is_some_and(|value| dependency.applies(value)));
    applies.flat_map(|dependency| dependency.locks.iter().cloned()).collect()
}

/// A value with the machine's own words in their places.
fn filled(spec: &ServerSpec, value: BiosValue) -> BiosValue {
    match value {
        BiosValue::Text(text) if text.contains('{') => BiosValue::Text(
            text.replace("{serial}", &spec.serial)
                .replace("{model}", &spec.persona.model)
                .replace("{manufacturer}", &spec.persona.manufacturer)
                .replace("{bios-version}", &spec.persona.bios_version),
        ),
        other => other,
    }
}
