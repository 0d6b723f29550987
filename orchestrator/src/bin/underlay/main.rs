//! The `underlay` command.
fn main() {}
