//! Power through Redfish is the plant's power, and the plant's power shows in Redfish.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underlay_simulators::plant::{HostPhase, MutationKind, Origin, PowerAction, Severity};

use super::support::{Client, PATIENCE, Reply, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/1";

async fn reset(client: &Client, kind: &str) -> Reply {
    client.post(&format!("{SYSTEM}/Actions/ComputerSystem.Reset"), &json!({"ResetType": kind})).await
}

async fn state(client: &Client) -> Value {
    client.get(SYSTEM).await.json()["PowerState"].clone()
}

#[tokio::test]
async fn each_reset_type_does_what_it_says() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(state(&client).await, "On");
    assert_eq!(reset(&client, "GracefulShutdown").await.status, 204);
    assert_eq!(state(&client).await, "On", "an orderly shutdown takes time");
    rig.settle();
    assert_eq!(state(&client).await, "Off");
    assert_eq!(reset(&client, "On").await.status, 204);
    assert_eq!(state(&client).await, "PoweringOn");
    rig.settle();
    assert_eq!(state(&client).await, "On");
    let boots = rig.server.snapshot().boot_count;
    for kind in ["ForceRestart", "GracefulRestart", "PowerCycle"] {
        assert_eq!(reset(&client, kind).await.status, 204, "{kind}");
        rig.settle();
    }
    assert_eq!(rig.server.snapshot().boot_count, boots + 3);
    assert_eq!(reset(&client, "ForceOff").await.status, 204);
    rig.advance(2);
    assert_eq!(state(&client).await, "Off");
    let counters = rig.server.counters();
    assert_eq!(counters.of(Origin::Redfish, MutationKind::Power), 3);
    assert_eq!(counters.of(Origin::Redfish, MutationKind::Reset), 3);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let action = format!("{SYSTEM}/Actions/ComputerSystem.Reset");
    for (body, message) in [
        (json!({"ResetType": "Explode"}), "ActionParameterValueNotInList"),
        (json!({"ResetType": 1}), "ActionParameterValueTypeError"),
        (json!({}), "ActionParameterMissing"),
        (json!({"ResetType": "ForceOff", "Colour": "red"}), "ActionParameterUnknown"),
    ] {
        let reply = client.post(&action, &body).await;
        assert_eq!((reply.status, reply.message()), (400, format!("Base.1.18.{message}")), "{body}");
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(reset(&client, "ForceOff").await.status, 204);
    rig.settle();
    let refused = reset(&client, "ForceRestart").await;
    assert_eq!((refused.status, refused.message().as_str()), (409, "Base.1.18.ResourceInStandby"));
    assert_eq!(reset(&client, "ForceOff").await.status, 204, "off already: nothing to do");
    assert_eq!(rig.server.counters().mutations(), 1);
}

#[tokio::test]
async fn between_two_states_the_answer_is_to_come_back() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(reset(&client, "GracefulShutdown").await.status, 204);
    let refused = reset(&client, "On").await;
    assert_eq!((refused.status, refused.message().as_str()), (409, "Base.1.18.ResourceInUse"));
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn power_off_by_ipmi_shows_everywhere() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.settle();
    let entries = format!("{SYSTEM}/LogServices/EventLog/Entries");
    let before = client.get(&entries).await.json()["Members@odata.count"].as_u64().expect("a count");
    let fan = client.get("/redfish/v1/Chassis/1/Thermal").await.json()["Fans"][0]["Reading"]
        .as_i64()
        .expect("a reading");
    assert!(fan > 0);
    rig.server.power(PowerAction::ForceOff, Origin::Ipmi).expect("accepted");
    rig.settle();
    let system = client.get(SYSTEM).await.json();
    assert_eq!(system["PowerState"], "Off");
    assert_eq!(system["BootProgress"]["LastState"], "None");
    assert_eq!(client.get("/redfish/v1/Chassis/1").await.json()["PowerState"], "Off");
    let thermal = client.get("/redfish/v1/Chassis/1/Thermal").await.json();
    assert!(thermal["Fans"][0]["Reading"].as_i64().unwrap_or(0) < fan, "{thermal}");
    let watts =
        client.get("/redfish/v1/Chassis/1/EnvironmentMetrics").await.json()["PowerWatts"]["Reading"].as_f64();
    assert!(watts.is_some_and(|watts| watts < 60.0), "{watts:?}");
    let after = client.get(&entries).await.json()["Members@odata.count"].as_u64().expect("a count");
    assert!(after > before);
}

#[tokio::test]
async fn the_boot_shows_its_progress_and_when_it_was() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.advance(100);
    let before = client.get(SYSTEM).await.json()["LastResetTime"].clone();
    assert_eq!(reset(&client, "ForceRestart").await.status, 204);
    let in_post = client.get(SYSTEM).await.json();
    assert_eq!(rig.server.snapshot().phase, HostPhase::Post);
    assert_eq!(in_post["BootProgress"]["LastState"], "SystemHardwareInitializationComplete");
    assert_ne!(in_post["LastResetTime"], before);
    rig.settle();
    let running = client.get(SYSTEM).await.json();
    assert_eq!(running["BootProgress"]["LastState"], "OSRunning");
    assert_eq!(running["LastResetTime"], in_post["LastResetTime"]);
}

#[tokio::test]
async fn an_outlet_switched_off_is_seen_at_its_supply_and_the_last_one_takes_the_controller() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let supply = "/redfish/v1/Chassis/1/PowerSubsystem/PowerSupplies/PSU1";
    assert_eq!(client.get(supply).await.json()["LineInputStatus"], "Normal");
    rig.plant.set_outlet("pdu1", 1, false).expect("an outlet");
    let dead = client.get(supply).await.json();
    assert_eq!(
        (&dead["LineInputStatus"], &dead["Status"]["Health"]),
        (&json!("LossOfInput"), &json!("Critical"))
    );
    assert_eq!(client.get(SYSTEM).await.json()["Status"]["HealthRollup"], "Warning");
    assert_eq!(state(&client).await, "On", "the other supply carries the machine");
    rig.plant.set_outlet("pdu1", 2, false).expect("an outlet");
    assert!(client.try_send("GET", "/redfish/v1/", b"").await.is_err(), "no power, no controller");
    rig.plant.set_outlet("pdu1", 2, true).expect("an outlet");
    rig.settle();
    assert_eq!(client.get("/redfish/v1/").await.status, 200);
    assert_eq!(client.get(SYSTEM).await.status, 401, "its sessions are gone");
}

#[tokio::test]
async fn the_identify_light_is_one_light() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(
        client.patch("/redfish/v1/Chassis/1", &json!({"LocationIndicatorActive": true})).await.status,
        200
    );
    assert_eq!(client.get(SYSTEM).await.json()["LocationIndicatorActive"], true);
    assert_eq!(client.patch(SYSTEM, &json!({"LocationIndicatorActive": false})).await.status, 200);
    assert_eq!(client.get("/redfish/v1/Chassis/1").await.json()["LocationIndicatorActive"], false);
    assert_eq!(client.patch(SYSTEM, &json!({"LocationIndicatorActive": "yes"})).await.status, 400);
}

#[tokio::test]
async fn a_long_action_is_a_task_with_a_monitor() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let action = format!("{SYSTEM}/LogServices/EventLog/Actions/LogService.CollectDiagnosticData");
    let accepted = client.post(&action, &json!({"DiagnosticDataType": "Manager"})).await;
    assert_eq!(accepted.status, 202);
    assert!(accepted.header("retry-after").is_some());
    let monitor = accepted.header("location").expect("a monitor").to_owned();
    let task = accepted.json()["@odata.id"].as_str().expect("a task").to_owned();
    assert_eq!(client.get(&monitor).await.status, 202);
    rig.advance(3);
    let running = client.get(&task).await.json();
    assert_eq!(running["TaskState"], "Running");
    assert!(
        running["PercentComplete"].as_u64().is_some_and(|percent| (1..100).contains(&percent)),
        "{running}"
    );
    rig.advance(3);
    assert_eq!(client.get(&monitor).await.status, 200);
    let done = client.get(&task).await.json();
    assert_eq!(
        (done["TaskState"].as_str(), done["PercentComplete"].as_u64()),
        (Some("Completed"), Some(100))
    );
    assert_eq!(client.get("/redfish/v1/TaskService/Tasks").await.json()["Members@odata.count"], 1);
    assert_eq!(client.delete(&task).await.status, 204);
    assert_eq!(client.get(&task).await.status, 404);
    assert_eq!(client.post(&action, &json!({"DiagnosticDataType": "Gossip"})).await.status, 400);
}

#[tokio::test]
async fn a_kept_connection_ends_with_the_controller_after_the_last_answer_left() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut kept = TcpStream::connect(client.address).await.expect("a connection");
    kept.write_all(b"GET /redfish HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    let mut buffer = [0_u8; 4096];
    assert!(kept.read(&mut buffer).await.expect("an answer") > 0);
    let reset = "/redfish/v1/Managers/BMC/Actions/Manager.Reset";
    assert_eq!(client.post(reset, &json!({"ResetType": "GracefulRestart"})).await.status, 204);
    let end = tokio::time::timeout(PATIENCE, kept.read(&mut buffer)).await.expect("an end");
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::BmcReset), 1);
}

#[tokio::test]
async fn log_entries_are_the_plants() {
    for (persona, entries, newest_first) in [
        ("standard", "/redfish/v1/Systems/1/LogServices/EventLog/Entries", false),
        ("dell-idrac9", "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel/Entries", true),
    ] {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        rig.server.power(PowerAction::Nmi, Origin::Ipmi).expect("accepted");
        rig.server.force_sensor("Inlet Temp", Some(99.0)).expect("a sensor");
        let shown = client.get(entries).await.json()["Members"].as_array().expect("members").clone();
        let mut kept = rig.server.log_entries();
        if newest_first {
            kept.reverse();
        }
        assert_eq!(shown.len(), kept.len());
        for (shown, kept) in shown.iter().zip(&kept) {
            let severity = match kept.severity {
                Severity::Ok => "OK",
                Severity::Warning => "Warning",
                Severity::Critical => "Critical",
            };
            assert_eq!(shown["Id"], kept.id.to_string());
            assert_eq!((&shown["Severity"], &shown["Message"]), (&json!(severity), &json!(kept.message)));
            assert!(
                kept.at
                    .to_string()
                    .starts_with(shown["Created"].as_str().unwrap_or("?").trim_end_matches('Z'))
            );
        }
        assert!(shown.iter().any(|entry| entry["Severity"] == "Critical"));
        // One entry by itself, and gone once it is deleted.
        let one = shown[0]["@odata.id"].as_str().expect("a path").to_owned();
        assert_eq!(client.get(&one).await.json()["Message"], shown[0]["Message"]);
        assert_eq!(client.delete(&one).await.status, 204);
        assert_eq!(client.get(&one).await.status, 404);
        assert_eq!(rig.server.log_entries().len(), kept.len() - 1);
    }
}

#[tokio::test]
async fn a_sensor_beyond_its_threshold_is_unhealthy_in_both_views_of_it() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let sensor = "/redfish/v1/Chassis/1/Sensors/Inlet_Temp";
    assert_eq!(client.get(sensor).await.json()["Status"]["Health"], "OK");
    rig.server.force_sensor("Inlet Temp", Some(99.0)).expect("a sensor");
    let new = client.get(sensor).await.json();
    assert_eq!((&new["Reading"], &new["Status"]["Health"]), (&json!(99.0), &json!("Critical")));
    let old = client.get("/redfish/v1/Chassis/1/Thermal").await.json()["Temperatures"][0].clone();
    assert_eq!((&old["ReadingCelsius"], &old["Status"]["Health"]), (&json!(99.0), &json!("Critical")));
}
