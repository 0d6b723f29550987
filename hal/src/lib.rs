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

pub mod bios;
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
pub mod raid;
pub mod secret;
pub mod task;
pub mod uri;

mod composite;
mod follow;
mod network;
mod registry;
mod rotate;

pub use composite::{Choice, Composite};
pub use cx::{Cx, Interrupted, Progress};
pub use device::{Device, DeviceInfo, FacetKind};
pub use driver::{Confidence, Driver, Sighting};
pub use endpoint::{Endpoint, Tls};
pub use error::{Effect, Error, ErrorKind, Result, Retry};
pub use facet::accounts::{Account, AccountChange, AccountPolicy, Accounts, NewAccount, Role};
pub use facet::bios::{Bios, BiosAttribute, BiosState};
pub use facet::boot::{Boot, BootMode, BootOverride, BootTarget, Persistence};
pub use facet::boot_order::{BootOption, BootOrder, BootOrderState};
pub use facet::certificates::{Certificates, Csr, CsrRequest};
pub use facet::chassis::{Chassis, Enclosure, Slot, SlotKind};
pub use facet::event_log::{EventLog, LogEntry, LogPage, Severity};
pub use facet::events::{Cursor, Event, EventBatch, EventDelivery, Events, Subscription};
pub use facet::firmware::{
    Firmware, FirmwareComponent, FirmwareImage, FirmwareInventory, FirmwareUpdate, UpdateMethod,
};
pub use facet::identify::Identify;
pub use facet::inventory::{
    Drive, Fru, Hardware, Health, Inventory, LldpNeighbor, MemoryModule, NetworkAdapter, NetworkPort, Nic,
    PowerSupply, Processor, Skipped, StorageController, SystemInfo,
};
pub use facet::manager::{Manager, ManagerInfo, ManagerNetwork, ManagerReset};
pub use facet::manager_config::{
    FactoryReset, Ipv4Source, ManagerChange, ManagerConfig, ManagerSetting, ManagerSettings, ProtocolSetting,
};
pub use facet::pdu::{
    Circuit, CircuitKind, DelayStyle, Outlet, OutletAction, OutletConfig, OutletDelay, OutletGroup,
    OutletState, Pdu, PduAbilities, PduMetrics, RestorePolicy, Support,
};
pub use facet::power::{BootMark, BootStage, BootStatus, Power, PowerAction, PowerState};
pub use facet::power_meter::{PowerMeter, PowerMetrics};
pub use facet::raid::{
    Capacity, ControllerMode, DriveProtocol, DriveUse, Initialize, Media, NewVolume, Raid, RaidAbilities,
    RaidController, RaidDrive, RaidState, Spare, Volume,
};
pub use facet::secure_boot::{
    CertificateInfo, KeyReset, SecureBoot, SecureBootDatabase, SecureBootMode, SecureBootState,
};
pub use facet::sensors::{Reading, SensorKind, Sensors, Thresholds, Unit};
pub use facet::switch::{
    MacEntry, MacEntryKind, PoePort, PoeStatus, PortCounters, PortNeighbor, PortStatus, Switch,
    SwitchAbilities, SwitchFacts, SwitchPort, Vlan,
};
pub use facet::switch_config::{Applied, ApplyOptions, ConfigSource, SwitchConfig, SwitchConfigAbilities};
pub use facet::tasks::Tasks;
pub use facet::virtual_media::{Inserted, MediaImage, MediaKind, MediaSlot, VirtualMedia};
pub use follow::{Ending, Patience, follow, may_pass};
pub use ids::{
    AccountId, BootOptionId, ComponentId, ControllerId, DeviceId, DriveId, EntryId, MacAddress, MediaSlotId,
    OutletGroupId, OutletId, PortId, SlotId, SubscriptionId, TaskId, VolumeId,
};
pub use layer::Safety;
pub use network::{
    LagMember, LagMode, ModeEdit, PortConfig, PortEdit, PortMode, Risk, SwitchConfiguration, SwitchEdit,
    SwitchPlan, SwitchStep, VlanEdit, VlanSet, plan as plan_switch,
};
pub use oem::Oem;
pub use plan::{ApplyTime, Fingerprint, PendingJob, Plan, Staged};
pub use registry::{Opened, Registry};
pub use rotate::{Keeper, Rotated, resume_rotation, rotate};
pub use secret::{CredentialSource, Credentials};
pub use task::{Change, Needs, Outcome, TaskRef, TaskState, TaskStatus};

/// The HAL's time stamp; serialises as RFC 3339 in UTC.
pub use jiff::Timestamp;
