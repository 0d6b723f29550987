//! Those who hear events: a receiver, and a reader of a stream.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::support::{Client, LOOPBACK, PATIENCE, dechunk_begun};

/// An attempt to deliver an event.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// Takes events, or not.
pub(crate) struct Receiver {
    pub(crate) uri: String,
    attempts: Arc<Mutex<Vec<Attempt>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind(LOOPBACK).await.expect("a port");
        let uri = format!("http://{}/events?to=me", listener.local_addr().expect("an address"));
        let attempts: Arc<Mutex<Vec<Attempt>>> = Arc::default();
        let answers: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let (kept, next) = (Arc::clone(&attempts), Arc::clone(&answers));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One that breaks off is no attempt.
                let _ = take(stream, &kept, &next).await;
            }
        });
        Self { uri, attempts, answers, task }
    }

    /// What the next attempts are answered with; 204 afterwards.
    pub(crate) fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.answers.lock().expect("answers").extend(statuses);
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().expect("attempts").clone()
    }

    /// Message ids of all attempts, in order.
    pub(crate) fn told(&self) -> Vec<String> {
        let id = |attempt: Attempt| attempt.body["Events"][0]["MessageId"].as_str().map(str::to_owned);
        self.attempts().into_iter().filter_map(id).collect()
    }

    /// Waits until there were that many attempts.
    pub(crate) async fn until(&self, many: usize) -> Vec<Attempt> {
        eventually(&format!("{many} attempts"), || self.attempts().len() >= many).await;
        self.attempts()
    }
}

async fn take(
    mut stream: TcpStream,
    kept: &Mutex<Vec<Attempt>>,
    answers: &Mutex<VecDeque<u16>>,
) -> io::Result<()> {
    let mut read = Vec::new();
    let (head, length) = loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            break (head.len() + 4, length.and_then(|length| length.parse().ok()).unwrap_or(0_usize));
        }
    };
    while read.len() < head + length {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
    let body = serde_json::from_slice(&read[head..]).unwrap_or(Value::Null);
    let head = String::from_utf8_lossy(&read[..head]).into_owned();
    let status = answers.lock().expect("answers").pop_front().unwrap_or(204);
    kept.lock().expect("attempts").push(Attempt { head, body });
    stream.write_all(format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n").as_bytes()).await
}

/// Waits until that is so, in real time.
pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no {what}"));
}

/// What nobody should do has had time to happen.
pub(crate) async fn a_while() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

/// A stream that is being read.
pub(crate) struct Reader {
    stream: TcpStream,
    raw: Vec<u8>,
    pub(crate) head: String,
}

impl Reader {
    /// Asks for the stream, and reads the head of the answer.
    pub(crate) async fn open(client: &Client, path: &str) -> Self {
        let mut stream = TcpStream::connect(client.address).await.expect("a connection");
        let client = client.with("Accept", "text/event-stream");
        stream.write_all(&client.request("GET", path, b"")).await.expect("sent");
        let mut reader = Self { stream, raw: Vec::new(), head: String::new() };
        reader.read_while("a head", |reader| find(&reader.raw, b"\r\n\r\n").is_none()).await;
        let end = find(&reader.raw, b"\r\n\r\n").expect("the end of the head");
        reader.head = String::from_utf8_lossy(&reader.raw[..end]).to_ascii_lowercase();
        reader.raw.drain(..end + 4);
        reader
    }

    async fn read_while(&mut self, what: &str, more: impl Fn(&Self) -> bool) {
        let reading = async {
            while more(self) {
                let read = self.stream.read_buf(&mut self.raw).await.expect("a stream");
                assert_ne!(read, 0, "the stream ended before {what}: {}", String::from_utf8_lossy(&self.raw));
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no {what}"));
    }

    /// All that has come so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&dechunk_begun(&self.raw)).into_owned()
    }

    /// Reads until that has come.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        self.read_while(text, |reader| !reader.text().contains(text)).await;
        self.text()
    }

    /// Reads until that many events have come: their ids and payloads.
    pub(crate) async fn events(&mut self, many: usize) -> Vec<(u64, Value)> {
        self.read_while(&format!("{many} events"), |reader| events(&reader.text()).len() < many).await;
        events(&self.text())
    }

    /// Reads to the end; whether the body was brought to its proper end.
    pub(crate) async fn end(mut self) -> bool {
        let reading = async { while matches!(self.stream.read_buf(&mut self.raw).await, Ok(1..)) {} };
        tokio::time::timeout(PATIENCE, reading).await.expect("the stream ends");
        self.raw.ends_with(b"0\r\n\r\n")
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn events(text: &str) -> Vec<(u64, Value)> {
    let blocks = text.split("\n\n").filter(|block| !block.starts_with(':'));
    blocks
        .filter_map(|block| {
            let (id, data) = block.strip_prefix("id: ")?.split_once("\ndata: ")?;
            Some((id.parse().ok()?, serde_json::from_str(data).ok()?))
        })
        .collect()
}
