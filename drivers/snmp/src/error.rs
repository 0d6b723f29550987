//! What a failure means: kind, retry and effect, decided here and nowhere else.

use async_snmp::{Error as Wire, ErrorStatus, error::ErrorKind as WireKind, v3::ReportStatus};
use underlay_hal::{Effect, Error, ErrorKind, Retry};

/// The failure of a request; `mutation` says whether it was to change something.
pub(crate) fn failed(error: &Wire, mutation: bool) -> Error {
    let (kind, retry, effect) = classify(error, mutation);
    let message = match (error.exchange_source(), kind) {
        (Wire::Timeout { .. }, _) => {
            "no answer; with SNMP 1 and 2c a wrong community is not answered, and with 3 a wrong privacy pass phrase may not be".to_owned()
        }
        (Wire::Report { status, .. }, ErrorKind::Unauthenticated) => format!("the unit says: {status}"),
        (Wire::Snmp { status, oid, .. }, _) => match oid {
            Some(oid) => format!("{status} for {oid}"),
            None => status.to_string(),
        },
        (other, _) => other.to_string(),
    };
    let shown = Error::new(kind, message).with_retry(retry).with_effect(effect);
    match error.exchange_source() {
        Wire::Snmp { status, .. } => shown.with_vendor_code(status.to_string()),
        _ => shown,
    }
}

fn classify(error: &Wire, mutation: bool) -> (ErrorKind, Retry, Effect) {
    let soon = Retry::After(None);
    // What was sent may have been done though nothing came back.
    let open = if mutation { Effect::Unknown } else { Effect::None };
    match error.exchange_source() {
        Wire::Snmp { status, .. } => of_status(*status),
        Wire::Report { status, .. } => match **status {
            ReportStatus::NotInTimeWindow { .. } | ReportStatus::UnknownEngineId { .. } => {
                (ErrorKind::Busy, soon, Effect::None)
            }
            ReportStatus::UnknownUserName { .. }
            | ReportStatus::WrongDigest { .. }
            | ReportStatus::DecryptionError { .. }
            | ReportStatus::UnsupportedSecurityLevel { .. } => {
                (ErrorKind::Unauthenticated, Retry::Never, Effect::None)
            }
            _ => (ErrorKind::Protocol, Retry::Never, Effect::None),
        },
        other => match other.kind() {
            WireKind::Timeout | WireKind::ConstructionTimeout => (ErrorKind::Timeout, soon, open),
            WireKind::Network | WireKind::Closed => (ErrorKind::Unreachable, soon, open),
            WireKind::Auth => (ErrorKind::Unauthenticated, Retry::Never, Effect::None),
            WireKind::Config
            | WireKind::InvalidOid
            | WireKind::InvalidMessage
            | WireKind::OutboundMessageTooLarge => (ErrorKind::InvalidInput, Retry::Never, Effect::None),
            _ => (ErrorKind::Protocol, Retry::Never, open),
        },
    }
}

/// What an agent refuses with (RFC 3416 section 4.2.5). A refused SET has changed nothing, unless it says otherwise.
fn of_status(status: ErrorStatus) -> (ErrorKind, Retry, Effect) {
    use ErrorKind as K;
    let refused = |kind| (kind, Retry::Never, Effect::None);
    match status {
        ErrorStatus::NoSuchName | ErrorStatus::NoCreation | ErrorStatus::InconsistentName => {
            refused(K::NotFound)
        }
        ErrorStatus::ReadOnly | ErrorStatus::NotWritable => refused(K::Unsupported),
        ErrorStatus::NoAccess | ErrorStatus::AuthorizationError => refused(K::PermissionDenied),
        ErrorStatus::BadValue
        | ErrorStatus::WrongType
        | ErrorStatus::WrongLength
        | ErrorStatus::WrongEncoding
        | ErrorStatus::WrongValue => refused(K::InvalidInput),
        ErrorStatus::InconsistentValue => refused(K::Conflict),
        ErrorStatus::ResourceUnavailable => (K::Busy, Retry::After(None), Effect::None),
        ErrorStatus::UndoFailed => (K::DeviceFault, Retry::Never, Effect::Unknown),
        _ => refused(K::DeviceFault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_standard_has_a_kind() {
        let expected = [
            (2, ErrorKind::NotFound, Effect::None),
            (3, ErrorKind::InvalidInput, Effect::None),
            (4, ErrorKind::Unsupported, Effect::None),
            (5, ErrorKind::DeviceFault, Effect::None),
            (6, ErrorKind::PermissionDenied, Effect::None),
            (10, ErrorKind::InvalidInput, Effect::None),
            (11, ErrorKind::NotFound, Effect::None),
            (12, ErrorKind::Conflict, Effect::None),
            (13, ErrorKind::Busy, Effect::None),
            (14, ErrorKind::DeviceFault, Effect::None),
            (15, ErrorKind::DeviceFault, Effect::Unknown),
            (16, ErrorKind::PermissionDenied, Effect::None),
            (17, ErrorKind::Unsupported, Effect::None),
            (99, ErrorKind::DeviceFault, Effect::None),
        ];
        for (code, kind, effect) in expected {
            let (found, _, done) = of_status(ErrorStatus::from_i32(code));
            assert_eq!((found, done), (kind, effect), "status {code}");
        }
    }
}
