//! Drivers by name.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Composite, CredentialSource, Cx, Device, DeviceId, Driver, Endpoint, Error, ErrorKind, Result, Sighting,
    layer::{DeviceExt as _, guard::Guard},
};

/// A unit opened by [`Registry::open`].
#[derive(Debug)]
pub struct Opened {
    /// The device, inside the guard.
    pub device: Arc<dyn Device>,
    /// Which driver serves which facet, and why.
    pub choices: Vec<crate::Choice>,
    /// Endpoints that could not be opened, and why; the others serve without them.
    pub failed: Vec<(Endpoint, Error)>,
}

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
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("a driver named {name} is registered already"),
            )
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
            Error::new(ErrorKind::NotFound, format!("no driver recognises {}", at.host))
                .during("registry.identify")
        })
    }

    /// Opens one unit through all its endpoints, the preferred one first, inside the [`Guard`].
    ///
    /// - With several endpoints the result is a [`Composite`]; with one, that driver's device.
    /// - An endpoint that cannot be opened is noted in [`Opened::failed`]; if none can, its error is returned.
    /// - Refused credentials end the attempt at once: the endpoints of one unit share their accounts, and another
    ///   try would count towards a lockout.
    ///
    /// # Errors
    /// `InvalidInput` without an endpoint, `NotFound` for a scheme without driver, `Unauthenticated` or `LockedOut`
    /// from any endpoint, or the first endpoint's error if none could be opened.
    pub async fn open(
        &self,
        cx: &Cx,
        id: &DeviceId,
        endpoints: &[Endpoint],
        credentials: &Arc<dyn CredentialSource>,
    ) -> Result<Opened> {
        let mut parts = Vec::new();
        let mut failed = Vec::new();
        for at in endpoints {
            let opened = match self.get(&at.scheme) {
                Ok(driver) => driver.open(cx, id.clone(), at, credentials.clone()).await,
                Err(unknown) => Err(unknown),
            };
            match opened.map_err(|error| error.during("device.open").on(id)) {
                Ok(device) => parts.push(device),
                Err(error) => {
                    let give_up = matches!(
                        error.kind(),
                        ErrorKind::Unauthenticated | ErrorKind::LockedOut | ErrorKind::Cancelled
                    );
                    failed.push((at.clone(), error));
                    if give_up {
                        break;
                    }
                }
            }
        }
        let refused = failed.iter().position(|(_, error)| {
            matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::LockedOut | ErrorKind::Cancelled)
        });
        if let Some(position) = refused {
            for part in parts {
                // The refusal is the news; a logout that fails beside it is not.
                let _ = part.close(&cx.for_cleanup(std::time::Duration::from_secs(2))).await;
            }
            return Err(failed.swap_remove(position).1);
        }
        if parts.is_empty() {
            return Err(failed.into_iter().next().map_or_else(
                || {
                    Error::new(ErrorKind::InvalidInput, "the device has no endpoint")
                        .during("device.open")
                        .on(id)
                },
                |(_, error)| error,
            ));
        }
        let composite = Composite::new(parts)?;
        let choices = composite.choices().to_vec();
        let device: Arc<dyn Device> = match composite.parts() {
            [only] => only.clone(),
            _ => Arc::new(composite),
        };
        Ok(Opened { device: device.layer(Guard::default()), choices, failed })
    }
}
