//! The one place where an answer that is not a success becomes an [`Error`].

use std::time::Duration;

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use underlay_hal::{Effect, Error, ErrorKind, Retry};

use crate::json::{self, Lenient as _};

/// Longest message of a device in characters, and longest message id.
const WORDS_LIMIT: usize = 500;
const ID_LIMIT: usize = 128;

/// What an unsuccessful answer says, before it is judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Message ids without registry and version: `ResourceInUse`, `SYS518`.
    pub(crate) ids: Vec<String>,
    /// The first message in words.
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads status, extended information and advice. Tolerates every shape seen: `error.@Message.ExtendedInfo` as
    /// array or object, the same at top level, `error.code` alone, or no JSON at all.
    pub(crate) fn new(status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> Self {
        let body = json::parse(body).unwrap_or(Value::Null);
        let mut infos: Vec<&Value> = Vec::new();
        for holder in [body.at(&["error"]), &body] {
            match holder.at(&["@Message.ExtendedInfo"]) {
                Value::Array(list) => infos.extend(list.iter().take(32)),
                info @ Value::Object(_) => infos.push(info),
                _ => {}
            }
        }
        let mut ids: Vec<String> = infos.iter().filter_map(|info| info.text(&["MessageId"])).collect();
        ids.extend(body.text(&["error", "code"]));
        let message = infos
            .iter()
            .find_map(|info| info.text(&["Message"]))
            .or_else(|| body.text(&["error", "message"]))
            .map(|text| json::plain(&text, WORDS_LIMIT));
        let last = |id: &String| json::plain(id.rsplit('.').next().unwrap_or(id), ID_LIMIT);
        let ids = ids.iter().map(last).collect();
        Self { status, ids, message, retry_after }
    }

    /// Drops the device's words if they repeat this secret, whole or without its `Basic `.
    pub(crate) fn withhold(&mut self, secret: &SecretString) {
        let secret = secret.expose_secret();
        if secret.is_empty() {
            return;
        }
        let bare = secret.strip_prefix("Basic ").unwrap_or(secret);
        self.ids.retain(|id| !id.contains(bare));
        if self.message.as_ref().is_some_and(|message| message.contains(bare)) {
            self.message = Some("the service's words are withheld, for they repeat a secret".to_owned());
        }
    }

    fn says(&self, words: &[&str]) -> bool {
        self.ids.iter().any(|id| words.iter().any(|word| id.eq_ignore_ascii_case(word)))
    }

    fn mentions(&self, word: &str) -> bool {
        self.message.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(word))
            || self.ids.iter().any(|id| id.to_ascii_lowercase().contains(word))
    }
}

/// Wire answer to (kind, retry, effect). The message ids are those of the DMTF Base registry and of vendors' own
/// registries as noted; they go before the status code, which vendors use loosely.
fn classify(refusal: &Refusal, mutation: bool) -> (ErrorKind, Retry, Effect) {
    use ErrorKind as K;
    let soon = Retry::After(refusal.retry_after);
    let refused = |kind| (kind, Retry::Never, Effect::None);

    if refusal.says(&["NoOperation"]) {
        return refused(K::AlreadyInState);
    }
    // Base: in use or in an unknown state; HPE: during self test; Dell: SYS518, not ready.
    if refusal.says(&[
        "ResourceInUse",
        "ResourceInStandby",
        "ServiceTemporarilyUnavailable",
        "ServiceInUnknownState",
        "ServiceShuttingDown",
        "UnableToModifyDuringSystemPOST",
        "InvalidOperationForSystemState",
        "SYS518",
    ]) {
        return (K::Busy, soon, Effect::None);
    }
    // Base, on a conflict: the state has not settled yet, which takes a minute at most (Q5b).
    if refusal.status == StatusCode::CONFLICT && refusal.says(&["ActionParameterValueConflict"]) {
        let pause = refusal.retry_after.unwrap_or(Duration::from_secs(10));
        return (K::Busy, Retry::After(Some(pause)), Effect::None);
    }
    // Base: limits of sessions, subscriptions and members; Dell: RAC0218, too many sessions.
    if refusal.says(&[
        "SessionLimitExceeded",
        "EventSubscriptionLimitExceeded",
        "CreateLimitReachedForResource",
        "RAC0218",
    ]) {
        return (K::ResourceExhausted, soon, Effect::None);
    }
    if refusal.says(&[
        "ActionNotSupported",
        "ActionParameterNotSupported",
        "PropertyNotWritable",
        "NotSupported",
    ]) {
        return refused(K::Unsupported);
    }
    // Base: what the caller gave is wrong.
    if refusal.says(&[
        "PropertyUnknown",
        "PropertyMissing",
        "PropertyValueTypeError",
        "PropertyValueFormatError",
        "PropertyValueNotInList",
        "PropertyValueOutOfRange",
        "PropertyValueError",
        "PropertyValueIncorrect",
        "PropertyValueResourceConflict",
        "ActionParameterUnknown",
        "ActionParameterMissing",
        "ActionParameterValueTypeError",
        "ActionParameterValueFormatError",
        "ActionParameterValueNotInList",
        "ActionParameterValueOutOfRange",
        "ActionParameterValueError",
        "StringValueTooShort",
        "StringValueTooLong",
    ]) {
        return refused(K::InvalidInput);
    }
    if refusal.mentions("licens") {
        return refused(K::LicenseRequired);
    }
    // An account is locked or locked out; a system is locked down.
    if matches!(refusal.status.as_u16(), 401 | 403)
        && (refusal.mentions("locked") || refusal.mentions("lockout"))
        && !(refusal.mentions("locked down") || refusal.mentions("lockdown"))
    {
        return (K::LockedOut, Retry::Never, Effect::None);
    }

    match refusal.status.as_u16() {
        401 => refused(K::Unauthenticated),
        402 => refused(K::LicenseRequired),
        403 => refused(K::PermissionDenied),
        404 | 410 => refused(K::NotFound),
        405 | 501 => refused(K::Unsupported),
        408 => (K::Timeout, soon, if mutation { Effect::Unknown } else { Effect::None }),
        409 => (K::Conflict, Retry::Never, Effect::None),
        412 | 428 => (K::PreconditionFailed, Retry::Never, Effect::None),
        429 => (K::RateLimited, soon, Effect::None),
        503 => (K::Busy, soon, Effect::None),
        // A gateway that gave up, or a handler that broke down halfway: it may have acted.
        502 | 504 => (K::Busy, soon, if mutation { Effect::Unknown } else { Effect::None }),
        500..=599 if mutation => (K::DeviceFault, Retry::Never, Effect::Unknown),
        500..=599 => (K::DeviceFault, soon, Effect::None),
        300..=399 => refused(K::Protocol),
        _ => refused(K::DeviceFault),
    }
}

/// The refusal as an [`Error`].
pub(crate) fn refused(refusal: &Refusal, mutation: bool) -> Error {
    let (kind, retry, effect) = classify(refusal, mutation);
    let status = refusal.status;
    let message = match &refusal.message {
        Some(message) => format!("HTTP {}: {message}", status.as_u16()),
        None => format!("HTTP {status}"),
    };
    let error = Error::new(kind, message).with_retry(retry).with_effect(effect);
    match refusal.ids.first() {
        Some(id) => error.with_vendor_code(id.clone()),
        None => error,
    }
}

/// A refusal without effect that no other kind describes, of a request that carries a caller's values: it is about them.
pub(crate) fn about_the_values(error: Error) -> Error {
    if error.kind() != ErrorKind::DeviceFault || error.effect() != Effect::None {
        return error;
    }
    let shown = Error::new(ErrorKind::InvalidInput, error.message().to_owned());
    match error.vendor_code() {
        Some(code) => shown.with_vendor_code(code),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judge(status: u16, body: &Value, mutation: bool) -> (ErrorKind, Retry, Effect) {
        let refusal = Refusal::new(StatusCode::from_u16(status).unwrap(), body.to_string().as_bytes(), None);
        classify(&refusal, mutation)
    }

    fn with_id(id: &str) -> Value {
        json!({"error": {"code": "Base.1.8.GeneralError", "@Message.ExtendedInfo": [{"MessageId": id}]}})
    }

    #[test]
    fn message_ids_go_before_the_status() {
        let cases = [
            (400, "iLO.2.14.UnableToModifyDuringSystemPOST", ErrorKind::Busy),
            (503, "IDRAC.2.8.RAC0218", ErrorKind::ResourceExhausted),
            (400, "Base.1.8.NoOperation", ErrorKind::AlreadyInState),
            (400, "Base.1.8.ActionNotSupported", ErrorKind::Unsupported),
            (403, "SMC.1.0.OemLicenseNotPassed", ErrorKind::LicenseRequired),
            (400, "Base.1.8.PropertyUnknown", ErrorKind::InvalidInput),
            (409, "Base.1.8.ActionParameterValueConflict", ErrorKind::Busy),
            (409, "IDRAC.2.8.PSU501", ErrorKind::Conflict),
            (400, "Contoso.1.0.Whatever", ErrorKind::DeviceFault),
        ];
        for (status, id, kind) in cases {
            assert_eq!(judge(status, &with_id(id), true).0, kind, "{status} {id}");
        }
    }

    #[test]
    fn only_a_mutation_that_may_have_run_has_an_unknown_effect() {
        for status in [500, 502, 504, 408] {
            assert_eq!(judge(status, &Value::Null, true).2, Effect::Unknown, "{status}");
            assert_eq!(judge(status, &Value::Null, false).2, Effect::None, "{status}");
        }
        for status in [400, 401, 403, 404, 405, 409, 412, 429, 501, 503] {
            assert_eq!(judge(status, &Value::Null, true).2, Effect::None, "{status}");
        }
    }

    #[test]
    fn a_message_that_repeats_the_secret_is_withheld_and_others_are_not() {
        let told = |word: &str| {
            let message = format!("The value '{word}' for Password is not acceptable.");
            let body = json!({"error": {"@Message.ExtendedInfo": [{"MessageId": word, "Message": message}]}});
            let mut refusal = Refusal::new(StatusCode::BAD_REQUEST, body.to_string().as_bytes(), None);
            refusal.withhold(&"hunter2".into());
            format!("{:?} {0}", refused(&refusal, false))
        };
        assert!(!told("hunter2").contains("hunter2"), "{}", told("hunter2"));
        assert!(told("hunter3").contains("hunter3"));
    }

    #[test]
    fn a_refusal_keeps_little_of_a_long_story() {
        let body = json!({"error": {"code": "x".repeat(9999), "message": "\u{1b}]0;".repeat(9999)}});
        let error = refused(&Refusal::new(StatusCode::CONFLICT, body.to_string().as_bytes(), None), true);
        assert_eq!(error.vendor_code().map(str::len), Some(ID_LIMIT));
        assert!(error.message().len() < WORDS_LIMIT + 20 && !error.message().contains('\u{1b}'));
    }

    #[test]
    fn credentials_and_conflicts_are_never_worth_a_retry() {
        for status in [401, 403, 409, 412] {
            assert_eq!(judge(status, &Value::Null, true).1, Retry::Never);
        }
        let locked = json!({"error": {"message": "The account is locked."}});
        assert_eq!(judge(401, &locked, false).0, ErrorKind::LockedOut);
    }

    #[test]
    fn every_shape_of_extended_information_is_read() {
        let object = json!({"error": {"@Message.ExtendedInfo": {"MessageId": "Base.1.0.ResourceInUse"}}});
        let top = json!({"@Message.ExtendedInfo": [{"MessageId": "Base.1.0.ResourceInUse"}]});
        let code = json!({"error": {"code": "Base.1.0.ResourceInUse"}});
        for body in [object, top, code] {
            assert_eq!(judge(409, &body, true).0, ErrorKind::Busy, "{body}");
        }
        let garbage = Refusal::new(StatusCode::CONFLICT, b"<html>\xff", None);
        assert_eq!(classify(&garbage, true).0, ErrorKind::Conflict);
    }
}
