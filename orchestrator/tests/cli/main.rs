//! The `underlay` binary as a person or a program meets it: its output, its exit codes, its refusals.
//!
//! The machines run in the test's own process, so that what really happened to them can be read; the binary is a
//! process of its own and reaches them over sockets. Nothing it prints may hold a password: the laboratory looks
//! through every output of every test.

#![cfg(all(feature = "cli", feature = "sim"))]

mod account;
mod bios;
mod failures;
mod images;
mod input;
mod lab;
mod look;
mod manager;
mod network;
mod pdu;
mod power;
mod raid;
mod runs;
mod secrets;
mod secure_boot;
mod simulator;
mod switch;
mod watch;
