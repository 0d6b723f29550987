//! `account` and `bmc`.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Consent, Wait};

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// The controllers' accounts.
    List {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Make an account, or change one.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml account set all monitor --role read_only --password-file monitor.password\n  \
        underlay -r rack.toml account set node01 monitor --disable\n\n\
        A password is the first line of a file, or of standard input with `--password-file -`; it is never an argument.")]
    Set(AccountSet),
    /// Remove an account.
    Remove {
        /// Which devices.
        select: String,
        /// Its name.
        name: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Change the password that the rack file names for these devices, so that a working one is always known.
    #[command(
        after_help = "The password must be in a file (`password = { file = … }`). The new one is written beside it, \
        as NAME.new, before any device is told; it takes the file's place once it has opened every device that uses it. \
        Interrupted, or with a device out of reach, run it again: devices that have the new password are found out and \
        left alone."
    )]
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct AccountSet {
    /// Which devices.
    pub(crate) select: String,
    /// Its name.
    pub(crate) name: String,
    /// What it may do: `administrator`, `operator`, `read_only`, or a role of the device.
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// Where the password stands; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Let it log in.
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Do not let it log in.
    #[arg(long)]
    pub(crate) disable: bool,
    /// Unlock it, if too many wrong passwords have locked it.
    #[arg(long)]
    pub(crate) unlock: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Which devices; all that use the same password file must be among them.
    pub(crate) select: String,
    /// Where the new password stands; else one is made.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Characters of a password that is made.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(12..=64))]
    pub(crate) length: u8,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bmc {
    /// The controllers: version, addresses, names, time, protocols.
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Change a controller's configuration.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml bmc set all --ntp 192.0.2.1,192.0.2.2 --dns 192.0.2.53\n  \
        underlay -r rack.toml bmc set node01 --ipv4 192.0.2.11/24,192.0.2.1\n  \
        underlay -r rack.toml bmc set all --off ssh --off telnet\n\n\
        What may cut the road to the controller (address, VLAN, the protocols used here) is asked for.")]
    Set(BmcSet),
    /// Restart a controller. The machine is not touched.
    Reset {
        /// Which devices.
        select: String,
        /// At once, without ending what it is doing.
        #[arg(long)]
        force: bool,
        /// Wait until it answers again, at most this long.
        #[command(flatten)]
        wait: Wait,
    },
    /// Reset a controller to the state in which it left the factory.
    FactoryReset {
        /// Which devices.
        select: String,
        /// What is kept.
        #[arg(long, value_enum, default_value_t = Keep::NetworkAndUsers)]
        keep: Keep,
        #[command(flatten)]
        consent: Consent,
    },
    /// The certificates that a controller proves itself with.
    #[command(subcommand)]
    Certificate(Certificate),
}

#[derive(Debug, Args)]
pub(crate) struct BmcSet {
    /// Which devices.
    pub(crate) select: String,
    /// Its host name.
    #[arg(long)]
    pub(crate) host_name: Option<String>,
    /// `dhcp`, or an address with its prefix length, and the gateway behind a comma.
    #[arg(long, value_name = "ADDRESS/LENGTH[,GATEWAY]")]
    pub(crate) ipv4: Option<String>,
    /// The VLAN of its traffic; `none` for untagged.
    #[arg(long)]
    pub(crate) vlan: Option<String>,
    /// Which of its network interfaces is meant, if there are several.
    #[arg(long, value_name = "NAME")]
    pub(crate) network: Option<String>,
    /// Name servers; all of them.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…")]
    pub(crate) dns: Option<Vec<IpAddr>>,
    /// Time servers, all of them; it uses them from now on.
    #[arg(long, value_delimiter = ',', value_name = "SERVER,…")]
    pub(crate) ntp: Option<Vec<String>>,
    /// Do not use time servers.
    #[arg(long, conflicts_with = "ntp")]
    pub(crate) no_ntp: bool,
    /// Turn a protocol on, as `bmc show` names it.
    #[arg(long = "on", value_name = "PROTOCOL")]
    pub(crate) enable: Vec<String>,
    /// Turn a protocol off.
    #[arg(long = "off", value_name = "PROTOCOL")]
    pub(crate) disable: Vec<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

/// What a factory reset keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keep {
    /// Nothing: address and accounts are lost, and with them the road to the controller.
    Nothing,
    /// Addresses.
    Network,
    /// Addresses and accounts.
    NetworkAndUsers,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Certificate {
    /// Whose they are, and until when.
    List {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Have the controller make a key, and print the request to have it signed.
    Request(CertificateRequest),
    /// Install a certificate.
    Install {
        /// Which devices.
        select: String,
        /// The certificate, as PEM.
        file: PathBuf,
        /// Which one it takes the place of, as `bmc certificate list -o json` names it.
        #[arg(long, value_name = "ID")]
        replace: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CertificateRequest {
    /// Which device.
    pub(crate) select: String,
    /// The name that the certificate proves.
    #[arg(long, value_name = "NAME")]
    pub(crate) common_name: String,
    /// Other names and addresses.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub(crate) alternative_names: Vec<String>,
    /// Organization.
    #[arg(long, default_value = "")]
    pub(crate) organization: String,
    /// Organizational unit.
    #[arg(long, default_value = "")]
    pub(crate) unit: String,
    /// City.
    #[arg(long, default_value = "")]
    pub(crate) city: String,
    /// State or province.
    #[arg(long, default_value = "")]
    pub(crate) state: String,
    /// Country, two letters.
    #[arg(long, default_value = "")]
    pub(crate) country: String,
}
