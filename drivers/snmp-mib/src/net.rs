//! Objects of switches, by the standards' modules. Columns without their index.

/// IF-MIB (RFC 2863): index `ifIndex`.
pub mod interfaces {
    /// `ifDescr`.
    pub const DESCRIPTION: &str = "1.3.6.1.2.1.2.2.1.2";
    /// `ifType`.
    pub const TYPE: &str = "1.3.6.1.2.1.2.2.1.3";
    /// `ifMtu`.
    pub const MTU: &str = "1.3.6.1.2.1.2.2.1.4";
    /// `ifPhysAddress`.
    pub const ADDRESS: &str = "1.3.6.1.2.1.2.2.1.6";
    /// `ifAdminStatus`: 1 up, 2 down, 3 testing.
    pub const ADMIN: &str = "1.3.6.1.2.1.2.2.1.7";
    /// `ifOperStatus`.
    pub const OPER: &str = "1.3.6.1.2.1.2.2.1.8";
    /// `ifInDiscards`.
    pub const IN_DISCARDS: &str = "1.3.6.1.2.1.2.2.1.13";
    /// `ifInErrors`.
    pub const IN_ERRORS: &str = "1.3.6.1.2.1.2.2.1.14";
    /// `ifOutDiscards`.
    pub const OUT_DISCARDS: &str = "1.3.6.1.2.1.2.2.1.19";
    /// `ifOutErrors`.
    pub const OUT_ERRORS: &str = "1.3.6.1.2.1.2.2.1.20";
    /// `ifName`.
    pub const NAME: &str = "1.3.6.1.2.1.31.1.1.1.1";
    /// `ifHCInOctets`.
    pub const IN_OCTETS: &str = "1.3.6.1.2.1.31.1.1.1.6";
    /// `ifHCOutOctets`.
    pub const OUT_OCTETS: &str = "1.3.6.1.2.1.31.1.1.1.10";
    /// `ifHighSpeed`, in Mbit/s.
    pub const SPEED: &str = "1.3.6.1.2.1.31.1.1.1.15";
    /// `ifAlias`.
    pub const ALIAS: &str = "1.3.6.1.2.1.31.1.1.1.18";
    /// `ifType` of what is a port or a group of ports: Ethernet in its several numbers, Fibre Channel, groups (LAG),
    /// InfiniBand (IANAifType-MIB).
    pub const PORT_TYPES: [i64; 6] = [6, 56, 62, 117, 161, 199];
}

/// BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363).
pub mod bridge {
    /// `dot1dBasePortIfIndex`: index the bridge's port number.
    pub const PORT_INTERFACE: &str = "1.3.6.1.2.1.17.1.4.1.2";
    /// `dot1dTpFdbPort`: index the six octets of an address.
    pub const ADDRESS_PORT: &str = "1.3.6.1.2.1.17.4.3.1.2";
    /// `dot1dTpFdbStatus`: 1 other, 2 invalid, 3 learned, 4 self, 5 mgmt.
    pub const ADDRESS_STATUS: &str = "1.3.6.1.2.1.17.4.3.1.3";
    /// `dot1qTpFdbPort`: index a table's number and the six octets.
    pub const VLAN_ADDRESS_PORT: &str = "1.3.6.1.2.1.17.7.1.2.2.1.2";
    /// `dot1qTpFdbStatus`.
    pub const VLAN_ADDRESS_STATUS: &str = "1.3.6.1.2.1.17.7.1.2.2.1.3";
    /// `dot1qVlanFdbId`: index a time and the VLAN.
    pub const VLAN_TABLE: &str = "1.3.6.1.2.1.17.7.1.4.2.1.3";
    /// `dot1qVlanCurrentEgressPorts`: index a time and the VLAN.
    pub const CURRENT_EGRESS: &str = "1.3.6.1.2.1.17.7.1.4.2.1.4";
    /// `dot1qVlanCurrentUntaggedPorts`.
    pub const CURRENT_UNTAGGED: &str = "1.3.6.1.2.1.17.7.1.4.2.1.5";
    /// `dot1qVlanStaticName`: index the VLAN.
    pub const VLAN_NAME: &str = "1.3.6.1.2.1.17.7.1.4.3.1.1";
    /// `dot1qVlanStaticEgressPorts`.
    pub const STATIC_EGRESS: &str = "1.3.6.1.2.1.17.7.1.4.3.1.2";
    /// `dot1qVlanStaticUntaggedPorts`.
    pub const STATIC_UNTAGGED: &str = "1.3.6.1.2.1.17.7.1.4.3.1.4";
}

/// LLDP-MIB (IEEE 802.1AB-2005).
pub mod lldp {
    /// `lldpLocPortIdSubtype`: index the local port's number; 5 is the interface's name.
    pub const LOCAL_KIND: &str = "1.0.8802.1.1.2.1.3.7.1.2";
    /// `lldpLocPortId`.
    pub const LOCAL_ID: &str = "1.0.8802.1.1.2.1.3.7.1.3";
    /// `lldpLocPortDesc`.
    pub const LOCAL_DESCRIPTION: &str = "1.0.8802.1.1.2.1.3.7.1.4";
    /// `lldpRemChassisIdSubtype`: index a time, the local port's number, and a number; 4 is an address.
    pub const CHASSIS_KIND: &str = "1.0.8802.1.1.2.1.4.1.1.4";
    /// `lldpRemChassisId`.
    pub const CHASSIS_ID: &str = "1.0.8802.1.1.2.1.4.1.1.5";
    /// `lldpRemPortIdSubtype`: 3 is an address.
    pub const PORT_KIND: &str = "1.0.8802.1.1.2.1.4.1.1.6";
    /// `lldpRemPortId`.
    pub const PORT_ID: &str = "1.0.8802.1.1.2.1.4.1.1.7";
    /// `lldpRemSysName`.
    pub const SYSTEM_NAME: &str = "1.0.8802.1.1.2.1.4.1.1.9";
}

/// IEEE8023-LAG-MIB.
pub mod lag {
    /// `dot3adAggPortAttachedAggID`: index `ifIndex`; the group's `ifIndex`.
    pub const ATTACHED: &str = "1.2.840.10006.300.43.1.2.1.1.13";
}

/// POWER-ETHERNET-MIB (RFC 3621).
pub mod poe {
    /// `pethPsePortDetectionStatus`: index a group and a port.
    pub const STATUS: &str = "1.3.6.1.2.1.105.1.1.1.6";
    /// `pethPsePortPowerClassifications`: 1 is class 0.
    pub const CLASS: &str = "1.3.6.1.2.1.105.1.1.1.10";
}

/// ENTITY-MIB (RFC 6933) and ENTITY-SENSOR-MIB (RFC 3433): index `entPhysicalIndex`.
pub mod entity {
    /// `entPhysicalDescr`.
    pub const DESCRIPTION: &str = "1.3.6.1.2.1.47.1.1.1.1.2";
    /// `entPhysicalClass`: 3 is the chassis.
    pub const CLASS: &str = "1.3.6.1.2.1.47.1.1.1.1.5";
    /// `entPhysicalName`.
    pub const NAME: &str = "1.3.6.1.2.1.47.1.1.1.1.7";
    /// `entPhysicalSoftwareRev`.
    pub const SOFTWARE: &str = "1.3.6.1.2.1.47.1.1.1.1.10";
    /// `entPhysicalSerialNum`.
    pub const SERIAL: &str = "1.3.6.1.2.1.47.1.1.1.1.11";
    /// `entPhysicalMfgName`.
    pub const MANUFACTURER: &str = "1.3.6.1.2.1.47.1.1.1.1.12";
    /// `entPhysicalModelName`.
    pub const MODEL: &str = "1.3.6.1.2.1.47.1.1.1.1.13";
    /// `entPhySensorType`.
    pub const SENSOR_TYPE: &str = "1.3.6.1.2.1.99.1.1.1.1";
    /// `entPhySensorScale`: 9 is one, each step a thousand.
    pub const SENSOR_SCALE: &str = "1.3.6.1.2.1.99.1.1.1.2";
    /// `entPhySensorPrecision`: decimal digits.
    pub const SENSOR_PRECISION: &str = "1.3.6.1.2.1.99.1.1.1.3";
    /// `entPhySensorValue`.
    pub const SENSOR_VALUE: &str = "1.3.6.1.2.1.99.1.1.1.4";
    /// `entPhySensorOperStatus`: 1 is in order.
    pub const SENSOR_STATUS: &str = "1.3.6.1.2.1.99.1.1.1.5";
}
