//! Algorithms and cipher suites (IPMI 2.0, sections 13.28 and 22.15.2).

use std::fmt;

use crate::{DecodeError, Reader};

/// How the two sides prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// RAKP-none: no proof.
    None,
    /// RAKP-HMAC-SHA1.
    HmacSha1,
    /// RAKP-HMAC-MD5.
    HmacMd5,
    /// RAKP-HMAC-SHA256.
    HmacSha256,
}

/// How packets are protected against change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Integrity {
    /// Not.
    None,
    /// HMAC-SHA1-96.
    HmacSha1_96,
    /// HMAC-MD5-128.
    HmacMd5_128,
    /// MD5-128.
    Md5_128,
    /// HMAC-SHA256-128.
    HmacSha256_128,
}

/// How payloads are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidentiality {
    /// Not.
    None,
    /// AES-CBC-128.
    AesCbc128,
    /// xRC4-128.
    Xrc4_128,
    /// xRC4-40.
    Xrc4_40,
}

impl Authentication {
    /// The wire value.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::HmacSha1 => 1,
            Self::HmacMd5 => 2,
            Self::HmacSha256 => 3,
        }
    }

    /// The algorithm with that number.
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeError> {
        Ok(match byte & 0x3F {
            0 => Self::None,
            1 => Self::HmacSha1,
            2 => Self::HmacMd5,
            3 => Self::HmacSha256,
            _ => return Err(DecodeError::Value("authentication algorithm")),
        })
    }

    /// Bytes in a key exchange code (RAKP messages 2 and 3).
    #[must_use]
    pub const fn code_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1 => 20,
            Self::HmacMd5 => 16,
            Self::HmacSha256 => 32,
        }
    }

    /// Bytes in the integrity check value of RAKP message 4.
    #[must_use]
    pub const fn check_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1 => 12,
            Self::HmacMd5 | Self::HmacSha256 => 16,
        }
    }
}

impl Integrity {
    /// The wire value.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::HmacSha1_96 => 1,
            Self::HmacMd5_128 => 2,
            Self::Md5_128 => 3,
            Self::HmacSha256_128 => 4,
        }
    }

    /// The algorithm with that number.
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeError> {
        Ok(match byte & 0x3F {
            0 => Self::None,
            1 => Self::HmacSha1_96,
            2 => Self::HmacMd5_128,
            3 => Self::Md5_128,
            4 => Self::HmacSha256_128,
            _ => return Err(DecodeError::Value("integrity algorithm")),
        })
    }

    /// Bytes in a packet's authentication code.
    #[must_use]
    pub const fn code_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1_96 => 12,
            Self::HmacMd5_128 | Self::Md5_128 | Self::HmacSha256_128 => 16,
        }
    }
}

impl Confidentiality {
    /// The wire value.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::AesCbc128 => 1,
            Self::Xrc4_128 => 2,
            Self::Xrc4_40 => 3,
        }
    }

    /// The algorithm with that number.
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeError> {
        Ok(match byte & 0x3F {
            0 => Self::None,
            1 => Self::AesCbc128,
            2 => Self::Xrc4_128,
            3 => Self::Xrc4_40,
            _ => return Err(DecodeError::Value("confidentiality algorithm")),
        })
    }
}

/// A cipher suite: three algorithms that belong together.
///
/// A BMC accepts whole suites, not three independent choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CipherSuite {
    /// How the sides prove who they are.
    pub authentication: Authentication,
    /// How packets are protected.
    pub integrity: Integrity,
    /// How payloads are hidden.
    pub confidentiality: Confidentiality,
}

macro_rules! suites { ($($id:literal $auth:ident $int:ident $conf:ident;)+) => {
    /// Every standard suite with its id.
    const TABLE: &[(u8, CipherSuite)] = &[$(($id, CipherSuite {
        authentication: Authentication::$auth, integrity: Integrity::$int, confidentiality: Confidentiality::$conf,
    }),)+];
}}
suites! {
    0 None None None;
    1 HmacSha1 None None;
    2 HmacSha1 HmacSha1_96 None;
    3 HmacSha1 HmacSha1_96 AesCbc128;
    4 HmacSha1 HmacSha1_96 Xrc4_128;
    5 HmacSha1 HmacSha1_96 Xrc4_40;
    6 HmacMd5 None None;
    7 HmacMd5 HmacMd5_128 None;
    8 HmacMd5 HmacMd5_128 AesCbc128;
    9 HmacMd5 HmacMd5_128 Xrc4_128;
    10 HmacMd5 HmacMd5_128 Xrc4_40;
    11 HmacMd5 Md5_128 None;
    12 HmacMd5 Md5_128 AesCbc128;
    13 HmacMd5 Md5_128 Xrc4_128;
    14 HmacMd5 Md5_128 Xrc4_40;
    15 HmacSha256 None None;
    16 HmacSha256 HmacSha256_128 None;
    17 HmacSha256 HmacSha256_128 AesCbc128;
    18 HmacSha256 HmacSha256_128 Xrc4_128;
    19 HmacSha256 HmacSha256_128 Xrc4_40;
}

impl CipherSuite {
    /// Suite 2: SHA1, packets protected, payloads in clear text. For captures only.
    pub const SUITE_2: Self = Self {
        authentication: Authentication::HmacSha1,
        integrity: Integrity::HmacSha1_96,
        confidentiality: Confidentiality::None,
    };
    /// Suite 3: SHA1 and AES; what nearly every BMC takes.
    pub const SUITE_3: Self = Self { confidentiality: Confidentiality::AesCbc128, ..Self::SUITE_2 };
    /// Suite 17: SHA256 and AES; what new BMCs ask for.
    pub const SUITE_17: Self = Self {
        authentication: Authentication::HmacSha256,
        integrity: Integrity::HmacSha256_128,
        confidentiality: Confidentiality::AesCbc128,
    };

    /// The standard suite with that id, 0 to 19.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        TABLE.iter().find(|(known, _)| *known == id).map(|(_, suite)| *suite)
    }

    /// The id of this combination, if it is a standard one.
    #[must_use]
    pub fn id(self) -> Option<u8> {
        TABLE.iter().find(|(_, suite)| *suite == self).map(|(id, _)| *id)
    }

    /// The three algorithm blocks of the Open Session messages, 24 bytes.
    pub fn encode_blocks(self, out: &mut Vec<u8>) {
        let algorithms = [self.authentication.byte(), self.integrity.byte(), self.confidentiality.byte()];
        for (kind, algorithm) in (0u8..).zip(algorithms) {
            out.extend_from_slice(&[kind, 0, 0, BLOCK_LEN, algorithm, 0, 0, 0]);
        }
    }

    /// Reads the three algorithm blocks.
    ///
    /// * A block of the wrong kind or length, and an unknown algorithm, is [`DecodeError::Value`].
    /// * A block of length 0 ("wildcard") reads as algorithm number 0.
    pub fn decode_blocks(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut block = |kind: u8| -> Result<u8, DecodeError> {
            let [found, _, _, len, algorithm, ..] = reader.array::<8>("algorithm block")?;
            match len {
                _ if found != kind => Err(DecodeError::Value("algorithm block type")),
                BLOCK_LEN => Ok(algorithm),
                0 => Ok(0),
                _ => Err(DecodeError::Value("algorithm block length")),
            }
        };
        Ok(Self {
            authentication: Authentication::from_byte(block(0)?)?,
            integrity: Integrity::from_byte(block(1)?)?,
            confidentiality: Confidentiality::from_byte(block(2)?)?,
        })
    }
}

const BLOCK_LEN: u8 = 8;

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(f, "cipher suite {id}"),
            None => write!(
                f,
                "algorithms {}/{}/{}",
                self.authentication.byte(),
                self.integrity.byte(),
                self.confidentiality.byte()
            ),
        }
    }
}
