//! Passwords are in the files that hold them, and nowhere else.

use crate::lab::{Lab, three_servers};

#[test]
fn no_password_in_any_output_log_plan_or_database() {
    let lab = Lab::new(&three_servers());
    lab.file(
        "intent.toml",
        "[intent]\nname = \"i\"\n[[profile]]\nname = \"p\"\nselect = \"all\"\npower = \"on\"\n\
         boot = { once = \"pxe\", generation = 1 }\n",
    );
    for arguments in [
        vec!["probe"],
        vec!["show"],
        vec!["power", "status"],
        vec!["boot", "get"],
        vec!["sensors"],
        vec!["logs"],
        vec!["plan", "intent.toml", "--out", "plan.json"],
        vec!["apply", "plan.json", "--yes", "--poll", "40"],
        vec!["run", "show", "1"],
    ] {
        for format in ["table", "json"] {
            // `run` looks for the passwords in what is said; three times -v is everything there is to say.
            let said = lab.run(&[&["-vvv", "-o", format], arguments.as_slice()].concat());
            assert!(
                said.err.contains("DEBUG") || arguments[0] == "run",
                "{arguments:?} says nothing with -vvv"
            );
        }
    }
    let passwords = lab.passwords();
    let mut looked_at = 0;
    for entry in std::fs::read_dir(lab.folder.path()).expect("the folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "password") {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = entry.metadata().expect("the file").permissions().mode();
                assert_eq!(mode & 0o077, 0, "{} is the owner's alone", path.display());
            }
            continue;
        }
        let bytes = std::fs::read(&path).expect("the file");
        for password in &passwords {
            let found = bytes.windows(password.len()).any(|window| window == password.as_bytes());
            assert!(!found, "a password stands in {}", path.display());
        }
        looked_at += 1;
    }
    // The rack file, the intent, the plan, the database and the lock of the run, at the least.
    assert!(looked_at >= 5, "{looked_at} files");
    assert!(lab.folder.path().join("rack.state.db").exists());
    // The control: the search finds what is there.
    let debris = lab.file("debris.txt", &format!("login with {}", passwords[0]));
    assert!(std::fs::read_to_string(debris).is_ok_and(|text| passwords.iter().any(|it| text.contains(it))));
}
