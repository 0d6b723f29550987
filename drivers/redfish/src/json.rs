//! Reading what vendors write: every accessor gives `None` instead of failing, whatever the type.

use serde_json::Value;
use underlay_hal::{Health, Timestamp};

/// Texts longer than this, in characters, are cut: nothing that a person or a program goes by is as long.
const TEXT_LIMIT: usize = 4096;
/// Of a list, so many elements are looked at. Collections have a limit of their own.
const LIST_LIMIT: usize = 4096;
/// Values in one document. A value takes fifty times the two bytes that `0,` takes on the wire.
const VALUE_LIMIT: usize = 1_000_000;

/// Reads a document, with or without a byte order mark in front.
///
/// # Errors
/// What is wrong with it, in words, without a word of it: not JSON, deeper than 127 levels, or of too many values.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // An upper bound: commas within texts count too.
    if bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > VALUE_LIMIT {
        return Err(format!("JSON of more than {VALUE_LIMIT} values"));
    }
    serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))
}

/// A device's words for people and terminals: of bounded length, and without control characters.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    text.chars().take(limit).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Tolerant access to a JSON value.
pub(crate) trait Lenient {
    /// The value at a path of property names.
    fn at(&self, path: &[&str]) -> &Value;
    /// Non-empty text, in bounds and without control characters; a number or truth value is given as text,
    /// placeholders as nothing.
    fn text(&self, path: &[&str]) -> Option<String>;
    /// A finite number, also when written as text.
    fn number(&self, path: &[&str]) -> Option<f64>;
    /// A whole number that is not negative, also when written as text or with a fraction of zero.
    fn whole(&self, path: &[&str]) -> Option<u64>;
    /// A truth value, also when written as text.
    fn truth(&self, path: &[&str]) -> Option<bool>;
    /// The first elements of an array; nothing for anything else, as for `Members: null`.
    fn list(&self, path: &[&str]) -> &[Value];
    /// The texts of an array.
    fn texts(&self, path: &[&str]) -> Vec<String>;
    /// A time stamp in one of the forms seen; zero dates are nothing.
    fn time(&self, path: &[&str]) -> Option<Timestamp>;
    /// `Status.Health`, or `HealthRollup` where only that is told.
    fn health(&self) -> Option<Health>;
    /// Is this part there? `Status.State` is not `Absent`.
    fn is_present(&self) -> bool;
    /// The address in `@odata.id` at the path.
    fn link(&self, path: &[&str]) -> Option<String>;
}

const NOTHING: Value = Value::Null;

impl Lenient for Value {
    fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(self, |value, key| value.get(key).unwrap_or(&NOTHING))
    }

    fn text(&self, path: &[&str]) -> Option<String> {
        let text = match self.at(path) {
            Value::String(text) => plain(text, TEXT_LIMIT).trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let placeholder =
            text.is_empty() || ["N/A", "NA", "None", "null", "(null)", "Unknown"].contains(&&*text);
        (!placeholder).then_some(text)
    }

    fn number(&self, path: &[&str]) -> Option<f64> {
        match self.at(path) {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    fn whole(&self, path: &[&str]) -> Option<u64> {
        let value = self.at(path);
        value.as_u64().or_else(|| {
            let number = value.number(&[])?;
            // Above 2^53 a float is not exact, and below zero it is not whole.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            (number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number))
                .then_some(number as u64)
        })
    }

    fn truth(&self, path: &[&str]) -> Option<bool> {
        match self.at(path) {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    fn list(&self, path: &[&str]) -> &[Value] {
        let list = self.at(path).as_array().map_or(&[][..], Vec::as_slice);
        list.get(..LIST_LIMIT).unwrap_or(list)
    }

    fn texts(&self, path: &[&str]) -> Vec<String> {
        self.list(path)
            .iter()
            .filter_map(|value| value.as_str().map(|text| plain(text, TEXT_LIMIT)))
            .collect()
    }

    fn time(&self, path: &[&str]) -> Option<Timestamp> {
        parse_time(self.at(path).as_str()?)
    }

    fn health(&self) -> Option<Health> {
        let word = self.text(&["Status", "Health"]).or_else(|| self.text(&["Status", "HealthRollup"]))?;
        match word.to_ascii_lowercase().as_str() {
            "ok" => Some(Health::Ok),
            "warning" => Some(Health::Warning),
            "critical" => Some(Health::Critical),
            _ => None,
        }
    }

    fn is_present(&self) -> bool {
        self.at(&["Status", "State"]).as_str() != Some("Absent")
    }

    fn link(&self, path: &[&str]) -> Option<String> {
        self.at(path).get("@odata.id")?.as_str().filter(|uri| !uri.is_empty()).map(str::to_owned)
    }
}

/// RFC 3339, also with an offset without colon (`-0600`), without offset (taken as UTC), and with a space for `T`.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.starts_with("0000") {
        return None;
    }
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let mut fixed = text.replacen(' ', "T", 1);
    let tail = fixed.len().checked_sub(5)?;
    let offset_without_colon = fixed.get(tail..).is_some_and(|end| {
        end.starts_with(['+', '-']) && end.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    });
    if offset_without_colon && fixed.contains('T') {
        fixed.insert(tail + 3, ':');
    } else if !fixed.ends_with('Z') {
        fixed.push('Z');
    }
    fixed.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn odd_types_cost_the_field_only() {
        let odd = json!({
            "Cores": "16", "Watts": "N/A", "Speed": 3600.0, "Huge": 1e300, "Minus": -3, "Name": 7, "List": null,
            "Deep": {"Down": {"Here": "x"}}, "Nan": "NaN", "Enabled": "True",
        });
        assert_eq!(odd.whole(&["Cores"]), Some(16));
        assert_eq!(odd.number(&["Watts"]), None);
        assert_eq!(odd.whole(&["Speed"]), Some(3600));
        assert_eq!((odd.whole(&["Huge"]), odd.whole(&["Minus"]), odd.number(&["Nan"])), (None, None, None));
        assert_eq!(odd.text(&["Name"]).as_deref(), Some("7"));
        assert!(odd.list(&["List"]).is_empty() && odd.texts(&["Name"]).is_empty());
        assert_eq!(odd.text(&["Deep", "Down", "Here"]).as_deref(), Some("x"));
        assert_eq!(odd.text(&["Deep", "Nowhere", "Here"]), None);
        assert_eq!(odd.truth(&["Enabled"]), Some(true));
    }

    #[test]
    fn what_a_device_says_is_bounded_and_cannot_command_a_terminal() {
        let body =
            json!({"Model": "\u{1b}[2Jgone\r\n", "Long": "x".repeat(100_000), "List": vec![0; 100_000]});
        assert_eq!(body.text(&["Model"]).as_deref(), Some("[2Jgone"));
        assert_eq!(body.text(&["Long"]).map(|text| text.len()), Some(TEXT_LIMIT));
        assert_eq!(body.list(&["List"]).len(), LIST_LIMIT);
    }

    #[test]
    fn documents_are_read_or_refused_without_repeating_them() {
        assert_eq!(parse(b"\xEF\xBB\xBF{\"a\": 1}"), Ok(json!({"a": 1})));
        let many = |count: usize| [b"[".to_vec(), b"0,".repeat(count), b"0]".to_vec()].concat();
        assert!(parse(&many(VALUE_LIMIT - 1)).is_ok());
        assert!(parse(&many(VALUE_LIMIT)).unwrap_err().contains("values"));
        let deep = |levels| [b"[".repeat(levels), b"]".repeat(levels)].concat();
        assert!(parse(&deep(127)).is_ok() && parse(&deep(128)).is_err());
        let secret = parse(b"{\"Password\": hunter2}").unwrap_err();
        assert!(!secret.contains("hunter2"), "{secret}");
    }

    #[test]
    fn dates_in_the_forms_seen_in_the_field() {
        for text in [
            "2024-06-11T00:14:47-05:00",
            "2024-06-11T00:14:47-0500",
            "2024-06-11 05:14:47",
            "2024-06-11T05:14:47Z",
        ] {
            assert_eq!(
                parse_time(text).map(|t| t.to_string()).as_deref(),
                Some("2024-06-11T05:14:47Z"),
                "{text}"
            );
        }
        for text in ["0000-00-00T00:00:00+00:00", "00:00:00Z", "", "yesterday", "é", "2024-06-11é"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
