//! `raid`.

use clap::{Args, Subcommand, ValueEnum};
use underlay_hal::{Capacity, raid::RaidLevel};

use super::{Consent, Wait, When};

#[derive(Debug, Subcommand)]
pub(crate) enum Raid {
    /// Controllers, volumes and drives.
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Make a volume. What is on its drives is lost.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml raid create node01 --level raid1 --drives Disk.0,Disk.1 --name boot\n  \
        underlay -r rack.toml raid create tag:storage --level raid6 --count 8 --wait\n\n\
        Drives, volumes and controllers are named as `raid show` does; the end of a name will do, if it is the only one \
        that ends so.")]
    Create(RaidCreate),
    /// Delete volumes. What is on them is lost.
    Delete {
        /// Which devices.
        select: String,
        /// Volumes, by name or id.
        #[arg(required_unless_present = "all")]
        volumes: Vec<String>,
        /// Every volume.
        #[arg(long, conflicts_with = "volumes")]
        all: bool,
        /// When it is to happen; the controller's own way if not said.
        #[arg(long, value_enum)]
        when: Option<When>,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
    /// Erase a volume, and keep it.
    Initialize {
        /// Which devices.
        select: String,
        /// The volume, by name or id.
        volume: String,
        /// Overwrite all of it, not only its beginning.
        #[arg(long)]
        slow: bool,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
    /// Make a drive a spare, or no longer one.
    Spare {
        /// Which devices.
        select: String,
        /// The drive.
        drive: String,
        /// For which volumes.
        #[arg(value_enum)]
        spare: SpareWord,
        /// With `of`: the volumes.
        #[arg(required_if_eq("spare", "of"))]
        volumes: Vec<String>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Change what a controller does with its drives.
    Mode {
        /// Which devices.
        select: String,
        /// The controller.
        controller: String,
        /// RAID, pass-through, or both.
        #[arg(value_enum)]
        mode: ModeWord,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
    /// Clear the configuration that drives brought along from another controller.
    ClearForeign {
        /// Which devices.
        select: String,
        /// The controller.
        controller: String,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RaidCreate {
    /// Which devices.
    pub(crate) select: String,
    /// The level: raid0, raid1, raid1e, raid5, raid6, raid00, raid10, raid50, raid60.
    #[arg(long)]
    pub(crate) level: RaidLevel,
    /// Its drives.
    #[arg(long, value_delimiter = ',', required_unless_present = "count", value_name = "DRIVE,…")]
    pub(crate) drives: Vec<String>,
    /// That many free drives of one kind and size, the first that are found.
    #[arg(long, value_name = "N", conflicts_with = "drives")]
    pub(crate) count: Option<usize>,
    /// The controller, if there are several and the drives do not tell.
    #[arg(long)]
    pub(crate) controller: Option<String>,
    /// Its name.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How large: `max`, or bytes with or without a unit (`500GB`, `1.5TB`, `200GiB`).
    #[arg(long, default_value = "max", value_parser = capacity)]
    pub(crate) capacity: Capacity,
    /// Drives that stand by for it.
    #[arg(long, value_delimiter = ',', value_name = "DRIVE,…")]
    pub(crate) spares: Vec<String>,
    /// Bytes that go to one drive before the next one's turn, such as 64KiB.
    #[arg(long, value_parser = bytes)]
    pub(crate) strip: Option<u64>,
    /// Encrypt it.
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// When it is to happen; the controller's own way if not said.
    #[arg(long, value_enum)]
    pub(crate) when: Option<When>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// What a drive stands by for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpareWord {
    /// Nothing.
    No,
    /// Every volume of its controller.
    Global,
    /// The volumes named.
    Of,
}

/// What a controller does with its drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeWord {
    Raid,
    Hba,
    Mixed,
}

fn capacity(text: &str) -> Result<Capacity, String> {
    if text.eq_ignore_ascii_case("max") { Ok(Capacity::Max) } else { bytes(text).map(Capacity::Bytes) }
}

/// Whole bytes of `500GB`, `1.5TB`, `64KiB`, `4096`.
fn bytes(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1_u64 << 40,
        other => return Err(format!("unknown unit `{other}`; there are KB, MB, GB, TB, KiB, MiB, GiB, TiB")),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let wrong = || format!("`{text}` is no number of bytes");
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let mut sum = whole.checked_mul(unit).ok_or_else(wrong)?;
    let mut scale = unit;
    for digit in part.chars() {
        scale /= 10;
        sum += u64::from(digit.to_digit(10).ok_or_else(wrong)?) * scale;
    }
    if sum == 0 { Err(wrong()) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_units_of_disks_and_of_memory() {
        for (text, is) in
            [("4096", 4096), ("64KiB", 65_536), ("500GB", 500_000_000_000), ("1.5tb", 1_500_000_000_000)]
        {
            assert_eq!(bytes(text), Ok(is), "{text}");
        }
        for wrong in ["", "GB", "0", "1.2.3GB", "5 parsecs", "99999999999TB", "-1"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(capacity("MAX"), Ok(Capacity::Max));
    }
}
