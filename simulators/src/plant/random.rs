//! Random draws that depend on the seed, the device and the purpose alone.
//!
//! Each device has its own ChaCha stream, so adding a device changes no other, and a draw for a
//! purpose does not move the next one.
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator for one purpose of one device.
pub(super) fn stream(seed: u64, device: &str, purpose: &str) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(fnv(device) ^ fnv(purpose).rotate_left(32));
    rng
}

/// A value in `-1.0..=1.0` that depends on its arguments alone.
pub(super) fn wobble(seed: u64, device_stream: u64, sensor: u8, slot: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(device_stream ^ (u64::from(sensor) << 48));
    rng.set_word_pos(u128::from(slot) * 16);
    f64::from(rng.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// FNV-1a: stable over releases, unlike the standard library's hasher.
pub(super) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
