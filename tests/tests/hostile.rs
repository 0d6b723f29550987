//! Whatever a device does: the right kind of error by the deadline, the truth about the effect, and nothing done twice.

mod common;

use std::time::Duration;

use common::{Answer, Rig, Scripted, cx, in_time, open, small_service, soon};
use http::Method;
use underlay_hal::{
    BootOverride, BootTarget, Change, Effect, ErrorKind, Outcome, PowerAction, PowerState, Retry,
};
use underlay_simulators::{
    Truth as _, ipmi,
    plant::Origin,
    redfish::{Fault, Rule},
};

const PORT_OF_NOBODY: &str = "the port of the test is free";

async fn redfish() -> (Rig, std::sync::Arc<dyn underlay_hal::Device>) {
    let rig = Rig::new("redfish", "standard").await;
    let device = rig.device().await;
    (rig, device)
}

fn strike(rig: &Rig, rule: Rule) {
    rig.running.redfish_faults("n1").expect("a Redfish view").add(rule);
}

fn calm(rig: &Rig) {
    rig.running.redfish_faults("n1").expect("a Redfish view").clear();
}

#[tokio::test]
async fn a_read_ends_in_time_with_the_right_kind_whatever_comes_back() {
    use ErrorKind::{Busy, DeviceFault, NotFound, PermissionDenied, Protocol, Timeout, Unreachable};
    let (rig, device) = redfish().await;
    let power = device.power().expect("power");
    let drip = Fault::SlowDrip { bytes: 1, pause: Duration::from_millis(50) };
    for (fault, kind) in [
        (Fault::Hang, Timeout),
        (drip, Timeout),
        (Fault::Delay(Duration::from_secs(30)), Timeout),
        (Fault::Drop, Unreachable),
        (Fault::ResetMidBody, Unreachable),
        (Fault::TruncatedJson, Protocol),
        (Fault::DeepJson(100_000), Protocol),
        (Fault::NonUtf8, Protocol),
        (Fault::HtmlAsJson, Protocol),
        (Fault::HugeBody(1 << 30), Protocol),
        (Fault::Unavailable(7), Busy),
        (Fault::Status(500), DeviceFault),
        (Fault::Status(403), PermissionDenied),
        (Fault::Status(404), NotFound),
        (Fault::Status(204), Protocol),
    ] {
        let story = format!("{fault:?}");
        strike(&rig, Rule::always(fault.clone()).path("/Systems"));
        let seconds = if kind == Timeout { 0.5 } else { 10.0 };
        let result = in_time(seconds, |cx| async move { power.state(&cx).await }).await;
        let error = result.expect_err(&story);
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{story}: {}", error.report());
        assert!(error.report().len() < 1000, "{story}: {} bytes of report", error.report().len());
        if let Fault::Unavailable(seconds) = fault {
            assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(seconds.into()))));
        }
        // The control: nothing sticks.
        calm(&rig);
        assert_eq!(power.state(&cx(10.0)).await.expect("calm again"), PowerState::On, "after {story}");
    }
    // What is only odd is read.
    strike(&rig, Rule::always(Fault::WrongContentType).path("/Systems"));
    assert_eq!(power.state(&cx(10.0)).await.expect("readable"), PowerState::On);
    assert_eq!((rig.truth.mutations(), rig.truth.refused_logins()), (0, 0));
}

#[tokio::test]
async fn collections_without_end_are_left() {
    let (rig, device) = redfish().await;
    let log = device.event_log().expect("a log");
    for fault in [Fault::LoopingPages, Fault::EndlessPages] {
        strike(&rig, Rule::always(fault.clone()).path("/Entries"));
        let error =
            in_time(20.0, |cx| async move { log.read(&cx, None, 10).await }).await.expect_err("no end");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{fault:?}");
        calm(&rig);
        log.read(&cx(10.0), None, 10).await.expect("the control");
    }
}

#[tokio::test]
async fn of_a_gigabyte_only_the_limit_is_read() {
    const LIMIT: u64 = 100_000;
    for chunked in [false, true] {
        let server = Scripted::start(move |method, path, _| match (method, path) {
            ("GET", "/redfish/v1/Systems") => Answer::Blanks { length: 1 << 30, chunked },
            _ => small_service(method, path),
        })
        .await;
        let mut at = server.endpoint();
        at.options.insert("body-limit-bytes".to_owned(), LIMIT.to_string());
        let credentials: std::sync::Arc<dyn underlay_hal::CredentialSource> =
            std::sync::Arc::new(underlay_hal::Credentials::password("admin", "password"));
        let opened = in_time(10.0, |cx| async move { open(&cx, &[at], &credentials).await }).await;
        let error = opened.expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
        // What the two ends' socket buffers took was sent, but not read.
        assert!(server.sent() < 32 << 20, "{} bytes were taken (chunked: {chunked})", server.sent());
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_visit() {
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect(PORT_OF_NOBODY);
    let target = format!("https://{}/redfish/v1/Systems/1", elsewhere.local_addr().expect("an address"));
    let nobody_came = || async {
        let visit = tokio::time::timeout(Duration::from_millis(200), elsewhere.accept()).await;
        assert!(visit.is_err(), "somebody followed the redirect");
    };
    let (rig, device) = redfish().await;
    let power = device.power().expect("power");

    strike(&rig, Rule::always(Fault::Redirect(target.clone())).method(Method::GET));
    let error = power.state(&cx(5.0)).await.expect_err("redirected");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
    assert!(error.report().contains("another host"), "{}", error.report());
    calm(&rig);

    // A change is not carried elsewhere either, not even within the service.
    for target in [target.as_str(), "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset/"] {
        strike(&rig, Rule::always(Fault::Redirect(target.to_owned())).method(Method::POST).path("Reset"));
        let error = power.set(&cx(5.0), PowerAction::ForceReset).await.expect_err("redirected");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::None));
        calm(&rig);
    }

    // Nor is a password.
    strike(&rig, Rule::always(Fault::Redirect(target.clone())).method(Method::POST).path("/Sessions"));
    let error = rig.open(&cx(5.0)).await.expect_err("redirected");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
    calm(&rig);
    nobody_came().await;

    // The control: on the same service a read follows.
    strike(
        &rig,
        Rule::always(Fault::Redirect("/redfish/v1/Systems/1/".to_owned())).method(Method::GET).times(1),
    );
    assert_eq!(power.state(&cx(5.0)).await.expect("followed"), PowerState::On);
    // A circle is left.
    strike(&rig, Rule::always(Fault::Redirect("/redfish/v1/Systems/1".to_owned())).method(Method::GET));
    let error = power.state(&cx(5.0)).await.expect_err("a circle");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(rig.truth.mutations(), 0);
}

#[tokio::test]
async fn a_storm_of_401_costs_one_renewal_and_leaves_no_session() {
    let (rig, device) = redfish().await;
    let power = device.power().expect("power");
    let logins = || rig.truth.server().counters().logins(Origin::Redfish);
    let before = logins();
    strike(&rig, Rule::always(Fault::Unauthorized).path("/Systems"));
    let error = power.state(&cx(10.0)).await.expect_err("refused");
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::Never));
    assert_eq!(logins(), before + 1, "one renewal");
    rig.no_session_left().await;
    calm(&rig);
    assert_eq!(power.state(&cx(10.0)).await.expect("calm again"), PowerState::On);

    // When the login is refused too, it is not tried again, not even by the next call.
    strike(&rig, Rule::always(Fault::Unauthorized).method(Method::GET).path("/Systems").times(1));
    strike(&rig, Rule::always(Fault::Unauthorized).method(Method::POST).path("/Sessions").times(1));
    let before = logins();
    for _ in 0..3 {
        let error = power.state(&cx(10.0)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
    }
    assert_eq!(logins(), before, "nobody knocked again");
}

#[tokio::test]
async fn a_full_session_table_says_so_and_is_left_as_it_was() {
    let rig = Rig::new("redfish", "dell-idrac9").await;
    let mut devices = Vec::new();
    let error = loop {
        match rig.open(&cx(20.0)).await {
            Ok(opened) => devices.push(opened.device),
            Err(error) => break error,
        }
        assert!(devices.len() < 64, "the table has no end");
    };
    assert_eq!((error.kind(), error.effect()), (ErrorKind::ResourceExhausted, Effect::None));
    let full = devices.len();
    let view = rig.running.redfish("n1").expect("a Redfish view");
    assert_eq!(view.sessions(), full);
    devices.pop().expect("a device").close(&cx(5.0)).await.expect("closed");
    assert_eq!(view.sessions(), full - 1);
    devices.push(rig.device().await);
    drop(devices);
    rig.no_session_left().await;
}

#[tokio::test]
async fn what_became_of_a_change_is_told_truly() {
    let (rig, device) = redfish().await;
    let power = device.power().expect("power");
    let reset = |fault| Rule::always(fault).method(Method::POST).path("Reset");
    use ErrorKind::{Busy, DeviceFault, PermissionDenied, Timeout, Unreachable};
    // The fault, what is answered, and whether the machine was reset.
    for (fault, kind, effect, resets) in [
        (Fault::Hang, Timeout, Effect::Unknown, 0),
        (Fault::Drop, Unreachable, Effect::Unknown, 0),
        (Fault::ActThenDrop, Unreachable, Effect::Unknown, 1),
        (Fault::Status(500), DeviceFault, Effect::Unknown, 0),
        (Fault::Unavailable(3), Busy, Effect::None, 0),
        (Fault::Status(403), PermissionDenied, Effect::None, 0),
    ] {
        let before = rig.truth.resets();
        strike(&rig, reset(fault.clone()));
        let result = in_time(1.0, |cx| async move { power.set(&cx, PowerAction::ForceReset).await }).await;
        let error = result.expect_err("no answer, or a bad one");
        assert_eq!((error.kind(), error.effect()), (kind, effect), "{fault:?}: {}", error.report());
        assert_eq!(rig.truth.resets() - before, resets, "{fault:?}: sent once, and never again");
        calm(&rig);
    }
    // Where the machine can be asked, the answer is known: it was done, and once.
    let before = rig.truth.resets();
    strike(&rig, reset(Fault::ActThenDrop));
    let done = power.set(&cx(10.0), PowerAction::ForceOff).await.expect("read back");
    assert_eq!(done, Outcome::Done(Change::Made));
    soon("the host is off", || rig.truth.power() == PowerState::Off).await;
    assert_eq!(rig.truth.resets() - before, 1);
}

#[tokio::test]
async fn a_change_does_not_go_over_a_connection_that_may_be_dead() {
    let server = Scripted::start_forgetful(|method, path, _| small_service(method, path)).await;
    let credentials: std::sync::Arc<dyn underlay_hal::CredentialSource> =
        std::sync::Arc::new(underlay_hal::Credentials::password("admin", "password"));
    let device = open(&cx(10.0), &[server.endpoint()], &credentials).await.expect("open").device;
    let power = device.power().expect("power");
    for _ in 0..3 {
        // A read leaves a connection behind, and a read that finds it dead is sent again.
        assert_eq!(power.state(&cx(5.0)).await.expect("read"), PowerState::On);
        let done = power.set(&cx(5.0), PowerAction::ForceReset).await.expect("a connection of its own");
        assert_eq!(done, Outcome::Done(Change::Made));
    }
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|request| request.contains("ComputerSystem.Reset HTTP")).count(), 3);
    assert!(seen.iter().any(|request| request == "forgotten"), "the test is about connections that die");
}

#[tokio::test]
async fn a_boot_override_is_read_back_and_never_believed() {
    let (rig, device) = redfish().await;
    let boot = device.boot().expect("boot");
    let pxe = Some(BootOverride::once(BootTarget::Pxe));
    let patch = |fault| Rule::always(fault).method(Method::PATCH);

    strike(&rig, patch(Fault::ActThenDrop));
    assert_eq!(boot.set(&cx(10.0), pxe.clone()).await.expect("read back"), Outcome::Done(Change::Made));
    assert_eq!(rig.truth.mutations(), 1, "sent once");
    calm(&rig);
    assert_eq!(boot.set(&cx(10.0), None).await.expect("removed"), Outcome::Done(Change::Made));

    // Accepted, and the rest of the answer lost.
    strike(&rig, patch(Fault::ResetMidBody));
    assert_eq!(boot.set(&cx(10.0), pxe.clone()).await.expect("read back"), Outcome::Done(Change::Made));
    assert_eq!(rig.truth.mutations(), 3, "sent once");
    calm(&rig);
    let removed = boot.set(&cx(10.0), None).await.expect("removed");
    assert_eq!(removed, Outcome::Done(Change::Made));

    strike(&rig, patch(Fault::Drop));
    let error = boot.set(&cx(10.0), pxe.clone()).await.expect_err("lost");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::Unknown));
    calm(&rig);

    strike(&rig, Rule::always(Fault::PreconditionStorm));
    let error = in_time(10.0, |cx| async move { boot.set(&cx, pxe).await }).await.expect_err("412 for ever");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::PreconditionFailed, Effect::None));
    calm(&rig);
    assert_eq!(rig.truth.boot_override(), None);
}

#[tokio::test]
async fn opening_ends_in_time_and_leaves_nothing_behind() {
    for (fault, kind) in [
        (Fault::Hang, ErrorKind::Timeout),
        (Fault::Drop, ErrorKind::Unreachable),
        (Fault::HtmlAsJson, ErrorKind::Protocol),
        (Fault::HugeBody(1 << 30), ErrorKind::Protocol),
        (Fault::DeepJson(1000), ErrorKind::Protocol),
        (Fault::Status(404), ErrorKind::NotFound),
        (Fault::Unavailable(1), ErrorKind::Busy),
    ] {
        let rig = Rig::new("redfish", "standard").await;
        // From the systems on: the session is there already.
        strike(&rig, Rule::always(fault.clone()).path("/Systems"));
        let seconds = if kind == ErrorKind::Timeout { 1.0 } else { 10.0 };
        let opened = in_time(seconds, |cx| async {
            let cx = cx;
            rig.open(&cx).await
        })
        .await;
        assert_eq!(opened.expect_err("a fault").kind(), kind, "{fault:?} in the systems");
        rig.no_session_left().await;
        calm(&rig);
        strike(&rig, Rule::always(fault.clone()));
        let opened = in_time(seconds, |cx| async {
            let cx = cx;
            rig.open(&cx).await
        })
        .await;
        assert_eq!(opened.expect_err("a fault").kind(), kind, "{fault:?} everywhere");
    }
}

#[tokio::test]
async fn a_login_that_nobody_waits_for_leaves_no_session() {
    let rig = Rig::new("redfish", "standard").await;
    let logins = || rig.truth.server().counters().logins(Origin::Redfish);
    // The session is made, and its answer comes when the caller has gone.
    strike(
        &rig,
        Rule::always(Fault::SlowDrip { bytes: 50, pause: Duration::from_millis(100) }).path("/Sessions"),
    );
    let opened = in_time(0.4, |cx| async {
        let cx = cx;
        rig.open(&cx).await
    })
    .await;
    assert_eq!(opened.expect_err("too late").kind(), ErrorKind::Timeout);
    assert_eq!(logins(), 1, "the test is about a session that was made");
    calm(&rig);
    rig.no_session_left().await;
}

#[tokio::test]
async fn closing_ends_in_time_too() {
    let (rig, device) = redfish().await;
    strike(&rig, Rule::always(Fault::Hang).method(Method::DELETE));
    let closed = in_time(0.5, |cx| {
        let device = device.clone();
        async move { device.close(&cx).await }
    })
    .await;
    assert_eq!(closed.expect_err("no answer").kind(), ErrorKind::Timeout);
    calm(&rig);
    // Nothing is left to close, and the device goes on working.
    in_time(0.5, |cx| {
        let device = device.clone();
        async move { device.close(&cx).await }
    })
    .await
    .expect("closed");
    assert_eq!(device.power().expect("power").state(&cx(5.0)).await.expect("a new session"), PowerState::On);
}

async fn over_ipmi(fault: ipmi::Fault) -> (Rig, std::sync::Arc<dyn underlay_hal::Device>) {
    let rig = Rig::new("ipmi", "generic-ipmi").await;
    let device = rig.device().await;
    assert_eq!(device.power().expect("power").state(&cx(10.0)).await.expect("the control"), PowerState::On);
    rig.running.ipmi_faults("n1").expect("an IPMI view").add(fault);
    (rig, device)
}

#[tokio::test]
async fn ipmi_reads_end_in_time_with_the_right_kind() {
    use ErrorKind::{Busy, PermissionDenied, Protocol, Timeout};
    let late = Duration::from_secs(30);
    for (fault, kinds) in [
        (ipmi::Fault::Silent, &[Timeout][..]),
        (ipmi::Fault::DropEvery(1), &[Timeout]),
        (ipmi::Fault::Delay(late), &[Timeout]),
        (ipmi::Fault::Garbage, &[Timeout, Protocol]),
        (ipmi::Fault::Truncate(20), &[Timeout, Protocol]),
        (ipmi::Fault::Corrupt, &[Timeout, Protocol]),
        (ipmi::Fault::Completion(0xC0), &[Busy, Timeout]),
        (ipmi::Fault::Completion(0xD4), &[PermissionDenied]),
    ] {
        let (rig, device) = over_ipmi(fault.clone()).await;
        let result = in_time(2.0, |cx| {
            let device = device.clone();
            async move { device.power().expect("power").state(&cx).await }
        })
        .await;
        let error = result.expect_err("a fault");
        assert!(kinds.contains(&error.kind()), "{fault:?}: {}", error.report());
        assert_eq!(error.effect(), Effect::None, "{fault:?}");
        rig.running.ipmi_faults("n1").expect("an IPMI view").clear();
        let state = device.power().expect("power").state(&cx(20.0)).await;
        assert_eq!(state.expect("calm again"), PowerState::On, "after {fault:?}");
        assert_eq!(rig.truth.mutations(), 0);
    }
}

#[tokio::test]
async fn ipmi_works_through_what_is_only_unpleasant_and_acts_once() {
    for fault in [
        ipmi::Fault::Duplicate,
        ipmi::Fault::Flood(200),
        ipmi::Fault::Delay(Duration::from_millis(300)),
        ipmi::Fault::NoPong,
        ipmi::Fault::NoCipherSuites,
    ] {
        let (rig, device) = over_ipmi(fault.clone()).await;
        let power = device.power().expect("power");
        let result = in_time(20.0, |cx| async move { power.set(&cx, PowerAction::ForceReset).await }).await;
        assert_eq!(result.expect("done"), Outcome::Done(Change::Made), "{fault:?}");
        assert_eq!(rig.truth.resets(), 1, "{fault:?}");
        assert_eq!(power.state(&cx(10.0)).await.expect("readable"), PowerState::On, "{fault:?}");
    }
}

#[tokio::test]
async fn ipmi_tells_truly_what_became_of_a_change() {
    use ErrorKind::{DeviceFault, Timeout};
    for (fault, kinds, effect, resets) in [
        // The state is read first; with every second answer lost, it is the answer to the reset.
        (ipmi::Fault::DropEvery(2), &[Timeout][..], Effect::Unknown, 1),
        (ipmi::Fault::DropEvery(1), &[Timeout], Effect::None, 0),
        (ipmi::Fault::Silent, &[Timeout], Effect::None, 0),
        (ipmi::Fault::Completion(0xD5), &[DeviceFault], Effect::None, 0),
    ] {
        let (rig, device) = over_ipmi(fault.clone()).await;
        let power = device.power().expect("power");
        rig.running.ipmi_faults("n1").expect("an IPMI view").clear();
        // The level is raised before, so that it is the reset whose answer is lost.
        power.set(&cx(10.0), PowerAction::Nmi).await.ok();
        rig.running.ipmi_faults("n1").expect("an IPMI view").add(fault.clone());
        let before = rig.truth.resets();
        let result = in_time(4.0, |cx| async move { power.set(&cx, PowerAction::ForceReset).await }).await;
        let error = result.expect_err("a fault");
        assert!(kinds.contains(&error.kind()), "{fault:?}: {}", error.report());
        assert_eq!(error.effect(), effect, "{fault:?}: {}", error.report());
        assert_eq!(rig.truth.resets() - before, resets, "{fault:?}: sent once, and never again");
    }
}

#[tokio::test]
async fn a_controller_that_restarts_is_logged_in_to_again_by_both_drivers() {
    for (driver, persona, origin) in
        [("redfish", "standard", Origin::Redfish), ("ipmi", "generic-ipmi", Origin::Ipmi)]
    {
        let rig = Rig::new(driver, persona).await;
        let device = rig.device().await;
        let server = rig.truth.server();
        let before = server.counters().logins(origin);
        server.reset_bmc(Origin::Test).expect("it restarts");
        soon("the controller is down", || !server.is_bmc_reachable()).await;
        soon("the controller is back", || server.is_bmc_reachable()).await;
        let power = device.power().expect("power");
        let result = in_time(20.0, |cx| async move { power.set(&cx, PowerAction::ForceReset).await }).await;
        assert_eq!(result.expect("renewed, unseen"), Outcome::Done(Change::Made), "{driver}");
        assert_eq!(server.counters().logins(origin) - before, 1, "{driver}: one login more");
        assert_eq!(rig.truth.resets(), 1, "{driver}");
        device.close(&cx(5.0)).await.expect("closed");
        rig.no_session_left().await;
    }
}
