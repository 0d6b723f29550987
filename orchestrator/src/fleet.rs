//! The devices of a rack, opened through whatever drivers the program linked.

use std::sync::Arc;

use underlay_hal::{CredentialSource, Cx, DeviceId, Error, ErrorKind, FacetKind, Opened, Registry, Result};
use underlay_rack::Rack;

/// A rack, the drivers to reach it with, and the credentials.
#[derive(Clone, Debug)]
pub struct Fleet {
    rack: Arc<Rack>,
    registry: Registry,
    credentials: Arc<dyn CredentialSource>,
}

impl Fleet {
    /// Puts the three together.
    #[must_use]
    pub fn new(rack: Arc<Rack>, registry: Registry, credentials: Arc<dyn CredentialSource>) -> Self {
        Self { rack, registry, credentials }
    }

    /// The rack.
    #[must_use]
    pub fn rack(&self) -> &Arc<Rack> {
        &self.rack
    }

    /// The drivers.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The credentials.
    #[must_use]
    pub fn credentials(&self) -> &Arc<dyn CredentialSource> {
        &self.credentials
    }

    /// Opens a device through all its endpoints; see [`Registry::open`].
    ///
    /// # Errors
    /// `NotFound` for a name that is not in the rack, and what [`Registry::open`] says.
    pub async fn open(&self, cx: &Cx, name: &str) -> Result<Opened> {
        self.open_for(cx, name, &FacetKind::ALL).await
    }

    /// Opens a device for the use of some facets, and asks it for no more than they need.
    ///
    /// # Errors
    /// As [`Fleet::open`].
    pub async fn open_for(&self, cx: &Cx, name: &str, facets: &[FacetKind]) -> Result<Opened> {
        let id = DeviceId::from(name);
        let device = self.rack.device(name).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the rack has no such device").during("device.open").on(&id)
        })?;
        let endpoints = device.endpoints()?.into_iter().map(|at| at.only_for(facets.iter().copied()));
        self.registry.open(cx, &id, &endpoints.collect::<Vec<_>>(), &self.credentials).await
    }
}
