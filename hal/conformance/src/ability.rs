//! What not every device has: the words that a rig promises, and that a law needs.

/// An ability within a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ability {
    /// `facet.word`, or `device.word` for what is of no one facet.
    pub name: &'static str,
    /// What a rig promises with it.
    pub means: &'static str,
}

const fn can(name: &'static str, means: &'static str) -> Ability {
    Ability { name, means }
}

/// Every ability that a law needs; a rig promises no other.
pub const ABILITIES: &[Ability] = &[
    can("device.lost_answer", "the rig can lose the answer to a change that was carried out"),
    can("power.stage", "the stage of a boot tells the self test"),
    can("power.mark", "each boot has a mark of its own"),
    can("boot.continuous", "an override can stay"),
    can("boot.http_uri", "an override takes an address to boot from by HTTP"),
    can("bios.rules", "the settings have rules that tell their defaults"),
    can("bios.read_only", "some setting cannot be changed, and its rule says so"),
    can("bios.jobs", "changes are jobs on the device, and one of somebody else can wait there"),
    can("bios.reset_to_defaults", "the vendor's defaults can be set"),
    can("bios.passwords", "the firmware's passwords can be set"),
    can("raid.volumes", "a controller makes volumes, and has free drives of one size for one"),
    can(
        "raid.lost_answer",
        "the rig can lose the answer to a volume that was asked for, and controllers make some",
    ),
    can("raid.usage", "the device tells what each drive is used for"),
    can("raid.capacity", "a volume can be smaller than its drives"),
    can("raid.names", "a volume can be named"),
    can("raid.initialize", "a volume can be initialised"),
    can("raid.dedicated_spares", "a drive can be the spare of one volume, and one is left beside the volume"),
    can("raid.global_spares", "a drive can be the spare of every volume, and one is left beside the volume"),
    can("raid.modes", "a controller that makes volumes has a mode, and can be set to another"),
    can("raid.clear_foreign", "a foreign configuration is told and can be cleared"),
    can("firmware.push", "an image of the management controller can be sent as a file"),
    can("firmware.pull", "the device fetches images, and the rig serves one"),
    can("firmware.system", "an image of the system firmware can be sent, and waits for a reset"),
    can("firmware.needs", "that reset is told, and not only found out"),
    can("firmware.targets", "the component that an image is for can be named"),
    can("firmware.exclusive", "one update runs at a time"),
    can("virtual_media.boot", "the host can be booted from an image that it sees as a CD"),
    can("accounts.slots", "the number of accounts is limited and told"),
    can("accounts.min_password", "the shortest password is told and demanded"),
    can("accounts.lockout", "failed logins lock an account, which is told and can be undone"),
    can(
        "secure_boot.set",
        "secure boot can be asked for and against; if the rig begins without keys, they can be reset",
    ),
    can("secure_boot.keys", "every key can be deleted, and the vendor's brought back"),
    can("secure_boot.databases", "the certificates of PK, KEK and db are told"),
    can(
        "secure_boot.certificates",
        "certificates of db are told, added and removed, and the rig has one to add",
    ),
    can("boot_order.targets", "options are told as pxe and hdd, and the host can boot from either"),
    can("boot_order.macs", "the network port of an option is told"),
    can("manager_config.host_name", "the host name can be set"),
    can("manager_config.ntp", "network time and its servers can be set"),
    can("manager_config.dns_servers", "the name servers can be set"),
    can("manager_config.protocols", "services can be switched, and ssh is one"),
    can("manager_config.factory_reset", "the controller can be set as it was delivered"),
    can("certificates.told", "a listed certificate has its SHA-256 or its PEM"),
    can("certificates.csr", "requests for signing are made, and certificates installed"),
    can("identify.told", "the light is told, and not only set"),
    can("events.stream", "events come as a stream"),
    can("events.push", "events are sent to receivers, and the rig has one"),
    can("events.limit", "the number of receivers is limited"),
    can("events.test", "a test event can be sent to receivers"),
    can("inventory.nics", "the network ports are told with their addresses"),
    can("switch_config.transaction", "a plan is carried out whole or not at all"),
    can("switch_config.confirm", "a change undoes itself unless it is confirmed"),
    can("sensors.host", "some sensors cannot be read while the host is off"),
    can("pdu.switch", "outlets go on and off"),
    can("pdu.cycle", "outlets can be cycled"),
    can("pdu.ignored", "the rig can accept a change and do nothing"),
    can("pdu.lost_answer", "the rig can lose the answer to a change of an outlet"),
    can("pdu.delay", "outlets can be asked to act later, and tell that they wait"),
    can("pdu.cancel", "what waits can be taken back"),
    can("pdu.label", "outlets can be named"),
    can("pdu.policy", "what outlets do when power comes back can be set"),
    can("pdu.groups", "outlets are in groups, one of several of them, and switched together"),
    can("pdu.metered_outlets", "what is drawn from each outlet is measured"),
    can("switch.vlans", "VLANs are told with their members"),
    can("switch.neighbors", "who is at the other end is told"),
    can("switch.macs", "where addresses are is told"),
    can("tasks.list", "whatever runs on the device is listed and can be polled"),
    can("tasks.kept", "finished tasks are still known for a while"),
    can("tasks.cancel", "tasks can be stopped"),
];
