//! Each quirk, and the same request of a device without it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underlay_simulators::plant::{Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/1";
const CLEAR: &str = "/redfish/v1/Systems/1/LogServices/EventLog/Actions/LogService.ClearLog";

/// A device with the quirk and one without, each with an administrator.
async fn pair(quirk: Quirk) -> [(Rig, Client); 2] {
    let (with, without) = (Rig::quirky(&[quirk]).await, Rig::quirky(&[]).await);
    let clients = (with.admin().await, without.admin().await);
    [(with, clients.0), (without, clients.1)]
}

async fn both_get(quirk: Quirk, path: &str) -> [Value; 2] {
    let [(_a, with), (_b, without)] = pair(quirk).await;
    [with.get(path).await.json(), without.get(path).await.json()]
}

async fn reset(client: &Client, kind: &str) -> Reply {
    client.post(&format!("{SYSTEM}/Actions/ComputerSystem.Reset"), &json!({"ResetType": kind})).await
}

fn once(target: &str) -> Value {
    json!({"Boot": {"BootSourceOverrideTarget": target, "BootSourceOverrideEnabled": "Once"}})
}

fn whole(target: &str, enabled: &str) -> Value {
    let mut body = once(target);
    body["Boot"]["BootSourceOverrideEnabled"] = enabled.into();
    body["Boot"]["BootSourceOverrideMode"] = "UEFI".into();
    body
}

async fn outlives_idleness(rig: &Rig) -> bool {
    let mut stream = TcpStream::connect(rig.view.address()).await.expect("a connection");
    let ask = b"GET /redfish HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut buffer = [0_u8; 1024];
    stream.write_all(ask).await.expect("sent");
    let first = stream.read(&mut buffer).await.expect("an answer");
    assert!(!String::from_utf8_lossy(&buffer[..first]).to_ascii_lowercase().contains("connection: close"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let _ = stream.write_all(ask).await;
    matches!(stream.read(&mut buffer).await, Ok(length) if length > 0)
}

#[tokio::test]
async fn q1_a_kept_connection_is_dropped_without_a_word() {
    for quirk in [Quirk::ClosesIdleConnections, Quirk::DropsReusedConnections] {
        let [(with, _), (without, _)] = pair(quirk).await;
        assert!(!outlives_idleness(&with).await, "{quirk}");
        assert!(outlives_idleness(&without).await);
    }
}

#[tokio::test]
async fn q2_compression_spoils_the_tag() {
    let (weak, suffix, plain) = (
        Rig::quirky(&[Quirk::WeakensCompressed]).await,
        Rig::quirky(&[Quirk::SuffixesCompressed]).await,
        Rig::quirky(&[]).await,
    );
    for (rig, starts, ends, gzip) in
        [(&weak, "W/\"", "\"", true), (&suffix, "\"", "-gzip\"", true), (&plain, "\"", "\"", false)]
    {
        let client = rig.admin().await;
        let reply = client.with("Accept-Encoding", "gzip, deflate").get(SYSTEM).await;
        let tag = reply.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with(starts) && tag.ends_with(ends), "{tag}");
        assert_eq!(reply.header("content-encoding") == Some("gzip"), gzip);
        let identity = client.with("Accept-Encoding", "identity").get(SYSTEM).await;
        assert!(identity.header("etag").is_some_and(|tag| tag.starts_with('"') && !tag.contains("gzip")));
    }
}

#[tokio::test]
async fn q2b_identity_is_not_acceptable_for_registries() {
    let [(_a, with), (_b, without)] = pair(Quirk::RefusesIdentity).await;
    let path = "/redfish/v1/Registries";
    assert_eq!(with.with("Accept-Encoding", "identity").get(path).await.status, 406);
    assert_eq!(with.get(path).await.status, 200);
    assert_eq!(with.with("Accept-Encoding", "identity").get(SYSTEM).await.status, 200);
    assert_eq!(without.with("Accept-Encoding", "identity").get(path).await.status, 200);
}

#[tokio::test]
async fn q3_odd_ways_with_if_match() {
    for (quirk, quoted, unquoted, none) in [
        (Some(Quirk::RefusesGoodEtag), 412, 412, 200),
        (Some(Quirk::MatchesUnquoted), 412, 200, 200),
        (None, 200, 412, 200),
    ] {
        let quirks: Vec<Quirk> = quirk.into_iter().collect();
        for (form, status) in [("quoted", quoted), ("unquoted", unquoted), ("none", none)] {
            let rig = Rig::quirky(&quirks).await;
            let client = rig.admin().await;
            let tag = client.get(SYSTEM).await.header("etag").expect("a tag").to_owned();
            let sender = match form {
                "quoted" => client.with("If-Match", &tag),
                "unquoted" => client.with("If-Match", tag.trim_matches('"')),
                _ => client,
            };
            assert_eq!(sender.patch(SYSTEM, &once("Pxe")).await.status, status, "{quirk:?} {form}");
            assert_eq!(rig.server.counters().mutations(), u64::from(status == 200));
        }
    }
}

#[tokio::test]
async fn q4_expansion_that_cannot_be_trusted() {
    let [with, without] = both_get(Quirk::ExpandDropsIdentity, "/redfish/v1/Chassis?$expand=.").await;
    assert!(with["Members"][0].get("Id").is_none() && with["Members"][0]["Model"].is_string());
    assert!(without["Members"][0]["Id"].is_string());
    let [(_a, with), (_b, without)] = pair(Quirk::ExpandFailsOnChassis).await;
    assert_eq!(with.get("/redfish/v1/Chassis?$expand=.").await.status, 500);
    assert_eq!(with.get("/redfish/v1/Chassis").await.status, 200);
    assert_eq!(without.get("/redfish/v1/Chassis?$expand=.").await.status, 200);
}

#[tokio::test]
async fn q5a_already_so_is_a_conflict() {
    let [(rig, with), (_b, without)] = pair(Quirk::AlreadyIsConflict).await;
    assert_eq!(reset(&with, "On").await.status, 409);
    assert_eq!(reset(&without, "On").await.status, 204);
    assert_eq!(rig.server.counters().mutations(), 0);
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let action = "/redfish/v1/Systems/System.Embedded.1/Actions/ComputerSystem.Reset";
    let reply = client.post(action, &json!({"ResetType": "On"})).await;
    assert_eq!((reply.status, reply.message().as_str()), (409, "IDRAC.2.8.PSU501"));
}

#[tokio::test]
async fn q5b_power_on_is_refused_for_a_while_after_power_off() {
    let [(rig, with), (control, without)] = pair(Quirk::OnRefusedAfterOff).await;
    for (rig, client, status) in [(&rig, &with, 409), (&control, &without, 204)] {
        assert_eq!(reset(client, "ForceOff").await.status, 204);
        rig.advance(10);
        assert_eq!(reset(client, "On").await.status, status);
    }
    rig.advance(60);
    assert_eq!(reset(&with, "On").await.status, 204);
}

#[tokio::test]
async fn q6_not_ready_comes_as_a_bad_request() {
    let [(rig, with), (control, without)] = pair(Quirk::NotReadyByMessage).await;
    for (rig, client, status) in [(&rig, &with, 400), (&control, &without, 409)] {
        rig.server.power(PowerAction::GracefulOff, Origin::Test).expect("accepted");
        assert_eq!(reset(client, "On").await.status, status);
    }
    let ilo = Rig::new("hpe-ilo5").await;
    let reply = reset(&ilo.admin().await, "On").await;
    assert_eq!((reply.status, reply.message().as_str()), (400, "iLO.2.15.InvalidOperationForSystemState"));
}

#[tokio::test]
async fn q7_links_and_names_that_are_missing() {
    let [with, without] = both_get(Quirk::NoManagedBy, SYSTEM).await;
    assert!(with["Links"].get("ManagedBy").is_none() && without["Links"]["ManagedBy"].is_array());
    let [with, without] = both_get(Quirk::NoRootLinks, "/redfish/v1/").await;
    assert!(with.get("Systems").is_none() && with.get("Chassis").is_none() && without["Systems"].is_object());
    let [with, without] = both_get(Quirk::NoVendor, "/redfish/v1/").await;
    assert!(with.get("Vendor").is_none() && without["Vendor"].is_string());
}

#[tokio::test]
async fn q18_a_host_that_never_started_has_a_date_that_is_none() {
    let [(rig, with), (_b, without)] = pair(Quirk::ZeroDates).await;
    assert_eq!(with.get(SYSTEM).await.json()["LastResetTime"], "0000-00-00T00:00:00+00:00");
    assert_ne!(without.get(SYSTEM).await.json()["LastResetTime"], "0000-00-00T00:00:00+00:00");
    assert_eq!(reset(&with, "ForceRestart").await.status, 204);
    rig.settle();
    assert_ne!(with.get(SYSTEM).await.json()["LastResetTime"], "0000-00-00T00:00:00+00:00");
}

#[tokio::test]
async fn q19_the_manager_takes_one_reset_type_and_few_sessions() {
    let [(_a, with), (_b, without)] = pair(Quirk::ManagerGracefulOnly).await;
    let action = "/redfish/v1/Managers/BMC/Actions/Manager.Reset";
    assert_eq!(with.post(action, &json!({"ResetType": "ForceRestart"})).await.status, 400);
    assert_eq!(with.post(action, &json!({"ResetType": "GracefulRestart"})).await.status, 204);
    assert_eq!(without.post(action, &json!({"ResetType": "ForceRestart"})).await.status, 204);
    let dell = Rig::new("dell-idrac9").await;
    for _ in 0..8 {
        dell.admin().await;
    }
    let login = json!({"UserName": "admin", "Password": "admin"});
    let full = dell.client().post("/redfish/v1/SessionService/Sessions", &login).await;
    assert_eq!((full.status, full.message().as_str()), (503, "IDRAC.2.8.RAC0218"));
}

#[tokio::test]
async fn q21_the_boot_override_is_locked_during_post() {
    let [(rig, with), (control, without)] = pair(Quirk::BootRefusedInPost).await;
    for (rig, client, status) in [(&rig, &with, 400), (&control, &without, 200)] {
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        assert_eq!(client.patch(SYSTEM, &once("Pxe")).await.status, status);
    }
    rig.settle();
    assert_eq!(with.patch(SYSTEM, &once("Pxe")).await.status, 200);
}

#[tokio::test]
async fn q24_q28_q33_properties_that_are_left_out() {
    let account = "/redfish/v1/AccountService/Accounts/2";
    let [with, without] = both_get(Quirk::NoAccountTypes, account).await;
    assert!(with.get("AccountTypes").is_none() && without["AccountTypes"].is_array());
    let [with, without] =
        both_get(Quirk::NoDriveState, "/redfish/v1/Systems/1/Storage/1/Drives/Drive1").await;
    assert!(with["Status"].get("State").is_none() && without["Status"]["State"].is_string());
    let [with, without] = both_get(Quirk::NoChassisType, "/redfish/v1/Chassis/1").await;
    assert!(with.get("ChassisType").is_none() && without["ChassisType"].is_string());
    let [with, without] = both_get(Quirk::BareCollections, "/redfish/v1/Systems").await;
    assert!(with.get("@odata.etag").is_none() && without["@odata.etag"].is_string());
}

#[tokio::test]
async fn q25_a_boot_override_in_part_reverts() {
    let [(rig, with), (_b, without)] = pair(Quirk::NeedsWholeBoot).await;
    assert_eq!(with.patch(SYSTEM, &once("Pxe")).await.status, 200);
    assert!(rig.server.snapshot().boot_override.is_none());
    assert_eq!(with.patch(SYSTEM, &whole("Pxe", "Once")).await.status, 200);
    assert!(rig.server.snapshot().boot_override.is_some());
    assert_eq!(without.patch(SYSTEM, &once("Pxe")).await.json()["Boot"]["BootSourceOverrideEnabled"], "Once");
}

#[tokio::test]
async fn q30a_q40_continuous_is_refused() {
    for (quirk, status) in [(Quirk::NoContinuous, 400), (Quirk::RefusesContinuous, 501)] {
        let [(_a, with), (_b, without)] = pair(quirk).await;
        assert_eq!(with.patch(SYSTEM, &whole("Pxe", "Continuous")).await.status, status, "{quirk}");
        assert_eq!(with.patch(SYSTEM, &whole("Pxe", "Once")).await.status, 200);
        assert_eq!(without.patch(SYSTEM, &whole("Pxe", "Continuous")).await.status, 200);
    }
}

#[tokio::test]
async fn q36d_a_system_without_interfaces() {
    let [(_a, with), (_b, without)] = pair(Quirk::NoEthernetInterfaces).await;
    let interfaces = format!("{SYSTEM}/EthernetInterfaces");
    let port = "/redfish/v1/Chassis/1/NetworkAdapters/NIC1/Ports/1";
    for (client, status, links) in [(&with, 404, 0), (&without, 200, 1)] {
        assert_eq!(client.get(SYSTEM).await.json().get("EthernetInterfaces").is_some(), status == 200);
        assert_eq!(client.get(&interfaces).await.status, status);
        let port = client.get(port).await.json();
        assert_eq!(port["Links"]["EthernetInterfaces"].as_array().map(Vec::len), Some(links));
    }
}

#[tokio::test]
async fn q36e_a_text_where_there_is_no_number() {
    let [(rig, with), (control, without)] = pair(Quirk::TextForNoNumber).await;
    for (rig, client, nothing) in [(&rig, &with, json!("N/A")), (&control, &without, Value::Null)] {
        let read = || async { client.get("/redfish/v1/Chassis/1/Power").await.json() };
        assert!(read().await["PowerSupplies"][0]["LineInputVoltage"].is_number());
        rig.plant.set_outlet("pdu1", 1, false).expect("an outlet");
        let power = read().await;
        assert_eq!(power["PowerSupplies"][0]["LineInputVoltage"], nothing);
        assert!(power["PowerControl"][0]["PowerConsumedWatts"].is_number());
    }
}

#[tokio::test]
async fn q37a_every_patch_needs_the_tag() {
    let [(rig, with), (_b, without)] = pair(Quirk::DemandsIfMatch).await;
    let bare = with.patch(SYSTEM, &once("Pxe")).await;
    assert_eq!((bare.status, bare.message().as_str()), (428, "Base.1.18.PreconditionRequired"));
    assert_eq!(rig.server.counters().mutations(), 0);
    let tag = with.get(SYSTEM).await.header("etag").expect("a tag").to_owned();
    assert_eq!(with.with("If-Match", &tag).patch(SYSTEM, &once("Pxe")).await.status, 200);
    assert_eq!(without.patch(SYSTEM, &once("Pxe")).await.status, 200);
}

#[tokio::test]
async fn q30b_the_first_conditional_write_fails_for_no_reason() {
    let [(rig, with), (_b, without)] = pair(Quirk::TransientMismatch).await;
    let tag = with.get(SYSTEM).await.header("etag").expect("a tag").to_owned();
    let conditional = with.with("If-Match", &tag);
    assert_eq!(conditional.patch(SYSTEM, &once("Pxe")).await.status, 412);
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(conditional.patch(SYSTEM, &once("Pxe")).await.status, 200);
    let tag = without.get(SYSTEM).await.header("etag").expect("a tag").to_owned();
    assert_eq!(without.with("If-Match", &tag).patch(SYSTEM, &once("Pxe")).await.status, 200);
}

#[tokio::test]
async fn q31a_q43_tasks_that_are_hard_to_follow() {
    let action = "/redfish/v1/Systems/1/LogServices/EventLog/Actions/LogService.CollectDiagnosticData";
    let kind = json!({"DiagnosticDataType": "Manager"});
    let [(rig, with), (control, without)] = pair(Quirk::MonitorForgets).await;
    for (rig, client, second) in [(&rig, &with, 404), (&control, &without, 200)] {
        let monitor = client.post(action, &kind).await.header("location").expect("a monitor").to_owned();
        assert_eq!(client.get(&monitor).await.status, 202);
        rig.advance(10);
        assert_eq!(client.get(&monitor).await.status, 200);
        assert_eq!(client.get(&monitor).await.status, second);
        assert_eq!(client.get("/redfish/v1/TaskService/Tasks/1").await.status, second);
    }
    let [(_a, with), (_b, without)] = pair(Quirk::NoTaskLocation).await;
    assert!(with.post(action, &kind).await.header("location").is_none());
    assert!(without.post(action, &kind).await.header("location").is_some());
}

#[tokio::test]
async fn q33a_q44_demands_on_the_boot_object() {
    let [(_a, with), (_b, without)] = pair(Quirk::DemandsWholeBoot).await;
    assert_eq!(with.patch(SYSTEM, &once("Pxe")).await.status, 400);
    assert_eq!(with.patch(SYSTEM, &whole("Pxe", "Once")).await.status, 200);
    assert_eq!(without.patch(SYSTEM, &once("Pxe")).await.status, 200);
    let [(_a, with), (_b, without)] = pair(Quirk::RefusesSameEnabled).await;
    for (client, status) in [(&with, 400), (&without, 200)] {
        assert_eq!(client.patch(SYSTEM, &once("Pxe")).await.status, 200);
        assert_eq!(client.patch(SYSTEM, &once("Hdd")).await.status, status);
    }
}

#[tokio::test]
async fn q35c_a_system_without_boot_override() {
    let [(_a, with), (_b, without)] = pair(Quirk::NoBootOverride).await;
    assert!(with.get(SYSTEM).await.json().get("Boot").is_none());
    assert_eq!(with.patch(SYSTEM, &once("Pxe")).await.status, 400);
    assert_eq!(without.patch(SYSTEM, &once("Pxe")).await.status, 200);
}

#[tokio::test]
async fn q42_the_log_is_cleared_only_with_a_tag() {
    let [(_a, with), (_b, without)] = pair(Quirk::ClearNeedsEtag).await;
    assert_eq!(with.post(CLEAR, &json!({})).await.status, 428);
    let tag = with
        .get("/redfish/v1/Systems/1/LogServices/EventLog")
        .await
        .header("etag")
        .expect("a tag")
        .to_owned();
    assert_eq!(with.with("If-Match", &tag).post(CLEAR, &json!({})).await.status, 204);
    assert_eq!(without.post(CLEAR, &json!({})).await.status, 204);
}

#[tokio::test]
async fn q34c_q36a_q37c_values_that_are_not_what_the_schema_says() {
    let tasks = "/redfish/v1/TaskService/Tasks";
    let [with, without] = both_get(Quirk::EmptyForNone, tasks).await;
    assert_eq!((&with["Members"], &without["Members"]), (&Value::Null, &json!([])));
    let [with, without] = both_get(Quirk::EmptyForNone, SYSTEM).await;
    assert_eq!(with["UUID"], "");
    assert_ne!(without["UUID"], "");
    let [with, without] = both_get(Quirk::CoresAreText, &format!("{SYSTEM}/Processors/CPU1")).await;
    assert_eq!(with["TotalCores"], without["TotalCores"].to_string());
    assert!(without["TotalCores"].is_u64());
    let slots = "/redfish/v1/Systems/1/VirtualMedia";
    let [(_a, quirky), (_b, plain)] = pair(Quirk::DvdOnly).await;
    let first = plain.get(slots).await.json()["Members"][0]["@odata.id"].as_str().expect("a slot").to_owned();
    let types = quirky.get(&first).await.json()["MediaTypes"].clone();
    assert!(types[0] == "DVD" && !types.as_array().expect("types").contains(&json!("CD")), "{types}");
    assert!(plain.get(&first).await.json()["MediaTypes"].as_array().expect("types").contains(&json!("CD")));
}

#[tokio::test]
async fn quirks_can_be_switched_while_it_runs() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(reset(&client, "On").await.status, 204);
    rig.view.set_quirks(rig.view.quirks().with(Quirk::AlreadyIsConflict));
    assert_eq!(reset(&client, "On").await.status, 409);
}
