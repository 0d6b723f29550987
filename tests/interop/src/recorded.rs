//! A recorded Redfish tree: one folder a resource, `index.json` in each.
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Method, Response, StatusCode, header},
};
use serde_json::Value;
use tempfile::TempDir;

/// A tree, unpacked until dropped.
#[derive(Debug)]
pub struct Tree {
    folder: TempDir,
}

/// What was asked of a served tree.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    reads: Arc<AtomicUsize>,
    others: Arc<AtomicUsize>,
    paths: Arc<Mutex<Vec<String>>>,
}

impl Asked {
    /// The paths of the reads, in their order.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// GET and HEAD requests.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    /// Requests with any other method.
    #[must_use]
    pub fn others(&self) -> usize {
        self.others.load(Ordering::Relaxed)
    }
}

impl Tree {
    /// Unpacks a `.tar.xz`.
    ///
    /// # Panics
    /// If `tar` refuses it.
    #[must_use]
    pub fn unpack(archive: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let done = Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(folder.path()).status();
        assert!(done.as_ref().is_ok_and(|status| status.success()), "tar: {done:?}");
        Self { folder }
    }

    /// Where it is unpacked.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The recorded document at a path such as `/redfish/v1/Systems`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(&fs::read(document(self.folder.path(), path)?).ok()?).ok()
    }

    /// The documents that the members of a collection are, below a property of `from`; none without it.
    #[must_use]
    pub fn members(&self, from: &Value, property: &str) -> Vec<Value> {
        let collection = from[property]["@odata.id"].as_str().and_then(|path| self.get(path));
        collection.map(|collection| self.linked(&collection["Members"])).unwrap_or_default()
    }

    /// The documents that an array of links leads to.
    ///
    /// # Panics
    /// If one was not recorded: then the counts below would be a guess.
    #[must_use]
    pub fn linked(&self, links: &Value) -> Vec<Value> {
        let links = links.as_array().map(Vec::as_slice).unwrap_or_default();
        let path = |link: &Value| link["@odata.id"].as_str().unwrap_or_default().to_owned();
        links
            .iter()
            .map(|link| self.get(&path(link)).unwrap_or_else(|| panic!("{link} was not recorded")))
            .collect()
    }

    /// Serves it over plain HTTP on a free port, until the runtime ends.
    ///
    /// - A document answers GET, whatever the query; all else is 404, and other methods are 405.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn serve(&self) -> (SocketAddr, Asked) {
        let asked = Asked::default();
        let (root, counts) = (self.folder.path().to_owned(), asked.clone());
        let app = Router::new().fallback(move |request: axum::http::Request<Body>| {
            let (root, counts) = (root.clone(), counts.clone());
            async move { answer(&root, &counts, request.method(), request.uri().path()) }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        (address, asked)
    }
}

fn answer(root: &Path, counts: &Asked, method: &Method, path: &str) -> Response<Body> {
    let reply = |status, body: Vec<u8>| {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        counts.others.fetch_add(1, Ordering::Relaxed);
        return reply(StatusCode::METHOD_NOT_ALLOWED, Vec::new());
    }
    counts.reads.fetch_add(1, Ordering::Relaxed);
    counts.paths.lock().unwrap_or_else(PoisonError::into_inner).push(path.trim_end_matches('/').to_owned());
    match document(root, path).and_then(|file| fs::read(file).ok()) {
        Some(body) => reply(StatusCode::OK, body),
        None => reply(StatusCode::NOT_FOUND, Vec::new()),
    }
}

/// The file of a path; none for a path that leaves the tree.
fn document(root: &Path, path: &str) -> Option<PathBuf> {
    let mut file = root.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == ".." {
            return None;
        }
        file.push(part);
    }
    Some(file.join("index.json")).filter(|file| file.is_file())
}
