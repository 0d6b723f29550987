//! Notifications: what a trap or an inform says.

use crate::Oid;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Good news, or none.
    Ok,
    /// To be looked at.
    Warning,
    /// Something does not work.
    Critical,
}

/// One kind of notification.
#[derive(Debug)]
pub struct Trap {
    /// Its `snmpTrapOID`; an SNMP 1 trap of an enterprise is `enterprise.0.number` (RFC 3584, section 3.1).
    pub oid: &'static str,
    /// Its name in its module.
    pub name: &'static str,
    /// How bad it is.
    pub weight: Weight,
    /// What happened, in words.
    pub text: &'static str,
    /// Columns that say what it is about, the best first, with the word before a number.
    pub about: &'static [(&'static str, &'static str)],
}

/// `ifName`, `ifDescr`, `ifIndex`.
const PORT: &[(&str, &str)] =
    &[("", "1.3.6.1.2.1.31.1.1.1.1"), ("", "1.3.6.1.2.1.2.2.1.2"), ("ifIndex ", "1.3.6.1.2.1.2.2.1.1")];
/// `rPDUOutletControlIndex`.
const APC_OUTLET: &[(&str, &str)] = &[("outlet ", "318.1.1.12.3.3.1.1.1")];

const fn trap(
    oid: &'static str,
    name: &'static str,
    weight: Weight,
    text: &'static str,
    about: &'static [(&'static str, &'static str)],
) -> Trap {
    Trap { oid, name, weight, text, about }
}

/// Every kind that is known: SNMPv2-MIB (RFC 3418), IF-MIB (RFC 2863), BRIDGE-MIB (RFC 4188), RMON-MIB (RFC 2819),
/// ENTITY-MIB (RFC 6933), POWER-ETHERNET-MIB (RFC 3621), LLDP-MIB (IEEE 802.1AB), PowerNet-MIB, PDU2-MIB.
pub const TRAPS: &[Trap] = &[
    trap(COLD_START, "coldStart", Weight::Warning, "the agent started, and may be configured anew", &[]),
    trap("1.3.6.1.6.3.1.1.5.2", "warmStart", Weight::Warning, "the agent started again", &[]),
    trap(LINK_DOWN, "linkDown", Weight::Warning, "a port went down", PORT),
    trap(LINK_UP, "linkUp", Weight::Ok, "a port came up", PORT),
    trap(
        "1.3.6.1.6.3.1.1.5.5",
        "authenticationFailure",
        Weight::Warning,
        "somebody asked with a wrong community",
        &[],
    ),
    trap("1.3.6.1.2.1.17.0.1", "newRoot", Weight::Warning, "it is the root of the spanning tree now", &[]),
    trap("1.3.6.1.2.1.17.0.2", "topologyChange", Weight::Ok, "the spanning tree changed", &[]),
    trap("1.3.6.1.2.1.16.0.1", "risingAlarm", Weight::Warning, "a value rose above its limit", &[]),
    trap("1.3.6.1.2.1.16.0.2", "fallingAlarm", Weight::Ok, "a value fell below its limit", &[]),
    trap("1.3.6.1.2.1.47.2.0.1", "entConfigChange", Weight::Ok, "parts were added or removed", &[]),
    trap(
        "1.3.6.1.2.1.105.0.1",
        "pethPsePortOnOffNotification",
        Weight::Ok,
        "a port's power over Ethernet went on or off",
        &[],
    ),
    trap("1.0.8802.1.1.2.0.0.1", "lldpRemTablesChange", Weight::Ok, "its neighbours changed", &[]),
    trap(APC_OUTLET_ON, "rPDUOutletOn", Weight::Ok, "an outlet went on", APC_OUTLET),
    trap(APC_OUTLET_OFF, "rPDUOutletOff", Weight::Warning, "an outlet went off", APC_OUTLET),
    trap("318.0.274", "rPDUNearOverload", Weight::Warning, "the load is near its limit", &[]),
    trap("318.0.275", "rPDUNearOverloadCleared", Weight::Ok, "the load is below its limit again", &[]),
    trap("318.0.276", "rPDUOverload", Weight::Critical, "the load is above its limit", &[]),
    trap(
        "13742.6.0.60",
        "pduSensorStateChange",
        Weight::Warning,
        "a sensor of the unit changed its state",
        &[],
    ),
    trap(
        "13742.6.0.61",
        "inletSensorStateChange",
        Weight::Warning,
        "a sensor of an inlet changed its state",
        &[],
    ),
    trap(
        "13742.6.0.63",
        "outletSensorStateChange",
        Weight::Warning,
        "a sensor of an outlet changed its state",
        &[],
    ),
    trap(
        "13742.6.0.65",
        "overCurrentProtectorSensorStateChange",
        Weight::Warning,
        "a sensor of a breaker changed its state",
        &[],
    ),
    trap(
        "13742.6.0.66",
        "externalSensorStateChange",
        Weight::Warning,
        "an environment sensor changed its state",
        &[],
    ),
];

/// `coldStart`.
pub const COLD_START: &str = "1.3.6.1.6.3.1.1.5.1";
/// `linkDown`; with `ifIndex`, `ifAdminStatus`, `ifOperStatus`.
pub const LINK_DOWN: &str = "1.3.6.1.6.3.1.1.5.3";
/// `linkUp`.
pub const LINK_UP: &str = "1.3.6.1.6.3.1.1.5.4";
/// `rPDUOutletOn`.
pub const APC_OUTLET_ON: &str = "318.0.268";
/// `rPDUOutletOff`.
pub const APC_OUTLET_OFF: &str = "318.0.269";

/// Names of columns that come with notifications.
pub const COLUMNS: &[(&str, &str)] = &[
    ("1.3.6.1.2.1.2.2.1.1", "ifIndex"),
    ("1.3.6.1.2.1.2.2.1.2", "ifDescr"),
    ("1.3.6.1.2.1.2.2.1.7", "ifAdminStatus"),
    ("1.3.6.1.2.1.2.2.1.8", "ifOperStatus"),
    ("1.3.6.1.2.1.31.1.1.1.1", "ifName"),
    ("1.3.6.1.2.1.31.1.1.1.18", "ifAlias"),
    ("318.1.1.12.1.6", "rPDUIdentSerialNumber"),
    ("318.1.1.12.3.3.1.1.1", "rPDUOutletControlIndex"),
    ("318.1.1.12.3.3.1.1.2", "rPDUOutletControlOutletName"),
];

/// The kind that has this identifier.
#[must_use]
pub fn trap_of(oid: &Oid) -> Option<&'static Trap> {
    TRAPS.iter().find(|known| Oid::table(known.oid) == *oid)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_is_found_by_its_own_identifier() {
        let all: BTreeSet<_> = TRAPS.iter().map(|known| Oid::table(known.oid)).collect();
        assert_eq!(all.len(), TRAPS.len(), "no two have one identifier");
        for known in TRAPS {
            assert_eq!(trap_of(&Oid::table(known.oid)).map(|found| found.name), Some(known.name));
            assert!(known.about.iter().all(|(_, column)| !Oid::table(column).numbers().is_empty()));
        }
        assert!(trap_of(&Oid::table("318.0.9999")).is_none());
    }
}
