//! The RMCP+ (IPMI 2.0) session wrapper (IPMI 2.0, section 13.6, table 13-8).
//!
//! This module only cuts frames apart and puts them together. Who computes an authentication code,
//! and with which key, is the caller's business: [`Frame::encode`] asks a closure for it, and
//! [`Frame::decode`] hands over the covered bytes and the code it found. [`crate::keys`] does the
//! console's part.

use crate::rmcp::{self, Class};
use crate::{DecodeError, Reader, v15};

const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;
const NEXT_HEADER: u8 = 0x07;
const PAD: u8 = 0xFF;

/// What an RMCP+ frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadType {
    /// An IPMI message.
    Ipmi,
    /// Serial over LAN.
    Sol,
    /// OEM explicit: the vendor and its payload id follow.
    Oem {
        /// IANA enterprise number.
        iana: u32,
        /// The vendor's payload id.
        id: u16,
    },
    /// Open Session Request.
    OpenRequest,
    /// Open Session Response.
    OpenResponse,
    /// RAKP message 1.
    Rakp1,
    /// RAKP message 2.
    Rakp2,
    /// RAKP message 3.
    Rakp3,
    /// RAKP message 4.
    Rakp4,
    /// A number with no meaning here.
    Other(u8),
}

impl PayloadType {
    const fn number(self) -> u8 {
        match self {
            Self::Ipmi => 0x00,
            Self::Sol => 0x01,
            Self::Oem { .. } => 0x02,
            Self::OpenRequest => 0x10,
            Self::OpenResponse => 0x11,
            Self::Rakp1 => 0x12,
            Self::Rakp2 => 0x13,
            Self::Rakp3 => 0x14,
            Self::Rakp4 => 0x15,
            Self::Other(number) => number & 0x3F,
        }
    }
}

/// The RMCP+ session header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the payload is.
    pub payload_type: PayloadType,
    /// Whether the payload is encrypted.
    pub encrypted: bool,
    /// Whether a session trailer with an authentication code follows.
    pub authenticated: bool,
    /// The receiver's session id; 0 outside a session.
    pub session_id: u32,
    /// Session sequence number; 0 outside a session, separate series for authenticated and plain frames.
    pub sequence: u32,
}

impl Header {
    /// The header of a frame outside any session: handshake messages and sessionless commands.
    #[must_use]
    pub const fn sessionless(payload_type: PayloadType) -> Self {
        Self { payload_type, encrypted: false, authenticated: false, session_id: 0, sequence: 0 }
    }
}

/// The session trailer of an authenticated frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// The bytes the code is computed over: from the authentication type byte through the next header byte.
    pub covered: &'a [u8],
    /// The code, and whatever followed it: as many leading bytes as the integrity algorithm yields count.
    pub code: &'a [u8],
}

/// An RMCP+ frame as it came: the payload is still encrypted if the header says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The header.
    pub header: Header,
    /// The payload.
    pub payload: &'a [u8],
    /// The trailer, exactly when the header says `authenticated`.
    pub trailer: Option<Trailer<'a>>,
}

impl<'a> Frame<'a> {
    /// The whole datagram. `payload` is sent as it is: encrypt it before, where the header says so.
    ///
    /// * `authenticate` is called with the covered bytes when the header says `authenticated`, and its
    ///   answer is appended. It is not called otherwise.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] if the payload is longer than 65535 bytes.
    pub fn encode(
        header: &Header,
        payload: &[u8],
        authenticate: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<Vec<u8>, DecodeError> {
        let len = u16::try_from(payload.len()).map_err(|_| DecodeError::Length("RMCP+ payload"))?;
        let mut out = Vec::with_capacity(64 + payload.len());
        rmcp::encode(Class::Ipmi, &mut out);
        let start = out.len();
        out.push(v15::RMCP_PLUS);
        let flags = if header.encrypted { ENCRYPTED } else { 0 }
            | if header.authenticated { AUTHENTICATED } else { 0 };
        out.push(flags | header.payload_type.number());
        if let PayloadType::Oem { iana, id } = header.payload_type {
            out.extend_from_slice(&iana.to_le_bytes());
            out.extend_from_slice(&id.to_le_bytes());
        }
        out.extend_from_slice(&header.session_id.to_le_bytes());
        out.extend_from_slice(&header.sequence.to_le_bytes());
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(payload);
        if header.authenticated {
            let pad = pad_length(out.len() - start);
            out.extend(std::iter::repeat_n(PAD, usize::from(pad)));
            out.push(pad);
            out.push(NEXT_HEADER);
            let code = authenticate(out.get(start..).unwrap_or_default());
            out.extend_from_slice(&code);
        }
        Ok(out)
    }

    /// The whole datagram of a frame outside any session.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] if the payload is longer than 65535 bytes.
    pub fn encode_sessionless(payload_type: PayloadType, payload: &[u8]) -> Result<Vec<u8>, DecodeError> {
        Self::encode(&Header::sessionless(payload_type), payload, |_| Vec::new())
    }

    /// Reads what follows an RMCP header of class IPMI whose next byte is `06`.
    ///
    /// * The trailer's pad bytes, pad length and next header must be what the format says, else
    ///   [`DecodeError::Value`]; whether the code is right is not checked here.
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let whole = reader.rest();
        if reader.u8("authentication type")? & 0x0F != v15::RMCP_PLUS {
            return Err(DecodeError::Value("authentication type"));
        }
        let kind = reader.u8("payload type")?;
        let payload_type = match kind & 0x3F {
            0x00 => PayloadType::Ipmi,
            0x01 => PayloadType::Sol,
            0x02 => PayloadType::Oem {
                iana: reader.u32("OEM enterprise number")?,
                id: reader.u16("OEM payload id")?,
            },
            0x10 => PayloadType::OpenRequest,
            0x11 => PayloadType::OpenResponse,
            0x12 => PayloadType::Rakp1,
            0x13 => PayloadType::Rakp2,
            0x14 => PayloadType::Rakp3,
            0x15 => PayloadType::Rakp4,
            number => PayloadType::Other(number),
        };
        let header = Header {
            payload_type,
            encrypted: kind & ENCRYPTED != 0,
            authenticated: kind & AUTHENTICATED != 0,
            session_id: reader.u32("session id")?,
            sequence: reader.u32("session sequence number")?,
        };
        let len = reader.u16("payload length")?;
        let payload = reader.take(usize::from(len), "payload")?;
        let trailer = if header.authenticated {
            let pad = pad_length(whole.len() - reader.len());
            if reader.take(usize::from(pad), "integrity pad")?.iter().any(|byte| *byte != PAD) {
                return Err(DecodeError::Value("integrity pad"));
            }
            let [found, next] = reader.array("session trailer")?;
            if found != pad {
                return Err(DecodeError::Value("integrity pad length"));
            }
            if next != NEXT_HEADER {
                return Err(DecodeError::Value("next header"));
            }
            let code = reader.rest();
            let covered = whole.get(..whole.len() - code.len()).unwrap_or_default();
            Some(Trailer { covered, code })
        } else {
            None
        };
        Ok(Self { header, payload, trailer })
    }
}

/// Pad bytes so that `used` bytes, the pad, its length and the next header fill whole words.
fn pad_length(used: usize) -> u8 {
    match (used + 2) % 4 {
        1 => 3,
        2 => 2,
        3 => 1,
        _ => 0,
    }
}
