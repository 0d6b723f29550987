//! Writing the boot order, the options in it, and what to fetch by HTTP.

use http::Method;
use serde_json::Value;

use super::boot::boot;
use super::{Call, GET, PATCH, Written, patch};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::tree::{Scene, boot_options};

pub(super) const ORDER: &str = "BootOrder";
pub(super) const URI: &str = "HttpBootUri";

/// The options of an order by their numbers, or what is wrong with each.
pub(super) fn read_order(scene: &Scene<'_>, value: &Value) -> Result<Vec<u16>, Vec<Message>> {
    let Some(entries) = value.as_array() else {
        return Err(vec![
            Message::base(Key::PropertyValueTypeError, &[&value.to_string(), ORDER]).about(&boot(ORDER)),
        ]);
    };
    let (mut order, mut problems) = (Vec::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let about = format!("{}/{at}", boot(ORDER));
        let text = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
        match entry.as_str().map(|name| boot_options::find(scene, name)) {
            Some(Some(number)) if order.contains(&number) => {
                problems.push(Message::base(Key::PropertyValueError, &[ORDER]).about(&about));
            }
            Some(Some(number)) => order.push(number),
            Some(None) => {
                problems.push(Message::base(Key::PropertyValueNotInList, &[&text, ORDER]).about(&about));
            }
            None => problems.push(Message::base(Key::PropertyValueTypeError, &[&text, ORDER]).about(&about)),
        }
    }
    if problems.is_empty() { Ok(order) } else { Err(problems) }
}

/// What to fetch by HTTP; `None` leaves it to DHCP.
pub(super) fn read_uri(value: &Value) -> Result<Option<String>, Vec<Message>> {
    let bad = |key, text: &str| Err(vec![Message::base(key, &[text, URI]).about(&boot(URI))]);
    match value {
        Value::Null => Ok(None),
        Value::String(uri) if uri.is_empty() => Ok(None),
        Value::String(uri) if is_web(uri) => Ok(Some(uri.clone())),
        Value::String(uri) => bad(Key::PropertyValueFormatError, uri),
        other => bad(Key::PropertyValueTypeError, &other.to_string()),
    }
}

fn is_web(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && uri.len() <= 1024
}

/// Lets a boot option be taken when its turn comes, or not.
pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    let id = call.path.strip_prefix(&boot_options::path(call.scene))?.strip_prefix('/')?;
    if name != "BootOptionEnabled" {
        return None;
    }
    let number = boot_options::find(call.scene, id)?;
    Some(match value.as_bool() {
        Some(enabled) => patch::done(call.scene.server.enable_boot_option(number, enabled, ORIGIN)),
        None => Err(patch::wrong_type(name, value)),
    })
}

pub(super) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["Systems", _, "BootOptions", _] => PATCH,
        ["Systems", _, "Settings"] if boot_options::settings_path(scene).is_some() => PATCH,
        _ => GET,
    }
}
