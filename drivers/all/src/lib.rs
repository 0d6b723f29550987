//! Every Underlay driver behind one feature each.
//!
//! A program that wants them all calls [`registry`]; one that wants a few depends on their crates, or on this one
//! with the features it needs.

use std::sync::Arc;

use underlay_hal::{Driver, Registry, Result};

#[cfg(feature = "redfish")]
pub use underlay_redfish::{EventReceiver, Received};

/// A registry with every driver whose feature is on.
///
/// # Errors
/// `Conflict` if two drivers have one name, which would be a defect of this crate.
pub fn registry() -> Result<Registry> {
    let mut registry = Registry::default();
    for driver in all() {
        registry.register(driver)?;
    }
    Ok(registry)
}

/// Every driver whose feature is on.
#[must_use]
pub fn all() -> Vec<Arc<dyn Driver>> {
    vec![
        #[cfg(feature = "redfish")]
        Arc::new(underlay_redfish::RedfishDriver),
        #[cfg(feature = "ipmi")]
        Arc::new(underlay_ipmi::IpmiDriver::default()),
        #[cfg(feature = "snmp")]
        Arc::new(underlay_snmp::SnmpDriver::default()),
        #[cfg(feature = "switch-ssh")]
        Arc::new(underlay_switch_ssh::SwitchSshDriver),
    ]
}

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
