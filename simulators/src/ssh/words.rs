//! Commands as words that may be cut short.

/// The words that stand in the places of `{}`; `{*}` is all that is left, at least one word.
///
/// A word fits a longer one that begins with it.
pub(crate) fn words<'l>(pattern: &str, line: &'l str) -> Option<Vec<&'l str>> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    for wanted in pattern.split_whitespace() {
        if wanted == "{*}" {
            if rest.is_empty() {
                return None;
            }
            found.push(rest);
            return Some(found);
        }
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if word.is_empty() {
            return None;
        }
        if wanted == "{}" {
            found.push(word);
        } else if !wanted.starts_with(&word.to_ascii_lowercase()) {
            return None;
        }
        rest = behind.trim_start();
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_may_be_cut_short_and_nothing_may_be_left_over() {
        assert_eq!(words("terminal length {}", "term len 0"), Some(vec!["0"]));
        assert_eq!(words("interface {*}", "interface gi 1/0/1"), Some(vec!["gi 1/0/1"]));
        assert_eq!(words("show version", "sh ver"), Some(vec![]));
        assert_eq!(words("show version", "show version brief"), None);
        assert_eq!(words("show version", "show"), None);
        assert_eq!(words("name {*}", "name"), None);
    }
}
