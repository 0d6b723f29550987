//! What each driver promises on each persona. Nothing here is read from the driver: it is what an operator may rely on.

use std::collections::BTreeSet;

use underlay_conformance::{Danger, Promise};
use underlay_hal::FacetKind;

/// What a driver promises on a persona.
#[must_use]
pub fn promise(driver: &str, persona: &str) -> Promise {
    let mut promise = Promise { max_danger: Danger::DestroysData, ..Promise::default() };
    match driver {
        "redfish" => redfish(persona, &mut promise),
        _ => ipmi(&mut promise),
    }
    promise
}

fn ipmi(promise: &mut Promise) {
    use FacetKind::{Boot, EventLog, Inventory, Manager, Power, Sensors};
    promise.facets.extend([Manager, Power, Boot, Inventory, Sensors, EventLog]);
    // The mark is the newest boot event in the log, which a cleared log does not have: nothing to rely on.
    promise.abilities.extend(["boot.continuous", "power.stage"]);
}

fn redfish(persona: &str, promise: &mut Promise) {
    use FacetKind::{
        Accounts, Bios, Boot, EventLog, Identify, Inventory, Manager, ManagerConfig, Power, PowerMeter, Raid,
        Sensors, Tasks,
    };
    promise.facets.extend([
        Manager,
        ManagerConfig,
        Accounts,
        Power,
        Boot,
        Raid,
        Inventory,
        Sensors,
        PowerMeter,
        Identify,
        EventLog,
        Tasks,
    ]);
    promise.facets.insert(Bios);
    promise.abilities.extend(["bios.rules", "bios.reset_to_defaults", "bios.passwords"]);
    if persona != "supermicro" {
        promise.abilities.insert("bios.read_only");
    }
    // The others apply what is staged without a job that anybody sees.
    if matches!(persona, "standard" | "dell-idrac9") {
        promise.abilities.insert("bios.jobs");
    }
    let abilities: &mut BTreeSet<&'static str> = &mut promise.abilities;
    abilities.insert("inventory.nics");
    // Lenovo's service refuses the word.
    if persona != "lenovo-xcc" {
        abilities.insert("boot.continuous");
    }
    // Dell's has no BootProgress and a LastResetTime of zeros; HPE's, Supermicro's and Lenovo's tell no reset time.
    if persona != "dell-idrac9" {
        abilities.insert("power.stage");
    }
    if matches!(persona, "standard" | "openbmc") {
        abilities.insert("power.mark");
    }
}
