//! The command line.

#[cfg(feature = "sim")]
use std::net::IpAddr;
use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

mod chassis;
mod host;
mod images;
mod manager;
mod network;
mod pdu;
mod raid;
mod switch;
mod watch;

pub(crate) use chassis::Chassis;
pub(crate) use host::{Bios, BiosSet, Boot, Mode, Power, PowerArgs, SecureBoot, Wanted, When};
pub(crate) use images::{Firmware, FirmwareUpdate, Kind, Media, MediaMount};
pub(crate) use manager::{Account, AccountSet, Bmc, BmcSet, Certificate, CertificateRequest, Keep, Rotate};
pub(crate) use network::{Carry, GroupMode, Lag, OnOff, Port, PortSet, SwitchConfiguration, Vlan};
pub(crate) use pdu::{Outlet, OutletArgs, Pdu};
pub(crate) use raid::{ModeWord, Raid, RaidCreate, SpareWord};
pub(crate) use switch::{Switch, SwitchLook};
pub(crate) use watch::{Events, EventsWatch, Task};

/// Options that every command has stand apart in the help.
const GLOBAL: &str = "Everywhere";

/// One interface to servers through their management controllers: look, plan, apply, resume.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Selectors: all, node01, node[01-08], tag:compute, kind:pdu, kind:switch, or several with commas.\n\n\
    Examples:\n  \
    underlay demo                                           see it work; needs nothing\n  \
    underlay sim run rack.toml --rack-out running.toml      a simulated rack, in another terminal\n  \
    underlay -r running.toml probe                          is everything there?\n  \
    underlay -r running.toml power status 'node[01-08]'\n  \
    underlay -r running.toml plan intent.toml               what would be done\n  \
    underlay -r running.toml apply intent.toml              do it\n\n\
    Exit codes: 0 all well; 1 some device failed; 2 usage or file error."
)]
pub(crate) struct Cli {
    /// The rack file: devices, addresses, credentials by reference.
    #[arg(short, long, global = true, env = "UNDERLAY_RACK", hide_env_values = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) rack: Option<PathBuf>,

    /// How to print answers: a table for people, or JSON, an array with one object per device.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT", help_heading = GLOBAL)]
    pub(crate) output: Format,

    /// Longest time for each device, in seconds; in a run, for each single request [default: 60; for images 3600].
    #[arg(long, global = true, value_name = "SECONDS", help_heading = GLOBAL, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: Option<u64>,

    /// Where runs and reached goals are kept [default: beside the rack file, as NAME.state.db].
    #[arg(long, global = true, env = "UNDERLAY_STATE", hide_env_values = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) state: Option<PathBuf>,

    /// Say more on standard error; twice for requests, three times for everything. Never shows a password.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = GLOBAL)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(60))
    }

    /// For commands that carry whole images.
    pub(crate) fn transfer_limit(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(3600))
    }
}

/// How to print answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a simulated rack in this process and work it through the drivers. Needs nothing else.
    #[cfg(feature = "sim")]
    Demo,
    /// Run a simulated rack: machines with real protocols on this one's loopback interface.
    #[cfg(feature = "sim")]
    #[command(subcommand)]
    Sim(Sim),
    /// Find out what answers: at addresses, without logging in; or log in to each device of the rack.
    #[command(after_help = "Examples:\n  \
        underlay probe 192.0.2.0/24             every address of a network\n  \
        underlay probe bmc7 192.0.2.9:8443      named ones must answer\n  \
        underlay -r rack.toml probe             the devices of the rack file")]
    Probe {
        /// Addresses (`host`, `host:port`, `[v6]:port`) or networks (`192.0.2.0/24`); none: the rack's devices.
        #[arg(value_name = "ADDRESS|NETWORK")]
        targets: Vec<String>,
        /// Longest wait for one address, in milliseconds.
        #[arg(long, default_value_t = 2000, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
        wait: u64,
    },
    /// What the machines are: model, serial number, parts. JSON has every part, and which driver serves what.
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Host power: look at it and change it.
    #[command(subcommand)]
    Power(Power),
    /// What machines boot from next: the boot override.
    #[command(subcommand)]
    Boot(Boot),
    /// Firmware (BIOS, UEFI) settings: look, compare, change.
    #[command(subcommand)]
    Bios(Bios),
    /// UEFI secure boot: state, keys, databases.
    #[command(subcommand)]
    SecureBoot(SecureBoot),
    /// RAID controllers, volumes and drives.
    #[command(subcommand)]
    Raid(Raid),
    /// Firmware versions and updates.
    #[command(subcommand)]
    Firmware(Firmware),
    /// Virtual media: images that machines see as drives.
    #[command(subcommand)]
    Media(Media),
    /// The management controllers: configuration, restart, certificates.
    #[command(subcommand)]
    Bmc(Bmc),
    /// The management controllers' accounts and passwords.
    #[command(subcommand)]
    Account(Account),
    /// Long-running tasks on the controllers.
    #[command(subcommand)]
    Task(Task),
    /// Events as they happen.
    #[command(subcommand)]
    Events(Events),
    /// The parts of machines, one in each line.
    Inventory {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
        /// Also network ports with their cables' other ends, volumes, firmware, enclosures; everything there is to read.
        #[arg(long)]
        full: bool,
    },
    /// The identify light: look, or turn it on or off.
    Identify {
        /// Which devices.
        select: String,
        /// What it is to be; only looked at, if not said.
        #[arg(value_enum)]
        light: Option<Light>,
    },
    /// Enclosures that hold several machines behind one controller.
    #[command(subcommand)]
    Chassis(Chassis),
    /// Units of power (PDUs): their outlets, and what flows through them.
    #[command(subcommand)]
    Pdu(Pdu),
    /// Switch the outlets of units of power. Off is off for what hangs on it.
    #[command(subcommand)]
    Outlet(Outlet),
    /// Switches: what they are and see, and how they are configured.
    #[command(subcommand)]
    Switch(Switch),
    /// Ports of switches, changed.
    #[command(subcommand)]
    Port(Port),
    /// VLANs of switches, changed.
    #[command(subcommand)]
    Vlan(Vlan),
    /// Groups of ports (LAG) of switches.
    #[command(subcommand)]
    Lag(Box<Lag>),
    /// The cables of machines: what the rack file declares, and what switches and units of power see.
    Topology {
        /// Which machines.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Power and energy, as the machines measure them.
    Meter {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Sensor readings.
    Sensors {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// The event log, oldest entry first.
    Logs {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
        /// Erase the log after reading it. What is printed is then all that is left of it.
        #[arg(long)]
        clear: bool,
        /// Print at most this many of the newest entries of each device.
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Compare an intent with the machines and show what would be done. Changes nothing.
    #[command(after_help = "An intent file says what machines should be:\n\n  \
        [intent]\n  name = \"bring-up\"\n\n  [[profile]]\n  name = \"compute\"\n  select = \"tag:compute\"\n  \
        power = \"on\"\n  boot = { once = \"pxe\", generation = 1 }   # raise the generation to boot once more\n\n\
        Examples:\n  underlay -r rack.toml plan intent.toml\n  \
        underlay -r rack.toml plan intent.toml --out plan.json --detailed-exitcode")]
    Plan {
        /// The intent file.
        intent: PathBuf,
        /// Write the plan as JSON, to be applied as it is.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Exit with 2 when there is something to do.
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Carry out a plan, or plan an intent and carry it out. Interrupted, it can be resumed.
    #[command(after_help = "Examples:\n  underlay -r rack.toml apply plan.json\n  \
        underlay -r rack.toml apply intent.toml --yes\n  \
        underlay -r rack.toml run resume 3     after an interruption")]
    Apply {
        /// A plan (JSON, from `plan --out`) or an intent (TOML).
        file: PathBuf,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Runs: look at what was carried out, resume what was interrupted.
    #[command(subcommand)]
    Run(Run),
}

/// How a run is carried out. The times have defaults that suit real machines.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct RunArgs {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Machines worked on at once.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) parallel: u16,
    /// Pause between two looks at a machine that takes its time, in milliseconds.
    #[arg(long, default_value_t = 2000, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=600_000))]
    pub(crate) poll: u64,
    /// After a crash: how long a request may still be under way before the machine is looked at, in milliseconds.
    #[arg(long, default_value_t = 5000, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub(crate) settle: u64,
    /// After a crash: how long to watch a machine that shows no evidence of a boot before booting it, in milliseconds.
    #[arg(long, default_value_t = 600_000, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=7_200_000))]
    pub(crate) unclear: u64,
}

/// The identify light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Light {
    On,
    Off,
}

/// The consent to lose something.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Consent {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// How long to follow what takes its time.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Wait {
    /// Follow what takes its time to the end; at most an hour, or as long as is said.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "3600",
        value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub(crate) wait: Option<u64>,
}

#[cfg(feature = "sim")]
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// Run a rack in the foreground until interrupted.
    Run {
        /// The rack file.
        file: PathBuf,
        /// Seed of everything random, in place of the rack's.
        #[arg(long)]
        seed: Option<u64>,
        /// How many times faster than real time the machines live.
        #[arg(long, value_name = "X")]
        time_scale: Option<f64>,
        /// Write the rack file with the addresses and credential references in use.
        #[arg(long, value_name = "FILE")]
        rack_out: Option<PathBuf>,
        /// Where devices without an address listen.
        #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
        listen: IpAddr,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// Every run.
    List,
    /// One run: its steps and its journal.
    Show {
        /// Its number.
        id: i64,
    },
    /// Continue a run that was interrupted.
    Resume {
        /// Its number.
        id: i64,
        #[command(flatten)]
        run: RunArgs,
    },
}
