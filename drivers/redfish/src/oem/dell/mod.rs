//! Dell iDRAC beyond the standard.

pub(crate) mod first_boot;
