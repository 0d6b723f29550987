//! What is behind events, and a receiver that hears them.
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;
use underlay_conformance::EventsTruth;

use super::{ServerTruth, free_port};

/// An event is not longer than this.
const LONGEST: usize = 64 << 10;
/// Events that are kept.
const MOST: usize = 10_000;

/// The rig's receiver; it listens from the first time that somebody asks for its address.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiver(Arc<OnceLock<Listening>>);

#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    texts: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    fn address(&self) -> SocketAddr {
        self.0.get_or_init(listen).address
    }

    fn texts(&self) -> Vec<String> {
        let texts = |of: &Listening| of.texts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.get().map(texts).unwrap_or_default()
    }
}

/// # Panics
/// As [`free_port`].
fn listen() -> Listening {
    let (address, listener) = free_port();
    let texts: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&texts);
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            let service = service_fn(move |request| take(Arc::clone(&kept), request));
            // A controller that breaks off has sent nothing.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        }
    });
    Listening { address, texts, task: task.abort_handle() }
}

async fn take(
    kept: Arc<Mutex<Vec<String>>>,
    request: Request<Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let body = Limited::new(request.into_body(), LONGEST).collect().await;
    let text = body.ok().and_then(|body| String::from_utf8(body.to_bytes().to_vec()).ok());
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let status = match text {
        Some(text) if kept.len() < MOST => {
            kept.push(text);
            StatusCode::NO_CONTENT
        }
        _ => StatusCode::BAD_REQUEST,
    };
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = status;
    Ok(answer)
}

impl EventsTruth for ServerTruth {
    fn streams(&self) -> usize {
        self.controller.event_readers().0
    }

    fn cut_streams(&self) {
        self.controller.cut_streams();
    }

    fn subscriptions(&self) -> usize {
        self.controller.event_readers().1
    }

    fn receiver(&self) -> String {
        format!("http://{}/events", self.receiver.address())
    }

    fn received(&self) -> Vec<String> {
        self.receiver.texts()
    }
}
