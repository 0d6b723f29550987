//! A server of firmware images, for devices that fetch them.
use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;

use super::free_port;

type Files = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// The rig's images; it listens from the first time that one is put there.
#[derive(Clone, Debug, Default)]
pub(super) struct Images(Arc<OnceLock<Listening>>);

#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    files: Files,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Images {
    /// Puts an image there, and tells its address.
    pub(super) fn put(&self, name: &str, image: Vec<u8>) -> String {
        let here = self.0.get_or_init(listen);
        let mut files = here.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(format!("/{name}"), image.into());
        format!("http://{}/{name}", here.address)
    }
}

/// # Panics
/// As [`free_port`].
fn listen() -> Listening {
    let (address, listener) = free_port();
    let files = Files::default();
    let served = Arc::clone(&files);
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let served = Arc::clone(&served);
            let service = service_fn(move |request| give(Arc::clone(&served), request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Listening { address, files, task: task.abort_handle() }
}

async fn give(files: Files, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let file = files.lock().unwrap_or_else(PoisonError::into_inner).get(request.uri().path()).cloned();
    let status = if file.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut answer = Response::new(Full::new(file.unwrap_or_default()));
    *answer.status_mut() = status;
    Ok(answer)
}
