//! What opening a device asks of it: what the caller will use, and no more.

mod common;

use common::{Rig, cx};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use underlay_hal::{FacetKind, PowerState};
use underlay_redfish::quirks::{Quirk, Quirks, Vendor};
use underlay_tests::PERSONAS;

/// Requests that it takes to open a device, look at its power once, and close it; and the facets that it offered.
async fn asked(rig: &Rig) -> (u64, Vec<FacetKind>) {
    let requests = || rig.running.redfish("n1").expect("a Redfish view").requests();
    let before = requests();
    let device = rig.device().await;
    assert_eq!(device.power().expect("power").state(&cx(10.0)).await.expect("read"), PowerState::On);
    let facets = FacetKind::ALL.into_iter().filter(|facet| facet.on(&*device)).collect();
    device.close(&cx(10.0)).await.expect("closed");
    (requests() - before, facets)
}

#[tokio::test]
async fn an_opening_for_power_alone_asks_less_and_leaves_out_what_costs_questions() {
    for persona in ["standard", "dell-idrac9"] {
        let mut rig = Rig::new("redfish", persona).await;
        let (all, facets) = asked(&rig).await;
        assert!(facets.len() > 10, "{persona}: {facets:?}");
        rig.endpoint = rig.endpoint.clone().only_for([FacetKind::Power]);
        let (few, facets) = asked(&rig).await;
        assert!(facets.contains(&FacetKind::Power), "{persona}: {facets:?}");
        for costly in [FacetKind::Bios, FacetKind::Firmware, FacetKind::Events, FacetKind::ManagerConfig] {
            assert!(!facets.contains(&costly), "{persona}: {facets:?}");
        }
        assert!(few * 2 < all, "{persona}: {few} requests for power alone, {all} for everything");
    }
}

/// The service root, asked for without login over plain HTTP.
async fn root_of(rig: &Rig) -> Value {
    let here = "127.0.0.1:0".parse().expect("an address");
    let view = rig.running.redfish("n1").expect("a Redfish view");
    let plain = view.also_listen(here, None).await.expect("a free port");
    let mut stream = TcpStream::connect(plain).await.expect("connected");
    let request =
        "GET /redfish/v1/ HTTP/1.1\r\nHost: n1\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[tokio::test]
async fn each_persona_is_known_for_what_it_is() {
    let expected: [(&str, Vendor, &[&str]); 14] = [
        ("standard", Vendor::Other, &[]),
        ("standard-quad", Vendor::Other, &[]),
        ("dell-idrac9", Vendor::Dell, &["Q5a", "Q12b", "Q12c", "Q16b", "Q17"]),
        ("dell-idrac10", Vendor::Dell, &["Q5a", "Q9", "Q12b", "Q12c", "Q16b", "Q17"]),
        ("hpe-ilo5", Vendor::Hpe, &[]),
        ("hpe-ilo6", Vendor::Hpe, &[]),
        ("supermicro", Vendor::Supermicro, &["Q25", "Q26a"]),
        ("supermicro-h13", Vendor::Supermicro, &["Q25", "Q26a"]),
        ("lenovo-xcc", Vendor::Lenovo, &["Q29c", "Q30a", "Q32c"]),
        ("ami-megarac", Vendor::Ami, &["Q33a"]),
        ("huawei-ibmc", Vendor::Huawei, &[]),
        ("cisco-cimc", Vendor::Cisco, &[]),
        ("openbmc", Vendor::OpenBmc, &[]),
        ("nvidia-bmc", Vendor::Nvidia, &["Q34h"]),
    ];
    let personas: Vec<_> = PERSONAS.iter().filter(|persona| **persona != "generic-ipmi").collect();
    assert_eq!(expected.each_ref().map(|(persona, ..)| persona).as_slice(), personas, "one is not judged");
    for (persona, vendor, ids) in expected {
        let rig = Rig::new("redfish", persona).await;
        let spec = rig.truth.server().spec().persona.clone();
        let system = json!({ "Manufacturer": spec.manufacturer, "Model": spec.model });
        let manager = json!({ "FirmwareVersion": spec.bmc.firmware, "Model": spec.bmc.model });
        let quirks = Quirks::classify(&root_of(&rig).await, &system, &manager);
        let found: Vec<_> = quirks.iter().map(Quirk::id).collect();
        assert_eq!((quirks.vendor(), &*found), (vendor, ids), "{persona}");
    }
}
