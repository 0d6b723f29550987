//! Command lines of network switches as data: what a prompt looks like, what a refusal says, which lines a change is,
//! and what a configuration's text means. No sockets, no clock; bytes and values in, values out.
//!
//! - [`Platform`]: one operating system, a table in a file of its own with the source of its words.
//! - [`Screen`]: what a switch has printed, and where it stands now ([`Look`]).
//! - [`render`]: a plan's steps as lines. [`parse`]: a configuration's text as values.

mod look;
pub mod parse;
mod platform;
mod render;
mod screen;

pub use look::{Look, Mode};
pub use platform::{Checkpoint, Commits, PLATFORMS, Platform, Prompts, Revert, Sessions, Style, platform};
pub use render::render;
pub use screen::{Overflow, Screen};
