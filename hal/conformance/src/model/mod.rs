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
mod device;
mod event_log;
mod firmware;
mod inventory;
mod jobs;
mod manager;
mod power;
mod raid;
mod sensors;
mod tasks;
mod virtual_media;
mod world;

pub use device::ModelDevice;
pub use world::ModelWorld;

/// What the model offers so far.
const OFFERED: [FacetKind; 12] = [
    FacetKind::Manager,
    FacetKind::Power,
    FacetKind::Boot,
    FacetKind::Inventory,
    FacetKind::Sensors,
    FacetKind::EventLog,
    FacetKind::Tasks,
    FacetKind::Bios,
    FacetKind::Raid,
    FacetKind::Firmware,
    FacetKind::VirtualMedia,
    FacetKind::Accounts,
];

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
            facets: FacetKind::ALL.into_iter().filter(|f| OFFERED.contains(f)).collect(),
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
