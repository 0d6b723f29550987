//! The chassis that contains machines, and where each of them is in it.

use serde_json::{Value, json};

use super::{ROOT, Scene, link, ok_status, power, with};

/// The systems that this service stands for.
pub(super) fn systems(scene: &Scene<'_>) -> Vec<Value> {
    let ids = scene.service.nodes.iter().map(|node| &node.data.ids.system);
    ids.map(|id| link(&format!("{ROOT}/Systems/{id}"))).collect()
}

/// The chassis of the machines.
fn node_chassis(scene: &Scene<'_>) -> Vec<Value> {
    let ids = scene.service.nodes.iter().map(|node| &node.data.ids.chassis);
    ids.map(|id| link(&format!("{ROOT}/Chassis/{id}"))).collect()
}

/// Every chassis, the enclosure first.
pub(super) fn all_chassis(scene: &Scene<'_>) -> Vec<Value> {
    let enclosure = scene.data.enclosure.iter().map(|id| link(&format!("{ROOT}/Chassis/{id}")));
    enclosure.chain(node_chassis(scene)).collect()
}

/// The enclosure and what is its own, if the path is under it.
pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let id = scene.data.enclosure.as_deref()?;
    match rest {
        [own] if *own == id => Some(chassis(scene, path, id)),
        [own, "PowerSubsystem", rest @ ..] if *own == id && scene.data.subsystems => {
            power::subsystem(scene, path, rest)
        }
        [own, "Power"] if *own == id && scene.data.thermal_and_power => Some(power::power(scene, path)),
        _ => None,
    }
}

fn chassis(scene: &Scene<'_>, path: &str, id: &str) -> Value {
    let spec = scene.spec();
    let (data, slot) = (spec.persona.enclosure.as_ref(), spec.slot.as_ref());
    let mut chassis = with(
        scene.resource(path, "Chassis", id, "Enclosure"),
        json!({
            "ChassisType": "Enclosure",
            "Manufacturer": spec.persona.manufacturer,
            "Model": data.map(|data| &data.model),
            "SKU": data.map(|data| &data.part_number),
            "PartNumber": data.map(|data| &data.part_number),
            "SerialNumber": slot.map(|slot| &slot.enclosure_serial),
            "PowerState": "On",
            "Status": ok_status("Enabled"),
            "Links": {
                "ComputerSystems": systems(scene),
                "Contains": node_chassis(scene),
                "ManagedBy": [link(&scene.manager())],
                "ManagersInChassis": [link(&scene.manager())],
            },
        }),
    );
    if scene.data.subsystems {
        chassis["PowerSubsystem"] = link(&format!("{path}/PowerSubsystem"));
    }
    if scene.data.thermal_and_power {
        chassis["Power"] = link(&format!("{path}/Power"));
    }
    chassis
}

/// Says of the chassis of a machine where in its enclosure it is.
pub(super) fn place(scene: &Scene<'_>, chassis: &mut Value) {
    let (Some(slot), Some(enclosure)) = (&scene.spec().slot, &scene.data.enclosure) else { return };
    chassis["ChassisType"] = "Sled".into();
    chassis["Location"] = json!({ "PartLocation": {
        "LocationType": "Slot",
        "LocationOrdinalValue": slot.index + 1,
        "ServiceLabel": slot.name,
    }});
    chassis["Links"]["ContainedBy"] = link(&format!("{ROOT}/Chassis/{enclosure}"));
    if let Some(links) = chassis["Links"].as_object_mut() {
        links.remove("ManagersInChassis");
    }
}
