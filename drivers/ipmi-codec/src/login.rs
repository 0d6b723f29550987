//! The console's side of the RMCP+ handshake as a pure state machine
//! (IPMI 2.0, sections 13.15 to 13.24).
//!
//! ```text
//! start ──Open──▶ opening ──RAKP 1──▶ exchanging ──RAKP 3──▶ checking ──▶ Established
//! ```
//!
//! The caller owns socket, clock and randomness: it sends what [`Login::start`] and
//! [`Step::Send`] give it, repeats the same bytes when a timer runs out (and says so with
//! [`Login::resent`]), and passes on every payload whose frame was addressed to this login.

use std::fmt;

use crate::crypto;
use crate::handshake::{NAME_ONLY_LOOKUP, OpenRequest, OpenResponse, Rakp1, Rakp2, Rakp3, Rakp4, UserName};
use crate::keys::{SessionKeys, Transcript, UserKey};
use crate::suite::{Authentication, CipherSuite};
use crate::v20::{Frame, PayloadType};
use crate::{DecodeError, Privilege, Status};

/// Who logs in, and how.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user name; empty for the anonymous user.
    pub user: UserName,
    /// The password.
    pub password: UserKey,
    /// The BMC key `K_g`, where one is set.
    pub bmc_key: Option<UserKey>,
    /// The highest level of the session, sent in Open Session and in RAKP message 1.
    pub privilege: Privilege,
    /// Look the user up by name alone; off only for firmware that refuses it.
    pub name_only_lookup: bool,
}

/// Numbers the caller draws for one login. Never reuse them for another attempt.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// The console's session id, not 0.
    pub console_id: u32,
    /// The console's random number: 16 unpredictable bytes.
    pub console_random: [u8; 16],
    /// The tag of the first message; the next ones count up from it.
    pub tag: u8,
}

/// A session both sides have proved themselves for. It stands at level User.
#[derive(Debug)]
pub struct Established {
    /// The console's session id: in the header of what the BMC sends.
    pub console_id: u32,
    /// The BMC's session id: in the header of what the console sends.
    pub bmc_id: u32,
    /// The highest level the BMC granted; `None` where it sent 0.
    pub privilege: Option<Privilege>,
    /// The BMC's GUID as it came.
    pub guid: [u8; 16],
    /// The keys.
    pub keys: SessionKeys,
}

/// What to do after a payload.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one value per received datagram, consumed at once")]
pub enum Step {
    /// Nothing: the payload does not belong to this step.
    Ignore,
    /// Nothing: the payload is of this step's kind, and malformed. Anybody can send one, so the right one may
    /// still come.
    Unreadable,
    /// Send this datagram again, on the spot: the BMC repeated what it answers.
    Resend(Vec<u8>),
    /// Send this datagram; it replaces the one to repeat on time-out.
    Send(Vec<u8>),
    /// The session stands.
    Done(Established),
    /// The login failed.
    Failed {
        /// Why.
        error: LoginError,
        /// A datagram that tells the BMC to forget the half-open session; nobody answers it.
        farewell: Option<Vec<u8>>,
    },
}

/// Where in the handshake the BMC refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// At Open Session: nothing was said about the user yet.
    Open,
    /// At RAKP message 2: the user name or role.
    Rakp2,
    /// At RAKP message 4: the proof.
    Rakp4,
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// The BMC answered with a status.
    Refused {
        /// At which message.
        stage: Stage,
        /// The status.
        status: Status,
    },
    /// The BMC accepted, but with other algorithms than proposed.
    SuiteChanged,
    /// The BMC's proof in RAKP message 2 does not match: one of the two has the wrong password.
    /// Nothing was sent that could count as a failed login.
    PasswordMismatch,
    /// The BMC's final check value does not match: it is not who it says.
    CheckMismatch,
    /// The BMC lost its half of the login: start again.
    Lost,
    /// An answer was malformed.
    Malformed(DecodeError),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { stage: Stage::Open, status } => write!(f, "session refused: {status}"),
            Self::Refused { stage: Stage::Rakp2, status } => write!(f, "user refused: {status}"),
            Self::Refused { stage: Stage::Rakp4, status } => write!(f, "login refused: {status}"),
            Self::SuiteChanged => f.write_str("the BMC chose other algorithms than proposed"),
            Self::PasswordMismatch => f.write_str("the password does not match the BMC's"),
            Self::CheckMismatch => f.write_str("the BMC's integrity check value is wrong"),
            Self::Lost => f.write_str("the BMC lost the login"),
            Self::Malformed(error) => write!(f, "malformed handshake message: {error}"),
        }
    }
}

impl std::error::Error for LoginError {}

#[derive(Debug)]
enum State {
    Opening,
    Exchanging { transcript: Transcript, granted: Option<Privilege> },
    Checking { transcript: Transcript, granted: Option<Privilege>, last: Vec<u8> },
    Over,
}

/// A login under way.
#[derive(Debug)]
pub struct Login {
    account: Account,
    suite: CipherSuite,
    seed: Seed,
    role: u8,
    state: State,
    resent: bool,
    forgave: bool,
}

impl Login {
    /// Begins a login; the second value is the Open Session datagram.
    ///
    /// # Errors
    /// * [`DecodeError::Value`] if the console id is 0.
    pub fn start(account: Account, suite: CipherSuite, seed: Seed) -> Result<(Self, Vec<u8>), DecodeError> {
        if seed.console_id == 0 {
            return Err(DecodeError::Value("console session id"));
        }
        let request = OpenRequest {
            tag: seed.tag,
            privilege: Some(account.privilege),
            console_id: seed.console_id,
            suite,
        };
        let datagram = Frame::encode_sessionless(PayloadType::OpenRequest, &request.encode())?;
        let lookup = if account.name_only_lookup { NAME_ONLY_LOOKUP } else { 0 };
        let role = account.privilege.byte() | lookup;
        let login = Self { account, suite, seed, role, state: State::Opening, resent: false, forgave: false };
        Ok((login, datagram))
    }

    /// The proposed suite.
    #[must_use]
    pub const fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// The tag the next answer must carry: the only key of an error answer without a console id.
    #[must_use]
    pub const fn expected_tag(&self) -> u8 {
        let steps = match self.state {
            State::Opening => 0,
            State::Exchanging { .. } => 1,
            State::Checking { .. } | State::Over => 2,
        };
        self.seed.tag.wrapping_add(steps)
    }

    /// Was RAKP message 3 sent? Then the BMC may hold a session already, whatever becomes of its answer.
    #[must_use]
    pub const fn proof_sent(&self) -> bool {
        matches!(self.state, State::Checking { .. })
    }

    /// Tells that the last datagram was sent again: an answer may now be one to an older copy.
    pub fn resent(&mut self) {
        self.resent = true;
    }

    /// Takes a handshake payload in.
    ///
    /// * A payload of another step, tag or console id is ignored.
    pub fn receive(&mut self, payload_type: PayloadType, payload: &[u8]) -> Step {
        let step = match payload_type {
            PayloadType::OpenResponse => OpenResponse::decode(payload).map(|message| self.open(&message)),
            PayloadType::Rakp2 => Rakp2::decode(payload).map(|message| self.rakp2(&message)),
            PayloadType::Rakp4 => Rakp4::decode(payload).map(|message| self.rakp4(&message)),
            _ => return Step::Ignore,
        };
        match step.unwrap_or(Step::Unreadable) {
            Step::Failed { error, farewell } => {
                self.state = State::Over;
                Step::Failed { error, farewell }
            }
            step => step,
        }
    }

    fn open(&mut self, message: &OpenResponse) -> Step {
        if !matches!(self.state, State::Opening) || message.tag() != self.expected_tag() {
            return Step::Ignore;
        }
        match *message {
            OpenResponse::Refused { status, console_id, .. } => {
                if console_id.is_some_and(|id| id != self.seed.console_id && id != 0) {
                    return Step::Ignore;
                }
                failed(LoginError::Refused { stage: Stage::Open, status })
            }
            OpenResponse::Accepted { privilege, console_id, bmc_id, suite, .. } => {
                if console_id != self.seed.console_id {
                    return Step::Ignore;
                }
                if suite != self.suite {
                    return failed(LoginError::SuiteChanged);
                }
                let transcript = Transcript {
                    console_id,
                    bmc_id,
                    console_random: self.seed.console_random,
                    bmc_random: [0; 16],
                    guid: [0; 16],
                    role: self.role,
                    user: self.account.user,
                };
                self.state = State::Exchanging { transcript, granted: privilege };
                self.resent = false;
                let rakp1 = Rakp1 {
                    tag: self.expected_tag(),
                    bmc_id,
                    console_random: self.seed.console_random,
                    role: self.role,
                    user: self.account.user,
                };
                send(PayloadType::Rakp1, &rakp1.encode())
            }
        }
    }

    fn rakp2(&mut self, message: &Rakp2) -> Step {
        if message.console_id != self.seed.console_id {
            return Step::Ignore;
        }
        let (transcript, granted) = match &self.state {
            // Our RAKP message 3 was lost, or this copy is late: saying it again harms nobody.
            State::Checking { last, .. } if message.status.is_ok() => return Step::Resend(last.clone()),
            State::Exchanging { transcript, granted } if message.tag == self.expected_tag() => {
                (*transcript, *granted)
            }
            _ => return Step::Ignore,
        };
        if message.status == Status::INVALID_SESSION_ID && self.resent {
            // The second copy of message 1 met a session that the first one had already moved on.
            return Step::Ignore;
        }
        if !message.status.is_ok() {
            return failed(LoginError::Refused { stage: Stage::Rakp2, status: message.status });
        }
        let transcript = Transcript { bmc_random: message.bmc_random, guid: message.guid, ..transcript };
        let algorithm = self.suite.authentication;
        if message.code.len() != algorithm.code_len() {
            return Step::Unreadable;
        }
        let tag = self.seed.tag.wrapping_add(2);
        let proven = algorithm == Authentication::None
            || crypto::codes_match(&transcript.rakp2(algorithm, &self.account.password), &message.code);
        if !proven {
            let status = Status::INVALID_INTEGRITY_CHECK;
            let refusal = Rakp3 { tag, status, bmc_id: transcript.bmc_id, code: Vec::new() };
            return Step::Failed {
                error: LoginError::PasswordMismatch,
                farewell: Frame::encode_sessionless(PayloadType::Rakp3, &refusal.encode()).ok(),
            };
        }
        let code = transcript.rakp3(algorithm, &self.account.password).to_vec();
        let rakp3 = Rakp3 { tag, status: Status::OK, bmc_id: transcript.bmc_id, code };
        let step = send(PayloadType::Rakp3, &rakp3.encode());
        if let Step::Send(datagram) = &step {
            self.state = State::Checking { transcript, granted, last: datagram.clone() };
            self.resent = false;
        }
        step
    }

    fn rakp4(&mut self, message: &Rakp4) -> Step {
        let State::Checking { transcript, granted, .. } = &self.state else { return Step::Ignore };
        if message.console_id != self.seed.console_id || message.tag != self.expected_tag() {
            return Step::Ignore;
        }
        let (transcript, privilege) = (*transcript, *granted);
        match message.status {
            Status::OK => {}
            // Message 4 was lost, and the BMC holds the login for done.
            Status::INVALID_SESSION_ID => return failed(LoginError::Lost),
            // Possibly the answer to a second copy of message 3; the first one's may still come.
            Status::INVALID_INTEGRITY_CHECK if self.resent && !self.forgave => {
                self.forgave = true;
                return Step::Ignore;
            }
            status => return failed(LoginError::Refused { stage: Stage::Rakp4, status }),
        }
        let algorithm = self.suite.authentication;
        if message.check.len() != algorithm.check_len() {
            return Step::Unreadable;
        }
        let key = self.account.bmc_key.as_ref().unwrap_or(&self.account.password);
        let session_key = transcript.session_key(algorithm, key);
        let proven = algorithm == Authentication::None
            || crypto::codes_match(&transcript.rakp4(algorithm, &session_key), &message.check);
        if !proven {
            return failed(LoginError::CheckMismatch);
        }
        match SessionKeys::derive(self.suite, &session_key, &self.account.password) {
            Err(error) => failed(LoginError::Malformed(error)),
            Ok(keys) => {
                self.state = State::Over;
                let Transcript { console_id, bmc_id, guid, .. } = transcript;
                Step::Done(Established { console_id, bmc_id, privilege, guid, keys })
            }
        }
    }
}

fn failed(error: LoginError) -> Step {
    Step::Failed { error, farewell: None }
}

fn send(payload_type: PayloadType, payload: &[u8]) -> Step {
    match Frame::encode_sessionless(payload_type, payload) {
        Ok(datagram) => Step::Send(datagram),
        Err(error) => failed(LoginError::Malformed(error)),
    }
}
