//! One file per facet of the HAL.

pub(crate) mod boot;
pub(crate) mod event_log;
pub(crate) mod inventory;
pub(crate) mod manager;
pub(crate) mod power;
pub(crate) mod sensors;
pub(crate) mod tasks;
