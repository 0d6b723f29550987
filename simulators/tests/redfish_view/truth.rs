//! The back door says what the front door does.

use serde_json::{Value, json};
use underlay_conformance::Truth;
use underlay_hal::bios::SettingValue;
use underlay_simulators::ServerTruth;
use underlay_simulators::plant::{Origin, PowerAction};

use super::support::{Client, Rig};

const PERSONAS: &[&str] = &["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc"];

async fn document(client: &Client, path: &Value) -> Value {
    client.get(path.as_str().expect("a link")).await.json()
}

#[tokio::test]
async fn bios_what_is_writable_can_be_written_and_what_is_not_cannot() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let truth = ServerTruth::new(rig.server.clone());
        let truth = truth.bios().expect("settings");
        let system = client.get(&rig.system(&client).await).await.json();
        let bios = document(&client, &system["Bios"]["@odata.id"]).await;
        let object =
            bios["@Redfish.Settings"]["SettingsObject"]["@odata.id"].as_str().expect("a link").to_owned();
        let sender = client.with("If-Match", "*");

        let (name, value) = truth.writable();
        assert_ne!(truth.current().get(&name), Some(&value), "{persona}");
        assert_ne!(truth.defaults().get(&name), Some(&value), "{persona}");
        let text = |value: &SettingValue| serde_json::to_value(value).expect("JSON");
        let mut body = json!({ "Attributes": { &name: text(&value) } });
        if bios["@Redfish.Settings"].get("SupportedApplyTimes").is_some() {
            body["@Redfish.SettingsApplyTime"] = json!({ "ApplyTime": "OnReset" });
        }
        let mut staged = sender.patch(&object, &body).await;
        if staged.status == 412 {
            staged = sender.patch(&object, &body).await;
        }
        assert!((200..300).contains(&staged.status), "{persona}: {}", staged.text());
        assert_eq!(truth.pending().get(&name), Some(&value));
        assert_eq!(truth.pending().len(), 1);
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        assert_eq!(truth.current().get(&name), Some(&value));
        assert!(truth.pending().is_empty());

        if let Some(name) = truth.read_only() {
            let refused = sender.patch(&object, &json!({ "Attributes": { name: "x" } })).await;
            assert_eq!(refused.message(), "Base.1.18.PropertyNotWritable", "{persona}");
        }
        let jobs = matches!(*persona, "standard" | "dell-idrac9");
        assert_eq!((truth.queue_foreign_job(), truth.has_foreign_job()), (jobs, jobs), "{persona}");
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        assert!(!truth.has_foreign_job());
        truth.fail_next_job();
        let default = truth.defaults().get(&name).expect("a default").clone();
        body["Attributes"] = json!({ &name: text(&default) });
        assert!((200..300).contains(&sender.patch(&object, &body).await.status));
        rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        rig.settle();
        assert_eq!(truth.current().get(&name), Some(&value), "{persona}: it failed");
        assert!(truth.has_password("AdministratorPassword", &"".into()));
    }
}

#[tokio::test]
async fn secure_boot_reads_as_it_is_on_every_persona() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let truth = ServerTruth::new(rig.server.clone());
        let truth = truth.secure_boot().expect("secure boot");
        let path = format!("{}/SecureBoot", rig.system(&client).await);
        let mode = client.get(&path).await.json()["SecureBootMode"].clone();
        let word = format!("{:?}Mode", truth.mode());
        assert_eq!(mode, word.as_str(), "{persona}");
        let keys = client.get(&format!("{path}/SecureBootDatabases/db/Certificates")).await.json();
        assert_eq!(
            truth.certificates("db").map(|count| json!(count)),
            Some(keys["Members@odata.count"].clone())
        );
        assert_eq!(truth.certificates("dbz"), None);
        let spare = truth.spare_certificate().expect("a certificate");
        let body = json!({ "CertificateString": spare, "CertificateType": "PEM" });
        let added = client.post(&format!("{path}/SecureBootDatabases/db/Certificates"), &body).await;
        assert_eq!(added.status, 201, "{persona}");
        // What it takes to enable it, where there are keys.
        if mode != "SetupMode" {
            rig.server
                .set_secure_boot(true, underlay_simulators::plant::BiosCommit::Reset, "", Origin::Test)
                .expect("accepted");
            assert_eq!((truth.enabled(), truth.in_force()), (true, false));
            rig.server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
            rig.settle();
            assert_eq!((truth.enabled(), truth.in_force()), (true, true), "{persona}");
        }
    }
}

#[tokio::test]
async fn the_boot_order_reads_as_it_is_on_every_persona() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let truth = ServerTruth::new(rig.server.clone());
        let truth = truth.boot_order().expect("a boot order");
        let path = rig.system(&client).await;
        let read = || async {
            let order = client.get(&path).await.json()["Boot"]["BootOrder"].clone();
            serde_json::from_value::<Vec<String>>(order).expect("an order")
        };
        let names = |order: Vec<underlay_hal::BootOptionId>| {
            order.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>()
        };
        let mut order = read().await;
        assert_eq!(names(truth.order()), order, "{persona}");
        order.reverse();
        let sender = client.with("If-Match", "*");
        let body = json!({ "Boot": { "BootOrder": order } });
        let mut written = sender.patch(&path, &body).await;
        if written.status == 412 {
            written = sender.patch(&path, &body).await;
        }
        assert!((200..300).contains(&written.status), "{persona}: {}", written.text());
        assert_eq!(names(truth.order()), order, "{persona}");
    }
}

#[tokio::test]
async fn accounts_and_the_light_read_as_they_are() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let back = ServerTruth::new(rig.server.clone());
        let truth = back.accounts().expect("accounts");
        assert_eq!(truth.own(), "admin");
        assert!(truth.has_password("admin", &"admin".into()) && !truth.has_password("admin", &"x".into()));
        let listed = client.get("/redfish/v1/AccountService/Accounts?$expand=.").await.json();
        let mut names = Vec::new();
        for member in listed["Members"].as_array().expect("members") {
            let account = document(&client, &member["@odata.id"]).await;
            if account["UserName"] != "" {
                let role = format!("{:?}", truth.accounts()[names.len()].role);
                assert_eq!(account["RoleId"], role.as_str(), "{persona}");
                names.push(account["UserName"].as_str().expect("a name").to_owned());
            }
        }
        assert_eq!(names, truth.accounts().into_iter().map(|fact| fact.name).collect::<Vec<_>>());
        let light = back.identify().expect("a light");
        assert!(!light.is_lit());
        let path = rig.system(&client).await;
        let body = match client.get(&path).await.json().get("IndicatorLED") {
            Some(_) => json!({ "IndicatorLED": "Blinking" }),
            None => json!({ "LocationIndicatorActive": true }),
        };
        let sender = client.with("If-Match", "*");
        if sender.patch(&path, &body).await.status == 412 {
            sender.patch(&path, &body).await;
        }
        assert!(light.is_lit(), "{persona}");
    }
}

#[tokio::test]
async fn the_managers_configuration_reads_as_it_is_on_every_persona() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let back = ServerTruth::new(rig.server.clone());
        let truth = back.manager_config().expect("a configuration");
        let managers = client.get("/redfish/v1/Managers").await.json();
        let manager = document(&client, &managers["Members"][0]["@odata.id"]).await;
        let interfaces = document(&client, &manager["EthernetInterfaces"]["@odata.id"]).await;
        let interface = document(&client, &interfaces["Members"][0]["@odata.id"]).await;
        assert_eq!(interface["HostName"], truth.host_name().as_str(), "{persona}");
        let path = manager["NetworkProtocol"]["@odata.id"].as_str().expect("a link");
        let protocols = client.get(path).await.json();
        let (enabled, servers) = truth.ntp();
        let ntp = json!({ "ProtocolEnabled": enabled, "NTPServers": servers });
        assert_eq!(protocols["NTP"], ntp, "{persona}");
        assert_eq!((truth.serves("ssh"), truth.serves("gopher")), (Some(true), None));
        let sender = client.with("If-Match", "*");
        let body = json!({ "SSH": { "ProtocolEnabled": false }, "NTP": { "ProtocolEnabled": !enabled } });
        if sender.patch(path, &body).await.status == 412 {
            sender.patch(path, &body).await;
        }
        assert_eq!((truth.serves("ssh"), truth.ntp().0), (Some(false), !enabled), "{persona}");
        assert_eq!(truth.factory_resets(), 0);
        let keep = rig.server.spec().persona.manager.factory_resets.first().copied();
        let Some(keep) = keep else { continue };
        rig.server.factory_reset(keep, Origin::Test).expect("taken");
        assert_eq!((truth.factory_resets(), truth.serves("ssh")), (1, Some(true)), "{persona}");
    }
}

#[tokio::test]
async fn the_certificate_is_the_one_served_and_an_authority_signs_what_the_device_asks_for() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let client = rig.admin().await;
        let back = ServerTruth::new(rig.server.clone()).with_view(&rig.view);
        let Some(truth) = back.certificates() else {
            assert_eq!(*persona, "hpe-ilo5");
            continue;
        };
        let service = client.get("/redfish/v1/CertificateService").await.json();
        let target = |name: &str| {
            let action = &service["Actions"][format!("#CertificateService.{name}")];
            action["target"].as_str().expect("a target").to_owned()
        };
        let locations = document(&client, &service["CertificateLocations"]["@odata.id"]).await;
        let path = locations["Links"]["Certificates"][0]["@odata.id"].as_str().expect("a link");
        let (collection, _) = path.rsplit_once('/').expect("a collection");
        let request = json!({
            "CommonName": "bmc7", "Organization": "Underlay", "OrganizationalUnit": "Laboratory", "City": "Bern",
            "State": "Bern", "Country": "CH", "CertificateCollection": { "@odata.id": collection },
        });
        let csr = client.post(&target("GenerateCSR"), &request).await.json()["CSRString"].clone();
        let csr = csr.as_str().expect("a request");
        assert!(truth.sign("nonsense").is_err());
        let served = truth.served_sha256();
        assert_eq!(served.len(), 64);
        let signed = truth.sign(csr).expect("a request");
        for (pem, taken) in [(truth.foreign(), false), (signed, true)] {
            let body = json!({ "CertificateString": pem, "CertificateType": "PEM", "CertificateUri": { "@odata.id": path } });
            let answer = rig.admin().await.post(&target("ReplaceCertificate"), &body).await;
            assert_eq!((200..300).contains(&answer.status), taken, "{persona}: {}", answer.text());
            rig.server.reset_bmc(Origin::Test).expect("it restarts");
            rig.settle();
            assert_eq!(truth.served_sha256() != served, taken, "{persona}");
        }
    }
}

#[tokio::test]
async fn what_is_drawn_reads_as_it_is() {
    for persona in PERSONAS {
        let rig = Rig::new(persona).await;
        let back = ServerTruth::new(rig.server.clone());
        let truth = back.power_meter().expect("a meter");
        for on in [false, true] {
            rig.server.place(on);
            rig.settle();
            let client = rig.admin().await;
            let chassis = client.get("/redfish/v1/Chassis").await.json()["Members"][0].clone();
            let chassis = document(&client, &chassis["@odata.id"]).await;
            let told = match chassis["Power"]["@odata.id"].as_str() {
                Some(path) => client.get(path).await.json()["PowerControl"][0]["PowerConsumedWatts"].clone(),
                None => {
                    document(&client, &chassis["EnvironmentMetrics"]["@odata.id"]).await["PowerWatts"]["Reading"]
                        .clone()
                }
            };
            let (watts, jitter) = truth.watts();
            assert!((told.as_f64().expect("watts") - watts).abs() < 0.01, "{persona}: {told} {watts}");
            assert!(jitter > 0.0 && (watts > 100.0) == on, "{persona}: {watts}");
        }
    }
}
