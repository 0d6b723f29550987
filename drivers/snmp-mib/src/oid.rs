//! Object identifiers.

use std::{fmt, str::FromStr};

/// Where enterprises have their objects.
const ENTERPRISES: [u32; 6] = [1, 3, 6, 1, 4, 1];

/// An object identifier. Ordered as agents order them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Vec<u32>);

impl Oid {
    /// Of these numbers.
    #[must_use]
    pub fn new(numbers: impl Into<Vec<u32>>) -> Self {
        Self(numbers.into())
    }

    /// As tables write it: below `1.3.6.1.4.1`, unless it begins with `1.`; no enterprise of a table has that number.
    ///
    /// # Panics
    /// If it is no identifier: tables are part of this crate, and a test reads every one.
    #[must_use]
    pub fn table(text: &str) -> Self {
        let own: Self = text.parse().unwrap_or_else(|_| panic!("{text} is no object identifier"));
        if own.starts_with(&Self::new([1])) { own } else { Self::new(ENTERPRISES).join(own.numbers()) }
    }

    /// Its numbers.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }

    /// With more behind it.
    #[must_use]
    pub fn join(&self, more: &[u32]) -> Self {
        Self([self.numbers(), more].concat())
    }

    /// Is it that, or below it?
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What stands behind that; `None` if it is not below it.
    #[must_use]
    pub fn behind(&self, other: &Self) -> Option<&[u32]> {
        self.0.strip_prefix(other.numbers())
    }
}

impl FromStr for Oid {
    type Err = std::num::ParseIntError;

    /// Numbers with dots between them; a dot before them is allowed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix('.').unwrap_or(text).split('.').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        dotted(&self.0, f)
    }
}

/// Numbers with dots between them.
fn dotted(numbers: &[u32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, number) in numbers.iter().enumerate() {
        write!(f, "{}{number}", if at == 0 { "" } else { "." })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_may_leave_out_what_all_enterprises_have() {
        assert_eq!(Oid::table("318.1").to_string(), "1.3.6.1.4.1.318.1");
        assert_eq!(Oid::table("1.3.6.1.2.1.1").to_string(), "1.3.6.1.2.1.1");
        assert_eq!(".1.3.6".parse::<Oid>().unwrap(), Oid::new([1, 3, 6]));
        assert!(
            "1.x".parse::<Oid>().is_err() && "".parse::<Oid>().is_err() && "1..2".parse::<Oid>().is_err()
        );
        assert!("4294967296".parse::<Oid>().is_err());
    }

    #[test]
    fn order_and_descent_are_by_number_and_not_by_text() {
        let (two, ten) = (Oid::new([1, 2]), Oid::new([1, 10]));
        assert!(two < ten && two < two.join(&[0]) && !ten.starts_with(&Oid::new([1, 1])));
        assert_eq!((ten.behind(&Oid::new([1])), ten.behind(&two)), (Some([10].as_slice()), None));
    }
}
