//! A console of few words: one request at a time, over a real socket.
#![allow(dead_code, reason = "each test file uses a part")]
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::net::UdpSocket;
use underlay_ipmi_codec::{
    Completion, NetFn, Packet, Privilege,
    handshake::UserName,
    keys::UserKey,
    lan::{Address, Checksums, Request, Response},
    login::{Account, Established, Login, LoginError, Seed, Step},
    suite::CipherSuite,
    v15, v20,
};
use underlay_rack::{AccountRole, Credential, Device, ExtraAccount, IpmiAddress, PasswordSource, Rack};
use underlay_simulators::{
    Running, Simulator,
    plant::{ClockMode, Server},
};

pub(crate) const PASSWORD: &str = "right-password";

/// One machine of a persona on a stepped clock, with `admin`, `operator` and `viewer`.
pub(crate) async fn start(persona: &str) -> Running {
    start_with(persona, |device| device).await
}

pub(crate) async fn start_with(persona: &str, change: impl FnOnce(Device) -> Device) -> Running {
    let mut rack = Rack { name: "test".into(), seed: 3, ..Rack::default() };
    let folder = std::env::temp_dir().join(format!("underlay-sim-{}-{}", std::process::id(), next()));
    std::fs::write(&folder, PASSWORD).expect("password file");
    for name in ["admin", "operator", "viewer"] {
        let password = PasswordSource::File(folder.clone());
        rack.credentials.insert(name.into(), Credential { username: name.into(), password, privacy: None });
    }
    let extra = |credential: &str, role| ExtraAccount { credential: credential.into(), role };
    rack.devices.push(change(Device {
        name: "node".into(),
        persona: Some(persona.into()),
        credential: Some("admin".into()),
        accounts: vec![extra("operator", AccountRole::Operator), extra("viewer", AccountRole::ReadOnly)],
        ipmi: Some(IpmiAddress::default()),
        ..Device::default()
    }));
    let running = Simulator::builder(rack).clock(ClockMode::Stepped).start().await;
    std::fs::remove_file(&folder).expect("password file is there");
    running.unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn node(running: &Running) -> Server {
    running.server("node").expect("node exists")
}

pub(crate) fn ipmi_address(running: &Running) -> SocketAddr {
    let device = running.rack().device("node").expect("node exists");
    let address = device.ipmi.as_ref().and_then(|ipmi| ipmi.address.as_ref()).expect("an address was chosen");
    address.to_string().parse().expect("an IP address with port")
}

/// A number that was not used before in this process.
pub(crate) fn next() -> u32 {
    static COUNTER: AtomicU32 = AtomicU32::new(1);
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

pub(crate) struct Wire(pub(crate) UdpSocket);

impl Wire {
    pub(crate) async fn to(at: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("socket");
        socket.connect(at).await.expect("connect");
        Self(socket)
    }

    /// Sends, and takes the answer if one comes soon.
    pub(crate) async fn exchange(&self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.0.send(datagram).await.expect("send");
        self.receive().await
    }

    pub(crate) async fn receive(&self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 2048];
        let received =
            tokio::time::timeout(Duration::from_millis(250), self.0.recv(&mut buffer)).await.ok()?;
        buffer.truncate(received.expect("receive"));
        Some(buffer)
    }
}

pub(crate) fn account(user: &str, password: &str, privilege: Privilege) -> Account {
    Account {
        user: UserName::new(user.as_bytes()).expect("user name"),
        password: UserKey::new(password.as_bytes()).expect("password"),
        bmc_key: None,
        privilege,
        name_only_lookup: true,
    }
}

/// What came of a login.
pub(crate) async fn log_in(
    wire: &Wire,
    account: Account,
    suite: CipherSuite,
) -> Result<Established, Option<LoginError>> {
    let seed = Seed { console_id: 0x5000 + next(), console_random: [next().to_le_bytes()[0]; 16], tag: 7 };
    let (mut login, mut datagram) = Login::start(account, suite, seed).expect("login starts");
    loop {
        let answer = wire.exchange(&datagram).await.ok_or(None)?;
        let Ok(Packet::V20(frame)) = Packet::decode(&answer) else { panic!("not RMCP+: {answer:02x?}") };
        match login.receive(frame.header.payload_type, frame.payload) {
            Step::Send(next) => datagram = next,
            Step::Done(session) => return Ok(session),
            Step::Failed { error, farewell } => {
                if let Some(farewell) = farewell {
                    assert_eq!(wire.exchange(&farewell).await, None, "a farewell is not answered");
                }
                return Err(Some(error));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// An open session.
pub(crate) struct Console {
    pub(crate) wire: Wire,
    pub(crate) session: Established,
    pub(crate) sequence: u32,
    pub(crate) rq_seq: u8,
}

impl Console {
    pub(crate) async fn open(running: &Running, user: &str, privilege: Privilege) -> Self {
        let wire = Wire::to(ipmi_address(running)).await;
        let session = log_in(&wire, account(user, PASSWORD, privilege), CipherSuite::SUITE_17).await;
        Self { wire, session: session.unwrap_or_else(|error| panic!("{error:?}")), sequence: 0, rq_seq: 0 }
    }

    pub(crate) async fn admin(running: &Running) -> Self {
        let mut console = Self::open(running, "admin", Privilege::Administrator).await;
        assert_eq!(console.ask(NetFn::APP, 0x3B, &[4]).await, Ok(vec![4]));
        console
    }

    /// The datagram of a request under the next session sequence number.
    pub(crate) fn datagram(&mut self, net_fn: NetFn, command: u8, data: &[u8]) -> Vec<u8> {
        self.sequence += 1;
        let request = Request { address: Address::BMC, net_fn, sequence: self.rq_seq, command, data };
        let keys = &self.session.keys;
        keys.seal(self.session.bmc_id, self.sequence, v20::PayloadType::Ipmi, &request.encode(), &[9; 16])
            .expect("request fits")
    }

    /// A new request; completion code and data.
    pub(crate) async fn try_ask(
        &mut self,
        net_fn: NetFn,
        command: u8,
        data: &[u8],
    ) -> Option<Result<Vec<u8>, Completion>> {
        self.rq_seq = (self.rq_seq + 1) % 64;
        let datagram = self.datagram(net_fn, command, data);
        let answer = self.wire.exchange(&datagram).await?;
        Some(self.read(&answer))
    }

    pub(crate) async fn ask(
        &mut self,
        net_fn: NetFn,
        command: u8,
        data: &[u8],
    ) -> Result<Vec<u8>, Completion> {
        self.try_ask(net_fn, command, data).await.expect("an answer")
    }

    pub(crate) fn read(&self, answer: &[u8]) -> Result<Vec<u8>, Completion> {
        let Ok(Packet::V20(frame)) = Packet::decode(answer) else { panic!("not RMCP+: {answer:02x?}") };
        assert_eq!(frame.header.session_id, self.session.console_id);
        let message = self.session.keys.open(&frame).expect("authentic");
        let response = Response::decode(&message, Checksums::Verify).expect("a response");
        assert_eq!(response.sequence, self.rq_seq);
        if response.completion.is_ok() { Ok(response.data.to_vec()) } else { Err(response.completion) }
    }
}

/// A command outside any session, in an IPMI 1.5 frame.
pub(crate) async fn ask_sessionless(
    wire: &Wire,
    net_fn: NetFn,
    command: u8,
    data: &[u8],
) -> Option<Result<Vec<u8>, Completion>> {
    let request = Request { address: Address::BMC, net_fn, sequence: 1, command, data };
    let frame = v15::Frame::sessionless(&request.encode()).encode().expect("frame");
    let answer = wire.exchange(&frame).await?;
    let Ok(Packet::V15(frame)) = Packet::decode(&answer) else { panic!("not IPMI 1.5: {answer:02x?}") };
    let response = Response::decode(frame.payload, Checksums::Verify).expect("a response");
    Some(if response.completion.is_ok() { Ok(response.data.to_vec()) } else { Err(response.completion) })
}
