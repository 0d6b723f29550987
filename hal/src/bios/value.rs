//! A value of a setting.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value as devices write it in JSON: a truth value, a whole number, or text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text, or the value name of an enumeration.
    Text(String),
}

impl SettingValue {
    /// Is it the same setting, also where one side writes a number or truth value as text? Devices do so.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(mine), Self::Text(theirs)) => mine == theirs,
            (Self::Text(text), typed) | (typed, Self::Text(text)) => {
                text.eq_ignore_ascii_case(&typed.to_string())
            }
            (mine, theirs) => mine == theirs,
        }
    }
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(truth) => f.pad(if *truth { "true" } else { "false" }),
            Self::Integer(number) => f.pad(&number.to_string()),
            Self::Text(text) => f.pad(text),
        }
    }
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for SettingValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<i64> for SettingValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_truth_value_written_as_text_is_the_same_setting() {
        assert!(
            SettingValue::from("5").is_same(&5.into()) && SettingValue::from(true).is_same(&"True".into())
        );
        for (one, other) in [("6".into(), 5.into()), (false.into(), "True".into()), (1.into(), true.into())] {
            assert!(!SettingValue::is_same(&one, &other), "{one} {other}");
        }
        assert!(!SettingValue::from("enabled").is_same(&"Enabled".into()), "names of values have their case");
    }

    #[test]
    fn json_keeps_the_type() {
        for (json, value) in [("true", true.into()), ("7", 7.into()), ("\"7\"", SettingValue::from("7"))] {
            assert_eq!(serde_json::from_str::<SettingValue>(json).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
    }
}
