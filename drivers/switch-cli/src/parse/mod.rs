//! Text of switches as values. Nothing here fails: what cannot be read is left out.

mod config;
mod macs;
mod neighbors;
mod statements;
mod status;
mod version;

pub use config::running;
pub use macs::{Address, macs, macs_by_name};
pub use neighbors::neighbors;
pub use status::{Status, status};
pub use version::{Version, version};

use underlay_hal::MacAddress;

use crate::Platform;

/// The long name of a port: switches print the short one where there is little room.
#[must_use]
pub fn long_name(platform: &Platform, name: &str) -> String {
    let name = name.trim();
    let digit = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (word, number) = name.split_at(digit);
    let long = platform.short_names.iter().find(|(short, long)| word == *short || word == *long);
    long.map_or_else(|| name.to_owned(), |(_, long)| format!("{long}{number}"))
}

/// `0011.2233.4455`, `00:11:22:33:44:55`, `0011-2233-4455`.
fn address(text: &str) -> Option<MacAddress> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | ':' | '-')).collect();
    if digits.len() != 12 || !digits.is_ascii() || text.len() < 14 {
        return None;
    }
    let mut octets = [0; 6];
    for (at, octet) in octets.iter_mut().enumerate() {
        *octet = u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(MacAddress(octets))
}
