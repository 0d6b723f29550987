//! The management controller's own configuration: names, addresses, time, services, and its factory reset.

use serde_json::{Value, json};
use underlay_simulators::plant::{Change, HostPhase, ManagerChange, MutationKind, Origin};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const MANAGER: &str = "/redfish/v1/Managers/BMC";
const INTERFACE: &str = "/redfish/v1/Managers/BMC/EthernetInterfaces/1";
const PROTOCOLS: &str = "/redfish/v1/Managers/BMC/NetworkProtocol";
const DEFAULTS: &str = "/redfish/v1/Managers/BMC/Actions/Manager.ResetToDefaults";

fn changes(rig: &Rig) -> u64 {
    rig.server.counters().of(Origin::Redfish, MutationKind::Manager)
}

fn refusal(reply: &Reply) -> (u16, String, Value) {
    let info = reply.json()["error"]["@Message.ExtendedInfo"][0].clone();
    let id = info["MessageId"].as_str().unwrap_or_default().trim_start_matches("Base.1.18.").to_owned();
    (reply.status, id, info["RelatedProperties"][0].clone())
}

/// The path of a link in the first manager.
async fn of_manager(client: &Client, name: &str) -> String {
    let managers = client.get("/redfish/v1/Managers").await.json();
    let manager = managers["Members"][0]["@odata.id"].as_str().expect("a manager").to_owned();
    let link = client.get(&manager).await.json()[name]["@odata.id"].as_str().expect("a link").to_owned();
    if name != "EthernetInterfaces" {
        return link;
    }
    let members = client.get(&link).await.json();
    members["Members"][0]["@odata.id"].as_str().expect("an interface").to_owned()
}

#[tokio::test]
async fn names_and_addresses_are_set_and_read_back() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let before = admin.get(INTERFACE).await;
    assert_eq!(before.header("allow"), Some("GET, HEAD, PATCH"));
    let document = before.json();
    assert_eq!(
        (&document["HostName"], &document["DHCPv4"]["DHCPEnabled"]),
        (&json!("node01"), &json!(false))
    );
    assert_eq!(document["IPv4Addresses"][0]["Address"], "127.0.0.1");
    let body = json!({
        "FQDN": "bmc7.lab.example",
        "IPv4StaticAddresses": [{ "Address": "192.0.2.7", "SubnetMask": "255.255.255.0", "Gateway": "192.0.2.1" }],
        "StaticNameServers": ["192.0.2.53", "2001:db8::53"],
        "VLAN": { "VLANEnable": true, "VLANId": 7 },
    });
    let changed = admin.patch(INTERFACE, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let now = changed.json();
    assert_eq!(now.get("@Message.ExtendedInfo"), None);
    assert_eq!((&now["HostName"], &now["FQDN"]), (&json!("bmc7"), &json!("bmc7.lab.example")));
    assert_eq!(now["IPv4StaticAddresses"], body["IPv4StaticAddresses"]);
    assert_eq!(now["IPv4Addresses"][0]["Address"], "192.0.2.7");
    assert_eq!(now["IPv4Addresses"][0]["AddressOrigin"], "Static");
    assert_eq!((&now["NameServers"], &now["VLAN"]), (&body["StaticNameServers"], &body["VLAN"]));
    assert_ne!(changed.header("etag"), before.header("etag"));
    assert_eq!(admin.get(PROTOCOLS).await.json()["FQDN"], "bmc7.lab.example");
    // The wire stays: this answer came over it.
    let leased = admin.patch(INTERFACE, &json!({ "DHCPv4": { "DHCPEnabled": true } })).await.json();
    assert_eq!(leased["IPv4Addresses"][0]["AddressOrigin"], "DHCP");
    assert_eq!(leased["IPv4Addresses"][0]["Address"], "127.0.0.1");
    assert_eq!(leased["IPv4StaticAddresses"], body["IPv4StaticAddresses"]);
    assert_eq!(changes(&rig), 5);
}

#[tokio::test]
async fn a_part_of_an_address_is_changed_and_an_element_removed() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let all = json!([{ "Address": "192.0.2.7", "SubnetMask": "255.255.255.0", "Gateway": "192.0.2.1" }]);
    admin.patch(INTERFACE, &json!({ "IPv4StaticAddresses": all })).await;
    let gateway = json!({ "IPv4StaticAddresses": [{ "Gateway": "192.0.2.254" }] });
    let now = admin.patch(INTERFACE, &gateway).await.json();
    assert_eq!(now["IPv4StaticAddresses"][0]["Address"], "192.0.2.7");
    assert_eq!(now["IPv4StaticAddresses"][0]["Gateway"], "192.0.2.254");
    let none = json!({ "IPv4StaticAddresses": [{ "Gateway": null }] });
    assert_eq!(admin.patch(INTERFACE, &none).await.json()["IPv4StaticAddresses"][0]["Gateway"], Value::Null);
    let back = admin.patch(INTERFACE, &json!({ "IPv4StaticAddresses": [null] })).await.json();
    assert_eq!(back["IPv4StaticAddresses"][0]["Address"], "127.0.0.1");
    let servers = json!({ "StaticNameServers": ["192.0.2.53", "192.0.2.54"] });
    admin.patch(INTERFACE, &servers).await;
    let less = admin.patch(INTERFACE, &json!({ "StaticNameServers": [null, {}] })).await.json();
    assert_eq!(less["NameServers"], json!(["192.0.2.54"]));
}

#[tokio::test]
async fn what_no_interface_takes_is_refused_by_name() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let address = |fields: Value| json!({ "IPv4StaticAddresses": [fields] });
    let full = json!({ "Address": "192.0.2.7", "SubnetMask": "255.255.255.0" });
    for (body, key, about) in [
        (json!({ "HostName": "a_b" }), "PropertyValueError", "#/HostName"),
        (json!({ "HostName": 7 }), "PropertyValueTypeError", "#/HostName"),
        (json!({ "FQDN": "a..b" }), "PropertyValueError", "#/FQDN"),
        (json!({ "DHCPv4": { "DHCPEnabled": "yes" } }), "PropertyValueTypeError", "#/DHCPv4/DHCPEnabled"),
        (json!({ "DHCPv4": { "UseGateway": true } }), "PropertyNotWritable", "#/DHCPv4/UseGateway"),
        (json!({ "DHCPv4": true }), "PropertyValueTypeError", "#/DHCPv4"),
        (json!({ "VLAN": { "VLANId": 4095 } }), "PropertyValueError", "#/VLAN/VLANId"),
        (json!({ "VLAN": { "VLANId": -1 } }), "PropertyValueOutOfRange", "#/VLAN/VLANId"),
        (json!({ "VLAN": { "Colour": "red" } }), "PropertyUnknown", "#/VLAN/Colour"),
        (
            address(json!({ "Address": "192.0.2" })),
            "PropertyValueFormatError",
            "#/IPv4StaticAddresses/0/Address",
        ),
        (address(json!({ "Colour": "red" })), "PropertyUnknown", "#/IPv4StaticAddresses/0/Colour"),
        (
            address(json!({ "AddressOrigin": "Static" })),
            "PropertyNotWritable",
            "#/IPv4StaticAddresses/0/AddressOrigin",
        ),
        (address(json!({ "SubnetMask": "255.0.255.0" })), "PropertyValueError", "#/IPv4StaticAddresses"),
        (address(json!({ "Gateway": "192.0.2.1" })), "PropertyValueError", "#/IPv4StaticAddresses"),
        (json!({ "IPv4StaticAddresses": [full, full] }), "ArraySizeTooLong", "#/IPv4StaticAddresses"),
        (json!({ "StaticNameServers": ["here"] }), "PropertyValueFormatError", "#/StaticNameServers/0"),
        (json!({ "StaticNameServers": ["0.0.0.0"] }), "PropertyValueError", "#/StaticNameServers"),
        (json!({ "MACAddress": "00:11:22:33:44:55" }), "PropertyNotWritable", "#/MACAddress"),
        (json!({ "Colour": "red" }), "PropertyUnknown", "#/Colour"),
    ] {
        let refused = admin.patch(INTERFACE, &body).await;
        assert_eq!(refusal(&refused), (400, key.to_owned(), json!(about)), "{body}");
    }
    assert_eq!((changes(&rig), rig.server.counters().mutations()), (0, 0));
    // DHCP leaves an interface without a fixed address, and then one has to be whole.
    admin.patch(INTERFACE, &json!({ "DHCPv4": { "DHCPEnabled": true } })).await;
    let half = admin.patch(INTERFACE, &address(json!({ "Address": "192.0.2.7" }))).await;
    assert_eq!(
        refusal(&half),
        (400, "PropertyMissing".to_owned(), json!("#/IPv4StaticAddresses/0/SubnetMask"))
    );
    assert_eq!(admin.patch(INTERFACE, &address(full)).await.status, 200);
}

#[tokio::test]
async fn time_servers_and_services_are_switched() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let before = admin.get(PROTOCOLS).await;
    assert_eq!(before.header("allow"), Some("GET, HEAD, PATCH"));
    assert_eq!(before.json()["NTP"], json!({ "ProtocolEnabled": false, "NTPServers": [] }));
    let body = json!({
        "NTP": { "ProtocolEnabled": true, "NTPServers": ["time.example", "192.0.2.23"] },
        "SSH": { "ProtocolEnabled": false },
    });
    let changed = admin.patch(PROTOCOLS, &body).await;
    let now = changed.json();
    assert_eq!((&now["NTP"], &now["SSH"]), (&body["NTP"], &json!({ "ProtocolEnabled": false, "Port": 22 })));
    assert_ne!(changed.header("etag"), before.header("etag"));
    assert!(rig.server.manager().ntp && !rig.server.serves("SSH") && rig.server.serves("IPMI"));
    let merged = admin.patch(PROTOCOLS, &json!({ "NTP": { "NTPServers": [{}, "other.example"] } })).await;
    let servers = json!(["time.example", "other.example"]);
    assert_eq!(merged.json()["NTP"], json!({ "ProtocolEnabled": true, "NTPServers": servers }));
    for (body, key, about) in [
        (json!({ "HTTP": { "ProtocolEnabled": false } }), "PropertyNotWritable", "#/HTTP"),
        (json!({ "HostName": "bmc7" }), "PropertyNotWritable", "#/HostName"),
        (json!({ "SSH": { "Port": 2222 } }), "PropertyNotWritable", "#/SSH/Port"),
        (json!({ "SSH": { "ProtocolEnabled": 1 } }), "PropertyValueTypeError", "#/SSH/ProtocolEnabled"),
        (json!({ "SSH": false }), "PropertyValueTypeError", "#/SSH"),
        (json!({ "Telnet": { "ProtocolEnabled": true } }), "PropertyUnknown", "#/Telnet"),
        (json!({ "NTP": { "NTPServers": ["a b"] } }), "PropertyValueError", "#/NTP/NTPServers"),
        (json!({ "NTP": { "NTPServers": [7] } }), "PropertyValueTypeError", "#/NTP/NTPServers/0"),
        (
            json!({ "NTP": { "NTPServers": ["a", "b", "c", "d", "e"] } }),
            "PropertyValueError",
            "#/NTP/NTPServers",
        ),
        (json!({ "NTP": { "Port": 7 } }), "PropertyUnknown", "#/NTP/Port"),
    ] {
        let refused = admin.patch(PROTOCOLS, &body).await;
        assert_eq!(refusal(&refused), (400, key.to_owned(), json!(about)), "{body}");
    }
    assert_eq!(changes(&rig), 3);
}

#[tokio::test]
async fn the_configuration_is_the_administrators_and_needs_the_present_tag() {
    let rig = Rig::new("standard").await;
    let (admin, operator) = (rig.admin().await, rig.session("operator").await);
    let tag = admin.get(INTERFACE).await.header("etag").expect("a tag").to_owned();
    let name = json!({ "HostName": "bmc7" });
    for (path, body) in [(INTERFACE, &name), (PROTOCOLS, &json!({ "SSH": { "ProtocolEnabled": false } }))] {
        assert_eq!(operator.patch(path, body).await.status, 403);
    }
    assert_eq!(operator.post(DEFAULTS, &json!({ "ResetType": "ResetAll" })).await.status, 403);
    // By another road the document changes, too.
    let other = ManagerChange { domain: Some("example".to_owned()), ..ManagerChange::default() };
    assert_eq!(rig.server.change_manager(other, Origin::Test), Ok(Change::Made));
    assert_eq!(admin.with("If-Match", &tag).patch(INTERFACE, &name).await.status, 412);
    assert_eq!(rig.server.manager().network.host_name, "node01");
    let tag = admin.get(INTERFACE).await.header("etag").expect("a tag").to_owned();
    assert_eq!(admin.with("If-Match", &tag).patch(INTERFACE, &name).await.status, 200);
}

#[tokio::test]
async fn a_factory_reset_takes_the_types_of_the_model_and_ends_every_session() {
    let rig = Rig::new("standard").await;
    rig.server.place(true);
    let admin = rig.admin().await;
    let action = admin.get(MANAGER).await.json()["Actions"]["#Manager.ResetToDefaults"].clone();
    assert_eq!(action["target"], DEFAULTS);
    let info = admin.get(action["@Redfish.ActionInfo"].as_str().expect("a link")).await.json();
    let allowed = &info["Parameters"][0]["AllowableValues"];
    assert_eq!(allowed, &json!(["ResetAll", "PreserveNetworkAndUsers", "PreserveNetwork"]));
    assert_eq!(&action["ResetType@Redfish.AllowableValues"], allowed);
    for (body, key) in [
        (json!({}), "ActionParameterMissing"),
        (json!({ "ResetType": "Some" }), "ActionParameterValueNotInList"),
        (json!({ "ResetType": "ResetAll", "Colour": "red" }), "ActionParameterUnknown"),
    ] {
        assert_eq!(refusal(&admin.post(DEFAULTS, &body).await).1, key, "{body}");
    }
    admin.patch(INTERFACE, &json!({ "HostName": "bmc7" })).await;
    let answer = admin.post(DEFAULTS, &json!({ "ResetType": "ResetAll" })).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert!(admin.try_send("GET", MANAGER, b"").await.is_err(), "the controller is away");
    rig.settle();
    assert_eq!(admin.get(MANAGER).await.status, 401, "its sessions are gone");
    assert_eq!(rig.admin().await.get(INTERFACE).await.json()["HostName"], "node01");
    let snapshot = rig.server.snapshot();
    assert_eq!((rig.server.manager().factory_resets, snapshot.phase), (1, HostPhase::Running));
    assert_eq!((snapshot.boot_count, rig.server.counters().disruptions()), (0, 0));
}

#[tokio::test]
async fn what_a_model_does_not_have_is_neither_shown_nor_taken() {
    let dell = Rig::new("dell-idrac9").await;
    let client = dell.admin().await;
    let path = of_manager(&client, "EthernetInterfaces").await;
    assert_eq!(client.get(&path).await.json().get("DHCPv4"), None);
    let refused = client.patch(&path, &json!({ "DHCPv4": { "DHCPEnabled": false } })).await;
    assert_eq!(refusal(&refused).1, "PropertyUnknown");
    let managers = client.get("/redfish/v1/Managers").await.json();
    let manager = managers["Members"][0]["@odata.id"].as_str().expect("a manager").to_owned();
    let action = client.get(&manager).await.json()["Actions"]["#Manager.ResetToDefaults"].clone();
    let allowed = &action["ResetType@Redfish.AllowableValues"];
    assert_eq!(allowed, &json!(["ResetAll", "PreserveNetworkAndUsers"]));
    let target = action["target"].as_str().expect("a target").to_owned();
    let refused = client.post(&target, &json!({ "ResetType": "PreserveNetwork" })).await;
    assert_eq!((refused.status, dell.server.manager().factory_resets), (400, 0));
    // One vendor has an action of its own in place of the standard's.
    let hpe = Rig::new("hpe-ilo5").await;
    let client = hpe.admin().await;
    let actions = client.get("/redfish/v1/Managers/1").await.json()["Actions"].clone();
    assert!(actions.get("#Manager.Reset").is_some() && actions.get("#Manager.ResetToDefaults").is_none());
    let target = "/redfish/v1/Managers/1/Actions/Manager.ResetToDefaults";
    assert_eq!(client.post(target, &json!({ "ResetType": "ResetAll" })).await.status, 404);
}

#[tokio::test]
async fn a_change_that_waits_says_so_until_the_manager_was_reset() {
    let rig = Rig::new("hpe-ilo5").await;
    let client = rig.admin().await;
    let path = of_manager(&client, "EthernetInterfaces").await;
    let answer = client.patch(&path, &json!({ "HostName": "bmc7" })).await;
    let (status, document) = (answer.status, answer.json());
    let note = &document["@Message.ExtendedInfo"][0];
    assert_eq!((status, &note["MessageId"]), (200, &json!("iLO.2.15.ResetRequired")));
    assert_eq!((&note["MessageSeverity"], &document["HostName"]), (&json!("Warning"), &json!("bmc7")));
    assert_ne!(rig.server.manager().in_force.host_name, "bmc7");
    rig.server.reset_bmc(Origin::Test).expect("it restarts");
    rig.settle();
    assert_eq!(rig.server.manager().in_force.host_name, "bmc7");
    // What waits for nothing says nothing.
    let client = rig.admin().await;
    let path = of_manager(&client, "NetworkProtocol").await;
    let answer = client.patch(&path, &json!({ "SSH": { "ProtocolEnabled": false } })).await;
    assert_eq!((answer.status, answer.json().get("@Message.ExtendedInfo")), (200, None));
}

#[tokio::test]
async fn q20d_q28h_name_servers_that_are_none() {
    let expected = [
        (vec![], json!([]), json!(["192.0.2.53"])),
        (
            vec![Quirk::PadsNameServers],
            json!(["0.0.0.0", "0.0.0.0", "::", "::"]),
            json!(["192.0.2.53", "0.0.0.0", "::", "::"]),
        ),
        (vec![Quirk::NullNames], json!(["(null)", "(null)"]), json!(["192.0.2.53", "(null)"])),
    ];
    for (quirks, none, one) in expected {
        let rig = Rig::quirky(&quirks).await;
        let client = rig.admin().await;
        assert_eq!(client.get(INTERFACE).await.json()["NameServers"], none);
        let body = json!({ "StaticNameServers": ["192.0.2.53"], "DHCPv4": { "DHCPEnabled": true } });
        let now = client.patch(INTERFACE, &body).await.json();
        assert_eq!((&now["NameServers"], &now["StaticNameServers"]), (&one, &json!(["192.0.2.53"])));
        let nothing = json!([{ "Address": null, "SubnetMask": null, "Gateway": null }]);
        let fixed = if quirks == [Quirk::NullNames] { nothing } else { json!([]) };
        assert_eq!(now["IPv4StaticAddresses"], fixed);
    }
}
