//! The session table (DSP0266, "Sessions"): bounded, forgetful, and gone when the controller restarts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use subtle::ConstantTimeEq;

/// One login.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) created: Timestamp,
    pub(crate) client: IpAddr,
    token: String,
    last_used: Duration,
}

impl Session {
    /// The secret that goes into `X-Auth-Token`, once.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}

/// Who logged in, from where and when.
#[derive(Debug)]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) client: IpAddr,
    pub(crate) at: Timestamp,
}

/// All sessions of one controller.
#[derive(Debug)]
pub(crate) struct Sessions {
    table: BTreeMap<u64, Session>,
    next: u64,
    most: usize,
    pub(crate) idle: Duration,
    boots: u64,
}

impl Sessions {
    pub(crate) fn new(most: usize, idle: Duration) -> Self {
        Self { table: BTreeMap::new(), next: 1, most, idle, boots: 0 }
    }

    /// Drops what has expired; drops everything when the controller has been restarted since (`boots` counts that).
    pub(crate) fn sweep(&mut self, now: Duration, boots: u64) {
        if self.boots != boots {
            self.boots = boots;
            self.table.clear();
        }
        let idle = self.idle;
        self.table.retain(|_, session| now.saturating_sub(session.last_used) < idle);
    }

    /// Takes a slot; `None` when there is none.
    pub(crate) fn create(&mut self, login: &Login<'_>, now: Duration) -> Option<Session> {
        if self.table.len() >= self.most {
            return None;
        }
        let token: [u8; 24] = rand::random();
        let token = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let number = self.next;
        self.next += 1;
        let session = Session {
            id: number.to_string(),
            user: login.user.to_owned(),
            created: login.at,
            client: login.client,
            token,
            last_used: now,
        };
        self.table.insert(number, session.clone());
        Some(session)
    }

    /// The session of a token; using it keeps it alive.
    pub(crate) fn by_token(&mut self, token: &str, now: Duration) -> Option<&Session> {
        let session = self
            .table
            .values_mut()
            .find(|session| session.token.as_bytes().ct_eq(token.as_bytes()).into())?;
        session.last_used = now;
        Some(session)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Session> {
        self.table.values().find(|session| session.id == id)
    }

    pub(crate) fn delete(&mut self, id: &str) -> bool {
        let before = self.table.len();
        self.table.retain(|_, session| session.id != id);
        self.table.len() < before
    }

    /// Ends every session of a user.
    pub(crate) fn end(&mut self, user: &str) {
        self.table.retain(|_, session| session.user != user);
    }

    /// A user has another name; its sessions go on.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        for session in self.table.values_mut().filter(|session| session.user == from) {
            to.clone_into(&mut session.user);
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.table.values().map(|session| session.id.as_str())
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn login(user: &str) -> Login<'_> {
        Login { user, client: CLIENT, at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn the_table_is_bounded_and_a_deleted_slot_is_free_again() {
        let mut sessions = Sessions::new(2, Duration::from_secs(60));
        let first = sessions.create(&login("a"), Duration::ZERO).expect("slot");
        assert!(sessions.create(&login("b"), Duration::ZERO).is_some());
        assert!(sessions.create(&login("c"), Duration::ZERO).is_none());
        assert!(sessions.delete(&first.id));
        assert!(!sessions.delete(&first.id));
        assert!(sessions.by_token(first.token(), Duration::ZERO).is_none());
        assert!(sessions.create(&login("c"), Duration::ZERO).is_some());
    }

    #[test]
    fn idleness_and_a_controller_reset_end_sessions_and_use_keeps_them() {
        let mut sessions = Sessions::new(9, Duration::from_secs(60));
        let used = sessions.create(&login("a"), Duration::ZERO).expect("slot");
        let idle = sessions.create(&login("b"), Duration::ZERO).expect("slot");
        assert!(sessions.by_token(used.token(), Duration::from_secs(50)).is_some());
        sessions.sweep(Duration::from_secs(70), 0);
        assert!(sessions.get(&used.id).is_some());
        assert!(sessions.get(&idle.id).is_none());
        sessions.sweep(Duration::from_secs(71), 1);
        assert_eq!(sessions.len(), 0);
        assert!(!format!("{used:?}").contains(used.token()));
    }
}
