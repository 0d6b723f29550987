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
