//! The RMCP header that starts every datagram (ASF 2.0, section 3.2.2).

use crate::{DecodeError, Reader};

/// The UDP port of a management controller.
pub const PORT: u16 = 623;

/// The sequence number that asks for no RMCP acknowledgement; IPMI uses no other.
pub const NO_ACK: u8 = 0xFF;

const VERSION: u8 = 0x06;

/// The class of the message that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// ASF: presence ping and pong.
    Asf,
    /// IPMI.
    Ipmi,
}

impl Class {
    const fn byte(self) -> u8 {
        match self {
            Self::Asf => 0x06,
            Self::Ipmi => 0x07,
        }
    }
}

/// The four bytes of an RMCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// RMCP sequence number; [`NO_ACK`] in everything this crate encodes.
    pub sequence: u8,
    /// What follows.
    pub class: Class,
}

/// Appends the header of a message that wants no acknowledgement.
pub fn encode(class: Class, out: &mut Vec<u8>) {
    out.extend_from_slice(&[VERSION, 0x00, NO_ACK, class.byte()]);
}

/// Reads the header.
///
/// * Another version, an acknowledgement (class bit 7) and a class other than ASF or IPMI are
///   [`DecodeError::Value`].
/// * The reserved byte is ignored.
pub fn decode(reader: &mut Reader<'_>) -> Result<Header, DecodeError> {
    let [version, _reserved, sequence, class] = reader.array("RMCP header")?;
    if version != VERSION {
        return Err(DecodeError::Value("RMCP version"));
    }
    let class = match class {
        0x06 => Class::Asf,
        0x07 => Class::Ipmi,
        _ => return Err(DecodeError::Value("RMCP class")),
    };
    Ok(Header { sequence, class })
}
