//! What SNMP objects mean, as data: no sockets, no encoding, no other crate.
//!
//! - [`Family`]: one family of power distribution units, a table in a file of its own with the source of its objects.
//! - [`Oid`]: an object identifier; in tables it is text, below `1.3.6.1.4.1` unless it begins with `1.`.
//!
//! Encodings invert, even within one vendor (1 is on, off, or neither); so no family shares another's words.

mod family;
pub mod net;
mod oid;
pub mod trap;

pub use family::{
    Commands, FAMILIES, Family, Groups, Identity, Limits, Load, Meter, MeterKind, Outlets, Policy, Probe,
    ProbeKind, Quantity, Rows, STANDARD, Scale, Sensors, Standing, State, Switching, family_of,
};
pub use oid::Oid;

/// Objects that every agent has (SNMPv2-MIB, RFC 3418).
pub mod system {
    /// `sysDescr.0`.
    pub const DESCRIPTION: &str = "1.3.6.1.2.1.1.1.0";
    /// `sysObjectID.0`.
    pub const OBJECT_ID: &str = "1.3.6.1.2.1.1.2.0";
    /// `sysUpTime.0`, in hundredths of a second.
    pub const UP_TIME: &str = "1.3.6.1.2.1.1.3.0";
    /// `sysContact.0`.
    pub const CONTACT: &str = "1.3.6.1.2.1.1.4.0";
    /// `sysName.0`.
    pub const NAME: &str = "1.3.6.1.2.1.1.5.0";
    /// `sysLocation.0`.
    pub const LOCATION: &str = "1.3.6.1.2.1.1.6.0";
    /// `sysServices.0`.
    pub const SERVICES: &str = "1.3.6.1.2.1.1.7.0";
}

/// The output of a UPS and what it says it is (UPS-MIB, RFC 1628).
pub mod ups {
    /// `upsIdentManufacturer.0`.
    pub const MANUFACTURER: &str = "1.3.6.1.2.1.33.1.1.1.0";
    /// `upsIdentModel.0`.
    pub const MODEL: &str = "1.3.6.1.2.1.33.1.1.2.0";
    /// `upsIdentUPSSoftwareVersion.0`.
    pub const FIRMWARE: &str = "1.3.6.1.2.1.33.1.1.3.0";
    /// `upsOutputSource.0`: 2 is none, 3 normal, 5 the battery.
    pub const OUTPUT_SOURCE: &str = "1.3.6.1.2.1.33.1.4.1.0";
    /// `upsOutputVoltage`: index the line.
    pub const OUTPUT_VOLTAGE: &str = "1.3.6.1.2.1.33.1.4.4.1.2";
    /// `upsOutputPercentLoad`.
    pub const OUTPUT_LOAD: &str = "1.3.6.1.2.1.33.1.4.4.1.5";
}
