//! Recorded trees of real machines, served as files. What the driver says is counted again from the raw documents.
use serde_json::Value;
use underlay_hal::{Device, Endpoint, EntryId, ErrorKind, PowerAction, SensorKind, Tls};
use underlay_interop::{
    lab::runtime,
    need::Need,
    peer::{cx, open},
    recorded::{Asked, Tree},
    suite::Suite,
};

pub(crate) fn tests(suite: Suite) -> Suite {
    let recordings = [
        ("redfish/dell.tar.xz", "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel"),
        ("redfish/supermicro.tar.xz", "/redfish/v1/Systems/1/LogServices/Log1"),
    ];
    recordings.into_iter().fold(suite, |suite, (archive, log)| {
        let need = Need::Corpus(archive);
        suite
            .test(format!("{archive}: inventory is what the documents say"), &[need], move || {
                with(need, async |tree, device, _| inventory(tree, device).await);
            })
            .test(format!("{archive}: sensors are what the documents say"), &[need], move || {
                with(need, async |tree, device, _| sensors(tree, device).await);
            })
            .test(format!("{archive}: the event log is what the documents say"), &[need], move || {
                with(need, async |tree, device, _| event_log(tree, device, log).await);
            })
            .test(
                format!("{archive}: reading writes nothing, and a refused write is said"),
                &[need],
                move || {
                    with(need, async |_, device, asked| writes(device, asked).await);
                },
            )
    })
}

pub(crate) fn with(archive: Need, test: impl AsyncFnOnce(&Tree, &dyn Device, &Asked)) {
    let tree = Tree::unpack(&archive.path());
    runtime().block_on(async {
        let (address, asked) = tree.serve().await;
        let mut at = Endpoint::new("redfish", address.ip().to_string()).port(address.port()).tls(Tls::Plain);
        // Files have no sessions to open.
        at.options.insert("auth".to_owned(), "basic".to_owned());
        let device = open(&at, "any", "any").await.unwrap_or_else(|error| panic!("{}", error.report()));
        test(&tree, &*device, &asked).await;
    });
}

/// The one system of these recordings.
pub(crate) fn system(tree: &Tree) -> Value {
    let root = tree.get("/redfish/v1").expect("a service root");
    let mut systems = tree.members(&root, "Systems");
    assert_eq!(systems.len(), 1, "which system is meant would be a guess");
    systems.remove(0)
}

/// Documents of parts that are there: an empty socket is a document too.
fn there(parts: &[Value]) -> usize {
    parts.iter().filter(|part| part["Status"]["State"] != "Absent").count()
}

fn strings<'a>(parts: &'a [Value], property: &'a str) -> impl Iterator<Item = &'a str> {
    parts.iter().filter_map(move |part| part[property].as_str()).filter(|text| !text.is_empty())
}

async fn inventory(tree: &Tree, device: &dyn Device) {
    let said = device.inventory().expect("inventory").read(&cx("inventory")).await.expect("read");
    let system = system(tree);
    let storages = tree.members(&system, "Storage");
    let drives: Vec<_> = storages.iter().flat_map(|storage| tree.linked(&storage["Drives"])).collect();
    let interfaces = tree.members(&system, "EthernetInterfaces");
    let addressed = interfaces.iter().filter(|interface| {
        let mac = interface["PermanentMACAddress"]
            .as_str()
            .or(interface["MACAddress"].as_str())
            .unwrap_or_default();
        mac.chars().any(|digit| digit.is_ascii_hexdigit() && digit != '0')
    });
    let modules = tree.members(&system, "Memory");
    let counts = [
        ("processors", said.processors.len(), there(&tree.members(&system, "Processors"))),
        ("memory modules", said.memory.len(), there(&modules)),
        ("drives", said.drives.len(), there(&drives)),
        ("network ports", said.nics.len(), addressed.count()),
    ];
    for (what, said, documents) in counts {
        println!("{what}: {said}");
        assert_eq!(said, documents, "{what}");
    }
    assert!(counts.iter().all(|(_, said, _)| *said > 0), "{counts:?}");
    assert_eq!(said.skipped, [], "everything was recorded");
    let mib: u64 = modules.iter().filter_map(|module| module["CapacityMiB"].as_u64()).sum();
    assert_eq!(said.memory_bytes(), mib * 1024 * 1024);
    let mut serials: Vec<_> = said.drives.iter().filter_map(|drive| drive.serial_number.as_deref()).collect();
    let mut documents: Vec<_> = strings(&drives, "SerialNumber").map(str::trim).collect();
    serials.sort_unstable();
    documents.sort_unstable();
    assert_eq!(serials, documents);
    for (said, property) in [
        (&said.system.serial_number, "SerialNumber"),
        (&said.system.manufacturer, "Manufacturer"),
        (&said.system.model, "Model"),
        (&said.system.bios_version, "BiosVersion"),
    ] {
        assert_eq!(said.as_deref(), system[property].as_str().map(str::trim), "{property}");
    }
    let info = device.manager().expect("manager").info(&cx("manager")).await.expect("read");
    let root = tree.get("/redfish/v1").expect("a service root");
    let managers = tree.members(&root, "Managers");
    assert_eq!(info.firmware_version.as_deref(), managers[0]["FirmwareVersion"].as_str());
}

async fn sensors(tree: &Tree, device: &dyn Device) {
    let said = device.sensors().expect("sensors").read_all(&cx("sensors")).await.expect("read");
    let chassis = tree.linked(&system(tree)["Links"]["Chassis"]);
    let resource = |property: &str| {
        let mut found = chassis.iter().filter_map(|one| one[property]["@odata.id"].as_str());
        found.next().and_then(|path| tree.get(path)).unwrap_or_default()
    };
    let (thermal, power) = (resource("Thermal"), resource("Power"));
    let length = |list: &Value| list.as_array().map_or(0, Vec::len);
    let of = |kind| said.iter().filter(|reading| reading.kind == kind).count();
    let supplies = power["PowerSupplies"].as_array().cloned().unwrap_or_default();
    let input = supplies.iter().filter(|supply| supply.get("LineInputVoltage").is_some()).count();
    let counts = [
        ("temperatures", of(SensorKind::Temperature), length(&thermal["Temperatures"])),
        ("fans", of(SensorKind::Fan), length(&thermal["Fans"])),
        ("voltages", of(SensorKind::Voltage), length(&power["Voltages"]) + input),
    ];
    for (what, said, documents) in counts {
        println!("{what}: {said}");
        assert_eq!(said, documents, "{what}");
    }
    assert!(counts.iter().all(|(_, said, _)| *said > 0), "{counts:?}");
    // Values, where the part is enabled and its name is its own.
    let mut compared = 0;
    for document in thermal["Temperatures"].as_array().into_iter().flatten() {
        let (name, value) = (document["Name"].as_str(), document["ReadingCelsius"].as_f64());
        let mut same = said.iter().filter(|reading| Some(reading.name.as_str()) == name);
        if let (Some(reading), None, "Enabled") =
            (same.next(), same.next(), document["Status"]["State"].as_str().unwrap_or_default())
        {
            assert_eq!(reading.value, value, "{name:?}");
            compared += 1;
        }
    }
    assert!(compared > 0, "no value was compared");
}

async fn event_log(tree: &Tree, device: &dyn Device, service: &str) {
    let service = tree.get(service).expect("the log service was recorded");
    let entries = tree.get(service["Entries"]["@odata.id"].as_str().expect("entries")).expect("recorded");
    let documents = entries["Members"].as_array().expect("members");
    assert!(!documents.is_empty());
    let log = device.event_log().expect("event log");
    // In pages that do not fit, so that the seams are read too.
    let (mut said, mut after): (Vec<_>, Option<EntryId>) = (Vec::new(), None);
    loop {
        let page = log.read(&cx("log"), after, 7).await.expect("read");
        after = page.entries.last().map(|entry| entry.id.clone());
        said.extend(page.entries);
        assert!(said.len() <= documents.len(), "more entries than documents");
        if !page.more {
            break;
        }
    }
    println!("entries: {}", said.len());
    assert_eq!(said.len(), documents.len());
    let mut ids: Vec<_> = said.iter().map(|entry| entry.id.as_str().to_owned()).collect();
    let text = |member: &Value| {
        let path = member["@odata.id"].as_str().unwrap_or_default();
        // Members may be whole entries or links to them.
        let whole =
            if member.get("Id").is_some() { member.clone() } else { tree.get(path).expect("recorded") };
        whole["Id"].as_str().unwrap_or_default().to_owned()
    };
    let mut recorded: Vec<_> = documents.iter().map(text).collect();
    ids.sort();
    recorded.sort();
    assert_eq!(ids, recorded);
    assert!(said.is_sorted_by_key(|entry| entry.at), "oldest first");
    assert!(said.iter().all(|entry| !entry.text.is_empty()));
}

async fn writes(device: &dyn Device, asked: &Asked) {
    let power = device.power().expect("power");
    power.state(&cx("state")).await.expect("read");
    assert_eq!(asked.others(), 0, "reading is reading");
    assert!(asked.reads() > 3);
    // The recorded machines are on.
    let error = power.set(&cx("off"), PowerAction::ForceOff).await.expect_err("files cannot be switched off");
    assert_ne!(error.kind(), ErrorKind::Timeout, "{}", error.report());
    assert_eq!(asked.others(), 1, "refused once, not tried again");
}
