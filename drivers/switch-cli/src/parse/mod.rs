//! Text of switches as values. Nothing here fails: what cannot be read is left out.

mod config;
mod macs;
mod status;
mod version;

pub use config::running;
pub use macs::{Address, macs};
pub use status::{Status, status};
pub use version::{Version, version};

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
