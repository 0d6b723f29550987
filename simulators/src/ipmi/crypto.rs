//! Keys and codes from the controller's side.
//!
//! Written apart from the console's in `underlay-ipmi-codec`, from the specification (IPMI 2.0,
//! sections 13.20 to 13.32): two ends that share a derivation would share its mistakes.
use aes::Aes128;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The cipher suites this controller knows. Whole suites, never a mix of their parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    /// HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    Three,
    /// HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    Seventeen,
}

impl Suite {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Three => 3,
            Self::Seventeen => 17,
        }
    }

    /// The suite's record in Get Channel Cipher Suites (section 22.15.1).
    pub(super) fn record(self) -> [u8; 5] {
        match self {
            Self::Three => [0xC0, 3, 0x01, 0x41, 0x81],
            Self::Seventeen => [0xC0, 17, 0x03, 0x44, 0x81],
        }
    }

    pub(super) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Three => digest::<Hmac<Sha1>>(key, parts),
            Self::Seventeen => digest::<Hmac<Sha256>>(key, parts),
        }
    }

    /// Bytes of the check value in RAKP message 4.
    fn check_length(self) -> usize {
        match self {
            Self::Three => 12,
            Self::Seventeen => 16,
        }
    }

    /// Bytes of the code at the end of each packet.
    fn code_length(self) -> usize {
        match self {
            Self::Three => 12,
            Self::Seventeen => 16,
        }
    }
}

fn digest<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // Any length of key is allowed; an empty code equals no other.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

pub(super) fn same(expected: &[u8], found: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(found))
}

/// What both ends said before the keys, in the form it is hashed.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) suite: Suite,
    pub(super) console_id: u32,
    pub(super) bmc_id: u32,
    pub(super) console_random: [u8; 16],
    pub(super) bmc_random: [u8; 16],
    pub(super) guid: [u8; 16],
    pub(super) role: u8,
    pub(super) name: Vec<u8>,
}

impl Talk {
    /// Role byte, length of the name, name.
    fn who(&self) -> Vec<u8> {
        let mut who = vec![self.role, u8::try_from(self.name.len()).unwrap_or(u8::MAX)];
        who.extend_from_slice(&self.name);
        who
    }

    /// The code in RAKP message 2.
    pub(super) fn second(&self, password: &[u8; 20]) -> Vec<u8> {
        let (console, bmc) = (self.console_id.to_le_bytes(), self.bmc_id.to_le_bytes());
        let parts: [&[u8]; 6] =
            [&console, &bmc, &self.console_random, &self.bmc_random, &self.guid, &self.who()];
        self.suite.hmac(password, &parts)
    }

    /// The code that RAKP message 3 must carry.
    pub(super) fn third(&self, password: &[u8; 20]) -> Vec<u8> {
        let parts: [&[u8]; 3] = [&self.bmc_random, &self.console_id.to_le_bytes(), &self.who()];
        self.suite.hmac(password, &parts)
    }

    /// The session integrity key. There is no K_g here: the password takes its place.
    pub(super) fn session_key(&self, password: &[u8; 20]) -> Vec<u8> {
        self.suite.hmac(password, &[&self.console_random, &self.bmc_random, &self.who()])
    }

    /// The check value in RAKP message 4.
    pub(super) fn fourth(&self, session_key: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 3] = [&self.console_random, &self.bmc_id.to_le_bytes(), &self.guid];
        let mut code = self.suite.hmac(session_key, &parts);
        code.truncate(self.suite.check_length());
        code
    }
}

/// A session's keys.
#[derive(Clone)]
pub(super) struct Keys {
    suite: Suite,
    integrity: Vec<u8>,
    cipher: [u8; 16],
}

impl Keys {
    pub(super) fn new(suite: Suite, session_key: &[u8]) -> Self {
        let integrity = suite.hmac(session_key, &[&[0x01; 20]]);
        let second = suite.hmac(session_key, &[&[0x02; 20]]);
        let mut cipher = [0_u8; 16];
        for (to, from) in cipher.iter_mut().zip(second) {
            *to = from;
        }
        Self { suite, integrity, cipher }
    }

    /// The code at the end of a packet.
    pub(super) fn code(&self, covered: &[u8]) -> Vec<u8> {
        let mut code = self.suite.hmac(&self.integrity, &[covered]);
        code.truncate(self.suite.code_length());
        code
    }

    pub(super) fn is_authentic(&self, covered: &[u8], code: &[u8]) -> bool {
        let expected = self.code(covered);
        code.get(..expected.len()).is_some_and(|code| same(&expected, code))
    }

    /// Initialisation vector, then the message with padding 1, 2, 3, … and the padding's length.
    pub(super) fn encrypt(&self, message: &[u8], vector: [u8; 16]) -> Vec<u8> {
        let mut text = message.to_vec();
        let padding = (16 - (text.len() + 1) % 16) % 16;
        text.extend((1_u8..).take(padding));
        text.push(u8::try_from(padding).unwrap_or(0));
        let mut out = vector.to_vec();
        let mut mode = cbc::Encryptor::<Aes128>::new(&self.cipher.into(), &vector.into());
        for block in text.chunks_exact(16) {
            let Ok(block) = <[u8; 16]>::try_from(block) else { continue };
            let mut block = block.into();
            mode.encrypt_block(&mut block);
            out.extend_from_slice(&block);
        }
        out
    }

    /// The message, or `None` if length or padding are wrong.
    pub(super) fn decrypt(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let (vector, text) = payload.split_at_checked(16)?;
        if text.is_empty() || text.len() % 16 != 0 {
            return None;
        }
        let vector = <[u8; 16]>::try_from(vector).ok()?;
        let mut mode = cbc::Decryptor::<Aes128>::new(&self.cipher.into(), &vector.into());
        let mut out = Vec::with_capacity(text.len());
        for block in text.chunks_exact(16) {
            let mut block = <[u8; 16]>::try_from(block).ok()?.into();
            mode.decrypt_block(&mut block);
            out.extend_from_slice(&block);
        }
        let padding = usize::from(out.pop()?);
        let keep = out.len().checked_sub(padding)?;
        let good = out.get(keep..)?.iter().zip(1_u8..).all(|(found, expected)| *found == expected);
        (padding < 16 && good).then(|| {
            out.truncate(keep);
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_can_be_read_and_damage_is_noticed() {
        let keys = Keys::new(Suite::Three, b"some session integrity key");
        for length in 0..40 {
            let message = vec![0xA5; length];
            let sealed = keys.encrypt(&message, [7; 16]);
            assert_eq!(sealed.len() % 16, 0);
            assert_eq!(keys.decrypt(&sealed), Some(message));
            assert_eq!(keys.decrypt(&sealed[..sealed.len() - 1]), None);
        }
        let other = Keys::new(Suite::Three, b"another session integrity key");
        assert_eq!(other.decrypt(&keys.encrypt(&[1, 2, 3], [7; 16])), None);
    }

    #[test]
    fn a_code_fits_its_packet_and_key_alone() {
        for suite in [Suite::Three, Suite::Seventeen] {
            let keys = Keys::new(suite, b"key");
            let code = keys.code(b"packet");
            assert!(keys.is_authentic(b"packet", &code));
            assert!(!keys.is_authentic(b"Packet", &code));
            assert!(!keys.is_authentic(b"packet", &code[..code.len() - 1]));
            assert!(!keys.is_authentic(b"packet", &[]));
            assert!(!Keys::new(suite, b"yek").is_authentic(b"packet", &code));
        }
    }
}
