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
        "ssh" => shell(persona, &mut promise),
        "snmp" if persona.ends_with("-switch") => switch(persona, &mut promise),
        "snmp" => pdu(persona, &mut promise),
        _ => ipmi(&mut promise),
    }
    promise
}

/// Switches by their command line: a candidate with a timer, a timer over what is done, or a checkpoint.
fn shell(persona: &str, promise: &mut Promise) {
    promise.facets.extend([FacetKind::Switch, FacetKind::SwitchConfig]);
    promise.abilities.extend([
        "switch.vlans",
        "switch.macs",
        "switch.neighbors",
        "switch_config.transaction",
    ]);
    if persona != "cisco-nxos" {
        // It has no timer that undoes.
        promise.abilities.insert("switch_config.confirm");
    }
}

/// Switches, which are looked at.
fn switch(persona: &str, promise: &mut Promise) {
    promise.facets.insert(FacetKind::Switch);
    promise.abilities.extend(["switch.neighbors", "switch.macs"]);
    if persona == "standard-switch" {
        // The other has BRIDGE-MIB alone, which knows no VLANs.
        promise.abilities.insert("switch.vlans");
    }
}

/// Units of power: what each family's own module offers.
fn pdu(persona: &str, promise: &mut Promise) {
    promise.facets.insert(FacetKind::Pdu);
    if persona == "standard-power" {
        // Of a vendor that nobody knows: looked at, never switched.
        promise.abilities.insert("pdu.metered_outlets");
        return;
    }
    promise.abilities.extend(["pdu.switch", "pdu.cycle", "pdu.ignored", "pdu.lost_answer"]);
    // Delays of a request, and taking one back.
    // Vertiv's are configured in objects that no source of ours tells.
    let waits = ["apc-rpdu", "apc-rpdu2", "cyberpower-epdu2", "eaton-epdu"];
    let cis = ["panduit-g5", "eaton-nlogic", "hpe-pdu3", "hpe-pdu2"];
    if waits.contains(&persona) || cis.contains(&persona) {
        promise.abilities.extend(["pdu.delay", "pdu.cancel"]);
    }
    if persona == "apc-masterswitch" {
        // It cannot take one back.
        promise.abilities.insert("pdu.delay");
    }
    if !["apc-easy", "eaton-revelation", "cyberpower-epdu"].contains(&persona) {
        promise.abilities.insert("pdu.label");
    }
    let policies = [
        "raritan-pdu2",
        "servertech-sentry3",
        "eaton-epdu",
        "panduit-g5",
        "eaton-nlogic",
        "hpe-pdu3",
        "liebert-mph",
    ];
    if policies.contains(&persona) {
        promise.abilities.insert("pdu.policy");
    }
    if persona == "eaton-epdu" {
        promise.abilities.insert("pdu.groups");
    }
    if ["apc-rpdu2", "raritan-pdu2", "servertech-sentry3", "eaton-epdu"].contains(&persona) {
        promise.facets.insert(FacetKind::Sensors);
    }
    if !["apc-masterswitch", "apc-easy", "baytech-rpc", "gude-epc1202"].contains(&persona) {
        promise.abilities.insert("pdu.metered_outlets");
    }
}

fn ipmi(promise: &mut Promise) {
    use FacetKind::{Boot, EventLog, Inventory, Manager, Power, Sensors};
    promise.facets.extend([Manager, Power, Boot, Inventory, Sensors, EventLog]);
    // The mark is the newest boot event in the log, which a cleared log does not have: nothing to rely on.
    promise.abilities.extend(["boot.continuous", "power.stage", "sensors.host"]);
}

fn redfish(persona: &str, promise: &mut Promise) {
    promise.facets.extend(FacetKind::ALL);
    // Machines, and neither what powers nor what connects them.
    promise.facets.remove(&FacetKind::Pdu);
    promise.facets.remove(&FacetKind::Switch);
    promise.facets.remove(&FacetKind::SwitchConfig);
    if persona != "standard-quad" {
        // One machine, and no enclosure around several.
        promise.facets.remove(&FacetKind::Chassis);
    }
    if family(persona) == "hpe" {
        promise.facets.remove(&FacetKind::Certificates);
    }
    if persona == "huawei-ibmc" {
        // What is tried first is a matter of the firmware's settings, and not of a list.
        promise.facets.remove(&FacetKind::BootOrder);
    }
    promise.abilities.extend(abilities(persona));
}

/// The persona's vendor, or whose standard it keeps to.
fn family(persona: &str) -> &'static str {
    match persona {
        "dell-idrac9" | "dell-idrac10" => "dell",
        "hpe-ilo5" | "hpe-ilo6" => "hpe",
        "supermicro" | "supermicro-h13" => "supermicro",
        "lenovo-xcc" => "lenovo",
        "openbmc" | "nvidia-bmc" => "openbmc",
        _ => "standard",
    }
}

/// What the services offer beyond the facet itself. What a persona lacks has its reason beside it.
fn abilities(persona: &str) -> BTreeSet<&'static str> {
    let mut can = BTreeSet::from([
        "power.stage",
        "sensors.host",
        "boot.continuous",
        "bios.rules",
        "bios.read_only",
        "bios.reset_to_defaults",
        "bios.passwords",
        "firmware.push",
        "firmware.pull",
        "firmware.system",
        "firmware.needs",
        "firmware.targets",
        "firmware.exclusive",
        "virtual_media.boot",
        "accounts.min_password",
        "accounts.lockout",
        "secure_boot.set",
        "secure_boot.keys",
        "secure_boot.databases",
        "secure_boot.certificates",
        "boot_order.targets",
        "boot_order.macs",
        "manager_config.host_name",
        "manager_config.ntp",
        "manager_config.dns_servers",
        "manager_config.protocols",
        "manager_config.factory_reset",
        "certificates.told",
        "certificates.csr",
        "device.lost_answer",
        "events.stream",
        "events.push",
        "events.limit",
        "events.test",
        "tasks.list",
        "tasks.kept",
        "tasks.cancel",
        "identify.told",
        "inventory.nics",
    ]);
    can.extend(raid(persona));
    let mut without = |words: &[&'static str]| {
        for word in words {
            can.remove(word);
        }
    };
    match family(persona) {
        "dell" => without(&[
            // No BootProgress, and no shortest password is told.
            "power.stage",
            "accounts.min_password",
            // The interface shows no StaticNameServers; a certificate shows neither PEM nor fingerprint.
            "manager_config.dns_servers",
            "certificates.told",
        ]),
        "hpe" => without(&[
            // Images are fetched, and never taken as files.
            "firmware.push",
            "firmware.system",
            "firmware.needs",
            "firmware.targets",
            "firmware.exclusive",
            // The certificate is behind actions of the vendor's own, and so is the factory reset.
            "certificates.told",
            "certificates.csr",
            "manager_config.factory_reset",
        ]),
        // No setting is read-only; its options have neither alias nor device path; events are pushed, not streamed.
        "supermicro" => without(&["bios.read_only", "boot_order.targets", "events.stream"]),
        // The service refuses the word.
        "lenovo" => without(&["boot.continuous"]),
        // No passwords of the firmware, no lockout.
        "openbmc" => without(&["bios.passwords", "accounts.lockout"]),
        _ => {}
    }
    match persona {
        // 501 to the word.
        "cisco-cimc" => without(&["boot.continuous"]),
        "huawei-ibmc" => without(&["boot_order.targets", "boot_order.macs"]),
        // Everything about it wants a licence.
        "supermicro-h13" => without(&[
            "secure_boot.set",
            "secure_boot.keys",
            "secure_boot.databases",
            "secure_boot.certificates",
        ]),
        _ => {}
    }
    // Dell's reset time is zeros; HPE's, Supermicro's and Lenovo's services tell none.
    if matches!(family(persona), "standard" | "openbmc") {
        can.insert("power.mark");
    }
    // The others apply what is staged without a job that anybody sees.
    if matches!(family(persona), "standard" | "dell") {
        can.insert("bios.jobs");
    }
    if family(persona) == "standard" {
        can.insert("boot.http_uri");
    }
    if family(persona) == "dell" {
        can.insert("accounts.slots");
    }
    can
}

/// Controllers of HPE's fifth generation, Supermicro's and OpenBMC's only show what there is.
fn raid(persona: &str) -> &'static [&'static str] {
    match persona {
        "dell-idrac9" | "dell-idrac10" => &[
            "raid.volumes",
            "raid.lost_answer",
            "raid.usage",
            "raid.capacity",
            "raid.names",
            "raid.initialize",
            "raid.dedicated_spares",
            "raid.global_spares",
            "raid.modes",
            "raid.clear_foreign",
        ],
        "standard" | "lenovo-xcc" | "hpe-ilo6" | "ami-megarac" | "huawei-ibmc" | "cisco-cimc" => &[
            "raid.volumes",
            "raid.lost_answer",
            "raid.usage",
            "raid.capacity",
            "raid.names",
            "raid.initialize",
            "raid.dedicated_spares",
            "raid.global_spares",
        ],
        _ => &[],
    }
}
