//! Slots for virtual media, as data.
use serde::Deserialize;
use underlay_hal::MediaKind;

/// One slot.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MediaData {
    /// Its id over Redfish.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it can look like to the machine; the first is taken where an image does not tell.
    pub kinds: Vec<MediaKind>,
}
