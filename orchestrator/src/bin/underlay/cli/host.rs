//! `power`, `boot`, `bios`, `secure-boot`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use underlay_hal::MacAddress;

use super::{Consent, Wait};

#[derive(Debug, Subcommand)]
pub(crate) enum Power {
    /// Is it on?
    Status {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Power on.
    On(PowerArgs),
    /// Power off at once, without asking the operating system.
    Off(PowerArgs),
    /// Ask the operating system to shut down.
    Soft(PowerArgs),
    /// Power off, and on again.
    Cycle(PowerArgs),
    /// Reset at once, without asking the operating system.
    Reset(PowerArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PowerArgs {
    /// Which devices.
    pub(crate) select: String,
    /// Wait until the machine is on or off as asked, at most as long as --timeout says.
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Boot {
    /// What the machine boots from next.
    Get {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Set what the machine boots from next.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml boot set pxe 'node[01-04]'\n  \
        underlay -r rack.toml boot set none all     remove the override\n  \
        underlay -r rack.toml boot set uefi_http node07 --uri http://192.0.2.1/boot.efi")]
    Set {
        /// Boot target, such as pxe, hdd, cd, usb, `bios_setup`, `uefi_http`; or none. `boot get` lists what each takes.
        target: String,
        /// Which devices.
        select: String,
        /// Every boot from now on, not only the next.
        #[arg(long)]
        continuous: bool,
        /// By which firmware interface; the machine's own if not said.
        #[arg(long, value_enum)]
        mode: Option<Mode>,
        /// With `uefi_http`: the address to boot from; else DHCP tells it.
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
    },
    /// The order in which boot options are tried.
    Order {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Put boot options first, in this order; the others stay behind them.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml boot first node01 --mac 02:00:5e:10:00:01     this port, PXE before HTTP\n  \
        underlay -r rack.toml boot first node01 Boot0003 Boot0001")]
    First {
        /// Which devices.
        select: String,
        /// Options, as `boot order` names them.
        #[arg(required_unless_present = "mac")]
        options: Vec<String>,
        /// The options of the network port with this address, PXE first.
        #[arg(long, conflicts_with = "options")]
        mac: Option<MacAddress>,
    },
}

/// A firmware interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Uefi,
    Legacy,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bios {
    /// The settings: in force, waiting for a reset, allowed.
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
        /// Only settings with this text in their name.
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
        /// Only settings with a value that waits for a reset.
        #[arg(long)]
        pending: bool,
    },
    /// Where the settings in force differ from those wanted. Changes nothing.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml bios diff all --from compute.toml\n  \
        underlay -r rack.toml bios diff all --like node01\n  \
        underlay -r rack.toml bios diff node01 BootMode=Uefi")]
    Diff {
        /// Which devices.
        select: String,
        #[command(flatten)]
        wanted: Wanted,
        /// Exit with 2 when something differs.
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Change settings. Names, types and values are checked against the machine's own rules before anything is sent.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml bios set node01 ProcVirtualization=Enabled BootMode=Uefi\n  \
        underlay -r rack.toml bios set tag:compute --from compute.toml --dry-run\n\n\
        A file is TOML, `NAME = value` in each line, or a JSON object.")]
    Set(BiosSet),
    /// Set every setting to the vendor's default.
    Reset {
        /// Which devices.
        select: String,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
    /// Set one of the firmware's passwords. Both are read from files, one line each; no file means no password.
    Password {
        /// Which devices.
        select: String,
        /// Its name, such as Administrator.
        name: String,
        /// Where the password that is in force stands.
        #[arg(long, value_name = "FILE")]
        old_file: Option<PathBuf>,
        /// Where the new one stands.
        #[arg(long, value_name = "FILE")]
        new_file: Option<PathBuf>,
        #[command(flatten)]
        wait: Wait,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BiosSet {
    /// Which devices.
    pub(crate) select: String,
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// Show what would be changed, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// When the changes are to be in force; the machine's own way if not said.
    #[arg(long, value_enum)]
    pub(crate) when: Option<When>,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// Settings and their values.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Wanted {
    /// Settings, each with its value.
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) values: Vec<String>,
    /// A file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// The settings in force on another device; those that it can change and that this one has too.
    #[arg(long, value_name = "DEVICE")]
    pub(crate) like: Option<String>,
}

/// When a change is to be in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum When {
    Immediate,
    OnReset,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecureBoot {
    /// Is it wanted, is it in force, with which keys?
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Turn it on, from the next boot.
    Enable {
        /// Which devices.
        select: String,
    },
    /// Turn it off, from the next boot.
    Disable {
        /// Which devices.
        select: String,
    },
    /// Reset keys and databases.
    ResetKeys {
        /// Which devices.
        select: String,
        /// What to do with them: `to_default`, `delete_all`, `delete_platform_key`.
        how: String,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        wait: Wait,
    },
    /// Add a certificate to a database.
    AddCertificate {
        /// Which devices.
        select: String,
        /// The database: PK, KEK, db, dbx, as `secure-boot show` names it.
        database: String,
        /// The certificate, as PEM.
        file: PathBuf,
    },
    /// Remove a certificate from a database.
    RemoveCertificate {
        /// Which devices.
        select: String,
        /// The database.
        database: String,
        /// The certificate, as `secure-boot show -o json` names it.
        certificate: String,
    },
}
