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
