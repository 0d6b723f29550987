//! `firmware` and `media`.

use clap::{Args, Subcommand, ValueEnum};

use super::{Consent, Wait, When};

#[derive(Debug, Subcommand)]
pub(crate) enum Firmware {
    /// What is installed, and in which version.
    List {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Install an image: a file, which is sent, or an address, from which the controller fetches it.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml firmware update node01 bios-2.21.bin --wait\n  \
        underlay -r rack.toml firmware update all https://images.example/bmc.bin --target BMC\n\n\
        With --wait the versions are read before and after, and what changed is told. A controller that restarts for its \
        own update is waited for.")]
    Update(FirmwareUpdate),
}

#[derive(Debug, Args)]
pub(crate) struct FirmwareUpdate {
    /// Which devices.
    pub(crate) select: String,
    /// The file, or the address.
    pub(crate) image: String,
    /// Only these components, as `firmware list` names them; else the image tells.
    #[arg(long = "target", value_name = "COMPONENT")]
    pub(crate) targets: Vec<String>,
    /// When it is to be installed; the controller's own way if not said.
    #[arg(long, value_enum)]
    pub(crate) when: Option<When>,
    /// With --wait: the version that has to be there afterwards, or the update has failed.
    #[arg(long, value_name = "VERSION", requires = "wait")]
    pub(crate) expect: Option<String>,
    /// With an address: the credential of the rack file that opens it.
    #[arg(long, value_name = "NAME")]
    pub(crate) credential: Option<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Media {
    /// The drives that images can be put into, and what is in them.
    List {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Put an image into a virtual drive.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml media mount node01 http://192.0.2.1/rescue.iso --boot\n  \
        underlay -r rack.toml media mount node01 nfs://192.0.2.1/images/key.img --kind usb")]
    Mount(MediaMount),
    /// Take images out of virtual drives.
    Eject {
        /// Which devices.
        select: String,
        /// The drive; every one, if not said.
        slot: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MediaMount {
    /// Which devices.
    pub(crate) select: String,
    /// Where the controller finds the image.
    pub(crate) uri: String,
    /// What the machine is to see.
    #[arg(long, value_enum, default_value_t = Kind::Cd)]
    pub(crate) kind: Kind,
    /// Which drive; the first free one of that kind, if not said.
    #[arg(long)]
    pub(crate) slot: Option<String>,
    /// Let the machine write to it.
    #[arg(long)]
    pub(crate) writable: bool,
    /// The credential of the rack file that opens the address.
    #[arg(long, value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// Boot from it next.
    #[arg(long)]
    pub(crate) boot: bool,
}

/// What the machine sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Cd,
    Dvd,
    Usb,
    Floppy,
}
