//! Conditions on a request: which tag a resource has, and whether the one given is it.

use http::{Method, StatusCode, header};
use serde_json::Value;

use super::etag::{self, Matching};
use super::http::Request;
use super::messages::Key;
use super::persona::{Etags, RedfishData};
use super::quirks::{Quirk, Quirks};
use super::reply::Reply;
use super::service::Service;

/// The tag of a document, by the persona's habit.
pub(crate) fn tag_for(data: &RedfishData, quirks: Quirks, document: &Value, revision: u64) -> Option<String> {
    if quirks.has(Quirk::BareCollections) && document.get("Members").is_some() {
        return None;
    }
    let accounts = document
        .get("@odata.id")
        .and_then(Value::as_str)
        .is_some_and(|path| path.contains("/AccountService"));
    match data.etags {
        Etags::Accounts if !accounts => None,
        Etags::Strong | Etags::Accounts => Some(etag::tag(document, revision, false)),
        Etags::Weak => Some(etag::tag(document, revision, true)),
        Etags::None => None,
    }
}

/// The answer to a condition that does not hold.
pub(crate) fn stale() -> Box<Reply> {
    Reply::refuse(StatusCode::PRECONDITION_FAILED, Key::PreconditionFailed, &[])
}

impl Service {
    /// Checks `If-Match` of a write. A refused write changes nothing.
    pub(crate) fn check_condition(
        &self,
        request: &Request,
        path: &str,
        document: Option<&Value>,
        is_action: bool,
    ) -> Result<(), Box<Reply>> {
        let quirks = self.quirks();
        let given = request.headers.get(header::IF_MATCH).map(|given| given.to_str().unwrap_or_default());
        let current = document.and_then(|document| document.get("@odata.etag")).and_then(Value::as_str);
        let demanded = quirks.has(Quirk::DemandsIfMatch) && request.method == Method::PATCH;
        match (given, current) {
            (None, Some(_)) if demanded => {
                Err(Reply::refuse(StatusCode::PRECONDITION_REQUIRED, Key::PreconditionRequired, &[]))
            }
            (Some(_), Some(_)) if quirks.has(Quirk::RefusesGoodEtag) => Err(stale()),
            (Some(given), Some(current)) => {
                let matching = if quirks.has(Quirk::MatchesUnquoted) {
                    Matching::OnlyUnquoted
                } else {
                    Matching::Standard
                };
                if !etag::header_names(given, current, matching) {
                    return Err(stale());
                }
                let mut memory = self.memory();
                if quirks.has(Quirk::TransientMismatch)
                    && !memory.refused_once.iter().any(|known| known == path)
                {
                    memory.refused_once.push(path.to_owned());
                    return Err(stale());
                }
                Ok(())
            }
            // The tag of an action's resource is checked by the action; anything else without a tag matches only `*`.
            (Some(given), None) if !is_action && given.trim() != "*" => Err(stale()),
            _ => Ok(()),
        }
    }
}
