//! What the view answers, before it becomes bytes.

use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::Value;

use super::events::EventStream;
use super::messages::{Key, Message, error_body};

/// The body of a [`Reply`].
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// No body.
    None,
    /// A JSON document.
    Json(Value),
    /// Events as they happen.
    Events(EventStream),
    /// Anything else, with its media type.
    Text(&'static str, String),
}

/// An answer: status, the headers particular to it, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
}

/// `Err` is a refusal with its status and messages already decided.
pub(crate) type Answer = Result<Reply, Box<Reply>>;

impl Reply {
    /// 200 with a document.
    pub(crate) fn document(document: Value) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Body::Json(document) }
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Body::None }
    }

    /// An error answer with one or more messages.
    pub(crate) fn error(status: StatusCode, messages: &[Message]) -> Box<Self> {
        Box::new(Self { status, headers: Vec::new(), body: Body::Json(error_body(messages)) })
    }

    /// An error answer with one message of the Base registry.
    pub(crate) fn refuse(status: StatusCode, key: Key, arguments: &[&str]) -> Box<Self> {
        Self::error(status, &[Message::base(key, arguments)])
    }

    /// 404 for a path.
    pub(crate) fn not_found(path: &str) -> Box<Self> {
        Self::refuse(StatusCode::NOT_FOUND, Key::ResourceMissingAtURI, &[path])
    }

    /// 405 with the `Allow` header that the specification demands.
    pub(crate) fn not_allowed(allowed: &[Method]) -> Box<Self> {
        let mut reply = Self::refuse(StatusCode::METHOD_NOT_ALLOWED, Key::OperationNotAllowed, &[]);
        reply.push(header::ALLOW, &allow_value(allowed));
        reply
    }

    /// Adds a header; a value that is not a legal header value is left out.
    pub(crate) fn push(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
    }

    /// Adds a header, for building in one expression.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.push(name, value);
        self
    }
}

/// The value of an `Allow` header.
pub(crate) fn allow_value(allowed: &[Method]) -> String {
    allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}
