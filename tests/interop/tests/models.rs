//! redfish-codegen's models, generated from the 2023.1 schemas, parse what our Redfish view serves.
//!
//! Every resource of every persona is fetched. `expected/redfish-codegen.txt` lists what the models cannot read, and why.
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    process::ExitCode,
};

use redfish_codegen::models as m;
use serde::de::DeserializeOwned;
use serde_json::Value;
use underlay_conformance::Truth as _;
use underlay_hal::Severity;
use underlay_interop::{
    REDFISH_PERSONAS, expected,
    lab::{Lab, Web},
    suite::Suite,
};
use underlay_simulators::redfish::Quirk;

fn main() -> ExitCode {
    Suite::default()
        .test("the models read every resource of every persona but those listed", &[], parse_everything)
        .test("a model refuses a document that is wrong", &[], refuses)
        .run()
}

type Parse = fn(&Value) -> Result<(), String>;

fn parse<T: DeserializeOwned>(document: &Value) -> Result<(), String> {
    serde_path_to_error::deserialize::<_, T>(document).map(|_| ()).map_err(|error| {
        let (path, why) = (error.path().to_string(), error.inner().to_string());
        // The list of what would have been right is long, and beside the point.
        let why = why.split(", expected").next().unwrap_or_default().to_owned();
        if path == "." { why } else { format!("{path}: {why}") }
    })
}

/// The models by schema name, as `@odata.type` has it.
fn models() -> BTreeMap<&'static str, Parse> {
    macro_rules! models {
        ($($name:ident = $($path:ident)::+;)*) => {
            BTreeMap::from([$((stringify!($name), parse::<m::$($path)::+::$name> as Parse),)*])
        };
    }
    models! {
        AccountService = account_service::v1_13_0;
        Bios = bios::v1_2_1;
        BootOption = boot_option::v1_0_4;
        BootOptionCollection = boot_option_collection;
        Certificate = certificate::v1_7_0;
        CertificateCollection = certificate_collection;
        CertificateLocations = certificate_locations::v1_0_2;
        CertificateService = certificate_service::v1_0_4;
        Chassis = chassis::v1_23_0;
        ChassisCollection = chassis_collection;
        ComputerSystem = computer_system::v1_20_1;
        ComputerSystemCollection = computer_system_collection;
        Drive = drive::v1_17_0;
        DriveCollection = drive_collection;
        EnvironmentMetrics = environment_metrics::v1_3_0;
        EthernetInterface = ethernet_interface::v1_10_0;
        EthernetInterfaceCollection = ethernet_interface_collection;
        EventDestination = event_destination::v1_13_1;
        EventDestinationCollection = event_destination_collection;
        EventService = event_service::v1_10_0;
        Fan = fan::v1_4_0;
        FanCollection = fan_collection;
        JsonSchemaFile = json_schema_file::v1_1_4;
        JsonSchemaFileCollection = json_schema_file_collection;
        LogEntry = log_entry::v1_15_0;
        LogEntryCollection = log_entry_collection;
        LogService = log_service::v1_4_0;
        LogServiceCollection = log_service_collection;
        Manager = manager::v1_18_0;
        ManagerAccount = manager_account::v1_10_0;
        ManagerAccountCollection = manager_account_collection;
        ManagerCollection = manager_collection;
        ManagerNetworkProtocol = manager_network_protocol::v1_9_1;
        Memory = memory::v1_17_1;
        MemoryCollection = memory_collection;
        MessageRegistryFile = message_registry_file::v1_1_3;
        MessageRegistryFileCollection = message_registry_file_collection;
        NetworkAdapter = network_adapter::v1_9_0;
        NetworkAdapterCollection = network_adapter_collection;
        NetworkDeviceFunction = network_device_function::v1_9_0;
        NetworkDeviceFunctionCollection = network_device_function_collection;
        NetworkInterface = network_interface::v1_2_1;
        NetworkInterfaceCollection = network_interface_collection;
        Port = port::v1_9_0;
        PortCollection = port_collection;
        Power = power::v1_7_1;
        PowerSubsystem = power_subsystem::v1_1_0;
        PowerSupply = power_supply::v1_5_1;
        PowerSupplyCollection = power_supply_collection;
        PowerSupplyMetrics = power_supply_metrics::v1_1_0;
        Processor = processor::v1_18_0;
        ProcessorCollection = processor_collection;
        Role = role::v1_3_1;
        RoleCollection = role_collection;
        SecureBoot = secure_boot::v1_1_0;
        SecureBootDatabase = secure_boot_database::v1_0_1;
        SecureBootDatabaseCollection = secure_boot_database_collection;
        Sensor = sensor::v1_7_0;
        SensorCollection = sensor_collection;
        ServiceRoot = service_root::v1_16_0;
        Session = session::v1_6_0;
        SessionCollection = session_collection;
        SessionService = session_service::v1_1_8;
        Signature = signature::v1_0_2;
        SignatureCollection = signature_collection;
        SoftwareInventory = software_inventory::v1_9_0;
        SoftwareInventoryCollection = software_inventory_collection;
        Storage = storage::v1_15_0;
        StorageCollection = storage_collection;
        StorageController = storage_controller::v1_7_0;
        StorageControllerCollection = storage_controller_collection;
        Task = task::v1_7_1;
        TaskCollection = task_collection;
        TaskService = task_service::v1_2_0;
        Thermal = thermal::v1_7_1;
        ThermalMetrics = thermal_metrics::v1_2_0;
        ThermalSubsystem = thermal_subsystem::v1_2_0;
        UpdateService = update_service::v1_11_3;
        VirtualMedia = virtual_media::v1_6_1;
        VirtualMediaCollection = virtual_media_collection;
        Volume = volume::v1_9_0;
        VolumeCollection = volume_collection;
    }
}

/// `ComputerSystem` of `#ComputerSystem.v1_22_0.ComputerSystem`.
fn schema(document: &Value) -> Option<&str> {
    document["@odata.type"].as_str()?.strip_prefix('#')?.split('.').next()
}

/// Every resource that can be reached from the root, by path.
async fn crawl(lab: &Lab) -> BTreeMap<String, Value> {
    let token = lab.log_in(&lab.password).await.token.expect("a session");
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::from(["/redfish/v1".to_owned()]);
    let mut ahead: VecDeque<String> = seen.iter().cloned().collect();
    while let Some(path) = ahead.pop_front() {
        let answer = lab.exchange("GET", &path, Some(&token), "").await;
        // What needs a licence (Q27b) is linked to all the same.
        if answer.status == 403
            && lab
                .running()
                .redfish("n1")
                .is_some_and(|view| view.quirks().has(Quirk::SecureBootNeedsLicence))
        {
            continue;
        }
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        // CSDL is XML, and not a resource.
        let Ok(document) = serde_json::from_str::<Value>(&answer.body) else { continue };
        let mut values = vec![&document];
        while let Some(value) = values.pop() {
            match value {
                Value::Object(properties) => values.extend(properties.values()),
                Value::Array(items) => values.extend(items),
                _ => {}
            }
            for property in ["@odata.id", "@Redfish.ActionInfo", "Uri", "Members@odata.nextLink"] {
                let link = value[property].as_str().and_then(|link| link.split('#').next());
                let link = link.unwrap_or_default().trim_end_matches('/');
                if link.starts_with("/redfish/v1") && seen.insert(link.to_owned()) {
                    ahead.push_back(link.to_owned());
                }
            }
        }
        found.insert(path, document);
        assert!(found.len() < 2000, "the tree does not end");
    }
    found
}

fn parse_everything() {
    let models = models();
    let (mut read, mut lines, mut used) = (0, BTreeSet::new(), BTreeSet::new());
    for persona in REDFISH_PERSONAS {
        let lab = Lab::start(persona, Web::Http);
        for severity in [Severity::Ok, Severity::Warning, Severity::Critical] {
            lab.truth().log_event(severity);
        }
        for (path, document) in lab.block_on(crawl(&lab)) {
            let Some(schema) = schema(&document) else {
                lines.insert(format!("{persona} {path}: no @odata.type"));
                continue;
            };
            match models.get(schema) {
                None => {
                    lines.insert(format!("no model: {schema}"));
                }
                Some(parse) => {
                    used.insert(schema.to_owned());
                    match parse(&document) {
                        Ok(()) => read += 1,
                        Err(why) => {
                            lines.insert(format!("{persona} {path} {schema}: {why}"));
                        }
                    }
                }
            }
        }
    }
    println!("{read} resources of {} schemas read, {} lines in the list", used.len(), lines.len());
    expected::compare("redfish-codegen.txt", &lines);
    assert!(read > 500, "only {read} resources were read");
}

fn refuses() {
    let lab = Lab::start("standard", Web::Http);
    let tree = lab.block_on(crawl(&lab));
    let (_, system) =
        tree.iter().find(|(_, document)| schema(document) == Some("ComputerSystem")).expect("a system");
    let models = models();
    assert_eq!(models["ComputerSystem"](system), Ok(()));
    let mut wrong = system.clone();
    wrong["PowerState"] = "Perhaps".into();
    let error = models["ComputerSystem"](&wrong).expect_err("no such state");
    assert!(error.contains("PowerState") && error.contains("Perhaps"), "{error}");
}
