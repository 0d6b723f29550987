//! Everything that changes something: which methods a path takes, who may, and what then happens.
//!
//! A change is either made in the plant or refused with a status and message; nothing is accepted and ignored.

mod boot;
mod log;
mod patch;
mod reset;
mod session;

use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::http::Request;
use super::messages::{Key, Message};
use super::persona::ActionReply;
use super::quirks::Quirk;
use super::reply::{Answer, Body, Reply};
use super::service::Service;
use super::sessions::Sessions;
use super::tree::{LogUri, Scene, tasks};
use crate::plant::{AccountView, JobState, Refusal, Role};

const POST: &[Method] = &[Method::POST];
const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";
const TASKS: &str = "/redfish/v1/TaskService/Tasks";

/// An action and the path that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    SystemReset,
    ManagerReset,
    ClearLog,
    CollectDiagnosticData,
}

fn action_at(scene: &Scene<'_>, path: &str) -> Option<Action> {
    let (owner, action) = path.split_once("/Actions/")?;
    match action {
        "ComputerSystem.Reset" if owner == scene.system() => Some(Action::SystemReset),
        "Manager.Reset" if owner == scene.manager() => Some(Action::ManagerReset),
        "LogService.ClearLog" if owner == LogUri::of(scene).0 => Some(Action::ClearLog),
        "LogService.CollectDiagnosticData" if owner == LogUri::of(scene).0 => {
            Some(Action::CollectDiagnosticData)
        }
        _ => None,
    }
}

/// The methods of an action's target, if the path is one.
pub(super) fn action_methods(scene: &Scene<'_>, path: &str) -> Option<&'static [Method]> {
    action_at(scene, path).map(|_| POST)
}

/// The methods of an existing resource.
pub(super) fn methods(path: &str) -> Vec<Method> {
    let mut methods = vec![Method::GET, Method::HEAD];
    let segments: Vec<&str> = path.split('/').skip(3).collect();
    match segments.as_slice() {
        ["Systems" | "Chassis" | "Managers", _] | ["SessionService"] => methods.push(Method::PATCH),
        ["SessionService", "Sessions"] => methods.push(Method::POST),
        ["SessionService", "Sessions", _] | ["TaskService", "Tasks", _] => methods.push(Method::DELETE),
        [.., "LogServices", _, "Entries", _] => methods.push(Method::DELETE),
        _ => {}
    }
    methods
}

/// The least role that may do this (DSP0266, "Redfish operation-to-privilege mapping").
pub(super) fn needed_role(method: &Method, path: &str, account: &AccountView, sessions: &Sessions) -> Role {
    if *method == Method::DELETE {
        let own = path.strip_prefix(SESSIONS).and_then(|id| sessions.get(id.trim_start_matches('/')));
        if own.is_some_and(|session| session.user == account.name) {
            return Role::ReadOnly;
        }
    }
    let components = path.starts_with("/redfish/v1/Chassis")
        || (path.starts_with("/redfish/v1/Systems") && !path.contains("/LogServices/"));
    if components { Role::Operator } else { Role::Administrator }
}

/// Carries out a request whose path, method, role and condition were found good.
pub(super) fn apply(service: &Service, scene: &Scene<'_>, request: &Request, path: &str) -> Answer {
    if let Some(action) = action_at(scene, path) {
        let body = object(request, true)?;
        return match action {
            Action::SystemReset => reset::system(service, scene, &body),
            Action::ManagerReset => reset::manager(service, scene, &body),
            Action::ClearLog => log::clear(service, scene, request, &body),
            Action::CollectDiagnosticData => log::collect(service, scene, &body),
        };
    }
    match request.method {
        Method::PATCH => patch::apply(service, scene, path, &object(request, false)?),
        Method::POST if path == SESSIONS => {
            session::create(service, request.client, &object(request, false)?)
        }
        Method::DELETE => delete(service, scene, path),
        _ => Err(Reply::not_allowed(&methods(path))),
    }
}

fn delete(service: &Service, scene: &Scene<'_>, path: &str) -> Answer {
    let (collection, id) = path.rsplit_once('/').ok_or_else(|| Reply::not_found(path))?;
    if collection == SESSIONS {
        return if service.memory().sessions.delete(id) {
            Ok(Reply::no_content())
        } else {
            Err(Reply::not_found(path))
        };
    }
    if collection == TASKS {
        let job = tasks::find(scene, id).ok_or_else(|| Reply::not_found(path))?;
        if job.state == JobState::Running {
            service.server.cancel_job(job.id, super::ORIGIN).map_err(refused)?;
        } else {
            service.memory().forget_task(job.id, &scene.snapshot.jobs);
        }
        return Ok(Reply::no_content());
    }
    let id: u32 = id.parse().map_err(|_| Reply::not_found(path))?;
    service.server.delete_log_entry(id, super::ORIGIN).map_err(refused)?;
    Ok(Reply::no_content())
}

/// The answer to a GET of a task's monitor, if the path is one.
///
/// - 202 with the task while it runs, 200 with it afterwards.
pub(super) fn task_monitor(service: &Service, scene: &Scene<'_>, path: &str) -> Option<Answer> {
    let id = path.strip_prefix("/redfish/v1/TaskService/TaskMonitors/")?;
    let Some(job) = tasks::find(scene, id) else { return Some(Err(Reply::not_found(path))) };
    let mut reply = Reply::document(tasks::task(scene, job)).with(header::ALLOW, "GET, HEAD");
    if job.state == JobState::Running {
        reply.status = StatusCode::ACCEPTED;
        reply.push(header::LOCATION, path);
        reply.push(header::RETRY_AFTER, "1");
    } else if service.quirks().has(Quirk::MonitorForgets) {
        service.memory().forget_task(job.id, &scene.snapshot.jobs);
    }
    Some(Ok(reply))
}

/// The body as an object. An action may come without one.
fn object(request: &Request, may_be_absent: bool) -> Result<Map<String, Value>, Box<Reply>> {
    if request.body.is_empty() && may_be_absent {
        return Ok(Map::new());
    }
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| !kind.trim_start().to_ascii_lowercase().starts_with("application/json")) {
        return Err(Reply::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, Key::HeaderInvalid, &["Content-Type"]));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::UnrecognizedRequestBody, &[])),
        Err(_) => Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::MalformedJSON, &[])),
    }
}

/// What a refusal of the plant is in Redfish, where nothing more particular is known.
fn refused(refusal: Refusal) -> Box<Reply> {
    match refusal {
        Refusal::BmcDown => {
            let mut reply =
                Reply::refuse(StatusCode::SERVICE_UNAVAILABLE, Key::ServiceTemporarilyUnavailable, &["5"]);
            reply.push(header::RETRY_AFTER, "5");
            reply
        }
        Refusal::HostOff => Reply::refuse(StatusCode::CONFLICT, Key::ResourceInStandby, &[]),
        Refusal::NotFound => Reply::refuse(StatusCode::NOT_FOUND, Key::ResourceMissingAtURI, &["the URI"]),
        Refusal::InTransition | Refusal::Invalid => {
            Reply::refuse(StatusCode::CONFLICT, Key::ResourceInUse, &[])
        }
    }
}

/// The answer to an action that was carried out.
fn done(scene: &Scene<'_>) -> Reply {
    match scene.data.action_reply {
        ActionReply::NoContent => Reply::no_content(),
        ActionReply::Message => {
            let body = super::messages::error_body(&[Message::base(Key::Success, &[])]);
            Reply { status: StatusCode::OK, headers: Vec::new(), body: Body::Json(body) }
        }
    }
}

/// Refuses parameters that an action does not have.
fn only_parameters(action: &str, body: &Map<String, Value>, known: &[&str]) -> Result<(), Box<Reply>> {
    let unknown: Vec<Message> = body
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| Message::base(Key::ActionParameterUnknown, &[action, name]))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Reply::error(StatusCode::BAD_REQUEST, &unknown)) }
}

/// A parameter that has to be one of a list of words.
fn word<'a>(
    action: &str,
    body: &'a Map<String, Value>,
    name: &str,
    allowable: &[String],
) -> Result<&'a str, Box<Reply>> {
    let bad = |key, arguments: &[&str]| Err(Reply::refuse(StatusCode::BAD_REQUEST, key, arguments));
    match body.get(name) {
        None => bad(Key::ActionParameterMissing, &[action, name]),
        Some(Value::String(word)) if allowable.contains(word) => Ok(word),
        Some(Value::String(word)) => bad(Key::ActionParameterValueNotInList, &[word, name, action]),
        Some(other) => bad(Key::ActionParameterValueTypeError, &[&other.to_string(), name, action]),
    }
}
