//! A scripted BMC on loopback: correct by default, and as hostile as a test wants.
//!
//! It shares framing and hash primitives with the driver; keys, codes and session state are its own.

#![allow(dead_code, unreachable_pub, reason = "shared by test binaries, each of which uses a part")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UdpSocket;
use underlay_hal::{Credentials, Cx, Device, Driver, Endpoint};
use underlay_ipmi::IpmiDriver;
use underlay_ipmi_codec::handshake::{OpenRequest, OpenResponse, Rakp1, Rakp2, Rakp3, Rakp4};
use underlay_ipmi_codec::lan::{Checksums, Request};
use underlay_ipmi_codec::suite::{Authentication, CipherSuite};
use underlay_ipmi_codec::v20::{Frame, Header, PayloadType};
use underlay_ipmi_codec::{Completion, Packet, Privilege, Status, asf, crypto, v15};

pub const PASSWORD: &str = "correct horse";

/// What a datagram from the BMC is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Pong,
    Sessionless,
    Open,
    Rakp2,
    Rakp4,
    /// Network function and command of the request.
    Reply(u8, u8),
}

/// Turns each datagram the BMC would send into those it does send.
pub type Wire = Box<dyn FnMut(Kind, Vec<u8>) -> Vec<Vec<u8>> + Send>;
/// Answers a command in place of the default: completion code and data.
pub type Answers = Box<dyn FnMut(&mut Machine, u8, u8, &[u8]) -> Option<(u8, Vec<u8>)> + Send>;

pub struct Script {
    pub suites: Vec<CipherSuite>,
    pub password: &'static str,
    /// The Open Session refusal for a suite that is not in `suites`.
    pub refusal: fn(u8, u32) -> OpenResponse,
    /// Status of RAKP 2 for a role byte, and of RAKP 4.
    pub rakp2_status: fn(u8) -> u8,
    pub rakp4_status: u8,
    pub wrong_check: bool,
    /// Send garbage without end to whoever sent something.
    pub flood: bool,
    pub wire: Wire,
    pub answers: Answers,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            suites: vec![CipherSuite::SUITE_17, CipherSuite::SUITE_3],
            password: PASSWORD,
            refusal: |tag, console_id| OpenResponse::Refused {
                tag,
                status: Status::NO_CIPHER_SUITE,
                console_id: Some(console_id),
            },
            rakp2_status: |_| 0,
            rakp4_status: 0,
            wrong_check: false,
            flood: false,
            wire: Box::new(|_, datagram| vec![datagram]),
            answers: Box::new(|_, _, _, _| None),
        }
    }
}

/// The machine behind the BMC.
#[derive(Default)]
pub struct Machine {
    pub power_on: bool,
    pub boot_flags: [u8; 5],
}

/// What the BMC saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Datagrams in, and out.
    pub received: usize,
    pub sent: usize,
    pub opens: Vec<Option<u8>>,
    pub rakp1: usize,
    pub rakp3: usize,
    /// Commands that arrived, repeated ones too: network function, command.
    pub arrived: Vec<(u8, u8)>,
    /// Commands executed: network function, command.
    pub executed: Vec<(u8, u8)>,
    /// Session sequence number and request number of every in-session packet.
    pub numbers: Vec<(u32, u8)>,
    /// Forget the session at the next packet.
    pub forget: bool,
}

impl Seen {
    pub fn count(&self, net_fn: u8, code: u8) -> usize {
        self.executed.iter().filter(|seen| **seen == (net_fn, code)).count()
    }
}

pub struct FakeBmc {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FakeBmc {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeBmc {
    pub async fn start(script: Script) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(serve(socket, script, Arc::clone(&seen)));
        Self { address, seen, task }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    pub fn reset(&self) {
        *self.seen.lock().unwrap() = Seen::default();
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new("ipmi", self.address.ip().to_string()).port(self.address.port())
    }

    pub async fn open(&self, driver: &IpmiDriver) -> underlay_hal::Result<Arc<dyn Device>> {
        self.open_as(driver, PASSWORD, 10).await
    }

    pub async fn open_as(
        &self,
        driver: &IpmiDriver,
        password: &str,
        seconds: u64,
    ) -> underlay_hal::Result<Arc<dyn Device>> {
        let credentials = Arc::new(Credentials::password("admin", password));
        driver.open(&cx(seconds), "bmc".into(), &self.endpoint(), credentials).await
    }
}

pub fn cx(seconds: u64) -> Cx {
    Cx::new("test", "1").within(Duration::from_secs(seconds)).consenting(underlay_hal::Safety::Destructive)
}

#[derive(Clone)]
struct Half {
    suite: CipherSuite,
    console_id: u32,
    bmc_id: u32,
    one: Option<Rakp1>,
    random: [u8; 16],
    sik: Vec<u8>,
    active: bool,
    sequence: u32,
    last: Option<(u8, Vec<u8>)>,
    level: u8,
}

const GUID: [u8; 16] = *b"\x10\x32\x54\x76\x98\xba\xdc\x8e\x1f\x4a\x00\x11\x22\x33\x44\x55";

async fn serve(socket: UdpSocket, mut script: Script, seen: Arc<Mutex<Seen>>) {
    let mut machine = Machine::default();
    let mut sessions: Vec<Half> = Vec::new();
    let mut buffer = [0; 2048];
    let socket = Arc::new(socket);
    let mut flooding = tokio::task::JoinSet::new();
    loop {
        let Ok((len, peer)) = socket.recv_from(&mut buffer).await else { continue };
        seen.lock().unwrap().received += 1;
        if script.flood && flooding.is_empty() {
            let socket = Arc::clone(&socket);
            flooding.spawn(async move {
                loop {
                    let _ = socket.send_to(&[0xAA; 600], peer).await;
                    tokio::task::yield_now().await;
                }
            });
        }
        if std::mem::take(&mut seen.lock().unwrap().forget) {
            sessions.clear();
        }
        if let Some((kind, reply)) = answer(&buffer[..len], &mut script, &mut machine, &mut sessions, &seen) {
            for datagram in (script.wire)(kind, reply) {
                seen.lock().unwrap().sent += 1;
                let _ = socket.send_to(&datagram, peer).await;
            }
        }
    }
}

fn key(password: &str) -> [u8; 20] {
    let mut key = [0; 20];
    key[..password.len()].copy_from_slice(password.as_bytes());
    key
}

fn answer(
    datagram: &[u8],
    script: &mut Script,
    machine: &mut Machine,
    sessions: &mut Vec<Half>,
    seen: &Mutex<Seen>,
) -> Option<(Kind, Vec<u8>)> {
    let frame = match Packet::decode(datagram).ok()? {
        Packet::Asf(asf::Message::Ping { tag }) => {
            return Some((Kind::Pong, asf::encode_pong(tag, &asf::Pong::IPMI)));
        }
        Packet::Asf(_) => return None,
        Packet::V15(frame) => {
            let request = Request::decode(frame.payload, Checksums::Verify).ok()?;
            let reply = request.reply(Completion::OK, &[1, 0x80, 4, 3, 0, 0, 0, 0]).encode();
            return Some((Kind::Sessionless, v15::Frame::sessionless(&reply).encode().ok()?));
        }
        Packet::V20(frame) => frame,
    };
    let sessionless = |kind, payload_type, payload: Vec<u8>| {
        Some((kind, Frame::encode_sessionless(payload_type, &payload).unwrap()))
    };
    match frame.header.payload_type {
        PayloadType::OpenRequest => {
            let open = OpenRequest::decode(frame.payload).ok()?;
            seen.lock().unwrap().opens.push(open.suite.id());
            let reply = if script.suites.contains(&open.suite) {
                let bmc_id = 0x1000 + u32::try_from(sessions.len()).unwrap();
                sessions.push(Half {
                    suite: open.suite,
                    console_id: open.console_id,
                    bmc_id,
                    one: None,
                    random: rand::random(),
                    sik: Vec::new(),
                    active: false,
                    sequence: 1,
                    last: None,
                    level: 2,
                });
                OpenResponse::Accepted {
                    tag: open.tag,
                    privilege: open.privilege.or(Some(Privilege::Administrator)),
                    console_id: open.console_id,
                    bmc_id,
                    suite: open.suite,
                }
            } else {
                (script.refusal)(open.tag, open.console_id)
            };
            sessionless(Kind::Open, PayloadType::OpenResponse, reply.encode())
        }
        PayloadType::Rakp1 => {
            let one = Rakp1::decode(frame.payload).ok()?;
            seen.lock().unwrap().rakp1 += 1;
            let session = sessions.iter_mut().find(|session| session.bmc_id == one.bmc_id)?;
            session.one = Some(one);
            let name = one.user.as_bytes();
            let len = u8::try_from(name.len()).unwrap();
            let code = crypto::hmac(
                session.suite.authentication,
                &key(script.password),
                &[
                    &session.console_id.to_le_bytes(),
                    &session.bmc_id.to_le_bytes(),
                    &one.console_random,
                    &session.random,
                    &GUID,
                    &[one.role, len],
                    name,
                ],
            );
            let two = Rakp2 {
                tag: one.tag,
                status: Status((script.rakp2_status)(one.role)),
                console_id: session.console_id,
                bmc_random: session.random,
                guid: GUID,
                code: code.to_vec(),
            };
            sessionless(Kind::Rakp2, PayloadType::Rakp2, two.encode())
        }
        PayloadType::Rakp3 => {
            let three = Rakp3::decode(frame.payload).ok()?;
            seen.lock().unwrap().rakp3 += 1;
            let session = sessions.iter_mut().find(|session| session.bmc_id == three.bmc_id)?;
            let one = session.one?;
            let algorithm = session.suite.authentication;
            let name = one.user.as_bytes();
            let tail = [one.role, u8::try_from(name.len()).unwrap()];
            let key = key(script.password);
            let expected = crypto::hmac(
                algorithm,
                &key,
                &[&session.random, &session.console_id.to_le_bytes(), &tail, name],
            );
            if !three.status.is_ok() {
                return None;
            }
            session.sik =
                crypto::hmac(algorithm, &key, &[&one.console_random, &session.random, &tail, name]).to_vec();
            let mut check = crypto::hmac(
                algorithm,
                &session.sik,
                &[&one.console_random, &session.bmc_id.to_le_bytes(), &GUID],
            )
            .to_vec();
            check.truncate(if algorithm == Authentication::HmacSha1 { 12 } else { 16 });
            if script.wrong_check {
                check[0] ^= 1;
            }
            let status = if *expected == three.code { script.rakp4_status } else { 0x0F };
            session.active = status == 0;
            let four =
                Rakp4 { tag: three.tag, status: Status(status), console_id: session.console_id, check };
            sessionless(Kind::Rakp4, PayloadType::Rakp4, four.encode())
        }
        PayloadType::Ipmi => {
            let session = sessions
                .iter_mut()
                .find(|session| session.active && session.bmc_id == frame.header.session_id)?;
            let (k1, k2) = keys(session);
            let trailer = frame.trailer?;
            let code = crypto::packet_code(session.suite.integrity, &k1, trailer.covered);
            if code != trailer.code {
                return None;
            }
            let plain = crypto::decrypt(&k2, frame.payload).ok()?;
            let request = Request::decode(&plain, Checksums::Verify).ok()?;
            let (net_fn, command) = (request.net_fn.0, request.command);
            seen.lock().unwrap().arrived.push((net_fn, command));
            seen.lock().unwrap().numbers.push((frame.header.sequence, request.sequence));
            // A repeated request is answered from memory, not executed again.
            let repeated = session.last.as_ref().filter(|(number, _)| *number == request.sequence);
            let reply = match repeated {
                Some((_, reply)) => reply.clone(),
                None => {
                    seen.lock().unwrap().executed.push((net_fn, command));
                    let (completion, data) = (script.answers)(machine, net_fn, command, request.data)
                        .unwrap_or_else(|| default_answer(machine, session, net_fn, command, request.data));
                    let reply = request.reply(Completion(completion), &data).encode();
                    session.last = Some((request.sequence, reply.clone()));
                    reply
                }
            };
            let header = Header {
                payload_type: PayloadType::Ipmi,
                encrypted: true,
                authenticated: true,
                session_id: session.console_id,
                sequence: session.sequence,
            };
            session.sequence += 1;
            let hidden = crypto::encrypt(&k2, &rand::random(), &reply);
            let integrity = session.suite.integrity;
            let sealed =
                Frame::encode(&header, &hidden, |covered| crypto::packet_code(integrity, &k1, covered));
            if (net_fn, command) == (0x06, 0x3C) {
                session.active = false;
            }
            Some((Kind::Reply(net_fn, command), sealed.unwrap()))
        }
        _ => None,
    }
}

fn keys(session: &Half) -> (Vec<u8>, [u8; 16]) {
    let constant =
        |byte: u8| crypto::hmac(session.suite.authentication, &session.sik, &[&[byte; 20]]).to_vec();
    (constant(1), constant(2)[..16].try_into().unwrap())
}

fn default_answer(
    machine: &mut Machine,
    session: &mut Half,
    net_fn: u8,
    command: u8,
    data: &[u8],
) -> (u8, Vec<u8>) {
    match (net_fn, command) {
        (0x06, 0x01) => (0, vec![0x20, 1, 1, 0x04, 0x02, 0x8F, 0xA2, 0x02, 0, 1, 0, 0, 0, 0, 0]),
        (0x06, 0x37) => (0, GUID.to_vec()),
        (0x06, 0x3B) => {
            session.level = data[0];
            (0, vec![data[0]])
        }
        (0x06, 0x3C) => (0, Vec::new()),
        (0x00, 0x01) => (0, vec![u8::from(machine.power_on), 0, 0]),
        (0x00, 0x02) if session.level < 3 => (0xD4, Vec::new()),
        (0x00, 0x02) => {
            machine.power_on = !matches!(data[0], 0 | 5);
            (0, Vec::new())
        }
        (0x00, 0x08) if data[0] == 3 => (0x80, Vec::new()),
        (0x00, 0x08) if data[0] == 5 => {
            machine.boot_flags.copy_from_slice(&data[1..6]);
            (0, Vec::new())
        }
        (0x00, 0x09) if data[0] == 5 => (0, [&[1, 5], &machine.boot_flags[..]].concat()),
        (0x0A, 0x40) => (0, vec![0x51, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2]),
        (0x0A, 0x43) => (0xCB, Vec::new()),
        _ => (0xC1, Vec::new()),
    }
}
