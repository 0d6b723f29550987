//! IPMI 2.0 over LAN driver for Underlay.
//!
//! * [`IpmiDriver`] recognises a BMC without logging in, and opens it.
//! * One [`IpmiDriver`] serves thousands of BMCs over one UDP socket per address family; the session
//!   with each is opened when first needed, shared by all facets, and closed when idle, on
//!   `Device::close`, and in the background when the device is dropped.
//! * What goes over the wire is [`underlay_ipmi_codec`]'s; this crate adds sockets, clocks, retries and
//!   the meaning of answers.
//!
//! # Endpoint options
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `min-interval-ms` | least time between two commands to this BMC | 0 |
//! | `cipher-suite` | use only this suite: `3` or `17` | 17, then 3 |
//! | `privilege` | log in at this level: `user`, `operator`, `administrator` | administrator, and lower if the BMC refuses the level |

mod device;
mod driver;
mod error;
mod facet;
mod quirks;
mod settings;
mod transport;

pub use driver::IpmiDriver;
