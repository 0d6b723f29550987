//! Bad input is refused with file, line, column and a hint, on standard error, with exit code 2.

use crate::lab::{Said, finish, rack_of, run, underlay};

const GOOD: &str = "[rack]\nname = \"r\"\n\n[credentials.bmc]\nusername = \"admin\"\npassword = { env = \"X\" }\n\n\
                    [[device]]\nname = \"a\"\nkind = \"server\"\npersona = \"standard\"\ncredential = \"bmc\"\n\
                    ipmi = { address = \"127.0.0.1:9\" }\n";

fn read_rack(text: &str) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.toml"), text).expect("a file");
    let mut command = underlay(&["-r", "bad.toml", "show", "nobody"]);
    command.current_dir(folder.path());
    finish(command).exits(2)
}

#[test]
fn a_rack_file_that_is_wrong_is_refused_at_the_place() {
    // The control: this one is read, and only the selector is wrong.
    assert!(!read_rack(GOOD).complains(&["nobody"]).err.contains("bad.toml"));
    for (from, to, place, words) in [
        ("kind = ", "knid = ", "bad.toml:10:1", "did you mean `kind`"),
        ("name = \"r\"", "name = 7", "bad.toml:2:8", "must be a string"),
        ("\"standard\"", "\"standart\"", "bad.toml:11:11", "did you mean `standard`"),
        ("127.0.0.1:9", "127.0.0.1:99999", "bad.toml:13:20", "address"),
        ("credential = \"bmc\"", "credential = \"bmx\"", "bad.toml:12:14", "did you mean `bmc`"),
        ("credential = \"bmc\"\n", "", "bad.toml:8:1", "credential"),
        ("{ env = \"X\" }", "\"hunter2hunter2\"", "bad.toml:6:12", "env"),
        ("[[device]]", "[[device]", "bad.toml:8:", "]"),
        ("kind = \"server\"", "kind = \"sever\"", "bad.toml:10:8", "server"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let said = read_rack(&GOOD.replace(from, to)).complains(&["error: ", place, words]);
        assert!(said.out.is_empty() && !said.err.contains("hunter2"), "{}", said.err);
    }
    let twice = format!(
        "{GOOD}{}",
        GOOD.split_once("\n\n[[device]]").map_or("", |(_, rest)| rest).replacen(
            "\nname",
            "\n[[device]]\nname",
            1
        )
    );
    read_rack(&twice).complains(&["bad.toml:16:8", "`a`"]);
    // Everything that is wrong is told at once.
    read_rack(&GOOD.replace("kind = ", "knid = ").replace("\"standard\"", "\"standart\""))
        .complains(&["did you mean `kind`", "did you mean `standard`"]);
    read_rack("\u{0}\u{1}garbage").complains(&["bad.toml:1:"]);
}

#[test]
fn an_intent_that_is_wrong_is_refused_at_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("rack.toml", GOOD);
    let head = "[intent]\nname = \"i\"\n[[profile]]\nname = \"p\"\n";
    for (body, place, words) in [
        ("select = \"all\"\npwoer = \"on\"", "bad.toml:6:1", "did you mean `power`"),
        ("select = \"b\"\npower = \"on\"", "bad.toml:5:10", "b"),
        ("select = \"all\"\nboot = { once = \"pxe\", generation = 0 }", "bad.toml:6:37", "generation"),
        (
            "select = \"all\"\npower = \"off\"\nboot = { once = \"pxe\", generation = 1 }",
            "bad.toml:5:10",
            "off",
        ),
    ] {
        write("bad.toml", &format!("{head}{body}\n"));
        for verb in ["plan", "apply"] {
            let mut command = underlay(&["-r", "rack.toml", verb, "bad.toml"]);
            command.current_dir(folder.path());
            let said = finish(command).exits(2).complains(&[place, words]);
            assert!(said.out.is_empty(), "{}", said.out);
        }
    }
    for (text, words) in [("{", "no plan"), ("{\"format\": 99}", "bad.toml"), ("[", "bad.toml:1:")] {
        write("bad.toml", text);
        let mut command = underlay(&["-r", "rack.toml", "apply", "bad.toml", "--yes"]);
        command.current_dir(folder.path());
        finish(command).exits(2).complains(&[words]);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").filter_map(Result::ok).collect();
    assert_eq!(left.len(), 2, "nothing is left behind by a refusal: {left:?}");
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    run(&["-r", "no/such/rack.toml", "show"]).exits(2).complains(&["cannot read no/such/rack.toml"]);
    let folder = tempfile::tempdir().expect("a folder");
    let rack = folder.path().join("rack.toml");
    std::fs::write(&rack, GOOD).expect("a file");
    let rack = rack.to_string_lossy().into_owned();
    run(&["-r", &rack, "plan", "no-intent.toml"]).exits(2).complains(&["cannot read no-intent.toml"]);
    run(&["-r", &rack, "run", "show", "7"]).exits(2).complains(&["no run 7", "run list"]);
    run(&["-r", &rack, "run", "resume", "7", "--yes"]).exits(2).complains(&["no run 7"]);
    run(&["-r", &rack, "run", "list"]).exits(0).says(&["No runs yet"]);
    assert_eq!(run(&["-r", &rack, "-o", "json", "run", "list"]).exits(0).out.trim(), "[]");
    assert!(!folder.path().join("rack.state.db").exists(), "looking leaves no file behind");
    let state = folder.path().join("state.db");
    std::fs::write(&state, "This is no database. ".repeat(99)).expect("a file");
    run(&["-r", &rack, "--state", &state.to_string_lossy(), "run", "list"]).exits(2).complains(&["state.db"]);
    run(&["-r", &folder.path().to_string_lossy(), "show"]).exits(2).complains(&["cannot read"]);
}

#[test]
fn a_simulated_rack_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let rack = folder.path().join("rack.toml");
    let write = |text: &str| std::fs::write(&rack, text).expect("a file");
    let start = |more: &[&str]| run(&[&["sim", "run", &*rack.to_string_lossy()], more].concat());
    write(&rack_of(&[("a", "standard", "on")]));
    start(&["--time-scale", "0"]).exits(2).complains(&["--time-scale"]);
    start(&["--seed", "x"]).exits(2).complains(&["--seed"]);
    start(&["--rack-out", "no/such/folder/out.toml"]).exits(2).complains(&["cannot write"]);
    // A password that is nowhere.
    write(&rack_of(&[("a", "standard", "on")]).replace("{ generated = true }", "{ env = \"H_NOT_SET\" }"));
    start(&[]).exits(2).complains(&["H_NOT_SET"]);
    // An address that is taken.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = taken.local_addr().expect("its number");
    let text = rack_of(&[("a", "standard", "on")])
        .replace("redfish = {}", &format!("redfish = {{ address = \"{at}\" }}"));
    write(&text);
    start(&[]).exits(2).complains(&["a: cannot serve redfish"]);
}
