//! Sessions: slots, sequence windows, idle time, and answers kept for repeated requests.
use std::{collections::VecDeque, time::Duration};

use underlay_ipmi_codec::Privilege;

use super::crypto::Keys;

/// Answers kept for requests that are repeated under a new session sequence number.
const KEPT: usize = 4;

/// How long such an answer is good.
const REPEAT: Duration = Duration::from_secs(5);

/// A proved login.
pub(super) struct NewSession {
    pub(super) bmc_id: u32,
    pub(super) console_id: u32,
    pub(super) keys: Keys,
    pub(super) user: String,
    pub(super) limit: Privilege,
}

/// An open session.
pub(super) struct Session {
    pub(super) bmc_id: u32,
    pub(super) console_id: u32,
    pub(super) keys: Keys,
    pub(super) user: String,
    /// Highest level it may be raised to.
    pub(super) limit: Privilege,
    /// Its level now. It starts at user, whatever was asked for.
    pub(super) level: Privilege,
    pub(super) last_used: Duration,
    outgoing: u32,
    window: Window,
    kept: VecDeque<Kept>,
}

struct Kept {
    request: Vec<u8>,
    answer: Vec<u8>,
    at: Duration,
}

impl Session {
    pub(super) fn next_sequence(&mut self) -> u32 {
        self.outgoing = self.outgoing.wrapping_add(1).max(1);
        self.outgoing
    }

    /// Judges an incoming session sequence number.
    pub(super) fn accept(&mut self, sequence: u32) -> Arrival {
        self.window.accept(sequence)
    }

    /// The answer already given to these very bytes. Without `fresh`, a repeat of any age is served.
    pub(super) fn kept(&self, request: &[u8], now: Duration, arrival: Arrival) -> Option<Vec<u8>> {
        let young = |kept: &&Kept| arrival == Arrival::Repeated || now.saturating_sub(kept.at) < REPEAT;
        self.kept.iter().filter(young).find(|kept| kept.request == request).map(|kept| kept.answer.clone())
    }

    pub(super) fn keep(&mut self, request: &[u8], answer: &[u8], now: Duration) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept { request: request.to_vec(), answer: answer.to_vec(), at: now });
    }
}

/// What a session sequence number says about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Not seen before.
    New,
    /// Seen before: the network doubled it, or the console sent the same bytes again.
    Repeated,
    /// Outside the window.
    Stray,
}

/// The numbers that are acceptable: 16 behind the highest seen, to 15 ahead (IPMI 2.0, section 6.12.13).
#[derive(Debug, Default)]
struct Window {
    highest: u32,
    /// Bit n: `highest - n` was seen.
    seen: u32,
}

impl Window {
    fn accept(&mut self, sequence: u32) -> Arrival {
        if sequence == 0 {
            return Arrival::Stray;
        }
        let ahead = sequence.wrapping_sub(self.highest);
        if (1..=15).contains(&ahead) {
            self.seen = self.seen << ahead | 1;
            self.highest = sequence;
            return Arrival::New;
        }
        let behind = self.highest.wrapping_sub(sequence);
        if behind > 16 {
            return Arrival::Stray;
        }
        let bit = 1_u32 << behind;
        let arrival = if self.seen & bit == 0 { Arrival::New } else { Arrival::Repeated };
        self.seen |= bit;
        arrival
    }
}

/// All sessions of a controller.
pub(super) struct Sessions {
    open: Vec<Session>,
    slots: usize,
    idle: Duration,
    counter: u32,
}

impl Sessions {
    pub(super) fn new(slots: usize, idle: Duration, start: u32) -> Self {
        Self { open: Vec::new(), slots, idle, counter: start & 0x7FFF_FFFF }
    }

    /// An id that was not used lately and is never 0.
    pub(super) fn new_id(&mut self) -> u32 {
        self.counter = self.counter.wrapping_add(1).max(1);
        // Spread, so that a wrong id is unlikely to be somebody else's.
        self.counter.wrapping_mul(0x9E37_79B1).max(1)
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= self.slots
    }

    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    pub(super) fn add(&mut self, new: NewSession, now: Duration) -> bool {
        if self.is_full() {
            return false;
        }
        self.open.push(Session {
            bmc_id: new.bmc_id,
            console_id: new.console_id,
            keys: new.keys,
            user: new.user,
            limit: new.limit,
            level: new.limit.min(Privilege::User),
            last_used: now,
            outgoing: 0,
            window: Window::default(),
            kept: VecDeque::new(),
        });
        true
    }

    pub(super) fn get(&mut self, bmc_id: u32) -> Option<&mut Session> {
        self.open.iter_mut().find(|session| session.bmc_id == bmc_id)
    }

    pub(super) fn close(&mut self, bmc_id: u32) -> bool {
        let before = self.open.len();
        self.open.retain(|session| session.bmc_id != bmc_id);
        self.open.len() != before
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Ends sessions that were idle too long.
    pub(super) fn expire(&mut self, now: Duration) {
        let idle = self.idle;
        self.open.retain(|session| now.saturating_sub(session.last_used) < idle);
    }

    /// Time until the next one would end.
    pub(super) fn next_expiry(&self, now: Duration) -> Option<Duration> {
        let left = |session: &Session| (session.last_used + self.idle).saturating_sub(now);
        self.open.iter().map(left).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_sixteen_behind_and_fifteen_ahead() {
        let mut window = Window::default();
        assert_eq!(window.accept(0), Arrival::Stray);
        assert_eq!(window.accept(7), Arrival::New, "consoles do not all start at 1");
        assert_eq!(window.accept(7), Arrival::Repeated);
        assert_eq!(window.accept(5), Arrival::New);
        assert_eq!(window.accept(5), Arrival::Repeated);
        assert_eq!(window.accept(22), Arrival::New);
        assert_eq!(window.accept(38), Arrival::Stray);
        assert_eq!(window.accept(37), Arrival::New);
        assert_eq!(window.accept(21), Arrival::New);
        assert_eq!(window.accept(20), Arrival::Stray);
    }

    #[test]
    fn slots_and_idle_time_are_limits() {
        let mut sessions = Sessions::new(2, Duration::from_secs(60), 1);
        let add = |sessions: &mut Sessions, at: u64| {
            let bmc_id = sessions.new_id();
            let keys = Keys::new(super::super::crypto::Suite::Three, b"key");
            let new = NewSession {
                bmc_id,
                console_id: 1,
                keys,
                user: String::new(),
                limit: Privilege::Administrator,
            };
            sessions.add(new, Duration::from_secs(at))
        };
        assert!(add(&mut sessions, 0) && add(&mut sessions, 30));
        assert!(!add(&mut sessions, 31));
        sessions.expire(Duration::from_secs(59));
        assert_eq!(sessions.count(), 2);
        sessions.expire(Duration::from_secs(60));
        assert_eq!(sessions.count(), 1);
        assert!(add(&mut sessions, 61));
    }
}
