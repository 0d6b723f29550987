//! ASF presence ping and pong (ASF 2.0, sections 3.2.4.2 and 3.2.4.3).

use crate::rmcp::{self, Class};
use crate::{DecodeError, Reader};

const IANA_ASF: [u8; 4] = [0x00, 0x00, 0x11, 0xBE];
const PING: u8 = 0x80;
const PONG: u8 = 0x40;

/// A presence message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// "Is a management controller there?"
    Ping {
        /// Echoed by the pong.
        tag: u8,
    },
    /// The answer to a ping.
    Pong {
        /// The tag of the ping.
        tag: u8,
        /// What the controller says it speaks.
        pong: Pong,
    },
    /// Another ASF message type.
    Other {
        /// The ASF message type.
        kind: u8,
        /// The message tag.
        tag: u8,
    },
}

/// The contents of a presence pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// IANA enterprise number (4542 when there is nothing OEM-specific).
    pub iana: u32,
    /// OEM-defined; zero otherwise.
    pub oem: u32,
    /// Whether IPMI is supported (entities bit 7).
    pub ipmi: bool,
    /// Interactions byte; zero without ASF security extensions.
    pub interactions: u8,
}

impl Pong {
    /// What a BMC that speaks IPMI and has no OEM data answers.
    pub const IPMI: Self = Self { iana: 4542, oem: 0, ipmi: true, interactions: 0 };
}

/// A whole ping datagram (12 bytes).
#[must_use]
pub fn encode_ping(tag: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(12);
    rmcp::encode(Class::Asf, &mut out);
    out.extend_from_slice(&IANA_ASF);
    out.extend_from_slice(&[PING, tag, 0, 0]);
    out
}

/// A whole pong datagram (28 bytes: exactly 16 data bytes, reserved bits 0).
#[must_use]
pub fn encode_pong(tag: u8, pong: &Pong) -> Vec<u8> {
    let mut out = Vec::with_capacity(28);
    rmcp::encode(Class::Asf, &mut out);
    out.extend_from_slice(&IANA_ASF);
    out.extend_from_slice(&[PONG, tag, 0, 16]);
    out.extend_from_slice(&pong.iana.to_be_bytes());
    out.extend_from_slice(&pong.oem.to_be_bytes());
    out.push(if pong.ipmi { 0x81 } else { 0x01 });
    out.push(pong.interactions);
    out.extend_from_slice(&[0; 6]);
    out
}

/// Reads what follows an RMCP header of class ASF.
///
/// * A pong with fewer than 16 data bytes is [`DecodeError::Truncated`]; trailing bytes are ignored.
pub fn decode(reader: &mut Reader<'_>) -> Result<Message, DecodeError> {
    if reader.array("ASF enterprise number")? != IANA_ASF {
        return Err(DecodeError::Value("ASF enterprise number"));
    }
    let [kind, tag, _reserved, len] = reader.array("ASF header")?;
    let mut data = Reader::new(reader.take(usize::from(len), "ASF data")?);
    Ok(match kind {
        PING => Message::Ping { tag },
        PONG => {
            let iana = u32::from_be_bytes(data.array("pong enterprise number")?);
            let oem = u32::from_be_bytes(data.array("pong OEM data")?);
            let [entities, interactions] = data.array("pong capabilities")?;
            data.array::<6>("pong reserved bytes")?;
            Message::Pong { tag, pong: Pong { iana, oem, ipmi: entities & 0x80 != 0, interactions } }
        }
        kind => Message::Other { kind, tag },
    })
}
