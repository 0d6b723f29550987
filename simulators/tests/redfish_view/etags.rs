//! ETags are real: they follow the state, and a stale one stops a write.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underlay_simulators::plant::{MutationKind, Origin};

use super::support::{Client, Reply, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/1";

async fn tag(client: &Client, path: &str) -> String {
    let reply = client.get(path).await;
    let header = reply.header("etag").unwrap_or_else(|| panic!("{path} has no ETag")).to_owned();
    assert_eq!(reply.json()["@odata.etag"], header.as_str());
    header
}

#[tokio::test]
async fn a_stale_tag_writes_nothing_and_the_right_one_does() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let first = tag(&client, SYSTEM).await;
    let boot = |target: &str| json!({"Boot": {"BootSourceOverrideTarget": target, "BootSourceOverrideEnabled": "Once"}});
    let written = client.with("If-Match", &first).patch(SYSTEM, &boot("Pxe")).await;
    assert_eq!(written.status, 200);
    let second = tag(&client, SYSTEM).await;
    assert_ne!(first, second);
    assert_eq!(written.header("etag"), Some(second.as_str()));
    for stale in [first.as_str(), "\"nonsense\"", "nonsense"] {
        let refused = client.with("If-Match", stale).patch(SYSTEM, &boot("Hdd")).await;
        assert_eq!((refused.status, refused.message().as_str()), (412, "Base.1.18.PreconditionFailed"));
    }
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::BootOverride), 1);
    assert_eq!(client.with("If-Match", "*").patch(SYSTEM, &boot("Hdd")).await.status, 200);
    assert_eq!(client.patch(SYSTEM, &boot("Cd")).await.status, 200);
}

#[tokio::test]
async fn a_tag_is_stable_until_something_changes_by_whatever_road() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let manager = "/redfish/v1/Managers/BMC";
    let before = (tag(&client, SYSTEM).await, tag(&client, manager).await);
    rig.advance(3);
    assert_eq!(before, (tag(&client, SYSTEM).await, tag(&client, manager).await), "a clock is no change");
    let boot = underlay_simulators::plant::BootOverride {
        target: underlay_simulators::plant::BootTarget::Pxe,
        persistence: underlay_simulators::plant::Persistence::Once,
        mode: None,
    };
    // There and back again by IPMI: the content is as before, and still a writer has to look again.
    rig.server.set_boot_override(Some(boot), None, Origin::Ipmi).expect("accepted");
    rig.server.set_boot_override(None, None, Origin::Ipmi).expect("accepted");
    assert_ne!(before.0, tag(&client, SYSTEM).await);
    assert_eq!(before.1, tag(&client, manager).await, "another resource is not touched");
}

#[tokio::test]
async fn an_unchanged_resource_is_not_sent_again() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let current = tag(&client, SYSTEM).await;
    let reply = client.with("If-None-Match", &current).get(SYSTEM).await;
    assert_eq!(reply.status, 304);
    assert!(reply.body.is_empty());
    assert_eq!(reply.header("etag"), Some(current.as_str()));
    assert_eq!(client.with("If-None-Match", "\"other\"").get(SYSTEM).await.status, 200);
}

#[tokio::test]
async fn clearing_the_log_goes_by_the_tag_of_the_log_service() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let service = "/redfish/v1/Systems/1/LogServices/EventLog";
    let action = format!("{service}/Actions/LogService.ClearLog");
    let current = tag(&client, service).await;
    assert_eq!(client.with("If-Match", "\"stale\"").post(&action, &json!({})).await.status, 412);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::LogClear), 0);
    assert_eq!(client.with("If-Match", &current).post(&action, &json!({})).await.status, 204);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::LogClear), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_with_one_tag_one_wins() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let body =
        json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}}).to_string();
    for round in 1..=40 {
        let writer = client.with("If-Match", &tag(&client, SYSTEM).await);
        let request = writer.request("PATCH", SYSTEM, body.as_bytes());
        // All requests stand at the door but for their last byte, so that they enter together.
        let mut streams = Vec::new();
        for _ in 0..8 {
            let mut stream = TcpStream::connect(client.address).await.expect("a connection");
            stream.write_all(&request[..request.len() - 1]).await.expect("sent");
            streams.push(stream);
        }
        let last = request[request.len() - 1];
        let writers: Vec<_> = streams
            .into_iter()
            .map(|mut stream| {
                tokio::spawn(async move {
                    stream.write_u8(last).await.expect("sent");
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).await.expect("an answer");
                    Reply::parse(&answer, "PATCH").expect("HTTP").status
                })
            })
            .collect();
        let mut statuses = Vec::new();
        for writer in writers {
            statuses.push(writer.await.expect("an answer"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412], "round {round}");
        assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::BootOverride), round);
    }
}

#[tokio::test]
async fn an_expanded_collection_is_sent_again_though_its_own_tag_is_the_same() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let plain = "/redfish/v1/Systems";
    let tagged = client.with("If-None-Match", &tag(&client, plain).await);
    assert_eq!(tagged.get(plain).await.status, 304, "the control: the collection itself has not changed");
    let expanded = tagged.get("/redfish/v1/Systems?$expand=.").await;
    assert_eq!(expanded.status, 200, "a member may have changed");
    assert!(expanded.json()["Members"][0]["PowerState"].is_string());
}
