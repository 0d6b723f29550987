//! A set of VLANs.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, ErrorKind, Result};

/// A set of VLAN numbers, 1 to 4094 (IEEE 802.1Q).
///
/// - Written and read as switches do: `1-10,20`; `all` is every number, `none` and the empty text are no number.
/// - Two lists that mean the same are equal, however they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanSet(BTreeSet<u16>);

impl VlanSet {
    /// The first number.
    pub const FIRST: u16 = 1;
    /// The last number.
    pub const LAST: u16 = 4094;

    /// No VLAN.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every VLAN.
    #[must_use]
    pub fn all() -> Self {
        Self((Self::FIRST..=Self::LAST).collect())
    }

    /// Whether it is every VLAN.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.len() == usize::from(Self::LAST)
    }

    /// Whether it is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the number is in it.
    #[must_use]
    pub fn contains(&self, vlan: u16) -> bool {
        self.0.contains(&vlan)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied()
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    /// What is here and not there.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).copied().collect())
    }

    /// The ranges, ascending: first and last number of each.
    #[must_use]
    pub fn ranges(&self) -> Vec<(u16, u16)> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for vlan in self.iter() {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == vlan => *last = vlan,
                _ => ranges.push((vlan, vlan)),
            }
        }
        ranges
    }

    /// The list in parts that are at most this long each: a command line takes only so much.
    #[must_use]
    pub fn lists(&self, longest: usize) -> Vec<String> {
        let mut lists: Vec<String> = Vec::new();
        for (first, last) in self.ranges() {
            let part = if first == last { first.to_string() } else { format!("{first}-{last}") };
            match lists.last_mut() {
                Some(list) if list.len() + 1 + part.len() <= longest => {
                    list.push(',');
                    list.push_str(&part);
                }
                _ => lists.push(part),
            }
        }
        lists
    }
}

impl FromIterator<u16> for VlanSet {
    /// Numbers that are none are left out.
    fn from_iter<I: IntoIterator<Item = u16>>(numbers: I) -> Self {
        Self(numbers.into_iter().filter(|vlan| (Self::FIRST..=Self::LAST).contains(vlan)).collect())
    }
}

impl FromStr for VlanSet {
    type Err = Error;

    /// Reads a list; blanks and line ends between its parts do not count.
    ///
    /// # Errors
    /// `InvalidInput`, naming the part that is no number or range.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "all" => return Ok(Self::all()),
            "none" | "" => return Ok(Self::none()),
            _ => {}
        }
        let wrong = |part: &str| {
            let message = format!("{part:?} is no VLAN and no range of them: 1 to 4094, as in 10 or 10-19");
            Error::new(ErrorKind::InvalidInput, message)
        };
        let number = |part: &str| {
            let number = part.trim().parse().map_err(|_| wrong(part))?;
            if (Self::FIRST..=Self::LAST).contains(&number) { Ok(number) } else { Err(wrong(part)) }
        };
        let mut set = BTreeSet::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('-') {
                Some((first, last)) => {
                    let (first, last): (u16, u16) = (number(first)?, number(last)?);
                    if first > last {
                        return Err(wrong(part));
                    }
                    set.extend(first..=last);
                }
                None => drop(set.insert(number(part)?)),
            }
        }
        Ok(Self(set))
    }
}

impl fmt::Display for VlanSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.pad("none");
        }
        if self.is_all() {
            return f.pad("all");
        }
        f.pad(&self.lists(usize::MAX).concat())
    }
}

impl Serialize for VlanSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VlanSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| serde::de::Error::custom(error.message().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> VlanSet {
        text.parse().expect("a list")
    }

    #[test]
    fn lists_are_read_as_switches_write_them() {
        assert_eq!(set("11,12"), [11, 12].into_iter().collect());
        assert_eq!(set(" 300-302,\n 400 "), [300, 301, 302, 400].into_iter().collect());
        assert_eq!(set("1-4094"), VlanSet::all());
        assert_eq!((set("ALL"), set("none"), set("")), (VlanSet::all(), VlanSet::none(), VlanSet::none()));
        for wrong in ["0", "4095", "12-10", "a", "1-", "1--2", "1 2"] {
            let error = wrong.parse::<VlanSet>().expect_err("it is no list");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong}");
        }
    }

    #[test]
    fn all_without_one_is_two_ranges() {
        let without = VlanSet::all().without(&set("100"));
        assert_eq!(without.to_string(), "1-99,101-4094");
        assert!(!without.is_all() && without.union(&set("100")).is_all());
    }

    #[test]
    fn long_lists_are_cut_between_ranges_and_nothing_is_lost() {
        let odd: VlanSet = (1..4000).step_by(2).collect();
        let lists = odd.lists(200);
        assert!(lists.len() > 1 && lists.iter().all(|list| list.len() <= 200));
        assert_eq!(set(&lists.join(",")), odd);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(numbers in proptest::collection::btree_set(1_u16..=4094, 0..60)) {
            let whole: VlanSet = numbers.iter().copied().collect();
            prop_assert_eq!(set(&whole.to_string()), whole);
        }

        #[test]
        fn nothing_panics(text in ".{0,40}") {
            let _ = text.parse::<VlanSet>();
        }
    }
}
