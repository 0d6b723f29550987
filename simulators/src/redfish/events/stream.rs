//! Events as they happen, on a connection that stays open (DSP0266, "Server-sent events").

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::stream;
use http::{HeaderName, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::readers::{Readers, Subscription, Wants};
use super::record::Record;
use crate::redfish::bytes::OutBody;
use crate::redfish::http::Request;
use crate::redfish::messages::Key;
use crate::redfish::reply::{Answer, Body, Reply};
use crate::redfish::service::Service;
use crate::redfish::tree::Scene;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A stream that is yet to be sent. Clones share it; the first to take it has it.
#[derive(Clone)]
pub(crate) struct EventStream(Arc<Mutex<Option<Source>>>);

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventStream")
    }
}

/// Everything a stream needs; when it is dropped, its subscription ends.
struct Source {
    service: Weak<Service>,
    readers: Readers,
    id: String,
    cursor: u64,
    /// Something between the client's place and ours is lost.
    gap: bool,
    begun: bool,
    cuts: u64,
    changed: watch::Receiver<u64>,
    over: CancellationToken,
    heartbeat: Duration,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.readers.remove(&self.id);
    }
}

/// Is this the stream's address?
pub(crate) fn is_stream(service: &Service, path: &str) -> bool {
    let place = &service.data.events;
    place.offered && !place.stream_uri.is_empty() && path == place.stream_uri
}

/// The answer to a GET of the stream's address, if the path is that.
pub(crate) fn open(service: &Service, request: &Request) -> Option<Answer> {
    if !is_stream(service, &request.path) {
        return None;
    }
    let place = &service.data.events;
    let accept = request.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let takes = accept.is_none_or(|accept| {
        accept.split(',').any(|kind| {
            matches!(
                kind.split(';').next().unwrap_or_default().trim(),
                "text/event-stream" | "text/*" | "*/*"
            )
        })
    });
    if !takes {
        return Some(Err(Reply::refuse(StatusCode::NOT_ACCEPTABLE, Key::HeaderInvalid, &["Accept"])));
    }
    if request.query.as_deref().is_some_and(|query| query.contains("$filter")) {
        return Some(Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryNotSupportedOnResource, &[])));
    }
    if !service.readers.settings().enabled {
        return Some(Err(Reply::refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            Key::ServiceDisabled,
            &["EventService"],
        )));
    }
    let server = &service.server;
    let last = server.last_event();
    let asked = request.headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let asked: Option<u64> = asked.filter(|asked| *asked <= last);
    // As far back as is kept, and as this service goes.
    let kept = server.events_after(0).first().map_or(last, |event| event.id.saturating_sub(1));
    let earliest = kept.max(last.saturating_sub(place.replays));
    let cursor = asked.map_or(last, |asked| asked.max(earliest));
    let gap = asked.is_some_and(|asked| asked < cursor);
    let subscription = Subscription {
        id: String::new(),
        destination: format!("http://{}/", request.client),
        context: String::new(),
        stream: true,
        policy: place.policy,
        suspended: false,
        headers: Vec::new(),
        wants: Wants::default(),
        cursor,
        over: CancellationToken::new(),
    };
    let readers = service.readers.clone();
    let Some(subscription) = readers.add(subscription) else {
        let key = Key::EventSubscriptionLimitExceeded;
        return Some(Err(Reply::refuse(StatusCode::SERVICE_UNAVAILABLE, key, &[])));
    };
    let source = Source {
        service: service.me(),
        readers,
        id: subscription.id,
        cursor,
        gap,
        begun: false,
        cuts: server.stream_cuts(),
        changed: server.subscribe(),
        over: subscription.over,
        heartbeat: Duration::try_from_secs_f64(place.heartbeat).unwrap_or(Duration::from_secs(10)),
    };
    let body = Body::Events(EventStream(Arc::new(Mutex::new(Some(source)))));
    Some(Ok(Reply { status: StatusCode::OK, headers: Vec::new(), body }.with(header::ALLOW, "GET")))
}

impl EventStream {
    /// The stream as a body; empty if somebody else has it.
    pub(crate) fn into_body(self) -> OutBody {
        let source = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let pieces = stream::unfold(source, |source| async move {
            let mut source = source?;
            let piece = source.next().await?;
            Some((Ok(Frame::data(piece)), Some(source)))
        });
        StreamBody::new(pieces).boxed_unsync()
    }
}

impl Source {
    /// What is sent next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            // A first sign of life: the client knows that it is heard from now on.
            return Some(Bytes::from_static(b": connected\n\n"));
        }
        loop {
            self.changed.borrow_and_update();
            if let Some(text) = self.gather()? {
                return Some(Bytes::from(text));
            }
            tokio::select! {
                () = self.over.cancelled() => return None,
                moved = self.changed.changed() => moved.ok()?,
                () = tokio::time::sleep(self.heartbeat) => return Some(Bytes::from_static(b": heartbeat\n\n")),
            }
        }
    }

    /// What has happened since; `None` when the stream is to end.
    fn gather(&mut self) -> Option<Option<String>> {
        let service = self.service.upgrade()?;
        let server = &service.server;
        let cut = server.stream_cuts() != self.cuts;
        if cut || self.over.is_cancelled() || !self.readers.settings().enabled {
            return None;
        }
        let events = server.events_after(self.cursor);
        if events.is_empty() && !self.gap {
            return Some(None);
        }
        let scene = Scene::new(&service);
        let mut text = String::new();
        if std::mem::take(&mut self.gap) {
            let lost = Record::lost(&scene, self.cursor);
            write_event(&mut text, self.cursor, &lost.payload(&scene, ""));
        }
        for event in events {
            self.cursor = event.id;
            write_event(&mut text, event.id, &Record::of(&scene, &event).payload(&scene, ""));
        }
        self.readers.change(&self.id, |subscription| subscription.cursor = self.cursor);
        Some(Some(text))
    }
}

fn write_event(text: &mut String, id: u64, payload: &serde_json::Value) {
    // A JSON text has no line breaks of its own, so one data line holds it.
    let _infallible = write!(text, "id: {id}\ndata: {payload}\n\n");
}
