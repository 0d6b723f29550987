//! Logging in: POST to the sessions collection.

use std::net::IpAddr;

use http::{Method, StatusCode, header};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{Call, DELETE, GET, Handler, POST};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::{Service, TOKEN, vendor_or};
use crate::redfish::sessions::Login;
use crate::redfish::tree::{Scene, accounts};

/// The collection of sessions.
pub(crate) const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["SessionService", "Sessions"] => POST,
        ["SessionService", "Sessions", _] => DELETE,
        _ => GET,
    }
}

pub(super) fn creator(call: &Call<'_>) -> Option<Handler> {
    (call.path == SESSIONS).then_some(|call, body| create(call.service, call.request.client, body))
}

pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let id = call.path.strip_prefix(SESSIONS)?.strip_prefix('/')?;
    Some(if call.service.memory().sessions.delete(id) {
        Ok(Reply::no_content())
    } else {
        Err(Reply::not_found(call.path))
    })
}

fn create(service: &Service, client: IpAddr, body: &Map<String, Value>) -> Answer {
    let unknown = body
        .keys()
        .find(|name| !matches!(name.as_str(), "UserName" | "Password" | "Context" | "SessionType"));
    if let Some(name) = unknown {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::PropertyUnknown, &[name]));
    }
    let user = text(body, "UserName")?;
    let password = SecretString::from(text(body, "Password")?);
    let refused = |_| Reply::refuse(StatusCode::UNAUTHORIZED, Key::NoValidSession, &[]);
    let account = service.server.authenticate(user, &password, ORIGIN).map_err(refused)?;
    let login = Login { user: &account.name, client, at: service.server.date() };
    let now = service.server.client_now();
    let created = service.memory().sessions.create(&login, now);
    let Some(session) = created else {
        let vendor =
            service.data.messages.session_limit.as_ref().filter(|_| service.quirks().has(Quirk::FewSessions));
        let message = vendor_or(vendor, "Every session is in use.", Key::SessionLimitExceeded);
        return Err(Reply::error(StatusCode::SERVICE_UNAVAILABLE, &[message]));
    };
    let path = format!("{SESSIONS}/{}", session.id);
    let mut document = Scene::new(service).document(&path).ok_or_else(|| Reply::not_found(&path))?;
    if account.must_change {
        let own = accounts::path_of(service.quirks(), &account);
        let duty = Message::base(Key::PasswordChangeRequired, &[&own]);
        document["@Message.ExtendedInfo"] = vec![duty.render()].into();
    }
    let mut reply = Reply::document(document);
    reply.status = StatusCode::CREATED;
    reply.push(header::LOCATION, &path);
    reply.push(TOKEN, session.token());
    Ok(reply)
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Box<Reply>> {
    let problem = match body.get(name) {
        Some(Value::String(text)) => return Ok(text),
        None => Message::base(Key::PropertyMissing, &[name]),
        // The value may be a secret in the wrong place, so it is not repeated.
        Some(_) => Message::base(Key::PropertyValueTypeError, &["", name]),
    };
    Err(Reply::error(StatusCode::BAD_REQUEST, &[problem.about(name)]))
}
