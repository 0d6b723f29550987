//! One coherent simulated rack behind real protocols.
//!
//! - [`plant`] is the one mutable truth: machines, power, cables, time.
//! - [`ipmi`] and [`redfish`] are views of it.
//! - [`persona`] is what makes a machine a vendor's: data, not code.
pub mod ipmi;
pub mod persona;
pub mod plant;
pub mod redfish;
