//! What vendors do differently: one table of quirks, classified once at open, all in this file.
//!
//! Ids are those of the project's catalogue of vendor quirks. A row says which services have a quirk and where that is
//! known from; [`Quirk::describe`] says what the service does. The default, for a vendor nobody has met, is the slow and
//! safe behaviour; whatever can be handled without knowing the vendor (a ladder, a link that is followed, a field that
//! may be absent) is handled so and has no row. Each request that a quirk shaped logs its id.

use std::fmt;

use serde_json::Value;

use crate::json::Lenient as _;

/// Who made the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vendor {
    /// Dell iDRAC.
    Dell,
    /// HPE iLO.
    Hpe,
    /// Supermicro.
    Supermicro,
    /// Lenovo XCC.
    Lenovo,
    /// AMI MegaRAC and what is built on it.
    Ami,
    /// OpenBMC without a brand of its own.
    OpenBmc,
    /// NVIDIA.
    Nvidia,
    /// Cisco CIMC and UCS.
    Cisco,
    /// Huawei iBMC.
    Huawei,
    /// Anybody else.
    #[default]
    Other,
}

/// How vendors begin their names, in lower case. The longer of two that fit comes first.
const VENDORS: [(&str, Vendor); 13] = [
    ("dell", Vendor::Dell),
    ("hpe", Vendor::Hpe),
    ("hp", Vendor::Hpe),
    ("supermicro", Vendor::Supermicro),
    ("super micro", Vendor::Supermicro),
    ("lenovo", Vendor::Lenovo),
    ("ami", Vendor::Ami),
    ("american megatrends", Vendor::Ami),
    ("asrock", Vendor::Ami),
    ("openbmc", Vendor::OpenBmc),
    ("nvidia", Vendor::Nvidia),
    ("cisco", Vendor::Cisco),
    ("huawei", Vendor::Huawei),
];

/// What is known of a service before its quirks are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Platform {
    vendor: Vendor,
    /// Product, models of system and manager, in lower case.
    names: String,
    /// The first number of the controller's firmware version.
    firmware: Option<u32>,
}

macro_rules! quirks {
    ($($Name:ident, $id:literal, $text:literal;)*) => {
        /// One habit of a service that shapes what the driver sends or believes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Quirk { $(#[doc = $text] $Name,)* }

        impl Quirk {
            /// Every quirk that the driver knows.
            pub const ALL: &[Self] = &[$(Self::$Name,)*];

            /// Its id in the catalogue.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$Name => $id,)* }
            }

            /// What the service does, and what the driver does about it.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$Name => $text,)* }
            }
        }
    };
}

quirks! {
    ConflictIsAlreadySo, "Q5a", "409 to a power action means that the state is reached. Read back before believing it.";
    CdOverrideBootsNothing, "Q9", "The override `Cd` boots no virtual CD. Set the vendor's first boot device instead.";
    SettingsNeedApplyTime, "Q12b", "Settings without an apply time are staged and never applied. Always send one.";
    CurrentShowsPending, "Q12c", "While a settings job waits, staged values already read as current. Believe the job.";
    UpdateNeedsOem, "Q16b", "A multipart update without an `Oem` object in its parameters is refused. Send an empty one.";
    AccountsAreSlots, "Q17", "Accounts are slots that are always there. Fill and empty them instead of POST and DELETE.";
    NeedsWholeBoot, "Q25", "An override reverts unless target, enabled and mode are sent together. Send the whole object.";
    CdIsUsbCd, "Q26a", "A virtual CD is booted from by the target `UsbCd`. Use that word.";
    RemoteSlotOnly, "Q29c", "Slots for uploads show the standard's form and take no address. Leave them out.";
    NoContinuous, "Q30a", "`Continuous` is refused although the schema allows it. Do not list it.";
    ForceRestartHangs, "Q32a", "`ForceRestart` hangs the host. Do not list it; a power cycle works.";
    StripSizeMandatory, "Q32c", "A new volume without a strip size is answered with 500. Read back, then send 64 KiB.";
    VersionPrefix, "Q34h", "Versions of firmware begin with the name of the product. Leave it off.";
    DemandsWholeBoot, "Q33a", "An override without target, enabled and mode is refused. Send the whole object.";
}

impl Quirk {
    /// Where it is known from.
    #[must_use]
    pub fn source(self) -> &'static str {
        TABLE.iter().find(|row| row.quirk == self).map_or("", |row| row.source)
    }
}

/// Which services have a quirk.
#[derive(Clone, Copy, Debug)]
struct Row {
    quirk: Quirk,
    vendors: &'static [Vendor],
    /// Lower-case words, one of which product or model must hold; none for any.
    names: &'static [&'static str],
    /// Lower-case words, one of which in product or model means that the quirk is not there.
    not_names: &'static [&'static str],
    /// First numbers of the firmware versions that do not have it, from and to; an untold version has it.
    not_firmware: Option<(u32, u32)>,
    /// Where this is known from.
    source: &'static str,
}

impl Row {
    const fn new(quirk: Quirk, vendors: &'static [Vendor], source: &'static str) -> Self {
        Self { quirk, vendors, names: &[], not_names: &[], not_firmware: None, source }
    }

    const fn of(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    const fn not_of(self, not_names: &'static [&'static str]) -> Self {
        Self { not_names, ..self }
    }

    const fn not_firmware(self, from: u32, to: u32) -> Self {
        Self { not_firmware: Some((from, to)), ..self }
    }

    fn fits(&self, platform: &Platform) -> bool {
        self.vendors.contains(&platform.vendor)
            && (self.names.is_empty() || self.names.iter().any(|name| platform.names.contains(name)))
            && !self.not_names.iter().any(|name| platform.names.contains(name))
            && self
                .not_firmware
                .is_none_or(|(from, to)| platform.firmware.is_none_or(|own| !(from..=to).contains(&own)))
    }
}

/// The table. Every row has a test with its control below, or on the simulator's persona with the same id.
const TABLE: &[Row] = &[
    Row::new(Quirk::ConflictIsAlreadySo, &[Vendor::Dell], "libredfish network.rs"),
    // The standard's override boots virtual media on 6.x and 7.x only; the next generation began again with 1.x.
    Row::new(Quirk::CdOverrideBootsNothing, &[Vendor::Dell], "ironic redfish/boot.py, sushy oem/dell")
        .not_firmware(6, 7),
    Row::new(Quirk::SettingsNeedApplyTime, &[Vendor::Dell], "iDRAC-Redfish-Scripting issue 84"),
    Row::new(Quirk::CurrentShowsPending, &[Vendor::Dell], "libredfish pull request 25"),
    Row::new(Quirk::UpdateNeedsOem, &[Vendor::Dell], "libredfish dell.rs"),
    Row::new(Quirk::AccountsAreSlots, &[Vendor::Dell], "nv-redfish bmc_quirks.rs, ironcore issue 946"),
    Row::new(
        Quirk::NeedsWholeBoot,
        &[Vendor::Supermicro],
        "ironic redfish/management.py, Redfishtool issue 106",
    ),
    Row::new(Quirk::CdIsUsbCd, &[Vendor::Supermicro], "sushy resources/system/system.py")
        .not_of(&["ars-111gl-nhr"]),
    Row::new(Quirk::RemoteSlotOnly, &[Vendor::Lenovo], "bmclib providers/lenovo/virtual_media.go"),
    Row::new(Quirk::NoContinuous, &[Vendor::Lenovo], "bmclib providers/lenovo/boot.go"),
    Row::new(Quirk::ForceRestartHangs, &[Vendor::Lenovo], "libredfish lenovo.rs").of(&["sr675 v3 ovx"]),
    Row::new(Quirk::StripSizeMandatory, &[Vendor::Lenovo], "confluent aiohmi redfish/oem/lenovo/xcc3.py"),
    Row::new(Quirk::VersionPrefix, &[Vendor::Nvidia], "NICo, firmware of GB200 trays").of(&["gb200"]),
    Row::new(Quirk::DemandsWholeBoot, &[Vendor::Ami], "ironic redfish/management.py"),
];

/// The habits of one service.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    vendor: Vendor,
    set: u64,
}

impl Quirks {
    /// Decides from the service root, the system and the manager, each as far as it is known.
    ///
    /// The vendor is the root's `Vendor`, else the only key of its `Oem`, else the system's `Manufacturer`; compared
    /// without regard to case, by the beginning of the name.
    #[must_use]
    pub fn classify(root: &Value, system: &Value, manager: &Value) -> Self {
        let platform = Platform::of(root, system, manager);
        let set = TABLE.iter().filter(|row| row.fits(&platform)).fold(0, |set, row| set | bit(row.quirk));
        Self { vendor: platform.vendor, set }
    }

    /// Who made it.
    #[must_use]
    pub fn vendor(self) -> Vendor {
        self.vendor
    }

    /// Does the service have this habit?
    #[must_use]
    pub fn has(self, quirk: Quirk) -> bool {
        self.set & bit(quirk) != 0
    }

    /// Its habits, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.has(*quirk))
    }

    /// These quirks and no others; for tests.
    #[cfg(test)]
    pub(crate) fn only(quirks: &[Quirk]) -> Self {
        Self { vendor: Vendor::Other, set: quirks.iter().fold(0, |set, quirk| set | bit(*quirk)) }
    }

    /// Must an override be sent as a whole?
    #[must_use]
    pub fn whole_boot_object(self) -> Option<Quirk> {
        [Quirk::NeedsWholeBoot, Quirk::DemandsWholeBoot].into_iter().find(|quirk| self.has(*quirk))
    }

    /// Is this system the host, and not a part that has a system of its own (Q33b, and data processing units)?
    #[must_use]
    pub fn is_host(self, id: &str) -> bool {
        let id = id.to_ascii_lowercase();
        let part = id.contains("dpu") || id.starts_with("hgx_");
        !part
    }

    /// Where a vendor tells the progress of the boot outside the standard: property path, the words that mean "in
    /// self test", and those that mean "past it".
    #[must_use]
    pub fn boot_progress_outside_the_standard(
        self,
    ) -> Option<(&'static [&'static str], &'static [&'static str], &'static [&'static str])> {
        match self.vendor {
            Vendor::Hpe => Some((
                &["Oem", "Hpe", "PostState"],
                &["InPost", "Reset", "PowerOff"],
                &["FinishedPost", "InPostDiscoveryComplete"],
            )),
            Vendor::Lenovo => Some((
                &["Oem", "Lenovo", "SystemStatus"],
                &[
                    "SystemPowerOff/StateUnknown",
                    "SystemOnStartingUEFI",
                    "SystemInUEFI",
                    "SystemRunningInUEFI",
                ],
                &[
                    "OSBooted",
                    "BootingOSOrInUndetectedOS",
                    "BootingOSOrInUnsupportedOS",
                    "SystemRunningInSetup",
                ],
            )),
            _ => None,
        }
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.vendor)?;
        f.debug_set().entries(self.iter().map(Quirk::id)).finish()
    }
}

const fn bit(quirk: Quirk) -> u64 {
    1 << quirk as u64
}

impl Platform {
    fn of(root: &Value, system: &Value, manager: &Value) -> Self {
        let only_oem = root
            .at(&["Oem"])
            .as_object()
            .filter(|oem| oem.len() == 1)
            .and_then(|oem| oem.keys().next().cloned());
        let told = root.text(&["Vendor"]).or(only_oem).or_else(|| system.text(&["Manufacturer"]));
        let word = told.unwrap_or_default().to_ascii_lowercase();
        let vendor = VENDORS.iter().find(|(prefix, _)| word.starts_with(prefix)).map(|(_, vendor)| *vendor);
        let names = [root.text(&["Product"]), system.text(&["Model"]), manager.text(&["Model"])];
        let names: Vec<_> = names.into_iter().flatten().collect();
        let firmware = manager.text(&["FirmwareVersion"]);
        let firmware = firmware.and_then(|version| version.split('.').next()?.trim().parse().ok());
        let names = names.join("\n").to_ascii_lowercase();
        Self { vendor: vendor.unwrap_or_default(), names, firmware }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(root: &Value, system: &Value, manager: &Value) -> Quirks {
        Quirks::classify(root, system, manager)
    }

    #[test]
    fn vendors_are_told_by_root_oem_or_manufacturer() {
        let none = json!({});
        for (root, system, vendor) in [
            (json!({"Vendor": "Dell"}), json!({}), Vendor::Dell),
            (json!({"Vendor": "HPE"}), json!({}), Vendor::Hpe),
            (json!({"Vendor": "Cisco Systems, Inc."}), json!({}), Vendor::Cisco),
            (json!({"Vendor": null, "Oem": {"Supermicro": {}}}), json!({}), Vendor::Supermicro),
            (json!({"Oem": {"A": {}, "B": {}}}), json!({"Manufacturer": "Lenovo"}), Vendor::Lenovo),
            (none.clone(), json!({"Manufacturer": "Sushy Emulator"}), Vendor::Other),
            (none.clone(), none.clone(), Vendor::Other),
        ] {
            assert_eq!(of(&root, &system, &none).vendor(), vendor, "{root} {system}");
        }
    }

    #[test]
    fn every_quirk_has_a_row_and_every_row_a_control() {
        assert!(Quirk::ALL.len() < 64);
        for quirk in Quirk::ALL {
            assert!(TABLE.iter().any(|row| row.quirk == *quirk), "{quirk:?} is on no platform");
        }
        for row in TABLE {
            assert!(!row.quirk.source().is_empty(), "{row:?}");
            let vendor = VENDORS.iter().find(|(_, vendor)| row.vendors.contains(vendor)).expect("a vendor").0;
            let root = json!({ "Vendor": vendor, "Product": row.names.first() });
            assert!(of(&root, &json!({}), &json!({})).has(row.quirk), "{row:?}");
            // The controls: another vendor, another model, another firmware.
            let other = VENDORS.iter().find(|(_, vendor)| !row.vendors.contains(vendor)).expect("another").0;
            let stranger = json!({ "Vendor": other, "Product": row.names.first() });
            assert!(!of(&stranger, &json!({}), &json!({})).has(row.quirk), "{row:?}");
            if !row.names.is_empty() {
                assert!(
                    !of(&json!({ "Vendor": vendor, "Product": "Other" }), &json!({}), &json!({}))
                        .has(row.quirk)
                );
            }
            if let Some(name) = row.not_names.first() {
                let excepted = json!({ "Vendor": vendor, "Product": name });
                assert!(!of(&excepted, &json!({}), &json!({})).has(row.quirk), "{row:?}");
            }
            if let Some((from, to)) = row.not_firmware {
                for (major, has) in [(from - 1, true), (from, false), (to, false), (to + 1, true)] {
                    let manager = json!({ "FirmwareVersion": format!("{major}.10.30.20") });
                    assert_eq!(of(&root, &json!({}), &manager).has(row.quirk), has, "{row:?} {major}");
                }
            }
        }
    }

    #[test]
    fn parts_are_not_the_host() {
        let quirks = Quirks::default();
        assert!(quirks.is_host("1") && quirks.is_host("System.Embedded.1"));
        assert!(!quirks.is_host("HGX_Baseboard_0") && !quirks.is_host("Bluefield-DPU"));
    }
}
