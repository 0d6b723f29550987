//! Subscriptions made, changed and ended; and events that say they are a test.

use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::{SERVICE, SUBSCRIPTIONS, deliver, fields};
use crate::plant::{MutationKind, TestEvent};
use crate::redfish::ORIGIN;
use crate::redfish::messages::Key;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::Scene;
use crate::redfish::write::{Call, Handler, Written, done, only_parameters, refused};

const SUBMIT: &str = "EventService.SubmitTestEvent";
const TEST: &str = "EventService.TestEventSubscription";
const RESUME: &str = "EventDestination.ResumeSubscription";
const SUSPEND: &str = "EventDestination.SuspendSubscription";

pub(crate) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        _ if !scene.data.events.offered => &[],
        ["EventService"] => &[Method::PATCH],
        ["EventService", "Subscriptions"] => &[Method::POST],
        ["EventService", "Subscriptions", _] => &[Method::PATCH, Method::DELETE],
        _ => &[],
    }
}

/// Attempts and seconds at most.
const MOST_RETRIES: u32 = 100_000;

/// The id in the path of a subscription.
fn id_of(path: &str) -> Option<&str> {
    path.strip_prefix(SUBSCRIPTIONS)?.strip_prefix('/').filter(|id| !id.contains('/'))
}

pub(crate) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    if !scene.data.events.offered {
        return None;
    }
    if owner == SERVICE {
        return match action {
            SUBMIT => Some(submit),
            TEST => Some(|call, body| {
                only_parameters(TEST, body, &[])?;
                send(call, TestEvent::default())
            }),
            _ => None,
        };
    }
    let receiver = scene.service.readers.get(id_of(owner)?).is_some_and(|known| !known.stream);
    match action {
        RESUME if receiver => Some(|call, body| suspend(call, body, RESUME, false)),
        SUSPEND if receiver => Some(|call, body| suspend(call, body, SUSPEND, true)),
        _ => None,
    }
}

fn suspend(call: &Call<'_>, body: &Map<String, Value>, action: &str, suspended: bool) -> Answer {
    only_parameters(action, body, &["DeliverBufferedEventDuration"])?;
    let (owner, _) = call.path.split_once("/Actions/").unwrap_or((call.path, ""));
    let id = id_of(owner).unwrap_or_default();
    let last = call.service.server.last_event();
    call.service.readers.change(id, |subscription| {
        // What happened while it was suspended is not sent afterwards.
        if subscription.suspended {
            subscription.cursor = last;
        }
        subscription.suspended = suspended;
    });
    changed(call, action);
    Ok(done(call.scene))
}

/// Counts a change, and wakes those who send.
fn changed(call: &Call<'_>, what: &str) {
    let server = &call.service.server;
    server.count(ORIGIN, MutationKind::Subscription, what);
    let (streams, receivers) = server.event_readers();
    server.set_event_readers(streams, receivers);
}

fn submit(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    const KNOWN: &[&str] = &[
        "MessageId",
        "Message",
        "MessageArgs",
        "MessageSeverity",
        "Severity",
        "OriginOfCondition",
        "EventType",
        "EventId",
        "EventTimestamp",
        "EventGroupId",
    ];
    only_parameters(SUBMIT, body, KNOWN)?;
    let bad = |key, arguments: &[&str]| Reply::refuse(StatusCode::BAD_REQUEST, key, arguments);
    let text = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(bad(Key::ActionParameterValueTypeError, &[&other.to_string(), name, SUBMIT])),
    };
    let missing = || bad(Key::ActionParameterMissing, &[SUBMIT, "MessageId"]);
    let message_id = text("MessageId")?.ok_or_else(missing)?;
    let severity = text("MessageSeverity")?.or(text("Severity")?);
    if let Some(word) = severity.as_deref().filter(|word| !matches!(*word, "OK" | "Warning" | "Critical")) {
        let arguments = [word, "MessageSeverity", SUBMIT];
        return Err(bad(Key::ActionParameterValueNotInList, &arguments));
    }
    let arguments = match body.get("MessageArgs") {
        None => Vec::new(),
        Some(list) => serde_json::from_value(list.clone()).map_err(|_| {
            bad(Key::ActionParameterValueTypeError, &[&list.to_string(), "MessageArgs", SUBMIT])
        })?,
    };
    let (message, origin) = (text("Message")?, text("OriginOfCondition")?);
    send(call, TestEvent { message_id: Some(message_id), message, arguments, severity, origin })
}

fn send(call: &Call<'_>, event: TestEvent) -> Answer {
    call.service.server.test_event(event, ORIGIN).map_err(refused)?;
    Ok(done(call.scene))
}

pub(crate) fn creator(call: &Call<'_>) -> Option<Handler> {
    (call.path == SUBSCRIPTIONS && call.scene.data.events.offered).then_some(create)
}

fn create(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let place = &call.scene.data.events;
    let subscription = fields::subscription(body, place.policy, call.service.server.last_event());
    let subscription = subscription.map_err(|problems| Reply::error(StatusCode::BAD_REQUEST, &problems))?;
    let Some(subscription) = call.service.readers.add(subscription) else {
        let key = Key::EventSubscriptionLimitExceeded;
        return Err(Reply::refuse(StatusCode::SERVICE_UNAVAILABLE, key, &[]));
    };
    call.service.server.count(ORIGIN, MutationKind::Subscription, "created");
    tokio::spawn(deliver::run(call.service.me(), subscription.id.clone(), subscription.over));
    let path = format!("{SUBSCRIPTIONS}/{}", subscription.id);
    let document = Scene::new(call.service).document(&path).ok_or_else(|| Reply::not_found(&path))?;
    let mut reply = Reply::document(document);
    reply.status = StatusCode::CREATED;
    reply.push(header::LOCATION, &path);
    Ok(reply)
}

pub(crate) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    let readers = &call.service.readers;
    if call.path == SERVICE {
        let number = || value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = || number().filter(|number| *number <= MOST_RETRIES).ok_or(());
        let mut settings = readers.settings();
        let result = match name {
            "ServiceEnabled" => value.as_bool().ok_or(()).map(|enabled| settings.enabled = enabled),
            "DeliveryRetryAttempts" => number().map(|number| settings.attempts = number),
            "DeliveryRetryIntervalSeconds" => number().map(|number| settings.interval = number),
            _ => return None,
        };
        if result.is_err() {
            return Some(Err(fields::wrong_type(name, value)));
        }
        readers.set_settings(settings);
        changed(call, name);
        return Some(Ok(()));
    }
    let id = id_of(call.path)?;
    let result = match name {
        "Context" => fields::text(name, value).map(|context| {
            readers.change(id, |subscription| subscription.context = context);
        }),
        "DeliveryRetryPolicy" => fields::policy(name, value).map(|policy| {
            readers.change(id, |subscription| subscription.policy = policy);
        }),
        "HttpHeaders" => fields::headers(name, value).map(|headers| {
            readers.change(id, |subscription| subscription.headers = headers);
        }),
        _ => return None,
    };
    Some(result.map(|()| changed(call, name)))
}

pub(crate) fn remove(call: &Call<'_>) -> Option<Answer> {
    let id = id_of(call.path)?;
    if !call.service.readers.remove(id) {
        return Some(Err(Reply::not_found(call.path)));
    }
    call.service.server.count(ORIGIN, MutationKind::Subscription, "deleted");
    Some(Ok(Reply::no_content()))
}
