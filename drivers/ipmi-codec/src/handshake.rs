//! Open Session and RAKP payloads, in both directions (IPMI 2.0, sections 13.17 to 13.24).
//!
//! Each type encodes and decodes the payload of one frame; the frame around it is
//! [`crate::v20::Frame::encode_sessionless`] with the matching payload type.

use crate::suite::CipherSuite;
use crate::{DecodeError, Privilege, Reader, Status};

/// Longest user name, in bytes.
pub const MAX_USER_NAME: usize = 16;

/// Open Session Request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Echoed by the response.
    pub tag: u8,
    /// The highest level wanted; `None` asks for the highest the suite allows.
    pub privilege: Option<Privilege>,
    /// The console's session id, never 0.
    pub console_id: u32,
    /// The proposed algorithms.
    pub suite: CipherSuite,
}

impl OpenRequest {
    /// The payload, 32 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        out.extend_from_slice(&[self.tag, self.privilege.map_or(0, Privilege::byte), 0, 0]);
        out.extend_from_slice(&self.console_id.to_le_bytes());
        self.suite.encode_blocks(&mut out);
        out
    }

    /// Reads the payload.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, privilege, ..] = reader.array::<4>("open session request")?;
        let privilege = match privilege & 0x0F {
            0 => None,
            level => {
                Some(Privilege::from_byte(level).ok_or(DecodeError::Value("requested privilege level"))?)
            }
        };
        let console_id = reader.u32("console session id")?;
        Ok(Self { tag, privilege, console_id, suite: CipherSuite::decode_blocks(&mut reader)? })
    }
}

/// Open Session Response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenResponse {
    /// The session may be opened.
    Accepted {
        /// The request's tag.
        tag: u8,
        /// The highest level of the session; `None` where the BMC sent 0.
        privilege: Option<Privilege>,
        /// The console's session id.
        console_id: u32,
        /// The BMC's session id.
        bmc_id: u32,
        /// The algorithms the BMC chose: compare them with the proposal.
        suite: CipherSuite,
    },
    /// The session may not be opened.
    Refused {
        /// The request's tag.
        tag: u8,
        /// Why.
        status: Status,
        /// The console's session id; `None` where the BMC sent only tag and status.
        console_id: Option<u32>,
    },
}

impl OpenResponse {
    /// The request's tag.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        match self {
            Self::Accepted { tag, .. } | Self::Refused { tag, .. } => *tag,
        }
    }

    /// The payload: 36 bytes accepted, 8 refused, 2 refused without a console id.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(36);
        match *self {
            Self::Accepted { tag, privilege, console_id, bmc_id, suite } => {
                out.extend_from_slice(&[tag, 0, privilege.map_or(0, Privilege::byte), 0]);
                out.extend_from_slice(&console_id.to_le_bytes());
                out.extend_from_slice(&bmc_id.to_le_bytes());
                suite.encode_blocks(&mut out);
            }
            Self::Refused { tag, status, console_id } => {
                out.extend_from_slice(&[tag, status.0]);
                if let Some(id) = console_id {
                    out.extend_from_slice(&[0, 0]);
                    out.extend_from_slice(&id.to_le_bytes());
                }
            }
        }
        out
    }

    /// Reads the payload; an error response may be as short as tag and status.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, status] = reader.array("open session response")?;
        let status = Status(status);
        if !status.is_ok() {
            let console_id = reader.u16("privilege").and_then(|_| reader.u32("console session id")).ok();
            return Ok(Self::Refused { tag, status, console_id });
        }
        let [privilege, _] = reader.array("privilege")?;
        let console_id = reader.u32("console session id")?;
        let bmc_id = reader.u32("BMC session id")?;
        if bmc_id == 0 {
            return Err(DecodeError::Value("BMC session id"));
        }
        let suite = CipherSuite::decode_blocks(&mut reader)?;
        Ok(Self::Accepted { tag, privilege: Privilege::from_byte(privilege), console_id, bmc_id, suite })
    }
}

/// A user name of at most 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserName {
    bytes: [u8; MAX_USER_NAME],
    len: u8,
}

impl UserName {
    /// Takes the bytes as they are.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] above 16 bytes.
    pub fn new(name: &[u8]) -> Result<Self, DecodeError> {
        let mut bytes = [0; MAX_USER_NAME];
        bytes.get_mut(..name.len()).ok_or(DecodeError::Length("user name"))?.copy_from_slice(name);
        let len = u8::try_from(name.len()).map_err(|_| DecodeError::Length("user name"))?;
        Ok(Self { bytes, len })
    }

    /// The bytes, without padding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The length as it stands in RAKP message 1.
    #[must_use]
    pub const fn len_byte(&self) -> u8 {
        self.len
    }
}

impl std::fmt::Debug for UserName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserName({:?})", String::from_utf8_lossy(self.as_bytes()))
    }
}

/// RAKP message 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rakp1 {
    /// Echoed by message 2.
    pub tag: u8,
    /// The BMC's session id.
    pub bmc_id: u32,
    /// The console's random number.
    pub console_random: [u8; 16],
    /// The whole role byte (bit 4: look up by name only): it goes into the hashes as it was sent.
    pub role: u8,
    /// Who logs in; empty for the anonymous user.
    pub user: UserName,
}

/// Role byte bit: look the user up by name alone, not by name and level.
pub const NAME_ONLY_LOOKUP: u8 = 0x10;

impl Rakp1 {
    /// The payload, 28 bytes and the name.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(44);
        out.extend_from_slice(&[self.tag, 0, 0, 0]);
        out.extend_from_slice(&self.bmc_id.to_le_bytes());
        out.extend_from_slice(&self.console_random);
        out.extend_from_slice(&[self.role, 0, 0, self.user.len_byte()]);
        out.extend_from_slice(self.user.as_bytes());
        out
    }

    /// Reads the payload; a name above 16 bytes is [`DecodeError::Length`].
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, ..] = reader.array::<4>("RAKP message 1")?;
        let bmc_id = reader.u32("BMC session id")?;
        let console_random = reader.array("console random number")?;
        let [role, _, _, len] = reader.array("role and name length")?;
        let user = UserName::new(reader.take(usize::from(len), "user name")?)?;
        Ok(Self { tag, bmc_id, console_random, role, user })
    }
}

/// RAKP message 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp2 {
    /// The tag of message 1.
    pub tag: u8,
    /// How it went; everything after `console_id` is meaningful only when OK.
    pub status: Status,
    /// The console's session id.
    pub console_id: u32,
    /// The BMC's random number.
    pub bmc_random: [u8; 16],
    /// The BMC's GUID as sent.
    pub guid: [u8; 16],
    /// The key exchange code, as long as the authentication algorithm makes it.
    pub code: Vec<u8>,
}

impl Rakp2 {
    /// The payload: 40 bytes and the code, or 8 bytes for an error.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(40 + self.code.len());
        out.extend_from_slice(&[self.tag, self.status.0, 0, 0]);
        out.extend_from_slice(&self.console_id.to_le_bytes());
        if self.status.is_ok() {
            out.extend_from_slice(&self.bmc_random);
            out.extend_from_slice(&self.guid);
            out.extend_from_slice(&self.code);
        }
        out
    }

    /// Reads the payload; an error needs only its first eight bytes.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, status, ..] = reader.array::<4>("RAKP message 2")?;
        let (status, console_id) = (Status(status), reader.u32("console session id")?);
        if !status.is_ok() {
            return Ok(Self {
                tag,
                status,
                console_id,
                bmc_random: [0; 16],
                guid: [0; 16],
                code: Vec::new(),
            });
        }
        let bmc_random = reader.array("BMC random number")?;
        let guid = reader.array("BMC GUID")?;
        Ok(Self { tag, status, console_id, bmc_random, guid, code: reader.rest().to_vec() })
    }
}

/// RAKP message 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp3 {
    /// Echoed by message 4.
    pub tag: u8,
    /// OK, or why the console gives up.
    pub status: Status,
    /// The BMC's session id.
    pub bmc_id: u32,
    /// The key exchange code; empty with an error.
    pub code: Vec<u8>,
}

impl Rakp3 {
    /// The payload: 8 bytes and the code.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.code.len());
        out.extend_from_slice(&[self.tag, self.status.0, 0, 0]);
        out.extend_from_slice(&self.bmc_id.to_le_bytes());
        out.extend_from_slice(&self.code);
        out
    }

    /// Reads the payload.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, status, ..] = reader.array::<4>("RAKP message 3")?;
        let bmc_id = reader.u32("BMC session id")?;
        Ok(Self { tag, status: Status(status), bmc_id, code: reader.rest().to_vec() })
    }
}

/// RAKP message 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp4 {
    /// The tag of message 3.
    pub tag: u8,
    /// How it went.
    pub status: Status,
    /// The console's session id.
    pub console_id: u32,
    /// The integrity check value; empty with an error.
    pub check: Vec<u8>,
}

impl Rakp4 {
    /// The payload: 8 bytes and the check value.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.check.len());
        out.extend_from_slice(&[self.tag, self.status.0, 0, 0]);
        out.extend_from_slice(&self.console_id.to_le_bytes());
        out.extend_from_slice(&self.check);
        out
    }

    /// Reads the payload.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(payload);
        let [tag, status, ..] = reader.array::<4>("RAKP message 4")?;
        let console_id = reader.u32("console session id")?;
        Ok(Self { tag, status: Status(status), console_id, check: reader.rest().to_vec() })
    }
}
