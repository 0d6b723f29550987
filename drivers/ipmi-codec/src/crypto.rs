//! Primitives: HMAC, AES-CBC payloads, constant-time comparison.

use aes::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::DecodeError;
use crate::suite::{Authentication, Integrity};

/// Bytes in an AES block, key and initialisation vector.
pub const AES_LEN: usize = 16;

/// The HMAC of `parts` in order, whole; empty for [`Authentication::None`].
#[must_use]
pub fn hmac(algorithm: Authentication, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match algorithm {
        Authentication::None => Vec::new(),
        Authentication::HmacSha1 => mac::<Hmac<Sha1>>(key, parts),
        Authentication::HmacMd5 => mac::<Hmac<Md5>>(key, parts),
        Authentication::HmacSha256 => mac::<Hmac<Sha256>>(key, parts),
    })
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes a key of any length, so this never fails; an empty code matches nothing.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The authentication code of a packet, truncated as the algorithm says; empty for [`Integrity::None`].
///
/// * [`Integrity::Md5_128`] is MD5 over password, data, password: `key` is the password there.
#[must_use]
pub fn packet_code(algorithm: Integrity, key: &[u8], covered: &[u8]) -> Vec<u8> {
    let mut code = match algorithm {
        Integrity::None => Vec::new(),
        Integrity::HmacSha1_96 => mac::<Hmac<Sha1>>(key, &[covered]),
        Integrity::HmacMd5_128 => mac::<Hmac<Md5>>(key, &[covered]),
        Integrity::HmacSha256_128 => mac::<Hmac<Sha256>>(key, &[covered]),
        Integrity::Md5_128 => {
            Md5::new().chain_update(key).chain_update(covered).chain_update(key).finalize().to_vec()
        }
    };
    code.truncate(algorithm.code_len());
    code
}

/// Whether two codes are equal, in time that does not depend on where they differ.
///
/// * Empty codes are never equal: an absent code proves nothing.
#[must_use]
pub fn codes_match(expected: &[u8], found: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(found))
}

/// An AES-CBC-128 payload: initialisation vector, then the encrypted data and padding.
///
/// * Padding is `01 02 03 …` and its length, up to a whole block.
/// * `iv` must be unpredictable and new for every packet.
#[must_use]
pub fn encrypt(key: &[u8; AES_LEN], iv: &[u8; AES_LEN], plain: &[u8]) -> Vec<u8> {
    let pad = (AES_LEN - (plain.len() + 1) % AES_LEN) % AES_LEN;
    let mut out = Vec::with_capacity(AES_LEN + plain.len() + pad + 1);
    out.extend_from_slice(iv);
    out.extend_from_slice(plain);
    // `pad` is below 16, so the conversions cannot lose anything.
    let pad = u8::try_from(pad).unwrap_or_default();
    out.extend(1..=pad);
    out.push(pad);
    let mut cipher = cbc::Encryptor::<aes::Aes128>::new(key.into(), iv.into());
    for chunk in out.chunks_exact_mut(AES_LEN).skip(1) {
        if let Ok(block) = <&mut Block<aes::Aes128>>::try_from(chunk) {
            cipher.encrypt_block(block);
        }
    }
    out
}

/// The plain text of an AES-CBC-128 payload.
///
/// * Check the packet's authentication code first: this one does not tell forged data from real.
///
/// # Errors
/// * [`DecodeError::Padding`] unless the data is a vector, whole blocks, and valid padding.
pub fn decrypt(key: &[u8; AES_LEN], payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
    let (iv, data) = payload.split_first_chunk::<AES_LEN>().ok_or(DecodeError::Padding)?;
    if data.is_empty() || data.len() % AES_LEN != 0 {
        return Err(DecodeError::Padding);
    }
    let mut plain = Zeroizing::new(data.to_vec());
    let mut cipher = cbc::Decryptor::<aes::Aes128>::new(key.into(), iv.into());
    for chunk in plain.chunks_exact_mut(AES_LEN) {
        if let Ok(block) = <&mut Block<aes::Aes128>>::try_from(chunk) {
            cipher.decrypt_block(block);
        }
    }
    let (pad, body) = plain.split_last().ok_or(DecodeError::Padding)?;
    let keep = body.len().checked_sub(usize::from(*pad)).ok_or(DecodeError::Padding)?;
    let padding = body.get(keep..).unwrap_or_default();
    if usize::from(*pad) > AES_LEN || !padding.iter().copied().eq(1..=*pad) {
        return Err(DecodeError::Padding);
    }
    plain.truncate(keep);
    Ok(plain)
}
