//! Whatever a BMC does: the right kind of error, by the deadline, and nothing done twice.

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{FakeBmc, Kind, PASSWORD, Script, Wire, cx};
use underlay_hal::{Change, Driver, Effect, ErrorKind, Outcome, PowerAction, PowerState, Retry};
use underlay_ipmi::IpmiDriver;
use underlay_ipmi_codec::Status;
use underlay_ipmi_codec::handshake::OpenResponse;
use underlay_ipmi_codec::suite::CipherSuite;

const SLACK: Duration = Duration::from_millis(500);

fn with(wire: impl FnMut(Kind, Vec<u8>) -> Vec<Vec<u8>> + Send + 'static) -> Script {
    Script { wire: Box::new(wire) as Wire, ..Script::default() }
}

/// Opens with a deadline of two seconds; the error, which must come by then.
async fn open_error(script: Script, password: &str) -> (underlay_hal::Error, common::Seen) {
    let bmc = FakeBmc::start(script).await;
    let start = Instant::now();
    let error = bmc.open_as(&IpmiDriver::new(), password, 2).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(2) + SLACK, "{:?}", start.elapsed());
    assert!(!format!("{error:?} {}", error.report()).contains(PASSWORD));
    (error, bmc.seen())
}

/// How many Chassis Control requests arrived, whether executed or recognised as repeated.
fn controls(bmc: &FakeBmc) -> usize {
    bmc.seen().arrived.iter().filter(|arrived| **arrived == (0x00, 0x02)).count()
}

fn is_session(kind: Kind) -> bool {
    matches!(kind, Kind::Reply(..))
}

#[tokio::test]
async fn silence_is_a_timeout_by_the_deadline() {
    let (error, seen) = open_error(with(|_, _| vec![]), PASSWORD).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::None));
    assert!(seen.received <= 3, "{} datagrams in two seconds", seen.received);
}

#[tokio::test]
async fn silence_without_a_deadline_ends_too() {
    let bmc = FakeBmc::start(with(|_, _| vec![])).await;
    let cx = underlay_hal::Cx::new("test", "1");
    let credentials = Arc::new(underlay_hal::Credentials::password("admin", PASSWORD));
    let driver = IpmiDriver::new();
    let endpoint = bmc.endpoint();
    let open = driver.open(&cx, "bmc".into(), &endpoint, credentials);
    let error = tokio::time::timeout(Duration::from_secs(8), open).await.expect("it hangs").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn garbage_in_place_of_answers_is_a_protocol_error() {
    let garbage = |_, datagram: Vec<u8>| vec![datagram.iter().map(|byte| byte ^ 0x5A).collect()];
    let bmc = FakeBmc::start(with(garbage)).await;
    // Long enough for the tries to be used up: what came, and not the clock, names the error.
    let error = bmc.open_as(&IpmiDriver::new(), PASSWORD, 8).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn every_truncation_of_every_message_ends_in_an_error_by_the_deadline() {
    let mut tasks = tokio::task::JoinSet::new();
    for target in [Kind::Open, Kind::Rakp2, Kind::Rakp4, Kind::Reply(0x06, 0x01)] {
        for keep in (0..100).step_by(3) {
            tasks.spawn(async move {
                let cut = move |kind, mut datagram: Vec<u8>| {
                    let whole = datagram.len();
                    if kind == target {
                        datagram.truncate(keep);
                    }
                    if kind == target && keep >= whole { vec![] } else { vec![datagram] }
                };
                let (error, _) = open_error(with(cut), PASSWORD).await;
                // An Open response cut after its first two bytes is a refusal in short form only if they say so.
                assert!(
                    matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Protocol),
                    "{target:?} {keep}: {error:?}"
                );
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_flood_stops_neither_the_clock_nor_the_tries() {
    let (error, seen) = open_error(Script { flood: true, ..with(|_, _| vec![]) }, PASSWORD).await;
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Protocol), "{error:?}");
    assert!((2..=3).contains(&seen.received), "{} tries", seen.received);
}

#[tokio::test]
async fn a_burst_of_garbage_does_not_stop_the_clock() {
    let flood = |kind, datagram: Vec<u8>| {
        let mut out = vec![vec![0xAA; 1400]; 2000];
        if !is_session(kind) {
            out.insert(0, datagram);
        }
        out
    };
    let (error, _) = open_error(with(flood), PASSWORD).await;
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Protocol), "{error:?}");
}

#[tokio::test]
async fn duplicates_change_nothing() {
    let bmc = FakeBmc::start(with(|_, datagram| vec![datagram.clone(), datagram.clone(), datagram])).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let power = device.power().unwrap();
    assert_eq!(power.set(&cx(5), PowerAction::On).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(power.state(&cx(5)).await.unwrap(), PowerState::On);
    assert_eq!(bmc.seen().count(0x00, 0x02), 1);
}

#[tokio::test]
async fn a_late_answer_is_never_taken_for_the_next_one() {
    // Every status answer arrives twice: when due, and again ahead of each later answer.
    let late: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let stale = move |kind, datagram: Vec<u8>| {
        let mut out = late.lock().unwrap().clone();
        if kind == Kind::Reply(0x00, 0x01) {
            late.lock().unwrap().push(datagram.clone());
        }
        out.push(datagram);
        out
    };
    let bmc = FakeBmc::start(with(stale)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let power = device.power().unwrap();
    for (action, state) in [(PowerAction::On, PowerState::On), (PowerAction::ForceOff, PowerState::Off)] {
        assert_eq!(power.set(&cx(5), action).await.unwrap(), Outcome::Done(Change::Made));
        assert_eq!(power.state(&cx(5)).await.unwrap(), state);
    }
}

#[tokio::test]
async fn lost_datagrams_are_asked_for_again_with_new_sequence_and_same_request_number() {
    let mut count = 0;
    let lossy = move |_, datagram| {
        count += 1;
        if count % 2 == 1 { vec![] } else { vec![datagram] }
    };
    let bmc = FakeBmc::start(with(lossy)).await;
    let device = bmc.open_as(&IpmiDriver::new(), PASSWORD, 20).await.unwrap();
    assert_eq!(device.power().unwrap().state(&cx(5)).await.unwrap(), PowerState::Off);
    let numbers = bmc.seen().numbers;
    assert!(numbers.windows(2).all(|pair| pair[0].0 < pair[1].0), "session sequence repeated: {numbers:?}");
    assert!(numbers.windows(2).any(|pair| pair[0].1 == pair[1].1), "no request was repeated: {numbers:?}");
}

#[tokio::test]
async fn a_forged_answer_is_not_taken() {
    let forge = |kind, mut datagram: Vec<u8>| {
        if is_session(kind) {
            let last = datagram.len() - 1;
            datagram[last] ^= 1;
        }
        vec![datagram]
    };
    let bmc = FakeBmc::start(with(forge)).await;
    let error = bmc.open_as(&IpmiDriver::new(), PASSWORD, 8).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn session_id_zero_in_answers_is_not_ours() {
    let zero = |kind, mut datagram: Vec<u8>| {
        if is_session(kind) {
            datagram[6..10].fill(0);
        }
        vec![datagram]
    };
    let (error, _) = open_error(with(zero), PASSWORD).await;
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Protocol), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_once_and_remembered() {
    let bmc = FakeBmc::start(Script::default()).await;
    let driver = IpmiDriver::new();
    let error = bmc.open_as(&driver, "wrong", 5).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::Never));
    let seen = bmc.seen();
    assert_eq!((seen.opens.len(), seen.rakp1, seen.executed.len()), (1, 1, 0));
    // Control: the right password works on the same BMC.
    assert!(bmc.open(&driver).await.is_ok());
}

#[tokio::test]
async fn refused_names_and_proofs_are_not_tried_again() {
    for script in [
        Script { rakp2_status: |_| 0x0D, ..Script::default() },
        Script { rakp4_status: 0x0F, ..Script::default() },
    ] {
        let (error, seen) = open_error(script, PASSWORD).await;
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::Never));
        assert_eq!((seen.opens.len(), seen.rakp1), (1, 1));
    }
}

#[tokio::test]
async fn a_device_whose_password_was_changed_asks_once() {
    #[derive(Debug)]
    struct Rotating(Mutex<&'static str>);
    #[async_trait::async_trait]
    impl underlay_hal::CredentialSource for Rotating {
        async fn get(
            &self,
            _: &underlay_hal::Cx,
            _: &underlay_hal::DeviceId,
        ) -> underlay_hal::Result<underlay_hal::Credentials> {
            Ok(underlay_hal::Credentials::password("admin", *self.0.lock().unwrap()))
        }
    }
    let bmc = FakeBmc::start(Script::default()).await;
    let (driver, source) = (IpmiDriver::new(), Arc::new(Rotating(Mutex::new(PASSWORD))));
    let (cx5, endpoint) = (cx(5), bmc.endpoint());
    let device = driver.open(&cx5, "bmc".into(), &endpoint, source.clone()).await.unwrap();
    device.close(&cx(5)).await.unwrap();
    *source.0.lock().unwrap() = "stale";
    bmc.reset();
    for _ in 0..5 {
        let error = device.power().unwrap().state(&cx(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    }
    assert_eq!(bmc.seen().rakp1, 1, "five calls, one login");
    *source.0.lock().unwrap() = PASSWORD;
    assert!(device.power().unwrap().state(&cx(5)).await.is_ok(), "another password is another matter");
}

#[tokio::test]
async fn an_impostor_is_untrusted() {
    let (error, _) = open_error(Script { wrong_check: true, ..Script::default() }, PASSWORD).await;
    assert_eq!(error.kind(), ErrorKind::Untrusted);
}

#[tokio::test]
async fn every_refusal_of_suite_17_leads_to_suite_3_which_is_remembered() {
    let refusals: [fn(u8, u32) -> OpenResponse; 4] = [
        |tag, _| OpenResponse::Refused { tag, status: Status(0x04), console_id: None },
        |tag, id| OpenResponse::Refused { tag, status: Status(0x11), console_id: Some(id) },
        |tag, id| OpenResponse::Refused { tag, status: Status(0x01), console_id: Some(id) },
        |tag, id| OpenResponse::Refused { tag, status: Status(0x12), console_id: Some(id) },
    ];
    for refusal in refusals {
        let bmc =
            FakeBmc::start(Script { suites: vec![CipherSuite::SUITE_3], refusal, ..Script::default() }).await;
        let device = bmc.open(&IpmiDriver::new()).await.unwrap();
        assert_eq!(bmc.seen().opens, [Some(17), Some(3)]);
        device.close(&cx(5)).await.unwrap();
        device.power().unwrap().state(&cx(5)).await.unwrap();
        assert_eq!(bmc.seen().opens, [Some(17), Some(3), Some(3)]);
    }
}

#[tokio::test]
async fn a_bmc_that_takes_no_suite_or_has_no_slot_says_which() {
    let (error, seen) = open_error(Script { suites: vec![], ..Script::default() }, PASSWORD).await;
    assert_eq!((error.kind(), seen.opens.len()), (ErrorKind::Unsupported, 2));
    let full = |tag, id| OpenResponse::Refused { tag, status: Status(0x01), console_id: Some(id) };
    let (error, _) =
        open_error(Script { suites: vec![], refusal: full, ..Script::default() }, PASSWORD).await;
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
    assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(60))));
}

#[tokio::test]
async fn a_refused_level_leads_to_the_next_lower_one() {
    let operators = |role: u8| if role & 0x0F == 4 { 0x0A } else { 0 };
    let bmc = FakeBmc::start(Script { rakp2_status: operators, ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    assert_eq!(bmc.seen().rakp1, 2);
    device.close(&cx(5)).await.unwrap();
    device.power().unwrap().state(&cx(5)).await.unwrap();
    assert_eq!(bmc.seen().rakp1, 3, "the level that worked is remembered");
    let (error, seen) = open_error(Script { rakp2_status: |_| 0x0A, ..Script::default() }, PASSWORD).await;
    assert_eq!((error.kind(), seen.rakp1), (ErrorKind::PermissionDenied, 3));
}

#[tokio::test]
async fn a_lost_answer_to_power_on_is_read_back_and_not_sent_again() {
    let lose = |kind, datagram| if kind == Kind::Reply(0x00, 0x02) { vec![] } else { vec![datagram] };
    let bmc = FakeBmc::start(with(lose)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let power = device.power().unwrap();
    assert_eq!(power.set(&cx(20), PowerAction::On).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(controls(&bmc), 1);
}

#[tokio::test]
async fn a_lost_answer_to_a_reset_is_unknown_and_not_sent_again() {
    let lose = |kind, datagram| if kind == Kind::Reply(0x00, 0x02) { vec![] } else { vec![datagram] };
    let bmc = FakeBmc::start(with(lose)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let error = device.power().unwrap().set(&cx(20), PowerAction::ForceReset).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    assert_eq!(controls(&bmc), 1);
}

#[tokio::test]
async fn a_busy_bmc_is_asked_again_and_a_refusal_is_not() {
    let mut times = 0;
    let busy = move |_: &mut common::Machine, net_fn, code, _: &[u8]| {
        times += u8::from((net_fn, code) == (0x00, 0x01));
        ((net_fn, code) == (0x00, 0x01) && times % 3 != 0).then_some((0xC0, vec![]))
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(busy), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    assert_eq!(device.power().unwrap().state(&cx(5)).await.unwrap(), PowerState::Off);

    let refuse = |_: &mut common::Machine, net_fn, code, _: &[u8]| {
        ((net_fn, code) == (0, 2)).then_some((0xD5, vec![]))
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(refuse), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let error = device.power().unwrap().set(&cx(5), PowerAction::ForceReset).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.vendor_code()),
        (ErrorKind::DeviceFault, Effect::None, Some("0xd5"))
    );
    assert_eq!(bmc.seen().count(0x00, 0x02), 1);
}

#[tokio::test]
async fn a_forgotten_session_is_opened_again() {
    let bmc = FakeBmc::start(Script::default()).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    bmc.seen.lock().unwrap().forget = true;
    assert_eq!(device.power().unwrap().state(&cx(10)).await.unwrap(), PowerState::Off);
    assert_eq!(bmc.seen().opens.len(), 2);
}

#[tokio::test]
async fn a_cancelled_call_returns_at_once_and_leaves_the_device_usable() {
    let mut lost = 1;
    let slow = move |kind, datagram| {
        if kind == Kind::Reply(0x00, 0x09) && lost > 0 {
            lost -= 1;
            return vec![];
        }
        vec![datagram]
    };
    let bmc = FakeBmc::start(with(slow)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let cx1 = cx(10);
    let canceller = cx1.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        canceller.cancel();
    });
    let start = Instant::now();
    let error = device.boot().unwrap().get(&cx1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(start.elapsed() < Duration::from_millis(400));
    assert_eq!(device.boot().unwrap().get(&cx(5)).await.unwrap(), None);
}
