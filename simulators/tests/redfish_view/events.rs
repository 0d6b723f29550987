//! Subscriptions of receivers, and how events reach them.

use serde_json::{Value, json};
use underlay_conformance::Truth;
use underlay_hal::Severity;
use underlay_simulators::ServerTruth;
use underlay_simulators::plant::{MutationKind, Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::receiver::{Reader, Receiver, a_while, eventually};
use super::support::{Client, Rig};

const SERVICE: &str = "/redfish/v1/EventService";
const SUBSCRIPTIONS: &str = "/redfish/v1/EventService/Subscriptions";
const SUBMIT: &str = "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent";

/// A subscription of that receiver with these fields besides; its path.
async fn subscribe(client: &Client, receiver: &Receiver, more: Value) -> String {
    let mut body = json!({ "Destination": receiver.uri, "Protocol": "Redfish" });
    let fields = more.as_object().expect("fields").clone();
    body.as_object_mut().expect("an object").extend(fields);
    let reply = client.post(SUBSCRIPTIONS, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.header("location").expect("a path").to_owned()
}

async fn test(client: &Client, word: &str) {
    let body = json!({ "MessageId": "ResourceEvent.1.3.TestMessage", "Message": word });
    assert_eq!(client.post(SUBMIT, &body).await.status, 204);
}

fn words(receiver: &Receiver) -> Vec<String> {
    let word = |body: &Value| body["Events"][0]["Message"].as_str().map(str::to_owned);
    receiver.attempts().iter().filter_map(|attempt| word(&attempt.body)).collect()
}

#[tokio::test]
async fn a_subscription_is_made_read_changed_and_ended() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    let path = subscribe(&client, &receiver, json!({ "Context": "mine" })).await;
    let made = client.get(&path).await.json();
    assert_eq!((&made["Destination"], &made["Context"]), (&json!(receiver.uri), &json!("mine")));
    assert_eq!(
        (&made["SubscriptionType"], &made["Protocol"], &made["Status"]["State"]),
        (&json!("RedfishEvent"), &json!("Redfish"), &json!("Enabled"))
    );
    let listed = client.get(SUBSCRIPTIONS).await.json();
    assert_eq!(listed["Members"], json!([{ "@odata.id": path }]));
    assert_eq!(client.patch(&path, &json!({ "Context": "yours" })).await.status, 200);
    assert_eq!(client.get(&path).await.json()["Context"], "yours");
    let refused = client.patch(&path, &json!({ "Destination": "http://127.0.0.1:9/" })).await;
    assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.PropertyNotWritable"));
    test(&client, "one").await;
    assert_eq!(receiver.until(1).await[0].body["Context"], "yours");

    assert_eq!(rig.server.counters().kind(MutationKind::Subscription), 2);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!((client.get(&path).await.status, client.delete(&path).await.status), (404, 404));
    assert_eq!(rig.server.event_readers(), (0, 0));
    test(&client, "two").await;
    a_while().await;
    assert_eq!(words(&receiver), ["one"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_subscription_is_told() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let good = json!({ "Destination": "http://127.0.0.1:9/", "Protocol": "Redfish" });
    for (field, value, key) in [
        ("Protocol", json!("FTP"), "PropertyValueNotInList"),
        ("Protocol", Value::Null, "CreateFailedMissingReqProperties"),
        ("Destination", Value::Null, "CreateFailedMissingReqProperties"),
        ("Destination", json!("nowhere"), "PropertyValueFormatError"),
        ("Destination", json!("ftp://127.0.0.1/"), "PropertyValueFormatError"),
        ("Destination", json!("http://me:secret@127.0.0.1/"), "PropertyValueFormatError"),
        ("Destination", json!(7), "PropertyValueTypeError"),
        ("SubscriptionType", json!("SSE"), "PropertyValueNotInList"),
        ("EventFormatType", json!("MetricReport"), "PropertyValueNotInList"),
        ("EventTypes", json!(["Nonsense"]), "PropertyValueNotInList"),
        ("RegistryPrefixes", json!(["Nonsense"]), "PropertyValueNotInList"),
        ("ResourceTypes", json!("Task"), "PropertyValueTypeError"),
        ("DeliveryRetryPolicy", json!("Never"), "PropertyValueNotInList"),
        ("HttpHeaders", json!([{ "X-Key": 7 }]), "PropertyValueTypeError"),
        ("HttpHeaders", json!([{ "X-Key": "a secret\n" }]), "PropertyValueFormatError"),
        ("Nonsense", json!(1), "PropertyUnknown"),
    ] {
        let mut body = good.clone();
        match value.is_null() {
            true => drop(body.as_object_mut().expect("an object").remove(field)),
            false => body[field] = value,
        }
        let refused = client.post(SUBSCRIPTIONS, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")), "{body}");
        assert!(!refused.text().contains("secret"), "{}", refused.text());
    }
    assert_eq!(rig.server.event_readers(), (0, 0));
    let forbidden = rig.session("viewer").await.post(SUBSCRIPTIONS, &good).await;
    assert_eq!(forbidden.status, 403);
    assert_eq!(client.post(SUBSCRIPTIONS, &good).await.status, 201);
}

#[tokio::test]
async fn when_every_place_is_taken_one_must_go() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    let mut paths = Vec::new();
    for _ in 0..8 {
        paths.push(subscribe(&client, &receiver, json!({})).await);
    }
    let body = json!({ "Destination": receiver.uri, "Protocol": "Redfish" });
    let full = client.post(SUBSCRIPTIONS, &body).await;
    assert_eq!((full.status, full.message().as_str()), (503, "Base.1.18.EventSubscriptionLimitExceeded"));
    assert_eq!(rig.server.counters().kind(MutationKind::Subscription), 8);
    assert_eq!(client.delete(&paths[3]).await.status, 204);
    let path = subscribe(&client, &receiver, json!({})).await;
    assert!(!paths.contains(&path), "a name is not used twice");
    // Others have more places.
    let other = Rig::new("openbmc").await;
    let client = other.admin().await;
    for _ in 0..20 {
        subscribe(&client, &receiver, json!({})).await;
    }
    assert_eq!(client.post(SUBSCRIPTIONS, &body).await.status, 503);
}

#[tokio::test]
async fn an_event_comes_with_all_that_is_known_of_it() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    let more = json!({ "Context": "mine", "HttpHeaders": [{ "X-Key": "a secret" }, { "X-More": "more" }] });
    let path = subscribe(&client, &receiver, more).await;
    assert_eq!(client.get(&path).await.json()["HttpHeaders"], json!([]), "they are not told");
    rig.server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    rig.advance(5);
    let attempt = receiver.until(1).await.remove(0);
    let head = attempt.head.to_ascii_lowercase();
    assert!(head.starts_with("post /events?to=me http/1.1\r\n"), "{head}");
    for line in ["content-type: application/json", "x-key: a secret", "x-more: more"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
    assert!(attempt.body["@odata.type"].as_str().expect("a type").starts_with("#Event.v1_"));
    assert_eq!((&attempt.body["Context"], &attempt.body["Name"]), (&json!("mine"), &json!("Event")));
    let record = &attempt.body["Events"][0];
    assert_eq!(record["MessageId"], "ResourceEvent.1.3.ResourcePoweredOff");
    assert_eq!(record["OriginOfCondition"], json!({ "@odata.id": "/redfish/v1/Systems/1" }));
    assert_eq!((&record["MessageSeverity"], &record["EventType"]), (&json!("OK"), &json!("Alert")));
    assert_eq!(record["MemberId"], "0");
    let entry = client.get(record["LogEntry"]["@odata.id"].as_str().expect("an entry")).await.json();
    assert_eq!(entry["Message"], record["Message"]);
    assert_eq!(entry["Created"], record["EventTimestamp"]);
}

#[tokio::test]
async fn events_come_of_sensors_drives_and_tasks_too() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    subscribe(&client, &receiver, json!({})).await;
    let serial = rig.server.spec().drives[0].serial.clone();
    rig.server.pull_drive(&serial).expect("a drive");
    rig.server.start_job("Work", 3.0, Origin::Test).expect("accepted");
    rig.advance(5);
    receiver.until(3).await;
    assert_eq!(
        receiver.told(),
        ["StorageDevice.1.2.DriveRemoved", "TaskEvent.1.0.TaskStarted", "TaskEvent.1.0.TaskCompletedOK"]
    );
    let removed = receiver.attempts()[0].body["Events"][0].clone();
    let drive = removed["OriginOfCondition"]["@odata.id"].as_str().expect("a drive").to_owned();
    assert!(drive.contains("/Drives/"), "{drive}");
    let task = receiver.attempts()[2].body["Events"][0]["OriginOfCondition"]["@odata.id"].clone();
    assert_eq!(client.get(task.as_str().expect("a task")).await.json()["TaskState"], "Completed");
}

#[tokio::test]
async fn a_receiver_gets_what_it_asked_for() {
    for (wants, gets) in [
        (json!({}), 3),
        (json!({ "RegistryPrefixes": ["TaskEvent"] }), 2),
        (json!({ "RegistryPrefixes": ["StorageDevice"] }), 0),
        (json!({ "MessageIds": ["TaskEvent.1.0.TaskStarted"] }), 1),
        (json!({ "MessageIds": ["ResourceEvent.ResourcePoweredOff"] }), 1),
        (json!({ "ResourceTypes": ["Task"] }), 2),
        (json!({ "ResourceTypes": ["ComputerSystem", "Task"] }), 3),
        (json!({ "EventTypes": ["Alert"] }), 1),
        (json!({ "EventTypes": ["StatusChange"] }), 2),
        (json!({ "RegistryPrefixes": ["TaskEvent"], "MessageIds": ["TaskEvent.TaskCompletedOK"] }), 1),
    ] {
        let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
        let client = rig.admin().await;
        subscribe(&client, &receiver, wants.clone()).await;
        rig.server.start_job("Work", 1.0, Origin::Test).expect("accepted");
        rig.advance(2);
        rig.server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
        rig.advance(2);
        receiver.until(gets).await;
        a_while().await;
        assert_eq!(receiver.attempts().len(), gets, "{wants}: {:?}", receiver.told());
    }
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_is_given_up_after_some_attempts() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    let path = subscribe(&client, &receiver, json!({})).await;
    // Three failures, and a success in time.
    receiver.answer([500, 503, 404]);
    test(&client, "one").await;
    test(&client, "two").await;
    for attempt in 1..=3 {
        receiver.until(attempt).await;
        a_while().await;
        assert_eq!(receiver.attempts().len(), attempt, "not before the interval is over");
        rig.advance(5);
    }
    receiver.until(5).await;
    assert_eq!(words(&receiver), ["one", "one", "one", "one", "two"], "in order");
    assert_eq!(client.get(&path).await.json()["Status"]["State"], "Enabled");

    receiver.answer([500; 4]);
    test(&client, "three").await;
    for attempt in 6..=9 {
        receiver.until(attempt).await;
        rig.advance(5);
    }
    eventually("end", || rig.server.event_readers() == (0, 0)).await;
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(receiver.attempts().len(), 9);
}

#[tokio::test]
async fn some_subscriptions_are_suspended_instead_and_resumed() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    assert_eq!(client.patch(SERVICE, &json!({ "DeliveryRetryAttempts": 1 })).await.status, 200);
    let path = subscribe(&client, &receiver, json!({ "DeliveryRetryPolicy": "SuspendRetries" })).await;
    receiver.answer([500; 2]);
    test(&client, "one").await;
    receiver.until(1).await;
    rig.advance(5);
    receiver.until(2).await;
    let mut state = Value::Null;
    for _ in 0..100 {
        state = client.get(&path).await.json()["Status"]["State"].clone();
        if state == "Disabled" {
            break;
        }
        a_while().await;
    }
    assert_eq!(state, "Disabled");
    test(&client, "two").await;
    let resume = format!("{path}/Actions/EventDestination.ResumeSubscription");
    assert_eq!(client.post(&resume, &json!({})).await.status, 204);
    assert_eq!(client.get(&path).await.json()["Status"]["State"], "Enabled");
    test(&client, "three").await;
    receiver.until(3).await;
    assert_eq!(words(&receiver), ["one", "one", "three"]);
    let suspend = format!("{path}/Actions/EventDestination.SuspendSubscription");
    assert_eq!(client.post(&suspend, &json!({})).await.status, 204);
    test(&client, "four").await;
    a_while().await;
    assert_eq!(receiver.attempts().len(), 3);
}

#[tokio::test]
async fn others_are_tried_for_ever() {
    for (policy, pauses) in
        [("RetryForever", [5, 5, 5, 5, 5, 5]), ("RetryForeverWithBackoff", [5, 10, 20, 40, 80, 160])]
    {
        let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
        let client = rig.admin().await;
        let path = subscribe(&client, &receiver, json!({ "DeliveryRetryPolicy": policy })).await;
        receiver.answer([500; 6]);
        test(&client, "one").await;
        for (before, pause) in pauses.into_iter().enumerate() {
            receiver.until(before + 1).await;
            a_while().await;
            rig.advance(pause - 1);
            a_while().await;
            assert_eq!(receiver.attempts().len(), before + 1, "{policy}: not before {pause} s");
            rig.advance(1);
        }
        receiver.until(7).await;
        assert_eq!(client.get(&path).await.json()["DeliveryRetryPolicy"], policy);
    }
}

#[tokio::test]
async fn nothing_is_sent_while_the_controller_is_down_and_subscriptions_outlive_that() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    subscribe(&client, &receiver, json!({})).await;
    rig.server.reset_bmc(Origin::Test).expect("accepted");
    rig.server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
    a_while().await;
    assert_eq!(receiver.attempts().len(), 0);
    rig.advance(300);
    receiver.until(1).await;
    assert_eq!(receiver.told(), ["ResourceEvent.1.3.ResourceChanged"]);
    let client = rig.admin().await;
    test(&client, "again").await;
    receiver.until(2).await;
    assert_eq!(rig.server.event_readers(), (0, 1));
}

#[tokio::test]
async fn a_test_event_says_what_it_was_given() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    subscribe(&client, &receiver, json!({})).await;
    let body = json!({
        "MessageId": "SensorEvent.1.0.SensorReadingNormalRange",
        "Message": "All is well with CPU1.",
        "MessageArgs": ["CPU1", "40", "Cel"],
        "MessageSeverity": "Warning",
        "OriginOfCondition": "/redfish/v1/Chassis/1",
    });
    assert_eq!(client.post(SUBMIT, &body).await.status, 204);
    let record = receiver.until(1).await[0].body["Events"][0].clone();
    for field in ["MessageId", "Message", "MessageArgs", "MessageSeverity"] {
        assert_eq!(record[field], body[field], "{field}");
    }
    assert_eq!(record["OriginOfCondition"], json!({ "@odata.id": "/redfish/v1/Chassis/1" }));
    let plain = format!("{SERVICE}/Actions/EventService.TestEventSubscription");
    assert_eq!(client.post(&plain, &json!({})).await.status, 204);
    assert_eq!(receiver.until(2).await[1].body["Events"][0]["MessageId"], "ResourceEvent.1.3.TestMessage");

    for (body, key) in [
        (json!({}), "ActionParameterMissing"),
        (json!({ "MessageId": 7 }), "ActionParameterValueTypeError"),
        (json!({ "MessageId": "A.1.0.B", "MessageArgs": "x" }), "ActionParameterValueTypeError"),
        (json!({ "MessageId": "A.1.0.B", "MessageSeverity": "Bad" }), "ActionParameterValueNotInList"),
        (json!({ "MessageId": "A.1.0.B", "Nonsense": 1 }), "ActionParameterUnknown"),
    ] {
        let refused = client.post(SUBMIT, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")), "{body}");
    }
    assert_eq!(rig.session("viewer").await.post(&plain, &json!({})).await.status, 403);
    assert_eq!(rig.server.counters().kind(MutationKind::TestEvent), 2);
}

#[tokio::test]
async fn a_disabled_service_sends_nothing() {
    let (rig, receiver) = (Rig::new("standard").await, Receiver::new().await);
    let client = rig.admin().await;
    subscribe(&client, &receiver, json!({})).await;
    assert_eq!(client.patch(SERVICE, &json!({ "ServiceEnabled": false })).await.status, 200);
    assert_eq!(client.get(SERVICE).await.json()["Status"]["State"], "Disabled");
    test(&client, "one").await;
    a_while().await;
    assert_eq!(receiver.attempts().len(), 0);
    assert_eq!(client.patch(SERVICE, &json!({ "ServiceEnabled": true })).await.status, 200);
    receiver.until(1).await;
    for body in [json!({ "ServiceEnabled": "yes" }), json!({ "DeliveryRetryAttempts": -1 })] {
        let refused = client.patch(SERVICE, &body).await;
        assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.PropertyValueTypeError"));
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_taken_and_never_reached() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let body = json!({ "Destination": "https://192.0.2.1/events", "Protocol": "Redfish" });
    assert_eq!(client.post(SUBSCRIPTIONS, &body).await.status, 201);
    test(&client, "one").await;
    for _ in 0..4 {
        a_while().await;
        rig.advance(5);
    }
    eventually("end", || rig.server.event_readers() == (0, 0)).await;
}

#[tokio::test]
async fn q34j_records_are_bare() {
    for (quirks, there) in [(vec![Quirk::BareEvents], false), (vec![], true)] {
        let (rig, receiver) = (Rig::quirky(&quirks).await, Receiver::new().await);
        let client = rig.admin().await;
        subscribe(&client, &receiver, json!({ "EventTypes": ["Alert"] })).await;
        test(&client, "one").await;
        let record = receiver.until(1).await[0].body["Events"][0].clone();
        for field in ["MemberId", "EventType"] {
            assert_eq!(record.get(field).is_some(), there, "{field}");
        }
        assert_eq!(record["Message"], "one");
    }
}

#[tokio::test]
async fn q18_dates_have_an_offset_without_a_colon() {
    for (quirks, end) in [(vec![Quirk::ZeroDates], "-0600"), (vec![], "Z")] {
        let (rig, receiver) = (Rig::quirky(&quirks).await, Receiver::new().await);
        let client = rig.admin().await;
        subscribe(&client, &receiver, json!({})).await;
        test(&client, "one").await;
        let at = receiver.until(1).await[0].body["Events"][0]["EventTimestamp"].clone();
        let at = at.as_str().expect("a date").to_owned();
        assert!(at.ends_with(end), "{at}");
        let shift = if end == "Z" { 0 } else { 6 * 3600 };
        let local: jiff::Timestamp = format!("{}Z", at.trim_end_matches(end)).parse().expect("a date");
        assert_eq!(local.as_second() + shift, rig.server.snapshot().date.as_second());
    }
}

#[tokio::test]
async fn the_back_door_hears_what_receivers_and_streams_hear() {
    for persona in ["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc"] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let back = ServerTruth::new(rig.server.clone());
        let truth = back.events().expect("events");
        let body = json!({ "Destination": truth.receiver(), "Protocol": "Redfish", "Context": "mine" });
        assert_eq!(client.post(SUBSCRIPTIONS, &body).await.status, 201, "{persona}");
        assert_eq!((truth.streams(), truth.subscriptions()), (0, 1), "{persona}");
        assert_eq!(truth.received(), Vec::<String>::new());
        let word = back.log_event(Severity::Critical);
        eventually("event", || truth.received().iter().any(|text| text.contains(&word))).await;
        assert!(truth.received()[0].contains("\"Context\":\"mine\""), "{:?}", truth.received());
        let service = client.get(SERVICE).await.json();
        let Some(stream) = service["ServerSentEventUri"].as_str() else { continue };
        let mut reader = Reader::open(&client, stream).await;
        reader.until(": connected").await;
        assert_eq!(truth.streams(), 1);
        let word = back.log_event(Severity::Warning);
        let told = reader.events(1).await.remove(0).1["Events"][0].clone();
        assert!(told.to_string().contains(&word) && told["MessageSeverity"] == "Warning", "{told}");
        truth.cut_streams();
        reader.end().await;
        eventually("end", || truth.streams() == 0).await;
    }
}
