//! What the interop tests share.
//!
//! - [`suite`]: tests with needs; what is missing is said by name.
//! - [`need`]: where strangers are found on this machine.
//! - [`lab`]: a simulated machine with its addresses, login and truth.
//! - [`program`]: strangers as processes, bounded in time and ended by their own id.
//! - [`peer`]: strangers' servers, and our drivers opened on them.
//! - [`raw`]: a GET without any of our own code between.
//! - [`recorded`]: a recorded Redfish tree served as files.
//! - [`expected`]: committed lists that what was found has to equal.

pub mod expected;
pub mod lab;
pub mod need;
pub mod peer;
pub mod program;
pub mod raw;
pub mod recorded;
pub mod suite;

/// Every persona with a Redfish view.
pub const REDFISH_PERSONAS: [&str; 6] =
    ["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc"];

/// Every persona with an IPMI view.
pub const IPMI_PERSONAS: [&str; 7] =
    ["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc", "generic-ipmi"];
