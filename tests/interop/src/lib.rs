//! What the interop tests share.
//!
//! - [`suite`]: tests with needs; what is missing is said by name.
//! - [`need`]: where strangers are found on this machine.
//! - [`lab`]: a simulated machine with its addresses, login and truth.
//! - [`program`]: strangers as processes, bounded in time and ended by their own id.
//! - [`peer`]: strangers' servers, and our drivers opened on them.
//! - [`raw`]: a GET without any of our own code between.
//! - [`recorded`]: a recorded Redfish tree served as files.
//! - [`snmprec`]: a recording of an SNMP agent, line by line.
//! - [`expected`]: committed lists that what was found has to equal.

pub mod expected;
pub mod lab;
pub mod need;
pub mod peer;
pub mod program;
pub mod raw;
pub mod recorded;
pub mod snmprec;
pub mod suite;

use underlay_simulators::redfish::Quirk;

/// Every persona with a Redfish view, but for the enclosure.
pub const REDFISH_PERSONAS: [&str; 13] = [
    "standard",
    "dell-idrac9",
    "hpe-ilo5",
    "supermicro",
    "lenovo-xcc",
    "openbmc",
    "dell-idrac10",
    "hpe-ilo6",
    "supermicro-h13",
    "ami-megarac",
    "huawei-ibmc",
    "cisco-cimc",
    "nvidia-bmc",
];

/// Personas that sushy does not get through, and the quirks that it stumbles over: without them it does.
pub const SUSHY_STUMBLES: [(&str, &[Quirk]); 5] = [
    ("dell-idrac10", &[Quirk::OnRefusedAfterOff]),
    ("ami-megarac", &[Quirk::NoRootLinks, Quirk::DemandsLogin]),
    ("huawei-ibmc", &[Quirk::DemandsIfMatch]),
    ("cisco-cimc", &[Quirk::InternalSlot]),
    ("nvidia-bmc", &[Quirk::NoRootLinks]),
];

/// The same of nv-redfish.
pub const NV_REDFISH_STUMBLES: [(&str, &[Quirk]); 2] = [
    ("ami-megarac", &[Quirk::NoRootLinks, Quirk::ExpandDropsIdentity]),
    ("nvidia-bmc", &[Quirk::NoRootLinks]),
];

/// The quirks of a table that a persona is to be without.
#[must_use]
pub fn stumbles(table: &'static [(&'static str, &'static [Quirk])], persona: &str) -> &'static [Quirk] {
    table.iter().find(|(name, _)| *name == persona).map_or(&[], |(_, quirks)| quirks)
}

/// Every persona with an IPMI view.
pub const IPMI_PERSONAS: [&str; 7] =
    ["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc", "generic-ipmi"];
