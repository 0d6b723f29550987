//! Redfish driver for Underlay: tolerant and link-following.
