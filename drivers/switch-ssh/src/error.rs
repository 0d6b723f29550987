//! What went wrong on the road, in the interface's words.

use underlay_hal::{Error, ErrorKind};

/// A failure of the library. Nothing of it can hold a password.
pub(crate) fn failed(error: &russh::Error) -> Error {
    use russh::Error as Wire;
    let (kind, message) = match error {
        Wire::UnknownKey => {
            (ErrorKind::Untrusted, "the switch's host key is not the one that is expected".to_owned())
        }
        Wire::NoCommonAlgo { kind, theirs, .. } => {
            let message = format!(
                "no common algorithm ({kind:?}); the switch offers {}; `algorithms = \"legacy\"` offers old ones too",
                theirs.join(", ")
            );
            (ErrorKind::Untrusted, message)
        }
        Wire::IO(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                (ErrorKind::Unreachable, "the switch refuses the connection".to_owned())
            }
            _ => (ErrorKind::Unreachable, format!("the connection failed: {error}")),
        },
        Wire::Disconnect | Wire::HUP | Wire::SendError | Wire::RecvError => {
            (ErrorKind::Unreachable, "the switch closed the connection".to_owned())
        }
        Wire::ConnectionTimeout | Wire::InactivityTimeout | Wire::KeepaliveTimeout => {
            (ErrorKind::Timeout, "the switch does not answer".to_owned())
        }
        other => (ErrorKind::Protocol, format!("the switch breaks the protocol: {other}")),
    };
    Error::new(kind, message)
}
