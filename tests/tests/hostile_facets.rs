//! Every facet on a device that answers with rubbish: it ends by the deadline, and says what kind of rubbish it was.

mod common;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use common::{Rig, cx, in_time};
use underlay_hal::{Cx, Device, Effect, Error, ErrorKind, Result};
use underlay_simulators::{
    Truth as _,
    redfish::{Fault, Rule},
};

type Read = for<'a> fn(&'a dyn Device, &'a Cx) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Declares a read of a facet.
macro_rules! read {
    ($facet:ident . $method:ident ( $($argument:expr),* )) => {
        |device, cx| {
            Box::pin(async move {
                device.$facet().expect(stringify!($facet)).$method(cx $(, $argument)*).await.map(drop)
            })
        }
    };
}

/// Each facet's read, and the resource without which it has nothing to tell.
const READS: [(&str, &str, Read); 11] = [
    ("bios", "/Systems/1/Bios", read!(bios.read())),
    ("raid", "/Systems/1/Storage", read!(raid.read())),
    ("firmware", "/UpdateService/FirmwareInventory", read!(firmware.inventory())),
    ("virtual_media", "/VirtualMedia", read!(virtual_media.slots())),
    ("accounts", "/AccountService/Accounts", read!(accounts.list())),
    ("secure_boot", "/Systems/1/SecureBoot", read!(secure_boot.read())),
    ("boot_order", "/Systems/1", read!(boot_order.read())),
    ("manager_config", "/Managers/BMC", read!(manager_config.read())),
    ("certificates", "/NetworkProtocol/HTTPS/Certificates", read!(certificates.list())),
    ("tasks", "/TaskService/Tasks", read!(tasks.list())),
    ("inventory", "/Systems/1", read!(inventory.read())),
];

fn strike(rig: &Rig, rule: Rule) {
    rig.running.redfish_faults("n1").expect("a Redfish view").add(rule);
}

fn calm(rig: &Rig) {
    rig.running.redfish_faults("n1").expect("a Redfish view").clear();
}

async fn opened() -> (Rig, Arc<dyn Device>) {
    let rig = Rig::new("redfish", "standard").await;
    let device = rig.device().await;
    (rig, device)
}

async fn struck(
    rig: &Rig,
    device: &dyn Device,
    read: Read,
    place: &str,
    fault: Fault,
    seconds: f64,
) -> Option<Error> {
    strike(rig, Rule::always(fault).path(place));
    let ended = in_time(seconds, |cx| async move { read(device, &cx).await }).await;
    calm(rig);
    ended.err()
}

/// Facets that tell what is left, when that resource is rubbish.
const TOLERANT: [&str; 1] = ["manager_config"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_facet_ends_in_time_with_the_right_kind() {
    use ErrorKind::{Protocol, Timeout, Unreachable};
    let (rig, device) = opened().await;
    let device = &*device;
    let drip = Fault::SlowDrip { bytes: 1, pause: Duration::from_millis(50) };
    for (facet, place, read) in READS {
        for (fault, kind) in [
            (Fault::Hang, Timeout),
            (drip.clone(), Timeout),
            (Fault::ResetMidBody, Unreachable),
            (Fault::TruncatedJson, Protocol),
            (Fault::DeepJson(100_000), Protocol),
            (Fault::NonUtf8, Protocol),
            (Fault::HtmlAsJson, Protocol),
            (Fault::HugeBody(1 << 30), Protocol),
            (Fault::Redirect("http://192.0.2.1/redfish/v1".to_owned()), Protocol),
        ] {
            let story = format!("{facet}: {fault:?}");
            let seconds = if kind == Timeout { 0.4 } else { 20.0 };
            match struck(&rig, device, read, place, fault, seconds).await {
                Some(error) => {
                    assert_eq!(
                        (error.kind(), error.effect()),
                        (kind, Effect::None),
                        "{story}: {}",
                        error.report()
                    );
                }
                None => assert!(
                    kind == Protocol && TOLERANT.contains(&facet),
                    "{story}: it was taken for an answer"
                ),
            }
        }
        // The control: nothing sticks.
        read(device, &cx(20.0))
            .await
            .unwrap_or_else(|error| panic!("{facet}, calm again: {}", error.report()));
    }
    assert_eq!((rig.truth.mutations(), rig.truth.refused_logins()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collections_without_end_are_left_by_each_facet() {
    let (rig, device) = opened().await;
    let device = &*device;
    for facet in ["raid", "firmware", "virtual_media", "accounts", "certificates", "tasks"] {
        let (_, place, read) = READS.into_iter().find(|(known, ..)| *known == facet).expect("such a read");
        for fault in [Fault::LoopingPages, Fault::EndlessPages] {
            let story = format!("{facet}: {fault:?}");
            let error = struck(&rig, device, read, place, fault, 30.0).await;
            let error = error.unwrap_or_else(|| panic!("{story}: it has an end"));
            assert_eq!(error.kind(), ErrorKind::Protocol, "{story}: {}", error.report());
        }
        read(device, &cx(20.0))
            .await
            .unwrap_or_else(|error| panic!("{facet}, calm again: {}", error.report()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_rubbish_ends_and_a_task_is_polled_in_time() {
    let (rig, device) = opened().await;
    let events = device.events().expect("events");
    for (fault, kind) in [
        (Fault::Hang, ErrorKind::Timeout),
        (Fault::Status(500), ErrorKind::DeviceFault),
        (Fault::Drop, ErrorKind::Unreachable),
    ] {
        let story = format!("{fault:?}");
        strike(&rig, Rule::always(fault).path("/EventService/SSE"));
        let wait = Duration::from_millis(300);
        let ended = in_time(3.0, |cx| async move { events.next(&cx, None, wait).await }).await;
        calm(&rig);
        let error = ended.expect_err(&story);
        assert_eq!(error.kind(), kind, "{story}: {}", error.report());
    }
    // A gigabyte in one line, a page, and bytes that are no text, under the right type: no event comes of them, and the wait ends.
    for fault in [Fault::HugeBody(1 << 30), Fault::HtmlAsJson, Fault::NonUtf8] {
        let story = format!("{fault:?}");
        strike(&rig, Rule::always(fault).path("/EventService/SSE"));
        let wait = Duration::from_millis(300);
        let ended = in_time(5.0, |cx| async move { events.next(&cx, None, wait).await }).await;
        calm(&rig);
        match ended {
            Ok(batch) => assert!(batch.events.is_empty(), "{story}: {batch:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Protocol, "{story}: {}", error.report()),
        }
        device.close(&cx(10.0)).await.expect("closed");
    }
    // The control: a stream that only has nothing to say.
    let quiet = events.next(&cx(10.0), None, Duration::from_millis(300)).await.expect("a stream");
    assert!(quiet.events.is_empty() && quiet.gap.is_none(), "{quiet:?}");
    let word = rig.truth.tasks().expect("tasks").start(100_000.0);
    let tasks = device.tasks().expect("tasks");
    let listed = tasks.list(&cx(10.0)).await.expect("listed");
    let (task, _) = listed.into_iter().next().expect("one task");
    for (fault, kind) in [
        (Fault::Hang, ErrorKind::Timeout),
        (Fault::DeepJson(100_000), ErrorKind::Protocol),
        (Fault::HugeBody(1 << 30), ErrorKind::Protocol),
        (Fault::HtmlAsJson, ErrorKind::Protocol),
        (Fault::ResetMidBody, ErrorKind::Unreachable),
    ] {
        let story = format!("{fault:?}");
        strike(&rig, Rule::always(fault).path("/TaskService"));
        let task = &task;
        let seconds = if kind == ErrorKind::Timeout { 0.4 } else { 20.0 };
        let ended = in_time(seconds, |cx| async move { tasks.poll(&cx, task).await }).await;
        calm(&rig);
        let error = ended.expect_err(&story);
        assert_eq!(error.kind(), kind, "{story}: {}", error.report());
        assert!(tasks.poll(&cx(10.0), task).await.is_ok(), "calm again after {story}");
    }
    assert!(rig.truth.tasks().expect("tasks").is_running(&word), "polling leaves it alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_cut_says_so() {
    let (rig, device) = opened().await;
    let firmware = device.firmware().expect("firmware");
    let truth = rig.truth.firmware().expect("firmware");
    let (bytes, id, version) = truth.image(underlay_conformance::ImageOf::Manager);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("image.bin");
    std::fs::write(&file, &bytes).expect("an image");
    let update = underlay_hal::FirmwareUpdate {
        image: underlay_hal::FirmwareImage::File(file),
        targets: Vec::new(),
        when: None,
    };
    use ErrorKind::{Busy, Timeout, Unreachable};
    for (fault, seconds, kind, effects) in [
        // What was cut before the image was complete has no effect; what may have been complete may have had one.
        (Fault::CutUpload(100_000), 20.0, Unreachable, &[Effect::None, Effect::Unknown][..]),
        (Fault::Status(503), 20.0, Busy, &[Effect::None]),
        (Fault::Hang, 1.0, Timeout, &[Effect::Unknown]),
        (Fault::Drop, 20.0, Unreachable, &[Effect::None, Effect::Unknown]),
    ] {
        let story = format!("{fault:?}");
        strike(&rig, Rule::always(fault).method(http::Method::POST).path("/UpdateService"));
        let update = &update;
        let ended = in_time(seconds, |cx| async move { firmware.update(&cx, update).await }).await;
        calm(&rig);
        let error = ended.expect_err(&story);
        assert_eq!(error.kind(), kind, "{story}: {}", error.report());
        assert!(effects.contains(&error.effect()), "{story}: {}", error.effect());
        assert_ne!(truth.versions().get(&id), Some(&version), "{story}");
    }
    // The control.
    let accepted = firmware.update(&cx(30.0), &update).await;
    assert!(accepted.is_ok(), "{accepted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_certificate_in_mid_session_is_not_trusted() {
    let (rig, device) = opened().await;
    let power = device.power().expect("power");
    power.state(&cx(10.0)).await.expect("trusted");
    // Somebody else installs a certificate.
    let other = rig.device().await;
    let certificates = other.certificates().expect("certificates");
    let request = underlay_hal::CsrRequest {
        common_name: "n1.example".to_owned(),
        organization: "Underlay".to_owned(),
        organizational_unit: "Tests".to_owned(),
        city: "Bern".to_owned(),
        state: "Bern".to_owned(),
        country: "CH".to_owned(),
        ..underlay_hal::CsrRequest::default()
    };
    let csr = match certificates.generate_csr(&cx(10.0), &request).await.expect("a request") {
        underlay_hal::Outcome::Done(csr) => csr,
        underlay_hal::Outcome::Running(task) => panic!("{task:?}"),
    };
    let view = rig.running.redfish("n1").expect("a view");
    let real = view.certificates().expect("it can be changed");
    let before = real.served_sha256();
    let truth = rig.running.truth("n1").expect("n1");
    let signed = truth.certificates().expect("certificates").sign(&csr.pem).expect("signed");
    let _ = certificates.install(&cx(20.0), None, &signed).await.expect("installed");
    common::soon("another certificate is served", || real.served_sha256() != before).await;

    // The connection that is there goes on; a new one is not trusted, and nothing secret goes over it.
    strike(&rig, Rule::always(Fault::Drop).path("/Systems").times(1));
    let _ = power.state(&cx(10.0)).await;
    calm(&rig);
    let (asked, logins) = (view.requests(), rig.truth.refused_logins());
    let ended = in_time(10.0, |cx| async move { power.state(&cx).await }).await;
    let error = ended.expect_err("another certificate");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Untrusted, Effect::None), "{}", error.report());
    assert_eq!(
        (view.requests(), rig.truth.refused_logins()),
        (asked, logins),
        "not a request has come through"
    );

    // The control: who has the new pin is served.
    let pin: String = real.served_sha256().expect("TLS").iter().map(|byte| format!("{byte:02x}")).collect();
    let at = rig.endpoint.clone().tls(underlay_hal::Tls::PinSha256(pin));
    let opened = common::open(&cx(20.0), &[at], &rig.credentials).await;
    let opened = opened.unwrap_or_else(|error| panic!("{}", error.report()));
    opened.device.power().expect("power").state(&cx(10.0)).await.expect("trusted again");
}
