//! Whom the drivers trust, and whom they bother with a password: nobody without proof, nobody twice.

mod common;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use common::{Answer, Rig, Scripted, cx, open, small_service, soon};
use underlay_hal::{
    Change, CredentialSource, Credentials, Cx, DeviceId, Endpoint, ErrorKind, Outcome, PowerAction,
    PowerState, Result, Retry, Tls,
};
use underlay_simulators::{
    Truth as _,
    plant::{Origin, Role},
    redfish::{Authority, Validity, View},
};

/// Further addresses of the same service, each with another identity.
struct Fronts {
    rig: Rig,
    authority: Authority,
    folder: tempfile::TempDir,
}

impl Fronts {
    async fn new() -> Self {
        let rig = Rig::new("redfish", "standard").await;
        let authority = Authority::new().expect("an authority");
        Self { rig, authority, folder: tempfile::tempdir().expect("a folder") }
    }

    async fn front(&self, validity: Option<Validity>) -> (SocketAddr, String) {
        let here: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let identity =
            validity.map(|validity| self.authority.issue("n1", here.ip(), validity).expect("a certificate"));
        let view = self.rig.running.redfish("n1").expect("a Redfish view");
        let address = view.also_listen(here, identity.as_ref()).await.expect("a free port");
        let pin = identity.map(|identity| identity.sha256().iter().map(|b| format!("{b:02x}")).collect());
        (address, pin.unwrap_or_default())
    }

    fn ca_file(&self, name: &str, pem: &str) -> Tls {
        let path = self.folder.path().join(name);
        std::fs::write(&path, pem).expect("written");
        Tls::CaFile(path.to_string_lossy().into_owned())
    }

    async fn open(&self, at: SocketAddr, tls: Tls) -> Result<()> {
        let at = Endpoint::new("redfish", at.ip().to_string()).port(at.port()).tls(tls);
        let device = open(&cx(10.0), &[at], &self.rig.credentials).await?.device;
        assert_eq!(device.power().expect("power").state(&cx(10.0)).await?, PowerState::On);
        device.close(&cx(5.0)).await
    }

    fn logins(&self) -> u64 {
        let counters = self.rig.truth.server().counters();
        counters.logins(Origin::Redfish) + counters.failed_logins(Origin::Redfish)
    }
}

#[tokio::test]
async fn who_proves_its_identity_is_spoken_to_and_nobody_else_sees_a_credential() {
    let fronts = Fronts::new().await;
    let (good, pin) = fronts.front(Some(Validity::Long)).await;
    let (expired, expired_pin) = fronts.front(Some(Validity::Expired)).await;
    let (plain, _) = fronts.front(None).await;
    let ca = fronts.ca_file("ca.pem", fronts.authority.certificate_pem());
    let other = Authority::new().expect("an authority");
    let wrong_ca = fronts.ca_file("other.pem", other.certificate_pem());
    let wrong_pin: String = pin.chars().rev().collect();

    for (story, at, tls) in [
        ("another pin", good, Tls::PinSha256(wrong_pin)),
        ("the pin of another device", good, Tls::PinSha256(expired_pin.clone())),
        ("another authority", good, wrong_ca),
        ("an authority the system does not know", good, Tls::System),
        ("expired", expired, ca.clone()),
    ] {
        let error = fronts.open(at, tls).await.expect_err(story);
        assert_eq!(error.kind(), ErrorKind::Untrusted, "{story}: {}", error.report());
        assert_eq!(error.retry(), Retry::Never, "{story}");
    }
    let error = fronts.open(plain, ca.clone()).await.expect_err("no TLS there");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{}", error.report());
    fronts.open(good, Tls::Plain).await.expect_err("TLS there");
    assert_eq!(fronts.logins(), 0, "nobody saw a credential");

    for (story, at, tls) in [
        ("the pin", good, Tls::PinSha256(pin.to_uppercase())),
        ("the authority", good, ca),
        ("a pin says it all", expired, Tls::PinSha256(expired_pin)),
        ("insecure", expired, Tls::Insecure),
        ("plain", plain, Tls::Plain),
    ] {
        let before = fronts.logins();
        fronts.open(at, tls).await.unwrap_or_else(|error| panic!("{story}: {}", error.report()));
        assert_eq!(fronts.logins(), before + 1, "{story}");
    }
    fronts.rig.no_session_left().await;
}

/// A source whose answer a test can change.
#[derive(Debug)]
struct Vault(Mutex<Credentials>);

impl Vault {
    fn new(username: &str, password: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Credentials::password(username, password))))
    }

    fn put(&self, username: &str, password: &str) {
        *self.0.lock().expect("nobody panicked") = Credentials::password(username, password);
    }
}

#[async_trait]
impl CredentialSource for Vault {
    async fn get(&self, _: &Cx, _: &DeviceId) -> Result<Credentials> {
        Ok(self.0.lock().expect("nobody panicked").clone())
    }
}

fn account(rig: &Rig, password: &str) {
    let put = rig.truth.server().put_account("tester", password.into(), Role::Administrator);
    put.expect("a slot for the account");
}

#[tokio::test]
async fn a_wrong_password_is_refused_once_for_a_driver_and_once_for_a_composite() {
    for (driver, option) in [("redfish", None), ("redfish", Some(("auth", "basic"))), ("ipmi", None)] {
        let mut rig = Rig::new(driver, "standard").await;
        if let Some((key, value)) = option {
            rig = rig.option(key, value);
        }
        let wrong: Arc<dyn CredentialSource> = Vault::new("admin", "wrong");
        let error = open(&cx(10.0), std::slice::from_ref(&rig.endpoint), &wrong).await.expect_err("refused");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::Never));
        soon("one refusal is counted", || rig.truth.refused_logins() == 1).await;
    }
    let rig = Rig::new("redfish", "standard").await;
    let both = rig.running.rack().device("n1").expect("n1").endpoints().expect("addresses");
    assert_eq!(both.len(), 2);
    let wrong: Arc<dyn CredentialSource> = Vault::new("admin", "wrong");
    let error = open(&cx(10.0), &both, &wrong).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(rig.truth.refused_logins(), 1, "both ways share the account");
}

#[tokio::test]
async fn a_rotated_password_works_without_reopening_and_a_stale_one_is_tried_once() {
    for (driver, option) in [("redfish", None), ("redfish", Some(("auth", "basic"))), ("ipmi", None)] {
        let mut rig = Rig::new(driver, "standard").await;
        if let Some((key, value)) = option {
            rig = rig.option(key, value);
        }
        let story = format!("{driver} {option:?}");
        account(&rig, "first");
        let vault = Vault::new("tester", "first");
        let source: Arc<dyn CredentialSource> = vault.clone();
        let opened = open(&cx(20.0), std::slice::from_ref(&rig.endpoint), &source).await;
        let device = opened.expect("the first password").device;
        let power = device.power().expect("power");

        // Changed on the device and in the vault: nobody notices.
        account(&rig, "second");
        vault.put("tester", "second");
        device.close(&cx(5.0)).await.expect("closed");
        assert_eq!(power.state(&cx(10.0)).await.expect("the second password"), PowerState::On, "{story}");
        let refused = rig.truth.refused_logins();
        // HTTP Basic has nothing but the old password until it is refused.
        assert!(refused <= u64::from(option.is_some()), "{story}: {refused}");

        // Changed on the device alone: refused once, however often it is asked.
        account(&rig, "third");
        device.close(&cx(5.0)).await.expect("closed");
        for _ in 0..5 {
            let error = power.state(&cx(10.0)).await.expect_err("stale");
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::Never), "{story}");
        }
        soon("one refusal more", || rig.truth.refused_logins() == refused + 1).await;
        vault.put("tester", "third");
        assert_eq!(power.state(&cx(10.0)).await.expect("the third password"), PowerState::On, "{story}");
        device.close(&cx(5.0)).await.expect("closed");
        rig.no_session_left().await;
    }
}

#[tokio::test]
async fn a_locked_account_is_left_alone() {
    // Simulated controllers, as most real ones, do not tell a locked account from a wrong password.
    for driver in ["redfish", "ipmi"] {
        let rig = Rig::new(driver, "dell-idrac9").await;
        account(&rig, "right");
        let server = rig.truth.server();
        for _ in 0..3 {
            let _ = server.authenticate("tester", &"wrong".into(), Origin::Test);
        }
        assert!(server.accounts().iter().any(|account| account.name == "tester" && account.locked));
        let right: Arc<dyn CredentialSource> = Vault::new("tester", "right");
        let error = open(&cx(10.0), std::slice::from_ref(&rig.endpoint), &right).await.expect_err("locked");
        let kinds = [ErrorKind::Unauthenticated, ErrorKind::LockedOut];
        assert!(kinds.contains(&error.kind()), "{driver}: {}", error.report());
        soon("one refusal", || rig.truth.refused_logins() == 1).await;
    }
    // One that tells.
    let locked = Mutex::new(false);
    let locked = Arc::new(locked);
    let now = Arc::clone(&locked);
    let server = Scripted::start(move |method, path, _| {
        let says = r#"{"error": {"message": "The account is locked because of too many attempts."}}"#;
        let is_login = (method, path) == ("POST", "/redfish/v1/SessionService/Sessions");
        match *now.lock().expect("nobody panicked") {
            true if is_login => Answer::Json(403, Vec::new(), says.to_owned()),
            true if method != "DELETE" => Answer::status(401),
            _ => small_service(method, path),
        }
    })
    .await;
    let source: Arc<dyn CredentialSource> = Vault::new("tester", "right");
    let device = open(&cx(10.0), &[server.endpoint()], &source).await.expect("not locked yet").device;
    *locked.lock().expect("nobody panicked") = true;
    for _ in 0..3 {
        let error = device.power().expect("power").state(&cx(5.0)).await.expect_err("locked");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::LockedOut, Retry::Never), "{}", error.report());
    }
    let logins = server.seen().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(logins, 2, "one that was granted, one that was refused");
}

#[tokio::test]
async fn no_session_is_left_by_whoever_closes_drops_or_gives_up() {
    for (driver, persona) in [("redfish", "standard"), ("redfish", "hpe-ilo5"), ("ipmi", "generic-ipmi")] {
        let rig = Rig::new(driver, persona).await;
        let device = rig.device().await;
        device.inventory().expect("inventory").read(&cx(20.0)).await.expect("readable");
        assert!(rig.truth.open_sessions() + rig.running.redfish("n1").map_or(0, View::sessions) > 0);
        device.close(&cx(5.0)).await.expect("closed");
        rig.no_session_left().await;

        // Dropped without a word.
        device.power().expect("power").state(&cx(10.0)).await.expect("logged in again");
        drop(device);
        rig.no_session_left().await;

        // Closed by a caller who has no time left.
        let device = rig.device().await;
        let over = cx(0.0);
        let _ = device.close(&over).await;
        drop(device);
        rig.no_session_left().await;
    }
}

#[tokio::test]
async fn a_change_in_a_dead_session_is_sent_once() {
    let renewals = Arc::new(Mutex::new(0));
    let count = Arc::clone(&renewals);
    let server = Scripted::start(move |method, path, _| {
        if method == "POST" && path.ends_with("Reset") {
            let mut count = count.lock().expect("nobody panicked");
            *count += 1;
            // The service has restarted: it knows no session, until there is a new one.
            return if *count == 1 { Answer::status(401) } else { small_service(method, path) };
        }
        small_service(method, path)
    })
    .await;
    let source: Arc<dyn CredentialSource> = Vault::new("tester", "right");
    let device = open(&cx(10.0), &[server.endpoint()], &source).await.expect("open").device;
    let power = device.power().expect("power");
    assert_eq!(
        power.set(&cx(10.0), PowerAction::ForceReset).await.expect("renewed"),
        Outcome::Done(Change::Made)
    );
    assert_eq!(*renewals.lock().expect("nobody panicked"), 2, "refused, then taken");
    device.close(&cx(5.0)).await.expect("closed");
    soon("both sessions are ended", || {
        server.seen().iter().filter(|request| request.starts_with("DELETE")).count() == 2
    })
    .await;
}

#[tokio::test]
async fn secrets_are_in_no_error_and_no_debug_text() {
    const PASSWORD: &str = "correct-horse-battery";
    const TOKEN: &str = "a-token-of-the-test";
    // A service that repeats whatever it is given.
    for echo in ["login", "reset", "state"] {
        let server = Scripted::start(move |method, path, body| {
            let is_login = path.ends_with("/Sessions");
            let struck = match echo {
                "login" => method == "POST" && is_login,
                "reset" => method == "POST" && !is_login,
                _ => method == "GET" && path.ends_with("/Systems/1"),
            };
            if !struck {
                return small_service(method, path);
            }
            let told = format!("{TOKEN} {PASSWORD} {}", body.replace('"', "'"));
            let info = format!(r#"{{"MessageId": "Base.1.0.{TOKEN}", "Message": "No: {told}"}}"#);
            Answer::Json(400, Vec::new(), format!(r#"{{"error": {{"@Message.ExtendedInfo": [{info}]}}}}"#))
        })
        .await;
        let source: Arc<dyn CredentialSource> = Vault::new("tester", PASSWORD);
        let opened = open(&cx(10.0), &[server.endpoint()], &source).await;
        let (error, debug) = match opened {
            Err(error) => (error, String::new()),
            Ok(opened) => {
                let result =
                    opened.device.power().expect("power").set(&cx(5.0), PowerAction::ForceReset).await;
                let debug = format!("{opened:?} {:?}", opened.device);
                (result.expect_err("refused"), debug)
            }
        };
        let secret = if echo == "login" { PASSWORD } else { TOKEN };
        for text in [format!("{error:?}"), error.report(), error.to_string(), debug] {
            assert!(!text.contains(secret), "{echo}: {text}");
        }
        let sent = server.seen().concat();
        assert!(sent.contains(PASSWORD), "the test is about a password that was sent");
    }
}
