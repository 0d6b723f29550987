//! The `[bios]` table of a persona: the settings of the host's firmware.
use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// The settings of the host's firmware.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BiosData {
    /// The settings, in the order of the firmware's menus.
    #[serde(rename = "attribute")]
    pub attributes: Vec<BiosAttributeData>,
    /// Settings that say which kind of source is tried first, which second and so on, where the boot order is theirs.
    #[serde(default)]
    pub boot_types: Vec<BootTypeData>,
    /// Settings that lock or force others.
    #[serde(default, rename = "dependency")]
    pub dependencies: Vec<BiosDependencyData>,
}

impl BiosData {
    /// The setting of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&BiosAttributeData> {
        self.attributes.iter().find(|data| data.name == name)
    }

    /// The setting that stands for something else of the machine.
    #[must_use]
    pub fn of_role(&self, role: BiosRole) -> Option<&BiosAttributeData> {
        self.attributes.iter().find(|data| data.role == Some(role))
    }
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BiosValue {
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text, or the name of an enumeration's value.
    Text(String),
}

impl fmt::Display for BiosValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(truth) => truth.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<&str> for BiosValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for BiosValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = BiosValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a truth value, a whole number or text")
            }

            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<BiosValue, E> {
                Ok(BiosValue::Boolean(truth))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<BiosValue, E> {
                Ok(BiosValue::Integer(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<BiosValue, E> {
                Ok(BiosValue::Text(text.to_owned()))
            }
        }

        from.deserialize_any(Visitor)
    }
}

/// What kind of value a setting has (DSP0268 `AttributeRegistry`, `Attributes.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BiosKind {
    /// One of a list.
    Enumeration,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A truth value.
    Boolean,
    /// Text that goes in and never comes out.
    Password,
}

/// What else of the machine a setting stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BiosRole {
    /// The host boots by UEFI, and not by legacy BIOS.
    Uefi,
    /// Secure boot.
    SecureBoot,
    /// Network ports can be booted from by HTTP.
    HttpBoot,
    /// Two threads on each core.
    Threads,
}

/// One setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BiosAttributeData {
    /// The vendor's name of it.
    pub name: String,
    /// As people read it; the name if absent.
    #[serde(default)]
    pub display: String,
    /// What it does, in words.
    #[serde(default)]
    pub help: String,
    /// Where it stands in the menus.
    #[serde(default)]
    pub menu: String,
    /// The kind; if absent, that of the default, or an enumeration where there are values.
    kind: Option<BiosKind>,
    /// The value that the vendor delivers; the first of the values if absent. `{serial}`, `{model}`,
    /// `{manufacturer}` and `{bios-version}` stand for the machine's.
    default: Option<BiosValue>,
    /// The value that the machine comes with, where it is not the default.
    pub initial: Option<BiosValue>,
    /// The values of an enumeration.
    #[serde(default)]
    pub values: Vec<AllowedData>,
    /// The least number.
    pub least: Option<i64>,
    /// The greatest number.
    pub most: Option<i64>,
    /// The step between numbers, from the least on; 0 or 1 for any.
    #[serde(default)]
    pub step: i64,
    /// The shortest text, in characters.
    #[serde(default)]
    pub min_length: usize,
    /// The longest text, in characters.
    pub max_length: Option<usize>,
    /// A regular expression that text matches as a whole.
    pub pattern: Option<String>,
    /// It can be read and not written.
    #[serde(default)]
    pub read_only: bool,
    /// The menus do not show it.
    #[serde(default)]
    pub hidden: bool,
    /// What else of the machine it stands for.
    pub role: Option<BiosRole>,
    /// With a role: the value that means yes; for truth values it is `true`.
    pub on: Option<BiosValue>,
}

impl BiosAttributeData {
    /// What kind of value it has.
    #[must_use]
    pub fn kind(&self) -> BiosKind {
        self.kind.unwrap_or(match &self.default {
            _ if !self.values.is_empty() => BiosKind::Enumeration,
            Some(BiosValue::Boolean(_)) => BiosKind::Boolean,
            Some(BiosValue::Integer(_)) => BiosKind::Integer,
            Some(BiosValue::Text(_)) | None => BiosKind::String,
        })
    }

    /// The value that the vendor delivers.
    #[must_use]
    pub fn default(&self) -> BiosValue {
        let first = self.values.first().map(|value| BiosValue::Text(value.name.clone()));
        self.default.clone().or(first).unwrap_or_else(|| BiosValue::from(""))
    }

    /// The value that means yes for its role.
    #[must_use]
    pub fn yes(&self) -> BiosValue {
        self.on.clone().unwrap_or(BiosValue::Boolean(true))
    }

    /// A value that means no for its role.
    #[must_use]
    pub fn no(&self) -> BiosValue {
        match self.kind() {
            BiosKind::Enumeration => {
                let yes = self.yes();
                let other = self.values.iter().find(|value| BiosValue::Text(value.name.clone()) != yes);
                other.map_or(yes, |value| BiosValue::Text(value.name.clone()))
            }
            _ => BiosValue::Boolean(false),
        }
    }
}

/// A value that an enumeration takes; in a file either its name alone, or `[name, as people read it]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "AllowedForm")]
pub struct AllowedData {
    /// What is read and written.
    pub name: String,
    /// As people read it.
    pub display: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AllowedForm {
    Name(String),
    Both(String, String),
}

impl From<AllowedForm> for AllowedData {
    fn from(form: AllowedForm) -> Self {
        match form {
            AllowedForm::Name(name) => Self { display: name.clone(), name },
            AllowedForm::Both(name, display) => Self { name, display },
        }
    }
}

/// A setting that says which kind of source is tried in its turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BootTypeData {
    /// The setting.
    pub attribute: String,
    /// Its value for a local disk.
    pub disk: String,
    /// Its value for an optical drive.
    pub optical: String,
    /// Its value for the network by PXE.
    pub pxe: String,
}

/// A setting that locks or forces another.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BiosDependencyData {
    /// The setting that decides.
    pub when: String,
    /// It applies while the deciding setting has one of these values, or with `unless` while it has none of them.
    #[serde(default)]
    pub is: Vec<BiosValue>,
    /// The opposite of `is`.
    #[serde(default)]
    pub unless: Vec<BiosValue>,
    /// The settings concerned: they cannot be changed then.
    pub locks: Vec<String>,
    /// The value that they have then, where they are not left as they are.
    pub forces: Option<BiosValue>,
}

impl BiosDependencyData {
    /// Does it apply while the deciding setting has this value?
    #[must_use]
    pub fn applies(&self, value: &BiosValue) -> bool {
        if self.is.is_empty() { !self.unless.contains(value) } else { self.is.contains(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> BiosData {
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn kinds_and_defaults_follow_from_what_is_said() {
        let data = read(
            "attribute = [
                { name = 'A', values = ['On', ['Off', 'Switched off']] },
                { name = 'B', default = 5 }, { name = 'C', default = false }, { name = 'D' },
                { name = 'E', kind = 'password' }]",
        );
        let kinds: Vec<_> = data.attributes.iter().map(BiosAttributeData::kind).collect();
        use BiosKind::{Boolean, Enumeration, Integer, Password, String};
        assert_eq!(kinds, [Enumeration, Integer, Boolean, String, Password]);
        assert_eq!(data.attributes[0].default(), "On".into());
        assert_eq!(data.attributes[0].values[1].display, "Switched off");
        assert_eq!(data.attributes[3].default(), "".into());
    }

    #[test]
    fn a_dependency_applies_by_its_list_or_by_the_opposite_of_it() {
        let data = read(
            "attribute = []
             dependency = [{ when = 'A', is = ['X', 'Y'], locks = ['B'] },
                           { when = 'A', unless = ['X'], locks = ['B'] }]",
        );
        let applies = |value: &str| data.dependencies.iter().map(|one| one.applies(&value.into())).collect();
        let seen: [Vec<bool>; 3] = ["X", "Y", "Z"].map(applies);
        assert_eq!(seen, [[true, false], [true, true], [false, true]]);
    }
}
