//! From a [`Reply`] to bytes, whole or spoilt on purpose.

use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use serde_json::Value;

use super::faults::Fault;
use super::reply::{Body, Reply};

/// The connection ends here, without (the rest of) an answer.
#[derive(Debug)]
pub(crate) struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was closed on purpose")
    }
}

impl std::error::Error for Lost {}

/// The body of an answer.
pub(crate) type OutBody = UnsyncBoxBody<Bytes, Lost>;

/// The size of one piece of a body made while it is sent.
const PIECE: usize = 64 * 1024;

/// Makes the response, applying what the fault does to the bytes.
pub(crate) fn response(reply: Reply, fault: Option<&Fault>) -> Response<OutBody> {
    let (content_type, text) = match reply.body {
        Body::None => (None, None),
        Body::Json(document) => {
            (Some("application/json;charset=utf-8"), Some(document.to_string().into_bytes()))
        }
        Body::Events(stream) => {
            let mut response = Response::new(stream.into_body());
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            for (name, value) in reply.headers {
                response.headers_mut().append(name, value);
            }
            return response;
        }
        Body::Text(kind, text) => (Some(kind), Some(text.into_bytes())),
    };
    let mut response = Response::new(OutBody::default());
    *response.status_mut() = reply.status;
    for (name, value) in reply.headers {
        response.headers_mut().append(name, value);
    }
    let content_type = match fault {
        Some(Fault::WrongContentType) => Some("text/html"),
        _ => content_type,
    };
    if let Some(kind) = content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    let body = text.unwrap_or_default();
    let length = body.len();
    *response.body_mut() = match fault {
        Some(Fault::SlowDrip { bytes, pause }) => drip(&body, (*bytes).max(1), *pause),
        Some(Fault::ResetMidBody) => {
            announce(&mut response, length as u64);
            broken(body)
        }
        Some(Fault::TruncatedJson) => whole(body.into_iter().take(length / 2).collect()),
        Some(Fault::HugeBody(bytes)) => huge(*bytes),
        Some(Fault::DeepJson(depth)) => whole([b"[".repeat(*depth), b"]".repeat(*depth)].concat()),
        Some(Fault::NonUtf8) => whole(b"{\"Id\": \"\xff\xfe\xc3\x28\"}".to_vec()),
        Some(Fault::HtmlAsJson) => whole(b"<html><body>Please log in.</body></html>".to_vec()),
        _ if body.is_empty() => Empty::new().map_err(|never| match never {}).boxed_unsync(),
        _ => whole(body),
    };
    response
}

/// The answer of a fault that replaces the service's own, if it is one.
pub(crate) fn instead(fault: &Fault) -> Option<Reply> {
    let bare = |status| Reply { status, headers: Vec::new(), body: Body::None };
    match fault {
        Fault::Redirect(to) => Some(bare(StatusCode::FOUND).with(header::LOCATION, to)),
        Fault::Unauthorized => {
            Some(bare(StatusCode::UNAUTHORIZED).with(header::WWW_AUTHENTICATE, "Basic realm=\"x\""))
        }
        Fault::Unavailable(seconds) => {
            Some(bare(StatusCode::SERVICE_UNAVAILABLE).with(header::RETRY_AFTER, &seconds.to_string()))
        }
        Fault::Status(code) => {
            Some(bare(StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)))
        }
        _ => None,
    }
}

/// What a fault does to a document before it becomes bytes. `asked` is the path and query of the request.
pub(crate) fn spoil(document: &mut Value, fault: Option<&Fault>, path: &str, query: Option<&str>) {
    let Value::Object(fields) = document else { return };
    if !fields.contains_key("Members") {
        return;
    }
    let next = match fault {
        Some(Fault::LoopingPages) => query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
        Some(Fault::EndlessPages) => {
            let page =
                query.and_then(|query| query.strip_prefix("page=")).and_then(|page| page.parse::<u64>().ok());
            format!("{path}?page={}", page.unwrap_or(0).wrapping_add(1))
        }
        _ => return,
    };
    fields.insert("Members@odata.nextLink".into(), next.into());
}

fn announce(response: &mut Response<OutBody>, length: u64) {
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
}

fn whole(body: Vec<u8>) -> OutBody {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()
}

fn drip(body: &[u8], size: usize, pause: Duration) -> OutBody {
    let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(piece))
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn broken(body: Vec<u8>) -> OutBody {
    let half = body.len() / 2;
    let first: Bytes = body.into_iter().take(half).collect::<Vec<_>>().into();
    // The pause lets the first half leave before the connection is torn down.
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(Lost)
    });
    StreamBody::new(stream::iter([Ok(Frame::data(first))]).chain(end)).boxed_unsync()
}

/// A JSON document of about this many bytes that never exists as a whole.
fn huge(bytes: u64) -> OutBody {
    let pieces = bytes / PIECE as u64;
    let filler = Bytes::from(vec![b' '; PIECE]);
    let body = stream::iter(0..pieces).map(move |_| Ok(Frame::data(filler.clone())));
    let ends = |text: &'static [u8]| stream::iter([Ok(Frame::data(Bytes::from_static(text)))]);
    StreamBody::new(ends(b"{").chain(body).chain(ends(b"}"))).boxed_unsync()
}
