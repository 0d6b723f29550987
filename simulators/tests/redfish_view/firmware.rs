//! Firmware over Redfish: pushed, fetched, staged, refused; and never held in memory.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use underlay_simulators::plant::{ImageInfo, JobState, MutationKind, Origin, Part, PowerAction, firmware};
use underlay_simulators::redfish::{Fault, Quirk, Rule};

use super::support::{Client, PATIENCE, Reply, Rig};

const SERVICE: &str = "/redfish/v1/UpdateService";
const UPLOAD: &str = "/redfish/v1/UpdateService/upload";
const PUSH: &str = "/redfish/v1/UpdateService/push";
const SIMPLE: &str = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";

fn info(part: Part, version: &str) -> ImageInfo {
    let model = if part == Part::Bmc { "Standard BMC" } else { "Standard Server" };
    ImageInfo { part, model: model.to_owned(), version: version.to_owned() }
}

fn bmc(version: &str) -> Vec<u8> {
    firmware::image(&info(Part::Bmc, version), &[0x5A; 4000])
}

fn bios(version: &str) -> Vec<u8> {
    firmware::image(&info(Part::Bios, version), &[0xA5; 4000])
}

/// A multipart body of these parts.
fn multipart(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, kind, bytes) in parts {
        body.extend_from_slice(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n").as_bytes(),
        );
        body.extend_from_slice(format!("Content-Type: {kind}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

pub(crate) async fn upload(client: &Client, parameters: &Value, image: &[u8]) -> Reply {
    let parameters = parameters.to_string();
    let parts: &[(&str, &str, &[u8])] = &[
        ("UpdateParameters", "application/json", parameters.as_bytes()),
        ("UpdateFile", "application/octet-stream", image),
    ];
    let client = client.with("Content-Type", "multipart/form-data; boundary=edge");
    client.send("POST", UPLOAD, &multipart(parts)).await
}

async fn push(client: &Client, image: &[u8]) -> Reply {
    client.with("Content-Type", "application/octet-stream").send("POST", PUSH, image).await
}

async fn version(client: &Client, id: &str) -> String {
    let entry = client.get(&format!("{SERVICE}/FirmwareInventory/{id}")).await.json();
    entry["Version"].as_str().expect("a version").to_owned()
}

fn task(reply: &Reply) -> String {
    assert_eq!(reply.status, 202, "{}", reply.text());
    reply.json()["@odata.id"].as_str().expect("a task").to_owned()
}

/// Waits in real time until the plant has what is looked for; a fetch is not a matter of plant time.
async fn until(wanted: impl Fn() -> bool) {
    let limit = tokio::time::Instant::now() + PATIENCE;
    while !wanted() {
        assert!(tokio::time::Instant::now() < limit, "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_inventory_is_the_machine() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let inventory = client.get(&format!("{SERVICE}/FirmwareInventory")).await.json();
    // Controller and system, one storage controller, one adapter, two supplies, six drives.
    assert_eq!(inventory["Members@odata.count"], 12);
    assert_eq!(version(&client, "BMC").await, "1.2.0");
    assert_eq!(version(&client, "Drive3").await, "A11");
    let manager = client.get("/redfish/v1/Managers/BMC").await.json();
    assert_eq!(
        manager["Links"]["ActiveSoftwareImage"]["@odata.id"],
        format!("{SERVICE}/FirmwareInventory/BMC")
    );
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    assert_eq!(version(&client, "Installed-25227-7.00.60.00__iDRAC.Embedded.1-1").await, "7.00.60.00");
}

#[tokio::test]
async fn a_pushed_controller_image_is_written_and_restarts_the_controller() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let accepted =
        upload(&client, &json!({ "Targets": [format!("{SERVICE}/FirmwareInventory/BMC")] }), &bmc("1.3.0"))
            .await;
    let task = task(&accepted);
    rig.advance(10);
    assert_eq!(client.get(&task).await.json()["PercentComplete"], 50);
    assert_eq!(version(&client, "BMC").await, "1.2.0");
    rig.advance(11);
    assert!(client.try_send("GET", "/redfish", b"").await.is_err(), "it restarts");
    rig.advance(10);
    assert_eq!(client.get(&task).await.status, 401, "its sessions are gone");
    let client = rig.admin().await;
    assert_eq!(client.get(&task).await.json()["TaskState"], "Completed");
    assert_eq!(version(&client, "BMC").await, "1.3.0");
    assert_eq!(version(&client, "Previous_BMC").await, "1.2.0");
    let previous = client.get(&format!("{SERVICE}/FirmwareInventory/Previous_BMC")).await.json();
    assert_eq!(previous["Status"]["State"], "StandbySpare");
    assert_eq!(client.get("/redfish/v1/Managers/BMC").await.json()["FirmwareVersion"], "1.3.0");
}

#[tokio::test]
async fn a_pushed_system_image_waits_for_the_reset() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let task = task(&push(&client, &bios("1.1.0")).await);
    rig.advance(600);
    let waiting = client.get(&task).await.json();
    assert_eq!(
        (&waiting["TaskState"], &waiting["Messages"][0]["MessageId"]),
        (&json!("Pending"), &json!("Base.1.18.ResetRequired"))
    );
    assert_eq!(version(&client, "BIOS").await, "1.0.0");
    assert_eq!(version(&client, "Staged_BIOS").await, "1.1.0");
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
    assert_eq!(version(&client, "BIOS").await, "1.1.0");
    assert_eq!(client.get("/redfish/v1/Systems/1").await.json()["BiosVersion"], "1.1.0");
    assert_eq!(client.get(&format!("{SERVICE}/FirmwareInventory/Staged_BIOS")).await.status, 404);
}

#[tokio::test]
async fn an_apply_time_is_kept_and_one_that_is_not_offered_refused() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let never = json!({ "@Redfish.OperationApplyTime": "Never" });
    let refused = upload(&client, &never, &bmc("1.3.0")).await;
    assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.PropertyValueNotInList"));
    let later = json!({ "@Redfish.OperationApplyTime": "OnReset" });
    let task = task(&upload(&client, &later, &bmc("1.3.0")).await);
    rig.advance(600);
    assert_eq!(client.get(&task).await.json()["TaskState"], "Pending");
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
    assert_eq!(rig.server.bmc_version(), "1.3.0");
}

#[tokio::test]
async fn a_damaged_or_foreign_image_is_refused_and_nothing_changes() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let good = bmc("1.3.0");
    let mut flipped = good.clone();
    *flipped.last_mut().expect("a byte") ^= 1;
    let foreign = firmware::image(&ImageInfo { model: "Other BMC".into(), ..info(Part::Bmc, "9") }, b"x");
    for (image, why) in [
        (flipped, "digest"),
        (good[..good.len() - 1].to_vec(), "incomplete"),
        ([&good[..], b"more"].concat(), "more bytes"),
        (b"MZ\x90 something else".to_vec(), "no firmware image"),
        (foreign, "no component"),
    ] {
        for refused in [push(&client, &image).await, upload(&client, &json!({}), &image).await] {
            let message = refused.json()["error"]["@Message.ExtendedInfo"][0].clone();
            assert_eq!(
                (refused.status, &message["MessageId"]),
                (400, &json!("Update.1.0.VerificationFailed"))
            );
            assert!(message["Message"].as_str().is_some_and(|text| text.contains(why)), "{message}");
        }
    }
    let wrong_target = json!({ "Targets": [format!("{SERVICE}/FirmwareInventory/BIOS")] });
    assert_eq!(upload(&client, &wrong_target, &good).await.status, 400);
    let no_target = json!({ "Targets": ["/redfish/v1/UpdateService/FirmwareInventory/Toaster"] });
    assert_eq!(upload(&client, &no_target, &good).await.message(), "Base.1.18.ResourceMissingAtURI");
    assert!(rig.server.jobs().is_empty());
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(push(&client, &good).await.status, 202, "the control");
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_said_of_the_request() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let image = bmc("1.3.0");
    let multi = client.with("Content-Type", "multipart/form-data; boundary=edge");
    let parameters: (&str, &str, &[u8]) = ("UpdateParameters", "application/json", b"{}");
    let file: (&str, &str, &[u8]) = ("UpdateFile", "application/octet-stream", &image);
    for (parts, message) in [
        (vec![parameters], "PropertyMissing"),
        (vec![file], "PropertyMissing"),
        (vec![parameters, file, file], "UnrecognizedRequestBody"),
        (vec![parameters, file, ("Extra", "text/plain", b"x")], "UnrecognizedRequestBody"),
        (vec![("UpdateParameters", "application/json", b"{"), file], "MalformedJSON"),
        (vec![("UpdateParameters", "application/json", b"{\"Colour\":1}"), file], "PropertyUnknown"),
    ] {
        let refused = multi.send("POST", UPLOAD, &multipart(&parts)).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{message}")));
    }
    assert_eq!(client.send("POST", UPLOAD, b"{}").await.status, 415);
    assert_eq!(client.get(UPLOAD).await.status, 405);
    assert_eq!(client.send("DELETE", PUSH, b"").await.status, 405);
    assert_eq!(push(&rig.client(), &image).await.status, 401);
    assert_eq!(push(&rig.session("viewer").await, &image).await.status, 403);
    assert_eq!(
        rig.server.firmware_bytes(),
        parts_received(&rig),
        "what was refused at the door was not counted"
    );
    assert!(rig.server.jobs().is_empty());
    assert_eq!(push(&rig.session("operator").await, &image).await.status, 202);
}

/// Bodies that were read before they were refused.
fn parts_received(rig: &Rig) -> u64 {
    let bytes = rig.server.firmware_bytes();
    assert!(bytes > 0 && bytes < 64 * 1024, "{bytes}");
    bytes
}

#[tokio::test]
async fn one_update_at_a_time() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(push(&client, &bmc("1.3.0")).await.status, 202);
    let refused = push(&client, &bios("1.1.0")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("30")));
    let refused = client.post(SIMPLE, &json!({ "ImageURI": "http://127.0.0.1:9/x" })).await;
    assert_eq!(refused.status, 503);
    rig.advance(40);
    let client = rig.admin().await;
    assert_eq!(push(&client, &bios("1.1.0")).await.status, 202);
}

/// Sends an image of which no more than one piece is ever in memory here; the status of the answer.
async fn send_large(client: &Client, megabytes: usize, chunked: bool) -> u16 {
    let piece = vec![0xC3_u8; 1 << 20];
    let mut hasher = Sha256::new();
    (0..megabytes).for_each(|_| hasher.update(&piece));
    let length = (megabytes as u64) << 20;
    let head = firmware::header(&info(Part::Bmc, "1.3.0"), length, hasher.finalize().into());
    let before = multipart(&[
        ("UpdateParameters", "application/json", b"{}"),
        ("UpdateFile", "application/octet-stream", head.as_bytes()),
    ]);
    let (before, _) = before.split_at(before.len() - b"\r\n--edge--\r\n".len());
    let after = b"\r\n--edge--\r\n";
    let total = before.len() as u64 + length + after.len() as u64;
    let client = client.with("Content-Type", "multipart/form-data; boundary=edge");
    let client = match chunked {
        true => client.with("Transfer-Encoding", "chunked"),
        false => client.with("Content-Length", &total.to_string()),
    };
    let mut stream = TcpStream::connect(client.address).await.expect("a connection");
    stream.write_all(&client.request("POST", UPLOAD, b"")).await.expect("sent");
    let mut parts = vec![before];
    parts.extend((0..megabytes).map(|_| piece.as_slice()));
    parts.push(after);
    for part in parts {
        if chunked {
            stream.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.expect("sent");
        }
        stream.write_all(part).await.expect("sent");
        if chunked {
            stream.write_all(b"\r\n").await.expect("sent");
        }
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await.expect("sent");
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Reply::parse(&answer, "POST").expect("an answer").status
}

#[tokio::test]
async fn three_hundred_megabytes_pass_through_and_none_of_them_stays() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(send_large(&client, 300, false).await, 202);
    assert!(rig.server.firmware_bytes() > 300 << 20);
    let held = rig.view.most_upload_bytes_held();
    assert!(held > 0 && held < 1 << 20, "{held} bytes were held at once");
    rig.advance(40);
    assert_eq!(rig.server.bmc_version(), "1.3.0");
}

#[tokio::test]
async fn more_than_the_service_takes_is_refused() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let most = client.get(SERVICE).await.json()["MaxImageSizeBytes"].as_u64().expect("a limit");
    let announced = client
        .with("Content-Length", &(most + 1).to_string())
        .with("Content-Type", "application/octet-stream");
    let mut stream = TcpStream::connect(client.address).await.expect("a connection");
    stream.write_all(&announced.request("POST", PUSH, b"")).await.expect("sent");
    stream.shutdown().await.expect("closed");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    assert_eq!(Reply::parse(&answer, "POST").expect("HTTP").status, 413);
    assert_eq!(rig.server.firmware_bytes(), 0);
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_nothing_behind() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.view.faults().add(Rule::always(Fault::CutUpload(2000)).path("/push").times(1));
    let octets = client.with("Content-Type", "application/octet-stream");
    assert!(octets.try_send("POST", PUSH, &bmc("1.3.0")).await.is_err());
    assert!(rig.server.jobs().is_empty());
    assert_eq!(push(&client, &bmc("1.3.0")).await.status, 202, "and the way is free");
}

/// Serves one answer to one request; the address, and the request's head once it has come.
async fn file_server(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        stream.write_all(&answer).await.expect("sent");
        String::from_utf8(head).expect("text")
    });
    (format!("http://{address}/images/bmc.bin"), served)
}

fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[tokio::test]
async fn an_image_is_really_fetched() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let (uri, served) = file_server(ok(&bmc("1.3.0"))).await;
    let order = json!({ "ImageURI": uri, "TransferProtocol": "HTTP", "Username": "bob", "Password": "pass" });
    let task = task(&client.post(SIMPLE, &order).await);
    let head = served.await.expect("a request");
    assert!(head.starts_with("GET /images/bmc.bin HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("authorization: basic ym9ionbhc3m="), "{head}");
    until(|| rig.server.jobs()[0].name.contains("1.3.0")).await;
    rig.advance(10);
    assert_eq!(client.get(&task).await.json()["PercentComplete"], 50, "the same task goes on");
    rig.advance(30);
    assert_eq!(rig.server.bmc_version(), "1.3.0");
}

#[tokio::test]
async fn what_cannot_be_fetched_or_used_fails_the_task_and_not_the_machine() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let short = [ok(&bmc("1.3.0")), Vec::new()].concat();
    let short = short[..short.len() - 10].to_vec();
    let (lost, _served) = file_server(short).await;
    let (missing, _served2) =
        file_server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let (other, _served3) = file_server(ok(b"<html>not here</html>")).await;
    for (at, (uri, why)) in [
        (lost, "incomplete"),
        (missing, "404"),
        (other, "no firmware image"),
        ("http://127.0.0.1:1/closed".to_owned(), "connection"),
        ("http://192.0.2.1/far".to_owned(), "cannot be reached"),
    ]
    .into_iter()
    .enumerate()
    {
        let task = task(&client.post(SIMPLE, &json!({ "ImageURI": uri })).await);
        until(|| rig.server.jobs()[at].state == JobState::Failed).await;
        let failed = client.get(&task).await.json();
        assert_eq!(failed["TaskState"], "Exception");
        let text = failed["Messages"][0]["Message"].as_str().expect("a message");
        assert!(text.contains(why), "{text}");
    }
    assert_eq!(rig.server.bmc_version(), "1.2.0");
    for (body, message) in [
        (json!({}), "ActionParameterMissing"),
        (json!({ "ImageURI": 1 }), "ActionParameterValueTypeError"),
        (
            json!({ "ImageURI": "http://127.0.0.1/x", "TransferProtocol": "NFS" }),
            "ActionParameterValueNotInList",
        ),
        (json!({ "ImageURI": "https://127.0.0.1/x" }), "ActionParameterValueNotInList"),
        (json!({ "ImageURI": "http://127.0.0.1/x", "Colour": "red" }), "ActionParameterUnknown"),
    ] {
        let refused = client.post(SIMPLE, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{message}")), "{body}");
    }
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Firmware), 5);
}

#[tokio::test]
async fn a_fetch_can_be_stopped() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    endless.extend_from_slice(&bmc("1.3.0")[..100]);
    let (uri, _served) = file_server(endless).await;
    let task = task(&client.post(SIMPLE, &json!({ "ImageURI": uri })).await);
    assert_eq!(client.delete(&task).await.status, 204);
    assert_eq!(client.get(&task).await.json()["TaskState"], "Cancelled");
    assert_eq!(push(&client, &bmc("1.3.0")).await.status, 202);
}

#[tokio::test]
async fn some_services_find_damage_only_in_the_task() {
    let rig = Rig::new("openbmc").await;
    let client = rig.admin().await;
    let octets = client.with("Content-Type", "application/octet-stream");
    let accepted = octets.send("POST", "/redfish/v1/UpdateService/update", b"nonsense").await;
    let failed = client.get(&task(&accepted)).await.json();
    assert_eq!(failed["TaskState"], "Exception");
    let image = ImageInfo {
        part: Part::Bmc,
        model: rig.server.spec().persona.bmc.model.clone(),
        version: "9.9".into(),
    };
    let accepted =
        octets.send("POST", "/redfish/v1/UpdateService/update", &firmware::image(&image, b"x")).await;
    assert_eq!(client.get(&task(&accepted)).await.json()["TaskState"], "Running");
}

// ── Quirks ───────────────────────────────────────────────────────────────────────────────────

async fn pair(quirk: Quirk) -> [Rig; 2] {
    [Rig::quirky(&[quirk]).await, Rig::quirky(&[]).await]
}

#[tokio::test]
async fn q16a_chunks_are_refused() {
    for (rig, status) in pair(Quirk::RefusesChunked).await.iter().zip([411, 202]) {
        let client = rig.admin().await;
        assert_eq!(send_large(&client, 1, true).await, status);
        if status == 411 {
            assert_eq!(rig.server.firmware_bytes(), 0);
            assert_eq!(send_large(&client, 1, false).await, 202);
        }
    }
}

#[tokio::test]
async fn q16b_the_parameters_need_an_oem_object() {
    for (rig, status) in pair(Quirk::ParametersNeedOem).await.iter().zip([400, 202]) {
        let client = rig.admin().await;
        assert_eq!(upload(&client, &json!({ "Targets": [] }), &bmc("1.3.0")).await.status, status);
        if status == 400 {
            assert_eq!(
                upload(&client, &json!({ "Targets": [], "Oem": {} }), &bmc("1.3.0")).await.status,
                202
            );
        }
    }
}

#[tokio::test]
async fn q18_a_release_date_that_is_none() {
    for (rig, date) in pair(Quirk::ZeroDates).await.iter().zip([json!("00:00:00Z"), Value::Null]) {
        let entry = rig.admin().await.get(&format!("{SERVICE}/FirmwareInventory/Drive1")).await.json();
        assert_eq!(entry["ReleaseDate"], date);
    }
}

#[tokio::test]
async fn q20b_the_controller_restarts_in_the_middle_of_its_update() {
    for (rig, state) in pair(Quirk::RestartsMidway).await.iter().zip(["Running", "Completed"]) {
        let task = task(&push(&rig.admin().await, &bmc("1.3.0")).await);
        rig.advance(25);
        let client = rig.admin().await;
        assert_eq!(client.get(&task).await.json()["TaskState"], state);
        rig.advance(30);
        let client = rig.admin().await;
        assert_eq!(client.get(&task).await.json()["TaskState"], "Completed");
        assert_eq!(version(&client, "BMC").await, "1.3.0");
    }
}

#[tokio::test]
async fn q22a_a_restart_forgets_finished_tasks() {
    for (rig, status) in pair(Quirk::RestartForgets).await.iter().zip([404, 200]) {
        let task = task(&push(&rig.admin().await, &bmc("1.3.0")).await);
        rig.advance(40);
        let client = rig.admin().await;
        assert_eq!(client.get(&task).await.status, status);
        assert_eq!(version(&client, "BMC").await, "1.3.0");
    }
}

#[tokio::test]
async fn q22b_a_staged_image_is_a_completed_task() {
    for (rig, state) in pair(Quirk::StagedIsCompleted).await.iter().zip(["Completed", "Pending"]) {
        let client = rig.admin().await;
        let accepted = push(&client, &bios("1.1.0")).await;
        let monitor = accepted.header("location").expect("a monitor").to_owned();
        let task = task(&accepted);
        assert_eq!(client.get(&task).await.json()["TaskState"], state);
        assert_eq!(client.get(&monitor).await.status, if state == "Pending" { 202 } else { 200 });
        assert_eq!(version(&client, "BIOS").await, "1.0.0");
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        assert_eq!(version(&client, "BIOS").await, "1.1.0");
    }
}

#[tokio::test]
async fn q34f_q34h_names_and_versions_of_their_own() {
    let [with, without] = pair(Quirk::BmcRenamed).await;
    assert_eq!(version(&with.admin().await, "Bluefield_FW_BMC_0").await, "1.2.0");
    assert_eq!(version(&without.admin().await, "BMC").await, "1.2.0");
    let [with, without] = pair(Quirk::VersionPrefix).await;
    assert_eq!(version(&with.admin().await, "BMC").await, "GB200Nvl-1.2.0");
    assert_eq!(version(&without.admin().await, "BMC").await, "1.2.0");
}
