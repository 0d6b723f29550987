//! The controller's half of the RMCP+ handshake (IPMI 2.0, sections 13.17 to 13.24).
use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use secrecy::ExposeSecret;
use underlay_ipmi_codec::{
    Privilege, Status,
    handshake::{MAX_USER_NAME, OpenRequest, OpenResponse, Rakp1, Rakp2, Rakp3, Rakp4},
    suite::CipherSuite,
};

use super::{
    crypto::{Keys, Suite, Talk, same},
    session::{NewSession, Sessions},
};
use crate::plant::{AccountSecret, AccountView, Origin, Role, Server};

/// Handshakes remembered at once; the oldest is forgotten for a new one.
const PENDING: usize = 64;

/// How long one is remembered.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a console may take for its proof. One that goes away instead most likely found our code
/// wrong, as ipmitool does with a wrong password, so that counts as a failed login.
const PROOF: Duration = Duration::from_secs(5);

/// Bits of the role byte that hold the level; the one above asks for look-up by name alone.
const LEVEL: u8 = 0x0F;

/// Handshakes that have begun, each known by address and controller's session id: consoles share
/// tags and even session ids of their own.
#[derive(Debug, Default)]
pub(super) struct Logins {
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
struct Pending {
    from: SocketAddr,
    since: Duration,
    console_id: u32,
    bmc_id: u32,
    suite: Suite,
    limit: Privilege,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Opened,
    /// RAKP message 2 was sent; a repeated message 1 gets the same answer.
    Challenged {
        talk: Box<Talk>,
        user: String,
        level: Privilege,
        answer: Rakp2,
    },
    /// It ended; a repeated message 3 gets the same answer and counts once.
    Ended(Rakp4),
    /// Too late.
    Forgotten,
}

/// What the handshake needs of its controller.
pub(super) struct Desk<'a> {
    pub(super) server: &'a Server,
    pub(super) sessions: &'a mut Sessions,
    pub(super) suites: &'a [Suite],
    pub(super) guid: [u8; 16],
    pub(super) random: &'a mut dyn FnMut() -> [u8; 16],
    pub(super) now: Duration,
    pub(super) from: SocketAddr,
}

pub(super) fn suite_of(triple: CipherSuite) -> Option<Suite> {
    match triple {
        CipherSuite::SUITE_3 => Some(Suite::Three),
        CipherSuite::SUITE_17 => Some(Suite::Seventeen),
        _ => None,
    }
}

/// The highest level an account reaches.
pub(super) fn level_of(role: Role) -> Privilege {
    match role {
        Role::Administrator => Privilege::Administrator,
        Role::Operator => Privilege::Operator,
        Role::ReadOnly => Privilege::User,
        // It never gets as far.
        Role::NoAccess => Privilege::Callback,
    }
}

impl Logins {
    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Forgets what is old, and counts proofs that never came; time until there is more to do.
    pub(super) fn tidy(&mut self, server: &Server, now: Duration) -> Option<Duration> {
        self.pending.retain(|pending| now.saturating_sub(pending.since) < PATIENCE);
        for pending in &mut self.pending {
            if let Stage::Challenged { user, .. } = &pending.stage
                && now.saturating_sub(pending.since) >= PROOF
            {
                server.record_login(user, false, Origin::Ipmi);
                pending.stage = Stage::Forgotten;
            }
        }
        let waiting = self.pending.iter().filter(|pending| matches!(pending.stage, Stage::Challenged { .. }));
        waiting.map(|pending| (pending.since + PROOF).saturating_sub(now)).min()
    }

    fn find(&mut self, desk: &Desk<'_>, bmc_id: u32) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.from == desk.from && pending.bmc_id == bmc_id)
    }

    /// Open Session Request. A proposal is taken whole or refused; requested level 0 gives the real highest.
    pub(super) fn open(&mut self, desk: &mut Desk<'_>, request: &OpenRequest) -> OpenResponse {
        let refuse =
            |status| OpenResponse::Refused { tag: request.tag, status, console_id: Some(request.console_id) };
        let Some(suite) = suite_of(request.suite).filter(|suite| desk.suites.contains(suite)) else {
            return refuse(Status::NO_CIPHER_SUITE);
        };
        if request.console_id == 0 {
            return refuse(Status::INVALID_SESSION_ID);
        }
        if desk.sessions.is_full() {
            return refuse(Status::INSUFFICIENT_RESOURCES);
        }
        let limit = match request.privilege {
            None => Privilege::Administrator,
            Some(Privilege::Oem) => return refuse(Status::INVALID_ROLE),
            Some(level) => level,
        };
        if self.pending.len() >= PENDING {
            self.pending.pop_front();
        }
        let bmc_id = desk.sessions.new_id();
        self.pending.push_back(Pending {
            from: desk.from,
            since: desk.now,
            console_id: request.console_id,
            bmc_id,
            suite,
            limit,
            stage: Stage::Opened,
        });
        OpenResponse::Accepted {
            tag: request.tag,
            privilege: Some(limit),
            console_id: request.console_id,
            bmc_id,
            suite: request.suite,
        }
    }

    /// RAKP message 1: who it is and what level it wants.
    pub(super) fn first(&mut self, desk: &mut Desk<'_>, message: &Rakp1) -> Rakp2 {
        let refuse = |status, console_id| Rakp2 {
            tag: message.tag,
            status,
            console_id,
            bmc_random: [0; 16],
            guid: [0; 16],
            code: Vec::new(),
        };
        let Some(pending) = self.find(desk, message.bmc_id) else {
            return refuse(Status::INVALID_SESSION_ID, 0);
        };
        let console_id = pending.console_id;
        if let Stage::Challenged { talk, answer, .. } = &pending.stage
            && talk.console_random == message.console_random
        {
            return Rakp2 { tag: message.tag, ..answer.clone() };
        }
        if !matches!(pending.stage, Stage::Opened) {
            return refuse(Status::INVALID_SESSION_ID, console_id);
        }
        let name = message.user.as_bytes();
        if name.len() > MAX_USER_NAME {
            return refuse(Status::INVALID_NAME_LENGTH, console_id);
        }
        let user = String::from_utf8_lossy(name).into_owned();
        // Unknown, disabled and locked look alike: the answer teaches a guesser nothing.
        let account =
            desk.server.account_secret(&user).filter(|account| !user.is_empty() && may_log_in(&account.view));
        let Some((password, account)) = account.and_then(|account| Some((key(&account)?, account))) else {
            desk.server.record_login(&user, false, Origin::Ipmi);
            return refuse(Status::UNAUTHORIZED_NAME, console_id);
        };
        let reach = level_of(account.view.role).min(pending.limit);
        let level = match message.role & LEVEL {
            0 => reach,
            wanted => match Privilege::from_byte(wanted) {
                Some(wanted) if wanted <= level_of(account.view.role) => wanted.min(pending.limit),
                Some(_) => return refuse(Status::UNAUTHORIZED_ROLE, console_id),
                None => return refuse(Status::INVALID_ROLE, console_id),
            },
        };
        let talk = Talk {
            suite: pending.suite,
            console_id,
            bmc_id: pending.bmc_id,
            console_random: message.console_random,
            bmc_random: (desk.random)(),
            guid: desk.guid,
            role: message.role,
            name: name.to_vec(),
        };
        let answer = Rakp2 {
            tag: message.tag,
            status: Status::OK,
            console_id,
            bmc_random: talk.bmc_random,
            guid: desk.guid,
            code: talk.second(&password),
        };
        pending.stage = Stage::Challenged { talk: Box::new(talk), user, level, answer: answer.clone() };
        answer
    }

    /// RAKP message 3: the proof. `None`: nothing is answered.
    pub(super) fn third(&mut self, desk: &mut Desk<'_>, message: &Rakp3) -> Option<Rakp4> {
        let refuse = |status, console_id| Rakp4 { tag: message.tag, status, console_id, check: Vec::new() };
        let Some(pending) = self.find(desk, message.bmc_id) else {
            return Some(refuse(Status::INVALID_SESSION_ID, 0));
        };
        let console_id = pending.console_id;
        let (talk, user, level) = match &pending.stage {
            Stage::Challenged { talk, user, level, .. } => (talk, user.clone(), *level),
            Stage::Ended(answer) => return Some(Rakp4 { tag: message.tag, ..answer.clone() }),
            Stage::Opened | Stage::Forgotten => {
                return Some(refuse(Status::INVALID_SESSION_ID, console_id));
            }
        };
        if !message.status.is_ok() {
            // The console could not verify message 2: its password is not ours.
            if message.status == Status::INVALID_INTEGRITY_CHECK {
                desk.server.record_login(&user, false, Origin::Ipmi);
            }
            pending.stage = Stage::Ended(refuse(Status::INVALID_SESSION_ID, console_id));
            return None;
        }
        let password = desk.server.account_secret(&user).as_ref().and_then(key);
        let proved = password.filter(|password| same(&talk.third(password), &message.code));
        let Some(password) = proved else {
            desk.server.record_login(&user, false, Origin::Ipmi);
            let answer = refuse(Status::INVALID_INTEGRITY_CHECK, console_id);
            pending.stage = Stage::Ended(answer.clone());
            return Some(answer);
        };
        let session_key = talk.session_key(&password);
        let session = NewSession {
            bmc_id: talk.bmc_id,
            console_id,
            keys: Keys::new(talk.suite, &session_key),
            user: user.clone(),
            limit: level,
        };
        if !desk.sessions.add(session, desk.now) {
            return Some(refuse(Status::INSUFFICIENT_RESOURCES, console_id));
        }
        desk.server.record_login(&user, true, Origin::Ipmi);
        let answer =
            Rakp4 { tag: message.tag, status: Status::OK, console_id, check: talk.fourth(&session_key) };
        pending.stage = Stage::Ended(answer.clone());
        Some(answer)
    }
}

/// Whether the controller lets this account begin. One that has to change its password can only do that, elsewhere.
fn may_log_in(account: &AccountView) -> bool {
    account.enabled && !account.locked && !account.must_change && account.role != Role::NoAccess
}

/// The password as IPMI keys with it: 20 bytes, zeros behind. Longer ones cannot log in here.
fn key(account: &AccountSecret) -> Option<[u8; 20]> {
    let password = account.password.expose_secret().as_bytes();
    let mut key = [0_u8; 20];
    key.get_mut(..password.len())?.copy_from_slice(password);
    Some(key)
}
