//! Behaviour laws that every driver keeps, runnable by any driver crate, with a mutant for each.
//!
//! - A [`Law`] is one sentence of a facet's contract, checked on a [`World`]: one open device and, where there is a
//!   simulator behind it, the [`Truth`] of what really happened.
//! - A [`Rig`] builds a fresh world for every law and promises which facets the target has; promising nothing is a
//!   failing run, not an empty green one.
//! - [`trials`] turns a rig into tests for `libtest-mimic`; [`run`] gives the results as data for a matrix.
//! - [`model`] is a device in memory that keeps every law, and can be told to break any one of them: a law that its
//!   mutant passes proves nothing.

pub mod laws;
pub mod model;

mod ability;
mod matrix;
mod rig;
mod truth;

pub use ability::{ABILITIES, Ability};
pub use laws::{LAWS, Law, Verdict};
pub use matrix::{Cell, Matrix, Row};
pub use rig::{Danger, Promise, Rig, World, judge, run, trials};
pub use truth::{
    AccountFact, AccountsTruth, BiosTruth, BootOrderTruth, CertificatesTruth, ChassisTruth, DriveFact,
    EventsTruth, Fact, FirmwareTruth, IdentifyTruth, ImageOf, ManagerConfigTruth, OutletFact, PduTruth,
    PortFact, PowerMeterTruth, RaidTruth, SecureBootTruth, SwitchConfigTruth, SwitchTruth, TasksTruth, Truth,
    VirtualMediaTruth, VolumeFact,
};
