//! A machine with a Redfish view, and a bare HTTP client.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underlay_rack::{Device, Pdu, PowerCable, Rack};
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{ClockMode, Plant, Role, Server};
use underlay_simulators::redfish::{Options, Quirk, Quirks, View, serve};

/// Nothing here takes longer than this in real time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// One simulated machine on a stepped clock, with the accounts `admin`, `operator` and `viewer`, whose passwords are
/// their names. Its two power supplies hang on outlets 1 and 2 of `pdu1`.
pub(crate) struct Rig {
    pub(crate) plant: Plant,
    pub(crate) server: Server,
    pub(crate) view: View,
}

pub(crate) fn machine(persona: &str) -> (Plant, Server) {
    machine_of(persona, &PersonaSet::embedded().expect("personas"))
}

/// The same with personas of the test's own.
pub(crate) fn machine_of(persona: &str, personas: &PersonaSet) -> (Plant, Server) {
    let power = (1..=2).map(|outlet| PowerCable { pdu: "pdu1".into(), outlet }).collect();
    let device = Device { name: "node01".into(), persona: Some(persona.into()), power, ..Device::default() };
    let pdus = vec![Pdu { name: "pdu1".into(), feed: None, outlets: 2 }];
    let rack = Rack { name: "test".into(), seed: 7, pdus, devices: vec![device], ..Rack::default() };
    let plant = Plant::new(&rack, personas, ClockMode::Stepped).expect("plant");
    let server = plant.server("node01").expect("the machine");
    for (name, role) in
        [("admin", Role::Administrator), ("operator", Role::Operator), ("viewer", Role::ReadOnly)]
    {
        server.put_account(name, name.into(), role).expect("a free slot");
    }
    (plant, server)
}

impl Rig {
    pub(crate) async fn new(persona: &str) -> Self {
        Self::with(persona, Options::default()).await
    }

    pub(crate) async fn with(persona: &str, options: Options) -> Self {
        let (plant, server) = machine(persona);
        let view = serve(server.clone(), LOOPBACK, options).await.expect("a view");
        Self { plant, server, view }
    }

    /// A machine of this persona with exactly these quirks.
    pub(crate) async fn persona_with(persona: &str, quirks: &[Quirk]) -> Self {
        let quirks = quirks.iter().copied().collect::<Quirks>();
        Self::with(persona, Options { quirks: Some(quirks), ..Options::default() }).await
    }

    /// The standard machine with exactly these quirks.
    pub(crate) async fn quirky(quirks: &[Quirk]) -> Self {
        let quirks = quirks.iter().copied().collect::<Quirks>();
        Self::with("standard", Options { quirks: Some(quirks), ..Options::default() }).await
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.view.address())
    }

    /// A client with a session of this account.
    pub(crate) async fn session(&self, user: &str) -> Client {
        let body = serde_json::json!({ "UserName": user, "Password": user });
        let reply = self.client().post("/redfish/v1/SessionService/Sessions", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let token = reply.header("x-auth-token").expect("a token").to_owned();
        self.client().with("X-Auth-Token", &token)
    }

    pub(crate) async fn admin(&self) -> Client {
        self.session("admin").await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.plant.advance(Duration::from_secs(seconds));
    }

    /// Until the host has booted its operating system.
    pub(crate) fn settle(&self) {
        self.advance(600);
    }

    /// The path of the computer system.
    pub(crate) async fn system(&self, client: &Client) -> String {
        let systems = client.get("/redfish/v1/Systems").await.json();
        systems["Members"][0]["@odata.id"].as_str().expect("a system").to_owned()
    }
}

/// Sends each request on a connection of its own.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    headers: Vec<(String, String)>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, headers: Vec::new() }
    }

    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, body.to_string().as_bytes()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, body.to_string().as_bytes()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, b"").await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends a request and reads the answer to the end of the connection.
    pub(crate) async fn try_send(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Reply> {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(&self.request(method, path, body)).await?;
            let mut answer = Vec::new();
            // A reset after the answer is an end, too.
            let ended = stream.read_to_end(&mut answer).await;
            if answer.is_empty() {
                ended?;
            }
            Reply::parse(&answer, method)
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            if !self.headers.iter().any(|(name, _)| name == "Content-Type") {
                head.push_str("Content-Type: application/json\r\n");
            }
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), body].concat()
    }
}

impl Reply {
    pub(crate) fn parse(answer: &[u8], method: &str) -> io::Result<Self> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or_else(|| bad("no end of headers"))?;
        let head = std::str::from_utf8(&answer[..end]).map_err(|_| bad("headers are not UTF-8"))?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut reply = Self {
            status: status.ok_or_else(|| bad("no status"))?,
            headers,
            body: answer[end + 4..].to_vec(),
        };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = dechunk(&reply.body).ok_or_else(|| bad("the body breaks off"))?;
        } else if let Some(length) = reply.header("content-length").and_then(|length| length.parse().ok())
            && method != "HEAD"
            && reply.body.len() < length
        {
            return Err(bad("the body breaks off"));
        }
        Ok(reply)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The key of the first message of an error.
    pub(crate) fn message(&self) -> String {
        let id = self.json()["error"]["@Message.ExtendedInfo"][0]["MessageId"].clone();
        id.as_str().unwrap_or_else(|| panic!("no message: {}", self.text())).to_owned()
    }
}

/// The chunks that have come of a body that may go on.
pub(crate) fn dechunk_begun(body: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), body);
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n")
        && let Some(size) =
            std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok())
        && let Some(chunk) = rest.get(end + 2..end + 2 + size)
    {
        out.extend(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    out
}

fn dechunk(body: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), body);
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(out);
        }
        out.extend(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
