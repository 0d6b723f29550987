//! Committed lists that what was found has to equal.
use std::{collections::BTreeSet, fs, path::PathBuf};

/// Set to `1`, writes what was found in place of comparing; for a person who then reads the difference.
pub const BLESS: &str = "UNDERLAY_INTEROP_BLESS";

/// Compares lines with a file of `expected/`; order does not matter, comments (`#`), empty lines and blanks at a line's
/// ends do not count.
///
/// # Panics
/// If a line is new or has vanished, each by name.
pub fn compare(name: &str, found: &BTreeSet<String>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("expected").join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let found: BTreeSet<String> = found.iter().map(|line| line.trim().to_owned()).collect();
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        let comments = text.lines().take_while(|line| line.starts_with('#'));
        let lines: Vec<_> = comments.chain(found.iter().map(String::as_str)).collect();
        fs::create_dir_all(path.parent().expect("below expected/")).expect("the folder can be made");
        fs::write(&path, lines.join("\n") + "\n").expect("the file can be written");
        return;
    }
    let (new, vanished) = differences(&text, &found);
    assert!(
        new.is_empty() && vanished.is_empty(),
        "expected/{name} differs.\nnew:\n  {}\nvanished:\n  {}",
        new.join("\n  "),
        vanished.join("\n  ")
    );
}

/// The lines that are new, and those that have vanished.
fn differences(text: &str, found: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let wanted = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wanted: BTreeSet<String> = wanted.map(str::to_owned).collect();
    let found: BTreeSet<String> = found.iter().map(|line| line.trim().to_owned()).collect();
    (found.difference(&wanted).cloned().collect(), wanted.difference(&found).cloned().collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::differences;

    #[test]
    fn blanks_at_a_lines_ends_do_not_count_and_everything_else_does() {
        let found = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<BTreeSet<_>>();
        let text = "# a comment\n\nQ1 one:\nQ2 two: \n";
        assert_eq!(differences(text, &found(&["Q1 one: ", "Q2 two:"])), (vec![], vec![]));
        let (new, vanished) = differences(text, &found(&["Q1 one:!", "Q2 two:"]));
        assert_eq!((new, vanished), (vec!["Q1 one:!".to_owned()], vec!["Q1 one:".to_owned()]));
    }
}
