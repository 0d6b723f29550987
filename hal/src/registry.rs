//! Drivers by name.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Cx, Driver, Endpoint, Error, ErrorKind, Result, Sighting};

/// Drivers by name, filled by explicit [`Registry::register`] calls; no link-time magic.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn Driver>>);

impl Registry {
    /// Adds a driver.
    ///
    /// # Errors
    /// `Conflict` if the name is taken: two drivers never shadow each other silently.
    pub fn register(&mut self, driver: Arc<dyn Driver>) -> Result<()> {
        let name = driver.name();
        if self.0.contains_key(name) {
            return Err(Error::new(ErrorKind::Conflict, format!("a driver named {name} is registered already"))
                .during("registry.register"));
        }
        self.0.insert(name, driver);
        Ok(())
    }

    /// The driver of this name.
    ///
    /// # Errors
    /// `NotFound`, with the names there are.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Driver>> {
        self.0.get(name).ok_or_else(|| {
            let known: Vec<_> = self.0.keys().copied().collect();
            Error::new(ErrorKind::NotFound, format!("no driver {name:?}; there are: {}", known.join(", ")))
                .during("registry.get")
        })
    }

    /// Every driver, in name order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Driver>> {
        self.0.values()
    }

    /// Asks every driver; the best confidence wins, then name order, so the answer is stable.
    ///
    /// # Errors
    /// `NotFound` when no driver recognises the endpoint; `Cancelled`.
    pub async fn identify(&self, cx: &Cx, at: &Endpoint) -> Result<(&Arc<dyn Driver>, Sighting)> {
        let mut best: Option<(&Arc<dyn Driver>, Sighting)> = None;
        for driver in self.0.values() {
            if let Some(seen) = driver.probe(cx, at).await?
                && best.as_ref().is_none_or(|(_, so_far)| seen.confidence > so_far.confidence)
            {
                best = Some((driver, seen));
            }
        }
        best.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no driver recognises {}", at.host)).during("registry.identify")
        })
    }
}
