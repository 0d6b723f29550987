//! Units of power over SNMP: versions, logins, silence, and machines that hang on them.

mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use common::{cx, in_time, open};
use underlay_conformance::PduTruth as _;
use underlay_hal::{
    Change, CredentialSource, Credentials, Device, Endpoint, ErrorKind, Outcome, OutletAction, OutletDelay,
    OutletId, PowerState,
};
use underlay_rack::PasswordSource;
use underlay_simulators::{Running, Truth as _};
use underlay_tests::{one_pdu, run};

struct Unit {
    running: Running,
    endpoint: Endpoint,
    credentials: Arc<dyn CredentialSource>,
}

impl Unit {
    async fn new(persona: &str) -> Self {
        let running = run(one_pdu(persona), 40.0).await;
        let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
        let endpoint = running.rack().device("p1").expect("p1").endpoints().expect("an address").remove(0);
        Self { running, endpoint, credentials }
    }

    fn with(&self, options: &[(&str, &str)]) -> Endpoint {
        let mut at = self.endpoint.clone();
        at.options.extend(options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        at
    }

    async fn device(&self, at: &Endpoint) -> Arc<dyn Device> {
        let opened = open(&cx(20.0), std::slice::from_ref(at), &self.credentials).await;
        opened.unwrap_or_else(|error| panic!("{}", error.report())).device
    }
}

#[tokio::test]
async fn every_version_reads_and_switches() {
    for version in ["1", "2c", "3"] {
        let unit = Unit::new("apc-rpdu2").await;
        let device = unit.device(&unit.with(&[("version", version)])).await;
        let pdu = device.pdu().expect("a unit of power");
        let truth = unit.running.agent_truth("p1").expect("a unit");
        assert_eq!(device.info().serial_number, Some(truth.serial_number()), "version {version}");
        assert_eq!(pdu.outlets(&cx(20.0)).await.expect("read").len(), 8, "version {version}");
        let id = OutletId::from("1");
        let done = pdu.switch(&cx(20.0), &id, OutletAction::Off, OutletDelay::None).await.expect("off");
        assert_eq!(done, Outcome::Done(Change::Made), "version {version}");
        assert!(!truth.outlets()[0].on, "version {version}");
        assert!(!pdu.meter(&cx(20.0)).await.expect("read").circuits.is_empty(), "version {version}");
    }
}

#[tokio::test]
async fn a_second_pass_phrase_hides_and_the_first_one_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rack = one_pdu("apc-rpdu2");
    for (name, words) in [("first", "the first phrase"), ("second", "the second phrase")] {
        std::fs::write(folder.path().join(name), words).expect("written");
    }
    let name = rack.device("p1").and_then(|device| device.credential.clone()).expect("a credential");
    let credential = rack.credentials.get_mut(&name).expect("it");
    credential.password = PasswordSource::File(folder.path().join("first"));
    credential.privacy = Some(PasswordSource::File(folder.path().join("second")));
    let user = credential.username.clone();
    let running = run(rack, 40.0).await;
    let mut at = running.rack().device("p1").expect("p1").endpoints().expect("an address").remove(0);
    at.options.insert("version".to_owned(), "3".to_owned());
    let as_the_rack_says: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let opened = open(&cx(20.0), std::slice::from_ref(&at), &as_the_rack_says).await.expect("both");
    assert_eq!(opened.device.pdu().expect("a unit").outlets(&cx(20.0)).await.expect("read").len(), 8);
    // The control: the first one for both is not enough.
    let one: Arc<dyn CredentialSource> = Arc::new(Credentials::password(user, "the first phrase"));
    let error = open(&cx(20.0), std::slice::from_ref(&at), &one).await.expect_err("refused");
    assert!(matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::Timeout), "{}", error.report());
}

#[tokio::test]
async fn a_wrong_pass_phrase_is_told_at_once_and_a_wrong_community_is_silence() {
    let unit = Unit::new("apc-rpdu2").await;
    let refused = async |at: &Endpoint, user: &str, password: &str| {
        let wrong: Arc<dyn CredentialSource> = Arc::new(Credentials::password(user, password));
        let begun = Instant::now();
        let error = open(&cx(20.0), std::slice::from_ref(at), &wrong).await.expect_err("refused");
        (error, begun.elapsed())
    };
    let three = unit.with(&[("version", "3")]);
    for user in ["admin", "nobody"] {
        let (error, took) = refused(&three, user, "another pass phrase").await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{user}: {}", error.report());
        // Far from the three seconds that silence takes.
        assert!(took < Duration::from_secs(1), "{user}: {took:?}");
    }
    let (error, _) = refused(&three, "admin", "short").await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", error.report());
    assert!(!error.report().contains("short;") && error.report().contains("eight"), "{}", error.report());

    let quick = unit.with(&[("timeout-ms", "200"), ("retries", "1")]);
    let (error, _) = refused(&quick, "admin", "another").await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
    assert!(error.message().contains("community"), "{}", error.report());
    assert!(!error.report().contains("another"), "no secret is told: {}", error.report());
    let level = unit.with(&[("version", "3"), ("privacy", "aes256")]);
    let (error, _) = refused(&level, "nobody", "another pass phrase").await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
}

#[tokio::test]
async fn silence_ends_by_the_deadline_in_every_call() {
    let unit = Unit::new("eaton-epdu").await;
    let device = unit.device(&unit.endpoint).await;
    let pdu = device.pdu().expect("a unit of power");
    unit.running.snmp("p1").expect("a view").faults().set_silent(true);
    let id = OutletId::from("1");
    let error = in_time(1.0, async |cx| pdu.outlets(&cx).await.expect_err("silence")).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let error = in_time(1.0, async |cx| pdu.meter(&cx).await.expect_err("silence")).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let off =
        async |cx| pdu.switch(&cx, &id, OutletAction::Off, OutletDelay::None).await.expect_err("silence");
    let error = in_time(1.0, off).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, underlay_hal::Effect::None));
}

#[tokio::test]
async fn a_unit_whose_feed_is_dead_is_silent_and_so_is_what_hangs_on_it() {
    let unit = Unit::new("raritan-pdu2").await;
    let device = unit.device(&unit.with(&[("timeout-ms", "200"), ("retries", "0")])).await;
    let pdu = device.pdu().expect("a unit of power");
    unit.running.plant().set_feed("feed", false).expect("the feed");
    assert_eq!(pdu.outlets(&cx(5.0)).await.expect_err("no power").kind(), ErrorKind::Timeout);
    assert_eq!(unit.running.truth("n1").expect("n1").power(), PowerState::Off);
    unit.running.plant().set_feed("feed", true).expect("the feed");
    assert_eq!(pdu.outlets(&cx(5.0)).await.expect("power").len(), 8);
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).expect("small")).expect("small")
    }

    /// Some octets changed, some cut off, some doubled.
    fn mutate(&mut self, datagram: &mut Vec<u8>) {
        for _ in 0..=self.roll(4) {
            let at = self.roll(datagram.len());
            match self.roll(5) {
                0 => datagram.truncate(at),
                1 => datagram.insert(at, 0xFF),
                2 => datagram.extend_from_within(at..),
                _ => {
                    let octet = u8::try_from(self.roll(256)).expect("an octet");
                    if let Some(place) = datagram.get_mut(at) {
                        *place = octet;
                    }
                }
            }
        }
        datagram.truncate(60_000);
    }
}

/// GET of `sysName.0`, version 2c (RFC 3416), by hand.
fn get_name(community: &str) -> Vec<u8> {
    let wrapped = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).expect("short")], body].concat();
    let object = [0x06, 0x08, 0x2B, 6, 1, 2, 1, 1, 5, 0, 0x05, 0x00];
    let bound = wrapped(0x30, &wrapped(0x30, &object));
    let request = wrapped(0xA0, &[&[0x02, 1, 1, 0x02, 1, 0, 0x02, 1, 0], bound.as_slice()].concat());
    wrapped(0x30, &[&[0x02, 1, 1], wrapped(0x04, community.as_bytes()).as_slice(), &request].concat())
}

#[tokio::test]
async fn mutated_requests_do_not_stop_an_agent() {
    let unit = Unit::new("apc-rpdu2").await;
    let at = unit.running.snmp("p1").expect("a view").address();
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let login = unit.credentials.get(&cx(5.0), &"p1".into()).await.expect("a login");
    let Credentials::Password { password, .. } = login else { panic!("another login") };
    let community = secrecy::ExposeSecret::expose_secret(&password).to_owned();
    let mut dice = Dice(0x5EED_0001);
    for round in 0..4000 {
        let mut datagram = get_name(&community);
        dice.mutate(&mut datagram);
        socket.send_to(&datagram, at).await.expect("sent");
        if round % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    // The control: what was not mutated is answered.
    let device = unit.device(&unit.endpoint).await;
    assert_eq!(device.pdu().expect("a unit").outlets(&cx(10.0)).await.expect("read").len(), 8);
    let truth = unit.running.agent_truth("p1").expect("a unit");
    assert_eq!(truth.mutations(), 0, "a question that is garbled changes nothing");
}

#[tokio::test]
async fn mutated_answers_end_as_errors_or_are_not_taken() {
    let unit = Unit::new("raritan-pdu2").await;
    let at = unit.running.snmp("p1").expect("a view").address();
    // A road on which two answers of three are garbled.
    let outside = Arc::new(tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket"));
    let inside = Arc::new(tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket"));
    let road = outside.local_addr().expect("an address");
    let garbler = {
        let (outside, inside) = (Arc::clone(&outside), Arc::clone(&inside));
        tokio::spawn(async move {
            let (mut dice, mut client) = (Dice(0x5EED_0002), None);
            let (mut asked, mut answered) = (vec![0; 65_507], vec![0; 65_507]);
            loop {
                tokio::select! {
                    Ok((length, from)) = outside.recv_from(&mut asked) => {
                        client = Some(from);
                        let _ = inside.send_to(&asked[..length], at).await;
                    }
                    Ok(length) = inside.recv(&mut answered) => {
                        let mut answer = answered[..length].to_vec();
                        if dice.roll(3) > 0 {
                            dice.mutate(&mut answer);
                        }
                        if let Some(client) = client {
                            let _ = outside.send_to(&answer, client).await;
                        }
                    }
                }
            }
        })
    };
    let mut garbled = unit.with(&[("timeout-ms", "30"), ("retries", "1")]);
    garbled.port = Some(road.port());
    let mut failed = 0;
    for _ in 0..60 {
        let begun = Instant::now();
        let looked = async {
            let opened = open(&cx(1.0), std::slice::from_ref(&garbled), &unit.credentials).await?;
            match opened.device.pdu() {
                Some(pdu) => pdu.outlets(&cx(1.0)).await.map(drop),
                None => Ok(()),
            }
        };
        failed += usize::from(looked.await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
    garbler.abort();
    assert!(failed > 10, "the road garbles: {failed} of 60 failed");
    assert_eq!(unit.running.agent_truth("p1").map(|truth| truth.mutations()), Some(0));
}

#[tokio::test]
async fn a_recording_is_shown_as_it_is_and_nothing_of_it_is_changed() {
    // Made up: three outlets of an old APC unit, one of them off, out of order and with a line that is none.
    let recording = "1.3.6.1.2.1.1.1.0|4|APC Web/SNMP\n.1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.2\n\
                     1.3.6.1.4.1.318.1.1.4.4.2.1.3.3|2|1\n1.3.6.1.4.1.318.1.1.4.4.2.1.3.1|2|1\n\
                     1.3.6.1.4.1.318.1.1.4.4.2.1.3.2|2|2\n1.3.6.1.4.1.318.1.1.4.4.2.1.4.2|4x|6462\n\
                     1.3.6.1.4.1.318.1.1.4.1.5.0|4|WA0123\nnonsense\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("old.snmprec"), recording).expect("written");
    let text = "[rack]\nname = \"one\"\n[credentials.snmp]\nusername = \"snmp\"\npassword = { generated = true }\n\
                [[pdu]]\nname = \"n1\"\noutlets = 8\ncredential = \"snmp\"\nsnmp = {}\npersona = { recorded = \"old.snmprec\" }\n";
    let options =
        underlay_rack::ReadOptions { file: "one.toml", folder: Some(folder.path()), ..Default::default() };
    let rack = underlay_rack::read(text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    let running = run(rack, 1.0).await;
    assert!(running.warnings().iter().any(|warning| warning.contains("line 8")), "{:?}", running.warnings());
    let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
    let at = running.rack().device("n1").expect("n1").endpoints().expect("an address");
    let device = open(&cx(10.0), &at, &credentials).await.unwrap_or_else(|e| panic!("{}", e.report())).device;
    assert_eq!(device.info().serial_number.as_deref(), Some("WA0123"));
    let pdu = device.pdu().expect("a unit of power");
    let read = pdu.outlets(&cx(10.0)).await.expect("read");
    let told: Vec<_> =
        read.iter().map(|outlet| (outlet.id.as_str(), outlet.label.as_deref(), outlet.state)).collect();
    use underlay_hal::OutletState::{Off, On};
    assert_eq!(told, [("1", None, On), ("2", Some("db"), Off), ("3", None, On)]);
    let refused = pdu.switch(&cx(10.0), &"1".into(), OutletAction::Off, OutletDelay::None).await;
    assert_eq!(refused.expect_err("read only").kind(), ErrorKind::Unsupported);
    // What is written down reads again.
    let again = underlay_rack::read(&running.rack().to_toml(), &options);
    assert_eq!(again.unwrap_or_else(|problems| panic!("{problems}")).devices, running.rack().devices);
}
