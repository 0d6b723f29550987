//! A persona that begins with what another says.

use toml::{Table, Value};

/// The key that names the other.
pub(super) const KEY: &str = "extends";

/// What `base` says, with what `own` says instead: tables are joined key by key, everything else is replaced.
pub(super) fn joined(base: &Table, mut own: Table) -> Table {
    own.remove(KEY);
    let mut all = base.clone();
    for (key, value) in own {
        let value = match (all.remove(&key), value) {
            (Some(Value::Table(base)), Value::Table(own)) => Value::Table(joined(&base, own)),
            (_, value) => value,
        };
        all.insert(key, value);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persona::PersonaSet;

    #[test]
    fn tables_are_joined_and_everything_else_is_replaced() {
        let base = "a = 1\nlist = [1, 2]\n[t]\nkept = true\nchanged = 1\n[t.deep]\nx = 1\n";
        let own = "extends = \"base\"\nlist = [3]\nnew = 2\n[t]\nchanged = 2\n[t.deep]\ny = 2\n";
        let expected = "a = 1\nlist = [3]\nnew = 2\n[t]\nkept = true\nchanged = 2\n[t.deep]\nx = 1\ny = 2\n";
        let table = |text: &str| text.parse::<Table>().expect("a table");
        assert_eq!(joined(&table(base), table(own)), table(expected));
    }

    #[test]
    fn a_persona_extends_one_that_is_there() {
        let mut set = PersonaSet::embedded().expect("the embedded personas");
        set.add("mine", "extends = \"standard\"\nmodel = \"Mine\"\n").expect("a persona");
        let (mine, standard) = (set.get("mine").expect("mine"), set.get("standard").expect("standard"));
        assert_eq!((&*mine.name, &*mine.model, &mine.bmc.model), ("mine", "Mine", &standard.bmc.model));
        // And that may be extended again.
        set.add("yours", "extends = \"mine\"\nbios-version = \"7\"\n").expect("a persona");
        assert_eq!(set.get("yours").map(|yours| &*yours.model), Some("Mine"));
    }

    #[test]
    fn one_that_is_not_there_and_a_wrong_key_are_told() {
        let mut set = PersonaSet::embedded().expect("the embedded personas");
        let unknown =
            set.add("mine", "extends = \"mine\"\n").expect_err("itself is not there yet").to_string();
        assert!(unknown.contains("`mine`") && unknown.contains("openbmc"), "{unknown}");
        let wrong =
            set.add("mine", "extends = \"standard\"\nmodle = \"x\"\n").expect_err("misspelt").to_string();
        assert!(wrong.contains("modle"), "{wrong}");
    }
}
