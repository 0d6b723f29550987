//! From UDP sockets to answered commands.
//!
//! * [`hub`]: the sockets all BMCs share, and who gets which datagram.
//! * [`link`]: one BMC's datagrams: send, wait, retransmit.
//! * [`login`]: a link through the handshake.
//! * [`session`]: a logged-in link: sequence numbers, requests, answers.
//! * [`bmc`]: one BMC with at most one session, opened and closed as needed.

pub(crate) mod bmc;
pub(crate) mod hub;
pub(crate) mod link;
pub(crate) mod login;
mod open;
pub(crate) mod session;
