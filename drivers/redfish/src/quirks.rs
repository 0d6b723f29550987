//! What vendors do differently: named predicates, decided once at open, all in this file.
//!
//! Each predicate says what the driver does about it. The default, for a vendor nobody has met, is the slow and safe
//! behaviour. Ids are those of the project's catalogue of vendor quirks.

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
    /// Anybody else.
    #[default]
    Other,
}

/// The habits of one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Who made it.
    pub vendor: Vendor,
}

impl Quirks {
    /// Decides from the service root and the system (facts: root `Vendor`, else the only key of `Oem`, else the
    /// system's `Manufacturer`; compared without regard to case).
    #[must_use]
    pub fn classify(root: &Value, system: &Value) -> Self {
        let only_oem = root
            .at(&["Oem"])
            .as_object()
            .filter(|oem| oem.len() == 1)
            .and_then(|oem| oem.keys().next().cloned());
        let told = root.text(&["Vendor"]).or(only_oem).or_else(|| system.text(&["Manufacturer"]));
        let word = told.unwrap_or_default().to_ascii_lowercase();
        let table = [
            ("dell", Vendor::Dell),
            ("hpe", Vendor::Hpe),
            ("hp", Vendor::Hpe),
            ("supermicro", Vendor::Supermicro),
            ("super micro", Vendor::Supermicro),
            ("lenovo", Vendor::Lenovo),
            ("ami", Vendor::Ami),
            ("asrock", Vendor::Ami),
            ("openbmc", Vendor::OpenBmc),
            ("nvidia", Vendor::Nvidia),
        ];
        let vendor = table.iter().find(|(prefix, _)| word.starts_with(prefix)).map(|(_, vendor)| *vendor);
        Self { vendor: vendor.unwrap_or_default() }
    }

    /// Q25, Q33a: an override reverts unless target, enabled and mode are all sent. Send the whole object.
    #[must_use]
    pub fn wants_whole_boot_object(self) -> bool {
        matches!(self.vendor, Vendor::Supermicro | Vendor::Ami)
    }

    /// Q30a: `Continuous` is refused although the schema allows it. Do not list it.
    #[must_use]
    pub fn lacks_continuous_override(self) -> bool {
        self.vendor == Vendor::Lenovo
    }

    /// Q5a: 409 to a power action means "already so". Read back before believing it.
    #[must_use]
    pub fn conflict_means_already_so(self) -> bool {
        self.vendor == Vendor::Dell
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

    /// Is this system the host, and not a part that has a system of its own (Q33b, and data processing units)?
    #[must_use]
    pub fn is_host(self, id: &str) -> bool {
        let id = id.to_ascii_lowercase();
        !id.contains("dpu") && !id.starts_with("hgx_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn vendors_are_told_by_root_oem_or_manufacturer() {
        let none = json!({});
        for (root, system, vendor) in [
            (json!({"Vendor": "Dell"}), json!({}), Vendor::Dell),
            (json!({"Vendor": "HPE"}), json!({}), Vendor::Hpe),
            (json!({"Vendor": null, "Oem": {"Supermicro": {}}}), json!({}), Vendor::Supermicro),
            (json!({"Oem": {"A": {}, "B": {}}}), json!({"Manufacturer": "Lenovo"}), Vendor::Lenovo),
            (none.clone(), json!({"Manufacturer": "Sushy Emulator"}), Vendor::Other),
            (none.clone(), none.clone(), Vendor::Other),
        ] {
            assert_eq!(Quirks::classify(&root, &system).vendor, vendor, "{root} {system}");
        }
    }

    #[test]
    fn each_quirk_has_a_control() {
        let of = |vendor| Quirks { vendor };
        assert!(
            of(Vendor::Supermicro).wants_whole_boot_object() && !of(Vendor::Dell).wants_whole_boot_object()
        );
        assert!(
            of(Vendor::Lenovo).lacks_continuous_override() && !of(Vendor::Hpe).lacks_continuous_override()
        );
        assert!(
            of(Vendor::Dell).conflict_means_already_so() && !of(Vendor::Other).conflict_means_already_so()
        );
        assert!(of(Vendor::Other).is_host("1") && !of(Vendor::Nvidia).is_host("HGX_Baseboard_0"));
    }
}
