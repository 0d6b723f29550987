//! IPMI 2.0 over LAN driver for Underlay.
//!
//! * [`IpmiDriver`] recognises a BMC without logging in, and opens it.
//! * One [`IpmiDriver`] serves thousands of BMCs over one UDP socket per address family; the session
//!   with each is opened when first needed, shared by all facets, and closed when idle, on
//!   `Device::close`, and in the background when the device is dropped.
//! * What goes over the wire is [`underlay_ipmi_codec`]'s; this crate adds sockets, clocks, retries and
//!   the meaning of answers.
//!
//! # What to know
//!
//! * A wrong password is one login on the BMC: the driver notices it in RAKP message 2 and stops. The same
//!   credentials are not offered again for a minute through the same device; others are at once.
//! * Suite 17 is proposed first, suite 3 when that is refused. Refusals are not authenticated, so somebody on the
//!   path can bring a login down to suite 3; set `cipher-suite` to `17` where that matters.
//! * IPMI 2.0 lets anybody who knows a user name ask the BMC for material to guess the password from. Keep BMCs
//!   on a network of their own.
//!
//! # Endpoint options
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `min-interval-ms` | least time between two commands to this BMC | 0 |
//! | `idle-close-ms` | a session without a request for this long is closed | 15000 |
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
