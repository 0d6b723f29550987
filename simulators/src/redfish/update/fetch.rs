//! Images that the service fetches: `SimpleUpdate` (DSP0268, `UpdateService`).

use std::time::Duration;

use base64::Engine as _;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Bytes;

use crate::plant::{BadImage, ImageInfo, ImageReader, Server, Update};
use crate::redfish::client;

/// The other side has this long to send the next piece.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where an image is.
pub(super) struct Source {
    pub(super) uri: String,
    /// User name and password.
    pub(super) login: Option<(String, String)>,
    /// Bytes at most.
    pub(super) most: u64,
}

/// Fetches an image and tells the plant what became of it.
pub(super) async fn fetch(
    server: Server,
    job: u32,
    source: Source,
    update: impl FnOnce(ImageInfo) -> Update + Send,
) {
    match read(&server, job, &source).await {
        Ok(Some(image)) => server.fetched(job, Ok(&update(image))),
        // Nobody waits for it any more.
        Ok(None) => {}
        Err(why) => server.fetched(job, Err(&why)),
    }
}

async fn read(server: &Server, job: u32, source: &Source) -> Result<Option<ImageInfo>, String> {
    let mut request = Request::builder().method(Method::GET).uri(&source.uri);
    if let Some((user, password)) = &source.login {
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        request = request.header(header::AUTHORIZATION, format!("Basic {login}"));
    }
    let request = request.body(Bytes::new()).map_err(|_| "The address makes no sense.".to_owned())?;
    let generation = server.bmc_generation();
    let answer = client::send(request).await.map_err(|error| error.to_string())?;
    if answer.status() != StatusCode::OK {
        return Err(format!("The image was answered with status {}.", answer.status().as_u16()));
    }
    let mut body = answer.into_body();
    let (mut reader, mut total) = (ImageReader::default(), 0);
    let slow = || "The other side did not send in time.".to_owned();
    while let Some(frame) = tokio::time::timeout(PATIENCE, body.frame()).await.map_err(|_| slow())? {
        let frame = frame.map_err(|_| BadImage::Truncated.to_string())?;
        let Some(bytes) = frame.data_ref() else { continue };
        total += bytes.len() as u64;
        if total > source.most {
            return Err("The image is too large.".to_owned());
        }
        if server.bmc_generation() != generation {
            return Err("The management controller restarted.".to_owned());
        }
        if !server.fetching(job, bytes.len() as u64) {
            return Ok(None);
        }
        reader.push(bytes);
    }
    reader.finish().map(Some).map_err(|bad| bad.to_string())
}
