//! The messages this view answers with, and the `Base` registry that declares them.
//!
//! Keys and arguments are those of the standard Base registry (DSP8011); the sentences are our own. Every key a reply
//! carries comes from [`Key`], so a reply cannot name a message that the served registry does not hold.

use serde_json::{Map, Value, json};

/// The version of the Base registry whose keys and arguments are used.
pub(crate) const BASE_VERSION: &str = "1.18.1";

/// The part of a message id before its key: registry, major and minor version.
const BASE_PREFIX: &str = "Base.1.18";

/// One row of a registry.
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) arguments: u8,
    pub(crate) text: &'static str,
    pub(crate) resolution: &'static str,
}

macro_rules! base_messages {
    ($($name:ident, $severity:literal, $arguments:literal, $text:literal, $resolution:literal;)*) => {
        /// A key of the Base registry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Key { $($name,)* }

        const ROWS: &[Row] = &[$(Row {
            key: stringify!($name), severity: $severity, arguments: $arguments, text: $text, resolution: $resolution,
        },)*];
    };
}

base_messages! {
    Success, "OK", 0, "The request was carried out.", "None.";
    GeneralError, "Critical", 0, "The request was refused; the extended information says why.", "Read the extended information.";
    InternalError, "Critical", 0, "The service met a fault of its own.", "Send the request again; if it fails again, reset the service.";
    MalformedJSON, "Critical", 0, "The body of the request is not well-formed JSON.", "Correct the body and send the request again.";
    UnrecognizedRequestBody, "Warning", 0, "The body of the request is not a JSON object this service can read.", "Correct the body and send the request again.";
    EmptyJSON, "Warning", 0, "The body of the request is an empty JSON object.", "Put the properties to change into the body.";
    NoOperation, "Warning", 0, "The request holds nothing that this service could change.", "Nothing is needed if that was meant.";
    PropertyUnknown, "Warning", 1, "The property %1 does not belong to this resource.", "Remove the property and send the request again.";
    PropertyNotWritable, "Warning", 1, "The property %1 can be read but not written.", "Remove the property and send the request again.";
    PropertyMissing, "Warning", 1, "The property %1 is needed and was not given.", "Add the property and send the request again.";
    PropertyValueTypeError, "Warning", 2, "The value '%1' has the wrong type for the property %2.", "Correct the value and send the request again.";
    PropertyValueNotInList, "Warning", 2, "The value '%1' is not one that the property %2 takes.", "Choose one of the listed values.";
    PropertyValueFormatError, "Warning", 2, "The value '%1' has the wrong form for the property %2.", "Correct the value and send the request again.";
    PropertyValueError, "Warning", 1, "The value of the property %1 is wrong.", "Correct the value and send the request again.";
    PropertyValueOutOfRange, "Warning", 2, "The value '%1' is outside the range of the property %2.", "Choose a value within the range.";
    ArraySizeTooLong, "Warning", 2, "The array %1 has more than the %2 elements that fit.", "Leave elements out and send the request again.";
    ActionParameterMissing, "Critical", 2, "The action %1 needs the parameter %2.", "Add the parameter and send the request again.";
    ActionParameterUnknown, "Warning", 2, "The action %1 does not know the parameter %2.", "Remove the parameter and send the request again.";
    ActionParameterValueTypeError, "Warning", 3, "The value '%1' has the wrong type for the parameter %2 of the action %3.", "Correct the value and send the request again.";
    ActionParameterValueNotInList, "Warning", 3, "The value '%1' is not one that the parameter %2 of the action %3 takes.", "Choose one of the allowable values.";
    ActionParameterValueError, "Warning", 2, "The value of the parameter %1 of the action %2 is wrong.", "Correct the value and send the request again.";
    ActionParameterValueConflict, "Warning", 2, "The parameter %1 cannot take the value '%2' in the present state.", "Wait for the state to settle, or choose another value.";
    ResourceMissingAtURI, "Critical", 1, "There is no resource at %1.", "Correct the URI and send the request again.";
    ResourceAlreadyExists, "Critical", 3, "There is a resource of the type %1 already whose %2 is %3.", "Use the one that is there, or choose another value.";
    ResourceInUse, "Warning", 0, "The resource is busy with something else.", "Send the request again later.";
    ResourceInStandby, "Critical", 0, "The resource is in standby and cannot do that.", "Bring the resource to the right power state first.";
    OperationNotAllowed, "Critical", 0, "The HTTP method is not allowed on this resource.", "Use one of the methods in the Allow header.";
    NoValidSession, "Critical", 0, "The request needs a login and carries none that is valid.", "Log in and send the request again.";
    InsufficientPrivilege, "Critical", 0, "The role of this account does not permit the request.", "Use an account with the needed role.";
    PasswordChangeRequired, "Critical", 1, "The password of this account has to be changed before anything else, by a PATCH of %1.", "Change the password and send the request again.";
    SessionLimitExceeded, "Critical", 0, "Every session slot is taken.", "Delete a session or wait until one expires.";
    PreconditionFailed, "Critical", 0, "The ETag given is not the resource's present one; nothing was changed.", "Read the resource again and repeat the request with its ETag.";
    PreconditionRequired, "Critical", 0, "This resource is only changed with an If-Match header.", "Read the resource and repeat the request with its ETag.";
    HeaderMissing, "Critical", 1, "The header %1 is needed and was not given.", "Add the header and send the request again.";
    HeaderInvalid, "Critical", 1, "The header %1 holds a value that this service does not accept.", "Correct the header and send the request again.";
    QueryNotSupported, "Warning", 0, "This query parameter is not offered by this service.", "Remove the query parameter.";
    QueryNotSupportedOnResource, "Warning", 0, "This query parameter makes no sense on this resource.", "Remove the query parameter.";
    QueryNotSupportedOnOperation, "Warning", 0, "Query parameters are only taken by reads.", "Remove the query parameters.";
    QueryCombinationInvalid, "Warning", 0, "These query parameters cannot be used together.", "Remove one of the query parameters.";
    QueryParameterValueTypeError, "Warning", 2, "The value '%1' has the wrong type for the query parameter %2.", "Correct the value.";
    QueryParameterValueFormatError, "Warning", 2, "The value '%1' has the wrong form for the query parameter %2.", "Correct the value.";
    QueryParameterOutOfRange, "Warning", 3, "The value '%1' of the query parameter %2 is outside %3.", "Choose a value within the range.";
    PropertyValueConflict, "Warning", 2, "The value of the property %1 does not go together with that of %2.", "Correct one of the two and send the request again.";
    PropertyValueResourceConflict, "Warning", 3, "The property %1 cannot take the value '%2', because the resource at %3 is not in the state for it.", "Change the state of that resource first, or choose another value.";
    CreateFailedMissingReqProperties, "Critical", 1, "The resource cannot be created without the property %1.", "Add the property and send the request again.";
    CreateLimitReachedForResource, "Critical", 0, "There are as many resources of this kind as there can be.", "Delete one first.";
    ResourceCannotBeDeleted, "Critical", 0, "This resource cannot be deleted.", "Leave the resource alone.";
    ResetRequired, "Warning", 2, "To complete this, reset by the action %1 with the type %2.", "Carry out that reset.";
    EventSubscriptionLimitExceeded, "Critical", 0, "Every place for a subscription is taken.", "Delete a subscription first.";
    EventBufferExceeded, "Warning", 0, "Events happened that are no longer kept and were not delivered.", "Read what may have changed meanwhile.";
    ServiceDisabled, "Warning", 1, "The service %1 is disabled.", "Enable the service and send the request again.";
    ServiceTemporarilyUnavailable, "Critical", 1, "The service cannot answer now; try again in %1 seconds.", "Wait and send the request again.";
}

impl Key {
    fn row(self) -> &'static Row {
        // The enum and the table come from one macro, in one order.
        &ROWS[self as usize]
    }
}

/// One entry of `@Message.ExtendedInfo`.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    id: String,
    text: String,
    arguments: Vec<String>,
    severity: &'static str,
    resolution: &'static str,
    related: Vec<String>,
}

impl Message {
    /// A message of the Base registry with its arguments, in order.
    pub(crate) fn base(key: Key, arguments: &[&str]) -> Self {
        Self::of(BASE_PREFIX, key.row(), arguments)
    }

    /// A message of a registry (its prefix with major and minor version) with its arguments, in order.
    pub(crate) fn of(prefix: &str, row: &Row, arguments: &[&str]) -> Self {
        debug_assert_eq!(usize::from(row.arguments), arguments.len(), "{}", row.key);
        let mut text = row.text.to_owned();
        for (position, argument) in arguments.iter().enumerate() {
            text = text.replace(&format!("%{}", position + 1), argument);
        }
        Self {
            id: format!("{prefix}.{}", row.key),
            text,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            severity: row.severity,
            resolution: row.resolution,
            related: Vec::new(),
        }
    }

    /// A message of anybody's registry, with everything given.
    pub(crate) fn custom(id: &str, text: &str, arguments: &[&str], severity: Option<&str>) -> Self {
        let severity = match severity {
            Some("Warning") => "Warning",
            Some("Critical") => "Critical",
            _ => "OK",
        };
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self {
            id: id.to_owned(),
            text: text.to_owned(),
            arguments,
            severity,
            resolution: "None.",
            related: Vec::new(),
        }
    }

    /// A message of a vendor's own registry, by its full id.
    pub(crate) fn vendor(id: &str, text: &str) -> Self {
        Self {
            id: id.to_owned(),
            text: text.to_owned(),
            arguments: Vec::new(),
            severity: "Critical",
            resolution: "Wait for the state to change and send the request again.",
            related: Vec::new(),
        }
    }

    /// The same message, where nothing was refused.
    pub(crate) fn warning(self) -> Self {
        Self { severity: "Warning", ..self }
    }

    /// The same message in words of the occasion.
    pub(crate) fn saying(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// Names the property the message is about, as a JSON pointer fragment (`#/Boot/BootSourceOverrideTarget`).
    pub(crate) fn about(mut self, pointer: &str) -> Self {
        self.related.push(format!("#/{pointer}"));
        self
    }

    /// The message as it stands in `@Message.ExtendedInfo`.
    pub(crate) fn render(&self) -> Value {
        let mut out = Map::new();
        out.insert("@odata.type".into(), "#Message.v1_2_1.Message".into());
        out.insert("MessageId".into(), self.id.clone().into());
        out.insert("Message".into(), self.text.clone().into());
        out.insert("MessageArgs".into(), self.arguments.clone().into());
        if !self.related.is_empty() {
            out.insert("RelatedProperties".into(), self.related.clone().into());
        }
        out.insert("MessageSeverity".into(), self.severity.into());
        out.insert("Resolution".into(), self.resolution.into());
        Value::Object(out)
    }
}

/// The body of an error answer (DSP0266, "Error responses"): the code and text of the first message, then all of them.
///
/// - With one message, `code` is that message's id; with several, `GeneralError`.
pub(crate) fn error_body(messages: &[Message]) -> Value {
    let general = Message::base(Key::GeneralError, &[]);
    let head = match messages {
        [only] => only,
        _ => &general,
    };
    json!({ "error": {
        "code": head.id,
        "message": head.text,
        "@Message.ExtendedInfo": messages.iter().map(Message::render).collect::<Vec<_>>(),
    }})
}

/// The served `Base` registry: every message this view can answer with.
pub(crate) fn base_registry() -> Value {
    registry("Base", BASE_VERSION, "The messages that this service answers with", ROWS)
}

/// A registry as it is served.
pub(crate) fn registry<'a>(
    prefix: &str,
    version: &str,
    description: &str,
    rows: impl IntoIterator<Item = &'a Row>,
) -> Value {
    let messages: Map<String, Value> = rows
        .into_iter()
        .map(|row| {
            let mut message = json!({
                "Description": row.text,
                "LongDescription": row.text,
                "Message": row.text,
                // Deprecated, and yet what clients read.
                "Severity": row.severity,
                "MessageSeverity": row.severity,
                "NumberOfArgs": row.arguments,
                "Resolution": row.resolution,
            });
            if row.arguments > 0 {
                message["ParamTypes"] = vec!["string"; usize::from(row.arguments)].into();
            }
            (row.key.to_owned(), message)
        })
        .collect();
    json!({
        "@odata.type": "#MessageRegistry.v1_6_0.MessageRegistry",
        "Id": format!("{prefix}.{version}"),
        "Name": format!("{prefix} Message Registry"),
        "Language": "en",
        "Description": description,
        "RegistryPrefix": prefix,
        "RegistryVersion": version,
        "OwningEntity": "DMTF",
        "Messages": messages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_uses_exactly_its_arguments() {
        for row in ROWS {
            for position in 1..=3_u8 {
                let used = row.text.contains(&format!("%{position}"));
                assert_eq!(used, position <= row.arguments, "{}", row.key);
            }
        }
    }

    #[test]
    fn one_message_gives_its_own_code_and_several_give_general_error() {
        let one = error_body(&[Message::base(Key::PropertyUnknown, &["Colour"])]);
        assert_eq!(one["error"]["code"], "Base.1.18.PropertyUnknown");
        assert_eq!(one["error"]["@Message.ExtendedInfo"][0]["MessageArgs"][0], "Colour");
        let two = error_body(&[
            Message::base(Key::PropertyUnknown, &["Colour"]),
            Message::base(Key::PropertyNotWritable, &["Id"]),
        ]);
        assert_eq!(two["error"]["code"], "Base.1.18.GeneralError");
        assert_eq!(two["error"]["@Message.ExtendedInfo"].as_array().map(Vec::len), Some(2));
    }
}
