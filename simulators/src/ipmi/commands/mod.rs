//! What the controller does with each command.
mod app;
mod boot;
mod chassis;
mod sensor;
mod storage;
mod transport;

use std::{net::SocketAddr, time::Duration};

use underlay_ipmi_codec::{Completion, NetFn, Privilege};

use super::{crypto::Suite, discrete::Discrete, session::Session};
use crate::plant::{Refusal, Server};

pub(super) use boot::BootParameters;
pub(super) use storage::{Reservations, Stores};

/// A command's answer: data after the completion code, or a completion code alone.
pub(super) type Answer = Result<Vec<u8>, Completion>;

/// What a command works on.
pub(super) struct Desk<'a> {
    pub(super) server: &'a Server,
    pub(super) suites: &'a [Suite],
    pub(super) guid: [u8; 16],
    pub(super) stores: &'a Stores,
    pub(super) discrete: &'a [Discrete],
    pub(super) reservations: &'a mut Reservations,
    pub(super) boot: &'a mut BootParameters,
    pub(super) address: SocketAddr,
    pub(super) open_sessions: usize,
    pub(super) uptime: Duration,
    /// Absent for the few commands that need none.
    pub(super) session: Option<&'a mut Session>,
    /// Set when the session is to end after the answer.
    pub(super) close: &'a mut Option<u32>,
}

/// Runs a command.
///
/// - Unknown: C1. Below its level: D4.
pub(super) fn run(desk: &mut Desk<'_>, net_fn: NetFn, command: u8, data: &[u8]) -> Answer {
    let level = desk.session.as_ref().map(|session| session.level);
    let Some(needed) = needed(net_fn, command) else { return Err(Completion::INVALID_COMMAND) };
    match (needed, level) {
        (Needed::Nothing, _) => {}
        (Needed::Level(needed), Some(level)) if level >= needed => {}
        (Needed::Level(_), _) => return Err(Completion::INSUFFICIENT_PRIVILEGE),
    }
    match net_fn {
        NetFn::CHASSIS => chassis::run(desk, command, data),
        NetFn::SENSOR => sensor::run(desk, command, data),
        NetFn::APP => app::run(desk, command, data),
        NetFn::STORAGE => storage::run(desk, command, data),
        NetFn::TRANSPORT => transport::run(desk, command, data),
        _ => Err(Completion::INVALID_COMMAND),
    }
}

/// What a command demands of whoever sends it.
enum Needed {
    /// Not even a session.
    Nothing,
    /// A session at this level.
    Level(Privilege),
}

/// The level of each command that is known (IPMI 2.0, appendix G).
fn needed(net_fn: NetFn, command: u8) -> Option<Needed> {
    use Privilege::{Administrator, Operator, User};
    let level = match (net_fn, command) {
        (NetFn::APP, 0x38 | 0x54) => return Some(Needed::Nothing),
        (NetFn::APP, 0x08 | 0x37) => return Some(Needed::Nothing),
        (NetFn::CHASSIS, 0x00 | 0x01 | 0x07 | 0x0F) => User,
        (NetFn::CHASSIS, 0x02 | 0x04 | 0x06 | 0x08 | 0x09) => Operator,
        (NetFn::SENSOR, 0x02) => Operator,
        (NetFn::SENSOR, 0x25 | 0x27 | 0x2D) => User,
        (NetFn::APP, 0x01 | 0x04 | 0x3B | 0x42 | 0x59) => User,
        (NetFn::APP, 0x3C) => User,
        (NetFn::APP, 0x02 | 0x03) => Administrator,
        (NetFn::APP, 0x41) => User,
        (NetFn::APP, 0x44 | 0x46) => Operator,
        (NetFn::STORAGE, 0x10 | 0x11 | 0x20 | 0x22 | 0x23 | 0x40 | 0x42 | 0x43 | 0x48) => User,
        (NetFn::STORAGE, 0x44 | 0x46 | 0x47 | 0x49) => Operator,
        (NetFn::TRANSPORT, 0x02 | 0x22) => Operator,
        _ => return None,
    };
    Some(Needed::Level(level))
}

/// A refusal of the plant as a completion code.
fn refused(refusal: Refusal) -> Completion {
    match refusal {
        Refusal::HostOff => Completion::WRONG_STATE,
        Refusal::InTransition => Completion::NODE_BUSY,
        Refusal::BmcDown => Completion::INITIALISING,
        Refusal::NotFound => Completion::NOT_PRESENT,
        Refusal::Invalid | Refusal::Denied | Refusal::Conflict => Completion::OUT_OF_RANGE,
    }
}

/// The leading bytes of a request.
fn fields<const N: usize>(data: &[u8]) -> Result<[u8; N], Completion> {
    let found = data.get(..N).and_then(|found| found.try_into().ok());
    found.ok_or(Completion::LENGTH_INVALID)
}
