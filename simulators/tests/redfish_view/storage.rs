//! Volumes over Redfish: made, read, emptied and deleted as jobs; and everything that is refused.

use serde_json::{Value, json};
use underlay_simulators::plant::{MutationKind, Origin, PowerAction};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const STORAGE: &str = "/redfish/v1/Systems/1/Storage/1";
const VOLUMES: &str = "/redfish/v1/Systems/1/Storage/1/Volumes";
const GIB: u64 = 1 << 30;

/// References to drives of the standard machine: 1 and 2 are NVMe, 3 to 6 are large SAS disks.
fn drives(numbers: &[u32]) -> Value {
    let link = |number: &u32| json!({ "@odata.id": format!("{STORAGE}/Drives/Drive{number}") });
    numbers.iter().map(link).collect::<Vec<_>>().into()
}

fn volume(level: &str, numbers: &[u32]) -> Value {
    json!({ "RAIDType": level, "Links": { "Drives": drives(numbers) } })
}

/// Makes a volume and waits for it; its path.
async fn make(rig: &Rig, client: &Client, body: &Value) -> String {
    let accepted = client.post(VOLUMES, body).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    rig.advance(60);
    let members = client.get(VOLUMES).await.json()["Members"].clone();
    let last = members.as_array().and_then(|members| members.last()).expect("a volume").clone();
    last["@odata.id"].as_str().expect("a path").to_owned()
}

async fn refused(client: &Client, body: &Value) -> (u16, String) {
    let reply = client.post(VOLUMES, body).await;
    (reply.status, reply.message().replace("Base.1.18.", ""))
}

#[tokio::test]
async fn a_volume_is_made_by_a_job_that_tells_its_progress() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut body = volume("RAID1", &[3, 4]);
    body["DisplayName"] = "os".into();
    let accepted = client.post(VOLUMES, &body).await;
    assert_eq!(accepted.status, 202);
    let monitor = accepted.header("location").expect("a monitor").to_owned();
    let task = accepted.json()["@odata.id"].as_str().expect("a task").to_owned();
    assert_eq!(client.get(VOLUMES).await.json()["Members@odata.count"], 0, "a job under way is no volume");
    rig.advance(4);
    let half = client.get(&task).await.json();
    assert_eq!((&half["TaskState"], &half["PercentComplete"]), (&json!("Running"), &json!(50)));
    assert_eq!(client.get(&monitor).await.status, 202);
    rig.advance(5);
    assert_eq!(client.get(&task).await.json()["TaskState"], "Completed");
    assert_eq!(client.get(&monitor).await.status, 200);

    let path = format!("{VOLUMES}/1");
    let made = client.get(&path).await.json();
    assert_eq!((&made["RAIDType"], &made["DisplayName"]), (&json!("RAID1"), &json!("os")));
    assert_eq!(made["Links"]["Drives"], drives(&[3, 4]));
    let bytes = made["CapacityBytes"].as_u64().expect("a size");
    let drive = client.get(&format!("{STORAGE}/Drives/Drive3")).await.json();
    let each = drive["CapacityBytes"].as_u64().expect("a size");
    assert!(bytes < each && bytes > each - GIB, "the controller keeps something for itself: {bytes}");
    assert_eq!(drive["Links"]["Volumes"][0]["@odata.id"], path.as_str());
    assert_eq!(made["Identifiers"][0]["DurableNameFormat"], "NAA");
    assert_eq!(made["Identifiers"][0]["DurableName"].as_str().map(str::len), Some(32));
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Storage), 1);

    assert_eq!(client.delete(&path).await.status, 202);
    assert_eq!(client.get(&path).await.json()["Operations"][0]["OperationName"], "Delete");
    rig.advance(10);
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(client.get(&format!("{STORAGE}/Drives/Drive3")).await.json()["Links"]["Volumes"], json!([]));
    assert_eq!(client.delete(&path).await.status, 404);
}

#[tokio::test]
async fn size_strip_name_and_encryption_are_as_asked() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let mut body = volume("RAID5", &[3, 4, 5]);
    body["CapacityBytes"] = (100 * GIB).into();
    body["StripSizeBytes"] = (64 * 1024).into();
    body["Encrypted"] = true.into();
    body["Links"]["DedicatedSpareDrives"] = drives(&[6]);
    let made = client.get(&make(&rig, &client, &body).await).await.json();
    assert_eq!(made["CapacityBytes"], 100 * GIB);
    assert_eq!(made["StripSizeBytes"], 64 * 1024);
    assert_eq!(
        (&made["Encrypted"], &made["EncryptionTypes"][0]),
        (&json!(true), &json!("ControllerAssisted"))
    );
    assert_eq!(made["Links"]["DedicatedSpareDrives"], drives(&[6]));
    let spare = client.get(&format!("{STORAGE}/Drives/Drive6")).await.json();
    assert_eq!(
        (&spare["HotspareType"], &spare["Status"]["State"]),
        (&json!("Dedicated"), &json!("StandbySpare"))
    );
    let old = json!({ "VolumeType": "Mirrored", "Links": { "Drives": drives(&[1, 2]) } });
    assert_eq!(client.get(&make(&rig, &client, &old).await).await.json()["RAIDType"], "RAID1");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name_and_nothing_is_made() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let with = |level: &str, numbers: &[u32], name: &str, value: Value| {
        let mut body = volume(level, numbers);
        body[name] = value;
        body
    };
    let large = with("RAID1", &[3, 4], "CapacityBytes", json!(4_000_000_000_000_u64));
    let mut elsewhere = volume("RAID1", &[3, 4]);
    elsewhere["Links"]["Drives"][1]["@odata.id"] = "/redfish/v1/Systems/1/Storage/1/Drives/Drive99".into();
    for (body, message) in [
        (large, "PropertyValueOutOfRange"),
        (with("RAID1", &[3, 4], "CapacityBytes", json!(1)), "PropertyValueOutOfRange"),
        (with("RAID1", &[3, 4], "CapacityBytes", json!("all")), "PropertyValueTypeError"),
        (with("RAID1", &[3, 4], "StripSizeBytes", json!(3000)), "PropertyValueNotInList"),
        (with("RAID1", &[3, 4], "Colour", json!("red")), "PropertyUnknown"),
        (with("RAID1", &[3, 4], "DisplayName", json!("")), "PropertyValueFormatError"),
        (with("RAID1", &[3, 4], "@Redfish.OperationApplyTime", json!("Never")), "PropertyValueNotInList"),
        (with("RAID1", &[3, 4], "VolumeType", json!("NonRedundant")), "PropertyValueConflict"),
        (volume("RAID5", &[3, 4]), "PropertyValueConflict"),
        (volume("RAID10", &[3, 4, 5]), "PropertyValueConflict"),
        (volume("RAID50", &[3, 4, 5, 6]), "PropertyValueNotInList"),
        (volume("RAID7", &[3, 4]), "PropertyValueNotInList"),
        (volume("RAID1", &[1, 3]), "PropertyValueConflict"),
        (volume("RAID1", &[3, 3]), "PropertyValueConflict"),
        (elsewhere, "ResourceMissingAtURI"),
        (json!({ "RAIDType": "RAID1" }), "CreateFailedMissingReqProperties"),
        (json!({ "Links": { "Drives": drives(&[3]) } }), "CreateFailedMissingReqProperties"),
    ] {
        assert_eq!(refused(&client, &body).await, (400, message.to_owned()), "{body}");
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    assert!(rig.server.jobs().is_empty());
    make(&rig, &client, &volume("RAID1", &[3, 4])).await;
    assert_eq!(
        refused(&client, &volume("RAID0", &[4])).await,
        (409, "PropertyValueResourceConflict".to_owned())
    );
    let viewer = rig.session("viewer").await;
    assert_eq!(viewer.post(VOLUMES, &volume("RAID0", &[5])).await.status, 403);
}

#[tokio::test]
async fn a_job_claims_its_drives_and_its_volume() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(client.post(VOLUMES, &volume("RAID1", &[3, 4])).await.status, 202);
    assert_eq!(
        refused(&client, &volume("RAID1", &[4, 5])).await,
        (409, "PropertyValueResourceConflict".to_owned())
    );
    assert_eq!(client.post(VOLUMES, &volume("RAID1", &[5, 6])).await.status, 202, "others are free");
    rig.advance(30);
    let path = format!("{VOLUMES}/1");
    assert_eq!(client.delete(&path).await.status, 202);
    assert_eq!(client.delete(&path).await.status, 409);
}

#[tokio::test]
async fn work_for_the_next_reset_waits_and_says_so() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let support = client.get(VOLUMES).await.json()["@Redfish.OperationApplyTimeSupport"].clone();
    assert_eq!(support["SupportedValues"], json!(["Immediate", "OnReset"]));
    let mut body = volume("RAID1", &[3, 4]);
    body["@Redfish.OperationApplyTime"] = "OnReset".into();
    let accepted = client.post(VOLUMES, &body).await;
    assert_eq!(accepted.status, 202);
    let task = accepted.json()["@odata.id"].as_str().expect("a task").to_owned();
    rig.advance(1200);
    let waiting = client.get(&task).await.json();
    assert_eq!(waiting["TaskState"], "Pending");
    assert_eq!(waiting["Messages"][0]["MessageId"], "Base.1.18.ResetRequired");
    assert_eq!(client.get(VOLUMES).await.json()["Members@odata.count"], 0);
    rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    rig.settle();
    assert_eq!(client.get(&task).await.json()["TaskState"], "Completed");
    assert_eq!(client.get(VOLUMES).await.json()["Members@odata.count"], 1);
}

#[tokio::test]
async fn a_volume_is_emptied_fast_or_slowly() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let path = make(&rig, &client, &volume("RAID1", &[3, 4])).await;
    let action = client.get(&path).await.json()["Actions"]["#Volume.Initialize"].clone();
    assert_eq!(action["InitializeType@Redfish.AllowableValues"], json!(["Fast", "Slow"]));
    let target = action["target"].as_str().expect("a target").to_owned();
    assert_eq!(client.post(&target, &json!({ "InitializeType": "Slow" })).await.status, 202);
    rig.advance(60);
    let operation = client.get(&path).await.json()["Operations"][0].clone();
    assert_eq!(
        (&operation["OperationName"], &operation["PercentageComplete"]),
        (&json!("Initialize"), &json!(50))
    );
    assert_eq!(client.post(&target, &json!({ "InitializeType": "Fast" })).await.status, 409, "one at a time");
    rig.advance(90);
    assert_eq!(client.get(&path).await.json()["Operations"], json!([]));
    assert_eq!(client.post(&target, &json!({ "InitializeType": "Backwards" })).await.status, 400);
    assert_eq!(client.post(&target, &json!({})).await.status, 400);
    assert_eq!(client.post(&format!("{VOLUMES}/9/Actions/Volume.Initialize"), &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_pulled_drive_is_gone_a_spare_steps_in_and_it_comes_back_foreign() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let path = make(&rig, &client, &volume("RAID1", &[3, 4])).await;
    let spare = format!("{STORAGE}/Drives/Drive5");
    assert_eq!(client.patch(&spare, &json!({ "HotspareType": "Global" })).await.status, 200);
    assert_eq!(client.get(&spare).await.json()["HotspareType"], "Global");
    let serial = rig.server.spec().drives[2].serial.clone();
    rig.server.pull_drive(&serial).expect("a drive");
    assert_eq!(client.get(&format!("{STORAGE}/Drives/Drive3")).await.status, 404);
    assert_eq!(client.get(STORAGE).await.json()["Drives@odata.count"], 5);
    let degraded = client.get(&path).await.json();
    assert_eq!(degraded["Status"]["Health"], "Warning");
    assert_eq!(degraded["Operations"][0]["OperationName"], "Rebuild");
    rig.advance(90);
    let rebuilding = client.get(&spare).await.json()["Operations"][0].clone();
    assert_eq!(rebuilding["PercentageComplete"], 50);
    rig.advance(120);
    let healed = client.get(&path).await.json();
    assert_eq!((&healed["Status"]["Health"], &healed["Links"]["Drives"]), (&json!("OK"), &drives(&[5, 4])));
    rig.server.insert_drive(&serial).expect("a drive");
    assert_eq!(client.get(&format!("{STORAGE}/Drives/Drive3")).await.status, 200);
    let taken = refused(&client, &volume("RAID0", &[3])).await;
    assert_eq!(taken, (409, "PropertyValueResourceConflict".to_owned()), "foreign is not free");
}

#[tokio::test]
async fn without_redundancy_a_pulled_drive_loses_the_volume() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let path = make(&rig, &client, &volume("RAID0", &[3, 4])).await;
    rig.server.pull_drive(&rig.server.spec().drives[2].serial).expect("a drive");
    let lost = client.get(&path).await.json();
    assert_eq!((&lost["Status"]["Health"], &lost["Operations"]), (&json!("Critical"), &json!([])));
    assert_eq!(client.get(STORAGE).await.json()["Status"]["HealthRollup"], "Critical");
}

#[tokio::test]
async fn spares_are_set_and_freed_and_members_are_none() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let path = make(&rig, &client, &volume("RAID1", &[3, 4])).await;
    let spares = |numbers: &[u32]| json!({ "Links": { "DedicatedSpareDrives": drives(numbers) } });
    assert_eq!(client.patch(&path, &spares(&[5, 6])).await.status, 200);
    assert_eq!(client.get(&path).await.json()["Links"]["DedicatedSpareDrives"], drives(&[5, 6]));
    assert_eq!(client.patch(&path, &spares(&[6])).await.status, 200);
    assert_eq!(client.get(&format!("{STORAGE}/Drives/Drive5")).await.json()["HotspareType"], "None");
    assert_eq!(client.patch(&path, &spares(&[1])).await.status, 400, "of another kind");
    let member = format!("{STORAGE}/Drives/Drive3");
    let refused = client.patch(&member, &json!({ "HotspareType": "Global" })).await;
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (400, "Base.1.18.PropertyValueResourceConflict")
    );
    assert_eq!(client.patch(&member, &json!({ "HotspareType": "Chassis" })).await.status, 400);
    assert_eq!(
        client.patch(&member, &json!({ "Model": "x" })).await.message(),
        "Base.1.18.PropertyNotWritable"
    );
    let free = format!("{STORAGE}/Drives/Drive6");
    assert_eq!(client.patch(&free, &json!({ "HotspareType": "None" })).await.status, 200);
    assert_eq!(client.get(&path).await.json()["Links"]["DedicatedSpareDrives"], json!([]));
}

fn allow(reply: &Reply) -> String {
    reply.header("allow").unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_controller_that_makes_no_volumes_takes_no_orders() {
    let ilo = Rig::new("hpe-ilo5").await;
    let client = ilo.admin().await;
    let storage = "/redfish/v1/Systems/1/Storage/DE00A000";
    let volumes = client.get(&format!("{storage}/Volumes")).await;
    assert_eq!((volumes.status, allow(&volumes).as_str()), (200, "GET, HEAD"));
    assert!(volumes.json().get("@Redfish.OperationApplyTimeSupport").is_none());
    let body = json!({ "RAIDType": "RAID0", "Links": { "Drives": [{ "@odata.id": format!("{storage}/Drives/0") }] } });
    assert_eq!(client.post(&format!("{storage}/Volumes"), &body).await.status, 405);
    assert_eq!(
        client.patch(&format!("{storage}/Drives/0"), &json!({ "HotspareType": "Global" })).await.status,
        405
    );
    let plain = Rig::new("openbmc").await;
    let client = plain.admin().await;
    let storage = client.get("/redfish/v1/Systems/system/Storage/1").await.json();
    assert!(storage.get("Volumes").is_none(), "it passes its drives through");
    assert_eq!(allow(&Rig::new("standard").await.admin().await.get(VOLUMES).await), "GET, HEAD, POST");
}

#[tokio::test]
async fn each_controller_has_its_own_drives_and_its_own_ways() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let boss = "/redfish/v1/Systems/System.Embedded.1/Storage/BOSS.SL.12-1";
    let storage = client.get(boss).await.json();
    assert_eq!(storage["Drives@odata.count"], 2);
    assert_eq!(storage["StorageControllers"][0]["SupportedRAIDTypes"], json!(["RAID1"]));
    let volumes = format!("{boss}/Volumes");
    let mut body = json!({ "RAIDType": "RAID1", "Links": { "Drives": storage["Drives"] } });
    body["@Redfish.OperationApplyTime"] = "Immediate".into();
    assert_eq!(client.post(&volumes, &body).await.status, 400, "it only works at a reset");
    body["@Redfish.OperationApplyTime"] = "OnReset".into();
    assert_eq!(client.post(&volumes, &body).await.status, 202);
    let perc = client.get("/redfish/v1/Systems/System.Embedded.1/Storage/RAID.SL.3-1").await.json();
    let mixed = json!({ "RAIDType": "RAID0", "Links": { "Drives": [perc["Drives"][0]] } });
    assert_eq!(client.post(&volumes, &mixed).await.status, 400, "a drive behind another controller");
    dell.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    dell.settle();
    let made = client.get(&volumes).await.json()["Members"][0]["@odata.id"].clone();
    assert_eq!(made, format!("{volumes}/Disk.Virtual.1:BOSS.SL.12-1"));
}

#[tokio::test]
async fn q32c_a_new_volume_shows_up_late_and_wants_a_strip_size() {
    let body = |strip: bool| {
        let mut body = volume("RAID1", &[3, 4]);
        if strip {
            body["StripSizeBytes"] = (64 * 1024).into();
        }
        body
    };
    let (with, without) = (Rig::quirky(&[Quirk::LateVolumes]).await, Rig::quirky(&[]).await);
    for (rig, bare, soon) in [(&with, 500, 0), (&without, 202, 1)] {
        let client = rig.admin().await;
        assert_eq!(client.post(VOLUMES, &body(false)).await.status, bare);
        if bare == 500 {
            assert_eq!(rig.server.counters().mutations(), 0);
            assert_eq!(client.post(VOLUMES, &body(true)).await.status, 202);
        }
        rig.advance(20);
        assert_eq!(client.get(VOLUMES).await.json()["Members@odata.count"], soon);
        rig.advance(60);
        assert_eq!(client.get(VOLUMES).await.json()["Members@odata.count"], 1);
    }
}
