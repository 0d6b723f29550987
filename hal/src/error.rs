//! One error type for every driver: what went wrong, may it be retried, and *did it happen?*

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::DeviceId;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in terms that a caller can branch on.
///
/// The word a user sees in JSON is the variant in `snake_case` ([`ErrorKind::as_str`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The device or driver cannot do this at all. Never worth a retry.
    Unsupported,
    /// The caller's argument is wrong, whatever the device.
    InvalidInput,
    /// What was named does not exist on the device, or no driver recognises the endpoint.
    NotFound,
    /// Something else holds the place: a name registered twice, a job already queued.
    Conflict,
    /// The device refuses because it already is as asked. Drivers turn this into [`crate::Change::AlreadySo`]
    /// where they can prove it.
    AlreadyInState,
    /// The observed state moved since the plan was made (stale `ETag`, fingerprint, reservation).
    PreconditionFailed,
    /// The device refused the credentials. Never retried: another try counts towards a lockout.
    Unauthenticated,
    /// The account may not do this, or the caller gave no consent, or this is a dry run.
    PermissionDenied,
    /// The account or the device is locked after failed logins.
    LockedOut,
    /// The device wants a licence for this.
    LicenseRequired,
    /// The peer could not prove its identity (certificate, pin, host key); nothing secret was sent.
    Untrusted,
    /// No route, connection refused, or name not found.
    Unreachable,
    /// The deadline passed.
    Timeout,
    /// The caller cancelled.
    Cancelled,
    /// Another session, task or power-on self test holds the device; soon it may work.
    Busy,
    /// The device asks for fewer requests.
    RateLimited,
    /// The device is out of sessions, slots or memory.
    ResourceExhausted,
    /// The reply broke the protocol: garbage, truncation, too large, endless, not what was asked.
    Protocol,
    /// The device said yes, had its time, and reads as before.
    NoEffect,
    /// A well-formed refusal that no other kind describes; see [`Error::vendor_code`].
    DeviceFault,
    /// A defect in this program.
    Unexpected,
}

impl ErrorKind {
    /// The kind in `snake_case`, as machine output carries it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::AlreadyInState => "already_in_state",
            Self::PreconditionFailed => "precondition_failed",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::LockedOut => "locked_out",
            Self::LicenseRequired => "license_required",
            Self::Untrusted => "untrusted",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::RateLimited => "rate_limited",
            Self::ResourceExhausted => "resource_exhausted",
            Self::Protocol => "protocol",
            Self::NoEffect => "no_effect",
            Self::DeviceFault => "device_fault",
            Self::Unexpected => "unexpected",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether the caller may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Another try gives the same answer, or does harm.
    Never,
    /// Worth another try, after the device's own advice if it gave one.
    After(Option<Duration>),
    /// It was worth retrying, and the retries are used up.
    Exhausted,
}

/// Whether the device may have acted: the question that every timeout raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The device did nothing.
    None,
    /// Nobody knows; read back before anything is sent again.
    Unknown,
    /// The device acted, and a later step failed.
    Applied,
}

impl Effect {
    /// The effect in `snake_case`, as machine output carries it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Applied => "applied",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A failure: [`ErrorKind`] to branch on, [`Retry`], [`Effect`], and the circumstances.
///
/// - One word wide, so that `Result<(), Error>` costs nothing on the good path.
/// - `Display` prints its own level only; walk [`StdError::source`] or use [`Error::report`] for the whole chain.
/// - Never holds a secret: drivers put no credential, token or body of a login into message or source.
pub struct Error(Box<Repr>);

struct Repr {
    kind: ErrorKind,
    retry: Retry,
    effect: Effect,
    operation: &'static str,
    device: Option<DeviceId>,
    message: Cow<'static, str>,
    vendor_code: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A new error: never retried, without effect, until said otherwise.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Repr {
            kind,
            retry: Retry::Never,
            effect: Effect::None,
            operation: "",
            device: None,
            message: message.into(),
            vendor_code: None,
            source: None,
        }))
    }

    /// The device does not have this ability.
    #[must_use]
    pub fn unsupported(operation: &'static str) -> Self {
        Self::new(ErrorKind::Unsupported, "not supported by this device").during(operation)
    }

    /// Names the operation (`facet.method`), unless one is named already: the innermost is the most exact.
    #[must_use]
    pub fn during(mut self, operation: &'static str) -> Self {
        if self.0.operation.is_empty() {
            self.0.operation = operation;
        }
        self
    }

    /// Names the device, unless one is named already.
    #[must_use]
    pub fn on(mut self, device: &DeviceId) -> Self {
        self.0.device.get_or_insert_with(|| device.clone());
        self
    }

    /// Sets whether a retry is worth it.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets what is known about the effect.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Keeps the device's own code: a Redfish `MessageId`, an IPMI completion code as `0xd4`.
    #[must_use]
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.0.vendor_code = Some(code.into());
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// May the caller try again?
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Did it happen?
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// The device, once a layer or driver has named it.
    #[must_use]
    pub fn device(&self) -> Option<&DeviceId> {
        self.0.device.as_ref()
    }

    /// The operation (`power.set`), or the empty text.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The bare message, without device and operation.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The device's own code, if it gave one.
    #[must_use]
    pub fn vendor_code(&self) -> Option<&str> {
        self.0.vendor_code.as_deref()
    }

    /// This level and every source below it, on one line.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut next = StdError::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(device) = &self.0.device {
            write!(f, "{device}: ")?;
        }
        if !self.0.operation.is_empty() {
            write!(f, "{}: ", self.0.operation)?;
        }
        f.write_str(&self.0.message)?;
        if let Some(code) = &self.0.vendor_code {
            write!(f, " [{code}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("retry", &self.0.retry)
            .field("effect", &self.0.effect)
            .field("operation", &self.0.operation)
            .field("device", &self.0.device)
            .field("message", &self.0.message)
            .field("vendor_code", &self.0.vendor_code)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn display_prints_its_own_level_and_report_the_chain() {
        let error = Error::new(ErrorKind::Unreachable, "no connection")
            .during("power.state")
            .on(&DeviceId::new("node01"))
            .with_source(std::io::Error::other("refused"));
        assert_eq!(error.to_string(), "node01: power.state: no connection");
        assert_eq!(error.report(), "node01: power.state: no connection: refused");
    }

    #[test]
    fn the_innermost_operation_and_device_stay() {
        let error =
            Error::unsupported("boot.set").during("outer").on(&DeviceId::new("a")).on(&DeviceId::new("b"));
        assert_eq!((error.operation(), error.device().unwrap().as_str()), ("boot.set", "a"));
    }

    #[test]
    fn the_word_in_json_is_the_word_of_as_str() {
        for kind in
            [ErrorKind::Unsupported, ErrorKind::LockedOut, ErrorKind::DeviceFault, ErrorKind::Untrusted]
        {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.as_str()));
        }
    }
}
