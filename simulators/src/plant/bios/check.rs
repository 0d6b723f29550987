//! Which values a setting takes: judged by the firmware itself, whatever a client thinks of its registry.
use crate::persona::{BiosAttributeData, BiosKind, BiosValue};

/// What is wrong with a value for a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiosProblem {
    /// There is no setting of that name.
    Unknown,
    /// The setting is read-only, or another one locks it.
    NotWritable,
    /// A number for a text, or the like. Nothing is converted.
    WrongType,
    /// Not one of an enumeration's values.
    NotListed,
    /// Outside the bounds, or between two steps.
    OutOfRange,
    /// A text that is too long, too short or of another pattern.
    WrongForm,
}

/// Whether a setting takes a value.
pub(super) fn check(data: &BiosAttributeData, value: &BiosValue) -> Result<(), BiosProblem> {
    if data.read_only {
        return Err(BiosProblem::NotWritable);
    }
    match (data.kind(), value) {
        // Passwords have an action of their own.
        (BiosKind::Password, _) => Err(BiosProblem::NotWritable),
        (BiosKind::Boolean, BiosValue::Boolean(_)) => Ok(()),
        (BiosKind::Enumeration, BiosValue::Text(text)) => {
            let listed = data.values.iter().any(|allowed| allowed.name == *text);
            if listed { Ok(()) } else { Err(BiosProblem::NotListed) }
        }
        (BiosKind::Integer, BiosValue::Integer(number)) => in_range(data, *number),
        (BiosKind::String, BiosValue::Text(text)) => of_form(data, text),
        _ => Err(BiosProblem::WrongType),
    }
}

fn in_range(data: &BiosAttributeData, number: i64) -> Result<(), BiosProblem> {
    let least = data.least.unwrap_or(i64::MIN);
    let outside = number < least || number > data.most.unwrap_or(i64::MAX);
    let from = data.least.unwrap_or(0);
    let between = data.step > 1 && number.checked_sub(from).is_none_or(|above| above % data.step != 0);
    if outside || between { Err(BiosProblem::OutOfRange) } else { Ok(()) }
}

fn of_form(data: &BiosAttributeData, text: &str) -> Result<(), BiosProblem> {
    let length = text.chars().count();
    let fits = length >= data.min_length && data.max_length.is_none_or(|most| length <= most);
    let matches = data.pattern.as_ref().is_none_or(|pattern| {
        regex_lite::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
    });
    if fits && matches { Ok(()) } else { Err(BiosProblem::WrongForm) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(attribute: &str, value: &BiosValue) -> Result<(), BiosProblem> {
        let data: BiosAttributeData = toml::from_str(attribute).unwrap_or_else(|error| panic!("{error}"));
        check(&data, value)
    }

    #[test]
    fn each_kind_takes_its_own_values_and_no_others() {
        use BiosProblem::{NotListed, NotWritable, OutOfRange, WrongForm, WrongType};
        use BiosValue::{Boolean, Integer};
        for (attribute, value, expected) in [
            ("name = 'A'\nvalues = ['On', 'Off']", "Off".into(), Ok(())),
            ("name = 'A'\nvalues = ['On', 'Off']", "off".into(), Err(NotListed)),
            ("name = 'A'\nvalues = ['1', '2']", Integer(1), Err(WrongType)),
            ("name = 'A'\ndefault = true", Boolean(false), Ok(())),
            ("name = 'A'\ndefault = true", "false".into(), Err(WrongType)),
            ("name = 'A'\ndefault = 4\nleast = 4\nmost = 16\nstep = 4", Integer(8), Ok(())),
            ("name = 'A'\ndefault = 4\nleast = 4\nmost = 16\nstep = 4", Integer(9), Err(OutOfRange)),
            ("name = 'A'\ndefault = 4\nleast = 4\nmost = 16", Integer(17), Err(OutOfRange)),
            ("name = 'A'\ndefault = 4\nleast = 4\nmost = 16", Integer(3), Err(OutOfRange)),
            ("name = 'A'\ndefault = 4", "4".into(), Err(WrongType)),
            ("name = 'A'\nmax-length = 3", "abc".into(), Ok(())),
            ("name = 'A'\nmax-length = 3", "abcd".into(), Err(WrongForm)),
            ("name = 'A'\nmin-length = 1", "".into(), Err(WrongForm)),
            ("name = 'A'\npattern = '[a-z]+'", "ab1".into(), Err(WrongForm)),
            ("name = 'A'\nread-only = true", "x".into(), Err(NotWritable)),
            ("name = 'A'\nkind = 'password'", "x".into(), Err(NotWritable)),
        ] {
            assert_eq!(judged(attribute, &value), expected, "{attribute}");
        }
    }
}
