//! A GET without any of our own code between: expectations are read with it.
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// The document at a path of a plain HTTP service on loopback; nothing unless the status is 200.
///
/// # Panics
/// If nothing answers, or the answer is no HTTP.
#[must_use]
pub fn get(port: u16, path: &str, basic: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = format!(
        "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Basic {basic}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split_whitespace().nth(1).expect("a status");
    (status == "200").then(|| serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}")))
}
