//! A device in memory that keeps every law, and breaks exactly one on demand.
//!
//! One file a facet: what the world holds of it, its back door, and the facet on the device.

#![allow(clippy::missing_panics_doc)] // The only panics are poisoned locks, in a test double.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_hal::{DeviceInfo, FacetKind, Oem, Result};

use crate::{ABILITIES, Danger, Promise, Rig, World};

mod accounts;
mod bios;
mod boot;
mod boot_order;
mod certificates;
mod chassis;
mod device;
mod event_log;
mod events;
mod firmware;
mod identify;
mod inventory;
mod jobs;
mod manager;
mod manager_config;
mod power;
mod power_meter;
mod raid;
mod secure_boot;
mod sensors;
mod tasks;
mod virtual_media;
mod world;

pub use device::ModelDevice;
pub use world::ModelWorld;

/// A rig over the model. `broken` names the one law that its device breaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelRig {
    /// The law to break.
    pub broken: Option<&'static str>,
}

#[async_trait]
impl Rig for ModelRig {
    fn name(&self) -> String {
        "model".to_owned()
    }
    fn promise(&self) -> Promise {
        Promise {
            facets: FacetKind::ALL.into(),
            abilities: ABILITIES.iter().map(|ability| ability.name).collect(),
            max_danger: Danger::DestroysData,
        }
    }
    async fn world(&self) -> Result<World> {
        let world = Arc::new(ModelWorld::default());
        let info = DeviceInfo::new("model1".into(), "model");
        let device = ModelDevice { world: world.clone(), info, oem: Oem::default(), broken: self.broken };
        Ok(World { device: Arc::new(device), truth: world, keep: Arc::new(()) })
    }
}
