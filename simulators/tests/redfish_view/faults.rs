//! Hostile HTTP on demand: each fault, where it strikes and where it does not.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underlay_simulators::redfish::{Fault, Rule};

use super::support::{Client, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/1";

async fn hit(fault: Fault) -> (Rig, Client) {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.view.faults().add(Rule::always(fault).path("/Systems"));
    assert_eq!(client.get("/redfish/v1/Chassis").await.status, 200, "elsewhere nothing happens");
    (rig, client)
}

/// Whether an answer begins within this time.
async fn answers_within(client: &Client, path: &str, limit: Duration) -> bool {
    let mut stream = TcpStream::connect(client.address).await.expect("a connection");
    stream.write_all(&client.request("GET", path, b"")).await.expect("sent");
    tokio::time::timeout(limit, stream.read_u8()).await.is_ok()
}

#[tokio::test]
async fn silence_delay_and_dripping() {
    let short = Duration::from_millis(150);
    let (rig, client) = hit(Fault::Hang).await;
    assert!(!answers_within(&client, SYSTEM, short).await);
    rig.view.faults().clear();
    assert!(answers_within(&client, SYSTEM, Duration::from_secs(5)).await);

    let (_rig, client) = hit(Fault::Delay(Duration::from_millis(300))).await;
    assert!(!answers_within(&client, SYSTEM, short).await);
    assert_eq!(client.get(SYSTEM).await.status, 200);

    let (_rig, client) = hit(Fault::SlowDrip { bytes: 400, pause: Duration::from_millis(30) }).await;
    let started = Instant::now();
    assert_eq!(client.get(SYSTEM).await.json()["Id"], "1");
    assert!(started.elapsed() >= Duration::from_millis(90));
}

#[tokio::test]
async fn connections_that_break() {
    let (_rig, client) = hit(Fault::Drop).await;
    assert!(client.try_send("GET", SYSTEM, b"").await.is_err());
    let (_rig, client) = hit(Fault::ResetMidBody).await;
    assert!(client.try_send("GET", SYSTEM, b"").await.is_err());
}

#[tokio::test]
async fn a_lost_answer_may_mean_done_or_not_done() {
    let reset = format!("{SYSTEM}/Actions/ComputerSystem.Reset");
    let off = json!({"ResetType": "ForceOff"}).to_string();
    for (fault, answered, done) in
        [(Fault::ActThenDrop, false, 1), (Fault::Drop, false, 0), (Fault::Unavailable(3), true, 0)]
    {
        let (rig, client) = hit(fault.clone()).await;
        let answer = client.try_send("POST", &reset, off.as_bytes()).await;
        assert_eq!(answer.is_ok(), answered, "{fault:?}");
        assert_eq!(rig.server.counters().mutations(), done, "{fault:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_not_what_they_say() {
    let (_rig, client) = hit(Fault::TruncatedJson).await;
    let reply = client.get(SYSTEM).await;
    assert_eq!(reply.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    let (_rig, client) = hit(Fault::NonUtf8).await;
    assert!(String::from_utf8(client.get(SYSTEM).await.body).is_err());
    let (_rig, client) = hit(Fault::WrongContentType).await;
    let reply = client.get(SYSTEM).await;
    assert_eq!((reply.header("content-type"), reply.json()["Id"].as_str()), (Some("text/html"), Some("1")));
    let (_rig, client) = hit(Fault::HtmlAsJson).await;
    assert!(client.get(SYSTEM).await.text().starts_with("<html>"));
    let (_rig, client) = hit(Fault::DeepJson(50_000)).await;
    assert_eq!(client.get(SYSTEM).await.body.len(), 100_000);
}

#[tokio::test]
async fn a_huge_body_is_made_while_it_is_sent() {
    let (_rig, client) = hit(Fault::HugeBody(1 << 30)).await;
    let mut stream = TcpStream::connect(client.address).await.expect("a connection");
    stream.write_all(&client.request("GET", SYSTEM, b"")).await.expect("sent");
    let mut seen = 0;
    let mut buffer = vec![0_u8; 1 << 16];
    while seen < 8 << 20 {
        let length = stream.read(&mut buffer).await.expect("more");
        assert!(length > 0, "it ended after {seen} bytes");
        seen += length;
    }
}

#[tokio::test]
async fn pages_without_end() {
    let (_rig, client) = hit(Fault::EndlessPages).await;
    let mut path = "/redfish/v1/Systems".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let next = client.get(&path).await.json()["Members@odata.nextLink"]
            .as_str()
            .expect("a next page")
            .to_owned();
        assert!(seen.insert(next.clone()), "{next} came before");
        path = next;
    }
    let (_rig, client) = hit(Fault::LoopingPages).await;
    let next = client.get("/redfish/v1/Systems").await.json()["Members@odata.nextLink"].clone();
    assert_eq!(next, "/redfish/v1/Systems");
}

#[tokio::test]
async fn statuses_on_demand() {
    let (_rig, client) = hit(Fault::Redirect("http://192.0.2.1/redfish/v1/".into())).await;
    let reply = client.get(SYSTEM).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("http://192.0.2.1/redfish/v1/")));
    let (_rig, client) = hit(Fault::Unauthorized).await;
    assert_eq!(client.get(SYSTEM).await.status, 401);
    let (_rig, client) = hit(Fault::Unavailable(7)).await;
    let reply = client.get(SYSTEM).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
    let (_rig, client) = hit(Fault::Status(418)).await;
    let reply = client.get(SYSTEM).await;
    assert_eq!((reply.status, reply.body.len()), (418, 0));
    let (rig, client) = hit(Fault::PreconditionStorm).await;
    assert_eq!(client.get(SYSTEM).await.status, 200);
    assert_eq!(client.patch(SYSTEM, &json!({"LocationIndicatorActive": true})).await.status, 412);
    assert_eq!(rig.server.counters().mutations(), 0);
}

#[tokio::test]
async fn a_fault_can_be_bounded() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.view.faults().add(Rule::always(Fault::Status(500)).method(Method::GET).path(SYSTEM).times(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(client.get(SYSTEM).await.status);
    }
    assert_eq!(statuses, [500, 500, 200]);
}
