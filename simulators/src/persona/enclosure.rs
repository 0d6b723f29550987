//! Enclosures in personas: `[enclosure]`.

use serde::Deserialize;

/// An enclosure of several machines behind one management controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EnclosureData {
    /// How many machines it holds, 32 at most.
    pub nodes: usize,
    /// What a slot is called; `{n}` counts from 1.
    pub slot: String,
    /// Model of the enclosure.
    pub model: String,
    /// Stock-keeping or part number of the enclosure.
    #[serde(default)]
    pub part_number: String,
}
