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
mod pdu;
mod power;
mod power_meter;
mod raid;
mod secure_boot;
mod sensors;
mod switch;
mod switch_config;
mod tasks;
mod virtual_media;
mod world;

pub use device::ModelDevice;
pub use world::ModelWorld;

/// How the model goes about work that takes time. Real devices differ in it, and no law may care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Habit {
    /// In tasks, which are kept.
    #[default]
    Keeps,
    /// In tasks, which are forgotten as soon as they end.
    Forgets,
    /// At once, or at the next self test; never in a task that the caller hears of.
    AtOnce,
}

/// A rig over the model.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelRig {
    /// The one law that its device breaks.
    pub broken: Option<&'static str>,
    /// How it works.
    pub habit: Habit,
}

#[async_trait]
impl Rig for ModelRig {
    fn name(&self) -> String {
        "model".to_owned()
    }
    fn promise(&self) -> Promise {
        let lacks = match self.habit {
            Habit::Keeps => None,
            Habit::Forgets => Some("tasks.kept"),
            // No update runs long enough for another to meet it.
            Habit::AtOnce => Some("firmware.exclusive"),
        };
        let abilities = ABILITIES.iter().map(|ability| ability.name);
        Promise {
            facets: FacetKind::ALL.into(),
            abilities: abilities.filter(|name| Some(*name) != lacks).collect(),
            max_danger: Danger::DestroysData,
        }
    }
    async fn world(&self) -> Result<World> {
        let world = Arc::new(ModelWorld::default());
        let info = DeviceInfo::new("model1".into(), "model");
        world.state().jobs.habit = self.habit;
        let device = ModelDevice { world: world.clone(), info, oem: Oem::default(), broken: self.broken };
        Ok(World { device: Arc::new(device), truth: world, keep: Arc::new(()) })
    }
}
