//! Images that clients send: read as they come, counted and judged, and never kept.

use std::time::Duration;

use http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use serde_json::{Map, Value};

use super::super::bytes::Lost;
use super::super::faults::Fault;
use super::super::http::Request;
use super::super::login::Caller;
use super::super::messages::Key;
use super::super::quirks::Quirk;
use super::super::reply::Reply;
use super::super::service::Service;
use super::multipart::{Multipart, Piece};
use crate::plant::{BadImage, ImageInfo, ImageReader, Role, UpdateRefusal, Upload as Ticket};
use crate::redfish::ORIGIN;

/// The client has this long to send the next piece.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest `UpdateParameters`.
const MOST_PARAMETERS: usize = 64 * 1024;
/// So much of a body that is refused unread is still taken, so that its sender hears why.
const MOST_DRAINED: u64 = 4 << 20;

/// An image that has come in, or why it was not taken.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Who sent it.
    pub(crate) caller: Option<Caller>,
    pub(crate) result: Result<Received, Box<Reply>>,
    /// What a test told the device to do with this request.
    pub(crate) fault: Option<Fault>,
}

/// An image that has come in whole.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) image: Result<ImageInfo, BadImage>,
    /// `UpdateParameters`; absent from a bare push.
    pub(crate) parameters: Option<Map<String, Value>>,
}

/// The two ways to push (DSP0266, "Multipart HTTP push update"; `HttpPushUri`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Multipart,
    Bare,
}

/// Whether a request pushes an image, and how.
pub(crate) fn way(service: &Service, method: &Method, path: &str) -> Option<Way> {
    let place = &service.data.update;
    if *method != Method::POST || !place.offered {
        return None;
    }
    if place.multipart_uri == path {
        return Some(Way::Multipart);
    }
    (place.push_uri == path).then_some(Way::Bare)
}

/// Reads the body of a push.
pub(crate) async fn receive(
    service: &Service,
    request: &Request,
    way: Way,
    mut body: Incoming,
) -> Result<Upload, Lost> {
    if !service.is_reachable() {
        return Err(Lost);
    }
    let fault = service.faults.strike(&request.method, &request.path);
    let cut = match &fault {
        Some(Fault::CutUpload(bytes)) => Some(*bytes),
        _ => None,
    };
    let (caller, ticket) = match begin(service, request, way) {
        Ok(begun) => begun,
        Err(refusal) => {
            drain(&mut body).await;
            return Ok(Upload { caller: None, result: Err(refusal), fault });
        }
    };
    let content_type = text(request, header::CONTENT_TYPE);
    let multipart = Multipart::new(&content_type).filter(|_| way == Way::Multipart);
    let mut taker = Taker { reader: ImageReader::default(), multipart, part: Part::None, ..Taker::default() };
    if way == Way::Bare {
        taker.part = Part::Image;
    }
    let mut total = 0;
    while let Some(frame) = tokio::time::timeout(PATIENCE, body.frame()).await.map_err(|_| Lost)? {
        let frame = frame.map_err(|_| Lost)?;
        let Some(bytes) = frame.data_ref() else { continue };
        total += bytes.len() as u64;
        ticket.received(bytes.len() as u64);
        if cut.is_some_and(|cut| total >= cut) {
            return Err(Lost);
        }
        if total > service.most_image_bytes() {
            let refusal = Reply::refuse(StatusCode::PAYLOAD_TOO_LARGE, Key::UnrecognizedRequestBody, &[]);
            return Ok(Upload { caller: Some(caller), result: Err(refusal), fault });
        }
        taker.take(bytes);
        service.uploads.saw(taker.held() + bytes.len());
    }
    drop(ticket);
    Ok(Upload { caller: Some(caller), result: taker.finish(service), fault })
}

/// Judges what can be judged before the first byte of the body.
fn begin(service: &Service, request: &Request, way: Way) -> Result<(Caller, Ticket), Box<Reply>> {
    let caller = service.authenticate(request)?;
    if !caller.may(Role::Operator) {
        return Err(Reply::refuse(StatusCode::FORBIDDEN, Key::InsufficientPrivilege, &[]));
    }
    let length = text(request, header::CONTENT_LENGTH).parse::<u64>().ok();
    if length.is_none() && service.quirks().has(Quirk::RefusesChunked) {
        let refusal = Reply::refuse(StatusCode::LENGTH_REQUIRED, Key::HeaderMissing, &["Content-Length"]);
        return Err(refusal);
    }
    if length.is_some_and(|length| length > service.most_image_bytes()) {
        return Err(Reply::refuse(StatusCode::PAYLOAD_TOO_LARGE, Key::UnrecognizedRequestBody, &[]));
    }
    let content_type = text(request, header::CONTENT_TYPE);
    if way == Way::Multipart && Multipart::new(&content_type).is_none() {
        let wrong = &["Content-Type"];
        return Err(Reply::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, Key::HeaderInvalid, wrong));
    }
    let ticket = service.server.begin_upload(ORIGIN).map_err(refused)?;
    Ok((caller, ticket))
}

/// What a refusal of the plant is in Redfish.
pub(crate) fn refused(refusal: UpdateRefusal) -> Box<Reply> {
    match refusal {
        UpdateRefusal::Busy | UpdateRefusal::Other(_) => {
            let key = Key::ServiceTemporarilyUnavailable;
            let mut reply = Reply::refuse(StatusCode::SERVICE_UNAVAILABLE, key, &["30"]);
            reply.push(header::RETRY_AFTER, "30");
            reply
        }
        UpdateRefusal::ApplyTime(time) => {
            let word = super::super::tree::apply_time_word(time);
            let arguments = [word, "@Redfish.OperationApplyTime"];
            Reply::refuse(StatusCode::BAD_REQUEST, Key::PropertyValueNotInList, &arguments)
        }
        UpdateRefusal::NotApplicable | UpdateRefusal::Target => {
            let message = super::messages::not_applicable();
            Reply::error(StatusCode::BAD_REQUEST, &[message])
        }
    }
}

fn text(request: &Request, name: header::HeaderName) -> String {
    request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Takes what comes, up to a point: a connection that is closed on a sender loses the answer.
async fn drain(body: &mut Incoming) {
    let mut left = MOST_DRAINED;
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(PATIENCE, body.frame()).await {
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// The part of the body that is coming in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    None,
    Parameters,
    Image,
    Unknown,
}

#[derive(Debug, Default)]
struct Taker {
    multipart: Option<Multipart>,
    reader: ImageReader,
    part: Part,
    parameters: Vec<u8>,
    /// Parts that have come, by kind.
    seen: Vec<Part>,
    malformed: bool,
}

impl Taker {
    fn held(&self) -> usize {
        let edges = self.multipart.as_ref().map_or(0, Multipart::held);
        edges + self.reader.held() + self.parameters.len()
    }

    fn take(&mut self, bytes: &[u8]) {
        let Some(mut multipart) = self.multipart.take() else {
            self.reader.push(bytes);
            return;
        };
        let split = multipart.push(bytes, &mut |piece| match piece {
            Piece::Begin(name) => {
                self.part = match name.as_str() {
                    "UpdateParameters" => Part::Parameters,
                    "UpdateFile" => Part::Image,
                    _ => Part::Unknown,
                };
                self.seen.push(self.part);
            }
            Piece::Data(data) => match self.part {
                Part::Parameters if self.parameters.len() + data.len() <= MOST_PARAMETERS => {
                    self.parameters.extend_from_slice(data);
                }
                Part::Parameters => self.malformed = true,
                Part::Image => self.reader.push(data),
                Part::None | Part::Unknown => {}
            },
        });
        self.malformed |= split.is_err();
        self.multipart = Some(multipart);
    }

    fn finish(self, service: &Service) -> Result<Received, Box<Reply>> {
        let bad = |key, arguments: &[&str]| Err(Reply::refuse(StatusCode::BAD_REQUEST, key, arguments));
        let Some(multipart) = &self.multipart else {
            return Ok(Received { image: self.reader.finish(), parameters: None });
        };
        if self.malformed || !multipart.is_complete() || self.seen.contains(&Part::Unknown) {
            return bad(Key::UnrecognizedRequestBody, &[]);
        }
        let count = |part| self.seen.iter().filter(|seen| **seen == part).count();
        for (part, name) in [(Part::Parameters, "UpdateParameters"), (Part::Image, "UpdateFile")] {
            match count(part) {
                0 => return bad(Key::PropertyMissing, &[name]),
                1 => {}
                // One file for each request.
                _ => return bad(Key::UnrecognizedRequestBody, &[]),
            }
        }
        let Ok(Value::Object(parameters)) = serde_json::from_slice(&self.parameters) else {
            return bad(Key::MalformedJSON, &[]);
        };
        if service.quirks().has(Quirk::ParametersNeedOem)
            && !parameters.get("Oem").is_some_and(Value::is_object)
        {
            return bad(Key::PropertyMissing, &["Oem"]);
        }
        Ok(Received { image: self.reader.finish(), parameters: Some(parameters) })
    }
}
