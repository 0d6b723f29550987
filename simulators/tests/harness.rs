//! Racks that run: addresses, logins, written rack files, and one truth behind both protocols.
use std::{path::Path, sync::Arc, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use underlay_conformance::Truth;
use underlay_hal::{CredentialSource, Credentials, Cx, DeviceId, PowerState};
use underlay_rack::{PasswordSource, Rack, RackCredentials, ReadOptions, Tls, read};
use underlay_simulators::{
    Simulator, StartError, demo_rack,
    persona::PersonaSet,
    plant::{ClockMode, Origin, PowerAction},
};

fn demo() -> Rack {
    demo_rack().unwrap_or_else(|problems| panic!("{problems}"))
}

fn plain_http() -> Rack {
    let mut rack = demo();
    for device in &mut rack.devices {
        if let Some(redfish) = &mut device.redfish {
            redfish.tls = Tls::Http;
        }
    }
    rack
}

async fn password(source: &RackCredentials, device: &str) -> (String, String) {
    use secrecy::ExposeSecret;
    let cx = Cx::new("test", "harness").within(Duration::from_secs(5));
    match source.get(&cx, &DeviceId::from(device)).await.expect("a login") {
        Credentials::Password { username, password } => (username, password.expose_secret().to_owned()),
        _ => panic!("another kind of login"),
    }
}

#[tokio::test]
async fn the_demonstration_rack_is_five_servers_on_free_ports() {
    let rack = demo();
    let personas = PersonaSet::embedded().unwrap_or_else(|error| panic!("{error}"));
    let unknown = rack
        .servers()
        .filter_map(|device| device.persona.as_deref())
        .find(|name| personas.get(name).is_none());
    assert_eq!(
        (rack.servers().count(), rack.devices.len(), unknown),
        (5, 8, None),
        "and two units of power, and a switch"
    );
    let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
    let mut seen = std::collections::BTreeSet::new();
    for device in &running.rack().devices {
        for endpoint in device.endpoints().expect("every address is known") {
            assert!(seen.insert(endpoint.authority(0)), "{endpoint} is taken twice");
        }
    }
    assert_eq!(seen.len(), 12);
}

#[tokio::test]
async fn a_written_rack_file_reads_back_with_its_passwords() {
    let running = Simulator::builder(demo()).start().await.unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("out.toml");
    running.write_rack(&path).expect("written");
    // Again, over what is there.
    running.write_rack(&path).expect("written");
    let text = std::fs::read_to_string(&path).expect("rack file");
    let (user, secret) = password(&running.credentials(), "node01").await;
    assert!(!text.contains(&secret), "no password in the rack file");
    assert_eq!(secret.len(), 16);
    let options = ReadOptions { file: "out.toml", folder: Some(folder.path()), personas: None };
    let rack = read(&text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(rack.devices, running.rack().devices);
    assert!(
        rack.credentials.values().all(|credential| matches!(credential.password, PasswordSource::File(_)))
    );
    assert_eq!(password(&RackCredentials::new(Arc::new(rack)), "node01").await, (user, secret));
    #[cfg(unix)]
    for entry in std::fs::read_dir(folder.path()).expect("folder") {
        let entry = entry.expect("entry");
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&entry.metadata().expect("metadata").permissions());
        let secret = entry.file_name().to_string_lossy().ends_with(".password");
        assert!(!secret || mode & 0o077 == 0, "{:?} is {mode:o}", entry.file_name());
    }
}

#[tokio::test]
async fn tls_devices_are_pinned_unless_the_rack_says_otherwise() {
    let mut rack = demo();
    rack.devices[1].redfish.as_mut().expect("redfish").tls = Tls::Insecure;
    rack.devices[2].redfish.as_mut().expect("redfish").tls = Tls::Http;
    let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
    let tls = |name: &str| {
        running.rack().device(name).and_then(|device| device.redfish.clone()).expect("redfish").tls
    };
    assert!(matches!(tls("node01"), Tls::Pin(pin) if pin.len() == 64));
    assert_eq!((tls("node02"), tls("node03")), (Tls::Insecure, Tls::Http));
    assert!(running.authority_pem().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")));
}

#[tokio::test]
async fn what_cannot_start_says_which_device_and_why() {
    let mut rack = demo();
    rack.devices[0].persona = Some("nonesuch".to_owned());
    let error = Simulator::builder(rack).start().await.expect_err("unknown persona").to_string();
    assert!(error.contains("node01") && error.contains("nonesuch"), "{error}");

    let first = Simulator::builder(demo()).start().await.unwrap_or_else(|error| panic!("{error}"));
    let taken = first.rack().as_ref().clone();
    let error = Simulator::builder(taken).start().await.expect_err("the ports are taken");
    assert!(matches!(&error, StartError::View { device, .. } if device == "node01"), "{error}");

    let mut rack = demo();
    if let Some(credential) = rack.credentials.get_mut("operators") {
        credential.password = PasswordSource::Env("UNDERLAY_NO_SUCH_VARIABLE".to_owned());
    }
    let error = Simulator::builder(rack).start().await.expect_err("no password").to_string();
    assert!(error.contains("UNDERLAY_NO_SUCH_VARIABLE"), "{error}");
}

#[tokio::test]
async fn dropping_a_rack_frees_its_ports() {
    let running = Simulator::builder(plain_http()).start().await.unwrap_or_else(|error| panic!("{error}"));
    let rack = running.rack().as_ref().clone();
    drop(running);
    for _ in 0..100 {
        match Simulator::builder(rack.clone()).start().await {
            Ok(_) => return,
            Err(StartError::View { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the ports are still taken after two seconds");
}

/// A GET over plain HTTP, without a client of ours or anybody's.
async fn get(address: &str, path: &str, login: &(String, String)) -> String {
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", login.0, login.1));
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connect");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {basic}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("receive");
    answer
}

#[tokio::test]
async fn what_one_protocol_does_the_other_shows() {
    let running = Simulator::builder(plain_http())
        .clock(ClockMode::Stepped)
        .start()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let truth = running.truth("node04").expect("node04");
    let login = password(&running.credentials(), "node04").await;
    let device = running.rack().device("node04").expect("node04");
    let address =
        device.redfish.as_ref().and_then(|redfish| redfish.address.as_ref()).expect("address").to_string();
    let power = || get(&address, "/redfish/v1/Systems/1", &login);
    assert!(power().await.contains("\"PowerState\":\"On\""));
    running.server("node04").expect("node04").power(PowerAction::ForceOff, Origin::Ipmi).expect("accepted");
    truth.pass(Duration::from_secs(1)).await;
    assert_eq!(truth.power(), PowerState::Off);
    assert!(power().await.contains("\"PowerState\":\"Off\""));
    assert_eq!((truth.mutations(), truth.resets(), truth.log_length()), (1, 1, 1));
    truth.put_power(PowerState::On).await;
    assert_eq!((truth.power(), truth.mutations()), (PowerState::On, 1), "the back door is not counted");
}

#[tokio::test]
async fn one_seed_gives_the_same_rack_twice() {
    let rack = demo();
    let serials = |seed| {
        let builder = Simulator::builder(rack.clone()).seed(seed).clock(ClockMode::Stepped);
        async move {
            let running = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
            running.plant().servers().map(|server| server.spec().serial.clone()).collect::<Vec<_>>()
        }
    };
    assert_eq!(serials(1).await, serials(1).await);
    assert_ne!(serials(1).await, serials(2).await);
}

#[test]
fn the_embedded_rack_is_the_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/racks/demo.toml");
    let text = std::fs::read_to_string(path).expect("the file");
    let personas = PersonaSet::embedded().unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = personas.names().collect();
    let options = ReadOptions { file: "demo.toml", folder: None, personas: Some(&names) };
    assert_eq!(read(&text, &options).unwrap_or_else(|problems| panic!("{problems}")), demo());
}

#[tokio::test]
async fn the_machines_of_an_enclosure_share_a_service_and_have_back_doors_of_their_own() {
    let mut rack = demo();
    rack.devices[1].persona = Some("standard-quad".to_owned());
    let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
    let name = running.rack().devices[1].name.clone();
    let other = format!("{name}/2");
    let [first, second] = [&name, &other].map(|name| running.truth(name).expect("a machine"));
    assert_ne!(first.serial_number(), second.serial_number());
    assert_eq!(second.chassis().map(|enclosure| enclosure.machines().len()), Some(4));
    let addresses = [&name, &other].map(|name| running.redfish(name).expect("a service").address());
    assert_eq!(addresses[0], addresses[1]);
    assert!(running.truth(&format!("{name}/5")).is_none());
    assert!(running.truth("node01").is_some_and(|alone| alone.chassis().is_none()));
}
