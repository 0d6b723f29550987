//! How many datagrams things cost.

mod common;

use common::{FakeBmc, Script, cx};
use underlay_hal::{Driver, PowerState};
use underlay_ipmi::IpmiDriver;

#[tokio::test]
async fn a_fresh_session_with_power_status_and_close_is_ten_datagrams_and_a_kept_one_two() {
    let bmc = FakeBmc::start(Script::default()).await;
    let driver = IpmiDriver::new();
    let device = bmc.open(&driver).await.unwrap();
    let power = device.power().unwrap();
    device.close(&cx(5)).await.unwrap();

    bmc.reset();
    assert_eq!(power.state(&cx(5)).await.unwrap(), PowerState::Off);
    let fresh = bmc.seen();
    assert_eq!(fresh.received + fresh.sent, 8);
    assert_eq!(fresh.executed, [(0x00, 0x01)], "a read needs no raised level");

    bmc.reset();
    assert_eq!(power.state(&cx(5)).await.unwrap(), PowerState::Off);
    let kept = bmc.seen();
    assert_eq!(kept.received + kept.sent, 2);

    bmc.reset();
    device.close(&cx(5)).await.unwrap();
    let close = bmc.seen();
    assert_eq!(close.received + close.sent, 2);
    assert_eq!(fresh.received + fresh.sent + close.received + close.sent, 10);
    device.close(&cx(5)).await.expect("closing twice is fine");
    assert_eq!(bmc.seen().received, close.received);
}

#[tokio::test]
async fn the_level_is_raised_once_for_a_session() {
    let bmc = FakeBmc::start(Script::default()).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let power = device.power().unwrap();
    bmc.reset();
    for action in [underlay_hal::PowerAction::On, underlay_hal::PowerAction::ForceOff] {
        assert_eq!(power.set(&cx(5), action).await.unwrap().done(), Some(underlay_hal::Change::Made));
    }
    assert_eq!(bmc.seen().count(0x06, 0x3B), 1);
    assert_eq!(bmc.seen().count(0x00, 0x02), 2);
}

#[tokio::test]
async fn a_probe_needs_no_session_and_silence_is_not_ours() {
    let bmc = FakeBmc::start(Script::default()).await;
    let driver = IpmiDriver::new();
    let sighting = driver.probe(&cx(5), &bmc.endpoint()).await.unwrap().unwrap();
    assert_eq!(sighting.protocol, "IPMI 2.0");
    assert!(bmc.seen().opens.is_empty());
    // Without 06/38, the pong is enough; without both, nobody is there.
    let pong_only = |kind, datagram| if kind == common::Kind::Sessionless { vec![] } else { vec![datagram] };
    let bmc = FakeBmc::start(Script { wire: Box::new(pong_only), ..Script::default() }).await;
    assert_eq!(driver.probe(&cx(5), &bmc.endpoint()).await.unwrap().unwrap().protocol, "IPMI");
    let silent = FakeBmc::start(Script { wire: Box::new(|_, _| vec![]), ..Script::default() }).await;
    assert!(driver.probe(&cx(5), &silent.endpoint()).await.unwrap().is_none());
}

#[tokio::test]
async fn dropping_the_device_closes_its_session() {
    let bmc = FakeBmc::start(Script::default()).await;
    let driver = IpmiDriver::new();
    drop(bmc.open(&driver).await.unwrap());
    tokio::time::timeout(std::time::Duration::from_secs(2), async {
        while bmc.seen().count(0x06, 0x3C) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("no Close Session came");
}

#[tokio::test]
async fn a_hundred_machines_share_one_socket() {
    let driver = std::sync::Arc::new(IpmiDriver::new());
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..100 {
        let driver = std::sync::Arc::clone(&driver);
        tasks.spawn(async move {
            let bmc = FakeBmc::start(Script::default()).await;
            let device = bmc.open(&driver).await.unwrap();
            let power = device.power().unwrap();
            if index % 2 == 0 {
                let _ = power.set(&cx(10), underlay_hal::PowerAction::On).await.unwrap();
            }
            let expected = if index % 2 == 0 { PowerState::On } else { PowerState::Off };
            assert_eq!(power.state(&cx(10)).await.unwrap(), expected);
            device.close(&cx(5)).await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn an_idle_session_is_closed_and_the_next_call_opens_another() {
    let bmc = FakeBmc::start(Script::default()).await;
    let mut endpoint = bmc.endpoint();
    endpoint.options.insert("idle-close-ms".into(), "300".into());
    let credentials = std::sync::Arc::new(underlay_hal::Credentials::password("admin", common::PASSWORD));
    let driver = IpmiDriver::new();
    let device = driver.open(&cx(5), "bmc".into(), &endpoint, credentials).await.unwrap();
    for _ in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        device.power().unwrap().state(&cx(5)).await.unwrap();
    }
    assert_eq!((bmc.seen().opens.len(), bmc.seen().count(0x06, 0x3C)), (1, 0), "a session in use stays");
    tokio::time::timeout(std::time::Duration::from_secs(3), async {
        while bmc.seen().count(0x06, 0x3C) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the idle session was not closed");
    device.power().unwrap().state(&cx(5)).await.unwrap();
    assert_eq!(bmc.seen().opens.len(), 2);
}

#[tokio::test]
async fn commands_keep_the_least_interval() {
    let bmc = FakeBmc::start(Script::default()).await;
    let mut endpoint = bmc.endpoint();
    endpoint.options.insert("min-interval-ms".into(), "100".into());
    let credentials = std::sync::Arc::new(underlay_hal::Credentials::password("admin", common::PASSWORD));
    let driver = IpmiDriver::new();
    let device = driver.open(&cx(5), "bmc".into(), &endpoint, credentials).await.unwrap();
    let start = std::time::Instant::now();
    for _ in 0..4 {
        device.power().unwrap().state(&cx(5)).await.unwrap();
    }
    assert!(start.elapsed() >= std::time::Duration::from_millis(400), "{:?}", start.elapsed());
}
