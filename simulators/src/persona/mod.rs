//! Personas: a vendor's model and firmware as data.
//!
//! A persona says what a simulated machine is made of, how long things take and which quirks it
//! has. Behaviour stays in the views and the plant; a persona only chooses among named ones.
mod bios;
mod data;
mod enclosure;
mod extend;
mod firmware;
mod manager;
mod media;
mod secure_boot;
mod storage;

use std::{collections::BTreeMap, fmt, sync::Arc};

pub use bios::*;
pub use data::*;
pub use enclosure::*;
pub use firmware::*;
pub use manager::*;
pub use media::*;
pub use secure_boot::SecureBootData;
pub use storage::*;

/// A persona of this crate: its file, and the files of what is too long for it.
macro_rules! embedded {
    ($name:literal $(, $more:literal)*) => {
        (
            $name,
            concat!(
                include_str!(concat!("../../../fixtures/personas/", $name, ".toml")),
                $("\n", include_str!(concat!("../../../fixtures/personas/", $more, "/", $name, ".toml")),)*
            ),
        )
    };
    // The same, with files of others beside it.
    ($name:literal with $($file:literal),+) => {
        (
            $name,
            concat!(
                include_str!(concat!("../../../fixtures/personas/", $name, ".toml")),
                $("\n", include_str!(concat!("../../../fixtures/personas/", $file, ".toml")),)+
            ),
        )
    };
}

/// The personas that come with this crate, by name.
const EMBEDDED: &[(&str, &str)] = &[
    embedded!("standard", "bios"),
    embedded!("standard-quad" with "bios/standard"),
    embedded!("dell-idrac9", "bios"),
    embedded!("hpe-ilo5", "bios"),
    embedded!("supermicro", "bios"),
    embedded!("lenovo-xcc", "bios"),
    embedded!("openbmc", "bios"),
    embedded!("generic-ipmi"),
    // What a generation of a controller, or a further vendor, has otherwise than the persona that it extends.
    embedded!("dell-idrac10"),
    embedded!("hpe-ilo6"),
    embedded!("supermicro-h13"),
    embedded!("ami-megarac"),
    embedded!("huawei-ibmc"),
    embedded!("cisco-cimc"),
    embedded!("nvidia-bmc"),
];

/// The name of the persona used when a device names none.
pub const DEFAULT: &str = "standard";

/// Personas by name.
///
/// - Cloning is cheap; the data is shared.
#[derive(Clone, Debug, Default)]
pub struct PersonaSet {
    personas: BTreeMap<Arc<str>, Arc<Persona>>,
    /// What each says, with what it extends: others may extend it.
    tables: BTreeMap<Arc<str>, Arc<toml::Table>>,
}

impl PersonaSet {
    /// The personas that come with this crate.
    ///
    /// # Errors
    /// - [`PersonaError`] if an embedded file is wrong; a test reads them all.
    pub fn embedded() -> Result<Self, PersonaError> {
        let mut set = Self::default();
        for (name, text) in EMBEDDED {
            set.add(name, text)?;
        }
        Ok(set)
    }

    /// Reads one more persona, replacing one of the same name.
    ///
    /// - `extends = "other"` begins with what a persona of this set says: tables are joined key by key, everything else
    ///   is replaced, lists as a whole.
    ///
    /// # Errors
    /// - [`PersonaError`] naming the persona, with the line and key that is wrong, or the persona that it extends and
    ///   that is not there.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), PersonaError> {
        let failed = |message: String| PersonaError { persona: name.to_owned(), message };
        let own: toml::Table = toml::from_str(text).map_err(|error| failed(error.to_string()))?;
        let extends = own.contains_key(extend::KEY);
        let table = match own.get(extend::KEY) {
            None => own,
            Some(base) => {
                let known = base.as_str().and_then(|base| self.tables.get(base));
                let known = known.ok_or_else(|| {
                    let names: Vec<&str> = self.names().collect();
                    failed(format!("extends {base}, which is no persona; there are {}", names.join(", ")))
                })?;
                extend::joined(known, own)
            }
        };
        // A persona of its own is read from its text, so that a mistake is told with its line.
        let persona: Result<Persona, _> =
            if extends { table.clone().try_into() } else { toml::from_str(text) };
        let mut persona = persona.map_err(|error| failed(error.to_string()))?;
        persona.name = name.into();
        self.personas.insert(name.into(), Arc::new(persona));
        self.tables.insert(name.into(), Arc::new(table));
        Ok(())
    }

    /// The persona of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Persona>> {
        self.personas.get(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.personas.keys().map(|name| &**name)
    }
}

/// A persona file that cannot be used.
#[derive(Debug)]
pub struct PersonaError {
    persona: String,
    message: String,
}

impl fmt::Display for PersonaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "persona `{}`: {}", self.persona, self.message)
    }
}

impl std::error::Error for PersonaError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_persona_reads() {
        let set = PersonaSet::embedded().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(set.names().count(), EMBEDDED.len());
    }

    #[test]
    fn a_wrong_key_is_refused_by_name() {
        let mut set = PersonaSet::default();
        let error = set.add("mine", "manufacturer = 'A'\nmodle = 'B'").unwrap_err().to_string();
        assert!(error.contains("mine") && error.contains("modle"), "{error}");
    }

    #[test]
    fn sensor_names_and_numbers_are_unique() {
        let set = PersonaSet::embedded().unwrap_or_else(|error| panic!("{error}"));
        for name in set.names() {
            let persona = set.get(name).unwrap_or_else(|| panic!("{name}"));
            let mut numbers: Vec<_> = persona.sensors.iter().map(|sensor| sensor.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), persona.sensors.len(), "{name}");
        }
    }
}
