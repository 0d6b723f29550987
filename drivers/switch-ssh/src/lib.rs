//! Driver for Underlay: network switches by their command line over SSH.
//!
//! - **By table**: prompts, refusals, paging and words are data (`underlay_switch_cli`), one platform at a time.
//! - **Said by the switch**: a line that it rejects is an error with its words, and names the line.
//! - **All or nothing**: a change is a candidate that is committed, or stands under a timer that undoes it; what fails
//!   in the middle is undone, and read again. Where a platform has neither, the error's effect says so.
//! - **Strict**: the host key is pinned, known or refused. Algorithms that nobody should use are offered only where the
//!   rack file says `legacy`.
//! - **Bounded**: one login per switch, one command at a time, every call ends by its deadline.
//!
//! Source: RFC 4252 to 4254, RFC 4256; the platforms' sources are in their tables.

mod configure;
mod conversation;
mod device;
mod driver;
mod error;
mod settings;
mod transport;

pub use driver::SwitchSshDriver;
pub use settings::{Algorithms, HostKey, Jump, Settings};
