//! Which schemas this view writes, and in which versions.

/// Versions of the schemas this view writes, unless a persona names others: those of the 2023.1 bundle.
pub(super) const VERSIONS: &[(&str, &str)] = &[
    ("AccountService", "v1_13_0"),
    ("ActionInfo", "v1_3_0"),
    ("Chassis", "v1_23_0"),
    ("ComputerSystem", "v1_20_1"),
    ("Drive", "v1_17_0"),
    ("EnvironmentMetrics", "v1_3_0"),
    ("EthernetInterface", "v1_9_0"),
    ("Fan", "v1_4_0"),
    ("LogEntry", "v1_15_0"),
    ("LogService", "v1_4_0"),
    ("Manager", "v1_18_0"),
    ("ManagerAccount", "v1_10_0"),
    ("ManagerNetworkProtocol", "v1_9_1"),
    ("Memory", "v1_17_1"),
    ("MessageRegistryFile", "v1_1_3"),
    ("NetworkAdapter", "v1_9_0"),
    ("NetworkDeviceFunction", "v1_9_0"),
    ("Port", "v1_9_0"),
    ("Power", "v1_7_1"),
    ("PowerSubsystem", "v1_1_0"),
    ("PowerSupply", "v1_5_1"),
    ("PowerSupplyMetrics", "v1_0_1"),
    ("Processor", "v1_18_0"),
    ("Role", "v1_3_1"),
    ("Sensor", "v1_7_0"),
    ("ServiceRoot", "v1_16_0"),
    ("Session", "v1_6_0"),
    ("SessionService", "v1_1_8"),
    ("Storage", "v1_15_0"),
    ("StorageController", "v1_7_0"),
    ("Task", "v1_7_1"),
    ("TaskService", "v1_2_0"),
    ("Thermal", "v1_7_1"),
    ("ThermalMetrics", "v1_1_0"),
    ("ThermalSubsystem", "v1_2_0"),
];

/// Schemas of the collections, which have no versions.
pub(super) const COLLECTIONS: &[&str] = &[
    "Chassis",
    "ComputerSystem",
    "Drive",
    "EthernetInterface",
    "Fan",
    "LogEntry",
    "LogService",
    "Manager",
    "ManagerAccount",
    "Memory",
    "MessageRegistryFile",
    "NetworkAdapter",
    "NetworkDeviceFunction",
    "Port",
    "PowerSupply",
    "Processor",
    "Role",
    "Sensor",
    "Session",
    "Storage",
    "StorageController",
    "Task",
    "Volume",
];

/// The version of a schema, unless a persona names another.
pub(super) fn own_version(schema: &str) -> &'static str {
    VERSIONS.iter().find(|(name, _)| *name == schema).map_or("v1_0_0", |(_, version)| version)
}
