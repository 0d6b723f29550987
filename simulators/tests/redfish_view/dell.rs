//! One vendor's job queue, lifecycle log and explicit steps of storage.

use serde_json::{Value, json};
use underlay_simulators::plant::{JobState, MutationKind, Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const SYSTEM: &str = "/redfish/v1/Systems/System.Embedded.1";
const MANAGER: &str = "/redfish/v1/Managers/iDRAC.Embedded.1";
const PERC: &str = "/redfish/v1/Systems/System.Embedded.1/Storage/RAID.SL.3-1";

fn drive(number: u32) -> String {
    format!("Disk.Bay.{number}:Enclosure.Internal.0-1:RAID.SL.3-1")
}

async fn raid(client: &Client, action: &str, body: &Value) -> Reply {
    let service = format!("{SYSTEM}/Oem/Dell/DellRaidService");
    client.post(&format!("{service}/Actions/DellRaidService.{action}"), body).await
}

async fn status(client: &Client, number: u32) -> Value {
    let drive = client.get(&format!("{PERC}/Drives/{}", drive(number))).await.json();
    drive["Oem"]["Dell"]["DellPhysicalDisk"]["RaidStatus"].clone()
}

fn mirror(apply: &str) -> Value {
    let link = |number| json!({ "@odata.id": format!("{PERC}/Drives/{}", drive(number)) });
    json!({ "RAIDType": "RAID1", "Links": { "Drives": [link(0), link(1)] }, "@Redfish.OperationApplyTime": apply })
}

#[tokio::test]
async fn an_answer_names_the_job_and_has_no_body() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let accepted = client.post(&format!("{PERC}/Volumes"), &mirror("OnReset")).await;
    assert_eq!((accepted.status, accepted.body.len()), (202, 0));
    let path = accepted.header("location").expect("a job").to_owned();
    let name = path.strip_prefix(&format!("{MANAGER}/Oem/Dell/Jobs/")).expect("in the queue").to_owned();
    assert!(name.starts_with("JID_") && name.len() == 16, "{name}");
    let waiting = client.get(&path).await.json();
    assert_eq!((&waiting["JobState"], &waiting["MessageId"]), (&json!("Scheduled"), &json!("JCP001")));
    let task = client.get(&format!("/redfish/v1/TaskService/Tasks/{name}")).await.json();
    assert_eq!(task["TaskState"], "Starting");
    dell.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    dell.settle();
    let over = client.get(&path).await.json();
    assert_eq!((&over["JobState"], &over["PercentComplete"]), (&json!("Completed"), &json!(100)));
    let standard = Rig::new("standard").await;
    let client = standard.admin().await;
    assert_eq!(client.get("/redfish/v1/Managers/BMC/Oem/Dell/Jobs").await.status, 404, "the control");
}

#[tokio::test]
async fn a_job_is_deleted_alone_or_the_queue_with_everybodys() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let mine = client.post(&format!("{PERC}/Volumes"), &mirror("OnReset")).await;
    let mine = mine.header("location").expect("a job").to_owned();
    dell.server.start_job("Somebody else's", 600.0, Origin::Machine).expect("accepted");
    assert_eq!(client.delete(&mine).await.status, 204);
    // As by the service: what is deleted is gone from the queue.
    assert_eq!(client.get(&mine).await.status, 404);
    let open = || dell.server.jobs().into_iter().filter(|job| !job.state.is_final()).count();
    assert_eq!(open(), 1, "the other goes on");
    assert_eq!(dell.server.counters().kind(MutationKind::JobQueueClear), 0);

    let service = format!("{MANAGER}/Oem/Dell/DellJobService");
    let target =
        client.get(&service).await.json()["Actions"]["#DellJobService.DeleteJobQueue"]["target"].clone();
    let target = target.as_str().expect("a target");
    assert_eq!(client.post(target, &json!({})).await.status, 400);
    assert_eq!(client.post(target, &json!({ "JobID": "JID_1" })).await.status, 400);
    assert_eq!(client.post(target, &json!({ "JobID": "JID_CLEARALL" })).await.status, 204);
    assert_eq!(open(), 0);
    assert_eq!(dell.server.counters().kind(MutationKind::JobQueueClear), 1);
    assert_eq!(client.get(&format!("{MANAGER}/Oem/Dell/Jobs")).await.json()["Members@odata.count"], 0);
}

#[tokio::test]
async fn the_lifecycle_log_has_what_was_done() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let logs = client.get(&format!("{MANAGER}/LogServices")).await.json();
    assert_eq!(logs["Members@odata.count"], 2);
    let entries = format!("{MANAGER}/LogServices/Lclog/Entries");
    assert_eq!(client.get(&entries).await.json()["Members@odata.count"], 0);
    client.post(&format!("{PERC}/Volumes"), &mirror("Immediate")).await;
    client.patch(SYSTEM, &json!({ "IndicatorLED": "Blinking" })).await;
    let log = client.get(&entries).await.json();
    assert_eq!(log["Members@odata.count"], 2);
    assert!(log["Members"][0]["Message"].as_str().is_some_and(|text| text.contains("Identify")), "{log}");
    let first = log["Members"][1]["@odata.id"].as_str().expect("a path");
    assert_eq!(client.get(first).await.json()["Message"], log["Members"][1]["Message"]);
}

#[tokio::test]
async fn foreign_drives_are_shown_and_cleared() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    dell.server.make_foreign(&dell.server.spec().drives[1].serial).expect("a drive");
    assert_eq!((status(&client, 0).await, status(&client, 1).await), (json!("Ready"), json!("Foreign")));
    assert_eq!(client.post(&format!("{PERC}/Volumes"), &mirror("Immediate")).await.status, 409);
    assert_eq!(raid(&client, "ClearForeignConfig", &json!({})).await.status, 400);
    assert_eq!(raid(&client, "ClearForeignConfig", &json!({ "TargetFQDD": "RAID.9" })).await.status, 400);
    let all = json!({ "TargetFQDD": "RAID.SL.3-1" });
    assert_eq!(raid(&client, "ClearForeignConfig", &all).await.status, 202);
    dell.advance(30);
    assert_eq!(status(&client, 1).await, "Ready");
    assert_eq!(raid(&client, "ClearForeignConfig", &all).await.status, 409, "there is none");
    assert_eq!(client.post(&format!("{PERC}/Volumes"), &mirror("Immediate")).await.status, 202);
    assert_eq!(raid(&client, "Explode", &json!({})).await.status, 404);
}

#[tokio::test]
async fn drives_are_converted_and_made_spares_by_name() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    assert_eq!(raid(&client, "ConvertToNonRAID", &json!({ "PDArray": [drive(0)] })).await.status, 202);
    dell.advance(30);
    assert_eq!(status(&client, 0).await, "NonRAID");
    assert_eq!(client.post(&format!("{PERC}/Volumes"), &mirror("Immediate")).await.status, 409);
    assert_eq!(raid(&client, "ConvertToNonRAID", &json!({ "PDArray": [drive(0)] })).await.status, 409);
    assert_eq!(raid(&client, "ConvertToRAID", &json!({ "PDArray": [drive(0)] })).await.status, 202);
    dell.advance(30);
    assert_eq!(status(&client, 0).await, "Ready");
    assert_eq!(raid(&client, "AssignSpare", &json!({ "TargetFQDD": drive(2) })).await.status, 202);
    dell.advance(30);
    let spare = format!("{PERC}/Drives/{}", drive(2));
    assert_eq!(client.get(&spare).await.json()["HotspareType"], "Global");
    assert_eq!(raid(&client, "UnassignSpare", &json!({ "TargetFQDD": drive(2) })).await.status, 202);
    dell.advance(30);
    assert_eq!(client.get(&spare).await.json()["HotspareType"], "None");
    let no_volume = json!({ "TargetFQDD": drive(2), "VirtualDiskArray": ["Disk.Virtual.9:RAID.SL.3-1"] });
    assert_eq!(raid(&client, "AssignSpare", &no_volume).await.status, 400);
}

#[tokio::test]
async fn the_mode_of_a_controller_is_staged_in_its_settings() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let controller = format!("{PERC}/Controllers/RAID.SL.3-1");
    let modes = |document: Value| {
        let oem = document["Oem"]["Dell"]["DellStorageController"].clone();
        (oem["ControllerMode"].clone(), oem["CurrentControllerMode"].clone())
    };
    let settings =
        client.get(&controller).await.json()["@Redfish.Settings"]["SettingsObject"]["@odata.id"].clone();
    let settings = settings.as_str().expect("settings").to_owned();
    let body = |mode: &str| {
        json!({
            "@Redfish.SettingsApplyTime": { "ApplyTime": "OnReset" },
            "Oem": { "Dell": { "DellStorageController": { "ControllerMode": mode } } },
        })
    };
    assert_eq!(client.patch(&settings, &body("Toaster")).await.status, 400);
    assert_eq!(client.patch(&settings, &json!({ "Name": "x" })).await.status, 400);
    assert_eq!(client.patch(&settings, &body("HBA")).await.status, 202);
    assert_eq!(modes(client.get(&controller).await.json()), (json!("HBA"), json!("RAID")));
    dell.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    dell.settle();
    assert_eq!(modes(client.get(&controller).await.json()), (json!("HBA"), json!("HBA")));
    assert_eq!(status(&client, 0).await, "NonRAID");
}

const VOLUMES: &str = "/redfish/v1/Systems/1/Storage/1/Volumes";

fn standard_mirror(apply: &str) -> Value {
    let link =
        |number| json!({ "@odata.id": format!("/redfish/v1/Systems/1/Storage/1/Drives/Drive{number}") });
    json!({ "RAIDType": "RAID1", "Links": { "Drives": [link(3), link(4)] }, "@Redfish.OperationApplyTime": apply })
}

#[tokio::test]
async fn q14a_a_volume_is_deleted_only_when_the_lifecycle_controller_is_ready() {
    for (quirks, status) in [(&[Quirk::DeleteNeedsReady][..], 400), (&[], 202)] {
        let rig = Rig::quirky(quirks).await;
        let client = rig.admin().await;
        client.post(VOLUMES, &standard_mirror("Immediate")).await;
        rig.advance(20);
        rig.server.reset_bmc(Origin::Test).expect("accepted");
        rig.advance(5);
        let client = rig.admin().await;
        let volume = format!("{VOLUMES}/1");
        assert_eq!(client.delete(&volume).await.status, status);
        if status == 400 {
            let target = "/redfish/v1/Managers/BMC/Oem/Dell/DellLCService/Actions/DellLCService.GetRemoteServicesAPIStatus";
            assert_eq!(client.post(target, &json!({})).await.json()["LCStatus"], "NotReady");
            rig.advance(30);
            let ready = client.post(target, &json!({})).await.json();
            assert_eq!(
                (&ready["LCStatus"], &ready["RTStatus"], &ready["Status"]),
                (&json!("Ready"), &json!("Ready"), &json!("Ready"))
            );
            assert_eq!(client.delete(&volume).await.status, 202);
        }
        rig.advance(20);
        assert!(rig.server.storage().volumes.is_empty());
    }
}

#[tokio::test]
async fn q14b_storage_works_at_once_only_past_the_self_test() {
    for (quirks, status) in [(&[Quirk::NeedsRealTime][..], 400), (&[], 202)] {
        let rig = Rig::quirky(quirks).await;
        let client = rig.admin().await;
        rig.server.place(false);
        assert_eq!(client.post(VOLUMES, &standard_mirror("Immediate")).await.status, status);
        if status == 400 {
            assert_eq!(rig.server.counters().mutations(), 0);
            assert_eq!(client.post(VOLUMES, &standard_mirror("OnReset")).await.status, 202, "that may wait");
            rig.server.cancel_job(rig.server.jobs()[0].id, Origin::Test).expect("it waits");
            rig.server.place(true);
            assert_eq!(client.post(VOLUMES, &standard_mirror("Immediate")).await.status, 202);
            assert_eq!(rig.server.jobs()[0].state, JobState::Cancelled);
        }
    }
}
