//! One file or folder per facet of the HAL.

pub(crate) mod accounts;
pub(crate) mod bios;
pub(crate) mod boot;
pub(crate) mod boot_order;
pub(crate) mod certificates;
pub(crate) mod chassis;
pub(crate) mod event_log;
pub(crate) mod events;
pub(crate) mod firmware;
pub(crate) mod identify;
pub(crate) mod inventory;
pub(crate) mod manager;
pub(crate) mod manager_config;
pub(crate) mod power;
pub(crate) mod power_meter;
pub(crate) mod raid;
pub(crate) mod secure_boot;
pub(crate) mod sensors;
pub(crate) mod tasks;
pub(crate) mod virtual_media;
