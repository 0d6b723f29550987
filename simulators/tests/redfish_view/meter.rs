//! What a machine draws, and what its ports hear of their neighbours.

use serde_json::{Value, json};
use underlay_rack::{Device, NetCable, NicPort, Rack, Switch};
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{ClockMode, Plant, Role};
use underlay_simulators::redfish::{Options, serve};

use super::support::{Client, LOOPBACK, Rig};

const METRICS: &str = "/redfish/v1/Chassis/1/EnvironmentMetrics";
const POWER: &str = "/redfish/v1/Chassis/1/Power";

async fn number(client: &Client, path: &str, pointer: &str) -> f64 {
    let document = client.get(path).await.json();
    document.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer}: {document}"))
}

#[tokio::test]
async fn energy_grows_with_plant_time_and_with_what_is_drawn() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.server.place(false);
    let joules = "/EnergyJoules/Reading";
    let start = number(&client, METRICS, joules).await;
    rig.advance(3600);
    let client = rig.admin().await;
    let off = number(&client, METRICS, joules).await - start;
    assert!((off - 18.0 * 3600.0).abs() < 2.0, "{off}");
    rig.server.place(true);
    let start =
        (number(&client, METRICS, joules).await, number(&client, METRICS, "/EnergykWh/Reading").await);
    rig.advance(3600);
    let client = rig.admin().await;
    let on = number(&client, METRICS, joules).await - start.0;
    assert!((on - 320.0 * 3600.0).abs() < 2.0, "{on}");
    let hours = number(&client, METRICS, "/EnergykWh/Reading").await - start.1;
    assert!((hours - 0.32).abs() < 0.000_2, "{hours}");
    let watts = number(&client, METRICS, "/PowerWatts/Reading").await;
    assert!((watts - number(&client, POWER, "/PowerControl/0/PowerConsumedWatts").await).abs() < 0.01);
}

#[tokio::test]
async fn least_mean_and_most_are_of_the_interval_and_a_limit_is_shown_where_there_is_one() {
    for (persona, minutes, limit) in
        [("standard", 5, json!(1300)), ("dell-idrac9", 1, json!(1205)), ("hpe-ilo5", 20, Value::Null)]
    {
        let rig = Rig::new(persona).await;
        rig.server.place(true);
        rig.server.force_sensor(&power_sensor(&rig), Some(700.0)).expect("it is there");
        rig.advance(90);
        rig.server.force_sensor(&power_sensor(&rig), None).expect("it is there");
        rig.advance(90);
        let client = rig.admin().await;
        let chassis = client.get("/redfish/v1/Chassis").await.json()["Members"][0]["@odata.id"].clone();
        let path = format!("{}/Power", chassis.as_str().expect("a chassis"));
        let control = client.get(&path).await.json()["PowerControl"][0].clone();
        assert_eq!(control["PowerLimit"]["LimitInWatts"], limit, "{persona}");
        let metrics = &control["PowerMetrics"];
        assert_eq!(metrics["IntervalInMin"], minutes, "{persona}");
        let told = ["MinConsumedWatts", "AverageConsumedWatts", "MaxConsumedWatts"]
            .map(|name| metrics[name].as_f64().expect("watts"));
        assert!(told.is_sorted() && told[0] > 100.0, "{persona}: {told:?}");
        assert_eq!(
            told[2] >= 700.0,
            minutes > 1,
            "{persona}: what was before the interval is not in it: {told:?}"
        );
    }
}

fn power_sensor(rig: &Rig) -> String {
    let all = ["System Power", "Pwr Consumption", "Power Meter"];
    let sensors = rig.server.spec().sensors().iter().map(|data| data.name.clone());
    sensors.into_iter().find(|name| all.contains(&name.as_str())).expect("a sensor")
}

#[tokio::test]
async fn a_port_hears_the_switch_it_is_cabled_to_while_the_link_is_up() {
    for (persona, hears) in [("standard", true), ("openbmc", false)] {
        let nic = |name: &str, port: Option<u32>| NicPort {
            name: name.to_owned(),
            mac: None,
            speed_mbps: None,
            cable: port.map(|port| NetCable { switch: "leaf1".to_owned(), port }),
        };
        let device = Device {
            name: "node01".into(),
            persona: Some(persona.into()),
            nics: vec![nic("eth0", Some(7)), nic("eth1", None)],
            ..Device::default()
        };
        let switches = vec![Switch { name: "leaf1".into(), ports: 8, uplinks: Vec::new() }];
        let rack = Rack { seed: 7, switches, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
        let server = plant.server("node01").expect("the machine");
        server.put_account("admin", "admin".into(), Role::Administrator).expect("a slot");
        let view = serve(server.clone(), LOOPBACK, Options::default()).await.expect("a view");
        let rig = Rig { plant, server, view };
        rig.server.place(true);
        let client = rig.admin().await;
        let chassis = client.get("/redfish/v1/Chassis").await.json()["Members"][0]["@odata.id"].clone();
        let adapters = format!("{}/NetworkAdapters", chassis.as_str().expect("a chassis"));
        let adapter = client.get(&adapters).await.json()["Members"][0]["@odata.id"].clone();
        let ports = format!("{}/Ports", adapter.as_str().expect("an adapter"));
        let members = client.get(&ports).await.json()["Members"].clone();
        let ethernet = |at: usize| {
            let path = members[at]["@odata.id"].as_str().expect("a port").to_owned();
            let client = client.clone();
            async move { client.get(&path).await.json()["Ethernet"].clone() }
        };
        let heard = ethernet(0).await;
        if !hears {
            assert_eq!((heard.get("LLDPReceive"), heard.get("LLDPEnabled")), (None, None));
            continue;
        }
        let told = &heard["LLDPReceive"];
        assert_eq!((&told["SystemName"], &told["PortId"]), (&json!("leaf1"), &json!("7")));
        assert_eq!(told["ChassisId"].as_str().map(str::len), Some(17));
        assert_eq!(ethernet(1).await["LLDPReceive"], json!({}), "it is cabled to nothing");
        rig.plant.set_cable("leaf1", 7, false).expect("it is there");
        assert_eq!(ethernet(0).await["LLDPReceive"], json!({}));
        rig.plant.set_cable("leaf1", 7, true).expect("it is there");
        assert_eq!(&ethernet(0).await, &heard);
    }
}
