//! Facets: one noun, one file, one trait.
//!
//! Rules that hold for every method of every facet, and that the conformance suite checks:
//!
//! - it ends by the deadline of its [`crate::Cx`], with `Timeout` or `Unreachable` if the device is silent;
//! - what a small accessor lists (`actions()`, `targets()`) is what the method accepts; anything else is
//!   `Unsupported`, and nothing is sent;
//! - reads change nothing on the device;
//! - a mutation tells what happened: `Done(Made)`, `Done(AlreadySo)`, `Running(task)`, or an error whose
//!   [`crate::Effect`] says whether the device may have acted.

pub mod accounts;
pub mod bios;
pub mod boot;
pub mod boot_order;
pub mod certificates;
pub mod chassis;
pub mod event_log;
pub mod events;
pub mod firmware;
pub mod identify;
pub mod inventory;
pub mod manager;
pub mod manager_config;
pub mod pdu;
pub mod power;
pub mod power_meter;
pub mod raid;
pub mod secure_boot;
pub mod sensors;
pub mod switch;
pub mod switch_config;
pub mod tasks;
pub mod virtual_media;
