//! What a client writes of a subscription, read.

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::Policy;
use super::readers::{Subscription, Wants};
use super::tree::{EVENT_TYPES, RESOURCE_TYPES};
use crate::redfish::messages::{Key, Message};
use crate::redfish::registries;

/// A value, or everything that is wrong with it.
type Read<T> = Result<T, Vec<Message>>;

/// Reads a subscription, or says everything that is wrong with it.
pub(super) fn subscription(body: &Map<String, Value>, policy: Policy, last: u64) -> Read<Subscription> {
    let mut problems = Vec::new();
    let mut subscription = Subscription {
        id: String::new(),
        destination: String::new(),
        context: String::new(),
        stream: false,
        policy,
        suspended: false,
        headers: Vec::new(),
        wants: Wants::default(),
        cursor: last,
        over: CancellationToken::new(),
    };
    let prefixes: Vec<String> = registries::prefixes().chain(["Base".to_owned()]).collect();
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    let wants = &mut subscription.wants;
    let mut protocol = None;
    for (name, value) in body {
        let result = match name.as_str() {
            "Destination" => destination(name, value).map(|uri| subscription.destination = uri),
            "Protocol" => word(name, value, &["Redfish"]).map(|word| protocol = Some(word)),
            "Context" => text(name, value).map(|text| subscription.context = text),
            "EventTypes" => words(name, value, Some(EVENT_TYPES)).map(|list| wants.event_types = list),
            "RegistryPrefixes" => words(name, value, Some(&prefixes)).map(|list| wants.registries = list),
            "ResourceTypes" => {
                words(name, value, Some(RESOURCE_TYPES)).map(|list| wants.resource_types = list)
            }
            "MessageIds" => words(name, value, None).map(|list| wants.message_ids = list),
            "EventFormatType" => word(name, value, &["Event"]).map(drop),
            "SubscriptionType" => word(name, value, &["RedfishEvent"]).map(drop),
            "DeliveryRetryPolicy" => self::policy(name, value).map(|policy| subscription.policy = policy),
            "HttpHeaders" => headers(name, value).map(|headers| subscription.headers = headers),
            _ => Err(vec![Message::base(Key::PropertyUnknown, &[name]).about(name)]),
        };
        problems.extend(result.err().into_iter().flatten());
    }
    for (name, given) in [
        ("Destination", body.contains_key("Destination")),
        ("Protocol", protocol.is_some() || body.contains_key("Protocol")),
    ] {
        if !given {
            problems.push(Message::base(Key::CreateFailedMissingReqProperties, &[name]).about(name));
        }
    }
    if problems.is_empty() { Ok(subscription) } else { Err(problems) }
}

fn wrong(key: Key, value: &str, name: &str) -> Vec<Message> {
    vec![Message::base(key, &[value, name]).about(name)]
}

pub(super) fn wrong_type(name: &str, value: &Value) -> Vec<Message> {
    wrong(Key::PropertyValueTypeError, &value.to_string(), name)
}

pub(super) fn text(name: &str, value: &Value) -> Read<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong_type(name, value))
}

fn word(name: &str, value: &Value, known: &[&str]) -> Read<String> {
    let text = text(name, value)?;
    if known.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(wrong(Key::PropertyValueNotInList, &text, name))
}

fn words(name: &str, value: &Value, known: Option<&[&str]>) -> Read<Vec<String>> {
    let list = value.as_array().ok_or_else(|| wrong_type(name, value))?;
    list.iter().map(|item| known.map_or_else(|| text(name, item), |known| word(name, item, known))).collect()
}

pub(super) fn policy(name: &str, value: &Value) -> Read<Policy> {
    let text = text(name, value)?;
    Policy::from_word(&text).ok_or_else(|| wrong(Key::PropertyValueNotInList, &text, name))
}

/// The address of a receiver: HTTP or HTTPS, and without a login in it.
fn destination(name: &str, value: &Value) -> Read<String> {
    let text = text(name, value)?;
    let uri = text.parse::<http::Uri>().ok();
    let good = uri.is_some_and(|uri| {
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        matches!(uri.scheme_str(), Some("http" | "https")) && plain
    });
    // An address with a login in it is not repeated.
    if good { Ok(text) } else { Err(wrong(Key::PropertyValueFormatError, "", name)) }
}

/// `[{"name": "value"}, …]`; the values may be secrets, and are not repeated.
pub(super) fn headers(name: &str, value: &Value) -> Read<Vec<(String, SecretString)>> {
    let wrong_type = || wrong(Key::PropertyValueTypeError, "", name);
    let mut headers = Vec::new();
    for item in value.as_array().ok_or_else(wrong_type)? {
        for (header, value) in item.as_object().ok_or_else(wrong_type)? {
            let value = value.as_str().ok_or_else(wrong_type)?;
            if HeaderName::try_from(header).is_err() || HeaderValue::try_from(value).is_err() {
                return Err(wrong(Key::PropertyValueFormatError, "", name));
            }
            headers.push((header.clone(), value.into()));
        }
    }
    Ok(headers)
}
