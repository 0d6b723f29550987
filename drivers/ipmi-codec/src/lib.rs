//! Sans-I/O codec for RMCP, RMCP+ and IPMI messages.
//!
//! Nothing here opens a socket, reads a clock or draws a random number. Both ends of the wire find
//! their framing here: a console (the `underlay-ipmi` driver) and a BMC (a simulator).
//!
//! * [`packet`]: what a UDP datagram holds: ASF ([`asf`]), an IPMI 1.5 frame ([`v15`]) or an RMCP+
//!   frame ([`v20`]).
//! * [`lan`]: the IPMI message inside a frame.
//! * [`handshake`]: Open Session and RAKP 1–4 payloads, in both directions.
//! * [`suite`], [`crypto`], [`keys`]: algorithms, primitives, and the keys a console derives.
//! * [`login`]: the console's handshake as a pure state machine.
//! * [`command`]: typed commands and the decoders of their answers; [`sdr`], [`sel`], [`fru`], [`event`]: what
//!   sensor records, log records and inventory areas mean.
//!
//! Decoding holds for every input: it never panics, never indexes unchecked, and never allocates
//! more than the input it was given.
//!
//! Source of the formats: IPMI specification 2.0 revision 1.1, and ASF specification 2.0 for the
//! RMCP header and the presence messages.

pub mod asf;
pub mod code;
pub mod command;
pub mod crypto;
mod error;
pub mod event;
pub mod fru;
#[cfg(test)]
mod golden;
pub mod handshake;
pub mod keys;
pub mod lan;
pub mod login;
pub mod packet;
mod privilege;
mod read;
pub mod rmcp;
pub mod sdr;
pub mod sel;
pub mod suite;
pub mod text;

pub mod v15;
pub mod v20;

pub use code::{Completion, Status};
pub use command::Command;
pub use error::DecodeError;
pub use lan::NetFn;
pub use packet::Packet;
pub use privilege::Privilege;
pub use read::Reader;
