//! From a datagram to its answer.
use std::{net::SocketAddr, time::Duration};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use underlay_ipmi_codec::{
    Completion, NetFn, Packet, Privilege, Status, asf,
    handshake::{OpenRequest, OpenResponse, Rakp1, Rakp3},
    lan::{self, Checksums, Request},
    v15, v20,
};

use super::{
    commands::{self, BootParameters, Reservations, Stores},
    crypto::Suite,
    discrete::{self, Discrete},
    faults::Fault,
    login::{self, Logins},
    session::{Arrival, Sessions},
};
use crate::plant::Server;

/// The controller of one machine.
pub(super) struct Bmc {
    server: Server,
    address: SocketAddr,
    suites: Vec<Suite>,
    guid: [u8; 16],
    stores: Stores,
    discrete: Vec<Discrete>,
    sessions: Sessions,
    logins: Logins,
    reservations: Reservations,
    boot: BootParameters,
    /// Which start of the controller the state above belongs to.
    generation: u64,
    random: ChaCha8Rng,
}

impl Bmc {
    pub(super) fn new(server: Server, address: SocketAddr, idle: Duration) -> Self {
        let spec = server.spec();
        let bmc = &spec.persona.bmc;
        let suites = bmc.cipher_suites.iter().filter_map(|number| match number {
            3 => Some(Suite::Three),
            17 => Some(Suite::Seventeen),
            _ => None,
        });
        // Its own stream of draws: another device changes nothing here.
        let mut seed = [0; 32];
        for (to, from) in seed.iter_mut().zip(spec.uuid.iter().chain(spec.bmc_mac.iter())) {
            *to = *from;
        }
        let mut random = ChaCha8Rng::from_seed(seed);
        let start = random.next_u32();
        Self {
            suites: suites.collect(),
            guid: guid(spec.uuid, spec.persona.quirk("ipmi-guid-smbios")),
            stores: Stores::new(spec),
            discrete: discrete::all(spec),
            sessions: Sessions::new(usize::from(bmc.session_slots.max(1)), idle, start),
            logins: Logins::default(),
            reservations: Reservations::default(),
            boot: BootParameters::default(),
            generation: server.bmc_generation(),
            random,
            address,
            server,
        }
    }

    /// Sessions open now.
    pub(super) fn open_sessions(&self) -> usize {
        self.sessions.count()
    }

    /// Ends what time and restarts have ended; time until there is more to end.
    pub(super) fn tidy(&mut self, now: Duration) -> Option<Duration> {
        let generation = self.server.bmc_generation();
        if generation != self.generation {
            self.generation = generation;
            self.sessions.clear();
            self.logins.clear();
            self.reservations = Reservations::default();
            self.boot = BootParameters::default();
        }
        self.sessions.expire(now);
        let proof = self.logins.tidy(&self.server, now);
        let idle = self.sessions.next_expiry(now);
        proof.into_iter().chain(idle).min()
    }

    /// The answer to a datagram; nothing for what a controller does not answer.
    pub(super) fn datagram(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: Duration,
        faults: &[Fault],
    ) -> Option<Vec<u8>> {
        match Packet::decode(bytes).ok()? {
            Packet::Asf(asf::Message::Ping { tag }) if !faults.contains(&Fault::NoPong) => {
                Some(asf::encode_pong(tag, &asf::Pong::IPMI))
            }
            Packet::Asf(_) => None,
            Packet::V15(frame) => {
                // IPMI 1.5 sessions are not served; what comes before a login is.
                let sessionless = frame.auth_type == v15::AuthType::None && frame.session_id == 0;
                let reply = self.sessionless(frame.payload, faults).filter(|_| sessionless)?;
                v15::Frame::sessionless(&reply).encode().ok()
            }
            Packet::V20(frame) if frame.header.session_id == 0 => self.outside(from, &frame, now, faults),
            Packet::V20(frame) => self.inside(from, &frame, now, faults),
        }
    }

    /// RMCP+ outside a session: the handshake, and commands that need none.
    fn outside(
        &mut self,
        from: SocketAddr,
        frame: &v20::Frame<'_>,
        now: Duration,
        faults: &[Fault],
    ) -> Option<Vec<u8>> {
        if frame.header.encrypted || frame.header.authenticated {
            return None;
        }
        let random = &mut self.random;
        let mut draw = || {
            let mut bytes = [0; 16];
            random.fill_bytes(&mut bytes);
            bytes
        };
        let mut desk = login::Desk {
            server: &self.server,
            sessions: &mut self.sessions,
            suites: &self.suites,
            guid: self.guid,
            random: &mut draw,
            now,
            from,
        };
        let (kind, payload) = match frame.header.payload_type {
            v20::PayloadType::Ipmi => (v20::PayloadType::Ipmi, self.sessionless(frame.payload, faults)?),
            v20::PayloadType::OpenRequest => {
                let answer = open(&mut self.logins, &mut desk, frame.payload, faults)?;
                (v20::PayloadType::OpenResponse, answer)
            }
            v20::PayloadType::Rakp1 => {
                let message = Rakp1::decode(frame.payload).ok()?;
                (v20::PayloadType::Rakp2, self.logins.first(&mut desk, &message).encode())
            }
            v20::PayloadType::Rakp3 => {
                let message = Rakp3::decode(frame.payload).ok()?;
                let answer = self.logins.third(&mut desk, &message)?;
                (v20::PayloadType::Rakp4, answer.encode())
            }
            _ => return None,
        };
        v20::Frame::encode_sessionless(kind, &payload).ok()
    }

    /// An IPMI message outside a session.
    fn sessionless(&mut self, message: &[u8], faults: &[Fault]) -> Option<Vec<u8>> {
        let request = Request::decode(message, Checksums::Verify).ok()?;
        let cipher_suites = request.net_fn == NetFn::APP && request.command == 0x54;
        if cipher_suites && faults.contains(&Fault::NoCipherSuites) {
            return None;
        }
        let (answer, _) = self.execute(&request, None);
        Some(answer)
    }

    /// RMCP+ inside a session.
    fn inside(
        &mut self,
        _from: SocketAddr,
        frame: &v20::Frame<'_>,
        now: Duration,
        faults: &[Fault],
    ) -> Option<Vec<u8>> {
        let id = frame.header.session_id;
        let session = self.sessions.get(id)?;
        // Every suite served here authenticates and encrypts; less is not taken.
        let trailer = frame.trailer.filter(|_| frame.header.encrypted)?;
        if !session.keys.is_authentic(trailer.covered, trailer.code) {
            return None;
        }
        let message = session.keys.decrypt(frame.payload)?;
        let arrival = session.accept(frame.header.sequence);
        if arrival == Arrival::Stray || frame.header.payload_type != v20::PayloadType::Ipmi {
            return None;
        }
        session.last_used = now;
        let request = Request::decode(&message, Checksums::Verify).ok()?;
        let (answer, close) = match session.kept(&message, now, arrival) {
            Some(answer) => (answer, None),
            None if arrival == Arrival::Repeated => return None,
            None => {
                let forced = faults.iter().find_map(|fault| match fault {
                    Fault::Completion(code) => Some(Completion(*code)),
                    _ => None,
                });
                match forced {
                    Some(code) => (request.reply(code, &[]).encode(), None),
                    None => self.execute(&request, Some(id)),
                }
            }
        };
        let mut vector = [0; 16];
        self.random.fill_bytes(&mut vector);
        let session = self.sessions.get(id)?;
        session.keep(&message, &answer, now);
        let header = v20::Header {
            payload_type: v20::PayloadType::Ipmi,
            encrypted: true,
            authenticated: true,
            session_id: session.console_id,
            sequence: session.next_sequence(),
        };
        let payload = session.keys.encrypt(&answer, vector);
        let datagram = v20::Frame::encode(&header, &payload, |covered| session.keys.code(covered)).ok();
        if let Some(id) = close {
            self.sessions.close(id);
        }
        datagram
    }

    /// Runs a command: the answer's message, and the session that ends with it.
    fn execute(&mut self, request: &Request<'_>, session: Option<u32>) -> (Vec<u8>, Option<u32>) {
        let mut close = None;
        let open_sessions = self.sessions.count();
        let mut desk = commands::Desk {
            server: &self.server,
            suites: &self.suites,
            guid: self.guid,
            stores: &self.stores,
            discrete: &self.discrete,
            reservations: &mut self.reservations,
            boot: &mut self.boot,
            address: self.address,
            open_sessions,
            uptime: self.server.plant().now(),
            session: session.and_then(|id| self.sessions.get(id)),
            close: &mut close,
        };
        let answer = if request.address.rs_addr == lan::BMC {
            commands::run(&mut desk, request.net_fn, request.command, request.data)
        } else {
            Err(Completion::DESTINATION_UNAVAILABLE)
        };
        let message = match answer {
            Ok(data) => request.reply(Completion::OK, &data).encode(),
            Err(completion) => request.reply(completion, &[]).encode(),
        };
        (message, close)
    }

    /// Random bytes for faults.
    pub(super) fn garbage(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4 + (self.random.next_u32() % 92) as usize];
        self.random.fill_bytes(&mut bytes);
        bytes
    }
}

/// Open Session. Whole suites or nothing: what cannot be read as one is refused as one.
fn open(
    logins: &mut Logins,
    desk: &mut login::Desk<'_>,
    payload: &[u8],
    faults: &[Fault],
) -> Option<Vec<u8>> {
    let short = faults.iter().find_map(|fault| match fault {
        Fault::ShortOpenError(status) => Some(*status),
        _ => None,
    });
    if let Some(status) = short {
        return Some(vec![*payload.first()?, status]);
    }
    if let Ok(request) = OpenRequest::decode(payload) {
        return Some(logins.open(desk, &request).encode());
    }
    let (tag, id) = (payload.first()?, payload.get(4..8)?);
    let level = payload.get(1)? & 0x0F;
    let bad_level = level != 0 && Privilege::from_byte(level).is_none();
    let status = if bad_level { Status::INVALID_ROLE } else { Status::NO_CIPHER_SUITE };
    let console_id = Some(u32::from_le_bytes(id.try_into().ok()?));
    Some(OpenResponse::Refused { tag: *tag, status, console_id }.encode())
}

/// A UUID in IPMI's byte order, least significant first; or, as much firmware has it, in SMBIOS's.
fn guid(uuid: [u8; 16], smbios: bool) -> [u8; 16] {
    let mut guid = uuid;
    if smbios {
        for field in [0..4, 4..6, 6..8] {
            guid[field].reverse();
        }
    } else {
        guid.reverse();
    }
    guid
}
