//! What the standard has no word for, vendor by vendor.
//!
//! An open device carries the extensions of its vendor in [`underlay_hal::Device::oem`]:
//! `device.oem().get::<Arc<dyn DellJobs>>()`.

pub(crate) mod dell;
