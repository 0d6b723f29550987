//! Everything that changes something: which methods a path takes, who may, and what then happens.
//!
//! A change is either made in the plant or refused with a status and message; nothing is accepted and ignored.

mod accounts;
mod bios;
mod boot;
mod boot_order;
mod certificates;
mod log;
mod manager;
mod patch;
mod reset;
mod secure_boot;
mod session;
mod storage;
mod task;

use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::events;
use super::http::Request;
use super::media;
use super::messages::{Key, Message};
use super::oem;
use super::persona::ActionReply;
use super::reply::{Answer, Body, Reply};
use super::service::Service;
use super::tree::{Scene, accounts as accounts_of};
use super::update;
use crate::plant::{AccountView, Refusal, Role};

pub(in crate::redfish) use patch::{not_listed, written, wrong_type};
pub(super) use session::SESSIONS;
pub(super) use storage::ask as ask_storage;
pub(super) use task::{accepted, task_monitor};

const GET: &[Method] = &[];
const POST: &[Method] = &[Method::POST];
const PATCH: &[Method] = &[Method::PATCH];
const DELETE: &[Method] = &[Method::DELETE];
const PATCH_DELETE: &[Method] = &[Method::PATCH, Method::DELETE];

/// A request whose path, method, role and condition were found good, with all that handlers look at.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) service: &'a Service,
    pub(super) scene: &'a Scene<'a>,
    pub(super) request: &'a Request,
    /// The path of the resource, without `/Members`.
    pub(super) path: &'a str,
    /// Who asks; nobody where no login is needed.
    pub(super) account: Option<&'a AccountView>,
}

/// Carries out a request with this body.
pub(super) type Handler = fn(&Call<'_>, &Map<String, Value>) -> Answer;
/// What became of one property of a PATCH.
pub(super) type Written = Result<(), Vec<Message>>;

/// Which handler an action has: owner's path, action's name.
type FindAction = fn(&Scene<'_>, &str, &str) -> Option<Handler>;
/// Which methods a resource takes beside GET and HEAD: the segments of its path after `/redfish/v1`.
type FindMethods = fn(&Scene<'_>, &[&str]) -> &'static [Method];
/// Writes a property; `None` if the resource has none of that name that can be written.
type WriteProperty = fn(&Call<'_>, &str, &Value) -> Option<Written>;

// One row a line, so that two additions do not meet.
#[rustfmt::skip]
const ACTIONS: &[FindAction] = &[
    reset::action,
    log::action,
    bios::action,
    storage::action,
    secure_boot::action,
    update::action,
    media::action,
    oem::dell::action,
    manager::action,
    certificates::action,
    events::action,
];
#[rustfmt::skip]
const METHODS: &[FindMethods] = &[
    patch::methods,
    log::methods,
    session::methods,
    task::methods,
    bios::methods,
    storage::methods,
    secure_boot::methods,
    boot_order::methods,
    media::methods,
    oem::methods,
    accounts::methods,
    manager::methods,
    events::methods,
];
#[rustfmt::skip]
const PROPERTIES: &[WriteProperty] = &[
    patch::property,
    storage::property,
    secure_boot::property,
    boot_order::property,
    accounts::property,
    manager::property,
    events::property,
    oem::property,
];
/// Who takes the whole body of a PATCH, such as one that is answered with a task.
#[rustfmt::skip]
const PATCHERS: &[fn(&Call<'_>) -> Option<Handler>] = &[
    bios::patcher,
    secure_boot::patcher,
    oem::patcher,
    media::patcher,
    accounts::patcher,
];
/// Who makes a member of a collection.
#[rustfmt::skip]
const CREATORS: &[fn(&Call<'_>) -> Option<Handler>] = &[
    session::creator,
    storage::creator,
    secure_boot::creator,
    accounts::creator,
    events::creator,
];
/// Who deletes a resource.
#[rustfmt::skip]
const REMOVERS: &[fn(&Call<'_>) -> Option<Answer>] = &[
    session::remove,
    task::remove,
    log::remove,
    storage::remove,
    secure_boot::remove,
    accounts::remove,
    events::remove,
];

fn action_at(scene: &Scene<'_>, path: &str) -> Option<Handler> {
    if let Some(push) = update::push_handler(scene, path) {
        return Some(push);
    }
    let (owner, action) = path.split_once("/Actions/")?;
    ACTIONS.iter().find_map(|find| find(scene, owner, action))
}

/// The methods of what is no resource, if the path is that: an action's target, or a task's monitor.
pub(super) fn action_methods(scene: &Scene<'_>, path: &str) -> Option<&'static [Method]> {
    action_at(scene, path).map(|_| POST).or_else(|| task::monitor_methods(scene, path))
}

/// The methods of an existing resource.
pub(super) fn methods(scene: &Scene<'_>, path: &str) -> Vec<Method> {
    let segments: Vec<&str> = path.split('/').skip(3).collect();
    let more = METHODS.iter().flat_map(|methods| methods(scene, &segments)).cloned();
    [Method::GET, Method::HEAD].into_iter().chain(more).collect()
}

/// The least role that may do this (DSP0266, "Redfish operation-to-privilege mapping").
pub(super) fn needed_role(scene: &Scene<'_>, method: &Method, path: &str, account: &AccountView) -> Role {
    // Everybody may change the own password; what else of the account is judged with the body.
    if *method == Method::PATCH && path == accounts_of::path_of(scene.quirks, account) {
        return Role::ReadOnly;
    }
    if *method == Method::DELETE {
        let memory = scene.service.memory();
        let own = path.strip_prefix(SESSIONS).and_then(|id| memory.sessions.get(id.trim_start_matches('/')));
        if own.is_some_and(|session| session.user == account.name) {
            return Role::ReadOnly;
        }
    }
    // One vendor writes some of its paths in lower case.
    let below =
        |collection: &str| path.get(..collection.len()).is_some_and(|p| p.eq_ignore_ascii_case(collection));
    let components = below("/redfish/v1/Chassis")
        || below(update::SERVICE)
        || below(events::SUBSCRIPTIONS)
        || (below("/redfish/v1/Systems") && !path.contains("/LogServices/"));
    if components { Role::Operator } else { Role::Administrator }
}

/// Carries out a request whose path, method, role and condition were found good.
pub(super) fn apply(call: &Call<'_>) -> Answer {
    let (scene, request, path) = (call.scene, call.request, call.path);
    if let Some(refusal) = oem::refused_by_lock(scene, path) {
        return Err(refusal);
    }
    if let Some(handle) = action_at(scene, path) {
        return handle(call, &object(request, true)?);
    }
    let refused = || Reply::not_allowed(&methods(scene, path));
    match request.method {
        Method::PATCH => match PATCHERS.iter().find_map(|patcher| patcher(call)) {
            Some(patch) => patch(call, &object(request, false)?),
            None => patch::apply(call, &object(request, false)?),
        },
        Method::POST => {
            let create = CREATORS.iter().find_map(|creator| creator(call)).ok_or_else(refused)?;
            create(call, &object(request, false)?)
        }
        Method::DELETE => REMOVERS.iter().find_map(|remove| remove(call)).unwrap_or_else(|| Err(refused())),
        _ => Err(refused()),
    }
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
pub(super) fn refused(refusal: Refusal) -> Box<Reply> {
    match refusal {
        Refusal::BmcDown => {
            let mut reply =
                Reply::refuse(StatusCode::SERVICE_UNAVAILABLE, Key::ServiceTemporarilyUnavailable, &["5"]);
            reply.push(header::RETRY_AFTER, "5");
            reply
        }
        Refusal::HostOff => Reply::refuse(StatusCode::CONFLICT, Key::ResourceInStandby, &[]),
        Refusal::Denied => Reply::refuse(StatusCode::FORBIDDEN, Key::InsufficientPrivilege, &[]),
        Refusal::NotFound => Reply::refuse(StatusCode::NOT_FOUND, Key::ResourceMissingAtURI, &["the URI"]),
        Refusal::InTransition | Refusal::Invalid | Refusal::Conflict => {
            Reply::refuse(StatusCode::CONFLICT, Key::ResourceInUse, &[])
        }
    }
}

/// The answer to an action that was carried out.
pub(super) fn done(scene: &Scene<'_>) -> Reply {
    match scene.data.action_reply {
        ActionReply::NoContent => Reply::no_content(),
        ActionReply::Message => {
            let body = super::messages::error_body(&[Message::base(Key::Success, &[])]);
            Reply { status: StatusCode::OK, headers: Vec::new(), body: Body::Json(body) }
        }
    }
}

/// Refuses parameters that an action does not have.
pub(super) fn only_parameters(
    action: &str,
    body: &Map<String, Value>,
    known: &[&str],
) -> Result<(), Box<Reply>> {
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
