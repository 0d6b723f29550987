//! SNMP driver for Underlay: power distribution units that are switched and measured, and switches that are looked at.
//!
//! - **Proved**: a change is told as made once the unit *reads* as asked; `noError` alone is no proof, and a unit that
//!   says yes and does nothing gives `NoEffect`. A request that changes something is sent once; a lost answer is read
//!   back.
//! - **By table**: what an object means is data (`underlay_snmp_mib`), one family at a time; 1 is on, off, or neither.
//! - **Bounded**: one socket for all units, so many requests in flight at most, every call ends by its deadline.
//! - **Told apart**: with version 3 a wrong user or password is `Unauthenticated` in milliseconds. Versions 1 and 2c
//!   answer a wrong community with silence, which is all that can be said of it.
//!
//! Source: RFC 3416, RFC 3414, RFC 3418; the families' sources are in their tables, the switches' modules in
//! `underlay_snmp_mib::net`.

mod device;
mod driver;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod index;
mod limits;
mod pdu;
mod probes;
mod sensors;
mod settings;
mod switch;
mod table;
mod transport;
mod traps;

pub use driver::SnmpDriver;
pub use settings::{Security, Settings, Version};
