use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;
use underlay_hal::{CredentialSource, Cx, DeviceId, Error, ErrorKind};
use underlay_ipmi_codec::command::{Command, Nature};
use underlay_ipmi_codec::handshake::UserName;
use underlay_ipmi_codec::keys::UserKey;
use underlay_ipmi_codec::suite::CipherSuite;
use underlay_ipmi_codec::{Completion, Privilege};

use super::hub::Hub;
use super::link::{ONCE, PATIENT, WARY};
use super::open::open_session;
use super::session::{Ask, Session};
use crate::error::{Cause, Failure};
use crate::settings::Settings;

/// After this much rest, a session may be gone on the BMC.
const RESTED: Duration = Duration::from_secs(3);
/// One login with all its fallbacks, when the caller sets no deadline.
const LOGIN_LIMIT: Duration = Duration::from_secs(20);
/// Pauses before asking a busy BMC again.
const BUSY_PAUSES: [u64; 4] = [200, 400, 800, 1600];

/// One BMC: a session when one is needed, and what was learned about logging in.
///
/// * One request is in flight at a time, whoever asks.
/// * Dropping it closes the session in the background.
#[derive(Clone)]
pub(crate) struct Bmc {
    shared: Arc<Shared>,
    state: Arc<Mutex<State>>,
}

/// Where the BMC is, and how to log in to it.
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    pub(super) peer: SocketAddr,
    pub(super) device: DeviceId,
    pub(super) credentials: Arc<dyn CredentialSource>,
    pub(super) settings: Settings,
}

/// What was learned.
#[derive(Default)]
pub(super) struct State {
    session: Option<Session>,
    /// The suite that worked.
    pub(super) suite: Option<CipherSuite>,
    /// The level that worked at login.
    pub(super) role: Option<Privilege>,
    /// Credentials that were refused, and when.
    pub(super) refused: Option<(UserName, UserKey, Instant)>,
    /// When a request was sent last.
    last_request: Option<Instant>,
}

impl fmt::Debug for Bmc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bmc").field("peer", &self.shared.peer).field("device", &self.shared.device).finish()
    }
}

impl Bmc {
    pub(crate) fn new(
        hub: Arc<Hub>,
        peer: SocketAddr,
        device: DeviceId,
        credentials: Arc<dyn CredentialSource>,
        settings: Settings,
    ) -> Self {
        Self { shared: Arc::new(Shared { hub, peer, device, credentials, settings }), state: Arc::default() }
    }

    /// Runs a command on the BMC's LUN 0.
    pub(crate) async fn run<C: Command + Sync>(&self, cx: &Cx, command: &C) -> Result<C::Answer, Failure> {
        self.run_on(cx, 0, command).await
    }

    /// Runs a command: logs in if need be, raises the level if need be, asks, and reads the answer.
    ///
    /// * A busy BMC is asked again up to four times.
    /// * A session that no longer answers is replaced once, unless the command acts: then nobody knows whether
    ///   it did, and the caller has to look.
    pub(crate) async fn run_on<C: Command + Sync>(
        &self,
        cx: &Cx,
        lun: u8,
        command: &C,
    ) -> Result<C::Answer, Failure> {
        let fail = |sent, cause| Failure { command: C::NAME, nature: C::NATURE, sent, cause };
        let waiting = cx.run(Arc::clone(&self.state).lock_owned()).await;
        let mut state = waiting.map_err(|interrupted| fail(false, Cause::Interrupted(interrupted)))?;
        let mut data = Vec::new();
        command.encode(&mut data);
        let ask = Ask { net_fn: C::NET_FN, code: C::CODE, lun, data: &data };
        let mut busy = BUSY_PAUSES.iter();
        let (mut reopened, mut raised) = (false, false);
        // Whether a request may have arrived whose answer was lost: a later failure must not hide that.
        let mut lost = false;
        loop {
            let fresh = state.session.is_none();
            if fresh {
                state = self.log_in(cx, state).await.map_err(|cause| fail(lost, cause))?;
            }
            self.pace(cx, &mut state).await.map_err(|cause| fail(lost, cause))?;
            let Some(session) = state.session.as_mut() else {
                return Err(fail(lost, Cause::NoAnswer { garbage: false }));
            };
            let rested = !fresh && session.last_answer.elapsed() > RESTED;
            let pauses = if rested { WARY } else { PATIENT };
            let mut sent = false;
            let mut result = Ok(());
            if session.level < C::PRIVILEGE {
                result = session.raise(cx, pauses, C::PRIVILEGE).await;
            } else if rested && C::NATURE == Nature::Act {
                // What is sent only once is not sent into a session that may be gone.
                result = session.greet(cx, pauses).await;
            }
            let result = match result {
                Err(cause) => Err(cause),
                Ok(()) => {
                    sent = true;
                    let pauses = if C::NATURE == Nature::Act { ONCE } else { pauses };
                    session.ask(cx, pauses, &ask).await
                }
            };
            let cause = match result {
                Ok((Completion::OK, data)) => {
                    return command.decode(&data).map_err(|error| fail(true, Cause::Malformed(error)));
                }
                Ok((Completion::INSUFFICIENT_PRIVILEGE, _)) if !raised && session.level < session.ceiling => {
                    raised = true;
                    let ceiling = session.ceiling;
                    session.raise(cx, PATIENT, ceiling).await.map_err(|cause| fail(lost, cause))?;
                    continue;
                }
                Ok((code, _)) if asks_for_patience(code, C::NATURE) => match busy.next() {
                    Some(pause) => {
                        let pause = cx.sleep(Duration::from_millis(*pause)).await;
                        pause.map_err(|interrupted| fail(lost, Cause::Interrupted(interrupted)))?;
                        continue;
                    }
                    None => Cause::Completion(code),
                },
                Ok((code, _)) => Cause::Completion(code),
                Err(cause) => cause,
            };
            if matches!(cause, Cause::NoAnswer { .. }) {
                // Either the session is gone on the BMC, or the BMC is.
                state.session = None;
                let harmless = C::NATURE != Nature::Act || !sent;
                if !fresh && !reopened && harmless {
                    (reopened, lost) = (true, lost || sent);
                    continue;
                }
            }
            return Err(fail(sent || lost, cause));
        }
    }

    /// Closes the session, if there is one.
    pub(crate) async fn close(&self, cx: &Cx) -> Result<(), Failure> {
        let fail = |cause| Failure { command: "Close Session", nature: Nature::Read, sent: true, cause };
        let waiting = cx.run(self.state.lock()).await;
        let session = waiting.map_err(|interrupted| fail(Cause::Interrupted(interrupted)))?.session.take();
        match session {
            Some(session) => session.close(cx).await.map_err(fail),
            None => Ok(()),
        }
    }

    /// Forgets the session after the controller was restarted: there is nothing left to close.
    pub(crate) async fn forget_session(&self) {
        self.state.lock().await.session = None;
    }

    async fn pace(&self, cx: &Cx, state: &mut State) -> Result<(), Cause> {
        let interval = self.shared.settings.min_interval;
        if let Some(last) = state.last_request.filter(|_| !interval.is_zero()) {
            cx.sleep(interval.saturating_sub(last.elapsed())).await.map_err(Cause::Interrupted)?;
        }
        state.last_request = Some(Instant::now());
        Ok(())
    }

    /// Logs in, in a task of its own: a caller that gives up must not leave a half-open session that nobody closes.
    async fn log_in(&self, cx: &Cx, state: OwnedMutexGuard<State>) -> Result<OwnedMutexGuard<State>, Cause> {
        let (shared, watched) = (Arc::clone(&self.shared), Arc::downgrade(&self.state));
        let limit = cx.remaining().map_or(LOGIN_LIMIT, |left| left.min(LOGIN_LIMIT));
        let own = cx.for_cleanup(limit);
        let task = tokio::spawn(async move {
            let mut state = state;
            let result = open_session(&own, &shared, &mut state).await;
            if let Ok(session) = result {
                tokio::spawn(close_when_idle(watched, session.console_id(), shared.settings.idle));
                state.session = Some(session);
                return (state, Ok(()));
            }
            (state, result.map(|_| ()))
        });
        match cx.run(task).await.map_err(Cause::Interrupted)? {
            Ok((state, Ok(()))) => Ok(state),
            Ok((_, Err(cause))) => Err(cause),
            Err(error) => Err(Cause::Other(
                Error::new(ErrorKind::Unexpected, "the login task ended early").with_source(error),
            )),
        }
    }
}

/// Codes that say "not now": the command was not carried out, or asking again does no harm.
fn asks_for_patience(code: Completion, nature: Nature) -> bool {
    match code {
        Completion::NODE_BUSY | Completion::INITIALISING => true,
        Completion::TIMEOUT => nature == Nature::Read,
        _ => false,
    }
}

/// Closes one session once it has rested for `idle`; ends when it is gone.
async fn close_when_idle(state: Weak<Mutex<State>>, console_id: u32, idle: Duration) {
    let mut wait = idle;
    loop {
        tokio::time::sleep(wait).await;
        let Some(state) = state.upgrade() else { return };
        let mut state = state.lock().await;
        let Some(session) = state.session.as_ref().filter(|session| session.console_id() == console_id)
        else {
            return;
        };
        wait = idle.saturating_sub(session.last_answer.elapsed());
        if wait.is_zero() {
            if let Some(session) = state.session.take() {
                let cx = Cx::new("underlay-ipmi", "idle-close").within(Duration::from_secs(1));
                let _ = session.close(&cx).await;
            }
            return;
        }
    }
}
