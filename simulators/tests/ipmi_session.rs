//! The IPMI view's logins and sessions: what it takes, and above all what it refuses.
mod common;

use std::time::Duration;

use common::{Console, PASSWORD, Wire, account, ask_sessionless, ipmi_address, log_in, node, start};
use underlay_ipmi_codec::{
    Completion, NetFn, Packet, Privilege, Status, asf,
    handshake::OpenRequest,
    login::{LoginError, Stage},
    suite::CipherSuite,
    v20,
};
use underlay_simulators::{
    ipmi::Fault,
    plant::{
        AccountChange, FixedAddress, LoginRefusal, ManagerChange, MutationKind, NewAccount, Origin,
        PowerState, Role,
    },
};

const STATUS: (NetFn, u8) = (NetFn::CHASSIS, 0x01);

#[tokio::test]
async fn a_ping_is_answered() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    let answer = wire.exchange(&asf::encode_ping(0x42)).await.expect("a pong");
    assert_eq!(answer.len(), 28);
    assert!(matches!(
        Packet::decode(&answer),
        Ok(Packet::Asf(asf::Message::Pong { tag: 0x42, pong })) if pong.ipmi
    ));
}

#[tokio::test]
async fn what_needs_no_session_is_answered_and_nothing_else() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    let caps = ask_sessionless(&wire, NetFn::APP, 0x38, &[0x8E, 4]).await.expect("answered").expect("done");
    assert_eq!((caps[1] & 0x80, caps[3] & 0x02), (0x80, 0x02), "RMCP+ is announced");
    assert!(ask_sessionless(&wire, NetFn::APP, 0x38, &[0x0E, 4]).await.expect("answered").is_ok());
    let suites = ask_sessionless(&wire, NetFn::APP, 0x54, &[0x0E, 0, 0x80]).await.expect("answered");
    assert_eq!(suites, Ok(vec![1, 0xC0, 3, 1, 0x41, 0x81, 0xC0, 17, 3, 0x44, 0x81]));
    for (net_fn, command) in [STATUS, (NetFn::CHASSIS, 0x02), (NetFn::APP, 0x01), (NetFn::APP, 0x3B)] {
        let answer = ask_sessionless(&wire, net_fn, command, &[0]).await;
        assert_eq!(answer, Some(Err(Completion::INSUFFICIENT_PRIVILEGE)), "{net_fn:?} {command:#x}");
    }
    assert_eq!(node(&running).counters().mutations(), 0);
}

#[tokio::test]
async fn both_suites_log_in_and_others_are_refused_in_full_length() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    for suite in [CipherSuite::SUITE_3, CipherSuite::SUITE_17] {
        log_in(&wire, account("admin", PASSWORD, Privilege::Administrator), suite).await.expect("logged in");
    }
    // A mix of two good suites is no good suite.
    let mixed = CipherSuite { integrity: CipherSuite::SUITE_17.integrity, ..CipherSuite::SUITE_3 };
    for suite in [CipherSuite::SUITE_2, mixed] {
        let request = OpenRequest { tag: 5, privilege: None, console_id: 77, suite };
        let datagram = v20::Frame::encode_sessionless(v20::PayloadType::OpenRequest, &request.encode());
        let answer = wire.exchange(&datagram.expect("fits")).await.expect("an answer");
        let Ok(Packet::V20(frame)) = Packet::decode(&answer) else { panic!("not RMCP+") };
        assert_eq!(frame.payload, [5, Status::NO_CIPHER_SUITE.0, 0, 0, 77, 0, 0, 0]);
    }
}

#[tokio::test]
async fn requested_privilege_zero_comes_back_as_the_real_one() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    let request = OpenRequest { tag: 5, privilege: None, console_id: 77, suite: CipherSuite::SUITE_17 };
    let datagram = v20::Frame::encode_sessionless(v20::PayloadType::OpenRequest, &request.encode());
    let answer = wire.exchange(&datagram.expect("fits")).await.expect("an answer");
    let Ok(Packet::V20(frame)) = Packet::decode(&answer) else { panic!("not RMCP+") };
    assert_eq!(frame.payload[..4], [5, 0, 4, 0]);
}

#[tokio::test]
async fn wrong_passwords_and_names_are_refused_and_lock_for_both_protocols() {
    let running = start("standard").await;
    let server = node(&running);
    let wire = Wire::to(ipmi_address(&running)).await;
    let unknown = log_in(&wire, account("nobody", PASSWORD, Privilege::User), CipherSuite::SUITE_17).await;
    let refused = LoginError::Refused { stage: Stage::Rakp2, status: Status::UNAUTHORIZED_NAME };
    assert_eq!(unknown.err(), Some(Some(refused)));
    for _ in 0..5 {
        let wrong = log_in(&wire, account("admin", "wrong", Privilege::User), CipherSuite::SUITE_17).await;
        assert_eq!(wrong.err(), Some(Some(LoginError::PasswordMismatch)));
    }
    assert_eq!(server.counters().failed_logins(Origin::Ipmi), 6);
    let right = log_in(&wire, account("admin", PASSWORD, Privilege::User), CipherSuite::SUITE_17).await;
    assert_eq!(right.err(), Some(Some(refused)), "locked, and looks like unknown");
    assert_eq!(server.authenticate("admin", &PASSWORD.into(), Origin::Redfish), Err(LoginRefusal::Locked));
    running.plant().advance(Duration::from_secs(61));
    assert!(log_in(&wire, account("admin", PASSWORD, Privilege::User), CipherSuite::SUITE_17).await.is_ok());
}

#[tokio::test]
async fn a_console_that_leaves_without_proof_counts_as_refused() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    let seed = underlay_ipmi_codec::login::Seed { console_id: 9, console_random: [1; 16], tag: 0 };
    let user = account("admin", PASSWORD, Privilege::User);
    let (mut login, open) =
        underlay_ipmi_codec::login::Login::start(user, CipherSuite::SUITE_3, seed).expect("starts");
    let answer = wire.exchange(&open).await.expect("an answer");
    let Ok(Packet::V20(frame)) = Packet::decode(&answer) else { panic!("not RMCP+") };
    let underlay_ipmi_codec::login::Step::Send(rakp1) =
        login.receive(frame.header.payload_type, frame.payload)
    else {
        panic!("RAKP 1 is due")
    };
    assert!(wire.exchange(&rakp1).await.is_some());
    assert_eq!(node(&running).counters().failed_logins(Origin::Ipmi), 0);
    running.plant().advance(Duration::from_secs(6));
    wire.exchange(&asf::encode_ping(1)).await.expect("a pong");
    assert_eq!(node(&running).counters().failed_logins(Origin::Ipmi), 1);
}

#[tokio::test]
async fn a_session_starts_at_user_and_is_raised_no_further_than_its_account() {
    let running = start("standard").await;
    let mut admin = Console::open(&running, "admin", Privilege::Administrator).await;
    let off = (NetFn::CHASSIS, 0x02, [0]);
    assert!(admin.ask(STATUS.0, STATUS.1, &[]).await.is_ok());
    assert_eq!(admin.ask(off.0, off.1, &off.2).await, Err(Completion::INSUFFICIENT_PRIVILEGE));
    assert_eq!(node(&running).counters().mutations(), 0);
    assert_eq!(admin.ask(NetFn::APP, 0x3B, &[3]).await, Ok(vec![3]));
    assert_eq!(admin.ask(NetFn::APP, 0x02, &[]).await, Err(Completion::INSUFFICIENT_PRIVILEGE));
    assert_eq!(admin.ask(off.0, off.1, &off.2).await, Ok(vec![]));
    assert_eq!(node(&running).counters().of(Origin::Ipmi, MutationKind::Power), 1);

    let mut viewer = Console::open(&running, "viewer", Privilege::User).await;
    assert_eq!(viewer.ask(NetFn::APP, 0x3B, &[3]).await, Err(Completion(0x80)));
    assert_eq!(viewer.ask(off.0, off.1, &off.2).await, Err(Completion::INSUFFICIENT_PRIVILEGE));
    let mut limited = Console::open(&running, "admin", Privilege::Operator).await;
    assert_eq!(limited.ask(NetFn::APP, 0x3B, &[4]).await, Err(Completion(0x81)));

    let wire = Wire::to(ipmi_address(&running)).await;
    let above =
        log_in(&wire, account("viewer", PASSWORD, Privilege::Administrator), CipherSuite::SUITE_17).await;
    let refused = LoginError::Refused { stage: Stage::Rakp2, status: Status::UNAUTHORIZED_ROLE };
    assert_eq!(above.err(), Some(Some(refused)));
}

#[tokio::test]
async fn a_repeated_request_is_answered_and_done_once() {
    let running = start("standard").await;
    let mut console = Console::admin(&running).await;
    console.rq_seq += 1;
    let reset = console.datagram(NetFn::CHASSIS, 0x02, &[3]);
    let first = console.wire.exchange(&reset).await.expect("an answer");
    // The network doubles the datagram.
    let doubled = console.wire.exchange(&reset).await.expect("an answer");
    // The console repeats the request under a new session sequence number.
    let again = console.datagram(NetFn::CHASSIS, 0x02, &[3]);
    let repeated = console.wire.exchange(&again).await.expect("an answer");
    for answer in [first, doubled, repeated] {
        assert_eq!(console.read(&answer), Ok(vec![]));
    }
    assert_eq!(node(&running).counters().of(Origin::Ipmi, MutationKind::Reset), 1);
    // A new request is a new request.
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[3]).await, Ok(vec![]));
    assert_eq!(node(&running).counters().of(Origin::Ipmi, MutationKind::Reset), 2);
}

#[tokio::test]
async fn damaged_foreign_and_stray_packets_are_dropped() {
    let running = start("standard").await;
    let mut console = Console::admin(&running).await;
    console.rq_seq += 1;
    let good = console.datagram(NetFn::CHASSIS, 0x02, &[0]);
    for at in [4, 8, 12, 20, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(console.wire.exchange(&bad).await, None, "byte {at}");
    }
    let sequence = console.sequence;
    console.sequence += 100;
    let stray = console.datagram(NetFn::CHASSIS, 0x02, &[0]);
    assert_eq!(console.wire.exchange(&stray).await, None);
    console.sequence = sequence;
    // In the clear, under the right session id.
    let header = v20::Header {
        session_id: console.session.bmc_id,
        sequence: sequence + 1,
        ..v20::Header::sessionless(v20::PayloadType::Ipmi)
    };
    let clear =
        v20::Frame::encode(&header, &[0x20, 0x00, 0xE0, 0x81, 0x04, 0x02, 0x00, 0x79], |_| Vec::new());
    assert_eq!(console.wire.exchange(&clear.expect("fits")).await, None);
    assert_eq!(node(&running).counters().mutations(), 0);
    assert!(console.wire.exchange(&good).await.is_some(), "the packet itself was good");
}

#[tokio::test]
async fn slots_end_and_idle_sessions_give_them_back() {
    let running = start("generic-ipmi").await; // four slots
    let mut consoles = Vec::new();
    for _ in 0..4 {
        consoles.push(Console::open(&running, "viewer", Privilege::User).await);
    }
    let wire = Wire::to(ipmi_address(&running)).await;
    let fifth = log_in(&wire, account("admin", PASSWORD, Privilege::User), CipherSuite::SUITE_3).await;
    let refused = LoginError::Refused { stage: Stage::Open, status: Status::INSUFFICIENT_RESOURCES };
    assert_eq!(fifth.err(), Some(Some(refused)));

    let id = consoles[0].session.bmc_id.to_le_bytes();
    assert_eq!(consoles[1].ask(NetFn::APP, 0x3C, &id).await, Err(Completion(0x87)), "another's session");
    assert_eq!(consoles[0].ask(NetFn::APP, 0x3C, &id).await, Ok(vec![]));
    assert_eq!(consoles[0].try_ask(STATUS.0, STATUS.1, &[]).await, None, "closed");
    assert!(log_in(&wire, account("admin", PASSWORD, Privilege::User), CipherSuite::SUITE_3).await.is_ok());

    running.plant().advance(Duration::from_secs(59));
    assert!(consoles[1].ask(STATUS.0, STATUS.1, &[]).await.is_ok());
    running.plant().advance(Duration::from_secs(2));
    assert!(consoles[1].ask(STATUS.0, STATUS.1, &[]).await.is_ok(), "used in time");
    assert_eq!(consoles[2].try_ask(STATUS.0, STATUS.1, &[]).await, None, "idle for 61 s");
}

#[tokio::test]
async fn a_controller_restart_ends_sessions_and_answers_nothing_meanwhile() {
    let running = start("standard").await;
    let mut console = Console::admin(&running).await;
    assert_eq!(console.ask(NetFn::APP, 0x02, &[]).await, Ok(vec![]), "the answer still comes");
    let wire = Wire::to(ipmi_address(&running)).await;
    assert_eq!(wire.exchange(&asf::encode_ping(1)).await, None);
    assert_eq!(node(&running).open_sessions(), 0);
    running.plant().advance(Duration::from_secs(10));
    assert!(wire.exchange(&asf::encode_ping(1)).await.is_some());
    assert_eq!(console.try_ask(STATUS.0, STATUS.1, &[]).await, None, "its session is gone");
    assert_eq!(node(&running).snapshot().power, PowerState::On);
}

#[tokio::test]
async fn faults_do_what_they_say_and_end() {
    let running = start("standard").await;
    let faults = running.ipmi_faults("node").expect("node exists").clone();
    let mut console = Console::admin(&running).await;
    let ping = asf::encode_ping(1);

    faults.add(Fault::Silent);
    assert_eq!(console.wire.exchange(&ping).await, None);
    faults.clear();
    faults.add(Fault::DropEvery(2));
    assert!(console.wire.exchange(&ping).await.is_some());
    assert_eq!(console.wire.exchange(&ping).await, None);
    faults.clear();
    faults.add(Fault::Duplicate);
    assert!(console.wire.exchange(&ping).await.is_some() && console.wire.receive().await.is_some());
    faults.clear();
    faults.add(Fault::Truncate(9));
    assert_eq!(console.wire.exchange(&ping).await.map(|answer| answer.len()), Some(9));
    faults.clear();
    faults.add(Fault::Flood(3));
    assert!(console.wire.exchange(&ping).await.is_some());
    for _ in 0..3 {
        assert!(console.wire.receive().await.is_some(), "three of garbage, then the pong");
    }
    faults.clear();
    faults.add(Fault::Garbage);
    let answer = console.wire.exchange(&ping).await.expect("garbage");
    assert!(!matches!(Packet::decode(&answer), Ok(Packet::Asf(_))));
    faults.clear();
    faults.add(Fault::Delay(Duration::from_millis(400)));
    assert_eq!(console.wire.exchange(&ping).await, None);
    assert!(console.wire.receive().await.is_some());
    faults.clear();
    faults.add(Fault::Completion(0xC0));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[0]).await, Err(Completion::NODE_BUSY));
    assert_eq!(node(&running).counters().mutations(), 0);
    faults.clear();
    faults.add(Fault::ShortOpenError(0x04));
    let refused =
        log_in(&console.wire, account("admin", PASSWORD, Privilege::User), CipherSuite::SUITE_17).await;
    assert!(matches!(refused, Err(Some(LoginError::Refused { stage: Stage::Open, .. }))));
    faults.clear();
    assert!(console.ask(STATUS.0, STATUS.1, &[]).await.is_ok());
}

#[tokio::test]
async fn random_datagrams_are_survived() {
    let running = start("standard").await;
    let wire = Wire::to(ipmi_address(&running)).await;
    let mut state = 1_u32;
    for round in 0..3000_u32 {
        let mut bytes: Vec<u8> = (0..round % 80)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_le_bytes()[3]
            })
            .collect();
        for (to, from) in bytes.iter_mut().zip([0x06, 0x00, 0xFF, 0x07, 0x06]).take((round % 6) as usize) {
            *to = from;
        }
        wire.0.send(&bytes).await.expect("send");
    }
    while wire.receive().await.is_some() {}
    assert!(wire.exchange(&asf::encode_ping(1)).await.is_some());
    assert_eq!(node(&running).counters().mutations(), 0);
}

#[tokio::test]
async fn accounts_made_elsewhere_log_in_here_once_their_password_is_their_own() {
    let running = start("standard").await;
    let server = node(&running);
    let new = NewAccount {
        slot: None,
        name: "deploy".into(),
        password: "given word".into(),
        role: Role::Operator,
        enabled: true,
        must_change: true,
    };
    let slot = server.create_account(new, Origin::Redfish).expect("made");
    let wire = Wire::to(ipmi_address(&running)).await;
    let login = |password: &'static str| {
        let wire = &wire;
        async move {
            log_in(wire, account("deploy", password, Privilege::Operator), CipherSuite::SUITE_17)
                .await
                .is_ok()
        }
    };
    assert!(!login("given word").await, "it has to be changed first");
    let change = AccountChange { password: Some("own word".into()), ..AccountChange::default() };
    server.change_account(slot, change, Origin::Redfish).expect("changed");
    assert!(!login("given word").await);
    assert!(login("own word").await);
    let none = AccountChange { role: Some(Role::NoAccess), ..AccountChange::default() };
    server.change_account(slot, none, Origin::Redfish).expect("changed");
    assert!(!login("own word").await);
    let mut console = Console::admin(&running).await;
    assert_eq!(
        console.ask(NetFn::APP, 0x46, &[slot]).await.map(|name| name[..6].to_vec()),
        Ok(b"deploy".to_vec())
    );
    assert_eq!(
        console.ask(NetFn::APP, 0x44, &[1, slot]).await.map(|access| access[3]),
        Ok(0x0F),
        "no access"
    );
    server.remove_account(slot, Origin::Redfish).expect("removed");
    assert_eq!(console.ask(NetFn::APP, 0x46, &[slot]).await, Ok(vec![0; 16]));
}

#[tokio::test]
async fn a_service_that_is_switched_off_is_silent_and_the_configuration_shows_here_too() {
    let running = start("standard").await;
    let server = node(&running);
    let mut console = Console::admin(&running).await;
    let fixed = FixedAddress {
        address: [192, 0, 2, 7].into(),
        mask: [255, 255, 255, 0].into(),
        gateway: Some([192, 0, 2, 1].into()),
    };
    let before = console.ask(NetFn::TRANSPORT, 0x02, &[1, 4, 0, 0]).await;
    assert_eq!(before, Ok(vec![0x11, 1]), "static");
    let change = ManagerChange {
        fixed: Some(Some(fixed)),
        tagged: Some(true),
        vlan: Some(0x123),
        ..ManagerChange::default()
    };
    server.change_manager(change, Origin::Redfish).expect("taken");
    for (parameter, value) in [
        (3, vec![192, 0, 2, 7]),
        (6, vec![255, 255, 255, 0]),
        (12, vec![192, 0, 2, 1]),
        (20, vec![0x23, 0x81]),
    ] {
        let answer = console.ask(NetFn::TRANSPORT, 0x02, &[1, parameter, 0, 0]).await;
        assert_eq!(answer, Ok([vec![0x11], value].concat()), "{parameter}");
    }
    let leased = ManagerChange { dhcp: Some(true), ..ManagerChange::default() };
    server.change_manager(leased, Origin::Redfish).expect("taken");
    assert_eq!(console.ask(NetFn::TRANSPORT, 0x02, &[1, 4, 0, 0]).await, Ok(vec![0x11, 2]));
    assert_eq!(console.ask(NetFn::TRANSPORT, 0x02, &[1, 3, 0, 0]).await, Ok(vec![0x11, 127, 0, 0, 1]));

    let switch =
        |on| ManagerChange { services: [("IPMI".to_owned(), on)].into(), ..ManagerChange::default() };
    server.change_manager(switch(false), Origin::Redfish).expect("taken");
    let wire = Wire::to(ipmi_address(&running)).await;
    assert_eq!(wire.exchange(&asf::encode_ping(1)).await, None);
    server.change_manager(switch(true), Origin::Redfish).expect("taken");
    assert!(wire.exchange(&asf::encode_ping(2)).await.is_some());
}
