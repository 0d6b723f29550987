//! Underlay's hardware abstraction layer: one interface to machines that cannot run an agent.
//!
//! This crate is the stable centre. It holds the *words* that drivers, orchestrator and simulators share:
//!
//! - a [`Device`] is one managed unit; it offers *facets* ([`Power`], [`Boot`], [`Inventory`], …), each a small
//!   `async` trait with its contract in its doc comment;
//! - a [`Driver`] recognises an [`Endpoint`] and opens a [`Device`] on it; a [`Registry`] holds drivers by name;
//!   a [`Composite`] joins two drivers that reach the same unit;
//! - every call takes a [`Cx`] (deadline, cancellation, actor, consent) and every failure is an [`Error`] that
//!   answers three questions: what kind, may I retry, and *did it happen?* ([`Effect`]);
//! - a mutation returns an [`Outcome`]: done, or running on the device as a [`TaskRef`] that survives a restart;
//! - [`layer`] wraps a device in policies (guard, retry, deadline, limit, audit, trace, dry run).
//!
//! What is deliberately absent, and checked by the architecture test: sockets, spawned tasks, vendor names.

pub mod cx;
pub mod device;
pub mod driver;
pub mod endpoint;
pub mod error;
pub mod facet;
pub mod ids;
pub mod layer;
#[cfg(any(test, feature = "mock"))]
pub mod mock;
pub mod oem;
pub mod plan;
pub mod secret;
pub mod task;

mod composite;
mod registry;

pub use composite::{Choice, Composite};
pub use cx::{Cx, Interrupted};
pub use device::{Device, DeviceInfo, FacetKind};
pub use driver::{Confidence, Driver, Sighting};
pub use endpoint::{Endpoint, Tls};
pub use error::{Effect, Error, ErrorKind, Result, Retry};
pub use facet::boot::{Boot, BootMode, BootOverride, BootTarget, Persistence};
pub use facet::event_log::{EventLog, LogEntry, LogPage, Severity};
pub use facet::inventory::{
    Drive, Fru, Hardware, Health, Inventory, MemoryModule, Nic, PowerSupply, Processor, Skipped,
    StorageController, SystemInfo,
};
pub use facet::manager::{Manager, ManagerInfo, ManagerNetwork, ManagerReset};
pub use facet::power::{BootMark, BootStage, BootStatus, Power, PowerAction, PowerState};
pub use facet::sensors::{Reading, SensorKind, Sensors, Thresholds, Unit};
pub use facet::tasks::Tasks;
pub use ids::{DeviceId, EntryId, MacAddress, TaskId};
pub use layer::Safety;
pub use oem::Oem;
pub use plan::{Fingerprint, Plan};
pub use registry::{Opened, Registry};
pub use secret::{CredentialSource, Credentials};
pub use task::{Change, Needs, Outcome, TaskRef, TaskState, TaskStatus};

/// The HAL's time stamp; serialises as RFC 3339 in UTC.
pub use jiff::Timestamp;
