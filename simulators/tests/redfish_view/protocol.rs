//! HTTP and OData as DSP0266 has them.

use serde_json::json;
use underlay_simulators::redfish::Options;

use super::support::Rig;

const SYSTEM: &str = "/redfish/v1/Systems/1";

#[tokio::test]
async fn the_documents_at_the_entrance() {
    let rig = Rig::new("standard").await;
    let client = rig.client();
    assert_eq!(client.get("/redfish").await.json(), json!({"v1": "/redfish/v1/"}));
    assert_eq!(client.get("/redfish/v1").await.json(), client.get("/redfish/v1/").await.json());
    let odata = client.get("/redfish/v1/odata").await.json();
    assert_eq!(odata["@odata.context"], "/redfish/v1/$metadata");
    let urls: Vec<&str> = odata["value"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["url"].as_str())
        .collect();
    assert!(urls.contains(&"/redfish/v1/Systems") && urls.contains(&"/redfish/v1/"), "{urls:?}");
    let metadata = client.get("/redfish/v1/$metadata").await;
    assert!(metadata.header("content-type").is_some_and(|kind| kind.starts_with("application/xml")));
    assert!(metadata.text().contains("<EntityContainer"));
}

#[tokio::test]
async fn every_answer_has_the_headers_it_needs() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let reply = client.get(SYSTEM).await;
    assert_eq!(reply.header("odata-version"), Some("4.0"));
    assert_eq!(reply.header("allow"), Some("GET, HEAD, PATCH"));
    assert!(reply.header("cache-control").is_some());
    assert_eq!(reply.header("content-type"), Some("application/json;charset=utf-8"));
    assert!(
        reply
            .header("link")
            .is_some_and(|link| link.contains("ComputerSystem.v1_") && link.ends_with("rel=describedby"))
    );
    let head = client.send("HEAD", SYSTEM, b"").await;
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    for name in ["etag", "allow", "link", "content-length"] {
        assert_eq!(head.header(name), reply.header(name), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_says_so() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for path in [
        "/redfish/v1/Nowhere",
        "/redfish/v1/Systems/2",
        "/redfish/v2",
        "/",
        "/redfish/v1/Systems/1/Processors/CPU9",
    ] {
        assert_eq!(client.get(path).await.status, 404, "{path}");
    }
    let reset = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";
    for (method, path, allow) in [
        ("DELETE", SYSTEM, "GET, HEAD, PATCH"),
        ("POST", SYSTEM, "GET, HEAD, PATCH"),
        ("PATCH", "/redfish/v1/AccountService/Roles/Operator", "GET, HEAD"),
        ("POST", "/redfish/v1/AccountService/Accounts/2", "GET, HEAD, PATCH, DELETE"),
        ("GET", reset, "POST"),
        ("DELETE", reset, "POST"),
    ] {
        let reply = client.send(method, path, b"").await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {path}");
    }
    assert_eq!(client.send("TRACE", SYSTEM, b"").await.status, 501);
    assert_eq!(client.send("BREW", SYSTEM, b"").await.status, 501);
}

#[tokio::test]
async fn a_version_or_a_body_that_cannot_be_read_is_refused() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    assert_eq!(client.with("OData-Version", "4.0").get(SYSTEM).await.status, 200);
    assert_eq!(client.with("OData-Version", "4.1").get(SYSTEM).await.status, 412);
    for (body, message) in [
        (&b"{\"Boot\""[..], "MalformedJSON"),
        (b"[1]", "UnrecognizedRequestBody"),
        (b"{}", "EmptyJSON"),
        (b"{\"@odata.id\": \"x\"}", "NoOperation"),
        (b"\xff\xfe", "MalformedJSON"),
    ] {
        let reply = client.send("PATCH", SYSTEM, body).await;
        assert_eq!((reply.status, reply.message()), (400, format!("Base.1.18.{message}")));
    }
    let deep = [b"{\"Boot\":".to_vec(), b"[".repeat(100_000), b"]".repeat(100_000), b"}".to_vec()].concat();
    assert_eq!(client.send("PATCH", SYSTEM, &deep).await.status, 400);
    assert_eq!(
        client.with("Content-Type", "text/plain").send("PATCH", SYSTEM, b"{\"a\": 1}").await.status,
        415
    );
    assert_eq!(client.send("PATCH", SYSTEM, &vec![b' '; (1 << 20) + 1]).await.status, 413);
    assert_eq!(rig.server.counters().mutations(), 0);
}

#[tokio::test]
async fn a_patch_writes_what_is_good_and_names_what_is_not() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let bad = client.patch(SYSTEM, &json!({"Model": "x", "Colour": "red"})).await;
    let messages = bad.json()["error"]["@Message.ExtendedInfo"].clone();
    assert_eq!(bad.status, 400);
    assert_eq!(messages[0]["MessageId"], "Base.1.18.PropertyNotWritable");
    assert_eq!(messages[1]["MessageId"], "Base.1.18.PropertyUnknown");
    assert_eq!(messages[1]["RelatedProperties"][0], "#/Colour");
    assert_eq!(rig.server.counters().mutations(), 0);
    let mixed = client.patch(SYSTEM, &json!({"LocationIndicatorActive": true, "Model": "x"})).await;
    assert_eq!(mixed.status, 200);
    assert_eq!(mixed.json()["LocationIndicatorActive"], true);
    assert_eq!(mixed.json()["@Message.ExtendedInfo"][0]["MessageId"], "Base.1.18.PropertyNotWritable");
    let policy = client.patch(SYSTEM, &json!({"PowerRestorePolicy": "AlwaysOn"})).await;
    assert_eq!(policy.json()["PowerRestorePolicy"], "AlwaysOn");
    assert_eq!(client.patch(SYSTEM, &json!({"PowerRestorePolicy": "Sometimes"})).await.status, 400);
}

#[tokio::test]
async fn queries_work_on_the_tree() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let expanded = client.get("/redfish/v1/Systems/1/Processors?$expand=.").await.json();
    assert!(expanded["Members"][0]["TotalCores"].is_number());
    let deep = client.get("/redfish/v1/Systems?$expand=.($levels=3)").await.json();
    assert!(deep["Members"][0]["Processors"]["Members"][0]["TotalCores"].is_number());
    let selected =
        client.get(&format!("{SYSTEM}?$select=PowerState,Boot/BootSourceOverrideTarget")).await.json();
    assert_eq!(selected["PowerState"], "On");
    assert_eq!(selected["Boot"], json!({"BootSourceOverrideTarget": "None"}));
    assert!(selected.get("Model").is_none());
    let filtered =
        client.get("/redfish/v1/AccountService/Roles?$filter=RoleId%20eq%20'Operator'").await.json();
    assert_eq!(filtered["Members@odata.count"], 1);
    assert_eq!(client.get("/redfish/v1/Systems?only").await.json()["Id"], "1");
    let sensor = client.get("/redfish/v1/Chassis/1/Sensors/Inlet_Temp?excerpt").await.json();
    assert!(sensor["Reading"].is_number() && sensor.get("Thresholds").is_none());
    for (query, status) in
        [("$unknown=1", 501), ("unknown=1", 200), ("only=foo", 400), ("$expand=.($levels=9)", 400)]
    {
        assert_eq!(client.get(&format!("/redfish/v1/Systems?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_long_collection_comes_in_pages() {
    let rig = Rig::with("standard", Options { page_size: Some(3), ..Options::default() }).await;
    let client = rig.admin().await;
    for _ in 0..4 {
        let action = json!({"ResetType": "Nmi"});
        assert_eq!(
            client.post("/redfish/v1/Systems/1/Actions/ComputerSystem.Reset", &action).await.status,
            204
        );
    }
    let mut next = Some("/redfish/v1/Systems/1/LogServices/EventLog/Entries".to_owned());
    let (mut seen, mut pages) = (Vec::new(), 0);
    while let Some(path) = next {
        let page = client.get(&path).await.json();
        let members = page["Members"].as_array().expect("members").clone();
        assert!(members.len() <= 3);
        assert_eq!(page["Members@odata.count"], rig.server.log_entries().len());
        seen.extend(members.iter().map(|member| member["Id"].as_str().unwrap_or_default().to_owned()));
        next = page["Members@odata.nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    let kept: Vec<String> = rig.server.log_entries().iter().map(|entry| entry.id.to_string()).collect();
    assert_eq!(seen, kept);
    assert!(pages >= 2);
}

#[tokio::test]
async fn every_message_sent_is_in_the_served_registry() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let file = client.get("/redfish/v1/Registries/Base").await.json();
    let uri = file["Location"][0]["Uri"].as_str().expect("a location").to_owned();
    let registry = client.get(&uri).await.json();
    let prefix = file["Registry"].as_str().expect("a registry").to_owned();
    for reply in [
        client.get("/redfish/v1/Nowhere").await,
        client.patch(SYSTEM, &json!({"Model": 1})).await,
        client.get("/redfish/v1/Systems?$x=1").await,
        rig.client().get("/redfish/v1/Systems").await,
    ] {
        let id = reply.message();
        let key = id.strip_prefix(&format!("{prefix}.")).unwrap_or_else(|| panic!("{id} is not of {prefix}"));
        assert!(registry["Messages"].get(key).is_some(), "{key}");
    }
}
