//! What a device says of the values of one setting.

use serde::{Deserialize, Serialize};

use super::SettingValue;

/// The type of a setting (DSP0268 `AttributeRegistry`, `Attributes.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttributeKind {
    /// One of a list.
    Enumeration,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A truth value.
    Boolean,
    /// Text that cannot be read back; set by [`crate::Bios::change_password`] and never here.
    Password,
}

/// One value that an enumeration takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedValue {
    /// The value to write.
    pub name: String,
    /// As people read it.
    pub display_name: Option<String>,
}

/// What a device says of the values of one setting. Whatever it does not say is absent and not checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttributeRule {
    /// As people read it.
    pub display_name: Option<String>,
    /// What it does, in words.
    pub help_text: Option<String>,
    /// Where it stands in the firmware's menus.
    pub menu_path: Option<String>,
    /// Its type.
    pub kind: Option<AttributeKind>,
    /// The values of an enumeration.
    pub allowed: Vec<AllowedValue>,
    /// The least number.
    pub lower_bound: Option<i64>,
    /// The greatest number.
    pub upper_bound: Option<i64>,
    /// The step between numbers, counted from the least one.
    pub increment: Option<i64>,
    /// The shortest text, in characters.
    pub min_length: Option<u64>,
    /// The longest text, in characters.
    pub max_length: Option<u64>,
    /// A regular expression that text must match as a whole. One that cannot be read is not checked.
    pub pattern: Option<String>,
    /// The vendor's default.
    pub default: Option<SettingValue>,
    /// It cannot be changed now.
    pub read_only: Option<bool>,
    /// The firmware does not show it now.
    pub hidden: Option<bool>,
    /// A change takes effect only by a reset.
    pub reset_required: Option<bool>,
}

impl AttributeRule {
    /// The value in the setting's own type, or why it is not one that the setting takes.
    ///
    /// - A text that reads as a number or truth value is taken as one where the setting is of that type; the display
    ///   name of an enumeration's value is taken as that value.
    ///
    /// # Errors
    /// The reason, in words that name what is taken instead.
    pub fn accept(&self, value: &SettingValue) -> Result<SettingValue, String> {
        match self.kind {
            Some(AttributeKind::Password) => Err("a password is not set this way".to_owned()),
            Some(AttributeKind::Boolean) => as_boolean(value),
            Some(AttributeKind::Integer) => self.as_integer(value),
            Some(AttributeKind::Enumeration) => self.as_enumeration(value),
            Some(AttributeKind::String) => self.as_text(value.to_string()),
            None => Ok(value.clone()),
        }
    }

    fn as_integer(&self, value: &SettingValue) -> Result<SettingValue, String> {
        let number = match value {
            SettingValue::Integer(number) => *number,
            SettingValue::Text(text) => {
                text.trim().parse().map_err(|_| format!("expected a whole number, not {text:?}"))?
            }
            SettingValue::Boolean(truth) => return Err(format!("expected a whole number, not {truth}")),
        };
        if self.lower_bound.is_some_and(|least| number < least)
            || self.upper_bound.is_some_and(|most| number > most)
        {
            let bound =
                |bound: Option<i64>, none: &str| bound.map_or_else(|| none.to_owned(), |b| b.to_string());
            let (least, most) = (bound(self.lower_bound, "-∞"), bound(self.upper_bound, "∞"));
            return Err(format!("{number} is not from {least} to {most}"));
        }
        let step = self.increment.filter(|step| *step > 1);
        let from = self.lower_bound.unwrap_or(0);
        if let Some(step) = step
            && number.checked_sub(from).is_none_or(|above| above % step != 0)
        {
            return Err(format!("{number} is not {from} plus a multiple of {step}"));
        }
        Ok(SettingValue::Integer(number))
    }

    fn as_enumeration(&self, value: &SettingValue) -> Result<SettingValue, String> {
        let text = value.to_string();
        if self.allowed.is_empty() || self.allowed.iter().any(|allowed| allowed.name == text) {
            return Ok(SettingValue::Text(text));
        }
        let shown = |allowed: &&AllowedValue| {
            allowed.name.eq_ignore_ascii_case(&text)
                || allowed.display_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&text))
        };
        let mut found = self.allowed.iter().filter(shown);
        if let (Some(only), None) = (found.next(), found.next()) {
            return Ok(SettingValue::Text(only.name.clone()));
        }
        let names: Vec<_> = self.allowed.iter().take(24).map(|allowed| allowed.name.as_str()).collect();
        Err(format!("{text:?} is not one of {}", names.join(", ")))
    }

    fn as_text(&self, text: String) -> Result<SettingValue, String> {
        let length = text.chars().count() as u64;
        if self.min_length.is_some_and(|least| length < least) {
            return Err(format!("{length} characters are fewer than {}", self.min_length.unwrap_or(0)));
        }
        // Some registries say 0 for "no limit told".
        if self.max_length.is_some_and(|most| most > 0 && length > most) {
            return Err(format!("{length} characters are more than {}", self.max_length.unwrap_or(0)));
        }
        // A device's pattern is a hint: one that this library cannot read is left to the device.
        if let Some(pattern) = &self.pattern
            && pattern.len() <= 1024
            && let Ok(expression) = regex_lite::Regex::new(&format!("^(?:{pattern})$"))
            && !expression.is_match(&text)
        {
            return Err(format!("{text:?} does not match {pattern:?}"));
        }
        Ok(SettingValue::Text(text))
    }
}

fn as_boolean(value: &SettingValue) -> Result<SettingValue, String> {
    match value {
        SettingValue::Boolean(truth) => Ok((*truth).into()),
        SettingValue::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
        SettingValue::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
        other => Err(format!("expected true or false, not {:?}", other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: AttributeKind) -> AttributeRule {
        AttributeRule { kind: Some(kind), ..AttributeRule::default() }
    }

    #[test]
    fn numbers_have_bounds_and_steps() {
        let rule = AttributeRule {
            lower_bound: Some(4),
            upper_bound: Some(16),
            increment: Some(4),
            ..of(AttributeKind::Integer)
        };
        for good in [4.into(), 16.into(), SettingValue::from(" 8 ")] {
            assert!(matches!(rule.accept(&good), Ok(SettingValue::Integer(_))), "{good}");
        }
        for bad in [0.into(), 20.into(), 5.into(), SettingValue::from("many"), true.into()] {
            rule.accept(&bad).expect_err(&bad.to_string());
        }
        // At the edges of the number line nothing overflows.
        let wide =
            AttributeRule { increment: Some(3), lower_bound: Some(i64::MIN), ..of(AttributeKind::Integer) };
        let _ = wide.accept(&i64::MAX.into());
    }

    #[test]
    fn enumerations_take_their_names_and_unambiguous_display_names() {
        let value = |name: &str, display: &str| AllowedValue {
            name: name.to_owned(),
            display_name: Some(display.to_owned()),
        };
        let rule = AttributeRule {
            allowed: vec![
                value("PerfOptimized", "Performance"),
                value("Custom", "Other"),
                value("X", "Other"),
            ],
            ..of(AttributeKind::Enumeration)
        };
        for (given, stored) in
            [("PerfOptimized", "PerfOptimized"), ("performance", "PerfOptimized"), ("x", "X")]
        {
            assert_eq!(rule.accept(&given.into()).unwrap(), stored.into());
        }
        for bad in ["Other", "Fast"] {
            let why = rule.accept(&bad.into()).expect_err(bad);
            assert!(why.contains("PerfOptimized"), "{why}");
        }
    }

    #[test]
    fn text_has_lengths_and_a_pattern_and_a_broken_pattern_is_left_to_the_device() {
        let rule = AttributeRule {
            min_length: Some(2),
            max_length: Some(4),
            pattern: Some("[a-z]*".to_owned()),
            ..of(AttributeKind::String)
        };
        rule.accept(&"abc".into()).unwrap();
        for bad in ["a", "abcde", "ABC", "ab1"] {
            rule.accept(&bad.into()).expect_err(bad);
        }
        let broken = AttributeRule { pattern: Some("[".to_owned()), ..of(AttributeKind::String) };
        broken.accept(&"anything".into()).unwrap();
    }

    #[test]
    fn truth_values_are_true_or_false_and_passwords_are_not_set_here() {
        assert_eq!(of(AttributeKind::Boolean).accept(&"TRUE".into()).unwrap(), true.into());
        of(AttributeKind::Boolean).accept(&1.into()).expect_err("1");
        of(AttributeKind::Password).accept(&"hunter2".into()).expect_err("a password");
    }
}
