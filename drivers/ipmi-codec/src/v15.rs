//! The IPMI 1.5 session wrapper (IPMI 2.0, section 13.6).
//!
//! A console needs it for commands before a session only, so nothing here computes an
//! authentication code; a received one is handed over as it is.

use crate::rmcp::{self, Class};
use crate::{DecodeError, Reader};

/// Authentication type byte that marks an RMCP+ frame instead.
pub(crate) const RMCP_PLUS: u8 = 0x06;

/// How an IPMI 1.5 frame is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthType {
    /// No authentication code.
    None,
    /// MD2.
    Md2,
    /// MD5.
    Md5,
    /// The password in clear text.
    Straight,
    /// Vendor-defined.
    Oem,
}

impl AuthType {
    /// The type a byte's low four bits name.
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeError> {
        Ok(match byte & 0x0F {
            0 => Self::None,
            1 => Self::Md2,
            2 => Self::Md5,
            4 => Self::Straight,
            5 => Self::Oem,
            _ => return Err(DecodeError::Value("authentication type")),
        })
    }

    /// The wire value.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Md2 => 1,
            Self::Md5 => 2,
            Self::Straight => 4,
            Self::Oem => 5,
        }
    }
}

/// An IPMI 1.5 frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// How it is authenticated.
    pub auth_type: AuthType,
    /// Session sequence number; 0 outside a session.
    pub sequence: u32,
    /// Session id; 0 outside a session.
    pub session_id: u32,
    /// The authentication code, exactly when `auth_type` is not [`AuthType::None`].
    pub auth_code: Option<[u8; 16]>,
    /// The IPMI message.
    pub payload: &'a [u8],
}

/// Does not print the authentication code: with [`AuthType::Straight`] it is the password.
impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("auth_type", &self.auth_type)
            .field("sequence", &self.sequence)
            .field("session_id", &self.session_id)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl<'a> Frame<'a> {
    /// A frame outside any session, unauthenticated.
    #[must_use]
    pub const fn sessionless(payload: &'a [u8]) -> Self {
        Self { auth_type: AuthType::None, sequence: 0, session_id: 0, auth_code: None, payload }
    }

    /// The whole datagram.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] if the payload is longer than 255 bytes.
    /// * [`DecodeError::AuthCode`] if an authenticated frame has no code.
    pub fn encode(&self) -> Result<Vec<u8>, DecodeError> {
        let len = u8::try_from(self.payload.len()).map_err(|_| DecodeError::Length("IPMI 1.5 payload"))?;
        let mut out = Vec::with_capacity(30 + self.payload.len());
        rmcp::encode(Class::Ipmi, &mut out);
        out.push(self.auth_type.byte());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.session_id.to_le_bytes());
        match (self.auth_type, self.auth_code) {
            (AuthType::None, _) => {}
            (_, Some(code)) => out.extend_from_slice(&code),
            (_, None) => return Err(DecodeError::AuthCode),
        }
        out.push(len);
        out.extend_from_slice(self.payload);
        Ok(out)
    }

    /// Reads what follows an RMCP header of class IPMI whose next byte is not `06`.
    ///
    /// * Bytes after the declared payload are ignored: some consoles pad the datagram.
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let auth_type = AuthType::from_byte(reader.u8("authentication type")?)?;
        let sequence = reader.u32("session sequence number")?;
        let session_id = reader.u32("session id")?;
        let auth_code = match auth_type {
            AuthType::None => None,
            AuthType::Md2 | AuthType::Md5 | AuthType::Straight | AuthType::Oem => {
                Some(reader.array("authentication code")?)
            }
        };
        let len = reader.u8("payload length")?;
        let payload = reader.take(usize::from(len), "payload")?;
        Ok(Self { auth_type, sequence, session_id, auth_code, payload })
    }
}
