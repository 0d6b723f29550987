//! What this vendor's services for updates, media and events look like: tables under `[redfish]`.

use serde::Deserialize;

use crate::plant::Part;

/// `[redfish.update]`: the update service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct UpdatePlace {
    /// Whether there is one.
    pub(crate) offered: bool,
    /// `MultipartHttpPushUri`; empty if that is not offered.
    pub(crate) multipart_uri: String,
    /// `HttpPushUri`; empty if that is not offered.
    pub(crate) push_uri: String,
    /// Whether `SimpleUpdate` is offered.
    pub(crate) simple_update: bool,
    /// A damaged image makes the task fail, and not the request that brings it.
    pub(crate) verifies_in_task: bool,
    /// Ids of the components; `{n}` counts from 1, `{m}` from 0, `{version}` is the version and `{state}` one of the
    /// words below.
    pub(crate) ids: ComponentIds,
    /// Words for images by their state.
    pub(crate) states: ImageStates,
}

impl Default for UpdatePlace {
    fn default() -> Self {
        Self {
            offered: true,
            multipart_uri: "/redfish/v1/UpdateService/upload".into(),
            push_uri: "/redfish/v1/UpdateService/push".into(),
            simple_update: true,
            verifies_in_task: false,
            ids: ComponentIds::default(),
            states: ImageStates::default(),
        }
    }
}

/// Ids of components by kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ComponentIds {
    bmc: String,
    bios: String,
    controller: String,
    nic: String,
    power_supply: String,
    drive: String,
}

impl Default for ComponentIds {
    fn default() -> Self {
        Self {
            bmc: "BMC".into(),
            bios: "BIOS".into(),
            controller: "StorageController{n}".into(),
            nic: "NIC{n}".into(),
            power_supply: "PSU{n}".into(),
            drive: "Drive{n}".into(),
        }
    }
}

impl ComponentIds {
    pub(crate) fn of(&self, part: Part) -> &str {
        match part {
            Part::Bmc => &self.bmc,
            Part::Bios => &self.bios,
            Part::Controller => &self.controller,
            Part::Nic => &self.nic,
            Part::PowerSupply => &self.power_supply,
            Part::Drive => &self.drive,
        }
    }
}

/// Words for images by their state; where an id has no place for them, they stand before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ImageStates {
    /// In force.
    pub(crate) current: String,
    /// The one before.
    pub(crate) previous: String,
    /// Waiting for a reset; empty if such images are not listed.
    pub(crate) staged: String,
}

impl Default for ImageStates {
    fn default() -> Self {
        Self { current: String::new(), previous: "Previous_".into(), staged: "Staged_".into() }
    }
}
