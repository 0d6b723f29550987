//! What the tests about hostile and trusted devices share.
#![allow(dead_code, unreachable_pub)]

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use underlay_hal::{CredentialSource, Cx, Device, DeviceId, Endpoint, Opened, Result, Safety};
use underlay_simulators::{Running, ServerTruth, Truth as _};
use underlay_tests::{one_server, run};

/// A context that ends in so many seconds and consents to everything.
pub fn cx(seconds: f64) -> Cx {
    Cx::new("test", "1").within(Duration::from_secs_f64(seconds)).consenting(Safety::Destructive)
}

/// Runs a call that has so many seconds and must end by then; the slack is for a machine that is busy with other tests.
pub async fn in_time<T, F: Future<Output = T>>(seconds: f64, call: impl FnOnce(Cx) -> F) -> T {
    let begun = Instant::now();
    let result = call(cx(seconds)).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs_f64(seconds + 1.0), "it took {took:?} of {seconds} s");
    result
}

/// Waits until something holds, for at most three seconds.
pub async fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..150 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not after three seconds: {what}");
}

/// One simulated server, and one way to reach it.
pub struct Rig {
    pub running: Running,
    pub truth: ServerTruth,
    pub endpoint: Endpoint,
    pub credentials: Arc<dyn CredentialSource>,
}

impl Rig {
    /// A server of this persona that is on, reached by one driver.
    pub async fn new(driver: &str, persona: &str) -> Self {
        let running = run(one_server(persona), 40.0).await;
        let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
        let truth = running.truth("n1").expect("the rack has n1");
        let endpoints = running.rack().device("n1").expect("the rack has n1").endpoints().expect("addresses");
        let endpoint = endpoints.into_iter().find(|at| at.scheme == driver).expect("such an endpoint");
        Self { running, truth, endpoint, credentials }
    }

    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.endpoint.options.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Opens within 20 seconds.
    pub async fn device(&self) -> Arc<dyn Device> {
        self.open(&cx(20.0)).await.unwrap_or_else(|error| panic!("{}", error.report())).device
    }

    pub async fn open(&self, cx: &Cx) -> Result<Opened> {
        open(cx, std::slice::from_ref(&self.endpoint), &self.credentials).await
    }

    /// Waits until no session is open.
    pub async fn no_session_left(&self) {
        soon("no session is left", || self.truth.open_sessions() == 0).await;
        // The truth about Redfish is in the view.
        if let Some(view) = self.running.redfish("n1") {
            soon("no Redfish session is left", || view.sessions() == 0).await;
        }
    }
}

/// Opens `n1` at these endpoints with all drivers.
pub async fn open(cx: &Cx, at: &[Endpoint], credentials: &Arc<dyn CredentialSource>) -> Result<Opened> {
    underlay_drivers::registry()?.open(cx, &DeviceId::from("n1"), at, credentials).await
}

/// How a scripted server answers a request.
pub enum Answer {
    /// A status, further header lines, and a JSON body.
    Json(u16, Vec<(&'static str, String)>, String),
    /// 200 with a body of blanks of this length: announced by `Content-Length`, or in chunks.
    Blanks { length: u64, chunked: bool },
}

impl Answer {
    pub fn ok(body: &str) -> Self {
        Self::Json(200, Vec::new(), body.to_owned())
    }

    pub fn status(status: u16) -> Self {
        Self::Json(status, Vec::new(), "{}".to_owned())
    }
}

/// A plain HTTP server that does as the test says, one request a connection, and remembers what it saw.
pub struct Scripted {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Scripted {
    /// Answers with what the function makes of method, path and body, and closes each connection after it.
    pub async fn start(script: impl Fn(&str, &str, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(false, script).await
    }

    /// The same, but says that connections may be used again; whoever does finds its request taken and the connection
    /// closed without an answer.
    pub async fn start_forgetful(
        script: impl Fn(&str, &str, &str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(true, script).await
    }

    async fn start_with(
        forgetful: bool,
        script: impl Fn(&str, &str, &str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, sent) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicU64>::default());
        let (remembered, counted, script) = (Arc::clone(&seen), Arc::clone(&sent), Arc::new(script));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, sent, script) =
                    (Arc::clone(&remembered), Arc::clone(&counted), Arc::clone(&script));
                tokio::spawn(async move {
                    // A client that has enough goes away; that is what some tests are about.
                    let _ = serve(stream, forgetful, &seen, &sent, &*script).await;
                });
            }
        });
        Self { address, seen, sent, task }
    }

    /// Whole requests, as they came.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panicked").clone()
    }

    /// Bytes of bodies made by [`Answer::Blanks`] that the operating system took.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// This server as a device.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new("redfish", self.address.ip().to_string())
            .port(self.address.port())
            .tls(underlay_hal::Tls::Plain)
    }
}

async fn serve(
    mut stream: TcpStream,
    forgetful: bool,
    seen: &Mutex<Vec<String>>,
    sent: &AtomicU64,
    script: &(impl Fn(&str, &str, &str) -> Answer + ?Sized),
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await?;
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if count == 0 || bytes.len() > 1 << 20 {
            return Ok(());
        }
    };
    seen.lock().expect("nobody panicked").push(format!("{head}\r\n\r\n{body}"));
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match script(method, path, &body) {
        Answer::Json(status, headers, body) => {
            let kept = if forgetful { "keep-alive" } else { "close" };
            let mut text = format!(
                "HTTP/1.1 {status} Scripted\r\nConnection: {kept}\r\nContent-Type: application/json\r\n"
            );
            for (name, value) in headers {
                let _ = write!(text, "{name}: {value}\r\n");
            }
            let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(text.as_bytes()).await?;
            if forgetful {
                // The next request is read and forgotten.
                let count = stream.read(&mut [0; 4096]).await?;
                if count > 0 {
                    seen.lock().expect("nobody panicked").push("forgotten".to_owned());
                }
            }
        }
        Answer::Blanks { length, chunked } => {
            let size = if chunked {
                "Transfer-Encoding: chunked".to_owned()
            } else {
                format!("Content-Length: {length}")
            };
            stream.write_all(format!("HTTP/1.1 200 Scripted\r\n{size}\r\n\r\n").as_bytes()).await?;
            let piece = [b' '; 65536];
            let mut left = length;
            while left > 0 {
                let now = left.min(65536);
                if chunked {
                    stream.write_all(format!("{now:x}\r\n").as_bytes()).await?;
                }
                stream.write_all(piece.get(..usize::try_from(now).unwrap_or(0)).unwrap_or_default()).await?;
                if chunked {
                    stream.write_all(b"\r\n").await?;
                }
                sent.fetch_add(now, Ordering::Relaxed);
                left -= now;
            }
            if chunked {
                stream.write_all(b"0\r\n\r\n").await?;
            }
        }
    }
    stream.shutdown().await
}

/// A small but whole service: root, sessions, one system with a reset action.
pub fn small_service(method: &str, path: &str) -> Answer {
    const SESSION: &str = "/redfish/v1/SessionService/Sessions/1";
    match (method, path) {
        ("GET", "/redfish/v1/") => Answer::ok(
            r#"{"RedfishVersion": "1.6.0", "Systems": {"@odata.id": "/redfish/v1/Systems"},
                "Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}}}"#,
        ),
        ("POST", "/redfish/v1/SessionService/Sessions") => Answer::Json(
            201,
            vec![("X-Auth-Token", "a-token-of-the-test".to_owned()), ("Location", SESSION.to_owned())],
            format!(r#"{{"@odata.id": "{SESSION}"}}"#),
        ),
        ("DELETE", SESSION) => Answer::Json(204, Vec::new(), String::new()),
        ("GET", "/redfish/v1/Systems") => {
            Answer::ok(r#"{"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}"#)
        }
        ("GET", "/redfish/v1/Systems/1") => Answer::ok(
            r##"{"Id": "1", "PowerState": "On", "Actions": {"#ComputerSystem.Reset": {
                "target": "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
                "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "ForceRestart"]}}}"##,
        ),
        ("POST", "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset") => {
            Answer::Json(204, Vec::new(), String::new())
        }
        _ => Answer::status(404),
    }
}
