//! Enclosures that hold several machines behind one controller.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Health, Outcome, PowerAction, PowerState, Result, Skipped, SlotId};

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SlotKind {
    /// A machine with a host of its own.
    Compute,
    /// A switch.
    Switch,
    /// A power supply.
    PowerSupply,
    /// A fan.
    Fan,
    /// A management module.
    Management,
    /// Anything else.
    Other,
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slot {
    /// The device's name of it. For a compute slot, what the rack file names to open that machine by itself.
    pub id: SlotId,
    /// What it holds, or is for.
    pub kind: SlotKind,
    /// Is something in it?
    pub present: bool,
    /// Its name for people.
    pub name: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Power of the host in it.
    pub power: Option<PowerState>,
    /// Health.
    pub health: Option<Health>,
}

impl Slot {
    /// A filled slot of which only the name is known.
    #[must_use]
    pub fn new(id: SlotId, kind: SlotKind) -> Self {
        Self {
            id,
            kind,
            present: true,
            name: None,
            model: None,
            serial_number: None,
            power: None,
            health: None,
        }
    }
}

/// An enclosure at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Enclosure {
    /// Manufacturer.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Owner's tag.
    pub asset_tag: Option<String>,
    /// Health.
    pub health: Option<Health>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
}

/// An enclosure with several machines behind one controller (DSP0268 `Chassis`, `ComputerSystem`).
///
/// - Offered only where the controller stands for more than one machine; each of them opens as a device of its own
///   too, by the endpoint option that names its slot.
#[async_trait]
pub trait Chassis: fmt::Debug + Send + Sync {
    /// Enclosure and slots.
    ///
    /// # Errors
    /// As every read; what cannot be read is in [`Enclosure::skipped`].
    async fn read(&self, cx: &Cx) -> Result<Enclosure>;

    /// Asks for a power action of the machine in that slot; as [`crate::Power::set`].
    ///
    /// # Errors
    /// `NotFound` for a slot that is not there or holds no machine; otherwise as [`crate::Power::set`].
    async fn set_power(&self, cx: &Cx, slot: &SlotId, action: PowerAction) -> Result<Outcome<Change>>;
}
