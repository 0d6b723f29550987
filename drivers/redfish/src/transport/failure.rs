//! What a failure of the connection means.

use underlay_hal::{Effect, Error, ErrorKind, Retry};

/// Marks an error as a connection that broke, as opposed to one that could not be made.
pub(super) const BROKEN: &str = "connection-broken";

/// A failure of the transport: no identity, no connection, or a connection that broke. `lost` is what is known about
/// the effect if the request may have been sent.
pub(super) fn transport_error(error: reqwest::Error, lost: Effect) -> Error {
    // The address is in our own messages already, and may hold a query.
    let error = error.without_url();
    // Nothing is sent before there is a connection.
    let effect = if error.is_connect() || error.is_builder() { Effect::None } else { lost };
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = next {
        if let Some(tls) = tls_cause(cause) {
            let (kind, message) = match tls {
                rustls::Error::InvalidCertificate(_) | rustls::Error::General(_) => {
                    (ErrorKind::Untrusted, "the service could not prove its identity")
                }
                _ => (ErrorKind::Unreachable, "no TLS connection; does this port speak TLS?"),
            };
            let told = tls.to_string();
            return Error::new(kind, message).with_effect(effect).with_source(std::io::Error::other(told));
        }
        next = cause.source();
    }
    if error.is_builder() {
        return Error::new(ErrorKind::InvalidInput, "no request can be made of this").with_source(error);
    }
    let unreachable = |message| Error::new(ErrorKind::Unreachable, message).with_retry(Retry::After(None));
    if error.is_connect() {
        return unreachable("no connection").with_source(error);
    }
    unreachable("the connection broke before the answer was complete")
        .with_effect(effect)
        .with_vendor_code(BROKEN)
        .with_source(error)
}

/// The TLS error that this is or wraps. The `source` of an I/O error skips what it wraps, so that is looked into.
fn tls_cause<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref::<rustls::Error>().or_else(|| {
        let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        tls_cause(inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_error_is_found_however_deep_it_is_wrapped() {
        let tls = || rustls::Error::General("the pin is another".to_owned());
        let once = std::io::Error::other(tls());
        let twice = std::io::Error::other(std::io::Error::other(tls()));
        for error in [&once, &twice] {
            assert_eq!(tls_cause(error), Some(&tls()));
        }
        assert_eq!(tls_cause(&std::io::Error::other("refused")), None);
    }
}
