//! The facets, one file each, and what they share: the SDR repository.

pub(crate) mod boot;
pub(crate) mod event_log;
pub(crate) mod inventory;
pub(crate) mod manager;
pub(crate) mod power;
pub(crate) mod repository;
pub(crate) mod sensors;
