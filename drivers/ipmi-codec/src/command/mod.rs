//! Typed commands.

use crate::{DecodeError, NetFn, Privilege};

/// An IPMI command: how to ask, and how to read the answer.
pub trait Command {
    /// What a successful answer holds.
    type Answer;
    /// The name in the specification.
    const NAME: &'static str;
    /// The network function of the request.
    const NET_FN: NetFn;
    /// The command number.
    const CODE: u8;
    /// The lowest level that may send it (IPMI 2.0, appendix G).
    const PRIVILEGE: Privilege;
    /// Whether sending it twice is the same as sending it once. A command that is not repeatable must
    /// not be sent again after a time-out without looking first.
    const REPEATABLE: bool;

    /// Appends the request data.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the data after a completion code of 0.
    ///
    /// * Extra bytes at the end are ignored, as future versions may add some.
    fn decode(&self, data: &[u8]) -> Result<Self::Answer, DecodeError>;
}
