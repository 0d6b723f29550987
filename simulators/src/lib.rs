//! One coherent simulated rack behind real protocols.
//!
//! - [`plant`] is the one mutable truth: machines, power, cables, time.
//! - [`ipmi`] and [`redfish`] are views of it.
//! - [`Simulator`] runs a rack file: every device's views on loopback, until dropped.
//! - [`persona`] is what makes a machine a vendor's: data, not code.
mod harness;
pub mod ipmi;
pub mod persona;
pub mod plant;
pub mod redfish;
pub mod snmp;
pub mod ssh;
mod truth;
mod x509;

pub use harness::{Builder, Running, Simulator, StartError};
pub use truth::{AgentTruth, ServerTruth};
/// The trait that [`ServerTruth`] answers by.
pub use underlay_conformance::Truth;

/// The demonstration rack that comes with this crate, with no addresses and passwords made at start.
///
/// # Errors
/// - Never for the embedded file; a test reads it.
pub fn demo_rack() -> Result<underlay_rack::Rack, underlay_rack::Problems> {
    let options =
        underlay_rack::ReadOptions { file: "fixtures/racks/demo.toml", folder: None, personas: None };
    underlay_rack::read(include_str!("../../fixtures/racks/demo.toml"), &options)
}
