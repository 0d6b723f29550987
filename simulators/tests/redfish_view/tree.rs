//! The trees of all personas: every link leads somewhere, every document knows its own name.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::support::{Client, Rig};

// Supermicro's H13 is not among them: without its licence, secure boot is a link that leads to 403.
const PERSONAS: &[&str] = &[
    "standard",
    "dell-idrac9",
    "dell-idrac10",
    "hpe-ilo5",
    "hpe-ilo6",
    "supermicro",
    "lenovo-xcc",
    "ami-megarac",
    "huawei-ibmc",
    "cisco-cimc",
    "openbmc",
    "nvidia-bmc",
];

fn links(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    // Where something is sent to, or streamed from, is no resource.
                    Value::String(_) if name.ends_with("PushUri") || name == "ServerSentEventUri" => {}
                    Value::String(target)
                        if name == "@odata.id" || name.ends_with("Uri") || name == "@Redfish.ActionInfo" =>
                    {
                        out.push(target.clone());
                    }
                    // Firmware settings have whatever names their vendor likes, and are no links.
                    _ if name == "Attributes" => {}
                    other => links(other, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| links(item, out)),
        _ => {}
    }
}

async fn crawl(client: &Client) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut queue = VecDeque::from(["/redfish/v1/".to_owned()]);
    while let Some(path) = queue.pop_front() {
        let path = path.split('#').next().unwrap_or_default().to_owned();
        if found.contains_key(&path) {
            continue;
        }
        assert!(found.len() < 1000, "the tree has no end");
        let reply = client.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        let document = reply.json();
        let mut targets = Vec::new();
        links(&document, &mut targets);
        queue.extend(targets);
        found.insert(path, document);
    }
    found
}

#[tokio::test]
async fn every_link_of_every_persona_leads_to_a_document_of_that_name() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let tree = crawl(&rig.admin().await).await;
        for (path, document) in &tree {
            if let Some(id) = document.get("@odata.id") {
                assert_eq!(id, path, "{persona}");
            }
            if let Some(members) = document["Members"].as_array() {
                assert_eq!(document["Members@odata.count"], members.len(), "{persona} {path}");
            }
        }
        let has = |part: &str| tree.keys().any(|path| path.contains(part));
        for part in [
            "/Processors/",
            "/Memory/",
            "/EthernetInterfaces/",
            "/NetworkAdapters/",
            "/Drives/",
            "/LogServices/",
        ] {
            assert!(has(part), "{persona} has no {part}");
        }
        assert_eq!(has("/Thermal"), has("/Power"), "{persona}");
        assert!(tree.len() > 50, "{persona}: {}", tree.len());
    }
}

#[tokio::test]
async fn inventory_is_the_plants() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let path = rig.system(&client).await;
        let system = client.get(&path).await.json();
        let spec = rig.server.spec();
        assert_eq!(system["SerialNumber"], spec.serial.as_str());
        assert_eq!(system["UUID"], spec.uuid_text());
        assert_eq!(system["MemorySummary"]["TotalSystemMemoryGiB"], spec.memory_gib());
        let count = |collection: Value| collection["Members@odata.count"].clone();
        assert_eq!(count(client.get(&format!("{path}/Processors")).await.json()), spec.processors.count);
        assert_eq!(count(client.get(&format!("{path}/Memory")).await.json()), spec.memory.count);
        assert_eq!(count(client.get(&format!("{path}/EthernetInterfaces")).await.json()), spec.nics.len());
        let storage = client.get(&format!("{path}/Storage?$expand=.")).await.json();
        let members = storage["Members"].as_array().expect("subsystems");
        let drives = members.iter().filter_map(|member| member["Drives@odata.count"].as_u64());
        assert_eq!(drives.sum::<u64>(), spec.drives.len() as u64, "{persona}");
        assert_eq!(members.len(), spec.controllers.len().max(1), "{persona}");
    }
}

#[tokio::test]
async fn personas_differ_as_their_models_do() {
    let look = |persona: &'static str| async move {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let root = client.get("/redfish/v1/").await.json();
        let path = rig.system(&client).await;
        (root, client.get(&path).await.json(), path)
    };
    let (root, system, path) = look("dell-idrac9").await;
    assert_eq!(path, "/redfish/v1/Systems/System.Embedded.1");
    assert_eq!(root["Oem"]["Dell"]["ServiceTag"], system["SerialNumber"]);
    let (_, system, _) = look("hpe-ilo5").await;
    assert_eq!(system["Oem"]["Hpe"]["PostState"], "FinishedPost");
    assert!(system.get("BootProgress").is_none() && system.get("LastResetTime").is_none());
    let (root, system, _) = look("supermicro").await;
    assert!(root.get("Vendor").is_none() && root["Oem"]["Supermicro"].is_object());
    let action = &system["Actions"]["#ComputerSystem.Reset"];
    assert!(
        action["@Redfish.ActionInfo"].is_string()
            && action.get("ResetType@Redfish.AllowableValues").is_none()
    );
    let (_, system, path) = look("openbmc").await;
    assert_eq!(path, "/redfish/v1/Systems/system");
    assert!(system["LastResetTime"].is_string());
}
