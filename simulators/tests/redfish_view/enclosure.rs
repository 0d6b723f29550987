//! One service for four machines: each has a system of its own, and nothing of one is another's.

use serde_json::{Value, json};
use underlay_conformance::Truth;
use underlay_hal::{PowerState as HalPower, SlotId};
use underlay_simulators::ServerTruth;
use underlay_simulators::plant::{
    ImageInfo, JobState, Origin, Part, PowerAction, PowerState, Server, firmware,
};

use super::firmware::upload;
use super::receiver::Reader;
use super::support::{Client, Rig};

const NODES: [&str; 4] = ["Node1", "Node2", "Node3", "Node4"];

fn nodes(rig: &Rig) -> Vec<Server> {
    rig.server.enclosure()
}

fn power(rig: &Rig) -> Vec<PowerState> {
    nodes(rig).iter().map(|node| node.snapshot().power).collect()
}

fn links(value: &Value) -> Vec<&str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(|link| link["@odata.id"].as_str()?.rsplit('/').next()).collect()
}

async fn members(client: &Client, path: &str) -> Vec<String> {
    let collection = client.get(path).await.json();
    links(&collection["Members"]).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_machine_has_a_system_and_a_chassis_in_the_enclosure() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    assert_eq!(members(&client, "/redfish/v1/Systems").await, NODES);
    let chassis = ["Enclosure", "Node1", "Node2", "Node3", "Node4"];
    assert_eq!(members(&client, "/redfish/v1/Chassis").await, chassis);
    assert_eq!(members(&client, "/redfish/v1/Managers").await.len(), 1);
    for (node, server) in NODES.iter().zip(nodes(&rig)) {
        let system = client.get(&format!("/redfish/v1/Systems/{node}")).await.json();
        assert_eq!((&system["Id"], &system["SerialNumber"]), (&json!(node), &json!(server.spec().serial)));
        assert_eq!(system["UUID"], server.spec().uuid_text());
        assert_eq!(links(&system["Links"]["Chassis"]), [*node]);
        let sled = client.get(&format!("/redfish/v1/Chassis/{node}")).await.json();
        assert_eq!(sled["ChassisType"], "Sled");
        assert_eq!(sled["Location"]["PartLocation"]["ServiceLabel"], *node);
        assert_eq!(links(&sled["Links"]["ContainedBy"]), ["Enclosure"]);
        assert_eq!(links(&sled["Links"]["ComputerSystems"]), [*node]);
        assert!(sled.get("PowerSubsystem").is_none());
        assert_eq!(client.get(&format!("/redfish/v1/Chassis/{node}/PowerSubsystem")).await.status, 404);
    }
    let path = "/redfish/v1/Chassis/Enclosure";
    let enclosure = client.get(path).await.json();
    assert_eq!(
        (&enclosure["ChassisType"], &enclosure["Model"]),
        (&json!("Enclosure"), &json!("Standard Quad"))
    );
    assert_eq!(links(&enclosure["Links"]["Contains"]), NODES);
    assert_eq!(links(&enclosure["Links"]["ComputerSystems"]), NODES);
    assert_eq!(members(&client, &format!("{path}/PowerSubsystem/PowerSupplies")).await, ["PSU1", "PSU2"]);
    let refused = client.patch(path, &json!({ "LocationIndicatorActive": true })).await;
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    let manager = client.get("/redfish/v1/Managers/BMC").await.json();
    assert_eq!(links(&manager["Links"]["ManagerForServers"]), NODES);
    assert_eq!(links(&manager["Links"]["ManagerForChassis"]), chassis);
    assert_eq!(links(&manager["Links"]["ManagerInChassis"]), ["Enclosure"]);
    let expanded = client.get("/redfish/v1/Systems?$expand=.").await.json();
    let serials =
        expanded["Members"].as_array().expect("members").iter().map(|one| one["SerialNumber"].clone());
    let real: Vec<Value> = nodes(&rig).iter().map(|node| node.spec().serial.clone().into()).collect();
    assert_eq!(serials.collect::<Vec<_>>(), real);
    for unknown in ["/redfish/v1/Systems/Node5", "/redfish/v1/Systems/1", "/redfish/v1/Chassis/Node0"] {
        assert_eq!(client.get(unknown).await.status, 404, "{unknown}");
    }
    // The control stands alone.
    let alone = Rig::new("standard").await;
    let client = alone.admin().await;
    let chassis = client.get("/redfish/v1/Chassis/1").await.json();
    assert!(chassis["Links"].get("ContainedBy").is_none() && chassis.get("PowerSubsystem").is_some());
    assert_eq!(client.get("/redfish/v1/Chassis/Enclosure").await.status, 404);
}

#[tokio::test]
async fn what_is_written_to_one_is_written_to_no_other() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    let reset = "/redfish/v1/Systems/Node3/Actions/ComputerSystem.Reset";
    assert_eq!(client.post(reset, &json!({ "ResetType": "ForceOff" })).await.status, 204);
    rig.advance(5);
    let on = PowerState::On;
    assert_eq!(power(&rig), [on, on, PowerState::Off, on]);
    assert_eq!(client.get("/redfish/v1/Systems/Node3").await.json()["PowerState"], "Off");
    assert_eq!(client.get("/redfish/v1/Chassis/Node4").await.json()["PowerState"], "On");

    let boot = json!({ "Boot": { "BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once" } });
    let patched = client.patch("/redfish/v1/Systems/Node2", &boot).await;
    assert_eq!((patched.status, &patched.json()["Id"]), (200, &json!("Node2")));
    let light = json!({ "LocationIndicatorActive": true });
    assert_eq!(client.patch("/redfish/v1/Chassis/Node4", &light).await.status, 200);
    let settings = "/redfish/v1/Systems/Node2/Bios/Settings";
    let staged = client.patch(settings, &json!({ "Attributes": { "ProcTurboMode": "Disabled" } })).await;
    assert_eq!(staged.status, 200, "{}", staged.text());
    let medium = json!({ "Image": "http://127.0.0.1/a.iso" });
    let insert = "/redfish/v1/Systems/Node4/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia";
    assert_eq!(client.post(insert, &medium).await.status, 204);
    let overridden: Vec<bool> =
        nodes(&rig).iter().map(|node| node.snapshot().boot_override.is_some()).collect();
    assert_eq!(overridden, [false, true, false, false]);
    let mut lit = Vec::new();
    for node in NODES {
        lit.push(
            client.get(&format!("/redfish/v1/Systems/{node}")).await.json()["LocationIndicatorActive"]
                .clone(),
        );
    }
    assert_eq!(lit, [json!(false), json!(false), json!(false), json!(true)]);
    let waiting: Vec<usize> =
        nodes(&rig).iter().map(|node| node.bios().expect("settings").pending.len()).collect();
    assert_eq!(waiting, [0, 1, 0, 0]);
    let inserted: Vec<usize> = nodes(&rig)
        .iter()
        .map(|node| node.media().iter().filter(|slot| slot.medium.is_some()).count())
        .collect();
    assert_eq!(inserted, [0, 0, 0, 1]);
    // Each has a log of its own.
    let entries = |node: &str| format!("/redfish/v1/Systems/{node}/LogServices/EventLog/Entries");
    assert_eq!(client.get(&entries("Node3")).await.json()["Members@odata.count"], 1);
    assert_eq!(client.get(&entries("Node2")).await.json()["Members@odata.count"], 0);
}

#[tokio::test]
async fn the_controller_lists_the_tasks_of_all() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    let mut tasks = Vec::new();
    for node in ["Node2", "Node3"] {
        let storage = format!("/redfish/v1/Systems/{node}/Storage/1");
        let drives = [1, 2].map(|number| json!({ "@odata.id": format!("{storage}/Drives/Drive{number}") }));
        let body = json!({ "RAIDType": "RAID1", "Links": { "Drives": drives } });
        let accepted = client.post(&format!("{storage}/Volumes"), &body).await;
        assert_eq!(accepted.status, 202, "{}", accepted.text());
        tasks.push(accepted.json()["@odata.id"].as_str().expect("a task").to_owned());
    }
    let listed = client.get("/redfish/v1/TaskService/Tasks").await.json();
    let paths: Vec<_> =
        listed["Members"].as_array().expect("tasks").iter().map(|task| task["@odata.id"].clone()).collect();
    assert_eq!(paths, tasks);
    assert_eq!(client.delete(&tasks[1]).await.status, 204);
    let state = |at: usize| nodes(&rig)[at].jobs()[0].state;
    assert_eq!((state(1), state(2)), (JobState::Running, JobState::Cancelled));
    rig.advance(60);
    assert_eq!(client.get(&tasks[0]).await.json()["TaskState"], "Completed");
    let volumes = |node: &str| format!("/redfish/v1/Systems/{node}/Storage/1/Volumes");
    assert_eq!(client.get(&volumes("Node2")).await.json()["Members@odata.count"], 1);
    assert_eq!(client.get(&volumes("Node3")).await.json()["Members@odata.count"], 0);

    // What waits says whose reset it waits for.
    let settings = "/redfish/v1/Systems/Node4/Bios/Settings";
    client.patch(settings, &json!({ "Attributes": { "ProcTurboMode": "Disabled" } })).await;
    let job = nodes(&rig)[3].jobs()[0].id;
    let task = client.get(&format!("/redfish/v1/TaskService/Tasks/{job}")).await.json();
    let argument = task["Messages"][0]["MessageArgs"][0].as_str().expect("an argument").to_owned();
    assert_eq!(argument, "/redfish/v1/Systems/Node4/Actions/ComputerSystem.Reset");
    assert_eq!(client.post(&argument, &json!({ "ResetType": "ForceRestart" })).await.status, 204);
    rig.settle();
    let client = rig.admin().await;
    let bios = client.get("/redfish/v1/Systems/Node4/Bios").await.json();
    assert_eq!(bios["Attributes"]["ProcTurboMode"], "Disabled");
}

#[tokio::test]
async fn the_controller_tells_the_events_of_all() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    let mut reader = Reader::open(&client, "/redfish/v1/EventService/SSE").await;
    reader.until(": connected").await;
    for node in [2, 0] {
        nodes(&rig)[node].power(PowerAction::ForceOff, Origin::Test).expect("accepted");
        rig.advance(2);
    }
    let events = reader.events(2).await;
    for ((id, event), (number, node)) in events.iter().zip([(1, "Node3"), (2, "Node1")]) {
        let record = &event["Events"][0];
        assert_eq!(*id, number);
        assert_eq!(links(&record["OriginOfCondition"]), [node]);
        let entry = record["LogEntry"]["@odata.id"].as_str().expect("an entry");
        assert!(entry.contains(node), "{entry}");
        assert_eq!(client.get(entry).await.json()["Message"], record["Message"]);
    }
}

#[tokio::test]
async fn firmware_is_that_of_all_and_an_image_goes_to_one() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    let inventory = "/redfish/v1/UpdateService/FirmwareInventory";
    let ids = members(&client, inventory).await;
    for there in ["BMC", "BIOS", "BIOS_Node2", "BIOS_Node4"] {
        assert!(ids.contains(&there.to_owned()), "{there}: {ids:?}");
    }
    assert!(!ids.iter().any(|id| id.starts_with("BMC_") || id.starts_with("PSU1_")), "{ids:?}");
    let entry = client.get(&format!("{inventory}/BIOS_Node2")).await.json();
    assert_eq!(links(&entry["RelatedItem"]), ["Node2"]);
    let supply = client.get(&format!("{inventory}/PSU1")).await.json();
    let related = supply["RelatedItem"][0]["@odata.id"].as_str().expect("a supply").to_owned();
    assert_eq!(client.get(&related).await.status, 200, "{related}");

    let info = ImageInfo { part: Part::Bios, model: "Standard Node".to_owned(), version: "1.1.0".to_owned() };
    let image = firmware::image(&info, &[7; 1000]);
    let target = |id: &str| format!("{inventory}/{id}");
    let both = json!({ "Targets": [target("BIOS_Node2"), target("BIOS_Node3")] });
    assert_eq!(upload(&client, &both, &image).await.status, 400);
    let accepted = upload(&client, &json!({ "Targets": [target("BIOS_Node2")] }), &image).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    rig.advance(60);
    for node in nodes(&rig) {
        node.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
    }
    rig.settle();
    let versions: Vec<String> = nodes(&rig).iter().map(Server::bios_version).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0", "1.0.0", "1.0.0"]);
}

#[tokio::test]
async fn the_back_door_shows_every_slot_and_counts_for_all() {
    let rig = Rig::new("standard-quad").await;
    let client = rig.admin().await;
    let truth = ServerTruth::new(rig.server.clone());
    let other = ServerTruth::new(nodes(&rig)[3].clone());
    let chassis = truth.chassis().expect("an enclosure");
    let slots = || chassis.machines();
    assert_eq!(slots(), NODES.map(|node| (SlotId::from(node.to_owned()), HalPower::On)));
    let before = truth.mutations();
    let reset = "/redfish/v1/Systems/Node4/Actions/ComputerSystem.Reset";
    assert_eq!(client.post(reset, &json!({ "ResetType": "ForceOff" })).await.status, 204);
    rig.advance(5);
    assert_eq!(slots()[3].1, HalPower::Off);
    assert_eq!((truth.mutations(), other.mutations()), (before + 1, before + 1));
    assert_eq!((truth.resets(), other.resets()), (0, 1));
    assert_eq!(other.open_sessions(), truth.open_sessions());
    other.go_silent(true);
    assert!(!rig.server.is_bmc_reachable());
    let alone = Rig::new("standard").await;
    assert!(ServerTruth::new(alone.server.clone()).chassis().is_none());
}
