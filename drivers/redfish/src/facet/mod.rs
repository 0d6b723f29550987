//! One file per facet of the HAL.

pub(crate) mod boot;
pub(crate) mod event_log;
mod inventory;
pub(crate) mod manager;
pub(crate) mod power;
mod sensors;
mod tasks;
