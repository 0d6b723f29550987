//! snmp2, the living fork of `snmp`, walks a simulated agent; its answers are those that the library below our driver
//! has.
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use async_snmp::{Auth, Client, Oid, Value as Ours};
use snmp2::{SyncSession, Value};
use underlay_conformance::Truth as _;
use underlay_interop::{lab::Lab, suite::Suite};

/// A walk is no longer than this.
const MOST: usize = 5000;
/// What moves on between two walks: `sysUpTime`, and what the library counts of itself.
const MOVES: [&str; 2] = ["1.3.6.1.2.1.1.3.", "1.3.6.1.6."];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = ["apc-rpdu2", "raritan-pdu2", "eaton-epdu"].into_iter().fold(suite, |suite, family| {
        suite.test(format!("snmp2 walks {family} as our library does"), &[], move || walks(family))
    });
    let suite = suite.test("snmp2 reads the trap of an outlet that goes off", &[], trap);
    suite.test("snmp2 switches an outlet, and the machine on it is off", &[], switches)
}

type Walk = BTreeMap<String, String>;

fn keep(oid: &str) -> bool {
    !MOVES.iter().any(|moves| oid.starts_with(moves))
}

fn stranger(at: SocketAddr, community: &str) -> SyncSession {
    SyncSession::new_v2c(at, community.as_bytes(), Some(Duration::from_secs(5)), 1).expect("a session")
}

fn by_snmp2(at: SocketAddr, community: &str) -> Walk {
    let mut session = stranger(at, community);
    let mut walk = Walk::new();
    let mut oid = snmp2::Oid::from(&[1, 3, 6, 1]).expect("an object").to_owned();
    for _ in 0..MOST {
        let mut answer = session.getnext(&oid).unwrap_or_else(|error| panic!("{error:?}"));
        let Some((found, value)) = answer.varbinds.next() else { break };
        let text = match value {
            Value::EndOfMibView => return walk,
            Value::Integer(number) => format!("INTEGER {number}"),
            Value::Unsigned32(number) => format!("Gauge32 {number}"),
            Value::Counter32(number) => format!("Counter32 {number}"),
            Value::Counter64(number) => format!("Counter64 {number}"),
            Value::Timeticks(number) => format!("TimeTicks {number}"),
            Value::OctetString(octets) => format!("OCTETS {octets:02X?}"),
            Value::ObjectIdentifier(oid) => format!("OBJECT {}", oid.to_id_string()),
            other => format!("{other:?}"),
        };
        let name = found.to_id_string();
        oid = found.to_owned();
        if keep(&name) {
            assert!(walk.insert(name.clone(), text).is_none(), "{name} twice");
        }
    }
    panic!("the walk does not end");
}

async fn by_ours(at: SocketAddr, community: &str) -> Walk {
    let client = Client::builder(at, Auth::v2c(community)).connect().await.expect("a client");
    let walk = client.walk(Oid::from_slice(&[1, 3, 6, 1])).expect("a walk");
    let all = walk.collect().await.unwrap_or_else(|error| panic!("{error}"));
    let text = |value: &Ours| match value {
        Ours::Integer(number) => format!("INTEGER {number}"),
        Ours::Gauge32(number) => format!("Gauge32 {number}"),
        Ours::Counter32(number) => format!("Counter32 {number}"),
        Ours::Counter64(number) => format!("Counter64 {number}"),
        Ours::TimeTicks(number) => format!("TimeTicks {number}"),
        Ours::OctetString(octets) => format!("OCTETS {:02X?}", &octets[..]),
        Ours::ObjectIdentifier(oid) => format!("OBJECT {oid}"),
        other => format!("{other:?}"),
    };
    let pairs = all.iter().map(|bound| (bound.oid.to_string(), text(&bound.value)));
    pairs.filter(|(oid, _)| keep(oid)).collect()
}

fn walks(family: &str) {
    let lab = Lab::with_unit(family);
    // What is measured moves with the load; a machine that is off does not move.
    lab.running().plant().set_outlet("p1", 1, false).expect("an outlet");
    let strange = by_snmp2(lab.snmp(), &lab.password);
    let ours = lab.block_on(by_ours(lab.snmp(), &lab.password));
    assert!(strange.len() > 40, "{} objects", strange.len());
    assert_eq!(strange, ours);
}

fn trap() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let to = socket.local_addr().expect("an address");
    let lab = Lab::with_unit_that_speaks("apc-rpdu2", &format!("traps = \"{to}\""));
    lab.running().plant().set_outlet("p1", 1, false).expect("an outlet");
    let mut datagram = [0; 1500];
    let (length, from) = socket.recv_from(&mut datagram).expect("a trap");
    assert_eq!(from, lab.snmp(), "from where it answers");
    let trap = snmp2::Pdu::from_bytes(&datagram[..length]).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(matches!(trap.message_type, snmp2::MessageType::Trap));
    assert_eq!(trap.community, lab.password.as_bytes());
    let bound: Vec<_> =
        trap.varbinds.map(|(oid, value)| (oid.to_id_string(), format!("{value:?}"))).collect();
    // RFC 3416, section 4.2.6: the time and the kind come first.
    assert_eq!((&*bound[0].0, &*bound[1].0), ("1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0"));
    assert!(bound[1].1.contains("1.3.6.1.4.1.318.0.269"), "{bound:?}");
    let index = bound.iter().find(|(oid, _)| oid == "1.3.6.1.4.1.318.1.1.12.3.3.1.1.1.1");
    assert!(index.is_some_and(|(_, value)| value.contains('1')), "{bound:?}");
}

fn switches() {
    let lab = Lab::with_unit("apc-rpdu2");
    let mut session = stranger(lab.snmp(), &lab.password);
    let command = snmp2::Oid::from(&[1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 9, 2, 4, 1, 5, 1]).expect("an object");
    let answer = session.set(&[(&command, Value::Integer(2))]).expect("an answer");
    assert_eq!(answer.error_status, 0);
    assert_eq!(lab.truth().power(), underlay_hal::PowerState::Off);
}
