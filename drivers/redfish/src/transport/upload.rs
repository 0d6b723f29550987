//! Files on their way to the service: streamed from the disk, with their length told beforehand.

use std::{
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    fs::File,
    io::{AsyncRead as _, ReadBuf},
};
use underlay_hal::{Cx, Error, ErrorKind, Progress, Result};

/// So much is read from the disk at once; memory does not grow with the file.
const CHUNK: usize = 64 << 10;

/// One body made of a head, a file and a tail: a plain file, or the parts of `multipart/form-data` (RFC 7578).
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    content_type: String,
    head: Bytes,
    path: PathBuf,
    length: u64,
    tail: Bytes,
    /// Bytes that the transport has taken from us so far, in the attempt under way.
    taken: Arc<AtomicU64>,
}

impl Upload {
    /// The file as it is.
    pub(crate) async fn plain(path: &Path) -> Result<Self> {
        let length = length_of(path).await?;
        Ok(Self {
            content_type: "application/octet-stream".to_owned(),
            head: Bytes::new(),
            path: path.to_owned(),
            length,
            tail: Bytes::new(),
            taken: Arc::default(),
        })
    }

    /// A multipart update (DSP0266, "Multipart HTTP push update"): the parameters as JSON, then the file.
    ///
    /// `boundary` must not occur in the parameters; in the file it cannot be told.
    pub(crate) async fn multipart(path: &Path, parameters: &str, boundary: &str) -> Result<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A quote or line break in the name would end the header (RFC 7578 section 4.2).
        let name: String =
            name.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\') { '_' } else { c }).collect();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"UpdateParameters\"\r\n\
             Content-Type: application/json\r\n\r\n{parameters}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"UpdateFile\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let plain = Self::plain(path).await?;
        Ok(Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            head: head.into(),
            tail: format!("\r\n--{boundary}--\r\n").into(),
            ..plain
        })
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Bytes in all.
    pub(super) fn total(&self) -> u64 {
        self.length.saturating_add(self.head.len() as u64).saturating_add(self.tail.len() as u64)
    }

    /// Has the transport taken all of it? Then the service may have it, and may act on it.
    pub(super) fn is_sent(&self) -> bool {
        self.taken.load(Ordering::SeqCst) >= self.total()
    }

    /// The body, from its beginning; each attempt opens the file anew.
    pub(super) async fn body(&self, cx: &Cx) -> Result<reqwest::Body> {
        self.taken.store(0, Ordering::SeqCst);
        let file = File::open(&self.path).await.map_err(|error| unreadable(&self.path, error))?;
        Ok(reqwest::Body::wrap(Stream {
            parts: self.clone(),
            file,
            stage: Stage::Head,
            left: self.length,
            cx: cx.clone(),
        }))
    }
}

async fn length_of(path: &Path) -> Result<u64> {
    let about = tokio::fs::metadata(path).await.map_err(|error| unreadable(path, error))?;
    if !about.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, format!("{} is no file", path.display())));
    }
    Ok(about.len())
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    let kind =
        if error.kind() == io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::InvalidInput };
    Error::new(kind, format!("cannot read {}", path.display())).with_source(error)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    File,
    Tail,
    Done,
}

struct Stream {
    parts: Upload,
    file: File,
    stage: Stage,
    left: u64,
    cx: Cx,
}

impl Stream {
    fn give(&self, bytes: Bytes) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let more = bytes.len() as u64;
        let done = self.parts.taken.fetch_add(more, Ordering::SeqCst).saturating_add(more);
        self.cx.report(Progress { done, total: self.parts.total() });
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            match self.stage {
                Stage::Head => {
                    self.stage = Stage::File;
                    let head = self.parts.head.clone();
                    if !head.is_empty() {
                        return self.give(head);
                    }
                }
                Stage::File if self.left == 0 => self.stage = Stage::Tail,
                Stage::File => {
                    let want = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
                    let mut space = vec![0; want];
                    let mut buffer = ReadBuf::new(&mut space);
                    match Pin::new(&mut self.file).poll_read(context, &mut buffer) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                        Poll::Ready(Ok(())) => {}
                    }
                    let read = buffer.filled().len();
                    if read == 0 {
                        let short = io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter");
                        return Poll::Ready(Some(Err(short)));
                    }
                    space.truncate(read);
                    self.left = self.left.saturating_sub(read as u64);
                    return self.give(space.into());
                }
                Stage::Tail => {
                    self.stage = Stage::Done;
                    let tail = self.parts.tail.clone();
                    if !tail.is_empty() {
                        return self.give(tail);
                    }
                }
                Stage::Done => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Exact, so that the length is told and nothing is sent in chunks (Q16a).
    fn size_hint(&self) -> SizeHint {
        let taken = self.parts.taken.load(Ordering::SeqCst);
        SizeHint::with_exact(self.parts.total().saturating_sub(taken))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    async fn collected(upload: &Upload) -> Vec<u8> {
        let cx = Cx::new("test", "1");
        let mut stream = Stream {
            parts: upload.clone(),
            file: File::open(&upload.path).await.unwrap(),
            stage: Stage::Head,
            left: upload.length,
            cx,
        };
        let mut all = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|context| Pin::new(&mut stream).poll_frame(context)).await
        {
            all.extend_from_slice(&frame.unwrap().into_data().unwrap());
        }
        all
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[tokio::test]
    async fn a_multipart_body_is_as_long_as_it_says_and_holds_the_file_unchanged() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let file = file(&content);
        let upload = Upload::multipart(file.path(), "{\"Targets\":[]}", "frontier").await.unwrap();
        let body = collected(&upload).await;
        assert_eq!(body.len() as u64, upload.total());
        assert!(upload.is_sent());
        let at = body.windows(content.len()).position(|window| window == content).expect("the file is in it");
        let head = String::from_utf8(body[..at].to_vec()).unwrap();
        assert!(head.starts_with("--frontier\r\n") && head.contains("name=\"UpdateParameters\""), "{head}");
        assert!(head.ends_with("\r\n\r\n") && head.contains("{\"Targets\":[]}\r\n--frontier\r\n"), "{head}");
        assert_eq!(&body[at + content.len()..], b"\r\n--frontier--\r\n");
    }

    #[tokio::test]
    async fn an_empty_file_a_missing_one_and_a_folder() {
        let empty = Upload::plain(file(b"").path()).await.unwrap();
        assert_eq!(empty.total(), 0);
        let missing = Upload::plain(Path::new("/nonexistent/image.bin")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let folder = Upload::plain(&std::env::temp_dir()).await.unwrap_err();
        assert_eq!(folder.kind(), ErrorKind::InvalidInput);
    }
}
