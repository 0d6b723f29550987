//! Entity tags: what a resource looked like, and how many times it was written.
//!
//! - The tag of a resource changes when its content changes and when it is written, and is stable otherwise.
//! - `DateTime` takes no part: a clock that ticks is not a modification (DSP0266, "ETags").
//! - The header and `@odata.etag` are always the same string.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// The tag of a document that was written `revision` times through this view.
pub(crate) fn tag(document: &Value, revision: u64, weak: bool) -> String {
    let mut hasher = DefaultHasher::new();
    revision.hash(&mut hasher);
    digest(document, &mut hasher);
    let opaque = hasher.finish();
    if weak { format!("W/\"{opaque:016x}\"") } else { format!("\"{opaque:016x}\"") }
}

fn digest(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(flag) => (1_u8, flag).hash(hasher),
        Value::Number(number) => (2_u8, number.to_string()).hash(hasher),
        Value::String(text) => (3_u8, text).hash(hasher),
        Value::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            for item in items {
                digest(item, hasher);
            }
        }
        Value::Object(members) => {
            5_u8.hash(hasher);
            for (name, member) in members {
                if !matches!(name.as_str(), "DateTime" | "@odata.etag") {
                    name.hash(hasher);
                    digest(member, hasher);
                }
            }
            6_u8.hash(hasher);
        }
    }
}

/// How a service compares an `If-Match` value with the tag it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Matching {
    /// The opaque part has to be equal; `*` matches (RFC 9110, and the weakness is not looked at).
    #[default]
    Standard,
    /// Only the value without its quotes matches (catalogue Q3b).
    OnlyUnquoted,
}

/// Whether one of the tags in an `If-Match` or `If-None-Match` header names the current one.
pub(crate) fn header_names(header: &str, current: &str, matching: Matching) -> bool {
    header.split(',').map(str::trim).any(|given| {
        given == "*"
            || match matching {
                Matching::Standard => is_tag(given) && opaque(given) == opaque(current),
                Matching::OnlyUnquoted => given == opaque(current),
            }
    })
}

fn is_tag(text: &str) -> bool {
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.len() >= 2 && text.starts_with('"') && text.ends_with('"')
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_clock_is_no_modification_and_everything_else_is() {
        let before = json!({"Id": "1", "DateTime": "2020", "Inner": {"DateTime": "x", "Watts": 3}});
        let later = json!({"Id": "1", "DateTime": "2021", "Inner": {"DateTime": "y", "Watts": 3}});
        let changed = json!({"Id": "1", "DateTime": "2020", "Inner": {"DateTime": "x", "Watts": 4}});
        assert_eq!(tag(&before, 0, false), tag(&later, 0, false));
        assert_ne!(tag(&before, 0, false), tag(&changed, 0, false));
        assert_ne!(tag(&before, 0, false), tag(&before, 1, false));
    }

    #[test]
    fn only_the_named_tag_matches() {
        assert!(header_names("\"a\"", "\"a\"", Matching::Standard));
        assert!(header_names("\"b\", W/\"a\"", "\"a\"", Matching::Standard));
        assert!(header_names("*", "\"a\"", Matching::Standard));
        assert!(!header_names("a", "\"a\"", Matching::Standard));
        assert!(!header_names("\"b\"", "\"a\"", Matching::Standard));
        assert!(header_names("a", "\"a\"", Matching::OnlyUnquoted));
        assert!(!header_names("\"a\"", "\"a\"", Matching::OnlyUnquoted));
    }
}
