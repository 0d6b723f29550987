//! The keys a console derives, and the frames it seals and opens with them
//! (IPMI 2.0, sections 13.28.1 to 13.32).

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::DecodeError;
use crate::crypto::{self, AES_LEN};
use crate::handshake::UserName;
use crate::suite::{Authentication, CipherSuite, Confidentiality, Integrity};
use crate::v20::{Frame, Header, PayloadType};

/// Longest password of IPMI 2.0, in bytes.
pub const MAX_PASSWORD: usize = 20;

/// A 20-byte key: a password padded with zeros, or a BMC key (`K_g`).
///
/// * Wiped when dropped; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserKey(Zeroizing<[u8; MAX_PASSWORD]>);

impl UserKey {
    /// Takes at most 20 bytes.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] for a longer secret: cutting it off would log in with another password.
    pub fn new(secret: &[u8]) -> Result<Self, DecodeError> {
        let mut key = Zeroizing::new([0; MAX_PASSWORD]);
        key.get_mut(..secret.len()).ok_or(DecodeError::Length("password"))?.copy_from_slice(secret);
        Ok(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserKey(..)")
    }
}

/// What both sides said during the handshake: the input of every code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transcript {
    pub(crate) console_id: u32,
    pub(crate) bmc_id: u32,
    pub(crate) console_random: [u8; 16],
    pub(crate) bmc_random: [u8; 16],
    pub(crate) guid: [u8; 16],
    pub(crate) role: u8,
    pub(crate) user: UserName,
}

impl Transcript {
    /// The key exchange code of RAKP message 2.
    pub(crate) fn rakp2(&self, algorithm: Authentication, key: &UserKey) -> Zeroizing<Vec<u8>> {
        crypto::hmac(
            algorithm,
            key.as_bytes(),
            &[
                &self.console_id.to_le_bytes(),
                &self.bmc_id.to_le_bytes(),
                &self.console_random,
                &self.bmc_random,
                &self.guid,
                &[self.role, self.user.len_byte()],
                self.user.as_bytes(),
            ],
        )
    }

    /// The key exchange code of RAKP message 3.
    pub(crate) fn rakp3(&self, algorithm: Authentication, key: &UserKey) -> Zeroizing<Vec<u8>> {
        crypto::hmac(
            algorithm,
            key.as_bytes(),
            &[
                &self.bmc_random,
                &self.console_id.to_le_bytes(),
                &[self.role, self.user.len_byte()],
                self.user.as_bytes(),
            ],
        )
    }

    /// The session integrity key; `key` is `K_g` where the BMC has one, the user's key otherwise.
    pub(crate) fn session_key(&self, algorithm: Authentication, key: &UserKey) -> Zeroizing<Vec<u8>> {
        crypto::hmac(
            algorithm,
            key.as_bytes(),
            &[
                &self.console_random,
                &self.bmc_random,
                &[self.role, self.user.len_byte()],
                self.user.as_bytes(),
            ],
        )
    }

    /// The integrity check value of RAKP message 4.
    pub(crate) fn rakp4(&self, algorithm: Authentication, session_key: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut check = crypto::hmac(
            algorithm,
            session_key,
            &[&self.console_random, &self.bmc_id.to_le_bytes(), &self.guid],
        );
        check.truncate(algorithm.check_len());
        check
    }
}

/// The keys of an active session.
///
/// * Wiped when dropped; `Debug` prints the suite only.
pub struct SessionKeys {
    suite: CipherSuite,
    integrity: Zeroizing<Vec<u8>>,
    confidentiality: Zeroizing<[u8; AES_LEN]>,
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKeys").field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl SessionKeys {
    /// K1 and K2 from the session integrity key.
    ///
    /// * For [`Integrity::Md5_128`] packets are coded with the user's key itself.
    ///
    /// # Errors
    /// * [`DecodeError::Value`] for xRC4, which nobody should use, and for encryption without authentication.
    pub(crate) fn derive(
        suite: CipherSuite,
        session_key: &[u8],
        user: &UserKey,
    ) -> Result<Self, DecodeError> {
        let constant = |byte: u8| crypto::hmac(suite.authentication, session_key, &[&[byte; 20]]);
        let integrity = match suite.integrity {
            Integrity::Md5_128 => Zeroizing::new(user.as_bytes().get(..16).unwrap_or_default().to_vec()),
            Integrity::None | Integrity::HmacSha1_96 | Integrity::HmacMd5_128 | Integrity::HmacSha256_128 => {
                constant(1)
            }
        };
        let mut confidentiality = Zeroizing::new([0; AES_LEN]);
        match suite.confidentiality {
            Confidentiality::None => {}
            Confidentiality::AesCbc128 => {
                let mut k2 = constant(2);
                let key = k2.first_chunk().ok_or(DecodeError::Value("confidentiality algorithm"))?;
                *confidentiality = *key;
                k2.zeroize();
            }
            Confidentiality::Xrc4_128 | Confidentiality::Xrc4_40 => {
                return Err(DecodeError::Value("confidentiality algorithm"));
            }
        }
        Ok(Self { suite, integrity, confidentiality })
    }

    /// The suite in use.
    #[must_use]
    pub const fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// A whole datagram: `payload` encrypted and authenticated as the suite says.
    ///
    /// * `iv` must be unpredictable and new for every packet.
    ///
    /// # Errors
    /// * [`DecodeError::Length`] if the payload does not fit a frame.
    pub fn seal(
        &self,
        bmc_id: u32,
        sequence: u32,
        payload_type: PayloadType,
        payload: &[u8],
        iv: &[u8; AES_LEN],
    ) -> Result<Vec<u8>, DecodeError> {
        let header = Header {
            payload_type,
            encrypted: self.encrypts(),
            authenticated: self.authenticates(),
            session_id: bmc_id,
            sequence,
        };
        let code = |covered: &[u8]| crypto::packet_code(self.suite.integrity, &self.integrity, covered);
        if header.encrypted {
            Frame::encode(&header, &crypto::encrypt(&self.confidentiality, iv, payload), code)
        } else {
            Frame::encode(&header, payload, code)
        }
    }

    /// The plain payload of a received frame.
    ///
    /// * The code is compared in constant time, before anything is decrypted.
    ///
    /// # Errors
    /// * [`DecodeError::AuthCode`] if the frame is not protected as the suite says, or its code is wrong.
    /// * [`DecodeError::Padding`] if the authenticated payload is not properly encrypted.
    pub fn open(&self, frame: &Frame<'_>) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
        if frame.header.encrypted != self.encrypts() || frame.header.authenticated != self.authenticates() {
            return Err(DecodeError::AuthCode);
        }
        if let Some(trailer) = frame.trailer {
            let expected = crypto::packet_code(self.suite.integrity, &self.integrity, trailer.covered);
            let found = trailer.code.get(..expected.len()).ok_or(DecodeError::AuthCode)?;
            if !crypto::codes_match(&expected, found) {
                return Err(DecodeError::AuthCode);
            }
        }
        if frame.header.encrypted {
            crypto::decrypt(&self.confidentiality, frame.payload)
        } else {
            Ok(Zeroizing::new(frame.payload.to_vec()))
        }
    }

    fn encrypts(&self) -> bool {
        self.suite.confidentiality != Confidentiality::None
    }

    fn authenticates(&self) -> bool {
        self.suite.integrity != Integrity::None
    }
}
