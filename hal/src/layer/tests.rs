//! Each policy, with the control that it lets the rest through.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    DeviceExt as _, Safety, audit, deadline::Deadline, dry_run::DryRun, guard::Guard, limit::Limit,
    retry::Retry,
};
use crate::{
    Change, Cx, Device, Effect, Error, ErrorKind, Outcome, PowerAction, PowerState, Retry as Advice,
    mock::{MockDevice, MockEventLog, MockPower},
};

fn cx() -> Cx {
    Cx::new("test", "1")
}

fn with_power(power: MockPower) -> Arc<dyn Device> {
    Arc::new(MockDevice { power: Some(power), ..MockDevice::new("n1") })
}

fn busy(effect: Effect) -> Error {
    Error::new(ErrorKind::Busy, "in self test").with_retry(Advice::After(None)).with_effect(effect)
}

#[tokio::test(start_paused = true)]
async fn retry_repeats_a_read_until_it_works() {
    let mut power = MockPower::new();
    let mut calls = 0;
    power.expect_state().times(3).returning(move |_| {
        calls += 1;
        if calls < 3 { Err(busy(Effect::Unknown)) } else { Ok(PowerState::On) }
    });
    let device = with_power(power).layer(Retry::default());
    assert_eq!(device.power().unwrap().state(&cx()).await.unwrap(), PowerState::On);
}

#[tokio::test(start_paused = true)]
async fn retry_never_resends_what_may_have_happened() {
    for action in [PowerAction::Cycle, PowerAction::ForceOff] {
        let mut power = MockPower::new();
        power.expect_set().times(1).returning(|_, _| Err(busy(Effect::Unknown)));
        let device = with_power(power).layer(Retry::default());
        let error = device.power().unwrap().set(&cx(), action).await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown);
    }
    // The control: without an effect it is repeated, and gives up saying so.
    let mut power = MockPower::new();
    power.expect_set().times(4).returning(|_, _| Err(busy(Effect::None)));
    let device = with_power(power).layer(Retry::default());
    let error = device.power().unwrap().set(&cx(), PowerAction::Cycle).await.unwrap_err();
    assert_eq!(error.retry(), Advice::Exhausted);
}

#[tokio::test(start_paused = true)]
async fn retry_stays_inside_the_deadline() {
    let mut power = MockPower::new();
    power.expect_state().times(2).returning(|_| Err(busy(Effect::None)));
    let device = with_power(power).layer(Retry { attempts: 50, ..Retry::default() });
    let begun = tokio::time::Instant::now();
    device.power().unwrap().state(&cx().within(Duration::from_secs(1))).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(1));
}

#[tokio::test]
async fn dry_run_reads_and_refuses_writes() {
    let mut power = MockPower::new();
    power.expect_state().times(1).returning(|_| Ok(PowerState::On));
    power.expect_set().times(0);
    let device = with_power(power).layer(DryRun);
    device.power().unwrap().state(&cx()).await.unwrap();
    let error = device.power().unwrap().set(&cx(), PowerAction::Cycle).await.unwrap_err();
    let named = (error.kind(), error.operation(), error.device().map(crate::DeviceId::as_str));
    assert_eq!(named, (ErrorKind::PermissionDenied, "power.set", Some("n1")));
}

#[tokio::test]
async fn guard_wants_consent_for_what_loses_data() {
    let mut log = MockEventLog::new();
    log.expect_clear().times(1).returning(|_| Ok(Outcome::Done(Change::Made)));
    let device: Arc<dyn Device> = Arc::new(MockDevice { event_log: Some(log), ..MockDevice::new("n1") });
    let device = device.layer(Guard::default());
    let refused = device.event_log().unwrap().clear(&cx()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.effect()), (ErrorKind::PermissionDenied, Effect::None));
    let agreed = cx().consenting(Safety::Destructive);
    assert_eq!(device.event_log().unwrap().clear(&agreed).await.unwrap(), Outcome::Done(Change::Made));
}

#[tokio::test]
async fn guard_names_device_and_operation() {
    let mut power = MockPower::new();
    power.expect_state().returning(|_| Err(Error::new(ErrorKind::Protocol, "garbage")));
    let device = with_power(power).layer(Guard::default());
    let error = device.power().unwrap().state(&cx()).await.unwrap_err();
    assert_eq!(error.to_string(), "n1: power.state: garbage");
}

/// A device that ignores its deadline; the guard must cut it off, and say that nobody knows what a mutation did.
#[derive(Debug)]
struct Deaf(crate::DeviceInfo, crate::Oem);

#[async_trait::async_trait]
impl Device for Deaf {
    fn info(&self) -> &crate::DeviceInfo {
        &self.0
    }
    fn oem(&self) -> &crate::Oem {
        &self.1
    }
    fn power(&self) -> Option<&dyn crate::Power> {
        Some(self)
    }
    async fn close(&self, _cx: &Cx) -> crate::Result<()> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl crate::Power for Deaf {
    fn actions(&self) -> &[PowerAction] {
        &PowerAction::ALL
    }
    async fn state(&self, _cx: &Cx) -> crate::Result<PowerState> {
        std::future::pending().await
    }
    async fn set(&self, _cx: &Cx, _action: PowerAction) -> crate::Result<Outcome<Change>> {
        std::future::pending().await
    }
    async fn boot_status(&self, _cx: &Cx) -> crate::Result<crate::BootStatus> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn guard_cuts_off_a_driver_that_ignores_its_deadline() {
    let device: Arc<dyn Device> =
        Arc::new(Deaf(crate::DeviceInfo::new("n1".into(), "deaf"), crate::Oem::default()));
    let device = device.layer(Guard::default());
    let cx = cx().within(Duration::from_secs(1));
    let read = device.power().unwrap().state(&cx).await.unwrap_err();
    assert_eq!((read.kind(), read.effect()), (ErrorKind::Timeout, Effect::None));
    let again = cx.for_cleanup(Duration::from_secs(1));
    let write = device.power().unwrap().set(&again, PowerAction::Cycle).await.unwrap_err();
    assert_eq!((write.kind(), write.effect()), (ErrorKind::Timeout, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn deadline_is_given_to_calls_without_one() {
    let mut power = MockPower::new();
    power.expect_state().returning(|cx| {
        assert!(cx.remaining().unwrap() <= Duration::from_secs(60));
        Ok(PowerState::On)
    });
    let device = with_power(power).layer(Deadline::default());
    device.power().unwrap().state(&cx()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn limit_spaces_calls_and_times_out_unsent() {
    let mut power = MockPower::new();
    power.expect_set().times(2).returning(|_, _| Ok(Outcome::Done(Change::Made)));
    let device = with_power(power).layer(Limit::new(1, Duration::from_secs(5)));
    let begun = tokio::time::Instant::now();
    for _ in 0..2 {
        let _ = device.power().unwrap().set(&cx(), PowerAction::Cycle).await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    let hurried = cx().within(Duration::from_secs(1));
    let error = device.power().unwrap().set(&hurried, PowerAction::Cycle).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::None));
}

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<audit::Record>>);
impl audit::Sink for Lines {
    fn record(&self, record: audit::Record) {
        self.0.lock().unwrap().push(record);
    }
}

#[tokio::test]
async fn audit_records_mutations_before_and_after_and_no_reads() {
    let mut power = MockPower::new();
    power.expect_state().returning(|_| Ok(PowerState::On));
    power.expect_set().returning(|_, _| Err(busy(Effect::Unknown)));
    let lines = Arc::new(Lines::default());
    let device = with_power(power).layer(audit::Audit(lines.clone()));
    device.power().unwrap().state(&cx()).await.unwrap();
    device.power().unwrap().set(&cx(), PowerAction::Cycle).await.unwrap_err();
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].operation, &lines[0].phase), ("power.set", &audit::Phase::Started));
    assert_eq!(lines[0].arguments, serde_json::json!("cycle"));
    assert!(matches!(lines[1].phase, audit::Phase::Failed { effect: Effect::Unknown, .. }));
}

#[tokio::test]
async fn an_absent_facet_stays_absent_through_layers_and_extensions_stay() {
    let mut inner = MockDevice::new("n1");
    inner.oem.insert(7_u8);
    let device: Arc<dyn Device> = Arc::new(inner);
    let device = device.layer(Guard::default()).layer(super::trace::Trace);
    assert!(device.power().is_none() && device.boot().is_none());
    assert_eq!(device.oem().get::<u8>(), Some(&7));
}
