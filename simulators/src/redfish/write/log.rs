//! Actions of the log service, and the end of its entries.

use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::task::accepted;
use super::{Call, DELETE, GET, Handler, done, only_parameters, refused, word};
use crate::redfish::ORIGIN;
use crate::redfish::etag::{Matching, header_names};
use crate::redfish::http::Request;
use crate::redfish::messages::Key;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::Service;
use crate::redfish::tree::{LogUri, Scene};

/// Seconds of plant time that collecting diagnostic data takes.
const COLLECTING: f64 = 5.0;

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    if owner != LogUri::of(scene).0 {
        return None;
    }
    match action {
        "LogService.ClearLog" => Some(|call, body| clear(call.scene, call.request, body)),
        "LogService.CollectDiagnosticData" => Some(|call, body| collect(call.service, call.scene, body)),
        _ => None,
    }
}

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        [.., "LogServices", _, "Entries", _] => DELETE,
        _ => GET,
    }
}

pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let (collection, id) = call.path.rsplit_once('/')?;
    if !(collection.contains("/LogServices/") && collection.ends_with("/Entries")) {
        return None;
    }
    let Ok(id) = id.parse() else { return Some(Err(Reply::not_found(call.path))) };
    let deleted = call.scene.server.delete_log_entry(id, ORIGIN);
    Some(deleted.map(|_| Reply::no_content()).map_err(refused))
}

fn clear(scene: &Scene<'_>, request: &Request, body: &Map<String, Value>) -> Answer {
    only_parameters("LogService.ClearLog", body, &["LogEntriesETag"])?;
    let given = request.headers.get(header::IF_MATCH).and_then(|given| given.to_str().ok());
    let owner = scene.document(&LogUri::of(scene).0);
    let current = owner.as_ref().and_then(|owner| owner.get("@odata.etag")).and_then(Value::as_str);
    match (given, current) {
        (None, _) if scene.quirks.has(Quirk::ClearNeedsEtag) => {
            return Err(Reply::refuse(StatusCode::PRECONDITION_REQUIRED, Key::PreconditionRequired, &[]));
        }
        // The condition on this action is the tag of the log service, not of its entries.
        (Some(given), Some(current)) if !header_names(given, current, Matching::Standard) => {
            return Err(Reply::refuse(StatusCode::PRECONDITION_FAILED, Key::PreconditionFailed, &[]));
        }
        _ => {}
    }
    scene.server.clear_log(ORIGIN).map_err(refused)?;
    Ok(done(scene))
}

/// Starts the collection of diagnostic data: a real task, 202 with its monitor.
fn collect(service: &Service, scene: &Scene<'_>, body: &Map<String, Value>) -> Answer {
    const ACTION: &str = "LogService.CollectDiagnosticData";
    const TYPE: &str = "DiagnosticDataType";
    only_parameters(ACTION, body, &[TYPE])?;
    word(ACTION, body, TYPE, &["Manager".to_owned()])?;
    let id = scene.server.start_job("Collect diagnostic data", COLLECTING, ORIGIN).map_err(refused)?;
    Ok(accepted(service, id))
}
