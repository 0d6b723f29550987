//! The chassis and what hangs on it.

use serde_json::{Value, json};

use super::{
    Scene, collection_of, enclosure, link, network, ok_status, power, sensors, systems, thermal, with,
};
use crate::plant::{Identify, PowerState};
use crate::redfish::quirks::Quirk;

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let id = &scene.data.ids.chassis;
    if let Some(document) = enclosure::render(scene, path, rest) {
        return Some(document);
    }
    let alone = scene.data.enclosure.is_none();
    let (old, new) = (scene.data.thermal_and_power, scene.data.subsystems);
    match rest {
        [] => Some(collection_of(path, "Chassis", "Chassis Collection", enclosure::all_chassis(scene))),
        [other, ..] if other != id => None,
        [_] => Some(chassis(scene, path)),
        [_, "NetworkAdapters", rest @ ..] => network::network_adapters(scene, path, rest),
        [_, "Thermal"] if old => Some(thermal::thermal(scene, path)),
        [_, "Power"] if old && alone => Some(power::power(scene, path)),
        [_, "ThermalSubsystem", rest @ ..] if new => thermal::subsystem(scene, path, rest),
        [_, "PowerSubsystem", rest @ ..] if new && alone => power::subsystem(scene, path, rest),
        [_, "Sensors", rest @ ..] if new || scene.data.sensors => sensors::render(scene, path, rest),
        [_, "EnvironmentMetrics"] if new => Some(sensors::environment(scene, path)),
        [_, "Drives"] => Some(drives(scene, path)),
        _ => None,
    }
}

fn chassis(scene: &Scene<'_>, path: &str) -> Value {
    let (data, spec, now) = (scene.data, scene.spec(), &scene.snapshot);
    let power = if now.power == PowerState::Off { "Off" } else { "On" };
    let mut chassis = with(
        scene.resource(path, "Chassis", &data.ids.chassis, "Computer System Chassis"),
        json!({
            "ChassisType": "RackMount",
            "Manufacturer": spec.persona.manufacturer,
            "Model": spec.persona.model,
            "SKU": spec.persona.part_number,
            "PartNumber": spec.persona.part_number,
            "SerialNumber": spec.serial,
            "AssetTag": spec.asset_tag,
            "PowerState": power,
            "Status": ok_status("Enabled"),
            "NetworkAdapters": link(&format!("{path}/NetworkAdapters")),
            "Drives": link(&format!("{path}/Drives")),
            "Links": {
                "ComputerSystems": [link(&scene.system())],
                "ManagedBy": [link(&scene.manager())],
                "ManagersInChassis": [link(&scene.manager())],
            },
        }),
    );
    enclosure::place(scene, &mut chassis);
    let Some(fields) = chassis.as_object_mut() else { return chassis };
    let mut add = |name: &str| {
        fields.insert(name.into(), link(&format!("{path}/{name}")));
    };
    let alone = data.enclosure.is_none();
    if data.thermal_and_power {
        ["Thermal", "Power"].into_iter().filter(|name| alone || *name != "Power").for_each(&mut add);
    }
    if data.sensors && !data.subsystems {
        add("Sensors");
    }
    if data.subsystems {
        ["ThermalSubsystem", "PowerSubsystem", "Sensors", "EnvironmentMetrics"]
            .into_iter()
            .filter(|name| alone || *name != "PowerSubsystem")
            .for_each(&mut add);
    }
    if data.indicator_led {
        fields.insert("IndicatorLED".into(), systems::indicator(now.identify).into());
    } else {
        fields.insert("LocationIndicatorActive".into(), (now.identify != Identify::Off).into());
    }
    if scene.quirks.has(Quirk::NoChassisType) {
        fields.remove("ChassisType");
    }
    chassis
}

fn drives(scene: &Scene<'_>, path: &str) -> Value {
    collection_of(path, "Drive", "Drive Collection", super::storage::drive_links(scene))
}
