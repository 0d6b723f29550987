//! Arguments of `underlay port`, `underlay vlan` and `underlay switch config`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use underlay_hal::VlanSet;

use super::Consent;

const PORTS: &str = "A port is named with its switch: `tor1:Ethernet7`, or by its number, `tor1:7`; a machine with its \
    network port stands for the port that it is cabled to: `node01:eth0`.\n\n\
    Examples:\n  \
    underlay -r rack.toml port set node01:eth0 --vlan 10\n  \
    underlay -r rack.toml port set tor1:7 tor1:8 --trunk 10,20-29 --native 10 --dry-run\n  \
    underlay -r rack.toml port set tor1:48 --remove 30 --confirm 60s, then: underlay -r rack.toml switch confirm tor1";

fn vlans(text: &str) -> Result<VlanSet, String> {
    text.parse().map_err(|error: underlay_hal::Error| error.message().to_owned())
}

/// `60s`, `10m`, or seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 =
        number.parse().map_err(|_| "a time is a number with `s` or `m`, as in 60s".to_owned())?;
    let seconds = match unit {
        "" | "s" => number,
        "m" => number.saturating_mul(60),
        _ => return Err("a time is a number with `s` or `m`, as in 60s".to_owned()),
    };
    if (1..=7200).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err("1 second to 2 hours".to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    On,
    Off,
}

/// How a change of a switch is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct Carry {
    /// Undone by the switch unless it is confirmed within this time: `underlay switch confirm`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) confirm: Option<Duration>,
    /// Written to the startup configuration too.
    #[arg(long, conflicts_with = "confirm")]
    pub(crate) save: bool,
    /// Only print the lines that would be sent.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Port {
    /// Change ports of switches: VLANs, MTU, description, state.
    #[command(after_help = PORTS)]
    Set(Box<PortSet>),
}

#[derive(Debug, Args)]
pub(crate) struct PortSet {
    /// Which ports.
    #[arg(required = true)]
    pub(crate) ports: Vec<String>,
    /// One VLAN, without a tag.
    #[arg(long, value_name = "ID", conflicts_with_all = ["trunk", "add", "remove", "native"])]
    pub(crate) vlan: Option<u16>,
    /// A trunk of these VLANs and no others; `all` and `none` are lists too.
    #[arg(long, value_name = "LIST", value_parser = vlans, conflicts_with_all = ["add", "remove"])]
    pub(crate) trunk: Option<VlanSet>,
    /// A trunk of these VLANs too.
    #[arg(long, value_name = "LIST", value_parser = vlans, conflicts_with = "remove")]
    pub(crate) add: Option<VlanSet>,
    /// A trunk without these VLANs.
    #[arg(long, value_name = "LIST", value_parser = vlans)]
    pub(crate) remove: Option<VlanSet>,
    /// The trunk's VLAN that has no tag.
    #[arg(long, value_name = "ID")]
    pub(crate) native: Option<u16>,
    /// Largest packet in octets.
    #[arg(long, value_name = "OCTETS")]
    pub(crate) mtu: Option<u32>,
    /// What to write down about it; an empty text is nothing.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Turn it on.
    #[arg(long, conflicts_with = "down")]
    pub(crate) up: bool,
    /// Turn it off.
    #[arg(long)]
    pub(crate) down: bool,
    /// Nobody but end stations is behind it: it forwards at once.
    #[arg(long, value_enum)]
    pub(crate) edge: Option<OnOff>,
    /// The group (LACP) that it is a member of; 0 is none.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) lag: Option<u16>,
    #[command(flatten)]
    pub(crate) carry: Carry,
}

const LAGS: &str = "Examples:\n  \
    underlay -r rack.toml lag set tor1 3 Ethernet7 Ethernet8\n  \
    underlay -r rack.toml lag set tor1 3 7 8 --mode static --dry-run\n  \
    underlay -r rack.toml lag set tor1 3 --none";

/// How the members of a group find one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupMode {
    /// By LACP, and they begin.
    #[default]
    Active,
    /// By LACP, and the other end begins.
    Passive,
    /// Not at all.
    Static,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lag {
    /// These ports are to be the members of a group, and no others.
    #[command(after_help = LAGS)]
    Set(LagSet),
}

#[derive(Debug, Args)]
pub(crate) struct LagSet {
    /// Which switch.
    pub(crate) switch: String,
    /// The group's number.
    #[arg(value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) group: u16,
    /// Its members: names of ports, or their numbers.
    #[arg(required_unless_present = "none", conflicts_with = "none")]
    pub(crate) ports: Vec<String>,
    /// It is to have none.
    #[arg(long)]
    pub(crate) none: bool,
    /// How they find one another.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: GroupMode,
    #[command(flatten)]
    pub(crate) carry: Carry,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Vlan {
    /// A VLAN is to be there.
    Add {
        /// Which switches.
        select: String,
        /// Its number.
        id: u16,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        carry: Carry,
    },
    /// A VLAN is not to be there.
    Remove {
        /// Which switches.
        select: String,
        /// Its number.
        id: u16,
        #[command(flatten)]
        carry: Carry,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SwitchConfiguration {
    /// VLANs and modes of ports, as they are configured.
    Show {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// What a restart would change: the running configuration beside the startup configuration.
    Diff {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// The whole configuration in the switch's own words, a file for each switch. It may hold secrets.
    Backup {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
        /// The folder.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
}
