//! Events on a connection that stays open.

use serde_json::json;
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{Origin, PowerAction, TestEvent};
use underlay_simulators::redfish::{Options, serve};

use super::receiver::{Reader, a_while, eventually};
use super::support::{Client, LOOPBACK, Rig, machine_of};

const STREAM: &str = "/redfish/v1/EventService/SSE";
const SUBSCRIPTIONS: &str = "/redfish/v1/EventService/Subscriptions";

fn test(rig: &Rig, word: &str) {
    let event = TestEvent { message: Some(word.to_owned()), ..TestEvent::default() };
    rig.server.test_event(event, Origin::Test).expect("accepted");
}

fn words(events: &[(u64, serde_json::Value)]) -> Vec<String> {
    events
        .iter()
        .map(|(_, event)| event["Events"][0]["Message"].as_str().expect("words").to_owned())
        .collect()
}

/// The only subscription.
async fn only(client: &Client) -> String {
    let listed = client.get(SUBSCRIPTIONS).await.json();
    assert_eq!(listed["Members@odata.count"], 1, "{listed}");
    listed["Members"][0]["@odata.id"].as_str().expect("a path").to_owned()
}

#[tokio::test]
async fn events_come_as_they_happen_with_numbers() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(client.get("/redfish/v1/EventService").await.json()["ServerSentEventUri"], STREAM);
    test(&rig, "before");
    let mut reader = Reader::open(&client, STREAM).await;
    assert!(reader.head.starts_with("http/1.1 200"), "{}", reader.head);
    assert!(reader.head.contains("\r\ncontent-type: text/event-stream"), "{}", reader.head);
    assert!(
        reader.head.contains("\r\ncache-control: no-cache") || reader.head.contains("no-store"),
        "{}",
        reader.head
    );
    reader.until(": connected").await;
    test(&rig, "one");
    assert_eq!(words(&reader.events(1).await), ["one"], "and nothing of before");
    rig.server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    rig.advance(3);
    test(&rig, "two");
    let events = reader.events(3).await;
    let ids: Vec<_> = events.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(events[1].1["Events"][0]["MessageId"], "ResourceEvent.1.3.ResourcePoweredOff");
    assert_eq!(events[1].1["Events"][0]["EventId"], "3");
}

#[tokio::test]
async fn a_stream_is_a_subscription_for_as_long_as_it_is_open() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": connected").await;
    assert_eq!(rig.server.event_readers(), (1, 0));
    let path = only(&client).await;
    assert_eq!(client.get(&path).await.json()["SubscriptionType"], "SSE");
    let suspend = format!("{path}/Actions/EventDestination.SuspendSubscription");
    assert_eq!(client.post(&suspend, &json!({})).await.status, 404, "a stream is not suspended");
    drop(reader);
    eventually("end", || rig.server.event_readers() == (0, 0)).await;
    assert_eq!(client.get(&path).await.status, 404);

    // Deleting it closes the stream in good order.
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": connected").await;
    assert_eq!(client.delete(&only(&client).await).await.status, 204);
    assert!(reader.end().await);
    assert_eq!(rig.server.event_readers(), (0, 0));
}

#[tokio::test]
async fn a_stream_begins_again_where_the_last_one_ended() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for number in 1..=5 {
        test(&rig, &number.to_string());
    }
    let mut reader = Reader::open(&client.with("Last-Event-ID", "3"), STREAM).await;
    assert_eq!(words(&reader.events(2).await), ["4", "5"]);
    test(&rig, "6");
    assert_eq!(words(&reader.events(3).await), ["4", "5", "6"]);
    // What nobody ever numbered so is no place.
    for bad in ["99", "one"] {
        let mut reader = Reader::open(&client.with("Last-Event-ID", bad), STREAM).await;
        reader.until(": connected").await;
        test(&rig, bad);
        assert_eq!(words(&reader.events(1).await), [bad]);
    }
}

#[tokio::test]
async fn what_is_no_longer_kept_is_told_as_lost() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for number in 1..=100 {
        test(&rig, &number.to_string());
    }
    let mut reader = Reader::open(&client.with("Last-Event-ID", "10"), STREAM).await;
    let events = reader.events(65).await;
    assert_eq!(events[0].1["Events"][0]["MessageId"], "Base.1.18.EventBufferExceeded");
    assert_eq!((events[0].0, events[1].0, events[64].0), (36, 37, 100));
    assert_eq!(words(&events)[1], "37");
    // The control is in time.
    let mut reader = Reader::open(&client.with("Last-Event-ID", "36"), STREAM).await;
    assert_eq!(words(&reader.events(64).await)[0], "37");
}

#[tokio::test]
async fn a_controller_that_goes_down_takes_its_streams_with_it() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": connected").await;
    test(&rig, "one");
    reader.events(1).await;
    rig.server.reset_bmc(Origin::Test).expect("accepted");
    assert!(!reader.end().await, "it breaks off");
    eventually("end", || rig.server.event_readers() == (0, 0)).await;
    rig.server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    rig.advance(300);
    let client = rig.admin().await;
    let mut reader = Reader::open(&client.with("Last-Event-ID", "1"), STREAM).await;
    let events = reader.events(2).await;
    assert_eq!(events[0].1["Events"][0]["MessageId"], "Base.1.18.EventBufferExceeded", "{events:?}");
}

#[tokio::test]
async fn streams_can_be_cut_and_are_cut_by_disabling_the_service() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": connected").await;
    rig.server.cut_streams();
    reader.end().await;
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": connected").await;
    test(&rig, "one");
    reader.events(1).await;
    let disable = json!({ "ServiceEnabled": false });
    assert_eq!(client.patch("/redfish/v1/EventService", &disable).await.status, 200);
    reader.end().await;
    let refused = client.get(STREAM).await;
    assert_eq!((refused.status, refused.message().as_str()), (503, "Base.1.18.ServiceDisabled"));
}

#[tokio::test]
async fn a_stream_is_refused_with_an_error_like_any_other() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(rig.client().get(STREAM).await.status, 401);
    let refused = client.with("Accept", "application/json").get(STREAM).await;
    assert_eq!((refused.status, refused.message().as_str()), (406, "Base.1.18.HeaderInvalid"));
    assert_eq!(client.get(&format!("{STREAM}?$filter=EventType%20eq%20'Alert'")).await.status, 400);
    assert_eq!(client.post(STREAM, &json!({})).await.status, 405);
    assert_eq!(rig.server.event_readers(), (0, 0));
    // Every place is taken, by streams and receivers alike.
    let mut readers = Vec::new();
    for _ in 0..7 {
        readers.push(Reader::open(&client, STREAM).await);
    }
    let body = json!({ "Destination": "http://127.0.0.1:9/", "Protocol": "Redfish" });
    assert_eq!(client.post(SUBSCRIPTIONS, &body).await.status, 201);
    let full = client.get(STREAM).await;
    assert_eq!((full.status, full.message().as_str()), (503, "Base.1.18.EventSubscriptionLimitExceeded"));
    readers.pop();
    eventually("a free place", || rig.server.event_readers() == (6, 1)).await;
    Reader::open(&client, STREAM).await.until(": connected").await;
}

#[tokio::test]
async fn a_stream_shows_that_it_is_alive() {
    let text = include_str!("../../../fixtures/personas/standard.toml").to_owned()
        + "\n[redfish.events]\nheartbeat = 0.05\n";
    let mut personas = PersonaSet::default();
    personas.add("lively", &text).expect("a persona");
    let (plant, server) = machine_of("lively", &personas);
    let view = serve(server.clone(), LOOPBACK, Options::default()).await.expect("a view");
    let rig = Rig { plant, server, view };
    let client = rig.admin().await;
    let mut reader = Reader::open(&client, STREAM).await;
    reader.until(": heartbeat\n\n: heartbeat\n\n").await;
    // The control has longer pauses.
    let control = Rig::new("standard").await;
    let mut reader = Reader::open(&control.admin().await, STREAM).await;
    reader.until(": connected\n\n").await;
    a_while().await;
    assert_eq!(reader.text(), ": connected\n\n");
}

#[tokio::test]
async fn vendors_stream_elsewhere_or_not_at_all() {
    for (persona, path) in [
        ("dell-idrac9", Some("/redfish/v1/SSE")),
        ("hpe-ilo5", Some("/redfish/v1/SSE")),
        ("openbmc", Some(STREAM)),
        ("supermicro", None),
    ] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let service = client.get("/redfish/v1/EventService").await.json();
        assert_eq!(service.get("ServerSentEventUri").and_then(|uri| uri.as_str()), path, "{persona}");
        match path {
            Some(path) => drop(Reader::open(&client, path).await.until(": connected").await),
            None => assert_eq!(client.get(STREAM).await.status, 404),
        }
    }
}
