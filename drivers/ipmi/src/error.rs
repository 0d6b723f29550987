//! From what happened on the wire to kind, retry and effect: in one place.

use std::time::Duration;

use underlay_hal::{Effect, Error, ErrorKind, Interrupted, Retry};
use underlay_ipmi_codec::command::Nature;
use underlay_ipmi_codec::login::{LoginError, Stage};
use underlay_ipmi_codec::{Completion, DecodeError, Status};

/// How long a BMC without a free session slot is left alone.
const SLOT_PAUSE: Duration = Duration::from_secs(60);

/// What happened instead of an answer.
#[derive(Debug)]
pub(crate) enum Cause {
    /// A well-formed refusal.
    Completion(Completion),
    /// A well-formed answer with data that cannot be.
    Malformed(DecodeError),
    /// The login failed.
    Login(LoginError),
    /// Nothing came, or nothing that could be an answer.
    NoAnswer {
        /// Something came that did not decode.
        garbage: bool,
    },
    /// The deadline passed, or the caller cancelled.
    Interrupted(Interrupted),
    /// The operating system refused to send.
    Socket(std::io::Error),
    /// The account cannot be used: refused a moment ago, and not tried again.
    RefusedBefore,
    /// The session may not be raised to the level the command needs.
    LevelRefused,
    /// From another layer, final as it is.
    Other(Error),
}

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The command's name.
    pub(crate) command: &'static str,
    /// What the command does to the device.
    pub(crate) nature: Nature,
    /// Whether the request went out, so that the device may have acted.
    pub(crate) sent: bool,
    /// What happened.
    pub(crate) cause: Cause,
}

impl Failure {
    /// The completion code, if the BMC gave one.
    pub(crate) fn completion(&self) -> Option<Completion> {
        match self.cause {
            Cause::Completion(code) => Some(code),
            _ => None,
        }
    }

    /// Does the BMC lack this command or parameter, whatever the moment?
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(
            self.completion(),
            Some(
                Completion::INVALID_COMMAND | Completion::INVALID_FOR_LUN | Completion::SUBFUNCTION_DISABLED
            )
        )
    }

    /// Is the BMC well and only this one request refused? Then the next request may still be answered.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self.cause, Cause::Completion(_) | Cause::Malformed(_) | Cause::LevelRefused)
    }

    /// Was the answer lost, so that nobody knows whether the device acted?
    pub(crate) fn is_unknown(&self) -> bool {
        classify(self).2 == Effect::Unknown
    }
}

/// The one place that says what a failure means.
fn classify(failure: &Failure) -> (ErrorKind, Retry, Effect) {
    // A request that changes something, went out, and got no answer.
    let lost = if failure.sent && failure.nature != Nature::Read { Effect::Unknown } else { Effect::None };
    let soon = Retry::After(None);
    match &failure.cause {
        Cause::Completion(code) => {
            let (kind, retry) = classify_completion(*code);
            // The BMC says it gave up waiting for another part of the machine, which may have acted.
            let effect = if matches!(*code, Completion::TIMEOUT | Completion::NO_RESPONSE) {
                lost
            } else {
                Effect::None
            };
            (kind, retry, effect)
        }
        // It said "completed", and then something unreadable.
        Cause::Malformed(_) if failure.nature != Nature::Read => {
            (ErrorKind::Protocol, Retry::Never, Effect::Applied)
        }
        Cause::Malformed(_) => (ErrorKind::Protocol, Retry::Never, Effect::None),
        Cause::Login(error) => {
            let (kind, retry) = classify_login(*error);
            (kind, retry, Effect::None)
        }
        Cause::NoAnswer { garbage: true } => (ErrorKind::Protocol, soon, lost),
        Cause::NoAnswer { garbage: false } => (ErrorKind::Timeout, soon, lost),
        Cause::Interrupted(Interrupted::Deadline) => (ErrorKind::Timeout, soon, lost),
        Cause::Interrupted(Interrupted::Cancelled) => (ErrorKind::Cancelled, Retry::Never, lost),
        Cause::Socket(_) => (ErrorKind::Unreachable, soon, Effect::None),
        Cause::RefusedBefore => (ErrorKind::Unauthenticated, Retry::Never, Effect::None),
        Cause::LevelRefused => (ErrorKind::PermissionDenied, Retry::Never, Effect::None),
        Cause::Other(error) => (error.kind(), error.retry(), error.effect()),
    }
}

fn classify_completion(code: Completion) -> (ErrorKind, Retry) {
    let soon = Retry::After(None);
    match code {
        Completion::NODE_BUSY
        | Completion::SDR_UPDATING
        | Completion::FIRMWARE_UPDATE
        | Completion::INITIALISING => (ErrorKind::Busy, soon),
        Completion::TIMEOUT | Completion::NO_RESPONSE | Completion::DESTINATION_UNAVAILABLE => {
            (ErrorKind::Busy, soon)
        }
        Completion::INVALID_COMMAND | Completion::INVALID_FOR_LUN | Completion::SUBFUNCTION_DISABLED => {
            (ErrorKind::Unsupported, Retry::Never)
        }
        Completion::INSUFFICIENT_PRIVILEGE => (ErrorKind::PermissionDenied, Retry::Never),
        Completion::RESERVATION_LOST => (ErrorKind::PreconditionFailed, soon),
        Completion::NOT_PRESENT => (ErrorKind::NotFound, Retry::Never),
        Completion::OUT_OF_SPACE => (ErrorKind::ResourceExhausted, soon),
        _ => (ErrorKind::DeviceFault, Retry::Never),
    }
}

fn classify_login(error: LoginError) -> (ErrorKind, Retry) {
    let soon = Retry::After(None);
    match error {
        LoginError::PasswordMismatch => (ErrorKind::Unauthenticated, Retry::Never),
        // Either an impostor, or a BMC key is set that was not given.
        LoginError::CheckMismatch => (ErrorKind::Untrusted, Retry::Never),
        LoginError::SuiteChanged | LoginError::Malformed(_) => (ErrorKind::Protocol, Retry::Never),
        LoginError::Lost => (ErrorKind::Timeout, soon),
        LoginError::Refused { stage, status } => match status {
            Status::INSUFFICIENT_RESOURCES | Status::NO_RESOURCES_AT_ROLE => {
                (ErrorKind::ResourceExhausted, Retry::After(Some(SLOT_PAUSE)))
            }
            Status::UNAUTHORIZED_NAME | Status::INVALID_INTEGRITY_CHECK => {
                (ErrorKind::Unauthenticated, Retry::Never)
            }
            Status::INVALID_ROLE | Status::UNAUTHORIZED_ROLE if stage != Stage::Open => {
                (ErrorKind::PermissionDenied, Retry::Never)
            }
            Status::INVALID_NAME_LENGTH => (ErrorKind::InvalidInput, Retry::Never),
            Status::INVALID_SESSION_ID => (ErrorKind::Busy, soon),
            _ if stage == Stage::Open => (ErrorKind::Unsupported, Retry::Never),
            _ => (ErrorKind::DeviceFault, Retry::Never),
        },
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (kind, retry, effect) = classify(&failure);
        let command = failure.command;
        let (message, code) = match failure.cause {
            Cause::Other(error) => return error,
            Cause::Completion(code) => {
                (format!("{command}: {}", code.text()), Some(format!("0x{:02x}", code.0)))
            }
            Cause::Malformed(error) => (format!("{command}: {error}"), None),
            Cause::Login(error) => {
                let code = match error {
                    LoginError::Refused { status, .. } => Some(format!("rmcp+ 0x{:02x}", status.0)),
                    _ => None,
                };
                (error.to_string(), code)
            }
            Cause::NoAnswer { garbage: true } => (format!("{command}: only unreadable datagrams came"), None),
            Cause::NoAnswer { garbage: false } => (format!("{command}: no answer"), None),
            Cause::Interrupted(Interrupted::Deadline) => {
                (format!("{command}: no answer by the deadline"), None)
            }
            Cause::Interrupted(Interrupted::Cancelled) => {
                (format!("{command}: cancelled by the caller"), None)
            }
            Cause::Socket(ref error) => (format!("{command}: cannot send: {error}"), None),
            Cause::RefusedBefore => {
                ("these credentials were refused before and are not tried again".to_owned(), None)
            }
            Cause::LevelRefused => (format!("{command}: the account may not use the level it needs"), None),
        };
        let mut error = Error::new(kind, message).with_retry(retry).with_effect(effect);
        if let Some(code) = code {
            error = error.with_vendor_code(code);
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(nature: Nature, sent: bool, cause: Cause) -> Error {
        Failure { command: "Chassis Control", nature, sent, cause }.into()
    }

    #[test]
    fn a_lost_answer_is_unknown_only_for_what_changes_something_and_went_out() {
        let lost = |nature, sent| failed(nature, sent, Cause::NoAnswer { garbage: false });
        assert_eq!(
            (lost(Nature::Act, true).kind(), lost(Nature::Act, true).effect()),
            (ErrorKind::Timeout, Effect::Unknown)
        );
        assert_eq!(lost(Nature::Set, true).effect(), Effect::Unknown);
        assert_eq!(lost(Nature::Act, false).effect(), Effect::None);
        assert_eq!(lost(Nature::Read, true).effect(), Effect::None);
        let garbage = failed(Nature::Act, true, Cause::NoAnswer { garbage: true });
        assert_eq!((garbage.kind(), garbage.effect()), (ErrorKind::Protocol, Effect::Unknown));
    }

    #[test]
    fn refusals_have_no_effect_and_keep_their_code() {
        for (code, kind) in [
            (0xC0, ErrorKind::Busy),
            (0xC1, ErrorKind::Unsupported),
            (0xC5, ErrorKind::PreconditionFailed),
            (0xCB, ErrorKind::NotFound),
            (0xCC, ErrorKind::DeviceFault),
            (0xD2, ErrorKind::Busy),
            (0xD4, ErrorKind::PermissionDenied),
            (0xD5, ErrorKind::DeviceFault),
        ] {
            let error = failed(Nature::Act, true, Cause::Completion(Completion(code)));
            assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{code:02x}");
            assert_eq!(error.vendor_code(), Some(format!("0x{code:02x}").as_str()));
        }
        let timeout = failed(Nature::Act, true, Cause::Completion(Completion::TIMEOUT));
        assert_eq!(timeout.effect(), Effect::Unknown, "the controller itself does not know");
    }

    #[test]
    fn login_failures_say_whose_fault_it_is() {
        let refused = |stage, status| {
            failed(Nature::Read, false, Cause::Login(LoginError::Refused { stage, status: Status(status) }))
        };
        assert_eq!(refused(Stage::Rakp2, 0x0D).kind(), ErrorKind::Unauthenticated);
        assert_eq!(refused(Stage::Rakp4, 0x0F).kind(), ErrorKind::Unauthenticated);
        assert_eq!(refused(Stage::Rakp2, 0x0A).kind(), ErrorKind::PermissionDenied);
        assert_eq!(refused(Stage::Open, 0x11).kind(), ErrorKind::Unsupported);
        assert_eq!(refused(Stage::Open, 0x01).retry(), Retry::After(Some(SLOT_PAUSE)));
        let impostor = failed(Nature::Read, false, Cause::Login(LoginError::CheckMismatch));
        assert_eq!(impostor.kind(), ErrorKind::Untrusted);
        assert_eq!(refused(Stage::Rakp2, 0x0D).retry(), Retry::Never);
    }
}
