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
    let wanted = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wanted: BTreeSet<String> = wanted.map(str::to_owned).collect();
    let new: Vec<_> = found.difference(&wanted).cloned().collect();
    let vanished: Vec<_> = wanted.difference(&found).cloned().collect();
    assert!(
        new.is_empty() && vanished.is_empty(),
        "expected/{name} differs.\nnew:\n  {}\nvanished:\n  {}",
        new.join("\n  "),
        vanished.join("\n  ")
    );
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, panic::catch_unwind};

    /// Committed for another test; one failure of it has no reason behind its colon.
    const LIST: &str = "service-validator/supermicro-h13.txt";

    fn lines(blank: &str) -> BTreeSet<String> {
        let lines = [
            "Q27b /redfish/v1/Systems/1 /SecureBoot: Resource Error",
            "Q27b /redfish/v1/Systems/1/SecureBoot Resource:",
            "Q28f /redfish/v1/Chassis/1 /ChassisType: Required Property Error",
        ];
        lines.iter().map(|line| format!("{line}{blank}")).collect()
    }

    #[test]
    fn blanks_at_a_lines_ends_do_not_count_and_everything_else_does() {
        super::compare(LIST, &lines(""));
        super::compare(LIST, &lines(" "));
        assert!(catch_unwind(|| super::compare(LIST, &lines("!"))).is_err());
    }
}
