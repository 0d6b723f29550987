//! Typed commands: how to ask, and how to read the answer.
//!
//! Each command is a small value that implements [`Command`]. Adding one touches the file of its
//! group only.

use crate::{DecodeError, NetFn, Privilege};

pub mod boot;
pub mod channel;
pub mod chassis;
pub mod controller;
pub mod fru;
pub mod lan_config;
pub mod sdr;
pub mod sel;
pub mod sensor;
pub mod session;
pub mod user;

/// What a command does to the device, and so what a lost answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Changes nothing but the session: repeat it at will.
    Read,
    /// Sets a value: sent twice, it leaves what it leaves sent once.
    Set,
    /// Does something each time it is sent: never send it again without looking first.
    Act,
}

/// An IPMI command.
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
    /// What it does to the device.
    const NATURE: Nature;

    /// Appends the request data.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the data after a completion code of 0.
    ///
    /// * Extra bytes at the end are ignored, as future versions may add some.
    fn decode(&self, data: &[u8]) -> Result<Self::Answer, DecodeError>;
}

/// The constants of a [`Command`] on one line: name, network function, number, level, nature.
macro_rules! command {
    ($name:literal, $net_fn:ident, $code:literal, $level:ident, $nature:ident) => {
        const NAME: &'static str = $name;
        const NET_FN: crate::NetFn = crate::NetFn::$net_fn;
        const CODE: u8 = $code;
        const PRIVILEGE: crate::Privilege = crate::Privilege::$level;
        const NATURE: crate::command::Nature = crate::command::Nature::$nature;
    };
}
pub(crate) use command;
