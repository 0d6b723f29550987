//! Where the resources of settings lie, and how this vendor goes about them: tables under `[redfish]`.

use serde::Deserialize;

/// `[redfish.bios]`: the firmware's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct BiosPlace {
    /// The path of `Bios`; `{system}` stands for the system's.
    pub(crate) path: String,
    /// The settings object, under that path.
    pub(crate) settings: String,
    /// `AttributeRegistry` of `Bios`, and `Id` of the registry.
    pub(crate) registry: String,
    /// The id of the registry's file under `Registries`.
    pub(crate) registry_file: String,
    /// `Registry` of that file.
    pub(crate) registry_name: String,
    /// Where the registry lies; `{bios}` stands for the path of `Bios`.
    pub(crate) registry_uri: String,
    /// Whether a change waits as a task.
    pub(crate) job: bool,
    /// What such a task is called.
    pub(crate) job_name: String,
    /// Whether a change that waits as a task is answered with it.
    pub(crate) answers_with_task: bool,
    /// Whether clients may ask for an apply time.
    pub(crate) apply_time: bool,
    /// Whether the names of the passwords stand beside the action.
    pub(crate) password_names: bool,
}

impl Default for BiosPlace {
    fn default() -> Self {
        Self {
            path: "{system}/Bios".into(),
            settings: "Settings".into(),
            registry: "BiosAttributeRegistry.v1_0_0".into(),
            registry_file: "BiosAttributeRegistry.v1_0_0".into(),
            registry_name: "BiosAttributeRegistry.v1_0_0".into(),
            registry_uri:
                "/redfish/v1/Registries/BiosAttributeRegistry.v1_0_0/BiosAttributeRegistry.v1_0_0.json".into(),
            job: true,
            job_name: "BIOS configuration".into(),
            answers_with_task: false,
            apply_time: true,
            password_names: true,
        }
    }
}

/// `[redfish.manager]`: the management controller's own configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ManagerPlace {
    /// Properties that its interface does not have.
    pub(crate) interface_without: Vec<String>,
}

/// `[redfish.certificates]`: the certificate that the service proves itself with.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct CertificatesPlace {
    /// Whether there is a certificate service.
    pub(crate) offered: bool,
    /// The id of the certificate.
    pub(crate) id: String,
    /// Whether the certificate is shown, and not only what it says.
    pub(crate) shown: bool,
    /// Whether a certificate may come with its chain.
    pub(crate) chains: bool,
    /// A certificate that was installed is in force after the controller's next start.
    pub(crate) waits: bool,
}

impl Default for CertificatesPlace {
    fn default() -> Self {
        Self { offered: true, id: "1".into(), shown: true, chains: true, waits: false }
    }
}

/// `[redfish.power-meter]`: what is told of the power the machine draws.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct PowerMeterPlace {
    /// Whether `Power` has least, mean and most.
    pub(crate) metrics: bool,
    /// The minutes that those are of, twenty at most.
    pub(crate) interval: u32,
    /// Whether `EnvironmentMetrics` has the energy.
    pub(crate) energy: bool,
    /// The limit that the machine keeps to, in watts.
    pub(crate) limit: Option<u32>,
}

impl Default for PowerMeterPlace {
    fn default() -> Self {
        Self { metrics: true, interval: 5, energy: true, limit: None }
    }
}

/// `[redfish.boot-options]`: how boot options are told of.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct BootOptionsPlace {
    /// The number that the first option has in its name.
    pub(crate) first: u16,
    /// Whether options have a `UefiDevicePath`.
    pub(crate) paths: bool,
    /// Whether options have an `Alias`.
    pub(crate) alias: bool,
    /// Whether options have `RelatedItem`.
    pub(crate) related: bool,
    /// The display name of a network port's option: `{kind}` is `PXE` or `HTTP`, `{nic}` the port's name, `{model}`
    /// its adapter's, `{mac}` its address and `{mac-digits}` the digits of it, `{n}` counts ports from 1.
    pub(crate) network: String,
    /// Whether the system has `HttpBootUri`.
    pub(crate) http_boot_uri: bool,
}

impl Default for BootOptionsPlace {
    fn default() -> Self {
        Self {
            first: 0,
            paths: true,
            alias: true,
            related: true,
            network: "UEFI {kind} IPv4 {nic} ({mac})".into(),
            http_boot_uri: true,
        }
    }
}
