//! Finding the thing that a person means by the end of its name.

use underlay_hal::{Error, ErrorKind, Result};

/// The thing that a word means: by its whole name, else by the end of the only name that ends so, else by a part of the
/// only name that has it. Case does not matter.
///
/// # Errors
/// `NotFound` with what there is; `InvalidInput` if the word could mean several.
pub(super) fn pick<'a, T>(
    what: &str,
    word: &str,
    things: &'a [T],
    names: impl Fn(&'a T) -> Vec<&'a str>,
) -> Result<&'a T> {
    let fold = |text: &str| text.to_lowercase();
    let wanted = fold(word);
    let those = |fits: fn(&str, &str) -> bool| -> Vec<&'a T> {
        let fits = |thing: &&'a T| names(thing).iter().any(|name| fits(&fold(name), &wanted));
        things.iter().filter(|thing| !wanted.is_empty() && fits(thing)).collect()
    };
    let ways: [fn(&str, &str) -> bool; 3] =
        [|name, word| name == word, |name, word| name.ends_with(word), |name, word| name.contains(word)];
    let found = ways.into_iter().map(those).find(|found| !found.is_empty()).unwrap_or_default();
    let listed = |things: &mut dyn Iterator<Item = &'a T>| {
        let names: Vec<_> = things.filter_map(|thing| names(thing).into_iter().next()).take(24).collect();
        names.join(", ")
    };
    match *found {
        [only] => Ok(only),
        [] if things.is_empty() => {
            Err(Error::new(ErrorKind::NotFound, format!("no {what} `{word}`: there is none at all")))
        }
        [] => {
            let there = listed(&mut things.iter());
            Err(Error::new(ErrorKind::NotFound, format!("no {what} `{word}`; there are {there}")))
        }
        _ => {
            let could = listed(&mut found.into_iter());
            Err(Error::new(ErrorKind::InvalidInput, format!("`{word}` could be {could}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(word: &str) -> Result<&'static str> {
        static THINGS: [(&str, &str); 3] = [
            ("Storage/1/Volumes/1", "boot"),
            ("Storage/1/Volumes/11", "data"),
            ("Storage/1/Volumes/2", "boot2"),
        ];
        pick("volume", word, &THINGS, |(id, name)| vec![*id, *name]).map(|(_, name)| *name)
    }

    #[test]
    fn a_whole_name_wins_over_the_end_of_one() {
        assert_eq!(found("boot").unwrap(), "boot");
        assert_eq!(found("Volumes/2").unwrap(), "boot2");
        assert_eq!(found("DATA").unwrap(), "data");
        // The end before a part of a name.
        assert_eq!(found("Volumes/11").unwrap(), "data");
        assert_eq!(found("oot2").unwrap(), "boot2");
        assert_eq!(found("at").unwrap(), "data");
    }

    #[test]
    fn what_is_not_there_or_not_clear_is_told_with_what_there_is() {
        let missing = found("scratch").unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.report().contains("Storage/1/Volumes/11"), "{}", missing.report());
        let several = found("1").unwrap_err();
        assert_eq!(several.kind(), ErrorKind::InvalidInput);
        assert!(found("").is_err());
    }
}
