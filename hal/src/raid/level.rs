//! RAID levels: how many drives, in how many spans, and what is left of their capacity.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// A RAID level, in Redfish words (`Volume.RAIDType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RaidLevel {
    /// No redundancy, striped; with one drive, that drive as a volume.
    Raid0,
    /// Mirrored.
    Raid1,
    /// Mirrored over an odd number of drives.
    Raid1E,
    /// One parity.
    Raid5,
    /// Two parities.
    Raid6,
    /// Striped over stripes.
    Raid00,
    /// Striped over mirrors.
    Raid10,
    /// Striped over one-parity spans.
    Raid50,
    /// Striped over two-parity spans.
    Raid60,
}

/// Why drives do not make a volume of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Fewer drives than the level needs.
    TooFew {
        /// The least number.
        least: usize,
    },
    /// A number of drives that does not divide into the level's spans.
    Uneven {
        /// What it must be a multiple of.
        of: usize,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { least } => write!(f, "needs at least {least} drives"),
            Self::Uneven { of } => write!(f, "needs a multiple of {of} drives"),
        }
    }
}

impl RaidLevel {
    /// Every level.
    pub const ALL: [Self; 9] = [
        Self::Raid0,
        Self::Raid1,
        Self::Raid1E,
        Self::Raid5,
        Self::Raid6,
        Self::Raid00,
        Self::Raid10,
        Self::Raid50,
        Self::Raid60,
    ];

    /// The level in lower case: `raid10`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raid0 => "raid0",
            Self::Raid1 => "raid1",
            Self::Raid1E => "raid1e",
            Self::Raid5 => "raid5",
            Self::Raid6 => "raid6",
            Self::Raid00 => "raid00",
            Self::Raid10 => "raid10",
            Self::Raid50 => "raid50",
            Self::Raid60 => "raid60",
        }
    }

    /// The least number of drives.
    #[must_use]
    pub const fn least_drives(self) -> usize {
        match self {
            Self::Raid0 => 1,
            Self::Raid1 | Self::Raid00 => 2,
            Self::Raid1E | Self::Raid5 => 3,
            Self::Raid6 | Self::Raid10 => 4,
            Self::Raid50 => 6,
            Self::Raid60 => 8,
        }
    }

    /// Do so many drives make a volume of this level? Spans are two, except those of `raid10`, which are pairs.
    ///
    /// # Errors
    /// What is wrong with the number.
    pub const fn fits(self, drives: usize) -> Result<(), Misfit> {
        let least = self.least_drives();
        if drives < least {
            return Err(Misfit::TooFew { least });
        }
        let of = match self {
            Self::Raid00 | Self::Raid10 | Self::Raid50 | Self::Raid60 => 2,
            _ => 1,
        };
        if drives.is_multiple_of(of) { Ok(()) } else { Err(Misfit::Uneven { of }) }
    }

    /// What is usable of so many drives of this capacity each, before the controller keeps anything for itself.
    /// Nothing, if they do not fit.
    #[must_use]
    pub const fn usable_bytes(self, drives: usize, each: u64) -> u64 {
        if self.fits(drives).is_err() {
            return 0;
        }
        let drives = drives as u64;
        match self {
            Self::Raid0 | Self::Raid00 => each.saturating_mul(drives),
            Self::Raid1 => each,
            Self::Raid1E | Self::Raid10 => each.saturating_mul(drives) / 2,
            Self::Raid5 => each.saturating_mul(drives - 1),
            Self::Raid6 | Self::Raid50 => each.saturating_mul(drives - 2),
            Self::Raid60 => each.saturating_mul(drives - 4),
        }
    }

    /// Does it live on when any one drive fails?
    #[must_use]
    pub const fn is_redundant(self) -> bool {
        !matches!(self, Self::Raid0 | Self::Raid00)
    }
}

impl fmt::Display for RaidLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RaidLevel {
    type Err = Error;

    /// Reads `raid10`, `RAID10`, `10` and `1+0`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_ascii_lowercase().replace(['+', '-', ' '], "");
        let digits = lower.strip_prefix("raid").unwrap_or(&lower);
        Self::ALL.into_iter().find(|level| level.as_str().strip_prefix("raid") == Some(digits)).ok_or_else(
            || {
                let known: Vec<_> = Self::ALL.iter().map(|level| level.as_str()).collect();
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("{text:?} is no RAID level; there are {}", known.join(", ")),
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_at_its_least_number_of_drives() {
        // Level, least drives, usable drives' worth in halves.
        let table = [
            (RaidLevel::Raid0, 1, 2),
            (RaidLevel::Raid1, 2, 2),
            (RaidLevel::Raid1E, 3, 3),
            (RaidLevel::Raid5, 3, 4),
            (RaidLevel::Raid6, 4, 4),
            (RaidLevel::Raid00, 2, 4),
            (RaidLevel::Raid10, 4, 4),
            (RaidLevel::Raid50, 6, 8),
            (RaidLevel::Raid60, 8, 8),
        ];
        for (level, least, halves) in table {
            assert_eq!(level.fits(least), Ok(()), "{level}");
            assert_eq!(level.usable_bytes(least, 100), halves * 50, "{level}");
            if least > 1 {
                assert!(matches!(level.fits(least - 1), Err(Misfit::TooFew { .. })), "{level}");
                assert_eq!(level.usable_bytes(least - 1, 100), 0, "{level}");
            }
        }
        assert_eq!(RaidLevel::Raid10.fits(5), Err(Misfit::Uneven { of: 2 }));
    }

    #[test]
    fn levels_are_read_as_people_write_them() {
        for (text, level) in [
            ("raid10", RaidLevel::Raid10),
            ("RAID1", RaidLevel::Raid1),
            ("1+0", RaidLevel::Raid10),
            ("5", RaidLevel::Raid5),
            ("raid-60", RaidLevel::Raid60),
        ] {
            assert_eq!(text.parse::<RaidLevel>().unwrap(), level);
        }
        for wrong in ["", "7", "raid", "mirror"] {
            wrong.parse::<RaidLevel>().expect_err(wrong);
        }
        for level in RaidLevel::ALL {
            assert_eq!(serde_json::to_string(&level).unwrap(), format!("{:?}", level.as_str()));
        }
    }

    #[test]
    fn arithmetic_does_not_overflow() {
        for level in RaidLevel::ALL {
            let _ = level.usable_bytes(usize::MAX - 1, u64::MAX);
        }
    }
}
