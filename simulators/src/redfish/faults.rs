//! Hostile HTTP on demand: what a test tells a device to do instead of answering well.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;

/// What happens instead of (or to) the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Take the request and never answer. The request has no effect.
    Hang,
    /// Answer this much later than otherwise.
    Delay(Duration),
    /// Close the connection without an answer; the request has no effect.
    Drop,
    /// Carry the request out, then close the connection without an answer.
    ActThenDrop,
    /// Close the connection once so many bytes of a firmware image have come in; the request has no effect.
    CutUpload(u64),
    /// Send the body in pieces of this many bytes, each after a pause.
    SlowDrip {
        /// Bytes in each piece; at least one is sent.
        bytes: usize,
        /// The pause before each piece.
        pause: Duration,
    },
    /// Announce the whole body, send half of it, then close the connection.
    ResetMidBody,
    /// A complete answer whose JSON breaks off in the middle.
    TruncatedJson,
    /// Every collection always has one more page, each under a new link.
    EndlessPages,
    /// Every collection's next page is itself.
    LoopingPages,
    /// 302 to this address.
    Redirect(String),
    /// 200 with a JSON document of this many bytes, made while it is sent.
    HugeBody(u64),
    /// JSON arrays nested this deep.
    DeepJson(usize),
    /// A JSON string that is not UTF-8.
    NonUtf8,
    /// The right body under `text/html`.
    WrongContentType,
    /// An HTML page under `application/json`.
    HtmlAsJson,
    /// 401 whatever the credentials. The request has no effect.
    Unauthorized,
    /// 503 with `Retry-After`, in seconds. The request has no effect.
    Unavailable(u32),
    /// This status with an empty body. The request has no effect.
    Status(u16),
    /// 412 to every write. The request has no effect.
    PreconditionStorm,
}

/// When a fault strikes.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// Only for this method; any if absent.
    pub method: Option<Method>,
    /// Only where the path contains this; everywhere if empty.
    pub path: String,
    /// How many times it strikes; for ever if absent.
    pub remaining: Option<u32>,
}

impl Rule {
    /// A fault that strikes every request.
    pub fn always(fault: Fault) -> Self {
        Self { fault, method: None, path: String::new(), remaining: None }
    }

    /// The same, only for one method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// The same, only where the path contains this.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = part.into();
        self
    }

    /// The same, only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.remaining = Some(times);
        self
    }
}

/// The fault knob of one device. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Rule>>>);

impl Faults {
    /// Adds a rule; of several that match, the oldest strikes.
    pub fn add(&self, rule: Rule) {
        self.lock().push(rule);
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for a request, using up one of its times.
    pub(crate) fn strike(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut rules = self.lock();
        let at = rules.iter().position(|rule| {
            rule.method.as_ref().is_none_or(|wanted| wanted == method)
                && path.contains(&rule.path)
                && rule.remaining != Some(0)
        })?;
        let rule = rules.get_mut(at)?;
        let fault = rule.fault.clone();
        if let Some(remaining) = &mut rule.remaining {
            *remaining -= 1;
            if *remaining == 0 {
                rules.remove(at);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_rule_strikes_where_and_as_often_as_told() {
        let faults = Faults::default();
        faults.add(Rule::always(Fault::Hang).method(Method::GET).path("/Systems").times(1));
        assert_eq!(faults.strike(&Method::POST, "/redfish/v1/Systems"), None);
        assert_eq!(faults.strike(&Method::GET, "/redfish/v1/Chassis"), None);
        assert_eq!(faults.strike(&Method::GET, "/redfish/v1/Systems"), Some(Fault::Hang));
        assert_eq!(faults.strike(&Method::GET, "/redfish/v1/Systems"), None);
    }
}
